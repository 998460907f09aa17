"""Gradients that are one op here, said with the ops that TensorFlow has: what leaves tfnb as a GraphDef holds these.

    rx, ry = broadcast_gradient_args(shape(x), shape(y))      the gradient of x + y is summed over rx for x, over ry for y

tfnb's own gradients ask the arrays themselves for the axes that were broadcast or reduced (SumToShapeOf, SpreadLike).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Host, int32
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, compare, conv, diagonals, indexing, movement, patches, reduce
from tfnb.ops.elementwise import cast, sum_to_shape_of
from tfnb.ops.filling import fill
from tfnb.ops.segments import unsorted_segment_sum
from tfnb.ops.stitching import dynamic_stitch

__all__: list[str] = []


@op("BroadcastGradientArgs", shape=lambda call: [TensorShape.of((None,))] * 2, differentiable=False)
def broadcast_gradient_args(xp: Any, s0: Host, s1: Host) -> tuple[int32, int32]:
    """The axes of the common shape along which arrays of shape s0, and of shape s1, were repeated."""
    return _repeated(s0, s1), _repeated(s1, s0)


def _repeated(own: Any, other: Any) -> Any:
    """Axes that `own` lacks, and axes of size 1; none where the shapes are the same."""
    if tuple(own) == tuple(other):
        return np.zeros(0, np.int32)
    lacking = max(len(other) - len(own), 0)
    return np.array([*range(lacking), *(lacking + i for i, n in enumerate(own) if n == 1)], np.int32)


@sum_to_shape_of.expansion
def sum_to_shape_of_expansion(node: Operation) -> Tensor:
    dy, x = node.inputs
    sizes = arrays.shape(x)
    axes, _ = broadcast_gradient_args(sizes, arrays.shape(dy))
    return arrays.reshape(reduce.sum_op(dy, axes, name="Sum"), sizes)  # type: ignore[no-any-return]


@reduce.spread_like.expansion
def spread_like_expansion(node: Operation) -> Tensor:
    dy, x, axes = node.inputs
    sizes = arrays.shape(x, optimize=False)
    rank = arrays.size(sizes)
    gone = (cast(axes, "int32") + rank) % rank
    narrow = dynamic_stitch([movement.range(0, rank), gone], [sizes, fill(arrays.shape(gone), 1)])
    return movement.tile(arrays.reshape(dy, narrow), sizes // compare.maximum(narrow, 1))  # type: ignore[no-any-return]


@indexing.gather_batch_grad.expansion
def gather_batch_grad_expansion(node: Operation) -> Tensor:
    """The examples of the batch one below the other, with indices that go on from one to the next."""
    dy, indices, sizes = node.inputs
    axis, batch_dims = node.attrs["axis"], node.attrs["batch_dims"]
    inner, rank = indices.shape.ndims - batch_dims, sizes.shape.as_list()[0]
    rows = [*range(axis, axis + inner)]  # of dy
    front = [*range(batch_dims), *rows, *range(batch_dims, axis), *range(axis + inner, rank - 1 + inner)]
    back = [*range(batch_dims), *range(batch_dims + 1, axis + 1), batch_dims, *range(axis + 1, rank)]
    order = [*range(batch_dims), axis, *(i for i in range(batch_dims, rank) if i != axis)]
    turned = indexing.gather(sizes, order)
    examples, count = reduce.reduce_prod(sizes[:batch_dims]), sizes[axis]
    starts = arrays.reshape(movement.range(0, examples) * count, arrays.concat([sizes[:batch_dims], [1] * inner], 0))
    places = arrays.reshape(cast(indices, "int32") + starts, [-1])
    flat = arrays.reshape(arrays.transpose(dy, front), arrays.concat([[-1], turned[batch_dims + 1 :]], 0))
    summed = unsorted_segment_sum(flat, places, examples * count)
    return arrays.transpose(arrays.reshape(summed, turned), back)  # type: ignore[no-any-return]


@patches.patches_grad.expansion
def patches_grad_expansion(node: Operation) -> Tensor:
    """Cutting windows out is a convolution whose filters each pick one place of the window; this is its gradient."""
    dy, sizes = node.inputs
    height, width = node.attrs["ksizes"][1:3]
    depth = dy.shape.as_list()[3]
    filters = arrays.reshape(diagonals.eye(depth, dtype=dy.dtype), [height, width, depth // (height * width), depth])
    return conv.conv2d_backprop_input(sizes, filters, dy, strides=node.attrs["strides"], padding=node.attrs["padding"],
                                      dilations=node.attrs["rates"], data_format="NHWC")  # fmt: skip
