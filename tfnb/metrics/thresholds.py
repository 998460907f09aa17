"""Predictions between 0 and 1 taken for positive above a threshold: counts for many thresholds at once, and what follows.

    value, update = auc(labels, predictions)            the area under the curve that the thresholds draw
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.dtypes import bool_dtype, float32, int64
from tfnb.core.graph import Tensor
from tfnb.metrics.means import Pair, metric_variable, published
from tfnb.ops import arrays, compare, indexing, movement, reduce, running
from tfnb.ops.division import div_no_nan, realdiv
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.special import log
from tfnb.variable_scopes import variable_scope
from tfnb.variables import assign_add

_TINY = 1e-7  # keeps divisors from 0; thresholds begin this much below 0 and end this much above 1


class Counts(NamedTuple):
    """Right and wrong answers for each threshold: [t] tensors."""

    tp: Tensor
    fn: Tensor
    tn: Tensor
    fp: Tensor


_CASES = {"tp": ("true_positives", True, True), "fn": ("false_negatives", True, False),
          "tn": ("true_negatives", False, False), "fp": ("false_positives", False, True)}  # fmt: skip


def _between(count: int) -> list[float]:
    return [-_TINY, *((i + 1) / (count - 1) for i in range(count - 2)), 1.0 + _TINY]


def _counted(labels: Any, predictions: Any, thresholds: Any, weights: Any, which: str = "tp fn tn fp") -> tuple[Counts, Counts]:
    """The counts so far and after this batch; those not asked for are None."""
    limits = np.array(thresholds, np.float32)[:, None]
    taken = compare.greater(arrays.reshape(cast(predictions, float32), [1, -1]), limits)
    truth = movement.tile(arrays.reshape(cast(labels, bool_dtype), [1, -1]), [len(limits), 1])
    scale = None
    if weights is not None:
        scale = arrays.reshape(cast(weights, float32) * arrays.ones_like(cast(predictions, float32)), [1, -1])
    now: dict[str, Any] = dict.fromkeys(_CASES)
    then: dict[str, Any] = dict.fromkeys(_CASES)
    for key in which.split():
        name, of_label, of_prediction = _CASES[key]
        case = compare.logical_and(compare.equal(truth, of_label), compare.equal(taken, of_prediction))
        values = cast(case, float32) if scale is None else cast(case, float32) * scale
        count = metric_variable([len(limits)], name)
        now[key], then[key] = identity(count), assign_add(count, reduce.reduce_sum(values, 1))
    return Counts(**now), Counts(**then)


def _measured(counts: tuple[Counts, Counts], measure: Callable[[Counts, str], Tensor], values_to: Any, updates_to: Any) -> Pair:
    return published((measure(counts[0], "value"), measure(counts[1], "update_op")), values_to, updates_to)


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Any = None,
) -> Pair:
    """The area under the curve of true over false positives (ROC), or of precision over recall (PR).

    `summation_method` is trapezoidal, minoring, majoring or, for PR, careful_interpolation (Davis and Goadrich 2006).

    >>> value, update = tf.metrics.auc([True, False], [0.9, 0.1])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(round(float(update.eval()), 3))
    1.0
    """
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    limits = _between(num_thresholds) if thresholds is None else [-_TINY, *sorted(thresholds), 1.0 + _TINY]
    with variable_scope(name, "auc"):
        counts = _counted(labels, predictions, limits, weights)
        return _measured(counts, lambda c, name: _area(c, curve, summation_method, name), metrics_collections, updates_collections)


def _area(c: Counts, curve: str, method: str, name: str) -> Tensor:
    epsilon = 1e-6
    if curve == "PR" and method == "careful_interpolation":
        return _interpolated(c, name)
    recall = realdiv(c.tp + epsilon, c.tp + c.fn + epsilon)
    x, y = (realdiv(c.fp, c.fp + c.tn + epsilon), recall) if curve == "ROC" else (recall, realdiv(c.tp + epsilon, c.tp + c.fp + epsilon))
    widths = x[:-1] - x[1:]
    heights = {"trapezoidal": lambda: (y[:-1] + y[1:]) / 2.0, "minoring": lambda: compare.minimum(y[:-1], y[1:]),
               "majoring": lambda: compare.maximum(y[:-1], y[1:])}  # fmt: skip
    if method not in heights:
        raise ValueError(f"Invalid summation_method: {method}")
    return reduce.reduce_sum(widths * heights[method](), name=name)


def _interpolated(c: Counts, name: str) -> Tensor:
    """Between two thresholds true positives grow linearly with those taken for positive."""
    more, p = c.tp[:-1] - c.tp[1:], c.tp + c.fp
    slope = div_no_nan(more, compare.maximum(p[:-1] - p[1:], 0.0))
    intercept = c.tp[1:] - slope * p[1:]
    both = compare.logical_and(p[:-1] > 0, p[1:] > 0)
    ratio = indexing.where(both, div_no_nan(p[:-1], compare.maximum(p[1:], 0.0)), arrays.ones_like(p[1:]))
    return reduce.reduce_sum(div_no_nan(slope * (more + intercept * log(ratio)), compare.maximum(c.tp[1:] + c.fn[1:], 0.0)), name=name)


def _at_thresholds(label: str, key: str) -> Any:
    def counted(
        labels: Any,
        predictions: Any,
        thresholds: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Pair:
        with variable_scope(name, label):
            counts = _counted(labels, predictions, thresholds, weights, key)
            return published((getattr(counts[0], key), getattr(counts[1], key)), metrics_collections, updates_collections)

    counted.__name__ = f"{label}_at_thresholds"
    counted.__doc__ = (f"The number of {label.replace('_', ' ')} for each threshold.\n\n"
                       f">>> value, update = tf.metrics.{label}_at_thresholds([True, False], [0.9, 0.4], [0.3, 0.5])\n"
                       ">>> print(value.shape)\n(2,)\n")  # fmt: skip
    return counted


true_positives_at_thresholds = _at_thresholds("true_positives", "tp")
true_negatives_at_thresholds = _at_thresholds("true_negatives", "tn")
false_positives_at_thresholds = _at_thresholds("false_positives", "fp")
false_negatives_at_thresholds = _at_thresholds("false_negatives", "fn")


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """For each threshold: the share of what is taken for positive that is positive.

    >>> value, update = tf.metrics.precision_at_thresholds([True, False], [0.9, 0.4], [0.3, 0.5])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    [0.5 1. ]
    """

    def share(c: Counts, name: str) -> Tensor:
        return realdiv(c.tp, _TINY + c.tp + c.fp, name="precision_" + name)

    with variable_scope(name, "precision_at_thresholds"):
        return _measured(_counted(labels, predictions, thresholds, weights, "tp fp"), share, metrics_collections, updates_collections)


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """For each threshold: the share of what is positive that is taken for positive.

    >>> value, update = tf.metrics.recall_at_thresholds([True, True], [0.9, 0.4], [0.3, 0.5])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    [1.  0.5]
    """

    def share(c: Counts, name: str) -> Tensor:
        return realdiv(c.tp, _TINY + c.tp + c.fn, name="recall_" + name)

    with variable_scope(name, "recall_at_thresholds"):
        return _measured(_counted(labels, predictions, thresholds, weights, "tp fn"), share, metrics_collections, updates_collections)


def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the positive that is found, at the threshold where the share of the negative found is nearest `specificity`.

    >>> value, update = tf.metrics.sensitivity_at_specificity([True, False], [0.9, 0.4], 0.5)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(round(float(update.eval()), 3))
    1.0
    """
    _between_0_and_1(specificity, "specificity")

    def found(c: Counts, name: str) -> Tensor:
        found = realdiv(c.tn, c.tn + c.fp + _TINY)
        at = cast(reduce.argmin(abs(found - specificity), 0), "int32")
        return realdiv(c.tp[at], c.tp[at] + c.fn[at] + _TINY, name)

    with variable_scope(name, "sensitivity_at_specificity"):
        return _measured(_counted(labels, predictions, _between(num_thresholds), weights), found, metrics_collections, updates_collections)


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the negative that is found, at the last threshold where the share of the positive found is nearest `sensitivity`.

    >>> value, update = tf.metrics.specificity_at_sensitivity([True, False], [0.9, 0.4], 0.5)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(round(float(update.eval()), 3))
    1.0
    """
    _between_0_and_1(sensitivity, "sensitivity")

    def found(c: Counts, name: str) -> Tensor:
        distance = abs(realdiv(c.tp, c.tp + c.fn + _TINY) - sensitivity)
        nearest = cast(compare.equal(distance, reduce.reduce_min(distance)), int64)
        at = cast(reduce.argmax(running.cumsum(nearest), 0), "int32")
        return realdiv(c.tn[at], c.tn[at] + c.fp[at] + _TINY, name)

    with variable_scope(name, "specificity_at_sensitivity"):
        return _measured(_counted(labels, predictions, _between(num_thresholds), weights), found, metrics_collections, updates_collections)


def _between_0_and_1(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"`{name}` must be in the range [0, 1].")
