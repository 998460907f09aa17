"""Keras's regularizers: a number for weights that are large. `l2(0.01)(w)` is 0.01 sum(w^2)."""

from __future__ import annotations

from typing import Any

from tfnb.keras import named
from tfnb.ops.parts import abs as absolute
from tfnb.ops.powers import square
from tfnb.ops.reduce import reduce_sum

__all__ = ["L1L2", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2", "serialize"]


class Regularizer:
    """The base of regularizers: a function of weights.

    >>> print(isinstance(tf.keras.regularizers.l2(0.1), tf.keras.regularizers.Regularizer))
    True
    """

    def __call__(self, x: Any) -> Any:
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


class L1L2(Regularizer):
    """l1 sum|w| + l2 sum w^2.

    >>> print(tf.keras.regularizers.L1L2(l1=1.0, l2=0.5)(tf.constant([1.0, -2.0])).eval())
    5.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = float(l1), float(l2)

    def __call__(self, x: Any) -> Any:
        loss: Any = 0.0
        if self.l1:
            loss += self.l1 * reduce_sum(absolute(x))
        return loss + self.l2 * reduce_sum(square(x)) if self.l2 else loss

    def get_config(self) -> dict[str, float]:
        return {"l1": self.l1, "l2": self.l2}


def l1(l: float = 0.01) -> L1L2:
    """l sum|w|.

    >>> print(tf.keras.regularizers.l1(0.5)(tf.constant([3.0, -4.0])).eval())
    3.5
    """
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:
    """l sum w^2.

    >>> print(tf.keras.regularizers.l2(0.5)(tf.constant([3.0, -4.0])).eval())
    12.5
    """
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """l1 sum|w| + l2 sum w^2.

    >>> print(tf.keras.regularizers.l1_l2(0.5, 0.5)(tf.constant([3.0, -4.0])).eval())
    16.0
    """
    return L1L2(l1, l2)


def get(identifier: Any) -> Any:
    """The regularizer of a name, a configuration, or itself.

    >>> config = tf.keras.regularizers.serialize(tf.keras.regularizers.l2(0.5))
    >>> print(config["class_name"], tf.keras.regularizers.deserialize(config)(tf.constant([2.0])).eval())
    L1L2 2.0
    """
    return named.get(identifier, {"L1L2": L1L2, "l1": l1(), "l2": l2(), "l1_l2": l1_l2()}, "regularizer")


deserialize, serialize = get, named.serialize
