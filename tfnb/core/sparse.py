"""Tensors that are mostly zeros: only the elements that are not, and where they stand.

SparseTensor(indices=[[0, 2], [1, 0]], values=[5.0, 7.0], dense_shape=[2, 3])      is [[0, 0, 5], [7, 0, 0]]
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.core.dtypes import int64
from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape

__all__ = ["SparseTensor", "SparseTensorValue"]


class SparseTensorValue(NamedTuple):
    """What a sparse tensor is in a run: three arrays. Fetched, and to be fed.

    >>> tf.SparseTensorValue([[0, 1]], [5], [2, 2]).values
    [5]
    """

    indices: Any
    values: Any
    dense_shape: Any


class SparseTensor:
    """`values` (n) at the places `indices` (n, axes) of a tensor of the shape `dense_shape` (axes), zeros elsewhere.

    >>> print(tf.SparseTensor(indices=[[0, 1]], values=[5], dense_shape=[2, 2]).dense_shape.eval())
    [2 2]
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self.indices: Tensor = convert_to_tensor(indices, int64, name="indices")
            self.values: Tensor = convert_to_tensor(values, name="values")
            self.dense_shape: Tensor = convert_to_tensor(dense_shape, int64, name="dense_shape")
        self.indices.shape.with_rank(2)
        self.values.shape.with_rank(1)
        self.dense_shape.shape.with_rank(1)

    @classmethod
    def from_value(cls, value: Any) -> SparseTensor:
        """The sparse tensor of three constants."""
        return value if isinstance(value, SparseTensor) else cls(*value)

    @property
    def dtype(self) -> Any:
        return self.values.dtype

    @property
    def op(self) -> Operation:
        return self.values.op

    @property
    def graph(self) -> Graph:
        return self.indices.graph

    @property
    def name(self) -> str:
        return self.values.name

    @property
    def shape(self) -> TensorShape:
        """The shape, as far as the graph alone tells it."""
        known = static_value(self.dense_shape)
        if known is None:
            return unknown_shape(self.dense_shape.shape.num_elements())
        return TensorShape.of(tuple(None if n is None or n < 0 else int(n) for n in known))

    def get_shape(self) -> TensorShape:
        return self.shape

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """The three arrays, in the given session or the default one."""
        parts = (self.indices, self.values, self.dense_shape)
        return SparseTensorValue(*(part.eval(feed_dict, session) for part in parts))

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"

    __str__ = __repr__
