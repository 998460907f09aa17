"""Answers counted by class: the mean over the classes of how well each is told.

    value, update = mean_iou(labels, predictions, num_classes)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import float32, float64, int64
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.metrics.means import Pair, metric_variable, published, quotient
from tfnb.ops import arrays, compare, diagonals, indexing, reduce
from tfnb.ops.division import realdiv
from tfnb.ops.elementwise import cast
from tfnb.ops.formulas import confusion_matrix
from tfnb.variable_scopes import variable_scope
from tfnb.variables import assign_add, scatter_add


def _flat(x: Any, dtype: Any) -> Tensor:
    x = cast(convert_to_tensor(x), dtype)
    return x if x.shape.ndims == 1 else arrays.reshape(x, [-1])


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """Intersection over union, true positives / (true positives + false positives + false negatives), averaged over the classes seen.

    >>> value, update = tf.metrics.mean_iou([0, 1, 1], [0, 1, 0], 2)
    >>> _ = sess.run([tf.local_variables_initializer()]), sess.run(update)
    >>> print(value.eval())
    0.5
    """
    with variable_scope(name, "mean_iou"):
        total = metric_variable([num_classes, num_classes], "total_confusion_matrix", float64)
        weights = None if weights is None else _flat(weights, float64)
        counts = confusion_matrix(_flat(labels, int64), _flat(predictions, int64), num_classes, float64, weights=weights)
        update = assign_add(total, counts)
        return published((_iou(total), update), metrics_collections, updates_collections)


def _iou(total: Any) -> Tensor:
    union = cast(reduce.reduce_sum(total, 0), float32) + cast(reduce.reduce_sum(total, 1), float32)
    both = cast(diagonals.diag_part(total), float32)
    union = union - both
    seen = reduce.reduce_sum(cast(compare.not_equal(union, 0), float32))
    share = realdiv(both, indexing.where(compare.greater(union, 0), union, arrays.ones_like(union)))
    return indexing.where(compare.greater(seen, 0), reduce.reduce_sum(share, name="mean_iou") / seen, 0.0)


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """How often each class is told right, averaged over the classes.

    >>> value, update = tf.metrics.mean_per_class_accuracy([0, 1, 1], [0, 1, 0], 2)
    >>> _ = sess.run([tf.local_variables_initializer()]), sess.run(update)
    >>> print(value.eval())
    0.75
    """
    with variable_scope(name, "mean_accuracy"):
        labels, predictions = _flat(labels, int64), _flat(predictions, int64)
        total, count = metric_variable([num_classes], "total"), metric_variable([num_classes], "count")
        right, ones = cast(compare.equal(predictions, labels), float32), arrays.ones([arrays.size(labels)], float32)
        if weights is not None:
            scale = _flat(weights, float32)
            right, ones = right * scale, ones * scale
        more_total, more_count = scatter_add(total, labels, ones), scatter_add(count, labels, right)
        value = reduce.reduce_mean(quotient(count, total, "per_class"), name="mean_accuracy")
        return published((value, quotient(more_count, more_total, "update_op")), metrics_collections, updates_collections)
