"""Functions of one number: exponential, logarithm, sigmoid, trigonometry.

    tanh(x)          its gradient comes from its result: dx = dy (1 - tanh(x)^2)

Rounding and complex parts are in parts.py, the error function and the gamma function in gamma.py.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import FC, F
from tfnb.ops.elementwise import (
    ANGLE,
    add_v2,
    conj,
    multiply,
    negative,
    realdiv,
    subtract,
    unbroadcast,
)
from tfnb.ops.powers import reciprocal, sqrt, square

__all__ = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "exp", "expm1", "log",
    "log1p", "log_sigmoid", "sigmoid", "sin", "sinh", "tan", "tanh",
]  # fmt: skip


# -- exponential and logarithm -------------------------------------------------------------------------------
@op("Exp")
def exp(xp: Any, x: FC) -> FC:
    """e to the power of x.

    >>> print(tf.exp([0.0, 1.0]).eval())
    [1.     2.7183]
    """
    return xp.exp(x)


@op("Expm1")
def expm1(xp: Any, x: FC) -> FC:
    """exp(x) - 1, exact for small x.

    >>> print(tf.expm1([0.0, 1.0]).eval())
    [0.     1.7183]
    """
    return xp.expm1(x)


@op("Log")
def log(xp: Any, x: FC) -> FC:
    """Natural logarithm; log(0) is -inf.

    >>> print(tf.log([1.0, 10.0]).eval())
    [0.     2.3026]
    """
    return xp.log(x)


@op("Log1p")
def log1p(xp: Any, x: FC) -> FC:
    """log(1 + x), exact for small x.

    >>> print(tf.log1p([0.0, 1.0]).eval())
    [0.     0.6931]
    """
    return xp.log1p(x)


@exp.gradient
def exp_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, conj(node.outputs[0]), name="mul")


@expm1.gradient
def expm1_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, exp(conj(node.inputs[0])), name="mul")


@log.gradient
def log_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, reciprocal(conj(node.inputs[0])), name="mul")


@log1p.gradient
def log1p_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, reciprocal(add_v2(1, conj(node.inputs[0]), name="add")), name="mul")


# -- sigmoid and tanh ----------------------------------------------------------------------------------------
@op("Sigmoid")
def sigmoid(xp: Any, x: FC) -> FC:
    """1 / (1 + exp(-x)): squeezes all numbers into (0, 1).

    >>> print(tf.sigmoid([-1.0, 0.0, 1.0]).eval())
    [0.2689 0.5    0.7311]
    """
    return 1 / (1 + xp.exp(-x))


@op("Tanh")
def tanh(xp: Any, x: FC) -> FC:
    """Hyperbolic tangent: squeezes all numbers into (-1, 1).

    >>> print(tf.tanh([-1.0, 0.0, 1.0]).eval())
    [-0.7616  0.      0.7616]
    """
    return xp.tanh(x)


@op("SigmoidGrad")
def sigmoid_grad(xp: Any, y: FC, dy: FC) -> FC:
    """Gradient of sigmoid from its result: dy y (1 - y)."""
    return dy * y * (1 - y)


@op("TanhGrad")
def tanh_grad(xp: Any, y: FC, dy: FC) -> FC:
    """Gradient of tanh from its result: dy (1 - y^2)."""
    return dy * (1 - y * y)


@sigmoid.gradient
def sigmoid_gradient(node: Operation, dy: Tensor) -> Tensor:
    return sigmoid_grad(conj(node.outputs[0]), dy)


@tanh.gradient
def tanh_gradient(node: Operation, dy: Tensor) -> Tensor:
    return tanh_grad(conj(node.outputs[0]), dy)


@sigmoid_grad.gradient
def sigmoid_grad_gradient(node: Operation, dz: Tensor) -> Any:
    y, dy = map(conj, node.inputs)
    gb = multiply(dz, dy, name="mul")
    return subtract(gb, multiply(multiply(gb, 2.0, name="mul_1"), y, name="mul_2"), name="sub"), sigmoid_grad(
        y, dz
    )


@tanh_grad.gradient
def tanh_grad_gradient(node: Operation, dz: Tensor) -> Any:
    y, dy = map(conj, node.inputs)
    return multiply(multiply(multiply(dz, -2.0, name="mul"), dy, name="mul_1"), y, name="mul_2"), tanh_grad(
        y, dz
    )


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), computed as -softplus(-x) so that it never overflows.

    >>> print(tf.log_sigmoid([0.0, 2.0]).eval())
    [-0.6931 -0.1269]
    """
    from tfnb.core.scopes import name_scope
    from tfnb.ops import activations

    with name_scope(name, "LogSigmoid", [x]) as scope:
        return negative(activations.softplus(negative(convert_to_tensor(x, name="x"))), name=scope)


# -- angles --------------------------------------------------------------------------------------------------
@op("Sin")
def sin(xp: Any, x: FC) -> FC:
    """Sine of x in radians.

    >>> print(tf.sin([0.0, 1.5707964]).eval())
    [0. 1.]
    """
    return xp.sin(x)


@op("Cos")
def cos(xp: Any, x: FC) -> FC:
    """Cosine of x in radians.

    >>> print(tf.cos([0.0, 3.1415927]).eval())
    [ 1. -1.]
    """
    return xp.cos(x)


@op("Tan")
def tan(xp: Any, x: ANGLE) -> ANGLE:
    """Tangent of x in radians.

    >>> print(tf.tan([0.0, 0.7853982]).eval())
    [0. 1.]
    """
    return xp.tan(x)


@op("Asin")
def asin(xp: Any, x: ANGLE) -> ANGLE:
    """The angle whose sine is x.

    >>> print(tf.asin([0.0, 1.0]).eval())
    [0.     1.5708]
    """
    return xp.arcsin(x)


@op("Acos")
def acos(xp: Any, x: ANGLE) -> ANGLE:
    """The angle whose cosine is x.

    >>> print(tf.acos([1.0, 0.0]).eval())
    [0.     1.5708]
    """
    return xp.arccos(x)


@op("Atan")
def atan(xp: Any, x: ANGLE) -> ANGLE:
    """The angle whose tangent is x.

    >>> print(tf.atan([0.0, 1.0]).eval())
    [0.     0.7854]
    """
    return xp.arctan(x)


@op("Atan2", shape="broadcast")
def atan2(xp: Any, y: F, x: F) -> F:
    """The angle of the point (x, y) seen from the origin, in (-pi, pi].

    >>> print(tf.atan2([1.0, -1.0], [1.0, -1.0]).eval())
    [ 0.7854 -2.3562]
    """
    return xp.arctan2(y, x)


@op("Sinh")
def sinh(xp: Any, x: FC) -> FC:
    """Hyperbolic sine.

    >>> print(tf.sinh([0.0, 1.0]).eval())
    [0.     1.1752]
    """
    return xp.sinh(x)


@op("Cosh")
def cosh(xp: Any, x: FC) -> FC:
    """Hyperbolic cosine.

    >>> print(tf.cosh([0.0, 1.0]).eval())
    [1.     1.5431]
    """
    return xp.cosh(x)


@op("Asinh")
def asinh(xp: Any, x: FC) -> FC:
    """Inverse hyperbolic sine.

    >>> print(tf.asinh([0.0, 1.0]).eval())
    [0.     0.8814]
    """
    return xp.arcsinh(x)


@op("Acosh")
def acosh(xp: Any, x: FC) -> FC:
    """Inverse hyperbolic cosine.

    >>> print(tf.acosh([1.0, 2.0]).eval())
    [0.    1.317]
    """
    return xp.arccosh(x)


@op("Atanh")
def atanh(xp: Any, x: FC) -> FC:
    """Inverse hyperbolic tangent.

    >>> print(tf.atanh([0.0, 0.5]).eval())
    [0.     0.5493]
    """
    return xp.arctanh(x)


@sin.gradient
def sin_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, cos(conj(node.inputs[0])), name="mul")


@cos.gradient
def cos_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(negative(dy), sin(conj(node.inputs[0])), name="mul")


@tan.gradient
def tan_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(square(reciprocal(cos(conj(node.inputs[0])))), dy, name="mul")


@asin.gradient
def asin_gradient(node: Operation, dy: Tensor) -> Tensor:
    # asin' = 1 / sqrt(1 - x^2)
    return multiply(dy, reciprocal(sqrt(subtract(1, square(conj(node.inputs[0]))))), name="mul")


@acos.gradient
def acos_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(negative(dy), reciprocal(sqrt(subtract(1, square(conj(node.inputs[0]))))), name="mul")


@atan.gradient
def atan_gradient(node: Operation, dy: Tensor) -> Tensor:
    # atan' = 1 / (1 + x^2)
    return multiply(dy, reciprocal(add_v2(1, square(conj(node.inputs[0])))), name="mul")


@atan2.gradient
def atan2_gradient(node: Operation, dz: Tensor) -> Any:
    y, x = node.inputs
    scaled = realdiv(dz, add_v2(square(x), square(y), name="add"), name="truediv")
    return unbroadcast(multiply(x, scaled, name="mul"), y), unbroadcast(
        multiply(negative(y), scaled, name="mul_1"), x
    )


@sinh.gradient
def sinh_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, cosh(conj(node.inputs[0])), name="mul")


@cosh.gradient
def cosh_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, sinh(conj(node.inputs[0])), name="mul")


@asinh.gradient
def asinh_gradient(node: Operation, dy: Tensor) -> Tensor:
    return realdiv(dy, cosh(conj(node.outputs[0])), name="truediv")


@acosh.gradient
def acosh_gradient(node: Operation, dy: Tensor) -> Tensor:
    return realdiv(dy, sinh(conj(node.outputs[0])), name="truediv")


@atanh.gradient
def atanh_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, reciprocal(subtract(1, square(conj(node.inputs[0])))), name="mul")
