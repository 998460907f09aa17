"""tf.losses: how wrong predictions are, as one number that an optimizer makes smaller.

    loss = losses.mean_squared_error(labels, predictions)      added to the collection GraphKeys.LOSSES
    total = losses.get_total_loss()                            all of them, and those of regularizers

Each loss makes one number per element; `compute_weighted_loss` weighs them and adds them up as
`reduction` says.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import float32
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.ops import arrays, compare, crossentropy, elementwise, movement, parts, powers, reduce, special
from tfnb.ops.activations import relu
from tfnb.ops.division import div_no_nan
from tfnb.ops.elementwise import add_n, cast, multiply, stop_gradient, subtract
from tfnb.ops.sources import constant
from tfnb.ops.weights import assert_broadcastable, broadcast_weights

__all__ = [
    "Reduction", "absolute_difference", "add_loss", "compute_weighted_loss", "cosine_distance",
    "get_losses", "get_regularization_loss", "get_regularization_losses", "get_total_loss", "hinge_loss",
    "huber_loss", "log_loss", "mean_pairwise_squared_error", "mean_squared_error", "sigmoid_cross_entropy",
    "softmax_cross_entropy", "sparse_softmax_cross_entropy",
]  # fmt: skip


class Reduction:
    """How the losses of the elements become one.

    >>> print(tf.losses.mean_squared_error([1.0, 2.0], [2.0, 2.0], reduction=tf.losses.Reduction.NONE).eval())
    [1. 0.]
    """

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = SUM_OVER_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: str) -> None:
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


BY_NONZERO = Reduction.SUM_BY_NONZERO_WEIGHTS


# -- weights -------------------------------------------------------------------------------------------------
def _num_present(losses: Tensor, weights: Any, per_batch: bool = False) -> Tensor:
    """How many elements have a weight other than 0."""
    with name_scope(None, "num_present", [losses, weights]) as scope:
        weights = cast(weights, float32)
        absent = compare.equal(weights, 0.0)
        present = compare.select(absent, arrays.zeros_like(weights), arrays.ones_like(weights))
        present = broadcast_weights(present, losses)
        if per_batch:
            return reduce.reduce_sum(present, axis=_all_but_first(present), keepdims=True, name=scope)  # type: ignore[no-any-return]
        return reduce.reduce_sum(present, name=scope)  # type: ignore[no-any-return]


def _all_but_first(x: Tensor) -> Any:
    return movement.range(1, arrays.rank(x))


def _safe_mean(losses: Tensor, present: Tensor) -> Tensor:
    return div_no_nan(reduce.reduce_sum(losses), present, name="value")  # type: ignore[no-any-return]


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """The losses of the elements times their weights, added up as `reduction` says.

    >>> print(tf.losses.compute_weighted_loss(tf.constant([1.0, 3.0])).eval())
    2.0
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", [losses, weights]):
        losses = convert_to_tensor(losses)
        with control_dependencies([assert_broadcastable(weights, losses)]):
            dtype = losses.dtype.base_dtype
            losses, weights = cast(losses, float32), cast(weights, float32)
            loss = multiply(losses, weights, name="Mul")
            if reduction != Reduction.NONE:
                loss = _reduced(loss, weights, reduction)
            loss = cast(loss, dtype)
            add_loss(loss, loss_collection)
            return loss


def _reduced(losses: Tensor, weights: Tensor, reduction: str) -> Tensor:
    total = reduce.reduce_sum(losses)
    if reduction == Reduction.MEAN:
        return _safe_mean(total, reduce.reduce_sum(arrays.ones_like(losses) * weights))
    if reduction == BY_NONZERO:
        return _safe_mean(total, _num_present(losses, weights))
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        with name_scope(None, "num_elements", [losses]) as scope:
            n = cast(arrays.size(losses, name=scope), losses.dtype)
        return _safe_mean(total, n)
    return total  # type: ignore[no-any-return]


# -- the losses ----------------------------------------------------------------------------------------------
def _present(**given: Any) -> None:
    for name, value in given.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def _two(labels: Any, predictions: Any) -> tuple[Tensor, Tensor]:
    predictions, labels = cast(predictions, float32), cast(labels, float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """(predictions - labels)^2.

    >>> print(tf.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0]).eval())
    2.0
    """
    _present(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        labels, predictions = _two(labels, predictions)
        losses = powers.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """|predictions - labels|.

    >>> print(tf.losses.absolute_difference([1.0, 2.0], [1.0, 4.0]).eval())
    1.0
    """
    _present(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        labels, predictions = _two(labels, predictions)
        return compute_weighted_loss(
            parts.abs(subtract(predictions, labels)), weights, scope, loss_collection, reduction
        )


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: Any = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
    dim: Any = None,
) -> Tensor:
    """1 - sum(predictions * labels) along `axis`, of vectors of length one.

    >>> print(tf.losses.cosine_distance([[1.0, 0.0]], [[0.0, 1.0]], axis=1).eval())
    1.0
    """
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    _present(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        labels, predictions = _two(labels, predictions)
        losses = 1 - reduce.reduce_sum(multiply(predictions, labels), axis=(axis,), keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """max(0, 1 - (2 labels - 1) logits): zero once the right side wins by one.

    >>> print(tf.losses.hinge_loss([1.0, 0.0], [0.5, -2.0]).eval())
    0.25
    """
    _present(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", [logits, labels, weights]) as scope:
        labels, logits = _two(labels, logits)
        ones = arrays.ones_like(labels)
        signs = subtract(2 * labels, ones)
        losses = relu(subtract(ones, multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """Squared for errors up to delta, linear beyond: outliers pull less.

    >>> print(tf.losses.huber_loss([1.0, 2.0], [1.0, 4.0]).eval())
    0.75
    """
    _present(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", [predictions, labels, weights]) as scope:
        labels, predictions = _two(labels, predictions)
        size = parts.abs(subtract(predictions, labels))
        quadratic = compare.minimum(size, delta)
        linear = subtract(size, quadratic)
        half = convert_to_tensor(0.5, quadratic.dtype)
        losses = elementwise.add(multiply(half, multiply(quadratic, quadratic)), multiply(delta, linear))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """-labels log(p) - (1 - labels) log(1 - p), of probabilities.

    >>> print(tf.losses.log_loss([1.0, 0.0], [0.9, 0.1]).eval())
    0.10536041
    """
    _present(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        labels, predictions = _two(labels, predictions)
        losses = -multiply(labels, special.log(predictions + epsilon)) - multiply(
            1 - labels, special.log(1 - predictions + epsilon)
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
) -> Tensor:
    """Squared errors of the differences between all pairs of elements of a sample.

    >>> print(tf.losses.mean_pairwise_squared_error([[1.0, 2.0]], [[1.0, 4.0]]).eval())
    4.0
    """
    _present(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        weights, labels = cast(weights, float32), cast(labels, float32)
        with control_dependencies([assert_broadcastable(weights, labels)]):
            labels, predictions = _two(labels, predictions)
            diffs = subtract(predictions, labels)
            axes = _all_but_first(diffs)
            squares = reduce.reduce_sum(powers.square(diffs), axis=axes, keepdims=True)
            n = _num_present(diffs, weights, per_batch=True)
            term1 = 2.0 * div_no_nan(squares, compare.maximum(n - 1, 0), name="value")
            total = reduce.reduce_sum(diffs, axis=axes, keepdims=True)
            term2 = 2.0 * div_no_nan(
                powers.square(total), compare.maximum(multiply(n, n - 1), 0), name="value"
            )
            loss = reduce.reduce_sum(multiply(term1 - term2, weights))
            loss = compare.select(reduce.reduce_sum(n) > 0, loss, arrays.zeros_like(loss), name="value")
            add_loss(loss, loss_collection)
            return loss


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """Cross-entropy of one-hot labels and softmax(logits).

    Smoothing moves a little of each label to all classes.

    >>> print(tf.losses.softmax_cross_entropy([[0.0, 1.0]], [[0.0, 0.0]]).eval())
    0.6931472
    """
    _present(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype.base_dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = cast(arrays.shape(labels)[-1], logits.dtype.base_dtype)
            labels = labels * (1.0 - label_smoothing) + label_smoothing / classes
        labels = stop_gradient(labels, name="labels_stop_gradient")
        losses = crossentropy.softmax_cross_entropy_with_logits_v2(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """Cross-entropy of class numbers and softmax(logits).

    >>> print(tf.losses.sparse_softmax_cross_entropy([1], [[0.0, 0.0]]).eval())
    0.6931472
    """
    _present(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as scope:
        labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
        if (
            labels.shape.ndims is not None
            and labels.shape.ndims == logits.shape.ndims
            and labels.shape.as_list()[-1] == 1
        ):
            labels = arrays.squeeze(labels, [-1])
        losses = crossentropy.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        if isinstance(weights, Tensor) and weights.shape.ndims == (losses.shape.ndims or 0) + 1:
            weights = arrays.squeeze(weights, [-1])
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = BY_NONZERO,
) -> Tensor:
    """Cross-entropy of yes-or-no labels and sigmoid(logits).

    >>> print(tf.losses.sigmoid_cross_entropy([[1.0]], [[0.0]]).eval())
    0.6931472
    """
    _present(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype.base_dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = crossentropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


# -- all losses of a graph -----------------------------------------------------------------------------------
def add_loss(loss: Tensor, loss_collection: Any = GraphKeys.LOSSES) -> None:
    """Notes a loss down for `get_total_loss`.

    >>> tf.losses.add_loss(tf.constant(2.0))
    >>> print(tf.losses.get_total_loss().eval())
    2.0
    """
    if loss_collection:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: Any = GraphKeys.LOSSES) -> list[Any]:
    """The losses noted down so far.

    >>> loss = tf.losses.mean_squared_error([1.0], [2.0])
    >>> print(tf.losses.get_losses() == [loss])
    True
    """
    return list(get_default_graph().get_collection(loss_collection, scope))


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The penalties on weights noted down so far.

    >>> w = tf.get_variable("w", [2], regularizer=tf.contrib.layers.l2_regularizer(0.1))
    >>> print(len(tf.losses.get_regularization_losses()))
    1
    """
    return list(get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope))


def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Tensor:
    """The sum of what regularizers add.

    >>> print(tf.losses.get_regularization_loss().eval())
    0.0
    """
    losses = get_regularization_losses(scope)
    return add_n(losses, name=name) if losses else constant(0.0)  # type: ignore[no-any-return]


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """The sum of all losses noted down, and of what regularizers add.

    >>> loss = tf.losses.mean_squared_error([1.0], [3.0])
    >>> print(tf.losses.get_total_loss().eval())
    4.0
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return add_n(losses, name=name)  # type: ignore[no-any-return]
