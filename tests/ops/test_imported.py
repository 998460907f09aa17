"""Ops that only TensorFlow's graphs hold, against the ops that say the same here."""

import numpy as np

import tfnb as tf
from tfnb.ops import imported


def test_the_same_as_other_ops():
    x, dy = np.array([[0.5, -2.0], [3.0, 1.0]], np.float32), np.ones((2, 2), np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        t = tf.constant(x)
        pairs = [
            (imported.softplus_grad(dy, t), tf.gradients(tf.nn.softplus(t), t)[0]), (imported.ones_like_op(t), tf.ones_like(t)),
            (imported.inverse(t), tf.reciprocal(t)), (imported.inverse_grad(1 / t, dy), tf.gradients(tf.reciprocal(t), t)[0]),
            (imported.batch_matmul_v1(t[None], t[None], adj_y=True), tf.matmul(t[None], t[None], adjoint_b=True)),
            (tf.gradients(imported.inverse(t), t)[0], tf.gradients(tf.reciprocal(t), t)[0]),
        ]  # fmt: skip
        for got, wanted in sess.run(pairs):
            np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_where_joined_arrays_begin():
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(imported.concat_offset(1, [2, 3], [2, 4], [2, 1], N=3))
    assert [f.tolist() for f in found] == [[0, 0], [0, 3], [0, 7]]
