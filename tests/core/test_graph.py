"""Names and prints of the graph, as TensorFlow 1.15 gives them."""

import pytest

import tfnb as tf
from tfnb.core.graph import Graph
from tfnb.core.shapes import TensorShape, broadcast


def test_unique_names_ignore_case_and_skip_names_in_use():
    g = Graph()
    assert [g.unique_name("foo") for _ in range(3)] == ["foo", "foo_1", "foo_2"]
    assert g.unique_name("foo_1") == "foo_1_1"
    assert g.unique_name("FOO") == "FOO_3"


def test_unknown_sizes_print_as_question_marks():
    assert str(TensorShape([None, 3])) == "(?, 3)"
    assert str(TensorShape(None)) == "<unknown>"


def test_broadcasting_keeps_what_is_known():
    assert str(broadcast(TensorShape([None, 1]), TensorShape([5]))) == "(?, 5)"
    assert broadcast(TensorShape([4, 5]), TensorShape([2, 3])) is None


def test_a_name_may_be_the_last_positional_argument():
    with tf.Graph().as_default():
        assert tf.tanh(tf.constant(1.0), "act").name == "act:0"


def test_an_empty_axis_that_does_not_broadcast_is_named():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="Dimensions must be equal, but are 0 and 2 for 'add'") as caught:
        _ = tf.zeros([2, 0]) + tf.zeros([2, 2])
    assert "with input shapes: [2,0], [2,2]" in str(caught.value)


def test_a_device_function_may_look_at_the_whole_node():
    def chosen(op):
        node_def = op if isinstance(op, tf.NodeDef) else op.node_def
        return "/device:CPU:1" if node_def.op == "Mul" else "/device:GPU:0"

    with tf.Graph().as_default(), tf.device(chosen):
        x = tf.constant(1.0)
        assert ((x * 2).device, x.device) == ("/device:CPU:1", "/device:GPU:0")
