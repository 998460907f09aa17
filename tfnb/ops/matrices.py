"""What is composed of products and decompositions, and the gradients of the decompositions.

    cholesky_solve(chol, rhs)     two triangular solves
    expm(a)                       I + a + a a / 2 + ... by a Padé approximant

Gradients after M. Giles, "An extended collection of matrix derivative results" (2008), as in TensorFlow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import reduce
from tfnb.ops import special as functions
from tfnb.ops.decompositions import (
    cholesky,
    matrix_determinant,
    matrix_inverse,
    matrix_inverse_op,
    matrix_solve,
    matrix_solve_op,
    matrix_triangular_solve,
    matrix_triangular_solve_op,
    qr_op,
    self_adjoint_eig,
    self_adjoint_eig_op,
    slogdet_op,
    svd,
    svd_op,
)  # fmt: skip
from tfnb.ops.diagonals import (
    eye,
    matrix_band_part,
    matrix_diag,
    matrix_diag_part,
    matrix_set_diag,
)
from tfnb.ops.division import div_no_nan
from tfnb.ops.elementwise import (
    add_v2,
    cast,
    multiply,
    negative,
    realdiv,
    subtract,
    unbroadcast,
)
from tfnb.ops.linear import matmul, matrix_transpose
from tfnb.ops.powers import reciprocal, square

__all__ = ["adjoint", "cholesky_solve", "expm", "logdet", "matrix_solve_ls", "matvec", "pinv"]


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The last two axes exchanged, complex numbers conjugated.

    >>> print(tf.linalg.adjoint([[1 + 1j, 2 + 0j], [3 + 0j, 4 - 1j]]).eval())
    [[1.-1.j 3.-0.j]
     [2.-0.j 4.+1.j]]
    """
    with name_scope(name, "adjoint", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        return matrix_transpose(matrix, conjugate=matrix.dtype.is_complex)


def _last(x: Tensor, axis: int) -> Tensor:
    from tfnb.ops import arrays

    return arrays.expand_dims(x, axis)


# -- gradients -----------------------------------------------------------------------------------------------
@matrix_inverse_op.gradient
def matrix_inverse_gradient(node: Operation, dy: Tensor) -> Tensor:
    # d inv(a) = -inv(a) da inv(a); that of the adjoint is not turned back, as in TensorFlow 1.15
    y = node.outputs[0]
    return negative(matmul(y, matmul(dy, y, adjoint_b=True), adjoint_a=True))


@matrix_determinant.gradient
def matrix_determinant_gradient(node: Operation, dy: Tensor) -> Tensor:
    # d det(a) = det(a) tr(inv(a) da)
    inverse = matrix_inverse(node.inputs[0], adjoint=True)
    scale = multiply(dy, node.outputs[0])
    return multiply(_last(_last(scale, -1), -1), inverse)


@slogdet_op.gradient
def slogdet_gradient(node: Operation, _: Tensor, dy: Tensor) -> Tensor:
    inverse = matrix_inverse(node.inputs[0], adjoint=True)
    return multiply(_last(_last(dy, -1), -1), inverse)


@cholesky.gradient
def cholesky_gradient(node: Operation, dy: Tensor) -> Tensor:
    low = node.outputs[0]
    inverse = matrix_inverse(low)
    middle = matmul(low, dy, adjoint_a=True)
    middle = matrix_set_diag(middle, multiply(matrix_diag_part(middle), 0.5))
    middle = matrix_band_part(middle, -1, 0)
    da = matmul(matmul(inverse, middle, adjoint_a=True), inverse)
    return multiply(add_v2(da, adjoint(da)), 0.5)


@matrix_solve_op.gradient
def matrix_solve_gradient(node: Operation, dy: Tensor) -> Any:
    a, x, turned = node.inputs[0], node.outputs[0], node.attrs["adjoint"]
    db = matrix_solve(a, dy, adjoint=not turned)
    da = matmul(x, db, adjoint_b=True) if turned else matmul(db, x, adjoint_b=True)
    return negative(da), db


@matrix_triangular_solve_op.gradient
def matrix_triangular_solve_gradient(node: Operation, dy: Tensor) -> Any:
    a, b = node.inputs
    x, turned, lower = node.outputs[0], node.attrs["adjoint"], node.attrs["lower"]
    db = matrix_triangular_solve(a, dy, lower=lower, adjoint=not turned)
    da = negative(matmul(x, db, adjoint_b=True) if turned else matmul(db, x, adjoint_b=True))
    da = matrix_band_part(da, -1, 0) if lower else matrix_band_part(da, 0, -1)
    return unbroadcast(da, a), unbroadcast(db, b)


@qr_op.gradient
def qr_gradient(node: Operation, dq: Tensor, dr: Tensor) -> Tensor:
    q, r = node.outputs

    def over_r(x: Tensor) -> Tensor:
        return adjoint(matrix_triangular_solve(r, adjoint(x), lower=False))

    qdq, rdr = matmul(q, dq, adjoint_a=True), matmul(r, dr, adjoint_b=True)
    skew = add_v2(subtract(qdq, adjoint(qdq)), subtract(rdr, adjoint(rdr)))
    inside = matmul(q, add_v2(dr, over_r(matrix_band_part(skew, -1, 0))))
    return add_v2(inside, over_r(subtract(dq, matmul(q, qdq))))


@svd_op.gradient
def svd_gradient(node: Operation, ds: Tensor, du: Tensor, dv: Tensor) -> Tensor:
    if not node.attrs["compute_uv"]:
        _, u, v = svd(node.inputs[0])
        return matmul(u, matmul(matrix_diag(ds), v, adjoint_b=True))
    s, u, v = node.outputs
    # f[i, j] = 1 / (s[j]^2 - s[i]^2), 0 on the diagonal
    squares = square(s)
    gaps = subtract(_last(squares, -2), _last(squares, -1))
    f = div_no_nan(multiply(gaps, 0.0) + 1.0, gaps)
    wide, inverse = matrix_diag(s), matrix_diag(reciprocal(s))
    udu, vdv = matmul(u, du, adjoint_a=True), matmul(v, dv, adjoint_a=True)
    turn_u = matmul(multiply(f, subtract(udu, adjoint(udu))), wide)
    turn_v = matmul(wide, multiply(f, subtract(vdv, adjoint(vdv))))
    inside = add_v2(add_v2(turn_u, turn_v), matrix_diag(ds))
    da = matmul(u, matmul(inside, v, adjoint_b=True))
    # what du and dv have outside the spaces that u and v span
    out_u = matmul(subtract(du, matmul(u, udu)), inverse)
    out_v = matmul(subtract(dv, matmul(v, vdv)), inverse)
    return add_v2(da, add_v2(matmul(out_u, v, adjoint_b=True), matmul(u, out_v, adjoint_b=True)))


@self_adjoint_eig_op.gradient
def self_adjoint_eig_gradient(node: Operation, de: Tensor, dv: Tensor) -> Tensor:
    if node.attrs["compute_v"]:
        e, v = node.outputs
        gaps = subtract(_last(e, -2), _last(e, -1))
        f = div_no_nan(multiply(gaps, 0.0) + 1.0, gaps)
        inside = add_v2(matrix_diag(de), multiply(f, matmul(v, dv, adjoint_a=True)))
    else:
        _, v = self_adjoint_eig(node.inputs[0])
        inside = matrix_diag(de)
    da = matmul(v, matmul(inside, v, adjoint_b=True))
    # only the lower triangle is read, so it gets the gradient of both
    da = matrix_band_part(add_v2(da, adjoint(da)), -1, 0)
    return matrix_set_diag(da, multiply(matrix_diag_part(da), 0.5))


# -- composed ------------------------------------------------------------------------------------------------
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """x with a @ x = rhs, where `chol` is the Cholesky factor of a.

    >>> print(tf.cholesky_solve(tf.cholesky([[4.0, 0.0], [0.0, 9.0]]), [[8.0], [9.0]]).eval())
    [[2.]
     [1.]]
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        y = matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return matrix_triangular_solve(chol, y, adjoint=True, lower=True)


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """Logarithm of the determinant of symmetric positive definite matrices.

    >>> print(tf.linalg.logdet([[2.0, 0.0], [0.0, 3.0]]).eval())
    1.7917595
    """
    with name_scope(name, "logdet", [matrix]):
        diagonal = matrix_diag_part(cholesky(matrix))
        return multiply(2.0, reduce.reduce_sum(functions.log(diagonal), axis=[-1]), name="mul")


def matrix_solve_ls(
    matrix: Any, rhs: Any, l2_regularizer: Any = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """x that makes |matrix @ x - rhs|^2 + l2_regularizer |x|^2 least, by the normal equations.

    >>> print(tf.linalg.lstsq([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [[1.0], [3.0], [5.0]]).eval())
    [[1.]
     [2.]]
    """
    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        a = convert_to_tensor(matrix, name="matrix")
        b = convert_to_tensor(rhs, a.dtype.base_dtype, name="rhs")
        m, n = a.shape.as_list()[-2:]
        tall = m is None or n is None or m >= n
        gram = matmul(a, a, adjoint_a=tall, adjoint_b=not tall)
        if isinstance(l2_regularizer, Tensor) or l2_regularizer != 0:
            gram = add_v2(gram, multiply(eye(n if tall else m, dtype=a.dtype.base_dtype), l2_regularizer))
        factor = cholesky(gram)
        if tall:
            return cholesky_solve(factor, matmul(a, b, adjoint_a=True))
        return matmul(a, cholesky_solve(factor, b), adjoint_a=True)


PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0,
    1.0,
)  # fmt: skip
SQUARINGS = 4


def expm(input: Any, name: str | None = None) -> Tensor:
    """e to the power of a matrix: Padé's approximant of a / 16, squared four times (Higham 2005).

    >>> print(tf.linalg.expm([[0.0, 0.0], [0.0, 1.0]]).eval())
    [[1.     0.    ]
     [0.     2.7183]]
    """
    from tfnb.ops import arrays

    with name_scope(name, "matrix_exponential", [input]):
        a = convert_to_tensor(input, name="input")
        n = a.shape.as_list()[-1]
        scaled = realdiv(arrays.reshape(a, [-1, n, n]), 2.0**SQUARINGS)
        square_of = matmul(scaled, scaled)
        powers = [eye(n, dtype=a.dtype.base_dtype), square_of]
        while len(powers) < 7:
            powers.append(matmul(powers[-1], square_of) if len(powers) > 2 else matmul(square_of, square_of))
        weights = [c / PADE[0] for c in PADE]
        even = _weighted(powers, weights[0::2])
        odd = matmul(scaled, _weighted(powers, weights[1::2]))
        result = matrix_solve(subtract(even, odd), add_v2(even, odd))
        for _ in range(SQUARINGS):
            result = matmul(result, result)
        return arrays.reshape(result, arrays.shape(a))


def _weighted(powers: list[Tensor], weights: list[float]) -> Tensor:
    total = multiply(powers[0], weights[0])
    for x, w in zip(powers[1:], weights[1:], strict=True):
        total = add_v2(total, multiply(x, w))
    return total


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Matrix times vector, for each pair of two stacks.

    >>> print(tf.linalg.matvec([[1, 2], [3, 4]], [1, 1]).eval())
    [3 7]
    """
    from tfnb.ops import arrays

    with name_scope(name, "MatVec", [a, b]):
        column = arrays.expand_dims(b, axis=-1)
        return arrays.squeeze(matmul(a, column, transpose_a=transpose_a, adjoint_a=adjoint_a), axis=-1)


def pinv(a: Any, rcond: float | None = None, name: str | None = None) -> Tensor:
    """The pseudo-inverse: singular values turned over, those near 0 left at 0.

    >>> print(tf.linalg.pinv([[2.0, 0.0], [0.0, 4.0]]).eval())
    [[0.5  0.  ]
     [0.   0.25]]
    """
    with name_scope(name, "pinv", [a]):
        a = convert_to_tensor(a, name="a")
        s, u, v = svd(a)
        sizes = [n or 1 for n in a.shape.as_list()[-2:]]
        cut = (10.0 * max(sizes) * float(np.finfo(a.dtype.np).eps)) if rcond is None else rcond
        least = reduce.reduce_max(s, axis=-1, keepdims=True) * cut
        turned = div_no_nan(cast(s > least, a.dtype.base_dtype), s)
        return matmul(v, matmul(matrix_diag(turned), u, adjoint_b=True))
