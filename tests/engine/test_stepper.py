"""Stepping is running, one line at a time: forward, back, and to the same end."""

import numpy as np
import pytest

import tfnb as tf

DEVICES = ["cpu:numpy", "cpu:jax"]


def model():
    tf.set_random_seed(2)
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.get_variable("w", [3, 2])
    noise = tf.random_normal([2], name="noise")
    loss = tf.reduce_mean(tf.square(tf.nn.relu(tf.matmul(x, w)) + noise - 1.0), name="loss")
    return x, w, noise, loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)


def equal(a, b):
    for p, q in zip(a, b, strict=True):
        np.testing.assert_array_equal(p, q) if p is not None else None


@pytest.fixture(params=DEVICES)
def sess(request):
    if request.param != "cpu:numpy":
        pytest.importorskip("jax")
    with tf.Graph().as_default(), tf.Session(device=request.param) as session:
        yield session


def test_to_the_end_is_a_run(sess):
    x, w, noise, loss, train = model()
    sess.run(tf.global_variables_initializer())
    feed = {x: np.ones((4, 3), np.float32)}
    stepper = sess.step([loss, noise, train], feed)
    stepper.last()
    got, after = stepper.results, sess.run(w)
    stepper.first()
    ran = sess.run([loss, noise, train], feed)
    tolerance = 0 if sess.device == "cpu:numpy" else 1e-6
    for a, b in zip(got[:2], ran[:2], strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance)
    np.testing.assert_allclose(after, sess.run(w), rtol=tolerance)
    assert got[2] is ran[2] is None


def test_back_takes_everything_back_and_forward_gives_it_again(sess):
    x, w, noise, loss, train = model()
    sess.run(tf.global_variables_initializer())
    feed = {x: np.ones((4, 3), np.float32)}
    start, runs = sess.run(w), sess.runs
    stepper = sess.step([train, noise], feed)
    states = []
    while True:
        states.append(
            (stepper.position, dict(stepper.values), sess.run(w), sess.run(loss, {**feed, noise: [0, 0]}))
        )
        if not stepper.forward():
            break
    for position, values, weights, value in reversed(states):
        assert stepper.position == position
        assert stepper.values.keys() == values.keys()
        equal(stepper.values.values(), values.values())
        np.testing.assert_array_equal(sess.run(w), weights)
        np.testing.assert_array_equal(sess.run(loss, {**feed, noise: [0, 0]}), value)
        stepper.back()
    np.testing.assert_array_equal(sess.run(w), start)
    assert runs <= sess.runs


def test_run_to_a_node_and_what_changed(sess):
    v = tf.Variable(1.0, name="v")
    x = tf.placeholder(tf.float32, name="x")
    double = tf.multiply(x, 2.0, name="double")
    up = tf.assign_add(v, double, name="up")
    sess.run(tf.global_variables_initializer())
    stepper = sess.step(up, {x: 3.0})
    assert stepper.instruction.op is double.op and stepper.results is None
    stepper.run_to("up")
    assert stepper.instruction is None and stepper.results == 7.0
    (change,) = stepper.changed
    assert (change.variable, float(change.before), float(change.after)) == ("v", 1.0, 7.0)
    stepper.run_to("double")
    assert stepper.value("double") == 6.0 and stepper.value("up") is None and sess.run(v) == 1.0
    with pytest.raises(KeyError, match="not an instruction"):
        stepper.run_to("nowhere")
    assert stepper.line == stepper.plan.line_of["up"]


def test_an_error_is_that_of_a_run(sess):
    x = tf.placeholder(tf.float32, name="x")
    y = tf.matmul(x, x, name="product")
    feed = {x: np.ones((2, 3))}
    stepper = sess.step(y, feed)
    with pytest.raises(tf.errors.InvalidArgumentError) as stepped:
        stepper.forward()
    with pytest.raises(tf.errors.InvalidArgumentError) as ran:
        sess.run(y, feed)
    assert stepped.value.op is ran.value.op is y.op
    assert stepped.value.message == ran.value.message
