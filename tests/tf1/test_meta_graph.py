"""Graphs and values to files and back; the .meta file of TensorFlow 1.15.5 restores and goes on training."""

import os

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def model():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    v = tf.Variable([[5.0], [7.0]], name="v")
    y = tf.matmul(x, v, name="y")
    tf.add_to_collection("outs", y)
    tf.add_to_collection("sizes", 3)
    return x, v, y


def test_the_folder_looks_as_tensorflows(tmp_path):
    _, v, _ = model()
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(v.initializer)
        path = saver.save(sess, str(tmp_path / "m"), global_step=3)
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "m-3.data-00000-of-00001", "m-3.index", "m-3.meta"]
    assert (tmp_path / "checkpoint").read_text() == f'model_checkpoint_path: "{path}"\nall_model_checkpoint_paths: "{path}"\n'
    assert tf.train.list_variables(str(tmp_path)) == [("v", [2, 1])]


def test_a_graph_comes_back_with_its_collections_and_values(tmp_path):
    _, v, _ = model()
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(v), name="train")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        tf.train.Saver().save(sess, str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(str(tmp_path / "m.meta"))
        saver.restore(sess, str(tmp_path / "m"))
        assert sess.run(tf.get_collection("outs")[0], {"x:0": [[1, 1]]}).tolist() == [[12]]
        assert tf.get_collection("sizes") == [3] and str(tf.trainable_variables()) == "[<tf.Variable 'v:0' shape=(2, 1) dtype=float32_ref>]"
        sess.run("train")
        np.testing.assert_allclose(sess.run("v:0"), [[4.9], [6.9]], rtol=1e-6)


def test_under_a_scope(tmp_path):
    _, v, _ = model()
    with tf.Session() as sess:
        sess.run(v.initializer)
        tf.train.Saver().save(sess, str(tmp_path / "m"))
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.train.import_meta_graph(str(tmp_path / "m.meta"), import_scope="sc").restore(sess, str(tmp_path / "m"))
        assert [v.name for v in tf.global_variables()] == ["sc/v:0"] and sess.run("sc/v:0").tolist() == [[5], [7]]


def test_no_file():
    with pytest.raises(OSError, match=r"File /nope.meta does not exist\."):
        tf.train.import_meta_graph("/nope.meta")


def test_variables_become_constants():
    model()
    tf.constant(1.0, name="unused")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        frozen = tf.graph_util.convert_variables_to_constants(sess, sess.graph.as_graph_def(), ["y"])
    assert [n.name + ":" + n.op for n in frozen.node] == ["x:Placeholder", "v:Const", "v/read:Identity", "y:MatMul"]
    with tf.Graph().as_default(), tf.Session() as sess:
        (y,) = tf.import_graph_def(tf.graph_util.remove_training_nodes(frozen), return_elements=["y:0"], name="")
        assert y.op.inputs[1].op.type == "Const" and sess.run(y, {"x:0": [[2, 1]]}).tolist() == [[17]]


def test_a_part_of_a_graph():
    model()
    part = tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["v/read"])
    assert [n.name for n in part.node] == ["v", "v/read"]
    with pytest.raises(AssertionError, match="nope is not in graph"):
        tf.graph_util.extract_sub_graph(part, ["nope"])
    with pytest.raises(TypeError, match="dest_nodes must be a list."):
        tf.graph_util.extract_sub_graph(part, "v")


@pytest.mark.parametrize("as_text", [True, False])
def test_write_graph(tmp_path, as_text):
    from google.protobuf import text_format

    model()
    path = tf.train.write_graph(tf.get_default_graph(), str(tmp_path / "g"), "g.pb", as_text=as_text)
    data = open(path, "rb").read()
    read = text_format.Parse(data, tf.GraphDef()) if as_text else tf.GraphDef.FromString(data)
    assert read == tf.get_default_graph().as_graph_def()


def test_the_graph_in_an_event_file(tmp_path):
    from tfnb.core.wire import read_records

    model()
    tf.summary.FileWriter(str(tmp_path), tf.get_default_graph()).close()
    (file,) = tmp_path.iterdir()
    events = [tf.Event.FromString(r) for r in read_records(file.read_bytes())]
    assert [n.name for n in tf.GraphDef.FromString(events[1].graph_def).node][-1] == "y"


def test_restore_errors(tmp_path):
    _, v, _ = model()
    with tf.Session() as sess:
        sess.run(v.initializer)
        tf.train.Saver().save(sess, str(tmp_path / "m"))
    for value, name, kind, text in (
        ([1.0], "zz", tf.errors.NotFoundError, "Key zz not found in checkpoint"),
        ([1.0], "v", tf.errors.InvalidArgumentError, "Assign requires shapes of both tensors to match. lhs shape= [1] rhs shape= [2,1]"),
        ([1], "v", tf.errors.InvalidArgumentError, "tensor_name = v; expected dtype int32 does not equal original dtype float"),
    ):
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.Variable(value, name=name)
            with pytest.raises(kind) as e:
                tf.train.Saver().restore(sess, str(tmp_path / "m"))
            assert e.value.message.startswith("Restoring from checkpoint failed. This is most likely due to a") and e.value.message.endswith(text)
