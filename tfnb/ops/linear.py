"""Products of matrices and what is made of them: matmul, cross, norm.

    matmul(a, b)                 row i of a with column j of b; of stacks of matrices, one product each
    norm(x, axis=1)              the length of each row

Sums of products in general are in products.py, diagonals in diagonals.py; inverses and decompositions in
decompositions.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core.dtypes import bfloat16, float32
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import MM, Call, N, ShapeError, Types, merged
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, broadcast, unknown_shape
from tfnb.ops import movement, parts, reduce, sorting
from tfnb.ops.elementwise import conj, multiply, unbroadcast
from tfnb.ops.powers import pow as power
from tfnb.ops.powers import sqrt

__all__ = ["cross", "matmul", "matrix_transpose", "norm", "sparse_matmul"]

BF = Types("BF", (bfloat16, float32))  # what SparseMatMul takes


# -- one product ---------------------------------------------------------------------------------------------
def _matmul_shape(call: Call) -> list[TensorShape]:
    for shape in call.shapes:
        if shape.ndims not in (None, 2):
            raise ShapeError(f"Shape must be rank 2 but is rank {shape.ndims}")
    a, b = (s.sizes or (None, None) for s in call.shapes)
    a = a[::-1] if call.attrs["transpose_a"] else a
    b = b[::-1] if call.attrs["transpose_b"] else b
    if None not in (a[1], b[0]) and a[1] != b[0]:
        raise ShapeError(f"Dimensions must be equal, but are {a[1]} and {b[0]}")
    return [TensorShape.of((a[0], b[1]))]


def _batch_shape(call: Call) -> list[TensorShape]:
    sizes = []
    for shape, turned in zip(call.shapes, (call.attrs["adj_x"], call.attrs["adj_y"]), strict=True):
        if shape.ndims is not None and shape.ndims < 2:
            raise ShapeError(f"Shape must be at least rank 2 but is rank {shape.ndims}")
        if shape.sizes is None:
            return [unknown_shape()]
        sizes.append((shape.sizes[:-2], shape.sizes[-2:][::-1] if turned else shape.sizes[-2:]))
    (left, a), (right, b) = sizes
    if None not in (a[1], b[0]) and a[1] != b[0]:
        raise ShapeError(f"Dimensions must be equal, but are {a[1]} and {b[0]}")
    batch = broadcast(TensorShape.of(left), TensorShape.of(right))
    if batch is None:
        p, q = next(
            (p, q) for p, q in zip(left[::-1], right[::-1], strict=False) if p != q and 1 not in (p, q)
        )
        raise ShapeError(f"Dimensions must be equal, but are {p} and {q}")
    return [batch.concatenate(TensorShape.of((a[0], b[1])))]


@op("MatMul", shape=_matmul_shape)
def matmul_op(xp: Any, a: MM, b: MM, *, transpose_a: bool = False, transpose_b: bool = False) -> MM:
    """Matrix product: row i of a with column j of b."""
    return (a.T if transpose_a else a) @ (b.T if transpose_b else b)


@op("SparseMatMul", shape=_matmul_shape)
def sparse_matmul(xp: Any, a: BF, b: BF, *, transpose_a: bool = False, transpose_b: bool = False, a_is_sparse: bool = False,
                  b_is_sparse: bool = False) -> float32:  # fmt: skip
    """Matrix product of matrices with many zeros: the same numbers as `matmul`; BLAS multiplies by the zeros, too.

    >>> print(tf.sparse_matmul([[0.0, 2.0]], [[3.0], [4.0]], a_is_sparse=True).eval())
    [[8.]]
    """
    return (a.T if transpose_a else a) @ (b.T if transpose_b else b)


@op("BatchMatMulV2", shape=_batch_shape)
def batch_matmul(xp: Any, x: MM, y: MM, *, adj_x: bool = False, adj_y: bool = False) -> MM:
    """The matrix products of two stacks of matrices, one for each pair."""
    return (xp.conj(xp.swapaxes(x, -1, -2)) if adj_x else x) @ (
        xp.conj(xp.swapaxes(y, -1, -2)) if adj_y else y
    )


@matmul_op.flops
def matmul_flops(node: Operation, sizes: Any) -> float:
    """A multiplication and an addition for each of the k pairs behind every element of the product."""
    k = sizes(node.inputs[0])[0 if node.attrs.get("transpose_a") else -1]
    return 2.0 * k * math.prod(sizes(node.outputs[0]))


@batch_matmul.flops
def batch_matmul_flops(node: Operation, sizes: Any) -> float:
    k = sizes(node.inputs[0])[-2 if node.attrs.get("adj_x") else -1]
    return 2.0 * k * math.prod(sizes(node.outputs[0]))


@matmul_op.gradient
def matmul_gradient(node: Operation, dy: Tensor) -> Any:
    a, b = map(conj, node.inputs)
    turned = (node.attrs["transpose_a"], node.attrs["transpose_b"])
    if turned == (False, False):
        return matmul_op(dy, b, transpose_b=True), matmul_op(a, dy, transpose_a=True)
    if turned == (False, True):
        return matmul_op(dy, b), matmul_op(dy, a, transpose_a=True)
    if turned == (True, False):
        return matmul_op(b, dy, transpose_b=True), matmul_op(a, dy)
    return matmul_op(b, dy, transpose_a=True, transpose_b=True), matmul_op(
        dy, a, transpose_a=True, transpose_b=True
    )


@sparse_matmul.gradient
def sparse_matmul_gradient(node: Operation, dy: Tensor) -> Any:
    a, b = node.inputs
    x, y = node.attrs["transpose_a"], node.attrs["transpose_b"]
    da = matmul(b, dy, transpose_a=y, transpose_b=True) if x else matmul(dy, b, transpose_b=not y)
    db = matmul(dy, a, transpose_a=True, transpose_b=x) if y else matmul(a, dy, transpose_a=not x)
    return da, db


@batch_matmul.gradient
def batch_matmul_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    turned = (node.attrs["adj_x"], node.attrs["adj_y"])
    if turned == (False, False):
        dx, dz = matmul(dy, y, adjoint_b=True), matmul(x, dy, adjoint_a=True)
    elif turned == (False, True):
        dx, dz = matmul(dy, y), matmul(dy, x, adjoint_a=True)
    elif turned == (True, False):
        dx, dz = matmul(y, dy, adjoint_b=True), matmul(x, dy)
    else:
        dx, dz = matmul(y, dy, adjoint_a=True, adjoint_b=True), matmul(dy, x, adjoint_a=True, adjoint_b=True)
    return unbroadcast(dx, x), unbroadcast(dz, y)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Matrix product of `a` and `b`; of stacks of matrices (rank 3 or more), one product for each pair.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])))
    [[11.]]
    """
    with name_scope(name, "MatMul", [a, b]) as scope:
        for side, turned, adjoint in (("a", transpose_a, adjoint_a), ("b", transpose_b, adjoint_b)):
            if turned and adjoint:
                raise ValueError(f"Only one of transpose_{side} and adjoint_{side} can be True.")
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        if any(t.shape.ndims is None or t.shape.ndims > 2 for t in (a, b)):
            a = conj(a) if transpose_a else a
            b = conj(b) if transpose_b else b
            return batch_matmul(
                a, b, adj_x=transpose_a or adjoint_a, adj_y=transpose_b or adjoint_b, name=scope
            )
        a = conj(a) if adjoint_a else a
        b = conj(b) if adjoint_b else b
        if (a_is_sparse or b_is_sparse) and {a.dtype.base_dtype, b.dtype.base_dtype} <= set(BF.allowed):
            return sparse_matmul(a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b, a_is_sparse=a_is_sparse,
                                 b_is_sparse=b_is_sparse, name=scope)  # fmt: skip
        return matmul_op(
            a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b, name=scope
        )


def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """The last two axes exchanged.

    >>> print(tf.linalg.transpose([[1, 2, 3], [4, 5, 6]]).eval())
    [[1 4]
     [2 5]
     [3 6]]
    """
    from tfnb.ops import arrays, movement

    with name_scope(name, "transpose", [a]):
        a = convert_to_tensor(a, name="a")
        rank = a.shape.ndims
        if rank is None:
            n = arrays.rank(a)
            order: Any = arrays.concat([movement.range(n - 2), [n - 1, n - 2]], 0)
        elif rank < 2:
            raise ValueError(f"Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: {a.shape}")
        else:
            order = [*range(rank - 2), rank - 1, rank - 2]
        return arrays.transpose(a, perm=order, conjugate=conjugate)


# -- three numbers at right angles ---------------------------------------------------------------------------
def _cross_shape(call: Call) -> list[TensorShape]:
    shape = merged(call)[0]
    if shape.sizes and shape.sizes[-1] not in (None, 3):
        raise ShapeError(f"Dimension must be 3 but is {shape.sizes[-1]}")
    return [shape]


@op("Cross", shape=_cross_shape)
def cross(xp: Any, a: N, b: N) -> N:
    """Cross product of the last axis, which has 3 elements.

    >>> print(tf.cross([1, 0, 0], [0, 1, 0]).eval())
    [0 0 1]
    """
    return xp.cross(a, b)


@cross.gradient
def cross_gradient(node: Operation, dy: Tensor) -> Any:
    a, b = node.inputs
    return cross(b, dy), cross(dy, a)


# -- lengths -------------------------------------------------------------------------------------------------
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    keep_dims: Any = None,
) -> Tensor:
    """The length of a vector or the norm of a matrix: 'euclidean', 1, 2, np.inf or any p > 0.

    Raises ValueError for an `ord` that there is no norm for.

    >>> print(tf.norm([3.0, 4.0]).eval())
    5.0
    """
    from tfnb.ops import arrays

    keep = bool(keepdims if keep_dims is None else keep_dims)
    matrix = isinstance(axis, (tuple, list)) and len(axis) == 2
    _check_norm(ord, axis, matrix)
    with name_scope(name, "norm", [tensor]):
        x = convert_to_tensor(tensor)
        if ord in ("fro", "euclidean", 2, 2.0) and not (matrix and ord in (2, 2.0)):
            result = sqrt(reduce.reduce_sum(multiply(x, conj(x), name="mul"), axis, keepdims=True))
        elif matrix and ord in (2, 2.0):
            result = _largest_singular_value(x, axis)
        else:
            result = _p_norm(parts.abs(x), ord, axis, matrix)
        return result if keep else arrays.squeeze(result, axis)


def _largest_singular_value(x: Tensor, axis: Any) -> Tensor:
    """The 2-norm of the matrices in two axes, which stay with size 1."""
    from tfnb.ops import arrays
    from tfnb.ops.decompositions import svd
    from tfnb.ops.movement import invert_permutation

    axes = convert_to_tensor(axis)
    order = arrays.concat([sorting.setdiff1d(movement.range(arrays.rank(x)), axes).out, axes], 0)
    values = svd(arrays.transpose(x, order), compute_uv=False)
    largest = arrays.expand_dims(reduce.reduce_max(abs(values), axis=-1, keepdims=True), -1)
    return arrays.transpose(largest, invert_permutation(order))


def _p_norm(x: Tensor, ord: Any, axis: Any, matrix: bool) -> Tensor:
    if matrix and ord in (1, np.inf):
        summed, largest = (axis[0], axis[1]) if ord == 1 else (axis[1], axis[0])
        return reduce.reduce_max(reduce.reduce_sum(x, summed, keepdims=True), largest, keepdims=True)
    if ord == np.inf:
        return reduce.reduce_max(x, axis, keepdims=True)
    if ord == 1:
        return reduce.reduce_sum(x, axis, keepdims=True)
    return power(reduce.reduce_sum(power(x, ord), axis, keepdims=True), 1.0 / ord)


def _check_norm(ord: Any, axis: Any, matrix: bool) -> None:
    if matrix:
        if axis[0] == axis[1]:
            raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
        allowed: Any = ["euclidean", "fro", 1, 2, np.inf]
        if ord not in allowed:
            raise ValueError(f"'ord' must be a supported matrix norm in {allowed}, got {ord}")
    elif ord not in ("euclidean", 1, 2, np.inf) and (isinstance(ord, str) or ord <= 0):
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
