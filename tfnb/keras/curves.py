"""Metrics of thresholds: precision, recall, and the area under the curve that they draw.

    Precision(thresholds=[0.3, 0.5]).result()      a number for each threshold
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.keras.metrics import Metric, _add, counted
from tfnb.ops import reduce
from tfnb.ops.compare import maximum, minimum
from tfnb.ops.division import div_no_nan
from tfnb.ops.indexing import gather
from tfnb.ops.parts import abs as absolute

__all__ = ["AUC", "Precision", "Recall", "SensitivityAtSpecificity", "SpecificityAtSensitivity"]

_KINDS = {"tp": (True, True), "fp": (False, True), "tn": (False, False), "fn": (True, False)}


class _Thresholds(Metric):
    """Counts of the four kinds at each threshold."""

    def __init__(self, thresholds: list[float], kinds: tuple[str, ...], name: str | None, dtype: Any) -> None:
        super().__init__(name, dtype)
        self.thresholds, self._counted = thresholds, {k: self.add_weight(k, [len(thresholds)]) for k in kinds}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return _add([(v, counted(y_true, y_pred, self.thresholds, *_KINDS[k], sample_weight)) for k, v in self._counted.items()])

    def of(self, kind: str) -> Any:
        return self._counted[kind].value()

    def _one(self, values: Any) -> Any:
        return values[0] if len(self.thresholds) == 1 else values


def _listed(thresholds: Any) -> list[float]:
    return [0.5] if thresholds is None else [float(t) for t in np.ravel(thresholds)]


class Precision(_Thresholds):
    """How much of what was taken for yes is yes.

    >>> metric = tf.keras.metrics.Precision()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """

    def __init__(self, thresholds: Any = None, top_k: Any = None, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(_listed(thresholds), ("tp", "fp"), name, dtype)
        self.class_id = class_id
        if top_k is not None:
            raise NotImplementedError("Precision(top_k=...) is not there in tfnb.")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if self.class_id is not None:
            y_true, y_pred = y_true[..., self.class_id], y_pred[..., self.class_id]
        return super().update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        return self._one(div_no_nan(self.of("tp"), self.of("tp") + self.of(list(self._counted)[1])))


class Recall(Precision):
    """How much of what is yes was found.

    >>> metric = tf.keras.metrics.Recall()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """

    def __init__(self, thresholds: Any = None, top_k: Any = None, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        if top_k is not None:
            raise NotImplementedError("Recall(top_k=...) is not there in tfnb.")
        _Thresholds.__init__(self, _listed(thresholds), ("tp", "fn"), name, dtype)
        self.class_id = class_id


def _even(n: int) -> list[float]:
    """Thresholds from just below 0 to just above 1."""
    return [-1e-7, *((i + 1) / (n - 1) for i in range(n - 2)), 1.0 + 1e-7]


class AUC(_Thresholds):
    """The area under the curve of true against false positives ('ROC'), or of precision against recall ('PR').

    >>> metric = tf.keras.metrics.AUC()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """

    def __init__(self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation", name: str | None = None,
                 dtype: Any = None, thresholds: Any = None) -> None:  # fmt: skip
        places = _even(num_thresholds) if thresholds is None else [-1e-7, *sorted(thresholds), 1.0 + 1e-7]
        super().__init__(places, tuple(_KINDS), name, dtype)
        self.curve, self.summation_method = curve, summation_method

    def result(self) -> Any:
        tp, fp, tn, fn = (self.of(k) for k in _KINDS)
        recall = div_no_nan(tp, tp + fn)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._interpolated(tp, fp, fn)
        x, y = (div_no_nan(fp, fp + tn), recall) if self.curve == "ROC" else (recall, div_no_nan(tp, tp + fp))
        n = len(self.thresholds)
        left, right = y[: n - 1], y[1:]
        height = {"interpolation": (left + right) / 2.0, "minoring": minimum(left, right), "majoring": maximum(left, right)}[self.summation_method]
        return reduce.reduce_sum(absolute(x[: n - 1] - x[1:]) * height)

    def _interpolated(self, tp: Any, fp: Any, fn: Any) -> Any:
        """Davis and Goadrich, The relationship between precision-recall and ROC curves (2006)."""
        from tfnb.ops.compare import greater, select
        from tfnb.ops.filling import ones_like
        from tfnb.ops.special import log

        n = len(self.thresholds)
        d_tp = tp[: n - 1] - tp[1:]
        p = tp + fp
        d_p = p[: n - 1] - p[1:]
        slope = div_no_nan(d_tp, maximum(d_p, 0.0))
        intercept = tp[1:] - slope * p[1:]
        both = greater(p[: n - 1], 0.0) & greater(p[1:], 0.0)
        ratio = select(both, div_no_nan(p[: n - 1], maximum(p[1:], 0.0)), ones_like(p[1:]))
        return reduce.reduce_sum(div_no_nan(slope * (d_tp + intercept * log(ratio)), maximum(tp[1:] + fn[1:], 0.0)))


class SensitivityAtSpecificity(_Thresholds):
    """The share of yes found where this share of no is found.

    >>> metric = tf.keras.metrics.SensitivityAtSpecificity(0.5)
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """

    wanted, given = ("tp", "fn"), ("tn", "fp")

    def __init__(self, specificity: float, num_thresholds: int = 200, name: str | None = None, dtype: Any = None) -> None:
        places = [0.5] if num_thresholds == 1 else [0.0, *((i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)), 1.0]
        super().__init__(places, tuple(_KINDS), name, dtype)
        self.value = specificity

    def result(self) -> Any:
        a, b = (self.of(k) for k in self.given)
        at = reduce.argmin(absolute(div_no_nan(a, a + b) - self.value), 0)
        c, d = (self.of(k) for k in self.wanted)
        return div_no_nan(gather(c, at), gather(c, at) + gather(d, at))


class SpecificityAtSensitivity(SensitivityAtSpecificity):
    """The share of no found where this share of yes is found.

    >>> metric = tf.keras.metrics.SpecificityAtSensitivity(0.5)
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    0.0
    """

    wanted, given = ("tn", "fp"), ("tp", "fn")
