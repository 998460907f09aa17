"""Images in another size, as TensorFlow 1 does it: each new row and column is a weighted sum of a few old ones.

    old place of new row i:   i * h / h'                       plain: the corner of the first pixel stays
                              i * (h - 1) / (h' - 1)           align_corners: the middles of the corner pixels stay
                              (i + 0.5) * h / h' - 0.5         half_pixel_centers: the outer edges stay

Images are (n, h, w, c). Places are computed in float32, so that rounding falls where TensorFlow's does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, F, Host, R, ShapeError, float32
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays

__all__ = ["resize_area", "resize_bicubic", "resize_bilinear", "resize_nearest_neighbor"]


# -- which old rows make a new row: `rows` (new, taps) and their `weights` (new, taps) ------------------------
def _scale(old: int, new: int, align_corners: bool) -> np.float32:
    return np.float32((old - 1) / (new - 1) if align_corners and new > 1 else old / new)


def _places(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """Where each new row lies among the old ones."""
    half = np.float32(0.5 if half_pixel_centers else 0)
    return (np.arange(new, dtype=np.float32) + half) * _scale(old, new, align_corners) - half


def nearest_rows(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """The one old row that each new row copies."""
    half = np.float32(0.5 if half_pixel_centers else 0)
    at = (np.arange(new, dtype=np.float32) + half) * _scale(old, new, align_corners)
    at = np.floor(at + np.float32(0.5)) if align_corners else np.floor(at)  # halves go up
    return np.clip(at.astype(np.int64), 0, old - 1)


def linear_rows(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> tuple[np.ndarray, ...]:
    """The old rows below and above each new one, and how far it is on the way between them."""
    at = _places(old, new, align_corners, half_pixel_centers)
    low, high = np.floor(at).astype(np.int64), np.ceil(at).astype(np.int64)
    return np.maximum(low, 0), np.minimum(high, old - 1), at - np.floor(at)


def _cubic_table(a: float) -> np.ndarray:
    """The cubic kernel at 1025 distances: from 0 to 1 in column 0, from 1 to 2 in column 1."""
    x = np.arange(1025) / 1024
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a
    return np.stack([near, far], axis=1).astype(np.float32)


def cubic_rows(
    old: int, new: int, align_corners: bool, half_pixel_centers: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The four old rows around each new one and their weights, read from a table as TensorFlow does."""
    table = _cubic_table(-0.5 if half_pixel_centers else -0.75)
    at = _places(old, new, align_corners, half_pixel_centers)
    low = np.floor(at)
    step = np.rint((at - low) * np.float32(1024)).astype(np.int64)
    weights = np.stack([table[step, 1], table[step, 0], table[1024 - step, 0], table[1024 - step, 1]], axis=1)
    wanted = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    rows = np.clip(wanted, 0, old - 1)
    if half_pixel_centers:  # what lies outside does not count
        weights = np.where(rows == wanted, weights, np.float32(0))
        weights = weights / weights.sum(1, keepdims=True)
    return rows, weights


def area_matrix(old: int, new: int, align_corners: bool) -> np.ndarray:
    """(new, old): how much of each old row lies in each new one, summing to 1."""
    scale = _scale(old, new, align_corners)
    start = np.arange(new, dtype=np.float32) * scale
    stop = np.arange(1, new + 1, dtype=np.float32) * scale
    out = np.zeros((new, old), np.float32)
    for i, (a, b) in enumerate(zip(start, stop, strict=True)):
        for k in range(int(np.floor(a)), int(np.ceil(b))):
            out[i, min(k, old - 1)] += min(k + 1, b) - max(k, a)
    return out / scale


def _matrix(rows: np.ndarray, weights: np.ndarray, old: int) -> np.ndarray:
    """(new, old): rows and weights as a matrix."""
    out = np.zeros((len(rows), old), np.float32)
    np.add.at(out, (np.arange(len(rows))[:, None], rows), weights)
    return out


def linear_matrix(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    low, high, t = linear_rows(old, new, align_corners, half_pixel_centers)
    return _matrix(np.stack([low, high], 1), np.stack([1 - t, t], 1), old)


def _nearest_matrix(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    return np.eye(old, dtype=np.float32)[nearest_rows(old, new, align_corners, half_pixel_centers)]


def _cubic_matrix(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    return _matrix(*cubic_rows(old, new, align_corners, half_pixel_centers), old)


def _weighted(xp: Any, x: Any, rows: Any, columns: Any) -> Any:
    """rows @ x @ columns^T for each channel: x (n, h, w, c), rows (h', h), columns (w', w)."""
    rows, columns = (xp.asarray(m, x.dtype) for m in (rows, columns))
    n, h, w, c = x.shape
    x = xp.reshape(rows @ xp.reshape(x, (n, h, w * c)), (n, rows.shape[0], w, c))
    return columns @ x


# -- the ops -------------------------------------------------------------------------------------------------
def _resized(call: Call) -> list[TensorShape]:
    x, size = call.shapes[0].sizes, call.sizes(1)
    if x is None:
        return [TensorShape.of((None, *(size or (None, None)), None))]
    if len(x) != 4:
        raise ShapeError(f"Shape must be rank 4 but is rank {len(x)}")
    return [TensorShape.of((x[0], *(size or (None, None)), x[3]))]


@op("ResizeBilinear", shape=_resized)
def resize_bilinear_op(
    xp: Any, images: R, size: Host, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> float32:
    """Between the four nearest old pixels, in proportion to how near they are."""
    x, (h, w) = images.astype(np.float32), images.shape[1:3]
    top, bottom, dy = linear_rows(h, size[0], align_corners, half_pixel_centers)
    left, right, dx = linear_rows(w, size[1], align_corners, half_pixel_centers)
    top, bottom, left, right, dx, dy = map(xp.asarray, (top, bottom, left, right, dx[:, None], dy[:, None, None]))
    upper, lower = xp.take(x, top, 1), xp.take(x, bottom, 1)
    upper, lower = (
        xp.take(y, left, 2) + (xp.take(y, right, 2) - xp.take(y, left, 2)) * dx for y in (upper, lower)
    )
    return upper + (lower - upper) * dy


@op("ResizeNearestNeighbor", shape=_resized)
def resize_nearest_op(
    xp: Any, images: R, size: Host, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> R:
    """A copy of the nearest old pixel."""
    rows = nearest_rows(images.shape[1], size[0], align_corners, half_pixel_centers)
    columns = nearest_rows(images.shape[2], size[1], align_corners, half_pixel_centers)
    return xp.take(xp.take(images, xp.asarray(rows), 1), xp.asarray(columns), 2)


@op("ResizeBicubic", shape=_resized)
def resize_bicubic_op(
    xp: Any, images: R, size: Host, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> float32:
    """Weighted sums of the sixteen old pixels around."""
    x = images.astype(np.float32)
    rows, by_row = cubic_rows(x.shape[1], size[0], align_corners, half_pixel_centers)
    columns, by_column = cubic_rows(x.shape[2], size[1], align_corners, half_pixel_centers)
    rows, columns, by_row, by_column = map(xp.asarray, (rows, columns, by_row[..., None, None], by_column[..., None]))
    x = sum(xp.take(x, columns[:, k], 2) * by_column[:, k] for k in range(4))
    return sum(xp.take(x, rows[:, k], 1) * by_row[:, k] for k in range(4))


@op("ResizeArea", shape=_resized)
def resize_area_op(xp: Any, images: R, size: Host, *, align_corners: bool = False) -> float32:
    """The mean of all old pixels that a new one covers. It has no gradient."""
    h, w = images.shape[1:3]
    return _weighted(
        xp,
        images.astype(np.float32),
        area_matrix(h, size[0], align_corners),
        area_matrix(w, size[1], align_corners),
    )


# -- gradients: the same weights, turned round ---------------------------------------------------------------
def _as_original(call: Call) -> list[TensorShape]:
    dy, x = call.shapes[0].sizes, call.shapes[1].sizes
    known = x is not None and len(x) == 4
    return [
        TensorShape.of((dy[0] if dy else None, *(x[1:3] if known else (None, None)), dy[3] if dy else None))
    ]


def _of_size(call: Call) -> list[TensorShape]:
    dy, size = call.shapes[0].sizes, call.sizes(1)
    return [TensorShape.of((dy[0] if dy else None, *(size or (None, None)), dy[3] if dy else None))]


def _turned(xp: Any, dy: Any, old: Any, matrix: Any, *how: bool) -> Any:
    rows, columns = (matrix(n, new, *how).T for n, new in zip(old, dy.shape[1:3], strict=True))
    return _weighted(xp, dy, rows, columns)


@op("ResizeBilinearGrad", shape=_as_original)
def resize_bilinear_grad(
    xp: Any,
    grads: float32,
    original_image: F,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> F:
    """Each new pixel's dy given to the old pixels it was made of."""
    return _turned(
        xp, grads, original_image.shape[1:3], linear_matrix, align_corners, half_pixel_centers
    ).astype(original_image.dtype)


@op("ResizeBicubicGrad", shape=_as_original)
def resize_bicubic_grad(
    xp: Any,
    grads: float32,
    original_image: F,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> F:
    """Each new pixel's dy given to the old pixels it was made of."""
    return _turned(
        xp, grads, original_image.shape[1:3], _cubic_matrix, align_corners, half_pixel_centers
    ).astype(original_image.dtype)


@op("ResizeNearestNeighborGrad", shape=_of_size)
def resize_nearest_grad(
    xp: Any, grads: R, size: Host, *, align_corners: bool = False, half_pixel_centers: bool = False
) -> R:
    """Each new pixel's dy added to the old pixel it copied."""
    return _turned(xp, grads, size, _nearest_matrix, align_corners, half_pixel_centers)


@resize_bilinear_op.gradient
def resize_bilinear_gradient(node: Operation, dy: Tensor) -> Any:
    return resize_bilinear_grad(dy, node.inputs[0], **node.attrs), None


@resize_bicubic_op.gradient
def resize_bicubic_gradient(node: Operation, dy: Tensor) -> Any:
    return (
        resize_bicubic_grad(dy, node.inputs[0], **node.attrs) if node.inputs[0].dtype.is_floating else None
    ), None


@resize_nearest_op.gradient
def resize_nearest_gradient(node: Operation, dy: Tensor) -> Any:
    sizes = node.inputs[0].shape.as_list()[1:3] if node.inputs[0].shape.ndims else [None]
    size = arrays.shape(node.inputs[0])[1:3] if None in sizes else sizes
    return resize_nearest_grad(dy, size, **node.attrs), None


# -- under their public names --------------------------------------------------------------------------------
def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """`images` (n, h, w, c) in the size (h', w'), float32, each pixel between the four nearest old ones.

    >>> print(tf.image.resize_bilinear(tf.constant([[[[0.0], [2.0]]]]), [1, 4])[0, 0, :, 0].eval())
    [0. 1. 2. 2.]
    """
    return resize_bilinear_op(
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """`images` (n, h, w, c) in the size (h', w'), each pixel a copy of the nearest old one; the dtype stays.

    >>> print(tf.image.resize_nearest_neighbor(tf.constant([[[[0.0], [2.0]]]]), [1, 4])[0, 0, :, 0].eval())
    [0. 0. 2. 2.]
    """
    return resize_nearest_op(
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """`images` (n, h, w, c) in the size (h', w'), float32, by cubic curves through sixteen old pixels.

    >>> tf.image.resize_bicubic(tf.ones([1, 2, 2, 1]), [4, 4]).shape
    TensorShape([Dimension(1), Dimension(4), Dimension(4), Dimension(1)])
    """
    return resize_bicubic_op(
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_area(images: Any, size: Any, align_corners: bool = False, name: str | None = None) -> Tensor:
    """`images` (n, h, w, c) in the size (h', w'), float32, each pixel the mean of the old ones it covers.

    >>> print(tf.image.resize_area(tf.constant([[[[0.0], [2.0]]]]), [1, 1])[0, 0].eval())
    [[1.]]
    """
    return resize_area_op(images, size, align_corners=align_corners, name=name)
