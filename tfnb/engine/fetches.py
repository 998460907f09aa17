"""What a caller asks of a run and what it hands in: nested fetches and feeds, with TensorFlow's errors."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tfnb.core.errors import InaccessibleTensorError, teach
from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.core.slices import IndexedSlices
from tfnb.core.sparse import SparseTensor, SparseTensorValue

__all__ = ["FetchPlan", "feeds_of"]


class FetchPlan:
    """The flat list of things to fetch and how the results go back into the caller's structure."""

    def __init__(self, graph: Graph, fetches: Any) -> None:
        self.graph = graph
        self.flat: list[Any] = []
        self._places: dict[Any, int] = {}
        self.rebuild = self._walk(fetches)
        self.quick = self._quick(fetches)

    def _quick(self, fetches: Any) -> Callable[[list[Any]], Any]:
        """`rebuild`, without a call for each part where the structure is the flat list itself, or one element."""
        if type(fetches) in (list, tuple):
            leaves = len(self.flat) == len(fetches) and all(self._is_leaf(f) for f in fetches)
            return self.rebuild if not leaves else _same if type(fetches) is list else tuple
        return operator.itemgetter(0) if len(self.flat) == 1 and self._is_leaf(fetches) else self.rebuild

    def _is_leaf(self, item: Any) -> bool:
        return isinstance(item, (Tensor, Operation, str)) or hasattr(item, "_as_graph_element")

    def _walk(self, item: Any) -> Callable[[list[Any]], Any]:
        if item is None:
            raise TypeError(f"Fetch argument {item!r} has invalid type {type(item)!r}")
        if isinstance(item, Mapping):
            parts = {k: self._walk(v) for k, v in item.items()}
            made = type(item) if isinstance(item, dict) else dict
            return lambda got: made((k, f(got)) for k, f in parts.items())
        if isinstance(item, (list, tuple)):
            walks = [self._walk(v) for v in item]
            if hasattr(item, "_fields"):
                return lambda got: type(item)(*(f(got) for f in walks))  # type: ignore[arg-type]
            return (lambda got: tuple(f(got) for f in walks)) if isinstance(item, tuple) else (lambda got: [f(got) for f in walks])
        if isinstance(item, IndexedSlices):
            return self._slices(item)
        if isinstance(item, SparseTensor):
            walks = [self._walk(t) for t in (item.indices, item.values, item.dense_shape)]
            return lambda got: SparseTensorValue(*(f(got) for f in walks))
        if hasattr(item, "__attrs_attrs__"):
            names = [a.name for a in item.__attrs_attrs__]
            fields = [self._walk(getattr(item, n)) for n in names]
            return lambda got: type(item)(*(f(got) for f in fields))
        return self._leaf(item)

    def _slices(self, item: IndexedSlices) -> Callable[[list[Any]], Any]:
        from collections import namedtuple

        made = namedtuple("IndexedSlicesValue", "values indices dense_shape")  # type: ignore[name-match]
        parts = [self._walk(t) if t is not None else None for t in (item.values, item.indices, item.dense_shape)]
        return lambda got: made(*(f(got) if f else None for f in parts))

    def _leaf(self, item: Any) -> Callable[[list[Any]], Any]:
        try:
            element = self.graph.as_graph_element(item)
        except TypeError as e:
            raise TypeError(f"Fetch argument {item!r} has invalid type {type(item)!r}, must be a string or Tensor. ({e})") from None
        except (ValueError, KeyError) as e:
            raise teach(ValueError(f"Fetch argument {item!r} cannot be interpreted as a Tensor. ({e})"),
                        "Fetch a tensor or operation of the session's own graph.") from None  # fmt: skip
        if not self.graph.is_fetchable(element):
            raise InaccessibleTensorError(
                f"Operation {getattr(element, 'op', element).name!r} has been marked as not fetchable. Typically this happens when it is "
                "defined in another function or code block. Use return values,explicit Python locals or TensorFlow collections to access it."
            )
        i = self._places.setdefault(element, len(self.flat))
        if i == len(self.flat):
            self.flat.append(element)
        return lambda got: got[i]


def _same(got: list[Any]) -> list[Any]:
    return got


def feeds_of(graph: Graph, feed_dict: Any) -> dict[Tensor, Any]:
    """The tensors fed and their values as NumPy arrays of the tensors' dtypes. Raises TensorFlow's errors."""
    if not feed_dict:
        return {}
    if not isinstance(feed_dict, Mapping):
        raise TypeError("input must be a dictionary")
    out: dict[Tensor, Any] = {}
    for key, value in feed_dict.items():
        for k, v in _pairs(key, value):
            tensor = _key(graph, k)
            out[tensor] = fed_value(tensor, v)
    return out


def _pairs(key: Any, value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(key, IndexedSlices):
        return zip((key.values, key.indices), value, strict=False)
    if isinstance(key, SparseTensor):
        return zip((key.indices, key.values, key.dense_shape), value, strict=True)
    if isinstance(key, tuple):
        if len(key) != len(value):
            raise ValueError("Expected feed value tuple of the same length as its key.")
        return zip(key, value, strict=True)
    return [(key, value)]


def _key(graph: Graph, key: Any) -> Tensor:
    try:
        tensor: Tensor = graph.as_graph_element(key, allow_operation=False)
    except Exception as e:
        raise teach(TypeError(f"Cannot interpret feed_dict key as Tensor: {e.args[0] if e.args else e}"),
                    "Keys of feed_dict are tensors of the session's graph, or their names such as 'x:0'.") from None  # fmt: skip
    if not graph.is_feedable(tensor):
        raise ValueError(f"Tensor {tensor} may not be fed.")
    return tensor


def fed_value(tensor: Tensor, value: Any) -> Any:
    """The value as the run receives it."""
    if isinstance(value, Tensor):
        raise teach(TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, "
            f"numpy ndarrays, or TensorHandles. For reference, the tensor object was {value} which was passed to the feed with key {tensor}."
        ), "Run the tensor first and feed what comes back: sess.run(...).")  # fmt: skip
    dtype = tensor.dtype.base_dtype
    if isinstance(value, int) and not isinstance(value, bool) and dtype.is_integer and not _fits(value, dtype.np):
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {np.dtype(dtype.np).type!r}. "
            "Try explicitly setting the type of the feed tensor to a larger type (e.g. int64)."
        )
    array = _strings(value) if dtype.name == "string" else _numbers(value, dtype.np)
    if not tensor.shape.is_compatible_with(array.shape):
        raise teach(ValueError(f"Cannot feed value of shape {array.shape} for Tensor {tensor.name!r}, which has shape {str(tensor.shape)!r}"),
                    "", tensor.op.where)  # fmt: skip
    return array[()] if array.ndim == 0 else array


def _fits(value: int, dtype: Any) -> bool:
    info = np.iinfo(dtype)
    return bool(info.min <= value <= info.max)


def _numbers(value: Any, dtype: Any) -> np.ndarray:
    try:
        return np.asarray(value, dtype=dtype)
    except ValueError as e:
        if "inhomogeneous" in str(e) or "sequence" in str(e):
            raise teach(ValueError("setting an array element with a sequence."), "The lists fed have unequal lengths.") from None
        raise


def _strings(value: Any) -> np.ndarray:
    found = np.asarray(value, dtype=object)
    out = np.empty(found.shape, dtype=object)
    for i in np.ndindex(found.shape):
        v = found[i]
        out[i] = v.encode() if isinstance(v, str) else v if isinstance(v, bytes) else str(v).encode()
    return out
