"""Steps compiled for TPUs that are not there: python -m tests.benchmarks.ahead [--device tpu:v5e-256] [--write]

The digits CNN with its batch over all chips, and a perceptron of a thousand million parameters on a mesh of data x model.
Needs `libtpu` (Linux, 470 MB), no TPU. `--write` puts the figures into docs/devices.md.
"""

import argparse
import math
import re
from pathlib import Path

import numpy as np

import tfnb as tf
from tfnb.engine.ahead import compile_ahead
from tfnb.engine.chips import slice_of

DOCS = Path(__file__).parents[2] / "docs" / "devices.md"


def digits(chips, per_chip=64):
    """LeNet-like, 28 x 28 images, Adam: fetches, feeds, mesh, shardings."""
    x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    h = x
    for i, (before, after) in enumerate(((1, 32), (32, 64))):
        h = tf.nn.relu(tf.nn.conv2d(h, tf.get_variable(f"kernel{i}", [5, 5, before, after]), [1, 1, 1, 1], "SAME"))
        h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    h = tf.nn.relu(tf.matmul(tf.reshape(h, [-1, 7 * 7 * 64]), tf.get_variable("dense", [7 * 7 * 64, 1024])))
    return trained(tf.matmul(h, tf.get_variable("out", [1024, 10])), x, labels, chips * per_chip), {"data": chips}, None


def perceptron(chips, width=8192, depth=15, batch=8192):
    """15 layers of 8192 x 8192, Adam: every second matrix is cut by columns, the next by rows, as in a tensor-parallel pair."""
    x = tf.placeholder(tf.float32, [None, width], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    h, shardings = x, {}
    for i in range(depth):
        w = tf.get_variable(f"w{i}", [width, width])
        shardings[w] = (None, "model") if i % 2 == 0 else ("model", None)
        h = tf.nn.relu(tf.matmul(h, w))
    data = 2 ** (int(math.log2(chips)) // 2 + int(math.log2(chips)) % 2)
    return trained(tf.matmul(h, tf.get_variable("out", [width, 10])), x, labels, batch), {"data": data, "model": chips // data}, shardings


def trained(logits, x, labels, batch):
    """The loss and its training op, and feeds of a shape without the memory."""
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    train = tf.train.AdamOptimizer(1e-4).minimize(loss)
    shape = [batch, *x.shape.as_list()[1:]]
    return [loss, train], {x: np.broadcast_to(np.float32(0), shape), labels: np.broadcast_to(np.int64(0), [batch])}


def figures(device):
    """The text that is printed and recorded."""
    chips, out = slice_of(device).chips, []
    for name, make in (("digits CNN", digits), ("perceptron", perceptron)):
        with tf.Graph().as_default() as graph, tf.Session() as sess:
            (fetches, feeds), mesh, shardings = make(chips)
            count = sum(v.shape.num_elements() for v in tf.trainable_variables())
            found = compile_ahead(sess, fetches, feeds, device, mesh, shardings)
            batch = next(iter(feeds.values())).shape[0]
            out.append(f"{name}: {count:,} parameters, Adam, batch {batch:,}, {len(graph.get_operations()):,} nodes\n{found}")
    return "\n\n".join(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="tpu:v5e-256")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    told = figures(args.device)
    print(told)
    if args.write:
        block = "\n".join(f"    {line}".rstrip() for line in told.splitlines())
        text = DOCS.read_text(encoding="utf-8")
        DOCS.write_text(re.sub(r"(<!-- ahead: begin -->\n).*?(<!-- ahead: end -->)", lambda m: f"{m[1]}{block}\n{m[2]}", text, flags=re.S), encoding="utf-8")
