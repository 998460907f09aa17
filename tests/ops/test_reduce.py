"""Reductions: values, gradients against differences, names against TensorFlow 1.15."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

NAMES = ["sum", "mean", "prod", "max", "min", "logsumexp"]


@pytest.mark.parametrize("axis", [None, 0, [0, 2], -1])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_gradient(name: str, axis, keepdims: bool) -> None:
    check(lambda x: getattr(tf, f"reduce_{name}")(x, axis, keepdims=keepdims), (2, 3, 2))


@pytest.mark.parametrize("name", NAMES)
def test_gradient_of_unknown_sizes(name: str) -> None:
    check(lambda x: getattr(tf, f"reduce_{name}")(x, [0, 2]), (2, 3, 2), unknown=True)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running(name: str, exclusive: bool, reverse: bool) -> None:
    check(lambda x: getattr(tf, name)(x, 1, exclusive, reverse), (2, 4), low=0.5)


def test_names_and_axes() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 3])
        shapes = [
            str(y.shape)
            for y in (tf.reduce_sum(x), tf.reduce_sum(x, 1), tf.reduce_mean(x, [0, 1], keep_dims=True))
        ]
        names = [op.name for op in graph.get_operations()]
    assert shapes == ["()", "(?,)", "(1, 1)"]
    assert names == [
        "Placeholder",
        "Const",
        "Sum",
        "Sum_1/reduction_indices",
        "Sum_1",
        "Mean/reduction_indices",
        "Mean",
    ]


def test_axis_that_is_not_there() -> None:
    message = "Invalid reduction dimension 5 for input with 2 dimensions. for 'Sum' (op: 'Sum') "
    with tf.Graph().as_default(), pytest.raises(ValueError) as error:
        tf.reduce_sum(tf.zeros([2, 3]), 5)
    assert (
        str(error.value)
        == message + "with input shapes: [2,3], [] and with computed input tensors: input[1] = <5>."
    )


def test_dtypes_stay() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant([[1, 2], [3, 5]], tf.int32)
        results = sess.run(
            [tf.reduce_sum(x), tf.reduce_mean(x), tf.reduce_prod(x, 0), tf.cumsum(x), tf.argmax(x, 1)]
        )
    assert [r.dtype.name for r in results] == ["int32", "int32", "int32", "int32", "int64"]
    assert results[1] == 2


def test_logsumexp_does_not_overflow() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.reduce_logsumexp([1000.0, 1000.0])) == pytest.approx(1000 + np.log(2))


def test_counting() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        top, unique, count = sess.run(
            [tf.nn.top_k([3.0, 9.0, 9.0], 2), tf.unique([7, 7, 3]), tf.bincount([1, 2, 2])]
        )
    assert (top.values.tolist(), top.indices.tolist()) == ([9, 9], [1, 2])
    assert (unique.y.tolist(), unique.idx.tolist()) == ([7, 3], [0, 0, 1])
    assert count.tolist() == [0, 1, 2]


def test_gradient_of_top_k() -> None:
    check(lambda x: tf.nn.top_k(x, 2)[0], (3, 4))
    check(tf.sort, (3, 4))
