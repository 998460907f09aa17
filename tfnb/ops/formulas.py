"""Small formulas made of other ops: polynomials, x log y, tests of order, the confusion matrix.

polyval([a, b, c], x)     a x^2 + b x + c
xlogy(x, y)               x log(y), and 0 where x is 0: the terms of an entropy
"""

from __future__ import annotations

from typing import Any

from tfnb.core import dtypes as d
from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import FC, F
from tfnb.core.scopes import name_scope
from tfnb.ops import compare, reduce
from tfnb.ops.division import div_no_nan
from tfnb.ops.elementwise import add_v2, cast, multiply, negative, unbroadcast

__all__ = [
    "bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "confusion_matrix", "divide_no_nan",
    "is_non_decreasing", "is_strictly_increasing", "polyval", "reciprocal_no_nan", "xdivy", "xlogy",
]  # fmt: skip


# -- 0 times anything is 0 -----------------------------------------------------------------------------------
@op("Xlogy", shape="broadcast")
def xlogy(xp: Any, x: FC, y: FC) -> FC:
    """x log(y), and 0 where x is 0.

    >>> print(tf.math.xlogy([0.0, 1.0], [0.0, 2.7182817]).eval())
    [0. 1.]
    """
    return x * xp.log(xp.where(x == 0, xp.ones_like(y), y))


@op("Xdivy", shape="broadcast")
def xdivy(xp: Any, x: FC, y: FC) -> FC:
    """x / y, and 0 where x is 0.

    >>> print(tf.math.xdivy([0.0, 1.0], [0.0, 2.0]).eval())
    [0.  0.5]
    """
    return x / xp.where(x == 0, xp.ones_like(y), y)


@xlogy.gradient
def xlogy_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    used = cast(compare.not_equal(x, 0), x.dtype.base_dtype)
    return unbroadcast(multiply(xlogy(used, y), dy), x), unbroadcast(multiply(xdivy(x, y), dy), y)


@xdivy.gradient
def xdivy_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    used = cast(compare.not_equal(x, 0), x.dtype.base_dtype)
    return unbroadcast(multiply(xdivy(used, y), dy), x), unbroadcast(
        multiply(xdivy(negative(x), multiply(y, y)), dy), y
    )


divide_no_nan = div_no_nan


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """1 / x, and 0 where x is 0.

    >>> print(tf.math.reciprocal_no_nan([2.0, 0.0]).eval())
    [0.5 0. ]
    """
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return div_no_nan(x.dtype.np(1), x, name=scope)


# -- Bessel functions ----------------------------------------------------------------------------------------
def _bessel(xp: Any, x: Any, order: int) -> Any:
    """exp(-|x|) I(x) as a mean over a fine grid of angles t: exp(|x| (cos t - 1)) cos(order t)."""
    z, total, n = xp.abs(x), 0.0, 200
    for k in range(n):
        c = xp.cos(xp.pi * (k + 0.5) / n)
        total = total + xp.exp(z * (c - 1)) * (c if order else 1.0) / n
    return total * xp.sign(x) if order else total


@op("BesselI0e")
def bessel_i0e(xp: Any, x: F) -> F:
    """exp(-|x|) times the modified Bessel function of order 0.

    >>> print(tf.math.bessel_i0e([0.0, 1.0]).eval())
    [1.     0.4658]
    """
    return _bessel(xp, x, 0).astype(x.dtype)


@op("BesselI1e")
def bessel_i1e(xp: Any, x: F) -> F:
    """exp(-|x|) times the modified Bessel function of order 1.

    >>> print(tf.math.bessel_i1e([0.0, 1.0]).eval())
    [-0.      0.2079]
    """
    return _bessel(xp, x, 1).astype(x.dtype)


@bessel_i0e.gradient
def bessel_i0e_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.parts import sign

    x, y = node.inputs[0], node.outputs[0]
    return multiply(dy, bessel_i1e(x) - sign(x) * y)


@bessel_i1e.gradient
def bessel_i1e_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops import arrays
    from tfnb.ops.parts import sign

    x, y = node.inputs[0], node.outputs[0]
    near = compare.equal(x, 0)
    safe = compare.select(near, arrays.ones_like(x), x)
    slope = bessel_i0e(safe) - y * (sign(safe) + 1.0 / safe)
    return multiply(dy, compare.select(near, 0.5 * arrays.ones_like(x), slope))


def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 0.

    >>> print(tf.math.bessel_i0([0.0, 1.0]).eval())
    [1.     1.2661]
    """
    return _unscaled(x, bessel_i0e, name or "bessel_i0")


def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 1.

    >>> print(tf.math.bessel_i1([0.0, 1.0]).eval())
    [-0.      0.5652]
    """
    return _unscaled(x, bessel_i1e, name or "bessel_i1")


def _unscaled(x: Any, scaled: Any, name: str) -> Tensor:
    from tfnb.ops.parts import abs as size
    from tfnb.ops.special import exp

    with name_scope(name):
        x = convert_to_tensor(x, name="x")
        return exp(size(x)) * scaled(x)


# -- polynomials and order -----------------------------------------------------------------------------------
def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial with these coefficients, highest power first, at `x`, by Horner's rule.

    >>> print(tf.math.polyval([2.0, 0.0, 1.0], 3.0).eval())
    19.0
    """
    with name_scope(name, "polyval", [*coeffs, x]):
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            from tfnb.ops import arrays

            return arrays.zeros_like(x)
        tensors = [convert_to_tensor(c, name=f"{i}_coeff") for i, c in enumerate(coeffs)]
        p = tensors[0]
        for c in tensors[1:]:
            p = add_v2(c, multiply(p, x, name="mul"), name="add")
        return p


def _differences(x: Tensor) -> Tensor:
    from tfnb.ops import arrays

    flat = arrays.reshape(x, [-1])
    return flat[1:] - flat[:-1]


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """True when no element is smaller than the one before.

    >>> print(tf.is_non_decreasing([1, 1, 2]).eval())
    True
    """
    with name_scope(name, "is_non_decreasing", [x]):
        return reduce.reduce_all(_differences(convert_to_tensor(x, name="x")) >= 0)


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """True when each element is larger than the one before.

    >>> print(tf.is_strictly_increasing([1, 1, 2]).eval())
    False
    """
    with name_scope(name, "is_strictly_increasing", [x]):
        return reduce.reduce_all(_differences(convert_to_tensor(x, name="x")) > 0)


def _flat(x: Any, name: str) -> Tensor:
    from tfnb.ops import arrays

    x = convert_to_tensor(x, name=name)
    return x if x.shape.ndims == 1 else arrays.reshape(x, [-1])


def _not_below_zero(x: Tensor, called: str) -> Tensor:
    from tfnb.ops.asserts import assert_non_negative
    from tfnb.ops.sources import with_dependencies

    return with_dependencies([assert_non_negative(x, message=f"`{called}` contains negative values")], x)


def _below(x: Tensor, n: Tensor, called: str) -> Tensor:
    from tfnb.ops.asserts import assert_less
    from tfnb.ops.sources import with_dependencies

    return with_dependencies([assert_less(x, n, message=f"`{called}` out of bound")], x)


def confusion_matrix(
    labels: Any = None,
    predictions: Any = None,
    num_classes: Any = None,
    dtype: Any = d.int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """How often (or with what weight) each label, the row, was taken for each class, the column.

    >>> print(tf.confusion_matrix([0, 1, 1], [0, 1, 0]).eval())
    [[1 0]
     [1 1]]
    """
    from tfnb.ops import arrays
    from tfnb.ops.sparse_shapes import sparse_tensor_dense_add_op

    with name_scope(name, "confusion_matrix", [labels, predictions, num_classes, weights]):
        dtype = as_dtype(dtype)
        rows = cast(_flat(labels, "labels"), d.int64)
        columns = cast(_flat(predictions, "predictions"), d.int64)
        rows, columns = (_not_below_zero(x, called) for x, called in ((rows, "labels"), (columns, "predictions")))
        if num_classes is None:
            num_classes = compare.maximum(reduce.reduce_max(columns), reduce.reduce_max(rows)) + 1
            n = cast(num_classes, d.int64)
        else:
            n = cast(num_classes, d.int64)
            rows, columns = (_below(x, n, called) for x, called in ((rows, "labels"), (columns, "predictions")))
        counts = arrays.ones_like(rows, dtype=dtype) if weights is None else cast(weights, dtype)
        sizes = arrays.stack([n, n])
        empty = arrays.zeros(cast(sizes, d.int32), dtype)
        return sparse_tensor_dense_add_op(arrays.stack([rows, columns], axis=1), counts, sizes, empty)
