"""Arithmetic, element by element: the ops of a formula, and the gradient rule of each.

    add(x, y)                 Add: x + y, broadcast as in NumPy
    unbroadcast(dy, x)        the gradient of a broadcast: summed back to x's shape

More chapters: division.py, powers.py, compare.py (and choices), special.py (exp, sin, tanh), gamma.py (erf).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import UnimplementedError
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import FC, Call, OfAttr, S, ShapeError, T, Types, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape

__all__ = [
    "accumulate_n",
    "add",
    "add_n",
    "bitcast",
    "cast",
    "identity",
    "multiply",
    "negative",
    "realdiv",
    "saturate_cast",
    "scalar_mul",
    "stop_gradient",
    "subtract",
    "to_bfloat16",
    "to_complex64",
    "to_complex128",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
]  # fmt: skip

A = Types(
    "A",
    (
        d.bfloat16,
        d.float16,
        d.float32,
        d.float64,
        d.uint8,
        d.int8,
        d.uint16,
        d.int16,
        d.int32,
        d.int64,
        d.complex64,
        d.complex128,
    ),
)
UNARY = "bfloat16, float16, float32, float64, int32, int64, complex64, complex128"  # as TensorFlow lists them
SIGNED = Types("A", tuple(map(d.as_dtype, UNARY.split(", "))))
A_TEXT = Types("A", (*A.allowed, d.string))
ANGLE = Types("FC", FC.allowed, UNARY)  # TensorFlow lists whole numbers, too, but computes none
ROOT = Types("R", (d.bfloat16, d.float16, d.float32, d.float64, d.complex64, d.complex128))


# -- values as they are --------------------------------------------------------------------------------------
@op("Identity")
def identity_op(xp: Any, input: T) -> T:
    """The value as it is."""
    return input


@op("StopGradient", differentiable=False)
def stop_gradient(xp: Any, input: T) -> T:
    """The value as it is; to gradients, a constant.

    >>> x = tf.constant(3.0)
    >>> print(tf.gradients(x * tf.stop_gradient(x), x)[0].eval())
    3.0
    """
    return input


@stop_gradient.gradient
def stop_gradient_gradient(node: Operation, dy: Tensor) -> None:
    return None


@identity_op.gradient
def identity_gradient(node: Operation, dy: Tensor) -> Tensor:
    return dy


def identity(input: Any, name: str | None = None) -> Tensor:
    """A new tensor with the value of `input`.

    >>> print(tf.identity([1, 2]).eval())
    [1 2]
    """
    return identity_op(input, name=name)


# -- the gradient of broadcasting ----------------------------------------------------------------------------
@op("SumToShapeOf", shape=lambda call: [call.shapes[1]])
def sum_to_shape_of(xp: Any, dy: T, x: S) -> T:
    """dy summed over the axes along which x was broadcast."""
    if dy.shape == x.shape:
        return dy
    if x.shape == ():
        return xp.sum(dy, axis=None, dtype=dy.dtype)
    extra = np.ndim(dy) - np.ndim(x)
    axes = tuple(i for i, n in enumerate(dy.shape) if i < extra or x.shape[i - extra] != n)
    return xp.sum(dy, axis=axes, dtype=dy.dtype).reshape(x.shape) if axes else dy


@sum_to_shape_of.flops
def sum_to_shape_of_flops(node: Operation, sizes: Any) -> float:
    """An addition for each element that goes into another; none where nothing was broadcast."""
    return max(0.0, math.prod(sizes(node.inputs[0])) - math.prod(sizes(node.outputs[0])))


@sum_to_shape_of.gradient
def sum_to_shape_of_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import (
        arrays,  # broadcasting is array surgery, and arrays are built upon this file
    )

    return arrays.broadcast_to(dy, arrays.shape(node.inputs[0])), None


def unbroadcast(dy: Tensor, x: Tensor, always: bool = False) -> Tensor:
    """The gradient for `x` of a result as large as `dy`: summed where x was repeated.

    `always` makes the node even where nothing is to be summed, as TensorFlow does for some ops.
    """
    if not always and x.shape.is_fully_defined() and dy.shape.is_fully_defined() and x.shape == dy.shape:
        return dy
    return sum_to_shape_of(dy, x, name="Reshape")


# -- + - * / -------------------------------------------------------------------------------------------------
@op("AddV2", shape="broadcast", commutes=True)
def add_v2(xp: Any, x: A, y: A) -> A:
    """Sum, x + y."""
    return x + y


@op("Add", shape="broadcast", commutes=True)
def add(xp: Any, x: A_TEXT, y: A_TEXT) -> A_TEXT:
    """Sum, x + y; of strings, one after the other.

    >>> print(tf.add([[1, 2], [3, 4]], [10, 20]).eval())
    [[11 22]
     [13 24]]
    """
    return x + y


@op("Sub", shape="broadcast")
def subtract(xp: Any, x: A, y: A) -> A:
    """Difference, x - y.

    >>> print(tf.subtract([5, 7], [1, 2]).eval())
    [4 5]
    """
    return x - y


@op("Mul", shape="broadcast", commutes=True)
def multiply(xp: Any, x: A, y: A) -> A:
    """Product of each element with its partner, x * y.

    >>> print(tf.multiply([1, 2, 3], 10).eval())
    [10 20 30]
    """
    return x * y


@op("RealDiv", shape="broadcast")
def realdiv(xp: Any, x: A, y: A) -> A:
    """Quotient, x / y; x / 0 is inf, -inf or nan.

    >>> print(tf.realdiv([1.0, 3.0], 2.0).eval())
    [0.5 1.5]
    """
    return x / y


@op("Neg")
def negative(xp: Any, x: SIGNED) -> SIGNED:
    """-x.

    >>> print(tf.negative([1, -2]).eval())
    [-1  2]
    """
    return -x


@add_v2.gradient
@add.gradient
def add_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    return unbroadcast(dy, x), unbroadcast(dy, y)


@subtract.gradient
def subtract_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = node.inputs
    return unbroadcast(dy, x), unbroadcast(negative(dy), y)


@multiply.gradient
def multiply_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = map(conj, node.inputs)
    return unbroadcast(multiply(dy, y), node.inputs[0]), unbroadcast(multiply(x, dy), node.inputs[1])


@realdiv.gradient
def realdiv_gradient(node: Operation, dy: Tensor) -> Any:
    x, y = map(conj, node.inputs)
    dx, dz = realdiv(dy, y), multiply(dy, realdiv(realdiv(negative(x), y), y), name="mul")
    return unbroadcast(dx, node.inputs[0], always=True), unbroadcast(dz, node.inputs[1], always=True)


@negative.gradient
def negative_gradient(node: Operation, dy: Tensor) -> Tensor:
    return negative(dy)


def conj(x: Tensor) -> Tensor:
    """The complex conjugate in a gradient rule; a real tensor as it is."""
    if not x.dtype.is_complex:
        return x
    from tfnb.ops import parts

    return parts.conj(x)


# -- sums of many --------------------------------------------------------------------------------------------
def _all_one_shape(call: Call) -> list[TensorShape]:
    shape = call.shapes[-1]
    for i, other in reversed(list(enumerate(call.shapes[:-1]))):
        try:
            shape = require_merge(other, shape)
        except ShapeError as e:
            raise ShapeError(f"{e}\n\tFrom merging shape {i} with other shapes.") from None
    return [shape]


@op("AddN", shape=_all_one_shape)
def add_n_op(xp: Any, *inputs: A) -> A:
    """The sum of all inputs, which have one shape."""
    return sum(inputs[1:], inputs[0])


@op("AccumulateNV2", shape="merged")
def accumulate_n_op(xp: Any, *inputs: A, shape: Any = None) -> A:
    """The sum of all inputs, added up one after the other."""
    return sum(inputs[1:], inputs[0])


@accumulate_n_op.gradient
@add_n_op.gradient
def add_n_gradient(node: Operation, dy: Tensor) -> Any:
    return [dy] * len(node.inputs)


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape.

    Raises ValueError for an empty list.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.add_n([tf.constant(1), tf.constant(2), tf.constant(3)])))
    6
    """
    inputs = list(inputs) if hasattr(inputs, "__iter__") else None
    if not inputs:
        raise ValueError(
            "inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape"
        )
    tensors = [t.to_tensor() if hasattr(t, "to_tensor") else convert_to_tensor(t) for t in inputs]
    if len(tensors) == 1:
        return identity(tensors[0], name=name) if name else tensors[0]
    return add_n_op(*tensors, name=name)


def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape, as `add_n`.

    >>> print(tf.accumulate_n([[1, 2], [3, 4], [5, 6]]).eval())
    [ 9 12]
    """
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    tensors = [convert_to_tensor(t) for t in inputs]
    if any(t.dtype.base_dtype is not tensors[0].dtype.base_dtype for t in tensors):
        raise ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    if len(tensors) == 1:
        return identity(tensors[0], name=name) if name else tensors[0]
    total = accumulate_n_op(*tensors, name=name)
    if shape is not None:
        total.set_shape(shape)
    return total


# -- other dtypes --------------------------------------------------------------------------------------------
@op("Cast", differentiable=False)
def cast_text_op(xp: Any, x: S, *, DstT: DType, Truncate: bool = False) -> OfAttr("DstT"):
    """There is no cast to or from strings: as_string and string_to_number do that."""
    names = [d.c_name(np.dtype(t).name) for t in (x.dtype, DstT)]
    raise UnimplementedError(None, None, f"Cast {names[0]} to {names[1]} is not supported")


@op("Cast")
def cast_complex_op(xp: Any, x: S, *, DstT: DType, Truncate: bool = False) -> OfAttr("DstT"):
    """The real parts of complex numbers in another dtype."""
    return xp.real(x).astype(DstT)


@op("Cast")
def cast_op(xp: Any, x: S, *, DstT: DType, Truncate: bool = False) -> OfAttr("DstT"):
    """The same numbers in another dtype; fractions are cut off on the way to integers."""
    return x.astype(DstT)


@cast_complex_op.gradient
@cast_op.gradient
def cast_gradient(node: Operation, dy: Tensor) -> Any:
    source, target = node.inputs[0].dtype.base_dtype, node.outputs[0].dtype
    smooth = all(t.is_floating or t.is_complex for t in (source, target))
    return cast(dy, source) if smooth else None


def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`x` in another dtype; `x` itself when it has that dtype already.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.cast([1.9, -1.9], tf.int32)))
    [ 1 -1]
    """
    want = as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x.dtype.base_dtype is want:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if hasattr(x, "dense_shape") and hasattr(x, "values"):
            return type(x)(values=cast(x.values, want, name=scope), indices=x.indices, dense_shape=x.dense_shape)
        x = convert_to_tensor(x, name="x")
        if x.dtype.base_dtype is want:
            return x
        is_text = d.string in (x.dtype.base_dtype, want)
        kind = cast_text_op if is_text else cast_complex_op if x.dtype.is_complex and not want.is_complex else cast_op
        return kind(x, DstT=want, name=scope)


def _bitcast_shape(call: Call) -> list[TensorShape]:
    sizes, old, new = call.shapes[0].sizes, call.inputs[0].dtype.size, as_dtype(call.attrs["type"]).size
    if sizes is None or old == new:
        return [call.shapes[0]]
    if old < new and sizes and sizes[-1] not in (None, new // old):
        raise ShapeError(f"Cannot bitcast due to shape. {sizes[-1]} does not match {new // old}")
    return [TensorShape.of((*sizes, old // new) if old > new else sizes[:-1])]


@op("Bitcast", shape=_bitcast_shape, differentiable=False)
def bitcast_op(xp: Any, input: S, *, type: DType) -> OfAttr("type"):
    """The same bits read as another dtype."""
    old, new = input.dtype.itemsize, np.dtype(type).itemsize
    return (
        input.view(type)
        if old == new
        else input[..., None].view(type)
        if old > new
        else input.view(type)[..., 0]
    )


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The bits of `input` read as another dtype, as if its memory were the other's.

    >>> print(tf.bitcast(1.0, tf.int32).eval())
    1065353216
    """
    return bitcast_op(input, type=as_dtype(type), name=name)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`cast`, with values beyond the new dtype's range set to its limits.

    >>> print(tf.saturate_cast([-5.0, 300.0], tf.uint8).eval())
    [  0 255]
    """
    from tfnb.ops import compare

    want = as_dtype(dtype)
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        if value.dtype.min < want.min:
            value = compare.maximum(value, np.asarray(want.min, value.dtype.np))
        if value.dtype.max > want.max:
            value = compare.minimum(value, np.asarray(want.max, value.dtype.np))
        return cast(value, want, name=scope)


def dtype_word(dtype: str) -> str:
    """float and double are what C calls float32 and float64."""
    return {"float32": "float", "float64": "double"}.get(dtype, dtype)


def _to(dtype: str, default_name: str) -> Any:
    def convert(x: Any, name: str = default_name) -> Tensor:
        return cast(x, dtype, name=name)

    convert.__name__ = "to_" + dtype_word(dtype)
    convert.__doc__ = f"`x` as {dtype}, what tf.cast(x, tf.{dtype}) says as well.\n\n>>> tf.{convert.__name__}([1]).dtype\ntf.{dtype}\n"
    return convert


to_float, to_double = _to("float32", "ToFloat"), _to("float64", "ToDouble")
to_int32, to_int64 = _to("int32", "ToInt32"), _to("int64", "ToInt64")
to_bfloat16 = _to("bfloat16", "ToBFloat16")
to_complex64, to_complex128 = _to("complex64", "ToComplex64"), _to("complex128", "ToComplex128")


# -- TensorFlow's other names for them -----------------------------------------------------------------------
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A number times a tensor (or times IndexedSlices).

    >>> print(tf.scalar_mul(2.0, tf.constant([1.0, 3.0])).eval())
    [2. 6.]
    """
    scalar = convert_to_tensor(
        scalar, None if isinstance(scalar, Tensor) else x.dtype.base_dtype, name="scalar"
    )
    if scalar.shape.ndims not in (None, 0):
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if hasattr(x, "to_tensor"):
        return type(x)(multiply(scalar, x.values, name=name), x.indices, x.dense_shape)
    return multiply(scalar, x, name=name)
