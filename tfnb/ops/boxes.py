"""Boxes on images: cut out and resized, drawn, chosen among overlapping ones.

    crop_and_resize(x, [[0, 0, .5, .5]], [0], [32, 32])      the upper left quarter of image 0
    non_max_suppression(boxes, scores, 10)                   the best boxes that do not cover each other

A box is (y1, x1, y2, x2), most often in parts of the image's height and width.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, F, Host, I, R, Types, float32, int32
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays

__all__ = [
    "crop_and_resize_op",
    "draw_bounding_boxes_op",
    "extract_glimpse_op",
    "non_max_suppression_op",
    "sample_box_op",
]


# -- crops ---------------------------------------------------------------------------------------------------
def _lines(xp: Any, low: Any, high: Any, size: int, crop: int) -> Any:
    """Where the crop's rows lie in the image: (boxes, crop)."""
    if crop == 1:
        return (0.5 * (low + high) * (size - 1))[:, None]
    step = (high - low) * (size - 1) / (crop - 1)
    return low[:, None] * (size - 1) + xp.arange(crop, dtype=np.float32) * step[:, None]


def _corners(xp: Any, images: Any, boxes: Any, crop: Any) -> tuple[Any, ...]:
    """Rows and columns of the crops, their neighbours, and which of them lie inside the image."""
    h, w = images[1:3]
    y, x = _lines(xp, boxes[:, 0], boxes[:, 2], h, crop[0]), _lines(xp, boxes[:, 1], boxes[:, 3], w, crop[1])
    inside = ((y >= 0) & (y <= h - 1))[:, :, None] & ((x >= 0) & (x <= w - 1))[:, None, :]
    return xp.clip(y, 0, h - 1), xp.clip(x, 0, w - 1), inside[..., None]


def _crops(call: Call) -> list[TensorShape]:
    x, boxes, size = call.shapes[0].sizes, call.shapes[1].sizes, call.sizes(3)
    return [TensorShape.of((boxes[0] if boxes else None, *(size or (None, None)), x[3] if x else None))]


@op("CropAndResize", shape=_crops)
def crop_and_resize_op(
    xp: Any,
    image: R,
    boxes: float32,
    box_ind: int32,
    crop_size: Host,
    *,
    method: str = "bilinear",
    extrapolation_value: float = 0,
) -> float32:
    """The part of image box_ind[i] inside boxes[i], resized; what lies outside the image has the extrapolation value."""
    y, x, inside = _corners(xp, image.shape, boxes, crop_size)
    at = box_ind[:, None, None]
    if method == "nearest":
        out = image[
            at, xp.rint(y).astype(np.int32)[:, :, None], xp.rint(x).astype(np.int32)[:, None, :]
        ].astype(np.float32)
    else:
        out = sum(weight[..., None] * image[at, row, column] for weight, row, column in _four(xp, y, x))
    return xp.where(inside, out, np.float32(extrapolation_value))


def _four(xp: Any, y: Any, x: Any) -> Any:
    """The four pixels around each place, with their weights."""
    top, left = xp.floor(y), xp.floor(x)
    dy, dx = (y - top)[:, :, None], (x - left)[:, None, :]
    rows, columns = (xp.stack([xp.floor(t), xp.ceil(t)]).astype(np.int32) for t in (y, x))
    for i, by_row in enumerate((1 - dy, dy)):
        for k, by_column in enumerate((1 - dx, dx)):
            yield by_row * by_column, rows[i][:, :, None], columns[k][:, None, :]


@op(
    "CropAndResizeGradImage",
    shape=lambda call: [unknown_shape(4) if call.sizes(3) is None else TensorShape.of(call.sizes(3))],
)
def crop_grad_image(
    xp: Any, grads: float32, boxes: float32, box_ind: int32, image_size: Host, *, method: str = "bilinear"
) -> float32:
    """Each crop's dy given to the pixels that it was made of."""
    y, x, inside = _corners(xp, image_size, boxes, grads.shape[1:3])
    at, out = box_ind[:, None, None], xp.zeros(image_size, np.float32)
    dy = xp.where(inside, grads, np.float32(0))
    if method == "nearest":
        return xp.scatter_add(
            out, (at, xp.rint(y).astype(np.int32)[:, :, None], xp.rint(x).astype(np.int32)[:, None, :]), dy
        )
    for weight, row, column in _four(xp, y, x):
        out = xp.scatter_add(out, (at, row, column), weight[..., None] * dy)
    return out


@op("CropAndResizeGradBoxes", shape=lambda call: [call.shapes[2]])
def crop_grad_boxes(
    xp: Any, grads: float32, image: R, boxes: float32, box_ind: int32, *, method: str = "bilinear"
) -> float32:
    """How the crops change when the boxes' edges move."""
    (h, w), (rows, columns) = image.shape[1:3], grads.shape[1:3]
    y, x, inside = _corners(xp, image.shape, boxes, (rows, columns))
    (_, t, l), (_, _, r), (_, b, _), _ = _four(xp, y, x)
    at = box_ind[:, None, None]
    tl, tr, bl, br = (image[at, i, k].astype(np.float32) for i, k in ((t, l), (t, r), (b, l), (b, r)))
    dy, dx = (y - xp.floor(y))[:, :, None, None], (x - xp.floor(x))[:, None, :, None]
    g = xp.where(inside, grads, np.float32(0))
    by_y = xp.sum(g * ((1 - dx) * (bl - tl) + dx * (br - tr)), axis=(2, 3)) * (h - 1)
    by_x = xp.sum(g * ((1 - dy) * (tr - tl) + dy * (br - bl)), axis=(1, 3)) * (w - 1)
    down = xp.arange(rows) / (rows - 1) if rows > 1 else xp.full((1,), 0.5)
    along = xp.arange(columns) / (columns - 1) if columns > 1 else xp.full((1,), 0.5)
    parts = [by_y @ (1 - down), by_x @ (1 - along), by_y @ down, by_x @ along]
    return xp.stack(parts, axis=1).astype(np.float32)


@crop_and_resize_op.gradient
def crop_and_resize_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.elementwise import cast

    image, boxes, at, _ = node.inputs
    method = node.attrs["method"]
    dx = (
        cast(crop_grad_image(dy, boxes, at, arrays.shape(image), method=method), image.dtype)
        if image.dtype.is_floating
        else None
    )
    return dx, crop_grad_boxes(dy, image, boxes, at), None, None


# -- a look at a part ----------------------------------------------------------------------------------------
@op(
    "ExtractGlimpse",
    shape=lambda call: [
        TensorShape.of(
            (call.shapes[0].sizes or (None,))[:1]
            + tuple(call.sizes(1) or (None, None))
            + (call.shapes[0].sizes or (None,) * 4)[3:]
        )
    ],
    host=True,
    differentiable=False,
)
def extract_glimpse_op(
    xp: Any,
    input: float32,
    size: Host,
    offsets: float32,
    *,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    noise: str = "uniform",
) -> float32:
    """A window of each image around its offset; outside the image there is noise, or zeros."""
    n, h, w, c = input.shape
    scale = np.array([h, w]) if normalized else np.ones(2)
    at = np.asarray(offsets) * scale
    at = (at + scale) / 2 if centered and normalized else at + np.array([h, w]) / 2 if centered else at
    corner = (at - np.array(size) / 2).astype(np.int64)
    rows, columns = (corner[:, i, None] + np.arange(size[i]) for i in (0, 1))
    inside = ((rows >= 0) & (rows < h))[:, :, None] & ((columns >= 0) & (columns < w))[:, None, :]
    seen = np.asarray(input)[
        np.arange(n)[:, None, None], rows.clip(0, h - 1)[:, :, None], columns.clip(0, w - 1)[:, None, :]
    ]
    around = 0.0 if noise == "zero" else np.random.default_rng(0).random(seen.shape)
    return np.where(inside[..., None], seen, around).astype(np.float32)


# -- drawing and choosing ------------------------------------------------------------------------------------
_COLORS = np.array(
    [
        [1, 1, 0, 1],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
        [0, 1, 0, 1],
        [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1],
        [0.5, 0, 0, 1],
        [0, 0, 0.5, 1],
        [0, 1, 1, 1],
        [1, 0, 1, 1],
    ],
    np.float32,
)


@op("DrawBoundingBoxes", host=True, differentiable=False)
def draw_bounding_boxes_op(xp: Any, images: F, boxes: float32) -> F:
    """The images with their boxes' edges drawn, one pixel wide, each box in the next of ten colours."""
    return _drawn(images, boxes, _COLORS)


@op("DrawBoundingBoxesV2", host=True)
def draw_bounding_boxes_v2_op(xp: Any, images: F, boxes: float32, colors: float32) -> F:
    """As DrawBoundingBoxes, in the given colours."""
    return _drawn(images, boxes, np.asarray(colors) if np.size(colors) else _COLORS)


def _drawn(images: Any, boxes: Any, colors: np.ndarray) -> np.ndarray:
    out = np.array(images)
    h, w, c = out.shape[1:]
    for n, of_image in enumerate(np.asarray(boxes)):
        for i, box in enumerate(of_image):
            top, left, bottom, right = (int(v * (s - 1)) for v, s in zip(box, (h, w, h, w), strict=True))
            if top >= bottom or left >= right or bottom < 0 or right < 0 or top >= h or left >= w:
                continue
            color = np.ones(1) if c == 1 else colors[i % len(colors)][:c]
            rows, columns = (
                slice(max(top, 0), min(bottom, h - 1) + 1),
                slice(max(left, 0), min(right, w - 1) + 1),
            )
            for line, inside in ((top, 0 <= top), (bottom, bottom < h)):
                if inside:
                    out[n, line, columns] = color
            for line, inside in ((left, 0 <= left), (right, right < w)):
                if inside:
                    out[n, rows, line] = color
    return out


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of one box with others; corners may be given in any order."""
    a, b = (
        np.concatenate([np.minimum(t[..., :2], t[..., 2:]), np.maximum(t[..., :2], t[..., 2:])], -1)
        for t in (box, others)
    )
    area, areas = np.prod(a[..., 2:] - a[..., :2], -1), np.prod(b[..., 2:] - b[..., :2], -1)
    common = np.prod(
        np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0), -1
    )
    union = area + areas - common
    return np.where((area > 0) & (areas > 0), common / np.where(union > 0, union, 1), 0)


@op("NonMaxSuppressionV3", shape=lambda call: [TensorShape.of((None,))], host=True, differentiable=False)
def non_max_suppression_op(
    xp: Any,
    boxes: F,
    scores: F,
    max_output_size: Host,
    iou_threshold: Types("T", ()),
    score_threshold: Types("U", ()),
) -> int32:
    """The places of the best boxes, each overlapping no better one by more than the threshold."""
    boxes, scores = np.asarray(boxes), np.asarray(scores)
    chosen: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        if len(chosen) >= max_output_size or scores[i] <= score_threshold:
            break
        if not chosen or not (overlaps(boxes[i], boxes[chosen]) > iou_threshold).any():
            chosen.append(int(i))
    return np.array(chosen, np.int32)


# -- a box by chance -----------------------------------------------------------------------------------------
@op(
    "SampleDistortedBoundingBoxV2",
    shape=lambda call: [TensorShape.of((3,)), TensorShape.of((3,)), TensorShape.of((1, 1, 4))],
    host=True,
    state="block",
    differentiable=False,
)
def sample_box_op(
    xp: Any,
    image_size: I,
    bounding_boxes: float32,
    min_object_covered: float32,
    block: Any,
    *,
    seed: int = 0,
    seed2: int = 0,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 1.0),
    max_attempts: int = 100,
    use_image_if_no_bounding_boxes: bool = False,
) -> tuple[I, I, float32]:
    """A part of the image, by chance, that shows enough of one of the boxes: where it begins, its size, and as a box."""
    h, w, _ = (int(v) for v in image_size)
    boxes = np.asarray(bounding_boxes).reshape(-1, 4)
    if not len(boxes):
        boxes = np.array([[0, 0, 1, 1]], np.float32)
    pixels = boxes * np.array([h, w, h, w])
    random = np.random.default_rng([seed, seed2, int(block)])
    y, x, height, width = 0, 0, h, w
    for _ in range(max_attempts):
        part = _attempt(random, h, w, aspect_ratio_range, area_range)
        if part and _covers(part, pixels, float(min_object_covered)):
            y, x, height, width = part
            break
    box = np.array([[[y / h, x / w, (y + height) / h, (x + width) / w]]], np.float32)
    dtype = np.asarray(image_size).dtype
    return np.array([y, x, 0], dtype), np.array([height, width, -1], dtype), box, block + 1


def _attempt(random: Any, h: int, w: int, ratios: Any, areas: Any) -> tuple[int, int, int, int] | None:
    """(y, x, height, width) of a part with a ratio and an area within the ranges; None where it does not fit."""
    ratio = random.uniform(*ratios)
    height = int(round(np.sqrt(random.uniform(*areas) * h * w / ratio)))
    width = int(round(height * ratio))
    if not (0 < height <= h and 0 < width <= w):
        return None
    return int(random.integers(0, h - height + 1)), int(random.integers(0, w - width + 1)), height, width


def _covers(part: tuple[int, int, int, int], boxes: np.ndarray, share: float) -> bool:
    y, x, height, width = part
    common = (np.minimum(boxes[:, 2], y + height) - np.maximum(boxes[:, 0], y)).clip(0) * (
        np.minimum(boxes[:, 3], x + width) - np.maximum(boxes[:, 1], x)
    ).clip(0)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return bool((common >= share * area).any())
