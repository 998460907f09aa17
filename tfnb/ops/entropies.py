"""Losses between what a network says and what is so: cross entropies, and the bias that layers add.

    softmax_cross_entropy_with_logits_v2(labels=y, logits=z)        one loss for each row
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.errors import teach
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, I, N, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, broadcast, unknown_shape
from tfnb.ops import arrays
from tfnb.ops.elementwise import add, cast, multiply, stop_gradient, subtract

__all__ = [
    "bias_add", "l2_loss", "sigmoid_cross_entropy_with_logits", "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits", "weighted_cross_entropy_with_logits", "xw_plus_b",
]  # fmt: skip


def _biased(call: Call) -> list[TensorShape]:
    x, b = call.shapes
    if x.ndims is not None and x.ndims < 2:
        raise ShapeError(f"Shape must be at least rank 2 but is rank {x.ndims}")
    if b.ndims is not None and b.ndims != 1:
        raise ShapeError(f"Shape must be rank 1 but is rank {b.ndims}")
    if x.sizes and b.sizes:
        at = 1 if call.attrs.get("data_format") == "NCHW" else -1
        n, m = x.sizes[at], b.sizes[0]
        if None not in (n, m) and n != m:
            raise ShapeError(f"Dimensions must be equal, but are {n} and {m}")
    return [x]


@op("BiasAdd", shape=_biased)
def bias_add_op(xp: Any, value: N, bias: N, *, data_format: str = "NHWC") -> N:
    """Adds one number for each channel."""
    return value + (xp.reshape(bias, (-1, *[1] * (np.ndim(value) - 2))) if data_format == "NCHW" else bias)


@op("BiasAddGrad", shape=lambda call: [TensorShape.of((call.shapes[0].sizes[1 if call.attrs["data_format"] == "NCHW" else -1],))
                                       if call.shapes[0].sizes else unknown_shape(1)])  # fmt: skip
def bias_add_grad(xp: Any, out_backprop: N, *, data_format: str = "NHWC") -> N:
    """The gradient of the bias: the sum over all but the channels."""
    axes = tuple(i for i in range(np.ndim(out_backprop)) if i != (1 if data_format == "NCHW" else np.ndim(out_backprop) - 1))
    return xp.sum(out_backprop, axes, dtype=out_backprop.dtype)


@bias_add_op.gradient
def bias_add_gradient(node: Operation, dy: Tensor) -> Any:
    return dy, bias_add_grad(dy, data_format=node.attrs["data_format"])


@bias_add_grad.gradient
def bias_add_grad_gradient(node: Operation, dz: Tensor) -> Tensor:
    return dz + arrays.zeros_like(node.inputs[0])  # type: ignore[no-any-return]


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """`value` with `bias`, a vector, added along the last axis (the second one for NCHW)."""
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        x = convert_to_tensor(value, name="input")
        return bias_add_op(x, convert_to_tensor(bias, x.dtype.base_dtype, name="bias"), data_format=data_format or "NHWC", name=scope)  # type: ignore


@op("L2Loss", shape="scalar")
def l2_loss(xp: Any, t: F) -> F:
    """Half the sum of the squares."""
    return xp.sum(t * t, dtype=t.dtype) / t.dtype.type(2)


@l2_loss.gradient
def l2_loss_gradient(node: Operation, dy: Tensor) -> Tensor:
    return node.inputs[0] * dy  # type: ignore[no-any-return]


# -- softmax and cross entropy in one -------------------------------------------------------------------------------------
def _rows(call: Call) -> list[TensorShape]:
    joined = broadcast(*call.shapes)
    if joined is None or joined.ndims not in (None, 2):
        a, b = call.shapes
        raise ShapeError(f"logits and labels must be broadcastable: logits_size={a.brackets()} labels_size={b.brackets()}"
                         if joined is None else f"Shape must be rank 2 but is rank {joined.ndims}")  # fmt: skip
    return [TensorShape.of((joined.sizes[0],)) if joined.sizes else unknown_shape(1), joined]


@op("SoftmaxCrossEntropyWithLogits", shape=_rows)
def softmax_cross_entropy_op(xp: Any, features: F, labels: F) -> tuple[F, F]:
    """The loss of each row, and its gradient by the logits, which costs nothing more."""
    shifted = features - xp.max(features, axis=1, keepdims=True)
    log_sum = xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
    loss = xp.sum(labels * (log_sum - shifted), axis=1)
    return loss, xp.exp(shifted - log_sum) - labels


def _by_row(dloss: Tensor, x: Tensor) -> Tensor:
    return multiply(arrays.expand_dims(dloss, -1), x)  # type: ignore[no-any-return]


@softmax_cross_entropy_op.gradient
def softmax_cross_entropy_gradient(node: Operation, dloss: Tensor, dgrad: Tensor) -> Any:
    """Also the second derivative, where the gradient itself is differentiated."""
    from tfnb.ops.activations import log_softmax, softmax
    from tfnb.ops.linear import matmul

    logits = node.inputs[0]
    out = _by_row(dloss, node.outputs[1])
    if dgrad.op.type not in ("Zeros", "ZerosLike") and not (dgrad.op.type in ("Const", "Fill") and dgrad.op.forward is node):
        p = softmax(logits)
        inner = arrays.squeeze(matmul(arrays.expand_dims(dgrad, 1), arrays.expand_dims(p, 2)), axis=[1])
        out = out + (dgrad - inner) * p
    return out, _by_row(dloss, -log_softmax(logits))


def _flat(x: Tensor) -> Tensor:
    """The last axis kept, all others made one."""
    n = x.shape.as_list()[-1] if x.shape.ndims else None
    return arrays.reshape(x, [-1, n] if n is not None else arrays.concat([[-1], arrays.shape(x)[-1:]], 0))


def softmax_cross_entropy_with_logits_v2(labels: Any = None, logits: Any = None, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Cross entropy of softmax(logits) against `labels`, rows of probabilities; shape logits.shape[:-1].

    Call it with names: labels=, logits=.
    """
    axis = -1 if axis is None and dim is None else dim if axis is None else axis
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        z = convert_to_tensor(logits, name="logits")
        y = convert_to_tensor(labels, None if isinstance(labels, Tensor) else z.dtype.base_dtype, name="labels")
        y = y if y.dtype.base_dtype is z.dtype.base_dtype else cast(y, z.dtype.base_dtype)
        n = z.shape.ndims
        if n is not None and axis not in (-1, n - 1):
            order = [i for i in range(n) if i != axis % n] + [axis % n]
            z, y = arrays.transpose(z, order), arrays.transpose(y, order)
        if n == 2 and z.shape.ndims == 2:
            return softmax_cross_entropy_op(_flat(z), _flat(y), name=scope)[0]  # type: ignore[no-any-return]
        loss = softmax_cross_entropy_op(_flat(z), _flat(y), name=scope)[0]
        out = arrays.reshape(loss, arrays.shape(z)[:-1])
        if z.shape.ndims is not None:
            out.set_shape(z.shape.as_list()[:-1])
        return out


def softmax_cross_entropy_with_logits(_sentinel: Any = None, labels: Any = None, logits: Any = None, dim: int = -1, name: str | None = None,
                                      axis: Any = None) -> Tensor:  # fmt: skip
    """As the second version, without a gradient into the labels."""
    if _sentinel is not None:
        raise ValueError("Only call `softmax_cross_entropy_with_logits` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        y = stop_gradient(convert_to_tensor(labels), name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(y, logits, dim if axis is None else axis, name=scope)


def _sparse_rows(call: Call) -> list[TensorShape]:
    z, y = call.shapes
    if z.ndims not in (None, 2):
        raise ShapeError(f"Shape must be rank 2 but is rank {z.ndims}")
    return [y if z.sizes is None else y.merge_with(TensorShape.of((z.sizes[0],))), z]


@op("SparseSoftmaxCrossEntropyWithLogits", shape=_sparse_rows)
def sparse_softmax_cross_entropy_op(xp: Any, features: F, labels: I) -> tuple[F, F]:
    """As with rows of probabilities, for labels that are class numbers."""
    xp.within_classes(labels, features.shape[1])
    shifted = features - xp.max(features, axis=1, keepdims=True)
    log_sum = xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
    hot = labels[:, None] == xp.arange(features.shape[1])
    loss = xp.sum(xp.where(hot, log_sum - shifted, features.dtype.type(0)), axis=1)
    return loss, xp.exp(shifted - log_sum) - hot.astype(features.dtype)


@sparse_softmax_cross_entropy_op.gradient
def sparse_softmax_cross_entropy_gradient(node: Operation, dloss: Tensor, _: Tensor) -> Any:
    return _by_row(dloss, node.outputs[1]), None


def sparse_softmax_cross_entropy_with_logits(_sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None) -> Tensor:
    """Cross entropy of softmax(logits) against class numbers; shape labels.shape.

    Raises ValueError where the ranks do not fit, InvalidArgumentError at run time for a class outside [0, classes).
    """
    if _sentinel is not None:
        raise ValueError("Only call `sparse_softmax_cross_entropy_with_logits` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        y, z = convert_to_tensor(labels), convert_to_tensor(logits)
        if z.shape.ndims == 0:
            raise ValueError(f"Logits cannot be scalars - received shape {z.shape}.")
        if None not in (z.shape.ndims, y.shape.ndims) and y.shape.ndims != z.shape.ndims - 1:  # type: ignore[operator]
            raise teach(ValueError(f"Rank mismatch: Rank of labels (received {y.shape.ndims}) should equal rank of logits minus 1 "
                                   f"(received {z.shape.ndims})."), "Labels are class numbers here; for rows of probabilities use "
                        "softmax_cross_entropy_with_logits_v2.", y.op.where)  # fmt: skip
        if z.shape.ndims == 2:
            return sparse_softmax_cross_entropy_op(z, y, name="SparseSoftmaxCrossEntropyWithLogits")[0]  # type: ignore[no-any-return]
        loss = sparse_softmax_cross_entropy_op(_flat(z), arrays.reshape(y, [-1]), name="SparseSoftmaxCrossEntropyWithLogits")[0]
        out = arrays.reshape(loss, arrays.shape(y))
        out.set_shape(y.shape)
        return out


# -- of single yes-or-no outputs ------------------------------------------------------------------------------------------
def sigmoid_cross_entropy_with_logits(_sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None) -> Tensor:
    """max(x, 0) - x z + log(1 + exp(-|x|)) for logits x and labels z, of one shape."""
    from tfnb.ops.compare import greater_equal, select
    from tfnb.ops.special import exp, log1p

    if _sentinel is not None:
        raise ValueError("Only call `sigmoid_cross_entropy_with_logits` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        x = convert_to_tensor(logits, name="logits")
        z = convert_to_tensor(labels, x.dtype.base_dtype, name="labels")
        if not z.shape.is_compatible_with(x.shape):
            raise ValueError(f"logits and labels must have the same shape ({x.shape} vs {z.shape})")
        zeros = arrays.zeros_like(x, dtype=x.dtype)
        positive = greater_equal(x, zeros)
        relu = select(positive, x, zeros)
        negative_abs = select(positive, -x, x)
        return add(subtract(relu, multiply(x, z, name="mul"), name="sub"), log1p(exp(negative_abs)), name=scope)  # type: ignore[no-any-return]


def weighted_cross_entropy_with_logits(labels: Any = None, logits: Any = None, pos_weight: Any = None, name: str | None = None,
                                       targets: Any = None) -> Tensor:  # fmt: skip
    """Sigmoid cross entropy with the positive labels weighted."""
    from tfnb.ops.activations import relu
    from tfnb.ops.parts import abs as absolute
    from tfnb.ops.special import exp, log1p

    labels = targets if labels is None else labels
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        x = convert_to_tensor(logits, name="logits")
        z = convert_to_tensor(labels, x.dtype.base_dtype, name="targets")
        if not z.shape.is_compatible_with(x.shape):
            raise ValueError(f"logits and targets must have the same shape ({x.shape} vs {z.shape})")
        weight = 1 + (pos_weight - 1) * z
        return add((1 - z) * x, weight * (log1p(exp(-absolute(x))) + relu(-x)), name=scope)  # type: ignore[no-any-return]


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """matmul(x, weights) + biases."""
    from tfnb.ops.linear import matmul

    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        return bias_add(matmul(convert_to_tensor(x, name="x"), convert_to_tensor(weights, name="weights")), biases, name=scope)
