"""Gradients of gradients, and of the ops whose gradient is rarely asked for."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check


@pytest.mark.parametrize("mode", ["REFLECT", "SYMMETRIC"])
def test_mirrored_borders(mode: str) -> None:
    check(lambda x: tf.pad(x, [[1, 0], [2, 3]], mode), (3, 5))
    check(lambda x: tf.gradients(tf.square(tf.pad(x, [[1, 0], [2, 3]], mode)), x)[0], (3, 5))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("strides", "rates"), [(1, 1), (2, 1), (1, 2)])
def test_dilation(padding: str, strides: int, rates: int) -> None:
    steps = ([1, strides, strides, 1], [1, rates, rates, 1])
    check(lambda x, w: tf.nn.dilation2d(x, w, *steps, padding), (2, 6, 5, 2), (2, 3, 2))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_batch_norm_twice(training: bool, layout: str) -> None:
    """float32 only, so against the same function made of small ops."""
    random = np.random.default_rng(5)
    x, dy = (random.normal(size=(2, 2, 3, 4)).astype(np.float32) for _ in range(2))
    channels = 4 if layout == "NHWC" else 2
    scale, offset, mean = (random.normal(size=channels).astype(np.float32) for _ in range(3))
    variance = np.exp(mean)
    axes, wide = ([0, 1, 2], [-1]) if layout == "NHWC" else ([0, 2, 3], [1, -1, 1, 1])
    with tf.Graph().as_default(), tf.Session() as sess:
        t, s = tf.constant(x), tf.constant(scale)
        given = {} if training else {"mean": mean, "variance": variance}
        fused = tf.nn.fused_batch_norm(
            t, s, offset, is_training=training, data_format=layout, epsilon=0.1, **given
        )[0]
        m = tf.reduce_mean(t, axes) if training else tf.constant(mean)
        v = (
            tf.reduce_mean(tf.square(t - tf.reshape(m, wide)), axes) if training else tf.constant(variance)
        )  # moments stops gradients
        plain = (t - tf.reshape(m, wide)) * tf.rsqrt(tf.reshape(v, wide) + 0.1) * tf.reshape(
            s, wide
        ) + tf.reshape(offset, wide)
        first = [tf.gradients(y, [t, s], tf.constant(dy)) for y in (fused, plain)]
        second = [tf.gradients([tf.sin(g) for g in pair], [t, s]) for pair in first]
        (a, b), (c, d) = sess.run(second)
    np.testing.assert_allclose(a, c, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(b, d, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "build",
    [
        lambda x: tf.gradients(tf.image.resize_bilinear(x, [3, 3]), x)[0],
        lambda x: tf.image.resize_area(x, [3, 3]),
        lambda x: tf.image.adjust_hue(x, 0.1),
    ],
)
def test_what_tensorflow_cannot_differentiate(build) -> None:
    with tf.Graph().as_default(), pytest.raises(LookupError, match="No gradient defined for operation"):
        x = tf.constant(np.ones((1, 4, 4, 3), np.float32))
        tf.gradients(build(x), x)
