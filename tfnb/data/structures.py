"""Nested elements: tuples and dicts of tensors, flattened in one order and packed again.

    flatten({"b": 1, "a": (2, 3)})                 [2, 3, 1]      dicts by their sorted keys
    pack({"b": 1, "a": (2, 3)}, [7, 8, 9])         {"b": 9, "a": (7, 8)}

A list is no structure here but a value, as in tf.data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tfnb.core.dtypes import DType, as_dtype, variant
from tfnb.core.graph import Tensor
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.core.sparse import SparseTensor

__all__ = ["Leaf", "flatten", "leaf_of", "leaves", "map_structure", "pack"]


class Leaf:
    """What is known of one part of an element: dtype, shape and class; of a dataset inside, its structure."""

    __slots__ = ("dtype", "inside", "kind", "shape")

    def __init__(self, dtype: DType, shape: TensorShape, kind: Any = Tensor, inside: Any = None) -> None:
        self.dtype, self.shape, self.kind, self.inside = dtype, shape, kind, inside

    def __repr__(self) -> str:
        return f"Leaf({self.dtype!r}, {self.shape})"


class SparseLeaves(NamedTuple):
    """What is known of the three tensors of a sparse tensor."""

    indices: Any
    values: Any
    dense_shape: Any


def _is_namedtuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def flatten(structure: Any) -> list[Any]:
    """The leaves in order."""
    if isinstance(structure, Mapping):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, tuple):
        return [leaf for part in structure for leaf in flatten(part)]
    if isinstance(structure, SparseTensor):
        return [structure.indices, structure.values, structure.dense_shape]
    return [structure]


def pack(structure: Any, flat: Any) -> Any:
    """The structure with other leaves in its leaves' places."""
    return _pack(structure, iter(flat))


def _pack(structure: Any, flat: Iterator[Any]) -> Any:
    if isinstance(structure, Mapping):
        found = {key: _pack(structure[key], flat) for key in sorted(structure)}
        return type(structure)((key, found[key]) for key in structure)  # type: ignore[call-arg]
    if isinstance(structure, (SparseTensor, SparseLeaves)):
        parts = [next(flat) for _ in range(3)]
        return (SparseTensor if all(isinstance(p, Tensor) for p in parts) else SparseLeaves)(*parts)
    if _is_namedtuple(structure):
        return type(structure)(*(_pack(part, flat) for part in structure))
    if isinstance(structure, tuple):
        return tuple(_pack(part, flat) for part in structure)
    return next(flat)


def map_structure(f: Callable[[Any], Any], structure: Any) -> Any:
    """f of each leaf, in the same structure."""
    return pack(structure, [f(leaf) for leaf in flatten(structure)])


def leaf_of(tensor: Tensor) -> Leaf:
    """What is known of a tensor."""
    return Leaf(tensor.dtype.base_dtype, tensor.shape)


def leaves(types: Any, shapes: Any = None, classes: Any = None) -> Any:
    """The structure of leaves of given dtypes and shapes (lists stand for tuples)."""
    types = _tuples(types)
    flat_types = [as_dtype(t) for t in flatten(types)]
    if shapes is None:
        flat_shapes = [unknown_shape()] * len(flat_types)
    else:
        flat_shapes = [as_shape(s) for s in _shapes_like(types, shapes)]
    return pack(types, [Leaf(t, s) for t, s in zip(flat_types, flat_shapes, strict=True)])


def _tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return type(value)((k, _tuples(v)) for k, v in value.items())  # type: ignore[call-arg]
    if _is_namedtuple(value):
        return value
    return tuple(_tuples(v) for v in value) if isinstance(value, (list, tuple)) else value


def _shapes_like(types: Any, shapes: Any) -> list[Any]:
    """One shape for each dtype: a list or tuple may be a shape itself, so the dtypes say where structure ends."""
    if isinstance(types, Mapping):
        return [s for key in sorted(types) for s in _shapes_like(types[key], shapes[key])]
    if isinstance(types, tuple):
        return [s for part, given in zip(types, shapes, strict=True) for s in _shapes_like(part, given)]
    return [shapes]


def shapes_like(structure: Any, shapes: Any) -> list[Any]:
    """One shape for each leaf of a structure."""
    return _shapes_like(structure, shapes)


class Described(NamedTuple):
    """A structure as dtypes, shapes and classes, for an op's attributes."""

    types: list[DType]
    shapes: list[TensorShape]

    @classmethod
    def of(cls, structure: Any) -> Described:
        found = flatten(structure)
        return cls([leaf.dtype if leaf.inside is None else variant for leaf in found], [leaf.shape for leaf in found])
