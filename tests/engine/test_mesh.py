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

def train(shardings=None, **where):
    rng = np.random.RandomState(0)
    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [None, 20]), tf.placeholder(tf.int64, [None])
        w = tf.Variable(rng.randn(20, 16).astype("f") * 0.2, name="w")
        v = tf.Variable(rng.randn(16, 4).astype("f") * 0.2, name="v")
        logits = tf.matmul(tf.nn.relu(tf.matmul(x, w)), v)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        step = tf.train.AdamOptimizer(0.01).minimize(loss)
        data, labels = rng.randn(64, 20).astype("f"), rng.randint(0, 4, 64)
        where = {**where, "shardings": {w: (None, "model"), "v": ("model", None)}} if shardings else where
        with tf.Session(**where) as sess:
            sess.run(tf.global_variables_initializer())
            losses = [float(sess.run([loss, step], {x: data, y: labels})[0]) for _ in range(20)]
            losses.append(float(sess.run(loss, {x: data[:13], y: labels[:13]})))
            plan = sess.plan([loss, step], [x, y])
            values = {k: [list(s.data.shape) for s in getattr(a, "addressable_shards", [])] for k, a in sess._values.items()}
            assert sess.variable_value("w").shape == (20, 16)
            return losses, getattr(plan.step, "traced", 0), values

one, _, _ = train()
eight = train(mesh={"data": 8})
both = train(mesh={"data": 4, "model": 2}, shardings=True)
print(json.dumps([one, eight, both]))
"""


def run(code, flags):
    env = {**os.environ, "XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=180)


def test_eight_devices_give_the_losses_of_one():
    done = run(CODE, "--xla_force_host_platform_device_count=8")
    assert done.returncode == 0, done.stderr
    one, (eight, traced, whole), (both, _, parts) = json.loads(done.stdout.splitlines()[-1])
    assert eight == pytest.approx(one, rel=1e-5)
    assert traced <= 2 and whole["w"] == [[20, 16]] * 8
    assert both == pytest.approx(one, rel=1e-5)
    assert parts["w"] == parts["w/Adam"] == [[20, 8]] * 8 and parts["v"] == [[8, 4]] * 8


def test_too_few_devices_are_told_with_the_remedy():
    done = run(
        "import tfnb as tf\ntf.constant(1)\ntry:\n    tf.Session(mesh={'data': 64})\nexcept ValueError as e:\n    print(e)",
        "",
    )
    assert "needs 64 devices" in done.stdout and "xla_force_host_platform_device_count=64" in done.stdout


VIRTUAL = """
import tfnb as tf
config = tf.ConfigProto(device_count={"CPU": 3})
with tf.device("/cpu:2"):
    v = tf.Variable([1.0, 2.0], name="v")
double = v.assign(v * 2.0)
with tf.Session(device="cpu:jax", config=config) as sess:
    sess.run(v.initializer)
    sess.run(double)
    print([d.id for d in sess._values["v"].devices()], sess.run(v).tolist(), len(sess.list_devices()))
with tf.Session(mesh={"data": 3}) as sess:
    print([d.name[-5:] for d in sess.list_devices()])
"""


def test_virtual_cpus_of_a_session_on_jax_are_jaxs():
    done = run(VIRTUAL, "")
    assert done.stdout.splitlines() == ["[2] [2.0, 4.0] 4", "['CPU:0', 'CPU:1', 'CPU:2', 'CPU:0']"], done.stdout + done.stderr
