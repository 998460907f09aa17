"""Fourier transforms against NumPy's, their gradients against differences; elements chosen and replaced."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check, differences


def run(fetch):
    return tf.Session(graph=tf.get_default_graph()).run(fetch)


@pytest.mark.parametrize("name", ["fft", "ifft", "fft2d", "ifft2d", "fft3d", "ifft3d"])
def test_complex(name: str) -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 5))
    with tf.Graph().as_default():
        found = run(getattr(tf, name)(tf.constant(x + 2j * x)))
    n = int(name[-2]) if name[-1] == "d" else 1
    want = (np.fft.ifftn if name[0] == "i" else np.fft.fftn)(x + 2j * x, axes=range(-n, 0))
    np.testing.assert_allclose(found, want)
    check(lambda x: tf.real(getattr(tf, name)(tf.complex(x, 2 * x))), (2, 3, 4))


@pytest.mark.parametrize("length", [5, 6, 8])
def test_real(length: int) -> None:
    x = np.random.default_rng(2).normal(size=(2, 6)).astype(np.float32)
    with tf.Graph().as_default():
        waves, back = run([tf.signal.rfft(x, [length]), tf.signal.irfft(tf.signal.rfft(x))])
    np.testing.assert_allclose(waves, np.fft.rfft(x, length), atol=1e-5)
    np.testing.assert_allclose(back, x, atol=1e-6)


@pytest.mark.parametrize(
    "build",
    [
        lambda x: tf.abs(tf.signal.rfft(x)),
        lambda x: tf.abs(tf.signal.rfft(x, [8])),
        lambda x: tf.signal.irfft(tf.complex(x, 2 * x)),
        lambda x: tf.signal.irfft(tf.complex(x, 2 * x), [11]),
        lambda x: tf.abs(tf.signal.rfft2d(x)),
        lambda x: tf.abs(tf.signal.stft(x, 4, 2)),
    ],
)
def test_gradients_of_real_ones(build) -> None:
    value = np.random.default_rng(3).normal(size=(2, 6)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2, 6])
        total = tf.reduce_sum(tf.square(build(x)))
        dx = sess.run(tf.gradients(total, x)[0], {x: value})
        want = differences(lambda v: sess.run(total, {x: v}), value.astype(np.float64), 1e-2)
    np.testing.assert_allclose(dx, want, rtol=2e-2, atol=2e-2)


def test_frames_laid_over_each_other() -> None:
    x = np.arange(12.0)
    with tf.Graph().as_default():
        frames = tf.signal.frame(x, 4, 4)
        assert run(frames).tolist() == x.reshape(3, 4).tolist()
        assert run(tf.signal.overlap_and_add(frames, 4)).tolist() == x.tolist()
        np.testing.assert_allclose(
            run(tf.signal.idct(tf.signal.dct(x, norm="ortho"), norm="ortho")), x, atol=1e-9
        )


def test_choosing_with_broadcasting() -> None:
    check(lambda x, y: tf.where_v2(x > 0, x, y), (3, 4), (4,))
    check(lambda x: tf.ensure_shape(x, [3, None]), (3, 4), unknown=True)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, None)
        y = tf.ensure_shape(x, [2, None])
        assert str(y.shape) == "(2, ?)"
        with pytest.raises(tf.errors.InvalidArgumentError, match="not compatible with expected shape"):
            sess.run(y, {x: [1.0]})


def test_replaced_and_repeated() -> None:
    check(lambda x, u: tf.tensor_scatter_update(x, [[2], [0]], u), (3, 2), (2, 2))
    check(lambda x, u: tf.tensor_scatter_add(x, [[1], [1]], u), (3, 2), (2, 2))
    check(lambda x, u: tf.tensor_scatter_sub(x, [[1], [1]], u), (3, 2), (2, 2))
    x = np.arange(6).reshape(2, 3)
    with tf.Graph().as_default():
        for times, axis in ((2, None), (3, 1), ([2, 0], 0)):
            np.testing.assert_array_equal(run(tf.repeat(x, times, axis)), np.repeat(x, times, axis))
