"""Ready-made estimators learn, begin from an older model, and are exported."""

import os

import numpy as np
import pytest

import tfnb as tf

X = {"p": np.linspace(-1, 1, 40, dtype=np.float32)[:, None]}
Y = (X["p"][:, 0] > 0.1).astype(int)
P = tf.feature_column.numeric_column("p")


def data(epochs=None, labels=Y):
    return tf.estimator.inputs.numpy_input_fn(X, labels, batch_size=20, num_epochs=epochs, shuffle=False)


@pytest.mark.parametrize(
    "make",
    [
        lambda d, **k: tf.estimator.DNNClassifier([8], [P], d, optimizer=tf.train.AdamOptimizer(0.05), **k),
        lambda d, **k: tf.estimator.DNNLinearCombinedClassifier(
            d, [P], tf.train.AdamOptimizer(0.05), [P], dnn_hidden_units=[4], dnn_optimizer=lambda: tf.train.AdamOptimizer(0.05), **k),
    ],
)  # fmt: skip
def test_a_model_learns_and_another_begins_with_it(make, tmp_path):
    model = make(str(tmp_path / "a"))
    model.train(data(), steps=80)
    assert model.evaluate(data(1))["accuracy"] > 0.9
    other = make(str(tmp_path / "b"), warm_start_from=str(tmp_path / "a"))
    other.train(data(), steps=1)
    assert other.evaluate(data(1))["accuracy"] > 0.9
    classes = [int(p["class_ids"][0]) for p in model.predict(data(1, None))]
    assert np.mean(np.array(classes) == Y) > 0.9


def test_models_are_exported_after_training(tmp_path):
    model = tf.estimator.LinearRegressor([P], str(tmp_path))
    def serving():
        x = {"p": tf.placeholder(tf.float32, [None, 1], name="p")}
        return tf.estimator.export.ServingInputReceiver(x, x)

    exporters = [tf.estimator.LatestExporter("latest", serving), tf.estimator.FinalExporter("final", serving), tf.estimator.BestExporter("best", serving)]
    y = X["p"][:, 0]
    found, written = tf.estimator.train_and_evaluate(
        model, tf.estimator.TrainSpec(data(labels=y), max_steps=20), tf.estimator.EvalSpec(data(1, y), exporters=exporters))
    assert found["global_step"] == 20 and len(written) == 3
    with tf.Graph().as_default(), tf.Session() as sess:
        meta = tf.saved_model.loader.load(sess, ["serve"], os.fsdecode(written[0]))
        assert set(meta.signature_def) >= {"serving_default", "predict"}
