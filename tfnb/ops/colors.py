"""Colours: hue, saturation and value of a pixel, and how to change them. The last axis holds red, green and blue.

rgb_to_hsv(x)      adjust_hue(x, 0.1)      adjust_saturation(x, 2.0)      adjust_contrast(x, 0.5)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, F, ShapeError, float32
from tfnb.core.shapes import TensorShape

__all__ = ["adjust_contrast_op", "adjust_hue_op", "adjust_saturation_op", "hsv_to_rgb", "rgb_to_hsv"]


def _three_channels(call: Call) -> list[TensorShape]:
    sizes = call.shapes[0].sizes
    if sizes is not None and (not sizes or sizes[-1] not in (3, None)):
        raise ShapeError(
            f"Dimension must be 3 but is {sizes[-1]}"
            if sizes
            else "Shape must be at least rank 1 but is rank 0"
        )
    return [TensorShape.of(None if sizes is None else (*sizes[:-1], 3))]


# -- to hue, saturation, value and back ----------------------------------------------------------------------
def _hsv(xp: Any, rgb: Any) -> Any:
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    value = xp.maximum(r, xp.maximum(g, b))
    span = value - xp.minimum(r, xp.minimum(g, b))
    one = rgb.dtype.type(1)
    sixth = one / xp.where(span > 0, span, one) / 6
    hue = xp.where(
        r == value,
        (g - b) * sixth,
        xp.where(g == value, (b - r) * sixth + one / 3, (r - g) * sixth + one * 2 / 3),
    )
    hue = xp.where(span > 0, xp.where(hue < 0, hue + 1, hue), 0)
    saturation = xp.where(value > 0, span / xp.where(value > 0, value, one), 0)
    return xp.stack([hue, saturation, value], axis=-1).astype(rgb.dtype)


def _rgb(xp: Any, hsv: Any) -> Any:
    h, s, v = hsv[..., :1], hsv[..., 1:2], hsv[..., 2:]
    shift = xp.asarray([3, 2, 4], hsv.dtype)
    ramp = xp.abs(h * 6 - shift)
    ramp = xp.clip(xp.asarray([-1, 2, 2], hsv.dtype) + xp.asarray([1, -1, -1], hsv.dtype) * ramp, 0, 1)
    return ((1 - s + s * ramp) * v).astype(hsv.dtype)


@op("RGBToHSV", shape=_three_channels)
def rgb_to_hsv(xp: Any, images: F) -> F:
    """Hue (0 red, 1/3 green, 2/3 blue), saturation and value of each pixel, all from 0 to 1.

    >>> print(tf.image.rgb_to_hsv(tf.constant([[[1.0, 0.0, 0.0]]])).eval())
    [[[0. 1. 1.]]]
    """
    return _hsv(xp, images)


@op("HSVToRGB", shape=_three_channels, differentiable=False)
def hsv_to_rgb(xp: Any, images: F) -> F:
    """Red, green and blue of each pixel given as hue, saturation and value.

    >>> print(tf.image.hsv_to_rgb(tf.constant([[[0.0, 1.0, 1.0]]])).eval())
    [[[1. 0. 0.]]]
    """
    return _rgb(xp, images)


@op("RGBToHSVGrad")
def rgb_to_hsv_grad(xp: Any, dy: F, images: F) -> F:
    """The gradient of RGBToHSV: value follows the largest channel, hue and saturation the largest, middle and smallest."""
    hsv = _hsv(xp, images)
    value = hsv[..., 2:]
    low = xp.min(images, axis=-1, keepdims=True)
    span = value - low
    top = _first(xp, images == value)
    bottom = _first(xp, images == low)
    some, bright = span > 0, value > 0
    safe, safe_value = xp.where(some, span, 1), xp.where(bright, value, 1)
    ds = xp.where(bright, (top * low / safe_value - bottom) / safe_value, 0)
    # hue is offset + (next - last) / (6 span), where next and last are the channels after the largest one
    after, last = xp.roll(top, 1, -1), xp.roll(top, 2, -1)
    rise = xp.sum(images * (after - last), axis=-1, keepdims=True)
    dh = xp.where(some, ((after - last) - rise / safe * (top - bottom)) / (6 * safe), 0)
    return (dy[..., :1] * dh + dy[..., 1:2] * ds + dy[..., 2:] * top).astype(images.dtype)


def _first(xp: Any, mask: Any) -> Any:
    """1 at the first true element of the last axis, 0 elsewhere."""
    return (mask & (xp.cumsum(mask, axis=-1) == 1)).astype(np.float32)


@rgb_to_hsv.gradient
def rgb_to_hsv_gradient(node: Operation, dy: Tensor) -> Tensor:
    return rgb_to_hsv_grad(dy, node.inputs[0])


# -- changing them -------------------------------------------------------------------------------------------
@op("AdjustContrastv2")
def adjust_contrast_op(xp: Any, images: F, contrast_factor: float32) -> F:
    """Each channel's distance from its mean over the image, times the factor. It has no gradient."""
    mean = xp.mean(images.astype(np.float32), axis=(-3, -2), keepdims=True)
    return ((images - mean) * contrast_factor + mean).astype(images.dtype)


@op("AdjustHue")
def adjust_hue_op(xp: Any, images: F, delta: float32) -> F:
    """The hue turned by delta of a full circle. It has no gradient."""
    hsv = _hsv(xp, images)
    hue = hsv[..., :1] + delta
    return _rgb(xp, xp.concatenate([hue - xp.floor(hue), hsv[..., 1:]], -1)).astype(images.dtype)


@op("AdjustSaturation")
def adjust_saturation_op(xp: Any, images: F, scale: float32) -> F:
    """The saturation times the scale, at most 1. It has no gradient."""
    hsv = _hsv(xp, images)
    return _rgb(
        xp, xp.concatenate([hsv[..., :1], xp.clip(hsv[..., 1:2] * scale, 0, 1), hsv[..., 2:]], -1)
    ).astype(images.dtype)
