"""Putting parts back together, and places: what undoes a partition, and numbers of places in a grid.

dynamic_stitch([[0, 2], [1]], [["a", "c"], ["b"]])      a b c: each row to the place that its index names
unravel_index([5], [2, 3])                              [[1], [2]]: row 1, column 2
searchsorted([[1, 4, 9]], [[5]])                        [[2]]: where 5 would stand
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, int32
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Each, I, OfAttr, ShapeError, T
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays

__all__ = [
    "batch_gather", "dynamic_stitch", "parallel_stack", "reverse_sequence", "searchsorted", "unravel_index",
]  # fmt: skip


# -- stitching -----------------------------------------------------------------------------------------------
def _stitched(call: Call) -> list[TensorShape]:
    n = call.attrs["N"]
    places = [call.value(x) for x in call.inputs[:n]]
    known = all(p is not None for p in places)
    size = max((int(np.max(p)) for p in places if np.size(p)), default=-1) + 1 if known else None
    for ids, rows in zip(call.shapes[:n], call.shapes[n:], strict=True):
        if ids.ndims is not None and rows.ndims is not None:
            return [TensorShape.of((size, *rows.sizes[ids.ndims :]))]
    return [unknown_shape()]


def _stitch(xp: Any, indices: Any, data: Any) -> Any:
    tail = data[0].shape[indices[0].ndim :]
    places = xp.concatenate([xp.reshape(i, (-1,)) for i in indices])
    rows = xp.concatenate([xp.reshape(d, (-1, *tail)) for d in data])
    size = int(places.max()) + 1 if places.size else 0
    return xp.scatter_set(xp.zeros((size, *tail), rows.dtype), places, rows)


@op("DynamicStitch", shape=_stitched, host=True)
def dynamic_stitch_op(xp: Any, *values: Each, N: int, T: DType) -> OfAttr("T"):
    """Row i of the j-th data at the place that element i of the j-th indices names; the last one wins."""
    return _stitch(xp, values[:N], values[N:])


@op("ParallelDynamicStitch", shape=_stitched, host=True)
def parallel_dynamic_stitch_op(xp: Any, *values: Each, N: int, T: DType) -> OfAttr("T"):
    """As DynamicStitch, for indices that are all different."""
    return _stitch(xp, values[:N], values[N:])


@dynamic_stitch_op.gradient
@parallel_dynamic_stitch_op.gradient
def stitch_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather

    indices = node.inputs[: node.attrs["N"]]
    return [None] * len(indices) + [gather(dy, i) for i in indices]


def stitched(kind: Any, indices: Any, data: Any, name: str | None) -> Tensor:
    """One stitching node of the given kind."""
    with name_scope(name, kind.type, [*indices, *data]) as scope:
        places = [convert_to_tensor(i, int32, name=f"indices_{k}") for k, i in enumerate(indices)]
        first = next((d.dtype.base_dtype for d in data if isinstance(d, Tensor)), None)
        rows = [convert_to_tensor(d, first, name=f"data_{k}") for k, d in enumerate(data)]
        return kind(*places, *rows, N=len(places), T=rows[0].dtype.base_dtype, name=scope)


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Rows of the tensors in `data` at the places that the tensors in `indices` name: undoes dynamic_partition.

    >>> print(tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]).eval())
    [10 20 30]
    """
    return stitched(dynamic_stitch_op, indices, data, name)


def _side_by_side(call: Call) -> list[TensorShape]:
    rest = call.shapes[0].sizes
    return [unknown_shape() if rest is None else TensorShape.of((len(call.shapes), *rest[1:]))]


@op("ParallelConcat", shape=_side_by_side)
def parallel_concat(xp: Any, *values: T) -> T:
    """Tensors whose first size is 1, one after the other."""
    return xp.concatenate(values, 0)


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """`values` side by side along a new first axis, as `stack`; their shapes must be known. It has no gradient.

    >>> print(tf.parallel_stack([[1, 2], [3, 4]]).eval())
    [[1 2]
     [3 4]]
    """
    with name_scope(name):
        parts = [convert_to_tensor(v) for v in values]
        if not parts[0].shape.is_fully_defined():
            raise ValueError("parallel_stack needs inputs whose shape is known; use tf.stack.")
        return parallel_concat(*(arrays.expand_dims(p, 0) for p in parts))


# -- places --------------------------------------------------------------------------------------------------
def _unraveled(call: Call) -> list[TensorShape]:
    n, axes = call.shapes[0].num_elements(), call.shapes[1].num_elements()
    return [TensorShape.of((axes,) if call.shapes[0].ndims == 0 else (axes, n))]


@op("UnravelIndex", shape=_unraveled, differentiable=False)
def unravel_index(xp: Any, indices: I, dims: I) -> I:
    """The coordinates, one row for each axis, of places counted through a grid of the given sizes.

    >>> print(tf.unravel_index([3], [2, 2]).eval())
    [[1]
     [1]]
    """
    return xp.stack(xp.unravel_index(indices, tuple(np.asarray(dims).tolist()))).astype(indices.dtype)


def _bound(xp: Any, rows: Any, values: Any, side: str) -> Any:
    before = (
        rows[:, None, :] < values[:, :, None] if side == "left" else rows[:, None, :] <= values[:, :, None]
    )
    return xp.sum(before, axis=-1)


@op("LowerBound", shape=lambda call: [call.shapes[1]], differentiable=False)
def lower_bound(xp: Any, sorted_inputs: T, values: T, *, out_type: DType = int32) -> OfAttr("out_type"):
    """How many elements of the sorted row are smaller than each value."""
    return _bound(xp, sorted_inputs, values, "left").astype(out_type)


@op("UpperBound", shape=lambda call: [call.shapes[1]], differentiable=False)
def upper_bound(xp: Any, sorted_inputs: T, values: T, *, out_type: DType = int32) -> OfAttr("out_type"):
    """How many elements of the sorted row are smaller than each value or equal to it."""
    return _bound(xp, sorted_inputs, values, "right").astype(out_type)


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = int32, name: str | None = None
) -> Tensor:
    """Where each of `values` would stand in the row of `sorted_sequence` beside it: before or behind its equals.

    >>> print(tf.searchsorted([1, 3, 5], [2, 5]).eval())
    [1 2]
    """
    rows, wanted = convert_to_tensor(sorted_sequence), convert_to_tensor(values)
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    lengths = [arrays.shape(x)[-1] for x in (rows, wanted)]
    rows, flat = (arrays.reshape(x, [-1, n]) for x, n in zip((rows, wanted), lengths, strict=True))
    bound = lower_bound if side == "left" else upper_bound
    found = bound(rows, flat, out_type=as_dtype(out_type), name=name)
    return arrays.reshape(found, arrays.shape(wanted))


# -- reversing a part of each row ----------------------------------------------------------------------------
def _reversed_shape(call: Call) -> list[TensorShape]:
    n, axis = call.shapes[0].ndims, call.attrs["seq_dim"]
    if n is not None and axis >= n:
        raise ShapeError(f"seq_dim must be < input rank: {axis} vs. {n}")
    return [call.shapes[0]]


@op("ReverseSequence", shape=_reversed_shape)
def reverse_sequence_op(xp: Any, input: T, seq_lengths: I, *, seq_dim: int, batch_dim: int = 0) -> T:
    """The first seq_lengths[i] elements along seq_dim the other way round, for each i along batch_dim."""
    x = xp.moveaxis(input, (batch_dim, seq_dim), (0, 1))
    place, length = xp.arange(x.shape[1]), seq_lengths[:, None]
    turned = xp.where(place < length, length - 1 - place, place)
    out = x[xp.arange(x.shape[0])[:, None], turned]
    return xp.moveaxis(out, (0, 1), (batch_dim, seq_dim))


@reverse_sequence_op.gradient
def reverse_sequence_gradient(node: Operation, dy: Tensor) -> Any:
    a = node.attrs
    return reverse_sequence_op(dy, node.inputs[1], seq_dim=a["seq_dim"], batch_dim=a["batch_dim"]), None


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: Any = None,
    batch_axis: Any = None,
    name: str | None = None,
    seq_dim: Any = None,
    batch_dim: Any = None,
) -> Tensor:
    """`input` with the first seq_lengths[i] elements of each row i the other way round; the rest stays.

    >>> print(tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1).eval())
    [[2 1 3]
     [6 5 4]]
    """
    seq_axis = seq_dim if seq_axis is None else seq_axis
    batch_axis = batch_dim if batch_axis is None else batch_axis
    return reverse_sequence_op(input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis or 0, name=name)


# -- rows of each example ------------------------------------------------------------------------------------
def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """params[i, indices[i, j]] for each i and j; all axes of `indices` but the last are axes of the batch.

    >>> print(tf.batch_gather([[1, 2], [3, 4]], [[1], [0]]).eval())
    [[2]
     [3]]
    """
    with name_scope(name, "BatchGather", [params, indices]):
        places, x = convert_to_tensor(indices, name="indices"), convert_to_tensor(params, name="params")
        if places.shape.ndims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        return gather_by_batch(x, places, places.shape.ndims - 1)


def gather_by_batch(x: Tensor, places: Tensor, batch_dims: int) -> Tensor:
    """TensorFlow's nodes: the places as rows of one long table, then one gather."""
    from tfnb.ops.elementwise import cast
    from tfnb.ops.indexing import gather
    from tfnb.ops.movement import range as range_
    from tfnb.ops.reduce import reduce_prod

    dtype = places.dtype.base_dtype
    wanted, table = arrays.shape(places), arrays.shape(x)
    step = arrays.ones((), dtype)
    sizes = cast(table, dtype)
    for axis in reversed(range(batch_dims)):
        size, step = sizes[axis], step * sizes[axis + 1]
        start = range_(arrays.zeros((), dtype), size, arrays.ones((), dtype)) * step
        rank = places.shape.ndims or 1
        one = [1] * (rank - axis - 1)
        places = places + arrays.reshape(start, arrays.stack([*[1] * axis, size, *one]))
    flat = arrays.reshape(places, [-1])
    rest = table[batch_dims + 1 :]
    rows = reduce_prod(table[: batch_dims + 1], [0])
    found = gather(arrays.reshape(x, arrays.concat([[rows], rest], 0)), flat)
    return arrays.reshape(found, arrays.concat([wanted, rest], 0))
