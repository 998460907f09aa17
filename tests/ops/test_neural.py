"""Parts of neural networks: gradients against differences, values against formulas, shapes, messages."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

SMOOTH = ["softplus", "softsign", "elu", "selu", "softmax", "log_softmax", "swish", "l2_loss"]


@pytest.mark.parametrize("name", SMOOTH)
def test_gradient(name: str) -> None:
    check(lambda x: getattr(tf.nn, name)(x), (2, 3))


@pytest.mark.parametrize("name", ["relu", "relu6", "leaky_relu"])
def test_gradient_of_bends(name: str) -> None:
    check(lambda x: getattr(tf.nn, name)(x), (2, 3), low=0.5)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_gradient_of_windows(padding: str, stride: int) -> None:
    w = np.random.RandomState(0).randn(3, 2, 2, 3)
    step = [1, stride, stride, 1]
    check(lambda x: tf.nn.conv2d(x, w, step, padding), (1, 5, 4, 2))
    check(lambda x: tf.nn.depthwise_conv2d(x, w, step, padding), (1, 5, 4, 2))
    check(lambda x: tf.nn.max_pool(x, [1, 2, 2, 1], step, padding), (1, 5, 4, 2))
    check(lambda x: tf.nn.avg_pool(x, [1, 2, 2, 1], step, padding), (1, 5, 4, 2))


def run(value, feed=None):
    with tf.Session() as sess:
        return sess.run(value, feed)


def test_cross_entropies_agree() -> None:
    with tf.Graph().as_default():
        x = tf.constant([[1.0, 2.0, 3.0], [0.0, 0.0, 5.0]])
        dense = tf.nn.softmax_cross_entropy_with_logits_v2(labels=tf.one_hot([2, 0], 3), logits=x)
        sparse = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 0], logits=x)
        plain = -tf.log(tf.reduce_sum(tf.nn.softmax(x) * tf.one_hot([2, 0], 3), 1))
        a, b, c = run([dense, sparse, plain])
    np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(a, c, rtol=1e-5)


def test_cross_entropy_wants_names() -> None:
    with pytest.raises(
        ValueError, match="Only call `softmax_cross_entropy_with_logits` with named arguments"
    ):
        tf.nn.softmax_cross_entropy_with_logits(tf.ones([1, 2]), tf.ones([1, 2]))


def test_shape_errors_are_tensorflows() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 4, 4, 3])
        with pytest.raises(ValueError, match=r"Depth of input \(3\) is not a multiple of input depth of filter \(2\) for 'Conv2D'"):
            tf.nn.conv2d(x, tf.ones([2, 2, 2, 1]), [1, 1, 1, 1], "SAME")
        with pytest.raises(ValueError, match="Negative dimension size caused by subtracting 5 from 4"):
            tf.nn.conv2d(x, tf.ones([5, 5, 3, 1]), [1, 1, 1, 1], "VALID")


def test_dropout_scales_what_it_keeps() -> None:
    with tf.Graph().as_default():
        y = run(tf.nn.dropout(tf.ones([1000]), 0.25, seed=1))
    assert set(np.unique(y)) == {0.0, 4.0} and abs((y > 0).mean() - 0.25) < 0.05


def test_layers_name_their_variables() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 6, 6, 1])
        y = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu)
        y = tf.layers.dense(tf.layers.flatten(y), 10)
        tf.layers.dense(y, 2)
        names = [v.name for v in tf.trainable_variables()]
        assert y.shape.as_list() == [None, 10] and y.name == "dense/BiasAdd:0"
    assert names == [
        f"{n}:0"
        for n in (
            "conv2d/kernel",
            "conv2d/bias",
            "dense/kernel",
            "dense/bias",
            "dense_1/kernel",
            "dense_1/bias",
        )
    ]


def test_losses_are_collected() -> None:
    with tf.Graph().as_default():
        tf.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0])
        tf.losses.absolute_difference([1.0, 2.0], [1.0, 4.0], weights=[0.0, 3.0])
        assert run(tf.losses.get_total_loss()) == 2.0 + 6.0
