"""The chain-rule card: rule and differences agree for every op case, and a wrong gradient is found out."""

import numpy as np
import pytest

import tfnb as tf
from tests.cases import CASES
from tests.test_ops import built
from tfnb.engine.derivative import chain_rule, formula

SMOOTH = [c for c in CASES if c.smooth and c.shapes and "CrossEntropy" not in c.type]


@pytest.fixture
def run():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.Variable(np.linspace(-1, 1, 6).reshape(3, 2).astype("f"), name="w")
        y = tf.nn.relu(tf.matmul(x, w, name="product"), name="y")
        loss = tf.reduce_mean(tf.square(y), name="loss")
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        run = sess.step([loss, train, tf.gradients(loss, [y, w])], {x: np.arange(6.0).reshape(2, 3)})
        run.run_to("gradients/product_grad/MatMul_1")
        yield run


def test_an_edge_in_numbers(run):
    card = chain_rule(run, "product", 1)
    x, w = run.value("x"), run.value("w")
    assert card.passed and card.given and (card.input, card.output) == ("w/read:0", "product:0")
    np.testing.assert_allclose(card.downstream, x.T @ card.upstream, rtol=1e-6)
    np.testing.assert_allclose(card.downstream, run.value("gradients/product_grad/MatMul_1"), rtol=1e-5)
    assert card.jacobian.shape == (2, 2, 3, 2) and "matmul" in card.formula and card.formula in " ".join(card.source.split())
    np.testing.assert_allclose(np.tensordot(card.upstream, card.jacobian, 2), card.downstream, rtol=1e-6)
    assert chain_rule(run, "gradients/product_grad/MatMul_1", 1).output == "product:0"  # a backward node stands for its op
    np.testing.assert_array_equal(w, run.value("w"))


@pytest.mark.parametrize("case", SMOOTH, ids=[c.name for c in SMOOTH])
def test_every_op_agrees_with_differences(case):
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs, xs, feed = built(case, "float32")
        run = sess.step([y for y in outputs if y.dtype.is_floating], feed)
        run.last()
        node = outputs[0].op
        for i, x in enumerate(node.inputs):
            if x in xs:
                card = chain_rule(run, node, i)
                assert card.downstream is None or card.passed, str(card)


def test_a_wrong_rule_is_found_out():
    with tf.Graph().as_default() as g, tf.Session() as sess:
        if "WrongForTest" not in __import__("tfnb.gradients", fromlist=["_"])._overrides:
            tf.RegisterGradient("WrongForTest")(lambda op, dy: dy * 3.0)
        x = tf.placeholder(tf.float32, [2], name="x")
        with g.gradient_override_map({"Square": "WrongForTest"}):
            y = tf.square(x, name="y")
        run = sess.step(y, {x: [1.0, 2.0]})
        run.last()
        card = chain_rule(run, "y")
        assert not card.passed and "DISAGREE" in str(card) and card.error > 0.5 and "dy * 3.0" in card.source


def test_where_there_is_no_derivative(run):
    run.last()
    assert "changes what the session keeps" in chain_rule(run, "GradientDescent/update_w/ApplyGradientDescent", 2).note
    with pytest.raises(ValueError, match="has no value yet"):
        chain_rule(run.session.step("loss", {"x:0": np.ones((1, 3))}), "y")
    with pytest.raises(ValueError, match="there is no input 7"):
        chain_rule(run, "y", 7)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3])
        y, n = tf.nn.relu(x), tf.argmax(x, 0)
        step = sess.step([y, n], {x: [0.0, 1.0, -1.0]})
        step.last()
        kink = chain_rule(step, y.op)
        assert kink.passed and kink.kinks == 1
        assert chain_rule(step, n.op).downstream is None


def test_the_formula_is_that_of_the_input():
    with tf.Graph().as_default():
        a = tf.placeholder(tf.float32, [2])
        node = tf.multiply(a, a).op
        assert formula(node, 0)[0] != formula(node, 1)[0] and "dy" in formula(node, 0)[1]
