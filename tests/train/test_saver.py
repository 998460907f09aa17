"""Checkpoints come back as they went, and the folder knows the newest."""

import os

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture
def model():
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0], name="v")
        step = tf.Variable(0, name="step", trainable=False)
        yield v, step


def test_values_come_back(model, tmp_path):
    v, step = model
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([v.assign([3.0, 4.0]), step.assign(7)])
        path = saver.save(sess, str(tmp_path / "m"), global_step=step)
    assert path.endswith("m-7") and tf.train.latest_checkpoint(str(tmp_path)) == path
    with tf.Session() as sess:
        saver.restore(sess, path)
        np.testing.assert_array_equal(sess.run(v), [3.0, 4.0])
        assert sess.run(step) == 7


def test_only_the_newest_are_kept(model, tmp_path):
    saver = tf.train.Saver(max_to_keep=2, format="safetensors")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(4):
            saver.save(sess, str(tmp_path / "m"), global_step=i)
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "m-2.safetensors", "m-3.safetensors"]


def test_a_missing_name_changes_nothing(model, tmp_path):
    v, _ = model
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver([v]).save(sess, str(tmp_path / "m"))
        sess.run(v.assign([9.0, 9.0]))
        with pytest.raises(tf.errors.NotFoundError, match="Key step not found in checkpoint"):
            tf.train.Saver().restore(sess, path)
        np.testing.assert_array_equal(sess.run(v), [9.0, 9.0])


def test_no_checkpoint(model):
    with tf.Session() as sess:
        with pytest.raises(ValueError, match="Can't load save_path when it is None"):
            tf.train.Saver().restore(sess, None)
        with pytest.raises(ValueError, match="not a valid checkpoint"):
            tf.train.Saver().restore(sess, "/nowhere/m")
