"""Measured runs, what an operation costs, and why a run computes it."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine import costs
from tfnb.engine.why import why


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        yield g


# -- traced runs ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("device", ["cpu:numpy", pytest.param("cpu:jax", marks=pytest.mark.jax)])
def test_a_traced_run_does_what_a_run_does(graph, device):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(np.ones((3, 2), np.float32))
    loss = tf.reduce_sum(tf.square(x @ w))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    batch = np.arange(6, dtype=np.float32).reshape(2, 3)
    with tf.Session(device=device) as traced, tf.Session(device=device) as plain:
        for sess in (traced, plain):
            sess.run(tf.global_variables_initializer())
        found = traced.trace({"loss": loss, "train": train}, {x: batch})
        wanted = plain.run({"loss": loss, "train": train}, {x: batch})
        assert found.results["loss"] == wanted["loss"] and found.results["train"] is None
        assert np.array_equal(traced.run(w), plain.run(w)) and traced.runs == plain.runs
        product = next(s for s in found.steps if s.op.type == "MatMul")
        assert (product.shapes, product.nbytes) == (((2, 2),), 16) and product.seconds > 0
        assert traced.traced is found and "MatMul" in repr(found)


def test_loops_and_branches_are_traced_iteration_by_iteration(graph):
    i = tf.while_loop(lambda i: i < 5, lambda i: tf.cond(i > 2, lambda: i + 2, lambda: i + 1), [tf.constant(0)])
    with tf.Session() as sess:
        found = sess.trace(i)
        assert found.results == sess.run(i)
        assert sum(s.op.type == "Less" for s in found.steps) > 3


def test_state_is_kept_as_by_a_run(graph):
    number = tf.random.uniform([], seed=3)
    with tf.Session() as a, tf.Session() as b:
        assert [a.trace(number).results, a.run(number)] == [b.run(number), b.run(number)]


def test_the_health_of_values(graph):
    x = tf.placeholder(tf.float32, [None], name="x")
    nodes = {"log": tf.log(x), "relu": tf.nn.relu(-x), "sigmoid": tf.sigmoid(x * 50.0), "fine": x + 1.0, "inf": 1.0 / (x - 1.0)}
    with tf.Session() as sess:
        found = sess.trace(list(nodes.values()), {x: np.array([1.0, 2.0, 3.0], np.float32)})
        verdicts = {k: found.health[t.op].verdict for k, t in nodes.items()}
        assert verdicts == {"log": "healthy", "relu": "dead", "sigmoid": "saturated", "fine": "healthy", "inf": "Inf"}
        found = sess.trace(nodes["log"], {x: np.array([-1.0], np.float32)})
        assert found.health[nodes["log"].op].verdict == "NaN"


def test_an_error_names_its_node(graph):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.add(x, tf.constant([1.0, 2.0]), name="y")
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Incompatible shapes"):
        sess.trace(y, {x: np.zeros(3, np.float32)})


def test_full_trace_fills_the_run_metadata(graph):
    y = tf.add(tf.constant([1.0, 2.0], name="a"), 1.0, name="y")
    with tf.Session() as sess:
        told = tf.RunMetadata()
        assert np.array_equal(sess.run(y, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=told), [2.0, 3.0])
    device = told.step_stats.dev_stats[0]
    node = next(n for n in device.node_stats if n.node_name == "y")
    assert device.device.endswith("/device:CPU:0") and node.timeline_label == "y = Add(a, y/y)"
    assert node.all_start_micros > 0 and node.op_end_rel_micros > 0
    assert [d.size for d in node.output[0].tensor_description.shape.dim] == [2]


def test_without_full_trace_nothing_is_filled(graph):
    told = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(tf.constant(1), run_metadata=told)
    assert not told.step_stats.dev_stats


# -- costs ------------------------------------------------------------------------------------------------------------------
def flops(tensor):
    return costs.cost(tensor.op).flops


def test_products_and_windows_have_rules_of_their_own(graph):
    a, b = tf.zeros([4, 3]), tf.zeros([3, 5])
    assert flops(tf.matmul(a, b)) == flops(tf.matmul(a, tf.zeros([5, 3]), transpose_b=True)) == 2 * 4 * 3 * 5
    assert flops(tf.matmul(tf.zeros([7, 4, 3]), tf.zeros([7, 3, 5]))) == 7 * 120
    assert flops(tf.einsum("ij,jk->ik", a, b)) == 120
    image, window = tf.zeros([2, 8, 8, 3]), tf.zeros([3, 3, 3, 16])
    y = tf.nn.conv2d(image, window, [1, 1, 1, 1], "SAME")
    assert flops(y) == 2 * (2 * 8 * 8 * 16) * (3 * 3 * 3)
    dx, dw = tf.gradients(y, [image, window])
    assert flops(dx) == flops(dw) == flops(y)


def test_other_kernels_are_counted_by_their_signs(graph):
    x = tf.zeros([10, 10])
    assert flops(x + 1.0) == 100 and flops(tf.exp(x)) == 100 and flops(tf.reduce_sum(x)) == 100
    assert flops(tf.nn.softsign(x)) == 300  # x / (1 + |x|)
    assert flops(tf.reshape(x, [100])) == flops(tf.transpose(x)) == 0


def test_a_gradient_of_broadcasting_adds_what_was_broadcast(graph):
    x, b = tf.placeholder(tf.float32, [None, 4]), tf.zeros([4])
    dx, db = tf.gradients(tf.tanh(x + b), [x, b])
    with tf.Session() as sess:
        sizes = sess.trace([dx, db], {x: np.zeros((10, 4), np.float32)}).sizes
    assert dx.op.type == db.op.type == "SumToShapeOf"
    assert (costs.cost(dx.op, sizes).flops, costs.cost(db.op, sizes).flops) == (0, 36)


def test_bytes_and_intensity(graph):
    found = costs.cost(tf.matmul(tf.zeros([4, 3]), tf.zeros([3, 5])).op)
    assert (found.read, found.written) == (4 * (12 + 15), 4 * 20)
    assert found.intensity == pytest.approx(120 / 188)
    assert costs.cost(tf.constant(1.0).op) == costs.Cost(0, 0, 0)


def test_unknown_sizes_count_as_one_until_a_run_tells(graph):
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.exp(x)
    assert flops(y) == 3
    with tf.Session() as sess:
        found = sess.trace(y, {x: np.zeros((7, 3), np.float32)})
    assert costs.cost(y.op, found.sizes).flops == 21


# -- why --------------------------------------------------------------------------------------------------------------------
def test_why_a_node_runs_and_why_not(graph):
    x = tf.placeholder(tf.float32, [], name="x")
    h = tf.exp(x, name="h")
    y = tf.square(h, name="y")
    other = tf.abs(x, name="other")
    with tf.control_dependencies([other]):
        late = tf.no_op(name="late")
    found = why(x.op, [y])
    assert found.runs and [(link.op.name, link.needs.name) for link in found.path] == [("y", "h"), ("h", "x")]
    assert why(y.op, [y]).reason == "it is fetched itself."
    assert why(other.op, [late]).runs and why(other.op, [late]).path[0].tensor is None
    cut = why(x.op, [y], [h])
    assert not cut.runs and cut.cut is h and "h:0 is fed" in cut.reason and "cut here" in repr(cut)
    assert not why(h.op, [y], [h]).runs
    apart = why(other.op, [y])
    assert not apart.runs and "y does not depend on it: it is used by" not in apart.reason and "nothing uses it" in apart.reason


def test_a_fed_fetch_needs_nothing(graph):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.exp(x, name="y")
    found = why(x.op, [y], [y])
    assert not found.runs and found.cut is y
