"""Keras's constraints: what weights are after a step. `max_norm(2)(w)` shortens columns longer than 2."""

from __future__ import annotations

from typing import Any

from tfnb.keras import named
from tfnb.ops.compare import clip_by_value, greater_equal
from tfnb.ops.elementwise import cast
from tfnb.ops.powers import sqrt, square
from tfnb.ops.reduce import reduce_sum

__all__ = ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm", "min_max_norm", "non_neg", "serialize", "unit_norm"]

_SMALL = 1e-7


class Constraint:
    """The base of constraints: weights in, weights out.

    >>> print(isinstance(tf.keras.constraints.NonNeg(), tf.keras.constraints.Constraint))
    True
    """

    def __call__(self, w: Any) -> Any:
        return w

    def get_config(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


def _norm(w: Any, axis: Any) -> Any:
    return sqrt(reduce_sum(square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """No longer than `max_value` along `axis`.

    >>> print(tf.keras.constraints.MaxNorm(1.0)(tf.constant([[3.0], [4.0]])).eval())
    [[0.6]
     [0.8]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Any:
        norms = _norm(w, self.axis)
        return w * (clip_by_value(norms, 0.0, self.max_value) / (_SMALL + norms))


class NonNeg(Constraint):
    """Zero where weights are below it.

    >>> print(tf.keras.constraints.NonNeg()(tf.constant([[3.0], [-4.0]])).eval())
    [[ 3.]
     [-0.]]
    """

    def __call__(self, w: Any) -> Any:
        return w * cast(greater_equal(w, 0.0), w.dtype.base_dtype)


class UnitNorm(Constraint):
    """Of length one along `axis`.

    >>> print(tf.keras.constraints.UnitNorm()(tf.constant([[3.0], [-4.0]])).eval())
    [[ 0.6]
     [-0.8]]
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return w / (_SMALL + _norm(w, self.axis))


class MinMaxNorm(Constraint):
    """Of a length between two numbers; `rate` says how much of the way a step goes.

    >>> print(tf.keras.constraints.MinMaxNorm(0.5, 1.0)(tf.constant([[3.0], [-4.0]])).eval())
    [[ 0.6]
     [-0.8]]
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Any:
        norms = _norm(w, self.axis)
        wanted = self.rate * clip_by_value(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (wanted / (_SMALL + norms))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm


def get(identifier: Any) -> Any:
    """The constraint of a name, a configuration, or itself.

    >>> print(type(tf.keras.constraints.deserialize({"class_name": "NonNeg", "config": {}})).__name__)
    NonNeg
    """
    table = {c.__name__: c for c in (MaxNorm, NonNeg, UnitNorm, MinMaxNorm)}
    table |= {"max_norm": MaxNorm, "non_neg": NonNeg, "unit_norm": UnitNorm, "min_max_norm": MinMaxNorm}
    return named.get(identifier, table, "constraint")


deserialize, serialize = get, named.serialize
