"""A step on JAX: compiled, in two halves or line by line, with NumPy's results and what a session promises."""

import warnings

import numpy as np
import pytest

import tfnb as tf

pytest.importorskip("jax")
pytestmark = pytest.mark.jax


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    import jax

    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("xla")))


def train_graph(optimizer="AdamOptimizer"):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.placeholder(tf.int64, [None], name="y")
    w = tf.get_variable("w", [4, 3])
    b = tf.get_variable("b", [3], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=tf.matmul(x, w) + b)
    )
    return x, y, w, b, loss, getattr(tf.train, optimizer)(0.1).minimize(loss)


def losses(device, extra=lambda: []):
    rng = np.random.RandomState(0)
    with tf.Graph().as_default():
        x, y, w, b, loss, train = train_graph()
        more = extra()
        with tf.Session(device=device) as sess:
            sess.run(tf.global_variables_initializer())
            feed = {x: rng.rand(8, 4).astype("f"), y: rng.randint(0, 3, 8)}
            found = [sess.run([loss, train, *more], feed)[0] for _ in range(6)]
            path = getattr(sess.plan([loss, train, *more], feed).step, "path", "")
            return found, sess.run(w), path


def test_the_losses_are_numpy_s():
    (a, wa, _), (b, wb, path) = losses("cpu:numpy"), losses("cpu:jax")
    np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(wa, wb, rtol=1e-4)
    assert path == "JAX: one program, compiled by XLA"


def test_summaries_do_not_keep_the_numbers_from_being_compiled():
    def extra():
        g = tf.get_default_graph()
        tf.summary.histogram("w", g.get_tensor_by_name("w:0"))
        return [tf.summary.scalar("bias", tf.reduce_sum(g.get_tensor_by_name("b:0"))), tf.summary.merge_all()]

    (a, wa, _), (b, wb, path) = losses("cpu:numpy", extra), losses("cpu:jax", extra)
    np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(wa, wb, rtol=1e-4)
    assert path.startswith("JAX: numbers compiled by XLA, then")


def summaries(device):
    """A histogram made before the update sees the weights before it, one made after it those after it."""
    with tf.Graph().as_default(), tf.Session(device=device) as sess:
        v = tf.Variable([1.0, 2.0])
        before = tf.py_func(lambda a: a.copy(), [v], tf.float32)
        add = tf.assign_add(v, [1.0, 1.0])
        with tf.control_dependencies([add]):
            after = tf.py_func(lambda a: a * 10, [tf.identity(v)], tf.float32)
        sess.run(tf.global_variables_initializer())
        return [sess.run([before, add, after, v]) for _ in range(2)], sess.run([before, add])


def test_the_host_s_half_sees_the_variables_in_their_order():
    want, got = summaries("cpu:numpy"), summaries("cpu:jax")
    np.testing.assert_array_equal(want[0], got[0])
    np.testing.assert_array_equal(want[1], got[1])


def test_new_shapes_are_compiled_and_after_the_fifth_a_word_is_said():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        x = tf.placeholder(tf.float32, [None])
        y = tf.reduce_sum(x)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            for n in [1, 2, 3, 2, 1, 4, 5]:
                assert sess.run(y, {x: np.ones(n)}) == n
            assert not said
            sess.run(y, {x: np.ones(6)}), sess.run(y, {x: np.ones(7)})
        assert sess.plan(y, [x]).step.traced == 7 and "compiled 7 times" in sess.plan(y, [x]).path
        assert len(said) == 1 and "pad the last one" in str(said[0].message) and said[0].filename == __file__


def test_a_run_that_fails_changes_nothing():
    def fail(a):
        raise ValueError("no")

    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        v = tf.Variable(1.0)
        add = tf.assign_add(v, 1.0)
        with tf.control_dependencies([add]):
            bad = tf.py_func(fail, [tf.constant(1.0)], tf.float32)
        x = tf.placeholder(tf.float32)
        product = tf.matmul(x, x) + add
        sess.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.OpError):
            sess.run(bad)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(product, {x: np.ones((2, 3))})
        assert sess.run(v) == 1.0 and sess.run(add) == 2.0


def test_what_somebody_holds_is_not_written_over():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        u, v = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 0.0])
        same, add = tf.assign(v, u), tf.assign_add(u, [1.0, 1.0])
        sess.run(tf.global_variables_initializer())
        sess.run(same)
        stepper = sess.step(add)
        got = sess.run(u)
        for n in range(3):
            sess.run(add)
            np.testing.assert_array_equal(sess.run(v), [1.0, 2.0])
            np.testing.assert_array_equal(sess.run(u), [2.0 + n, 3.0 + n])
        np.testing.assert_array_equal(got, [1.0, 2.0])
        stepper.forward(), stepper.back()
        np.testing.assert_array_equal(sess.run(u), [1.0, 2.0])


def test_shapes_that_depend_on_values_run_line_by_line():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        x = tf.placeholder(tf.float32, [None])
        v = tf.Variable(0.0)
        y = v.assign_add(tf.reduce_sum(tf.boolean_mask(x, x > 0)))
        sess.run(tf.global_variables_initializer())
        assert [sess.run(y, {x: [1.0, -1.0, 3.0]}) for _ in range(2)] == [4.0, 8.0]
        assert "line by line" in sess.plan(y, [x]).step.path


def test_random_numbers_are_those_of_numpy_and_compiled_once():
    def draw(device):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            r = tf.random_uniform([3], seed=5)
            out = [sess.run(r) for _ in range(4)]
            return out, getattr(sess.plan(r).step, "traced", 1)

    (a, _), (b, traced) = draw("cpu:numpy"), draw("cpu:jax")
    np.testing.assert_allclose(a, b, rtol=1e-6)
    assert traced == 1


def test_a_session_moves_with_its_values():
    with tf.Graph().as_default():
        x, y, w, b, loss, train = train_graph()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            before = sess.run(w)
            sess.to("cpu:jax")
            np.testing.assert_array_equal(sess.run(w), before)
            sess.run(train, {x: np.ones((2, 4)), y: [0, 1]})
            after = sess.run(w)
            sess.to("cpu:numpy")
            np.testing.assert_array_equal(sess.run(w), after)
            sess.run(train, {x: np.ones((2, 4)), y: [0, 1]})


def test_strings_stay_on_the_host_beside_numbers_that_are_compiled():
    def run(device):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            words, x = tf.placeholder(tf.string, [2]), tf.placeholder(tf.float32, [2])
            v = tf.Variable([1.0, 1.0])
            fetches = [words, tf.equal(words, ["a", "c"]), tf.assign_add(v, x), tf.string_join([words, tf.as_string(x)]), tf.constant("abc"),
                       tf.cond(x[0] > 0, lambda: tf.constant(1), lambda: tf.constant(2))]  # fmt: skip
            feed = {words: ["a", "b"], x: [1.0, 2.0]}
            sess.run(tf.global_variables_initializer())
            return [[np.asarray(v).tolist() for v in sess.run(part, feed)] for part in (fetches, fetches[:5])], sess.plan(fetches[:5], feed).path

    (want, _), (got, path) = run("cpu:numpy"), run("cpu:jax")
    assert got == want and path.startswith("JAX: numbers compiled by XLA, then")


def test_a_tensor_array_without_a_loop_is_compiled():
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        x = tf.placeholder(tf.float32, [None, 2])
        array = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)
        fetches = [array.stack(), array.read(1), array.concat(), tf.gradients(array.read(2), x)[0]]
        a = np.arange(6, dtype=np.float32).reshape(3, 2)
        for got, want in zip(sess.run(fetches, {x: a}), [a, a[1], a.ravel(), [[0, 0], [0, 0], [1, 1]]], strict=True):
            np.testing.assert_array_equal(got, want)
        assert "compiled by XLA" in sess.plan(fetches, [x]).path
