"""tf.function: traces per signature, captured variables, gradients through calls. Facts are TensorFlow 1.15.5's."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.contrib import eager as tfe


@pytest.fixture(autouse=True)
def eagerly():
    with tfe.eager_mode():
        yield


def test_one_trace_a_signature():
    traced = []

    @tf.function
    def f(x, n=1):
        traced.append(n)
        return x * n

    results = [f(tf.constant(1)), f(tf.constant(2)), f(1), f(2), f(tf.constant([1.0, 2.0]), n=3)]
    assert [r.numpy().tolist() for r in results] == [1, 2, 1, 2, [3.0, 6.0]]
    assert len(traced) == 4  # int tensor, 1, 2, float vector


def test_a_signature_is_kept():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def total(x):
        return tf.reduce_sum(x)

    assert total([1.0, 2.0]).numpy() == 3.0 and total(tf.ones([5])).numpy() == 5.0
    with pytest.raises(ValueError, match="Python inputs incompatible with input_signature"):
        total(tf.ones([2, 2]))


def test_variables_are_read_and_written_in_the_order_of_the_program():
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        before = v.read_value()
        v.assign_add(1.0)
        return before, v * x, {"x": x, "none": None}

    before, after, rest = f(tf.constant(3.0))
    assert (before.numpy(), after.numpy(), rest["x"].numpy(), rest["none"], v.numpy()) == (2.0, 9.0, 3.0, None, 3.0)


def test_gradients_through_a_call_and_of_gradients():
    v, x = tf.Variable(2.0), tf.constant(3.0)

    @tf.function
    def f(x):
        v.assign_add(1.0)
        return v * x * x

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        dx, dv = inner.gradient(y, [x, v])
    assert (y.numpy(), dx.numpy(), dv.numpy(), v.numpy()) == (27.0, 18.0, 9.0, 3.0)
    assert [g.numpy() for g in outer.gradient(dx, [x, v])] == [6.0, 6.0]


def test_a_training_step_as_one_function():
    w, optimizer = tf.Variable([0.0, 0.0]), tf.train.GradientDescentOptimizer(0.1)
    x = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.tensordot(x, w, 1) - y))
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        return loss

    y = np.array([1.0, 2.0], np.float32)
    losses = [step(x, y).numpy() for _ in range(3)]
    u, expected = np.zeros(2, np.float32), []
    for _ in range(3):
        error = x @ u - y
        expected.append(np.mean(error**2))
        u = u - 0.1 * 2 / 2 * x.T @ error
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(w.numpy(), u, rtol=1e-5)


def test_a_variable_made_at_each_call():
    @tf.function
    def f(x):
        v = tf.Variable(1.0)
        return v + x

    with pytest.raises(ValueError, match="in converted code:") as raised:
        f(tf.constant(1.0))
    assert "tf.function-decorated function tried to create variables on non-first call." in str(raised.value)
    assert "v = tf.Variable(1.0)" in str(raised.value)


def test_a_variable_made_once():
    class Layer:
        w = None

        @tf.function
        def __call__(self, x):
            if self.w is None:
                self.w = tf.Variable(2.0)
            return self.w * x

    layer = Layer()
    assert [layer(tf.constant(3.0)).numpy() for _ in range(2)] == [6.0, 6.0]
    assert layer.w.numpy() == 2.0


def test_nodes_know_the_line_before_rewriting():
    @tf.function
    def f(x):
        return x * 2

    node = f.get_concrete_function(tf.constant(1)).graph.get_operation_by_name("mul")
    assert node.where.text == "return x * 2"


# -- AutoGraph ------------------------------------------------------------------------------------------------------------
def test_if_and_while_on_tensors():
    def f(x):
        if x > 0:
            x = x * 2
        while x < 10:
            x = x + 3
        return x

    traced = tf.function(f)
    assert [traced(tf.constant(n)).numpy() for n in (1, -4, 20)] == [11, 11, 40]
    assert "Merge" in {o.type for o in traced.get_concrete_function(tf.constant(1)).graph.get_operations()}


def test_for_over_a_tensor_with_break_and_continue():
    @tf.function
    def f(n):
        total = 0
        for i in tf.range(n):
            if i == 2 or tf.equal(i, 2):
                continue
            if i > 5:
                break
            total += i
        return total

    assert f(tf.constant(10)).numpy() == 0 + 1 + 3 + 4 + 5
    assert f(tf.constant(0)).numpy() == 0


def test_returns_in_branches():
    @tf.function
    def magnitude(x):
        if x > 0:
            return x
        return -x

    assert [magnitude(tf.constant(n)).numpy() for n in (3, -3)] == [3, 3]


def test_a_variable_set_in_one_branch_only():
    @tf.function
    def f(x):
        if x > 0:
            y = 1
        return y

    with pytest.raises(ValueError, match="The following symbols must also be initialized in the else branch: \\('y',\\)"):
        f(tf.constant(1))


def test_gradients_through_statements():
    @tf.function
    def f(x, n):
        for _ in tf.range(n):
            x = x * x if x > 0.0 else -x
        return x

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, tf.constant(3))
    assert y.numpy() == 256.0 and tape.gradient(y, x).numpy() == 8 * 2.0**7


def test_assignments_in_a_branch_happen_in_that_branch_only():
    v = tf.Variable(0)

    @tf.function
    def f(x):
        if x > 0:
            v.assign_add(1)
        return x

    for n in (1, -1, 5):
        f(tf.constant(n))
    assert v.numpy() == 2


def test_python_values_stay_python():
    @tf.function
    def f(x, flags):
        out = []
        for flag in flags:
            if flag:
                out.append(x)
            x = x * 2
        return out

    assert [t.numpy() for t in f(tf.constant(1), (True, False, True))] == [1, 4]
