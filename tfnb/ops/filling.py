"""Tensors with one value everywhere: zeros, ones, and the likes of other tensors.

    zeros([2, 3])        ones_like(x)        fill([2], 7)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, float32, int32
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, ShapeError, T
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.ops.shaping import reshape
from tfnb.ops.shaping import shape as shape_of
from tfnb.ops.sources import constant

__all__ = ["fill", "ones", "ones_like", "zeros", "zeros_like"]


def _of_dims(call: Call) -> list[TensorShape]:
    sizes, given = call.sizes(0), call.value(call.inputs[0])
    if given is not None and any(n is not None and n < 0 for n in np.ravel(given)):
        shown = ",".join("?" if n is None else str(n) for n in sizes or ())
        raise ShapeError("Fill dimensions must be >= 0", f" and with input tensors computed as partial shapes: input[0] = [{shown}]")
    return [unknown_shape() if sizes is None else TensorShape.of(sizes)]


@op("Fill", shape=_of_dims)
def fill_op(xp: Any, dims: Host, value: T) -> T:
    """One value everywhere."""
    return xp.full(dims, value, getattr(value, "dtype", object))


@fill_op.gradient
def fill_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.reduce import reduce_sum

    return None, reduce_sum(dy)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` with `value` in every place.

    >>> print(tf.fill([2, 2], 7).eval())
    [[7 7]
     [7 7]]
    """
    return fill_op(dims, value, name=name)  # type: ignore[no-any-return]


@op("ZerosLike")
def zeros_like_op(xp: Any, x: T) -> T:
    """Zeros in the shape of the input."""
    return xp.zeros_like(x)


@zeros_like_op.gradient
def zeros_like_gradient(node: Operation, dy: Tensor) -> None:
    return None


def _filled(shape: Any, one: int, dtype: Any, name: str | None, default: str) -> Tensor:
    dtype = as_dtype(dtype).base_dtype
    value: Any = (b"" if not one else b"1") if dtype.name == "string" else bool(one) if dtype.name == "bool" else one
    with name_scope(name, default, [shape] if isinstance(shape, Tensor) else None) as scope:
        if not isinstance(shape, Tensor):
            try:
                sizes = as_shape(shape).as_list()
                if int(np.prod(sizes)) < 1000 and not isinstance(shape, (int, np.integer)):  # as TensorFlow does, whose seeds count nodes
                    return constant(value, dtype, sizes, name=scope)
                shape = constant(sizes, int32, name="shape_as_tensor")
            except (TypeError, ValueError):
                shape = convert_to_tensor(shape, int32)
        if shape.shape.ndims == 0:
            shape = reshape(shape, [-1])
        return fill(shape, constant(value, dtype), name=scope)


def zeros(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """Zeros of the given shape; False for bool, empty for strings.

    >>> print(tf.zeros([2, 2]).eval())
    [[0. 0.]
     [0. 0.]]
    """
    return _filled(shape, 0, dtype, name, "zeros")


def ones(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """Ones of the given shape; True for bool.

    >>> print(tf.ones([2, 2]).eval())
    [[1. 1.]
     [1. 1.]]
    """
    if as_dtype(dtype).name == "string":
        raise TypeError("Expected string, got 1 of type 'int' instead.")
    return _filled(shape, 1, dtype, name, "ones")


def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Zeros in the shape and dtype of `tensor`.

    >>> print(tf.zeros_like([1.5, 2.5]).eval())
    [0. 0.]
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        x = convert_to_tensor(tensor, name="tensor")
        want = x.dtype.base_dtype if dtype is None else as_dtype(dtype)
        if optimize and x.shape.is_fully_defined():
            return zeros(x.shape, want, name=scope)
        if want is not x.dtype.base_dtype:
            return zeros(shape_of(x, optimize=optimize), want, name=scope)
        return zeros_like_op(x, name=scope)  # type: ignore[no-any-return]


def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Ones in the shape and dtype of `tensor`.

    >>> print(tf.ones_like([1.5, 2.5]).eval())
    [1. 1.]
    """
    with name_scope(name, "ones_like", [tensor]) as scope:
        x = convert_to_tensor(tensor, name="tensor")
        out = ones(shape_of(x, optimize=optimize), x.dtype.base_dtype if dtype is None else dtype, name=scope)
        out.set_shape(x.shape)
        return out
