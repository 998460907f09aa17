"""Optimizers: from a loss to an operation that improves the variables by one step.

    train_op = GradientDescentOptimizer(0.5).minimize(loss)

Each adds its slots (a variable beside each variable), the gradients, one Apply node for each variable,
and a node that groups them. The formulas are in ops/updates.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfnb.core.errors import teach
from tfnb.core.graph import GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.core.tracking import grown
from tfnb.gradients import gradients
from tfnb.ops import arrays, updates
from tfnb.ops.elementwise import cast
from tfnb.ops.sources import group
from tfnb.train.slots import create_slot_with_initializer
from tfnb.variables import Variable, assign_add, trainable_variables

__all__ = ["GradientDescentOptimizer", "MomentumOptimizer", "Optimizer"]


class Optimizer:
    """What optimizers share. One of them says its slots, its numbers and its update ops.

    >>> v = tf.Variable(3.0)
    >>> optimizer = tf.train.GradientDescentOptimizer(0.1)
    >>> pairs = optimizer.compute_gradients(v * v)
    >>> step = optimizer.apply_gradients(pairs)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(v.eval())
    2.4
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = range(3)

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking, self._name = use_locking, name
        self._slots: dict[str, dict[Variable, Variable]] = {}
        self._numbers: dict[str, Any] = {}
        self._tensors: dict[str, Tensor] = {}

    def get_name(self) -> str:
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """The operation that does one step; with `global_step`, that counts it too."""
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if not any(g is not None for g, _ in pairs):
            variables = "[" + ", ".join(f'"{v}"' for _, v in pairs) + "]"
            raise teach(
                ValueError(
                    "No gradients provided for any variable, check your graph for ops "
                    "that do not support gradients, "
                    f"between variables {variables} and loss {loss}."
                ),
                "The loss does not depend on any of these variables.",
                getattr(getattr(loss, "op", None), "where", None),
            )
        return self.apply_gradients(pairs, global_step, name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Variable]]:
        """Pairs of gradient and variable; None where the loss does not depend on the variable."""
        if get_default_graph().eager:
            return self._taped(loss, var_list, grad_loss)
        if callable(loss) and not isinstance(loss, Tensor):
            loss = loss()
        dtype = loss.dtype.base_dtype
        if not dtype.is_floating:
            raise ValueError(
                f"Invalid type {dtype!r} for {loss.name}, "
                "expected: [tf.float32, tf.float64, tf.float16, tf.bfloat16]."
            )
        found = trainable_variables() if var_list is None else var_list
        found = list(found) if _is_listed(found) else [found]
        if not found:
            raise ValueError("No variables to optimize.")
        grads = gradients(loss, found, grad_loss, "gradients", colocate_gradients_with_ops, gate_gradients == Optimizer.GATE_OP)
        return list(zip(grads, found, strict=True))

    def _taped(self, loss: Any, var_list: Any, grad_loss: Any) -> list[tuple[Any, Variable]]:
        """Gradients in eager mode, where the loss is a function."""
        from tfnb.engine.tape import GradientTape

        if not callable(loss):
            raise teach(RuntimeError("`loss` passed to Optimizer.compute_gradients should be a function when eager execution is enabled."),
                        "optimizer.minimize(lambda: ...) with the computation of the loss inside.")  # fmt: skip
        with GradientTape() as tape:
            y = loss()
        found = tape.watched_variables() if var_list is None else var_list() if callable(var_list) else var_list
        found = list(found) if _is_listed(found) else [found]
        return list(zip(tape.gradient(y, found, grad_loss), found, strict=True))

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """The second half of `minimize`: changes each variable by its gradient."""
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        used = [
            (g if isinstance(g, IndexedSlices) else convert_to_tensor(g), v)
            for g, v in pairs
            if g is not None
        ]
        if not used:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        with get_default_graph().control_dependencies(None):
            self._create_slots([v for _, v in used])
        grown()
        done = []
        with name_scope(name, self._name) as scope:
            self._prepare()
            for g, v in used:
                with name_scope("update_" + v.op.name):
                    done.append(self._update(g, v))
            if global_step is None:
                train_op = self._finish(done, scope)
            else:
                with get_default_graph().control_dependencies([self._finish(done, "update")]):
                    train_op = assign_add(global_step, 1, name=scope).op
        collection = get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
        if train_op not in collection:
            collection.append(train_op)
        return train_op

    def _update(self, grad: Any, var: Variable) -> Operation:
        if isinstance(grad, IndexedSlices):
            values, indices = _deduplicated(grad)
            out = self._apply_sparse(values, indices, var)
        else:
            out = self._apply_dense(grad, var)
        op = out[0].op if isinstance(out, (list, tuple)) else getattr(out, "op", out)
        if var.constraint is not None:
            with get_default_graph().control_dependencies([op]):
                return var.assign(var.constraint(var)).op
        return op

    def _children(self) -> list[tuple[str, Any]]:
        """What a checkpoint saves beside the slots."""
        return []

    # -- for those who write an optimizer -----------------------------------------------------------------
    def _create_slots(self, var_list: list[Variable]) -> None:
        """Makes the variables that the method keeps beside each variable."""

    def _prepare(self) -> None:
        """Makes tensors of the method's numbers."""
        for key, value in self._numbers.items():
            self._tensors[key] = convert_to_tensor(value() if callable(value) else value, name=key)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        raise NotImplementedError

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        dense = IndexedSlices(values, indices, arrays.shape(var._ref_tensor)).to_tensor()
        return self._apply_dense(dense, var)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        return group(*update_ops, name=name_scope)

    def _number(self, key: str, var: Variable) -> Tensor:
        return cast(self._tensors[key], var.dtype.base_dtype)  # type: ignore[no-any-return]

    def _slot_dict(self, slot_name: str) -> dict[Variable, Variable]:
        return self._slots.setdefault(slot_name, {})

    def _zeros_slot(self, var: Variable, slot_name: str, op_name: str) -> Variable:
        from tfnb.initializers import zeros_initializer

        return self._slot(var, zeros_initializer(), slot_name, op_name)

    def _slot(self, var: Variable, initializer: Any, slot_name: str, op_name: str) -> Variable:
        slots = self._slot_dict(slot_name)
        if var not in slots:
            slots[var] = create_slot_with_initializer(var, initializer, var.shape, var.dtype.base_dtype, op_name)
        return slots[var]

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """The variable of this name kept beside `var`, or None."""
        return self._slots.get(name, {}).get(var)

    def get_slot_names(self) -> list[str]:
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """All variables that the optimizer made."""
        return sorted((s for d in self._slots.values() for s in d.values()), key=lambda v: v.name)


def _deduplicated(grad: IndexedSlices) -> tuple[Tensor, Tensor]:
    """Rows at equal indices added up, each index once."""
    from tfnb.ops.segments import unsorted_segment_sum
    from tfnb.ops.sorting import unique

    rows, places = unique(grad.indices)
    return unsorted_segment_sum(grad.values, places, arrays.shape(rows)[0]), rows


def _is_listed(value: Any) -> bool:
    """Whether this is several variables: a list, a tuple, a dictionary's values."""
    return isinstance(value, Iterable) and not isinstance(value, (Tensor, Variable))


class GradientDescentOptimizer(Optimizer):
    """variable -= learning_rate * gradient.

    >>> v = tf.Variable(3.0)
    >>> train = tf.train.GradientDescentOptimizer(0.1).minimize(v * v)
    >>> sess.run(v.initializer)
    >>> sess.run(train)
    >>> print(v.eval())
    2.4
    """

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate}

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return updates.apply_gradient_descent(
            var, self._number("learning_rate", var), grad, use_locking=self._use_locking
        )

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        from tfnb.variables import scatter_sub

        return scatter_sub(var, indices, values * self._number("learning_rate", var))


class MomentumOptimizer(Optimizer):
    """accumulation = momentum * accumulation + gradient; variable -= learning_rate * accumulation.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.MomentumOptimizer(0.1, momentum=0.9).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(v.eval())
    2.4
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers, self._nesterov = {"learning_rate": learning_rate, "momentum": momentum}, use_nesterov

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        slot = self.get_slot(var, "momentum")
        return updates.apply_momentum(
            var,
            slot,
            self._number("learning_rate", var),
            grad,
            self._number("momentum", var),
            use_locking=self._use_locking,
            use_nesterov=self._nesterov,
        )

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        slot = self.get_slot(var, "momentum")
        return updates.sparse_apply_momentum(
            var,
            slot,
            self._number("learning_rate", var),
            values,
            indices,
            self._number("momentum", var),
            use_locking=self._use_locking,
            use_nesterov=self._nesterov,
        )
