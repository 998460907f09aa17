"""Graphs that leave tfnb are TensorFlow's: every node, also of gradients, has a type and inputs that TensorFlow 1.15 knows.

Where TF1_PYTHON names a Python that has TensorFlow 1.15, it trains the exported graphs and must get the same losses.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import tfnb as tf
from tfnb.core.op_list import known_types, signature

TF1 = os.environ.get("TF1_PYTHON", "")
R = np.random.RandomState(0)


def _variable(*shape):
    return tf.Variable(R.randn(*shape).astype(np.float32))


def _broadcast():
    """Gradients that are summed over axes known only in a run."""
    x = tf.placeholder(tf.float32, [None, None])
    a, s = _variable(1, 3), tf.Variable(2.0)
    y = (x * a + s) / (1 + tf.exp(-a)) - tf.maximum(x * a, s)
    return {x: R.rand(4, 3)}, tf.reduce_sum(tf.reduce_mean(y, 1)) + tf.reduce_sum(tf.reduce_max(y, 0)), tf.train.GradientDescentOptimizer(0.1)


def _network():
    x, labels = tf.placeholder(tf.float32, [None, 6, 6, 2]), tf.placeholder(tf.int64, [None])
    h = tf.layers.max_pooling2d(tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu), 2, 2)
    h = tf.layers.batch_normalization(h, training=True)
    logits = tf.layers.dense(tf.layers.flatten(h), 3)
    return {x: R.rand(5, 6, 6, 2), labels: R.randint(0, 3, 5)}, tf.losses.sparse_softmax_cross_entropy(labels, logits), tf.train.AdamOptimizer(0.01)


def _recurrent():
    x, lengths = tf.placeholder(tf.float32, [None, 5, 3]), tf.placeholder(tf.int32, [None])
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(4), x, lengths, dtype=tf.float32)
    loss = tf.reduce_mean(tf.square(outputs)) + tf.reduce_mean(state.c)
    return {x: R.rand(2, 5, 3), lengths: [5, 3]}, loss, tf.train.GradientDescentOptimizer(1.0)


def _control_flow():
    x, w = tf.placeholder(tf.float32, [None]), tf.Variable(0.5)
    _, a = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * w + tf.reduce_sum(x)), [0, x])
    b = tf.cond(tf.reduce_sum(x) > 0, lambda: w * 2.0, lambda: w * w)
    loss = tf.reduce_sum(a) + b + tf.reduce_sum(tf.map_fn(lambda t: t * t * w, x)) + tf.reduce_sum(tf.scan(lambda c, t: c * w + t, x))
    return {x: R.rand(3)}, loss, tf.train.MomentumOptimizer(0.01, 0.9)


def _loops_in_loops():
    """Stacks that are pushed to from a loop in a loop, some of it in a branch, and from a loop over rows in a loop over tables."""
    x, w = tf.placeholder(tf.float32, [None, 3]), tf.Variable(0.7)
    deepest = lambda i, a: tf.while_loop(lambda k, c: k < i, lambda k, c: (k + 1, tf.tanh(c * w) + tf.to_float(k)), [0, a])[1]
    inner = lambda i, a: tf.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, tf.cond(b > 1.0, lambda: deepest(j, b) * w, lambda: b + w)), [0, a])[1]
    outer = tf.while_loop(lambda i, a: i < 5, lambda i, a: (i + 1, inner(i, a) * w), [1, tf.reduce_sum(x)])[1]
    rows = tf.map_fn(lambda row: tf.foldl(lambda c, t: tf.sin(c * w + t), row), x)
    return {x: R.rand(4, 3)}, outer + tf.reduce_sum(rows), tf.train.GradientDescentOptimizer(0.01)


def _rows():
    """Gathered rows: of each example of a batch, of a table; and windows of an image."""
    i = tf.placeholder(tf.int32, [2, 4])
    x, table, image = _variable(2, 5, 3), _variable(7, 3), _variable(1, 5, 5, 2)
    windows = tf.extract_image_patches(image, [1, 2, 3, 1], [1, 1, 2, 1], [1, 1, 1, 1], "SAME")
    parts = tf.gather(x, i, batch_dims=1), tf.gather(x, [[0, 1], [2, 2]], axis=2, batch_dims=1), tf.nn.embedding_lookup(table, i), windows
    return {i: R.randint(0, 5, (2, 4))}, tf.add_n([tf.reduce_sum(tf.square(p)) for p in parts]), tf.train.AdagradOptimizer(0.1)


PROGRAMS = [_broadcast, _network, _recurrent, _control_flow, _loops_in_loops, _rows]


def _trained(program):
    """The exported training graph, what goes into it, and the losses of three steps."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        feeds, loss, optimizer = program()
        train = optimizer.minimize(loss)
        sess.run(tf.global_variables_initializer())
        values = {v.op.name: sess.run(v) for v in tf.global_variables()}
        losses = []
        for _ in range(3):
            losses.append(sess.run(loss, feeds))
            sess.run(train, feeds)
        return graph.as_graph_def(add_shapes=True), values, {k.name: np.asarray(v) for k, v in feeds.items()}, loss.name, train.name, losses


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_node_is_one_that_tensorflow_has(program):
    graph_def = _trained(program)[0]
    assert not {n.op for n in graph_def.node} - known_types()
    names = [n.name.lower() for n in graph_def.node]
    assert len(set(names)) == len(names)
    for n in graph_def.node:
        sig = signature(n.op)
        assert all(a in n.attr for a, (_, default) in sig.attrs.items() if default is None), n.name
        counted = any(a.count or a.many_types for a in sig.inputs)
        assert counted or len(sig.inputs) == sum(not i.startswith("^") for i in n.input), n.name


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_exported_graph_trains_as_before(program):
    graph_def, values, feeds, loss, train, wanted = _trained(program)
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        for name, value in values.items():
            assign = graph.get_operation_by_name(name + "/Assign")
            sess.run(assign, {assign.inputs[1]: value})
        for loss_before in wanted:
            np.testing.assert_allclose(sess.run(loss, feeds), loss_before, rtol=1e-5)
            sess.run(train, feeds)


_RUN = """
import sys, numpy as np, tensorflow as tf
held = np.load(sys.argv[2])
tf.import_graph_def(tf.GraphDef.FromString(open(sys.argv[1], "rb").read()), name="")
graph, sess = tf.get_default_graph(), tf.Session()
for key in held.files:
    if key.startswith("value "):
        assign = graph.get_operation_by_name(key[6:] + "/Assign")
        sess.run(assign, {assign.inputs[1]: held[key]})
feeds = {key[5:]: held[key] for key in held.files if key.startswith("feed ")}
losses = []
for _ in range(3):
    losses.append(sess.run(str(held["loss"]), feeds))
    sess.run(str(held["train"]), feeds)
np.save(sys.argv[2] + ".npy", losses)
"""


@pytest.mark.slow
@pytest.mark.skipif(not TF1, reason="TF1_PYTHON does not name a Python with TensorFlow 1.15")
@pytest.mark.parametrize("program", PROGRAMS)
def test_tensorflow_trains_an_exported_graph_as_tfnb_does(program, tmp_path):
    graph_def, values, feeds, loss, train, wanted = _trained(program)
    pb, npz = tmp_path / "graph.pb", tmp_path / "held.npz"
    pb.write_bytes(graph_def.SerializeToString())
    held = {f"value {k}": v for k, v in values.items()} | {f"feed {k}": v for k, v in feeds.items()}
    np.savez(npz, loss=loss, train=train, **held)
    subprocess.run([TF1, "-c", _RUN, str(pb), str(npz)], check=True, capture_output=True)
    np.testing.assert_allclose(np.load(Path(f"{npz}.npy")), wanted, rtol=1e-4)
