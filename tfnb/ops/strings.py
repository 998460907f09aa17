"""Texts: joining, cutting, and turning them into numbers and back. All run on the host.

string_join([a, b], "-")        element by element
string_to_number(["1.5"])       float32
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, float32, int32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, I, OfAttr, T, string
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape

__all__ = [
    "as_string", "decode_csv", "decode_raw", "reduce_join", "regex_replace", "string_join", "string_length",
    "string_lower", "string_strip", "string_to_number", "string_upper", "substr",
]  # fmt: skip


def _each(f: Callable[..., Any], *values: Any, dtype: Any = object) -> Any:
    """f of each element, broadcast as in NumPy."""
    return np.frompyfunc(f, len(values), 1)(*values) if dtype is object else _numbers(f, values, dtype)


def _numbers(f: Callable[..., Any], values: Any, dtype: Any) -> Any:
    found = np.asarray(np.frompyfunc(f, len(values), 1)(*values))
    return found.astype(dtype)[()] if found.ndim == 0 else found.astype(dtype)


# -- joining and cutting -------------------------------------------------------------------------------------
@op("StringJoin", shape="broadcast", host=True, differentiable=False)
def string_join_op(xp: Any, *inputs: string, separator: str = "") -> string:
    """The inputs' texts one after the other, element by element."""
    return _each(lambda *texts: separator.encode().join(texts), *inputs)


@op("Substr", shape="broadcast", host=True, differentiable=False)
def substr_op(xp: Any, input: string, pos: I, len: I, *, unit: str = "BYTE") -> string:
    """`len` bytes (or, with unit UTF8_CHAR, letters) of each text from `pos` on."""

    def part(text: bytes, pos: int, count: int) -> bytes:
        whole: Any = text.decode() if unit == "UTF8_CHAR" else text
        if not -size(whole) <= pos <= size(whole):
            raise ValueError(f"pos {pos} out of range for string")
        found = whole[pos:][:count]
        return found.encode() if isinstance(found, str) else found

    size = builtins.len
    return _each(part, input, pos, len)


@op("StaticRegexReplace", host=True, differentiable=False)
def regex_replace_op(
    xp: Any, input: string, *, pattern: str, rewrite: str, replace_global: bool = True
) -> string:
    """Each text with what matches the pattern replaced."""
    rule = re.compile(pattern.encode())
    return _each(lambda text: rule.sub(rewrite.encode(), text, count=0 if replace_global else 1), input)


def _joined_shape(call: Call) -> list[TensorShape]:
    sizes, axes = call.shapes[0].sizes, call.host(1)
    if sizes is None or axes is None:
        return [unknown_shape()]
    gone = {a % max(len(sizes), 1) for a in ((axes,) if isinstance(axes, int) else axes)}
    keep = call.attrs["keep_dims"]
    return [
        TensorShape.of(tuple(1 if i in gone else n for i, n in enumerate(sizes) if keep or i not in gone))
    ]


@op("ReduceJoin", shape=_joined_shape, host=True, differentiable=False)
def reduce_join_op(
    xp: Any, inputs: string, reduction_indices: Host, *, keep_dims: bool = False, separator: str = ""
) -> string:
    """The texts along the axes one after the other."""
    axes = (reduction_indices,) if isinstance(reduction_indices, int) else tuple(reduction_indices)
    axes = tuple(a % inputs.ndim for a in axes)[::-1]  # the first one named is joined first
    rest = [i for i in range(inputs.ndim) if i not in axes]
    kept = [inputs.shape[i] for i in rest]
    rows = inputs.transpose([*rest, *axes]).reshape([int(np.prod(kept)), -1])
    texts = np.empty(len(rows), object)
    texts[:] = [separator.encode().join(row) for row in rows]
    shape = [1 if i in axes else n for i, n in enumerate(inputs.shape)] if keep_dims else kept
    return texts.reshape(shape)[()]


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """The texts of `inputs` one after the other, element by element.

    >>> print(tf.string_join([["a", "b"], ["1", "2"]], separator="-").eval())
    [b'a-1' b'b-2']
    """
    return string_join_op(*inputs, separator=separator, name=name)


def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """`len` bytes of each text from `pos` on.

    >>> print(tf.substr(["hello"], 1, 3).eval())
    [b'ell']
    """
    return substr_op(input, pos, len, unit=unit, name=name)


def regex_replace(
    input: Any, pattern: str, rewrite: str, replace_global: bool = True, name: str | None = None
) -> Tensor:
    """Each text with what matches `pattern` replaced by `rewrite`.

    >>> print(tf.regex_replace(["a1b22"], "[0-9]+", "#").eval())
    [b'a#b#']
    """
    return regex_replace_op(input, pattern=pattern, rewrite=rewrite, replace_global=replace_global, name=name)


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool = False,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The texts along `axis` (all axes unless told) one after the other.

    >>> print(tf.reduce_join([["a", "b"], ["c", "d"]], 1).eval())
    [b'ab' b'cd']
    """
    axis = reduction_indices if axis is None else axis
    with name_scope(name, "ReduceJoin", [inputs]):
        inputs = convert_to_tensor(inputs)
        axis = list(range(inputs.shape.ndims or 0))[::-1] if axis is None else axis
        axis = axis if isinstance(axis, (int, Tensor)) else list(axis)
        return reduce_join_op(inputs, axis, keep_dims=bool(keepdims or keep_dims), separator=separator)


# -- letters -------------------------------------------------------------------------------------------------
@op("StringStrip", host=True, differentiable=False)
def string_strip(xp: Any, input: string) -> string:
    """Each text without the white space at its ends.

    >>> print(tf.string_strip(["  a  "]).eval())
    [b'a']
    """
    return _each(bytes.strip, input)


@op("StringLower", host=True, differentiable=False)
def string_lower(xp: Any, input: string) -> string:
    """Each text in small letters.

    >>> print(tf.strings.lower(["ABC"]).eval())
    [b'abc']
    """
    return _each(bytes.lower, input)


@op("StringUpper", host=True, differentiable=False)
def string_upper(xp: Any, input: string) -> string:
    """Each text in capital letters.

    >>> print(tf.strings.upper(["abc"]).eval())
    [b'ABC']
    """
    return _each(bytes.upper, input)


@op("StringLength", host=True, differentiable=False)
def string_length_op(xp: Any, input: string, *, out: DType = int32) -> OfAttr("out"):
    """How many bytes each text has."""
    return _each(len, input, dtype=np.int32)


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """How many bytes each text has.

    >>> print(tf.strings.length(["one", "three"]).eval())
    [3 5]
    """
    return string_length_op(input, name=name)


# -- numbers -------------------------------------------------------------------------------------------------
@op("StringToNumber", host=True, differentiable=False)
def string_to_number_op(xp: Any, string_tensor: string, *, out_type: DType = float32) -> OfAttr("out_type"):
    """The number that each text writes."""
    return _each(lambda text: _parsed(text, out_type), string_tensor, dtype=out_type)


@op("AsString", host=True, differentiable=False)
def as_string_op(
    xp: Any, input: T, *, precision: int = -1, scientific: bool = False, shortest: bool = False, width: int = -1, fill: str = ""
) -> string:
    """Each number as a text: with a number of digits behind the point, filled up on the left to a width."""
    kind = "e" if scientific else "g" if shortest else "f"
    return _each(lambda v: _filled(_written(v, precision, kind), width, fill), input)


@op("DecodeRaw", shape=lambda call: [call.shapes[0].concatenate([None])], host=True, differentiable=False)
def decode_raw_op(xp: Any, bytes: string, *, out_type: DType, little_endian: bool = True) -> OfAttr(
    "out_type"
):
    """The bytes of each text as numbers."""
    texts = np.ravel(np.asarray(bytes, dtype=object))  # as objects: NumPy's own strings lose zeros at their ends
    for text in texts:
        if len(text) % np.dtype(out_type).itemsize:
            size, name = np.dtype(out_type).itemsize, np.dtype(out_type).name
            raise ValueError(f"Input to DecodeRaw has length {len(text)} that is not a multiple of {size}, the size of {name}")
    rows = [
        np.frombuffer(text, np.dtype(out_type).newbyteorder("<" if little_endian else ">"))
        for text in texts
    ]
    return np.array(rows).astype(out_type).reshape(*np.shape(bytes), -1)


@op("DecodeCSV", shape=lambda call: [call.shapes[0]], host=True, differentiable=False)
def decode_csv_op(
    xp: Any, records: string, *, defaults: Any, Tout: Any, field_delim: str = ","
) -> tuple[OfAttr("Tout"), ...]:
    """The columns of lines of comma-separated values."""
    rows = [_fields(line.decode(), field_delim) for line in np.ravel(records)]
    for n, row in enumerate(rows):
        if len(row) != len(Tout):
            raise ValueError(f"Expect {len(Tout)} fields but have {len(row)} in record {n}")
    columns = []
    for i, (default, dtype) in enumerate(zip(defaults, Tout, strict=True)):
        texts = [row[i] for row in rows]
        column = [_cell(text, default, dtype) for text in texts]
        out = np.empty(len(column), dtype)
        out[:] = column
        columns.append(out.reshape(np.shape(records))[()])
    return tuple(columns)


def _fields(line: str, field_delim: str) -> list[str]:
    import csv

    return next(csv.reader([line], delimiter=field_delim))


def _cell(text: str, default: Any, dtype: Any) -> Any:
    if not text and len(default):
        return default[0].encode() if isinstance(default[0], str) else default[0]
    return text.encode() if dtype is object else _parsed(text.encode(), dtype)


def _parsed(text: bytes, dtype: Any) -> Any:
    try:
        return dtype(int(text) if np.dtype(dtype).kind in "iu" else float(text))
    except ValueError:
        raise ValueError(f"StringToNumberOp could not correctly convert string: {text.decode()}") from None


def _filled(text: bytes, width: int, fill: str) -> bytes:
    return text.ljust(width) if fill == "-" else text.rjust(width, fill.encode() or b" ") if width > 0 else text


def _written(v: Any, precision: int, kind: str = "f") -> bytes:
    if isinstance(v, (bool, np.bool_)):
        return str(bool(v)).lower().encode()
    if isinstance(v, (float, np.floating)):
        return f"{v:.{6 if precision < 0 else precision}{kind}}".encode()
    return str(v).encode()


def string_to_number(string_tensor: Any, out_type: Any = float32, name: str | None = None) -> Tensor:
    """The number that each text writes.

    >>> print(tf.string_to_number(["1.5", "2"]).eval())
    [1.5 2. ]
    """
    return string_to_number_op(string_tensor, out_type=as_dtype(out_type), name=name)


def as_string(
    input: Any, precision: int = -1, scientific: bool = False, shortest: bool = False, width: int = -1, fill: str = "",
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Each number as a text.

    >>> print(tf.as_string([1.5, 2.0], precision=2).eval())
    [b'1.50' b'2.00']
    """
    if scientific and shortest:
        raise ValueError("Cannot select both scientific and shortest notation")
    return as_string_op(input, precision=precision, scientific=scientific, shortest=shortest, width=width, fill=fill, name=name)


def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """The bytes of each text as numbers of a dtype.

    >>> print(tf.decode_raw([b"\\x01\\x02"], tf.uint8).eval())
    [[1 2]]
    """
    texts = bytes if input_bytes is None else input_bytes
    return decode_raw_op(texts, out_type=as_dtype(out_type), little_endian=little_endian, name=name)


def decode_csv(
    records: Any, record_defaults: Any, field_delim: str = ",", name: str | None = None, **_: Any
) -> list[Tensor]:
    """The columns of lines of comma-separated values; each default tells its column's dtype.

    >>> print(*sess.run(tf.decode_csv(["1,2.5,a"], [[0], [0.0], [""]])), sep="\\n")
    [1]
    [2.5]
    [b'a']
    """
    tensors = [convert_to_tensor(d) for d in record_defaults]
    types = [t.dtype.base_dtype for t in tensors]
    node = decode_csv_op.node(
        (records,), {"defaults": list(record_defaults), "Tout": types, "field_delim": field_delim}, name
    )
    return list(node.outputs)
