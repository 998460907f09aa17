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


def regression():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    w = tf.Variable(0.3)
    loss = tf.reduce_mean(tf.square(w * x - y))
    return [tf.train.GradientDescentOptimizer(0.01).minimize(loss), loss], {x: np.ones(4, np.float32), y: np.zeros(4, np.float32)}


def dense():
    x = tf.placeholder(tf.float32, [None, 8])
    h = tf.layers.dropout(tf.layers.dense(x, 16, tf.nn.relu), training=True)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=tf.one_hot([1, 0], 3), logits=tf.layers.dense(h, 3)))
    return {"loss": loss, "train": tf.train.AdamOptimizer().minimize(loss)}, {x: np.ones((2, 8), np.float32)}


def loop():
    x = tf.placeholder(tf.float32, [])
    return tf.gradients(tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])[1], x), {x: 2.0}


@pytest.mark.slow
@pytest.mark.parametrize("program, runs", [(regression, 100_000), (dense, 10_000), (loop, 5_000)])
def test_many_runs_leave_nothing_behind(program, runs):
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feed = program()
        sess.run(tf.global_variables_initializer())
        # the variables' last values and free lists, and no object a run: the smallest has 16 bytes
        assert grown(lambda: sess.run(fetches, feed), runs) < 16_000 + 8 * runs


def test_runs_of_ever_new_shapes_leave_little_behind():
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feed = regression()
        sess.run(tf.global_variables_initializer())
        keys = list(feed)
        for n in range(1, 2500):
            sess.run(fetches, dict.fromkeys(keys, np.ones(n, np.float32)))
        assert len(sess.plan(fetches, keys).step._runs) <= 1001
