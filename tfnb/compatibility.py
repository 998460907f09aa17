"""What TensorFlow's later names ask of a graph of version 1: small answers that belong to no other chapter.

    is_tensor(x)                whether x is a tensor, a variable or a sparse tensor
    get_static_value(x)         the value of a tensor that the graph alone tells, else None
    fixed_size_partitioner(4)   accepted where variables are made; tfnb keeps each variable in one piece
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.shapes import as_shape
from tfnb.core.slices import IndexedSlices
from tfnb.core.sparse import SparseTensor, SparseTensorValue

__all__ = [
    "container", "convert_to_tensor_or_indexed_slices", "convert_to_tensor_or_sparse_tensor", "dimension_at_index", "dimension_value",
    "fixed_size_partitioner", "get_static_value", "is_tensor", "min_max_variable_partitioner", "timestamp", "variable_axis_size_partitioner",
]  # fmt: skip


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor, a variable, a sparse tensor or slices of one.

    >>> tf.is_tensor(tf.constant(1)), tf.is_tensor([1, 2])
    (True, False)
    """
    from tfnb.variables import Variable

    return isinstance(x, (Tensor, SparseTensor, IndexedSlices, Variable))


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a tensor as an array if the graph alone tells it, else None.

    >>> print(tf.get_static_value(tf.constant([1, 2])), tf.get_static_value(tf.placeholder(tf.float32)))
    [1 2] None
    """
    return static_value(tensor)


def convert_to_tensor_or_indexed_slices(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """The value as a tensor; IndexedSlices stay what they are.

    >>> tf.convert_to_tensor_or_indexed_slices([1, 2]).shape
    TensorShape([Dimension(2)])
    """
    return value if isinstance(value, IndexedSlices) else convert_to_tensor(value, dtype, name=name)


def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """The value as a tensor; a SparseTensor stays one, a SparseTensorValue becomes one.

    >>> tf.convert_to_tensor_or_sparse_tensor([1, 2]).shape
    TensorShape([Dimension(2)])
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor(*value)
    return value if isinstance(value, SparseTensor) else convert_to_tensor(value, dtype, name=name)


def dimension_value(dimension: Any) -> int | None:
    """The size as an int or None, from a Dimension or an int.

    >>> tf.dimension_value(tf.placeholder(tf.float32, [None, 3]).shape[1])
    3
    """
    return getattr(dimension, "value", dimension)


def dimension_at_index(shape: Any, index: int) -> Any:
    """The Dimension at the index; unknown where the rank is.

    >>> tf.dimension_at_index(tf.TensorShape([2, 3]), 1)
    Dimension(3)
    """
    from tfnb.core.shapes import Dimension

    shape = as_shape(shape)
    return Dimension(None) if shape.ndims is None else shape[index]


@contextlib.contextmanager
def container(container_name: str) -> Iterator[str]:
    """Accepted: resources of one process share one container.

    >>> with tf.container("experiment"):
    ...     v = tf.Variable(1.0)
    """
    yield container_name


def timestamp(name: str | None = None) -> Tensor:
    """Seconds since 1970, read anew in each run: float64, shape ().

    >>> tf.timestamp().dtype
    tf.float64
    """
    from tfnb.ops.host import py_func

    now = py_func(lambda: np.float64(time.time()), [], "float64", stateful=True, name=name or "Timestamp")
    now.set_shape(())
    return now


# -- partitioners: how many pieces TensorFlow would cut a variable into -----------------------------------------
def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Callable[..., list[int]]:
    """As many pieces as said, along an axis. tfnb makes one variable of them all.

    >>> tf.fixed_size_partitioner(4)(tf.TensorShape([8, 2]), tf.float32)
    [4, 1]
    """

    def partitions(shape: Any, **_: Any) -> list[int]:
        out = [1] * len(shape)
        out[axis] = min(num_shards, int(shape[axis]))
        return out

    return lambda shape, dtype=None: partitions(shape)


def variable_axis_size_partitioner(
    max_shard_bytes: int, axis: int = 0, bytes_per_string_element: int = 16, max_shards: int | None = None
) -> Callable[..., list[int]]:
    """Pieces of at most so many bytes, along an axis.

    >>> tf.variable_axis_size_partitioner(16)(tf.TensorShape([8, 2]), tf.float32)
    [4, 1]
    """

    def partitions(shape: Any, dtype: Any) -> list[int]:
        sizes = [int(n) for n in shape]
        each = bytes_per_string_element if dtype.size is None else dtype.size
        slice_bytes = each * int(np.prod(sizes)) // sizes[axis]
        per_shard = max(1, max_shard_bytes // slice_bytes)
        shards = -(-sizes[axis] // per_shard)
        out = [1] * len(sizes)
        out[axis] = min(shards, max_shards or shards)
        return out

    return partitions


def min_max_variable_partitioner(
    max_partitions: int = 1, axis: int = 0, min_slice_size: int = 256 << 10, bytes_per_string_element: int = 16
) -> Callable[..., list[int]]:
    """At most so many pieces, each of at least `min_slice_size` bytes.

    >>> tf.min_max_variable_partitioner(4, min_slice_size=16)(tf.TensorShape([8, 2]), tf.float32)
    [4, 1]
    """

    def partitions(shape: Any, dtype: Any) -> list[int]:
        sizes = [int(n) for n in shape]
        total = int(np.prod(sizes)) * (bytes_per_string_element if dtype.size is None else dtype.size)
        out = [1] * len(sizes)
        out[axis] = max(1, min(-(-total // min_slice_size), max_partitions, sizes[axis]))
        return out

    return partitions
