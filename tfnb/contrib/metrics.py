"""tf.contrib.metrics: tf.metrics under their first names and order (predictions first), and a plain accuracy."""

from __future__ import annotations

import inspect
from typing import Any

from tfnb import metrics as _metrics
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import compare, elementwise, reduce
from tfnb.ops.formulas import confusion_matrix

__all__ = [
    "accuracy", "aggregate_metric_map", "aggregate_metrics", "confusion_matrix", "streaming_accuracy", "streaming_auc", "streaming_mean",
    "streaming_mean_absolute_error", "streaming_mean_iou", "streaming_mean_squared_error", "streaming_mean_tensor",
    "streaming_percentage_less", "streaming_precision", "streaming_precision_at_thresholds", "streaming_recall", "streaming_recall_at_k",
    "streaming_recall_at_thresholds", "streaming_root_mean_squared_error", "streaming_sparse_recall_at_k",
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


def _predictions_first(metric: Any) -> Any:
    def streaming(predictions: Any, labels: Any, weights: Any = None, metrics_collections: Any = None, updates_collections: Any = None,
                  name: str | None = None, **named: Any) -> Any:  # fmt: skip
        return metric(labels, predictions, weights=weights, metrics_collections=metrics_collections, updates_collections=updates_collections,
                      name=name, **named)  # fmt: skip

    streaming.__name__ = f"streaming_{metric.__name__}"
    streaming.__doc__ = metric.__doc__
    return streaming


def _predictions_first_of(metric: Any) -> Any:
    """The same for metrics with an argument of their own: the number of classes, thresholds or k."""

    def streaming(predictions: Any, labels: Any, argument: Any = None, weights: Any = None, **named: Any) -> Any:
        own = next(k for k in inspect.signature(metric).parameters if k not in ("labels", "predictions"))
        return metric(labels, predictions, named.pop(own, argument), weights=weights, **named)

    streaming.__name__ = f"streaming_{metric.__name__}"
    streaming.__doc__ = metric.__doc__
    return streaming


streaming_mean, streaming_mean_tensor, streaming_percentage_less = _metrics.mean, _metrics.mean_tensor, _metrics.percentage_below
streaming_accuracy, streaming_auc = _predictions_first(_metrics.accuracy), _predictions_first(_metrics.auc)
streaming_precision, streaming_recall = _predictions_first(_metrics.precision), _predictions_first(_metrics.recall)
streaming_mean_absolute_error = _predictions_first(_metrics.mean_absolute_error)
streaming_mean_squared_error = _predictions_first(_metrics.mean_squared_error)
streaming_sparse_recall_at_k = streaming_recall_at_k = _predictions_first_of(_metrics.recall_at_k)
streaming_mean_iou = _predictions_first_of(_metrics.mean_iou)
streaming_precision_at_thresholds = _predictions_first_of(_metrics.precision_at_thresholds)
streaming_recall_at_thresholds = _predictions_first_of(_metrics.recall_at_thresholds)
streaming_root_mean_squared_error = _predictions_first(_metrics.root_mean_squared_error)


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
