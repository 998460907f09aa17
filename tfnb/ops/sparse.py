"""Sparse tensors: made dense, multiplied, summed. Here s stands for (indices, values, dense_shape).

sparse_tensor_dense_matmul(s, w)      the matrix product, without the zeros
sparse_tensor_to_dense(s)             with the zeros
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import Call, F, Host, I, N, R, T, int64
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.core.sparse import SparseTensor, SparseTensorValue
from tfnb.ops import arrays
from tfnb.ops.sources import constant, placeholder

__all__ = [
    "SparseTensor", "SparseTensorValue", "sparse_placeholder", "sparse_reduce_max", "sparse_reduce_sum", "sparse_softmax",
    "sparse_tensor_dense_matmul", "sparse_tensor_to_dense", "sparse_to_dense",
]  # fmt: skip


def sparse(value: Any) -> SparseTensor:
    """A SparseTensor as it is, three arrays as one. Raises TypeError for anything else."""
    if isinstance(value, SparseTensor):
        return value
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    raise TypeError("Input must be a SparseTensor.")


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor that is fed at each run: a SparseTensorValue, or (indices, values, dense_shape).

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     s = tf.sparse_placeholder(tf.float32)
    ...     print(sess.run(tf.sparse_reduce_sum(s), {s: ([[0, 1], [1, 0]], [2.0, 3.0], [2, 2])}))
    5.0
    """
    given = as_shape(shape)
    if given.ndims is not None and given.is_fully_defined():
        sizes = convert_to_tensor(np.array(given.as_list(), np.int64), name=_part(name, "shape"))
    else:
        sizes = placeholder("int64", [given.ndims], name=_part(name, "shape"))
    values = placeholder(as_dtype(dtype), [None], name=_part(name, "values"))
    indices = placeholder("int64", [None, given.ndims], name=_part(name, "indices"))
    return SparseTensor(indices, values, sizes)


def _part(name: str | None, part: str) -> str | None:
    return None if name is None else f"{name}/{part}"


# -- with the zeros ------------------------------------------------------------------------------------------
@op(
    "SparseToDense",
    shape=lambda call: [unknown_shape() if call.sizes(1) is None else TensorShape.of(call.sizes(1))],
)
def sparse_to_dense_op(
    xp: Any,
    sparse_indices: I,
    output_shape: Host,
    sparse_values: T,
    default_value: T,
    *,
    validate_indices: bool = True,
) -> T:
    """The default value everywhere but at the indices."""
    places = xp.reshape(sparse_indices, (-1, len(output_shape)))
    places = tuple(xp.within(places[:, i], n) for i, n in enumerate(output_shape))
    return xp.scatter_set(xp.full(output_shape, default_value, sparse_values.dtype), places, sparse_values)


@sparse_to_dense_op.gradient
def sparse_to_dense_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather_nd
    from tfnb.ops.reduce import reduce_sum

    kept = gather_nd(dy, node.inputs[0])
    return None, None, kept, reduce_sum(dy) - reduce_sum(kept)


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A tensor of the shape `output_shape` with `sparse_values` at `sparse_indices` and `default_value` elsewhere.

    >>> print(tf.sparse_to_dense([[0], [2]], [4], [7, 8]).eval())
    [7 0 8 0]
    """
    return sparse_to_dense_op(
        sparse_indices,
        output_shape,
        sparse_values,
        default_value,
        validate_indices=validate_indices,
        name=name,
    )


def sparse_tensor_to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Tensor:
    """The whole tensor, with `default_value` (zero) where the sparse one has nothing.

    >>> print(tf.sparse.to_dense(tf.SparseTensor([[0, 1]], [5], [2, 2])).eval())
    [[0 5]
     [0 0]]
    """
    s = sparse(sp_input)
    if default_value is None:
        default_value = arrays.zeros([], dtype=s.dtype)
    return sparse_to_dense_op(
        s.indices, s.dense_shape, s.values, default_value, validate_indices=validate_indices, name=name
    )


# -- products ------------------------------------------------------------------------------------------------
def _product(call: Call) -> list[TensorShape]:
    a, b = call.sizes(2) or (None, None), call.shapes[3].sizes or (None, None)
    rows = a[1] if call.attrs["adjoint_a"] else a[0]
    return [TensorShape.of((rows, b[0] if call.attrs["adjoint_b"] else b[1]))]


@op("SparseTensorDenseMatMul", shape=_product)
def sparse_matmul_op(
    xp: Any,
    a_indices: I,
    a_values: T,
    a_shape: Host,
    b: T,
    *,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
) -> T:
    """Each element of a, times its row of b, added to the row of the result that it belongs to."""
    row, column = (a_indices[:, 1], a_indices[:, 0]) if adjoint_a else (a_indices[:, 0], a_indices[:, 1])
    b = b.T if adjoint_b else b
    zeros = xp.zeros((a_shape[1 if adjoint_a else 0], b.shape[1]), b.dtype)
    return xp.scatter_add(zeros, row, a_values[:, None] * xp.take(b, column, 0))


@sparse_matmul_op.gradient
def sparse_matmul_gradient(node: Operation, dy: Tensor) -> Any:
    """db = a^T dy; da = dy b^T at a's own places only."""
    from tfnb.ops.indexing import gather
    from tfnb.ops.reduce import reduce_sum

    indices, values, shape, b = node.inputs
    turned, flipped = node.attrs["adjoint_a"], node.attrs["adjoint_b"]
    db = sparse_matmul_op(indices, values, shape, dy, adjoint_a=not turned)
    row, column = (indices[:, 1], indices[:, 0]) if turned else (indices[:, 0], indices[:, 1])
    of_b = gather(arrays.transpose(b) if flipped else b, column)
    return None, reduce_sum(gather(dy, row) * of_b, 1), None, arrays.transpose(db) if flipped else db


def sparse_tensor_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """The matrix product of a sparse matrix and a dense one.

    >>> a = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
    >>> print(tf.sparse.matmul(a, [[1.0], [3.0]]).eval())
    [[6.]
     [0.]]
    """
    s = sparse(sp_a)
    with name_scope(name, "SparseTensorDenseMatMul", [s.indices, s.values, b]):
        b = convert_to_tensor(b, name="b")
        return sparse_matmul_op(
            s.indices, s.values, s.dense_shape, b, adjoint_a=adjoint_a, adjoint_b=adjoint_b
        )


def _dense_at(dense: Any, indices: Any, shape: Any) -> Any:
    """The elements of a dense tensor, broadcast to a sparse one's shape, at its places."""
    return np.broadcast_to(dense, shape)[tuple(np.asarray(indices).T)]


def _values_only(call: Call) -> list[TensorShape]:
    return [call.shapes[1]]


@op("SparseDenseCwiseMul", shape=_values_only, host=True)
def sparse_dense_mul_op(xp: Any, sp_indices: I, sp_values: N, sp_shape: Host, dense: N) -> N:
    """The elements of a sparse tensor times those of a dense one at the same places."""
    return sp_values * _dense_at(dense, sp_indices, sp_shape)


@op("SparseDenseCwiseDiv", shape=_values_only, host=True)
def sparse_dense_div_op(xp: Any, sp_indices: I, sp_values: N, sp_shape: Host, dense: N) -> N:
    """The elements of a sparse tensor divided by those of a dense one at the same places."""
    return sp_values / _dense_at(dense, sp_indices, sp_shape)


@op("SparseDenseCwiseAdd", shape=_values_only, host=True)
def sparse_dense_add_op(xp: Any, sp_indices: I, sp_values: N, sp_shape: Host, dense: N) -> N:
    """The elements of a sparse tensor plus those of a dense one at the same places."""
    return sp_values + _dense_at(dense, sp_indices, sp_shape)


@sparse_dense_mul_op.gradient
def sparse_dense_mul_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather_nd

    indices, values, shape, dense = node.inputs
    if dense.shape.ndims != shape.shape.num_elements():
        return None, sparse_dense_mul_op(indices, dy, shape, dense), None, None
    return None, dy * gather_nd(dense, indices), None, _scattered(indices, dy * values, dense)


@sparse_dense_div_op.gradient
def sparse_dense_div_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather_nd

    indices, values, _, dense = node.inputs
    at = gather_nd(dense, indices)
    return None, dy / at, None, _scattered(indices, -dy * values / (at * at), dense)


@sparse_dense_add_op.gradient
def sparse_dense_add_gradient(node: Operation, dy: Tensor) -> Any:
    indices, _, _, dense = node.inputs
    return None, dy, None, _scattered(indices, dy, dense)


def _scattered(indices: Tensor, values: Tensor, dense: Tensor) -> Tensor:
    from tfnb.ops.indexing import scatter_nd

    return scatter_nd(indices, values, arrays.shape(dense, out_type="int64"))


def _operator(kernel: Any, name: str) -> Any:
    def method(s: SparseTensor, dense: Any) -> SparseTensor:
        with name_scope(None, name, [s.values, dense]) as scope:
            d = convert_to_tensor(dense, s.values.dtype.base_dtype)
            values = kernel(s.indices, s.values, s.dense_shape, d, name=scope)
        return _like(s, values)

    return method


def _like(s: SparseTensor, values: Tensor) -> SparseTensor:
    return SparseTensor(s.indices, values, s.dense_shape)


SparseTensor.__mul__ = _operator(sparse_dense_mul_op, "mul")
SparseTensor.__truediv__ = _operator(sparse_dense_div_op, "truediv")


# -- sums and softmax ----------------------------------------------------------------------------------------
def _summed(call: Call) -> list[TensorShape]:
    sizes, axes = call.sizes(2), call.host(3)
    if sizes is None or axes is None:
        return [unknown_shape()]
    listed = axes if isinstance(axes, tuple) else (axes,)
    gone = {a % len(sizes) for a in listed} if listed else set(range(len(sizes)))
    keep = call.attrs["keep_dims"]
    return [
        TensorShape.of(tuple(1 if i in gone else n for i, n in enumerate(sizes) if keep or i not in gone))
    ]


def _reduced(xp: Any, how: Any, indices: Any, values: Any, shape: Any, axes: Any, keep_dims: bool) -> Any:
    listed = (axes,) if isinstance(axes, int) else tuple(axes)
    gone = {a % len(shape) for a in listed} if listed else set(range(len(shape)))
    kept = [i for i in range(len(shape)) if i not in gone]
    out = how(tuple(shape[i] for i in kept), tuple(indices[:, i] for i in kept), values)
    return xp.reshape(out, [1 if i in gone else n for i, n in enumerate(shape)]) if keep_dims else out


@op("SparseReduceSum", shape=_summed)
def sparse_reduce_sum_op(
    xp: Any,
    input_indices: int64,
    input_values: N,
    input_shape: Host,
    reduction_axes: Host,
    *,
    keep_dims: bool = False,
) -> N:
    """The sum along the axes, dense."""

    def add(sizes: Any, places: Any, values: Any) -> Any:
        return xp.scatter_add(xp.zeros(sizes, values.dtype), places, values) if sizes else xp.sum(values)

    return _reduced(xp, add, input_indices, input_values, input_shape, reduction_axes, keep_dims)


@op("SparseReduceMax", shape=_summed, host=True)
def sparse_reduce_max_op(
    xp: Any,
    input_indices: int64,
    input_values: R,
    input_shape: Host,
    reduction_axes: Host,
    *,
    keep_dims: bool = False,
) -> R:
    """The largest of the elements that are there along the axes, dense; 0 where there is none."""

    def largest(sizes: Any, places: Any, values: Any) -> Any:
        out = np.full(sizes, -np.inf)
        np.maximum.at(out, places or (), values if places else values.max())
        return np.where(np.isinf(out), 0, out).astype(values.dtype)

    return _reduced(np, largest, input_indices, input_values, input_shape, reduction_axes, keep_dims)


@sparse_reduce_sum_op.gradient
def sparse_reduce_sum_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.indexing import gather_nd

    indices, _, shape, axes = node.inputs
    n = shape.shape.num_elements() or 0
    gone = {int(a) % n for a in np.ravel(static_value(axes))}
    wide = arrays.reshape(
        dy, arrays.stack([arrays.constant(1, "int64") if i in gone else shape[i] for i in range(n)])
    )
    return None, gather_nd(arrays.broadcast_to(wide, shape), indices), None, None


def _axes(s: SparseTensor, axis: Any, old: Any) -> Any:
    axis = old if axis is None else axis
    if axis is not None:
        return axis if isinstance(axis, (list, tuple)) else [axis]
    return constant(np.arange(s.dense_shape.shape.num_elements() or 0, dtype=np.int32))


def sparse_reduce_sum(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> Tensor:
    """The sum of a sparse tensor's elements along `axis`, dense.

    >>> a = tf.SparseTensor([[0, 0], [0, 1]], [1, 5], [1, 2])
    >>> print(tf.sparse.reduce_sum(a, 1).eval())
    [6]
    """
    s = sparse(sp_input)
    return sparse_reduce_sum_op(
        s.indices,
        s.values,
        s.dense_shape,
        _axes(s, axis, reduction_axes),
        keep_dims=bool(keepdims or keep_dims),
    )


def sparse_reduce_max(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> Tensor:
    """The largest element along `axis` among those that a sparse tensor has, dense.

    >>> a = tf.SparseTensor([[0, 0], [0, 1]], [1, 5], [1, 2])
    >>> print(tf.sparse.reduce_max(a, 1).eval())
    [5]
    """
    s = sparse(sp_input)
    return sparse_reduce_max_op(
        s.indices,
        s.values,
        s.dense_shape,
        _axes(s, axis, reduction_axes),
        keep_dims=bool(keepdims or keep_dims),
    )


@op("SparseSoftmax", shape=_values_only, host=True)
def sparse_softmax_op(xp: Any, sp_indices: int64, sp_values: F, sp_shape: Host) -> F:
    """The softmax of each row's elements, as if the missing ones were minus infinity."""
    _, row = np.unique(np.asarray(sp_indices)[:, :-1], axis=0, return_inverse=True)
    row = row.ravel()
    top = np.full(row.max() + 1 if len(row) else 0, -np.inf)
    np.maximum.at(top, row, sp_values)
    e = np.exp(sp_values - top[row].astype(sp_values.dtype))
    return e / np.bincount(row, e)[row].astype(e.dtype)


@sparse_softmax_op.gradient
def sparse_softmax_gradient(node: Operation, dy: Tensor) -> Any:
    """y (dy - sum of y dy over the row)."""
    from tfnb.ops.indexing import gather_nd
    from tfnb.ops.reduce import reduce_sum

    indices, _, shape = node.inputs
    y = node.outputs[0]
    whole = sparse_to_dense_op(indices, shape, y * dy, constant(0, y.dtype))
    of_row = arrays.broadcast_to(reduce_sum(whole, -1, keepdims=True), shape)
    return None, y * (dy - gather_nd(of_row, indices)), None


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The softmax of each row's elements, as if the missing ones were minus infinity.

    >>> a = tf.SparseTensor([[0, 0], [0, 1]], [1.0, 1.0], [1, 2])
    >>> print(tf.sparse.softmax(a).values.eval())
    [0.5 0.5]
    """
    s = sparse(sp_input)
    with name_scope(name, "SparseSoftmax", [s.indices, s.values]):
        return _like(s, sparse_softmax_op(s.indices, s.values, s.dense_shape))
