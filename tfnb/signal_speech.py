"""tf.signal, the part that speech recognition uses: mel spectrograms, cepstra, and waves put together again.

    mel = tf.tensordot(tf.abs(tf.signal.stft(x, 400, 160)), tf.signal.linear_to_mel_weight_matrix(80, 257), 1)
    tf.signal.mfccs_from_log_mel_spectrograms(tf.log(mel + 1e-6))[..., :13]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, movement
from tfnb.ops.indexing import roll
from tfnb.ops.powers import rsqrt, square
from tfnb.ops.reduce import reduce_sum

__all__ = ["fftshift", "ifftshift", "inverse_stft", "inverse_stft_window_fn", "linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms"]


# -- the waves in the order of their frequencies -----------------------------------------------------------------
def _half_way(x: Any, axes: Any, sign: int, name: str | None, default: str) -> Tensor:
    """x rolled by half of each axis, forwards or backwards."""
    with name_scope(name, default) as scope:
        x = convert_to_tensor(x)
        listed = list(range(x.shape.ndims or 1)) if axes is None else [axes] if isinstance(axes, int) else list(axes)
        sizes = x.shape.as_list()
        if all(sizes[a] is not None for a in listed):
            shift: Any = [sign * (sizes[a] // 2) if sign > 0 else -(sizes[a] // 2) for a in listed]
        else:
            shift = arrays.stack([arrays.shape(x)[a] // 2 * sign for a in listed])
        return roll(x, shift, listed, name=scope)  # type: ignore[no-any-return]


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """The wave of frequency 0 moved to the middle, along `axes` or along all.

    >>> print(tf.signal.fftshift([0, 1, 2, -2, -1]).eval())
    [-2 -1  0  1  2]
    """
    return _half_way(x, axes, 1, name, "fftshift")


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Undoes `fftshift`.

    >>> print(tf.signal.ifftshift([-2, -1, 0, 1, 2]).eval())
    [ 0  1  2 -2 -1]
    """
    return _half_way(x, axes, -1, name, "ifftshift")


# -- waves put together again ------------------------------------------------------------------------------------
def inverse_stft_window_fn(frame_step: int, forward_window_fn: Callable[..., Tensor] | None = None, name: str | None = None) -> Callable[..., Tensor]:
    """The window for `inverse_stft` that undoes what a window did in `stft`: divided by the squares that overlap.

    >>> window = tf.signal.inverse_stft_window_fn(2)
    >>> print(window(4, tf.float32).eval())
    [0. 1. 1. 1.]
    """
    from tfnb.signal import hann_window

    forward = forward_window_fn or hann_window

    def inverse(frame_length: int, dtype: Any) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn"):
            window = forward(frame_length, dtype=dtype)
            overlaps = -(-frame_length // frame_step)
            squares = movement.pad(square(window), [[0, overlaps * frame_step - frame_length]])
            total = reduce_sum(arrays.reshape(squares, [overlaps, frame_step]), 0, keepdims=True)
            return window / arrays.reshape(movement.tile(total, [overlaps, 1]), [overlaps * frame_step])[:frame_length]  # type: ignore[no-any-return]

    return inverse


def inverse_stft(stfts: Any, frame_length: int, frame_step: int, fft_length: int | None = None, window_fn: Any = ..., name: str | None = None) -> Tensor:
    """The signals whose waves `stft` gave; (..., frames, fft_length / 2 + 1) to (..., samples).

    >>> x = tf.sin(tf.range(16.0))
    >>> waves = tf.signal.stft(x, 8, 4)
    >>> y = tf.signal.inverse_stft(waves, 8, 4, window_fn=tf.signal.inverse_stft_window_fn(4))
    >>> print(tf.reduce_max(tf.abs(x - y)[4:12]).eval() < 1e-5)
    True
    """
    from tfnb.signal import hann_window, irfft, overlap_and_add

    window_fn = hann_window if window_fn is ... else window_fn
    with name_scope(name, "inverse_stft", [stfts]):
        waves = convert_to_tensor(stfts, name="stfts")
        fft_length = 2 ** math.ceil(math.log2(frame_length)) if fft_length is None else fft_length
        frames = irfft(waves, [fft_length])
        frames.set_shape([*waves.shape.as_list()[:-1], fft_length])
        if frame_length > fft_length:
            frames = movement.pad(frames, [[0, 0]] * ((frames.shape.ndims or 1) - 1) + [[0, frame_length - fft_length]])
        elif frame_length < fft_length:
            frames = frames[..., :frame_length]
        if window_fn is not None:
            frames = frames * window_fn(frame_length, dtype=frames.dtype)
        return overlap_and_add(frames, frame_step)  # type: ignore[no-any-return]


# -- what the ear hears ------------------------------------------------------------------------------------------
def _mel(hertz: Any) -> Any:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def linear_to_mel_weight_matrix(num_mel_bins: int = 20, num_spectrogram_bins: int = 129, sample_rate: float = 8000, lower_edge_hertz: float = 125.0,
                                upper_edge_hertz: float = 3800.0, dtype: Any = float32, name: str | None = None) -> Tensor:  # fmt: skip
    """[num_spectrogram_bins, num_mel_bins]: each column a triangle over the frequencies that one band of the mel scale hears.

    Raises ValueError for edges that are not 0 <= lower < upper <= sample_rate / 2.

    >>> print(tf.signal.linear_to_mel_weight_matrix(2, 5).eval().round(2)[1:4])
    [[0.72 0.28]
     [0.   0.9 ]
     [0.   0.35]]
    """
    dtype = as_dtype(dtype)
    _check_bands(num_mel_bins, sample_rate, (lower_edge_hertz, upper_edge_hertz), dtype)
    with name_scope(name, "linear_to_mel_weight_matrix") as scope:
        bins = _mel(np.linspace(0.0, sample_rate / 2.0, num_spectrogram_bins)[1:])[:, None]  # that of frequency 0 is not heard
        edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
        low, middle, high = edges[:-2], edges[1:-1], edges[2:]
        weights = np.maximum(0.0, np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)))
        return movement.pad(arrays.constant(weights, dtype), [[1, 0], [0, 0]], name=scope)


def _check_bands(bands: int, rate: float, edges: tuple[float, float], dtype: Any) -> None:
    if bands <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bands}")
    if edges[0] < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {edges[0]}")
    if edges[0] >= edges[1]:
        raise ValueError(f"lower_edge_hertz {edges[0]:.1f} >= upper_edge_hertz {edges[1]:.1f}")
    if rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {rate}")
    if edges[1] > rate / 2:
        raise ValueError(f"upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). Got: {edges[1]} for sample_rate: {rate}")
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """The cepstra (..., bands) of logarithmic mel spectrograms: their cosine transform.

    >>> print(tf.signal.mfccs_from_log_mel_spectrograms([[1.0, 1.0]]).eval())
    [[2. 0.]]
    """
    from tfnb.signal import dct

    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        x = convert_to_tensor(log_mel_spectrograms)
        bands = x.shape.as_list()[-1]
        if bands == 0:
            raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        count = arrays.cast(arrays.shape(x)[-1] if bands is None else bands, x.dtype)
        return dct(x, type=2) * rsqrt(count * 2.0)  # type: ignore[no-any-return]
