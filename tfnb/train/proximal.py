"""Optimizers whose L1 term makes weights exactly zero; the formulas are in ops/proximal.py."""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import int64
from tfnb.core.graph import Tensor
from tfnb.initializers import constant_initializer
from tfnb.ops import proximal
from tfnb.ops.elementwise import cast, identity
from tfnb.train.optimizers import Optimizer
from tfnb.variables import Variable

__all__ = ["AdagradDAOptimizer", "ProximalAdagradOptimizer", "ProximalGradientDescentOptimizer"]


class ProximalGradientDescentOptimizer(Optimizer):
    """Gradient descent with L1 and L2 terms taken exactly.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.ProximalGradientDescentOptimizer(0.1, l1_regularization_strength=0.5).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    2.35
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers = {
            "learning_rate": learning_rate,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
        }

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        numbers = [self._number(k, var) for k in self._numbers]
        return proximal.apply_proximal_gradient_descent(var, *numbers, grad, use_locking=self._use_locking)


class ProximalAdagradOptimizer(Optimizer):
    """Adagrad with L1 and L2 terms taken exactly.

    >>> v = tf.Variable(3.0)
    >>> step = tf.train.ProximalAdagradOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    2.9
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._start = initial_accumulator_value
        self._numbers = {
            "learning_rate": learning_rate,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
        }

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            self._slot(v, constant_initializer(self._start), "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        numbers = [self._number(k, var) for k in self._numbers]
        slot = self.get_slot(var, "accumulator")
        return proximal.apply_proximal_adagrad(var, slot, *numbers, grad, use_locking=self._use_locking)


class AdagradDAOptimizer(Optimizer):
    """Dual averaging: the weights follow from the sum of all gradients; L1 gives truly sparse ones.

    >>> v, count = tf.Variable(3.0), tf.train.create_global_step()
    >>> step = tf.train.AdagradDAOptimizer(0.1, count).minimize(v * v, count)
    >>> sess.run(tf.global_variables_initializer()); sess.run(step)
    >>> print(round(float(v.eval()), 3))
    -0.1
    """

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            given = initial_gradient_squared_accumulator_value
            raise ValueError(f"initial_gradient_squared_accumulator_value must be positive: {given}")
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate}
        self._start = initial_gradient_squared_accumulator_value
        self._strengths = l1_regularization_strength, l2_regularization_strength
        self._global_step = global_step

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            self._slot(v, constant_initializer(0.0), "gradient_accumulator", self._name)
            self._slot(v, constant_initializer(self._start), "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        super()._prepare()
        self._step = identity(self._global_step) + 1

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        slots = [self.get_slot(var, n) for n in ("gradient_accumulator", "gradient_squared_accumulator")]
        step = cast(self._step, int64)
        rate = self._number("learning_rate", var)
        return proximal.apply_adagrad_da(
            var, *slots, grad, rate, *self._strengths, step, use_locking=self._use_locking
        )
