"""How smooth an image is, how like another, and where its edges are.

total_variation(x)      psnr(a, b, 1.0)      ssim(a, b, 1.0)      sobel_edges(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.image.color import convert_image_dtype
from tfnb.ops import arrays, elementwise, movement, reduce
from tfnb.ops.activations import softmax
from tfnb.ops.depthwise import depthwise_conv2d
from tfnb.ops.parts import abs as absolute
from tfnb.ops.powers import square, squared_difference
from tfnb.ops.special import log

__all__ = ["image_gradients", "psnr", "sobel_edges", "ssim", "ssim_multiscale", "total_variation"]


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """The sum of the absolute differences of neighbouring pixels; of a batch, one number for each image.

    >>> print(tf.image.total_variation(tf.constant([[[0.0], [2.0]]])).eval())
    2.0
    """
    with name_scope(name, "total_variation"):
        x = convert_to_tensor(images)
        if x.shape.ndims == 3:
            down, across, axes = x[1:, :, :] - x[:-1, :, :], x[:, 1:, :] - x[:, :-1, :], None
        elif x.shape.ndims == 4:
            down, across, axes = x[:, 1:, :, :] - x[:, :-1, :, :], x[:, :, 1:, :] - x[:, :, :-1, :], [1, 2, 3]
        else:
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        return reduce.reduce_sum(absolute(down), axis=axes) + reduce.reduce_sum(absolute(across), axis=axes)


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """The differences to the pixel below and to the one on the right; 0 in the last row and column.

    >>> dy, dx = tf.image.image_gradients(tf.reshape(tf.range(4.0), [1, 2, 2, 1]))
    >>> print(dx[0, :, :, 0].eval())
    [[1. 0.]
     [1. 0.]]
    """
    x = convert_to_tensor(image)
    if x.shape.ndims != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {x.shape}.")
    n, h, w, c = arrays.unstack(arrays.shape(x))
    below, right = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
    below = arrays.reshape(arrays.concat([below, arrays.zeros(arrays.stack([n, 1, w, c]), x.dtype)], 1), arrays.shape(x))
    right = arrays.reshape(arrays.concat([right, arrays.zeros(arrays.stack([n, h, 1, c]), x.dtype)], 2), arrays.shape(x))
    return below, right


def sobel_edges(image: Any) -> Tensor:
    """Sobel's edges of images (n, h, w, c): how much brighter it gets downwards and rightwards, shape (n, h, w, c, 2).

    >>> tf.image.sobel_edges(tf.zeros([1, 4, 4, 1])).shape
    TensorShape([Dimension(1), Dimension(4), Dimension(4), Dimension(1), Dimension(2)])
    """
    x = convert_to_tensor(image)
    sizes, shape = x.shape, arrays.shape(x)
    kernels = np.array(
        [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]
    ).transpose(1, 2, 0)[:, :, None]
    filters = movement.tile(arrays.constant(kernels, float32), [1, 1, shape[-1], 1], name="sobel_filters")
    padded = movement.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    edges = depthwise_conv2d(padded, filters, [1, 1, 1, 1], "VALID")
    out = arrays.reshape(edges, arrays.concat([shape, [2]], 0))
    out.set_shape(sizes.concatenate([2]))
    return out


# -- likeness ------------------------------------------------------------------------------------------------
def _comparable(a: Any, b: Any, max_val: Any) -> tuple[Tensor, Tensor, Tensor]:
    a, b = convert_to_tensor(a), convert_to_tensor(b)
    if (
        a.shape.ndims is not None
        and b.shape.ndims is not None
        and not a.shape[-3:].is_compatible_with(b.shape[-3:])
    ):
        raise ValueError(f"Shapes {a.shape[-3:]} and {b.shape[-3:]} are incompatible")
    largest = elementwise.cast(max_val, a.dtype.base_dtype)
    return (
        convert_image_dtype(a, float32),
        convert_image_dtype(b, float32),
        convert_image_dtype(largest, float32),
    )


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """Peak signal to noise ratio in decibels: 20 log10(max_val) - 10 log10(mean squared difference), for each image.

    >>> print(tf.image.psnr(tf.zeros([1, 4, 4, 1]), tf.ones([1, 4, 4, 1]) / 10, 1.0).eval())
    [20.]
    """
    with name_scope(name, "PSNR", [a, b]):
        x, y, largest = _comparable(a, b, max_val)
        error = reduce.reduce_mean(squared_difference(x, y), [-3, -2, -1])
        ten = np.log(np.float32(10))
        return elementwise.subtract(20 * log(largest) / ten, np.float32(10 / ten) * log(error), name="psnr")


def _gaussian(size: int, sigma: float, channels: Any) -> Tensor:
    place = (np.arange(size, dtype=np.float32) - np.float32(size - 1) / 2) ** 2 * np.float32(-0.5 / sigma**2)
    weights = softmax(arrays.constant((place[None, :] + place[:, None]).reshape(1, -1)))
    return movement.tile(arrays.reshape(weights, [size, size, 1, 1]), arrays.stack([1, 1, channels, 1]))


def _likeness(
    x: Tensor, y: Tensor, largest: Tensor, size: int, sigma: float, k1: float, k2: float
) -> tuple[Tensor, Tensor]:
    """For each image and channel: the mean likeness, and the part of it that is contrast and structure."""
    kernel = _gaussian(size, sigma, arrays.shape(x)[-1])

    def blurred(t: Tensor) -> Tensor:
        shape = arrays.shape(t)
        y = depthwise_conv2d(
            arrays.reshape(t, arrays.concat([[-1], shape[-3:]], 0)), kernel, [1, 1, 1, 1], "VALID"
        )
        return arrays.reshape(y, arrays.concat([shape[:-3], arrays.shape(y)[1:]], 0))

    c1, c2 = (k1 * largest) ** 2, (k2 * largest) ** 2
    mx, my = blurred(x), blurred(y)
    product, squares = mx * my * 2.0, square(mx) + square(my)
    light = (product + c1) / (squares + c1)
    both = blurred(x * y) * 2.0
    structure = (both - product + c2) / (blurred(square(x) + square(y)) - squares + c2)
    axes = [-3, -2]
    return reduce.reduce_mean(light * structure, axes), reduce.reduce_mean(structure, axes)


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Structural similarity of each pair of images, 1 for equal ones.

    >>> print(tf.image.ssim(tf.ones([1, 16, 16, 1]), tf.ones([1, 16, 16, 1]), 1.0).eval())
    [1.]
    """
    with name_scope(None, "SSIM", [img1, img2]):
        likeness, _ = _likeness(*_comparable(img1, img2, max_val), filter_size, filter_sigma, k1, k2)
        return reduce.reduce_mean(likeness, [-1])


_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Any = _SCALES,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Structural similarity over several scales, each half as large as the one before.

    >>> image = tf.ones([1, 176, 176, 1])
    >>> print(tf.image.ssim_multiscale(image, image, 1.0).eval())
    [1.]
    """
    from tfnb.ops.activations import relu
    from tfnb.ops.pool import avg_pool

    with name_scope(None, "MS-SSIM", [img1, img2]):
        x, y, largest = _comparable(img1, img2, max_val)
        parts = []
        for k in range(len(power_factors)):
            if k:
                x, y = (avg_pool(t, [1, 2, 2, 1], [1, 2, 2, 1], "SAME") for t in (x, y))
            whole, structure = _likeness(x, y, largest, filter_size, filter_sigma, k1, k2)
            parts.append(relu(structure))
        parts[-1] = relu(whole)
        scaled = arrays.stack(parts, axis=-1) ** arrays.constant(list(power_factors), float32)
        return reduce.reduce_mean(reduce.reduce_prod(scaled, [-1]), [-1])
