"""A step compiled for TPUs that are not there; the compiler itself only where libtpu is installed."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine import ahead
from tfnb.engine.ahead import NotCompiled, compile_ahead, compile_plan
from tfnb.engine.chips import is_slice, slice_of
from tfnb.engine.rehearsal import last_step, seconds_here

pytest.importorskip("jax")
needs_compiler = pytest.mark.skipif(
    importlib.util.find_spec("libtpu") is None, reason="the TPU compiler is not installed: pip install libtpu"
)


@pytest.mark.parametrize(
    "device, name",
    [
        ("tpu:v5e-1", "v5e:1x1"),
        ("tpu:v5e-4", "v5e:2x2"),
        ("v6e-8", "v6e:2x4"),
        ("tpu:v4-64", "v4:4x4x4"),
        ("tpu:v5e-256", "v5e:16x16"),
    ],
)
def test_names_of_slices(device, name):
    assert slice_of(device).topology == name


@pytest.mark.parametrize("device", ["tpu:v5e", "tpu:v9-4", "gpu:v4-4", "tpu:v5e-3", "tpu:v5e-0"])
def test_what_is_no_slice(device):
    with pytest.raises(ValueError):
        slice_of(device)
    assert is_slice("tpu:v5e-4") and not is_slice("tpu:jax") and not is_slice("cpu:jax")


def model(batch=64):
    x = tf.placeholder(tf.float32, [None, 20], name="x")
    y = tf.placeholder(tf.int64, [None], name="y")
    h = tf.nn.relu(tf.matmul(x, tf.get_variable("w1", [20, 32])))
    logits = tf.matmul(h, tf.get_variable("w2", [32, 10]))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    return [loss, tf.train.AdamOptimizer().minimize(loss)], {x: np.zeros((batch, 20), "f"), y: np.zeros(batch, int)}


# -- which step, and how long it takes here ---------------------------------------------------------------------------
def test_the_last_step_is_the_last_training_step():
    with tf.Graph().as_default(), tf.Session() as sess:
        (loss, train), feeds = model()
        with pytest.raises(ValueError, match="has not run anything yet"):
            last_step(sess)
        sess.run(tf.global_variables_initializer())
        sess.run([loss, train], feeds)
        sess.run(loss, feeds)
        plan, shapes = last_step(sess)
        assert plan.program.fetches == (loss, train) and sorted(shapes.values()) == [(64,), (64, 20)]


def test_measuring_changes_no_variable():
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feeds = model()
        sess.run(tf.global_variables_initializer())
        sess.run(fetches, feeds)
        before = {v.name: sess.variable_value(v.name).copy() for v in tf.global_variables()}
        assert seconds_here(sess, *last_step(sess)) > 0
        for v in tf.global_variables():
            np.testing.assert_array_equal(sess.variable_value(v.name), before[v.name])


# -- what the compiler's answer is read for ---------------------------------------------------------------------------
HLO = """
  %ar = (f32[128,10]{1,0:T(8,128)}, f32[10]{0}) all-reduce(%a, %b), replica_groups=[2,4]<=[8], to_apply=%add
  %ag = bf16[64,32]{1,0} all-gather-start(%c), replica_groups={{0,1},{2,3}}, dimensions={0}
  %rs = f32[16]{0} reduce-scatter(%d), replica_groups={{0,1,2,3}}, to_apply=%add
  %done = bf16[64,32]{1,0} all-gather-done(%ag)
"""


def test_collectives_are_counted_with_their_bytes():
    count, exchanged = ahead._exchange(HLO)
    assert count == {"all-reduce": 1, "all-gather": 1, "reduce-scatter": 1}
    assert exchanged == 2 * 4 * (1280 + 10) + 2 * 64 * 32 + 4 * 16 * 4


def test_too_little_memory_is_explained():
    text = "RESOURCE_EXHAUSTED: E1000: the total memory required for HLO temporaries (48.00G) exceeds available HBM (15.75G).\nmore"
    error = ahead._not_compiled(RuntimeError(text), slice_of("tpu:v5e-4"))
    assert error.text == text.split("\n")[0] and error.lesson.startswith("A chip would need 48.00G and has 15.75G of memory. Use more chips")


# -- with the compiler ------------------------------------------------------------------------------------------------
@needs_compiler
def test_a_training_step_compiles_for_four_chips():
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feeds = model()
        one, four = (compile_ahead(sess, fetches, feeds, d) for d in ("tpu:v5e-1", "tpu:v5e-4"))
        assert (one.devices, four.devices) == (1, 4)
        assert not one.collectives and four.collectives.get("all-reduce") and four.exchanged > 0
        assert four.flops < one.flops and 0 < four.seconds and four.memory < four.slice.chip.memory
        assert "mesh 4 data" in str(four) and "all-reduce" in str(four) and "bound by" in str(four)


@needs_compiler
def test_a_variable_cut_over_the_mesh_takes_its_part_of_memory():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 1024])
        w = tf.get_variable("w", [1024, 4096])
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        feeds = {x: np.zeros((8, 1024), "f")}
        mesh = {"data": 2, "model": 2}
        whole, cut = (compile_ahead(sess, train, feeds, "tpu:v5e-4", mesh, s) for s in (None, {w: (None, "model")}))
        assert cut.arguments < 0.6 * whole.arguments
        with pytest.raises(ValueError, match="has 2 places, but tpu:v5e-4 has 4 devices"):
            compile_ahead(sess, train, feeds, "tpu:v5e-4", {"data": 2})


@needs_compiler
def test_a_loop_compiles_too():
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, v * 2.0), [tf.constant(0), tf.ones([8])])[1]
        assert compile_ahead(sess, y, {}, "tpu:v5e-1").seconds > 0


@needs_compiler
def test_a_step_that_is_too_large_is_a_lesson():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 65536])
        train = tf.train.AdamOptimizer().minimize(tf.reduce_sum(tf.matmul(x, tf.get_variable("w", [65536, 65536]))))
        with pytest.raises(NotCompiled) as e:
            compile_ahead(sess, train, {x: np.zeros((1, 65536), "f")}, "tpu:v5e-1")
        assert "HBM" in e.value.text and "Use more chips" in e.value.lesson


@needs_compiler
def test_a_step_with_python_in_it_is_refused():
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.py_func(lambda v: v, [tf.constant(1.0)], tf.float32, name="mine")
        with pytest.raises(NotCompiled, match=r"cannot be compiled: mine \(PyFunc\) works on the host"):
            compile_plan(sess, sess.plan(y), {}, "tpu:v5e-1")


LAPTOP = """
import numpy as np, tfnb as tf
from tfnb.engine.backends import devices
sess = tf.Session()
print(sess.run(tf.constant(1.0) + 1.0), [d.name for d in devices() if d.available])
sess.to("cpu:jax")
print(sess.run(tf.constant(1.0) + 1.0))
import jax
print(jax.devices())
"""


@needs_compiler
@pytest.mark.skipif(os.path.exists("/dev/accel0") or os.path.exists("/dev/vfio/0"), reason="this machine has TPUs")
def test_the_compiler_alone_changes_nothing_else():
    """Where there is no TPU its driver is not started: it would look for chips, and complain at length."""
    done = subprocess.run([sys.executable, "-c", LAPTOP], capture_output=True, text=True, env={k: v for k, v in os.environ.items() if k != "JAX_PLATFORMS"})
    assert done.stdout.splitlines() == ["2.0 ['cpu:numpy', 'cpu:jax']", "2.0", "[CpuDevice(id=0)]"], done.stderr
    assert "TPU" not in done.stderr


@pytest.mark.skipif(importlib.util.find_spec("libtpu") is not None, reason="the TPU compiler is installed")
def test_without_the_compiler_the_remedy_is_named():
    with tf.Graph().as_default(), tf.Session() as sess:
        c = tf.constant(1.0) + 1.0
        with pytest.raises(ValueError, match="pip install libtpu"):
            compile_ahead(sess, c, {}, "tpu:v5e-4")
