"""Moving averages: shadow variables that follow others.

    ema = ExponentialMovingAverage(0.99)
    follow = ema.apply([w])                   to be run after each change of w
    ema.average(w)                            shadow -= (1 - decay) * (shadow - w)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.initializers import zeros_initializer
from tfnb.ops.compare import minimum
from tfnb.ops.elementwise import cast
from tfnb.ops.powers import pow as pow_
from tfnb.ops.sources import group
from tfnb.train.slots import create_slot, create_zeros_slot
from tfnb.variable_scopes import get_variable, variable_scope
from tfnb.variables import Variable, assign, assign_add, assign_sub, trainable_variables

__all__ = ["ExponentialMovingAverage", "assign_moving_average"]

_FLOATS = ("float16", "bfloat16", "float32", "float64")


class ExponentialMovingAverage:
    """Shadow variables that follow others: shadow -= (1 - decay) * (shadow - variable).

    >>> v = tf.Variable(1.0)
    >>> ema = tf.train.ExponentialMovingAverage(0.5)
    >>> keep = ema.apply([v])
    >>> ema.average_name(v)
    'Variable/ExponentialMovingAverage'
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay, self._num_updates, self._name = decay, num_updates, name
        self._zero_debias = zero_debias
        self._averages: dict[Any, Variable] = {}

    @property
    def name(self) -> str:
        return self._name

    def apply(self, var_list: Any = None) -> Operation:
        """The operation that moves each shadow towards its variable, or its tensor.

        Shadows of variables start with their values; those of tensors with zeros, and with `zero_debias` the zero at the
        start is divided out. Raises TypeError for what is not floating.
        """
        items = trainable_variables() if var_list is None else list(var_list)
        debiased = set()
        for v in items:
            if v.dtype.base_dtype.name not in _FLOATS:
                raise TypeError(f"The variables must be half, float, or double: {v.name}")
            if v not in self._averages:
                with get_default_graph().control_dependencies(None), get_default_graph().name_scope(None):
                    self._averages[v] = self._shadow(v)
                if self._zero_debias and not isinstance(v, Variable):
                    debiased.add(v)
        with name_scope(self._name) as scope:
            decay = convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                n = cast(self._num_updates, "float32", name="num_updates")
                decay = minimum(decay, (1.0 + n) / (10.0 + n))
            moved = [assign_moving_average(self._averages[v], v, decay, zero_debias=v in debiased) for v in items]
            return group(*moved, name=scope)

    def _shadow(self, v: Any) -> Variable:
        if not isinstance(v, Variable):
            return create_zeros_slot(v, self._name, colocate_with_primary=v.op.type in ("VariableV2", "VarHandleOp"))
        shadow = create_slot(v, v.initialized_value(), self._name)
        get_default_graph().add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, v)
        return shadow

    def average(self, var: Any) -> Variable | None:
        """The shadow of a variable."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        return f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """A map from the names of shadows to the variables, for a Saver."""
        chosen = trainable_variables() if moving_avg_variables is None else moving_avg_variables
        names: dict[str, Any] = {self.average_name(v): v for v in chosen}
        for v in get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES):
            if v not in chosen and v.op.name not in names:
                names[v.op.name] = v
        return names


def assign_moving_average(variable: Variable, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None) -> Tensor:
    """The op that moves a variable towards a value: variable -= (1 - decay) * (variable - value).

    With `zero_debias`, for a variable that started with zeros, two more variables keep the average as it is and the number
    of steps, and the variable becomes average / (1 - decay ** steps).

    >>> v = tf.Variable(0.0)
    >>> move = tf.python.training.moving_averages.assign_moving_average(v, 4.0, 0.5, zero_debias=False)
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(move))
    2.0
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        rate = convert_to_tensor(1.0 - decay, name="decay")
        if rate.dtype is not variable.dtype.base_dtype:
            rate = cast(rate, variable.dtype.base_dtype)
        value = convert_to_tensor(value, variable.dtype.base_dtype)
        if zero_debias:
            return _debiased(variable, value, rate, scope)
        return assign_sub(variable, (variable - value) * rate, name=scope)


def _debiased(variable: Variable, value: Tensor, rate: Tensor, scope: str) -> Tensor:
    biased, steps = (_beside(variable, key, shape) for key, shape in (("biased", variable.shape), ("local_step", [])))
    average = assign_sub(biased, (biased - value) * rate, name=scope + "AssignSub/")
    count = assign_add(steps, 1.0, name=scope + "AssignAdd/")
    return assign(variable, average / (1.0 - pow_(1.0 - rate, count)), name=scope)


def _beside(variable: Variable, key: str, shape: Any) -> Variable:
    """A variable of zeros under another's name; the next of its name where it is there."""
    graph = get_default_graph()
    with graph.control_dependencies(None), graph.colocate_with(variable.op), variable_scope(variable.op.name, auxiliary_name_scope=False) as here:
        taken = {v.op.name for v in here.global_variables()} if not here.reuse else ()
        name = next(n for i in range(len(taken) + 1) for n in [f"{key}_{i}" if i else key] if f"{here.name}/{n}" not in taken)
        return get_variable(name, shape, variable.dtype.base_dtype, zeros_initializer(), trainable=False)
