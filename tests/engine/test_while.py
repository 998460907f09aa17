"""while_loop, TensorArray and their gradients: names and numbers of TensorFlow 1.15.5; stepping is running."""

import numpy as np
import pytest

import tfnb as tf

X = np.linspace(-1, 1.5, 12).reshape(4, 3)


def nested(x, w):
    def body(i, t):
        j, u = tf.while_loop(lambda j, u: j < i, lambda j, u: (j + 1, tf.cond(tf.reduce_sum(u) > 3, lambda: u * x * w, lambda: u * u + 1)), [0, t])
        return i + 1, u * x

    return tf.while_loop(lambda i, t: i < 4, body, [0, x * 0.1])[1]


MODELS = {
    "while": lambda x, w: tf.while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, a * tf.sin(x) * w), [0, x])[1],
    "nested": nested,
    "map": lambda x, w: tf.map_fn(lambda r: r * r * w, x),
    "scan": lambda x, w: tf.scan(lambda a, r: a * r, x) * w,
    "foldr": lambda x, w: tf.foldr(lambda a, r: tf.tanh(a * r), x) * w,
    "cond": lambda x, w: tf.cond(w > 1, lambda: x * x * w, lambda: x),
}


@pytest.mark.parametrize("model", MODELS)
def test_gradients_are_the_differences_of_values(model):
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w = tf.placeholder(tf.float64, [4, 3]), tf.placeholder(tf.float64, [])
        y = tf.reduce_sum(MODELS[model](x, w))
        dx, dw = tf.gradients(y, [x, w])
        got = sess.run([dx, dw], {x: X, w: 2.0})
        e = 1e-6
        up, down = (sess.run(y, {x: X, w: 2.0 + s}) for s in (e, -e))
        assert got[1] == pytest.approx((up - down) / 2 / e, rel=1e-4)
        moved = np.zeros_like(X)
        moved[1, 2] = e
        up, down = (sess.run(y, {x: X + s * moved, w: 2.0}) for s in (1, -1))
        assert got[0][1, 2] == pytest.approx((up - down) / 2 / e, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_stepping_is_running_forward_and_back(model):
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w = tf.placeholder(tf.float64, [4, 3]), tf.placeholder(tf.float64, [])
        y = MODELS[model](x, w)
        fetches = [y, *tf.gradients(y, [x, w])]
        feed = {x: X, w: 2.0}
        want = sess.run(fetches, feed)
        stepper = sess.step(fetches, feed)
        stepper.last()
        first = stepper.results
        for _ in range(stepper.position * 2 // 3):
            stepper.back()
        stepper.last()
        for a, b, c in zip(want, first, stepper.results, strict=True):
            np.testing.assert_array_equal(a, b)
            np.testing.assert_array_equal(a, c)


def test_nodes_and_text_of_a_loop():
    with tf.Graph().as_default() as g, tf.Session() as sess:
        i, a = tf.while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, a * 2.0), [0, tf.constant(3.0, name="start")])
        assert (i.name, a.name) == ("while/Exit:0", "while/Exit_1:0")
        names = {o.name for o in g.get_operations()}
        assert {"while/Const", "while/Enter", "while/Merge_1", "while/Less/y", "while/Less", "while/LoopCond", "while/Switch_1", "while/Identity",
                "while/add/y", "while/add", "while/mul", "while/NextIteration_1"} <= names  # fmt: skip
        assert sess.run([i, a]) == [4, 48.0]
        text = sess.plan([i, a]).source
        assert "    while True:\n" in text and "if not Less: break" in text


def test_limits_and_shapes():
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.while_loop(lambda i: i < 100, lambda i: i + 1, [0], maximum_iterations=7)) == 7
        x = tf.placeholder(tf.float32, [1, 2], name="x")
        with pytest.raises(ValueError, match=r"Input tensor 'x:0' enters the loop with shape \(1, 2\), but has shape \(2, 2\) after one iteration. To allow"):
            tf.while_loop(lambda a: True, lambda a: tf.concat([a, x], 0), [x])
        grown = tf.while_loop(lambda a: tf.shape(a)[0] < 3, lambda a: tf.concat([a, x], 0), [x], shape_invariants=[tf.TensorShape([None, 2])])
        assert grown.shape.as_list() == [None, 2]
        assert sess.run(grown, {x: [[1, 2]]}).shape == (3, 2)


@pytest.mark.parametrize(("make", "text"), [
    (lambda ta: ta.read(5), "Tried to read from index 5 but array size is: 3"),
    (lambda ta: ta.write(5, 1.0).flow, "Tried to write to index 5 but array is not resizeable and size is: 3"),
    (lambda ta: ta.write(0, 1.0).write(0, 2.0).flow, "Could not write to TensorArray index 0 because it has already been written to."),
])  # fmt: skip
def test_errors_of_tensor_arrays(make, text):
    with tf.Graph().as_default(), tf.Session() as sess:
        fetch = make(tf.TensorArray(tf.float32, size=3))
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            sess.run(fetch)


def test_case_takes_the_first_that_holds():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.int32, [])
        y = tf.case([(x > 5, lambda: tf.constant(1)), (x > 2, lambda: tf.constant(2))], default=lambda: tf.constant(3))
        assert y.name == "case/cond/Merge:0"
        assert [sess.run(y, {x: v}) for v in (9, 4, 0)] == [1, 2, 3]
