"""tf.signal: windows of a signal, its waves over time, cosine transforms.

stft(signal, frame_length=256, frame_step=128)      (..., frames, 129) complex
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, bool_dtype, float32, int32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, indexing, movement
from tfnb.ops.compare import equal
from tfnb.ops.control import cond
from tfnb.ops.division import floormod
from tfnb.ops.fourier import (
    fft,
    fft2d,
    fft3d,
    ifft,
    ifft2d,
    ifft3d,
    irfft,
    irfft2d,
    irfft3d,
    rfft,
    rfft2d,
    rfft3d,
)
from tfnb.ops.linear import matmul
from tfnb.ops.special import cos
from tfnb.signal_speech import (
    fftshift,
    ifftshift,
    inverse_stft,
    inverse_stft_window_fn,
    linear_to_mel_weight_matrix,
    mfccs_from_log_mel_spectrograms,
)

__all__ = [
    "dct", "fft", "fft2d", "fft3d", "fftshift", "frame", "hamming_window", "hann_window", "idct", "ifft", "ifft2d", "ifft3d", "ifftshift",
    "inverse_stft", "inverse_stft_window_fn", "irfft", "irfft2d", "irfft3d", "linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms",
    "overlap_and_add", "rfft", "rfft2d", "rfft3d", "stft",
]  # fmt: skip


def _window(length: Any, a: float, periodic: Any, dtype: Any, name: str | None, default: str) -> Tensor:
    """a - (1 - a) cos(2 pi i / n), with n one more than the last i where a window of even length is to be periodic."""
    dtype = as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype}")
    with name_scope(name, default, [length, periodic]):
        length = convert_to_tensor(length, int32, name="window_length")
        if static_value(length) == 1:
            return arrays.ones([1], dtype)
        periodic = arrays.cast(convert_to_tensor(periodic, bool_dtype, name="periodic"), int32)
        even = 1 - floormod(length, 2, name="mod")
        n = arrays.cast(length + periodic * even - 1, dtype)
        count = arrays.cast(movement.range(length), dtype)
        angle = arrays.constant(2 * np.pi, dtype) * count / n
        if static_value(length) is not None:
            return a - (1 - a) * cos(angle)
        return cond(equal(length, 1), lambda: arrays.ones([1], dtype), lambda: a - (1 - a) * cos(angle))  # type: ignore[no-any-return]


def hann_window(
    window_length: Any, periodic: Any = True, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """0.5 - 0.5 cos: a bump that begins and ends at 0.

    >>> print(tf.signal.hann_window(4).eval())
    [0.  0.5 1.  0.5]
    """
    return _window(window_length, 0.5, periodic, dtype, name, "hann_window")


def hamming_window(
    window_length: Any, periodic: Any = True, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """0.54 - 0.46 cos: a bump that begins and ends near 0.

    >>> print(tf.signal.hamming_window(4).eval())
    [0.08 0.54 1.   0.54]
    """
    return _window(window_length, 0.54, periodic, dtype, name, "hamming_window")


def frame(
    signal: Any,
    frame_length: int,
    frame_step: int,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """The stretches of `frame_length` elements that begin every `frame_step`, along a new axis behind `axis`.

    >>> print(tf.signal.frame([1, 2, 3, 4], 2, 1).eval())
    [[1 2]
     [2 3]
     [3 4]]
    """
    with name_scope(name, "frame", [signal]):
        x = convert_to_tensor(signal, name="signal")
        axis %= x.shape.ndims or 1
        size = x.shape.as_list()[axis]
        if size is None:
            raise ValueError("frame needs a signal whose length along the axis is known.")
        count = -(-size // frame_step) if pad_end else max(0, 1 + (size - frame_length) // frame_step)
        missing = max(0, (count - 1) * frame_step + frame_length - size) if pad_end else 0
        if missing:
            edges = [[0, missing if i == axis else 0] for i in range(x.shape.ndims or 1)]
            x = movement.pad(x, edges, constant_values=pad_value)
        places = np.arange(count)[:, None] * frame_step + np.arange(frame_length)
        return indexing.gather(x, places.astype(np.int32), axis=axis)


def overlap_and_add(signal: Any, frame_step: int, name: str | None = None) -> Tensor:
    """Frames (..., frames, length) laid over each other every `frame_step` and added: undoes `frame`.

    >>> print(tf.signal.overlap_and_add([[1, 2], [3, 4]], 1).eval())
    [1 5 4]
    """
    with name_scope(name, "overlap_and_add", [signal]):
        x = convert_to_tensor(signal, name="signal")
        *outer, count, length = x.shape.as_list()
        size = (count - 1) * frame_step + length
        layers = np.zeros((count * length, size))
        layers[
            np.arange(count * length), (np.arange(count)[:, None] * frame_step + np.arange(length)).ravel()
        ] = 1
        flat = arrays.reshape(x, [-1, count * length])
        return arrays.reshape(
            matmul(flat, arrays.constant(layers, x.dtype)), [*(-1 if n is None else n for n in outer), size]
        )


def stft(
    signals: Any,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: Callable[..., Tensor] | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The waves in each stretch of the signals: shape (..., frames, fft_length / 2 + 1), complex.

    >>> tf.signal.stft(tf.ones([8]), 4, 2).shape
    TensorShape([Dimension(3), Dimension(3)])
    """
    with name_scope(name, "stft", [signals]):
        x = convert_to_tensor(signals, name="signals")
        if fft_length is None:
            fft_length = 2 ** math.ceil(math.log2(frame_length))
        frames = frame(x, frame_length, frame_step, pad_end)
        if window_fn is not None:
            frames = frames * window_fn(frame_length, dtype=frames.dtype)
        more = fft_length - frame_length
        if more > 0:
            frames = movement.pad(frames, [[0, 0]] * ((frames.shape.ndims or 1) - 1) + [[0, more]])
        return rfft(frames, [fft_length])


def _cosines(n: int, type_: int, norm: str | None) -> np.ndarray:
    """The matrix of the cosine transform: (places, waves)."""
    place, wave = np.arange(n)[:, None], np.arange(n)[None, :]
    if type_ == 2:
        out = 2 * np.cos(np.pi * (2 * place + 1) * wave / (2 * n))
        if norm == "ortho":
            out *= np.sqrt(1 / (2 * n))
            out[:, 0] *= np.sqrt(0.5)
        return out
    if type_ == 3:
        if norm == "ortho":
            return _cosines(n, 2, "ortho").T
        out = 2 * np.cos(np.pi * place * (2 * wave + 1) / (2 * n))
        out[0] = 1
        return out
    if type_ == 1:
        out = 2 * np.cos(np.pi * place * wave / (n - 1))
        out[0], out[-1] = 1, (-1.0) ** np.arange(n)
        return out
    raise ValueError("Only Types I, II and III (I)DCT are supported.")


def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The cosine transform of the last axis, type 1, 2 or 3.

    >>> print(tf.signal.dct([1.0, 1.0]).eval())
    [4. 0.]
    """
    with name_scope(name, "dct", [input]):
        x = convert_to_tensor(input)
        size = x.shape.as_list()[-1]
        if n is not None:
            x = (
                x[..., :n]
                if n < size
                else movement.pad(x, [[0, 0]] * ((x.shape.ndims or 1) - 1) + [[0, n - size]])
            )
            size = n
        sizes = [-1 if s is None else s for s in x.shape.as_list()]
        return arrays.reshape(
            matmul(arrays.reshape(x, [-1, size]), arrays.constant(_cosines(size, type, norm), x.dtype)), sizes
        )


def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Undoes `dct`, but for a factor where `norm` is not "ortho".

    >>> print((tf.signal.idct([4.0, 0.0]) / 4.0).eval())
    [1. 1.]
    """
    return dct(input, {1: 1, 2: 3, 3: 2}[type], n, axis, norm, name or "idct")
