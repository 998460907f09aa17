"""Variables without a value that only a branch looks at: the run fails where the branch is taken, and only there."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


DEVICES = ["cpu:numpy", pytest.param("cpu:jax", marks=pytest.mark.jax)]


def _read_inside(v, x):
    return tf.cond(x > 0, lambda: v.read_value() * x, lambda: -x)


def _passed_on(v, x):
    return tf.cond(x > 0, v.read_value, lambda: -x)


def _written_into_another(v, x):
    w = tf.Variable(0.0)
    return tf.cond(x > 0, lambda: tf.assign(w, v.read_value()), lambda: -x)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("program", [_read_inside, _passed_on, _written_into_another])
def test_only_the_branch_that_is_taken_needs_the_value(program, device):
    x, v = tf.placeholder(tf.float32, []), tf.Variable(2.0, name="v")
    y = program(v, x)
    sess = tf.Session(device=device)
    assert sess.run(y, {x: -3.0}) == 3
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        sess.run(y, {x: 3.0})
    assert not sess.run(tf.is_variable_initialized(v))
    sess.run(tf.global_variables_initializer())
    assert sess.run(y, {x: 3.0}) in (2, 6)


def test_a_read_outside_of_the_branch_happens_always():
    x, v = tf.placeholder(tf.float32, []), tf.Variable(2.0, name="v")
    y = tf.cond(x > 0, lambda: v * x, lambda: -x)
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        tf.Session().run(y, {x: -3.0})


def test_the_stepper_fails_at_the_read():
    x, v = tf.placeholder(tf.float32, []), tf.Variable(2.0, name="v")
    y = tf.cond(x > 0, v.read_value, lambda: -x)
    sess = tf.Session()
    stepper = sess.step(y, {x: -3.0})
    stepper.last()
    assert stepper.results == 3
    stepper = sess.step(y, {x: 3.0})
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        stepper.last()
    assert "v:0" not in stepper.values
    assert sess.variable_value("v") is None


def test_a_branch_that_does_not_write_leaves_the_variable_without_value():
    x, v = tf.placeholder(tf.float32, []), tf.Variable(2.0, name="v")
    y = tf.cond(x > 0, lambda: tf.assign(v, x).op, lambda: tf.no_op())
    sess = tf.Session()
    sess.run(y, {x: -1.0})
    assert not sess.run(tf.is_variable_initialized(v))
    sess.run(y, {x: 4.0})
    assert sess.run(v) == 4


def test_initialized_value_is_the_value_once_there_is_one():
    v = tf.Variable(2.0)
    y = v.initialized_value()
    sess = tf.Session()
    assert sess.run(y) == 2
    sess.run(v.assign(5.0))
    assert sess.run(y) == 5


def test_initial_values_made_of_other_variables():
    v = tf.Variable([1.0, 2.0])
    w = tf.Variable(v * 2 + tf.reduce_sum(v))
    u = tf.Variable(w.initialized_value() + v)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    np.testing.assert_array_equal(sess.run(u), [6, 9])
    sess.run(v.assign([5.0, 6.0]))
    sess.run(w.initializer)  # v has a value now
    np.testing.assert_array_equal(sess.run(w), [21, 23])
