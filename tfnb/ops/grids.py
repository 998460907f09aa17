"""Masks from lengths and grids from axes.

sequence_mask([1, 3], 3)     [[True, False, False], [True, True, True]]
meshgrid([1, 2], [3, 4, 5])  the x and the y of each point of a grid
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype, bool_dtype
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, compare, movement, reduce
from tfnb.ops.elementwise import cast, cast_op
from tfnb.ops.sources import constant

__all__ = ["meshgrid", "sequence_mask"]


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = bool_dtype, name: str | None = None
) -> Tensor:
    """For each length n a row of `maxlen` elements of which the first n are true.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.sequence_mask([1, 2], 3, tf.int32)))
    [[1 0 0]
     [1 1 0]]
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            longest = reduce.max_op(lengths, constant(list(range(lengths.shape.ndims or 1))), name="Max")
            maxlen = compare.maximum(constant(0, longest.dtype), longest)
        else:
            maxlen = convert_to_tensor(maxlen)
        places = movement.range_op(constant(0, maxlen.dtype), maxlen, constant(1, maxlen.dtype))
        inside = places < cast_op(arrays.expand_dims(lengths, -1), DstT=maxlen.dtype)
        want = as_dtype(dtype)
        return inside if want is bool_dtype else cast(inside, want)


def meshgrid(*args: Any, indexing: str = "xy", name: str = "meshgrid") -> list[Tensor]:
    """The coordinates of all points of a grid with these axes; 'xy' puts the first axis along the columns.

    Raises ValueError for an `indexing` other than 'xy' and 'ij'.

    >>> print(*sess.run(tf.meshgrid([1, 2], [3, 4])), sep="\\n")
    [[1 2]
     [1 2]]
    [[3 3]
     [4 4]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args):
        rank = len(args)
        order = [1, 0, *range(2, rank)] if indexing == "xy" and rank > 1 else list(range(rank))
        axes = [convert_to_tensor(a) for a in args]
        flat = [
            arrays.reshape(x, [-1 if order[i] == k else 1 for k in range(rank)]) for i, x in enumerate(axes)
        ]
        sizes = [arrays.size(x) for x in axes]
        whole = arrays.ones(
            arrays.stack([sizes[k] for k in order]) if rank else [], axes[0].dtype if axes else bool_dtype
        )
        return [x * whole for x in flat]
