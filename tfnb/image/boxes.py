"""Boxes (y1, x1, y2, x2) on images: cut out, drawn, chosen.

crop_and_resize(images, boxes, box_ind, [32, 32])      non_max_suppression(boxes, scores, 10)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import boxes as kernels
from tfnb.ops.random import get_seed

__all__ = [
    "crop_and_resize", "draw_bounding_boxes", "extract_glimpse", "non_max_suppression", "sample_distorted_bounding_box",
]  # fmt: skip


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """The part of image box_ind[i] inside boxes[i], in the size `crop_size`, for each i; float32.

    >>> tf.image.crop_and_resize(tf.ones([1, 4, 4, 1]), [[0.0, 0.0, 1.0, 1.0]], [0], [2, 2]).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(1)])
    """
    box_ind = box_indices if box_ind is None else box_ind
    return kernels.crop_and_resize_op(
        image,
        boxes,
        box_ind,
        crop_size,
        method=method,
        extrapolation_value=float(extrapolation_value),
        name=name,
    )


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """A window of each image around its offset, from -1 to 1 where it is `centered` and `normalized`.

    >>> print(tf.image.extract_glimpse(tf.zeros([1, 8, 8, 3]), [4, 4], [[0.0, 0.0]]).shape)
    (1, 4, 4, 3)
    """
    return kernels.extract_glimpse_op(
        input, size, offsets, centered=centered, normalized=normalized, uniform_noise=uniform_noise, name=name
    )


def draw_bounding_boxes(images: Any, boxes: Any, name: str | None = None, colors: Any = None) -> Tensor:
    """The images with the edges of their boxes drawn.

    >>> boxed = tf.image.draw_bounding_boxes(tf.zeros([1, 8, 8, 3]), [[[0.1, 0.1, 0.8, 0.9]]])
    >>> print(boxed.shape)
    (1, 8, 8, 3)
    """
    if colors is None:
        return kernels.draw_bounding_boxes_op(images, boxes, name=name)
    return kernels.draw_bounding_boxes_v2_op(images, boxes, colors, name=name)


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """The places of the best boxes by score, without those that overlap a better one by more than `iou_threshold`.

    >>> print(tf.image.non_max_suppression([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9]], [0.9, 0.8], 2).eval())
    [0]
    """
    with name_scope(name, "non_max_suppression"):
        iou = convert_to_tensor(iou_threshold, float32, name="iou_threshold")
        least = convert_to_tensor(score_threshold, float32, name="score_threshold")
        return kernels.non_max_suppression_op(boxes, scores, max_output_size, iou, least)


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> Any:
    """A part of the image by chance that shows enough of one of the boxes: (begin, size) for tf.slice, and the part as a box.

    >>> begin, size, box = tf.image.sample_distorted_bounding_box([8, 8, 3], [[[0.1, 0.1, 0.8, 0.9]]])
    >>> print(begin.shape, size.shape, box.shape)
    (3,) (3,) (1, 1, 4)
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        first, second = get_seed(seed)
        return kernels.sample_box_op(
            image_size,
            bounding_boxes,
            convert_to_tensor(min_object_covered, float32, name="min_object_covered"),
            seed=first or 0,
            seed2=second or 0,
            aspect_ratio_range=tuple(aspect_ratio_range or (0.75, 1.33)),
            area_range=tuple(area_range or (0.05, 1.0)),
            max_attempts=max_attempts or 100,
            use_image_if_no_bounding_boxes=bool(use_image_if_no_bounding_boxes),
        )
