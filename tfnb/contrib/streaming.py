"""Metrics over many batches that tf.contrib.metrics has and tf.metrics has not: counts, rates, correlations, points of curves.

    value, update = streaming_pearson_correlation(predictions, labels)
"""

from __future__ import annotations

from typing import Any

import tfnb as tf
from tfnb.core.scopes import control_dependencies
from tfnb.metrics.means import Pair, metric_variable, published, weighted
from tfnb.metrics.thresholds import _between, _counted, _measured

__all__ = [
    "cohen_kappa", "count", "f1_score", "precision_at_recall", "recall_at_precision", "streaming_concat", "streaming_covariance",
    "streaming_curve_points", "streaming_false_negative_rate", "streaming_false_negative_rate_at_thresholds",
    "streaming_false_negatives_at_thresholds", "streaming_false_positive_rate", "streaming_false_positive_rate_at_thresholds",
    "streaming_false_positives_at_thresholds", "streaming_pearson_correlation", "streaming_true_negatives_at_thresholds",
    "streaming_true_positives_at_thresholds",
]  # fmt: skip


# -- counts and rates --------------------------------------------------------------------------------------------
def count(values: Any, weights: Any = None, metrics_collections: Any = None, updates_collections: Any = None, name: str | None = None) -> Pair:
    """How many values there were, or the sum of their weights.

    >>> value, update = tf.contrib.metrics.count(tf.constant([3.0, 5.0]))
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval(), value.eval())
    2.0 2.0
    """
    with tf.variable_scope(name, "count", (values, weights)):
        so_far = metric_variable([], "count")
        _, more = weighted(tf.cast(values, tf.float32), weights)
        return published((tf.identity(so_far), tf.assign_add(so_far, more)), metrics_collections, updates_collections)


def _rate(label: str, hits: str, others: str) -> Any:
    def rate(predictions: Any, labels: Any, weights: Any = None, metrics_collections: Any = None, updates_collections: Any = None,
             name: str | None = None) -> Pair:  # fmt: skip
        with tf.variable_scope(name, label, (predictions, labels, weights)):
            counts = [getattr(tf.metrics, which)(labels, predictions, weights) for which in (hits, others)]
            (a, more_a), (b, more_b) = counts
            pair = tf.div_no_nan(a, a + b, name="value"), tf.div_no_nan(more_a, more_a + more_b, name="update_op")
            return published(pair, metrics_collections, updates_collections)

    rate.__name__ = f"streaming_{label}"
    rate.__doc__ = f"""The share of the {hits.replace("_", " ")} among them and the {others.replace("_", " ")}.

    >>> value, update = tf.contrib.metrics.streaming_{label}([True, False], [True, False])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    0.0
    """
    return rate


streaming_false_positive_rate = _rate("false_positive_rate", "false_positives", "true_negatives")
streaming_false_negative_rate = _rate("false_negative_rate", "false_negatives", "true_positives")


def _rate_at_thresholds(label: str, short: str, hits: str, others: str) -> Any:
    def rate(predictions: Any, labels: Any, thresholds: Any, weights: Any = None, metrics_collections: Any = None,
             updates_collections: Any = None, name: str | None = None) -> Pair:  # fmt: skip
        with tf.variable_scope(name, f"{label}_at_thresholds", (predictions, labels, weights)):
            counts = _counted(labels, predictions, thresholds, weights, " ".join(k for k in ("tp", "fn", "tn", "fp") if k in (hits, others)))

            def share(c: Any, name: str) -> Any:
                return tf.div(getattr(c, hits), 1e-7 + getattr(c, hits) + getattr(c, others), name=f"{short}_{name}")

            return _measured(counts, share, metrics_collections, updates_collections)

    rate.__name__ = f"streaming_{label}_at_thresholds"
    rate.__doc__ = f"""`streaming_{label}` for each threshold that makes scores positive.

    >>> value, update = tf.contrib.metrics.streaming_{label}_at_thresholds([0.9, 0.1], [True, False], [0.5])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    [0.]
    """
    return rate


streaming_false_positive_rate_at_thresholds = _rate_at_thresholds("false_positive_rate", "fpr", "fp", "tn")
streaming_false_negative_rate_at_thresholds = _rate_at_thresholds("false_negative_rate", "fnr", "fn", "tp")


def _at_thresholds(label: str, key: str) -> Any:
    def counted(predictions: Any, labels: Any, thresholds: Any, weights: Any = None) -> Pair:
        now, then = _counted(labels, predictions, thresholds, weights, key)
        return getattr(now, key), getattr(then, key)

    counted.__name__ = f"streaming_{label}_at_thresholds"
    counted.__doc__ = f"""The number of {label.replace("_", " ")} for each threshold, in a variable of no scope of its own.

    >>> value, update = tf.contrib.metrics.streaming_{label}_at_thresholds([0.9, 0.4], [True, False], [0.3, 0.5])
    >>> print(value.shape, tf.local_variables()[0].name)
    (2,) {label}:0
    """
    return counted


streaming_true_positives_at_thresholds = _at_thresholds("true_positives", "tp")
streaming_true_negatives_at_thresholds = _at_thresholds("true_negatives", "tn")
streaming_false_positives_at_thresholds = _at_thresholds("false_positives", "fp")
streaming_false_negatives_at_thresholds = _at_thresholds("false_negatives", "fn")


# -- agreement ---------------------------------------------------------------------------------------------------
def streaming_covariance(predictions: Any, labels: Any, weights: Any = None, metrics_collections: Any = None, updates_collections: Any = None,
                         name: str | None = None) -> Pair:  # fmt: skip
    """The unbiased covariance of two tensors of one shape, gathered as Chan, Golub and LeVeque (1979) do; NaN below two elements.

    >>> value, update = tf.contrib.metrics.streaming_covariance(tf.constant([1.0, 2.0, 3.0]), tf.constant([2.0, 4.0, 6.0]))
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    2.0
    """
    with tf.variable_scope(name, "covariance", (predictions, labels, weights)):
        x, y = tf.cast(predictions, tf.float32), tf.cast(labels, tf.float32)
        x.shape.assert_is_compatible_with(y.shape)
        held = [metric_variable([], k) for k in ("count", "mean_prediction", "mean_label", "comoment")]
        n, mean_x, mean_y, moment = (tf.identity(v) for v in held)
        weighted_x, batch = weighted(x, weights)
        weighted_y, _ = weighted(y, weights)
        batch_x, batch_y = tf.div_no_nan(tf.reduce_sum(weighted_x), batch), tf.div_no_nan(tf.reduce_sum(weighted_y), batch)
        spread, _ = weighted((x - batch_x) * (y - batch_y), weights)
        total = n + batch
        more = (mean_x - batch_x) * (mean_y - batch_y) * tf.div_no_nan(n * batch, total)
        new = [total, mean_x + (batch_x - mean_x) * tf.div_no_nan(batch, total), mean_y + (batch_y - mean_y) * tf.div_no_nan(batch, total),
               moment + tf.reduce_sum(spread) + more]  # fmt: skip
        with control_dependencies(new):
            new = [tf.assign(v, x) for v, x in zip(held, new, strict=True)]

        def covariance(n: Any, moment: Any, name: str) -> Any:
            return tf.truediv(moment, tf.where(n < 2.0, float("nan") * tf.ones_like(n), n - 1.0), name=name)

        with control_dependencies(new):
            update = covariance(new[0], new[3], "update_op")
        return published((covariance(n, moment, "covariance"), update), metrics_collections, updates_collections)


def streaming_pearson_correlation(predictions: Any, labels: Any, weights: Any = None, metrics_collections: Any = None,
                                  updates_collections: Any = None, name: str | None = None) -> Pair:  # fmt: skip
    """Pearson's correlation coefficient: the covariance divided by both deviations.

    >>> value, update = tf.contrib.metrics.streaming_pearson_correlation(tf.constant([1.0, 2.0, 3.0]), tf.constant([2.0, 4.0, 6.0]))
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    1.0
    """
    with tf.variable_scope(name, "pearson_r", (predictions, labels, weights)):
        pairs = [streaming_covariance(a, b, weights, name=k) for a, b, k in ((predictions, labels, "covariance"), (predictions, predictions,
                 "variance_predictions"), (labels, labels, "variance_labels"))]  # fmt: skip
        values, updates = zip(*pairs, strict=True)

        def correlation(of: Any, name: str) -> Any:
            return tf.truediv(of[0], tf.sqrt(of[1]) * tf.sqrt(of[2]), name=name)

        pair = correlation(values, "pearson_r"), correlation(updates, "update_op")
        return published(pair, metrics_collections, updates_collections)


def cohen_kappa(labels: Any, predictions_idx: Any, num_classes: int, weights: Any = None, metrics_collections: Any = None,
                updates_collections: Any = None, name: str | None = None) -> Pair:  # fmt: skip
    """How much more two judges agree than chance makes them: (p_observed - p_chance) / (1 - p_chance).

    >>> value, update = tf.contrib.metrics.cohen_kappa(tf.constant([0, 1, 1]), tf.constant([0, 1, 1]), num_classes=2)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    1.0
    """
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with tf.variable_scope(name, "cohen_kappa", (labels, predictions_idx, weights)):
        dtype = tf.int64 if weights is None else tf.float32
        held = [metric_variable([num_classes], k, dtype) for k in ("po", "pe_row", "pe_col")]
        labels, found = tf.squeeze(tf.cast(labels, tf.int64)), tf.squeeze(tf.cast(predictions_idx, tf.int64))
        if weights is not None:
            weights = tf.squeeze(weights)
        table = tf.confusion_matrix(labels, found, num_classes, weights=weights, dtype=dtype)
        now = [tf.matrix_diag_part(table), tf.reduce_sum(table, 0), tf.reduce_sum(table, 1)]

        def kappa(agreed: Any, rows: Any, columns: Any, name: str) -> Any:
            agreed, rows, columns = (tf.cast(x, tf.float64) for x in (agreed, rows, columns))
            total = tf.reduce_sum(rows)
            chance = tf.div_no_nan(tf.reduce_sum(rows * columns), total)
            return tf.div_no_nan(tf.reduce_sum(agreed) - chance, total - chance, name=name)

        pair = kappa(*held, "value"), kappa(*(tf.assign_add(v, x) for v, x in zip(held, now, strict=True)), "update_op")
        return published(pair, metrics_collections, updates_collections)


# -- over thresholds ---------------------------------------------------------------------------------------------
def f1_score(labels: Any, predictions: Any, weights: Any = None, num_thresholds: int = 200, metrics_collections: Any = None,
             updates_collections: Any = None, name: str | None = None) -> Pair:  # fmt: skip
    """The best F1, the harmonic mean of precision and recall, that a threshold reaches.

    >>> value, update = tf.contrib.metrics.f1_score([True, False], [0.9, 0.1])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval().round(4))
    1.0
    """
    with tf.variable_scope(name, "f1", (labels, predictions, weights)):
        counts = _counted(labels, predictions, _between(num_thresholds), weights, "tp fn fp")

        def best(c: Any, _: str) -> Any:
            precision, recall = c.tp / (1e-7 + c.tp + c.fp), c.tp / (1e-7 + c.tp + c.fn)
            return tf.reduce_max(2.0 * precision * recall / (1e-7 + precision + recall))

        return _measured(counts, best, metrics_collections, updates_collections)


def precision_at_recall(labels: Any, predictions: Any, target_recall: float, weights: Any = None, num_thresholds: int = 200,
                        metrics_collections: Any = None, updates_collections: Any = None, name: str | None = None) -> Pair:  # fmt: skip
    """The precision at the threshold whose recall is nearest to `target_recall`, which is between 0 and 1.

    >>> value, update = tf.contrib.metrics.precision_at_recall([True, False], [0.9, 0.1], 0.5)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval().round(4))
    0.5
    """
    if not 0.0 <= target_recall <= 1.0:
        raise ValueError("`target_recall` must be in the range [0, 1].")
    with tf.variable_scope(name, "precision_at_recall", (predictions, labels, weights)):
        counts = _counted(labels, predictions, _between(num_thresholds), weights)

        def precision(c: Any, name: str) -> Any:
            i = tf.argmin(tf.abs(c.tp / (c.tp + c.fn + 1e-7) - target_recall), 0, output_type=tf.int32)
            return tf.truediv(c.tp[i] + 1e-7, c.tp[i] + c.fp[i] + 1e-7, name=name)

        return _measured(counts, precision, metrics_collections, updates_collections)


def recall_at_precision(labels: Any, predictions: Any, precision: float, weights: Any = None, num_thresholds: int = 200,
                        metrics_collections: Any = None, updates_collections: Any = None, name: str | None = None,
                        strict_mode: bool = False) -> Pair:  # fmt: skip
    """The recall at the threshold whose precision is nearest to `precision`; with `strict_mode`, the best with at least that, or 0.

    >>> value, update = tf.contrib.metrics.recall_at_precision([True, False], [0.9, 0.1], 0.5)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval().round(4))
    1.0
    """
    if not 0.0 <= precision <= 1.0:
        raise ValueError("`precision` must be in the range [0, 1].")
    with tf.variable_scope(name, "recall_at_precision", (predictions, labels, weights)):
        counts = _counted(labels, predictions, _between(num_thresholds), weights)

        def recall(c: Any, name: str) -> Any:
            precisions, recalls = c.tp / (c.tp + c.fp + 1e-7), c.tp / (c.tp + c.fn + 1e-7)
            if strict_mode:
                return tf.reduce_max(tf.where(precisions >= precision, recalls, tf.zeros_like(recalls)), name=name)
            return tf.gather(recalls, tf.argmin(tf.abs(precisions - precision), 0), name=name)

        return _measured(counts, recall, metrics_collections, updates_collections)


def streaming_curve_points(labels: Any = None, predictions: Any = None, weights: Any = None, num_thresholds: int = 200,
                           metrics_collections: Any = None, updates_collections: Any = None, curve: str = "ROC", name: str | None = None) -> Any:  # fmt: skip
    """(points [thresholds, 2], update): (false positive rate, recall) for 'ROC', (recall, precision) for 'PR'.

    >>> points, update = tf.contrib.metrics.streaming_curve_points([True, False], [0.9, 0.1], num_thresholds=3)
    >>> sess.run(tf.local_variables_initializer())
    >>> sess.run(update)
    >>> print(points.eval())
    [[1. 1.]
     [0. 1.]
     [0. 0.]]
    """
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    with tf.variable_scope(name, "curve_points", (labels, predictions, weights)):
        now, then = _counted(labels, predictions, _between(num_thresholds), weights)
        recall = (now.tp + 1e-6) / (now.tp + now.fn + 1e-6)
        both = (now.fp / (now.fp + now.tn + 1e-6), recall) if curve == "ROC" else (recall, (now.tp + 1e-6) / (now.tp + now.fp + 1e-6))
        return published((tf.stack(both, axis=1), tf.group(*then)), metrics_collections, updates_collections)


# -- all that was seen -------------------------------------------------------------------------------------------
def streaming_concat(values: Any, axis: int = 0, max_size: int | None = None, metrics_collections: Any = None,
                     updates_collections: Any = None, name: str | None = None) -> Any:  # fmt: skip
    """All values one after the other along `axis`, up to `max_size` of them; the update tells how many there are.

    >>> value, update = tf.contrib.metrics.streaming_concat(tf.constant([3.0, 5.0]))
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval(), update.eval(), value.eval())
    2 4 [3. 5. 3. 5.]
    """
    values = tf.convert_to_tensor(values)
    if not 0 <= axis < (values.shape.ndims or 0):
        raise ValueError(f"axis = {axis} not in [0, {values.shape.ndims})")
    with tf.variable_scope(name, "streaming_concat", (values,)):
        shape = [0 if i == axis else d for i, d in enumerate(values.shape.as_list())]
        if None in shape:
            raise ValueError("axis = %d: only that dimension may be unknown in %s" % (axis, values.shape))  # noqa: UP031
        places = [tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES]
        held = tf.Variable(lambda: tf.zeros(shape, values.dtype), False, places, validate_shape=False, name="array")
        size = metric_variable([], "size", tf.int32)
        joined = tf.concat([held, values], axis)
        if max_size is not None:
            joined = joined[(slice(None),) * axis + (slice(max_size),)]
        with control_dependencies([tf.assign(held, joined, validate_shape=False)]):
            update = tf.assign(size, tf.shape(joined)[axis])
        value = tf.identity(held)
        value.set_shape([None if i == axis else d for i, d in enumerate(shape)])
        return published((value, update), metrics_collections, updates_collections)

