"""Gradients of depthwise convolutions by name are those that tf.gradients finds."""

import numpy as np

import tfnb as tf


def test_gradients_by_name():
    rs = np.random.RandomState(0)
    x, w = (tf.constant(rs.randn(*s).astype("f")) for s in ((1, 5, 5, 2), (3, 3, 2, 2)))
    y = tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME")
    dy = tf.constant(rs.randn(1, 5, 5, 4).astype("f"))
    dx, dw = tf.gradients(y, [x, w], dy)
    named = [tf.nn.depthwise_conv2d_native_backprop_input([1, 5, 5, 2], w, dy, [1, 1, 1, 1], "SAME"),
             tf.nn.depthwise_conv2d_native_backprop_filter(x, [3, 3, 2, 2], dy, [1, 1, 1, 1], "SAME")]
    with tf.Session() as sess:
        for a, b in zip(*sess.run([[dx, dw], named]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)


def test_pairs_and_windows():
    pairs, labels = tf.keras.preprocessing.sequence.skipgrams([1, 2, 3], 4, window_size=1, negative_samples=1.0, seed=1)
    assert sorted(p for p, k in zip(pairs, labels, strict=True) if k) == [[1, 2], [2, 1], [2, 3], [3, 2]] and labels.count(0) == 4
    assert tf.keras.preprocessing.text.hashing_trick("a b a", 10, "md5")[0] == tf.keras.preprocessing.text.hashing_trick("a b a", 10, "md5")[2]
