"""Texts cut into words, written as Base64, matched; and sets of the elements of rows.

string_split(["a b", "c"])                    a sparse tensor: a, b in row 0, c in row 1
sets.set_intersection([[1, 2]], [[2, 3]])     a sparse tensor: 2 in row 0
"""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, T, boolean, int32, int64, string
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.core.sparse import SparseTensor
from tfnb.ops.strings import _each

__all__ = ["decode_base64", "encode_base64", "string_split"]


def _found(axes: int | None) -> Any:
    return lambda call: [TensorShape.of(s) for s in ((None, axes), (None,), (axes,))]


def _sparse_rows(
    rows: list[list[Any]], dtype: Any, shape: tuple[int, ...] | None = None
) -> tuple[Any, Any, Any]:
    """Rows of unequal length as indices, values and shape."""
    sizes = shape or (len(rows),)
    places = [(*at, k) for at, row in zip(np.ndindex(*sizes), rows, strict=True) for k in range(len(row))]
    values = np.empty(len(places), dtype)
    values[:] = [v for row in rows for v in row]
    indices = np.array(places, np.int64).reshape(-1, len(sizes) + 1)
    return indices, values, np.array([*sizes, max(map(len, rows), default=0)], np.int64)


# -- words ---------------------------------------------------------------------------------------------------
@op("StringSplit", shape=_found(2), host=True, differentiable=False)
def string_split_op(
    xp: Any, input: string, delimiter: string, *, skip_empty: bool = True
) -> tuple[int64, string, int64]:
    """The words of each text; every character of the delimiter parts them. Without a delimiter: the single bytes."""
    marks = np.asarray(delimiter).item()
    rule = re.compile(b"[" + re.escape(marks) + b"]") if marks else None
    rows = [
        [bytes([b]) for b in text] if rule is None else rule.split(text) if text else []
        for text in np.ravel(input).tolist()
    ]
    return _sparse_rows([[w for w in row if w or not skip_empty] for row in rows], object)


@op("StringSplitV2", shape=_found(2), host=True, differentiable=False)
def string_split_v2_op(
    xp: Any, input: string, sep: string, *, maxsplit: int = -1
) -> tuple[int64, string, int64]:
    """The words of each text, parted by `sep`, or by white space where it is empty: as Python's split."""
    mark = np.asarray(sep).item() or None
    rows = [
        text.split(mark, maxsplit) if text or mark is None else [b""] for text in np.ravel(input).tolist()
    ]
    return _sparse_rows(rows, object)


def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor:
    """The words of each text as a sparse tensor, a row for each text.

    >>> print(tf.string_split(["a b", "c"]).values.eval())
    [b'a' b'b' b'c']
    """
    marks = delimiter if delimiter is not None else " " if sep is None else sep
    if result_type != "SparseTensor":
        raise NotImplementedError(
            "result_type='RaggedTensor' is not there in tfnb; use the SparseTensor that is the default."
        )
    with name_scope(name, "StringSplit", [source]):
        texts, mark = convert_to_tensor(source, string), convert_to_tensor(marks, string)
        return SparseTensor(*string_split_op(texts, mark, skip_empty=skip_empty))


def strings_split(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> SparseTensor:
    """The words of each text as a sparse tensor, parted as by Python's split.

    >>> print(tf.strings.split(["a b", "c"]).values.eval())
    [b'a' b'b' b'c']
    """
    texts = input if source is None else source
    if result_type != "SparseTensor":
        raise NotImplementedError(
            "result_type='RaggedTensor' is not there in tfnb; use the SparseTensor that is the default."
        )
    with name_scope(name, "StringSplit", [texts]):
        words = convert_to_tensor(texts, string, name="input")
        mark = convert_to_tensor("" if sep is None else sep, string)
        return SparseTensor(*string_split_v2_op(words, mark, maxsplit=maxsplit))


# -- matching and writing ------------------------------------------------------------------------------------
@op("StaticRegexFullMatch", host=True, differentiable=False)
def regex_full_match_op(xp: Any, input: string, *, pattern: str) -> boolean:
    """Whether the whole of each text matches the pattern."""
    rule = re.compile(pattern.encode())
    return _each(lambda text: rule.fullmatch(text) is not None, input, dtype=np.bool_)


def regex_full_match(input: Any, pattern: str, name: str | None = None) -> Tensor:
    """Whether the whole of each text matches the pattern.

    >>> print(tf.strings.regex_full_match(["abc", "xyz"], "a.*").eval())
    [ True False]
    """
    return regex_full_match_op(input, pattern=pattern, name=name)


@op("EncodeBase64", host=True, differentiable=False)
def encode_base64_op(xp: Any, input: string, *, pad: bool = False) -> string:
    """Each text in web-safe Base64, with = at its end only where `pad` is True."""
    return _each(lambda text: base64.urlsafe_b64encode(text).rstrip(b"" if pad else b"="), input)


@op("DecodeBase64", host=True, differentiable=False)
def decode_base64(xp: Any, input: string) -> string:
    """Each web-safe Base64 text as the bytes it stands for.

    >>> print(tf.decode_base64("aGVsbG8").eval())
    b'hello'
    """
    return _each(_unwritten, input)


def _unwritten(text: bytes) -> bytes:
    if not re.fullmatch(rb"[A-Za-z0-9_-]*=*", text):
        raise InvalidArgumentError(None, None, "Invalid character found in base64.")
    return base64.urlsafe_b64decode(text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4))


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Each text in web-safe Base64.

    >>> print(tf.encode_base64("hello").eval())
    b'aGVsbG8'
    """
    return encode_base64_op(input, pad=pad, name=name)


# -- sets: the last axis holds the elements ------------------------------------------------------------------
_OPERATIONS = {
    "a-b": np.setdiff1d, "b-a": lambda a, b: np.setdiff1d(b, a), "intersection": np.intersect1d, "union": np.union1d,
}  # fmt: skip


def _of_rank(call: Call) -> list[TensorShape]:
    n = call.shapes[0].ndims
    return [TensorShape.of(s) for s in ((None, n), (None,), (n,))]


@op("DenseToDenseSetOperation", shape=_of_rank, host=True, differentiable=False)
def dense_sets_op(
    xp: Any, set1: T, set2: T, *, set_operation: str, validate_indices: bool = True
) -> tuple[int64, T, int64]:
    """For each row of both, the elements that are in one of them, or in both, without repetition and in order."""
    rows = [np.reshape(s, (-1, np.shape(s)[-1])) for s in (set1, set2)]
    found = [_OPERATIONS[set_operation](a, b).tolist() for a, b in zip(*rows, strict=True)]
    return _sparse_rows(found, np.asarray(set1).dtype, np.shape(set1)[:-1])


@op("SetSize", shape=lambda call: [unknown_shape()], host=True, differentiable=False)
def set_size_op(
    xp: Any, set_indices: int64, set_values: T, set_shape: int64, *, validate_indices: bool = True
) -> int32:
    """How many different elements each row has."""
    out = np.zeros(tuple(np.asarray(set_shape)[:-1].tolist()), np.int32)
    pairs = {
        (*at[:-1], v)
        for at, v in zip(np.asarray(set_indices).tolist(), np.asarray(set_values).tolist(), strict=True)
    }
    for pair in pairs:
        out[pair[:-1]] += 1
    return out[()]


def _set_operation(a: Any, b: Any, kind: str, validate_indices: bool) -> SparseTensor:
    if isinstance(a, SparseTensor) or isinstance(b, SparseTensor):
        raise NotImplementedError(
            "Sets of sparse tensors are not there in tfnb; make them dense with tf.sparse_tensor_to_dense."
        )
    first, second = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
    return SparseTensor(*dense_sets_op(first, second, set_operation=kind, validate_indices=validate_indices))


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in both rows.

    >>> print(tf.sets.intersection([[1, 2, 3]], [[2, 5]]).values.eval())
    [2]
    """
    return _set_operation(a, b, "intersection", validate_indices)


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in either row.

    >>> print(tf.sets.union([[1, 2]], [[2, 5]]).values.eval())
    [1 2 5]
    """
    return _set_operation(a, b, "union", validate_indices)


def set_difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in one row but not in the other.

    >>> print(tf.sets.difference([[1, 2, 3]], [[2, 5]]).values.eval())
    [1 3]
    """
    return _set_operation(a, b, "a-b" if aminusb else "b-a", validate_indices)


def set_size(a: SparseTensor, validate_indices: bool = True) -> Tensor:
    """How many different elements each row has.

    >>> print(tf.sets.size(tf.sets.union([[1, 2]], [[2, 5]])).eval())
    [3]
    """
    return set_size_op(a.indices, a.values, a.dense_shape, validate_indices=validate_indices)
