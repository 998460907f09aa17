"""Taking parts: slices as Python writes them, rows by index, elements by mask.

    x[1:, ::2]          StridedSlice          gather(x, [2, 0])          boolean_mask(x, mask)
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tfnb.core.dtypes import int32
from tfnb.core.dtypes import int64 as int64_type
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import Call, Host, I, N, ShapeError, T, Types, boolean
from tfnb.core.rules import int64 as int64_rule
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.core.slices import IndexedSlices
from tfnb.ops import arrays
from tfnb.ops.compare import select

__all__ = ["gather", "gather_nd", "newaxis", "reverse", "roll", "scatter_nd", "slice", "strided_slice", "where"]

newaxis = None
_slice = builtins.slice


# -- slices ---------------------------------------------------------------------------------------------------------------
def _sliced(call: Call) -> list[TensorShape]:
    sizes, size = call.shapes[0].sizes, call.host(2)
    if sizes is None:
        n = call.shapes[1].num_elements() if call.shapes[1].ndims == 1 else None
        return [unknown_shape(n)]
    if size is None:
        return [unknown_shape(len(sizes))]
    out: list[int | None] = []
    begin = call.sizes(1)
    for i, (n, k) in enumerate(zip(sizes, size, strict=True)):
        b = None if begin is None else begin[i]
        out.append(k if k >= 0 else None if n is None or b is None else n - b)
    return [TensorShape.of(tuple(out))]


@op("Slice", shape=_sliced)
def slice_op(xp: Any, input: T, begin: Host, size: Host) -> T:
    """A block: where it begins and how large it is; -1 means up to the end."""
    if not all(isinstance(v, int) for v in (*begin, *size)):
        return _moved_block(xp, input, begin, size)
    for i, (b, k, n) in enumerate(zip(begin, size, np.shape(input), strict=True)):
        if not (0 <= b <= n and (k == -1 or 0 <= k and b + k <= n)):
            what = f"Expected begin[{i}] in [0, {n}], but got {b}" if not 0 <= b <= n else f"Expected size[{i}] in [0, {n - b}], but got {k}"
            raise ValueError(what)
    return input[tuple(_slice(b, None if k < 0 else b + k) for b, k in zip(begin, size, strict=True))]


def _moved_block(xp: Any, x: Any, begin: Any, size: Any) -> Any:
    """The block where a compiled loop is still to tell where it begins."""
    for axis, (b, k) in enumerate(zip(begin, size, strict=True)):
        k = x.shape[axis] - b if isinstance(k, int) and k < 0 else k
        x = xp.take(x, b + np.arange(k), axis)
    return x


@slice_op.gradient
def slice_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.movement import pad_op

    x, begin = node.inputs[:2]
    n = x.shape.ndims or 1
    before = arrays.reshape(begin, [n, 1])
    after = arrays.reshape(arrays.shape(x) - arrays.shape(dy) - begin, [n, 1])
    return pad_op(dy, arrays.concat([before, after], 1)), None, None


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block of `input_` that begins at `begin` and has the given `size`.

    >>> print(tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 2]).eval())
    [[2 3]
     [5 6]]
    """
    return slice_op(input_, begin, size, name=name)  # type: ignore[no-any-return]


def index_of(begin: Any, end: Any, strides: Any, masks: dict[str, int], ndim: int) -> tuple[Any, ...]:
    """NumPy's index for TensorFlow's begin, end, strides and bit masks."""
    out: list[Any] = []
    used = len(begin) - bin(masks["new_axis_mask"] & (2 ** len(begin) - 1)).count("1") - (1 if masks["ellipsis_mask"] else 0)
    for i, (b, e, s) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << i
        if masks["ellipsis_mask"] & bit:
            out += [_slice(None)] * (ndim - used)
        elif masks["new_axis_mask"] & bit:
            out.append(None)
        elif masks["shrink_axis_mask"] & bit:
            out.append(b)
        else:
            out.append(_slice(None if masks["begin_mask"] & bit else b, None if masks["end_mask"] & bit else e, s))
    return tuple(out)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


_UNKNOWN = object()
"""Stands for a begin, an end or a stride that only a run knows."""


def _known_parts(call: Call, i: int) -> list[Any] | None:
    """The elements of input i, _UNKNOWN for those that are not static; None when not even their number is."""
    found = call.value(call.inputs[i])
    if found is None:
        count = call.shapes[i].num_elements()
        return None if count is None else [_UNKNOWN] * count
    return [_UNKNOWN if e is None else int(e) for e in np.ravel(found)]


def _strided(call: Call) -> list[TensorShape]:
    sizes = call.shapes[0].sizes
    values = [_known_parts(call, i) for i in (1, 2, 3)]
    if sizes is None or any(v is None for v in values):
        return [unknown_shape()]
    masks = {k: call.attrs[k] for k in _MASKS}
    if bin(masks["ellipsis_mask"]).count("1") > 1:
        raise ShapeError("Multiple ellipses in slice spec not allowed", f" and with computed input tensors: input[3] = <{' '.join(map(str, values[2]))}>")
    out: list[int | None] = []
    axis = 0
    index = index_of(*values, masks, len(sizes))
    for i, part in enumerate(index):
        if part is None:
            out.append(1)
            continue
        if axis >= len(sizes):
            steps = call.host(3)
            shown = "" if steps is None else f" and with computed input tensors: input[3] = <{' '.join(map(str, steps))}>"
            raise ShapeError(f"Index out of range using input dim {axis}; input has only {len(sizes)} dims", shown)
        n = sizes[axis]
        if isinstance(part, _slice):
            if _UNKNOWN in (part.start, part.stop, part.step):
                out.append(None)
            elif part.step == 0:
                raise ShapeError(f"strides[{i}] must be non-zero", f" and with computed input tensors: input[3] = <{' '.join(map(str, call.host(3)))}>")
            else:
                out.append(None if n is None else len(range(*part.indices(n))))
        elif part is not _UNKNOWN and n is not None and not -n <= part < n:
            known = [(i, call.host(i)) for i in (1, 2, 3)]
            shown = ", ".join(f"input[{i}] = <{' '.join(map(str, v))}>" for i, v in known if v is not None)
            raise ShapeError(
                f"slice index {part} of dimension {axis} out of bounds.", f" and with computed input tensors: {shown}"
            )
        axis += 1
    return [TensorShape.of((*out, *sizes[axis:]))]


@op("StridedSlice", shape=_strided)
def strided_slice_op(xp: Any, input: T, begin: Host, end: Host, strides: Host, *, begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0,
                     new_axis_mask: int = 0, shrink_axis_mask: int = 0) -> T:  # fmt: skip
    """What Python's x[begin:end:stride, ...] takes."""
    masks = dict(begin_mask=begin_mask, end_mask=end_mask, ellipsis_mask=ellipsis_mask, new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask)
    index = index_of(begin, end, strides, masks, np.ndim(input))
    for i, part in enumerate(p for p in index if p is not None):
        if isinstance(part, int) and not -np.shape(input)[i] <= part < np.shape(input)[i]:
            raise ValueError(f"slice index {part} of dimension {i} out of bounds.")
    return input[index]


@op("StridedSliceGrad", shape=lambda call: [unknown_shape() if call.sizes(0) is None else TensorShape.of(call.sizes(0))])
def strided_slice_grad(xp: Any, shape: Host, begin: Host, end: Host, strides: Host, dy: T, *, begin_mask: int = 0, end_mask: int = 0,
                       ellipsis_mask: int = 0, new_axis_mask: int = 0, shrink_axis_mask: int = 0) -> T:  # fmt: skip
    """Zeros with the gradient at the places that the slice took."""
    masks = dict(begin_mask=begin_mask, end_mask=end_mask, ellipsis_mask=ellipsis_mask, new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask)
    return xp.scatter_set(xp.zeros(shape, dy.dtype), index_of(begin, end, strides, masks, len(shape)), dy)


@strided_slice_op.gradient
def strided_slice_gradient(node: Operation, dy: Tensor) -> Any:
    x, begin, end, strides = node.inputs
    masks = {k: node.attrs[k] for k in _MASKS}
    return strided_slice_grad(arrays.shape(x), begin, end, strides, dy, **masks), None, None, None


@strided_slice_grad.gradient
def strided_slice_grad_gradient(node: Operation, dy: Tensor) -> Any:
    masks = {k: node.attrs[k] for k in _MASKS}
    return None, None, None, None, strided_slice_op(dy, *node.inputs[1:4], **masks)


def strided_slice(input_: Any, begin: Any, end: Any, strides: Any = None, begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0,
                  new_axis_mask: int = 0, shrink_axis_mask: int = 0, var: Any = None, name: str | None = None) -> Tensor:  # fmt: skip
    """x[begin:end:strides], with bit masks for what is left out.

    >>> print(tf.strided_slice([1, 2, 3, 4], [0], [4], [2]).eval())
    [1 3]
    """
    if strides is None:
        strides = arrays.ones_like(convert_to_tensor(begin))
    return strided_slice_op(input_, begin, end, strides, begin_mask=begin_mask, end_mask=end_mask, ellipsis_mask=ellipsis_mask,
                            new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask, name=name)  # type: ignore[no-any-return]  # fmt: skip


def _getitem(self: Tensor, key: Any) -> Tensor:
    """Python's indexing: integers, slices, `...`, tf.newaxis, and masks of booleans."""
    if isinstance(key, Tensor) and key.dtype.name == "bool" or isinstance(key, np.ndarray) and key.dtype == bool:
        from tfnb.ops.choosing import boolean_mask  # a later chapter, which builds on this one

        return boolean_mask(self, key)
    parts = key if isinstance(key, tuple) else (key,)
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    masks = dict.fromkeys(_MASKS, 0)
    for i, part in enumerate(parts):
        _add_part(part, 1 << i, begin, end, strides, masks)
    with name_scope(None, "strided_slice", [self]) as scope:
        if begin:
            packed = [arrays.stack(v, name=n) for v, n in ((begin, "stack"), (end, "stack_1"), (strides, "stack_2"))]
        else:
            packed = [arrays.constant([], int32)] * 3
        return strided_slice_op(self, *packed, **masks, name=scope)  # type: ignore[no-any-return]


def _add_part(part: Any, bit: int, begin: list[Any], end: list[Any], strides: list[Any], masks: dict[str, int]) -> None:
    if isinstance(part, _slice):
        begin.append(0 if part.start is None else part.start)
        end.append(0 if part.stop is None else part.stop)
        strides.append(1 if part.step is None else part.step)
        masks["begin_mask"] |= bit if part.start is None else 0
        masks["end_mask"] |= bit if part.stop is None else 0
    elif part is Ellipsis or part is None:
        begin.append(0)
        end.append(0)
        strides.append(1)
        masks["ellipsis_mask" if part is Ellipsis else "new_axis_mask"] |= bit
    else:
        fits = isinstance(part, Tensor) and part.dtype.base_dtype.name in ("int32", "int64") or isinstance(part, (int, np.integer))
        if not (fits or hasattr(part, "_as_tensor")) or isinstance(part, bool):
            raise TypeError("Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are "
                            f"valid indices, got {part!r}")  # fmt: skip
        begin.append(part)
        end.append(part + 1)
        strides.append(1)
        masks["shrink_axis_mask"] |= bit


Tensor.__getitem__ = _getitem  # type: ignore[attr-defined]


# -- rows and elements by index -------------------------------------------------------------------------------------------
def _gathered(call: Call) -> list[TensorShape]:
    x, at = call.shapes[0].sizes, call.shapes[1].sizes
    axis = call.host(2) if len(call.shapes) > 2 else 0
    if x is None or at is None or axis is None:
        return [unknown_shape()]
    if not x:
        raise ShapeError("Shape must be at least rank 1 but is rank 0")
    axis %= len(x)
    return [TensorShape.of((*x[:axis], *at[call.attrs.get("batch_dims", 0) :], *x[axis + 1 :]))]


@op("GatherV2", shape=_gathered)
def gather_op(xp: Any, params: T, indices: I, axis: Host, *, batch_dims: int = 0) -> T:
    """Rows (slices along an axis) by their indices; the first batch_dims axes of both belong together."""
    return _taken(xp, params, indices, axis, batch_dims) if batch_dims else xp.take(params, xp.within(indices, params.shape[axis]), axis)


def _taken(xp: Any, params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    axis %= params.ndim
    moved = xp.moveaxis(params, axis, batch_dims)
    out = moved[batch_places(xp, xp.within(indices, params.shape[axis]), batch_dims)]
    inner, before = indices.ndim - batch_dims, axis - batch_dims
    return xp.moveaxis(out, range(batch_dims, batch_dims + inner), range(batch_dims + before, batch_dims + before + inner))


def batch_places(xp: Any, indices: Any, batch_dims: int) -> tuple[Any, ...]:
    """NumPy's index: for each axis of the batch its own counting number, then the indices."""
    counts = (xp.reshape(xp.arange(indices.shape[k]), [-1 if i == k else 1 for i in range(indices.ndim)]) for k in range(batch_dims))
    return (*counts, indices)


@op("GatherBatchGrad", shape=lambda call: [unknown_shape() if call.sizes(2) is None else TensorShape.of(call.sizes(2))])
def gather_batch_grad(xp: Any, dy: T, indices: I, shape: Host, *, axis: int, batch_dims: int) -> T:
    """dy added up at the rows that were gathered, for each example of the batch on its own."""
    inner, before = indices.ndim - batch_dims, axis - batch_dims
    rows = xp.moveaxis(dy, range(batch_dims + before, batch_dims + before + inner), range(batch_dims, batch_dims + inner))
    zeros = xp.moveaxis(xp.zeros(shape, dy.dtype), axis, batch_dims)
    return xp.moveaxis(xp.scatter_add(zeros, batch_places(xp, indices, batch_dims), rows), batch_dims, axis)


@gather_batch_grad.gradient
def gather_batch_grad_gradient(node: Operation, dy: Tensor) -> Any:
    return gather_op(dy, node.inputs[1], node.attrs["axis"], batch_dims=node.attrs["batch_dims"]), None, None


@gather_op.gradient
def gather_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.segments import unsorted_segment_sum

    x, indices, axis_tensor = node.inputs
    axis = int(static_value(axis_tensor))
    if node.attrs["batch_dims"]:
        axis %= x.shape.ndims or 1
        return gather_batch_grad(dy, indices, arrays.shape(x), axis=axis, batch_dims=node.attrs["batch_dims"]), None, None
    if axis == 0:
        sizes = arrays.cast(arrays.shape(x, out_type=int64_type), int32)
        tail = x.shape.as_list()[1:]
        shape = [-1, *tail] if None not in tail else arrays.concat([arrays.expand_dims(arrays.size(indices), 0), sizes[1:]], 0)
        values = arrays.reshape(dy, shape)
        return IndexedSlices(values, arrays.reshape(indices, [-1]), sizes), None, None
    n, m = x.shape.ndims or 1, indices.shape.ndims or 0
    axis %= n
    order = [*range(axis, axis + m), *range(axis), *range(axis + m, n + m - 1)]
    front = arrays.transpose(dy, order) if m else arrays.expand_dims(dy, 0)
    flat = arrays.reshape(front, arrays.concat([[-1], arrays.shape(front)[max(m, 1) :]], 0))
    summed = unsorted_segment_sum(flat, arrays.reshape(indices, [-1]), arrays.shape(x)[axis])
    back = [*range(1, axis + 1), 0, *range(axis + 1, n)]
    return arrays.transpose(summed, back), None, None


def gather(params: Any, indices: Any, validate_indices: Any = None, name: str | None = None, axis: Any = None, batch_dims: int = 0) -> Tensor:
    """The slices of `params` at `indices` along `axis`; shape params[:axis] + indices + params[axis + 1:].

    Raises InvalidArgumentError at run time for an index out of range.

    >>> print(tf.gather([10, 20, 30], [2, 0]).eval())
    [30 10]
    """
    batch = _batch_dims(batch_dims, indices)
    params = convert_to_tensor(getattr(params, "_as_tensor", lambda: params)(), name="params")
    return gather_op(params, indices, batch if axis is None else axis, batch_dims=batch, name=name)  # type: ignore[no-any-return]


def _batch_dims(batch_dims: int, indices: Any) -> int:
    """A negative number of batch axes is counted from the end of the indices."""
    if batch_dims >= 0:
        return batch_dims
    return batch_dims + (indices.shape.ndims if isinstance(indices, Tensor) else np.ndim(indices))


def _gathered_nd(call: Call) -> list[TensorShape]:
    x, at = call.shapes[0].sizes, call.shapes[1].sizes
    if x is None or not at or at[-1] is None:
        return [unknown_shape()]
    if at[-1] > len(x):
        raise ShapeError(f"indices.shape[-1] must be <= params.rank, but saw indices.shape[-1] = {at[-1]} and params.rank = {len(x)}")
    return [TensorShape.of((*at[:-1], *x[at[-1] :]))]


@op("GatherNd", shape=_gathered_nd)
def gather_nd_op(xp: Any, params: T, indices: I) -> T:
    """Elements or slices by index vectors."""
    parts = tuple(xp.within(indices[..., i], params.shape[i]) for i in range(indices.shape[-1]))
    return params[parts] if parts else xp.broadcast_to(params, (*indices.shape[:-1], *params.shape))


@gather_nd_op.gradient
def gather_nd_gradient(node: Operation, dy: Tensor) -> Any:
    x, indices = node.inputs
    return scatter_nd(indices, dy, arrays.shape(x)), None


def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """params[indices[..., 0], indices[..., 1], ...], for each example on its own along the first `batch_dims` axes.

    >>> print(tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]).eval())
    [2 3]
    """
    if batch_dims:
        indices = _with_batch(convert_to_tensor(indices), batch_dims)
    return gather_nd_op(params, indices, name=name)  # type: ignore[no-any-return]


def _with_batch(indices: Tensor, batch_dims: int) -> Tensor:
    """The index vectors with the example's own place put in front."""
    from tfnb.ops.grids import meshgrid
    from tfnb.ops.movement import range as range_

    sizes = arrays.unstack(arrays.shape(indices)[:-1])
    counts = [arrays.cast(range_(n), indices.dtype) for n in sizes]
    grids = meshgrid(*counts, indexing="ij")[:batch_dims]
    return arrays.concat([*(arrays.expand_dims(g, -1) for g in grids), indices], -1)


@op("ScatterNd", shape=lambda call: [unknown_shape() if call.sizes(2) is None else TensorShape.of(call.sizes(2))])
def scatter_nd(xp: Any, indices: I, updates: T, shape: Host) -> T:
    """Zeros with the updates added at the places that index vectors give.

    >>> print(tf.scatter_nd([[1], [3]], [10, 20], [5]).eval())
    [ 0 10  0 20  0]
    """
    parts = tuple(xp.within(indices[..., i], shape[i]) for i in range(indices.shape[-1]))
    return xp.scatter_add(xp.zeros(shape, updates.dtype), parts, updates)


@scatter_nd.gradient
def scatter_nd_gradient(node: Operation, dy: Tensor) -> Any:
    return None, gather_nd(dy, node.inputs[0]), None


# -- masks, where, order --------------------------------------------------------------------------------------------------
COUNTED = Types("T", (*N.allowed, boolean))


@op("Where", shape=lambda call: [TensorShape.of((None, call.shapes[0].ndims))], differentiable=False, host=True)
def where_op(xp: Any, input: COUNTED) -> int64_rule:  # type: ignore[valid-type]
    """The index vectors of the elements that are true, or not 0."""
    return xp.stack(xp.nonzero(input), axis=-1).astype(np.int64)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """The places where `condition` is true; with x and y, x's elements there and y's elsewhere.

    >>> print(tf.where([True, False, True]).eval())
    [[0]
     [2]]
    """
    if x is None and y is None:
        with name_scope(name, "Where", [condition]) as scope:
            return where_op(condition, name=scope)  # type: ignore[no-any-return]
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return select(condition, x, y, name=name)  # type: ignore[no-any-return]


def _turned(call: Call) -> list[TensorShape]:
    """The input's shape, after the axes have been checked."""
    sizes, axes = call.shapes[0].sizes, call.host(1)
    seen: set[int] = set()
    for i, axis in enumerate(axes or () if sizes is not None else ()):
        listed = f" and with computed input tensors: input[1] = <{' '.join(map(str, axes))}>"
        n = len(sizes)  # type: ignore[arg-type]
        if not -n <= axis < n:
            raise ShapeError(f"'axis'[{i}] = {axis} is out of valid range [0, {n - 1}", listed)
        if axis % n in seen:
            raise ShapeError(f"axis {axis % n} specified more than once.", listed)
        seen.add(axis % n)
    return [call.shapes[0]]


@op("ReverseV2", shape=_turned)
def reverse(xp: Any, tensor: T, axis: Host) -> T:
    """The other way round along the axes.

    >>> print(tf.reverse([1, 2, 3], [0]).eval())
    [3 2 1]
    """
    return xp.flip(tensor, axis)


@reverse.gradient
def reverse_gradient(node: Operation, dy: Tensor) -> Any:
    return reverse(dy, node.inputs[1]), None


@op("Roll")
def roll(xp: Any, input: T, shift: Host, axis: Host) -> T:
    """Shifted along the axes; what leaves at one end comes in at the other.

    >>> print(tf.roll([1, 2, 3, 4], 1, 0).eval())
    [4 1 2 3]
    """
    return xp.roll(input, shift, axis)


@roll.gradient
def roll_gradient(node: Operation, dy: Tensor) -> Any:
    return roll(dy, -node.inputs[1], node.inputs[2]), None, None
