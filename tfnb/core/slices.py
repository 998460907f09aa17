"""Rows of a tensor that a gradient touches, without the zeros between: the gradient of a lookup.

    IndexedSlices(values, indices, dense_shape)     row values[i] belongs at indices[i]; equal indices add up
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Graph, Operation, Tensor

__all__ = ["IndexedSlices"]


class IndexedSlices:
    """A sparse sum of rows: `values` of shape [n, ...], `indices` of shape [n], `dense_shape` of the whole.

    >>> s = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([1]), tf.constant([2, 1]))
    >>> print(tf.convert_to_tensor(s).eval())
    [[0.]
     [1.]]
    """

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        self.values, self.indices, self.dense_shape = values, indices, dense_shape

    @property
    def name(self) -> str:
        return self.values.name

    @property
    def op(self) -> Operation:
        return self.values.op

    @property
    def graph(self) -> Graph:
        return self.values.graph

    @property
    def dtype(self) -> Any:
        return self.values.dtype

    @property
    def device(self) -> str:
        return self.values.device

    def to_tensor(self) -> Tensor:
        """The dense tensor: rows at the same index are added. Needs `dense_shape`."""
        if self.dense_shape is None:
            raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {self.name}")
        from tfnb.ops.segments import unsorted_segment_sum

        return unsorted_segment_sum(self.values, self.indices, self.dense_shape[0])  # type: ignore[no-any-return]

    def _as_tensor(self, dtype: Any = None, name: str | None = None) -> Tensor:
        return self.to_tensor()

    def __str__(self) -> str:
        shape = f", dense_shape={self.dense_shape}" if self.dense_shape is not None else ""
        return f"IndexedSlices(indices={self.indices}, values={self.values}{shape})"

    __repr__ = __str__
