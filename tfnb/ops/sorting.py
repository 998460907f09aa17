"""Order and counting: the largest k, sorting, what occurs and how often.

top_k(x, 2)          values and places of the two largest of each row
unique([7, 7, 3])    y [7, 3], idx [0, 0, 1]
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import (
    Call,
    Host,
    I,
    N,
    OfAttr,
    R,
    ShapeError,
    T,
    boolean,
    float32,
    int32,
)
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import compare, reduce
from tfnb.ops.elementwise import add_v2, cast, multiply, negative, realdiv

__all__ = [
    "argsort", "bincount", "histogram_fixed_width", "histogram_fixed_width_bins", "in_top_k", "nth_element", "setdiff1d", "sort", "top_k",
    "unique", "unique_with_counts",
]  # fmt: skip


# -- shapes --------------------------------------------------------------------------------------------------
def _top_k_shape(call: Call) -> list[TensorShape]:
    sizes, k = call.shapes[0].sizes, call.host(1)
    if sizes is None:
        return [unknown_shape()] * 2
    if not sizes:
        raise ShapeError("Shape must be at least rank 1 but is rank 0")
    if k is not None and sizes[-1] is not None and sizes[-1] < k:
        raise ShapeError(
            f"input must have last dimension >= k = {k} but is {sizes[-1]}",
            f" and with computed input tensors: input[1] = <{k}>",
        )
    return [TensorShape.of((*sizes[:-1], k))] * 2


def _last_gone(call: Call) -> list[TensorShape]:
    sizes = call.shapes[0].sizes
    return [unknown_shape() if sizes is None else TensorShape.of(sizes[:-1])]


def _unknown_length(call: Call) -> list[TensorShape]:
    if call.shapes[0].ndims not in (None, 1):
        raise ShapeError(f"Shape must be rank 1 but is rank {call.shapes[0].ndims}")
    return [TensorShape.of((None,)), *call.shapes[:1], TensorShape.of((None,))]


# -- order ---------------------------------------------------------------------------------------------------
@op("TopKV2", shape=_top_k_shape)
def top_k_op(xp: Any, input: R, k: Host, *, sorted: bool = True) -> tuple[R, int32]:
    """The k largest of each row and their places; of equal ones the first come first."""
    backwards = xp.flip(xp.argsort(xp.flip(input, -1), axis=-1, stable=True), -1)
    places = (input.shape[-1] - 1 - backwards)[..., :k]
    return xp.take_along_axis(input, places, axis=-1), places.astype(np.int32)


@op("NthElement", shape=_last_gone)
def nth_element_op(xp: Any, input: R, n: Host, *, reverse: bool = False) -> R:
    """The element that would stand at place n if the row were sorted."""
    return xp.sort(input, axis=-1)[..., -1 - n if reverse else n]


@op("InTopKV2", shape="b c, b -> b")
def in_top_k_op(xp: Any, predictions: float32, targets: I, k: Host) -> boolean:
    """True where the target class is among the k largest predictions."""
    n = predictions.shape[-1]
    hit = xp.take_along_axis(predictions, xp.clip(targets, 0, n - 1)[:, None], axis=1)
    return (xp.sum(predictions > hit, axis=1) < k) & xp.isfinite(hit[:, 0]) & (targets >= 0) & (targets < n)


@top_k_op.gradient
def top_k_gradient(node: Operation, dy: Tensor, _: Any) -> Any:
    from tfnb.ops import arrays, indexing, movement

    x, places = node.inputs[0], node.outputs[1]
    shape, width = arrays.shape(x), arrays.shape(x)[-1]
    rows = arrays.reshape(places, arrays.stack([-1, arrays.shape(places)[-1]]))
    starts = multiply(movement.range(0, arrays.shape(rows)[0]), width)
    flat = arrays.reshape(add_v2(rows, arrays.expand_dims(starts, -1)), [-1, 1])
    dx = indexing.scatter_nd(flat, arrays.reshape(dy, [-1]), arrays.reshape(reduce.reduce_prod(shape), [1]))
    return arrays.reshape(dx, shape), None


@nth_element_op.gradient
def nth_element_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import arrays

    x = node.inputs[0]
    chosen = cast(compare.equal(arrays.expand_dims(node.outputs[0], -1), x), dy.dtype.base_dtype)
    count = arrays.expand_dims(reduce.reduce_sum(chosen, -1), -1)
    return multiply(realdiv(chosen, count, name="truediv"), arrays.expand_dims(dy, -1), name="mul"), None


class TopKV2(NamedTuple):
    """What `top_k` gives."""

    values: Tensor
    indices: Tensor


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopKV2:
    """The `k` largest of each row, largest first, and their places.

    >>> print(*sess.run(tf.nn.top_k([3.0, 1.0, 2.0], k=2)), sep="\\n")
    [3. 2.]
    [0 2]
    """
    return TopKV2(*top_k_op(input, k, sorted=sorted, name=name))


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """True where the target class is among the `k` largest predictions.

    >>> print(tf.nn.in_top_k([[0.1, 0.9], [0.8, 0.2]], [1, 1], k=1).eval())
    [ True False]
    """
    with name_scope(name, "in_top_k"):
        return in_top_k_op(predictions, targets, k)


def nth_element(input: Any, n: Any, reverse: bool = False, name: str | None = None) -> Tensor:
    """The element that would stand at place `n` if each row were sorted.

    >>> print(tf.contrib.nn.nth_element([5.0, 1.0, 3.0], 1).eval())
    3.0
    """
    return nth_element_op(input, n, reverse=reverse, name=name)


def sort(values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """Sorted along `axis`; direction 'ASCENDING' or 'DESCENDING'.

    >>> print(tf.sort([3, 1, 2], direction="DESCENDING").eval())
    [3 2 1]
    """
    with name_scope(name, "sort"):
        return _sorted(values, axis, direction, 0)


def argsort(
    values: Any, axis: Any = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The places of the elements in sorted order.

    >>> print(tf.argsort([30, 10, 20]).eval())
    [1 2 0]
    """
    with name_scope(name, "argsort"):
        return _sorted(values, axis, direction, 1)


def _sorted(values: Any, axis: Any, direction: str, output: int) -> Tensor:
    from tfnb.ops import arrays

    if direction not in ("ASCENDING", "DESCENDING"):
        words = f"{direction} should be one of ASCENDING, DESCENDING"
        raise ValueError(words if output else f'`direction` should be one of ["ASCENDING", "DESCENDING"], got {direction}')
    x = convert_to_tensor(values)
    rank = x.shape.ndims
    axis = int(static_value(axis)) if isinstance(axis, Tensor) else axis
    upwards = direction == "ASCENDING"
    x = negative(x) if upwards else x
    order = None
    if axis != -1 and rank is not None and axis % rank != rank - 1:
        order = list(range(rank))
        order[axis], order[-1] = order[-1], order[axis]
        x = arrays.transpose(x, order)
    y = top_k(x, arrays.shape(x)[-1])[output]
    if order is not None:
        y = arrays.transpose(y, order)
    return negative(y) if upwards and output == 0 else y


# -- counting ------------------------------------------------------------------------------------------------
@op("Unique", shape=_unknown_length, host=True)
def unique_op(xp: Any, x: T, *, out_idx: DType = d.int32) -> tuple[T, OfAttr("out_idx")]:
    """The different elements in the order of their first occurrence, and each element's place among them."""
    return unique_with_counts_op.kernel(xp, x, out_idx=out_idx)[:2]


@op("UniqueWithCounts", shape=_unknown_length, host=True)
def unique_with_counts_op(
    xp: Any, x: T, *, out_idx: DType = d.int32
) -> tuple[T, OfAttr("out_idx"), OfAttr("out_idx")]:
    """As Unique, and how often each occurs."""
    y, first, place, count = xp.unique(x, return_index=True, return_inverse=True, return_counts=True)
    order = xp.argsort(first)
    rank = xp.argsort(order)
    return y[order], rank[place].astype(out_idx), count[order].astype(out_idx)


@op("ListDiff", host=True, shape=lambda call: [TensorShape.of((None,))] * 2)
def list_diff_op(xp: Any, x: T, y: T, *, out_idx: DType = d.int32) -> tuple[T, OfAttr("out_idx")]:
    """The elements of x that y does not hold, and their places in x."""
    keep = ~xp.isin(x, y)
    return x[keep], xp.nonzero(keep)[0].astype(out_idx)


@op("Bincount", host=True, shape=lambda call: [TensorShape.of((call.host(1),))])
def bincount_op(xp: Any, arr: int32, size: Host, weights: N) -> N:
    """How often each of 0 ... size-1 occurs, or the sum of its weights."""
    flat = xp.ravel(arr)
    given = xp.ravel(weights) if weights.size else xp.ones_like(flat, dtype=weights.dtype)
    inside = flat < size
    return xp.bincount(flat[inside], weights=given[inside], minlength=size).astype(weights.dtype)


@op("HistogramFixedWidth", shape=lambda call: [TensorShape.of((call.host(2),))])
def histogram_op(xp: Any, values: R, value_range: R, nbins: Host, *, dtype: DType = d.int32) -> OfAttr(
    "dtype"
):
    """How many values fall into each of nbins equal parts of the range; those outside count at the ends."""
    low, high = value_range[0], value_range[1]
    place = xp.clip(xp.floor((xp.ravel(values) - low) / (high - low) * nbins), 0, nbins - 1).astype(np.int32)
    return xp.bincount(place, minlength=nbins).astype(dtype)


class Unique(NamedTuple):
    """What `unique` gives."""

    y: Tensor
    idx: Tensor


class UniqueWithCounts(NamedTuple):
    """What `unique_with_counts` gives."""

    y: Tensor
    idx: Tensor
    count: Tensor


class ListDiff(NamedTuple):
    """What `setdiff1d` gives."""

    out: Tensor
    idx: Tensor


def unique(x: Any, out_idx: Any = d.int32, name: str | None = None) -> Unique:
    """The different elements in the order in which they first occur, and each element's place among them.

    >>> print(*sess.run(tf.unique([7, 8, 7, 9])), sep="\\n")
    [7 8 9]
    [0 1 0 2]
    """
    return Unique(*unique_op(x, out_idx=as_dtype(out_idx), name=name))


def unique_with_counts(x: Any, out_idx: Any = d.int32, name: str | None = None) -> UniqueWithCounts:
    """As `unique`, and how often each occurs.

    >>> print(*sess.run(tf.unique_with_counts([7, 8, 7, 9])), sep="\\n")
    [7 8 9]
    [0 1 0 2]
    [2 1 1]
    """
    return UniqueWithCounts(*unique_with_counts_op(x, out_idx=as_dtype(out_idx), name=name))


def setdiff1d(x: Any, y: Any, index_dtype: Any = d.int32, name: str | None = None) -> ListDiff:
    """The elements of `x` that `y` does not hold, and their places in `x`.

    >>> print(*sess.run(tf.setdiff1d([1, 2, 3, 4], [2, 4])), sep="\\n")
    [1 3]
    [0 2]
    """
    return ListDiff(*list_diff_op(x, y, out_idx=as_dtype(index_dtype), name=name))


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = d.int32,
    name: str | None = None,
) -> Tensor:
    """How often each whole number occurs, or the sum of its weights.

    >>> print(tf.bincount([1, 1, 3]).eval())
    [0 2 0 1]
    """
    from tfnb.ops import arrays, segments
    from tfnb.ops.sources import constant

    with name_scope(name or "bincount"):
        arr = convert_to_tensor(arr, name="arr", dtype=None if isinstance(arr, Tensor) else d.int32)
        any_there = compare.greater(reduce.reduce_prod(arrays.shape(arr)), 0)
        size = multiply(cast(any_there, d.int32), add_v2(reduce.reduce_max(arr), 1, name="add"), name="mul")
        size = size if minlength is None else compare.maximum(minlength, size)
        size = size if maxlength is None else compare.minimum(maxlength, size)
        if weights is not None:
            return segments.unsorted_segment_sum(convert_to_tensor(weights), arr, size)
        return bincount_op(arr, size, constant([], as_dtype(dtype)))


def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = d.int32, name: str | None = None
) -> Tensor:
    """Into which of `nbins` equal parts of `value_range` each value falls; those outside count as at the ends.

    >>> print(tf.histogram_fixed_width_bins([0.1, 0.2, 0.9], [0.0, 1.0], nbins=2).eval())
    [0 0 1]
    """
    from tfnb.ops import arrays
    from tfnb.ops.parts import floor

    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values, ends = convert_to_tensor(values, name="values"), convert_to_tensor(value_range, name="value_range")
        nbins = convert_to_tensor(nbins, None if isinstance(nbins, Tensor) else d.int32, name="nbins")
        flat, parts = arrays.reshape(values, [-1]), cast(nbins, values.dtype.base_dtype)
        share = realdiv(flat - ends[0], ends[1] - ends[0])
        places = cast(floor(parts * share), d.int32)
        inside = compare.clip_by_value(places, 0, nbins - 1)
        return cast(arrays.reshape(inside, arrays.shape(values)), as_dtype(dtype))


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = d.int32, name: str | None = None
) -> Tensor:
    """How many values fall into each of `nbins` equal parts of `value_range`.

    >>> print(tf.histogram_fixed_width([0.1, 0.2, 0.9], [0.0, 1.0], nbins=2).eval())
    [2 1]
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        return histogram_op(values, value_range, nbins, dtype=as_dtype(dtype), name=scope)
