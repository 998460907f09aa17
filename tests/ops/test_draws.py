"""The quick draws on NumPy are philox.py's, number for number, and TensorFlow's; without a seed they follow from the block."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.ops import draws, philox

SEEDS = (87654321, 3 << 32 | 5)
MANY = 2 * draws.PIECE * 4 + 4001  # more than one piece, on several cores where there are some


@pytest.mark.parametrize("n", [0, 1, 7, MANY])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_same_numbers(n, dtype):
    block, kind = 2**64 - 9, np.dtype(dtype)
    w = philox.blocks(np, np.uint64(block), n, SEEDS, kind)
    np.testing.assert_array_equal(draws.uniform(block, n, SEEDS, kind), philox.uniform(np, w, kind).reshape(-1)[:n])
    np.testing.assert_array_equal(draws.normal(block, n, SEEDS, kind), philox.normal(np, w, kind).reshape(-1)[:n])
    n = min(n, 9001)  # the slow way draws six times as many
    np.testing.assert_array_equal(draws.truncated(block, n, SEEDS, kind), philox.truncated(np, np.uint64(block), n, SEEDS, kind))
    np.testing.assert_array_equal(draws.words(block, n, SEEDS), philox.first_words(np, np.uint64(block), n, *SEEDS))


def test_a_piece_s_room_may_be_used_again():
    counters = np.arange(5, dtype=np.uint64) << np.uint64(31)
    room = np.full((3, 2, 9), 77, np.uint64)
    want = philox.cipher(np, counters, *SEEDS)
    for _ in range(2):
        np.testing.assert_array_equal(draws.encrypt(counters, SEEDS, room), want)


@pytest.mark.parametrize("draw", [draws.uniform, draws.normal, draws.truncated])
def test_without_a_seed_numbers_follow_from_the_block(draw):
    a, b, c = (draw(block, 5000, (0, 0), np.dtype(np.float32)) for block in (3, 3, 4))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c) and a.dtype == np.float32
    assert draw is not draws.truncated or np.abs(a).max() < 2
    assert draw is not draws.uniform or 0 <= a.min() and a.max() < 1


@pytest.mark.parametrize("make", [lambda: tf.random_normal([4]), lambda: tf.random_uniform([4]), lambda: tf.random_uniform([4], 0, 99, tf.int32)])
def test_stepping_back_draws_the_same_again(make):
    with tf.Graph().as_default(), tf.Session() as sess:
        stepper = sess.step(make())
        stepper.last()
        first = stepper.results
        stepper.first(), stepper.last()
        np.testing.assert_array_equal(first, stepper.results)


def test_a_second_draw_of_a_distribution_is_tensorflow_s():
    """Recorded from TensorFlow 1.15.5."""
    with tf.Graph().as_default(), tf.Session() as sess:
        np.testing.assert_allclose(sess.run(tf.distributions.Beta(2.0, 3.0).sample(4, seed=3)), [0.50873995, 0.5168645, 0.80099565, 0.3057335], rtol=1e-5)
    with tf.Graph().as_default(), tf.Session() as sess:
        got = sess.run(tf.distributions.StudentT(3.0, 0.0, 2.0).sample(4, seed=3))
        np.testing.assert_allclose(got, [2.6646247, -3.3912292, 0.13054632, 0.59962237], rtol=1e-5)
