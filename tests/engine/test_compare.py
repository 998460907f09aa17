"""Two runs beside each other: how far apart, and from which node on."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.compare import compare, difference, differences, on_device


@pytest.fixture
def model():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.Variable(np.linspace(-1, 1, 6).reshape(3, 2).astype("f"), name="w")
        h = tf.nn.relu(tf.matmul(x, w), name="h")
        loss = tf.reduce_mean(tf.exp(h) + tf.random_normal([2]), name="loss")
        train = tf.train.AdamOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        yield sess, x, w, [loss, train]


X = np.random.default_rng(1).normal(size=(4, 3)).astype("f")


def test_the_first_node_that_departs(model):
    sess, x, w, fetches = model
    other = X.copy()
    other[2, 1] = np.nextafter(other[2, 1], np.float32(9))
    assert compare(sess.step(fetches, {x: X}), sess.step(fetches, {x: X})).departs is None
    found = compare(sess.step(fetches, {x: X}), sess.step(fetches, {x: other}))
    assert found.departs.name == "x" and found.first.ulp == 1 and found.first.place == (2, 1) and found.position == 0
    a, b = sess.step(fetches, {x: X}), sess.step(fetches, {x: X})
    b.run_to("h")
    b.edit("h", b.value("h") + np.float32(0.5))
    found = compare(a, b)
    assert found.departs.name == "h" and "depart at h (Relu" in str(found)
    assert {"h:0", "loss:0", "w:0"} <= {d.tensor for d in found.different} and "MatMul:0" not in {d.tensor for d in found.different}


@pytest.mark.jax
def test_on_another_device(model):
    pytest.importorskip("jax")
    sess, x, w, fetches = model
    before = sess.run(w)
    found = on_device(sess, fetches, {x: X}, "cpu:jax")
    assert found.departs is None and found.compared > 10 and "agree" in str(found)
    np.testing.assert_array_equal(sess.run(w), before)


def test_other_ways_through_a_branch():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(x > 1.0, lambda: tf.add(x, 1.0, name="more"), lambda: tf.subtract(x, 1.0, name="less"))
        found = compare(sess.step(y, {x: 2.0}), sess.step(y, {x: 0.0}), atol=5.0)
        assert found.departs.name == "cond/less" and "different ways" in str(found)


def test_sizes_of_differences():
    a = np.array([1.0, -0.0, np.nan, 2.0], np.float32)
    b = np.array([np.nextafter(np.float32(1), np.float32(2)), 0.0, np.nan, 2.5], np.float32)
    d = difference("t", a, b)
    assert d.place == (3,) and d.absolute == 0.5 and d.relative == pytest.approx(0.2)
    assert difference("t", a[:3], b[:3]).ulp == 1 and difference("t", a, a.copy()) is None
    tiny = np.float32(1e-45)
    assert difference("t", tiny, -tiny).ulp == 2
    assert difference("t", np.float32(1), np.float32("nan")).absolute == np.inf
    assert "float32[4] and float32[2]" in str(difference("t", a, b[:2]))
    assert difference("t", np.array([b"a"], object), np.array([b"b"], object)).place == (0,)
    assert [d.tensor for d in differences({"p": a, "q": a}, {"p": a, "q": b, "r": a})] == ["q", "r"]
