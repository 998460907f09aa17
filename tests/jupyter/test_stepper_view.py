"""The stepper's model follows the run, and what it shows is what Session.run gives."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.jupyter.widgets.stepper import StepperView


@pytest.fixture(params=["cpu:numpy", "cpu:jax"])
def session(request):
    with tf.Graph().as_default(), tf.Session(device=request.param) as sess:
        yield sess


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
    assert (view.position, view.total, view.current) == (0, 2, "Add")
    view.receive({"do": "forward"})
    assert view.position == 1 and view.selected == "Add:0" and view.current == "Mul"
    view.receive({"do": "back"})
    assert view.position == 0 and view.line == 2
    view.receive({"do": "to", "target": "Mul"})
    assert view.position == 2 and view.explanation == "The run is at its end."
    assert "9" in view.picture


def test_an_error_is_one_sentence(session):
    view = StepperView(session.step(tf.add(tf.constant(1), tf.constant(2))))
    view._on_message(view, {"do": "dance"}, [])
    assert view.problem == "The stepper knows no 'dance'."
    view._on_message(view, {"do": "forward"}, [])
    assert view.problem == ""


def test_the_saved_notebook_keeps_the_code_and_the_line(session):
    view = StepperView(session.step(tf.add(tf.constant(1), tf.constant(2))))
    assert "-&gt; " in view.static_html() and "def step" in view.static_html()
