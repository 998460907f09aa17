"""Brighter, darker, more or less colourful; between dtypes and between ways to write a colour.

    adjust_brightness(x, 0.2)      random_contrast(x, 0.5, 1.5)      convert_image_dtype(x, tf.float32)

Integer images count from 0 to their dtype's largest number, floating ones from 0 to 1.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype, float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.image.geometry import checked
from tfnb.ops import arrays, colors, elementwise, movement, products, reduce
from tfnb.ops.colors import hsv_to_rgb, rgb_to_hsv
from tfnb.ops.compare import maximum, minimum
from tfnb.ops.powers import rsqrt
from tfnb.ops.random import random_uniform

__all__ = [
    "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue", "adjust_saturation", "convert_image_dtype",
    "grayscale_to_rgb", "hsv_to_rgb", "per_image_standardization", "random_brightness", "random_contrast", "random_hue",
    "random_saturation", "rgb_to_grayscale", "rgb_to_hsv", "rgb_to_yiq", "rgb_to_yuv", "yiq_to_rgb", "yuv_to_rgb",
]  # fmt: skip


# -- dtypes --------------------------------------------------------------------------------------------------
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """The image in another dtype, its numbers scaled from the one's range to the other's; `saturate` clips first.

    >>> print(tf.image.convert_image_dtype(tf.constant([[[0, 255]]], tf.uint8), tf.float32).eval())
    [[[0. 1.]]]
    """
    x, want = convert_to_tensor(image, name="image"), as_dtype(dtype)
    have = x.dtype.base_dtype
    if want is have:
        return elementwise.identity(x, name=name)
    with name_scope(name, "convert_image", [x]) as scope:
        if have.is_integer and want.is_integer:
            return _between_integers(x, want, saturate, scope)
        if have.is_floating and want.is_floating:
            return elementwise.cast(x, want, name=scope)
        if have.is_integer:
            return elementwise.multiply(elementwise.cast(x, want), 1.0 / have.max, name=scope)
        scaled = elementwise.multiply(x, want.max + 0.5)
        return _clipped_cast(scaled, want, scope) if saturate else elementwise.cast(scaled, want, name=scope)


def _between_integers(x: Tensor, want: Any, saturate: bool, scope: str) -> Tensor:
    have = x.dtype.base_dtype
    if have.max > want.max:
        scaled = x // ((have.max + 1) // (want.max + 1))
        return _clipped_cast(scaled, want, scope) if saturate else elementwise.cast(scaled, want, name=scope)
    wide = _clipped_cast(x, want, None) if saturate else elementwise.cast(x, want)
    return elementwise.multiply(wide, (want.max + 1) // (have.max + 1), name=scope)


def _clipped_cast(x: Tensor, want: Any, name: str | None) -> Tensor:
    """The nearest numbers that the dtype has."""
    have = x.dtype.base_dtype
    if have.min < want.min:
        x = maximum(x, convert_to_tensor(want.min, have, name="min"))
    if have.max > want.max:
        x = minimum(x, convert_to_tensor(want.max, have, name="max"))
    return elementwise.cast(x, want, name=name)


def _as_float(x: Tensor) -> Tensor:
    """float16 and float32 as they are, others as float32 of the range 0 to 1."""
    return x if x.dtype.base_dtype.name in ("float16", "float32") else convert_image_dtype(x, float32)


# -- light ---------------------------------------------------------------------------------------------------
def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """Every pixel plus `delta`, on the scale from 0 to 1 whatever the image's dtype.

    >>> print(tf.image.adjust_brightness(tf.constant([[[0.5]]]), 0.1).eval())
    [[[0.6]]]
    """
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        x = convert_to_tensor(image, name="image")
        y = _as_float(x)
        y = elementwise.add(y, elementwise.cast(delta, y.dtype.base_dtype), name=scope)
        return convert_image_dtype(y, x.dtype.base_dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Each channel's distance from its mean over the image, times the factor.

    >>> print(tf.image.adjust_contrast(tf.constant([[[0.0], [1.0]]]), 0.5)[0, :, 0].eval())
    [0.25 0.75]
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        x = convert_to_tensor(images, name="images")
        y = _as_float(x)
        y = colors.adjust_contrast_op(y, contrast_factor, name=scope)
        return convert_image_dtype(y, x.dtype.base_dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """gain * x ** gamma on the scale from 0 to 1: gamma above 1 darkens, below 1 brightens.

    >>> print(tf.image.adjust_gamma(tf.constant([[[0.5]]]), 2.0).eval())
    [[[0.25]]]
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        x = convert_to_tensor(image, name="image")
        if not isinstance(gamma, Tensor) and gamma < 0:
            raise ValueError("Gamma should be a non-negative real number.")
        y = gain * _as_float(x) ** gamma
        return convert_image_dtype(y, x.dtype.base_dtype, saturate=True)


def per_image_standardization(image: Any) -> Tensor:
    """Each image with mean 0 and variance 1: (x - mean) / max(standard deviation, 1 / sqrt(number of elements)).

    >>> print(tf.image.per_image_standardization(tf.constant([[[0.0], [2.0]]]))[0, :, 0].eval())
    [-1.  1.]
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        original = checked(image)
        x = _as_float(original)
        n = reduce.reduce_prod(arrays.shape(x)[-3:])
        axes = [-1, -2, -3]
        mean = reduce.reduce_mean(x, axes, keepdims=True)
        deviation = reduce.reduce_std(x, axes, keepdims=True)
        spread = maximum(deviation, rsqrt(elementwise.cast(n, float32)))
        return convert_image_dtype(
            elementwise.realdiv(x - mean, spread, name=scope), original.dtype.base_dtype, saturate=True
        )


# -- colour --------------------------------------------------------------------------------------------------
def _recoloured(image: Any, change: Any, name: str, *amounts: Any) -> Tensor:
    with name_scope(name, None, [image]):
        x = convert_to_tensor(image, name="image")
        y = change(_as_float(x), *amounts)
        return convert_image_dtype(y, x.dtype.base_dtype)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """The hue turned by `delta` of a full circle: 1/3 makes red green.

    >>> print(tf.image.adjust_hue(tf.constant([[[1.0, 0.0, 0.0]]]), 0.5).eval())
    [[[0. 1. 1.]]]
    """
    return _recoloured(image, colors.adjust_hue_op, name or "adjust_hue", delta)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """The saturation times the factor: 0 is grey.

    >>> print(tf.image.adjust_saturation(tf.constant([[[1.0, 0.5, 0.5]]]), 0.0).eval())
    [[[1. 1. 1.]]]
    """
    return _recoloured(image, colors.adjust_saturation_op, name or "adjust_saturation", saturation_factor)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """How bright each pixel looks: 0.2989 red + 0.587 green + 0.114 blue, shape (..., 1).

    >>> print(tf.image.rgb_to_grayscale(tf.constant([[[1.0, 1.0, 1.0]]])).eval())
    [[[0.9999]]]
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        x = convert_to_tensor(images, name="images")
        y = convert_image_dtype(x, float32)
        gray = products.tensordot(y, [0.2989, 0.5870, 0.1140], [[-1], [-1]])
        return convert_image_dtype(arrays.expand_dims(gray, -1), x.dtype.base_dtype, name=scope)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The one channel three times.

    >>> print(tf.image.grayscale_to_rgb(tf.constant([[[0.5]]])).eval())
    [[[0.5 0.5 0.5]]]
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        x = elementwise.identity(convert_to_tensor(images, name="images"), name="control_dependency")
        if x.shape.ndims and x.shape.as_list()[-1] not in (None, 1):
            raise ValueError("Last dimension of a grayscale image should be size 1.")
        before = arrays.ones(arrays.expand_dims(arrays.rank(x) - 1, 0), "int32")
        times = arrays.concat([before, arrays.expand_dims(3, 0)], 0)
        out = movement.tile(x, times, name=scope)
        out.set_shape([*x.shape.as_list()[:-1], 3])
        return out


_YIQ = [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]
_YIQ_BACK = [[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
_YUV = [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
_YUV_BACK = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]


def _mixed(images: Any, weights: list[list[float]]) -> Tensor:
    x = convert_to_tensor(images, name="images")
    kernel = convert_to_tensor(weights, x.dtype.base_dtype, name="kernel")
    return products.tensordot(x, kernel, [[(x.shape.ndims or 1) - 1], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Brightness and the two colour differences of NTSC television.

    >>> print(tf.image.rgb_to_yiq(tf.constant([[[1.0, 1.0, 1.0]]])).eval())
    [[[ 1.  0. -0.]]]
    """
    return _mixed(images, _YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """Undoes rgb_to_yiq.

    >>> print(tf.image.yiq_to_rgb(tf.constant([[[1.0, 0.0, 0.0]]])).eval())
    [[[1. 1. 1.]]]
    """
    return _mixed(images, _YIQ_BACK)


def rgb_to_yuv(images: Any) -> Tensor:
    """Brightness and the two colour differences of PAL television.

    >>> print(tf.image.rgb_to_yuv(tf.constant([[[1.0, 0.0, 0.0]]])).eval())
    [[[ 0.299  -0.1471  0.615 ]]]
    """
    return _mixed(images, _YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """Undoes rgb_to_yuv.

    >>> print(tf.image.yuv_to_rgb(tf.constant([[[1.0, 0.0, 0.0]]])).eval())
    [[[1. 1. 1.]]]
    """
    return _mixed(images, _YUV_BACK)


# -- by chance -----------------------------------------------------------------------------------------------
def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """adjust_brightness by a number drawn from [-max_delta, max_delta).

    >>> tf.image.random_brightness(tf.zeros([2, 2, 3]), 0.5).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(3)])
    """
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """adjust_contrast by a factor drawn from [lower, upper).

    >>> tf.image.random_contrast(tf.zeros([2, 2, 3]), 0.5, 1.5).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(3)])
    """
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return adjust_contrast(image, random_uniform([], lower, upper, seed=seed))


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """adjust_saturation by a factor drawn from [lower, upper).

    >>> tf.image.random_saturation(tf.zeros([2, 2, 3]), 0.5, 1.5).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(3)])
    """
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return adjust_saturation(image, random_uniform([], lower, upper, seed=seed))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """adjust_hue by a number drawn from [-max_delta, max_delta).

    >>> tf.image.random_hue(tf.zeros([2, 2, 3]), 0.1).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(3)])
    """
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))
