"""A step compiled for a TPU that is not there; the compiler itself only where libtpu is installed."""

import importlib.util

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.ahead import compile_ahead, topology

pytest.importorskip("jax")


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
    assert topology(device) == name


@pytest.mark.parametrize("device", ["tpu:v5e", "tpu:v9-4", "gpu:v4-4", "tpu:v5e-3", "tpu:v5e-0"])
def test_what_is_no_slice(device):
    with pytest.raises(ValueError):
        topology(device)


def model():
    x = tf.placeholder(tf.float32, [None, 28, 28, 1])
    y = tf.placeholder(tf.int64, [None])
    h = tf.nn.relu(tf.nn.conv2d(x, tf.get_variable("k", [5, 5, 1, 8]), [1, 1, 1, 1], "SAME"))
    h = tf.reshape(tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), [-1, 14 * 14 * 8])
    logits = tf.matmul(h, tf.get_variable("w", [14 * 14 * 8, 10]))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    return [loss, tf.train.AdamOptimizer().minimize(loss)], {
        x: np.zeros((64, 28, 28, 1), "f"),
        y: np.zeros(64, int),
    }


@pytest.mark.skipif(
    importlib.util.find_spec("libtpu") is None, reason="the TPU compiler is not installed: pip install libtpu"
)
def test_a_training_step_compiles_for_four_chips():
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feeds = model()
        sess.run(tf.global_variables_initializer())
        one, four = (compile_ahead(sess, fetches, feeds, d) for d in ("tpu:v5e-1", "tpu:v5e-4"))
        assert (one.devices, four.devices) == (1, 4)
        assert not one.collectives and four.collectives.get("all-reduce")
        assert four.flops < one.flops and four.seconds > 0 and "us a step" in str(four)


def test_a_step_with_python_in_it_is_refused():
    if importlib.util.find_spec("libtpu") is None:
        pytest.skip("the TPU compiler is not installed: pip install libtpu")
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.py_func(lambda v: v, [tf.constant(1.0)], tf.float32)
        with pytest.raises(ValueError, match="cannot be compiled"):
            compile_ahead(sess, y, {}, "tpu:v5e-1")


@pytest.mark.skipif(importlib.util.find_spec("libtpu") is not None, reason="the TPU compiler is installed")
def test_without_the_compiler_the_remedy_is_named():
    with tf.Graph().as_default(), tf.Session() as sess:
        c = tf.constant(1.0) + 1.0
        with pytest.raises(ValueError, match="pip install libtpu"):
            compile_ahead(sess, c, {}, "tpu:v5e-4")
