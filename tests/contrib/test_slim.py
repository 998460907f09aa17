"""slim's layers, scopes and training, with names as TensorFlow 1.15.5 gives them."""

import numpy as np
import pytest

import tfnb as tf

slim = tf.contrib.slim


def names(variables):
    return [v.op.name for v in variables]


def test_arg_scope_gives_defaults_and_calls_overrule_them():
    with tf.Graph().as_default():
        x = tf.zeros([2, 8, 8, 3])
        with slim.arg_scope([slim.conv2d], kernel_size=[3, 3], stride=2) as scope:
            assert slim.conv2d(x, 4).shape.as_list() == [2, 4, 4, 4]
            assert slim.conv2d(x, 4, stride=1).shape.as_list() == [2, 8, 8, 4]
        with slim.arg_scope(scope):
            assert slim.conv2d(x, 5).shape.as_list() == [2, 4, 4, 5]


def test_arg_scope_refuses_a_plain_function():
    with pytest.raises(ValueError, match="is not decorated with @add_arg_scope"), slim.arg_scope([len], n=1):
        pass


def test_the_variables_of_a_normalized_network():
    with tf.Graph().as_default():
        n = slim.conv2d(tf.zeros([2, 8, 8, 3]), 4, [3, 3], normalizer_fn=slim.batch_norm, scope="c1")
        n = slim.conv2d_transpose(n, 5, [3, 3], stride=2)
        n = slim.repeat(n, 2, slim.conv2d, 6, [3, 3], scope="r")
        n = slim.fully_connected(slim.flatten(n, scope="f"), 7)
        assert names(slim.get_model_variables()) == [
            "c1/weights", "c1/BatchNorm/beta", "c1/BatchNorm/moving_mean", "c1/BatchNorm/moving_variance", "Conv2d_transpose/weights",
            "Conv2d_transpose/biases", "r/r_1/weights", "r/r_1/biases", "r/r_2/weights", "r/r_2/biases", "fully_connected/weights",
            "fully_connected/biases",
        ]  # fmt: skip
        assert n.shape.as_list() == [2, 7]


def test_batch_norm_follows_a_placeholder():
    with tf.Graph().as_default(), tf.Session() as sess:
        training = tf.placeholder(tf.bool, [])
        x = np.array([[1.0], [3.0]], np.float32)
        y = slim.batch_norm(tf.constant(x), is_training=training, decay=0.5, updates_collections=None)
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(y, {training: False}), x / np.sqrt(1.001), rtol=1e-6)
        np.testing.assert_allclose(sess.run(y, {training: True}), [[-0.9995], [0.9995]], atol=1e-4)
        (mean,) = tf.contrib.framework.get_variables_by_name("moving_mean")
        assert sess.run(mean) == [1.0]


def test_a_training_with_slim_ends_where_asked_and_lowers_the_loss(tmp_path):
    with tf.Graph().as_default():
        x = np.random.RandomState(0).randn(64, 3).astype(np.float32)
        y = slim.fully_connected(tf.constant(x), 1, activation_fn=None, biases_initializer=None)
        slim.losses.mean_squared_error(y, tf.constant(x @ np.float32([[1.0], [2.0], [3.0]])))
        train_op = slim.learning.create_train_op(slim.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.1))
        assert train_op.name == "train_op/control_dependency:0"
        assert slim.learning.train(train_op, str(tmp_path), number_of_steps=60) < 1e-2
        assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-60")


def test_optimize_loss_by_name():
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.get_variable("w", [], initializer=tf.constant_initializer(3.0))
        step = tf.train.get_or_create_global_step()
        train = tf.contrib.layers.optimize_loss(w * w, step, 0.1, "SGD", clip_gradients=1.0)
        sess.run(tf.global_variables_initializer())
        assert sess.run(train) == 9.0
        assert sess.run([w, step]) == [pytest.approx(2.9), 1]
        with pytest.raises(ValueError, match="Optimizer name should be one of"):
            tf.contrib.layers.optimize_loss(w * w, step, 0.1, "Best")


def test_variables_to_restore():
    with tf.Graph().as_default():
        slim.fully_connected(tf.zeros([1, 2]), 2, scope="a")
        slim.fully_connected(tf.zeros([1, 2]), 2, scope="b")
        assert names(slim.get_variables_to_restore(exclude=["b"])) == ["a/weights", "a/biases"]
        assert names(tf.contrib.framework.get_variables(suffix="weights")) == ["a/weights", "b/weights"]
