"""Solving and taking apart matrices: inverse, determinant, Cholesky, QR, singular values, eigenvectors.

    cholesky(a)      the lower triangle l with l @ l.T = a
    svd(a)           s, u, v with a = u @ diag(s) @ v.T

All work on stacks of matrices. Their gradients are in matrices.py.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.graph import Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, ShapeError, Types
from tfnb.core.shapes import TensorShape, unknown_shape

__all__ = [
    "cholesky", "inv", "matrix_determinant", "matrix_inverse", "matrix_solve", "matrix_triangular_solve",
    "qr", "self_adjoint_eig", "self_adjoint_eigvals", "slogdet", "svd",
]  # fmt: skip

M = Types("M", (d.float64, d.float32, d.float16, d.complex64, d.complex128))


# -- shapes --------------------------------------------------------------------------------------------------
def _matrix(shape: TensorShape) -> tuple[int | None, ...] | None:
    if shape.sizes is not None and len(shape.sizes) < 2:
        raise ShapeError(f"Shape must be at least rank 2 but is rank {len(shape.sizes)}")
    return shape.sizes


def _square(call: Call) -> list[TensorShape]:
    sizes = _matrix(call.shapes[0])
    if sizes is None:
        return [unknown_shape()]
    m, n = sizes[-2:]
    if m is not None and n is not None and m != n:
        raise ShapeError(f"Dimensions must be equal, but are {m} and {n}")
    return [TensorShape.of((*sizes[:-2], n if m is None else m, n if m is None else m))]


def _one_number(call: Call) -> list[TensorShape]:
    shape = _square(call)[0]
    return [unknown_shape() if shape.sizes is None else TensorShape.of(shape.sizes[:-2])]


def _solution(call: Call) -> list[TensorShape]:
    a, b = _square(call)[0].sizes, _matrix(call.shapes[1])
    if a is None or b is None:
        return [unknown_shape()]
    if None not in (a[-1], b[-2]) and a[-1] != b[-2]:
        raise ShapeError(f"Dimensions must be equal, but are {a[-1]} and {b[-2]}")
    return [TensorShape.of((*a[:-2], b[-2] if a[-1] is None else a[-1], b[-1]))]


def _qr_shape(call: Call) -> list[TensorShape]:
    sizes = _matrix(call.shapes[0])
    if sizes is None:
        return [unknown_shape(), unknown_shape()]
    *batch, m, n = sizes
    k = None if m is None or n is None else min(m, n)
    q, r = ((m, m), (m, n)) if call.attrs["full_matrices"] else ((m, k), (k, n))
    return [TensorShape.of((*batch, *q)), TensorShape.of((*batch, *r))]


def _svd_shape(call: Call) -> list[TensorShape]:
    sizes = _matrix(call.shapes[0])
    if sizes is None:
        return [unknown_shape()] * 3
    *batch, m, n = sizes
    k = None if m is None or n is None else min(m, n)
    s = TensorShape.of((*batch, k))
    if not call.attrs["compute_uv"]:
        return [s, TensorShape.of((0,)), TensorShape.of((0,))]
    full = call.attrs["full_matrices"]
    return [s, TensorShape.of((*batch, m, m if full else k)), TensorShape.of((*batch, n, n if full else k))]


def _eig_shape(call: Call) -> list[TensorShape]:
    shape = _square(call)[0]
    if shape.sizes is None:
        return [unknown_shape()] * 2
    return [TensorShape.of(shape.sizes[:-1]), shape if call.attrs["compute_v"] else TensorShape.of((0,))]


# -- the ops -------------------------------------------------------------------------------------------------
def _adjoint(xp: Any, x: Any, really: bool = True) -> Any:
    return xp.conj(xp.swapaxes(x, -1, -2)) if really else x


def _attempt(compute: Any, x: Any, failure: str) -> Any:
    """compute(x), with TensorFlow's words where NumPy finds that it cannot be done."""
    try:
        return compute(x)
    except np.linalg.LinAlgError:
        raise ValueError(failure) from None


@op("MatrixInverse", shape=_square)
def matrix_inverse_op(xp: Any, input: M, *, adjoint: bool = False) -> M:
    """The inverse of each matrix."""
    return _attempt(xp.linalg.inv, _adjoint(xp, input, adjoint), "Input is not invertible.")


@op("MatrixDeterminant", shape=_one_number)
def matrix_determinant(xp: Any, input: M) -> M:
    """The determinant of each matrix.

    >>> print(tf.linalg.det([[1.0, 2.0], [3.0, 4.0]]).eval())
    -2.0
    """
    return xp.linalg.det(input)


@op("LogMatrixDeterminant", shape=lambda call: _one_number(call) * 2)
def slogdet_op(xp: Any, input: M) -> tuple[M, M]:
    """The sign of the determinant of each matrix, and the logarithm of its size."""
    return tuple(xp.linalg.slogdet(input))


@op("Cholesky", shape=_square)
def cholesky(xp: Any, input: M) -> M:
    """The lower triangle l with l @ l.T = input, for each symmetric positive definite matrix.

    >>> print(tf.cholesky([[4.0, 2.0], [2.0, 5.0]]).eval())
    [[2. 0.]
     [1. 2.]]
    """
    failure = "Cholesky decomposition was not successful. The input might not be valid."
    return _attempt(xp.linalg.cholesky, input, failure)


@op("MatrixSolve", shape=_solution)
def matrix_solve_op(xp: Any, matrix: M, rhs: M, *, adjoint: bool = False) -> M:
    """x with matrix @ x = rhs."""
    return _attempt(
        lambda a: xp.linalg.solve(a, rhs), _adjoint(xp, matrix, adjoint), "Input matrix is not invertible."
    )


@op("MatrixTriangularSolve", shape=_solution)
def matrix_triangular_solve_op(xp: Any, matrix: M, rhs: M, *, lower: bool = True, adjoint: bool = False) -> M:
    """x with triangle @ x = rhs, where the triangle is the matrix's lower or upper one."""
    triangle = _adjoint(xp, (xp.tril if lower else xp.triu)(matrix), adjoint)
    return _attempt(lambda a: xp.linalg.solve(a, rhs), triangle, "Input matrix is not invertible.")


@op("Qr", shape=_qr_shape)
def qr_op(xp: Any, input: M, *, full_matrices: bool = False) -> tuple[M, M]:
    """q with orthonormal columns and r upper triangular, q @ r = input."""
    return tuple(xp.linalg.qr(input, mode="complete" if full_matrices else "reduced"))


@op("Svd", shape=_svd_shape)
def svd_op(xp: Any, input: M, *, compute_uv: bool = True, full_matrices: bool = False) -> tuple[M, M, M]:
    """Singular values, largest first, and the vectors: input = u @ diag(s) @ v.T."""
    if not compute_uv:
        empty = xp.zeros((0,), dtype=input.dtype)
        return xp.linalg.svd(input, compute_uv=False), empty, empty
    u, s, v = xp.linalg.svd(input, full_matrices=full_matrices)
    return s, u, _adjoint(xp, v)


@op("SelfAdjointEigV2", shape=_eig_shape)
def self_adjoint_eig_op(xp: Any, input: M, *, compute_v: bool = True) -> tuple[M, M]:
    """Eigenvalues, smallest first, and eigenvectors of each symmetric matrix."""
    if not compute_v:
        return xp.linalg.eigvalsh(input), xp.zeros((0,), dtype=input.dtype)
    return tuple(xp.linalg.eigh(input))


class Qr(NamedTuple):
    """The two factors of `qr`."""

    q: Tensor
    r: Tensor


class LogMatrixDeterminant(NamedTuple):
    """What `slogdet` gives."""

    sign: Tensor
    log_abs_determinant: Tensor


# -- TensorFlow's functions ----------------------------------------------------------------------------------
def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverse of each matrix; InvalidArgumentError when there is none.

    >>> print(tf.matrix_inverse([[2.0, 0.0], [0.0, 4.0]]).eval())
    [[0.5  0.  ]
     [0.   0.25]]
    """
    return matrix_inverse_op(input, adjoint=adjoint, name=name)


def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """x with matrix @ x = rhs.

    >>> print(tf.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [8.0]]).eval())
    [[1.]
     [2.]]
    """
    return matrix_solve_op(matrix, rhs, adjoint=adjoint, name=name)


def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """x with matrix @ x = rhs for a triangular matrix.

    >>> print(tf.linalg.triangular_solve([[2.0, 0.0], [1.0, 1.0]], [[2.0], [3.0]]).eval())
    [[1.]
     [2.]]
    """
    return matrix_triangular_solve_op(matrix, rhs, lower=lower, adjoint=adjoint, name=name)


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Qr:
    """q with orthonormal columns and r upper triangular, q @ r = input.

    >>> q, r = tf.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> print(tf.matmul(q, r).eval())
    [[3. 1.]
     [4. 2.]]
    """
    return Qr(*qr_op(input, full_matrices=full_matrices, name=name))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """s, u, v with tensor = u @ diag(s) @ v.T; s alone without `compute_uv`.

    >>> print(tf.svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False).eval())
    [4. 3.]
    """
    s, u, v = svd_op(tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (s, u, v) if compute_uv else s


def slogdet(input: Any, name: str | None = None) -> LogMatrixDeterminant:
    """Sign and logarithm of the size of the determinant.

    >>> print(*sess.run(tf.linalg.slogdet([[0.0, 1.0], [2.0, 0.0]])), sep="\\n")
    -1.0
    0.6931472
    """
    return LogMatrixDeterminant(*slogdet_op(input, name=name))


def self_adjoint_eig(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues (smallest first) and eigenvectors of symmetric matrices.

    >>> print(tf.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])[0].eval())
    [1. 2.]
    """
    return tuple(self_adjoint_eig_op(tensor, compute_v=True, name=name))


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """Eigenvalues of symmetric matrices, smallest first.

    >>> print(tf.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).eval())
    [1. 2.]
    """
    return self_adjoint_eig_op(tensor, compute_v=False, name=name)[0]


inv = matrix_inverse
