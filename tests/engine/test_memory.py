"""A session's memory does not grow with its runs."""

import gc
import tracemalloc

import numpy as np
import pytest

import tfnb as tf


def grown(step, runs):
    """Bytes that are held after `runs` runs and were not before."""
    for _ in range(200):
        step()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(runs):
        step()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


@pytest.mark.parametrize("feed", [1.5, np.float32(1.5)])
def test_runs_leave_nothing_behind(feed):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        w = tf.Variable(1.0)
        loss = tf.square(w * x - 1.0)
        train = tf.train.AdamOptimizer(0.01).minimize(loss)
        sess.run(tf.global_variables_initializer())
        assert grown(lambda: sess.run([train, loss], {x: feed}), 2000) < 4000


def test_plans_are_bounded():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant(1.0)
        nodes = [x + float(i) for i in range(600)]
        assert [sess.run(n) for n in nodes] == [1.0 + i for i in range(600)]
        assert len(sess._plans) <= 300 and len(sess._runners) <= 300
