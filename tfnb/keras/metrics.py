"""Keras's metrics: numbers gathered over batches, as objects with variables.

    metric = tf.keras.metrics.Mean()
    metric.update_state(values)          an op; in eager mode it has been done
    metric.result()
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.keras import losses, named, session
from tfnb.keras.base import Layer, snake
from tfnb.ops import arrays, reduce
from tfnb.ops.compare import equal, greater
from tfnb.ops.division import div_no_nan
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.powers import sqrt
from tfnb.ops.sorting import in_top_k
from tfnb.ops.sources import group

__all__ = [
    "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity",
    "FalseNegatives", "FalsePositives", "Hinge", "KLDivergence", "LogCoshError", "Mean", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanIoU", "MeanSquaredError", "MeanSquaredLogarithmicError", "MeanTensor", "Metric", "Poisson",
    "RootMeanSquaredError", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy",
    "SquaredHinge", "Sum", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "binary_accuracy", "categorical_accuracy",
    "deserialize", "get", "serialize", "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy",
]  # fmt: skip


# -- accuracy of each example ------------------------------------------------------------------------------------
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """How much of each example is right when what is above `threshold` counts as yes.

    >>> print(tf.keras.metrics.binary_accuracy([[1.0, 0.0]], [[0.9, 0.7]]).eval())
    [0.5]
    """
    p = convert_to_tensor(y_pred)
    return reduce.reduce_mean(cast(equal(cast(y_true, p.dtype), cast(greater(p, threshold), p.dtype)), "float32"), axis=-1)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Whether the likeliest class is the label, one-hot.

    >>> print(tf.keras.metrics.categorical_accuracy(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [1.]
    """
    return cast(equal(reduce.argmax(y_true, axis=-1), reduce.argmax(y_pred, axis=-1)), "float32")


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Whether the likeliest class is the label, a number.

    >>> print(tf.keras.metrics.sparse_categorical_accuracy(tf.constant([[1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [1.]
    """
    y, p = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if y.shape.ndims is not None and y.shape.ndims == p.shape.ndims:
        y = arrays.squeeze(y, [-1])
    return cast(equal(cast(y, "int64"), reduce.argmax(p, axis=-1)), "float32")


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """Whether the label, one-hot, is among the k likeliest classes.

    >>> print(tf.keras.metrics.top_k_categorical_accuracy(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]), k=1).eval())
    [1.]
    """
    return cast(in_top_k(y_pred, reduce.argmax(y_true, axis=-1), k), "float32")


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """Whether the label, a number, is among the k likeliest classes.

    >>> print(tf.keras.metrics.sparse_top_k_categorical_accuracy(tf.constant([[1.0]]), tf.constant([[0.4, 0.6]]), k=1).eval())
    [1.]
    """
    p = convert_to_tensor(y_pred)
    rows = arrays.reshape(p, [-1, p.shape.as_list()[-1]])
    return cast(in_top_k(rows, cast(arrays.reshape(y_true, [-1]), "int32"), k), "float32")


def accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Whether the prediction is the label."""
    p = convert_to_tensor(y_pred)
    return cast(equal(cast(y_true, p.dtype), p), "float32")


# -- objects -----------------------------------------------------------------------------------------------------
class Metric(Layer):
    """The base of metrics: `update_state` takes a batch in, `result` tells what is known so far.

    >>> print(issubclass(tf.keras.metrics.Mean, tf.keras.metrics.Metric))
    True
    """

    def __init__(self, name: str | None = None, dtype: Any = None, **named_: Any) -> None:
        super().__init__(name=name, dtype=dtype or "float32", **named_)
        self.stateful = self.built = True

    def add_weight(self, name: str | None = None, shape: Any = (), dtype: Any = None, initializer: Any = "zeros", **named_: Any) -> Any:  # type: ignore[override]
        named_.pop("trainable", None)
        with session.get_graph().as_default() if not get_default_graph().eager else _nothing():
            with get_default_graph().name_scope(None) if not get_default_graph().eager else _nothing():
                return super().add_weight(f"{self.name}/{name}", shape, dtype or "float32", initializer, trainable=False)

    def update_state(self, *args: Any, **named_: Any) -> Any:
        raise NotImplementedError("Must be implemented in subclasses.")

    def result(self) -> Any:
        raise NotImplementedError("Must be implemented in subclasses.")

    def reset_states(self) -> None:
        """Puts the variables back to zero."""
        session.batch_set_value([(v, np.zeros(v.shape.as_list(), np.float32)) for v in self._own])

    def __call__(self, *args: Any, **named_: Any) -> Any:
        update = self.update_state(*args, **named_)
        if update is None:
            return self.result()
        with get_default_graph().control_dependencies([getattr(update, "op", update)]):
            return identity(self.result())

    def get_config(self) -> dict[str, Any]:
        from tfnb.keras.named import plain

        return {"name": self.name, "dtype": self._dtype} | {k: plain(v) for k, v in self._given.items() if k not in ("name", "dtype")}


def _nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def _add(pairs: list[tuple[Any, Any]]) -> Any:
    """One op that adds to each of the variables."""
    done = [v.assign_add(x) for v, x in pairs]
    return None if pairs[0][0].graph.eager else group(*session.ops_of(done))


class Sum(Metric):
    """The sum of all values.

    >>> metric = tf.keras.metrics.Sum()
    >>> update = metric.update_state(tf.constant([1.0, 2.0]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(metric.result().eval())
    3.0
    """

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_weight("total")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        values = cast(convert_to_tensor(values), "float32")
        if sample_weight is not None:
            values = values * losses.fitting_weights(values, sample_weight)
        return _add([(self.total, reduce.reduce_sum(values))])

    def result(self) -> Any:
        return identity(self.total)


class Mean(Metric):
    """The mean of all values.

    >>> m = tf.keras.metrics.Mean()
    >>> update = m.update_state([1.0, 3.0])
    >>> sess.run([v.initializer for v in m.variables] and tf.global_variables_initializer())
    >>> sess.run(update)
    >>> print(m.result().eval())
    2.0
    """

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total, self.count = self.add_weight("total"), self.add_weight("count")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        values = cast(convert_to_tensor(values), "float32")
        number = cast(arrays.size(values), "float32")
        if sample_weight is not None:
            weights = losses.fitting_weights(values, sample_weight) * arrays.ones_like(values)
            values, number = values * weights, reduce.reduce_sum(weights)
        return _add([(self.total, reduce.reduce_sum(values)), (self.count, number)])

    def result(self) -> Any:
        return div_no_nan(self.total.value(), self.count.value())


class MeanTensor(Metric):
    """The mean of each element of tensors of one shape.

    >>> metric = tf.keras.metrics.MeanTensor()
    >>> update = metric.update_state(tf.constant([1.0, 2.0]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(metric.result().eval())
    [1. 2.]
    """

    def __init__(self, name: str = "mean_tensor", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total: Any = None

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        values = cast(convert_to_tensor(values), "float32")
        if self.total is None:
            self.total, self.count = (self.add_weight(n, values.shape) for n in ("total", "count"))
        weights = arrays.ones_like(values)
        if sample_weight is not None:
            weights = weights * losses.fitting_weights(values, sample_weight)
        return _add([(self.total, values * weights), (self.count, weights)])

    def result(self) -> Any:
        return div_no_nan(self.total.value(), self.count.value())


class MeanMetricWrapper(Mean):
    """The mean of what a function of labels and predictions gives."""

    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **options: Any) -> None:
        super().__init__(name or getattr(fn, "__name__", "metric"), dtype)
        self._function, self._options = fn, options

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        return super().update_state(self._function(y_true, y_pred, **self._options), sample_weight)


def _mean_of(class_name: str, function: Any, options: dict[str, Any], doc: str, name: str | None = None) -> Any:
    """A class of metrics from a function; `options` are the function's arguments with their defaults."""

    def __init__(self: Any, *args: Any, **given: Any) -> None:
        order = [*options, "name", "dtype"] if class_name.startswith(("TopK", "SparseTopK")) else ["name", "dtype", *options]
        given |= dict(zip(order, args, strict=False))
        own = given.pop("name", None) or name or snake(class_name)
        MeanMetricWrapper.__init__(self, function, own, given.pop("dtype", None), **(options | given))

    labels = "[[1]]" if class_name.startswith("Sparse") else "[[0.0, 1.0]]"
    example = (f">>> metric = tf.keras.metrics.{class_name}()\n"
               f">>> update = metric.update_state(tf.constant({labels}), tf.constant([[0.3, 0.7]]))\n"
               ">>> metric.result().shape.as_list()\n[]\n")  # fmt: skip
    return type(class_name, (MeanMetricWrapper,), {"__init__": __init__, "__doc__": f"{doc}\n\n{example}", "__module__": __name__})


Accuracy = _mean_of("Accuracy", accuracy, {}, "How often the prediction is the label.")
BinaryAccuracy = _mean_of("BinaryAccuracy", binary_accuracy, {"threshold": 0.5}, "How often yes or no is right.")
CategoricalAccuracy = _mean_of("CategoricalAccuracy", categorical_accuracy, {}, "How often the likeliest class is the label, one-hot.")
SparseCategoricalAccuracy = _mean_of("SparseCategoricalAccuracy", sparse_categorical_accuracy, {}, "How often the likeliest class is the label.")
TopKCategoricalAccuracy = _mean_of("TopKCategoricalAccuracy", top_k_categorical_accuracy, {"k": 5}, "How often the label is among the k likeliest.",
                                   "top_k_categorical_accuracy")  # fmt: skip
SparseTopKCategoricalAccuracy = _mean_of("SparseTopKCategoricalAccuracy", sparse_top_k_categorical_accuracy, {"k": 5},
                                         "How often the label, a number, is among the k likeliest.", "sparse_top_k_categorical_accuracy")  # fmt: skip
MeanSquaredError = _mean_of("MeanSquaredError", losses.mean_squared_error, {}, "The mean squared error.")
MeanAbsoluteError = _mean_of("MeanAbsoluteError", losses.mean_absolute_error, {}, "The mean size of the error.")
MeanAbsolutePercentageError = _mean_of("MeanAbsolutePercentageError", losses.mean_absolute_percentage_error, {}, "The mean error in percent.")
MeanSquaredLogarithmicError = _mean_of("MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error, {}, "The mean error of logarithms.")
Hinge = _mean_of("Hinge", losses.hinge, {}, "The mean hinge loss.")
SquaredHinge = _mean_of("SquaredHinge", losses.squared_hinge, {}, "The mean squared hinge loss.")
CategoricalHinge = _mean_of("CategoricalHinge", losses.categorical_hinge, {}, "The mean hinge loss of classes.")
LogCoshError = _mean_of("LogCoshError", losses.logcosh, {}, "The mean of log(cosh(error)).", "logcosh")
Poisson = _mean_of("Poisson", losses.poisson, {}, "The mean Poisson loss.")
KLDivergence = _mean_of("KLDivergence", losses.kullback_leibler_divergence, {}, "The mean divergence.", "kullback_leibler_divergence")
CosineSimilarity = _mean_of("CosineSimilarity", losses.cosine_similarity, {"axis": -1}, "The mean cosine.")
BinaryCrossentropy = _mean_of("BinaryCrossentropy", losses.binary_crossentropy, {"from_logits": False, "label_smoothing": 0}, "The mean cross entropy.")
CategoricalCrossentropy = _mean_of("CategoricalCrossentropy", losses.categorical_crossentropy, {"from_logits": False, "label_smoothing": 0},
                                   "The mean cross entropy of one-hot labels.")  # fmt: skip
SparseCategoricalCrossentropy = _mean_of("SparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy, {"from_logits": False, "axis": -1},
                                         "The mean cross entropy of labels that are numbers.")  # fmt: skip


class RootMeanSquaredError(Mean):
    """The square root of the mean squared error.

    >>> metric = tf.keras.metrics.RootMeanSquaredError()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    0.4
    """

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        p = convert_to_tensor(y_pred)
        error = p - cast(y_true, p.dtype)
        return super().update_state(error * error, sample_weight)

    def result(self) -> Any:
        return sqrt(super().result())


class _Counts(Metric):
    """How many elements have a label and a prediction of certain kinds, at one threshold or several."""

    label, prediction = True, True

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name or snake(type(self).__name__), dtype)
        self.thresholds = [0.5] if thresholds is None else list(np.ravel(thresholds))
        self.count = self.add_weight("accumulator", [len(self.thresholds)])

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        hits = counted(y_true, y_pred, self.thresholds, self.label, self.prediction, sample_weight)
        return _add([(self.count, hits)])

    def result(self) -> Any:
        found = self.count.value()
        return found[0] if len(self.thresholds) == 1 else found


def counted(y_true: Any, y_pred: Any, thresholds: list[float], label: bool, prediction: bool, sample_weight: Any = None) -> Tensor:
    """How many elements have this label and, at each threshold, this prediction: [thresholds]."""
    p = arrays.reshape(convert_to_tensor(y_pred), [1, -1])
    y = equal(arrays.reshape(cast(y_true, "bool"), [1, -1]), label)
    limits = arrays.reshape(convert_to_tensor([float(t) for t in thresholds], p.dtype), [-1, 1])
    hits = cast(equal(greater(p, limits), prediction) & y, "float32")
    if sample_weight is not None:
        values = convert_to_tensor(y_pred)
        hits = hits * arrays.reshape(losses.fitting_weights(values, sample_weight) * arrays.ones_like(values), [1, -1])
    return reduce.reduce_sum(hits, axis=1)


class TruePositives(_Counts):
    """How many yes are found.

    >>> metric = tf.keras.metrics.TruePositives()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """


class FalsePositives(_Counts):
    """How many no are taken for yes.

    >>> metric = tf.keras.metrics.FalsePositives()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    0.0
    """

    label = False


class TrueNegatives(_Counts):
    """How many no are found.

    >>> metric = tf.keras.metrics.TrueNegatives()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """

    label, prediction = False, False


class FalseNegatives(_Counts):
    """How many yes are missed.

    >>> metric = tf.keras.metrics.FalseNegatives()
    >>> update = metric.update_state(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    0.0
    """

    prediction = False


class MeanIoU(Metric):
    """The mean over the classes of what labels and predictions share, divided by what either has.

    >>> metric = tf.keras.metrics.MeanIoU(num_classes=2)
    >>> update = metric.update_state(tf.constant([0, 1]), tf.constant([0, 1]))
    >>> _ = sess.run([v.initializer for v in metric.variables]), sess.run(update)
    >>> print(round(float(metric.result().eval()), 3))
    1.0
    """

    def __init__(self, num_classes: int, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total_cm = self.add_weight("total_confusion_matrix", [num_classes, num_classes])
        self._classes = num_classes

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        from tfnb.ops.formulas import confusion_matrix

        flat = [arrays.reshape(convert_to_tensor(t), [-1]) for t in (y_true, y_pred)]
        weights = None if sample_weight is None else arrays.reshape(convert_to_tensor(sample_weight), [-1])
        return _add([(self.total_cm, confusion_matrix(*flat, self._classes, weights=weights, dtype="float32"))])

    def result(self) -> Any:
        from tfnb.ops.diagonals import diag_part

        m = self.total_cm.value()
        both = diag_part(m)
        either = reduce.reduce_sum(m, 0) + reduce.reduce_sum(m, 1) - both
        there = reduce.reduce_sum(cast(greater(either, 0.0), "float32"))
        return div_no_nan(reduce.reduce_sum(div_no_nan(both, either)), there)


TABLE = dict(losses.TABLE) | {n: v for n, v in list(globals().items()) if n in __all__ and n not in ("Metric", "get", "serialize", "deserialize")}


def get(identifier: Any) -> Any:
    """The metric of a name, a configuration, or itself. Raises ValueError for an unknown name.

    >>> print(tf.keras.metrics.deserialize("mse").__name__)
    mean_squared_error
    """
    from tfnb.keras import curves

    return named.get(identifier, TABLE | {n: getattr(curves, n) for n in curves.__all__}, "metric function")


deserialize, serialize = get, named.serialize


def __getattr__(name: str) -> Any:
    """AUC, Precision and their kin, which are in a chapter of their own; the functions of losses."""
    from tfnb.keras import curves

    if name in curves.__all__:
        return getattr(curves, name)
    if name in losses.TABLE:
        return losses.TABLE[name]
    from tfnb.coverage import absent

    raise absent("tf.keras.metrics", name)
