"""Optimizers that give each number a step of its own, by what its gradients have been so far.

    train_op = AdamOptimizer(1e-3).minimize(loss)

The formulas are in ops/updates.py.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor, get_default_graph
from tfnb.ops import updates
from tfnb.ops.elementwise import cast
from tfnb.ops.powers import sqrt
from tfnb.ops.sources import constant, group
from tfnb.train.optimizers import Optimizer
from tfnb.variables import Variable, assign, assign_sub, scatter_add

__all__ = ["AdadeltaOptimizer", "AdagradOptimizer", "AdamOptimizer", "FtrlOptimizer", "RMSPropOptimizer"]


class AdagradOptimizer(Optimizer):
    """A learning rate of its own for each number, which falls with its squared gradients so far.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.AdagradOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    2.9
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._numbers, self._start = {"learning_rate": learning_rate}, initial_accumulator_value

    def _create_slots(self, var_list: list[Variable]) -> None:
        from tfnb.initializers import constant_initializer

        for v in var_list:
            self._slot(v, constant_initializer(self._start), "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return updates.apply_adagrad(
            var,
            self.get_slot(var, "accumulator"),
            self._number("learning_rate", var),
            grad,
            use_locking=self._use_locking,
        )

    def _apply_sparse(self, values: Tensor, indices: Tensor, var: Variable) -> Any:
        return updates.sparse_apply_adagrad(
            var, self.get_slot(var, "accumulator"), self._number("learning_rate", var), values, indices
        )


class AdadeltaOptimizer(Optimizer):
    """Steps as large as recent steps, in relation to recent gradients.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.AdadeltaOptimizer(1.0).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    3.0
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers = {"lr": learning_rate, "rho": rho, "epsilon": epsilon}

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            self._zeros_slot(v, "accum", self._name)
            self._zeros_slot(v, "accum_update", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        slots = [self.get_slot(var, n) for n in ("accum", "accum_update")]
        return updates.apply_adadelta(
            var, *slots, *(self._number(k, var) for k in self._numbers), grad, use_locking=self._use_locking
        )


class RMSPropOptimizer(Optimizer):
    """Gradients divided by the root of a running mean of their squares.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.RMSPropOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    2.717
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers = {
            "learning_rate": learning_rate,
            "decay": decay,
            "momentum": momentum,
            "epsilon": epsilon,
        }
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
            return updates.apply_centered_rms_prop(
                var, self.get_slot(var, "mg"), rms, momentum, *numbers, grad
            )
        return updates.apply_rms_prop(var, rms, momentum, *numbers, grad, use_locking=self._use_locking)


class AdamOptimizer(Optimizer):
    """Steps by running means of the gradient and of its square.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.AdamOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    2.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        self._powers: dict[Any, tuple[Variable, Variable]] = {}

    def _create_slots(self, var_list: list[Variable]) -> None:
        graph = get_default_graph()
        if graph not in self._powers:
            beta1, beta2 = (
                b() if callable(b) else b for b in (self._numbers["beta1"], self._numbers["beta2"])
            )
            self._powers[graph] = (
                Variable(beta1, trainable=False, name="beta1_power"),
                Variable(beta2, trainable=False, name="beta2_power"),
            )
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _children(self) -> list[tuple[str, Any]]:
        return list(zip(("beta1_power", "beta2_power"), self._powers.get(get_default_graph(), ()), strict=False))

    def _get_beta_accumulators(self) -> tuple[Variable, Variable]:
        return self._powers[get_default_graph()]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        powers = [cast(p._as_tensor(), var.dtype.base_dtype) for p in self._get_beta_accumulators()]
        return updates.apply_adam(
            var,
            self.get_slot(var, "m"),
            self.get_slot(var, "v"),
            *powers,
            *(self._number(k, var) for k in self._numbers),
            grad,
            use_locking=self._use_locking,
        )

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
        return sorted(
            [*super().variables(), *(p for ps in self._powers.values() for p in ps)], key=lambda v: v.name
        )


class FtrlOptimizer(Optimizer):
    """Follow the regularised leader: L1 makes weights exactly zero.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.FtrlOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(v.eval() < 3)
    True
    """

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: Any = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: Any = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers = {
            "learning_rate": learning_rate,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
            "learning_rate_power": learning_rate_power,
        }
        self._shrinks = l2_shrinkage_regularization_strength > 0.0
        self._start, self._names = initial_accumulator_value, (accum_name or name, linear_name or name)

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            start = lambda shape, dtype, **_: constant(self._start, as_dtype(dtype), shape)  # noqa: E731
            self._slot(v, start, "accum", self._names[0])
            self._zeros_slot(v, "linear", self._names[1])

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        names = [k for k in self._numbers if self._shrinks or not k.startswith("l2_shrinkage")]
        return (updates.apply_ftrl_v2 if self._shrinks else updates.apply_ftrl)(
            var,
            self.get_slot(var, "accum"),
            self.get_slot(var, "linear"),
            grad,
            *(self._number(k, var) for k in names),
            use_locking=self._use_locking,
        )
