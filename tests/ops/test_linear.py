"""Linear algebra: gradients against differences, identities, names and messages of TensorFlow 1.15."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check


def spd(x):
    """A symmetric positive definite matrix made from any matrix."""
    return tf.matmul(x, x, transpose_b=True) + 2.0 * np.eye(3)


@pytest.mark.parametrize("ta", [False, True])
@pytest.mark.parametrize("tb", [False, True])
def test_products(ta: bool, tb: bool) -> None:
    check(lambda a, b: tf.matmul(a, b, ta, tb), (3, 2) if ta else (2, 3), (4, 3) if tb else (3, 4))
    check(
        lambda a, b: tf.matmul(a, b, adjoint_a=ta, adjoint_b=tb),
        (5, 3, 2) if ta else (5, 2, 3),
        (1, 4, 3) if tb else (1, 3, 4),
    )


@pytest.mark.parametrize(("f", "shapes"), [
    (lambda a, b: tf.tensordot(a, b, [[1, 2], [0, 1]]), ((2, 3, 4), (3, 4, 2))),
    (lambda a, b: tf.einsum("ij,jk->ik", a, b), ((2, 3), (3, 4))),
    (lambda a, b: tf.einsum("ijl,jk->k", a, b), ((2, 3, 2), (3, 4))),
    (lambda a, b: tf.einsum("bij,bjk->bki", a, b), ((2, 3, 2), (2, 2, 4))),
    (lambda a, b: tf.einsum("i,j->ij", a, b), ((3,), (4,))),
    (lambda a, b: tf.einsum("ab,ab,ab->a", a, b, b), ((2, 3), (2, 3))),
    (tf.norm, ((2, 3),)),
    (lambda x: tf.norm(x, 3, axis=1), ((2, 3),)),
    (tf.cross, ((2, 3), (2, 3))),
    (tf.matrix_diag, ((2, 3),)),
    (tf.matrix_diag_part, ((2, 3, 4),)),
    (tf.matrix_set_diag, ((2, 3, 4), (2, 3))),
    (lambda x: tf.matrix_band_part(x, 0, 1), ((2, 3, 3),)),
    (tf.trace, ((2, 3, 3),)),
    (tf.diag, ((3,),)),
    (tf.matrix_determinant, ((2, 3, 3),)),
    (lambda x: tf.matrix_inverse(spd(x)), ((3, 3),)),
    (lambda x, b: tf.matrix_solve(spd(x), b), ((3, 3), (3, 2))),
    (lambda x, b: tf.matrix_triangular_solve(spd(x), b), ((3, 3), (3, 2))),
    (lambda x: tf.cholesky(spd(x)), ((3, 3),)),
    (lambda x, b: tf.cholesky_solve(tf.cholesky(spd(x)), b), ((3, 3), (3, 2))),
    (lambda x: tf.svd(x, compute_uv=False), ((4, 3),)),
    (lambda x: list(tf.qr(x)), ((4, 3),)),
    (lambda x: tf.self_adjoint_eigvals(spd(x)), ((3, 3),)),
    (tf.linalg.expm, ((3, 3),)),
])  # fmt: skip
def test_gradient(f, shapes) -> None:
    check(f, *shapes)


def test_decompositions_give_the_matrix_back() -> None:
    a = np.random.default_rng(1).normal(size=(5, 4, 3))
    with tf.Graph().as_default(), tf.Session() as sess:
        s, u, v = tf.svd(a)
        q, r = tf.qr(a)
        from_svd, from_qr = sess.run(
            [tf.matmul(u, tf.matmul(tf.matrix_diag(s), v, adjoint_b=True)), tf.matmul(q, r)]
        )
    np.testing.assert_allclose(from_svd, a, atol=1e-12)
    np.testing.assert_allclose(from_qr, a, atol=1e-12)


@pytest.mark.parametrize(("a", "b", "message"), [
    ([2, 3], [2, 3],
     "Dimensions must be equal, but are 3 and 2 for 'MatMul' (op: 'MatMul') "
     "with input shapes: [2,3], [2,3]."),
    ([2, 3], [3],
     "Shape must be rank 2 but is rank 1 for 'MatMul' (op: 'MatMul') with input shapes: [2,3], [3]."),
    ([5, 2, 3], [5, 2, 3],
     "Dimensions must be equal, but are 3 and 2 for 'MatMul' (op: 'BatchMatMulV2') "
     "with input shapes: [5,2,3], [5,2,3]."),
])  # fmt: skip
def test_shapes_that_do_not_fit(a: list[int], b: list[int], message: str) -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError) as error:
        tf.matmul(tf.placeholder(tf.float32, a), tf.placeholder(tf.float32, b))
    assert str(error.value) == message


def test_no_inverse() -> None:
    with (
        tf.Graph().as_default(),
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="Input is not invertible."),
    ):
        sess.run(tf.matrix_inverse([[1.0, 2.0], [2.0, 4.0]]))


def test_names() -> None:
    with tf.Graph().as_default():
        a = tf.placeholder(tf.float32, [2, 3])
        made = [
            tf.matmul(a, a, transpose_b=True),
            a @ tf.transpose(a),
            tf.einsum("ij,kj->ik", a, a),
            tf.norm(a),
            tf.eye(3),
        ]
    assert [t.name for t in made] == [
        "MatMul:0",
        "matmul_1:0",
        "einsum/MatMul:0",
        "norm/Squeeze:0",
        "eye/diag:0",
    ]
