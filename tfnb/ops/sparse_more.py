"""Sparse tensors cut, merged and summed into sparse tensors.

    sparse_split(sp_input=a, num_split=2, axis=1)      the left and the right half
    sparse_merge(ids, values, vocab_size)              ids as the last axis: a bag of words
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.op import op
from tfnb.core.rules import Call, Host, N, OfAttr, T, int64
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.core.sparse import SparseTensor
from tfnb.ops import arrays
from tfnb.ops.sparse import _axes, sparse, sparse_tensor_to_dense
from tfnb.ops.sparse_shapes import sparse_reorder

__all__ = ["sparse_merge", "sparse_reduce_max_sparse", "sparse_reduce_sum_sparse", "sparse_split", "sparse_to_indicator"]


# -- cut ---------------------------------------------------------------------------------------------------------
def _split_shapes(call: Call) -> list[TensorShape]:
    n, axes = call.attrs["num"], (call.shapes[1].sizes or (None, None))[-1]
    return [TensorShape.of((None, axes))] * n + [TensorShape.of((None,))] * n + [TensorShape.of((axes,))] * n


@op("SparseSplit", shape=_split_shapes, host=True, differentiable=False)
def sparse_split_op(xp: Any, split_dim: int64, indices: int64, values: T, shape: int64, *, num: int, dtypes: Any) -> tuple[OfAttr("dtypes"), ...]:
    """Indices of the parts, their values, and their shapes; the first parts are one longer where it does not come out even."""
    axis, whole = int(split_dim), np.array(shape, np.int64)
    size, more = divmod(int(whole[axis]), num)
    ends = np.cumsum([size + (i < more) for i in range(num)])
    places, parts, shapes = [], [], []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        inside = (indices[:, axis] >= start) & (indices[:, axis] < end)
        moved = np.array(indices[inside], np.int64)
        moved[:, axis] -= start
        own = whole.copy()
        own[axis] = end - start
        places.append(moved)
        parts.append(np.asarray(values)[inside])
        shapes.append(own)
    return (*places, *parts, *shapes)


def sparse_split(keyword_required: Any = None, sp_input: Any = None, num_split: int | None = None, axis: int | None = None, name: str | None = None,
                 split_dim: int | None = None) -> list[SparseTensor]:  # fmt: skip
    """Parts of a sparse tensor along an axis; the first are one longer where it does not come out even. Keywords only.

    >>> a = tf.SparseTensor([[0, 0], [0, 2]], [1, 2], [1, 3])
    >>> print([part.values.eval().tolist() for part in tf.sparse_split(sp_input=a, num_split=2, axis=1)])
    [[1], [2]]
    """
    axis = split_dim if axis is None else axis
    if sp_input is None or num_split is None or axis is None:
        raise ValueError("sp_input, num_split and axis are required" if sp_input is not None else "sp_input is required")
    s = sparse(sp_input)
    kinds = [int64] * num_split + [s.dtype.base_dtype] * num_split + [int64] * num_split
    found = sparse_split_op(arrays.constant(axis, int64, name="split_dim"), s.indices, s.values, s.dense_shape, num=num_split, dtypes=kinds, name=name)
    return [SparseTensor(*found[i::num_split]) for i in range(num_split)]


# -- merged ------------------------------------------------------------------------------------------------------
def sparse_merge(sp_ids: Any, sp_values: Any, vocab_size: Any, name: str | None = None, already_sorted: bool = False) -> SparseTensor:
    """The values where the ids say, along a last axis of `vocab_size`; with lists of ids, along several such axes.

    >>> ids = tf.SparseTensor([[0, 0], [0, 1]], tf.constant([3, 1], tf.int64), [1, 2])
    >>> print(tf.sparse.to_dense(tf.sparse_merge(ids, tf.SparseTensor(ids.indices, [0.5, 2.0], [1, 2]), 4)).eval())
    [[0.  2.  0.  0.5]]
    """
    listed = isinstance(sp_ids, (list, tuple))
    all_ids, sizes = (list(sp_ids), list(vocab_size)) if listed else ([sp_ids], [vocab_size])
    if len(all_ids) != len(sizes):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    values = sparse(sp_values)
    first = sparse(all_ids[0])
    with name_scope(name, "SparseMerge", [first.indices, values.indices]):
        columns = [arrays.expand_dims(arrays.cast(sparse(s).values, int64), 1) for s in all_ids]
        indices = arrays.concat([first.indices[:, :-1], *columns], 1)
        shape = arrays.concat([first.dense_shape[:-1], arrays.stack([arrays.cast(n, int64) for n in sizes])], 0)
        merged = SparseTensor(indices, values.values, shape)
        return merged if already_sorted else sparse_reorder(merged)


def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Any:
    """True at the ids that each row holds, (..., vocab_size).

    >>> print(tf.sparse.to_indicator(tf.SparseTensor([[0, 0]], tf.constant([2], tf.int64), [1, 1]), 3).eval())
    [[False False  True]]
    """
    s = sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [s.indices]) as scope:
        there = arrays.fill(arrays.expand_dims(arrays.shape(s.indices)[0], 0), True)
        merged = sparse_merge(s, SparseTensor(s.indices, there, s.dense_shape), vocab_size, name=scope)
        return sparse_tensor_to_dense(merged, default_value=False, validate_indices=False, name=scope)


def sparse_expand_dims(sp_input: Any, axis: int | None = None, name: str | None = None) -> SparseTensor:
    """A new axis of size 1, the last unless told.

    >>> print(tf.sparse.expand_dims(tf.SparseTensor([[1]], [5], [2]), 0).indices.eval())
    [[0 1]]
    """
    s = sparse(sp_input)
    rank = s.dense_shape.shape.num_elements() or 0
    at = rank if axis is None else axis if axis >= 0 else axis + rank + 1
    with name_scope(name, "expand_dims"):
        shape = arrays.concat([s.dense_shape[:at], arrays.constant([1], int64), s.dense_shape[at:]], 0)
        new = arrays.zeros(arrays.stack([arrays.shape(s.indices)[0], 1]), int64)
        return SparseTensor(arrays.concat([s.indices[:, :at], new, s.indices[:, at:]], 1), s.values, shape)


# -- summed ------------------------------------------------------------------------------------------------------
def _groups(indices: Any, shape: Any, axes: Any, keep_dims: bool) -> Any:
    """The places that are left without the axes, the group of each element, and the shape that is left."""
    n = len(shape)
    gone = {a % n for a in np.ravel(axes)} if np.size(axes) else set(range(n))
    moved = np.array(indices, np.int64)
    if keep_dims:
        moved[:, sorted(gone)] = 0
        left = [1 if i in gone else int(m) for i, m in enumerate(shape)]
    else:
        kept = [i for i in range(n) if i not in gone]
        moved, left = moved[:, kept], [int(shape[i]) for i in kept]
    places, group = np.unique(moved, axis=0, return_inverse=True)
    return places, np.ravel(group), np.array(left, np.int64)


def _reduced_shapes(call: Call) -> list[TensorShape]:
    return [TensorShape.of((None, None)), TensorShape.of((None,)), TensorShape.of((None,))]


@op("SparseReduceSumSparse", shape=_reduced_shapes, host=True, differentiable=False)
def sparse_reduce_sum_sparse_op(xp: Any, input_indices: int64, input_values: N, input_shape: int64, reduction_axes: Host, *,
                                keep_dims: bool = False) -> tuple[int64, N, int64]:  # fmt: skip
    """Sums along axes where there is something to add."""
    places, group, left = _groups(input_indices, input_shape, reduction_axes, keep_dims)
    out = np.zeros(len(places), input_values.dtype)
    np.add.at(out, group, np.asarray(input_values))
    return places, out, left


@op("SparseReduceMaxSparse", shape=_reduced_shapes, host=True, differentiable=False)
def sparse_reduce_max_sparse_op(xp: Any, input_indices: int64, input_values: N, input_shape: int64, reduction_axes: Host, *,
                                keep_dims: bool = False) -> tuple[int64, N, int64]:  # fmt: skip
    """The largest along axes where there is something."""
    places, group, left = _groups(input_indices, input_shape, reduction_axes, keep_dims)
    values = np.asarray(input_values)
    return places, np.array([values[group == i].max() for i in range(len(places))], values.dtype), left


def _summing(kernel: Any, sp_input: Any, axis: Any, keep: Any, reduction_axes: Any) -> SparseTensor:
    s = sparse(sp_input)
    return SparseTensor(*kernel(s.indices, s.values, s.dense_shape, _axes(s, axis, reduction_axes), keep_dims=bool(keep)))


def sparse_reduce_sum_sparse(sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None) -> SparseTensor:
    """Sums along axes, as a sparse tensor; it has no gradient.

    >>> a = tf.SparseTensor([[0, 0], [0, 2]], [1, 2], [2, 3])
    >>> print(tf.sparse.reduce_sum_sparse(a, 1).values.eval())
    [3]
    """
    return _summing(sparse_reduce_sum_sparse_op, sp_input, axis, keepdims or keep_dims, reduction_axes)


def sparse_reduce_max_sparse(sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None) -> SparseTensor:
    """The largest along axes, as a sparse tensor; it has no gradient.

    >>> a = tf.SparseTensor([[0, 0], [0, 2]], [1, 2], [2, 3])
    >>> print(tf.sparse.reduce_max_sparse(a, 1).values.eval())
    [2]
    """
    return _summing(sparse_reduce_max_sparse_op, sp_input, axis, keepdims or keep_dims, reduction_axes)
