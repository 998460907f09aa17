"""The stepper's model follows the run, and what it shows is what Session.run gives; what it sends is bounded."""

import json

import numpy as np
import pytest

import tfnb as tf
from tfnb.jupyter.widgets.stepper import StepperView


@pytest.fixture(params=["cpu:numpy", "cpu:jax"])
def session(request):
    with tf.Graph().as_default(), tf.Session(device=request.param) as sess:
        yield sess


@pytest.fixture
def plain():
    with tf.Graph().as_default(), tf.Session(device="cpu:numpy") as sess:
        yield sess


def asked(view, **message):
    """What the view answers to a question: the words and the bytes of numbers."""
    sent = []
    view.send = lambda content, buffers=None: sent.append((content, buffers or []))
    view._on_message(view, {"ask": "q", **message}, [])
    (content, buffers) = sent[0]
    assert content["ask"] == "q"
    return content, buffers


def test_ends_with_the_numbers_of_run(session):
    x = tf.placeholder(tf.float32, [None, 2])
    v = tf.Variable([[1.0], [2.0]])
    loss = tf.reduce_mean(tf.square(tf.matmul(x, v)))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session.run(tf.global_variables_initializer())
    feed = {x: [[1.0, 2.0], [3.0, 4.0]]}
    run = session.step([loss, train], feed)
    view = StepperView(run)
    view.receive({"do": "last"})
    stepped, after = run.results[0], session.run(v)
    view.receive({"do": "first"})
    np.testing.assert_array_equal(session.run(v), [[1.0], [2.0]])
    np.testing.assert_allclose(session.run([loss, train], feed)[0], stepped, rtol=1e-6)
    np.testing.assert_allclose(session.run(v), after, rtol=1e-6)


def test_follows_the_run(session):
    c = tf.add(tf.constant(1), tf.constant(2))
    view = StepperView(session.step(tf.multiply(c, c)))
    assert (view.state["position"], view.state["total"], view.state["next"], view.state["done"]) == (0, 2, 0, [])
    view.receive({"do": "forward"})
    assert view.state["position"] == 1 and view.state["looked"]["tensor"] == "Add:0" and view.state["done"] == [(0, 1)]
    assert view.state["shapes"] == {"0": "scalar"}
    view.receive({"do": "back"})
    assert view.state["position"] == 0 and view.state["line"] == 2
    view.receive({"do": "to", "target": "Mul"})
    assert view.state["ended"] and view.state["says"] == "The run is at its end."
    assert view.state["looked"]["figures"]["max"] == 9


def test_what_stays_is_told_once(plain):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    y = tf.matmul(x, w, name="y")
    tf.reduce_max(w, name="idle")
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(y))
    plain.run(tf.global_variables_initializer())
    told = StepperView(plain.step([y, train], {x: [[1, 2, 3]]})).program
    assert told["title"] == "run 2 - fetch y, GradientDescent - on cpu:numpy"
    first = told["instructions"][0]
    assert (first["name"], first["shape"], first["phase"], first["outputs"]) == ("y", "?×2", "forward", ["y:0"])
    assert {i["phase"] for i in told["instructions"]} == {"forward", "backward", "update"}
    assert told["code"][first["line"] - 1]["at"] == 0 and "#" not in told["code"][1]["text"]
    assert told["idle"]["idle"] == "No fetch depends on it." and told["sources"]["x:0"] == "fed" and told["sources"]["w:0"] == "variable"


def test_an_error_is_one_sentence(session):
    view = StepperView(session.step(tf.add(tf.constant(1), tf.constant(2))))
    view._on_message(view, {"do": "dance"}, [])
    assert view.problem == "The stepper knows no 'dance'."
    view._on_message(view, {"do": "forward"}, [])
    assert view.problem == ""
    content, _ = asked(view, do="look", tensor="Add:0", kind="table", slice="__import__('os')")
    assert content["problem"].startswith("A slice is made of")


def test_breakpoints_and_watches(plain):
    x = tf.constant([1.0, 2.0], name="x")
    y = tf.square(tf.add(x, 1.0, name="a"), name="b")
    view = StepperView(plain.step(tf.reduce_sum(y, name="c")))
    view.receive({"do": "break", "name": "b", "when": "max > 8"})
    view.receive({"do": "break", "at": 2})
    view.receive({"do": "watch", "expression": "`b:0`.max()"})
    assert [b["at"] for b in view.breaks] == [1, 2] and view.state["watches"][0]["error"]
    view.receive({"do": "resume"})
    assert view.state["position"] == 2 and "max > 8" in view.state["stopped"] and view.state["watches"][0]["value"] == "9"
    view.receive({"do": "unbreak", "id": view.breaks[0]["id"]})
    view.receive({"do": "unwatch", "id": view.state["watches"][0]["id"]})
    assert len(view.breaks) == 1 and view.state["watches"] == []


def test_a_value_is_edited_and_what_depends_on_it_is_new(plain):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]], name="x")
    y = tf.add(x, 0.0, name="y")
    z = tf.reduce_sum(tf.square(y), name="z")
    run = plain.step(z)
    view = StepperView(run)
    view.receive({"do": "last"})
    view.receive({"do": "edit", "tensor": "y:0", "slice": "[:, 1]", "expression": "x * 0"})
    np.testing.assert_array_equal(run.value("y:0"), [[1, 0], [3, 0]])
    assert run.value("z:0") == 10 and "2 values that depend on it were computed again" in view.state["edits"][0]
    view.receive({"do": "paint", "tensor": "y:0", "slice": "[1:]", "cells": [[0, 1]], "expression": "5"})
    np.testing.assert_array_equal(run.value("y:0"), [[1, 0], [3, 5]])
    view._on_message(view, {"do": "edit", "tensor": "y:0", "slice": "", "expression": "np.nonsense"}, [])
    assert "gives no value" in view.problem


def test_a_guess_is_judged_by_the_step(plain):
    a = tf.constant(np.ones((2, 3), "f"), name="a")
    tf.reduce_max(a, name="idle")
    s = tf.reduce_sum(tf.matmul(a, tf.transpose(a), name="m"), name="s")
    view = StepperView(plain.step(s))
    view.receive({"do": "predict"})
    assert view.question["kind"] == "nodes" and "idle" in view.question["choices"]
    right = [n for n in view.question["choices"] if n != "idle"]
    view.receive({"do": "guess", "question": view.question["id"], "answer": right})
    assert view.verdict["right"] and view.score == [1, 1] and view.state["position"] == 1
    while view.question["node"] != "m":
        view.receive({"do": "forward"})
    assert view.question["kind"] == "shape"
    view.receive({"do": "guess", "question": view.question["id"], "answer": "2 x 3"})
    assert not view.verdict["right"] and view.verdict["text"] == "m has the shape 2×2." and view.score == [1, 2]
    assert "predictions: 1 of 2 right" in view.text()


def test_a_look_sends_only_what_is_on_the_screen(plain):
    huge = tf.broadcast_to(tf.constant(np.arange(1000, dtype="f")), [100_000, 1000], name="huge")
    view = StepperView(plain.step(tf.reduce_max(huge)))
    states = []
    view.observe(lambda change: states.append(len(json.dumps(change["new"]))), "state")
    view.receive({"do": "forward"})
    assert view.state["looked"]["figures"]["size"] == 100_000_000
    total = sum(states)
    for kind in ("heat", "table", "histogram"):
        content, buffers = asked(view, do="look", tensor="huge:0", kind=kind, slice="", rows=[50_000, 99_999], columns=[0, 1000], width=9999, height=9999)
        total += sum(memoryview(b).nbytes for b in buffers) + len(json.dumps(content))
    assert total < 300_000


def test_a_table_arrives_as_its_numbers(plain):
    view = StepperView(plain.step(tf.constant(np.arange(12).reshape(3, 4), tf.int64) + 0))
    view.receive({"do": "forward"})
    name = view.state["looked"]["tensor"]
    content, buffers = asked(view, do="look", tensor=name, kind="table", slice="[1:, ::2]", rows=[0, 10], columns=[0, 10])
    got = np.frombuffer(buffers[0], content["about"]["dtype"]).reshape(content["about"]["height"], -1)
    np.testing.assert_array_equal(got, [[4, 6], [8, 10]])
    content, _ = asked(view, do="copy", tensor=name, slice="[0]")
    made = {}
    exec(content["about"]["text"], {"np": np}, made)
    np.testing.assert_array_equal(next(iter(made.values())), [0, 1, 2, 3])


def test_the_saved_notebook_keeps_the_code_and_the_line(session):
    view = StepperView(session.step(tf.add(tf.constant(1), tf.constant(2))))
    assert "-&gt; " in view.static_html() and "def step" in view.static_html()


def test_a_value_alone_is_inspected(plain):
    v = tf.Variable([1.0, 2.0], name="v")
    plain.run(v.initializer)
    view = tf.inspect(v)
    assert view.looked["tensor"] == "v:0" and view.looked["figures"]["max"] == 2.0 and "float32 2" in view.text()
    _, buffers = asked(view, do="look", kind="table", slice="")
    np.testing.assert_array_equal(np.frombuffer(buffers[0], "f"), [1, 2])


def test_the_chain_rule_in_numbers(plain):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.square(x, name="y")
    dx = tf.gradients(tf.reduce_sum(y), [x])
    view = StepperView(plain.step(dx, {x: [3.0, -1.0]}))
    view.receive({"do": "last"})
    about = asked(view, do="chain", node="y")[0]["about"]
    assert about["rows"][0]["passed"] and about["rows"][0]["result"] == "[ 6., -2.]" and about["rows"][0]["local"] == "[[ 6., 0.], [ 0., -2.]]"
    content, _ = asked(view, do="chain", node="x")
    assert "has no inputs" in content["problem"]


def test_the_first_bad_tensor_and_races_leave_the_run_where_it_is(plain):
    p = tf.placeholder(tf.float32, [2], name="p")
    v = tf.Variable(1.0, name="v")
    plain.run(v.initializer)
    view = StepperView(plain.step([v.read_value(), tf.assign_add(v, 1.0), tf.log(p, name="log")], {p: [1.0, 0.0]}))
    view.receive({"do": "forward"})
    about = asked(view, do="bad")[0]["about"]
    assert about["node"] == "log" and about["inputs"] == ["p[1] = 0.0"] and view.run.position == 1
    about = asked(view, do="races")[0]["about"]
    assert [r["variable"] for r in about["races"]] == ["v"] and "control_dependencies" in about["races"][0]["mend"] and view.run.position == 1
    view.receive({"do": "first"})
    assert plain.run(v) == 1.0


def test_values_are_compared(plain):
    v = tf.Variable([1.0, 2.0], name="v")
    plain.run(v.initializer)
    up = tf.assign_add(v, [1.0, 0.0])
    view = StepperView(plain.step([up, tf.square(v, name="sq")]))
    view.receive({"do": "last"})
    rows = dict(asked(view, do="compare", tensor="v:0", other="its value before the last change")[0]["about"]["rows"])
    assert rows["largest absolute difference"].startswith("1, at [0]")
    about = asked(view, do="compare", tensor="v:0", other="device cpu:jax")[0]["about"]
    assert about["first"] == "" and view.run.position == view.state["total"]
    content, _ = asked(view, do="compare", tensor="v:0", other="its value before the edit")
    assert "was not edited" in content["problem"]
    with tf.Session(graph=plain.graph) as other:
        other.run(v.initializer)
        other.run(up)
        about = asked(view, do="compare", tensor="v:0", other=f"session {other.name}")[0]["about"]
        assert about["first"] == "v" and dict(about["rows"])["largest absolute difference"].startswith("1")


def test_a_value_is_compared_with_the_training_step_before(plain):
    from tfnb.jupyter.magics.runs import ledger

    v = tf.Variable([1.0, 2.0], name="v")
    up = tf.assign_add(v, [1.0, 0.0])
    plain.run(v.initializer)
    with ledger():
        plain.run(up)
        plain.run(up)
    number = ledger().runs[-1].number
    view = StepperView(plain.step(up))
    assert f"run {number}" in view.others
    view.receive({"do": "last"})
    about = asked(view, do="compare", tensor="v:0", other=f"run {number}")[0]["about"]
    assert about["first"] == "v" and dict(about["rows"])["largest absolute difference"].startswith("1, at [0]")
    np.testing.assert_array_equal(plain.run(v), [4.0, 2.0])
    view.receive({"do": "first"})
    np.testing.assert_array_equal(plain.run(v), [3.0, 2.0])


def test_the_same_run_in_other_words(plain):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.Variable([[1.0], [2.0]], name="w")
    y = tf.matmul(x, w, name="y")
    plain.run(w.initializer)
    view = StepperView(plain.step([y, tf.assign_add(w, [[1.0], [1.0]])], {x: [[1.0, 1.0]]}))
    view.receive({"do": "last"})
    pages = {p["name"]: p["text"] for p in asked(view, do="texts")[0]["about"]["texts"]}
    assert len(pages) == 6 and not [n for n, text in pages.items() if text.startswith("# Not written")]
    made = {}
    exec(pages["NumPy script"], made)
    np.testing.assert_allclose(made["run"](np.array([[1.0, 1.0]], "f"))[0], [[3.0]])
    assert "dot_general" in pages["JAX jaxpr"] and view.run.position == view.state["total"]
