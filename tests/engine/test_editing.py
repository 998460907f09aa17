"""An edited value is what the run goes on with; what was computed from it is computed anew, and nothing else."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.editing import same

DEVICES = ["cpu:numpy", "cpu:jax"]


@pytest.fixture(params=DEVICES)
def sess(request):
    if request.param != "cpu:numpy":
        pytest.importorskip("jax")
    with tf.Graph().as_default(), tf.Session(device=request.param) as session:
        yield session


def names(edited):
    return [e.tensor for e in edited]


@pytest.mark.parametrize("keep_bytes", [1 << 20, 0])
def test_what_depends_on_it_is_computed_anew(sess, keep_bytes):
    x = tf.placeholder(tf.float32, [3], name="x")
    calls = []
    apart = tf.py_func(lambda v: calls.append(1) or v, [x + 1.0], tf.float32, name="apart")
    h = tf.multiply(x, 2.0, name="h")
    v = tf.Variable([1.0, 1.0, 1.0], name="v")
    up = tf.assign_add(v, h, name="up")
    total = tf.reduce_sum(up, name="total")
    sess.run(v.initializer)
    run = sess.step([total, apart], {x: [1.0, 2.0, 3.0]}, keep_bytes=keep_bytes)
    run.last()
    assert run.results[0] == 15.0
    (changed, *rest) = run.edit("h", [0.0, 0.0, 1.0])
    assert (changed.tensor, changed.before.tolist(), changed.after.tolist()) == ("h:0", [2, 4, 6], [0, 0, 1])
    assert set(names(rest)) == {"v:0", "total:0"} and run.results[0] == 4.0 and len(calls) == 1
    np.testing.assert_array_equal(sess.run(v), [1, 1, 2])
    run.first()
    np.testing.assert_array_equal(sess.run(v), [1, 1, 1])
    run.last()
    assert run.results[0] == 4.0 and run.edits == ["h:0"]
    run.unedit("h")
    assert run.results[0] == 15.0 and run.edits == []


def test_feeds_variables_and_loops(sess):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(2.0, name="v")
    out = tf.while_loop(lambda i, a: a < x, lambda i, a: (i + 1, tf.multiply(a, v, name="a")), [0, 1.0])
    sess.run(v.initializer)
    run = sess.step(out, {x: 10.0})
    run.last()
    assert run.results == (4, 16.0)
    run.edit(x, 3.0)
    run.last()
    assert run.results == (2, 4.0)
    run.edit(v, 4.0)
    run.last()
    assert run.results == (1, 4.0) and sess.run(v) == 4.0
    run.unedit(v), run.unedit(x), run.last()
    assert run.results == (4, 16.0) and sess.run(v) == 2.0
    run.run_to("while/a")  # the last time, that of iteration 3
    run.edit("while/a", 5.0)
    run.last()
    assert run.results == (5, 10.0)


def test_a_value_that_does_not_fit_leaves_all_as_it_was(sess):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.matmul(x, x, name="y")
    run = sess.step(y, {x: np.eye(2)})
    with pytest.raises(ValueError, match="has no value yet"):
        run.edit("y", np.zeros((2, 2)))
    with pytest.raises(KeyError):
        run.edit("nowhere", 1.0)
    run.last()
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        run.edit(x, np.zeros((2, 3)))
    with pytest.raises(tf.errors.InvalidArgumentError):
        run.edit(x, np.zeros((3, 2)))
    np.testing.assert_array_equal(run.results, np.eye(2))
    assert run.edits == []


def test_same_to_the_last_bit():
    assert same(np.float32("nan"), np.float32("nan")) and not same(np.float32(0.0), np.float32(-0.0))
    assert not same(np.zeros(2), np.zeros(2, np.float32)) and same(np.array([b"a"], object), np.array([b"a"], object))
