"""A stepped run stops where it is told to, forward and back, and shows what is watched."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.conditions import Condition


@pytest.fixture
def run():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.Variable([[1.0], [2000.0]], name="w")
        with tf.name_scope("dense"):
            h = tf.nn.relu(tf.matmul(x, w), name="h")
        loss = tf.reduce_mean(tf.square(h), name="loss")
        train = tf.train.GradientDescentOptimizer(1e-9).minimize(loss)
        sess.run(tf.global_variables_initializer())
        yield sess.step([loss, train], {x: [[1.0, 0.5], [0.0, 0.0]]})


def test_stops_before_a_node_and_after_a_condition(run):
    named = run.breakpoints.add(name=".*/h")
    assert run.resume().id == named and run.instruction.op.name == "dense/h"
    big = run.breakpoints.add(when="abs > 1e3")
    assert run.resume().id == big and run.last_instruction.op.name == "dense/h"
    assert run.resume().id == big and run.last_instruction.op.name == "Square"
    assert run.resume_back().id == big and run.position == 2 and run.resume_back().id == named and run.position == 1
    run.breakpoints.remove(named), run.breakpoints.remove(big)
    assert run.resume() is None and run.instruction is None
    assert run.resume_back() is None and run.position == 0
    with pytest.raises(KeyError):
        run.breakpoints.remove(named)


def test_by_type_and_scope_and_tensors_by_name(run):
    run.breakpoints.add(type="MatMul", scope="gradients")
    assert run.resume().type == "MatMul" and run.instruction.op.name == "gradients/dense/MatMul_grad/MatMul_1" and run.phase == "backward"
    run.breakpoints.clear()
    run.namespace = {"weights": next(v for v in tf.global_variables()), "limit": 10.0}
    assert run.run_to(0) is None
    run.breakpoints.add(name="loss", when="loss > limit and weights.max() > 100 and `dense/h`[0] > 0")
    assert run.resume() is not None and run.last_instruction.op.name == "loss"


def test_wrong_ones_are_told_at_once(run):
    for wrong in ({"name": "("}, {"when": "loss >"}, {"when": "nowhere > 1"}, {"when": "`no/where` > 1"}):
        with pytest.raises(ValueError):
            run.breakpoints.add(**wrong)
    assert len(run.breakpoints) == 0


def test_iterations_of_a_loop():
    with tf.Graph().as_default(), tf.Session() as sess:
        inner = lambda: tf.while_loop(lambda j: j < 2.0, lambda j: tf.add(j, 1.0, name="up"), [0.0])
        out = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + inner()), [0, 1.0])
        run = sess.step(out)
        run.breakpoints.add(name="while/while/up", iteration=1)
        seen = []
        while run.resume():
            seen.append([i.number for i in run.iterations])
        assert seen == [[0, 1], [1, 1], [2, 1]] and run.results == (3, 7.0)
        run.run_to("while/while/up")
        assert [i.number for i in run.last_iterations] == [2, 1]
        run.over()
        assert [i.number for i in run.iterations] == [2]
        assert run.back_over() is not None and run.instruction.op.name == "while/while/up"
        run.breakpoints.clear()
        run.back_over()
        assert run.last_instruction.op.name == "while/while/Enter" and [i.number for i in run.last_iterations] == [2]


def test_over_a_scope_both_ways(run):
    assert run.instruction.op.name == "dense/MatMul"
    assert run.over() is None and run.instruction.op.name == "Square"
    assert run.over() is None and run.instruction.op.name == "loss"  # no scope: one instruction
    run.back(), run.back_over()
    assert run.position == 0
    run.breakpoints.add(name="dense/h")
    assert run.over() is not None and run.position == 1


def test_watches_show_values_or_why_there_are_none(run):
    ids = [run.watches.add(e) for e in ("np.abs(w).max()", "loss", "w @ w")]
    low, missing, wrong = run.watches.values()
    assert low.value == 2000.0 and missing.error == "loss has no value here" and wrong.error.startswith("ValueError")
    run.last()
    assert run.watches.values()[1].value == run.value("loss")
    run.watches.remove(ids[0])
    assert [w.id for w in run.watches.values()] == ids[1:]


def test_words_about_the_value_at_hand():
    value = np.array([1.0, -3.0, np.nan])
    look = {"w": np.array([2.0])}.__getitem__
    assert Condition("has_inf_or_nan").holds(look, value) and not Condition("has_inf_or_nan").holds(look, value[:2])
    assert Condition("abs > 2").holds(look, value) and not Condition("value > 2").holds(look, value)
    assert Condition("abs(w).max() == 2 and max(w) == 2").value(look) and Condition("min < -2").holds(look, value[:2])
    assert not Condition("unknown > 2").holds(look, value)
    assert Condition("np.abs(w).max() + [v for v in w][0]").names == ("w",)
