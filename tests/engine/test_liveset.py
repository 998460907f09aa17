"""The live set of a step: bytes alive after each line, and how near a run comes to them."""

import tracemalloc

import numpy as np

import tfnb as tf
from tfnb.engine.liveset import live_set

KB = 1024


def test_a_value_lives_from_its_line_to_its_last_use():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 256])
        h = tf.exp(x, name="h")  # 1 KB a row
        g = tf.sin(h, name="g")
        y = tf.add(g, h, name="y")
        z = tf.reduce_sum(y, name="z")
        live = live_set(sess, z, {x: np.ones((4, 256))})
    assert live.held == 4 * KB
    assert [(r.op.name, r.made) for r in live.rows] == [("h", 4 * KB), ("g", 4 * KB), ("y", 4 * KB), ("z", 4)]
    alive = [r.alive for r in live.rows]
    assert alive[:3] == [8 * KB, 12 * KB, 8 * KB] and alive[3] in (8 * KB + 4, 4 * KB + 4)
    assert live.peak == 12 * KB and live.at.op.name == "g"
    assert [r.line for r in live.rows] == [2, 3, 4, 5]


def test_a_view_makes_nothing_and_keeps_its_buffer():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2, 256])
        h = tf.exp(x, name="h")
        t = tf.transpose(h, name="t")
        r = tf.reshape(h, [-1], name="r")
        rows = {r.op.name: r for r in live_set(sess, [t, r], [x]).rows}
    assert rows["t"].made == rows["r"].made == 0 and rows["t"].alive == rows["h"].alive


def test_keys_alone_are_enough_and_nothing_changes():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 64])
        w = tf.get_variable("w", [64, 16])
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
        train = tf.train.AdamOptimizer().minimize(loss)
        live = live_set(sess, train, [x], unknown=128)  # before the variables have values
        assert live.held == 128 * 64 * 4 + 3 * 64 * 16 * 4 + 8
        sess.run(tf.global_variables_initializer())
        before = sess.run(w)
        assert live_set(sess, train, [x], unknown=128).peak == live.peak
        assert live_set(sess, train, {x: np.ones((1, 64))}).peak < live.peak
        np.testing.assert_array_equal(sess.run(w), before)
        assert sess.runs == 3


def test_a_queue_loses_no_element():
    with tf.Graph().as_default(), tf.Session() as sess:
        q = tf.FIFOQueue(3, tf.float32, [[4]])
        sess.run(q.enqueue_many(np.ones((3, 4))))
        live = live_set(sess, q.dequeue() * 2.0)
        assert live.rows[-1].made == 16 and sess.run(q.size()) == 3


def test_the_lines_of_a_loop_count_with_their_largest():
    with tf.Graph().as_default(), tf.Session() as sess:
        grow = tf.while_loop(lambda i, a: i < 4, lambda i, a: [i + 1, tf.concat([a, a], 0)],
                             [tf.constant(0), tf.ones([256])], [tf.TensorShape([]), tf.TensorShape([None])])[1]  # fmt: skip
        live = live_set(sess, grow)
        assert max(r.made for r in live.rows if r.op.type == "ConcatV2") == 16 * KB


def test_a_training_step_stays_near_its_live_set():
    """The peak of a run is that of the live set, and one more value or two: those that a line makes on its way."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 256])
        h = x
        for i in range(6):
            h = tf.layers.dense(h, 256, tf.nn.relu, name=f"layer{i}")
        loss = tf.reduce_mean(tf.square(h - x))
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        feed = {x: np.random.default_rng(1).standard_normal((1024, 256), dtype=np.float32)}
        for _ in range(3):
            sess.run([train, loss], feed)
        bound = live_set(sess, [train, loss], feed)
        tracemalloc.start()
        sess.run([train, loss], feed)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    value = 1024 * 256 * 4
    assert bound.peak - bound.held <= peak + 64 * KB <= bound.peak - bound.held + 2 * value
