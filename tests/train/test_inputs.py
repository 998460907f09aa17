"""Input by queues and threads: what comes out, and how it ends."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def everything(fetches, limit=100):
    """All that threads give until the data end."""
    out = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess=sess, coord=coord)
        try:
            while not coord.should_stop() and len(out) < limit:
                out.append(sess.run(fetches))
        except tf.errors.OutOfRangeError:
            pass
        finally:
            coord.request_stop()
        coord.join(threads)
        assert not any(t.is_alive() for t in threads)
    return out


def test_slices_in_order_then_the_end():
    x, y = tf.train.slice_input_producer([np.arange(3), np.arange(3) * 10.0], num_epochs=2, shuffle=False)
    assert [(int(a), float(b)) for a, b in everything([x, y])] == [(0, 0.0), (1, 10.0), (2, 20.0)] * 2


def test_lines_of_files_in_batches(tmp_path):
    for name, rows in (("a", "1,2\n3,4\n"), ("b", "5,6\n")):
        (tmp_path / name).write_text(rows)
    names = tf.train.string_input_producer([str(tmp_path / "a"), str(tmp_path / "b")], num_epochs=1, shuffle=False)
    key, line = tf.TextLineReader().read(names)
    a, b = tf.decode_csv(line, [[0], [0]])
    got = everything(tf.train.batch([a, b], 2, allow_smaller_final_batch=True))
    assert [[v.tolist() for v in row] for row in got] == [[[1, 3], [2, 4]], [[5], [6]]]


def test_shuffled_batches_hold_every_row():
    x = tf.train.shuffle_batch([np.arange(40)], 8, capacity=40, min_after_dequeue=10, enqueue_many=True, seed=1)
    got = np.concatenate(everything(x, limit=5))
    assert got.shape == (40,) and got.tolist() != list(range(40))


def test_a_failing_thread_stops_the_training():
    bad = tf.train.string_input_producer(["/nope"], num_epochs=1)
    _, text = tf.WholeFileReader().read(bad)
    with pytest.raises(tf.errors.NotFoundError):
        everything(tf.train.batch([text], 1))


def test_names_of_batches():
    x = tf.train.batch([tf.constant([1.0, 2.0])], 3)
    assert (x[0].name if isinstance(x, list) else x.name) == "batch:0"
    with pytest.raises(ValueError, match="All shapes must be fully defined"):
        tf.train.batch([tf.placeholder(tf.float32, [None])], 3)
    with pytest.raises(ValueError, match="string_input_producer requires a non-null input tensor"):
        tf.train.string_input_producer([])
