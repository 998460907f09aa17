"""Tensors put together along an axis, and cut again.

    concat([a, b], axis=1)        stack([a, b])        split(x, 3, axis=1)        unstack(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, int32
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import Call, Host, ShapeError, T, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.core.slices import IndexedSlices
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.filling import zeros
from tfnb.ops.shaping import shape

__all__ = ["concat", "split", "stack", "unstack"]


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
    """`values`, all of one shape, side by side along a new axis. Raises ValueError for an axis out of range.

    >>> print(tf.stack([[1, 2], [3, 4]], axis=1).eval())
    [[1 3]
     [2 4]]
    """
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name)  # constants together are one constant
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
    with name_scope(name or "packed") as scope:
        parts = [pack_nested(v, found, str(i)) if isinstance(v, (list, tuple)) else v if isinstance(v, Tensor) else
                 convert_to_tensor(v, found, name=str(i)) for i, v in enumerate(value)]  # fmt: skip
        return pack(*parts, name=scope)  # type: ignore[no-any-return]


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
    """The slices of `value` along `axis`; their number must be known, from the shape or from `num`.

    >>> print(*sess.run(tf.unstack(tf.constant([[1, 2], [3, 4]]))), sep="\\n")
    [1 2]
    [3 4]
    """
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
        if n == 0:
            raise ShapeError("Can't concatenate scalars (use tf.stack instead)")
        least = axis + 1 if axis >= 0 else -axis
        raise ShapeError(f"Shape must be at least rank {least} but is rank {n}", f" and with computed input tensors: input[{len(shapes)}] = <{axis}>")
    at, total, rest = axis % n, 0, [unknown_shape(n - 1)]
    for s in shapes:
        if s.sizes is None:
            total = None  # type: ignore[assignment]
            continue
        if len(s.sizes) != n:
            raise ShapeError(f"Shape must be rank {n} but is rank {len(s.sizes)}")
        total = None if total is None or s.sizes[at] is None else total + s.sizes[at]  # type: ignore[assignment]
        try:
            rest[0] = require_merge(rest[0], TensorShape.of((*s.sizes[:at], *s.sizes[at + 1 :])))
        except ShapeError as e:
            raise ShapeError(str(e), f" and with computed input tensors: input[{len(shapes)}] = <{axis}>") from None
    sizes = rest[0].sizes or ()
    return [TensorShape.of((*sizes[:at], total, *sizes[at:]))]


@op("ConcatV2", shape=_joined)
def concat_op(xp: Any, axis: Host, *values: T) -> T:
    """Tensors one after the other along an axis they have."""
    return xp.concatenate(values, axis)


@concat_op.gradient
def concat_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import slice as slice_
    from tfnb.ops.movement import one_hot

    parts, at = list(node.inputs[1:]), static_value(node.inputs[0])
    sizes = [x.shape.as_list()[int(at)] if x.shape.ndims is not None and at is not None else None for x in parts]
    if None not in sizes:
        n, begins = dy.shape.ndims or 1, np.cumsum([0, *sizes])
        axis = int(at) % n
        blocks = [([b if i == axis else 0 for i in range(n)], [k if i == axis else -1 for i in range(n)]) for b, k in zip(begins, sizes, strict=False)]
        return [None, *(slice_(dy, begin, size) for begin, size in blocks)]
    shapes = [shape(x) for x in parts]
    n = parts[0].shape.ndims or 1
    mask = np.eye(n, dtype=np.int32)[int(at)] if at is not None else one_hot(node.inputs[0], n, dtype=int32)
    out, begin = [None], zeros([n], int32)
    for s in shapes:
        out.append(slice_(dy, begin, s))
        begin = begin + s * mask
    return out


def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """`values` one after the other along `axis`; all other sizes are equal.

    >>> print(tf.concat([[1, 2], [3]], axis=0).eval())
    [1 2 3]
    """
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
    if None not in parts and sizes[at] is not None and sum(parts) != sizes[at]:  # type: ignore[arg-type]
        listed = f" and with computed input tensors: input[1] = <{' '.join(map(str, parts))}>, input[2] = <{axis}>"  # type: ignore[arg-type]
        raise ShapeError(f"can't split axis of size {sizes[at]} into pieces of size [{','.join(map(str, parts))}]", listed)  # type: ignore[arg-type]
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
    """`value` cut along `axis` into a number of equal parts, or into parts of the given sizes.

    >>> print(*sess.run(tf.split([1, 2, 3, 4], 2)), sep="\\n")
    [1 2]
    [3 4]
    """
    if isinstance(num_or_size_splits, (int, np.integer)):
        convert_to_tensor(int(num_or_size_splits))  # unused, but TensorFlow makes it, and seeds count nodes
        out = split_op(axis, value, num=int(num_or_size_splits), name=name)
    else:
        sizes = convert_to_tensor(num_or_size_splits)
        num = sizes.shape.as_list()[0] if num is None else num
        out = split_v(value, cast(sizes, int32) if sizes.dtype.name not in ("int32", "int64") else sizes, axis, num=num, name=name)
    return list(out) if isinstance(out, (list, tuple)) else [out]
