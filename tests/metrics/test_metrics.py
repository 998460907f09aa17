"""Metrics gathered over batches: the values that TensorFlow 1.15.5 gave for the same batches."""

import numpy as np
import pytest

import tfnb as tf

LABELS = np.array([[0, 1, 2, 1, 0, 2], [1, 1, 0, 2, 2, 0]])
PREDICTED = np.array([[0, 1, 1, 1, 2, 2], [1, 0, 0, 2, 1, 0]])
TRUTH = np.array([[True, False, True, True], [False, False, True, False]])
SCORES = np.array([[0.9, 0.2, 0.6, 0.3], [0.1, 0.7, 0.8, 0.4]], np.float32)


def gathered(metric, labels, predictions):
    """The value after all batches."""
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.placeholder(tf.as_dtype(labels.dtype), labels.shape[1:])
        p = tf.placeholder(tf.as_dtype(predictions.dtype), predictions.shape[1:])
        value, update = metric(y, p)
        sess.run(tf.local_variables_initializer())
        for a, b in zip(labels, predictions, strict=True):
            sess.run(update, {y: a, p: b})
        return sess.run(value)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (lambda y, p: tf.metrics.mean_iou(y, p, 3), 0.5),
        (lambda y, p: tf.metrics.mean_per_class_accuracy(y, p, 3), 0.6666667),
        (lambda y, p: tf.metrics.accuracy(y, p), 0.6666667),
    ],
)
def test_answers_by_class(metric, expected):
    assert gathered(metric, LABELS, PREDICTED) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (lambda y, p: tf.metrics.auc(y, p), 0.8124999),
        (lambda y, p: tf.metrics.auc(y, p, curve="PR", summation_method="careful_interpolation"), 0.8369187),
        (lambda y, p: tf.metrics.sensitivity_at_specificity(y, p, 0.5), 1.0),
        (lambda y, p: tf.metrics.specificity_at_sensitivity(y, p, 0.5), 1.0),
        (lambda y, p: tf.metrics.precision_at_thresholds(y, p, [0.25, 0.65]), [4 / 6, 2 / 3]),
        (lambda y, p: tf.metrics.recall_at_thresholds(y, p, [0.25, 0.65]), [1.0, 0.5]),
    ],
)
def test_answers_by_threshold(metric, expected):
    assert gathered(metric, TRUTH, SCORES) == pytest.approx(expected, rel=1e-3)


def test_labels_among_the_best():
    labels = np.array([[[0, 3], [2, 2]]])
    scores = np.array([[[0.1, 0.5, 0.2, 0.4], [0.3, 0.1, 0.2, 0.0]]], np.float32)
    assert gathered(lambda y, p: tf.metrics.recall_at_k(y, p, 2), labels, scores) == pytest.approx(2 / 3)
    assert gathered(lambda y, p: tf.metrics.precision_at_k(y, p, 2), labels, scores) == pytest.approx(0.5)
    assert gathered(lambda y, p: tf.metrics.recall_at_k(y, p, 2, class_id=3), labels, scores) == pytest.approx(1.0)


def test_variables_are_named_as_in_tensorflow():
    with tf.Graph().as_default():
        tf.metrics.precision([1], [1])
        tf.metrics.mean_iou([1], [1], 2)
        names = [v.name for v in tf.local_variables()]
    assert names == ["precision/true_positives/count:0", "precision/false_positives/count:0", "mean_iou/total_confusion_matrix:0"]
