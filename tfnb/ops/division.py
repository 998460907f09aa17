"""Kinds of division: of whole numbers rounded down or towards zero, and what remains.

floor_div(-7, 2)       -4, and floormod(-7, 2) is 1
truncatediv(-7, 2)     -3, and truncatemod(-7, 2) is -1
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Types
from tfnb.core.scopes import name_scope
from tfnb.ops.elementwise import (
    ROOT,
    A,
    cast,
    multiply,
    negative,
    realdiv,
    realdiv_gradient,
    unbroadcast,
)

__all__ = [
    "div", "div_no_nan", "divide", "floor_div", "floordiv", "floormod", "mod", "multiply_no_nan", "truediv",
    "truncatediv", "truncatemod",
]  # fmt: skip

MODULO = Types("M", (d.int32, d.int64, d.bfloat16, d.float16, d.float32, d.float64))


def nonzero(xp: Any, y: Any) -> Any:
    """`y`, after making sure that no integer in it is zero."""
    here = isinstance(y, (np.ndarray, np.generic))  # while XLA traces, there is no value to look at
    if here and y.dtype.kind in "iu" and not np.all(y):
        raise ZeroDivisionError("Integer division by zero")
    return y


@op("FloorDiv", shape="broadcast")
def floor_div(xp: Any, x: A, y: A) -> A:
    """Quotient rounded down, x // y.

    >>> print(tf.floor_div([7, -7], 2).eval())
    [ 3 -4]
    """
    return x // nonzero(xp, y)


@op("FloorMod", shape="broadcast")
def floormod(xp: Any, x: MODULO, y: MODULO) -> MODULO:
    """What remains of a division rounded down: it has the sign of y.

    >>> print(tf.mod([7, -7], 3).eval())
    [1 2]
    """
    return x % nonzero(xp, y)


@op("TruncateDiv", shape="broadcast")
def truncatediv(xp: Any, x: A, y: A) -> A:
    """Quotient rounded towards zero.

    >>> print(tf.truncatediv([7, -7], 2).eval())
    [ 3 -3]
    """
    return (xp.sign(x) * xp.sign(y) * (xp.abs(x) // xp.abs(nonzero(xp, y)))).astype(x.dtype)


@op("TruncateMod", shape="broadcast")
def truncatemod(xp: Any, x: MODULO, y: MODULO) -> MODULO:
    """What remains of a division rounded towards zero: it has the sign of x.

    >>> print(tf.truncatemod([7, -7], 3).eval())
    [ 1 -1]
    """
    return xp.fmod(x, nonzero(xp, y))


@op("Div", shape="broadcast")
def div_op(xp: Any, x: A, y: A) -> A:
    """Python 2's division: of integers rounded towards zero, of floats exact."""
    whole = x.dtype.kind in "iu"
    return truncatediv.kernel(xp, x, y) if whole else x / y


@op("DivNoNan", shape="broadcast")
def div_no_nan_op(xp: Any, x: ROOT, y: ROOT) -> ROOT:
    """x / y, and 0 where y is 0."""
    return xp.where(
        y == 0, xp.zeros_like(x / xp.where(y == 0, 1, y)), x / xp.where(y == 0, 1, y).astype(y.dtype)
    )


@op("MulNoNan", shape="broadcast")
def multiply_no_nan_op(xp: Any, x: ROOT, y: ROOT) -> ROOT:
    """x * y, and 0 where y is 0."""
    return xp.where(y == 0, xp.zeros_like(y), x) * y


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * y, and 0 where y is 0, even if x is infinite or nan.

    >>> print(tf.math.multiply_no_nan([float("inf"), 2.0], [0.0, 3.0]).eval())
    [0. 6.]
    """
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        return multiply_no_nan_op(x, convert_to_tensor(y, x.dtype.base_dtype, name="y"), name=scope)  # type: ignore[no-any-return]


@floor_div.gradient
def floor_div_gradient(node: Operation, dy: Tensor) -> Any:
    return None, None


@floormod.gradient
def floormod_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    dz = multiply(dy, negative(floor_div(x, y, name="floordiv")), name="mul")
    return unbroadcast(dy, x, always=True), unbroadcast(dz, y, always=True)


@truncatediv.gradient
def truncatediv_gradient(node: Operation, dy: Tensor) -> Any:
    return None, None


@div_op.gradient
def div_gradient(node: Operation, dy: Tensor) -> Any:
    return realdiv_gradient(node, dy)


@div_no_nan_op.gradient
def div_no_nan_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    return unbroadcast(div_no_nan_op(dy, y), x), unbroadcast(
        multiply(dy, div_no_nan_op(div_no_nan_op(negative(x), y), y)), y
    )


@multiply_no_nan_op.gradient
def multiply_no_nan_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    return unbroadcast(multiply_no_nan(dy, y), x), unbroadcast(multiply_no_nan(x, dy), y)


# -- TensorFlow's functions ----------------------------------------------------------------------------------
def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as in Python 3: integers are turned into floats first.

    >>> print(tf.truediv([7, -7], 2).eval())
    [ 3.5 -3.5]
    """
    with name_scope(name, "truediv", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        if x.dtype.base_dtype is not y.dtype.base_dtype:
            raise TypeError(
                f"x and y must have the same dtype, got {x.dtype.base_dtype!r} != {y.dtype.base_dtype!r}"
            )
        if x.dtype.is_integer:
            wide = d.float32 if x.dtype.size <= 2 else d.float64
            x, y = cast(x, wide), cast(y, wide)
        return realdiv(x, y, name=scope)


def divide(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y as in Python 3.

    >>> print(tf.divide(tf.constant([7]), 2).eval())
    [3.5]
    """
    return x / y if name is None else truediv(x, y, name=name)


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as in Python 2: whole numbers give a whole number, rounded down.

    >>> print(tf.div([7, -7], 2).eval())
    [ 3 -4]
    """
    with name_scope(name, "div", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, None if isinstance(y, Tensor) else x.dtype.base_dtype, name="y")
        return (realdiv if x.dtype.is_floating or x.dtype.is_complex else floor_div)(x, y, name=scope)


def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, and 0 where y is 0.

    >>> print(tf.div_no_nan([1.0, 2.0], [0.0, 4.0]).eval())
    [0.  0.5]
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, None if isinstance(y, Tensor) else x.dtype.base_dtype, name="y")
        return div_no_nan_op(x, y, name=scope)


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded down.

    >>> print(tf.floordiv([7, -7], 2).eval())
    [ 3 -4]
    """
    with name_scope(name, "floordiv", [x, y]) as scope:
        return floor_div(x, y, name=scope)


mod = floormod
