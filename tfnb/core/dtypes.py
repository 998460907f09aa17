"""Element types of tensors, named, printed and compared as TensorFlow 1 does.

    float32                -> tf.float32          (repr)
    str(float32)           -> <dtype: 'float32'>
    as_dtype(np.float64)   -> tf.float64
    float32.as_ref         -> tf.float32_ref      (what a variable's op gives out: a place, not a value)
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "DType", "as_dtype", "bfloat16", "bool_dtype", "complex64", "complex128", "float16", "float32", "float64", "int8",
    "int16", "int32", "int64", "resource", "string", "uint8", "uint16", "uint32", "uint64", "variant",
]  # fmt: skip


class DType:
    """The type of a tensor's elements; `numpy` is the NumPy scalar type (object for strings).

    >>> print(tf.float32.name, tf.float32.size, tf.as_dtype("int64"))
    float32 4 <dtype: 'int64'>
    """

    __slots__ = ("enum", "is_ref", "name", "np", "_twin")

    def __init__(self, name: str, enum: int, np_type: Any, is_ref: bool = False) -> None:
        self.name, self.enum, self.np, self.is_ref = name, enum, np_type, is_ref
        self._twin: DType | None = None

    @property
    def as_numpy_dtype(self) -> Any:
        return self.np

    @property
    def as_datatype_enum(self) -> int:
        return self.enum

    @property
    def base_dtype(self) -> DType:
        """The same type without the reference mark."""
        return self._twin if self.is_ref and self._twin else self

    @property
    def as_ref(self) -> DType:
        """The same type as a reference to a variable's buffer."""
        return self if self.is_ref or self._twin is None else self._twin

    _as_ref = as_ref

    @property
    def real_dtype(self) -> DType:
        return {"complex64": float32, "complex128": float64}.get(self.base_dtype.name, self)

    @property
    def is_floating(self) -> bool:
        return self.base_dtype.name in ("float16", "float32", "float64", "bfloat16")

    @property
    def is_complex(self) -> bool:
        return self.base_dtype.name in ("complex64", "complex128")

    @property
    def is_integer(self) -> bool:
        return self.base_dtype.name in _INTEGERS

    @property
    def is_bool(self) -> bool:
        return self.base_dtype.name == "bool"

    @property
    def is_unsigned(self) -> bool:
        return self.base_dtype.name in ("uint8", "uint16", "uint32", "uint64")

    @property
    def is_numpy_compatible(self) -> bool:
        return self.name not in ("resource", "variant")

    @property
    def size(self) -> int:
        """Bytes of one element (1 for strings, as TensorFlow says)."""
        return 1 if self.np is object else int(np.dtype(self.np).itemsize)

    @property
    def min(self) -> Any:
        return self._limit("min")

    @property
    def max(self) -> Any:
        return self._limit("max")

    @property
    def limits(self) -> tuple[Any, Any]:
        return (0, self.max) if self.name == "uint8" else (self.min, self.max)

    def _limit(self, which: str) -> Any:
        if self.is_bool:
            return which == "max"
        info = np.finfo(self.np) if self.is_floating else np.iinfo(self.np)
        return getattr(info, which)

    def is_compatible_with(self, other: Any) -> bool:
        other = as_dtype(other)
        return self.base_dtype is other.base_dtype

    def __eq__(self, other: object) -> bool:
        if other is None:
            return False
        if isinstance(other, DType):
            return self is other
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return self.enum + 100 * self.is_ref

    def __repr__(self) -> str:
        return "tf." + self.name

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __reduce__(self) -> Any:
        return as_dtype, (self.name,)


_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")




# name, number in TensorFlow's DataType enum, NumPy type
float32 = DType("float32", 1, np.float32)
float64 = DType("float64", 2, np.float64)
int32 = DType("int32", 3, np.int32)
uint8 = DType("uint8", 4, np.uint8)
int16 = DType("int16", 5, np.int16)
int8 = DType("int8", 6, np.int8)
string = DType("string", 7, object)
complex64 = DType("complex64", 8, np.complex64)
int64 = DType("int64", 9, np.int64)
bool_dtype = DType("bool", 10, np.bool_)
bfloat16 = DType("bfloat16", 14, np.float32)
uint16 = DType("uint16", 17, np.uint16)
complex128 = DType("complex128", 18, np.complex128)
float16 = DType("float16", 19, np.float16)
resource = DType("resource", 20, object)
variant = DType("variant", 21, object)
uint32 = DType("uint32", 22, np.uint32)
uint64 = DType("uint64", 23, np.uint64)

ALL = (
    float32, float64, int32, uint8, int16, int8, string, complex64, int64, bool_dtype, bfloat16,
    uint16, complex128, float16, resource, variant, uint32, uint64,
)  # fmt: skip

_BY_NAME: dict[str, DType] = {}
_BY_ENUM: dict[int, DType] = {}
_BY_NUMPY: dict[Any, DType] = {}
for _t in ALL:
    _ref = DType(_t.name + "_ref", _t.enum, _t.np, is_ref=True)
    _t._twin, _ref._twin = _ref, _t
    _BY_NAME[_t.name], _BY_NAME[_ref.name] = _t, _ref
    _BY_ENUM[_t.enum], _BY_ENUM[_t.enum + 100] = _t, _ref
    if _t.name not in ("resource", "variant", "bfloat16", "string"):
        _BY_NUMPY[np.dtype(_t.np)] = _t
_BY_NAME.update(half=float16, float=float32, double=float64)


def as_dtype(value: Any) -> DType:
    """The DType of a name, an enum number, a NumPy type or a Python type.

    Raises TypeError for what is no element type, in TensorFlow's words.

    >>> as_dtype("float32"), as_dtype(float), as_dtype(bool)
    (tf.float32, tf.float32, tf.bool)
    """
    if isinstance(value, DType):
        return value
    if value is float:
        return float32
    if value is int:  # NumPy's int on Linux
        return int64
    if value in (str, bytes, object):
        return string
    found = _BY_ENUM.get(value) if isinstance(value, int) else _BY_NAME.get(value) if isinstance(value, str) else None
    if found is None:
        try:
            npd = np.dtype(value)
        except TypeError:
            npd = None
        if npd is not None:
            found = string if npd.kind in "SUO" else _BY_NUMPY.get(npd)
            if found is None and npd.name == "bfloat16":
                found = bfloat16
    if found is None:
        raise TypeError(f"Cannot convert value {value!r} to a TensorFlow DType.")
    return found


_C_NAMES = {"float32": "float", "float64": "double", "float16": "half", "object": "string", "bytes": "string"}


def c_name(name: str) -> str:
    """A dtype's name as TensorFlow's runtime, written in C++, says it: float for float32."""
    return _C_NAMES.get(name, name)
