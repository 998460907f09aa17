"""Random numbers: TensorFlow's own streams, seeds, and what a session keeps."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf


def draw(make, runs: int = 1, sessions: int = 1) -> list:
    with tf.Graph().as_default():
        value = make()
        out = []
        for _ in range(sessions):
            with tf.Session() as sess:
                out += [sess.run(value) for _ in range(runs)]
        return out


MAKERS = {
    "normal": lambda seed: tf.random_normal([7], seed=seed),
    "uniform": lambda seed: tf.random_uniform([7], seed=seed),
    "truncated": lambda seed: tf.truncated_normal([7], seed=seed),
    "integers": lambda seed: tf.random_uniform([7], 0, 1000, tf.int64, seed=seed),
    "shuffle": lambda seed: tf.random_shuffle(tf.range(50), seed=seed),
    "multinomial": lambda seed: tf.multinomial([[0.0, 1.0, 2.0]], 20, seed=seed),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_repeats_itself_in_a_new_session_only(name: str) -> None:
    first, second, again, _ = draw(lambda: MAKERS[name](3), runs=2, sessions=2)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", MAKERS)
def test_without_a_seed_sessions_differ(name: str) -> None:
    first, other = draw(lambda: MAKERS[name](None), sessions=2)
    assert not np.array_equal(first, other)


def test_streams_are_tensorflows() -> None:
    """Recorded from TensorFlow 1.15.5: two runs of random_shuffle(range(9), seed=3)."""
    first, second = draw(lambda: tf.random_shuffle(tf.range(9), seed=3), runs=2)
    assert first.tolist() == [2, 8, 7, 5, 6, 3, 1, 0, 4]
    assert second.tolist() == [7, 6, 2, 5, 8, 4, 0, 1, 3]


def test_graph_seed_counts_operations() -> None:
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(7)
        tf.random_normal([2, 3])
        tf.random_uniform([2, 3], 1, 5, tf.int32)
        ops = [op for op in graph.get_operations() if "seed" in op.attrs]
    assert [(op.attrs["seed"], op.attrs["seed2"]) for op in ops] == [(7, 3), (7, 9)]


def test_names() -> None:
    with tf.Graph().as_default() as graph:
        tf.random_normal([2])
        names = [op.name for op in graph.get_operations()]
    assert names == [
        f"random_normal{s}" for s in ("/shape", "/mean", "/stddev", "/RandomStandardNormal", "/mul", "")
    ]


def test_bounds() -> None:
    (z,) = draw(lambda: tf.truncated_normal([5000], seed=1))
    assert np.abs(z).max() < 2 and abs(z.mean()) < 0.05
    (k,) = draw(lambda: tf.random_uniform([5000], 2, 6, tf.int32, seed=1))
    assert (k.min(), k.max()) == (2, 5)


def test_whole_numbers_need_a_bound() -> None:
    with pytest.raises(ValueError, match="Must specify maxval for integer dtype tf.int32"):
        tf.random_uniform([2], dtype=tf.int32)


def test_crop() -> None:
    (cut,) = draw(lambda: tf.random_crop(tf.reshape(tf.range(20), [4, 5]), [2, 3], seed=1))
    assert cut.shape == (2, 3) and (np.diff(cut) == 1).all() and (cut[1] - cut[0] == 5).all()
