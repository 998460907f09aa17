"""`xp`, what kernels compute with: NumPy, JAX or CuPy by attribute, and the few primitives that differ between them.

    xp = numpy_namespace();  xp.tanh(x);  xp.scatter_add(zeros, indices, rows)
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError

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

    def within(self, indices: Any, size: int) -> Any:
        """The indices; raises TensorFlow's error for one outside [0, size)."""
        bad = np.argwhere((indices < 0) | (indices >= size))
        if len(bad):
            place = f"[{','.join(map(str, bad[0].tolist()))}]" if np.ndim(indices) else ""
            value = np.asarray(indices)[tuple(bad[0])]
            raise InvalidArgumentError(None, None, f"indices{place} = {value} is not in [0, {size})")
        return indices


    def within_classes(self, labels: Any, classes: int) -> None:
        """Raises TensorFlow's error for a label that is no class."""
        bad = np.argwhere((labels < 0) | (labels >= classes))
        if len(bad):
            shown = " ".join(map(str, np.ravel(labels).tolist()))
            text = f"Received a label value of {labels[tuple(bad[0])]} which is outside the valid range of [0, {classes})."
            raise InvalidArgumentError(None, None, f"{text}  Label values: {shown}")


class NumpyNamespace(Namespace):
    """NumPy, with the short ways to a few functions whose own cost more than their arithmetic on small arrays."""

    def sum(self, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return np.add.reduce(x, axis, dtype, None, keepdims)

    def prod(self, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return np.multiply.reduce(x, axis, dtype, None, keepdims)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return np.maximum.reduce(x, axis, None, None, keepdims)

    def min(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return np.minimum.reduce(x, axis, None, None, keepdims)

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

    def within(self, indices: Any, size: int) -> Any:
        return indices

    def within_classes(self, labels: Any, classes: int) -> None:
        pass


class CupyNamespace(Namespace):
    """CuPy; a check of indices would make the host wait for the GPU."""

    def scatter_add(self, into: Any, indices: Any, updates: Any) -> Any:
        import cupyx

        out = into.copy()
        cupyx.scatter_add(out, indices, updates)
        return out

    def within(self, indices: Any, size: int) -> Any:
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
