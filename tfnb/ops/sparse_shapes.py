"""Sparse tensors put together, cut and put in order; rows of a table summed as a sparse tensor says.

    sparse_add(s, t)      sparse_concat(1, [s, t])      sparse_reorder(s)      embedding_lookup_sparse(table, ids, None)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Each, Host, I, J, N, OfAttr, R, T, boolean, float32, int64
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.core.sparse import SparseTensor
from tfnb.ops import arrays
from tfnb.ops.sparse import sparse

__all__ = [
    "edit_distance", "sparse_add", "sparse_concat", "sparse_fill_empty_rows", "sparse_maximum", "sparse_minimum", "sparse_reorder",
    "sparse_reset_shape", "sparse_reshape", "sparse_retain", "sparse_segment_mean", "sparse_segment_sqrt_n", "sparse_segment_sum",
    "sparse_slice", "sparse_transpose",
]  # fmt: skip


def _free(*shapes: tuple[int | None, ...]) -> Any:
    return lambda call: [TensorShape.of(s) for s in shapes]


def _three(call: Call) -> list[TensorShape]:
    """Indices, values and shape of as many axes as the input's."""
    axes = call.shapes[0].sizes[1] if call.shapes[0].ndims == 2 else None  # type: ignore[index]
    return [TensorShape.of(s) for s in ((None, axes), (None,), (axes,))]


def _ordered(indices: Any) -> Any:
    return np.lexsort(np.asarray(indices).T[::-1])


# -- order and shape -----------------------------------------------------------------------------------------
@op("SparseReorder", shape=lambda call: [call.shapes[0], call.shapes[1]], host=True)
def sparse_reorder_op(xp: Any, input_indices: int64, input_values: T, input_shape: Host) -> tuple[int64, T]:  # type: ignore[valid-type]
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
    """The same with its elements in reading order."""
    s = sparse(sp_input)
    indices, values = sparse_reorder_op(s.indices, s.values, s.dense_shape, name=name)
    known = s.shape
    return SparseTensor(indices, values, known.as_list() if known.is_fully_defined() else arrays.identity(s.dense_shape))


@op("SparseReshape", shape=lambda call: [TensorShape.of((call.shapes[0].sizes or (None,))[:1] + call.shapes[2].sizes), call.shapes[2]], host=True, differentiable=False)  # type: ignore[operator]
def sparse_reshape_op(xp: Any, input_indices: int64, input_shape: int64, new_shape: int64) -> tuple[int64, int64]:  # type: ignore[valid-type]
    """The places of the elements when the tensor has another shape; -1 takes what is left."""
    old, new = (np.array(s, np.int64) for s in (input_shape, new_shape))
    if (new < 0).any():
        new[new < 0] = np.prod(old) // np.prod(new[new >= 0])
    flat = np.ravel_multi_index(tuple(np.asarray(input_indices).T), tuple(old))
    return np.stack(np.unravel_index(flat, tuple(new)), 1).astype(np.int64), new


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """The same elements in another shape."""
    from tfnb.ops.elementwise import cast

    s = sparse(sp_input)
    wanted = cast(shape, "int64")
    with name_scope(name, "SparseReshape", [s.indices]) as scope:
        indices, sizes = sparse_reshape_op(s.indices, s.dense_shape, wanted, name=scope)
        return SparseTensor(indices, arrays.identity(s.values), sizes)


def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """The axes in another order, or all of them reversed."""
    from tfnb.ops.indexing import gather

    s = sparse(sp_input)
    with name_scope(name, "SparseTranspose", [s.indices]):
        n = s.dense_shape.shape.num_elements() or 0
        order = list(range(n))[::-1] if perm is None else perm
        indices = gather(s.indices, order, axis=1)
        return sparse_reorder(SparseTensor(indices, s.values, gather(s.dense_shape, order)))


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """The same elements in a larger shape, or in the smallest one that holds them."""
    from tfnb.ops.elementwise import cast
    from tfnb.ops.reduce import reduce_max

    s = sparse(sp_input)
    sizes = reduce_max(s.indices, 0) + 1 if new_shape is None else cast(new_shape, "int64")
    return SparseTensor(arrays.identity(s.indices), arrays.identity(s.values), sizes)


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Only the elements whose entry in `to_retain` is true."""
    from tfnb.ops.indexing import gather, where

    s = sparse(sp_input)
    keep = arrays.reshape(where(convert_to_tensor(to_retain)), [-1])
    return SparseTensor(gather(s.indices, keep), gather(s.values, keep), arrays.identity(s.dense_shape))


@op("SparseSlice", shape=_three, host=True, differentiable=False)
def sparse_slice_op(xp: Any, indices: int64, values: T, shape: int64, start: int64, size: int64) -> tuple[int64, T, int64]:  # type: ignore[valid-type]
    """The elements inside a block."""
    inside = ((indices >= start) & (indices < start + size)).all(1)
    return indices[inside] - start, values[inside], np.minimum(size, shape - start)


def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """The block that begins at `start` and has the given `size`."""
    s = sparse(sp_input)
    start, size = (convert_to_tensor(v, "int64") for v in (start, size))
    with name_scope(name, "SparseSlice", [s.indices]) as scope:
        return SparseTensor(*sparse_slice_op(s.indices, s.values, s.dense_shape, start, size, name=scope))


# -- two and more --------------------------------------------------------------------------------------------
@op("SparseAdd", shape=_three, host=True)
def sparse_add_op(
    xp: Any, a_indices: int64, a_values: N, a_shape: int64, b_indices: int64, b_values: N, b_shape: int64, thresh: R,
) -> tuple[int64, N, int64]:  # type: ignore[valid-type]  # fmt: skip
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
    """The sum of two tensors, at least one of them sparse; dense where one of them is."""
    threshold = thresh if threshold is None else threshold
    if not isinstance(a, SparseTensor) or not isinstance(b, SparseTensor):
        s, d = (a, b) if isinstance(a, SparseTensor) else (b, a)
        return sparse_tensor_dense_add_op(s.indices, s.values, s.dense_shape, d)
    least = convert_to_tensor(threshold or 0, a.values.dtype.real_dtype.base_dtype, name="threshold")
    return SparseTensor(*sparse_add_op(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, least))


def _either(type_: str, name: str, doc: str, choose: Any) -> Any:
    @op(type_, shape=_free((None, None), (None,)), host=True, differentiable=False)
    def kernel(
        xp: Any, a_indices: int64, a_values: R, a_shape: int64, b_indices: int64, b_values: R, b_shape: int64
    ) -> tuple[int64, R]:  # type: ignore[valid-type]
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

    public.__name__, public.__doc__ = name, doc
    return public


sparse_maximum = _either("SparseSparseMaximum", "sparse_maximum", "The larger of both at each place.", np.maximum)
sparse_minimum = _either("SparseSparseMinimum", "sparse_minimum", "The smaller of both at each place.", np.minimum)


@op("SparseConcat", shape=_three, host=True, differentiable=False)
def sparse_concat_op(xp: Any, *values: Each, concat_dim: int, N: int, T: Any) -> tuple[int64, OfAttr("T"), int64]:  # type: ignore[valid-type]
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


def sparse_concat(axis: int, sp_inputs: Any, name: str | None = None, expand_nonconcat_dim: bool = False, concat_dim: Any = None) -> SparseTensor:
    """Sparse tensors one after the other along an axis."""
    parts = [sparse(s) for s in sp_inputs]
    if len(parts) == 1:
        return parts[0]
    lists = [t for get in ("indices", "values", "dense_shape") for t in (getattr(s, get) for s in parts)]
    found = sparse_concat_op(*lists, concat_dim=axis, N=len(parts), T=parts[0].dtype.base_dtype, name=name)
    return SparseTensor(*found)


@op("SparseFillEmptyRows", shape=_free((None, 2), (None,), (None,), (None,)), host=True, differentiable=False)
def sparse_fill_empty_rows_op(
    xp: Any, indices: int64, values: T, dense_shape: int64, default_value: T
) -> tuple[int64, T, boolean, int64]:  # type: ignore[valid-type]
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
    """Rows without an element get `default_value`; with it, a bool for each row that was empty."""
    s = sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [s.indices]):
        default = convert_to_tensor(default_value, s.dtype.base_dtype)
        indices, values, empty, _ = sparse_fill_empty_rows_op(s.indices, s.values, s.dense_shape, default)
        return SparseTensor(indices, values, s.dense_shape), empty


# -- rows of a table, summed in groups -----------------------------------------------------------------------
def _segments(type_: str, name: str, doc: str, weight: Any) -> Any:
    @op(type_, shape=lambda call: [TensorShape.of((None, *(call.shapes[0].sizes or (None,))[1:]))], host=True)
    def kernel(xp: Any, data: N, indices: I, segment_ids: J) -> N:
        """The rows of data at the indices, put together in groups."""
        n = int(segment_ids.max()) + 1 if len(segment_ids) else 0
        out = np.zeros((n, *data.shape[1:]), data.dtype)
        np.add.at(out, segment_ids, np.asarray(data)[indices])
        count = np.maximum(np.bincount(segment_ids, minlength=n), 1)
        return out / weight(count).astype(data.dtype).reshape(-1, *[1] * (data.ndim - 1)) if weight else out

    def gradient(node: Operation, dy: Tensor) -> Any:
        from tfnb.ops.elementwise import cast
        from tfnb.ops.indexing import gather
        from tfnb.ops.powers import rsqrt
        from tfnb.ops.segments import segment_sum, unsorted_segment_sum

        x, indices, ids = node.inputs
        if weight:
            count = segment_sum(arrays.ones_like(ids, dtype=dy.dtype), ids)
            share = 1 / count if name.endswith("mean") else rsqrt(count)
            dy = dy * arrays.reshape(share, [-1, *[1] * ((x.shape.ndims or 1) - 1)])
        rows = arrays.shape(x)[0]
        return unsorted_segment_sum(gather(dy, ids), cast(indices, "int32"), rows), None, None

    kernel.gradient(gradient)
    kernel.kernel.__name__, kernel.kernel.__doc__ = name, doc
    return kernel


sparse_segment_sum = _segments("SparseSegmentSum", "sparse_segment_sum", "Sums of chosen rows in groups.", None)
sparse_segment_mean = _segments("SparseSegmentMean", "sparse_segment_mean", "Means of chosen rows in groups.", lambda n: n)
sparse_segment_sqrt_n = _segments("SparseSegmentSqrtN", "sparse_segment_sqrt_n", "Sums of chosen rows in groups over the root of their number.", np.sqrt)


def embedding_lookup_sparse(params: Any, sp_ids: Any, sp_weights: Any, partition_strategy: str = "mod", name: str | None = None,
                            combiner: str | None = None, max_norm: Any = None) -> Tensor:  # fmt: skip
    """For each row of `sp_ids` the sum, mean or weighted mean of the rows of `params` that it names."""
    from tfnb.ops.elementwise import cast
    from tfnb.ops.neural import embedding_lookup
    from tfnb.ops.sorting import unique

    combiner = combiner or "mean"
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    s = sparse(sp_ids)
    with name_scope(name, "embedding_lookup_sparse", [s.indices]) as scope:
        rows = cast(s.indices[:, 0], "int32")
        ids, place = unique(s.values)
        table = embedding_lookup(params, ids, partition_strategy, max_norm=max_norm)
        if sp_weights is None:
            combine = {"sum": sparse_segment_sum, "mean": sparse_segment_mean, "sqrtn": sparse_segment_sqrt_n}[combiner]
            return combine(table, place, rows, name=scope)  # type: ignore[no-any-return]
        return _weighted(table, place, rows, sparse(sp_weights).values, combiner, scope)


def _weighted(table: Tensor, place: Tensor, rows: Tensor, weights: Tensor, combiner: str, scope: str) -> Tensor:
    from tfnb.ops.elementwise import cast, realdiv
    from tfnb.ops.indexing import gather
    from tfnb.ops.powers import sqrt
    from tfnb.ops.segments import segment_sum

    weights = cast(weights, table.dtype)
    column = arrays.reshape(weights, [-1, *[1] * ((table.shape.ndims or 1) - 1)])
    total = gather(table, place) * column
    if combiner == "sum":
        return segment_sum(total, rows, name=scope)  # type: ignore[no-any-return]
    total = segment_sum(total, rows)
    norm = segment_sum(column, rows) if combiner == "mean" else sqrt(segment_sum(column * column, rows))
    return realdiv(total, norm, name=scope)  # type: ignore[no-any-return]


# -- how far two texts are apart -----------------------------------------------------------------------------
@op("EditDistance", shape=lambda call: [_longest(call)], host=True, differentiable=False)
def edit_distance_op(
    xp: Any, hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, truth_indices: int64, truth_values: T,
    truth_shape: int64, *, normalize: bool = True,
) -> float32:  # type: ignore[valid-type]  # fmt: skip
    """Levenshtein's distance of the rows of two sparse tensors."""
    sizes = tuple(np.maximum(hypothesis_shape, truth_shape)[:-1].tolist())
    out = np.zeros(sizes, np.float32)
    rows = [_rows(i, v) for i, v in ((hypothesis_indices, hypothesis_values), (truth_indices, truth_values))]
    for place in np.ndindex(*sizes):
        a, b = (r.get(place, []) for r in rows)
        steps = _steps(a, b)
        out[place] = (steps / len(b) if b else np.inf if a else 0.0) if normalize else steps
    return out


def _longest(call: Call) -> TensorShape:
    """The larger size of each axis but the last."""
    a, b = call.sizes(2), call.sizes(5)
    if a is None or b is None or None in a or None in b:
        return unknown_shape(None if a is None else len(a) - 1)
    return TensorShape.of(tuple(max(p, q) for p, q in zip(a, b, strict=True))[:-1])  # type: ignore[type-var]


def _rows(indices: Any, values: Any) -> dict[tuple[int, ...], list[Any]]:
    found: dict[tuple[int, ...], list[Any]] = {}
    for at, value in zip(np.asarray(indices).tolist(), np.asarray(values).tolist(), strict=True):
        found.setdefault(tuple(at[:-1]), []).append(value)
    return found


def _steps(a: list[Any], b: list[Any]) -> int:
    """How many insertions, deletions and replacements make b of a."""
    line = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, line[0] = line[0], i
        for k, y in enumerate(b, 1):
            diagonal, line[k] = line[k], min(line[k] + 1, line[k - 1] + 1, diagonal + (x != y))
    return line[-1]


def edit_distance(hypothesis: Any, truth: Any, normalize: bool = True, name: str = "edit_distance") -> Tensor:
    """Levenshtein's distance between the rows of two sparse tensors, over the true row's length unless `normalize` is False."""
    a, b = sparse(hypothesis), sparse(truth)
    return edit_distance_op(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, normalize=normalize, name=name)  # type: ignore[no-any-return]
