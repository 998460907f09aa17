"""tf.image: pictures turned, cut, resized, coloured, compared, read and written.

A picture is (height, width, channels); most functions also take a batch of them.
"""

from tfnb.image.boxes import (
    crop_and_resize,
    draw_bounding_boxes,
    extract_glimpse,
    non_max_suppression,
    sample_distorted_bounding_box,
)
from tfnb.image.codecs import *  # noqa: F403
from tfnb.image.codecs import __all__ as _codecs
from tfnb.image.color import *  # noqa: F403
from tfnb.image.color import __all__ as _color
from tfnb.image.geometry import *  # noqa: F403
from tfnb.image.geometry import __all__ as _geometry
from tfnb.image.geometry import resize_image_with_crop_or_pad, resize_images, transpose_image
from tfnb.image.measures import *  # noqa: F403
from tfnb.image.measures import __all__ as _measures
from tfnb.ops.patches import extract_image_patches
from tfnb.ops.random import random_crop
from tfnb.ops.resizing import resize_area, resize_bicubic, resize_bilinear, resize_nearest_neighbor

resize, transpose, extract_patches = resize_images, transpose_image, extract_image_patches
resize_with_crop_or_pad = resize_image_with_crop_or_pad

__all__ = sorted(
    [
        *_codecs,
        *_color,
        *_geometry,
        *_measures,
        "crop_and_resize",
        "draw_bounding_boxes",
        "extract_glimpse",
        "extract_image_patches",
        "extract_patches",
        "non_max_suppression",
        "random_crop",
        "resize",
        "resize_area",
        "resize_bicubic",
        "resize_bilinear",
        "resize_nearest_neighbor",
        "resize_with_crop_or_pad",
        "sample_distorted_bounding_box",
        "transpose",
    ]
)
