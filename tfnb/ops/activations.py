"""What a layer does to its sums: relu and its kin, softmax.

relu(x)                max(x, 0); its gradient passes dy where the result is positive
softmax(x)             positive and summing to one, along the last axis
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import NET, F, R
from tfnb.core.scopes import name_scope
from tfnb.ops.elementwise import multiply, subtract

__all__: list[str] = []  # tf.nn has them

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


# -- rectifiers ----------------------------------------------------------------------------------------------
@op("Relu")
def relu(xp: Any, features: R) -> R:
    """Positive numbers as they are, 0 for the others.

    >>> print(tf.nn.relu([-1.0, 0.0, 1.0]).eval())
    [0. 0. 1.]
    """
    return xp.maximum(features, features.dtype.type(0))


@op("ReluGrad", shape="merged")
def relu_grad(xp: Any, gradients: R, features: R) -> R:
    """The gradient where `features` is positive, else 0."""
    return gradients * (features > 0)  # no choice for each element: NumPy takes a tenth of the time of `where`


@op("Relu6")
def relu6(xp: Any, features: R) -> R:
    """Numbers cut off at 0 and at 6.

    >>> print(tf.nn.relu6([-1.0, 3.0, 9.0]).eval())
    [0. 3. 6.]
    """
    return xp.minimum(xp.maximum(features, features.dtype.type(0)), features.dtype.type(6))


@op("Relu6Grad", shape="merged")
def relu6_grad(xp: Any, gradients: R, features: R) -> R:
    """The gradient where `features` is between 0 and 6, else 0."""
    return gradients * ((features > 0) & (features < 6))


@op("LeakyRelu")
def leaky_relu_op(xp: Any, features: F, *, alpha: float = 0.2) -> F:
    """Positive numbers as they are, the others times alpha."""
    return xp.where(features > 0, features, features * features.dtype.type(alpha))


@op("LeakyReluGrad", shape="merged")
def leaky_relu_grad(xp: Any, gradients: F, features: F, *, alpha: float = 0.2) -> F:
    """The gradient where `features` is positive, else alpha times it."""
    return xp.where(features > 0, gradients, gradients * gradients.dtype.type(alpha))


@op("Elu")
def elu(xp: Any, features: NET) -> NET:
    """Positive numbers as they are, exp(x) - 1 for the others.

    >>> print(tf.nn.elu([-1.0, 0.0, 1.0]).eval())
    [-0.6321  0.      1.    ]
    """
    return xp.where(features < 0, xp.expm1(xp.minimum(features, features.dtype.type(0))), features)


@op("EluGrad", shape="merged")
def elu_grad(xp: Any, gradients: F, outputs: F) -> F:
    """The gradient of elu from its result."""
    return xp.where(outputs < 0, gradients * (outputs + outputs.dtype.type(1)), gradients)


@op("Selu")
def selu(xp: Any, features: NET) -> NET:
    """Elu, scaled so that means and variances stay the same through many layers.

    >>> print(tf.nn.selu([-1.0, 0.0, 1.0]).eval())
    [-1.1113  0.      1.0507]
    """
    scale, alpha = features.dtype.type(SELU_SCALE), features.dtype.type(SELU_SCALE * SELU_ALPHA)
    return xp.where(
        features < 0, alpha * xp.expm1(xp.minimum(features, features.dtype.type(0))), scale * features
    )


@op("SeluGrad", shape="merged")
def selu_grad(xp: Any, gradients: F, outputs: F) -> F:
    """The gradient of selu from its result."""
    scale, alpha = outputs.dtype.type(SELU_SCALE), outputs.dtype.type(SELU_SCALE * SELU_ALPHA)
    return xp.where(outputs < 0, gradients * (outputs + alpha), gradients * scale)


@relu.gradient
def relu_gradient(node: Operation, dy: Tensor) -> Tensor:
    return relu_grad(dy, node.outputs[0])  # type: ignore[no-any-return]


@relu6.gradient
def relu6_gradient(node: Operation, dy: Tensor) -> Tensor:
    return relu6_grad(dy, node.outputs[0])  # type: ignore[no-any-return]


@leaky_relu_op.gradient
def leaky_relu_gradient(node: Operation, dy: Tensor) -> Tensor:
    return leaky_relu_grad(dy, node.inputs[0], alpha=node.attrs["alpha"])  # type: ignore[no-any-return]


@elu.gradient
def elu_gradient(node: Operation, dy: Tensor) -> Tensor:
    return elu_grad(dy, node.outputs[0])  # type: ignore[no-any-return]


@selu.gradient
def selu_gradient(node: Operation, dy: Tensor) -> Tensor:
    return selu_grad(dy, node.outputs[0])  # type: ignore[no-any-return]


@relu_grad.gradient
def relu_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return relu_grad(dz, node.inputs[1]), None  # the second derivative of a bend is 0 nearly everywhere


@relu6_grad.gradient
def relu6_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return relu6_grad(dz, node.inputs[1]), None


@leaky_relu_grad.gradient
def leaky_relu_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return leaky_relu_grad(dz, node.inputs[1], alpha=node.attrs["alpha"]), None


@elu_grad.gradient
def elu_grad_gradient(node: Operation, dz: Tensor) -> Any:
    dy, y = node.inputs
    return elu_grad(dz, y), relu_grad(multiply(dz, dy), -y)  # dy (y + 1) by y, where y is negative


@selu_grad.gradient
def selu_grad_gradient(node: Operation, dz: Tensor) -> Any:
    dy, y = node.inputs
    return selu_grad(dz, y), relu_grad(multiply(dz, dy), -y)


# -- smooth ones ---------------------------------------------------------------------------------------------
@op("Softplus")
def softplus(xp: Any, features: NET) -> NET:
    """log(1 + exp(x)), a smooth relu.

    >>> print(tf.nn.softplus([-1.0, 0.0, 1.0]).eval())
    [0.3133 0.6931 1.3133]
    """
    return xp.maximum(features, features.dtype.type(0)) + xp.log1p(xp.exp(-xp.abs(features)))


@op("Softsign")
def softsign(xp: Any, features: NET) -> NET:
    """x / (1 + |x|), between -1 and 1.

    >>> print(tf.nn.softsign([-1.0, 0.0, 1.0]).eval())
    [-0.5  0.   0.5]
    """
    return features / (features.dtype.type(1) + xp.abs(features))


@op("SoftsignGrad", shape="merged")
def softsign_grad(xp: Any, gradients: F, features: F) -> F:
    """The gradient of softsign, dy / (1 + |x|)^2."""
    return gradients / xp.square(features.dtype.type(1) + xp.abs(features))


@softplus.gradient
def softplus_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.special import sigmoid

    return multiply(dy, sigmoid(node.inputs[0]), name="mul")  # type: ignore[no-any-return]


@softsign.gradient
def softsign_gradient(node: Operation, dy: Tensor) -> Tensor:
    return softsign_grad(dy, node.inputs[0])  # type: ignore[no-any-return]


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """Positive numbers as they are, the others times `alpha`.

    >>> print(tf.nn.leaky_relu([-1.0, 0.0, 1.0]).eval())
    [-0.2  0.   1. ]
    """
    with name_scope(name, "LeakyRelu", [features]) as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            from tfnb.ops.elementwise import to_float

            features = to_float(features)
        return leaky_relu_op(features, alpha=float(np.float32(alpha)), name=scope)  # type: ignore[no-any-return]


# -- softmax -------------------------------------------------------------------------------------------------
@op("Softmax", shape="*s n -> *s n")
def softmax_op(xp: Any, logits: NET) -> NET:
    """exp(x) / sum(exp(x)) along the last axis; the maximum is taken off first, so that nothing overflows."""
    e = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


@op("LogSoftmax", shape="*s n -> *s n")
def log_softmax_op(xp: Any, logits: NET) -> NET:
    """x - log(sum(exp(x))) along the last axis."""
    shifted = logits - xp.max(logits, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))


@softmax_op.gradient
def softmax_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.reduce import reduce_sum

    y = node.outputs[0]
    inner = reduce_sum(multiply(dy, y, name="mul"), -1, keepdims=True)
    return multiply(subtract(dy, inner, name="sub"), y, name="mul")  # type: ignore[no-any-return]


@log_softmax_op.gradient
def log_softmax_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.reduce import reduce_sum
    from tfnb.ops.special import exp

    y = exp(node.outputs[0])
    return subtract(dy, multiply(reduce_sum(dy, -1, keepdims=True), y, name="mul"), name="sub")  # type: ignore[no-any-return]


def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Positive numbers that sum to one along `axis` (the last), larger where `logits` is.

    >>> print(tf.nn.softmax([1.0, 2.0, 3.0]).eval())
    [0.09   0.2447 0.6652]
    """
    return _along(softmax_op, logits, dim if axis is None else axis, name)


def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """The logarithm of softmax, exact also where softmax is tiny.

    >>> print(tf.nn.log_softmax([0.0, 0.0]).eval())
    [-0.6931 -0.6931]
    """
    return _along(log_softmax_op, logits, dim if axis is None else axis, name)


def _along(compute: Any, logits: Any, axis: Any, name: str | None) -> Tensor:
    from tfnb.ops.arrays import transpose

    logits = convert_to_tensor(logits)
    rank = logits.shape.ndims
    if axis in (None, -1) or rank is not None and axis == rank - 1:
        return compute(logits, name=name)  # type: ignore[no-any-return]
    if not -rank <= axis < rank:
        raise ValueError(f"Invalid 'axis' {axis} for a tensor of rank {rank}")
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    return transpose(compute(transpose(logits, order)), order, name=name)  # type: ignore[no-any-return]
