"""Diagonals and bands of matrices: reading, writing, making them.

matrix_diag_part([[1, 2], [3, 4]])    [1, 4], for each matrix of a stack
eye(3)                                ones on the diagonal
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, N, ShapeError, T, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import reduce

__all__ = [
    "diag", "diag_part", "eye", "matrix_band_part", "matrix_diag", "matrix_diag_part", "matrix_set_diag",
    "tensor_diag", "tensor_diag_part", "trace",
]  # fmt: skip


# -- shapes --------------------------------------------------------------------------------------------------
def _smaller(m: int | None, n: int | None) -> int | None:
    return None if m is None or n is None else min(m, n)


def _diag_part_shape(call: Call) -> list[TensorShape]:
    sizes = call.shapes[0].sizes
    if sizes is None:
        return [unknown_shape()]
    if len(sizes) < 2:
        raise ShapeError(f"Shape must be at least rank 2 but is rank {len(sizes)}")
    return [TensorShape.of((*sizes[:-2], _smaller(*sizes[-2:])))]


def _half_shape(call: Call) -> list[TensorShape]:
    sizes = call.shapes[0].sizes
    if sizes is None:
        return [unknown_shape()]
    if len(sizes) % 2 or not sizes:
        raise ShapeError(f"Input must have even and non-zero rank, input rank is {len(sizes)}")
    half = len(sizes) // 2
    return [require_merge(TensorShape.of(sizes[:half]), TensorShape.of(sizes[half:]))]


def _doubled(call: Call) -> list[TensorShape]:
    return [call.shapes[0].concatenate(call.shapes[0])]


def _set_diag_shape(call: Call) -> list[TensorShape]:
    matrix, diagonal = call.shapes
    if matrix.sizes is not None:
        if len(matrix.sizes) < 2:
            raise ShapeError(f"Shape must be at least rank 2 but is rank {len(matrix.sizes)}")
        require_merge(TensorShape.of((*matrix.sizes[:-2], _smaller(*matrix.sizes[-2:]))), diagonal)
    return [matrix]


# -- the ops -------------------------------------------------------------------------------------------------
@op("MatrixDiagPart", shape=_diag_part_shape)
def matrix_diag_part_op(xp: Any, input: T) -> T:
    """The diagonal of each matrix.

    >>> print(tf.matrix_diag_part([[[1, 2], [3, 4]]]).eval())
    [[1 4]]
    """
    return xp.diagonal(input, axis1=-2, axis2=-1)


@op("MatrixDiag", shape="*s n -> *s n n")
def matrix_diag_op(xp: Any, diagonal: T) -> T:
    """A matrix for each vector: the vector on the diagonal, zeros elsewhere.

    >>> print(tf.matrix_diag([[1, 2]]).eval())
    [[[1 0]
      [0 2]]]
    """
    return xp.where(
        xp.eye(diagonal.shape[-1], dtype=bool), diagonal[..., None], xp.zeros_like(diagonal[..., None])
    )


@op("MatrixSetDiag", shape=_set_diag_shape)
def matrix_set_diag_op(xp: Any, input: T, diagonal: T) -> T:
    """Each matrix with its diagonal replaced.

    >>> print(tf.matrix_set_diag([[0, 0], [0, 0]], [1, 2]).eval())
    [[1 0]
     [0 2]]
    """
    m, n = input.shape[-2:]
    rest = [(0, 0)] * (diagonal.ndim - 1)
    wide = xp.pad(diagonal, [*rest, (0, m - min(m, n))])
    return xp.where(xp.eye(m, n, dtype=bool), wide[..., None], input)


@op("MatrixBandPart", shape="same")
def matrix_band_part_op(xp: Any, input: T, num_lower: Host, num_upper: Host) -> T:
    """Each matrix with zeros outside a band of diagonals below and above the main one; negative means all."""
    m, n = input.shape[-2:]
    below = np.arange(m)[:, None] - np.arange(n)
    band = ((num_lower < 0) | (below <= num_lower)) & ((num_upper < 0) | (-below <= num_upper))
    return xp.where(xp.asarray(band), input, xp.zeros_like(input))


@op("Diag", shape=_doubled)
def diag_op(xp: Any, diagonal: N) -> N:
    """A tensor of twice the rank with these elements on its diagonal.

    >>> print(tf.diag([1, 2]).eval())
    [[1 0]
     [0 2]]
    """
    return xp.diag(diagonal.ravel()).reshape(diagonal.shape * 2)


@op("DiagPart", shape=_half_shape)
def diag_part_op(xp: Any, input: N) -> N:
    """The diagonal of a tensor of even rank.

    >>> print(tf.diag_part([[1, 2], [3, 4]]).eval())
    [1 4]
    """
    half = input.shape[: input.ndim // 2]
    return xp.diagonal(input.reshape(int(np.prod(half)), -1)).reshape(half)


# -- gradients -----------------------------------------------------------------------------------------------
@matrix_diag_op.gradient
def matrix_diag_gradient(node: Operation, dy: Tensor) -> Tensor:
    return matrix_diag_part_op(dy)


@matrix_diag_part_op.gradient
def matrix_diag_part_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops import arrays

    x = node.inputs[0]
    m, n = x.shape.as_list()[-2:] if x.shape.ndims is not None else (None, None)
    if m == n and m is not None:
        return matrix_diag_op(dy)
    return matrix_set_diag_op(arrays.zeros_like(x), dy)


@matrix_set_diag_op.gradient
def matrix_set_diag_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import arrays

    diagonal = node.inputs[1]
    return matrix_set_diag_op(dy, arrays.zeros_like(diagonal)), matrix_diag_part_op(dy)


@matrix_band_part_op.gradient
def matrix_band_part_gradient(node: Operation, dy: Tensor) -> Any:
    return matrix_band_part_op(dy, *node.inputs[1:]), None, None


@diag_op.gradient
def diag_gradient(node: Operation, dy: Tensor) -> Tensor:
    return diag_part_op(dy)


@diag_part_op.gradient
def diag_part_gradient(node: Operation, dy: Tensor) -> Tensor:
    return diag_op(dy)


# -- TensorFlow's functions ----------------------------------------------------------------------------------
def _named(raw: Any, default_name: str | None, argument: str) -> Any:
    def function(*inputs: Any, name: str | None = default_name, **given: Any) -> Tensor:
        inputs = (*inputs, *(given.pop(k) for k in (argument, "input", "diagonal") if k in given))
        return raw(*inputs, name=name, **given)

    function.__doc__ = raw.kernel.__doc__
    return function


diag = _named(diag_op, None, "diagonal")
diag_part = _named(diag_part_op, None, "input")
tensor_diag, tensor_diag_part = diag, diag_part
matrix_diag = _named(matrix_diag_op, "diag", "diagonal")
matrix_diag_part = _named(matrix_diag_part_op, "diag_part", "input")
matrix_set_diag = _named(matrix_set_diag_op, "set_diag", "input")


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Each matrix with zeros outside a band; (-1, 0) keeps the lower triangle, (0, 0) the diagonal.

    >>> print(tf.linalg.band_part([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 0, -1).eval())
    [[1 2 3]
     [0 5 6]
     [0 0 9]]
    """
    return matrix_band_part_op(input, num_lower, num_upper, name=name)


def trace(x: Any, name: str | None = None) -> Tensor:
    """Sum of the diagonal of each matrix.

    >>> print(tf.trace([[1, 2], [3, 4]]).eval())
    5
    """
    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return reduce.reduce_sum(matrix_diag_part(x), [-1], name=scope)


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = d.float32,
    name: str | None = None,
) -> Tensor:
    """The identity matrix, or a stack of them of shape `batch_shape`.

    >>> print(tf.eye(2).eval())
    [[1. 0.]
     [0. 1.]]
    """
    from tfnb.ops import arrays

    with name_scope(name, default_name="eye", values=[num_rows, num_columns, batch_shape]):
        columns = num_rows if num_columns is None else num_columns
        batch = [] if batch_shape is None else batch_shape
        dtype = as_dtype(dtype)
        known = all(isinstance(n, (int, np.integer)) for n in (num_rows, columns))
        smaller = min(num_rows, columns) if known else num_rows
        if not isinstance(batch, Tensor) and known:
            ones = arrays.ones([*batch, smaller], dtype=dtype)
        else:
            ones = arrays.ones(
                arrays.concat([batch, [smaller]], 0) if len_of(batch) else [smaller], dtype=dtype
            )
        if columns is num_rows or columns == num_rows:
            return matrix_diag(ones)
        zeros = arrays.zeros([*batch, num_rows, columns], dtype=dtype)
        return matrix_set_diag(zeros, ones)


def len_of(batch: Any) -> int:
    """Number of batch axes; 1 for a tensor, whose length need not be known."""
    return 1 if isinstance(batch, Tensor) else len(batch)
