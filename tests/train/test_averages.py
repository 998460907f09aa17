"""Moving averages: values and nodes as TensorFlow 1.15.5 gave them."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.train import averages as moving_averages


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def test_a_shadow_starts_with_the_value_and_follows():
    v = tf.Variable(2.0, name="v")
    steps = tf.Variable(0, trainable=False)
    ema = tf.train.ExponentialMovingAverage(0.9, steps)
    follow = ema.apply([v])
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    got = []
    for _ in range(3):
        sess.run(follow)
        sess.run(v.assign_add(1.0))
        got.append(sess.run(ema.average(v)))
    np.testing.assert_allclose(got, [2, 2.9, 3.8899999], rtol=1e-6)
    assert ema.average(v).op.colocation_groups() == [b"loc:@v"]


def test_zero_debias_divides_the_start_out():
    y = tf.constant([1.0, 2.0]) * 3
    ema = tf.train.ExponentialMovingAverage(0.9, zero_debias=True, name="E")
    follow = ema.apply([y])
    assert [v.name for v in tf.global_variables()] == ["mul/E:0", "mul/E/biased:0", "mul/E/local_step:0"]
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(follow)
        np.testing.assert_allclose(sess.run(ema.average(y)), [3, 6], rtol=1e-6)


def test_assign_moving_average():
    v = tf.Variable(0.0, name="v")
    move = moving_averages.assign_moving_average(v, 3.0, 0.9)
    again = moving_averages.assign_moving_average(v, 3.0, 0.9, zero_debias=False)
    assert (move.op.name, move.op.type, again.op.type) == ("AssignMovingAvg", "Assign", "AssignSub")
    moving_averages.assign_moving_average(v, 3.0, 0.9)
    names = {u.op.name for u in tf.global_variables()}
    assert names == {"v", "v/biased", "v/local_step", "v/biased_1", "v/local_step_1"}
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    np.testing.assert_allclose(sess.run(move), 3, rtol=1e-6)
    np.testing.assert_allclose(sess.run(again), 3, rtol=1e-6)


def test_only_numbers_that_are_floating():
    with pytest.raises(TypeError, match="The variables must be half, float, or double: v:0"):
        tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1, name="v")])
