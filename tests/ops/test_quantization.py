"""Few bits: values against TensorFlow 1.15.5, gradients passed through inside the bounds."""

from __future__ import annotations

import numpy as np

import tfnb as tf

X = np.array([-7.0, -3.1, -0.4, 0.0, 0.3, 2.2, 4.9, 9.0], np.float32)
ARGS = [-2.857143, -2.857143, -0.5714285, 0.0, 0.5714288, 2.285715, 5.142857, 5.142857]
VARS = [-3.128572, -3.128572, 0.0, 0.0, 0.0, 2.085714, 4.171429, 4.171429]
GRADIENTS = [[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0], [1.0], [2.0]]


def test_values_and_gradients() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x, low, high = tf.constant(X), tf.constant(-3.3), tf.constant(4.0)
        args = tf.fake_quant_with_min_max_args(x, -3.0, 5.0, num_bits=4, narrow_range=True)
        y = tf.fake_quant_with_min_max_vars(x, low, high, num_bits=3)
        found, values, gradients = sess.run([args, y, tf.gradients(y, [x, low, high])])
    np.testing.assert_allclose(found, ARGS, rtol=1e-6)
    np.testing.assert_allclose(values, VARS, rtol=1e-6)
    assert [np.ravel(g).tolist() for g in gradients] == GRADIENTS
