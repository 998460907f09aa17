"""`device="auto"`: the choice is made once for each plan, in the middle of training, and changes nothing but the speed."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine import auto

pytest.importorskip("jax")


def train(device, runs, monkeypatch=None, faster=None, seed=None):
    """Losses and paths of a training that runs `runs` steps."""
    if faster is not None:  # the clock's word, so that the test does not depend on it
        times = iter([1e-3, 1e-4] if faster == "XLA" else [1e-3, 1e-2])
        monkeypatch.setattr(auto, "_best", lambda step, values: next(times))
    rng = np.random.RandomState(0)
    with tf.Graph().as_default() as graph:
        if seed is not None:
            tf.set_random_seed(seed)
        x = tf.placeholder(tf.float32, [None, 4])
        w = tf.Variable(rng.rand(4, 3).astype("f"))
        loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w)) - 0.5))
        step = tf.train.AdamOptimizer(0.1).minimize(loss)
        batch = rng.rand(16, 4)
        with tf.Session(device=device, graph=graph) as sess:
            sess.run(tf.global_variables_initializer())
            found = [sess.run([loss, step], {x: batch})[0] for _ in range(runs)]
            return found, sess.run(w), sess.plan([loss, step], [x]).path


@pytest.mark.parametrize("faster", ["XLA", "NumPy"])
def test_training_goes_on_where_the_path_changes(monkeypatch, faster):
    want, w, path = train("cpu:numpy", 25)
    got, v, chosen = train("auto", 25, monkeypatch, faster)
    np.testing.assert_allclose(got, want, rtol=1e-5)
    np.testing.assert_allclose(v, w, rtol=1e-4)
    assert path.startswith("NumPy: ") and "timed" not in path and chosen.startswith(faster) and "timed here" in chosen


def test_before_its_time_a_plan_runs_on_numpy():
    assert "until run" in train("auto", 3)[2]


def test_a_seed_keeps_the_numbers(monkeypatch):
    a, b = train("cpu:numpy", 15, seed=1), train("auto", 15, seed=1)
    assert a[0] == b[0] and "a seed is set" in b[2]
    np.testing.assert_array_equal(a[1], b[1])


def test_a_short_step_stays_where_it_is():
    with tf.Graph().as_default(), tf.Session(device="auto") as sess:
        y = tf.placeholder(tf.float32, []) * 2.0
        x = y.op.inputs[0]
        assert [sess.run(y, {x: n}) for n in range(15)] == [2.0 * n for n in range(15)]
        assert "less than it takes to begin" in sess.plan(y, [x]).path


def test_a_step_with_python_in_it_stays_on_numpy():
    with tf.Graph().as_default(), tf.Session(device="auto") as sess:
        calls = []
        y = tf.py_func(lambda v: calls.append(v) or v, [tf.constant(1.0)], tf.float32)
        for _ in range(12):
            sess.run(y)
        assert len(calls) == 12 and "works on the host" in sess.plan(y).path


def test_two_runs_with_a_seed_are_equal_to_the_last_bit():
    a, b = train("cpu:numpy", 10, seed=7), train("cpu:numpy", 10, seed=7)
    assert a[0] == b[0]
    np.testing.assert_array_equal(a[1], b[1])


@pytest.mark.parametrize("faster", ["XLA", "NumPy"])
def test_a_loop_is_timed_and_trained_on(monkeypatch, faster):
    def losses(device):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            w = tf.Variable(np.full((2, 2), 0.3, np.float32))
            y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.tanh(tf.matmul(a, w))), [0, tf.ones([4, 2])])[1]
            loss = tf.reduce_mean(tf.square(y - 0.5))
            step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
            sess.run(tf.global_variables_initializer())
            return [sess.run([loss, step])[0] for _ in range(14)], sess.plan([loss, step]).path

    times = iter([1e-3, 1e-4] if faster == "XLA" else [1e-3, 1e-2])
    monkeypatch.setattr(auto, "_best", lambda step, values: next(times))
    (want, _), (got, path) = losses("cpu:numpy"), losses("auto")
    np.testing.assert_allclose(got, want, rtol=1e-5)
    assert path.startswith(faster) and "timed here at run" in path
