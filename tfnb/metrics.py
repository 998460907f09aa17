"""tf.metrics: numbers gathered over many batches, in local variables.

value, update = accuracy(labels, predictions)
run(local_variables_initializer()); run(update) for each batch; run(value) tells the result so far
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import bool_dtype, float32
from tfnb.core.graph import GraphKeys, Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, compare, reduce
from tfnb.ops.division import div_no_nan
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.powers import sqrt, square
from tfnb.variable_scopes import variable_scope
from tfnb.variables import Variable, assign_add

__all__ = [
    "accuracy", "auc", "false_negatives", "false_positives", "mean", "mean_absolute_error",
    "mean_squared_error", "precision", "recall", "root_mean_squared_error", "true_negatives",
    "true_positives",
]  # fmt: skip


def metric_variable(shape: Any, name: str) -> Variable:
    """A local variable of zeros, in the collection METRIC_VARIABLES too."""
    places = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
    return Variable(np.zeros(shape, np.float32), trainable=False, collections=places, name=name)


def _publish(pair: tuple[Tensor, Tensor], values_to: Any, updates_to: Any) -> tuple[Tensor, Tensor]:
    graph = pair[0].graph
    for collections, tensor in ((values_to, pair[0]), (updates_to, pair[1])):
        for key in [collections] if isinstance(collections, str) else collections or []:
            graph.add_to_collection(key, tensor)
    return pair


def _weighted(values: Tensor, weights: Any) -> tuple[Tensor, Tensor]:
    """The values times their weights, and the sum of the weights."""
    if weights is None:
        return values, cast(arrays.size(values), float32)
    weights = cast(convert_to_tensor(weights), float32)
    missing = (values.shape.ndims or 0) - (weights.shape.ndims or 0)
    for _ in range(missing):
        weights = arrays.expand_dims(weights, -1)
    wide = weights * arrays.ones_like(values)
    return values * wide, reduce.reduce_sum(wide)


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of all values so far, and the operation that adds a batch to it.

    >>> value, update = tf.metrics.mean([1.0, 3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    2.0
    """
    with variable_scope(name, "mean"):
        values = cast(convert_to_tensor(values), float32)
        total, count = metric_variable((), "total"), metric_variable((), "count")
        values, number = _weighted(values, weights)
        more_total, more_count = assign_add(total, reduce.reduce_sum(values)), assign_add(count, number)
        pair = (div_no_nan(total, count, name="value"), div_no_nan(more_total, more_count, name="update_op"))
        return _publish(pair, metrics_collections, updates_collections)


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often the prediction is the label.

    >>> value, update = tf.metrics.accuracy([1, 0], [1, 1])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
    labels = cast(labels, predictions.dtype.base_dtype)
    right = cast(compare.equal(predictions, labels), float32)
    return mean(right, weights, metrics_collections, updates_collections, name or "accuracy")


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of the squared differences.

    >>> value, update = tf.metrics.mean_squared_error([1.0], [3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    4.0
    """
    error = square(convert_to_tensor(labels) - convert_to_tensor(predictions))
    return mean(error, weights, metrics_collections, updates_collections, name or "mean_squared_error")


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of the differences' sizes.

    >>> value, update = tf.metrics.mean_absolute_error([1.0], [3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    2.0
    """
    error = abs(convert_to_tensor(labels) - convert_to_tensor(predictions))
    return mean(error, weights, metrics_collections, updates_collections, name or "mean_absolute_error")


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The square root of the mean of the squared differences.

    >>> value, update = tf.metrics.root_mean_squared_error([1.0], [3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    2.0
    """
    value, update = mean_squared_error(
        labels, predictions, weights, None, None, name or "root_mean_squared_error"
    )
    return _publish((sqrt(value), sqrt(update)), metrics_collections, updates_collections)


# -- counting right and wrong --------------------------------------------------------------------------------
def _count(hits: Tensor, weights: Any, name: str) -> tuple[Tensor, Tensor]:
    values, _ = _weighted(cast(hits, float32), weights)
    count = metric_variable((), name)
    return identity(count), assign_add(count, reduce.reduce_sum(values))


def _counter(name: str, of_label: bool, of_prediction: bool) -> Any:
    def counted(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str = name,
    ) -> tuple[Tensor, Tensor]:
        with variable_scope(name, name):
            pair = _count(_cases(labels, predictions, of_label, of_prediction), weights, "count")
            return _publish(pair, metrics_collections, updates_collections)

    counted.__doc__ = f"How many elements have label {of_label} and prediction {of_prediction}."
    return counted


def _cases(labels: Any, predictions: Any, of_label: bool, of_prediction: bool) -> Tensor:
    labels = cast(convert_to_tensor(labels), bool_dtype)
    predictions = cast(convert_to_tensor(predictions), bool_dtype)
    return compare.logical_and(compare.equal(labels, of_label), compare.equal(predictions, of_prediction))


true_positives = _counter("true_positives", True, True)
true_negatives = _counter("true_negatives", False, False)
false_positives = _counter("false_positives", False, True)
false_negatives = _counter("false_negatives", True, False)


def _share(name: str, label: bool, prediction: bool) -> Any:
    def share(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str = name,
    ) -> tuple[Tensor, Tensor]:
        with variable_scope(name, name):
            hits, more_hits = _count(_cases(labels, predictions, True, True), weights, "true_positives/count")
            misses, more_misses = _count(
                _cases(labels, predictions, label, prediction), weights, "misses/count"
            )
            pair = (
                div_no_nan(hits, hits + misses, name="value"),
                div_no_nan(more_hits, more_hits + more_misses, name="update_op"),
            )
            return _publish(pair, metrics_collections, updates_collections)

    return share


precision = _share("precision", False, True)
precision.__doc__ = "The share of the elements taken for positive that are positive."
recall = _share("recall", True, False)
recall.__doc__ = "The share of the positive elements that are taken for positive."


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The area under the ROC curve, by the trapezoids between `num_thresholds` thresholds."""
    if curve != "ROC":
        raise ValueError(f"curve must be 'ROC', {curve} unknown")
    inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    limits = np.array([-1e-7, *inner, 1 + 1e-7], np.float32)[:, None]
    with variable_scope(name, "auc"):
        taken = compare.greater(arrays.reshape(cast(predictions, float32), [1, -1]), limits)
        truth = arrays.reshape(cast(labels, bool_dtype), [1, -1])
        scale = None if weights is None else arrays.reshape(cast(weights, float32), [1, -1])
        now, then = [], []
        for of_label in (True, False):
            for of_prediction in (True, False):
                case = compare.logical_and(
                    compare.equal(truth, of_label), compare.equal(taken, of_prediction)
                )
                values = cast(case, float32) if scale is None else cast(case, float32) * scale
                count = metric_variable((num_thresholds,), f"count_{of_label}_{of_prediction}".lower())
                now.append(identity(count))
                then.append(assign_add(count, reduce.reduce_sum(values, 1)))
        return _publish(
            (_area(*now, "value"), _area(*then, "update_op")), metrics_collections, updates_collections
        )


def _area(tp: Tensor, fn: Tensor, fp: Tensor, tn: Tensor, name: str) -> Tensor:
    with name_scope(name):
        y = (tp + 1e-6) / (tp + fn + 1e-6)
        x = fp / (fp + tn + 1e-6)
        return reduce.reduce_sum((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2.0)
