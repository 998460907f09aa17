"""Means over all batches: of values, of errors, of what is right.

    value, update = mean_squared_error(labels, predictions)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import float32
from tfnb.core.graph import GraphKeys, Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies
from tfnb.ops import arrays, compare, indexing, reduce
from tfnb.ops.division import div_no_nan, realdiv
from tfnb.ops.elementwise import cast
from tfnb.ops.powers import sqrt, square
from tfnb.variable_scopes import variable_scope
from tfnb.variables import Variable, assign_add

Pair = tuple[Tensor, Tensor]


def metric_variable(shape: Any, name: str, dtype: Any = float32) -> Variable:
    """A local variable of zeros, in the collection METRIC_VARIABLES too."""
    places = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
    return Variable(lambda: arrays.zeros(shape, dtype), trainable=False, collections=places, name=name)


def published(pair: Pair, values_to: Any, updates_to: Any) -> Pair:
    """The value and its update, noted down in the collections that were asked for."""
    graph = pair[0].graph
    for collections, tensor in ((values_to, pair[0]), (updates_to, pair[1])):
        for key in [collections] if isinstance(collections, str) else collections or []:
            graph.add_to_collection(key, tensor)
    return pair


def weighted(values: Tensor, weights: Any) -> Pair:
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
) -> Pair:
    """The mean of all values so far, and the operation that adds a batch to it.

    >>> value, update = tf.metrics.mean([1.0, 3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    2.0
    """
    with variable_scope(name, "mean"):
        values = cast(convert_to_tensor(values), float32)
        total, count = metric_variable([], "total"), metric_variable([], "count")
        values, number = weighted(values, weights)
        more_total = assign_add(total, reduce.reduce_sum(values))
        with control_dependencies([values]):
            more_count = assign_add(count, number)
        pair = (quotient(total, count, "value"), quotient(more_total, more_count, "update_op"))
        return published(pair, metrics_collections, updates_collections)


def quotient(total: Any, count: Any, name: str) -> Tensor:
    """total / count; 0 before anything was counted."""
    return div_no_nan(total, compare.maximum(count, 0.0), name=name)  # type: ignore[no-any-return]


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """How often the prediction is the label.

    >>> value, update = tf.metrics.accuracy([1, 0], [1, 1])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
    predictions.shape.assert_is_compatible_with(labels.shape)
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
) -> Pair:
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
) -> Pair:
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
) -> Pair:
    """The square root of the mean of the squared differences.

    >>> value, update = tf.metrics.root_mean_squared_error([1.0], [3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    2.0
    """
    value, update = mean_squared_error(
        labels, predictions, weights, None, None, name or "root_mean_squared_error"
    )
    return published((sqrt(value), sqrt(update)), metrics_collections, updates_collections)


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean of |label - prediction| / normalizer; 0 where the normalizer is 0.

    >>> value, update = tf.metrics.mean_relative_error([1.0, 2.0], [2.0, 2.0], [2.0, 1.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.25
    """
    labels, predictions, normalizer = convert_to_tensor(labels), convert_to_tensor(predictions), convert_to_tensor(normalizer)
    error = indexing.where(compare.equal(normalizer, 0.0), arrays.zeros_like(labels), realdiv(abs(labels - predictions), normalizer))
    return mean(error, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """1 - the mean of the products' sums along `dim`, for labels and predictions of length 1.

    >>> value, update = tf.metrics.mean_cosine_distance([[0.0, 1.0]], [[0.0, 1.0]], 1)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.0
    """
    products = reduce.reduce_sum(convert_to_tensor(predictions) * convert_to_tensor(labels), [dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    return published((1.0 - value, 1.0 - update), metrics_collections, updates_collections)


def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the values below the threshold, between 0 and 1.

    >>> value, update = tf.metrics.percentage_below([1.0, 3.0], 2.0)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    below = cast(compare.less(values, threshold), float32)
    return mean(below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold")


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean of each element for itself; shape that of `values`.

    >>> value, update = tf.metrics.mean_tensor([1.0, 3.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    [1. 3.]
    """
    with variable_scope(name, "mean"):
        values = cast(convert_to_tensor(values), float32)
        total, count = metric_variable(values.shape, "total_tensor"), metric_variable(values.shape, "count_tensor")
        number = arrays.ones_like(values)
        if weights is not None:
            wide = cast(weights, float32) * number
            values, number = values * wide, number * wide
        more_total = assign_add(total, values)
        with control_dependencies([values]):
            more_count = assign_add(count, number)
        pair = (quotient(total, count, "value"), quotient(more_total, more_count, "update_op"))
        return published(pair, metrics_collections, updates_collections)
