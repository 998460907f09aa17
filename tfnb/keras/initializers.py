"""Keras's initializers: those of tf.initializers, by class and by name; random_normal has a spread of 0.05."""

from __future__ import annotations

from typing import Any

from tfnb import initializers as first
from tfnb.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    VarianceScaling,
    Zeros,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)
from tfnb.keras import named

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "Identity", "Initializer", "Ones", "Orthogonal", "RandomNormal", "RandomUniform",
    "TruncatedNormal", "VarianceScaling", "Zeros", "constant", "deserialize", "get", "glorot_normal", "glorot_uniform", "he_normal",
    "he_uniform", "identity", "lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal", "random_normal", "random_uniform", "serialize",
    "truncated_normal", "uniform", "zeros",
]  # fmt: skip


class RandomUniform(first.RandomUniform):
    """Numbers between -0.05 and 0.05, unless said otherwise.

    >>> tf.keras.initializers.RandomUniform()([2]).shape
    TensorShape([Dimension(2)])
    """

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None, dtype: Any = "float32") -> None:
        super().__init__(minval, maxval, seed, dtype)


class RandomNormal(first.RandomNormal):
    """Normal numbers with a spread of 0.05, unless said otherwise.

    >>> tf.keras.initializers.RandomNormal()([2, 3]).shape.as_list()
    [2, 3]
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = "float32") -> None:
        super().__init__(mean, stddev, seed, dtype)


class TruncatedNormal(first.TruncatedNormal):
    """The same without numbers further than two spreads from the mean.

    >>> tf.keras.initializers.TruncatedNormal()([2, 3]).shape.as_list()
    [2, 3]
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = "float32") -> None:
        super().__init__(mean, stddev, seed, dtype)


zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform

_TABLE = {n: globals()[n] for n in __all__ if n not in ("get", "serialize", "deserialize")}
_TABLE |= {"zero": Zeros, "one": Ones}


def get(identifier: Any) -> Any:
    """The initializer of a name, a configuration, or itself. Raises ValueError for an unknown name.

    >>> print(type(tf.keras.initializers.deserialize("zeros")).__name__)
    Zeros
    """
    found = named.get(identifier, _TABLE, "initializer")
    return found() if found in (he_normal, he_uniform, lecun_normal, lecun_uniform) else found


deserialize, serialize = get, named.serialize
