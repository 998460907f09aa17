"""Rows of a table summed in groups, as a sparse tensor says; how far two texts are apart.

    sparse_segment_sum(table, [3, 0, 3], [0, 0, 1])        row 3 + row 0, row 3
    embedding_lookup_sparse(table, ids, None)              for each row of ids the mean of the rows it names
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, I, J, N, T, float32, int64
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays
from tfnb.ops.sparse import sparse

__all__ = ["edit_distance", "sparse_segment_mean", "sparse_segment_sqrt_n", "sparse_segment_sum"]


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
    total = 4.0 / weight(2.0) if weight else 4.0
    example = f"print(tf.{name}(tf.constant([1.0, 2.0, 3.0]), [0, 2], [0, 0]).eval())"
    kernel.kernel.__name__ = name
    kernel.__doc__ = kernel.kernel.__doc__ = f"{doc}\n\n>>> {example}\n[{total:.5g}{'.' if total % 1 == 0 else ''}]\n"
    return kernel


sparse_segment_sum = _segments(
    "SparseSegmentSum", "sparse_segment_sum", "Sums of chosen rows in groups.", None
)
sparse_segment_mean = _segments(
    "SparseSegmentMean", "sparse_segment_mean", "Means of chosen rows in groups.", lambda n: n
)
sparse_segment_sqrt_n = _segments(
    "SparseSegmentSqrtN",
    "sparse_segment_sqrt_n",
    "Sums of chosen rows in groups over the root of their number.",
    np.sqrt,
)


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """For each row of `sp_ids` the sum, mean or weighted mean of the rows of `params` that it names.

    >>> ids = tf.SparseTensor([[0, 0], [0, 1]], np.int64([1, 0]), [1, 2])
    >>> print(tf.nn.embedding_lookup_sparse(tf.constant([[1.0], [3.0]]), ids, None, combiner="sum").eval())
    [[4.]]
    """
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
            combine = {
                "sum": sparse_segment_sum,
                "mean": sparse_segment_mean,
                "sqrtn": sparse_segment_sqrt_n,
            }[combiner]
            return combine(table, place, rows, name=scope)
        return _weighted(table, place, rows, sparse(sp_weights).values, combiner, scope)


def _weighted(
    table: Tensor, place: Tensor, rows: Tensor, weights: Tensor, combiner: str, scope: str
) -> Tensor:
    from tfnb.ops.elementwise import cast, realdiv
    from tfnb.ops.indexing import gather
    from tfnb.ops.powers import sqrt
    from tfnb.ops.segments import segment_sum

    weights = cast(weights, table.dtype)
    column = arrays.reshape(weights, [-1, *[1] * ((table.shape.ndims or 1) - 1)])
    total = gather(table, place) * column
    if combiner == "sum":
        return segment_sum(total, rows, name=scope)
    total = segment_sum(total, rows)
    norm = segment_sum(column, rows) if combiner == "mean" else sqrt(segment_sum(column * column, rows))
    return realdiv(total, norm, name=scope)


# -- how far two texts are apart -----------------------------------------------------------------------------
@op("EditDistance", shape=lambda call: [_longest(call)], host=True, differentiable=False)
def edit_distance_op(
    xp: Any,
    hypothesis_indices: int64,
    hypothesis_values: T,
    hypothesis_shape: int64,
    truth_indices: int64,
    truth_values: T,
    truth_shape: int64,
    *,
    normalize: bool = True,
) -> float32:
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
    return TensorShape.of(tuple(max(p, q) for p, q in zip(a, b, strict=True))[:-1])


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
    """Levenshtein's distance between the rows of two sparse tensors, over the true row's length unless `normalize` is False.

    >>> a = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    >>> b = tf.SparseTensor([[0, 0]], ["a"], [1, 1])
    >>> print(tf.edit_distance(a, b).eval())
    [1.]
    """
    a, b = sparse(hypothesis), sparse(truth)
    return edit_distance_op(
        a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, normalize=normalize, name=name
    )
