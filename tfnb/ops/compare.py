"""Comparing and choosing, element by element: less, logical_and, maximum, where.

less(x, y)              bool for each element
select(mask, x, y)      x where the mask is true, else y; the gradient flows to the one chosen
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, R, ShapeError, T, Types, boolean, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.ops.elementwise import A, unbroadcast

__all__ = [
    "approximate_equal", "check_numerics", "clip_by_value", "equal", "greater", "greater_equal",
    "is_finite", "is_inf", "is_nan", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "maximum", "minimum", "not_equal", "verify_tensor_all_finite",
]  # fmt: skip

ANY = Types("A", (*A.allowed, d.string, d.bool_dtype))
ORDERED = Types("O", (d.bfloat16, d.float16, d.float32, d.float64, d.int32, d.int64))


# -- comparisons: no gradient, a step has none ---------------------------------------------------------------
@op("Equal", shape="broadcast", commutes=True)
def equal(xp: Any, x: ANY, y: ANY) -> boolean:
    """True where x equals y.

    >>> print(tf.equal([1, 2, 3], [1, 0, 3]).eval())
    [ True False  True]
    """
    return x == y


@op("NotEqual", shape="broadcast", commutes=True)
def not_equal(xp: Any, x: ANY, y: ANY) -> boolean:
    """True where x differs from y.

    >>> print(tf.not_equal([1, 2, 3], [1, 0, 3]).eval())
    [False  True False]
    """
    return x != y


@op("Less", shape="broadcast")
def less(xp: Any, x: R, y: R) -> boolean:
    """True where x < y.

    >>> print(tf.less([1, 2, 3], 2).eval())
    [ True False False]
    """
    return x < y


@op("LessEqual", shape="broadcast")
def less_equal(xp: Any, x: R, y: R) -> boolean:
    """True where x <= y.

    >>> print(tf.less_equal([1, 2, 3], 2).eval())
    [ True  True False]
    """
    return x <= y


@op("Greater", shape="broadcast")
def greater(xp: Any, x: R, y: R) -> boolean:
    """True where x > y.

    >>> print(tf.greater([1, 2, 3], 2).eval())
    [False False  True]
    """
    return x > y


@op("GreaterEqual", shape="broadcast")
def greater_equal(xp: Any, x: R, y: R) -> boolean:
    """True where x >= y.

    >>> print(tf.greater_equal([1, 2, 3], 2).eval())
    [False  True  True]
    """
    return x >= y


@op("ApproximateEqual", shape="merged")
def approximate_equal_op(xp: Any, x: A, y: A, *, tolerance: float = 1e-5) -> boolean:
    """True where x and y differ by less than the tolerance."""
    return xp.abs(x - y) < tolerance


def approximate_equal(x: Any, y: Any, tolerance: float = 1e-5, name: str | None = None) -> Tensor:
    """True where x and y differ by less than `tolerance`.

    >>> print(tf.approximate_equal([1.0, 2.0], [1.0, 2.1], tolerance=0.01).eval())
    [ True False]
    """
    return approximate_equal_op(x, y, tolerance=tolerance, name=name)


# -- logic ---------------------------------------------------------------------------------------------------
@op("LogicalAnd", shape="broadcast", commutes=True)
def logical_and(xp: Any, x: boolean, y: boolean) -> boolean:
    """True where both are.

    >>> print(tf.logical_and([True, True], [True, False]).eval())
    [ True False]
    """
    return x & y


@op("LogicalOr", shape="broadcast", commutes=True)
def logical_or(xp: Any, x: boolean, y: boolean) -> boolean:
    """True where at least one is.

    >>> print(tf.logical_or([False, True], [False, False]).eval())
    [False  True]
    """
    return x | y


@op("LogicalNot")
def logical_not(xp: Any, x: boolean) -> boolean:
    """True where x is false.

    >>> print(tf.logical_not([True, False]).eval())
    [False  True]
    """
    return ~x


def logical_xor(x: Any, y: Any, name: str = "LogicalXor") -> Tensor:
    """True where exactly one is: (x or y) and not (x and y).

    >>> print(tf.logical_xor([True, True], [True, False]).eval())
    [False  True]
    """
    either, both = logical_or(x, y), logical_and(x, y)
    return logical_and(either, logical_not(both), name=name)


# -- nan and infinity ----------------------------------------------------------------------------------------
@op("IsNan")
def is_nan(xp: Any, x: F) -> boolean:
    """True where x is not a number.

    >>> print(tf.is_nan([1.0, float("inf"), float("nan")]).eval())
    [False False  True]
    """
    return xp.isnan(x)


@op("IsInf")
def is_inf(xp: Any, x: F) -> boolean:
    """True where x is infinite.

    >>> print(tf.is_inf([1.0, float("inf"), float("nan")]).eval())
    [False  True False]
    """
    return xp.isinf(x)


@op("IsFinite")
def is_finite(xp: Any, x: F) -> boolean:
    """True where x is neither infinite nor nan.

    >>> print(tf.is_finite([1.0, float("inf"), float("nan")]).eval())
    [ True False False]
    """
    return xp.isfinite(x)


@op("CheckNumerics", effect=True)
def check_numerics_op(xp: Any, tensor: F, *, message: str) -> F:
    """The value as it is; the run stops with `message` when there is a nan or an infinity in it."""
    here = isinstance(tensor, (np.ndarray, np.generic))  # while XLA traces, there is no value to look at
    if here and not np.isfinite(tensor).all():
        nan, inf = np.isnan(tensor).any(), np.isinf(tensor).any()
        raise ValueError(
            f"{message} : Tensor had {'Inf and NaN' if nan and inf else 'NaN' if nan else 'Inf'} values"
        )
    return tensor


@check_numerics_op.gradient
def check_numerics_gradient(node: Operation, dy: Tensor) -> Tensor:
    text = f"Not a number (NaN) or infinity (Inf) values detected in gradient. {node.attrs['message']}"
    return check_numerics_op(dy, message=text)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor`, with an error that says `message` when it holds a nan or an infinity.

    Raises InvalidArgumentError when the run meets one.

    >>> print(tf.check_numerics([1.0, 2.0], "after the first layer").eval())
    [1. 2.]
    """
    return check_numerics_op(tensor, message=message, name=name)


def verify_tensor_all_finite(
    t: Any = None, msg: str | None = None, name: str | None = None, x: Any = None, message: str | None = None
) -> Tensor:
    """`t`, checked by `check_numerics` before anything uses it.

    >>> print(tf.verify_tensor_all_finite([1.0, 2.0], "finite?").eval())
    [1. 2.]
    """
    from tfnb.ops.sources import with_dependencies

    with name_scope(name, "VerifyFinite", [t if t is not None else x]):
        value = convert_to_tensor(t if t is not None else x, name="t")
        return with_dependencies([check_numerics(value, msg or message or "")], value)


# -- the one or the other ------------------------------------------------------------------------------------
@op("Maximum", shape="broadcast", commutes=True)
def maximum(xp: Any, x: ORDERED, y: ORDERED) -> ORDERED:
    """The larger of both.

    >>> print(tf.maximum([1, 5], [3, 2]).eval())
    [3 5]
    """
    return xp.maximum(x, y)


@op("Minimum", shape="broadcast", commutes=True)
def minimum(xp: Any, x: ORDERED, y: ORDERED) -> ORDERED:
    """The smaller of both.

    >>> print(tf.minimum([1, 5], [3, 2]).eval())
    [1 2]
    """
    return xp.minimum(x, y)


def _select_shape(call: Call) -> list[TensorShape]:
    shape = require_merge(call.shapes[1], call.shapes[2])
    mask = call.shapes[0]
    if mask.ndims is None or shape.ndims is None or mask.ndims == 0:
        return [shape]
    if mask.ndims == 1 and shape.ndims != 1:
        if shape.ndims == 0:
            raise ShapeError(f"Shapes must be equal rank, but are {shape.ndims} and {mask.ndims}")
        a, b = mask.sizes[0], shape.sizes[0]
        if None not in (a, b) and a != b:
            raise ShapeError(f"Dimensions must be equal, but are {a} and {b}")
        return [shape]
    return [require_merge(shape, mask)]


@op("Select", shape=_select_shape)
def select(xp: Any, condition: boolean, x: T, y: T) -> T:
    """x where the condition is true, else y; a vector as condition chooses whole rows."""
    mask = (
        condition.reshape(condition.shape + (1,) * (x.ndim - condition.ndim)) if condition.ndim else condition
    )
    return xp.where(mask, x, y)


def _chosen(node: Operation, dy: Tensor, take_x: Tensor) -> Any:
    from tfnb.ops import arrays

    x, y = node.inputs
    zeros = arrays.zeros_like(dy)
    dx, dz = select(take_x, dy, zeros), select(take_x, zeros, dy)
    return unbroadcast(dx, x, always=True), unbroadcast(dz, y, always=True)


@maximum.gradient
def maximum_gradient(node: Operation, dy: Tensor) -> Any:
    return _chosen(node, dy, greater_equal(*node.inputs))


@minimum.gradient
def minimum_gradient(node: Operation, dy: Tensor) -> Any:
    return _chosen(node, dy, less_equal(*node.inputs))


@select.gradient
def select_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import arrays

    condition, x, _ = node.inputs
    zeros = arrays.zeros_like(x)
    return None, select(condition, dy, zeros), select(condition, zeros, dy)


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """`t` with what lies outside [clip_value_min, clip_value_max] set to the nearer limit.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.clip_by_value([-1.0, 0.5, 3.0], 0.0, 1.0)))
    [0.  0.5 1. ]
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = convert_to_tensor(t.values if hasattr(t, "to_tensor") else t, name="t")
        below = minimum(values, clip_value_max)
        as_shape(values.shape).assert_is_compatible_with(below.shape)
        out = maximum(below, clip_value_min, name=scope)
        as_shape(values.shape).assert_is_compatible_with(out.shape)
    return type(t)(out, t.indices, t.dense_shape) if hasattr(t, "to_tensor") else out
