"""What graphs, operations and collections do beside, as TensorFlow 1.15.5 did it."""

import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def g():
    with tf.Graph().as_default() as graph:
        yield graph


def test_a_gradient_by_another_name(g):
    name = f"Mine{id(g)}"

    @tf.RegisterGradient(name)
    def hundred(op, dy):
        return dy * 100.0

    x = tf.constant(2.0)
    with g.gradient_override_map({"Square": name}):
        y = tf.square(x)
    assert tf.Session().run(tf.gradients(y, x)) == [100.0] and y.op.get_attr("_gradient_op_type") == name.encode()
    for wrong in (3, {"a": 3}):
        with pytest.raises(TypeError, match="op_type_map must be a dictionary mapping strings to strings"), g.gradient_override_map(wrong):
            pass


def test_collections(g):
    tf.add_to_collection("a", 1)
    tf.add_to_collections(["a", "b"], 2)
    tf.get_collection_ref("a").append(5)
    assert tf.get_collection("a") == [1, 2, 5] and tf.get_collection("b") == [2]
    tf.add_to_collections("abc", 1)
    assert tf.get_collection("abc") == [1] and tf.get_collection("nothing") == []


def test_nested_colocation(g):
    a, b = tf.constant(1.0, name="a"), tf.constant(1.0, name="b")
    with tf.colocate_with(a):
        with tf.colocate_with(b):
            c = tf.identity(a)
        with tf.colocate_with(b, ignore_existing=True):
            d = tf.identity(a)
    assert c.op.colocation_groups() == [b"loc:@a", b"loc:@b"] and d.op.colocation_groups() == [b"loc:@b"]
    with pytest.raises(ValueError, match="Trying to reset colocation"), tf.colocate_with(None):
        pass


def test_finalized(g):
    tf.constant(1.0)
    g.finalize()
    assert g.finalized
    for change in (lambda: tf.constant(2.0), lambda: g.add_to_collection("a", 1)):
        with pytest.raises(RuntimeError, match=r"^Graph is finalized and cannot be modified\.$"):
            change()


def test_versions_and_elements(g):
    assert str(g.graph_def_versions) == "producer: 134\n"
    with pytest.raises(ValueError, match="allow_tensor and allow_operation can't both be False."):
        g.as_graph_element("x", False, False)


def test_use_resource_of_get_variable(g):
    assert repr(tf.get_variable("a", [1], use_resource=True)) == "<tf.Variable 'a:0' shape=(1,) dtype=float32>"
    with tf.variable_scope("s", use_resource=True):
        assert tf.get_variable("b", [1]).dtype is tf.float32
    assert repr(tf.get_variable("c", [1])) == "<tf.Variable 'c:0' shape=(1,) dtype=float32_ref>"


def test_zeros_count_as_many_nodes_as_tensorflows(g):
    for shape, kinds in ((10, ["Const", "Const", "Fill"]), ([10], ["Const"]), ([1000], ["Const", "Const", "Fill"])):
        before = len(g.get_operations())
        tf.zeros(shape)
        assert [op.type for op in g.get_operations()[before:]] == kinds
