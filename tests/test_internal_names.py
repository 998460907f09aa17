"""TensorFlow's internal modules, as teaching scripts import them, answered by public names."""

import pytest

import tfnb as tf


@pytest.mark.parametrize(
    ("module", "name", "public"),
    [
        ("framework.ops", "reset_default_graph", "reset_default_graph"), ("framework.dtypes", "float32", "float32"),
        ("ops.variables", "Variable", "Variable"), ("ops.array_ops", "concat", "concat"), ("ops.math_ops", "reduce_sum", "reduce_sum"),
        ("platform.gfile", "Exists", "gfile.Exists"), ("platform.gfile", "FastGFile", "gfile.FastGFile"), ("util.compat", "as_bytes", "compat.as_bytes"),
        ("training.saver", "Saver", "train.Saver"), ("framework.errors", "OutOfRangeError", "errors.OutOfRangeError"),
        ("client.session", "Session", "Session"), ("layers.core", "dense", "layers.dense"),
    ],
)  # fmt: skip
def test_a_name_is_the_public_one(module, name, public):
    found, wanted = tf.python, tf
    for part in module.split("."):
        found = getattr(found, part)
    for part in public.split("."):
        wanted = getattr(wanted, part)
    assert getattr(found, name) is wanted


@pytest.mark.parametrize(("path", "public"), [
    ("core.framework.summary_pb2.Summary", "Summary"), ("core.framework.graph_pb2.GraphDef", "GraphDef"),
    ("core.example.example_pb2.Example", "train.Example"), ("core.protobuf.config_pb2.ConfigProto", "ConfigProto"),
    ("core.util.event_pb2.Event", "Event"), ("contrib.rnn.python.ops.core_rnn_cell.GRUCell", "nn.rnn_cell.GRUCell"),
    ("contrib.layers.python.layers.layers.batch_norm", "contrib.layers.batch_norm"),
    ("contrib.training.python.training.hparam.HParams", "contrib.training.HParams"),
])  # fmt: skip
def test_files_of_messages_and_of_contrib(path, public):
    def found(dotted):
        where = tf
        for part in dotted.split("."):
            where = getattr(where, part)
        return where

    assert found(path) is found(public)


def test_a_linear_map_of_contrib():
    with tf.Graph().as_default(), tf.variable_scope("s"):
        linear = tf.contrib.rnn.python.ops.core_rnn_cell._linear
        y = linear([tf.ones([2, 3]), tf.ones([2, 1])], 5, bias=True)
        assert y.shape.as_list() == [2, 5]
        assert [v.name for v in tf.trainable_variables()] == ["s/kernel:0", "s/bias:0"]


def test_what_is_not_there():
    assert not hasattr(tf.python, "nothing") and not hasattr(tf.python.framework.ops, "NoSuchClass")
    with pytest.raises(AttributeError, match="tfnb has no public name 'NoSuchClass' for tensorflow.python.framework.ops.NoSuchClass"):
        tf.python.framework.ops.NoSuchClass  # noqa: B018
