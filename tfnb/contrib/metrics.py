"""tf.contrib.metrics: tf.metrics under their first names and order (predictions first), and a plain accuracy."""

from __future__ import annotations

from typing import Any

from tfnb import metrics as _metrics
from tfnb.contrib.streaming import *  # noqa: F403
from tfnb.contrib.streaming import __all__ as _streaming
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.metrics.ranks import average_precision_at_top_k
from tfnb.ops import compare, elementwise, reduce
from tfnb.ops.formulas import confusion_matrix
from tfnb.ops.sorting import in_top_k
from tfnb.sets import set_difference, set_intersection, set_size, set_union

__all__ = [
    *_streaming, "accuracy", "aggregate_metric_map", "aggregate_metrics", "confusion_matrix", "set_difference", "set_intersection", "set_size",
    "set_union", "sparse_recall_at_top_k", "streaming_accuracy", "streaming_auc", "streaming_false_negatives",
    "streaming_false_positives", "streaming_mean",
    "streaming_mean_absolute_error", "streaming_mean_cosine_distance", "streaming_mean_iou", "streaming_mean_relative_error",
    "streaming_mean_squared_error", "streaming_mean_tensor", "streaming_percentage_less", "streaming_precision",
    "streaming_precision_at_thresholds", "streaming_recall", "streaming_recall_at_k", "streaming_recall_at_thresholds",
    "streaming_root_mean_squared_error", "streaming_sensitivity_at_specificity", "streaming_sparse_average_precision_at_k",
    "streaming_sparse_average_precision_at_top_k", "streaming_sparse_precision_at_k", "streaming_sparse_precision_at_top_k",
    "streaming_sparse_recall_at_k", "streaming_specificity_at_sensitivity", "streaming_true_negatives",
    "streaming_true_positives",
]  # fmt: skip


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Tensor:
    """The share of predictions that are right, weighted where weights are given: a scalar of this batch.

    >>> print(tf.contrib.metrics.accuracy(tf.constant([1, 2, 3]), tf.constant([1, 2, 0])).eval())
    0.6666667
    """
    if not (convert_to_tensor(labels).dtype.is_integer or convert_to_tensor(labels).dtype.name in ("bool", "string")):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype!r}")
    if labels.dtype is not predictions.dtype:
        raise ValueError(f"Dtypes of predictions and labels should match. Given: predictions ({predictions.dtype!r}) and labels ({labels.dtype!r})")
    with name_scope(name, "accuracy", [predictions, labels]):
        right = elementwise.cast(compare.equal(predictions, labels), "float32")
        if weights is None:
            return reduce.reduce_mean(right)
        weight = elementwise.cast(weights, "float32")
        return reduce.reduce_sum(right * weight) / reduce.reduce_sum(weight)


def _predictions_first(metric: Any, name: str = "") -> Any:
    """A metric of tf.metrics with its first two arguments exchanged."""

    def streaming(predictions: Any, labels: Any, *more: Any, **named: Any) -> Any:
        return metric(labels, predictions, *more, **named)

    streaming.__name__ = f"streaming_{name or metric.__name__}"
    streaming.__doc__ = metric.__doc__
    return streaming


def _of_the_top(metric: Any) -> Any:
    """The same for metrics of class numbers [..., k], whose k is their last size."""

    def streaming(top_k_predictions: Any, labels: Any, class_id: int | None = None, weights: Any = None, metrics_collections: Any = None,
                  updates_collections: Any = None, name: str | None = None) -> Any:  # fmt: skip
        return metric(labels, top_k_predictions, None, class_id, weights, metrics_collections, updates_collections, name)

    streaming.__name__, streaming.__doc__ = f"streaming_sparse_{metric.__name__}", metric.__doc__
    return streaming


streaming_mean, streaming_mean_tensor, streaming_percentage_less = _metrics.mean, _metrics.mean_tensor, _metrics.percentage_below
streaming_accuracy = _predictions_first(_metrics.accuracy)
streaming_auc = _predictions_first(_metrics.auc)
streaming_precision = _predictions_first(_metrics.precision)
streaming_recall = _predictions_first(_metrics.recall)
streaming_mean_absolute_error = _predictions_first(_metrics.mean_absolute_error)
streaming_mean_cosine_distance = _predictions_first(_metrics.mean_cosine_distance)
streaming_mean_iou = _predictions_first(_metrics.mean_iou)
streaming_mean_relative_error = _predictions_first(_metrics.mean_relative_error)
streaming_mean_squared_error = _predictions_first(_metrics.mean_squared_error)
streaming_root_mean_squared_error = _predictions_first(_metrics.root_mean_squared_error)
streaming_true_positives = _predictions_first(_metrics.true_positives)
streaming_true_negatives = _predictions_first(_metrics.true_negatives)
streaming_false_positives = _predictions_first(_metrics.false_positives)
streaming_false_negatives = _predictions_first(_metrics.false_negatives)
streaming_precision_at_thresholds = _predictions_first(_metrics.precision_at_thresholds)
streaming_recall_at_thresholds = _predictions_first(_metrics.recall_at_thresholds)
streaming_sensitivity_at_specificity = _predictions_first(_metrics.sensitivity_at_specificity)
streaming_specificity_at_sensitivity = _predictions_first(_metrics.specificity_at_sensitivity)
streaming_sparse_recall_at_k = _predictions_first(_metrics.recall_at_k, "sparse_recall_at_k")
streaming_sparse_precision_at_k = _predictions_first(_metrics.precision_at_k, "sparse_precision_at_k")
streaming_sparse_average_precision_at_k = _predictions_first(_metrics.average_precision_at_k, "sparse_average_precision_at_k")
streaming_sparse_precision_at_top_k, streaming_sparse_average_precision_at_top_k = _of_the_top(_metrics.precision_at_top_k), average_precision_at_top_k


def sparse_recall_at_top_k(labels: Any, top_k_predictions: Any, class_id: int | None = None, weights: Any = None, metrics_collections: Any = None,
                           updates_collections: Any = None, name: str | None = None) -> Any:  # fmt: skip
    """The share of the labels that are among the class numbers [..., k].

    >>> value, update = tf.contrib.metrics.sparse_recall_at_top_k(np.int64([[2]]), np.int64([[1, 2]]))
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    1.0
    """
    return _metrics.recall_at_top_k(labels, top_k_predictions, None, class_id, weights, metrics_collections, updates_collections, name)


def streaming_recall_at_k(predictions: Any, labels: Any, k: int, weights: Any = None, metrics_collections: Any = None,
                          updates_collections: Any = None, name: str | None = None) -> Any:  # fmt: skip
    """The share of the labels [batch] that are among the k highest of their scores [batch, classes].

    >>> value, update = tf.contrib.metrics.streaming_recall_at_k(tf.constant([[0.1, 0.5, 0.4]]), tf.constant([2]), 2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    1.0
    """
    found = elementwise.cast(in_top_k(predictions, labels, k), "float32")
    return _metrics.mean(found, weights, metrics_collections, updates_collections, name or f"recall_at_{k}")


def aggregate_metrics(*value_update_tuples: Any) -> tuple[list[Any], list[Any]]:
    """The values and the updates of several metrics.

    >>> values, updates = tf.contrib.metrics.aggregate_metrics(tf.metrics.mean([1.0]), tf.metrics.mean([2.0]))
    >>> print(len(values), len(updates))
    2 2
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(names_to_tuples: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values and the updates of several metrics, by name.

    >>> values, updates = tf.contrib.metrics.aggregate_metric_map({"mean": tf.metrics.mean([1.0])})
    >>> print(list(values))
    ['mean']
    """
    return {k: v for k, (v, _) in names_to_tuples.items()}, {k: u for k, (_, u) in names_to_tuples.items()}
