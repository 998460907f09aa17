"""Convolution and pooling of any number of axes: gradients against differences, and against each other."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

SPACE = {1: (6,), 2: (5, 6), 3: (3, 4, 3)}


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_convolution(n: int, padding: str) -> None:
    check(lambda x, w: tf.nn.convolution(x, w, padding, strides=[2] * n), (2, *SPACE[n], 2), (*[2] * n, 2, 3))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_holes_are_zeros_in_a_larger_window(padding: str) -> None:
    random = np.random.default_rng(1)
    x, w = random.normal(size=(2, 9, 8, 2)), random.normal(size=(2, 3, 2, 4))
    wide = np.zeros((3, 7, 2, 4))
    wide[::2, ::3] = w
    with tf.Graph().as_default(), tf.Session() as sess:
        a, b = sess.run(
            [
                tf.nn.convolution(x, w, padding, dilation_rate=[2, 3]),
                tf.nn.conv2d(x, wide, [1, 1, 1, 1], padding),
            ]
        )
    np.testing.assert_allclose(a, b, atol=1e-9)


def test_transposed_are_the_gradients() -> None:
    random = np.random.default_rng(2)
    dy, w = random.normal(size=(2, 2, 3, 2, 3)), random.normal(size=(3, 3, 3, 5, 3))
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant(random.normal(size=(2, 4, 6, 4, 5)))
        y = tf.nn.conv3d(x, w, [1, 2, 2, 2, 1], "SAME")
        a, b = sess.run(
            [
                tf.gradients(y, x, tf.constant(dy))[0],
                tf.nn.conv3d_transpose(dy, w, [2, 4, 6, 4, 5], [1, 2, 2, 2, 1]),
            ]
        )
        x1 = tf.constant(random.normal(size=(2, 8, 8, 5)))
        v = w[0]
        y1 = tf.nn.atrous_conv2d(x1, v, 2, "SAME")
        d1 = random.normal(size=(2, 8, 8, 3))
        c, d = sess.run(
            [
                tf.gradients(y1, x1, tf.constant(d1))[0],
                tf.nn.atrous_conv2d_transpose(d1, v, [2, 8, 8, 5], 2, "SAME"),
            ]
        )
    np.testing.assert_allclose(a, b)
    np.testing.assert_allclose(c, d)


@pytest.mark.parametrize("kind", ["MAX", "AVG"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_pool(kind: str, n: int) -> None:
    check(lambda x: tf.nn.pool(x, [2] * n, kind, "SAME", strides=[2] * n), (2, *SPACE[n], 2))


def test_sequences() -> None:
    check(lambda x: tf.nn.max_pool1d(x, 3, 2, "SAME"), (2, 7, 2))
    check(lambda x: tf.nn.avg_pool1d(x, 3, 2, "VALID"), (2, 7, 2))
    check(lambda x, w: tf.nn.conv1d_transpose(x, w, [2, 8, 5], 2), (2, 4, 3), (3, 5, 3))


def test_others() -> None:
    check(lambda x: tf.nn.crelu(x), (3, 4))
    check(lambda x, w: tf.nn.erosion2d(x, w, [1, 1, 1, 1], [1, 1, 1, 1], "SAME"), (1, 5, 4, 2), (2, 3, 2))
    check(
        lambda x: tf.nn.normalize_moments(
            *tf.nn.sufficient_statistics(x, [0, 1], shift=tf.constant(0.5, tf.float64))
        ),
        (3, 4, 2),
    )


def test_places_of_maxima() -> None:
    check(lambda x: tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")[0], (2, 5, 4, 2))
    x = np.random.default_rng(4).normal(size=(1, 4, 6, 2)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        y, places = sess.run(tf.nn.max_pool_with_argmax(x, [1, 2, 3, 1], [1, 2, 3, 1], "VALID"))
    np.testing.assert_array_equal(x.ravel()[places], y)
