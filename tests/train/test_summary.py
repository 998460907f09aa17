"""Summaries: bytes as TensorFlow 1.15 writes them, event files, and listeners."""

import struct

import numpy as np
import pytest

import tfnb as tf
from tfnb.core import wire


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        yield g


def run(tensor):
    with tf.Session() as sess:
        return sess.run(tensor)


def test_scalar_is_written_as_tensorflow_does(graph):
    assert run(tf.summary.scalar("loss", 1.5)) == b"\n\x0b\n\x04loss\x15\x00\x00\xc0?"


def test_names_are_made_fit_and_unique(graph):
    first, second = tf.summary.scalar("my loss", 1.0), tf.summary.scalar("my loss", 2.0)
    assert [t.op.name for t in (first, second)] == ["my_loss", "my_loss_1"]
    assert tf.summary.parse(run(tf.summary.merge_all())) == [("my_loss", 1.0), ("my_loss_1", 2.0)]


def test_histogram_counts_between_tensorflows_limits(graph):
    data = run(tf.summary.histogram("h", [1.0, 2.0]))
    message = dict(wire.fields(dict(wire.fields(dict(wire.fields(data))[1]))[5]))
    assert [message[k] for k in (1, 2, 3, 4, 5)] == [1.0, 2.0, 2.0, 3.0, 5.0]
    edges, counts = (struct.unpack("<5d", message[k]) for k in (6, 7))
    assert counts == (0, 1, 0, 1, 0)
    assert edges[1] == pytest.approx(1.0089710279437536)
    assert edges[4] == np.finfo(np.float64).max


def test_image_is_a_png(graph):
    data = run(tf.summary.image("img", np.zeros([5, 4, 4, 1], np.float32)))
    tags = [v.tag for v in tf.Summary.FromString(data).value]
    assert tags == ["img/image/0", "img/image/1", "img/image/2"]
    assert data.count(b"\x89PNG") == 3


def test_scalar_of_a_vector_says_so(graph):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"tags and values not the same shape: \[\] != \[2\] \(tag 'x'\)"
    ):
        run(tf.summary.scalar("x", [1.0, 2.0]))


def test_histogram_of_nan_says_so(graph):
    with pytest.raises(tf.errors.InvalidArgumentError, match="Nan in summary histogram for: h"):
        run(tf.summary.histogram("h", [float("nan")]))


def test_events_come_back_from_the_file(graph, tmp_path):
    heard = []
    listener = lambda *args: heard.append(args[:4])  # noqa: E731
    tf.summary.listeners.append(listener)
    try:
        with tf.summary.FileWriter(tmp_path / "run1") as writer:
            writer.add_summary(run(tf.summary.scalar("loss", 0.5)), 7)
    finally:
        tf.summary.listeners.remove(listener)
    assert heard == [("run1", "loss", 7, 0.5)]
    first, second = tf.summary.events(tmp_path / "run1")
    assert second.step == 7
    assert list(second.summary.value) == [tf.Summary.Value(tag="loss", simple_value=0.5)]


def test_two_writers_have_two_files(graph, tmp_path):
    writers = [tf.summary.FileWriter(tmp_path) for _ in range(2)]
    for w in writers:
        w.close()
    assert len(list(tmp_path.iterdir())) == 2


def test_damaged_records_are_noticed():
    good = wire.record(b"abc")
    assert list(wire.read_records(good + good[:-1])) == [b"abc"]
    with pytest.raises(ValueError, match="Damaged record"):
        list(wire.read_records(b"\1" + good[1:]))


def test_plot_tells_the_listeners():
    heard = []
    listener = lambda *args: heard.append(args[:4])  # noqa: E731
    tf.summary.listeners.append(listener)
    try:
        tf.summary.plot(3, loss=np.float32(2.0), accuracy=0.5)
    finally:
        tf.summary.listeners.remove(listener)
    assert heard == [("run", "loss", 3, 2.0), ("run", "accuracy", 3, 0.5)]


def test_a_writer_in_eager_mode_writes_at_once(tmp_path):
    contrib = tf.contrib.summary
    with tf.contrib.eager.eager_mode():
        step = tf.train.get_or_create_global_step()
        writer = contrib.create_file_writer(str(tmp_path))
        with writer.as_default():
            assert not contrib.scalar("silent", 1.0).numpy()  # nothing was said about recording
            with contrib.record_summaries_every_n_global_steps(2):
                for i in range(4):
                    step.assign(i)
                    with tf.name_scope("scope"):
                        contrib.scalar("loss", float(i))
        writer.close()
        assert contrib.scalar("no writer", 1.0) is None
        assert tf.train.get_or_create_global_step() is step
        tf.get_default_graph().clear_collection(tf.GraphKeys.GLOBAL_STEP)
    assert [(e.step, v.tag, v.simple_value) for e in tf.summary.events(tmp_path) for v in e.summary.value] == [(0, "scope/loss", 0.0), (2, "scope/loss", 2.0)]


def test_the_second_version_writes_tensors_with_a_plugin_s_name(tmp_path):
    v2 = tf.compat.v2.summary
    with tf.contrib.eager.eager_mode():
        writer = v2.create_file_writer(str(tmp_path))
        with writer.as_default():
            v2.scalar("a", 1.5, step=1)
            v2.histogram("h", [1.0, 2.0, 2.0], step=2, buckets=2)
            v2.image("i", np.zeros([1, 2, 3, 3]), step=3)
            v2.text("t", "hey", step=4)
            v2.experimental.set_step(9)
            v2.write("w", tf.constant([1]))
            v2.experimental.set_step(None)
            with pytest.raises(ValueError, match="No step set"):
                v2.scalar("none", 1.0)
        writer.close()
    found = {v.tag: (e.step, v.metadata.plugin_data.plugin_name, tf.make_ndarray(v.tensor)) for e in tf.summary.events(tmp_path) for v in e.summary.value}
    assert {k: v[:2] for k, v in found.items()} == {"a": (1, "scalars"), "h": (2, "histograms"), "i": (3, "images"), "t": (4, "text"), "w": (9, "")}
    assert found["h"][2].tolist() == [[1.0, 1.5, 1.0], [1.5, 2.0, 2.0]]
    assert found["i"][2][:2].tolist() == [b"3", b"2"] and found["i"][2][2].startswith(b"\x89PNG")
    assert found["a"][2] == 1.5 and found["t"][2] == b"hey"


def test_a_graph_is_written(graph, tmp_path):
    tf.constant(1.0, name="only")
    with tf.contrib.summary.create_file_writer(str(tmp_path)).as_default():
        op = tf.contrib.summary.graph(graph, step=3)
    run(op)
    for writer in [op.graph.get_collection("_SUMMARY_WRITER_V2")[0].attrs["writer"]]:
        writer.file.flush()
    event = tf.summary.events(tmp_path)[1]
    assert (event.step, tf.GraphDef.FromString(event.graph_def).node[0].name) == (3, "only")
