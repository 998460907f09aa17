"""The parts of a number: absolute value and sign, whole part, real and imaginary part.

abs(x)           gradient dy sign(x): 0 at 0
round(x)         to the nearest whole number, halves to the even one; its gradient is none
"""

from __future__ import annotations

from typing import Any

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import F, OfAttr, R, Types
from tfnb.core.scopes import name_scope
from tfnb.ops.elementwise import UNARY, multiply, negative, realdiv, unbroadcast
from tfnb.ops.filling import zeros_like
from tfnb.ops.powers import DIFF

__all__ = [
    "abs",
    "angle",
    "ceil",
    "complex",
    "complex_abs",
    "conj",
    "floor",
    "imag",
    "real",
    "rint",
    "round",
    "sign",
]

C = Types("C", (d.complex64, d.complex128))
ROUNDED = Types("R", R.allowed, UNARY)
PART = Types("P", (d.float32, d.float64))
ABS = Types("T", (d.bfloat16, d.float16, d.float32, d.float64, d.int8, d.int16, d.int32, d.int64))


# -- size and sign -------------------------------------------------------------------------------------------
@op("Abs")
def abs_op(xp: Any, x: ABS) -> ABS:
    """Absolute value."""
    return xp.abs(x)


@op("ComplexAbs")
def complex_abs_op(xp: Any, x: C, *, Tout: DType = d.float32) -> OfAttr("Tout"):
    """Distance of a complex number from 0."""
    return xp.abs(x)


@op("Sign")
def sign(xp: Any, x: DIFF) -> DIFF:
    """-1, 0 or 1; of a complex number, x / |x|.

    >>> print(tf.sign([-3.0, 0.0, 2.0]).eval())
    [-1.  0.  1.]
    """
    return xp.sign(x)


@abs_op.gradient
def abs_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, sign(node.inputs[0]), name="mul")


@complex_abs_op.gradient
def complex_abs_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.arrays import zeros_like

    scaled = complex(dy, zeros_like(dy))
    return multiply(scaled, sign(node.inputs[0]), name="mul")


@sign.gradient
def sign_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.arrays import zeros_like

    return zeros_like(node.inputs[0])


def abs(x: Any, name: str | None = None) -> Any:
    """Absolute value; of a complex number, its distance from 0.

    >>> print(tf.abs([-1.5, 2.0]).eval())
    [1.5 2. ]
    """
    with name_scope(name, "Abs", [x]) as scope:
        if hasattr(x, "to_tensor") and hasattr(x, "indices"):
            return type(x)(abs(x.values), x.indices, x.dense_shape)
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return complex_abs_op(x, Tout=x.dtype.real_dtype, name=scope)
        return abs_op(x, name=scope)


complex_abs = abs


# -- whole numbers: steps, so their gradient is none ---------------------------------------------------------
@op("Floor")
def floor(xp: Any, x: F) -> F:
    """The next whole number below.

    >>> print(tf.floor([1.7, -1.2]).eval())
    [ 1. -2.]
    """
    return xp.floor(x)


@op("Ceil")
def ceil(xp: Any, x: F) -> F:
    """The next whole number above.

    >>> print(tf.ceil([1.2, -1.2]).eval())
    [ 2. -1.]
    """
    return xp.ceil(x)


@op("Rint")
def rint(xp: Any, x: F) -> F:
    """The nearest whole number, halves to the even one.

    >>> print(tf.rint([0.5, 1.5, 2.5]).eval())
    [0. 2. 2.]
    """
    return xp.rint(x)


@op("Round")
def round_op(xp: Any, x: ROUNDED) -> ROUNDED:
    """The nearest whole number, halves to the even one."""
    return xp.round(x).astype(x.dtype)


@floor.gradient
@ceil.gradient
@rint.gradient
@round_op.gradient
def step_gradient(node: Operation, dy: Tensor) -> None:
    return None


def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, halves to the even one; integers as they are.

    >>> print(tf.round([0.5, 1.5, 2.4]).eval())
    [0. 2. 2.]
    """
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else round_op(x, name=name)


# -- complex numbers -----------------------------------------------------------------------------------------
@op("Complex", shape="broadcast")
def complex_op(xp: Any, real: PART, imag: PART, *, Tout: DType) -> OfAttr("Tout"):
    """real + i imag."""
    return (real + 1j * imag).astype(Tout)


@op("Real")
def real_op(xp: Any, input: C, *, Tout: DType) -> OfAttr("Tout"):
    """The real part."""
    return xp.real(input)


@op("Imag")
def imag_op(xp: Any, input: C, *, Tout: DType) -> OfAttr("Tout"):
    """The imaginary part."""
    return xp.imag(input)


@op("Angle")
def angle_op(xp: Any, input: C, *, Tout: DType) -> OfAttr("Tout"):
    """The angle of a complex number seen from 0, in (-pi, pi]."""
    return xp.angle(input)


@op("Conj")
def conj_op(xp: Any, input: C) -> C:
    """The same with the imaginary part turned round."""
    return xp.conj(input)


@complex_op.gradient
def complex_gradient(node: Operation, dy: Tensor) -> Any:
    re, im = node.inputs
    return unbroadcast(real(dy), re), unbroadcast(imag(dy), im)


@real_op.gradient
def real_gradient(node: Operation, dy: Tensor) -> Tensor:
    return complex(dy, multiply(dy, 0))


@imag_op.gradient
def imag_gradient(node: Operation, dy: Tensor) -> Tensor:
    # TensorFlow's convention: dz = i dy
    return complex(multiply(dy, 0), dy)


@angle_op.gradient
def angle_gradient(node: Operation, dy: Tensor) -> Tensor:
    z = node.inputs[0]
    turned = complex(imag(z), real(z))
    return negative(realdiv(complex(dy, multiply(dy, 0)), turned))


@conj_op.gradient
def conj_gradient(node: Operation, dy: Tensor) -> Tensor:
    return conj(dy)


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """The complex tensor real + i imag.

    >>> print(tf.complex([1.0, 2.0], [0.5, -1.0]).eval())
    [1.+0.5j 2.-1.j ]
    """
    with name_scope(name, "Complex", [real, imag]) as scope:
        real = convert_to_tensor(real, name="real")
        imag = convert_to_tensor(
            imag, None if isinstance(imag, Tensor) else real.dtype.base_dtype, name="imag"
        )
        types = {("float64", "float64"): d.complex128, ("float32", "float32"): d.complex64}
        pair = (real.dtype.base_dtype.name, imag.dtype.base_dtype.name)
        if pair not in types:
            raise TypeError(f"real and imag have incorrect types: {pair[0]} {pair[1]}")
        return complex_op(real, imag, Tout=types[pair], name=scope)


def _part(x: Any, name: str | None, kind: Any) -> Tensor:
    with name_scope(name, kind.type, [x]) as scope:
        x = convert_to_tensor(x, name="input")
        return kind(x, Tout=x.dtype.real_dtype, name=scope) if x.dtype.is_complex else x


def real(input: Any, name: str | None = None) -> Tensor:
    """The real part; a real tensor as it is.

    >>> print(tf.real([1 + 2j]).eval())
    [1.]
    """
    return _part(input, name, real_op)


def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part; 0 for a real tensor.

    >>> print(tf.imag([1 + 2j]).eval())
    [2.]
    """
    x = convert_to_tensor(input, name="input")
    if x.dtype.is_complex:
        return _part(x, name, imag_op)
    with name_scope(name, "Imag", [x]):
        return zeros_like(x)


def angle(input: Any, name: str | None = None) -> Tensor:
    """The angle of a complex number seen from 0; 0 for a real tensor.

    >>> print(tf.angle([1 + 1j, -1 + 0j]).eval())
    [0.7854 3.1416]
    """
    x = convert_to_tensor(input, name="input")
    if x.dtype.is_complex:
        return _part(x, name, angle_op)
    with name_scope(name, "Angle", [x]):
        return zeros_like(x)


def conj(x: Any, name: str | None = None) -> Tensor:
    """The complex conjugate; a real tensor as it is.

    >>> print(tf.conj([1 + 2j]).eval())
    [1.-2.j]
    """
    x = convert_to_tensor(x, name="x")
    return conj_op(x, name=name) if x.dtype.is_complex else x
