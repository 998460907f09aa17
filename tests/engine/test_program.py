"""What a run consists of, in which order, and the text that is made of it."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.codegen import generate
from tfnb.engine.program import Read, build


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        yield g


def names(program):
    return [i.op.name for i in program.instructions]


def test_only_what_is_needed_runs_and_in_the_order_it_was_made(graph):
    x = tf.placeholder(tf.float32, name="x")
    b = tf.sin(x, name="b")
    a = tf.cos(x, name="a")
    tf.exp(b, name="unused")
    c = tf.add(a, b, name="c")
    program = build(graph, [c], [x])
    assert names(program) == ["b", "a", "c"]
    assert program.feeds == (x,) and program.fetches == (c,) and not program.missing
    assert names(build(graph, [c], [x, a])) == ["b", "c"]
    assert names(build(graph, [c], [c])) == []
    assert [op.name for op in build(graph, [c], []).missing] == ["x"]


def test_control_edges_come_before_the_order_of_making(graph):
    v = tf.Variable(1.0, name="v")
    late = tf.constant(2.0) * 3.0
    with tf.control_dependencies([late]):
        first = tf.identity(tf.constant(1.0), name="first")
    program = build(graph, [first], [])
    assert names(program) == [late.op.name, "first"]
    assert build(graph, [graph.as_graph_element(v)], []).reads == (Read("value", "v"),)


def test_reads_and_writes(graph):
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    up = v.assign_add(w)
    put = w.assign(3.0)
    both = tf.group(up, put)
    program = build(graph, [both], [])
    assert set(program.reads) == {Read("value", "v"), Read("value", "w")}
    assert set(program.writes) == {Read("value", "v"), Read("value", "w")}
    overwrite = build(graph, [put], [])
    assert overwrite.reads == () and overwrite.writes == (Read("value", "w"),)
    asked = build(graph, [tf.is_variable_initialized(v)], [])
    assert asked.reads == (Read("ready", "v"),)
    r = tf.random_uniform([2], name="r")
    drawn = build(graph, [r], [])
    assert [k.kind for k in drawn.reads] == [k.kind for k in drawn.writes] == ["state"]


def test_python_names_are_unique_and_legal(graph):
    with tf.name_scope("one"):
        a = tf.constant(1.0, name="x")
    with tf.name_scope("two"):
        b = tf.constant(2.0, name="x")
    c = tf.add(a, b, name="import")
    d = tf.add(c, a, name="1st")
    e, f = tf.split(tf.stack([d, d]), 2, name="xp")
    found = build(graph, [e, f], []).names
    assert len(set(found.values())) == len(found)
    assert all(n.isidentifier() for n in found.values())
    assert not {"import", "xp", "np", "ops", "ints", "step"} & set(found.values())


def test_the_text_has_a_line_for_each_node_and_runs(graph):
    x = tf.placeholder(tf.float32, [None], name="x")
    v = tf.Variable([1.0, 1.0], name="v")
    y = tf.multiply(x, v, name="y")
    up = tf.assign_add(v, y, name="up")
    program = build(graph, [y, up, up.op], [x])
    code = generate(program)
    lines = code.source.splitlines()
    assert code.arguments == ("x", "v") and lines[0] == "def step(x, v):"
    assert len(code.lines) == len(program.instructions) == len(code.statements)
    for ins, line, statement in zip(program.instructions, code.lines, code.statements, strict=True):
        assert lines[line - 1].strip().startswith(statement) and f"# {ins.op.name}" in lines[line - 1]
        assert code.instruction_at(line) == ins.index
    assert code.instruction_at(1) is None
    results, changed = code.function(np)(np.array([2.0, 3.0]), np.array([1.0, 1.0]))
    np.testing.assert_array_equal(results[0], [2.0, 3.0])
    np.testing.assert_array_equal(changed[0], [3.0, 4.0])


def test_a_one_line_kernel_is_written_out_and_a_longer_one_called(graph):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    text = generate(build(graph, [tf.nn.relu(tf.matmul(x, x, transpose_b=True))], [x])).source
    assert "x @ x.T" in text and "xp.maximum(" in text
    assert (
        "ops.conv2d_op(xp, "
        in generate(
            build(
                graph, [tf.nn.conv2d(tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]), [1, 1, 1, 1], "SAME")], []
            )
        ).source
    )


def test_the_same_kernel_with_other_names_and_attributes(graph):
    """The text of a kernel is kept and filled in: nothing of one node may appear in the next."""
    x, y = tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.float32, [2, 3], name="y")
    sums = [
        tf.reduce_sum(t, axis, keepdims=k) for t in (x, y) for axis in (0, 1, None) for k in (False, True)
    ]
    step = generate(build(graph, sums, [x, y])).function(np)
    a, b = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    got = iter(step(a, b)[0])
    for t in (a, b):
        for axis in (0, 1, None):
            for k in (False, True):
                np.testing.assert_array_equal(next(got), t.sum(axis, keepdims=k))


@pytest.mark.parametrize("ready", [True, False])
def test_a_step_that_needs_values_for_shapes_is_not_compiled(graph, ready):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    n = tf.placeholder(tf.int32, [2], name="n")
    shape = tf.stack([tf.shape(x)[0] * 2]) if ready else n
    code = generate(build(graph, [tf.reshape(x, shape)], [x] if ready else [x, n]))
    assert code.compilable is ready
