"""Tensors as arrays: shapes, filled tensors, joining and cutting, gathered for the chapters that build on them.

    from tfnb.ops import arrays;  arrays.reshape(x, [-1])
"""

from tfnb.ops.elementwise import cast, identity
from tfnb.ops.filling import fill, fill_op, ones, ones_like, zeros, zeros_like, zeros_like_op
from tfnb.ops.joining import (
    concat,
    concat_op,
    pack,
    pack_nested,
    split,
    split_op,
    split_v,
    stack,
    unpack,
    unstack,
)
from tfnb.ops.shaping import (
    broadcast_args,
    broadcast_dynamic_shape,
    broadcast_static_shape,
    broadcast_to,
    expand_dims,
    expand_dims_op,
    rank,
    rank_op,
    reshape,
    reshape_op,
    shape,
    shape_n,
    shape_op,
    size,
    size_op,
    squeeze,
    squeeze_op,
    transpose,
    transpose_op,
)
from tfnb.ops.sources import constant

__all__ = [
    "broadcast_args", "broadcast_dynamic_shape", "broadcast_static_shape", "broadcast_to", "cast", "concat", "concat_op", "constant",
    "expand_dims", "expand_dims_op", "fill", "fill_op", "identity", "ones", "ones_like", "pack", "pack_nested", "rank", "rank_op",
    "reshape", "reshape_op", "shape", "shape_n", "shape_op", "size", "size_op", "split", "split_op", "split_v", "squeeze", "squeeze_op",
    "stack", "transpose", "transpose_op", "unpack", "unstack", "zeros", "zeros_like", "zeros_like_op",
]  # fmt: skip
