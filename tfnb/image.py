"""tf.image: pictures turned, cut and brightened, as (height, width, channels) or batches of those."""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, elementwise, indexing, movement, products, reduce
from tfnb.ops.compare import maximum

__all__ = [
    "adjust_brightness", "flip_left_right", "flip_up_down", "grayscale_to_rgb", "pad_to_bounding_box",
    "per_image_standardization", "rgb_to_grayscale",
]  # fmt: skip


def _flip(image: Any, axis: int, name: str) -> Tensor:
    with name_scope(None, name, [image]):
        x = convert_to_tensor(image, name="image")
        x = elementwise.identity(x, name="control_dependency")
        return indexing.reverse(x, [axis + (x.shape.ndims == 4)])  # type: ignore[no-any-return]


def flip_left_right(image: Any) -> Tensor:
    """The mirror image."""
    return _flip(image, 1, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """Upside down."""
    return _flip(image, 0, "flip_up_down")


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """Every pixel plus `delta`."""
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        x = convert_to_tensor(image, name="image")
        y = elementwise.add(x, elementwise.cast(delta, x.dtype.base_dtype), name=scope)
        return elementwise.identity(y)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """How bright each pixel looks: 0.2989 red + 0.587 green + 0.114 blue."""
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        x = elementwise.identity(convert_to_tensor(images, name="images"))
        gray = products.tensordot(x, [0.2989, 0.5870, 0.1140], [[-1], [-1]])
        return elementwise.identity(arrays.expand_dims(gray, -1), name=scope)


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Tensor:
    """The image on a larger black one."""
    with name_scope(None, "pad_to_bounding_box", [image]):
        x = convert_to_tensor(image, name="image")
        h, w = x.shape.as_list()[-3:-1]
        edges = [
            [offset_height, target_height - h - offset_height],
            [offset_width, target_width - w - offset_width],
            [0, 0],
        ]
        return movement.pad(x, [[0, 0], *edges] if x.shape.ndims == 4 else edges)


def per_image_standardization(image: Any) -> Tensor:
    """Each image with mean 0 and variance 1."""
    with name_scope(None, "per_image_standardization", [image]):
        x = elementwise.cast(image, "float32")
        axes = [-1, -2, -3]
        mean = reduce.reduce_mean(x, axes, keepdims=True)
        n = float(x.shape[-3:].num_elements() or 1)
        deviation = reduce.reduce_mean((x - mean) * (x - mean), axes, keepdims=True) ** 0.5
        return elementwise.identity((x - mean) / maximum(deviation, n**-0.5))


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The one channel three times."""
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        x = elementwise.identity(convert_to_tensor(images, name="images"), name="control_dependency")
        return movement.tile(x, [1] * ((x.shape.ndims or 1) - 1) + [3], name=scope)  # type: ignore[no-any-return]
