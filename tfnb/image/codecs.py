"""Image files as tensors and back.

x = decode_image(tf.read_file("cat.jpg"))      encode_jpeg(x, quality=90)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype, uint8
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.image.color import convert_image_dtype
from tfnb.ops import codecs, elementwise, strings
from tfnb.ops.compare import equal
from tfnb.ops.host import Assert

__all__ = [
    "adjust_jpeg_quality", "decode_bmp", "decode_gif", "decode_image", "decode_jpeg", "decode_png", "encode_jpeg", "encode_png",
    "is_jpeg", "random_jpeg_quality",
]  # fmt: skip


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of a JPEG file, uint8 (h, w, channels); `ratio` 2, 4 or 8 reads it smaller.

    >>> jpeg = tf.image.encode_jpeg(tf.zeros([4, 4, 3], tf.uint8))
    >>> print(tf.image.decode_jpeg(jpeg, channels=1).eval().shape)
    (4, 4, 1)
    """
    return codecs.decode_jpeg_op(
        contents,
        channels=channels or 0,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )


def decode_png(contents: Any, channels: int = 0, dtype: Any = uint8, name: str | None = None) -> Tensor:
    """The pixels of a PNG file, uint8 or uint16 (h, w, channels).

    >>> png = tf.image.encode_png(tf.constant([[[7]]], tf.uint8))
    >>> print(tf.image.decode_png(png).eval())
    [[[7]]]
    """
    return codecs.decode_png_op(contents, channels=channels or 0, dtype=as_dtype(dtype), name=name)


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels of a BMP file, uint8 (h, w, channels).

    >>> print(tf.image.decode_bmp(tf.constant(b"")).dtype)
    <dtype: 'uint8'>
    """
    return codecs.decode_bmp_op(contents, channels=channels or 0, name=name)


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """The frames of a GIF file, uint8 (frames, h, w, 3).

    >>> print(tf.image.decode_gif(tf.constant(b"")).dtype)
    <dtype: 'uint8'>
    """
    return codecs.decode_gif_op(contents, name=name)


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """The bytes of a JPEG file that shows `image`, uint8 (h, w, 1 or 3).

    >>> jpeg = tf.image.encode_jpeg(tf.zeros([4, 4, 3], tf.uint8))
    >>> print(tf.image.decode_jpeg(jpeg).eval().shape)
    (4, 4, 3)
    """
    return codecs.encode_jpeg_op(
        image,
        format=format,
        quality=quality,
        progressive=progressive,
        optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling,
        density_unit=density_unit,
        x_density=x_density,
        y_density=y_density,
        xmp_metadata=xmp_metadata,
        name=name,
    )


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """The bytes of a PNG file that shows `image`, uint8 or uint16 (h, w, 1 to 4).

    >>> tf.image.decode_png(tf.image.encode_png(tf.ones([2, 3, 1], tf.uint8))).eval().shape
    (2, 3, 1)
    """
    if not isinstance(image, Tensor):
        image = convert_to_tensor(image, uint8, name="image")
    return codecs.encode_png_op(image, compression=compression, name=name)


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether the bytes begin as a JPEG file does.

    >>> print(tf.image.is_jpeg(tf.image.encode_jpeg(tf.zeros([4, 4, 3], tf.uint8))).eval())
    True
    """
    with name_scope(name, "is_jpeg"):
        return equal(strings.substr(contents, 0, 3), b"\xff\xd8\xff", name=name)


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The pixels of a JPEG, PNG, BMP or GIF file, whichever it is; its shape is known only in the run (a GIF has 4 axes).

    >>> png = tf.image.encode_png(tf.zeros([4, 4, 3], tf.uint8))
    >>> print(tf.image.decode_image(png).eval().shape)
    (4, 4, 3)
    """
    from tfnb.ops.control import cond

    n, want = channels or 0, as_dtype(dtype)
    if n not in (0, 1, 3, 4):
        raise ValueError("channels must be in (None, 0, 1, 3, 4)")
    with name_scope(name, "decode_image"):
        start = strings.substr(contents, 0, 3)

        def gif_or_bmp() -> Tensor:
            return cond(equal(start, b"GIF", name="is_gif"), gif, bmp, name="cond_gif")

        def gif() -> Tensor:
            frames = decode_gif(contents)
            return convert_image_dtype(frames if expand_animations else frames[0], want)

        def bmp() -> Tensor:
            known = Assert(
                equal(strings.substr(contents, 0, 2), b"BM", name="is_bmp"),
                ["Unable to decode bytes as JPEG, PNG, GIF, or BMP"],
            )
            with control_dependencies([known]):
                return convert_image_dtype(decode_bmp(contents), want)

        def png_or_rest() -> Tensor:
            is_png = equal(start, b"\x89PN", name="is_png")
            return cond(
                is_png,
                lambda: convert_image_dtype(decode_png(contents, n), want),
                gif_or_bmp,
                name="cond_png",
            )

        return cond(
            is_jpeg(contents),
            lambda: convert_image_dtype(decode_jpeg(contents, n), want),
            png_or_rest,
            name="cond_jpeg",
        )


def adjust_jpeg_quality(image: Any, jpeg_quality: Any, name: str | None = None) -> Tensor:
    """The image as it looks after it was written as a JPEG of this quality (0 to 100).

    >>> print(tf.image.adjust_jpeg_quality(tf.zeros([4, 4, 3]), 50).eval().shape)
    (4, 4, 3)
    """
    with name_scope(name, "adjust_jpeg_quality", [image]):
        x = convert_to_tensor(image, name="image")
        bytes_ = codecs.encode_jpeg_quality_op(
            convert_image_dtype(x, uint8), elementwise.cast(jpeg_quality, "int32")
        )
        return convert_image_dtype(decode_jpeg(bytes_), x.dtype.base_dtype)


def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Tensor:
    """adjust_jpeg_quality by a quality drawn from [min_jpeg_quality, max_jpeg_quality).

    >>> print(tf.image.random_jpeg_quality(tf.zeros([4, 4, 3]), 50, 90).eval().shape)
    (4, 4, 3)
    """
    from tfnb.ops.random import random_uniform

    if min(min_jpeg_quality, max_jpeg_quality) < 0 or max(min_jpeg_quality, max_jpeg_quality) > 100:
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    return adjust_jpeg_quality(image, random_uniform([], min_jpeg_quality, max_jpeg_quality, "int32", seed))
