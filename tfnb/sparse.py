"""tf.sparse: sparse tensors, under the names they have there."""

from typing import Any

from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.sparse import SparseTensor
from tfnb.later import sparse_mask as mask
from tfnb.ops import arrays, compare, diagonals, indexing
from tfnb.ops.sparse import sparse_placeholder as placeholder
from tfnb.ops.sparse import sparse_reduce_max as reduce_max
from tfnb.ops.sparse import sparse_reduce_sum as reduce_sum
from tfnb.ops.sparse import sparse_softmax as softmax
from tfnb.ops.sparse import sparse_tensor_dense_matmul as sparse_dense_matmul
from tfnb.ops.sparse import sparse_tensor_to_dense as to_dense
from tfnb.ops.sparse_more import sparse_expand_dims as expand_dims
from tfnb.ops.sparse_more import sparse_merge as merge
from tfnb.ops.sparse_more import sparse_reduce_max_sparse as reduce_max_sparse
from tfnb.ops.sparse_more import sparse_reduce_sum_sparse as reduce_sum_sparse
from tfnb.ops.sparse_more import sparse_split as split
from tfnb.ops.sparse_more import sparse_to_indicator as to_indicator
from tfnb.ops.sparse_rows import sparse_segment_mean as segment_mean
from tfnb.ops.sparse_rows import sparse_segment_sqrt_n as segment_sqrt_n
from tfnb.ops.sparse_rows import sparse_segment_sum as segment_sum
from tfnb.ops.sparse_shapes import sparse_add as add
from tfnb.ops.sparse_shapes import sparse_concat as concat
from tfnb.ops.sparse_shapes import sparse_fill_empty_rows as fill_empty_rows
from tfnb.ops.sparse_shapes import sparse_maximum as maximum
from tfnb.ops.sparse_shapes import sparse_minimum as minimum
from tfnb.ops.sparse_shapes import sparse_reorder as reorder
from tfnb.ops.sparse_shapes import sparse_reset_shape as reset_shape
from tfnb.ops.sparse_shapes import sparse_reshape as reshape
from tfnb.ops.sparse_shapes import sparse_retain as retain
from tfnb.ops.sparse_shapes import sparse_slice as slice
from tfnb.ops.sparse_shapes import sparse_transpose as transpose

matmul = sparse_dense_matmul

__all__ = [
    "SparseTensor", "add", "concat", "expand_dims", "eye", "fill_empty_rows", "from_dense", "mask", "matmul", "maximum", "merge", "minimum",
    "placeholder", "reduce_max", "reduce_max_sparse", "reduce_sum", "reduce_sum_sparse", "reorder", "reset_shape", "reshape", "retain",
    "segment_mean", "segment_sqrt_n", "segment_sum", "slice", "softmax", "sparse_dense_matmul", "split", "to_dense", "to_indicator",
    "transpose",
]  # fmt: skip


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements that are not zero, and where they stand.

    >>> print(tf.sparse.from_dense([[0, 5]]).indices.eval())
    [[0 1]]
    """
    with name_scope(name, "dense_to_sparse"):
        x = convert_to_tensor(tensor)
        zero = arrays.constant("" if x.dtype.name == "string" else 0, x.dtype.base_dtype)
        places = indexing.where(compare.not_equal(x, zero))
        return SparseTensor(places, indexing.gather_nd(x, places), arrays.shape(x, out_type="int64"))


def eye(
    num_rows: int, num_columns: int | None = None, dtype: Any = "float32", name: str | None = None
) -> SparseTensor:
    """The identity matrix.

    >>> print(tf.sparse.to_dense(tf.sparse.eye(2)).eval())
    [[1. 0.]
     [0. 1.]]
    """
    with name_scope(name, "eye"):
        return from_dense(diagonals.eye(num_rows, num_columns, dtype=dtype))
