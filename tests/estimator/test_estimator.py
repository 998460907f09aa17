"""An estimator from training to serving, in graphs of its own."""

import os

import numpy as np
import pytest

import tfnb as tf

X = np.random.RandomState(0).randn(64, 2).astype(np.float32)
Y = (X @ np.float32([[2.0], [-1.0]]))[:, 0] + 0.5


def model_fn(features, labels, mode, params):
    y = tf.layers.dense(features["x"], 1, name="line")[:, 0]
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"y": y})
    loss = tf.losses.mean_squared_error(labels, y)
    metrics = {"error": tf.metrics.mean_absolute_error(labels, y)}
    train = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train, eval_metric_ops=metrics)


def batches(epochs=None, shuffle=True):
    return tf.estimator.inputs.numpy_input_fn({"x": X}, Y, batch_size=16, num_epochs=epochs, shuffle=shuffle)


@pytest.fixture
def trained(tmp_path):
    config = tf.estimator.RunConfig(tf_random_seed=1)
    return tf.estimator.Estimator(model_fn, str(tmp_path), config, {"rate": 0.1}).train(batches(), steps=60)


def test_train_evaluate_predict(trained):
    found = trained.evaluate(batches(1, False))
    assert set(found) == {"error", "loss", "global_step"}
    assert found["global_step"] == 60
    assert found["loss"] < 1e-3
    answers = list(trained.predict(tf.estimator.inputs.numpy_input_fn({"x": X[:5]}, shuffle=False)))
    np.testing.assert_allclose([a["y"] for a in answers], Y[:5], atol=0.1)
    np.testing.assert_allclose(trained.get_variable_value("line/kernel"), [[2.0], [-1.0]], atol=0.1)


def test_training_goes_on_where_it_stopped(trained):
    trained.train(batches(), steps=5)
    assert trained.evaluate(batches(1, False))["global_step"] == 65
    trained.train(batches(), max_steps=60)  # reached long ago
    assert trained.latest_checkpoint().endswith("model.ckpt-65")


def test_training_ends_with_the_input(tmp_path):
    made = tf.estimator.Estimator(model_fn, str(tmp_path), params={"rate": 0.1})
    made.train(lambda: tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).batch(16).repeat(2))
    assert made.evaluate(batches(1, False))["global_step"] == 8


def test_a_model_is_exported_and_loaded(trained, tmp_path):
    receiver = tf.estimator.export.build_raw_serving_input_receiver_fn({"x": tf.placeholder(tf.float32, [None, 2], name="x")})
    folder = os.fsdecode(trained.export_savedmodel(str(tmp_path / "served"), receiver))
    with tf.Graph().as_default(), tf.Session() as sess:
        meta = tf.saved_model.loader.load(sess, ["serve"], folder)
        signature = meta.signature_def["serving_default"]
        y = sess.run(signature.outputs["y"].name, {signature.inputs["x"].name: X[:3]})
    np.testing.assert_allclose(y, Y[:3], atol=0.1)


def test_train_and_evaluate(tmp_path):
    made = tf.estimator.Estimator(model_fn, str(tmp_path), params={"rate": 0.1})
    found, _ = tf.estimator.train_and_evaluate(made, tf.estimator.TrainSpec(batches(), 20), tf.estimator.EvalSpec(batches(1, False)))
    assert found["global_step"] == 20


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match="must include features argument"):
        tf.estimator.Estimator(lambda x: x)
    with pytest.raises(ValueError, match="does not include params argument"):
        tf.estimator.Estimator(lambda features: features, params={"a": 1})
    with pytest.raises(ValueError, match="Could not find trained model in model_dir"):
        tf.estimator.Estimator(model_fn, str(tmp_path)).evaluate(batches(1))
    with pytest.raises(ValueError, match="Missing loss"):
        tf.estimator.EstimatorSpec(tf.estimator.ModeKeys.TRAIN, train_op=1)
    with pytest.raises(ValueError, match="shuffle must be provided"):
        tf.estimator.inputs.numpy_input_fn(X)
    with pytest.raises(ValueError, match="Length of tensors in x and y is mismatched"):
        tf.estimator.inputs.numpy_input_fn(X, Y[:3], shuffle=False)
