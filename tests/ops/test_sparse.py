"""Sparse tensors: values against NumPy's dense ones, gradients against differences, feeds and fetches."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

AT, SHAPE = [[0, 1], [1, 0], [1, 2]], [2, 3]
DENSE = np.array([[0, 2.0, 0], [3, 0, 5]])


def sparse(values=(2.0, 3.0, 5.0)) -> tf.SparseTensor:
    return tf.SparseTensor(AT, values, SHAPE)


def run(fetch, feed=None):
    return tf.Session(graph=tf.get_default_graph()).run(fetch, feed)


def dense(s) -> np.ndarray:
    return run(tf.sparse_tensor_to_dense(s))


def test_with_and_without_zeros() -> None:
    with tf.Graph().as_default():
        np.testing.assert_array_equal(dense(sparse()), DENSE)
        assert sparse().shape.as_list() == SHAPE
        y = tf.sparse_to_dense([[0, 1], [1, 2]], [2, 3], [1.0, 2.0], -1.0)
        assert y.op.name == "SparseToDense_1"
        np.testing.assert_array_equal(run(y), [[-1, 1, -1], [-1, -1, 2]])


def test_fed_and_fetched() -> None:
    with tf.Graph().as_default():
        s = tf.sparse_placeholder(tf.float32, name="s")
        value = run(s, {s: tf.SparseTensorValue(AT, [2.0, 3.0, 5.0], SHAPE)})
        assert isinstance(value, tf.SparseTensorValue) and value.dense_shape.tolist() == SHAPE
        again = run(tf.sparse_tensor_to_dense(s), {s: value})
        assert [t.name for t in (s.indices, s.values, s.dense_shape)] == [
            "s/indices:0",
            "s/values:0",
            "s/shape:0",
        ]
    np.testing.assert_array_equal(again, DENSE)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("flipped", [False, True])
def test_product(turned: bool, flipped: bool) -> None:
    shape = (2 if turned else 3, 4)
    with tf.Graph().as_default():
        b = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        y = run(tf.sparse_tensor_dense_matmul(sparse(), b.T if flipped else b, turned, flipped))
    np.testing.assert_allclose(y, (DENSE.T if turned else DENSE) @ b, rtol=1e-5)
    check(
        lambda v, b: tf.sparse_tensor_dense_matmul(sparse(v), b, turned, flipped),
        (3,),
        shape[::-1] if flipped else shape,
    )


@pytest.mark.parametrize("axis", [None, 0, -1, [0, 1]])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums(axis, keepdims: bool) -> None:
    with tf.Graph().as_default():
        y = tf.sparse_reduce_sum(sparse(), axis, keepdims)
        np.testing.assert_array_equal(
            run(y), DENSE.sum(None if axis is None else tuple(np.ravel(axis)), keepdims=keepdims)
        )
        assert y.shape.as_list() == list(run(y).shape)
    check(lambda v: tf.sparse_reduce_sum(sparse(v), axis, keepdims), (3,))


def test_gradients() -> None:
    check(lambda v: tf.sparse_softmax(sparse(v)).values, (3,))
    check(lambda v, d: (sparse(v) * d).values, (3,), (2, 3))
    check(lambda v, d: (sparse(v) / d).values, (3,), (2, 3), low=0.5)
    check(lambda v, d: tf.sparse_add(sparse(v), d), (3,), (2, 3))
    check(lambda v: tf.sparse_add(sparse(v), sparse(v)).values, (3,))
    check(lambda v: tf.sparse_tensor_to_dense(sparse(v)), (3,))
    check(lambda v: tf.sparse_reorder(tf.SparseTensor(AT[::-1], v, SHAPE)).values, (3,))


def test_put_together_and_cut() -> None:
    with tf.Graph().as_default():
        np.testing.assert_array_equal(
            dense(tf.sparse_concat(1, [sparse(), sparse()])), np.hstack([DENSE, DENSE])
        )
        np.testing.assert_array_equal(dense(tf.sparse_reshape(sparse(), [3, -1])), DENSE.reshape(3, 2))
        np.testing.assert_array_equal(dense(tf.sparse_transpose(sparse())), DENSE.T)
        np.testing.assert_array_equal(dense(tf.sparse_slice(sparse(), [0, 1], [2, 2])), DENSE[:, 1:])
        np.testing.assert_array_equal(
            dense(tf.sparse_retain(sparse(), [True, False, True])), DENSE * (DENSE != 3)
        )
        np.testing.assert_array_equal(
            dense(tf.sparse_maximum(sparse(), sparse([-1.0, 9.0, 5.0]))), [[0, 2, 0], [9, 0, 5]]
        )


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("weighted", [False, True])
def test_embedding(combiner: str, weighted: bool) -> None:
    ids = tf.SparseTensorValue([[0, 0], [0, 1], [1, 0]], np.array([1, 3, 1]), [2, 2])
    weights = tf.SparseTensorValue(ids.indices, np.array([0.5, 2.0, 3.0]), [2, 2])
    table, w = np.arange(8.0).reshape(4, 2), weights.values if weighted else np.ones(3)
    total = np.stack([w[0] * table[1] + w[1] * table[3], w[2] * table[1]])
    norms = {"sum": [1, 1], "mean": [w[0] + w[1], w[2]], "sqrtn": [np.hypot(w[0], w[1]), w[2]]}
    by = np.array(norms[combiner])[:, None]
    with tf.Graph().as_default():
        s = tf.SparseTensor(*ids)
        y = tf.nn.embedding_lookup_sparse(
            tf.constant(table), s, tf.SparseTensor(*weights) if weighted else None, combiner=combiner
        )
        np.testing.assert_allclose(run(y), total / by)
    check(
        lambda t: tf.nn.embedding_lookup_sparse(
            1 * t, tf.SparseTensor(*ids), tf.SparseTensor(*weights) if weighted else None, combiner=combiner
        ),
        (4, 2),
    )


def test_edit_distance() -> None:
    def texts(*words: str) -> tf.SparseTensor:
        at = [[i, k] for i, word in enumerate(words) for k in range(len(word))]
        return tf.SparseTensor(at, list("".join(words)), [len(words), max(map(len, words))])

    with tf.Graph().as_default():
        a, b = texts("kitten", "abc"), texts("sitting", "abc")
        np.testing.assert_allclose(run(tf.edit_distance(a, b)), [3 / 7, 0], rtol=1e-6)
        assert run(tf.edit_distance(a, b, normalize=False)).tolist() == [3, 0]
