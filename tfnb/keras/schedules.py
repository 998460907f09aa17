"""Learning rates that change from step to step: objects that an optimizer takes in place of a number.

    tf.keras.optimizers.SGD(ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.9))
"""

from __future__ import annotations

from typing import Any

from tfnb.core.op import convert_to_tensor
from tfnb.keras import named
from tfnb.ops.compare import equal, less_equal, maximum, minimum, select
from tfnb.ops.elementwise import cast
from tfnb.ops.parts import ceil, floor
from tfnb.ops.powers import pow as power

__all__ = ["ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay", "deserialize", "serialize"]


class LearningRateSchedule:
    """The base: called with a step it gives a rate.

    >>> rate = tf.keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)
    >>> print(isinstance(rate, tf.keras.optimizers.schedules.LearningRateSchedule))
    True
    """

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


def _part(step: Any, of: Any) -> tuple[Any, Any]:
    step = cast(convert_to_tensor(step), "float32")
    return step, cast(of, "float32")


class ExponentialDecay(LearningRateSchedule):
    """initial * rate ^ (step / steps).

    >>> print(tf.keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)(20).eval())
    0.25
    """

    def __init__(self, initial_learning_rate: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False, name: str | None = None) -> None:
        self.initial_learning_rate, self.decay_steps, self.decay_rate, self.staircase, self.name = (
            initial_learning_rate, decay_steps, decay_rate, staircase, name)  # fmt: skip

    def __call__(self, step: Any) -> Any:
        step, steps = _part(step, self.decay_steps)
        p = floor(step / steps) if self.staircase else step / steps
        return self.initial_learning_rate * power(cast(self.decay_rate, "float32"), p)


class InverseTimeDecay(ExponentialDecay):
    """initial / (1 + rate * step / steps).

    >>> rate = tf.keras.optimizers.schedules.InverseTimeDecay(1.0, 10, 0.5)
    >>> print(rate(20).eval())
    0.5
    """

    def __call__(self, step: Any) -> Any:
        step, steps = _part(step, self.decay_steps)
        p = floor(step / steps) if self.staircase else step / steps
        return self.initial_learning_rate / (1.0 + self.decay_rate * p)


class PiecewiseConstantDecay(LearningRateSchedule):
    """A value up to each boundary, the last beyond them all.

    >>> rate = tf.keras.optimizers.schedules.PiecewiseConstantDecay([5], [1.0, 0.1])
    >>> print(rate(7).eval())
    0.1
    """

    def __init__(self, boundaries: Any, values: Any, name: str | None = None) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values")
        self.boundaries, self.values, self.name = list(boundaries), list(values), name

    def __call__(self, step: Any) -> Any:
        step = cast(convert_to_tensor(step), "float32")
        rate = convert_to_tensor(self.values[-1], "float32")
        for bound, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            rate = select(less_equal(step, cast(bound, "float32")), convert_to_tensor(value, "float32"), rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """(initial - end) * (1 - step / steps) ^ power + end.

    >>> rate = tf.keras.optimizers.schedules.PolynomialDecay(1.0, 10, 0.5)
    >>> print(rate(5).eval())
    0.75
    """

    def __init__(self, initial_learning_rate: Any, decay_steps: Any, end_learning_rate: Any = 0.0001, power: Any = 1.0, cycle: bool = False,
                 name: str | None = None) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps, self.end_learning_rate = initial_learning_rate, decay_steps, end_learning_rate
        self.power, self.cycle, self.name = power, cycle, name

    def __call__(self, step: Any) -> Any:
        step, steps = _part(step, self.decay_steps)
        if self.cycle:
            times = select(equal(step, 0.0), convert_to_tensor(1.0), ceil(step / steps))
            steps = steps * times
        p = minimum(step, steps) / maximum(steps, 1e-30)
        return (self.initial_learning_rate - self.end_learning_rate) * power(1.0 - p, cast(self.power, "float32")) + self.end_learning_rate


_TABLE = {c.__name__: c for c in (ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay)}


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The schedule of a configuration.

    >>> config = tf.keras.optimizers.schedules.serialize(tf.keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5))
    >>> print(type(tf.keras.optimizers.schedules.deserialize(config)).__name__)
    ExponentialDecay
    """
    return named.get(config, _TABLE, "decay")


serialize = named.serialize
