"""Queues between threads; names and messages as in TensorFlow 1.15.5."""

import threading

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def test_names_order_and_end():
    q = tf.FIFOQueue(3, [tf.int32, tf.float32], shapes=[[], [2]])
    fill, (a, b), n = q.enqueue_many([[1, 2, 3], np.ones((3, 2), np.float32)]), q.dequeue_many(2), q.size()
    assert [fill.name, a.name, b.name, n.name] == ["fifo_queue_EnqueueMany", "fifo_queue_DequeueMany:0", "fifo_queue_DequeueMany:1", "fifo_queue_Size:0"]
    assert b.shape.as_list() == [2, 2]
    close = q.close()
    with tf.Session() as sess:
        sess.run(fill)
        assert sess.run(a).tolist() == [1, 2]
        sess.run(close)
        with pytest.raises(tf.errors.OutOfRangeError, match=r"is closed and has insufficient elements \(requested 2, current size 1\)"):
            sess.run(a)
        assert sess.run(n) == 1
        with pytest.raises(tf.errors.CancelledError, match="is closed."):
            sess.run(fill)


def test_a_run_waits_only_so_long():
    x = tf.FIFOQueue(1, tf.float32).dequeue()
    with tf.Session() as sess, pytest.raises(tf.errors.DeadlineExceededError, match="Timed out waiting for notification"):
        sess.run(x, options=tf.RunOptions(timeout_in_ms=50))


def test_one_thread_waits_for_another():
    q = tf.FIFOQueue(1, tf.int32, shapes=[[]])
    value = tf.placeholder(tf.int32, [])
    put, total = q.enqueue(value), tf.reduce_sum(q.dequeue_many(4))
    with tf.Session() as sess:
        thread = threading.Thread(target=lambda: [sess.run(put, {value: i}) for i in range(4)], daemon=True)
        thread.start()
        assert sess.run(total) == 6
        thread.join(5)


def test_kinds_of_queues():
    s = tf.RandomShuffleQueue(10, 2, tf.int32, shapes=[[]], seed=1)
    p = tf.PriorityQueue(10, tf.string, shapes=[[]])
    d = tf.PaddingFIFOQueue(10, tf.int32, shapes=[[None]])
    fill = [s.enqueue_many([list(range(6))]), p.enqueue_many([np.array([5, 1, 3]), ["e", "a", "c"]]), d.enqueue([[1]]), d.enqueue([[2, 3]])]
    with tf.Session() as sess:
        for op in fill:
            sess.run(op)
        got = sess.run(s.dequeue_many(4)).tolist()
        assert len(set(got)) == 4 and got != sorted(got)
        with pytest.raises(tf.errors.DeadlineExceededError):
            sess.run(s.dequeue(), options=tf.RunOptions(timeout_in_ms=20))
        assert [sess.run(p.dequeue()[1]) for _ in range(3)] == [b"a", b"c", b"e"]
        assert sess.run(d.dequeue_many(2)).tolist() == [[1, 0], [2, 3]]


def test_stepper_sets_a_queue_back():
    q = tf.FIFOQueue(3, tf.int32, shapes=[[]])
    fill, x = q.enqueue_many([[7, 8]]), q.dequeue()
    with tf.Session() as sess:
        sess.run(fill)
        step = sess.step(x)
        step.last()
        step.first()
        assert sess.run(x) == 7
