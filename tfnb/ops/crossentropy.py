"""Cross-entropy: how far predicted probabilities are from labels.

    softmax_cross_entropy_with_logits_v2(labels=y, logits=x)      -sum(y log(softmax(x))), one number a row
    sigmoid_cross_entropy_with_logits(labels=y, logits=x)         the same for independent yes-or-no questions

All start from logits, what comes before softmax: its logarithm is exact there, and the gradient is
softmax(x) - y.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, I, T, broadcasting
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays, compare, elementwise, indexing, parts, special
from tfnb.ops.activations import log_softmax_op, relu, softmax_op
from tfnb.ops.elementwise import add_v2, multiply, negative, subtract

__all__: list[str] = []


def _pairs(call: Call) -> list[TensorShape]:
    (joined,) = broadcasting(call)
    joined = joined if joined.ndims else unknown_shape(2)
    return [joined[:1], joined]


@op("SoftmaxCrossEntropyWithLogits", shape=_pairs)
def softmax_xent(xp: Any, features: F, labels: F) -> tuple[F, F]:
    """-sum(labels log(softmax(features))) of each row, and its gradient."""
    shifted = features - xp.max(features, axis=1, keepdims=True)
    e = xp.exp(shifted)
    total = xp.sum(e, axis=1, keepdims=True)
    return xp.sum(labels * (xp.log(total) - shifted), axis=1), e / total - labels


def _is_zero(t: Tensor) -> bool:
    constant = t.op.value if t.op.type == "Const" else None
    return t.op.type == "ZerosLike" or constant is not None and not np.any(constant)


def _times(column: Tensor, rows: Tensor) -> Tensor:
    return multiply(arrays.expand_dims(column, -1), rows, name="mul")  # type: ignore[no-any-return]


@softmax_xent.gradient
def softmax_xent_gradient(node: Operation, dloss: Tensor, dback: Tensor) -> Any:
    x = node.inputs[0]
    dx = _times(dloss, node.outputs[1])
    if dback is not None and not _is_zero(
        dback
    ):  # the second derivative asks for the gradient of the gradient
        from tfnb.ops.reduce import reduce_sum

        y = softmax_op(x)
        dx = dx + (dback - reduce_sum(dback * y, 1, keepdims=True)) * y
    return dx, _times(dloss, negative(log_softmax_op(x)))


@op(
    "SparseSoftmaxCrossEntropyWithLogits",
    shape=lambda call: [call.shapes[1].merge_with(call.shapes[0][:1]), call.shapes[0]],
)
def sparse_softmax_xent(xp: Any, features: F, labels: I) -> tuple[F, F]:
    """-log(softmax(features)) of each row's own class, and its gradient."""
    check_classes(labels, features.shape[-1])
    shifted = features - xp.max(features, axis=1, keepdims=True)
    e = xp.exp(shifted)
    total = xp.sum(e, axis=1, keepdims=True)
    right = labels[:, None] == xp.arange(features.shape[1], dtype=labels.dtype)
    loss = xp.log(total[:, 0]) - xp.sum(xp.where(right, shifted, features.dtype.type(0)), axis=1)
    return loss, e / total - right.astype(features.dtype)


def check_classes(labels: Any, classes: int) -> None:
    """Raises for a label that is no class; while XLA traces there are no values to look at."""
    if isinstance(labels, np.ndarray) and labels.size and (labels.min() < 0 or labels.max() >= classes):
        bad = next(v for v in labels.ravel().tolist() if not 0 <= v < classes)
        listed = " ".join(str(v) for v in labels.ravel().tolist())
        raise ValueError(
            f"Received a label value of {bad} which is outside the valid range of [0, {classes}).  "
            f"Label values: {listed}"
        )


@op("PreventGradient")
def prevent_gradient(xp: Any, input: T, *, message: str = "") -> T:
    """The value as it is; asking for its gradient is an error."""
    return input


@prevent_gradient.gradient
def prevent_gradient_gradient(node: Operation, dy: Tensor) -> Tensor:
    raise LookupError(f"Gradient explicitly disabled. Reason: {node.attrs['message']}")


NO_SECOND = (
    "Currently there is no way to take the second derivative of sparse_softmax_cross_entropy_with_logits "
    "due to "
    "the fused implementation's interaction with tf.gradients()"
)


@sparse_softmax_xent.gradient
def sparse_softmax_xent_gradient(node: Operation, dloss: Tensor, dback: Tensor) -> Any:
    return _times(dloss, prevent_gradient(node.outputs[1], message=NO_SECOND)), None


# -- of one class among several ------------------------------------------------------------------------------
def _named_only(name: str, sentinel: Any, labels: Any, logits: Any) -> None:
    if sentinel is not None:
        raise ValueError(f"Only call `{name}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def _rows(x: Tensor) -> Tensor:
    """x as a matrix: all axes but the last are joined."""
    last = indexing.slice(arrays.shape(x), [subtract(arrays.rank(x), 1)], [1])
    return arrays.reshape(x, arrays.concat([[-1], last], 0))


def softmax_cross_entropy_with_logits_v2(
    labels: Any = None, logits: Any = None, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """-sum(labels log(softmax(logits))) along `axis`, the last one.

    >>> print(tf.nn.softmax_cross_entropy_with_logits_v2(labels=[[0.0, 1.0]], logits=[[0.0, 0.0]]).eval())
    [0.6931]
    """
    _named_only("softmax_cross_entropy_with_logits", None, labels, logits)
    axis = -1 if axis is None and dim is None else dim if axis is None else axis
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(
            labels, None if isinstance(labels, Tensor) else logits.dtype.base_dtype, name="labels"
        )
        labels = elementwise.cast(labels, logits.dtype.base_dtype)
        rank = arrays.rank(logits)
        if axis not in (-1, (logits.shape.ndims or 0) - 1):
            order = [i for i in range(logits.shape.ndims) if i != axis % logits.shape.ndims] + [
                axis % logits.shape.ndims
            ]
            logits, labels = arrays.transpose(logits, order), arrays.transpose(labels, order)
        shape = arrays.shape(logits)
        cost, _ = softmax_xent(_rows(logits), _rows(labels), name=scope)
        cost = arrays.reshape(cost, indexing.slice(shape, [0], [subtract(rank, 1)]))
        if logits.shape.ndims:
            cost.set_shape(logits.shape[:-1])
        return cost


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: Any = None,
) -> Tensor:
    """-sum(labels log(softmax(logits))) of each row; no gradient flows to the labels.

    >>> print(tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=[[0.0, 0.0]]).eval())
    [0.6931]
    """
    _named_only("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = elementwise.stop_gradient(labels, name="labels_stop_gradient")
        return softmax_cross_entropy_with_logits_v2(labels, logits, dim if axis is None else axis, name=scope)


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """-log(softmax(logits)) of the class whose number `labels` gives, for each row.

    >>> print(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[0.0, 0.0]]).eval())
    [0.6931]
    """
    _named_only("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
        have, want = labels.shape.ndims, logits.shape.ndims
        if want == 0:
            raise ValueError(f"Logits cannot be scalars - received shape {logits.shape}.")
        if have is not None and want is not None and have != want - 1:
            raise ValueError(
                f"Rank mismatch: Rank of labels (received {have}) should equal rank of logits "
                f"minus 1 (received {want})."
            )
        if want is not None and not labels.shape.is_compatible_with(logits.shape[:-1]):
            raise ValueError(
                "Shape mismatch: The shape of labels (received "
                f"{labels.shape}) should equal the shape of logits except for the last "
                f"dimension (received {logits.shape})."
            )
        if want == 2:
            return sparse_softmax_xent(logits, labels, name=name)[0]  # type: ignore[no-any-return]
        shape = arrays.shape(labels)
        classes = arrays.shape(logits)[arrays.rank(logits) - 1]
        flat = arrays.reshape(logits, [-1, classes])
        cost, _ = sparse_softmax_xent(flat, arrays.reshape(labels, [-1]), name=name)
        cost = arrays.reshape(cost, shape)
        cost.set_shape(labels.shape)
        return cost


# -- of yes and no -------------------------------------------------------------------------------------------
def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """-y log(sigmoid(x)) - (1 - y) log(1 - sigmoid(x)), as max(x, 0) - x y + log(1 + exp(-|x|)).

    >>> print(tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[0.0, 2.0]).eval())
    [0.6931 2.1269]
    """
    _named_only("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits, labels = convert_to_tensor(logits, name="logits"), convert_to_tensor(labels, name="labels")
        _one_shape(logits, "logits", labels, "labels")
        zeros = arrays.zeros_like(logits, dtype=logits.dtype)
        positive = logits >= zeros
        larger = compare.select(positive, logits, zeros)
        minus_size = compare.select(positive, negative(logits), logits)
        return elementwise.add(
            subtract(larger, multiply(logits, labels, name="mul"), name="sub"),
            special.log1p(special.exp(minus_size)),
            name=scope,
        )  # type: ignore[no-any-return]


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """Sigmoid cross-entropy in which a missed yes counts `pos_weight` times.

    >>> print(tf.nn.weighted_cross_entropy_with_logits(targets=[1.0], logits=[0.0], pos_weight=2.0).eval())
    [1.3863]
    """
    labels = targets if labels is None else labels
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits, labels = convert_to_tensor(logits, name="logits"), convert_to_tensor(labels, name="labels")
        _one_shape(logits, "logits", labels, "labels")
        weight = 1 + (pos_weight - 1) * labels
        tail = special.log1p(special.exp(negative(parts.abs(logits)))) + relu(negative(logits))
        return elementwise.add(
            multiply(1 - labels, logits, name="mul"), multiply(weight, tail, name="mul"), name=scope
        )  # type: ignore[no-any-return]


def _one_shape(x: Tensor, x_name: str, y: Tensor, y_name: str) -> None:
    try:
        y.shape.merge_with(x.shape)
    except ValueError:
        raise ValueError(f"{x_name} and {y_name} must have the same shape ({x.shape} vs {y.shape})") from None


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """exp(log_input) - log_input targets: the surprise at `targets` where exp(log_input) were expected.

    >>> print(tf.nn.log_poisson_loss([1.0], [0.0]).eval())
    [1.]
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input, targets = (
            convert_to_tensor(log_input, name="log_input"),
            convert_to_tensor(targets, name="targets"),
        )
        _one_shape(log_input, "log_input", targets, "targets")
        loss = special.exp(log_input) - log_input * targets
        if compute_full_loss:
            half, two_pi = 0.5, 2 * np.pi
            stirling = targets * special.log(targets) - targets + half * special.log(two_pi * targets)
            zeros, ones = arrays.zeros_like(targets), arrays.ones_like(targets)
            small = compare.logical_and(targets >= zeros, targets <= ones)
            loss = add_v2(loss, compare.select(small, zeros, stirling), name="add")
        return loss
