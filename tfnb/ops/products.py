"""Sums of products over whole axes: tensordot.

tensordot(a, b, 1)                  the last axis of a with the first of b: of matrices, matmul
tensordot(a, b, [[0, 2], [1, 0]])   axes 0 and 2 of a with axes 1 and 0 of b
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import name_scope
from tfnb.ops import linear

__all__ = ["tensordot"]


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Sum of products over `axes`: a number n (the last n of a, the first n of b) or [axes of a, axes of b].

    Raises ValueError for axes that the tensors do not have.

    >>> print(tf.tensordot([[1, 2], [3, 4]], [1, 1], axes=1).eval())
    [3 7]
    """
    from tfnb.ops import arrays

    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, None if isinstance(b, Tensor) else a.dtype.base_dtype, name="b")
        axes_a, axes_b = _dot_axes(a, b, axes)
        flat_a, free_a = _as_matrix(a, axes_a, last=True)
        flat_b, free_b = _as_matrix(b, axes_b, last=False)
        product = linear.matmul(flat_a, flat_b)
        sizes = free_a + free_b
        if sum(not isinstance(n, int) for n in sizes) == 0:
            return arrays.reshape(product, sizes, name=scope)
        out = arrays.reshape(product, arrays.stack(sizes), name=scope)
        out.set_shape([n if isinstance(n, int) else None for n in sizes])
        return out


def _dot_axes(a: Tensor, b: Tensor, axes: Any) -> tuple[list[int], list[int]]:
    if a.shape.ndims is None or b.shape.ndims is None:
        raise ValueError("tensordot needs tensors of known rank; give them one with set_shape.")
    if isinstance(axes, Tensor):
        axes = static_value(axes)
    if isinstance(axes, (int, np.integer)) or np.ndim(axes) == 0 and not isinstance(axes, (list, tuple)):
        n = int(axes)
        if n < 0:
            raise ValueError("'axes' must be at least 0.")
        if n > a.shape.ndims:
            raise ValueError(f"'axes' must not be larger than the number of dimensions of tensor {a}.")
        return list(range(a.shape.ndims - n, a.shape.ndims)), list(range(n))
    if len(axes) != 2:
        raise ValueError("'axes' must be an integer or have length 2.")
    left, right = ([int(x) for x in np.ravel(side)] for side in axes)
    if len(left) != len(right):
        raise ValueError(f"Different number of contraction axes 'a' and 'b', {len(left)} != {len(right)}.")
    return [x % a.shape.ndims for x in left], [x % b.shape.ndims for x in right]


def _as_matrix(x: Tensor, axes: list[int], last: bool) -> tuple[Tensor, list[Any]]:
    """`x` as a matrix with the axes to sum over at one side, and the sizes of the others."""
    from tfnb.ops import arrays

    shape = x.shape.as_list()
    free = [i for i in range(len(shape)) if i not in axes]
    order = free + axes if last else axes + free
    moved = arrays.transpose(x, order)
    sizes: list[Any] = [shape[i] if shape[i] is not None else arrays.shape(x)[i] for i in free]
    n_free, n_axes = _product([shape[i] for i in free]), _product([shape[i] for i in axes])
    if n_free == n_axes == -1:
        n_axes = arrays.reshape(_dynamic_product(x, axes), [])
    pair = [n_free, n_axes] if last else [n_axes, n_free]
    return arrays.reshape(moved, pair), sizes


def _product(sizes: list[Any]) -> int:
    return -1 if None in sizes else int(np.prod(sizes, dtype=np.int64))


def _dynamic_product(x: Tensor, axes: list[int]) -> Any:
    from tfnb.ops import arrays, indexing, reduce

    return reduce.reduce_prod(indexing.gather(arrays.shape(x), axes))
