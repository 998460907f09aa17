"""GraphDefs to and from TensorFlow 1.15.5: tests/tf1/data/*.pb and all literals here were written by it."""

from pathlib import Path

import numpy as np
import pytest

import tfnb as tf

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def read(name):
    return tf.GraphDef.FromString((DATA / name).read_bytes())


def images():
    r = np.random.RandomState(0)
    r.randn(36), r.randn(48)  # the weights
    return r.rand(2, 8, 8, 1).astype(np.float32)


def names():
    return [o.name for o in tf.get_default_graph().get_operations()]


def example():
    with tf.Graph().as_default() as g:
        a = tf.constant(1.0, name="a")
        b = tf.placeholder(tf.float32, [None], name="b")
        c = tf.add(a, b, name="c")
        with tf.device("/cpu:0"):
            tf.multiply(c, c, name="s/d")
    return g.as_graph_def()


WANTED = [[0.9678995013237, 0.03210034593939781, 6.799279361757726e-08], [0.7461153268814087, 0.25388333201408386, 1.3780693279841216e-06]]


@pytest.mark.parametrize("file", ["net.pb", "net_frozen.pb"])
def test_a_network_of_tensorflow_gives_the_same_values(file):
    wanted = ["out/y:0", "out/top:0", "out/hot:0", "text:0", "x:0"]
    y, top, hot, text, x = tf.import_graph_def(read(file), return_elements=wanted, name="")
    with tf.Session() as sess:
        if file == "net.pb":
            sess.run("init")
        y, top, hot, text = sess.run([y, top, hot, text], {x: images()})
    np.testing.assert_allclose(y, WANTED, rtol=1e-4, atol=1e-9)
    assert top.tolist() == [0, 0] and hot.tolist() == [[1, 0, 0], [1, 0, 0]] and text.tolist() == [b"class 0", b"class 0"]


def test_what_is_imported_is_exported_as_it_was():
    before = read("net.pb")
    tf.import_graph_def(before, name="")
    after = tf.get_default_graph().as_graph_def()
    assert [str(n) for n in after.node] == [str(n) for n in before.node]
    assert after.versions.producer == 134


def test_a_node_is_printed_as_tensorflow_prints_it():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.matmul(x, tf.ones([3, 2]), name="y")
    assert str(y.op.node_def) == (
        'name: "y"\nop: "MatMul"\ninput: "x"\ninput: "ones"\nattr {\n  key: "T"\n  value {\n    type: DT_FLOAT\n  }\n}\n'
        'attr {\n  key: "transpose_a"\n  value {\n    b: false\n  }\n}\nattr {\n  key: "transpose_b"\n  value {\n    b: false\n  }\n}\n'
    )
    assert str(y.op) == str(y.op.node_def)


def test_attributes():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    v = tf.Variable([1.0], name="v")
    assert x.op.get_attr("dtype") == tf.float32 and str(x.op.get_attr("shape")) == "dim {\n  size: -1\n}\ndim {\n  size: 3\n}\n"
    assert v.op.get_attr("container") == b"" and v.initializer.get_attr("_class") == [b"loc:@v"]
    assert tf.matmul(x, x, transpose_b=True).op.get_attr("transpose_b") is True
    assert tf.concat([x, x], 1).op.get_attr("N") == 2
    with pytest.raises(ValueError, match="^Operation 'x' has no attr named 'foo'.$"):
        x.op.get_attr("foo")


def test_inputs_of_concat_stand_in_tensorflows_order():
    x = tf.zeros([2, 2], name="x")
    assert list(tf.concat([x, x], 1).op.node_def.input) == ["x", "x", "concat/axis"]


def test_bytes_text_and_back():
    from google.protobuf import text_format

    before = example()
    assert text_format.Parse(str(before), tf.GraphDef()) == before
    other = tf.GraphDef()
    other.ParseFromString(before.SerializeToString())
    assert other == before and [n.name for n in other.node] == ["a", "b", "c", "s/d"]


def test_names_of_imports():
    assert tf.import_graph_def(example()) is None
    tf.import_graph_def(example())
    assert names() == ["import/a", "import/b", "import/c", "import/s/d", "import_1/a", "import_1/b", "import_1/c", "import_1/s/d"]
    out = tf.import_graph_def(example(), return_elements=["c:0", "a"], name="m")
    assert repr(out) == "[<tf.Tensor 'm/c:0' shape=(?,) dtype=float32>, <tf.Operation 'm/a' type=Const>]"


def test_input_map():
    x = tf.ones([2], name="x")
    (c,) = tf.import_graph_def(example(), input_map={"b": x}, return_elements=["c:0"], name="m")
    assert c.op.inputs[1] is x and c.shape.as_list() == [2]
    (c,) = tf.import_graph_def(example(), input_map={"b:0": np.float32([1, 2])}, return_elements=["c:0"], name="n")
    assert c.op.inputs[1].name == "n/_inputs/Const:0"
    assert tf.Session().run(c).tolist() == [2, 3]


def test_scope_device_and_control_dependencies_around():
    with tf.name_scope("q"), tf.device("/gpu:3"), tf.control_dependencies([tf.constant(1, name="cc")]):
        tf.import_graph_def(example(), name="m")
    d = tf.get_default_graph().get_operation_by_name("q/m/s/d")
    a = tf.get_default_graph().get_operation_by_name("q/m/a")
    assert d.device == "/device:CPU:0" and a.device == "/device:GPU:3" and [c.name for c in a.control_inputs] == ["q/cc"]


NEG = 'node{name:"a" op:"Neg" input:"%s" attr{key:"T" value{type:DT_FLOAT}}}'
PLACE = 'node{name:"c" op:"Placeholder" attr{key:"dtype" value{type:%s}}}'


@pytest.mark.parametrize(
    "kind, text, message",
    [
        (ValueError, NEG % "b", "Node 'a': Unknown input node 'b'"),
        (ValueError, PLACE % "DT_INT32" + NEG % "c", "Input 0 of node import/a was passed int32 from import/c:0 incompatible with expected float."),
        (ValueError, 'node{name:"c d" op:"NoOp"}', "Node 'c d': Node name contains invalid characters"),
        (ValueError, 'node{name:"c" op:"NoOp"} node{name:"c" op:"NoOp"}', "Node 'c' is not unique"),
        (ValueError, NEG % "a", "1 nodes in a cycle"),
        (ValueError, PLACE % "DT_FLOAT" + NEG % "c:1", "Node 'a': Connecting to invalid output 1 of source node c which has 1 outputs."),
        (tf.errors.NotFoundError, 'node{name:"a" op:"Foo"}', "Op type not registered 'Foo' in "),
    ],
)
def test_what_is_not_consistent_is_said_and_leaves_the_graph_as_it_was(kind, text, message):
    from google.protobuf import text_format

    with pytest.raises(kind) as e:
        tf.import_graph_def(text_format.Parse(text, tf.GraphDef()))
    assert str(e.value).startswith(message)
    assert names() == []


@pytest.mark.parametrize(
    "kind, given, message",
    [
        (TypeError, {"graph_def": "abc"}, "graph_def must be a GraphDef proto."),
        (TypeError, {"input_map": 3}, "input_map must be a dictionary mapping strings to Tensor objects."),
        (TypeError, {"return_elements": [3]}, "return_elements must be a list of strings."),
        (ValueError, {"return_elements": ["zz"]}, "Requested return node 'zz' not found in graph def"),
        (ValueError, {"return_elements": ["zz:0"]}, "Requested return tensor 'zz:0' not found in graph def"),
        (ValueError, {"return_elements": ["c:1"]}, "Invalid return output 1 of node 'c', which has 1 output(s)"),
    ],
)
def test_wrong_arguments(kind, given, message):
    with pytest.raises(kind) as e:
        tf.import_graph_def(**{"graph_def": example(), **given})
    assert str(e.value).split("\n")[0] == message


def test_input_map_of_what_is_not_there():
    with pytest.raises(ValueError, match=r"Attempted to map inputs that were not found in graph_def: \[zz:0\]"):
        tf.import_graph_def(example(), input_map={"zz:0": tf.ones([2])})


def test_all_missing_ops_are_said_at_once():
    from google.protobuf import text_format

    text = 'node{name:"a" op:"Foo"} node{name:"b" op:"Foo"} node{name:"c" op:"NoOp"} node{name:"d" op:"Bar"}'
    with pytest.raises(tf.errors.NotFoundError) as e:
        tf.import_graph_def(text_format.Parse(text, tf.GraphDef()))
    assert "2 op types" in str(e.value) and "Foo: 2 nodes (a)" in str(e.value) and "Bar: 1 node (d)" in str(e.value)


def test_every_op_has_the_inputs_of_its_signature():
    """Every op type that TensorFlow has, too, can be written as a NodeDef that TensorFlow reads."""
    from tfnb.core.graph_def import RENAMED
    from tfnb.core.op import registry
    from tfnb.core.op_list import signature

    known_gaps = {"DecodeCSV"}
    for type_, definition in registry.items():
        sig = signature(type_)
        wanted = type_ not in known_gaps and "Dataset" not in type_ and "Iterator" not in type_
        if sig is not None and wanted and not any(a.many_types or a.count for a in sig.inputs):
            assert len(definition.params) <= len(sig.inputs), type_
            renamed = {v for (op, _), v in RENAMED.items() if op == type_}
            own = [a for a in definition.attributes if a not in sig.attrs and a not in renamed]
            assert len(own) <= 1, (type_, own)


def test_tensor_protos():
    proto = tf.make_tensor_proto([1.0, 2.0])
    assert proto.tensor_content == np.float32([1, 2]).tobytes() and tf.make_ndarray(proto).tolist() == [1, 2]
    assert tf.make_tensor_proto(1.0, shape=[3]).float_val == [1.0]
    assert tf.make_ndarray(tf.make_tensor_proto(1.0, shape=[3])).tolist() == [1, 1, 1]
    for value in ("a", ["a", "b"], True, [True, False], np.float16(1.5), [1 + 2j, 3], np.arange(3), np.uint8(3), np.zeros((2, 0))):
        back = tf.make_ndarray(tf.make_tensor_proto(value))
        assert back.shape == np.shape(value)
        assert [v.decode() if isinstance(v, bytes) else v for v in back.ravel().tolist()] == np.ravel(value).tolist()


def test_messages_of_options():
    assert tf.RunOptions.TraceLevel.items() == [("NO_TRACE", 0), ("SOFTWARE_TRACE", 1), ("HARDWARE_TRACE", 2), ("FULL_TRACE", 3)]
    config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(allow_growth=True), device_count={"GPU": 1})
    config.gpu_options.per_process_gpu_memory_fraction = 0.5
    assert str(config).startswith('device_count {\n  key: "GPU"\n  value: 1\n}\ngpu_options {\n  per_process_gpu_memory_fraction: 0.5\n')
    with pytest.raises(ValueError, match="nosuch"):
        tf.ConfigProto(nosuch=1)
    x = tf.constant(2.0)
    with tf.Session(config=config) as sess:
        assert sess.run(x * x, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=tf.RunMetadata()) == 4


def test_a_graph_with_a_resource_variable():
    tf.import_graph_def(read("resource.pb"), name="")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="^Error while reading resource variable v from Container: localhost"):
            sess.run("y:0", {"x:0": [[1, 1]]})
        assert not sess.run("v/IsInitialized/VarIsInitializedOp:0")
        sess.run("init")
        assert sess.run("y:0", {"x:0": [[1, 1]]}).tolist() == [[3]]
        sess.run("AssignAddVariableOp")
        assert sess.run("y:0", {"x:0": [[1, 1]]}).tolist() == [[5]]
        frozen = tf.graph_util.convert_variables_to_constants(sess, sess.graph.as_graph_def(), ["y"])
    assert [n.name + ":" + n.op for n in frozen.node] == ["x:Placeholder", "v:Const", "y/ReadVariableOp:Identity", "y:MatMul"]


def test_resource_variables_are_shown_and_fail_as_tensorflows():
    v = tf.Variable(1.0, name="v", use_resource=True)
    assert repr(v) == "<tf.Variable 'v:0' shape=() dtype=float32>"
    with pytest.raises(tf.errors.FailedPreconditionError, match="^Error while reading resource variable v from Container: localhost"):
        tf.Session().run(v)
    tf.enable_resource_variables()
    try:
        assert tf.resource_variables_enabled() and tf.Variable(1.0).dtype is tf.float32
    finally:
        tf.disable_resource_variables()


def test_loops_of_tensorflow_run(graph):
    """A dynamic_rnn with its gradient, a loop whose value grows, and a cond."""
    tf.import_graph_def(read("loops.pb"), name="")
    with tf.Session() as sess:
        for name, shape in (("net/rnn/basic_rnn_cell/kernel", [5, 3]), ("net/rnn/basic_rnn_cell/bias", [3])):
            assign = graph.get_operation_by_name(name + "/Assign")
            sess.run(assign, {assign.inputs[1]: np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)})
        feeds = {"x:0": np.arange(16).reshape(2, 4, 2) / 16, "n:0": [4, 2]}
        loss, total, chosen, slope = sess.run(["loss:0", "total:0", "chosen:0", "slope:0"], feeds)
        small = sess.run("chosen:0", {**feeds, "loss:0": 0.5})
    wanted = [[-0.763704, -0.25568, 0.811453], [-0.954437, -0.16397, 0.996296], [1.487034, -0.901314, -1.113882],
              [-0.54349, 1.210207, -0.146581], [-1.926944, 1.916861, 0.982393]]  # fmt: skip
    np.testing.assert_allclose([loss, chosen, small], [8.215902, 16.431805, -0.5], rtol=1e-5)
    np.testing.assert_allclose(total, np.outer([1, 2, 2, 4, 2, 4, 4, 8], [1.75, 5.75]).ravel(), rtol=1e-6)
    np.testing.assert_allclose(slope, wanted, rtol=1e-4)


def test_a_training_graph_of_resource_variables_trains_on():
    tf.import_graph_def(read("resource_training.pb"), name="")
    feeds = {"x:0": np.arange(6).reshape(2, 3) / 6, "i:0": [1, 1]}
    with tf.Session() as sess:
        sess.run("init")
        losses = []
        for train in ("adam", "momentum", "sgd", "rms", "ada", "adam"):
            losses.append(sess.run("loss:0", feeds))
            sess.run(train, feeds)
        losses.append(sess.run("loss:0", feeds))
    np.testing.assert_allclose(losses, [1.430746, 0.932883, 0.820982, 0.623486, 0.619087, 0.610517, 0.426255], rtol=1e-5)
