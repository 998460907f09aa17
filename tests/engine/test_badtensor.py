"""The first tensor that is not finite is found, with the input elements that made it so."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.badtensor import find_bad, first_bad

ROWS = np.ones((3, 2), np.float32)
CASES = {
    "logarithm of zero": (lambda x: tf.log(x), {(1, 0): 0.0}, "Log:0", "-Inf", (1, 0), [("x:0", (1, 0))]),
    "division by zero": (lambda x: 1.0 / (x - 3.0), {(2, 1): 3.0}, "truediv:0", "Inf", (2, 1), [("sub:0", (2, 1))]),
    "overflow": (lambda x: tf.exp(tf.square(x)), {(0, 1): 30.0}, "Exp:0", "Inf", (0, 1), [("Square:0", (0, 1))]),
    "root of a negative": (lambda x: tf.reduce_mean(tf.sqrt(x)), {(0, 0): -1.0}, "Sqrt:0", "NaN", (0, 0), [("x:0", (0, 0))]),
    "broadcast": (lambda x: tf.ones([3, 2]) / x[0], {(0, 1): 0.0}, "truediv:0", "Inf", (0, 1), [("strided_slice:0", (1,))]),
    "sum of two": (lambda x: tf.reduce_sum(x, 1), {(1, 0): 3e38, (1, 1): 3e38}, "Sum:0", "Inf", (1,), 1),
    "inf minus inf": (lambda x: tf.exp(x) * 0.0, {(2, 0): 1e3}, "Exp:0", "Inf", (2, 0), [("x:0", (2, 0))]),
    "fed": (lambda x: x + 1.0, {(1, 1): np.nan}, "x:0", "NaN", (1, 1), []),
}  # fmt: skip


@pytest.mark.parametrize("device", ["cpu:numpy", "cpu:jax"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_finds_the_op_and_the_elements(case, device):
    if device != "cpu:numpy":
        pytest.importorskip("jax")
    make, cells, tensor, kind, place, causes = case
    value = ROWS.copy()
    for at, v in cells.items():
        value[at] = v
    with tf.Graph().as_default(), tf.Session(device=device) as sess, np.errstate(all="ignore"):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        y = make(x)
        found = first_bad(sess, y, {x: value})
        assert (found.tensor, found.kind, found.place) == (tensor, kind, place)
        if isinstance(causes, int):
            assert len(found.causes) == causes
        else:
            assert [(c.tensor, c.place) for c in found.causes] == causes
        assert first_bad(sess, y, {x: ROWS}) is None
        assert str(found).startswith(tensor) and found.op.name in str(found)


def test_the_stepper_stands_there_and_variables_are_restored():
    with tf.Graph().as_default(), tf.Session() as sess, np.errstate(all="ignore"):
        v = tf.Variable([1.0, 0.0], name="v")
        with tf.control_dependencies([tf.assign_add(v, [1.0, 0.0], name="up")]):
            loss = tf.reduce_sum(tf.log(v.read_value()), name="loss")
        grads = tf.gradients(loss, v)
        sess.run(v.initializer)
        stepper = sess.step([loss, grads])
        bad = find_bad(stepper)
        assert bad.op.type == "Log" and stepper.last_instruction.op is bad.op and stepper.position == bad.position
        assert "cell" in str(bad) or "line" in str(bad)
        assert first_bad(sess, loss) is not None
        stepper.first()
        np.testing.assert_array_equal(sess.run(v), [1.0, 0.0])


def test_a_masked_infinity_is_not_to_blame():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        y = tf.nn.softmax(tf.where([True, False], x, tf.constant([-np.inf, -np.inf], tf.float32)))
        assert first_bad(sess, y, {x: [1.0, 2.0]}) is None
