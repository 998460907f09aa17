"""cond: names, values, effects and errors as TensorFlow 1.15.5 gives them, and the step that is written for it."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        yield g


def test_nodes_have_the_names_of_tensorflow(graph):
    x = tf.placeholder(tf.float32, [3], name="x")
    p = tf.placeholder(tf.bool, [], name="p")
    y = tf.cond(p, lambda: x * 2.0, lambda: x)
    assert y.name == "cond/Merge:0"
    assert {o.name: o.type for o in graph.get_operations()} == {
        "x": "Placeholder", "p": "Placeholder", "cond/Switch": "Switch", "cond/switch_t": "Identity", "cond/switch_f": "Identity",
        "cond/pred_id": "Identity", "cond/mul/y": "Const", "cond/mul": "Mul", "cond/mul/Switch": "Switch", "cond/Switch_1": "Switch",
        "cond/Merge": "Merge",
    }  # fmt: skip
    assert [i.name for i in graph.get_operation_by_name("cond/mul/Switch").inputs] == ["x:0", "cond/pred_id:0"]
    assert [c.name for c in graph.get_operation_by_name("cond/mul/y").control_inputs] == ["cond/switch_t"]


def test_nested_branches_become_nested_ifs(graph):
    x, p = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: x * 2.0, lambda: tf.cond(x[0] > 1, lambda: x, lambda: tf.constant([7.0, 8.0])))
    with tf.Session() as sess:
        got = [sess.run(y, {x: v, p: t}).tolist() for t in (True, False) for v in ([1, 2], [3, 4])]
        text = sess.plan(y, [x, p]).source
    assert got == [[2, 4], [6, 8], [7, 8], [3, 4]]
    assert text.count("else:") == 2 and text.count("\n    if ") == 1


def test_a_branch_not_taken_writes_nothing(graph):
    v, w = tf.Variable(1.0), tf.Variable(2.0)
    p = tf.placeholder(tf.bool, [])
    z = tf.cond(p, lambda: v.assign(5.0), lambda: w.assign_add(1.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert (sess.run(z, {p: False}), sess.run([v, w])) == (3.0, [1.0, 3.0])
        assert (sess.run(z, {p: True}), sess.run([v, w])) == (5.0, [5.0, 3.0])


def test_nodes_made_outside_of_the_branches_run_always(graph):
    v = tf.Variable(0.0)
    a = v.assign_add(1.0)
    c = tf.cond(tf.constant(False), lambda: a, lambda: tf.constant(-1.0))
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert (sess.run(c), sess.run(v)) == (-1.0, 1.0)


@pytest.mark.parametrize(("yes", "no", "error", "text"), [
    (lambda: tf.constant(1), lambda: tf.constant(1.0), ValueError, "Outputs of true_fn and false_fn must have the same type: int32, float32"),
    (lambda: None, lambda: tf.constant(1.0), ValueError, "true_fn must have a return value."),
    (lambda: tf.constant(1.0), lambda: None, ValueError, "false_fn must have a return value."),
    (1, lambda: 1, TypeError, "true_fn must be callable."),
])  # fmt: skip
def test_errors_are_tensorflows(graph, yes, no, error, text):
    with pytest.raises(error) as e:
        tf.cond(tf.constant(True), yes, no)
    assert str(e.value).split("\n")[0] == text


def test_results_keep_their_structure(graph):
    x, p = tf.constant([1.0, 2.0]), tf.placeholder(tf.bool, [])
    pair = tf.cond(p, lambda: {"a": x, "b": [x + 1]}, lambda: {"a": x * 2, "b": [x * 3]})
    one = tf.cond(p, lambda: [x], lambda: [x + 1])
    with tf.Session() as sess:
        got = sess.run([pair, one], {p: False})
    np.testing.assert_allclose(got[0]["b"][0], [3, 6])
    np.testing.assert_allclose(got[1], [2, 3])


def test_the_condition_may_be_a_variable(graph):
    flag = tf.Variable(True)
    r = tf.cond(flag, lambda: tf.constant(1), lambda: tf.constant(2))
    with tf.Session() as sess:
        sess.run(flag.initializer)
        assert sess.run(r) == 1
        sess.run(flag.assign(False))
        assert sess.run(r) == 2
