"""The pictures of docs/devices.md, each drawn by tfnb from a run that is done here: python docs/draw_devices.py"""

from pathlib import Path

import numpy as np

import tfnb as tf
from tfnb.engine.liveset import live_set
from tfnb.views.dot import draw
from tfnb.views.memory import draw_memory
from tfnb.views.parts import draw_parts

IMAGES = Path(__file__).parent / "images"
RNG = np.random.RandomState(0)


def blocks():
    """A CPU: the product in blocks that fit into its cache, added up."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        x, w = tf.placeholder(tf.float32, [64, 512], name="x"), tf.placeholder(tf.float32, [512, 64], name="w")
        with tf.name_scope("columns_of_x"):
            left = tf.split(x, 4, axis=1)
        with tf.name_scope("rows_of_w"):
            right = tf.split(w, 4, axis=0)
        y = tf.add_n([tf.matmul(a, b, name=f"block_{i}") for i, (a, b) in enumerate(zip(left, right, strict=True))], name="y")
        feeds = {x: RNG.rand(64, 512), w: RNG.rand(512, 64)}
        np.testing.assert_allclose(sess.run(y, feeds), feeds[x] @ feeds[w], rtol=1e-5)
        return draw(graph).svg


def copies():
    """A GPU: the product's inputs are brought there, the result is brought back. XLA_CPU stands for the GPU."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [128, 784], name="x")
        with tf.device("/device:XLA_CPU:0"):
            w = tf.get_variable("w", [784, 10])
            y = tf.nn.softmax(tf.matmul(x, w, name="product"), name="y")
        best = tf.argmax(y, 1, name="best")
        sess.run(tf.global_variables_initializer())
        assert sess.run(best, {x: RNG.rand(128, 784)}).shape == (128,)
        return draw_parts(sess.plan(best, [x])).svg


def cells(n=2):
    """A TPU: one cell for each weight; a row of x goes in from the left, sums come out at the bottom."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        x = [tf.placeholder(tf.float32, [], name=f"x{i}") for i in range(n)]
        w = RNG.randint(0, 9, [n, n]).astype("f")
        sums = [None] * n
        for i in range(n):
            for j in range(n):
                term = tf.multiply(x[i], tf.constant(w[i, j], name=f"w{i}{j}"), name=f"times_{i}{j}")
                sums[j] = term if sums[j] is None else tf.add(sums[j], term, name=f"plus_{i}{j}")
        row = np.arange(1, n + 1)
        np.testing.assert_allclose(sess.run(sums, dict(zip(x, row, strict=True))), row @ w)
        return draw(graph, direction="TB").svg


def memory():
    """What a training step keeps in memory for its backward pass."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x, labels = tf.placeholder(tf.float32, [256, 784], name="x"), tf.placeholder(tf.int64, [256], name="labels")
        h = tf.nn.relu(tf.matmul(x, tf.get_variable("w1", [784, 512])), name="h1")
        h = tf.nn.relu(tf.matmul(h, tf.get_variable("w2", [512, 512])), name="h2")
        logits = tf.matmul(h, tf.get_variable("w3", [512, 10]), name="logits")
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss")
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        keys = [x, labels]
        return draw_memory(live_set(sess, [loss, train], keys), sess.plan([loss, train], keys).source).svg


if __name__ == "__main__":
    for make in (blocks, copies, cells, memory):
        path = IMAGES / f"devices-{make.__name__}.svg"
        path.write_text(make(), encoding="utf-8")
        print(path)
