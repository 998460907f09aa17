"""Eight virtual devices train as one does. In a process of its own: JAX counts its devices when it starts."""

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("jax")
pytestmark = pytest.mark.jax

CODE = """
import json, sys, numpy as np, tfnb as tf

def train(**where):
    rng = np.random.RandomState(0)
    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [None, 20]), tf.placeholder(tf.int64, [None])
        w = tf.Variable(rng.randn(20, 16).astype("f") * 0.2)
        v = tf.Variable(rng.randn(16, 4).astype("f") * 0.2)
        logits = tf.matmul(tf.nn.relu(tf.matmul(x, w)), v)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        step = tf.train.AdamOptimizer(0.01).minimize(loss)
        data, labels = rng.randn(64, 20).astype("f"), rng.randint(0, 4, 64)
        with tf.Session(**where) as sess:
            sess.run(tf.global_variables_initializer())
            losses = [float(sess.run([loss, step], {x: data, y: labels})[0]) for _ in range(20)]
            losses.append(float(sess.run(loss, {x: data[:13], y: labels[:13]})))
            plan = sess.plan([loss, step], [x, y])
            return losses, getattr(plan.step, "traced", 0), len(getattr(next(iter(sess._values.values())), "devices", set)())

one, _, _ = train()
eight, traced, devices = train(mesh={"data": 8})
print(json.dumps([one, eight, traced, devices]))
"""


def run(code, flags):
    env = {**os.environ, "XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=180)


def test_eight_devices_give_the_losses_of_one():
    done = run(CODE, "--xla_force_host_platform_device_count=8")
    assert done.returncode == 0, done.stderr
    one, eight, traced, devices = json.loads(done.stdout.splitlines()[-1])
    assert eight == pytest.approx(one, rel=1e-5)
    assert devices == 8 and traced <= 2


def test_too_few_devices_are_told_with_the_remedy():
    done = run(
        "import tfnb as tf\ntf.constant(1)\ntry:\n    tf.Session(mesh={'data': 64})\nexcept ValueError as e:\n    print(e)",
        "",
    )
    assert "needs 64 devices" in done.stdout and "xla_force_host_platform_device_count=64" in done.stdout
