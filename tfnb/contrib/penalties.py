"""Initializers and regularizers under contrib's names."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

from tfnb.core.dtypes import as_dtype, float32
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import as_shape
from tfnb.initializers import fans
from tfnb.ops import neural, parts, random, reduce
from tfnb.ops.elementwise import add_n, multiply
from tfnb.ops.sources import constant

__all__ = [
    "apply_regularization", "l1_l2_regularizer", "l1_regularizer", "l2_regularizer", "sum_regularizer",
    "variance_scaling_initializer", "xavier_initializer", "xavier_initializer_conv2d",
]  # fmt: skip


def xavier_initializer(uniform: bool = True, seed: int | None = None, dtype: Any = float32) -> Any:
    """Glorot's initializer: variance 2 / (inputs + outputs).

    >>> print(tf.contrib.layers.xavier_initializer()([3, 4]).shape)
    (3, 4)
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = float32,
) -> Any:
    """He's initializer, and others by factor and mode: variance factor / n.

    n is the number of inputs of a neuron, of its outputs, or their mean. Truncated normal numbers are made with 1.3 times
    the variance, as contrib does it; `tf.variance_scaling_initializer` divides by 0.8796 squared instead.

    >>> print(tf.contrib.layers.variance_scaling_initializer()([3, 4]).shape)
    (3, 4)
    """
    if not as_dtype(dtype).is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")

    def initializer(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Tensor:
        sizes = [int(n) for n in as_shape(shape).as_list()]
        fan_in, fan_out = fans(sizes)
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return random.random_uniform(shape, -limit, limit, dtype, seed=seed)
        return random.truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / n), dtype, seed=seed)

    return initializer


def _checked(scale: Any, label: str) -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")


def _regularizer(scale: float, label: str, measure: Callable[[Any], Any]) -> Callable[..., Any]:
    _checked(scale, label)
    if scale == 0.0:
        return lambda weights: None

    def regularize(weights: Any, name: str | None = None) -> Tensor:
        with name_scope(None, label, [weights]) as scope:
            factor = convert_to_tensor(scale, weights.dtype.base_dtype, name="scale")
            return multiply(factor, measure(weights), name=name or scope)  # type: ignore[no-any-return]

    return regularize


def l1_regularizer(scale: float, scope: str | None = None) -> Callable[..., Any]:
    """scale * sum(|weights|).

    >>> print(tf.contrib.layers.l1_regularizer(0.5)(tf.constant([3.0, -4.0])).eval())
    3.5
    """
    return _regularizer(scale, scope or "l1_regularizer", lambda w: reduce.reduce_sum(parts.abs(w)))


def l2_regularizer(scale: float, scope: str | None = None) -> Callable[..., Any]:
    """scale * sum(weights^2) / 2.

    >>> print(tf.contrib.layers.l2_regularizer(2.0)(tf.constant([3.0, -4.0])).eval())
    25.0
    """
    return _regularizer(scale, scope or "l2_regularizer", neural.l2_loss)


def sum_regularizer(regularizers: list[Any], scope: str | None = None) -> Callable[..., Any]:
    """The sum of several regularizers.

    >>> both = tf.contrib.layers.sum_regularizer([tf.contrib.layers.l1_regularizer(1.0), tf.contrib.layers.l2_regularizer(2.0)])
    >>> print(both(tf.constant([3.0, -4.0])).eval())
    32.0
    """
    wanted = [r for r in regularizers if r is not None]

    def summed(weights: Any) -> Tensor:
        with name_scope(scope, "sum_regularizer") as name:
            return add_n([r(weights) for r in wanted], name=name)

    return summed if wanted else lambda weights: None


def l1_l2_regularizer(
    scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None
) -> Callable[..., Any]:
    """Both at once.

    >>> print(tf.contrib.layers.l1_l2_regularizer(1.0, 2.0)(tf.constant([3.0, -4.0])).eval())
    32.0
    """
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope or "l1_l2_regularizer")


def apply_regularization(regularizer: Any, weights_list: Any = None) -> Tensor:
    """The sum of the regularizer over all weights, noted down as a loss of regularization.

    >>> v = tf.Variable([3.0, 4.0])
    >>> sess.run(v.initializer)
    >>> print(tf.contrib.layers.apply_regularization(tf.contrib.layers.l2_regularizer(2.0), [v]).eval())
    25.0
    """
    weights = list(weights_list) if weights_list else list(get_default_graph().get_collection(GraphKeys.WEIGHTS))
    if not weights:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights) as scope:
        penalties = [p if (p := regularizer(w)) is not None else constant(0.0) for w in weights]
        total = add_n(penalties, name=scope)
        get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
        return total
