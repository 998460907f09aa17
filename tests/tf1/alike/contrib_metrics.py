"""tf.contrib.metrics: values before and after two batches, and the local variables."""

import numpy as np

from tests.tf1.alike.ops import refused

rs = np.random.RandomState(5)
SCORES, RIGHT, WEIGHTS = rs.rand(2, 6).astype("f"), rs.rand(2, 6) > 0.5, rs.rand(2, 6).astype("f")
CLASSES, LABELS = rs.rand(2, 4, 5).astype("f"), rs.randint(0, 5, (2, 4)).astype("int64")


def gathered(tf, metric, *given):
    """What a metric says of two batches."""
    tf.reset_default_graph()
    fed = [tf.placeholder(g.dtype, g.shape[1:]) for g in given]
    value, update = metric(*fed)
    variables = [[v.name, str(v.shape)] for v in tf.local_variables()]
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        said = [sess.run(value)]
        for batch in zip(*given):  # noqa: B905 - Python 3.7
            said += [sess.run(update, dict(zip(fed, batch))), sess.run(value)]  # noqa: B905
    return said, variables, value.name, update.name


def case_rates_and_counts(tf):
    M = tf.contrib.metrics
    yes = (SCORES > 0.4, RIGHT, WEIGHTS)
    return [gathered(tf, m, *yes) for m in (
        M.streaming_false_positive_rate, M.streaming_false_negative_rate, M.streaming_true_positives, M.streaming_false_positives,
        M.streaming_true_negatives, M.streaming_false_negatives, M.streaming_precision, M.streaming_recall, M.streaming_accuracy)], [
        gathered(tf, lambda p, y, w, m=m: m(p, y, [0.2, 0.6], w), SCORES, RIGHT, WEIGHTS)[:2] for m in (
        M.streaming_false_positive_rate_at_thresholds, M.streaming_false_negative_rate_at_thresholds, M.streaming_true_positives_at_thresholds,
        M.streaming_precision_at_thresholds)], gathered(tf, M.count, SCORES, WEIGHTS), gathered(tf, M.count, SCORES)  # fmt: skip


def case_agreement(tf):
    M, other = tf.contrib.metrics, np.float32(1) - SCORES * SCORES
    return [gathered(tf, M.streaming_covariance, SCORES, other), gathered(tf, M.streaming_covariance, SCORES, other, WEIGHTS),
            gathered(tf, M.streaming_pearson_correlation, SCORES, other), gathered(tf, M.streaming_pearson_correlation, SCORES, other, WEIGHTS),
            gathered(tf, lambda a, b: M.cohen_kappa(a, b, 5), LABELS, LABELS[::-1] // 2),
            gathered(tf, lambda a, b, w: M.cohen_kappa(a, b, 5, w), LABELS, LABELS[::-1] // 2, WEIGHTS[:, :4]),
            refused(lambda: M.cohen_kappa([1], [1], 1))]  # fmt: skip


def case_over_thresholds(tf):
    M = tf.contrib.metrics
    args = (RIGHT, SCORES, WEIGHTS)
    return [gathered(tf, lambda *a: M.f1_score(*a, num_thresholds=7), *args), gathered(tf, lambda y, p, w: M.precision_at_recall(y, p, 0.6, w, 9), *args),
            gathered(tf, lambda y, p, w: M.recall_at_precision(y, p, 0.6, w, 9), *args),
            gathered(tf, lambda y, p, w: M.recall_at_precision(y, p, 0.6, w, 9, strict_mode=True), *args)[:2],
            gathered(tf, lambda y, p, w: M.streaming_auc(p, y, w, 9), *args),
            gathered(tf, lambda y, p, w: M.streaming_sensitivity_at_specificity(p, y, 0.5, w, 9), *args)]  # fmt: skip


def case_points_of_curves(tf):
    out = []
    for curve in ("ROC", "PR"):
        tf.reset_default_graph()
        points, update = tf.contrib.metrics.streaming_curve_points(RIGHT[0], SCORES[0], num_thresholds=4, curve=curve)
        with tf.Session() as sess:
            sess.run(tf.local_variables_initializer())
            sess.run(update)
            out += [sess.run(points)]
    return out


def case_top_k(tf):
    M = tf.contrib.metrics
    one, top = LABELS[:, :, None], np.argsort(-CLASSES, -1)[..., :2].astype("int64")
    return [gathered(tf, lambda p, y: M.streaming_recall_at_k(p, y, 2), CLASSES, LABELS),
            gathered(tf, lambda p, y: M.streaming_sparse_recall_at_k(p, y, 2), CLASSES, one),
            gathered(tf, lambda p, y: M.streaming_sparse_precision_at_k(p, y, 2, class_id=1), CLASSES, one)[:2],
            gathered(tf, M.streaming_sparse_precision_at_top_k, top, one), gathered(tf, M.streaming_sparse_average_precision_at_top_k, top, one),
            gathered(tf, lambda p, y: M.streaming_sparse_average_precision_at_k(p, y, 2), CLASSES, one)[0],
            gathered(tf, lambda p, y: M.sparse_recall_at_top_k(y, p), top, one)]  # fmt: skip


def case_concat(tf):
    M = tf.contrib.metrics
    return gathered(tf, M.streaming_concat, SCORES)[0], gathered(tf, lambda x: M.streaming_concat(x, 1, max_size=7), CLASSES)[0]
