"""Summaries: ops that write a value down as the bytes that TensorBoard reads.

ScalarSummary(tags, values)         one number
HistogramSummary(tag, values)       how many values fall between limits that grow by 10 %
ImageSummary(tag, tensor)           a few PNG pictures
"""

from __future__ import annotations

import functools
import struct
import zlib
from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.op import op
from tfnb.core.rules import R, T, Types, float32, string
from tfnb.core.wire import doubles, field, number

__all__: list[str] = []

_PIXELS = Types("T", (d.uint8, d.float32, d.as_dtype("float16"), d.as_dtype("float64")))


def text_of(value: Any) -> str:
    """A string tensor of one element as Python text."""
    value = np.asarray(value, dtype=object).ravel()[0]
    return value.decode() if isinstance(value, bytes) else str(value)


def boxed(data: bytes) -> Any:
    """Bytes as the scalar string tensor that a kernel gives."""
    out = np.empty((), dtype=object)
    out[()] = data
    return out


@op("ScalarSummary", shape="scalar", host=True, differentiable=False)
def scalar_summary(xp: Any, tags: string, values: R) -> string:  # type: ignore[valid-type]
    """A number, written down under a tag."""
    if np.shape(tags) != np.shape(values):
        shown = [str(list(np.shape(x))).replace(" ", "") for x in (tags, values)]
        note = f" (tag '{text_of(tags)}')" if np.size(tags) == 1 else ""
        raise InvalidArgumentError(
            None, None, f"tags and values not the same shape: {shown[0]} != {shown[1]}{note}"
        )
    pairs = zip(np.ravel(np.asarray(tags, dtype=object)), np.ravel(np.asarray(values)), strict=True)
    return boxed(b"".join(field(1, field(1, tag) + field(2, float(v))) for tag, v in pairs))


@functools.cache
def limits() -> np.ndarray:
    """Upper limits of a histogram's buckets: 1e-12 to 1e20, each a tenth above the last, and negatives."""
    positive = []
    v = 1e-12
    while v < 1e20:
        positive.append(v)
        v *= 1.1
    positive.append(np.finfo(np.float64).max)
    return np.array([-p for p in reversed(positive)] + [0.0, *positive])


def histogram(values: Any) -> bytes:
    """A HistogramProto; empty neighbours are one bucket."""
    x = np.ravel(np.asarray(values)).astype(np.float64)
    edges = limits()
    counts = np.bincount(
        np.searchsorted(edges, x, side="right").clip(max=len(edges) - 1), minlength=len(edges)
    )
    keep = (counts > 0) | np.append(counts[1:] > 0, True)  # of a row of empty buckets only the last
    low, high = (float(x.min()), float(x.max())) if x.size else (0.0, 0.0)
    head = (
        number(1, low) + number(2, high) + number(3, x.size) + number(4, x.sum()) + number(5, (x * x).sum())
    )
    return head + doubles(6, edges[keep]) + doubles(7, counts[keep])


@op("HistogramSummary", shape="scalar", host=True, differentiable=False)
def histogram_summary(xp: Any, tag: string, values: R) -> string:  # type: ignore[valid-type]
    """How the values are spread, written down under a tag."""
    if not np.all(np.isfinite(np.asarray(values, dtype=np.float64))):
        raise InvalidArgumentError(None, None, f"Nan in summary histogram for: {text_of(tag)}")
    return boxed(field(1, field(1, text_of(tag)) + field(5, histogram(values))))


def png(pixels: np.ndarray) -> bytes:
    """A PNG of 8-bit pixels [height, width, 1 | 3 | 4] (grey, RGB, RGBA)."""
    h, w, c = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", w, h, 8, {1: 0, 3: 2, 4: 6}[c], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def pixels_of(image: np.ndarray) -> np.ndarray:
    """Floats as bytes: positive values fill 0..255; with negative ones 0 is grey."""
    if image.dtype == np.uint8:
        return image
    x = image.astype(np.float32)
    low, high = (float(x.min()), float(x.max())) if x.size else (0.0, 0.0)
    if low < 0:
        return np.clip(x * (127 / max(-low, high)) + 128, 0, 255).astype(np.uint8)
    return (x * (255 / high if high > 0 else 0)).astype(np.uint8)


@op("ImageSummary", shape="scalar", host=True, differentiable=False)
def image_summary(xp: Any, tag: string, tensor: _PIXELS, *, max_images: int = 3) -> string:  # type: ignore[valid-type]
    """Pictures, written down under a tag."""
    images = np.asarray(tensor)
    name, n = text_of(tag), min(max_images, len(images))
    out = []
    for i in range(n):
        h, w, c = images[i].shape
        picture = field(1, h) + field(2, w) + field(3, c) + field(4, png(pixels_of(images[i])))
        out.append(
            field(1, field(1, f"{name}/image/{i}" if max_images > 1 else f"{name}/image") + field(4, picture))
        )
    return boxed(b"".join(out))


@op("TensorSummaryV2", shape="scalar", host=True, differentiable=False)
def tensor_summary(xp: Any, tag: string, tensor: T, serialized_summary_metadata: string) -> string:  # type: ignore[valid-type]
    """Any tensor, written down under a tag."""
    from tfnb.core.tensor_proto import make_tensor_proto

    data = make_tensor_proto(np.asarray(tensor, dtype=object if isinstance(tensor, bytes) else None)).SerializeToString()
    metadata = np.asarray(serialized_summary_metadata, dtype=object).ravel()[0]
    return boxed(field(1, field(1, text_of(tag)) + field(8, data) + field(9, metadata)))


def wav(samples: np.ndarray, rate: int) -> bytes:
    """A WAV file of 16-bit samples [frames, channels]."""
    frames, channels = samples.shape
    data = np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE" + head + b"data" + struct.pack("<I", len(data)) + data


@op("AudioSummaryV2", shape="scalar", host=True, differentiable=False)
def audio_summary(xp: Any, tag: string, tensor: float32, sample_rate: float32, *, max_outputs: int = 3) -> string:
    """Sounds, written down under a tag."""
    sounds, name = np.asarray(tensor), text_of(tag)
    sounds = sounds[..., None] if sounds.ndim == 2 else sounds
    out = []
    for i, sound in enumerate(sounds[:max_outputs]):
        rate, (frames, channels) = float(np.ravel(sample_rate)[0]), sound.shape
        audio = field(1, rate) + field(2, channels) + field(3, frames) + field(4, wav(sound, int(rate))) + field(5, "audio/wav")
        out.append(field(1, field(1, f"{name}/audio/{i}" if max_outputs > 1 else f"{name}/audio") + field(6, audio)))
    return boxed(b"".join(out))


@op("MergeSummary", shape="scalar", host=True, differentiable=False)
def merge_summary(xp: Any, *inputs: string) -> string:  # type: ignore[valid-type]
    """All summaries as one."""
    return boxed(b"".join(np.asarray(s, dtype=object).ravel()[0] for s in inputs))
