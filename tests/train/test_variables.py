"""Variables and their scopes, with names and messages of TensorFlow 1.15."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def names(graph):
    return [op.name for op in graph.get_operations()]


def test_a_variable_is_four_nodes(graph):
    tf.Variable(1.0, name="v")
    assert names(graph) == ["v/initial_value", "v", "v/Assign", "v/read"]


def test_each_session_has_its_own_values():
    v = tf.Variable(0.0)
    add = v.assign_add(1.0)
    first, second = tf.Session(), tf.Session()
    for sess, times in ((first, 2), (second, 1)):
        sess.run(v.initializer)
        for _ in range(times):
            sess.run(add)
    assert (first.run(v), second.run(v)) == (2.0, 1.0)


def test_scopes_number_themselves():
    made = []
    for _ in range(2):
        with tf.variable_scope(None, "d"):
            made.append(tf.get_variable("w", [2]).name)
    assert made == ["d/w:0", "d_1/w:0"]


def test_reuse_finds_the_same_variable():
    with tf.variable_scope("a"):
        w = tf.get_variable("w", [2])
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        assert tf.get_variable("w", [2]) is w


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: tf.get_variable("w", [1]), "Variable w already exists, disallowed."),
        (lambda: tf.get_variable("new"), "The initializer passed is not valid."),
        (lambda: tf.get_variable("new", [2], initializer=tf.ones([2])), "If initializer is a constant, do not specify shape."),
        (lambda: tf.Variable(), "initial_value must be specified."),
        (lambda: tf.Variable(tf.placeholder(tf.float32)), "initial_value must have a shape specified: Tensor"),
    ],
)
def test_says_what_is_wrong(make, text):
    tf.get_variable("w", [1])
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value).startswith(text)


def test_reuse_of_another_shape_says_so():
    tf.get_variable("w", [1])
    with tf.variable_scope("", reuse=True), pytest.raises(ValueError) as caught:
        tf.get_variable("w", [2])
    assert str(caught.value) == "Trying to share variable w, but specified shape (2,) and found shape (1,)."


def test_a_function_without_arguments_makes_the_initial_value():
    assert tf.get_variable("w", initializer=lambda: tf.zeros([3])).shape.as_list() == [3]


def test_count_up_to_stops():
    v = tf.Variable(0)
    count = v.count_up_to(2)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert [sess.run(count), sess.run(count)] == [0, 1]
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
            sess.run(count)
        assert sess.run(v) == 2


def test_rows_change():
    v = tf.Variable([1.0, 2.0, 3.0])
    runs = [tf.scatter_mul(v, [0, 2], [10.0, 10.0]), tf.scatter_nd_update(v, [[1]], [7.0]), tf.scatter_max(v, [1], [9.0])]
    with tf.Session() as sess:
        sess.run(v.initializer)
        for op in runs:
            sess.run(op)
        np.testing.assert_array_equal(sess.run(v), [10, 9, 30])


def test_slots_get_their_names_again_when_a_cell_runs_again(graph):
    v = tf.Variable(1.0, name="v")
    for _ in range(2):
        before = set(graph.get_operations())
        tf.train.AdamOptimizer(0.1).minimize(v * v)
        assert [s.name for s in tf.global_variables()[3:]] == ["v/Adam:0", "v/Adam_1:0"]
        graph.remove(set(graph.get_operations()) - before)


def test_constraint_holds_after_each_step():
    v = tf.Variable(1.0, constraint=lambda x: tf.clip_by_value(x, 0.0, 1.0))
    train = tf.train.GradientDescentOptimizer(10.0).minimize(v * v)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        assert sess.run(v) == 0.0
