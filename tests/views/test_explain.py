"""Each error that students make keeps its first line and gets a cause, and where there is a node its part of the graph."""

import re

import numpy as np
import pytest

import tfnb as tf
from tfnb.views.explain import explain
from tfnb.views.explained import RULES


def failing(make):
    """The error that this gives in a fresh graph."""
    with tf.Graph().as_default() as graph, pytest.raises(Exception) as caught:
        make()
    return caught.value, graph


def not_fed():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    tf.Session().run(tf.square(x, name="y"))


def wrong_feed():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    tf.Session().run(x, {x: np.ones((2, 4))})


def uninitialised():
    tf.Session().run(tf.Variable(1.0, name="w"))


def in_the_run():
    a, b = (tf.placeholder(tf.float32, [None, None], name=n) for n in "ab")
    tf.Session().run(tf.matmul(a, b, name="product"), {a: np.ones((2, 3)), b: np.ones((2, 4))})


def while_built():
    tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))


def mixed():
    tf.constant(1) + tf.constant(1.0)


def fetched_none():
    tf.Session(graph=tf.constant(1).graph).run(None)


def fetched_number():
    tf.Session(graph=tf.constant(1).graph).run(5)


CASES = [
    (not_fed, "placeholder x", "x:0", "x"), (wrong_feed, "(2, 4)", "[-1, 3]", "x"), (uninitialised, "variable w", "global_variables_initializer", "w"),
    (in_the_run, "cannot be multiplied", "feed_dict", "product"), (while_built, "3 is not 2", "transpose", ""), (mixed, "AddV2", "tf.cast(x, tf.int32)", ""),
    (fetched_none, "None", "repr", ""), (fetched_number, "not a tensor", "loss_value", ""),
    (lambda: bool(tf.constant(1)), "no value yet", "tf.cond", ""), (lambda: tf.constant(1).eval(), "session", "sess", ""),
    (lambda: tf.train.Saver(), "before any variable", "Saver()", ""),
]  # fmt: skip


@pytest.mark.parametrize("make, cause, code, node", CASES)
def test_an_error_is_explained(make, cause, code, node):
    error, graph = failing(make)
    told = explain(error, [graph])
    assert told.first_line == str(error).split("\n")[0]
    assert cause in told.cause and code in told.code and told.node == node
    if told.code:
        compile(told.code.replace("%", "#"), "<mend>", "exec")


def test_the_part_of_the_graph_has_the_shapes_on_its_edges():
    dot = explain(failing(in_the_run)[0]).dot
    assert "2×3" in dot and "2×4" in dot and "product" in dot
    dot = explain(failing(while_built)[0]).dot
    assert dot.count("2×3") == 2 and "MatMul" in dot


def test_an_error_of_the_students_own_is_left_alone():
    with pytest.raises(ValueError) as caught:
        float("hello")
    assert explain(caught.value) is None


@pytest.mark.parametrize("rule", RULES, ids=[r.pattern[:30] for r in RULES])
def test_a_rule_uses_only_what_its_pattern_finds(rule):
    groups = set(re.compile(rule.pattern).groupindex)
    used = set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", rule.cause + rule.mend))
    assert used <= groups
    assert set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", rule.code)) <= groups | {"fed", "shape", "dtype", "want_open", "got_open", "want", "got"}
    words = dict.fromkeys([*groups, "fed", "shape", "dtype", "want_open", "got_open", "want", "got"], "word")
    compile(rule.code.replace("%step", "# %step").format(**words), "<mend>", "exec")
