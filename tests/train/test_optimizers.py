"""Each optimizer goes downhill, on both backends to the same numbers; numbers of TensorFlow 1.15.5 where given."""

import numpy as np
import pytest

import tfnb as tf

OPTIMIZERS = {
    "sgd": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda: tf.train.AdamOptimizer(0.1),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.1),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(1.0),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_goes_downhill_on_both_backends(name):
    with tf.Graph().as_default():
        v = tf.Variable([0.0, 1.0])
        loss = tf.reduce_sum(tf.square(v - 3.0))
        train = OPTIMIZERS[name]().minimize(loss)
        init = tf.global_variables_initializer()
        curves = []
        for device in ("cpu:numpy", "cpu:jax"):
            with tf.Session(device=device) as sess:
                sess.run(init)
                curve = []
                for _ in range(6):
                    sess.run(train)
                    curve.append(sess.run(loss))
                curves.append(curve)
    assert curves[0][-1] < curves[0][0]
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-5)


def test_numbers_of_the_lecture():
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(0.0)
        loss = (v - 3.0) ** 2
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        seen = []
        for _ in range(3):
            seen.append(sess.run(loss))
            sess.run(train)
    np.testing.assert_allclose(seen, [9.0, 5.76, 3.6864], rtol=1e-6)


def test_names_of_the_nodes():
    with tf.Graph().as_default() as g:
        v = tf.Variable(0.0, name="v")
        tf.train.GradientDescentOptimizer(0.1).minimize(v * v)
        names = [op.name for op in g.get_operations()]
    assert names[-3:] == ["GradientDescent/learning_rate", "GradientDescent/update_v/ApplyGradientDescent", "GradientDescent"]


def test_nothing_to_optimize():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="No variables to optimize."):
            tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))
        tf.Variable(0.0)
        with pytest.raises(ValueError, match="No gradients provided for any variable, check your graph"):
            tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))
