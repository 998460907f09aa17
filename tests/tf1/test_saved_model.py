"""A model in a folder comes back."""

import pytest

import tfnb as tf


def test_save_and_load(tmp_path):
    folder = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        v = tf.Variable([[5.0], [7.0]], name="v")
        y = tf.matmul(x, v, name="y")
        sess.run(v.initializer)
        tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": y})
        with pytest.raises(AssertionError, match="Export directory already exists"):
            tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": y})
    with tf.Graph().as_default(), tf.Session() as sess:
        meta = tf.saved_model.loader.load(sess, [tf.saved_model.tag_constants.SERVING], folder)
        signature = meta.signature_def["serving_default"]
        assert signature.inputs["x"].name == "x:0" and signature.method_name == "tensorflow/serving/predict"
        assert sess.run(signature.outputs["y"].name, {"x:0": [[1, 1]]}).tolist() == [[12]]
        with pytest.raises(RuntimeError, match="MetaGraphDef associated with tags 'other' could not be found in SavedModel"):
            tf.saved_model.loader.load(sess, ["other"], folder)
        with pytest.raises(OSError, match="SavedModel file does not exist at"):
            tf.saved_model.loader.load(sess, ["serve"], str(tmp_path))
