"""Keras's activations, by function and by name.

    tf.keras.activations.relu(x, alpha=0.1)        tf.keras.layers.Dense(10, activation="relu")
"""

from __future__ import annotations

from typing import Any

from tfnb.core.op import convert_to_tensor
from tfnb.keras import named
from tfnb.ops import activations as functions
from tfnb.ops import special
from tfnb.ops.compare import clip_by_value, minimum

__all__ = ["deserialize", "elu", "exponential", "get", "hard_sigmoid", "linear", "relu", "selu", "serialize", "sigmoid", "softmax", "softplus", "softsign",
           "tanh"]  # fmt: skip


def linear(x: Any) -> Any:
    """x itself.

    >>> print(tf.keras.activations.linear(tf.constant([-1.0, 2.0])).eval())
    [-1.  2.]
    """
    return x


def relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """max(x, 0); below `threshold` alpha (x - threshold), above `max_value` no more than that.

    >>> print(tf.keras.activations.relu(tf.constant([-2.0, 1.0, 9.0]), alpha=0.5, max_value=6.0).eval())
    [-1.  1.  6.]
    """
    x = convert_to_tensor(x)
    if not alpha and not threshold:
        return functions.relu(x) if max_value is None else minimum(functions.relu(x), max_value)
    from tfnb.ops.elementwise import cast

    above = x * cast(x > threshold, x.dtype) if threshold else functions.relu(x)
    above = above if max_value is None else clip_by_value(above, 0.0, max_value)
    return above - alpha * functions.relu(threshold - x) if alpha else above


def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5, cut off at 0 and 1.

    >>> print(tf.keras.activations.hard_sigmoid(tf.constant([-3.0, 0.0, 1.0])).eval())
    [0.  0.5 0.7]
    """
    return clip_by_value(convert_to_tensor(x) * 0.2 + 0.5, 0.0, 1.0)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis, for tensors of at least two axes.

    >>> print(tf.keras.activations.softmax(tf.constant([[0.0, 0.0]])).eval())
    [[0.5 0.5]]
    """
    if x.shape.ndims is not None and x.shape.ndims < 2:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")
    return functions.softmax(x, axis=axis)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above zero, alpha (exp(x) - 1) below.

    >>> print(tf.keras.activations.elu(tf.constant([-1.0, 2.0])).eval())
    [-0.6321  2.    ]
    """
    if alpha == 1:
        return functions.elu(x)
    from tfnb.ops.compare import select

    return select(x > 0, x, alpha * functions.elu(x))


def exponential(x: Any) -> Any:
    """exp(x).

    >>> print(tf.keras.activations.exponential(tf.constant([0.0, 1.0])).eval())
    [1.     2.7183]
    """
    return special.exp(x)


selu, softplus, softsign = functions.selu, functions.softplus, functions.softsign
sigmoid, tanh = special.sigmoid, special.tanh
_TABLE = {"linear": linear, "relu": relu, "hard_sigmoid": hard_sigmoid, "softmax": softmax, "elu": elu, "exponential": exponential, "selu": selu,
          "softplus": softplus, "softsign": softsign, "sigmoid": sigmoid, "tanh": tanh}  # fmt: skip
_NAMES = {id(v): k for k, v in _TABLE.items()}


def get(identifier: Any) -> Any:
    """The function of a name; `linear` for None.

    >>> print(tf.keras.activations.deserialize("relu").__name__)
    relu
    """
    return linear if identifier is None else named.get(identifier, _TABLE, "activation function")


def serialize(activation: Any) -> str:
    """The name of a function.

    >>> print(tf.keras.activations.serialize(tf.keras.activations.relu))
    relu
    """
    return _NAMES.get(id(activation)) or getattr(activation, "__name__", str(activation))


deserialize = get
