"""`xp`, what kernels compute with: NumPy, JAX or CuPy by attribute, and the few primitives that differ between them.

    xp = numpy_namespace();  xp.tanh(x);  xp.scatter_add(zeros, indices, rows)
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.engine import cupy_scatter, windowed
from tfnb.ops import draws, philox
from tfnb.ops.array_state import Elements

__all__ = ["cupy_namespace", "jax_namespace", "numpy_namespace"]


class Namespace:
    """An array library seen through one set of names."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._library, name)
        setattr(self, name, found)  # the next look-up is as fast as the library's own
        return found

    def scatter_add(self, into: Any, indices: Any, updates: Any) -> Any:
        """A copy of `into` with `updates[i]` added at row `indices[i]`; equal indices add up."""
        out = into.copy()
        self._library.add.at(out, indices, updates)
        return out

    def scatter_set(self, into: Any, indices: Any, updates: Any) -> Any:
        """A copy of `into` with row `indices[i]` replaced by `updates[i]`."""
        out = into.copy()
        out[indices] = updates
        return out

    def scatter_by(self, how: str, into: Any, indices: Any, updates: Any) -> Any:
        """A copy of `into` with row `indices[i]` combined with `updates[i]` by "maximum", "minimum" or "multiply"."""
        out = into.copy()
        getattr(self._library, how).at(out, indices, updates)
        return out

    def new_array(self, size: int, dtype: Any, shape: Any, dynamic: bool, clear: bool, name: str) -> Any:
        """What holds a TensorArray's elements."""
        return Elements(int(size), dtype, shape, dynamic, clear, name)

    def new_stack(self) -> Any:
        """What a loop keeps for its gradient."""
        return []

    def draw_words(self, block: Any, n: int, seeds: tuple[int, int]) -> Any:
        """`n` random words (uint32) from block number `block` on."""
        return philox.first_words(self, block, n, *seeds)

    def draw_uniform(self, block: Any, n: int, seeds: tuple[int, int], dtype: Any) -> Any:
        """`n` numbers from [0, 1)."""
        return philox.uniform(self, philox.blocks(self, block, n, seeds, dtype), dtype).reshape(-1)[:n]

    def draw_normal(self, block: Any, n: int, seeds: tuple[int, int], dtype: Any) -> Any:
        """`n` draws of the standard normal distribution."""
        return philox.normal(self, philox.blocks(self, block, n, seeds, dtype), dtype).reshape(-1)[:n]

    def draw_truncated(self, block: Any, n: int, seeds: tuple[int, int], dtype: Any) -> Any:
        """`n` draws of the standard normal distribution, those 2 or more away from 0 drawn again."""
        return philox.truncated(self, block, n, seeds, dtype)

    def convolve(self, x: Any, w: Any, frame: Any) -> Any:
        """Each window of x, as the frame says, times the weights."""
        return windowed.convolve(self._library, x, w, frame)

    def convolve_back(self, dy: Any, w: Any, frame: Any) -> Any:
        """The gradient of `convolve` for x."""
        return windowed.convolve_back(self._library, dy, w, frame)

    def correlate(self, x: Any, shape: Any, dy: Any, frame: Any) -> Any:
        """The gradient of `convolve` for the weights, which have this shape."""
        return windowed.correlate(self._library, x, shape, dy, frame)

    def unpool(self, x: Any, y: Any, dy: Any, frame: Any, lowest: Any) -> Any:
        """The gradient of taking each window's largest element y."""
        return windowed.unpool(self._library, x, y, dy, frame, lowest)

    def within(self, indices: Any, size: int, called: str = "indices", wrong: str = "is not in") -> Any:
        """The indices; raises TensorFlow's error for one outside [0, size)."""
        bad = np.argwhere((indices < 0) | (indices >= size))
        if len(bad):
            place = f"[{','.join(map(str, bad[0].tolist()))}]" if np.ndim(indices) else ""
            value = np.asarray(indices)[tuple(bad[0])]
            raise InvalidArgumentError(None, None, f"{called}{place} = {value} {wrong} [0, {size})")
        return indices


    def within_classes(self, labels: Any, classes: int) -> None:
        """Raises TensorFlow's error for a label that is no class."""
        bad = np.argwhere((labels < 0) | (labels >= classes))
        if len(bad):
            shown = " ".join(map(str, np.ravel(labels).tolist()))
            text = f"Received a label value of {labels[tuple(bad[0])]} which is outside the valid range of [0, {classes})."
            raise InvalidArgumentError(None, None, f"{text}  Label values: {shown}")


# positional arguments, which the stubs do not know, save the time of parsing keywords
_EXACT = (np.dtype(np.float32), np.dtype(np.float64))
_add: Any = np.add.reduce
_multiply: Any = np.multiply.reduce
_maximum: Any = np.maximum.reduce
_minimum: Any = np.minimum.reduce


def _of_none(x: Any, sign: int) -> tuple[Any, ...]:
    """What the largest (sign -1) or the smallest of no numbers is; () where there are some."""
    if np.size(x):
        return ()
    return (sign * np.inf,) if x.dtype.kind == "f" else (np.iinfo(x.dtype).min if sign < 0 else np.iinfo(x.dtype).max,)


class NumpyNamespace(Namespace):
    """NumPy, with the short ways to a few functions whose own cost more than their arithmetic on small arrays."""

    draw_words = staticmethod(draws.words)
    draw_uniform = staticmethod(draws.uniform)
    draw_normal = staticmethod(draws.normal)
    draw_truncated = staticmethod(draws.truncated)

    def sum(self, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return _add(x, axis, dtype, None, keepdims)

    def prod(self, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return _multiply(x, axis, dtype, None, keepdims)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return _maximum(x, axis, None, None, keepdims, *_of_none(x, -1))

    def min(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return _minimum(x, axis, None, None, keepdims, *_of_none(x, 1))

    def mean(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """np.mean's numbers to the last bit: a quotient by a count that the dtype holds exactly is rounded once."""
        kind = getattr(x, "dtype", None)
        if kind not in _EXACT or not 0 < x.size <= 1 << 24:
            return np.mean(x, axis=axis, keepdims=keepdims)
        total = _add(x, axis, None, None, keepdims)
        return total / kind.type(x.size // total.size)

    def full(self, shape: Any, value: Any, dtype: Any = None) -> Any:
        out = np.empty(shape, dtype or np.asarray(value).dtype)
        out.fill(value)
        return out if shape else out[()]

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        """An array of its own where it is small: to fill it takes a sixth of the time of making NumPy's view."""
        if math.prod(shape) > 4096 or not hasattr(x, "dtype"):
            return np.broadcast_to(x, shape)
        out = np.empty(shape, x.dtype)
        out[...] = x
        return out


class JaxNamespace(Namespace):
    """jax.numpy; its arrays cannot be changed, and it cannot raise from inside compiled code."""

    def scatter_add(self, into: Any, indices: Any, updates: Any) -> Any:
        return into.at[indices].add(updates)

    def scatter_set(self, into: Any, indices: Any, updates: Any) -> Any:
        return into.at[indices].set(updates)

    def scatter_by(self, how: str, into: Any, indices: Any, updates: Any) -> Any:
        return getattr(into.at[indices], {"maximum": "max", "minimum": "min", "multiply": "multiply"}[how])(updates)

    def convolve(self, x: Any, w: Any, frame: Any) -> Any:
        import jax

        axes = "0123"[: w.ndim - 2]
        order = (f"N{axes}C", f"{axes}IO", f"N{axes}C")
        pairs = list(zip(frame.before, frame.behind, strict=True))
        return jax.lax.conv_general_dilated(x, w, frame.strides, pairs, rhs_dilation=frame.dilations, dimension_numbers=order)

    def convolve_back(self, dy: Any, w: Any, frame: Any) -> Any:
        import jax

        x = jax.ShapeDtypeStruct((dy.shape[0], *frame.space, w.shape[-2]), dy.dtype)
        return jax.linear_transpose(lambda x: self.convolve(x, w, frame), x)(dy)[0]

    def correlate(self, x: Any, shape: Any, dy: Any, frame: Any) -> Any:
        import jax

        w = jax.ShapeDtypeStruct(tuple(shape), x.dtype)
        return jax.linear_transpose(lambda w: self.convolve(x, w, frame), w)(dy)[0]

    def unpool(self, x: Any, y: Any, dy: Any, frame: Any, lowest: Any) -> Any:
        """By reshaping where windows do not overlap, which XLA compiles far better than a scatter."""
        import jax

        if frame.kernel != frame.strides or any(frame.before) or any(frame.behind) or any(n % k for n, k in zip(frame.space, frame.kernel, strict=True)):
            return self._unpool_overlapping(x, dy, frame, lowest)
        n, c = x.shape[0], x.shape[-1]
        split = [m for o, k in zip(frame.out, frame.kernel, strict=True) for m in (o, k)]
        inner = tuple(range(2, 2 * len(frame.out) + 1, 2))
        outer = [0, *range(1, 2 * len(frame.out), 2), 2 * len(frame.out) + 1]
        rows = self.transpose(x.reshape(n, *split, c), (*outer, *inner)).reshape(*y.shape, -1)
        hit = jax.nn.one_hot(self.argmax(rows, -1), rows.shape[-1], dtype=dy.dtype) * dy[..., None]
        back = hit.reshape(*y.shape, *frame.kernel)
        return self.transpose(back, _inverse([*outer, *inner])).reshape(x.shape)

    def _unpool_overlapping(self, x: Any, dy: Any, frame: Any, lowest: Any) -> Any:
        import jax

        pairs = [(0, 0), *zip(frame.before, frame.behind, strict=True), (0, 0)]
        kernel, strides = (1, *frame.kernel, 1), (1, *frame.strides, 1)
        largest = lambda x: jax.lax.reduce_window(x, x.dtype.type(lowest), jax.lax.max, kernel, strides, pairs)
        return jax.vjp(largest, x)[1](dy)[0]

    def within(self, indices: Any, size: int, called: str = "", wrong: str = "") -> Any:
        return indices

    def within_classes(self, labels: Any, classes: int) -> None:
        pass


def _inverse(order: list[int]) -> list[int]:
    return sorted(range(len(order)), key=order.__getitem__)


class CupyNamespace(Namespace):
    """CuPy; a check of indices would make the host wait for the GPU."""

    def argsort(self, x: Any, axis: int = -1, stable: bool = False) -> Any:
        return self._library.argsort(x, axis)  # always stable, and without a parameter to say so

    def scatter_add(self, into: Any, indices: Any, updates: Any) -> Any:
        return cupy_scatter.added(self._library, into, indices, updates)

    def scatter_by(self, how: str, into: Any, indices: Any, updates: Any) -> Any:
        return cupy_scatter.combined(self._library, how, into, indices, updates)

    def within(self, indices: Any, size: int, called: str = "", wrong: str = "") -> Any:
        return indices

    def within_classes(self, labels: Any, classes: int) -> None:
        pass


@functools.cache
def numpy_namespace() -> Namespace:
    return NumpyNamespace(np)


@functools.cache
def jax_namespace() -> Namespace:
    import jax.numpy

    return JaxNamespace(jax.numpy)


@functools.cache
def cupy_namespace() -> Namespace:
    import cupy

    return CupyNamespace(cupy)
