"""Every run is in the ledger; any can be stepped again, and two can be compared."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.ledger import Ledger
from tfnb.engine.recording import recorders


@pytest.fixture
def model():
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(3)
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.Variable([[1.0], [2.0]], name="w")
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)), name="loss")
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        yield sess, x, w, loss, train


A, B = np.array([[1.0, 0.0]], np.float32), np.array([[0.0, 1.0]], np.float32)


def test_what_a_run_says(model):
    sess, x, w, loss, train = model
    call = sess.make_callable([loss, train], [x])
    with Ledger() as ledger:
        sess.run([loss, train], {x: A})
        call(B), sess.run(w)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(loss)
        with tf.Session() as other:
            other.run(tf.constant(np.inf))
    sess.run(w)
    assert recorders == [] and len(ledger.runs) == 5
    one, two, three, failed, bad = ledger.runs
    assert one.fetches == ("loss", "GradientDescent") and one.fed == (("x:0", (1, 2)),) and one.scalars == {"loss:0": 1.0}
    assert two.scalars == {"loss:0": 4.0} and (one.seed, one.device) == (3, "cpu:numpy") and one.seconds > 0
    assert failed.error.startswith("InvalidArgumentError: You must feed") and bad.is_bad and not one.is_bad
    assert one.where.file == __file__ and "loss 1" in str(one) and str(ledger).count("\n") == 4
    assert ledger.hashes(one.number) != ledger.hashes(two.number) and bad.session != one.session


def test_any_run_is_stepped_again(model):
    sess, x, w, loss, train = model
    fed = A.copy()
    with Ledger() as ledger:
        for _ in range(3):
            sess.run([loss, train], {x: fed})
            fed[:] = 7.0  # the caller's own array, to change
            fed[:] = A
    weights = sess.run(w)
    run = ledger.step(ledger.runs[0].number)
    np.testing.assert_array_equal(sess.run(w), [[1.0], [2.0]])
    run.last()
    assert run.results[0] == 1.0
    ledger.after(ledger.runs[2].number)
    np.testing.assert_array_equal(sess.run(w), weights)
    with pytest.raises(KeyError, match="There is no run 0"):
        ledger.step(0)


def test_the_first_tensor_that_differs(model):
    sess, x, w, loss, train = model
    with Ledger() as ledger:
        sess.run([loss, train], {x: A})
        sess.run([loss, train], {x: A})
        sess.run([loss, train], {x: B})
        sess.run(loss, {x: B})
        sess.run(loss, {x: B})
    weights = sess.run(w)
    a, b, c, d, e = (r.number for r in ledger.runs)
    assert ledger.diff(a, b).departs.name == "w" and ledger.diff(b, c).departs.name == "x"
    assert ledger.diff(d, e).departs is None and ledger.diff(c, d).departs.name == "w"
    np.testing.assert_array_equal(sess.run(w), weights)


def test_the_bound(model):
    sess, x, w, loss, train = model
    with Ledger(keep_bytes=1000) as ledger:
        for i in range(200):
            sess.run(train, {x: A * np.float32(i % 2)})
    numbers = [r.number for r in ledger.runs]
    assert len(numbers) == 200 and ledger.held_bytes <= 1000
    assert ledger.can_repeat(numbers[-1]) and not ledger.can_repeat(numbers[0])
    with pytest.raises(KeyError, match="too long ago"):
        ledger.step(numbers[0])
