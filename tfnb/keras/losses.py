"""Keras's losses: a number for each example (functions), or one for a batch (classes).

    mean_squared_error(y_true, y_pred)                              [batch]
    CategoricalCrossentropy(from_logits=True)(y_true, y_pred)       ()
"""

from __future__ import annotations

import math
from typing import Any

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.keras import named
from tfnb.ops import arrays, crossentropy, reduce, special
from tfnb.ops.activations import softplus
from tfnb.ops.compare import clip_by_value, equal, less_equal, maximum, select
from tfnb.ops.elementwise import cast
from tfnb.ops.neural import l2_normalize
from tfnb.ops.parts import abs as absolute
from tfnb.ops.powers import square

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "Hinge", "Huber", "KLD", "KLDivergence", "LogCosh",
    "Loss", "MAE", "MAPE", "MSE", "MSLE", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "Reduction", "SparseCategoricalCrossentropy", "SquaredHinge", "binary_crossentropy",
    "categorical_crossentropy", "categorical_hinge", "cosine", "cosine_proximity", "cosine_similarity", "deserialize", "get", "hinge", "kld",
    "kullback_leibler_divergence", "logcosh", "mae", "mape", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_error", "mean_squared_logarithmic_error", "mse", "msle", "poisson", "serialize", "sparse_categorical_crossentropy",
    "squared_hinge",
]  # fmt: skip

SMALL = 1e-7


def _two(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    y_pred = convert_to_tensor(y_pred)
    return cast(convert_to_tensor(y_true), y_pred.dtype.base_dtype), y_pred


# -- differences -------------------------------------------------------------------------------------------------
def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """mean((y_pred - y_true)^2) of each example.

    >>> print(tf.keras.losses.mean_squared_error([[0.0, 1.0]], [[1.0, 1.0]]).eval())
    [0.5]
    """
    y, p = _two(y_true, y_pred)
    return reduce.reduce_mean(square(p - y), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """mean(|y_pred - y_true|) of each example.

    >>> print(tf.keras.losses.MAE(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.4]
    """
    y, p = _two(y_true, y_pred)
    return reduce.reduce_mean(absolute(p - y), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """100 mean(|y_pred - y_true| / |y_true|) of each example.

    >>> print(tf.keras.losses.MAPE(tf.constant([[1.0, 2.0]]), tf.constant([[0.4, 0.6]])).eval())
    [65.]
    """
    y, p = _two(y_true, y_pred)
    return 100.0 * reduce.reduce_mean(absolute((y - p) / maximum(absolute(y), SMALL)), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """mean((log(1 + y_pred) - log(1 + y_true))^2) of each example.

    >>> print(tf.keras.losses.MSLE(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.0815]
    """
    y, p = _two(y_true, y_pred)
    return reduce.reduce_mean(square(special.log(maximum(p, SMALL) + 1.0) - special.log(maximum(y, SMALL) + 1.0)), axis=-1)


def logcosh(y_true: Any, y_pred: Any) -> Tensor:
    """mean(log(cosh(y_pred - y_true))) of each example.

    >>> print(tf.keras.losses.logcosh(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.078]
    """
    y, p = _two(y_true, y_pred)
    x = p - y
    return reduce.reduce_mean(x + softplus(-2.0 * x) - math.log(2.0), axis=-1)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Half the square of a small error, delta times a large one."""
    y, p = _two(y_true, y_pred)
    error = absolute(p - y)
    small = select(less_equal(error, delta), error, arrays.ones_like(error) * delta)
    return reduce.reduce_mean(0.5 * square(small) + delta * (error - small), axis=-1)


# -- margins -----------------------------------------------------------------------------------------------------
def _signs(y: Tensor) -> Tensor:
    """Labels 0 and 1 as -1 and 1; others as they are."""
    binary = reduce.reduce_all(equal(y, 0.0) | equal(y, 1.0))
    if get_default_graph().eager:
        return 2.0 * y - 1.0 if binary else y
    from tfnb.ops.control import cond

    return cond(binary, lambda: 2.0 * y - 1.0, lambda: y * 1.0)


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """mean(max(1 - y_true y_pred, 0)) of each example, for labels -1 and 1.

    >>> print(tf.keras.losses.hinge(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.9]
    """
    y, p = _two(y_true, y_pred)
    return reduce.reduce_mean(maximum(1.0 - _signs(y) * p, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """mean(max(1 - y_true y_pred, 0)^2) of each example.

    >>> print(tf.keras.losses.squared_hinge(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [1.06]
    """
    y, p = _two(y_true, y_pred)
    return reduce.reduce_mean(square(maximum(1.0 - _signs(y) * p, 0.0)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(1 + the best of the wrong - the right, 0), for one-hot labels.

    >>> print(tf.keras.losses.categorical_hinge(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.8]
    """
    y, p = _two(y_true, y_pred)
    return maximum(reduce.reduce_max((1.0 - y) * p, axis=-1) - reduce.reduce_sum(y * p, axis=-1) + 1.0, 0.0)


# -- probabilities -----------------------------------------------------------------------------------------------
def _before(p: Any, kind: str) -> Tensor | None:
    """What a softmax or a sigmoid was applied to, if a graph shows it: the loss of that is exact."""
    if get_default_graph().eager or not isinstance(p, Tensor):
        return None
    op = p.op
    while op.type == "Identity":
        op = op.inputs[0].op
    return op.inputs[0] if op.type == kind else None


def _smooth(y: Tensor, label_smoothing: float, classes: Any) -> Tensor:
    return y * (1.0 - label_smoothing) + label_smoothing / classes if label_smoothing else y


def categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0, axis: int = -1) -> Tensor:
    """-sum(y_true log(y_pred)) of each example, for one-hot labels.

    >>> print(tf.keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).eval())
    [0.6931]
    """
    y, p = _two(y_true, y_pred)
    y = _smooth(y, label_smoothing, cast(arrays.shape(y)[-1], p.dtype)) if label_smoothing else y
    logits = p if from_logits else _before(p, "Softmax")
    if logits is not None:
        return crossentropy.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits, axis=axis)
    p = p / reduce.reduce_sum(p, axis=axis, keepdims=True)
    return -reduce.reduce_sum(y * special.log(clip_by_value(p, SMALL, 1.0 - SMALL)), axis=axis)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-log(y_pred[y_true]) of each example, for labels that are numbers of classes.

    >>> print(tf.keras.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).eval())
    [0.6931]
    """
    p = convert_to_tensor(y_pred)
    logits = p if from_logits else _before(p, "Softmax")
    if logits is None:
        logits = special.log(clip_by_value(p, SMALL, 1.0 - SMALL))
    y = cast(convert_to_tensor(y_true), "int64")
    if logits.shape.ndims is not None and y.shape.ndims == logits.shape.ndims:
        y = arrays.squeeze(y, [-1])
    return crossentropy.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0) -> Tensor:
    """-mean(y log(p) + (1 - y) log(1 - p)) of each example.

    >>> print(tf.keras.losses.binary_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).eval())
    [0.6931]
    """
    y, p = _two(y_true, y_pred)
    y = _smooth(y, label_smoothing, 2.0)
    return reduce.reduce_mean(binary_each(y, p, from_logits), axis=-1)


def binary_each(y: Tensor, p: Tensor, from_logits: bool = False) -> Tensor:
    """-(y log(p) + (1 - y) log(1 - p)) of each element."""
    logits = p if from_logits else _before(p, "Sigmoid")
    if logits is not None:
        return crossentropy.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)
    p = clip_by_value(p, SMALL, 1.0 - SMALL)
    return -(y * special.log(p + SMALL) + (1.0 - y) * special.log(1.0 - p + SMALL))


def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """sum(y_true log(y_true / y_pred)) of each example.

    >>> print(tf.keras.losses.KLD(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.5108]
    """
    y, p = (clip_by_value(t, SMALL, 1.0) for t in _two(y_true, y_pred))
    return reduce.reduce_sum(y * special.log(y / p), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """mean(y_pred - y_true log(y_pred)) of each example.

    >>> print(tf.keras.losses.poisson(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.7554]
    """
    y, p = _two(y_true, y_pred)
    return reduce.reduce_mean(p - y * special.log(p + SMALL), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and predictions (of 1.15: later versions give its negative).

    >>> print(tf.keras.losses.cosine(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.8321]
    """
    y, p = (l2_normalize(t, axis=axis) for t in _two(y_true, y_pred))
    return reduce.reduce_sum(y * p, axis=axis)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine_proximity = cosine = cosine_similarity


# -- losses of a batch -------------------------------------------------------------------------------------------
class Reduction:
    """How the losses of the examples become one."""

    AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)


def reduced(losses: Tensor, sample_weight: Any = None, reduction: str = Reduction.AUTO) -> Tensor:
    """The losses times their weights: each, their sum, or their mean."""
    losses = convert_to_tensor(losses)
    if sample_weight is not None:
        losses = losses * fitting_weights(losses, sample_weight)
    if reduction == Reduction.NONE:
        return losses
    total = reduce.reduce_sum(losses)
    return total if reduction == Reduction.SUM else total / cast(arrays.size(losses), total.dtype)


def fitting_weights(values: Tensor, sample_weight: Any) -> Tensor:
    """Weights with as many axes as the values."""
    weights = cast(convert_to_tensor(sample_weight), values.dtype.base_dtype)
    have, want = weights.shape.ndims or 0, values.shape.ndims
    if want is not None and have == want + 1 and weights.shape.as_list()[-1] in (1, None):
        return arrays.squeeze(weights, [-1])
    for _ in range((want or have) - have if have else 0):
        weights = arrays.expand_dims(weights, -1)
    return weights


class Loss:
    """The base of losses: `call` gives a number for each example, calling the object one for the batch.

    >>> class Difference(tf.keras.losses.Loss):
    ...     def call(self, y_true, y_pred): return tf.abs(y_true - y_pred)
    >>> print(Difference()(tf.constant([1.0, 2.0]), tf.constant([1.0, 4.0])).eval())
    1.0
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = None) -> None:
        self.reduction, self.name = reduction, name

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        raise NotImplementedError("Must be implemented in subclasses.")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        with name_scope(self.name or "loss"):
            return reduced(self.call(y_true, y_pred), sample_weight, self.reduction)

    def get_config(self) -> dict[str, Any]:
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


def _loss(class_name: str, function: Any, options: dict[str, Any], doc: str) -> Any:
    """A class of losses from a function; `options` are the function's arguments with their defaults."""
    own_name = getattr(function, "__name__", class_name)

    def __init__(self: Any, *args: Any, **given: Any) -> None:
        order = [*options, "reduction", "name"]
        given |= dict(zip(order, args, strict=False))
        unknown = set(given) - set(order)
        if unknown:
            raise TypeError(f"__init__() got an unexpected keyword argument '{sorted(unknown)[0]}'")
        Loss.__init__(self, given.pop("reduction", Reduction.AUTO), given.pop("name", None) or own_name)
        self.options = options | given

    def call(self: Any, y_true: Any, y_pred: Any) -> Tensor:
        return function(y_true, y_pred, **self.options)

    def get_config(self: Any) -> dict[str, Any]:
        return Loss.get_config(self) | self.options

    labels = "[1]" if class_name.startswith("Sparse") else "[[0.0, 1.0]]"
    example = f">>> loss = tf.keras.losses.{class_name}()\n>>> loss({labels}, [[0.4, 0.6]]).shape.as_list()\n[]\n"
    members = {"__init__": __init__, "call": call, "get_config": get_config, "__doc__": f"{doc}\n\n{example}", "__module__": __name__}
    return type(class_name, (Loss,), members)


MeanSquaredError = _loss("MeanSquaredError", mean_squared_error, {}, "The mean of (y_pred - y_true)^2.")
MeanAbsoluteError = _loss("MeanAbsoluteError", mean_absolute_error, {}, "The mean of |y_pred - y_true|.")
MeanAbsolutePercentageError = _loss("MeanAbsolutePercentageError", mean_absolute_percentage_error, {}, "The mean error in percent of the label.")
MeanSquaredLogarithmicError = _loss("MeanSquaredLogarithmicError", mean_squared_logarithmic_error, {}, "The mean of the logarithms' squared difference.")
BinaryCrossentropy = _loss("BinaryCrossentropy", binary_crossentropy, {"from_logits": False, "label_smoothing": 0}, "Cross entropy of yes or no.")
CategoricalCrossentropy = _loss("CategoricalCrossentropy", categorical_crossentropy, {"from_logits": False, "label_smoothing": 0},
                                "Cross entropy of one-hot labels.")  # fmt: skip
SparseCategoricalCrossentropy = _loss("SparseCategoricalCrossentropy", sparse_categorical_crossentropy, {"from_logits": False},
                                      "Cross entropy of labels that are numbers of classes.")  # fmt: skip
Hinge = _loss("Hinge", hinge, {}, "The mean of max(1 - y_true y_pred, 0).")
SquaredHinge = _loss("SquaredHinge", squared_hinge, {}, "The mean of max(1 - y_true y_pred, 0)^2.")
CategoricalHinge = _loss("CategoricalHinge", categorical_hinge, {}, "The mean of max(1 + wrong - right, 0).")
Poisson = _loss("Poisson", poisson, {}, "The mean of y_pred - y_true log(y_pred).")
LogCosh = _loss("LogCosh", logcosh, {}, "The mean of log(cosh(y_pred - y_true)).")
KLDivergence = _loss("KLDivergence", kullback_leibler_divergence, {}, "The mean of sum(y_true log(y_true / y_pred)).")
Huber = _loss("Huber", huber_loss, {"delta": 1.0}, "Half the square of small errors, delta times large ones.")
CosineSimilarity = _loss("CosineSimilarity", cosine_similarity, {"axis": -1}, "The mean cosine.")

TABLE = {n: v for n, v in list(globals().items()) if n in __all__ and n not in ("Loss", "Reduction", "get", "serialize", "deserialize")}


def get(identifier: Any) -> Any:
    """The loss of a name, a configuration, or itself. Raises ValueError for an unknown name.

    >>> print(tf.keras.losses.deserialize("mse").__name__)
    mean_squared_error
    """
    return named.get(identifier, TABLE, "loss function")


deserialize, serialize = get, named.serialize
