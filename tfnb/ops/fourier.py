"""Fourier transforms over the last axes: a signal as a sum of waves.

    fft(x)      complex to complex          rfft(x)      of real numbers: n / 2 + 1 waves are enough

Their gradients are transforms, too: the transform is linear, and its matrix is symmetric.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, Types, float32
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays
from tfnb.ops.elementwise import cast
from tfnb.ops.parts import real

__all__ = ["fft", "fft2d", "fft3d", "ifft", "ifft2d", "ifft3d"]

C = Types("Tcomplex", (d.complex64, d.complex128))


def _axes(n: int) -> tuple[int, ...]:
    return tuple(range(-n, 0))


def _complex_pair(n: int, suffix: str) -> tuple[Any, Any]:
    """The transform over n axes and its inverse."""

    @op(f"FFT{suffix}")
    def forward(xp: Any, input: C) -> C:
        """The waves that make up the input.

        >>> print(tf.fft(tf.constant([1, 0, 0, 0], tf.complex64)).eval())
        [1.+0.j 1.+0.j 1.+0.j 1.+0.j]
        """
        return xp.fft.fftn(input, axes=_axes(n)).astype(input.dtype)

    @op(f"IFFT{suffix}")
    def backward(xp: Any, input: C) -> C:
        """The input that these waves make up.

        >>> print(tf.ifft(tf.constant([4, 0, 0, 0], tf.complex64)).eval())
        [1.+0.j 1.+0.j 1.+0.j 1.+0.j]
        """
        return xp.fft.ifftn(input, axes=_axes(n)).astype(input.dtype)

    forward.gradient(lambda node, dy: _scaled(backward(dy), node.inputs[0], n))
    backward.gradient(lambda node, dy: _scaled(forward(dy), node.inputs[0], n, inverse=True))
    return forward, backward


def _scaled(x: Tensor, like: Tensor, n: int, inverse: bool = False) -> Tensor:
    """x times (or over) the number of elements transformed."""
    from tfnb.ops.reduce import reduce_prod

    sizes = like.shape.as_list()[-n:] if like.shape.ndims else [None]
    size = float(np.prod(sizes)) if None not in sizes else reduce_prod(arrays.shape(like)[-n:])
    factor = cast(convert_to_tensor(size), x.dtype)
    return x / factor if inverse else x * factor


fft, ifft = _complex_pair(1, "")
fft2d, ifft2d = _complex_pair(2, "2D")
fft3d, ifft3d = _complex_pair(3, "3D")


# -- of real numbers -----------------------------------------------------------------------------------------
def _half(call: Call) -> list[TensorShape]:
    return _resized(call, lambda n: None if n is None else n // 2 + 1)


def _whole(call: Call) -> list[TensorShape]:
    return _resized(call, lambda n: n)


def _resized(call: Call, last: Any) -> list[TensorShape]:
    x, size = call.shapes[0].sizes, call.sizes(1)
    if x is None or size is None:
        return [unknown_shape(call.shapes[0].ndims)]
    return [TensorShape.of((*x[: len(x) - len(size)], *size[:-1], last(size[-1])))]


def _real_pair(n: int, suffix: str) -> tuple[Any, Any]:
    @op(f"RFFT{suffix}", shape=_half)
    def forward(xp: Any, input: float32, fft_length: Host) -> d.complex64:
        """The waves that make up real numbers: the first half, for the rest mirrors it."""
        return xp.fft.rfftn(input, s=tuple(fft_length), axes=_axes(n)).astype(np.complex64)

    @op(f"IRFFT{suffix}", shape=_whole)
    def backward(xp: Any, input: d.complex64, fft_length: Host) -> float32:
        """The real numbers that these waves make up."""
        return xp.fft.irfftn(input, s=tuple(fft_length), axes=_axes(n)).astype(np.float32)

    forward.gradient(lambda node, dy: (_rfft_gradient(node, dy, n), None))
    backward.gradient(lambda node, dy: (_irfft_gradient(node, dy, n, forward), None))
    return forward, backward


_rfft, _irfft = _real_pair(1, "")
_rfft2d, _irfft2d = _real_pair(2, "2D")
_rfft3d, _irfft3d = _real_pair(3, "3D")
_INVERSE = {1: ifft, 2: ifft2d, 3: ifft3d}


def _rfft_gradient(node: Operation, dy: Tensor, n: int) -> Tensor:
    """Re(F^T dy): dy with zeros for the waves left out, transformed whole."""
    from tfnb.ops.movement import pad

    x, length = node.inputs
    rank = x.shape.ndims or n
    missing = length[-1] - arrays.shape(dy)[-1]
    edges = arrays.concat(
        [np.zeros((rank - 1, 2), np.int32), arrays.reshape(arrays.stack([0, missing]), [1, 2])], 0
    )
    whole = pad(dy, edges)
    return _fitted(real(_scaled(_INVERSE[n](whole), whole, n)), x)


def _fitted(dx: Tensor, x: Tensor) -> Tensor:
    """dx cut or filled up to x's shape: the transform may have cut or filled x."""
    from tfnb.ops.indexing import slice as slice_
    from tfnb.ops.movement import pad

    if dx.shape.is_fully_defined() and dx.shape == x.shape:
        return dx
    have, want = arrays.shape(dx), arrays.shape(x)
    from tfnb.ops.compare import maximum, minimum

    cut = slice_(dx, arrays.zeros_like(want), minimum(have, want))
    return pad(cut, arrays.stack([arrays.zeros_like(want), maximum(want - have, 0)], 1))


def _irfft_gradient(node: Operation, dy: Tensor, n: int, forward: Any) -> Tensor:
    """The transform of dy over its size; waves that stand for two count double."""
    from tfnb.ops.movement import range as range_

    x, length = node.inputs
    waves = cast(forward(dy, length), x.dtype)
    waves = _scaled(waves, dy, n, inverse=True)
    place, size = range_(arrays.shape(waves)[-1]), length[-1]
    alone = (
        arrays.cast(place, "float32") < 0.5,
        arrays.cast(place * 2, "float32") > arrays.cast(size, "float32") - 0.5,
    )
    double = 2.0 - arrays.cast(alone[0], "float32") - arrays.cast(alone[1], "float32")
    return waves * cast(double, x.dtype)


def _real_public(kernel: Any, n: int, name: str, doc: str, inverse: bool) -> Any:
    def transform(
        input_tensor: Any, fft_length: Any = None, name_: str | None = None, **given: Any
    ) -> Tensor:
        with name_scope(given.get("name", name_), name, [input_tensor, fft_length]) as scope:
            x = convert_to_tensor(input_tensor, d.complex64 if inverse else d.float32)
            if fft_length is None:
                sizes = (
                    arrays.shape(x)[-n:]
                    if x.shape.ndims is None or None in x.shape.as_list()[-n:]
                    else x.shape.as_list()[-n:]
                )
                if inverse:
                    last = 2 * (sizes[-1] - 1)
                    sizes = (
                        arrays.concat([sizes[:-1], [last]], 0)
                        if isinstance(sizes, Tensor)
                        else [*sizes[:-1], last]
                    )
                fft_length = sizes
            fft_length = convert_to_tensor(fft_length, d.int32)
            return kernel(x, fft_length, name=scope)

    shape = [4] * n
    result = [*shape[:-1], 6 if inverse else 3]
    example = f"tf.signal.{name}(tf.zeros({shape}, tf.{'complex64' if inverse else 'float32'})).shape.as_list()"
    transform.__name__, transform.__doc__ = name, f"{doc}\n\n>>> {example}\n{result}\n"
    return transform


rfft = _real_public(_rfft, 1, "rfft", "The waves that make up real numbers, over the last axis.", False)
rfft2d = _real_public(
    _rfft2d, 2, "rfft2d", "The waves that make up real numbers, over the last two axes.", False
)
rfft3d = _real_public(
    _rfft3d, 3, "rfft3d", "The waves that make up real numbers, over the last three axes.", False
)
irfft = _real_public(_irfft, 1, "irfft", "The real numbers that waves make up, over the last axis.", True)
irfft2d = _real_public(
    _irfft2d, 2, "irfft2d", "The real numbers that waves make up, over the last two axes.", True
)
irfft3d = _real_public(
    _irfft3d, 3, "irfft3d", "The real numbers that waves make up, over the last three axes.", True
)
