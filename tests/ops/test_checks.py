"""Checks of kinds and ranks, with TensorFlow 1.15's messages; norms."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check


def test_messages() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2], name="x")
        with pytest.raises(ValueError, match=r"Expected scalar shape for x:0, saw shape: \(2,\)\."):
            tf.assert_scalar(x)
        with pytest.raises(TypeError, match="  x:0 must be of type <dtype: 'int32'>"):
            tf.assert_type(x, tf.int32)
        with pytest.raises(TypeError, match='  Expected "x" to be integer type.  Found: x:0 of dtype'):
            tf.assert_integer(x)
        with pytest.raises(ValueError, match="Tensor x:0 must have rank in"):
            tf.assert_rank_in(x, [0, 2])
        assert tf.assert_type(x, tf.float32).name == "assert_type_1/statically_determined_correct_type"
        assert tf.is_numeric_tensor(x) and not tf.is_numeric_tensor(3)


def test_near() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2], name="x")
        near = tf.assert_near(x, [1.0, 2.0])
        sess.run(near, {x: [1.0, 2.0]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="x and y not equal to tolerance rtol"):
            sess.run(near, {x: [1.0, 2.5]})


def test_norms() -> None:
    check(lambda x: tf.linalg.normalize(x, axis=1), (3, 4))
    with tf.Graph().as_default(), tf.Session() as sess:
        a = np.array([[[1.0, 2], [2, 4]], [[1, 0], [0, 1]]])
        assert sess.run(tf.linalg.matrix_rank(a)).tolist() == [1, 2]
