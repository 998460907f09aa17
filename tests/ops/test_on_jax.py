"""Ops that run on the host, and those made of several, give the same on JAX's arrays as on NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf

pytestmark = pytest.mark.jax
X = np.random.default_rng(0).uniform(size=(2, 6, 5, 3)).astype(np.float32)


def ctc():
    return tf.nn.ctc_loss(tf.SparseTensor([[0, 0]], [1], [5, 1]), X[0], [6] * 5)


def table():
    return tf.contrib.lookup.index_table_from_tensor(["a", "b"]).lookup(tf.constant(["b", "c"]))


BUILDS = {
    "crop": lambda: tf.image.crop_and_resize(X, [[0.0, 0.0, 0.5, 0.5]], [0], [3, 3]),
    "ctc": ctc,
    "file": lambda: tf.image.decode_png(tf.image.encode_png(tf.cast(X[0] * 255, tf.uint8))),
    "gamma": lambda: tf.random_gamma([4], 2.0, seed=1),
    "gather": lambda: tf.gather(X, [[0, 1], [2, 1]], batch_dims=1),
    "likeness": lambda: tf.image.ssim(X, X * 0.9, 1.0, filter_size=3),
    "places": lambda: tf.nn.max_pool_with_argmax(X, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")[1],
    "poisson": lambda: tf.random_poisson(20.0, [4], seed=1),
    "sampled": lambda: tf.nn.sampled_softmax_loss(
        np.ones((9, 3), np.float32), np.ones(9, np.float32), np.array([[1], [2]]), X[:, 0, 0], 3, 9, seed=1
    ),
    "sparse": lambda: tf.sparse_tensor_dense_matmul(tf.SparseTensor([[0, 1], [1, 0]], [1.0, 2.0], [2, 6]), X[0, :, :, 0]),
    "stft": lambda: tf.abs(tf.signal.stft(X[0, 0, :, 0].repeat(8), 8, 4)),
    "stitch": lambda: tf.dynamic_stitch([[1], [0]], [X[:1], X[1:]]),
    "table": table,
    "words": lambda: tf.string_split(["a b", "c"]).values,
}


@pytest.mark.parametrize("name", BUILDS)
def test_same(name: str) -> None:
    found = []
    for device in ("cpu:numpy", "cpu:jax"):
        with tf.Graph().as_default():
            y = BUILDS[name]()
            with tf.Session(device=device) as sess:
                sess.run(tf.tables_initializer())
                found.append(np.asarray(sess.run(y)))
    a, b = found
    assert a.dtype == b.dtype and a.shape == b.shape
    if a.dtype.kind == "f":
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_array_equal(a, b)
