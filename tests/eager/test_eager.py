"""Eager mode: what is printed and raised was recorded from TensorFlow 1.15.5."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.contrib import eager as tfe
from tfnb.engine.eager import eager_graph


@pytest.fixture(autouse=True)
def eagerly():
    with tfe.eager_mode():
        yield


def test_a_tensor_shows_its_value():
    assert str(tf.constant([1.0, 2.0])) == "tf.Tensor([1. 2.], shape=(2,), dtype=float32)"
    assert repr(tf.zeros([2, 2])).endswith("numpy=\narray([[0., 0.],\n       [0., 0.]], dtype=float32)>")
    assert repr(tf.constant("a")).endswith("shape=(), dtype=string, numpy=b'a'>")
    assert f"{tf.constant(3.0):.2f}" == "3.00"


def test_a_tensor_is_a_number_to_python():
    assert float(tf.constant(2.0)) == 2.0 and int(tf.constant(2)) == 2 and bool(tf.constant(True))
    assert [1, 2, 3][tf.constant(1)] == 2 and list(range(tf.constant(3))) == [0, 1, 2]
    assert [x.numpy() for x in tf.constant([1.0, 2.0])] == [1.0, 2.0] and len(tf.constant([1, 2])) == 2
    assert np.asarray(tf.constant([1, 2])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: tf.constant([1.0, 2.0]) + tf.constant([1.0, 2.0, 3.0]), tf.errors.InvalidArgumentError,
         "Incompatible shapes: [2] vs. [3] [Op:AddV2] name: add/"),
        (lambda: tf.matmul(tf.ones([2, 3]), tf.ones([2, 3])), tf.errors.InvalidArgumentError,
         "Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3] [Op:MatMul] name: MatMul/"),
        (lambda: tf.constant(1) + tf.constant(1.0), tf.errors.InvalidArgumentError,
         "cannot compute AddV2 as input #1(zero-based) was expected to be a int32 tensor but is a float tensor [Op:AddV2] name: add/"),
        (lambda: tf.reshape(tf.ones([2]), [3]), tf.errors.InvalidArgumentError,
         "Input to reshape is a tensor with 2 values, but the requested shape has 3 [Op:Reshape]"),
        (lambda: tf.gather(tf.ones([2]), [5]), tf.errors.InvalidArgumentError, "indices[0] = 5 is not in [0, 2) [Op:GatherV2]"),
        (lambda: tf.constant(1).name, AttributeError, "Tensor.name is meaningless when eager execution is enabled."),
        (lambda: tf.placeholder(tf.float32), RuntimeError, "tf.placeholder() is not compatible with eager execution."),
        (lambda: tf.gradients(tf.constant(1.0), tf.constant(1.0)), RuntimeError,
         "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."),
        (lambda: tf.constant(1.0).eval(), NotImplementedError,
         "eval is not supported when eager execution is enabled, is .numpy() what you're looking for?"),
    ],
)  # fmt: skip
def test_errors(make, error, text):
    with pytest.raises(error) as raised:
        make()
    assert str(raised.value) == text


def test_a_variable_holds_its_value():
    v = tf.Variable(1.0, name="v")
    assert repr(v) == "<tf.Variable 'v:0' shape=() dtype=float32, numpy=1.0>"
    assert v.assign_add(2.0).numpy() == 3.0 == v.numpy() and (v + 1).numpy() == 4.0
    assert tf.get_variable("a", [2]).shape == (2,) and tf.get_variable("a", [3]).shape == (3,)
    assert tf.global_variables() == [] and tf.global_variables_initializer() is None


def test_a_graph_can_be_built_inside():
    with tf.Graph().as_default(), tf.Session() as sess:
        assert not tf.executing_eagerly()
        assert sess.run(tf.constant(1) + 1) == 2
    assert tf.executing_eagerly()


def test_nothing_is_kept_of_a_long_computation():
    x = tf.constant(0.0)
    for _ in range(100):
        x = x + 1.0
    assert x.numpy() == 100 and eager_graph().get_operations() == [] and x.op.inputs == ()


def test_a_seed_repeats_the_program():
    def drawn():
        tf.set_random_seed(3)
        return [tf.random_uniform([2]).numpy().tolist() for _ in range(2)]

    first, second = drawn(), drawn()
    assert first == second and first[0] != first[1]
    assert tf.random_normal([2], seed=1).numpy().tolist() == tf.random_normal([2], seed=1).numpy().tolist()


# -- tapes --------------------------------------------------------------------------------------------------------------
def test_second_derivatives_by_nested_tapes():
    x = tf.Variable(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x**3
        g = inner.gradient(y, x)
    assert (g.numpy(), outer.gradient(g, x).numpy()) == (27.0, 18.0)


def test_what_has_no_gradient():
    x, n, v = tf.constant(3.0), tf.constant(3), tf.Variable(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(n)
        ys = x * x, n * n, v * v
    assert tape.gradient(ys[0], x) is None and tape.gradient(ys[1], n) is None
    found = tape.gradient(ys[2], [v, x])
    assert found[0].numpy() == 2.0 and found[1] is None
    assert tape.gradient(ys[2], x, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy() == 0.0
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        y = v * v
    assert tape.gradient(y, v) is None


def test_a_tape_is_for_one_gradient():
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="GradientTape.gradient can only be called once on non-persistent tapes."):
        tape.gradient(y, x)


def test_structures_seeds_and_pauses():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * x
        with tape.stop_recording():
            z = y * 3.0
    assert tape.gradient(z, x) is None
    assert tape.gradient({"a": y}, {"b": x})["b"].numpy().tolist() == [3.0, 12.0]
    assert tape.gradient(y, x, output_gradients=tf.constant([1.0, 0.0])).numpy().tolist() == [3.0, 0.0]
    assert tape.jacobian(y, x).numpy().tolist() == [[3.0, 0.0], [0.0, 12.0]]


def test_custom_gradient():
    @tf.custom_gradient
    def doubled(x):
        return x * 2, lambda dy: dy * 100

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = doubled(x)
    assert (y.numpy(), tape.gradient(y, x).numpy()) == (2.0, 100.0)


def test_functions_of_functions():
    v = tf.Variable(2.0)
    assert tfe.gradients_function(lambda x: x * x)(3.0)[0].numpy() == 6.0
    (g, variable), = tfe.implicit_gradients(lambda: v * v)()
    assert g.numpy() == 4.0 and variable is v


@pytest.mark.parametrize("make", [
    lambda: tf.train.GradientDescentOptimizer(0.1), lambda: tf.train.AdamOptimizer(0.1), lambda: tf.train.MomentumOptimizer(0.1, 0.9),
])  # fmt: skip
def test_an_optimizer_takes_the_steps_it_takes_in_a_graph(make):
    def graph_steps():
        with tf.Graph().as_default(), tf.Session() as sess:
            w = tf.Variable([1.0, -2.0])
            train = make().minimize(tf.reduce_sum(w * w * w))
            sess.run(tf.global_variables_initializer())
            for _ in range(3):
                sess.run(train)
            return sess.run(w)

    w, optimizer = tf.Variable([1.0, -2.0]), make()
    for _ in range(2):
        optimizer.minimize(lambda: tf.reduce_sum(w * w * w))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w * w)
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    np.testing.assert_allclose(w.numpy(), graph_steps(), rtol=1e-6)


def test_enabling_comes_first():
    before = tf.core.graph.foot()
    try:
        with tf.Graph().as_default() as used:
            tf.constant(1)
        tf.core.graph.set_foot(used)
        with pytest.raises(ValueError, match="tf.enable_eager_execution must be called at program startup."):
            tf.enable_eager_execution()
        tf.core.graph.set_foot(tf.Graph())
        tf.enable_eager_execution()
        assert tf.core.graph.foot() is eager_graph()
        tf.disable_eager_execution()
        assert tf.core.graph.foot() is not eager_graph()
    finally:
        tf.core.graph.set_foot(before)


# -- control flow is Python's own -------------------------------------------------------------------------------------------
def test_branches_and_loops_at_once():
    assert tf.cond(tf.constant(True), lambda: 1, lambda: 2) == 1
    assert tf.while_loop(lambda i: i < 5, lambda i: i + 1, [0]).numpy() == 5
    i, total = tf.while_loop(lambda i, t: i < 5, lambda i, t: (i + 1, t + i), [0, 0], maximum_iterations=3)
    assert (i.numpy(), total.numpy()) == (3, 3)
    assert tf.map_fn(lambda x: x * 2, tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]
    assert tf.case([(tf.constant(False), lambda: tf.constant(1))], default=lambda: tf.constant(2)).numpy() == 2


def test_gradients_through_a_recurrent_network():
    cell = tf.nn.rnn_cell.GRUCell(2)
    x = tf.constant(np.random.RandomState(0).randn(1, 3, 2), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        loss = tf.reduce_sum(outputs * outputs)
    slope = tape.gradient(loss, x).numpy()
    assert slope.shape == (1, 3, 2) and np.isfinite(slope).all() and slope.any()


def test_an_assertion_that_fails():
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.assert_equal(tf.constant(1), tf.constant(2))
