"""The text that runs does what the text that is shown does, with less."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine import passes
from tfnb.engine.memory import keep_freed_memory


def both(build, feeds=None, runs=3):
    """What several runs give with the passes and without."""
    found = []
    for on in (True, False):
        passes.enabled = on
        try:
            with tf.Graph().as_default(), tf.Session() as sess:
                tf.set_random_seed(3)
                fetches, keys = build()
                sess.run(tf.global_variables_initializer())
                feed = dict(zip(keys, feeds or (), strict=True))
                found.append([sess.run(fetches, feed) for _ in range(runs)])
        finally:
            passes.enabled = True
    for a, b in zip(*found, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)
            assert getattr(x, "dtype", None) == getattr(y, "dtype", None)


def training(optimizer):
    def build():
        x = tf.placeholder(tf.float32, [None, 3])
        w = tf.get_variable("w", [3, 2])
        y = tf.nn.softmax(tf.matmul(tf.nn.dropout(x, 0.5), w))
        loss = tf.reduce_mean(tf.square(y - tf.one_hot([0, 1], 2)))
        return [optimizer().minimize(loss), loss, w, y, tf.random_normal([2])], [x]

    return build


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: tf.train.GradientDescentOptimizer(0.1),
        lambda: tf.train.MomentumOptimizer(0.1, 0.9),
        lambda: tf.train.AdamOptimizer(0.1),
        lambda: tf.train.RMSPropOptimizer(0.1),
    ],
)
def test_training_is_equal_to_the_last_bit(optimizer):
    both(training(optimizer), [np.arange(6, dtype=np.float32).reshape(2, 3)])


def test_constants_fold_and_random_numbers_do_not():
    def build():
        a = tf.constant([1.0, 2.0]) * 3.0
        return [a, a + tf.random_uniform([2], seed=4), tf.random_uniform([2], seed=4)], []

    both(build)
    with tf.Graph().as_default(), tf.Session() as sess:
        u = tf.random_uniform([2])
        assert not np.array_equal(sess.run(u), sess.run(u))


def test_a_value_that_is_fed_is_not_folded():
    with tf.Graph().as_default(), tf.Session() as sess:
        a = tf.constant(2.0)
        b = a * 3.0
        c = b + 1.0
        assert sess.run(c) == 7.0
        assert sess.run(c, {b: 1.0}) == 2.0
        assert sess.run([c, b], {a: 1.0}) == [4.0, 3.0]
        assert sess.run(c) == 7.0


def test_what_is_computed_from_constants_is_not_computed_again():
    with tf.Graph().as_default(), tf.Session() as sess:
        slow = tf.matrix_inverse(tf.eye(3) * 2.0)
        x = tf.placeholder(tf.float32, [3, 3])
        plan = sess.plan(tf.matmul(slow, x), [x])
        text = passes.faster(plan.program, plan.code, sess._backend.xp).source.splitlines()
        work = [line for line in text[1:-1] if not line.lstrip().startswith("#")]
        assert len(work) == 1 and "MatMul" in work[0]
        assert len(text) == len(plan.source.splitlines())


def test_a_value_is_freed_after_its_last_use_and_not_before():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None])
        h = tf.exp(x, name="h")
        g = tf.sin(h, name="g")
        y = tf.add(g, h, name="y")
        z = tf.multiply(y, y, name="z")
        plan = sess.plan([z, g], [x])
        text = passes.faster(plan.program, plan.code, sess._backend.xp).source
        line = {s.split(" = ")[0].strip(): s for s in text.splitlines() if " = " in s}
        assert "del h" in line["y"] and "del" not in line["g"]
        assert "g" not in line["y"].partition("del")[2] and "del" not in plan.source
        np.testing.assert_allclose(sess.run([z, g], {x: [0.0]})[0], [(1 + np.sin(1)) ** 2], rtol=1e-6)


def test_an_error_names_its_node_with_and_without():
    for on in (True, False):
        passes.enabled = on
        try:
            with tf.Graph().as_default(), tf.Session() as sess:
                a = tf.constant(np.ones((2, 3))) + 1.0
                x = tf.placeholder(tf.float64)
                y = tf.matmul(a, x, name="product")
                with pytest.raises(
                    tf.errors.InvalidArgumentError, match=r"In\[0\] mismatch In\[1\] shape: 3 vs. 2"
                ) as e:
                    sess.run(y * 2.0, {x: np.ones((2, 2))})
                assert e.value.op is y.op
        finally:
            passes.enabled = True


def test_constants_that_cannot_be_computed_fail_in_the_run():
    with tf.Graph().as_default(), tf.Session() as sess:
        bad = tf.gather([1.0, 2.0], tf.identity([5]))
        with pytest.raises(tf.errors.InvalidArgumentError, match="5 is not in"):
            sess.run(bad)


def test_the_allocator_is_told_once():
    assert keep_freed_memory() == keep_freed_memory() >= 0
