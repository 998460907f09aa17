"""The k best predictions against the labels that are right: how many of them are among the k.

    value, update = recall_at_k(labels, predictions, k)     labels [..., l] class numbers, predictions [..., classes] scores
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.core.dtypes import float64, int64
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.sparse import SparseTensor
from tfnb.metrics.means import Pair, metric_variable, published
from tfnb.ops import arrays, compare, indexing, movement, reduce, running, sorting
from tfnb.ops.division import div_no_nan, realdiv
from tfnb.ops.elementwise import cast, identity
from tfnb.variables import assign_add

_NO_LABEL = -1  # pads rows of fewer labels


class Matches(NamedTuple):
    """`hits` [..., k]: whether each of the k is a right one; `missed` [...]: how many labels are not among the k; `labels` [...]."""

    hits: Tensor
    missed: Tensor
    labels: Tensor


def _matches(labels: Any, top: Tensor, class_id: int | None) -> Matches:
    if isinstance(labels, SparseTensor):
        from tfnb.ops.sparse import sparse_tensor_to_dense

        labels = sparse_tensor_to_dense(labels, default_value=_NO_LABEL)
    labels = cast(convert_to_tensor(labels), int64)
    if (labels.shape.ndims or 0) < (top.shape.ndims or 0):
        labels = arrays.expand_dims(labels, -1)
    valid = compare.not_equal(labels, _NO_LABEL)
    if class_id is not None:
        valid = compare.logical_and(valid, compare.equal(labels, class_id))
    same = compare.logical_and(compare.equal(arrays.expand_dims(top, -1), arrays.expand_dims(labels, -2)), arrays.expand_dims(valid, -2))
    twins = compare.equal(arrays.expand_dims(labels, -1), arrays.expand_dims(labels, -2))
    earlier = running.cumsum(cast(twins, "int32"), axis=-1, exclusive=True)  # of a label given twice, the first one counts
    first = compare.equal(reduce.reduce_sum(earlier * cast(_diagonal(labels), "int32"), -1), 0)
    counted = compare.logical_and(valid, first)
    found = reduce.reduce_any(same, -2)
    missed = compare.logical_and(counted, compare.logical_not(found))
    return Matches(reduce.reduce_any(same, -1), _number(missed), _number(valid))


def _diagonal(labels: Tensor) -> Tensor:
    n = arrays.shape(labels)[-1]
    return compare.equal(arrays.expand_dims(movement.range(n), 1), arrays.expand_dims(movement.range(n), 0))  # type: ignore[no-any-return]


def _number(which: Tensor) -> Tensor:
    return reduce.reduce_sum(cast(which, float64), -1)


def _weighted_sum(values: Tensor, weights: Any) -> Tensor:
    return reduce.reduce_sum(values if weights is None else values * cast(weights, float64))


def _gathered(name: str, values: Tensor, weights: Any) -> Pair:
    total = metric_variable([], name, float64)
    return identity(total), assign_add(total, _weighted_sum(values, weights))


def _label(name: str, k: int | None, class_id: int | None) -> str:
    return name + f"_at_{'k' if k is None else k}" + ("" if class_id is None else f"_class{class_id}")


def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the labels that are among the class numbers `predictions_idx` [..., k], or of the one label `class_id`.

    >>> value, update = tf.metrics.recall_at_top_k(np.int64([[2]]), np.int64([[1, 0]]), 2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.0
    """
    top = cast(convert_to_tensor(predictions_idx), int64)
    if class_id is not None:
        top = indexing.where(compare.equal(top, class_id), top, arrays.ones_like(top) * -2)
    with name_scope(name, _label("recall", k, class_id)) as scope:
        m = _matches(labels, top, class_id)
        hits, more_hits = _gathered(_label("true_positive", k, class_id), _number(m.hits), weights)
        missed, more_missed = _gathered(_label("false_negative", k, class_id), m.missed, weights)
        pair = (realdiv(hits, hits + missed, name=scope), realdiv(more_hits, more_hits + more_missed, name="update"))
        return published(pair, metrics_collections, updates_collections)


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the labels that are among the k classes of highest score.

    >>> value, update = tf.metrics.recall_at_k(np.int64([[2]]), [[0.1, 0.5, 0.4]], 2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    1.0
    """
    with name_scope(name, _label("recall", k, class_id), [predictions, labels]) as scope:
        top = sorting.top_k(predictions, k)[1]
        return recall_at_top_k(labels, top, k, class_id, weights, metrics_collections, updates_collections, scope)


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the class numbers `predictions_idx` [..., k] that are labels; with `class_id`, of that one class.

    >>> value, update = tf.metrics.precision_at_top_k(np.int64([[2]]), np.int64([[1, 2]]), 2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    top = cast(convert_to_tensor(predictions_idx), int64)
    with name_scope(name, _label("precision", k, class_id)) as scope:
        m = _matches(labels, top, class_id)
        taken = arrays.ones_like(top) if class_id is None else compare.equal(top, class_id)
        wrong = compare.logical_and(cast(taken, "bool"), compare.logical_not(m.hits))
        hits, more_hits = _gathered(_label("true_positive", k, class_id), _number(m.hits), weights)
        misses, more_misses = _gathered(_label("false_positive", k, class_id), _number(wrong), weights)
        pair = (realdiv(hits, hits + misses, name=scope), realdiv(more_hits, more_hits + more_misses, name="update"))
        return published(pair, metrics_collections, updates_collections)


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the k classes of highest score that are labels.

    >>> value, update = tf.metrics.precision_at_k(np.int64([[2]]), [[0.1, 0.5, 0.4]], 2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    with name_scope(name, _label("precision", k, class_id), [predictions, labels]) as scope:
        top = sorting.top_k(predictions, k)[1]
        return precision_at_top_k(labels, top, k, class_id, weights, metrics_collections, updates_collections, scope)


def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The precision at each place of the k where a label stands, averaged over the labels (at most k of them).

    >>> value, update = tf.metrics.average_precision_at_k(np.int64([[2]]), [[0.1, 0.5, 0.4]], 2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    top = sorting.top_k(predictions, k)[1]
    return _average_precision(top, labels, k, weights, metrics_collections, updates_collections, name)


def average_precision_at_top_k(top_k_predictions: Any, labels: Any, weights: Any = None, metrics_collections: Any = None,
                               updates_collections: Any = None, name: str | None = None) -> Pair:  # fmt: skip
    """The same for the class numbers [..., k] that were predicted, the likeliest first.

    >>> value, update = tf.contrib.metrics.streaming_sparse_average_precision_at_top_k(np.int64([[1, 2]]), np.int64([[2]]))
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.5
    """
    return _average_precision(top_k_predictions, labels, None, weights, metrics_collections, updates_collections, name)


def _average_precision(top: Any, labels: Any, given: int | None, weights: Any, metrics_collections: Any, updates_collections: Any, name: Any) -> Pair:
    top = cast(convert_to_tensor(top), int64)
    k = top.shape.as_list()[-1] if given is None else given
    with name_scope(name, "average_precision_at_top_k" if given is None else f"average_precision_at_{k}") as scope:
        m = _matches(labels, top, None)
        hits = cast(m.hits, float64)
        precisions = running.cumsum(hits, axis=-1) / cast(movement.range(1, k + 1), float64)
        average = div_no_nan(reduce.reduce_sum(precisions * hits, -1), compare.minimum(m.labels, float(k)))
        number = arrays.ones_like(average)
        count, more_count = _gathered("max", number, weights)
        total, more_total = _gathered("total", average, weights)
        pair = (div_no_nan(total, count, name="mean"), div_no_nan(more_total, more_count, name=scope))
        return published(pair, metrics_collections, updates_collections)


sparse_precision_at_k, sparse_average_precision_at_k = precision_at_k, average_precision_at_k
