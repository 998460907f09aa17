"""Shapes: asking for them, changing them, joining and cutting tensors along an axis.

    reshape(x, [-1, 28 * 28])        concat([a, b], axis=1)        stack([a, b])        shape(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, float32, int32
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import Call, Host, OfAttr, ShapeError, T, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.core.slices import IndexedSlices
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.sources import constant

__all__ = [
    "broadcast_dynamic_shape", "broadcast_static_shape", "broadcast_to", "concat", "expand_dims", "fill", "ones", "ones_like",
    "rank", "reshape", "shape", "shape_n", "size", "split", "squeeze", "stack", "transpose", "unstack", "zeros", "zeros_like",
]  # fmt: skip

_range = range


# -- asking for shapes ----------------------------------------------------------------------------------------------------
@op("Shape", shape=lambda call: [TensorShape.of((call.shapes[0].ndims,))], differentiable=False)
def shape_op(xp: Any, input: T, *, out_type: DType = int32) -> OfAttr("out_type"):  # type: ignore[valid-type]
    """The sizes of all axes, as a vector."""
    return np.array(np.shape(input), dtype=out_type)


@op("Size", shape="scalar", differentiable=False)
def size_op(xp: Any, input: T, *, out_type: DType = int32) -> OfAttr("out_type"):  # type: ignore[valid-type]
    """How many elements there are."""
    return np.dtype(out_type).type(np.size(input))


@op("Rank", shape="scalar", differentiable=False)
def rank_op(xp: Any, input: T) -> int32:  # type: ignore[valid-type]
    """How many axes there are."""
    return np.int32(np.ndim(input))


def shape(input: Any, name: str | None = None, out_type: Any = int32, optimize: bool = True) -> Tensor:
    """The shape as a tensor: a constant where it is known already, unless `optimize` is False."""
    with name_scope(name, "Shape", [input]) as scope:
        x = convert_to_tensor(input)
        if optimize and x.shape.is_fully_defined():
            return constant(x.shape.as_list(), out_type, name=scope)
        return shape_op(x, out_type=as_dtype(out_type), name=scope)  # type: ignore[no-any-return]


def size(input: Any, name: str | None = None, out_type: Any = int32) -> Tensor:
    """The number of elements, a scalar."""
    with name_scope(name, "Size", [input]) as scope:
        x = convert_to_tensor(input)
        if x.shape.is_fully_defined():
            return constant(x.shape.num_elements(), out_type, name=scope)
        return size_op(x, out_type=as_dtype(out_type), name=scope)  # type: ignore[no-any-return]


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of axes, a scalar int32."""
    with name_scope(name, "Rank", [input]) as scope:
        x = convert_to_tensor(input)
        if x.shape.ndims is not None:
            return constant(x.shape.ndims, int32, name=scope)
        return rank_op(x, name=scope)  # type: ignore[no-any-return]


def shape_n(input: Any, out_type: Any = int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors."""
    return [shape(x, out_type=out_type, name=name) for x in input]


# -- the same elements in another shape -----------------------------------------------------------------------------------
def _reshaped(call: Call) -> list[TensorShape]:
    x, sizes = call.shapes[0], call.sizes(1)
    if sizes is None:
        return [unknown_shape()]
    value = call.value(call.inputs[1])
    free = value is not None and any(v is not None and v == -1 for v in np.ravel(value))
    total = x.num_elements()
    known = int(np.prod([n for n in sizes if n is not None], dtype=np.int64))
    unknown = sum(n is None for n in sizes)
    shown = f" and with input tensors computed as partial shapes: input[1] = [{','.join('?' if n is None else str(n) for n in sizes)}]"
    want = "[" + ",".join("?" if n is None else str(n) for n in sizes) + "]"
    if total is not None and not unknown and known != total:
        raise ShapeError(f"Cannot reshape a tensor with {total} elements to shape {want} ({known} elements)", shown)
    if total is not None and unknown == 1 and value is not None and (free or known):
        if known == 0 or total % known:
            if known:
                raise ShapeError(f"Dimension size must be evenly divisible by {known} but is {total}", shown)
        else:
            sizes = tuple(total // known if n is None else n for n in sizes)
    return [TensorShape.of(sizes)]


@op("Reshape", shape=_reshaped)
def reshape_op(xp: Any, tensor: T, shape: Host) -> T:
    """The same elements in the same order in another shape; -1 takes what is left."""
    return xp.reshape(tensor, shape)


@reshape_op.gradient
def reshape_gradient(node: Operation, dy: Tensor) -> Any:
    return reshape(dy, shape(node.inputs[0])), None


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """`tensor`'s elements in a new `shape`, at most one size of which may be -1.

    Raises ValueError (InvalidArgumentError at run time) when the numbers of elements differ.
    """
    return reshape_op(tensor, shape, name=name)  # type: ignore[no-any-return]


def _expanded(call: Call) -> list[TensorShape]:
    sizes, axis = call.shapes[0].sizes, call.host(1)
    if sizes is None or axis is None:
        return [unknown_shape(None if sizes is None else len(sizes) + 1)]
    axis = axis[0] if isinstance(axis, tuple) else axis
    if not -len(sizes) - 1 <= axis <= len(sizes):
        raise ShapeError(f"dim {axis} not in the interval [{-len(sizes) - 1}, {len(sizes)}].",
                         f" and with computed input tensors: input[1] = <{axis}>")  # fmt: skip
    at = axis % (len(sizes) + 1)
    return [TensorShape.of((*sizes[:at], 1, *sizes[at:]))]


@op("ExpandDims", shape=_expanded)
def expand_dims_op(xp: Any, input: T, dim: Host) -> T:
    """A new axis of size 1."""
    return xp.expand_dims(input, dim)


@expand_dims_op.gradient
def expand_dims_gradient(node: Operation, dy: Tensor) -> Any:
    return reshape(dy, shape(node.inputs[0])), None


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """`input` with an axis of size 1 put in at `axis`."""
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return expand_dims_op(input, axis, name=name)  # type: ignore[no-any-return]


def _squeezed(call: Call) -> list[TensorShape]:
    sizes, axes = call.shapes[0].sizes, call.attrs["squeeze_dims"]
    if sizes is None:
        return [unknown_shape()]
    for a in axes:
        if not -len(sizes) <= a < len(sizes):
            raise ShapeError(f"Tried to squeeze dim index {a} for tensor with {len(sizes)} dimensions.")
        if sizes[a] not in (1, None):
            raise ShapeError(f"Can not squeeze dim[{a % len(sizes)}], expected a dimension of 1, got {sizes[a]}")
    if not axes and None in sizes:
        return [unknown_shape()]
    gone = {a % len(sizes) for a in axes} if axes else {i for i, n in enumerate(sizes) if n == 1}
    return [TensorShape.of(tuple(n for i, n in enumerate(sizes) if i not in gone))]


@op("Squeeze", shape=_squeezed)
def squeeze_op(xp: Any, input: T, *, squeeze_dims: Any = ()) -> T:
    """Axes of size 1 taken out."""
    return xp.squeeze(input, squeeze_dims or None)


@squeeze_op.gradient
def squeeze_gradient(node: Operation, dy: Tensor) -> Tensor:
    return reshape(dy, shape(node.inputs[0]))


def squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Tensor:
    """`input` without the axes of size 1, or without those named."""
    axis = squeeze_dims if axis is None else axis
    axes = () if axis is None else (axis,) if np.ndim(axis) == 0 else tuple(axis)
    return squeeze_op(input, squeeze_dims=axes, name=name)  # type: ignore[no-any-return]


def _transposed(call: Call) -> list[TensorShape]:
    sizes, perm = call.shapes[0].sizes, call.host(1)
    if sizes is None or perm is None:
        return [unknown_shape(call.shapes[0].ndims)]
    if len(perm) != len(sizes):
        raise ShapeError(f"Dimension must be {len(sizes)} but is {len(perm)}")
    for p in perm:
        if not 0 <= p < len(sizes):
            raise ShapeError(f"perm dim {p} is out of range of input rank {len(sizes)}")
    return [TensorShape.of(tuple(sizes[p] for p in perm))]


@op("Transpose", shape=_transposed)
def transpose_op(xp: Any, x: T, perm: Host) -> T:
    """Axes in another order."""
    return xp.transpose(x, perm)


@transpose_op.gradient
def transpose_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.movement import invert_permutation

    return transpose(dy, invert_permutation(node.inputs[1])), None


def transpose(a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False) -> Tensor:
    """Axes in the order `perm`, or all of them reversed."""
    with name_scope(name, "transpose", [a]) as scope:
        x = convert_to_tensor(a)
        if perm is None:
            perm = _reversed_axes(x)
        out = transpose_op(x, perm, name=scope)
        if conjugate and x.dtype.is_complex:
            from tfnb.ops.elementwise import conj

            return conj(out)  # type: ignore[no-any-return]
        return out  # type: ignore[no-any-return]


def _reversed_axes(x: Tensor) -> Tensor:
    """TensorFlow's nodes for `rank - 1 - range(rank)`."""
    from tfnb.ops.movement import range as range_

    n = rank(x)
    return (n - 1) - range_(0, n, 1)


# -- filled tensors -------------------------------------------------------------------------------------------------------
def _of_dims(call: Call) -> list[TensorShape]:
    sizes = call.sizes(0)
    return [unknown_shape() if sizes is None else TensorShape.of(sizes)]


@op("Fill", shape=_of_dims)
def fill_op(xp: Any, dims: Host, value: T) -> T:
    """One value everywhere."""
    return xp.full(dims, value, getattr(value, "dtype", object))


@fill_op.gradient
def fill_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.reduce import reduce_sum

    return None, reduce_sum(dy)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` with `value` in every place."""
    return fill_op(dims, value, name=name)  # type: ignore[no-any-return]


@op("ZerosLike")
def zeros_like_op(xp: Any, x: T) -> T:
    """Zeros in the shape of the input."""
    return xp.zeros_like(x)


@zeros_like_op.gradient
def zeros_like_gradient(node: Operation, dy: Tensor) -> None:
    return None


def _filled(shape: Any, one: int, dtype: Any, name: str | None, default: str) -> Tensor:
    dtype = as_dtype(dtype).base_dtype
    value: Any = (b"" if not one else b"1") if dtype.name == "string" else bool(one) if dtype.name == "bool" else one
    with name_scope(name, default, [shape] if isinstance(shape, Tensor) else None) as scope:
        if not isinstance(shape, Tensor):
            try:
                sizes = as_shape(shape).as_list()
                if int(np.prod(sizes)) < 1000:
                    return constant(value, dtype, sizes, name=scope)
                shape = constant(sizes, int32, name="shape_as_tensor")
            except (TypeError, ValueError):
                shape = convert_to_tensor(shape, int32)
        if shape.shape.ndims == 0:
            shape = reshape(shape, [-1])
        return fill(shape, constant(value, dtype), name=scope)


def zeros(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """Zeros of the given shape; False for bool, empty for strings."""
    return _filled(shape, 0, dtype, name, "zeros")


def ones(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """Ones of the given shape; True for bool."""
    return _filled(shape, 1, dtype, name, "ones")


def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Zeros in the shape and dtype of `tensor`."""
    with name_scope(name, "zeros_like", [tensor]) as scope:
        x = convert_to_tensor(tensor, name="tensor")
        want = x.dtype.base_dtype if dtype is None else as_dtype(dtype)
        if optimize and x.shape.is_fully_defined():
            return zeros(x.shape, want, name=scope)
        if want is not x.dtype.base_dtype:
            return zeros(shape(x, optimize=optimize), want, name=scope)
        return zeros_like_op(x, name=scope)  # type: ignore[no-any-return]


def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Ones in the shape and dtype of `tensor`."""
    with name_scope(name, "ones_like", [tensor]) as scope:
        x = convert_to_tensor(tensor, name="tensor")
        out = ones(shape(x, optimize=optimize), x.dtype.base_dtype if dtype is None else dtype, name=scope)
        out.set_shape(x.shape)
        return out


@op("BroadcastTo", shape=lambda call: [unknown_shape() if call.sizes(1) is None else TensorShape.of(call.sizes(1))])
def broadcast_to(xp: Any, input: T, shape: Host) -> T:
    """The input repeated along new axes and axes of size 1."""
    return xp.broadcast_to(input, shape)


@broadcast_to.gradient
def broadcast_to_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.elementwise import unbroadcast

    return unbroadcast(dy, node.inputs[0]), None


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes broadcast to. Raises ValueError where they do not."""
    from tfnb.core.shapes import broadcast

    joined = broadcast(as_shape(shape_x), as_shape(shape_y))
    if joined is None:
        raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}")
    return joined


def _longer(call: Call) -> list[TensorShape]:
    lengths = [shape.num_elements() for shape in call.shapes]
    return [TensorShape.of((None if None in lengths else max(n or 0 for n in lengths),))]


@op("BroadcastArgs", shape=_longer, differentiable=False)
def broadcast_args(xp: Any, s0: Host, s1: Host) -> int32:  # type: ignore[valid-type]
    """The shape that two shapes, given as vectors, broadcast to."""
    return np.array(np.broadcast_shapes(s0, s1), dtype=np.int32)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """As `broadcast_static_shape`, of tensors."""
    return broadcast_args(shape_x, shape_y)  # type: ignore[no-any-return]


# -- joining and cutting --------------------------------------------------------------------------------------------------
def _packed(call: Call) -> list[TensorShape]:
    shape = call.shapes[0]
    for i, other in enumerate(call.shapes[1:], 1):
        try:
            shape = require_merge(shape, other)
        except ShapeError as e:
            raise ShapeError(f"{e}\n\tFrom merging shape {i - 1} with other shapes.") from None
    if shape.sizes is None:
        return [unknown_shape()]
    n, axis = len(shape.sizes) + 1, call.attrs["axis"]
    if not -n <= axis < n:
        raise ShapeError(f"Invalid axis {axis}")
    at = axis % n
    return [TensorShape.of((*shape.sizes[:at], len(call.shapes), *shape.sizes[at:]))]


@op("Pack", shape=_packed)
def pack(xp: Any, *values: T, axis: int = 0) -> T:
    """Tensors of one shape side by side along a new axis."""
    return xp.stack(values, axis)


@pack.gradient
def pack_gradient(node: Operation, dy: Tensor) -> list[Tensor]:
    return unstack(dy, len(node.inputs), node.attrs["axis"])


def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """`values`, all of one shape, side by side along a new axis. Raises ValueError for an axis out of range."""
    if axis == 0 and not isinstance(values, Tensor):
        try:
            ready = convert_to_tensor(values)
            if ready.op.type == "Const":
                ready.op.graph.remove([ready.op])
                return constant(ready.op.value, ready.dtype, name=name)
            ready.op.graph.remove([ready.op])
        except (TypeError, ValueError):
            pass
    tensors = [convert_to_tensor(v) for v in values]
    n = tensors[0].shape.ndims
    if n is not None and not -n - 1 <= axis < n + 1:
        raise ValueError(f"axis = {axis} not in [{-n - 1}, {n + 1})")
    return pack(*tensors, axis=axis, name=name)  # type: ignore[no-any-return]


def pack_nested(value: Any, dtype: DType | None, name: str | None) -> Tensor:
    """Nested lists with tensors in them as one tensor."""
    found = dtype or _peer_dtype(value)
    parts = [pack_nested(v, found, None) if isinstance(v, (list, tuple)) else convert_to_tensor(v, found if not isinstance(v, Tensor) else None)
             for v in value]  # fmt: skip
    return pack(*parts, name=name or "stack")  # type: ignore[no-any-return]


def _peer_dtype(value: Any) -> DType | None:
    for v in value:
        found = _peer_dtype(v) if isinstance(v, (list, tuple)) else getattr(v, "dtype", None) if isinstance(v, Tensor) or hasattr(v, "_as_tensor") else None
        if found is not None:
            return found.base_dtype
    return None


def _unpacked(call: Call) -> list[TensorShape]:
    sizes, axis, num = call.shapes[0].sizes, call.attrs["axis"], call.attrs["num"]
    if sizes is None:
        return [unknown_shape()] * num
    if not -len(sizes) <= axis < len(sizes):
        raise ShapeError(f"Invalid axis {axis}")
    if sizes[axis] not in (None, num):
        raise ShapeError(f"Dimension must be {num} but is {sizes[axis]}")
    at = axis % len(sizes)
    return [TensorShape.of((*sizes[:at], *sizes[at + 1 :]))] * num


@op("Unpack", shape=_unpacked)
def unpack(xp: Any, value: T, *, num: int, axis: int = 0) -> tuple[T, ...]:
    """The slices along an axis, each a tensor."""
    if np.shape(value)[axis] != num:
        raise ValueError(f"Input shape axis {axis} must equal {num}, got shape {list(np.shape(value))}")
    moved = xp.moveaxis(value, axis, 0)
    return tuple(moved[i] for i in range(num))


@unpack.gradient
def unpack_gradient(node: Operation, *dys: Tensor) -> Tensor:
    return stack(list(dys), node.attrs["axis"])


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[Tensor]:
    """The slices of `value` along `axis`; their number must be known, from the shape or from `num`."""
    if num is None:
        value = convert_to_tensor(value)
        sizes = value.shape.sizes
        if sizes is not None:
            if not -len(sizes) <= axis < len(sizes):
                raise ValueError(f"axis = {axis} not in [{-len(sizes)}, {len(sizes)})")
            num = sizes[axis]
    if num is None:
        raise ValueError(f"Cannot infer num from shape {value.shape}")
    out = unpack(value, num=num, axis=axis, name=name)
    return list(out) if isinstance(out, (list, tuple)) else [] if isinstance(out, Operation) else [out]


def _joined(call: Call) -> list[TensorShape]:
    axis, shapes = call.host(0), call.shapes[1:]
    known = [s for s in shapes if s.ndims is not None]
    if not known or axis is None:
        return [unknown_shape(known[0].ndims if known else None)]
    axis = axis[0] if isinstance(axis, tuple) else axis
    n = len(known[0].sizes)  # type: ignore[arg-type]
    if n == 0 or not -n <= axis < n:
        raise ShapeError(f"ConcatOp : Expected concatenating dimensions in the range [{-n}, {n}), but got {axis}" if n else
                         "Can't concatenate scalars (use tf.stack instead)")  # fmt: skip
    at, total, rest = axis % n, 0, [unknown_shape(n - 1)]
    for s in shapes:
        if s.sizes is None:
            total = None  # type: ignore[assignment]
            continue
        if len(s.sizes) != n:
            raise ShapeError(f"Shapes must be equal rank, but are {n} and {len(s.sizes)}")
        total = None if total is None or s.sizes[at] is None else total + s.sizes[at]  # type: ignore[assignment]
        rest[0] = require_merge(rest[0], TensorShape.of((*s.sizes[:at], *s.sizes[at + 1 :])))
    sizes = rest[0].sizes or ()
    return [TensorShape.of((*sizes[:at], total, *sizes[at:]))]


@op("ConcatV2", shape=_joined)
def concat_op(xp: Any, axis: Host, *values: T) -> T:
    """Tensors one after the other along an axis they have."""
    return xp.concatenate(values, axis)


@concat_op.gradient
def concat_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import slice as slice_

    parts, at = list(node.inputs[1:]), static_value(node.inputs[0])
    sizes = [x.shape.as_list()[int(at)] if x.shape.ndims is not None and at is not None else None for x in parts]
    if None not in sizes:
        return [None, *split(dy, sizes, int(at))]
    shapes = [shape(x) for x in parts]
    n = parts[0].shape.ndims or 1
    mask = np.eye(n, dtype=np.int32)[int(at)]
    out, begin = [None], zeros([n], int32)
    for s in shapes:
        out.append(slice_(dy, begin, s))
        begin = begin + s * mask
    return out


def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """`values` one after the other along `axis`; all other sizes are equal."""
    values = values if isinstance(values, (list, tuple)) else [values]
    if len(values) == 1:
        with name_scope(name):
            convert_to_tensor(axis, int32, name="concat_dim")
        return identity(values[0], name=name)  # type: ignore[no-any-return]
    first = next((v for v in values if isinstance(v, Tensor) or hasattr(v, "_as_tensor")), None)
    if any(isinstance(v, IndexedSlices) for v in values):
        values = [convert_to_tensor(v) for v in values]
    with name_scope(name) as scope:
        tensors = [v if isinstance(v, Tensor) else convert_to_tensor(v, first.dtype.base_dtype if first is not None else None, f"values_{i}")
                   for i, v in enumerate(values)]  # fmt: skip
        return concat_op(convert_to_tensor(axis, name="axis"), *tensors, name=scope)  # type: ignore[no-any-return]


def _parts(call: Call) -> list[TensorShape]:
    num, axis, sizes = call.attrs["num"], call.host(0), call.shapes[1].sizes
    if sizes is None or axis is None:
        return [unknown_shape(None if sizes is None else len(sizes))] * num
    if sizes[axis] is not None and sizes[axis] % num:
        raise ShapeError(f"Dimension size must be evenly divisible by {num} but is {sizes[axis]}\n\t"
                         "Number of ways to split should evenly divide the split dimension",
                         f" and with computed input tensors: input[0] = <{axis}>")  # fmt: skip
    at = axis % len(sizes)
    part = None if sizes[at] is None else sizes[at] // num
    return [TensorShape.of((*sizes[:at], part, *sizes[at + 1 :]))] * num


@op("Split", shape=_parts)
def split_op(xp: Any, split_dim: Host, value: T, *, num: int) -> tuple[T, ...]:
    """Equal parts along an axis."""
    return tuple(xp.split(value, num, split_dim))


def _parts_of_sizes(call: Call) -> list[TensorShape]:
    sizes, parts, axis = call.shapes[0].sizes, call.sizes(1), call.host(2)
    num = call.attrs["num"]
    if sizes is None or axis is None:
        return [unknown_shape(None if sizes is None else len(sizes))] * num
    at = axis % len(sizes)
    parts = list(parts or [None] * num)  # type: ignore[assignment]
    if parts.count(None) == 1 and sizes[at] is not None:  # type: ignore[union-attr]
        parts = [sizes[at] - sum(p for p in parts if p is not None) if p is None else p for p in parts]  # type: ignore
    return [TensorShape.of((*sizes[:at], p, *sizes[at + 1 :])) for p in parts]  # type: ignore[union-attr]


@op("SplitV", shape=_parts_of_sizes)
def split_v(xp: Any, value: T, size_splits: Host, split_dim: Host, *, num: int) -> tuple[T, ...]:
    """Parts of given sizes along an axis; -1 takes what is left."""
    whole = np.shape(value)[split_dim]
    sizes = [whole - sum(n for n in size_splits if n >= 0) if n < 0 else n for n in size_splits]
    return tuple(xp.split(value, np.cumsum(sizes)[:-1].tolist(), split_dim))


@split_op.gradient
def split_gradient(node: Operation, *dys: Tensor) -> Any:
    return None, concat(list(dys), node.inputs[0])


@split_v.gradient
def split_v_gradient(node: Operation, *dys: Tensor) -> Any:
    return concat(list(dys), node.inputs[2]), None, None


def split(value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split") -> list[Tensor]:
    """`value` cut along `axis` into a number of equal parts, or into parts of the given sizes."""
    if isinstance(num_or_size_splits, (int, np.integer)):
        out = split_op(axis, value, num=int(num_or_size_splits), name=name)
    else:
        sizes = convert_to_tensor(num_or_size_splits)
        num = sizes.shape.as_list()[0] if num is None else num
        out = split_v(value, cast(sizes, int32) if sizes.dtype.name not in ("int32", "int64") else sizes, axis, num=num, name=name)
    return list(out) if isinstance(out, (list, tuple)) else [out]
