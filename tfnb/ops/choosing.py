"""Choosing and replacing elements: where with broadcasting, rows replaced in a copy, elements repeated.

where_v2(x > 0, x, 0.0)                              any shapes that broadcast
tensor_scatter_update(x, [[1], [3]], [9.0, 10.0])    x with elements 1 and 3 replaced
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, I, T, boolean, broadcasting, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.ops import arrays, indexing
from tfnb.ops.elementwise import unbroadcast

__all__ = [
    "boolean_mask", "ensure_shape", "repeat", "tensor_scatter_add", "tensor_scatter_nd_add", "tensor_scatter_nd_sub", "tensor_scatter_nd_update",
    "tensor_scatter_sub", "tensor_scatter_update", "where_v2",
]  # fmt: skip


# -- where ---------------------------------------------------------------------------------------------------
@op("SelectV2", shape=broadcasting)
def select_v2(xp: Any, condition: boolean, t: T, e: T) -> T:
    """t where the condition is true, else e; all three are broadcast."""
    return xp.where(condition, t, e)


@select_v2.gradient
def select_v2_gradient(node: Operation, dy: Tensor) -> Any:
    condition, t, e = node.inputs
    zero = arrays.zeros([], dy.dtype.base_dtype)
    return (
        None,
        unbroadcast(select_v2(condition, dy, zero), t),
        unbroadcast(select_v2(condition, zero, dy), e),
    )


def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """x where `condition` is true, else y, with broadcasting; without x and y, the places where it is true.

    >>> print(tf.where_v2([True, False], [1, 2], 0).eval())
    [1 0]
    """
    if x is None and y is None:
        return indexing.where(condition, name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return select_v2(condition, x, y, name=name)


@op("EnsureShape", shape=lambda call: [_ensured(call)])
def ensure_shape_op(xp: Any, input: T, *, shape: Any) -> T:
    """The input, after its shape has been checked."""
    if not as_shape(shape).is_compatible_with(np.shape(input)):
        raise ValueError(
            f"Shape of tensor [{','.join(map(str, np.shape(input)))}] is not compatible with expected shape {as_shape(shape).brackets()}."
        )
    return input


def _ensured(call: Call) -> TensorShape:
    want = as_shape(call.attrs["shape"])
    return require_merge(want, call.shapes[0])


@ensure_shape_op.gradient
def ensure_shape_gradient(node: Operation, dy: Tensor) -> Tensor:
    return dy


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """x, with a shape known in the graph and checked in the run.

    >>> x = tf.placeholder(tf.float32)
    >>> tf.ensure_shape(x, [None, 2]).shape
    TensorShape([Dimension(None), Dimension(2)])
    """
    return ensure_shape_op(x, shape=as_shape(shape), name=name)


def boolean_mask(tensor: Any, mask: Any, name: str = "boolean_mask", axis: int | None = None) -> Tensor:
    """The elements (or slices) of `tensor` where `mask` is true. Raises ValueError where the shapes do not fit.

    >>> print(tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]).eval())
    [[1 2]
     [5 6]]
    """
    with name_scope(name, values=[tensor, mask]):
        x, m = convert_to_tensor(tensor, name="tensor"), convert_to_tensor(mask, name="mask")
        n = m.shape.ndims
        if n == 0:
            raise ValueError("mask cannot be scalar.")
        if n is None:
            raise ValueError("Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is ok, but "
                             "shape=None is not.")  # fmt: skip
        at = axis or 0
        sizes = x.shape.as_list()
        if not TensorShape.of(tuple(sizes[at : at + n])).is_compatible_with(m.shape):
            raise ValueError(f"Shapes {TensorShape.of(tuple(sizes[at : at + n]))} and {m.shape} are incompatible")
        shape = arrays.shape(x)
        leading = arrays.reshape(_product(shape[at : at + n]), [1])
        flat = arrays.reshape(x, arrays.concat([shape[:at], leading, shape[at + n :]], 0))
        flat.set_shape([*sizes[:at], None, *sizes[at + n :]])
        places = arrays.squeeze(indexing.where(arrays.reshape(m, [-1])), axis=[1])
        return indexing.gather(flat, places, axis=at)


def _product(x: Tensor) -> Tensor:
    from tfnb.ops.reduce import reduce_prod

    return reduce_prod(x, 0)  # type: ignore[no-any-return]


# -- a copy with some elements changed -----------------------------------------------------------------------
def _places(indices: Any) -> tuple[Any, ...]:
    return tuple(indices[..., i] for i in range(indices.shape[-1]))


@op("TensorScatterUpdate")
def tensor_scatter_update(xp: Any, tensor: T, indices: I, updates: T) -> T:
    """A copy of the tensor with the updates at the places that index vectors give.

    >>> print(tf.tensor_scatter_update([1, 1, 1], [[0], [2]], [5, 6]).eval())
    [5 1 6]
    """
    return xp.scatter_set(tensor, _places(indices), updates)


@op("TensorScatterAdd")
def tensor_scatter_add(xp: Any, tensor: T, indices: I, updates: T) -> T:
    """A copy of the tensor with the updates added at the places that index vectors give.

    >>> print(tf.tensor_scatter_add([1, 1, 1], [[0], [2]], [5, 6]).eval())
    [6 1 7]
    """
    return xp.scatter_add(tensor, _places(indices), updates)


@op("TensorScatterSub")
def tensor_scatter_sub(xp: Any, tensor: T, indices: I, updates: T) -> T:
    """A copy of the tensor with the updates taken away at the places that index vectors give.

    >>> print(tf.tensor_scatter_sub([1, 1, 1], [[0], [2]], [5, 6]).eval())
    [-4  1 -5]
    """
    return xp.scatter_add(tensor, _places(indices), -updates)


@tensor_scatter_update.gradient
def tensor_scatter_update_gradient(node: Operation, dy: Tensor) -> Any:
    _, indices, updates = node.inputs
    return (
        tensor_scatter_update(dy, indices, arrays.zeros_like(updates)),
        None,
        indexing.gather_nd(dy, indices),
    )


@tensor_scatter_add.gradient
def tensor_scatter_add_gradient(node: Operation, dy: Tensor) -> Any:
    return dy, None, indexing.gather_nd(dy, node.inputs[1])


@tensor_scatter_sub.gradient
def tensor_scatter_sub_gradient(node: Operation, dy: Tensor) -> Any:
    return dy, None, -indexing.gather_nd(dy, node.inputs[1])


tensor_scatter_nd_update, tensor_scatter_nd_add, tensor_scatter_nd_sub = (
    tensor_scatter_update,
    tensor_scatter_add,
    tensor_scatter_sub,
)


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element (each slice along `axis`) `repeats` times, one after the other; or its own number of times.

    >>> print(tf.repeat([1, 2], 2).eval())
    [1 1 2 2]
    """
    from tfnb.ops.movement import tile

    if axis is None:
        input, axis = arrays.reshape(input, [-1]), 0
    with name_scope(name, "Repeat", [input, repeats]):
        data = convert_to_tensor(input, name="input")
        times = arrays.cast(convert_to_tensor(repeats, name="repeats"), "int32")
        rank = data.shape.ndims or 1
        axis, sizes = axis % rank, arrays.shape(data)
        if times.shape.num_elements() == 1:
            times = arrays.reshape(times, []) if times.shape.ndims else times
            wide = tile(arrays.expand_dims(data, axis + 1), [times if i == axis + 1 else 1 for i in range(rank + 1)])
            return arrays.reshape(wide, arrays.concat([sizes[:axis], [-1], sizes[axis + 1 :]], 0))
        if times.shape.ndims == 0:
            times = arrays.broadcast_to(times, arrays.stack([sizes[axis]]))
        return _each(data, times, axis)


def _each(data: Tensor, times: Tensor, axis: int) -> Tensor:
    """Each slice as often as its number says: all of them as often as the largest says, less those that are too many."""
    from tfnb.ops.compare import maximum
    from tfnb.ops.grids import sequence_mask
    from tfnb.ops.movement import tile
    from tfnb.ops.reduce import reduce_max

    most = maximum(0, reduce_max(times))
    mask = sequence_mask(times, most)
    wide = tile(arrays.expand_dims(data, axis + 1), [most if i == axis + 1 else 1 for i in range((data.shape.ndims or 1) + 1)])
    return boolean_mask(wide, mask, axis=axis)
