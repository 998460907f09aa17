"""Images turned, cut, padded and resized.

    flip_left_right(x)      rot90(x)      central_crop(x, 0.5)      resize_images(x, [64, 64])

An image is (h, w, c), a batch of them (n, h, w, c); both are taken everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.ops import arrays, elementwise, indexing, movement, resizing
from tfnb.ops.asserts import assert_greater_equal, assert_positive
from tfnb.ops.compare import greater_equal, less, maximum, minimum
from tfnb.ops.division import floormod
from tfnb.ops.host import Assert
from tfnb.ops.parts import floor, round
from tfnb.ops.random import random_uniform

__all__ = [
    "ResizeMethod", "central_crop", "crop_to_bounding_box", "flip_left_right", "flip_up_down", "pad_to_bounding_box",
    "random_flip_left_right", "random_flip_up_down", "resize_image_with_crop_or_pad", "resize_image_with_pad", "resize_images",
    "rot90", "transpose_image",
]  # fmt: skip


class ResizeMethod:
    """How `resize_images` finds the new pixels.

    >>> print(tf.image.resize_images(tf.zeros([2, 2, 1]), [4, 4], tf.image.ResizeMethod.BICUBIC).shape)
    (4, 4, 1)
    """

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


# -- what the functions share --------------------------------------------------------------------------------
def checked(image: Any) -> Tensor:
    """The image as a tensor, under TensorFlow's name; raises ValueError where it is no image."""
    x = convert_to_tensor(image, name="image")
    if x.shape.ndims not in (None, 3, 4):
        raise ValueError(f"'image' (shape {x.shape}) must have either 3 or 4 dimensions.")
    return _after(_image_checks(x), x)


def _image_checks(x: Tensor) -> list[Any]:
    """Checks to be made in the run where the size of the image is not known yet."""
    if x.shape.ndims is not None and x.shape[-3:].is_fully_defined():
        if 0 in x.shape.as_list()[-3:]:
            raise ValueError(f"inner 3 dims of 'image.shape' must be > 0: {x.shape}")
        return []
    return [assert_positive(arrays.shape(x), ["all dims of 'image.shape' must be > 0."]),
            assert_greater_equal(arrays.rank(x), 3, message="'image' must be at least three-dimensional.")]  # fmt: skip


def _batched(image: Any) -> tuple[Tensor, bool]:
    """The image as a batch, and whether it was one before. Of an unknown number of axes, it is taken for one image."""
    x = convert_to_tensor(image, name="image")
    if x.shape.ndims not in (None, 3, 4):
        raise ValueError(f"'image' (shape {x.shape}) must have either 3 or 4 dimensions.")
    if x.shape.ndims == 4:
        return x, True
    x = arrays.expand_dims(x, 0)
    x.set_shape([None] * 4)
    return x, False


def _sizes(x: Tensor) -> list[Any]:
    """The sizes of all axes: ints where they are known, else scalar tensors."""
    known = x.shape.as_list()
    if None not in known:
        return known
    found = arrays.unstack(arrays.shape(x))
    return [f if k is None else k for k, f in zip(known, found, strict=True)]


def _require(holds: Any, message: str) -> list[Any]:
    """Raises now where a condition is known to fail, else returns the checks to be made in the run."""
    if isinstance(holds, Tensor):
        return [Assert(holds, [message])]
    if not holds:
        raise ValueError(message)
    return []


def _after(checks: list[Any], x: Tensor) -> Tensor:
    with control_dependencies(checks):
        return elementwise.identity(x, name="control_dependency")


def _at_least(a: Any, b: Any) -> Any:
    return greater_equal(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else a >= b


def _restored(x: Tensor, was_batch: bool) -> Tensor:
    return x if was_batch else arrays.squeeze(x, [0])


# -- turning -------------------------------------------------------------------------------------------------
def _flip(image: Any, axis: int, name: str) -> Tensor:
    with name_scope(None, name, [image]):
        x = checked(image)
        return indexing.reverse(x, [axis + (x.shape.ndims == 4)])


def flip_left_right(image: Any) -> Tensor:
    """The mirror image.

    >>> print(tf.image.flip_left_right(tf.constant([[[1], [2]]]))[0, :, 0].eval())
    [2 1]
    """
    return _flip(image, 1, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """Upside down.

    >>> print(tf.image.flip_up_down(tf.constant([[[1]], [[2]]]))[:, 0, 0].eval())
    [2 1]
    """
    return _flip(image, 0, "flip_up_down")


def _random_flip(image: Any, axis: int, seed: int | None, name: str) -> Tensor:
    with name_scope(None, name, [image]) as scope:
        x = checked(image)
        if x.shape.ndims == 4:
            return _each_flipped(x, axis + 1, seed)
        from tfnb.ops.control import cond

        turn = less(random_uniform([], 0, 1.0, seed=seed), 0.5)
        out = cond(turn, lambda: indexing.reverse(x, [axis]), lambda: x, name=scope)
        out.set_shape(x.shape)
        return out


def _each_flipped(x: Tensor, axis: int, seed: int | None) -> Tensor:
    """Each image of the batch flipped or not, on its own."""
    n = arrays.shape(x)[0]
    chance = arrays.reshape(random_uniform([n], seed=seed), [n, 1, 1, 1])
    turn = elementwise.cast(round(chance), x.dtype)
    return turn * indexing.reverse(x, [axis]) + (1 - turn) * x


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """The mirror image, or the image itself, with equal chance; of a batch, each image on its own.

    >>> tf.image.random_flip_left_right(tf.zeros([2, 2, 1])).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(1)])
    """
    return _random_flip(image, 1, seed, "random_flip_left_right")


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Upside down, or as it is, with equal chance; of a batch, each image on its own.

    >>> tf.image.random_flip_up_down(tf.zeros([2, 2, 1])).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(1)])
    """
    return _random_flip(image, 0, seed, "random_flip_up_down")


def transpose_image(image: Any, name: str | None = None) -> Tensor:
    """Rows as columns.

    >>> tf.image.transpose_image(tf.constant([[[1], [2]]])).shape
    TensorShape([Dimension(2), Dimension(1), Dimension(1)])
    """
    with name_scope(name, "transpose", [image]):
        x = checked(image)
        return arrays.transpose(x, [0, 2, 1, 3] if x.shape.ndims == 4 else [1, 0, 2])


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Turned by `k` quarters to the left.

    >>> print(tf.image.rot90(tf.constant([[[1], [2]]]))[:, 0, 0].eval())
    [2 1]
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        x = checked(image)
        k = floormod(convert_to_tensor(k, "int32", name="k"), 4)
        n = x.shape.ndims
        h, w = (1, 2) if n == 4 else (0, 1)
        swap = [0, 2, 1, 3] if n == 4 else [1, 0, 2]
        turned = _quarter(
            x,
            k,
            [
                lambda: arrays.transpose(indexing.reverse(x, [w]), swap),
                lambda: indexing.reverse(x, [h, w]),
                lambda: indexing.reverse(arrays.transpose(x, swap), [w]),
            ],
            scope,
        )
        sizes = x.shape.as_list()
        sizes[h : w + 1] = [sizes[h] if sizes[h] == sizes[w] else None] * 2
        turned.set_shape(sizes)
        return turned


def _quarter(x: Tensor, k: Tensor, turns: list[Callable[[], Tensor]], scope: str) -> Tensor:
    from tfnb.ops.compare import equal
    from tfnb.ops.control import cond

    chosen = [(equal(k, i), turn) for i, turn in enumerate(turns, 1)]

    def one_of(rest: list[tuple[Tensor, Callable[[], Tensor]]]) -> Tensor:
        (asked, turn), *others = rest
        return cond(asked, turn, lambda: one_of(others) if others else x, name="cond")

    with name_scope(scope):
        return one_of(chosen)


# -- cutting and padding -------------------------------------------------------------------------------------
def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The part of the given size whose upper left corner stands at the offset. Raises ValueError where it is not inside.

    >>> tf.image.crop_to_bounding_box(tf.zeros([4, 4, 1]), 0, 1, 2, 3).shape
    TensorShape([Dimension(2), Dimension(3), Dimension(1)])
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        x, was_batch = _batched(image)
        checks = _image_checks(x)
        n, h, w, c = _sizes(x)
        checks += [
            *_require(_at_least(offset_width, 0), "offset_width must be >= 0."),
            *_require(_at_least(offset_height, 0), "offset_height must be >= 0."),
            *_require(_at_least(target_width, 1), "target_width must be > 0."),
            *_require(_at_least(target_height, 1), "target_height must be > 0."),
            *_require(_at_least(w, target_width + offset_width), "width must be >= target + offset."),
            *_require(_at_least(h, target_height + offset_height), "height must be >= target + offset."),
        ]
        x = _after(checks, x)
        cut = indexing.slice(
            x,
            arrays.stack([0, offset_height, offset_width, 0]),
            arrays.stack([-1, target_height, target_width, -1]),
        )
        cut.set_shape([_known(v) for v in (n, target_height, target_width, c)])
        return _restored(cut, was_batch)


def _known(size: Any) -> int | None:
    value = static_value(size) if isinstance(size, Tensor) else size
    return None if value is None else int(value)


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The image on a larger black one, its upper left corner at the offset. Raises ValueError where there is no room.

    >>> print(tf.image.pad_to_bounding_box(tf.ones([1, 1, 1], tf.int32), 0, 1, 2, 2)[:, :, 0].eval())
    [[0 1]
     [0 0]]
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        x, was_batch = _batched(image)
        checks = _image_checks(x)
        n, h, w, c = _sizes(x)
        right = target_width - offset_width - w
        below = target_height - offset_height - h
        checks += [
            *_require(_at_least(offset_height, 0), "offset_height must be >= 0"),
            *_require(_at_least(offset_width, 0), "offset_width must be >= 0"),
            *_require(_at_least(right, 0), "width must be <= target - offset"),
            *_require(_at_least(below, 0), "height must be <= target - offset"),
        ]
        x = _after(checks, x)
        edges = arrays.reshape(arrays.stack([0, 0, offset_height, below, offset_width, right, 0, 0]), [4, 2])
        out = movement.pad(x, edges)
        out.set_shape([_known(v) for v in (n, target_height, target_width, c)])
        return _restored(out, was_batch)


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """The middle part, `central_fraction` of the height and of the width.

    >>> tf.image.central_crop(tf.zeros([4, 4, 1]), 0.5).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(1)])
    """
    with name_scope(None, "central_crop", [image]):
        x = convert_to_tensor(image, name="image")
        if central_fraction <= 0.0 or central_fraction > 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return x
        x = checked(x)
        batch = x.shape.ndims == 4
        starts, sizes = zip(*(_middle(x, axis + batch, central_fraction) for axis in (0, 1)), strict=True)
        begin = arrays.stack([*[0] * batch, *starts, 0])
        size = arrays.stack([*[-1] * batch, *sizes, -1])
        out = indexing.slice(x, begin, size)
        out.set_shape([*x.shape.as_list()[:1] * batch, *(_known(s) for s in sizes), x.shape.as_list()[-1]])
        return out


def _middle(x: Tensor, axis: int, fraction: float) -> tuple[Any, Any]:
    """Where the middle part begins along an axis, and its size."""
    n = x.shape.as_list()[axis]
    if n is not None:
        start = int((n - n * fraction) / 2)
        return start, n - 2 * start
    size = arrays.shape(x)[axis]
    wide = elementwise.cast(size, "float64")
    begin = elementwise.cast((wide - wide * fraction) / 2, "int32")
    return begin, size - begin * 2


def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """The image in a new size without stretching it: its edges cut off or black ones put round it, evenly.

    >>> tf.image.resize_image_with_crop_or_pad(tf.zeros([4, 4, 1]), 2, 6).shape
    TensorShape([Dimension(2), Dimension(6), Dimension(1)])
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        x, was_batch = _batched(image)
        for target, what in ((target_width, "target_width"), (target_height, "target_height")):
            _require(isinstance(target, Tensor) or target > 0, f"{what} must be > 0.")
        x = _after(_image_checks(x), x)
        n, h, w, c = _sizes(x)
        cut_w, pad_w = _halves(target_width, w)
        cut_h, pad_h = _halves(target_height, h)
        cut = crop_to_bounding_box(x, cut_h, cut_w, _smaller(target_height, h), _smaller(target_width, w))
        out = pad_to_bounding_box(cut, pad_h, pad_w, target_height, target_width)
        return _restored(elementwise.identity(out, name="control_dependency"), was_batch)


def _halves(target: Any, size: Any) -> tuple[Any, Any]:
    """How much to cut before and how much to pad before."""
    more = target - size
    return _larger(-more // 2, 0), _larger(more // 2, 0)


def _larger(a: Any, b: Any) -> Any:
    return maximum(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else max(a, b)


def _smaller(a: Any, b: Any) -> Any:
    return minimum(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else min(a, b)


# -- resizing ------------------------------------------------------------------------------------------------
_METHODS: dict[Any, Callable[..., Tensor]] = {
    0: resizing.resize_bilinear, 1: resizing.resize_nearest_neighbor, 2: resizing.resize_bicubic, 3: resizing.resize_area,
    "bilinear": resizing.resize_bilinear, "nearest": resizing.resize_nearest_neighbor, "bicubic": resizing.resize_bicubic,
    "area": resizing.resize_area,
}  # fmt: skip


def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in the size [h, w] by one of the ResizeMethods; float32, but NEAREST_NEIGHBOR keeps the dtype.

    >>> tf.image.resize_images(tf.zeros([4, 4, 1]), [2, 2]).shape
    TensorShape([Dimension(2), Dimension(2), Dimension(1)])
    """
    with name_scope(name, "resize", [images, size]):
        x = convert_to_tensor(images, name="images")
        if x.shape.ndims is None:
            raise ValueError("'images' contains no shape.")
        if x.shape.ndims not in (3, 4):
            raise ValueError("'images' must have either 3 or 4 dimensions.")
        was_batch = x.shape.ndims == 4
        x = x if was_batch else arrays.expand_dims(x, 0)
        size = convert_to_tensor(size, "int32", name="size")
        if not size.shape.is_compatible_with([2]):
            raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
        if preserve_aspect_ratio:
            size = _fitting(x, size)
        value = static_value(size)
        if value is None or None in list(value) or list(value) != x.shape.as_list()[1:3]:
            if method not in _METHODS:
                raise ValueError("Resize method is not implemented.")
            x = _METHODS[method](x, size, align_corners=align_corners)
        return _restored(x, was_batch)


def _fitting(x: Tensor, size: Tensor) -> Tensor:
    """The largest size within the wanted one that keeps the ratio of height and width."""
    _, h, w, _ = _sizes(x)
    wanted = static_value(size)
    wanted = arrays.unstack(size) if wanted is None else wanted.tolist()
    scale = minimum(_float(wanted[0]) / _float(h), _float(wanted[1]) / _float(w))
    new = [elementwise.cast(round(scale * _float(n)), "int32") for n in (h, w)]
    return convert_to_tensor(new, name="size")


def _float(value: Any) -> Tensor:
    return elementwise.cast(value, "float32")


def resize_image_with_pad(
    image: Any,
    target_height: int,
    target_width: int,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """The image as large as fits into the new size without stretching, in the middle, with black around.

    >>> tf.image.resize_image_with_pad(tf.zeros([1, 4, 2, 1]), 4, 4).shape
    TensorShape([Dimension(1), Dimension(4), Dimension(4), Dimension(1)])
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        x, was_batch = _batched(image)
        x = _after(_image_checks(x), x)
        _, h, w, _ = _sizes(x)
        ratio = maximum(_float(w) / _float(target_width), _float(h) / _float(target_height))
        inner = [_float(n) / ratio for n in (h, w)]
        new = [elementwise.cast(floor(n), "int32") for n in inner]
        room = [(_float(t) - n) / 2 for t, n in zip((target_height, target_width), inner, strict=True)]
        before = [maximum(0, elementwise.cast(floor(r), "int32")) for r in room]
        resized = resize_images(x, new, method, align_corners=align_corners)
        out = pad_to_bounding_box(resized, before[0], before[1], target_height, target_width)
        return _restored(out, was_batch)
