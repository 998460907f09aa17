"""tf.feature_column and the estimators that come ready."""

import numpy as np

from tests.tf1.alike import give_ramps


def features(tf):
    mixed = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["a", "b", "b"], [3, 2])
    return {"p": tf.constant([[1.0], [5.0], [20.0]]), "c": tf.constant([["a"], ["b"], ["z"]]), "k": tf.constant([[1], [2], [0]]), "m": mixed,
            "w": tf.constant([[1.0], [2.0], [3.0]])}


def columns(tf):
    fc = tf.feature_column
    p, c = fc.numeric_column("p"), fc.categorical_column_with_vocabulary_list("c", ["a", "b"])
    b, k = fc.bucketized_column(p, [2.0, 10.0]), fc.categorical_column_with_identity("k", 3)
    m = fc.categorical_column_with_vocabulary_list("m", ["a", "b"], num_oov_buckets=1)
    return fc, p, c, b, k, m


def case_input_layer(tf):
    fc, p, c, b, k, m = columns(tf)
    start = tf.constant_initializer([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    chosen = [p, b, fc.indicator_column(c), fc.indicator_column(m), fc.embedding_column(k, 2, initializer=start),
              fc.indicator_column(fc.crossed_column(["c", b], 11)), fc.indicator_column(fc.crossed_column([k, c], 7)),
              fc.embedding_column(m, 1, combiner="sum", initializer=tf.constant_initializer([[1.0], [10.0], [100.0]])),
              fc.indicator_column(fc.categorical_column_with_hash_bucket("c", 5))][:-1]
    x = fc.input_layer(features(tf), chosen)
    h = fc.input_layer(features(tf), [fc.indicator_column(fc.categorical_column_with_hash_bucket("c", 5)),
                                      fc.numeric_column("p", normalizer_fn=lambda v: v / 2),
                                      fc.indicator_column(fc.weighted_categorical_column(k, "w"))])
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        spec = fc.make_parse_example_spec(chosen)
        return sess.run([x, h]), [v.name for v in tf.global_variables()], [c.name for c in chosen], {n: type(s).__name__ for n, s in spec.items()}


def case_linear_model(tf):
    fc, p, c, b, k, m = columns(tf)
    y = fc.linear_model(features(tf), [p, b, c, k, fc.crossed_column(["c", c], 7), m], units=2)
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        give_ramps(tf, sess, tf.global_variables())
        return sess.run(y), [[v.name, v.shape.as_list()] for v in tf.global_variables()]


def estimated(tf, model, x, y):
    inputs = tf.estimator.inputs.numpy_input_fn
    model.train(inputs(x, y, batch_size=4, num_epochs=None, shuffle=False), steps=6)
    found = model.evaluate(inputs(x, y, batch_size=4, num_epochs=1, shuffle=False))
    first = next(iter(model.predict(inputs(x, batch_size=4, num_epochs=1, shuffle=False))))
    return dict(found), [n for n in model.get_variable_names() if "Ftrl" not in n and "Ada" not in n], sorted((k, np.shape(v)) for k, v in first.items())


def case_ready_made_estimators(tf):
    E, rs = tf.estimator, np.random.RandomState(0)
    x = {"p": rs.randn(12, 1).astype("f"), "c": np.array([["a"], ["b"], ["z"], ["a"]] * 3)}
    p, c = tf.feature_column.numeric_column("p"), tf.feature_column.categorical_column_with_vocabulary_list("c", ["a", "b"])
    two, three, number = (x["p"][:, 0] > 0).astype(int), np.array([0, 1, 2] * 4), x["p"][:, 0] * 2
    deep = E.DNNClassifier([4, 3], [p, tf.feature_column.indicator_column(c)], n_classes=3, label_vocabulary=["r", "s", "t"])
    _, names, shapes = estimated(tf, deep, x, np.array(["r", "s", "t"] * 4))
    return [estimated(tf, E.LinearClassifier([p, c]), x, two), estimated(tf, E.LinearClassifier([p, c], n_classes=3), x, three),
            estimated(tf, E.LinearRegressor([p, c], optimizer=tf.train.GradientDescentOptimizer(0.01)), x, number),
            estimated(tf, E.BaselineClassifier(), x, two), names, shapes]
