"""Powers and roots, and what they need for their gradients.

pow(x, y)          x^y: d/dx = y x^(y-1), d/dy = x^y log x
sqrt(x)            its gradient is computed from its result: dx = dy / (2 sqrt(x))
"""

from __future__ import annotations

from typing import Any

from tfnb.core import dtypes as d
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Types
from tfnb.ops.elementwise import (
    ROOT,
    A,
    conj,
    multiply,
    negative,
    realdiv,
    scalar_mul,
    subtract,
    unbroadcast,
)

__all__ = ["pow", "reciprocal", "rsqrt", "sqrt", "square", "squared_difference"]

POWER = Types("P", (d.bfloat16, d.float32, d.float16, d.float64, d.int32, d.int64, d.complex64, d.complex128))
DIFF = Types("D", (d.bfloat16, d.float16, d.float32, d.float64, d.int32, d.int64, d.complex64, d.complex128))


@op("Pow", shape="broadcast")
def pow(xp: Any, x: POWER, y: POWER) -> POWER:
    """x to the power of y.

    >>> print(tf.pow([2, 3], 2).eval())
    [4 9]
    """
    return xp.power(x, y)


@op("Square")
def square(xp: Any, x: DIFF) -> DIFF:
    """x * x.

    >>> print(tf.square([2, -3]).eval())
    [4 9]
    """
    return x * x


@op("SquaredDifference", shape="broadcast", commutes=True)
def squared_difference(xp: Any, x: DIFF, y: DIFF) -> DIFF:
    """(x - y) squared.

    >>> print(tf.squared_difference([5, 2], [2, 4]).eval())
    [9 4]
    """
    return xp.square(x - y)


@op("Sqrt")
def sqrt(xp: Any, x: ROOT) -> ROOT:
    """Square root.

    >>> print(tf.sqrt([4.0, 9.0]).eval())
    [2. 3.]
    """
    return xp.sqrt(x)


@op("Rsqrt")
def rsqrt(xp: Any, x: ROOT) -> ROOT:
    """1 / sqrt(x).

    >>> print(tf.rsqrt([4.0, 16.0]).eval())
    [0.5  0.25]
    """
    return 1 / xp.sqrt(x)


@op("Reciprocal")
def reciprocal(xp: Any, x: A) -> A:
    """1 / x.

    >>> print(tf.reciprocal([2.0, 4.0]).eval())
    [0.5  0.25]
    """
    return (1 / x).astype(x.dtype)


@op("SqrtGrad")
def sqrt_grad(xp: Any, y: ROOT, dy: ROOT) -> ROOT:
    """Gradient of sqrt from its result: dy / (2 y)."""
    return dy * 0.5 / y


@op("RsqrtGrad")
def rsqrt_grad(xp: Any, y: ROOT, dy: ROOT) -> ROOT:
    """Gradient of rsqrt from its result: -dy y^3 / 2."""
    return dy * -0.5 * y * y * y


@op("ReciprocalGrad")
def reciprocal_grad(xp: Any, y: ROOT, dy: ROOT) -> ROOT:
    """Gradient of 1/x from its result: -dy y^2."""
    return -dy * y * y


@pow.gradient
def pow_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import arrays, compare, special  # all three are built upon this file

    x, y = map(conj, node.inputs)
    z = conj(node.outputs[0])
    dx = multiply(multiply(dy, y, name="mul"), pow(x, subtract(y, 1, name="sub")), name="mul_1")
    # d x^y / dy = x^y log(x), taken as 0 where the logarithm does not exist
    exists = compare.not_equal(x, 0) if x.dtype.is_complex else compare.greater(x, 0)
    log_x = special.log(compare.select(exists, x, arrays.ones_like(x)))
    log_x = compare.select(exists, log_x, arrays.zeros_like(x))
    dy_y = multiply(multiply(dy, z, name="mul_2"), log_x, name="mul_3")
    return unbroadcast(dx, node.inputs[0]), unbroadcast(dy_y, node.inputs[1])


@square.gradient
def square_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, multiply(conj(node.inputs[0]), 2))


@squared_difference.gradient
def squared_difference_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    d_difference = multiply(scalar_mul(2.0, dy), subtract(x, y, name="sub"), name="mul_1")
    return unbroadcast(d_difference, x), negative(unbroadcast(d_difference, y))


@sqrt.gradient
def sqrt_gradient(node: Operation, dy: Tensor) -> Tensor:
    return sqrt_grad(node.outputs[0], dy)


@rsqrt.gradient
def rsqrt_gradient(node: Operation, dy: Tensor) -> Tensor:
    return rsqrt_grad(node.outputs[0], dy)


@reciprocal.gradient
def reciprocal_gradient(node: Operation, dy: Tensor) -> Tensor:
    return reciprocal_grad(node.outputs[0], dy)


@sqrt_grad.gradient
def sqrt_grad_gradient(node: Operation, dz: Tensor) -> Any:
    y, _ = node.inputs
    ga = realdiv(dz, y)
    return multiply(negative(ga), node.outputs[0]), multiply(ga, 0.5)


@rsqrt_grad.gradient
def rsqrt_grad_gradient(node: Operation, dz: Tensor) -> Any:
    y, dy = node.inputs
    return multiply(multiply(multiply(dz, -1.5), dy), square(y)), rsqrt_grad(y, dz)


@reciprocal_grad.gradient
def reciprocal_grad_gradient(node: Operation, dz: Tensor) -> Any:
    y, dy = node.inputs
    return multiply(multiply(multiply(dz, -2), dy), y), reciprocal_grad(y, dz)
