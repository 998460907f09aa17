"""Image files as tensors and back: JPEG, PNG, GIF and BMP, read and written by Pillow on the host.

decode_jpeg(tf.read_file("cat.jpg"), channels=3)      (h, w, 3), uint8
encode_png(image)                                     the bytes of a PNG file, a scalar string
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, uint8
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.op import op
from tfnb.core.rules import Call, OfAttr, ShapeError, Types, string
from tfnb.core.shapes import TensorShape

__all__ = [
    "decode_bmp_op",
    "decode_gif_op",
    "decode_jpeg_op",
    "decode_png_op",
    "encode_jpeg_op",
    "encode_png_op",
]

U8 = Types("T", (uint8,))
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as e:
        raise ImportError("Image files are read and written by Pillow: pip install pillow.") from e
    return Image


def _opened(contents: Any, *kinds: str) -> Any:
    data = contents if isinstance(contents, bytes) else np.asarray(contents).item()
    try:
        image = _pillow().open(io.BytesIO(data))
    except OSError as e:
        begin = data[:16].decode("latin-1")
        raise InvalidArgumentError(None, None, f"Expected image (JPEG, PNG, or GIF), got unknown format starting with '{begin}'") from e
    if image.format not in kinds:
        raise InvalidArgumentError(None, None, f"Expected image ({'/'.join(kinds)}), got {image.format}")
    return image


def _pixels(image: Any, channels: int) -> np.ndarray:
    """(h, w, channels); 0 channels means as many as the file has."""
    if not channels:
        bands = image.getbands()
        channels = len(bands) if image.mode not in ("P", "1", "CMYK", "I;16", "I", "YCbCr") else 3
        channels = 4 if image.mode == "P" and "transparency" in image.info else channels
        channels = 1 if image.mode in ("1", "I;16", "I") else channels
    out = np.asarray(image.convert(_MODES[channels]))
    return out[..., None] if out.ndim == 2 else out


def _decoded(call: Call) -> list[TensorShape]:
    if call.shapes[0].ndims not in (0, None):
        raise ShapeError(f"Shape must be rank 0 but is rank {call.shapes[0].ndims}")
    return [TensorShape.of((None, None, call.attrs.get("channels") or None))]


@op("DecodeJpeg", shape=_decoded, host=True, differentiable=False)
def decode_jpeg_op(
    xp: Any,
    contents: string,
    *,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
) -> uint8:
    """The pixels of a JPEG file (or of a PNG, which TensorFlow takes here, too)."""
    image = _opened(contents, "JPEG", "MPO", "PNG", "GIF")
    if ratio > 1:
        image.draft(image.mode, (image.width // ratio, image.height // ratio))
    return _pixels(image, channels)


@op("DecodePng", shape=_decoded, host=True, differentiable=False)
def decode_png_op(xp: Any, contents: string, *, channels: int = 0, dtype: DType = uint8) -> OfAttr("dtype"):
    """The pixels of a PNG file (or of a JPEG, which TensorFlow takes here, too)."""
    image = _opened(contents, "PNG", "JPEG", "MPO", "GIF")
    if np.dtype(dtype) == np.uint16:
        if image.mode.startswith("I") and channels in (0, 1):
            return np.asarray(image).astype(np.uint16)[..., None]
        return _pixels(image, channels).astype(np.uint16) * np.uint16(257)  # 255 becomes 65535
    if image.mode.startswith("I"):
        gray = (np.asarray(image) >> 8).astype(np.uint8)[..., None]
        return np.repeat(gray, channels, -1) if channels == 3 else gray
    return _pixels(image, channels)


@op("DecodeBmp", shape=_decoded, host=True, differentiable=False)
def decode_bmp_op(xp: Any, contents: string, *, channels: int = 0) -> uint8:
    """The pixels of a BMP file."""
    return _pixels(_opened(contents, "BMP"), channels)


@op("DecodeGif", shape=lambda call: [TensorShape.of((None, None, None, 3))], host=True, differentiable=False)
def decode_gif_op(xp: Any, contents: string) -> uint8:
    """The frames of a GIF file: (frames, h, w, 3)."""
    image = _opened(contents, "GIF")
    frames = []
    for i in range(getattr(image, "n_frames", 1)):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
    return np.stack(frames)


def _written(array: Any, kind: str, **options: Any) -> bytes:
    array = np.asarray(array)
    if array.ndim != 3:
        raise InvalidArgumentError(
            None, None, f"image must be 3-dimensional[{','.join(map(str, array.shape))}]"
        )
    channels = array.shape[-1]
    allowed = (1, 3) if kind == "JPEG" else (1, 2, 3, 4)
    if channels not in allowed:
        raise InvalidArgumentError(
            None, None, f"image must have {', '.join(map(str, allowed))} channels, got {channels}"
        )
    picture = _pillow().fromarray(array[..., 0] if channels == 1 else array)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@op("EncodeJpeg", shape="scalar", host=True, differentiable=False)
def encode_jpeg_op(
    xp: Any,
    image: U8,
    *,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
) -> string:
    """The bytes of a JPEG file that shows the image (h, w, 1 or 3)."""
    return _written(
        image,
        "JPEG",
        quality=quality,
        progressive=progressive,
        optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0,
        dpi=(x_density, y_density),
    )


@op("EncodeJpegVariableQuality", shape="scalar", host=True, differentiable=False)
def encode_jpeg_quality_op(xp: Any, images: U8, quality: Types("Q", ())) -> string:
    """As EncodeJpeg, with the quality as a tensor."""
    return _written(images, "JPEG", quality=int(quality), subsampling=2)


@op("EncodePng", shape="scalar", host=True, differentiable=False)
def encode_png_op(xp: Any, image: Types("T", ()), *, compression: int = -1) -> string:
    """The bytes of a PNG file that shows the image (h, w, 1 to 4)."""
    return _written(image, "PNG", compress_level=6 if compression < 0 else compression)
