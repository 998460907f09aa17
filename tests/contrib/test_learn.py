"""tf.contrib.learn: estimators that are fitted to arrays, experiments, vocabularies."""

import numpy as np

import tfnb as tf

learn = tf.contrib.learn
X = np.linspace(-1, 1, 40, dtype=np.float64)[:, None]
Y = (X[:, 0] > 0.1).astype(int)


def test_a_classifier_is_fitted_to_arrays(tmp_path):
    columns = learn.infer_real_valued_columns_from_input(X)
    model = learn.DNNClassifier(feature_columns=columns, hidden_units=[8], n_classes=2, model_dir=str(tmp_path), optimizer=tf.train.AdamOptimizer(0.05))
    found = model.fit(X, Y, steps=80).evaluate(x=X, y=Y)
    assert found["accuracy"] > 0.9
    assert np.mean(np.array(list(model.predict(X, as_iterable=True))) == Y) > 0.9
    assert model.predict_proba(X, as_iterable=False).shape == (40, 2)


def model_fn(features, labels, mode, params):
    w = tf.get_variable("w", [1], initializer=tf.zeros_initializer())
    y = tf.cast(features["x"], tf.float32)[:, 0] * w
    loss = tf.reduce_mean(tf.square(y - tf.cast(labels, tf.float32))) if mode != learn.ModeKeys.INFER else None
    train = tf.contrib.layers.optimize_loss(loss, tf.train.get_global_step(), params["rate"], "SGD") if mode == learn.ModeKeys.TRAIN else None
    return learn.ModelFnOps(mode, {"y": y}, loss, train)


def test_an_experiment_trains_and_evaluates(tmp_path):
    data = tf.estimator.inputs.numpy_input_fn({"x": X.astype("f")}, X[:, 0].astype("f") * 3, batch_size=40, num_epochs=None, shuffle=False)

    def experiment(run_config, hparams):
        model = learn.Estimator(model_fn, str(tmp_path), run_config, {"rate": hparams.rate})
        metrics = {"mean": learn.MetricSpec(lambda predictions, labels: tf.metrics.mean(predictions), prediction_key="y")}
        return learn.Experiment(model, data, data, eval_metrics=metrics, train_steps=60, eval_steps=1)

    found, _ = learn.learn_runner.run(experiment, run_config=learn.RunConfig(model_dir=str(tmp_path)), hparams=tf.contrib.training.HParams(rate=0.5))
    assert found["loss"] < 1e-3 and found["global_step"] == 60 and "mean" in found


def test_a_vocabulary_survives_its_file(tmp_path):
    vocab = learn.preprocessing.VocabularyProcessor(3, min_frequency=1)
    rows = np.array(list(vocab.fit_transform(["a b b", "b c c d"])))
    assert rows.tolist() == [[0, 1, 1], [1, 2, 2]] and len(vocab.vocabulary_) == 3
    vocab.save(str(tmp_path / "v"))
    again = learn.preprocessing.VocabularyProcessor.restore(str(tmp_path / "v"))
    assert next(again.transform(["c a b"])).tolist() == [2, 0, 1] and next(again.reverse([[2, 1, 0]])) == "c b <UNK>"


def test_first_names_of_columns():
    L = tf.contrib.layers
    sex = L.sparse_column_with_keys("sex", ["a", "b"])
    x = L.input_from_feature_columns({"sex": tf.constant([["b"], ["a"]]), "age": tf.constant([3.0, 30.0])},
                                     [L.one_hot_column(sex), L.bucketized_column(L.real_valued_column("age"), [18.0])])
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        assert sess.run(x).tolist() == [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]]
