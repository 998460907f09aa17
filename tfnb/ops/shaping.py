"""Asking for shapes, and the same elements in another shape.

    reshape(x, [-1, 28 * 28])        transpose(x)        expand_dims(x, 0)        shape(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, int32
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, OfAttr, ShapeError, T
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.ops.sources import constant

__all__ = [
    "broadcast_dynamic_shape", "broadcast_static_shape", "broadcast_to", "expand_dims", "rank", "reshape", "shape", "shape_n", "size",
    "squeeze", "transpose",
]  # fmt: skip


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
    """The shape as a tensor: a constant where it is known already, unless `optimize` is False.

    >>> print(tf.shape([[1, 2, 3]]).eval())
    [1 3]
    """
    with name_scope(name, "Shape", [input]) as scope:
        x = convert_to_tensor(input)
        if optimize and x.shape.is_fully_defined():
            return constant(x.shape.as_list(), out_type, name=scope)
        return shape_op(x, out_type=as_dtype(out_type), name=scope)  # type: ignore[no-any-return]


@op("ShapeN", shape=lambda call: [TensorShape.of((s.ndims,)) for s in call.shapes])
def shape_n_op(xp: Any, *input: T, N: int, out_type: DType = int32) -> tuple[OfAttr("out_type"), ...]:  # type: ignore[valid-type]
    """The shapes of several tensors."""
    return tuple(np.array(np.shape(x), out_type) for x in input)


def size(input: Any, name: str | None = None, out_type: Any = int32) -> Tensor:
    """The number of elements, a scalar.

    >>> print(tf.size([[1, 2, 3]]).eval())
    3
    """
    with name_scope(name, "Size", [input]) as scope:
        x = convert_to_tensor(input)
        if x.shape.is_fully_defined():
            return constant(x.shape.num_elements(), out_type, name=scope)
        return size_op(x, out_type=as_dtype(out_type), name=scope)  # type: ignore[no-any-return]


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of axes, a scalar int32.

    >>> print(tf.rank([[1, 2]]).eval())
    2
    """
    with name_scope(name, "Rank", [input]) as scope:
        x = convert_to_tensor(input)
        if x.shape.ndims is not None:
            return constant(x.shape.ndims, int32, name=scope)
        return rank_op(x, name=scope)  # type: ignore[no-any-return]


def shape_n(input: Any, out_type: Any = int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors.

    >>> print(*sess.run(tf.shape_n([[1, 2], [[3]]])), sep="\\n")
    [2]
    [1 1]
    """
    return list(shape_n_op.node(tuple(input), {"N": len(input), "out_type": as_dtype(out_type)}, name).outputs)


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

    >>> print(tf.reshape([1, 2, 3, 4], [2, -1]).eval())
    [[1 2]
     [3 4]]
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
    """`input` with an axis of size 1 put in at `axis`.

    >>> tf.expand_dims([1, 2], 0).shape
    TensorShape([Dimension(1), Dimension(2)])
    """
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
    """`input` without the axes of size 1, or without those named.

    >>> print(tf.squeeze([[[1], [2]]]).eval())
    [1 2]
    """
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


@op("ConjugateTranspose", shape=_transposed)
def conjugate_transpose_op(xp: Any, x: T, perm: Host) -> T:
    """Axes in another order, and imaginary parts turned round."""
    return xp.conj(xp.transpose(x, perm))


@conjugate_transpose_op.gradient
def conjugate_transpose_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.movement import invert_permutation

    return transpose(dy, invert_permutation(node.inputs[1]), conjugate=True), None


@transpose_op.gradient
def transpose_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.movement import invert_permutation

    return transpose(dy, invert_permutation(node.inputs[1])), None


def transpose(a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False) -> Tensor:
    """Axes in the order `perm`, or all of them reversed.

    >>> print(tf.transpose([[1, 2, 3], [4, 5, 6]]).eval())
    [[1 4]
     [2 5]
     [3 6]]
    """
    with name_scope(name, "transpose", [a]) as scope:
        x = convert_to_tensor(a)
        if perm is None:
            perm = _reversed_axes(x)
        way = conjugate_transpose_op if conjugate and x.dtype.is_complex else transpose_op
        return way(x, perm, name=scope)  # type: ignore[no-any-return]


def _reversed_axes(x: Tensor) -> Tensor:
    """TensorFlow's nodes for `rank - 1 - range(rank)`."""
    from tfnb.ops.movement import range as range_

    n = rank(x)
    return (n - 1) - range_(0, n, 1)


def _broadcast(call: Call) -> list[TensorShape]:
    sizes, want = call.shapes[0].sizes, call.sizes(1)
    if want is None:
        return [unknown_shape()]
    pairs = zip(reversed(sizes or ()), reversed(want), strict=False)
    bad = next(((m, n) for m, n in pairs if None not in (m, n) and m not in (1, n)), None)
    if bad is not None:
        listed = ",".join("?" if n is None else str(n) for n in want)
        told = f" and with input tensors computed as partial shapes: input[1] = [{listed}]"
        raise ShapeError(f"Dimensions must be equal, but are {bad[0]} and {bad[1]}", told)
    return [TensorShape.of(want)]


@op("BroadcastTo", shape=_broadcast)
def broadcast_to(xp: Any, input: T, shape: Host) -> T:
    """The input repeated along new axes and axes of size 1.

    >>> print(tf.broadcast_to([1, 2], [2, 2]).eval())
    [[1 2]
     [1 2]]
    """
    return xp.broadcast_to(input, shape)


@broadcast_to.gradient
def broadcast_to_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.elementwise import unbroadcast

    return unbroadcast(dy, node.inputs[0]), None


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes broadcast to. Raises ValueError where they do not.

    >>> tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
    TensorShape([Dimension(2), Dimension(3)])
    """
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
    """As `broadcast_static_shape`, of tensors.

    >>> print(tf.broadcast_dynamic_shape([2, 1], [3]).eval())
    [2 3]
    """
    return broadcast_args(shape_x, shape_y)  # type: ignore[no-any-return]
