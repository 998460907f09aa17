"""Sums and extrema over groups of rows, and parting rows into groups.

    unsorted_segment_sum(x, ids, n)         row i of the result is the sum of the rows of x whose id is i
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, I, N, R, T, int32
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays

__all__ = [
    "dynamic_partition", "segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum", "unsorted_segment_max",
    "unsorted_segment_mean", "unsorted_segment_min", "unsorted_segment_prod", "unsorted_segment_sqrt_n", "unsorted_segment_sum",
]  # fmt: skip


def _grouped(call: Call) -> list[TensorShape]:
    x, ids = call.shapes[0].sizes, call.shapes[1].ndims
    if x is None or ids is None:
        return [unknown_shape()]
    n = call.host(2) if len(call.inputs) > 2 else None
    return [TensorShape.of((n, *x[ids:]))]


@op("UnsortedSegmentSum", shape=_grouped)
def unsorted_segment_sum(xp: Any, data: N, segment_ids: I, num_segments: Host) -> N:
    """Sums of the rows with equal ids; rows with a negative id are left out.

    >>> print(tf.unsorted_segment_sum([1, 4, 3], [1, 0, 1], 2).eval())
    [4 4]
    """
    kept = xp.reshape(segment_ids >= 0, (*segment_ids.shape, *[1] * (data.ndim - segment_ids.ndim)))
    rows = xp.where(kept, data, data.dtype.type(0))
    zeros = xp.zeros((num_segments, *data.shape[segment_ids.ndim :]), data.dtype)
    return xp.scatter_add(zeros, xp.within(xp.maximum(segment_ids, 0), num_segments, "segment_ids", "is out of range"), rows)


@unsorted_segment_sum.gradient
def unsorted_segment_sum_gradient(node: Operation, dy: Tensor) -> Any:
    return _rows_or_zeros(dy, node.inputs[1])[0], None, None


def _extreme(name: str, type_: str, at: str, start: str) -> Any:
    @op(type_, shape=_grouped)
    def kernel(xp: Any, data: R, segment_ids: I, num_segments: Host) -> R:
        """The extremum of the rows with equal ids."""
        return grouped(xp, data, segment_ids, num_segments, (at, start))

    kernel.kernel.__name__ = name
    word, found = {"maximum": ("Largest", [4.0, 2.0]), "minimum": ("Smallest", [1.0, 2.0]), "multiply": ("Products", [4.0, 2.0])}[at]
    kernel.__doc__ = kernel.kernel.__doc__ = (f"{word} of the rows with equal ids, which need not be sorted.\n\n"
                                              f">>> print(tf.{name}([1.0, 2.0, 4.0], [0, 1, 0], 2).eval())\n{np.array(found)}\n")  # fmt: skip
    return kernel


def grouped(xp: Any, data: Any, ids: Any, n: int, way: tuple[str, str]) -> Any:
    """Groups combined by a function of two; rows with a negative id go to one row more, which is left out."""
    how, start = way
    kind = np.dtype(data.dtype)
    info: Any = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    first = {"min": info.min, "max": info.max, "one": 1}[start]
    xp.within(xp.maximum(ids, 0), n)
    return xp.scatter_by(how, xp.full((n + 1, *data.shape[ids.ndim :]), first, kind), xp.where(ids >= 0, ids, n), data)[:n]


unsorted_segment_max = _extreme("unsorted_segment_max", "UnsortedSegmentMax", "maximum", "min")
unsorted_segment_min = _extreme("unsorted_segment_min", "UnsortedSegmentMin", "minimum", "max")
unsorted_segment_prod = _extreme("unsorted_segment_prod", "UnsortedSegmentProd", "multiply", "one")


def _rows_or_zeros(x: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """x's rows at the ids, 0 where an id is negative; the ids without negative ones; where they are not negative."""
    from tfnb.ops.compare import greater_equal, logical_and, maximum, select
    from tfnb.ops.indexing import gather

    safe = maximum(ids, arrays.zeros_like(ids))
    rows = gather(x, safe)
    there = greater_equal(ids, 0)
    for _ in range((rows.shape.ndims or 0) - (there.shape.ndims or 0)):
        there = arrays.expand_dims(there, -1)
    there = logical_and(there, arrays.ones_like(rows, dtype="bool"))
    return select(there, rows, arrays.zeros_like(rows)), safe, there


@unsorted_segment_max.gradient
@unsorted_segment_min.gradient
def unsorted_extreme_gradient(node: Operation, dy: Tensor) -> Any:
    """dy to the winning rows; those that are equally good share it."""
    from tfnb.ops.compare import equal, logical_and, select

    x, ids, n = node.inputs
    best, _, there = _rows_or_zeros(node.outputs[0], ids)
    won = logical_and(equal(x, best), there)
    winners = unsorted_segment_sum(arrays.cast(won, dy.dtype), ids, n)
    share, _, _ = _rows_or_zeros(dy / winners, ids)
    return select(won, share, arrays.zeros_like(share)), None, None


@unsorted_segment_prod.gradient
def unsorted_prod_gradient(node: Operation, dy: Tensor) -> Any:
    """dy times the product of the others, which is found without dividing by 0."""
    from tfnb.ops.compare import equal, greater, select
    from tfnb.ops.indexing import gather

    x, ids, n = node.inputs
    zero = equal(x, 0)
    zeros = unsorted_segment_sum(arrays.cast(zero, "int32"), ids, n)
    dy = select(greater(zeros, 1), arrays.zeros_like(dy), dy)
    others = unsorted_segment_prod(select(zero, arrays.ones_like(x), x), ids, n)
    _, safe, _ = _rows_or_zeros(dy, ids)
    rest = select(zero, gather(others, safe), gather(node.outputs[0], safe) / x)
    return _rows_or_zeros(dy, ids)[0] * rest, None, None


def _counts(data: Tensor, ids: Tensor, n: Any) -> Tensor:
    from tfnb.ops.compare import maximum

    ones = arrays.ones_like(ids, dtype=data.dtype.base_dtype)
    count = maximum(unsorted_segment_sum(ones, ids, n), 1)
    rank = (data.shape.ndims or 1) - (ids.shape.ndims or 1)
    return arrays.reshape(count, arrays.concat([arrays.shape(count), [1] * rank], 0)) if rank else count


def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Means of the rows with equal ids.

    >>> print(tf.unsorted_segment_mean([1.0, 4.0, 3.0], [1, 0, 1], 2).eval())
    [4. 2.]
    """
    with name_scope(name, "UnsortedSegmentMean", [data, segment_ids]):
        data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        n = _counts(data, ids, num_segments)
        return unsorted_segment_sum(data, ids, num_segments) / n  # type: ignore[no-any-return]


def unsorted_segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """Sums of the rows with equal ids, divided by the roots of their numbers.

    >>> print(tf.unsorted_segment_sqrt_n([1.0, 4.0, 3.0], [1, 0, 1], 2).eval())
    [4.     2.8284]
    """
    from tfnb.ops.powers import sqrt

    with name_scope(name, "UnsortedSegmentSqrtN", [data, segment_ids]):
        data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        n = _counts(data, ids, num_segments)
        return unsorted_segment_sum(data, ids, num_segments) / sqrt(n)  # type: ignore[no-any-return]


def _sorted(type_: str, name: str, doc: str, reduce: Any) -> Any:
    @op(type_, shape=_grouped, host=True)
    def kernel(xp: Any, data: N, segment_ids: I) -> N:
        """Rows with equal, sorted ids together."""
        ids, x = np.asarray(segment_ids), np.asarray(data)
        if len(ids) != len(x):
            raise ValueError("segment_ids should be the same size as dimension 0 of input.")
        if (ids[1:] < ids[:-1]).any():
            raise ValueError("segment ids are not increasing")
        n = int(ids[-1]) + 1 if len(ids) else 0
        out = np.zeros((n, *x.shape[1:]), x.dtype) if type_ != "SegmentProd" else np.ones((n, *x.shape[1:]), x.dtype)
        for i in np.unique(ids):
            out[i] = reduce(x[ids == i], axis=0)
        return xp.asarray(out)

    example = f"print(tf.{name}([1.0, 2.0, 4.0], [0, 0, 1]).eval())"
    found = [reduce([1.0, 2.0]), 4.0]
    kernel.kernel.__name__ = name
    kernel.__doc__ = kernel.kernel.__doc__ = f"{doc}\n\n>>> {example}\n{np.array(found)}\n"
    return kernel


segment_sum = _sorted("SegmentSum", "segment_sum", "Sums of the rows with equal ids.", np.sum)
segment_mean = _sorted("SegmentMean", "segment_mean", "Means of the rows with equal ids.", np.mean)
segment_max = _sorted("SegmentMax", "segment_max", "Largest of the rows with equal ids.", np.max)
segment_min = _sorted("SegmentMin", "segment_min", "Smallest of the rows with equal ids.", np.min)
segment_prod = _sorted("SegmentProd", "segment_prod", "Products of the rows with equal ids.", np.prod)


@segment_sum.gradient
def segment_sum_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather

    return gather(dy, node.inputs[1]), None


@segment_mean.gradient
def segment_mean_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather

    x, ids = node.inputs
    ones = arrays.fill(arrays.concat([arrays.shape(ids), arrays.fill(arrays.expand_dims(arrays.rank(x) - 1, 0), 1)], 0),
                       arrays.constant(1, dy.dtype))  # fmt: skip
    return gather(dy / segment_sum(ones, ids), ids), None


@segment_max.gradient
@segment_min.gradient
def segment_extreme_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.compare import equal, select
    from tfnb.ops.indexing import gather

    x, ids = node.inputs
    won = equal(x, gather(node.outputs[0], ids))
    share = gather(dy / segment_sum(arrays.cast(won, dy.dtype), ids), ids)
    return select(won, share, arrays.zeros_like(x)), None


def _partitioned(call: Call) -> list[TensorShape]:
    x, ids = call.shapes[0].sizes, call.shapes[1].ndims
    return [unknown_shape() if x is None or ids is None else TensorShape.of((None, *x[ids:]))] * call.attrs["num"]


@op("DynamicPartition", shape=_partitioned, host=True)
def dynamic_partition_op(xp: Any, data: T, partitions: int32, *, num: int) -> builtins.tuple[T, ...]:  # type: ignore[valid-type]
    """The rows of each group, in order."""
    xp.within(partitions, num, "partitions")
    return tuple(data[partitions == i] for i in range(num))


@dynamic_partition_op.gradient
def dynamic_partition_gradient(node: Operation, *dys: Tensor) -> Any:
    """Each dy back to the row that it came from."""
    from tfnb.ops.movement import range as range_
    from tfnb.ops.reduce import reduce_prod
    from tfnb.ops.stitching import dynamic_stitch

    x, partitions = node.inputs
    shape = arrays.shape(partitions)
    places = arrays.reshape(range_(reduce_prod(shape)), shape)
    back = dynamic_stitch(dynamic_partition(places, partitions, node.attrs["num"]), dys)
    return arrays.reshape(back, arrays.shape(x)), None


def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """The rows of `data` parted by their numbers in `partitions`.

    >>> print(*sess.run(tf.dynamic_partition([10, 20, 30], [0, 1, 0], 2)), sep="\\n")
    [10 30]
    [20]
    """
    return list(dynamic_partition_op(data, partitions, num=num_partitions, name=name))

