"""Training for few bits: numbers rounded to the steps that a small integer could tell apart, gradients passed through.

fake_quant_with_min_max_args(x, -6, 6, num_bits=8)      one of 256 values from about -6 to 6
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import float32

__all__ = [
    "fake_quant_with_min_max_args", "fake_quant_with_min_max_args_gradient", "fake_quant_with_min_max_vars", "fake_quant_with_min_max_vars_gradient",
    "fake_quant_with_min_max_vars_per_channel", "fake_quant_with_min_max_vars_per_channel_gradient",
]  # fmt: skip


def _steps(xp: Any, low: Any, high: Any, num_bits: int, narrow_range: bool) -> tuple[Any, Any, Any]:
    """Lowest and highest value, moved so that 0 is one of the values, and the distance of two."""
    first, last = float(narrow_range), float(2**num_bits - 1)
    step = (high - low) / (last - first)
    zero = xp.clip(xp.floor(first - low / step + 0.5), first, last)
    return (first - zero) * step, (last - zero) * step, step


def _rounded(xp: Any, x: Any, low: Any, high: Any, bits: int, narrow: bool) -> Any:
    low, high, step = _steps(xp, low, high, bits, narrow)
    return (xp.floor((xp.clip(x, low, high) - low) / step + 0.5) * step + low).astype(x.dtype)


@op("FakeQuantWithMinMaxArgs")
def fake_quant_args_op(
    xp: Any,
    inputs: float32,
    *,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
) -> float32:
    """The nearest of 2^num_bits values between fixed bounds."""
    return _rounded(xp, inputs, xp.float32(min), xp.float32(max), num_bits, narrow_range)


@op("FakeQuantWithMinMaxArgsGradient")
def fake_quant_args_gradient_op(
    xp: Any,
    gradients: float32,
    inputs: float32,
    *,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
) -> float32:
    """dy where the input lies between the bounds, else 0."""
    low, high, _ = _steps(xp, xp.float32(min), xp.float32(max), num_bits, narrow_range)
    return xp.where((inputs >= low) & (inputs <= high), gradients, xp.float32(0))


@fake_quant_args_op.gradient
def fake_quant_args_gradient(node: Operation, dy: Tensor) -> Tensor:
    return fake_quant_args_gradient_op(dy, node.inputs[0], **node.attrs)


@op("FakeQuantWithMinMaxVars", shape=lambda call: [call.shapes[0]])
def fake_quant_with_min_max_vars(
    xp: Any, inputs: float32, min: float32, max: float32, *, num_bits: int = 8, narrow_range: bool = False
) -> float32:
    """The nearest of 2^num_bits values between bounds that can be learnt.

    >>> print(tf.fake_quant_with_min_max_vars([0.1, 7.0], 0.0, 6.0).eval())
    [0.0941 6.    ]
    """
    return _rounded(xp, inputs, min, max, num_bits, narrow_range)


@op("FakeQuantWithMinMaxVarsGradient", shape=lambda call: [call.shapes[1], call.shapes[2], call.shapes[3]])
def fake_quant_vars_gradient_op(
    xp: Any,
    gradients: float32,
    inputs: float32,
    min: float32,
    max: float32,
    *,
    num_bits: int = 8,
    narrow_range: bool = False,
) -> tuple[float32, float32, float32]:
    """dy where the input lies between the bounds; what lies outside moves the bound."""
    low, high, _ = _steps(xp, min, max, num_bits, narrow_range)
    below, above, none = inputs < low, inputs > high, xp.float32(0)
    inside = xp.where(below | above, none, gradients)
    return inside, xp.sum(xp.where(below, gradients, none)), xp.sum(xp.where(above, gradients, none))


@fake_quant_with_min_max_vars.gradient
def fake_quant_vars_gradient(node: Operation, dy: Tensor) -> Any:
    dx, dlow, dhigh = fake_quant_vars_gradient_op(dy, *node.inputs, **node.attrs)
    return dx, dlow, dhigh


def fake_quant_with_min_max_args(
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`inputs` rounded to the nearest of 2^num_bits values between `min` and `max`.

    >>> print(tf.fake_quant_with_min_max_args([0.1, 7.0], 0.0, 6.0).eval())
    [0.0941 6.    ]
    """
    bounds = {"min": float(min), "max": float(max)}
    return fake_quant_args_op(inputs, **bounds, num_bits=num_bits, narrow_range=narrow_range, name=name)


def fake_quant_with_min_max_args_gradient(gradients: Any, inputs: Any, min: float = -6, max: float = 6, num_bits: int = 8, narrow_range: bool = False,
                                          name: str | None = None) -> Tensor:  # fmt: skip
    """The gradients where the inputs lie between the bounds, else 0.

    >>> print(tf.fake_quant_with_min_max_args_gradient([1.0, 1.0], [0.1, 7.0], 0.0, 6.0).eval())
    [1. 0.]
    """
    return fake_quant_args_gradient_op(gradients, inputs, min=float(min), max=float(max), num_bits=num_bits, narrow_range=narrow_range, name=name)


def fake_quant_with_min_max_vars_gradient(gradients: Any, inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False,
                                          name: str | None = None) -> Any:  # fmt: skip
    """The gradients by the inputs, by `min` and by `max`.

    >>> print(*sess.run(tf.fake_quant_with_min_max_vars_gradient([1.0, 1.0], [0.1, 7.0], 0.0, 6.0)))
    [1. 0.] 0.0 1.0
    """
    return fake_quant_vars_gradient_op(gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name)


# -- bounds of their own for each channel, the last axis ---------------------------------------------------------
@op("FakeQuantWithMinMaxVarsPerChannel", shape=lambda call: [call.shapes[0]])
def fake_quant_with_min_max_vars_per_channel(
    xp: Any, inputs: float32, min: float32, max: float32, *, num_bits: int = 8, narrow_range: bool = False
) -> float32:
    """The nearest of 2^num_bits values between bounds that each channel has for itself.

    >>> print(tf.fake_quant_with_min_max_vars_per_channel([[0.1, 7.0]], [0.0, 0.0], [6.0, 3.0]).eval())
    [[0.0941 3.    ]]
    """
    return _rounded(xp, inputs, min, max, num_bits, narrow_range)


@op("FakeQuantWithMinMaxVarsPerChannelGradient", shape=lambda call: [call.shapes[1], call.shapes[2], call.shapes[3]])
def fake_quant_per_channel_gradient_op(
    xp: Any, gradients: float32, inputs: float32, min: float32, max: float32, *, num_bits: int = 8, narrow_range: bool = False
) -> tuple[float32, float32, float32]:
    """dy where the input lies between its channel's bounds; what lies outside moves the bound."""
    low, high, _ = _steps(xp, min, max, num_bits, narrow_range)
    below, above, none = inputs < low, inputs > high, xp.float32(0)
    rows = tuple(range(inputs.ndim - 1))
    inside = xp.where(below | above, none, gradients)
    return inside, xp.sum(xp.where(below, gradients, none), axis=rows), xp.sum(xp.where(above, gradients, none), axis=rows)


@fake_quant_with_min_max_vars_per_channel.gradient
def fake_quant_per_channel_gradient(node: Operation, dy: Tensor) -> Any:
    dx, dlow, dhigh = fake_quant_per_channel_gradient_op(dy, *node.inputs, **node.attrs)
    return dx, dlow, dhigh


def fake_quant_with_min_max_vars_per_channel_gradient(gradients: Any, inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False,
                                                      name: str | None = None) -> Any:  # fmt: skip
    """The gradients by the inputs, by each channel's `min` and by its `max`.

    >>> print(*sess.run(tf.fake_quant_with_min_max_vars_per_channel_gradient([[1.0, 1.0]], [[0.1, 7.0]], [0.0, 0.0], [6.0, 3.0])))
    [[1. 0.]] [0. 0.] [0. 1.]
    """
    return fake_quant_per_channel_gradient_op(gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name)
