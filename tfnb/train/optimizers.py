"""Optimizers: from a loss to an operation that improves the variables by one step.

    train_op = GradientDescentOptimizer(0.5).minimize(loss)

Each adds its slots (a variable beside each variable), the gradients, one Apply node for each variable, and a node
that groups them. The formulas are in ops/updates.py.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.core.errors import teach
from tfnb.core.graph import GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.gradients import gradients
from tfnb.ops import arrays, updates
from tfnb.ops.elementwise import cast
from tfnb.ops.powers import sqrt
from tfnb.ops.sources import constant, group
from tfnb.variable_scopes import get_variable, variable_scope
from tfnb.variables import Variable, assign, assign_add, assign_sub, scatter_add, trainable_variables

__all__ = [
    "AdadeltaOptimizer", "AdagradOptimizer", "AdamOptimizer", "FtrlOptimizer", "GradientDescentOptimizer", "MomentumOptimizer", "Optimizer",
    "RMSPropOptimizer",
]  # fmt: skip


class Optimizer:
    """What optimizers share. One of them says its slots, its numbers and its update ops."""

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

    def minimize(self, loss: Any, global_step: Any = None, var_list: Any = None, gate_gradients: int = 1, aggregation_method: Any = None,
                 colocate_gradients_with_ops: bool = False, name: str | None = None, grad_loss: Any = None) -> Operation:  # fmt: skip
        """The operation that does one step; with `global_step`, that counts it too."""
        pairs = self.compute_gradients(loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss)
        if not any(g is not None for g, _ in pairs):
            variables = "[" + ", ".join(f'"{v}"' for _, v in pairs) + "]"
            raise teach(ValueError("No gradients provided for any variable, check your graph for ops that do not support gradients, "
                                   f"between variables {variables} and loss {loss}."),
                        "The loss does not depend on any of these variables.", getattr(getattr(loss, "op", None), "where", None))  # fmt: skip
        return self.apply_gradients(pairs, global_step, name)

    def compute_gradients(self, loss: Any, var_list: Any = None, gate_gradients: int = 1, aggregation_method: Any = None,
                          colocate_gradients_with_ops: bool = False, grad_loss: Any = None) -> list[tuple[Any, Variable]]:  # fmt: skip
        """Pairs of gradient and variable; the gradient is None where the loss does not depend on the variable."""
        if callable(loss) and not isinstance(loss, Tensor):
            loss = loss()
        dtype = loss.dtype.base_dtype
        if not dtype.is_floating:
            raise ValueError(f"Invalid type {dtype!r} for {loss.name}, expected: [tf.float32, tf.float64, tf.float16, tf.bfloat16]."
                             .replace(repr(dtype), f"tf.{dtype.name}"))  # fmt: skip
        found = trainable_variables() if var_list is None else list(var_list) if isinstance(var_list, (list, tuple)) else [var_list]
        if not found:
            raise ValueError("No variables to optimize.")
        grads = gradients(loss, found, grad_loss)
        return list(zip(grads, found, strict=True))

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Operation:
        """The second half of `minimize`: changes each variable by its gradient."""
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        used = [(g if isinstance(g, IndexedSlices) else convert_to_tensor(g), v) for g, v in pairs if g is not None]
        if not used:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        with get_default_graph().control_dependencies(None):
            self._create_slots([v for _, v in used])
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

    # -- for those who write an optimizer ---------------------------------------------------------------------------
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
            with variable_scope(None, var.op.name + "/" + op_name):
                slots[var] = get_variable("", var.shape, var.dtype.base_dtype, initializer, trainable=False)
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


class GradientDescentOptimizer(Optimizer):
    """variable -= learning_rate * gradient."""

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate}

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return updates.apply_gradient_descent(var, self._number("learning_rate", var), grad, use_locking=self._use_locking)

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        from tfnb.variables import scatter_sub

        return scatter_sub(var, indices, values * self._number("learning_rate", var))


class MomentumOptimizer(Optimizer):
    """accumulation = momentum * accumulation + gradient; variable -= learning_rate * accumulation."""

    def __init__(self, learning_rate: Any, momentum: Any, use_locking: bool = False, name: str = "Momentum", use_nesterov: bool = False) -> None:
        super().__init__(use_locking, name)
        self._numbers, self._nesterov = {"learning_rate": learning_rate, "momentum": momentum}, use_nesterov

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        slot = self.get_slot(var, "momentum")
        return updates.apply_momentum(var, slot, self._number("learning_rate", var), grad, self._number("momentum", var),
                                      use_locking=self._use_locking, use_nesterov=self._nesterov)  # fmt: skip

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        slot = self.get_slot(var, "momentum")
        return updates.sparse_apply_momentum(var, slot, self._number("learning_rate", var), values, indices, self._number("momentum", var),
                                             use_locking=self._use_locking, use_nesterov=self._nesterov)  # fmt: skip


class AdagradOptimizer(Optimizer):
    """A learning rate of its own for each number, which falls with its squared gradients so far."""

    def __init__(self, learning_rate: Any, initial_accumulator_value: float = 0.1, use_locking: bool = False, name: str = "Adagrad") -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._numbers, self._start = {"learning_rate": learning_rate}, initial_accumulator_value

    def _create_slots(self, var_list: list[Variable]) -> None:
        from tfnb.initializers import constant_initializer

        for v in var_list:
            self._slot(v, constant_initializer(self._start), "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return updates.apply_adagrad(var, self.get_slot(var, "accumulator"), self._number("learning_rate", var), grad, use_locking=self._use_locking)

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        return updates.sparse_apply_adagrad(var, self.get_slot(var, "accumulator"), self._number("learning_rate", var), values, indices)


class AdadeltaOptimizer(Optimizer):
    """Steps as large as recent steps, in relation to recent gradients."""

    def __init__(self, learning_rate: Any = 0.001, rho: Any = 0.95, epsilon: Any = 1e-8, use_locking: bool = False, name: str = "Adadelta") -> None:
        super().__init__(use_locking, name)
        self._numbers = {"lr": learning_rate, "rho": rho, "epsilon": epsilon}

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            self._zeros_slot(v, "accum", self._name)
            self._zeros_slot(v, "accum_update", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        slots = [self.get_slot(var, n) for n in ("accum", "accum_update")]
        return updates.apply_adadelta(var, *slots, *(self._number(k, var) for k in self._numbers), grad, use_locking=self._use_locking)


class RMSPropOptimizer(Optimizer):
    """Gradients divided by the root of a running mean of their squares."""

    def __init__(self, learning_rate: Any, decay: Any = 0.9, momentum: Any = 0.0, epsilon: Any = 1e-10, use_locking: bool = False,
                 centered: bool = False, name: str = "RMSProp") -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate, "decay": decay, "momentum": momentum, "epsilon": epsilon}
        self._centered = centered

    def _create_slots(self, var_list: list[Variable]) -> None:
        from tfnb.initializers import ones_initializer

        for v in var_list:
            self._slot(v, ones_initializer(), "rms", self._name)
            if self._centered:
                self._zeros_slot(v, "mg", self._name)
            self._zeros_slot(v, "momentum", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        rms, momentum = self.get_slot(var, "rms"), self.get_slot(var, "momentum")
        numbers = [self._number(k, var) for k in self._numbers]
        if self._centered:
            return updates.apply_centered_rms_prop(var, self.get_slot(var, "mg"), rms, momentum, *numbers, grad)
        return updates.apply_rms_prop(var, rms, momentum, *numbers, grad, use_locking=self._use_locking)


class AdamOptimizer(Optimizer):
    """Steps by running means of the gradient and of its square."""

    def __init__(self, learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999, epsilon: Any = 1e-8, use_locking: bool = False,
                 name: str = "Adam") -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        self._powers: dict[Any, tuple[Variable, Variable]] = {}

    def _create_slots(self, var_list: list[Variable]) -> None:
        graph = get_default_graph()
        if graph not in self._powers:
            beta1, beta2 = (b() if callable(b) else b for b in (self._numbers["beta1"], self._numbers["beta2"]))
            self._powers[graph] = (Variable(beta1, trainable=False, name="beta1_power"), Variable(beta2, trainable=False, name="beta2_power"))
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _get_beta_accumulators(self) -> tuple[Variable, Variable]:
        return self._powers[get_default_graph()]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        powers = [cast(p._as_tensor(), var.dtype.base_dtype) for p in self._get_beta_accumulators()]
        return updates.apply_adam(var, self.get_slot(var, "m"), self.get_slot(var, "v"), *powers, *(self._number(k, var) for k in self._numbers),
                                  grad, use_locking=self._use_locking)  # fmt: skip

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        lr, beta1, beta2, epsilon = (self._number(k, var) for k in self._numbers)
        power1, power2 = (cast(p._as_tensor(), var.dtype.base_dtype) for p in self._get_beta_accumulators())
        lr = lr * sqrt(1 - power2) / (1 - power1)
        graph = get_default_graph()
        moments = []
        for slot, beta, rows in (("m", beta1, values), ("v", beta2, values * values)):
            place = self.get_slot(var, slot)
            with graph.control_dependencies([assign(place, place * beta)]):
                moments.append(scatter_add(place, indices, rows * (1 - beta)))
        return assign_sub(var, lr * moments[0] / (sqrt(moments[1]) + epsilon))

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        power1, power2 = self._get_beta_accumulators()
        with get_default_graph().control_dependencies(update_ops):
            next1 = power1.assign(power1 * self._tensors["beta1"])
            next2 = power2.assign(power2 * self._tensors["beta2"])
        return group(*update_ops, next1, next2, name=name_scope)

    def variables(self) -> list[Variable]:
        return sorted([*super().variables(), *(p for ps in self._powers.values() for p in ps)], key=lambda v: v.name)


class FtrlOptimizer(Optimizer):
    """Follow the regularised leader: L1 makes weights exactly zero."""

    def __init__(self, learning_rate: Any, learning_rate_power: Any = -0.5, initial_accumulator_value: float = 0.1,
                 l1_regularization_strength: Any = 0.0, l2_regularization_strength: Any = 0.0, use_locking: bool = False, name: str = "Ftrl",
                 accum_name: str | None = None, linear_name: str | None = None, l2_shrinkage_regularization_strength: Any = 0.0) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate, "l1_regularization_strength": l1_regularization_strength,
                         "l2_regularization_strength": l2_regularization_strength, "learning_rate_power": learning_rate_power}  # fmt: skip
        self._start, self._names = initial_accumulator_value, (accum_name or name, linear_name or name)

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            start = lambda shape, dtype, **_: constant(self._start, as_dtype(dtype), shape)  # noqa: E731
            self._slot(v, start, "accum", self._names[0])
            self._zeros_slot(v, "linear", self._names[1])

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return updates.apply_ftrl(var, self.get_slot(var, "accum"), self.get_slot(var, "linear"), grad,
                                  *(self._number(k, var) for k in self._numbers), use_locking=self._use_locking)  # fmt: skip
