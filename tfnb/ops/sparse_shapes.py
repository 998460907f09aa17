"""Sparse tensors put together, cut and put in order; rows of a table summed as a sparse tensor says.

sparse_add(s, t)      sparse_concat(1, [s, t])      sparse_reorder(s)      embedding_lookup_sparse(table, ids, None)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Each, Host, I, J, N, OfAttr, R, T, boolean, int64
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.core.sparse import SparseTensor
from tfnb.ops import arrays
from tfnb.ops.sparse import sparse

__all__ = [
    "sparse_add", "sparse_concat", "sparse_fill_empty_rows", "sparse_maximum", "sparse_minimum",
    "sparse_reorder", "sparse_reset_shape", "sparse_reshape", "sparse_retain", "sparse_slice", "sparse_transpose",
]  # fmt: skip


def _free(*shapes: tuple[int | None, ...]) -> Any:
    return lambda call: [TensorShape.of(s) for s in shapes]


def _three(call: Call) -> list[TensorShape]:
    """Indices, values and shape of as many axes as the input's."""
    axes = call.shapes[0].sizes[1] if call.shapes[0].ndims == 2 else None
    return [TensorShape.of(s) for s in ((None, axes), (None,), (axes,))]


def _ordered(indices: Any) -> Any:
    return np.lexsort(np.asarray(indices).T[::-1])


# -- order and shape -----------------------------------------------------------------------------------------
@op("SparseReorder", shape=lambda call: [call.shapes[0], call.shapes[1]], host=True)
def sparse_reorder_op(xp: Any, input_indices: int64, input_values: T, input_shape: Host) -> tuple[int64, T]:
    """The elements in reading order."""
    order = _ordered(input_indices)
    return input_indices[order], input_values[order]


@sparse_reorder_op.gradient
def sparse_reorder_gradient(node: Operation, _: Any, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather_nd
    from tfnb.ops.sparse import sparse_to_dense_op

    whole = sparse_to_dense_op(node.outputs[0], node.inputs[2], dy, arrays.constant(0, dy.dtype))
    return None, gather_nd(whole, node.inputs[0]), None


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The same with its elements in reading order.

    >>> a = tf.SparseTensor([[1], [0]], [2, 1], [2])
    >>> print(tf.sparse.reorder(a).values.eval())
    [1 2]
    """
    s = sparse(sp_input)
    indices, values = sparse_reorder_op(s.indices, s.values, s.dense_shape, name=name)
    known = s.shape
    return SparseTensor(
        indices, values, known.as_list() if known.is_fully_defined() else arrays.identity(s.dense_shape)
    )


@op(
    "SparseReshape",
    shape=lambda call: [
        TensorShape.of((call.shapes[0].sizes or (None,))[:1] + call.shapes[2].sizes),
        call.shapes[2],
    ],
    host=True,
    differentiable=False,
)
def sparse_reshape_op(
    xp: Any, input_indices: int64, input_shape: int64, new_shape: int64
) -> tuple[int64, int64]:
    """The places of the elements when the tensor has another shape; -1 takes what is left."""
    old, new = (np.array(s, np.int64) for s in (input_shape, new_shape))
    if (new < 0).any():
        new[new < 0] = np.prod(old) // np.prod(new[new >= 0])
    flat = np.ravel_multi_index(tuple(np.asarray(input_indices).T), tuple(old))
    return np.stack(np.unravel_index(flat, tuple(new)), 1).astype(np.int64), new


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """The same elements in another shape.

    >>> a = tf.SparseTensor([[0, 1]], [1], [2, 2])
    >>> print(tf.sparse.reshape(a, [4]).indices.eval())
    [[1]]
    """
    from tfnb.ops.elementwise import cast

    s = sparse(sp_input)
    wanted = cast(shape, "int64")
    with name_scope(name, "SparseReshape", [s.indices]) as scope:
        indices, sizes = sparse_reshape_op(s.indices, s.dense_shape, wanted, name=scope)
        return SparseTensor(indices, arrays.identity(s.values), sizes)


def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """The axes in another order, or all of them reversed.

    >>> a = tf.SparseTensor([[0, 1]], [1], [2, 2])
    >>> print(tf.sparse.transpose(a).indices.eval())
    [[1 0]]
    """
    from tfnb.ops.indexing import gather

    s = sparse(sp_input)
    with name_scope(name, "SparseTranspose", [s.indices]):
        n = s.dense_shape.shape.num_elements() or 0
        order = list(range(n))[::-1] if perm is None else perm
        indices = gather(s.indices, order, axis=1)
        return sparse_reorder(SparseTensor(indices, s.values, gather(s.dense_shape, order)))


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """The same elements in a larger shape, or in the smallest one that holds them.

    >>> a = tf.SparseTensor([[0, 0]], [1], [1, 1])
    >>> print(tf.sparse.reset_shape(a, [2, 2]).dense_shape.eval())
    [2 2]
    """
    from tfnb.ops.elementwise import cast
    from tfnb.ops.reduce import reduce_max

    s = sparse(sp_input)
    sizes = reduce_max(s.indices, 0) + 1 if new_shape is None else cast(new_shape, "int64")
    return SparseTensor(arrays.identity(s.indices), arrays.identity(s.values), sizes)


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Only the elements whose entry in `to_retain` is true.

    >>> a = tf.SparseTensor([[0], [1]], [1, 2], [2])
    >>> print(tf.sparse.retain(a, [False, True]).values.eval())
    [2]
    """
    from tfnb.ops.indexing import gather, where

    s = sparse(sp_input)
    keep = arrays.reshape(where(convert_to_tensor(to_retain)), [-1])
    return SparseTensor(gather(s.indices, keep), gather(s.values, keep), arrays.identity(s.dense_shape))


@op("SparseSlice", shape=_three, host=True, differentiable=False)
def sparse_slice_op(
    xp: Any, indices: int64, values: T, shape: int64, start: int64, size: int64
) -> tuple[int64, T, int64]:
    """The elements inside a block."""
    inside = ((indices >= start) & (indices < start + size)).all(1)
    return indices[inside] - start, values[inside], np.minimum(size, shape - start)


def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """The block that begins at `start` and has the given `size`.

    >>> a = tf.SparseTensor([[0], [2]], [1, 2], [3])
    >>> print(tf.sparse.to_dense(tf.sparse.slice(a, [1], [2])).eval())
    [0 2]
    """
    s = sparse(sp_input)
    start, size = (convert_to_tensor(v, "int64") for v in (start, size))
    with name_scope(name, "SparseSlice", [s.indices]) as scope:
        return SparseTensor(*sparse_slice_op(s.indices, s.values, s.dense_shape, start, size, name=scope))


# -- two and more --------------------------------------------------------------------------------------------
@op("SparseAdd", shape=_three, host=True)
def sparse_add_op(
    xp: Any,
    a_indices: int64,
    a_values: N,
    a_shape: int64,
    b_indices: int64,
    b_values: N,
    b_shape: int64,
    thresh: R,
) -> tuple[int64, N, int64]:
    """The elements of both, those at one place added; those smaller than the threshold left out."""
    places, where = np.unique(np.concatenate([a_indices, b_indices]), axis=0, return_inverse=True)
    out = np.zeros(len(places), a_values.dtype)
    np.add.at(out, where.ravel(), np.concatenate([a_values, b_values]))
    keep = np.abs(out) >= thresh
    return places[keep], out[keep], a_shape


@sparse_add_op.gradient
def sparse_add_gradient(node: Operation, _: Any, dy: Tensor, __: Any) -> Any:
    from tfnb.ops.indexing import gather_nd
    from tfnb.ops.sparse import sparse_to_dense_op

    whole = sparse_to_dense_op(node.outputs[0], node.inputs[2], dy, arrays.constant(0, dy.dtype))
    return None, gather_nd(whole, node.inputs[0]), None, None, gather_nd(whole, node.inputs[3]), None, None


@op("SparseTensorDenseAdd", shape=lambda call: [call.shapes[3]])
def sparse_tensor_dense_add_op(xp: Any, a_indices: I, a_values: N, a_shape: J, b: N) -> N:
    """The dense tensor with the sparse one's elements added."""
    return xp.scatter_add(b, tuple(a_indices[:, i] for i in range(a_indices.shape[1])), a_values)


@sparse_tensor_dense_add_op.gradient
def sparse_tensor_dense_add_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather_nd

    return None, gather_nd(dy, node.inputs[0]), None, dy


def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """The sum of two tensors, at least one of them sparse; dense where one of them is.

    >>> a = tf.SparseTensor([[0]], [1.0], [2])
    >>> print(tf.sparse.to_dense(tf.sparse.add(a, a)).eval())
    [2. 0.]
    """
    threshold = thresh if threshold is None else threshold
    if not isinstance(a, SparseTensor) or not isinstance(b, SparseTensor):
        s, d = (a, b) if isinstance(a, SparseTensor) else (b, a)
        return sparse_tensor_dense_add_op(s.indices, s.values, s.dense_shape, d)
    least = convert_to_tensor(threshold or 0, a.values.dtype.real_dtype.base_dtype, name="threshold")
    return SparseTensor(
        *sparse_add_op(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, least)
    )


def _either(type_: str, name: str, doc: str, choose: Any) -> Any:
    @op(type_, shape=_free((None, None), (None,)), host=True, differentiable=False)
    def kernel(
        xp: Any, a_indices: int64, a_values: R, a_shape: int64, b_indices: int64, b_values: R, b_shape: int64
    ) -> tuple[int64, R]:
        """Of two sparse tensors, at each place the one or the other; a missing element counts as 0."""
        places, where = np.unique(np.concatenate([a_indices, b_indices]), axis=0, return_inverse=True)
        both = np.zeros((2, len(places)), a_values.dtype)
        both[0, where.ravel()[: len(a_values)]] = a_values
        both[1, where.ravel()[len(a_values) :]] = b_values
        return places, choose(*both)

    def public(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
        a, b = sparse(sp_a), sparse(sp_b)
        found = kernel(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, name=name)
        return SparseTensor(*found, a.dense_shape)

    values = [float(choose(1, 3)), float(choose(0, 2))]
    example = (">>> a, b = tf.SparseTensor([[0]], [1.0], [2]), tf.SparseTensor([[0], [1]], [3.0, 2.0], [2])\n"
               f">>> print(tf.{name}(a, b).values.eval())\n{np.array(values)}\n")  # fmt: skip
    public.__name__, public.__doc__ = name, f"{doc}\n\n{example}"
    return public


sparse_maximum = _either(
    "SparseSparseMaximum", "sparse_maximum", "The larger of both at each place.", np.maximum
)
sparse_minimum = _either(
    "SparseSparseMinimum", "sparse_minimum", "The smaller of both at each place.", np.minimum
)


@op("SparseConcat", shape=_three, host=True, differentiable=False)
def sparse_concat_op(
    xp: Any, *values: Each, concat_dim: int, N: int, T: Any
) -> tuple[int64, OfAttr("T"), int64]:
    """Sparse tensors one after the other along an axis: indices, values and shapes of each."""
    indices, parts, shapes = (list(values[i * N : (i + 1) * N]) for i in range(3))
    sizes = np.array(shapes)
    before = np.concatenate([[0], np.cumsum(sizes[:, concat_dim])[:-1]])
    moved = [np.array(i) for i in indices]
    for at, shift in zip(moved, before, strict=True):
        at[:, concat_dim] += shift
    joined, whole = np.concatenate(moved), sizes[0].copy()
    whole[concat_dim] = sizes[:, concat_dim].sum()
    order = _ordered(joined)
    return joined[order], np.concatenate(parts)[order], whole


def sparse_concat(
    axis: int,
    sp_inputs: Any,
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
) -> SparseTensor:
    """Sparse tensors one after the other along an axis.

    >>> a = tf.SparseTensor([[0]], [1.0], [2])
    >>> print(tf.sparse.to_dense(tf.sparse.concat(0, [a, a])).eval())
    [1. 0. 1. 0.]
    """
    parts = [sparse(s) for s in sp_inputs]
    if len(parts) == 1:
        return parts[0]
    lists = [t for get in ("indices", "values", "dense_shape") for t in (getattr(s, get) for s in parts)]
    found = sparse_concat_op(*lists, concat_dim=axis, N=len(parts), T=parts[0].dtype.base_dtype, name=name)
    return SparseTensor(*found)


@op("SparseFillEmptyRows", shape=_free((None, 2), (None,), (None,), (None,)), host=True, differentiable=False)
def sparse_fill_empty_rows_op(
    xp: Any, indices: int64, values: T, dense_shape: int64, default_value: T
) -> tuple[int64, T, boolean, int64]:
    """Rows without an element get the default value in their first column."""
    empty = ~np.isin(np.arange(dense_shape[0]), indices[:, 0])
    added = np.stack([np.nonzero(empty)[0], np.zeros(empty.sum(), np.int64)], 1)
    joined = np.concatenate([indices, added])
    order = _ordered(joined)
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    filled = np.concatenate([values, np.full(len(added), default_value, values.dtype)])
    return joined[order], filled[order], empty, back[: len(indices)]


def sparse_fill_empty_rows(sp_input: Any, default_value: Any, name: str | None = None) -> Any:
    """Rows without an element get `default_value`; with it, a bool for each row that was empty.

    >>> a = tf.SparseTensor([[0, 0]], [1], [2, 1])
    >>> print(tf.sparse.to_dense(tf.sparse.fill_empty_rows(a, 9)[0]).eval())
    [[1]
     [9]]
    """
    s = sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [s.indices]):
        default = convert_to_tensor(default_value, s.dtype.base_dtype)
        indices, values, empty, _ = sparse_fill_empty_rows_op(s.indices, s.values, s.dense_shape, default)
        return SparseTensor(indices, values, s.dense_shape), empty
