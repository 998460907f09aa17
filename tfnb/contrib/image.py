"""tf.contrib.image: images turned, moved and projected.

A transform [8] is a, b, c, d, e, f, g, h: the output at (x, y) is the input at ((a x + b y + c) / k, (d x + e y + f) / k), k = g x + h y + 1.
"""

from __future__ import annotations

from typing import Any

import tfnb as tf

__all__ = [
    "angles_to_projective_transforms", "compose_transforms", "flat_transforms_to_matrices", "matrices_to_flat_transforms", "rotate", "transform",
    "translate", "translations_to_projective_transforms",
]  # fmt: skip


# -- transforms --------------------------------------------------------------------------------------------------
def angles_to_projective_transforms(angles: Any, image_height: Any, image_width: Any, name: str | None = None) -> Any:
    """The transforms [images, 8] that turn images about their middle by angles in radians, against the clock.

    >>> print(tf.contrib.image.angles_to_projective_transforms(np.pi / 2, 3.0, 3.0).eval().round(3) + 0.0)
    [[ 0. -1.  2.  1.  0.  0.  0.  0.]]
    """
    with tf.name_scope(name, "angles_to_projective_transforms"):
        angles = tf.reshape(tf.convert_to_tensor(angles, tf.float32), [-1])
        h, w = tf.cast(image_height, tf.float32) - 1, tf.cast(image_width, tf.float32) - 1
        cos, sin, zeros = tf.cos(angles), tf.sin(angles), tf.zeros_like(angles)
        x, y = (w - (cos * w - sin * h)) / 2.0, (h - (sin * w + cos * h)) / 2.0
        return tf.stack([cos, -sin, x, sin, cos, y, zeros, zeros], axis=1)


def translations_to_projective_transforms(translations: Any, name: str | None = None) -> Any:
    """The transforms that move images by (x, y): [2] or [images, 2].

    >>> print(tf.contrib.image.translations_to_projective_transforms([2.0, 1.0]).eval() + 0.0)
    [[ 1.  0. -2.  0.  1. -1.  0.  0.]]
    """
    with tf.name_scope(name, "translations_to_projective_transforms"):
        moved = tf.reshape(tf.convert_to_tensor(translations, tf.float32), [-1, 2])
        x, y = -moved[:, 0], -moved[:, 1]
        ones, zeros = tf.ones_like(x), tf.zeros_like(x)
        return tf.stack([ones, zeros, x, zeros, ones, y, zeros, zeros], axis=1)


def flat_transforms_to_matrices(transforms: Any) -> Any:
    """Transforms [images, 8] as matrices [images, 3, 3].

    >>> print(tf.contrib.image.flat_transforms_to_matrices([1.0, 0.0, 2.0, 0.0, 1.0, 3.0, 0.0, 0.0]).eval()[0])
    [[1. 0. 2.]
     [0. 1. 3.]
     [0. 0. 1.]]
    """
    flat = tf.reshape(tf.convert_to_tensor(transforms), [-1, 8])
    return tf.reshape(tf.concat([flat, tf.ones_like(flat[:, :1])], 1), [-1, 3, 3])


def matrices_to_flat_transforms(transform_matrices: Any) -> Any:
    """The reverse: the last number of each matrix becomes 1.

    >>> print(tf.contrib.image.matrices_to_flat_transforms(2.0 * np.eye(3, dtype="f")).eval())
    [[1. 0. 0. 0. 1. 0. 0. 0.]]
    """
    flat = tf.reshape(tf.convert_to_tensor(transform_matrices), [-1, 9])
    return flat[:, :8] / flat[:, 8:9]


def compose_transforms(*transforms: Any) -> Any:
    """One transform that does them all. Raises AssertionError where there is none.

    >>> T = tf.contrib.image.translations_to_projective_transforms
    >>> print(tf.contrib.image.compose_transforms(T([1.0, 0.0]), T([0.0, 2.0])).eval() + 0.0)
    [[ 1.  0. -1.  0.  1. -2.  0.  0.]]
    """
    assert transforms, "transforms cannot be empty"
    first, *others = (flat_transforms_to_matrices(t) for t in transforms)
    for matrix in others:
        first = tf.matmul(first, matrix)
    return matrices_to_flat_transforms(first)


# -- images ------------------------------------------------------------------------------------------------------
def transform(images: Any, transforms: Any, interpolation: str = "NEAREST", output_shape: Any = None, name: str | None = None) -> Any:
    """Images [height, width], [height, width, channels] or [images, height, width, channels] projected; what was outside is 0.

    `interpolation` is 'NEAREST' or 'BILINEAR'; `output_shape` (height, width), the images' own where it is not given.

    >>> print(tf.contrib.image.transform(tf.constant([[1.0, 2.0]]), [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]).eval())
    [[2. 0.]]
    """
    if interpolation not in ("NEAREST", "BILINEAR"):
        raise ValueError(f"Invalid interpolation: {interpolation}")
    with tf.name_scope(name, "transform", [images]):
        images = tf.convert_to_tensor(images)
        rank = images.shape.ndims
        if rank not in (2, 3, 4):
            raise TypeError("Images should have rank between 2 and 4.")
        batch = {2: lambda: images[None, :, :, None], 3: lambda: images[None], 4: lambda: images}[rank]()
        n, h, w, c = (d if d is not None else tf.shape(batch)[i] for i, d in enumerate(batch.shape.as_list()))
        height, width = (h, w) if output_shape is None else tf.unstack(tf.convert_to_tensor(output_shape), 2)
        flat = tf.cast(tf.reshape(tf.convert_to_tensor(transforms), [-1, 8, 1]), tf.float32) + tf.zeros([n, 8, 1])
        x, y = _origins(flat, height, width)
        look = _at(tf.reshape(batch, [n, h * w, c]), h, w)
        found = look(_rounded(x), _rounded(y)) if interpolation == "NEAREST" else _between(look, x, y, images.dtype)
        out = tf.reshape(found, [n, height, width, c])
        return out[0, :, :, 0] if rank == 2 else out[0] if rank == 3 else out


def _origins(flat: Any, height: Any, width: Any) -> Any:
    """Where each output pixel comes from: x and y [images, height * width]."""
    x, y = tf.meshgrid(tf.cast(tf.range(width), tf.float32), tf.cast(tf.range(height), tf.float32))
    x, y = tf.reshape(x, [1, -1]), tf.reshape(y, [1, -1])
    k = flat[:, 6] * x + flat[:, 7] * y + 1.0
    return (flat[:, 0] * x + flat[:, 1] * y + flat[:, 2]) / k, (flat[:, 3] * x + flat[:, 4] * y + flat[:, 5]) / k


def _rounded(x: Any) -> Any:
    return tf.sign(x) * tf.floor(tf.abs(x) + 0.5)  # halves go away from 0


def _at(pixels: Any, h: Any, w: Any) -> Any:
    """A function that gives the pixels [images, height * width, channels] at whole places, 0 outside."""

    def look(x: Any, y: Any) -> Any:
        inside = (x >= 0) & (y >= 0) & (x < tf.cast(w, tf.float32)) & (y < tf.cast(h, tf.float32))
        place = tf.cast(tf.where(inside, x, tf.zeros_like(x)), tf.int32) + tf.cast(tf.where(inside, y, tf.zeros_like(y)), tf.int32) * w
        return tf.batch_gather(pixels, place) * tf.cast(inside, pixels.dtype)[:, :, None]

    return look


def _between(look: Any, x: Any, y: Any, dtype: Any) -> Any:
    left, top = tf.floor(x), tf.floor(y)
    corners = [(left + i, top + j, tf.abs(1 - i - (x - left)) * tf.abs(1 - j - (y - top))) for j in (0, 1) for i in (0, 1)]
    return tf.cast(tf.add_n([tf.cast(look(a, b), tf.float32) * share[:, :, None] for a, b, share in corners]), dtype)


def rotate(images: Any, angles: Any, interpolation: str = "NEAREST", name: str | None = None) -> Any:
    """Images turned about their middle by angles in radians, against the clock.

    >>> print(tf.contrib.image.rotate(tf.constant([[1.0, 2.0], [3.0, 4.0]]), np.pi / 2).eval())
    [[2. 4.]
     [1. 3.]]
    """
    with tf.name_scope(name, "rotate", [images]):
        images = tf.convert_to_tensor(images)
        axis = 0 if images.shape.ndims in (2, 3) else 1
        sizes = tf.shape(images)
        turned = angles_to_projective_transforms(angles, sizes[axis], sizes[axis + 1])
        return _as_large(transform(images, turned, interpolation), images)


def translate(images: Any, translations: Any, interpolation: str = "NEAREST", name: str | None = None) -> Any:
    """Images moved by (x, y) pixels, to the right and down.

    >>> print(tf.contrib.image.translate(tf.constant([[1.0, 2.0], [3.0, 4.0]]), [1.0, 0.0]).eval())
    [[0. 1.]
     [0. 3.]]
    """
    with tf.name_scope(name, "translate", [images]):
        images = tf.convert_to_tensor(images)
        return _as_large(transform(images, translations_to_projective_transforms(translations), interpolation), images)


def _as_large(y: Any, images: Any) -> Any:
    y.set_shape(images.shape)
    return y
