"""Functions of whole matrices: square root, logarithm, triangular factors, and matrices of three diagonals.

    sqrtm(a) @ sqrtm(a)           a
    lu(a)                         one matrix with both triangles, and the order of the rows
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.dtypes import int32 as int32_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import OfAttr
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays
from tfnb.ops.decompositions import M

__all__ = ["matrix_square_root"]


@op("MatrixSquareRoot", host=True, shape="*s n n -> *s n n")
def matrix_square_root(xp: Any, input: M) -> M:
    """The matrix whose product with itself is `input`, for each matrix.

    >>> print(tf.linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]).eval())
    [[2. 0.]
     [0. 3.]]
    """
    return _by_eigenvalues(input, np.emath.sqrt)


@matrix_square_root.gradient
def matrix_square_root_gradient(node: Operation, dy: Tensor) -> Tensor:
    # da with dy = s^H da + da s^H, as one system of equations for the elements of da
    from tfnb.ops.decompositions import matrix_solve
    from tfnb.ops.diagonals import eye
    from tfnb.ops.matrices import adjoint

    turned = adjoint(node.outputs[0])
    n = turned.shape.as_list()[-1]
    one = eye(n, dtype=turned.dtype.base_dtype)
    sizes = arrays.shape(turned)
    left = turned[..., :, None, :, None] * one[:, None, :]
    right = one[:, None, :, None] * node.outputs[0][..., None, :, None, :]
    system = arrays.reshape(left + right, arrays.concat([sizes[:-2], [n * n, n * n]], 0))
    found = matrix_solve(system, arrays.reshape(dy, arrays.concat([sizes[:-2], [n * n, 1]], 0)))
    return arrays.reshape(found, sizes)


@op("MatrixLogarithm", host=True, shape="*s n n -> *s n n", differentiable=False)
def matrix_logarithm(xp: Any, input: M) -> M:
    """The matrix whose exponential is `input`; for complex numbers.

    >>> print(tf.linalg.logm(tf.constant([[1.0, 0.0], [0.0, 1.0]], tf.complex64)).eval().real)
    [[0. 0.]
     [0. 0.]]
    """
    return _by_eigenvalues(input, np.emath.log)


def _by_eigenvalues(a: Any, f: Any) -> Any:
    """f of a matrix that has as many eigenvectors as rows: f of its eigenvalues in their directions."""
    wide = np.asarray(a, np.complex128 if np.iscomplexobj(a) else np.float64)
    values, vectors = np.linalg.eig(wide)
    found = (vectors * f(values)[..., None, :]) @ np.linalg.inv(vectors)
    return (found if np.iscomplexobj(a) else found.real).astype(a.dtype)


# -- triangular factors ------------------------------------------------------------------------------------------
class Lu(NamedTuple):
    """What `lu` gives."""

    lu: Tensor
    p: Tensor


@op("Lu", host=True, shape="*s n n -> *s n n, *s n")
def lu_op(xp: Any, input: M, *, output_idx_type: DType = int32_dtype) -> tuple[M, OfAttr("output_idx_type")]:
    """Gauss's elimination with the largest pivot of each column: both triangles in one matrix, and the rows' order."""
    out = np.array(input)
    n = out.shape[-1]
    order = np.broadcast_to(np.arange(n), out.shape[:-1]).astype(output_idx_type)
    for place in np.ndindex(out.shape[:-2]):
        a, p = out[place], order[place]
        for k in range(n):
            best = k + int(np.argmax(np.abs(a[k:, k])))
            if a[best, k] == 0:
                raise ValueError("Input is not invertible.")
            a[[k, best]], p[[k, best]] = a[[best, k]], p[[best, k]]
            a[k + 1 :, k] /= a[k, k]
            a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return out, order


def lu(input: Any, output_idx_type: Any = int32_dtype, name: str | None = None) -> Lu:
    """The triangles l (with ones on its diagonal) and u in one matrix, and p with input[p] = l @ u; it has no gradient.

    Raises InvalidArgumentError for a matrix that has no inverse.

    >>> print(tf.linalg.lu([[2.0, 1.0], [4.0, 4.0]]).lu.eval())
    [[ 4.   4. ]
     [ 0.5 -1. ]]
    """
    return Lu(*lu_op(input, output_idx_type=as_dtype(output_idx_type), name=name))


# -- three diagonals ---------------------------------------------------------------------------------------------
def _dense(xp: Any, diagonals: Any) -> Any:
    """(..., 3, n): above, on and below the diagonal, to matrices (..., n, n)."""
    n = diagonals.shape[-1]
    row = xp.arange(n)
    above, middle, below = (diagonals[..., i, :, None] for i in range(3))
    zero = xp.zeros_like(middle)
    out = xp.where(row[:, None] == row, middle, zero)
    out = xp.where(row[:, None] + 1 == row, above, out)
    return xp.where(row[:, None] - 1 == row, below, out)


@op("TridiagonalSolve", shape="*s 3 n, *s n k -> *s n k")
def tridiagonal_solve_op(xp: Any, diagonals: M, rhs: M, *, partial_pivoting: bool = True) -> M:
    """x with matrix @ x = rhs, for matrices of three diagonals."""
    return xp.linalg.solve(_dense(xp, diagonals), rhs)


def _turned(diagonals: Tensor) -> Tensor:
    """The diagonals of the matrix turned over."""
    from tfnb.ops.indexing import roll

    above, middle, below = arrays.unstack(diagonals, num=3, axis=-2)
    return arrays.stack([roll(below, -1, -1), middle, roll(above, 1, -1)], axis=-2)


@tridiagonal_solve_op.gradient
def tridiagonal_solve_gradient(node: Operation, dy: Tensor) -> Any:
    # d x = -inv(a) da x, seen from the three diagonals
    from tfnb.ops.indexing import roll
    from tfnb.ops.reduce import reduce_sum

    diagonals, x = node.inputs[0], node.outputs[0]
    db = tridiagonal_solve_op(_turned(diagonals), dy, partial_pivoting=node.attrs["partial_pivoting"])
    n = x.shape.as_list()[-2]
    first, last = np.ones((n, 1)), np.ones((n, 1))
    first[0], last[-1] = 0, 0
    kind = x.dtype.base_dtype
    above = reduce_sum(db * roll(x, -1, -2) * arrays.constant(last, kind), -1)
    below = reduce_sum(db * roll(x, 1, -2) * arrays.constant(first, kind), -1)
    return -arrays.stack([above, reduce_sum(db * x, -1), below], axis=-2), db


def tridiagonal_solve(diagonals: Any, rhs: Any, diagonals_format: str = "compact", transpose_rhs: bool = False, conjugate_rhs: bool = False,
                      name: str | None = None, partial_pivoting: bool = True) -> Tensor:  # fmt: skip
    """x with matrix @ x = rhs, for a matrix of three diagonals: (..., 3, n), or three of (..., n), or the matrix itself.

    >>> print(tf.linalg.tridiagonal_solve([[0.0, 0.0], [2.0, 4.0], [0.0, 0.0]], [2.0, 2.0]).eval())
    [1.  0.5]
    """
    from tfnb.ops.parts import conj

    with name_scope(name):
        compact = _compact(diagonals, diagonals_format)
        b = convert_to_tensor(rhs, compact.dtype.base_dtype)
        b = conj(b) if conjugate_rhs else b
        if (b.shape.ndims or 0) == (compact.shape.ndims or 0) - 1:
            return arrays.squeeze(tridiagonal_solve_op(compact, arrays.expand_dims(b, -1), partial_pivoting=partial_pivoting), [-1])
        if transpose_rhs:
            from tfnb.ops.linear import matrix_transpose

            b = matrix_transpose(b)
        return tridiagonal_solve_op(compact, b, partial_pivoting=partial_pivoting)  # type: ignore[no-any-return]


def tridiagonal_matmul(diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None) -> Tensor:
    """The product of a matrix of three diagonals with `rhs`, (..., n, k).

    >>> print(tf.linalg.tridiagonal_matmul([[1.0, 0.0], [2.0, 4.0], [0.0, 3.0]], [[1.0], [1.0]]).eval().ravel())
    [3. 7.]
    """
    from tfnb.ops.indexing import roll

    with name_scope(name):
        compact = _compact(diagonals, diagonals_format)
        x = convert_to_tensor(rhs, compact.dtype.base_dtype)
        n = x.shape.as_list()[-2]
        first, last = np.ones((n, 1)), np.ones((n, 1))
        first[0], last[-1] = 0, 0
        above, middle, below = (arrays.expand_dims(part, -1) for part in arrays.unstack(compact, num=3, axis=-2))
        kind = x.dtype.base_dtype
        upper, lower = (roll(x, by, -2) * arrays.constant(kept, kind) for by, kept in ((-1, last), (1, first)))
        return above * upper + middle * x + below * lower  # type: ignore[no-any-return]


def _compact(diagonals: Any, form: str) -> Tensor:
    """The three diagonals as (..., 3, n)."""
    from tfnb.ops.diagonals import matrix_diag_part
    from tfnb.ops.movement import pad

    if form == "compact":
        return convert_to_tensor(diagonals)
    if form == "sequence":
        above, middle, below = map(convert_to_tensor, diagonals)
        n = middle.shape.as_list()[-1]
        none = [[0, 0]] * ((middle.shape.ndims or 1) - 1)
        if above.shape.as_list()[-1] == n - 1:
            above = pad(above, [*none, [0, 1]])
        if below.shape.as_list()[-1] == n - 1:
            below = pad(below, [*none, [1, 0]])
        return arrays.stack([above, middle, below], axis=-2)
    if form == "matrix":
        a = convert_to_tensor(diagonals)
        none = [[0, 0]] * ((a.shape.ndims or 2) - 2)
        above = pad(matrix_diag_part(a[..., :-1, 1:]), [*none, [0, 1]])
        below = pad(matrix_diag_part(a[..., 1:, :-1]), [*none, [1, 0]])
        return arrays.stack([above, matrix_diag_part(a), below], axis=-2)
    raise ValueError(f"Unrecognized diagonals_format: {form}")
