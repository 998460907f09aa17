"""Stitching, places, batches of rows, patches and segments: values, gradients, names as in TensorFlow 1.15."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check


def run(*fetches):
    return tf.Session(graph=tf.get_default_graph()).run(list(fetches))


def test_stitch_undoes_partition() -> None:
    with tf.Graph().as_default():
        x = tf.constant(np.arange(10.0).reshape(5, 2))
        ids = [2, 0, 1, 0, 2]
        parts = tf.dynamic_partition(x, ids, 3)
        places = tf.dynamic_partition(tf.range(5), ids, 3)
        whole, original = run(tf.dynamic_stitch(places, parts), x)
    np.testing.assert_array_equal(whole, original)


def test_last_of_equal_places_wins() -> None:
    with tf.Graph().as_default():
        (out,) = run(tf.dynamic_stitch([[0, 1], [1, 3]], [[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(out, [1, 3, 0, 4])


def test_partition_and_stitch_gradients() -> None:
    check(lambda x: tf.dynamic_partition(x, [1, 0, 1, 0], 2), (4, 2))
    check(lambda x, y: tf.dynamic_stitch([[0, 3], [1, 2]], [x, y]), (2, 3), (2, 3))


@pytest.mark.parametrize("name", ["max", "min", "prod", "sum", "mean", "sqrt_n"])
def test_unsorted_segment_gradients(name: str) -> None:
    check(lambda x: getattr(tf, f"unsorted_segment_{name}")(x, [1, 0, 1, 2, -1], 3), (5, 2))


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_segment_gradients(name: str) -> None:
    check(lambda x: getattr(tf, f"segment_{name}")(x, [0, 0, 1, 2, 2]), (5, 2))


def test_product_of_a_segment_with_zeros_has_the_gradient_of_tensorflow() -> None:
    with tf.Graph().as_default():
        x = tf.constant([0.0, 3.0, 0.0, 0.0, 2.0])
        y = tf.unsorted_segment_prod(x, [0, 0, 1, 1, 2], 3)
        (dx,) = run(tf.gradients(y, x)[0])
    np.testing.assert_array_equal(dx, [3, 0, 0, 0, 1])


@pytest.mark.parametrize(("axis", "batch_dims"), [(1, 1), (2, 1), (2, 2), (3, 2), (3, 0), (3, -1)])
def test_gather_in_batches(axis: int, batch_dims: int) -> None:
    shape = (2, 3, 4, 5)
    at = (
        np.array([[0, 1, 1, 0], [1, 0, 0, 1]])
        if batch_dims in (0, 1)
        else np.array([[[0, 1]] * 3, [[2, 0]] * 3])
    )
    check(lambda x: tf.gather(x, at, axis=axis, batch_dims=batch_dims), shape)


def test_gather_in_batches_takes_the_rows_of_each_example() -> None:
    x = np.arange(24).reshape(2, 3, 4)
    with tf.Graph().as_default():
        a, b, c = run(
            tf.gather(x, [[2, 0], [1, 1]], batch_dims=1),
            tf.gather_nd(x, [[[2]], [[0]]], batch_dims=1),
            tf.batch_gather(x, [[2, 0], [1, 1]]),
        )
    np.testing.assert_array_equal(a, np.stack([x[0][[2, 0]], x[1][[1, 1]]]))
    np.testing.assert_array_equal(c, a)
    np.testing.assert_array_equal(b, [x[0][[2]], x[1][[0]]])


def test_reverse_sequence() -> None:
    check(lambda x: tf.reverse_sequence(x, [2, 0, 4], 1, 0), (3, 4, 2))
    check(lambda x: tf.reverse_sequence(x, [2, 0, 4], seq_dim=0, batch_dim=1), (4, 3))
    with tf.Graph().as_default():
        (out,) = run(tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], 1))
    np.testing.assert_array_equal(out, [[2, 1, 3], [6, 5, 4]])


def test_places() -> None:
    rows = np.sort(np.random.default_rng(1).integers(0, 9, (2, 7))).astype(np.int32)
    with tf.Graph().as_default():
        left, right, grid = run(
            tf.searchsorted(rows, [[0, 4], [5, 9]]),
            tf.searchsorted(rows, [[0, 4], [5, 9]], side="right"),
            tf.unravel_index([7, 2], [3, 4]),
        )
    for found, side in ((left, "left"), (right, "right")):
        np.testing.assert_array_equal(
            found, [np.searchsorted(rows[0], [0, 4], side), np.searchsorted(rows[1], [5, 9], side)]
        )
    np.testing.assert_array_equal(grid, [[1, 0], [3, 2]])


@pytest.mark.parametrize("strategy", ["mod", "div"])
def test_embedding_in_parts(strategy: str) -> None:
    table = np.arange(14.0).reshape(7, 2)
    parts = (
        [table[0::3], table[1::3], table[2::3]] if strategy == "mod" else [table[:3], table[3:5], table[5:]]
    )
    with tf.Graph().as_default():
        (rows,) = run(tf.nn.embedding_lookup([tf.constant(p) for p in parts], [[6, 0], [3, 5]], strategy))
    np.testing.assert_array_equal(rows, table[[[6, 0], [3, 5]]])


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("strides", "rates"), [(1, 1), (2, 1), (1, 2)])
def test_patches(padding: str, strides: int, rates: int) -> None:
    steps = ([1, 2, 3, 1], [1, strides, strides, 1], [1, rates, rates, 1])
    check(lambda x: tf.extract_image_patches(x, *steps, padding), (2, 5, 6, 2))


def test_parallel_stack_has_no_gradient() -> None:
    with tf.Graph().as_default():
        x = tf.constant([1.0, 2.0])
        y = tf.parallel_stack([x, x * 2])
        assert y.op.name == "parallel_stack/ParallelConcat"
        assert run(y)[0].tolist() == [[1, 2], [2, 4]]
        with pytest.raises(
            LookupError, match="No gradient defined for operation 'parallel_stack/ParallelConcat'"
        ):
            tf.gradients(y, x)
