"""Branches and loops on JAX: compiled as one program, with NumPy's numbers, gradients and variables; else a reason."""

import warnings

import numpy as np
import pytest

import tfnb as tf
from tests.engine.test_while import MODELS as LOOPS
from tests.engine.test_while import X

pytest.importorskip("jax")
pytestmark = pytest.mark.jax


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    import jax

    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("xla")))


def inputs(x, w):
    return tf.cast(tf.reshape(x * w, [2, 2, 3]), tf.float32)


def bidirectional(x, w):
    cells = [tf.nn.rnn_cell.GRUCell(2) for _ in range(2)]
    y, _ = tf.nn.bidirectional_dynamic_rnn(*cells, inputs(x, w), dtype=tf.float32, sequence_length=[2, 1])
    return tf.cast(tf.concat(y, 2), tf.float64)


def dropped(x, w):
    cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicLSTMCell(2), output_keep_prob=0.5, seed=3)
    return tf.cast(tf.nn.dynamic_rnn(cell, inputs(x, w), dtype=tf.float32)[0], tf.float64)


def counted(x, w):
    n = tf.get_variable("n", [], dtype=tf.float64, initializer=tf.zeros_initializer(), trainable=False)

    def body(i, a):
        with tf.control_dependencies([tf.cond(tf.equal(i, 1), lambda: tf.assign_add(n, 5.0), lambda: tf.assign_add(n, 1.0))]):
            return i + 1, a * w

    y = tf.while_loop(lambda i, a: i < 3, body, [0, x])[1]
    with tf.control_dependencies([y]):
        return y + tf.identity(n)


def loop(n, body, start):
    return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, body(i, a)), [0, start])[1]


COMPILED = {
    **{k: v for k, v in LOOPS.items() if k != "nested"},
    "bidirectional": bidirectional,
    "branch in a loop": lambda x, w: loop(3, lambda i, a: tf.cond(tf.equal(i % 2, 0), lambda: a * w, lambda: tf.sin(a) + x), x),
    "case": lambda x, w: tf.case([(w < 0, lambda: x), (w < 3, lambda: x * w)], default=lambda: x * x),
    "drawn": lambda x, w: loop(2, lambda i, a: a * w + tf.random_uniform([3], seed=3, dtype=tf.float64), x),
    "dropped": dropped,
    "gradient inside": lambda x, w: loop(2, lambda i, a: a - 0.1 * tf.gradients(tf.reduce_sum(a * a * w), a)[0], x),
    "gradient of a gradient": lambda x, w: tf.gradients(loop(2, lambda i, a: a * a * w, x), x)[0],
    "loop in a branch": lambda x, w: tf.cond(w > 1, lambda: loop(2, lambda i, a: a * w * x, x), lambda: x),
    "map of scans": lambda x, w: tf.map_fn(lambda r: tf.scan(lambda a, e: a * e * w, r), x),
    "nested": lambda x, w: loop(2, lambda i, a: loop(2, lambda j, b: b * w + x, a), x),
    "rows": lambda x, w: loop(4, lambda i, a: a + x[i] * w, x[0]),
    "columns": lambda x, w: loop(3, lambda i, a: a + x[:, i] * w, x[:, 0]),
    "variable": counted,
}
LINES = {
    "growing": (
        lambda x, w: tf.stop_gradient(
            tf.while_loop(lambda a: tf.shape(a)[0] < 9, lambda a: tf.concat([a, x * w], 0), [x], [tf.TensorShape([None, 3])])
        ),
        "a value is float64[4, 3] and float64[8, 3] from one time round a loop to the next",
    ),
    "printed": (lambda x, w: loop(1, lambda i, a: tf.Print(a * w, [i]), x), "(Print) works on the host"),
    "as often as a value says": (LOOPS["nested"], "how often a loop with a gradient goes round is known only once it runs"),
}


def run(model, device):
    """What three runs give, the variables after them, and the plan."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        x, w = tf.placeholder(tf.float64, [4, 3]), tf.placeholder(tf.float64, [])
        y = model(x, w)
        slopes = tf.gradients(tf.reduce_sum(y * y), [x, w, *tf.trainable_variables()])
        fetches = [y, *(g for g in slopes if g is not None)]
        with tf.Session(device=device) as sess:
            sess.run(tf.global_variables_initializer())
            found = [sess.run(fetches, {x: X, w: 2.0 + n}) for n in range(3)]
            return found, [sess.run(v) for v in tf.global_variables()], sess.plan(fetches, [x, w])


def assert_same(a, b):
    for one, other in zip([*a[0][-1], *a[0][0], *a[1]], [*b[0][-1], *b[0][0], *b[1]], strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", COMPILED)
def test_one_program(model):
    want, got = run(COMPILED[model], "cpu:numpy"), run(COMPILED[model], "cpu:jax")
    assert_same(want, got)
    assert got[2].path == "JAX: one program, branches and loops in it, compiled by XLA"
    assert got[2].step.traced == 1


@pytest.mark.parametrize("model", LINES)
def test_what_is_not_compiled_runs_and_says_why(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want, got = run(LINES[model][0], "cpu:numpy"), run(LINES[model][0], "cpu:jax")
    assert_same(want, got)
    assert got[2].path.startswith("JAX, line by line: ") and LINES[model][1] in got[2].path


def test_a_recurrent_network_is_trained():
    def losses(device):
        rng = np.random.RandomState(0)
        with tf.Graph().as_default():
            tf.set_random_seed(2)
            x, y = tf.placeholder(tf.float32, [None, 6, 3]), tf.placeholder(tf.int32, [None])
            _, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(5), x, dtype=tf.float32)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=tf.layers.dense(state.h, 4)))
            train = tf.train.AdamOptimizer(0.05).minimize(loss)
            feed = {x: rng.rand(7, 6, 3), y: rng.randint(0, 4, 7)}
            with tf.Session(device=device) as sess:
                sess.run(tf.global_variables_initializer())
                return [sess.run([loss, train], feed)[0] for _ in range(8)], sess.plan([loss, train], [x, y]).path

    (want, _), (got, path) = losses("cpu:numpy"), losses("cpu:jax")
    np.testing.assert_allclose(got, want, rtol=1e-4)
    assert got[-1] < got[0] and "one program" in path


def test_the_compiled_text_can_be_read():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        y = loop(4, lambda i, a: a * 2.0, tf.constant(1.0))
        plan = sess.plan(y)
        assert sess.run(y) == 16.0
    assert "while True:" in plan.source
    assert "xp.loop(test_1, turn_1, " in plan.compiled_source and "most=xp.turns((" in plan.compiled_source


def test_an_error_of_the_user_s_is_said_in_full_and_does_not_end_compiling():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        x = tf.placeholder(tf.float32)
        y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.matmul(x, x), lambda: x)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(y, {x: np.ones((2, 3))})
        np.testing.assert_array_equal(sess.run(y, {x: np.ones((2, 2))}), np.full((2, 2), 2.0))
        assert "one program" in sess.plan(y, [x]).path


def test_a_variable_that_a_branch_gives_its_first_value():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        p = tf.placeholder(tf.bool, [])
        v = tf.get_variable("v", [], use_resource=True)
        done = tf.cond(p, lambda: v.assign(1.0).op, tf.no_op)
        sess.run(done, {p: False})
        assert not sess.run(tf.is_variable_initialized(v))
        sess.run(done, {p: True})
        assert sess.run(v) == 1.0
        sess.run(tf.assign(v, 3.0))
        sess.run(done, {p: False})
        assert sess.run(v) == 3.0
