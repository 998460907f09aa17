"""A step written for the shapes it has met gives what the general one gives, to the last bit."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine import passes
from tfnb.engine.specialise import AFTER, Specialising

UNARY = [tf.exp, tf.tanh, tf.square, tf.negative, tf.abs, tf.nn.relu, tf.sigmoid, lambda x: x * 1.0, lambda x: x / 3.0, lambda x: 2.0 - x,
         tf.transpose, lambda x: x * tf.ones_like(x), lambda x: x / tf.cast(tf.size(x), tf.float32), lambda x: tf.reshape(x, tf.shape(x)),
         lambda x: x + tf.zeros_like(x), lambda x: x * tf.fill(tf.shape(x), 0.5), tf.nn.softmax, lambda x: x[:1]]  # fmt: skip
BINARY = [tf.add, tf.subtract, tf.multiply, tf.divide, tf.maximum, tf.squared_difference, lambda x, y: tf.matmul(x, y, transpose_b=True)]
REDUCED = [tf.reduce_sum, tf.reduce_mean, tf.reduce_max, lambda x: tf.reduce_sum(x, 0), lambda x: tf.reduce_mean(x, -1, keepdims=True),
           lambda x: tf.reduce_mean(tf.reduce_sum(x, [0])), lambda x: tf.reduce_sum(x, axis=[0, 1], keepdims=True)]  # fmt: skip
SHAPES = [(3, 4), (1, 4), (3, 1), (1, 1), (7, 5), (40, 300), (2, 0)]


def program(rng):
    """A random computation of two placeholders without shapes and two variables: values, gradients and an update."""
    x, z = tf.placeholder(tf.float32, name="x"), tf.placeholder(tf.float32, name="z")
    w = tf.get_variable("w", initializer=np.float32(rng.standard_normal()))
    v = tf.get_variable("v", [1, 1], initializer=tf.constant_initializer(0.5))
    made = [x, z, x * w, x + v]
    for _ in range(rng.integers(2, 7)):
        a, b = (made[rng.integers(len(made))] for _ in range(2))
        kind = rng.integers(5)
        made.append(UNARY[rng.integers(len(UNARY))](a) if kind < 3 else BINARY[rng.integers(len(BINARY))](a, b) if kind < 4
                    else a + REDUCED[rng.integers(len(REDUCED))](b))  # fmt: skip
    loss = REDUCED[rng.integers(3)](made[-1] * w + v)
    dx = [g for g in tf.gradients(loss, [x, z, w, v, made[4]]) if g is not None]
    train = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)
    return [x, z], [loss, *dx, *made[2:]], train, [w, v]


def outcome(sess, fetches, feed):
    """The values' bits, dtypes and shapes, or the kind of error."""
    try:
        return [(np.asarray(r).tobytes(), np.asarray(r).dtype, np.shape(r)) for r in sess.run(fetches, feed)]
    except tf.errors.OpError as e:
        return type(e)


def record(seed, on):
    """All that a program gives in more runs than it takes, with other shapes in between."""
    rng = np.random.default_rng(seed)
    passes.enabled = on
    try:
        with tf.Graph().as_default(), tf.Session() as sess:
            keys, fetches, train, variables = program(rng)
            fetches = [fetches[i] for i in rng.permutation(len(fetches))[: rng.integers(1, len(fetches) + 1)]]
            sess.run(tf.global_variables_initializer())
            found = []
            few = [SHAPES[i] for i in rng.integers(len(SHAPES), size=2)]
            for run in range(3 * AFTER):
                shape = SHAPES[rng.integers(len(SHAPES))] if run % 12 == 7 else few[run % 3 == 2]
                values = [rng.standard_normal(shape).astype(np.float32) for _ in keys]
                values[0] = np.asfortranarray(values[0]) if run % 2 else values[0]
                if run % 10 == 9:
                    values[1].flat[:1] = [np.nan, np.inf, -0.0][run % 3]
                with np.errstate(all="ignore"):
                    found.append(outcome(sess, [*fetches, train], dict(zip(keys, values, strict=True))) if run % 2 else
                                 outcome(sess, fetches, dict(zip(keys, values, strict=True))))  # fmt: skip
            found.append(outcome(sess, variables, {}))
            return found, [p.step for _, p in sess._plans.values() if isinstance(p.step, Specialising)]
    finally:
        passes.enabled = True


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_are_equal_to_the_last_bit(seed):
    special, steps = record(seed, on=True)
    assert special == record(seed, on=False)[0]
    assert steps


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40, 160))
def test_more_random_programs(seed):
    assert record(seed, on=True)[0] == record(seed, on=False)[0]


def neuron(sess):
    x, y = tf.placeholder(tf.float32, name="x"), tf.placeholder(tf.float32, name="y")
    w, b = tf.Variable(0.3, name="w"), tf.Variable(-0.3, name="b")
    loss = tf.reduce_sum(tf.square(w * x + b - y))
    train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    sess.run(tf.global_variables_initializer())
    return x, y, loss, train


def test_the_text_is_shorter_and_the_plan_says_so():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y, loss, train = neuron(sess)
        feed = {x: [1.0, 2.0], y: [0.0, 1.0]}
        plan = sess.plan([loss, train], feed)
        for _ in range(AFTER + 1):
            assert plan.path == "NumPy: each line as it stands"
            sess.run([loss, train], feed)
            if _ + 1 == AFTER:
                break
        assert plan.path == "NumPy: shorter lines for x (2,), y (2,), which ask for no shapes; each line as it stands for other shapes"
        text = plan.step.codes[-1][1].source
        assert "sum_to_shape_of" not in text.split("# ")[0] and "if x.shape != (2,)" in text
        work = [s for s in text.splitlines()[2:-1] if not s.lstrip().startswith("#")]
        assert not any("ops." in s or "ints(" in s for s in work) and len(work) < len(plan.program.instructions) - 2
        assert plan.source == sess.plan([loss, train], feed).source and "sum_to_shape_of" in plan.source


def test_other_shapes_and_a_variable_that_changes_its_shape_go_the_general_way():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32)
        v = tf.Variable([1.0, 2.0])
        grow = tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False)
        g = tf.gradients(tf.reduce_sum(v * x), v)[0]
        sess.run(v.initializer)
        for _ in range(AFTER + 2):
            assert sess.run(g, {x: 2.0}).tolist() == [2.0, 2.0]
        assert sess.run(g, {x: [[1.0, 2.0], [3.0, 4.0]]}).tolist() == [4.0, 6.0]
        sess.run(grow)
        assert sess.run(g, {x: 2.0}).tolist() == [2.0, 2.0, 2.0]


def test_at_most_a_few_sets_of_shapes_have_a_text():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y, loss, train = neuron(sess)
        for n in range(1, 9):
            for _ in range(AFTER + 1):
                sess.run([loss, train], {x: np.ones(n), y: np.ones(n)})
        assert len(sess.plan([loss, train], [x, y]).step.codes) == 1 + 4


def test_an_error_in_the_shorter_text_names_its_node():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, i = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
        y = tf.gather(x * tf.ones_like(x), i, name="taken") + tf.reduce_sum(x)
        for _ in range(AFTER + 2):
            sess.run(y, {x: [1.0, 2.0], i: 1})
        with pytest.raises(tf.errors.InvalidArgumentError, match="is not in") as caught:
            sess.run(y, {x: [1.0, 2.0], i: 7})
        assert caught.value.op.name == "taken"


def test_two_trainings_with_a_seed_are_equal_to_the_last_bit():
    def train():
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(11)
            x = tf.placeholder(tf.float32)
            w = tf.Variable(tf.random_normal([5, 3]))
            h = tf.nn.dropout(tf.matmul(tf.reshape(x, [-1, 5]), w), 0.8)
            loss = tf.reduce_mean(tf.square(h + tf.random_uniform(tf.shape(h))))
            step = tf.train.AdamOptimizer(0.1).minimize(loss)
            sess.run(tf.global_variables_initializer())
            rng = np.random.default_rng(5)
            losses = [sess.run([loss, step], {x: rng.standard_normal((8, 5))})[0] for _ in range(2 * AFTER)]
            assert len(sess.plan([loss, step], [x]).step.codes) == 2
            return np.array(losses).tobytes() + sess.run(w).tobytes()

    assert train() == train()
