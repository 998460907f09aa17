"""SciPy's minimizers over a graph's variables: free, within bounds, under constraints."""

import numpy as np
import pytest

import tfnb as tf

pytest.importorskip("scipy")


def minimum(**more):
    """Where (v - [1, 2])^2 is least, from [7, -3]."""
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable([7.0, -3.0], name="v")
        loss, seen = tf.reduce_sum(tf.square(v - [1.0, 2.0])), []
        optimizer = tf.contrib.opt.ScipyOptimizerInterface(loss, **{k: f(v) for k, f in more.items()})
        sess.run(tf.global_variables_initializer())
        optimizer.minimize(sess, fetches=[loss], loss_callback=seen.append)
        return sess.run(v), seen


def test_free():
    found, seen = minimum(options=lambda v: {"maxiter": 50})
    np.testing.assert_allclose(found, [1, 2], atol=1e-4)
    assert seen[0] == 61.0 and seen[-1] < 1e-6


def test_within_bounds():
    np.testing.assert_allclose(minimum(var_to_bounds=lambda v: {v: ([2.0, -1.0], [5.0, 1.0])})[0], [2, 1], atol=1e-4)


def test_under_constraints():
    np.testing.assert_allclose(minimum(equalities=lambda v: [v[0] - v[1]])[0], [1.5, 1.5], atol=1e-3)
    np.testing.assert_allclose(minimum(inequalities=lambda v: [v[0] - 3.0])[0], [3, 2], atol=1e-3)
