"""Examples, as TFRecord files hold them, taken apart into tensors.

    parts = tf.parse_single_example(record, {"image": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)})
    parts["label"]

A FixedLenFeature gives a tensor, a VarLenFeature a SparseTensor, a FixedLenSequenceFeature a tensor filled up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, c_name, int64
from tfnb.core.dtypes import string as string_dtype
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import OfAttr, string
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.core.sparse import SparseTensor

__all__ = ["FixedLenFeature", "FixedLenSequenceFeature", "VarLenFeature", "parse_example", "parse_single_example",
           "parse_single_sequence_example"]  # fmt: skip


class FixedLenFeature(NamedTuple):
    """A feature of one size in every example; `default_value` stands where it is missing.

    >>> tf.FixedLenFeature([2], tf.float32).shape
    [2]
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature of any length: a SparseTensor.

    >>> tf.VarLenFeature(tf.int64).dtype
    tf.int64
    """

    dtype: Any


class FixedLenSequenceFeature(NamedTuple):
    """A feature of any number of rows of one size; shorter ones are filled up.

    >>> print(tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True).dtype)
    <dtype: 'int64'>
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


@dataclass(frozen=True)
class _Wanted:
    """One feature to be taken out of each example."""

    key: str
    kind: str
    sizes: tuple[int, ...]
    dtype: DType
    default: Any


_LISTS = {"bytes_list": "string", "float_list": "float", "int64_list": "int64"}


def _values(features: Any, want: _Wanted, before: str) -> Any:
    """The feature's values as a flat array; None where it is missing."""
    if want.key not in features:
        return None
    kind = features[want.key].WhichOneof("kind")
    if kind is None:
        return None
    if _LISTS[kind] != c_name(want.dtype.name):
        text = f"{before}.  Data types don't match. Data type: {_LISTS[kind]} but expected type: {c_name(want.dtype.name)}"
        raise InvalidArgumentError(None, None, text)
    values = getattr(features[want.key], kind).value
    if kind == "bytes_list":
        out = np.empty(len(values), object)
        out[:] = list(values)
        return out
    return np.array(values, dtype=want.dtype.np)


def _dense(features: Any, want: _Wanted, index: int | None) -> Any:
    """A FixedLenFeature of one example, in its shape."""
    name = "" if index is None else "Name: <unknown>, "
    values = _values(features, want, f"Key: {want.key}" if index is None else f"{name}Key: {want.key}, Index: {index}")
    if values is None:
        if want.default is None:
            text = f"{name}Feature: {want.key} (data type: {c_name(want.dtype.name)}) is required but could not be found."
            raise InvalidArgumentError(None, None, text)
        return np.broadcast_to(np.asarray(want.default, want.dtype.np), want.sizes)
    if values.size != np.prod(want.sizes, dtype=int):
        shown = "[" + ",".join(map(str, want.sizes)) + "]"
        raise InvalidArgumentError(None, None, f"Key: {want.key}.  Can't parse serialized Example." if index is None else
                                   f"{name}Key: {want.key}, Index: {index}.  Number of {c_name(want.dtype.name)} values != expected.  "
                                   f"Values size: {values.size} but output shape: {shown}")  # fmt: skip
    return values.reshape(want.sizes)


def _sparse(rows: list[Any], dtype: DType, single: bool) -> tuple[Any, Any, Any]:
    """Indices, values and shape of a VarLenFeature over all examples."""
    lengths = [0 if r is None else len(r) for r in rows]
    places = [(i, j) for i, n in enumerate(lengths) for j in range(n)]
    indices = np.array(places, np.int64).reshape(-1, 2)
    values = np.concatenate([r for r in rows if r is not None] or [np.empty(0, dtype.np)])
    if single:
        return indices[:, 1:], values, np.array(lengths, np.int64)
    return indices, values, np.array([len(rows), max(lengths, default=0)], np.int64)


def _rows(rows: list[Any], want: _Wanted) -> Any:
    """A FixedLenSequenceFeature over all examples, filled up to the longest."""
    size = int(np.prod(want.sizes, dtype=int))
    cut = [np.empty((0, *want.sizes), want.dtype.np) if r is None else r.reshape(-1, *want.sizes) if size else r for r in rows]
    out = np.empty((len(cut), max((len(r) for r in cut), default=0), *want.sizes), want.dtype.np)
    out.fill(want.default if want.default is not None else b"" if want.dtype is string_dtype else 0)
    for i, r in enumerate(cut):
        out[i, : len(r)] = r
    return out


def _parsed(serialized: Any, wanted: Any, single: bool) -> tuple[Any, ...]:
    from google.protobuf.message import DecodeError

    from tfnb.core import protos

    found = []
    for i, data in enumerate([serialized] if single else serialized):
        try:
            found.append(protos.Example.FromString(data).features.feature)
        except DecodeError:
            at = "" if single else f"Name: <unknown>, Index: {i}.  "
            raise InvalidArgumentError(None, None, f"{at}Could not parse example input, value: '{data[:200].decode(errors='replace')}'") from None
    sparse = [_sparse([_values(f, w, f"Key: {w.key}") for f in found], w.dtype, single) for w in wanted if w.kind == "sparse"]
    dense = []
    for w in wanted:
        if w.kind == "dense":
            rows = [_dense(f, w, None if single else i) for i, f in enumerate(found)]
            dense.append(rows[0] if single else np.stack(rows) if rows else np.empty((0, *w.sizes), w.dtype.np))
        elif w.kind == "rows":
            block = _rows([_values(f, w, f"Key: {w.key}") for f in found], w)
            dense.append(block[0] if single else block)
    scalars = [d[()] if np.ndim(d) == 0 else d for d in dense]
    return (*(s[0] for s in sparse), *(s[1] for s in sparse), *(s[2] for s in sparse), *scalars)


def _shaped(call: Any) -> Any:
    return list(call.attrs["output_shapes"])


@op("ParseExample", shape=_shaped, host=True, differentiable=False)
def parse_example_op(xp: Any, serialized: string, *, wanted: Any, Tout: Any, output_shapes: Any) -> tuple[OfAttr("Tout"), ...]:
    """The features of serialized examples."""
    return _parsed(serialized, wanted, False)


@op("ParseSingleExample", shape=_shaped, host=True, differentiable=False)
def parse_single_example_op(xp: Any, serialized: string, *, wanted: Any, Tout: Any, output_shapes: Any) -> tuple[OfAttr("Tout"), ...]:
    """The features of one serialized example."""
    return _parsed(serialized if isinstance(serialized, bytes) else np.ravel(serialized)[0], wanted, True)


def _wanted(features: Mapping[str, Any]) -> list[_Wanted]:
    if not features:
        raise ValueError("Missing: features was None." if features is None else "Missing features.")
    found = []
    for key in sorted(features):
        f = features[key]
        if not isinstance(f, (FixedLenFeature, VarLenFeature, FixedLenSequenceFeature)):
            raise ValueError(f"Invalid feature {key}:{f}.")
        kind = {FixedLenFeature: "dense", VarLenFeature: "sparse", FixedLenSequenceFeature: "rows"}[type(f)]
        sizes = tuple(as_shape(f.shape).as_list()) if kind != "sparse" else ()
        default = getattr(f, "default_value", None)
        if isinstance(default, str):
            default = default.encode()
        found.append(_Wanted(key, kind, sizes, as_dtype(f.dtype), default))
    return found


def _parse(definition: Any, serialized: Any, features: Any, single: bool, scope: str) -> dict[str, Any]:
    wanted = _wanted(features)
    text = convert_to_tensor(serialized, string_dtype, "serialized")
    front: list[Any] = [] if single else [text.shape[0].value if text.shape.ndims else None]
    sparse, dense = ([w for w in wanted if (w.kind == "sparse") == is_sparse] for is_sparse in (True, False))
    rank, k = 1 if single else 2, len(sparse)
    shapes = [TensorShape([None, rank])] * k + [TensorShape([None])] * k + [TensorShape([rank])] * k
    shapes += [TensorShape([*front, *([None] if w.kind == "rows" else []), *w.sizes]) for w in dense]
    types = [int64] * k + [w.dtype for w in sparse] + [int64] * k + [w.dtype for w in dense]
    outputs = definition.node((text,), {"wanted": (*sparse, *dense), "Tout": types, "output_shapes": shapes}, definition.type).outputs
    found: dict[str, Any] = {w.key: SparseTensor(outputs[i], outputs[k + i], outputs[2 * k + i]) for i, w in enumerate(sparse)}
    found.update((w.key, outputs[3 * k + i]) for i, w in enumerate(dense))
    return found


def parse_example(serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None) -> dict[str, Any]:
    """The features of a batch of serialized examples, by their names; each has the batch as its first axis.

    >>> number = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> texts = [tf.train.Example(features=tf.train.Features(feature={"n": number})).SerializeToString()]
    >>> print(tf.parse_example(texts, {"n": tf.FixedLenFeature([], tf.int64)})["n"].eval())
    [7]
    """
    with name_scope(name, "ParseExample", [serialized]) as scope:
        return _parse(parse_example_op, serialized, features, False, scope)


def parse_single_example(serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None) -> dict[str, Any]:
    """The features of one serialized example, by their names.

    >>> number = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> text = tf.train.Example(features=tf.train.Features(feature={"n": number})).SerializeToString()
    >>> print(tf.parse_single_example(text, {"n": tf.FixedLenFeature([], tf.int64)})["n"].eval())
    7
    """
    with name_scope(name, "ParseSingleExample", [serialized]) as scope:
        return _parse(parse_single_example_op, serialized, features, True, scope)


@op("ParseSingleSequenceExample", shape=_shaped, host=True, differentiable=False)
def parse_sequence_op(xp: Any, serialized: string, *, context: Any, sequence: Any, Tout: Any, output_shapes: Any) -> tuple[OfAttr("Tout"), ...]:
    """Context and sequences of one serialized SequenceExample."""
    from tfnb.core import protos

    data = protos.SequenceExample.FromString(serialized if isinstance(serialized, bytes) else np.ravel(serialized)[0])
    out = [_dense(data.context.feature, w, None) for w in context]
    for w in sequence:
        steps = data.feature_lists.feature_list[w.key].feature if w.key in data.feature_lists.feature_list else []
        rows = [_dense({w.key: f}, w, None) for f in steps]
        out.append(np.stack(rows) if rows else np.empty((0, *w.sizes), w.dtype.np))
    return tuple(v[()] if np.ndim(v) == 0 else v for v in out)


def parse_single_sequence_example(serialized: Any, context_features: Mapping[str, Any] | None = None,
                                  sequence_features: Mapping[str, Any] | None = None, example_name: Any = None,
                                  name: str | None = None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:  # fmt: skip
    """The context's features and the sequences of one SequenceExample, each of one size; a sequence's first axis is its steps.

    >>> text = tf.train.SequenceExample().SerializeToString()
    >>> context, sequence = tf.parse_single_sequence_example(text, sequence_features={"n": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True)})
    >>> print(sequence["n"].dtype)
    <dtype: 'int64'>
    """
    with name_scope(name, "ParseSingleSequenceExample", [serialized]):
        context = _wanted(context_features) if context_features else []
        sequence = _wanted(sequence_features) if sequence_features else []
        if any(w.kind == "sparse" for w in (*context, *sequence)):
            raise NotImplementedError("VarLenFeature in a SequenceExample is not there yet: use FixedLenFeature and FixedLenSequenceFeature.")
        shapes = [TensorShape(w.sizes) for w in context] + [TensorShape([None, *w.sizes]) for w in sequence]
        attributes = {"context": tuple(context), "sequence": tuple(sequence), "Tout": [w.dtype for w in (*context, *sequence)], "output_shapes": shapes}
        found = parse_sequence_op.node((convert_to_tensor(serialized, string_dtype, "serialized"),), attributes).outputs
        n = len(context)
        return {w.key: t for w, t in zip(context, found, strict=False)}, {w.key: t for w, t in zip(sequence, found[n:], strict=True)}
