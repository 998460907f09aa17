"""Many numbers to fewer: sums, means, extrema along axes; running sums are in running.py.

reduce_sum(x)                    Sum over all axes, named 'Sum', axes in a Const
reduce_mean(x, axis=[1, 2])      one mean for each row of the first axis
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import FC, Call, Host, N, OfAttr, R, S, ShapeError, T, boolean
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import compare, special
from tfnb.ops.elementwise import cast, conj, multiply, realdiv, stop_gradient, subtract
from tfnb.ops.powers import sqrt, square

__all__ = [
    "arg_max", "arg_min", "argmax", "argmin", "count_nonzero", "reduce_all", "reduce_any",
    "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod",
    "reduce_std", "reduce_sum", "reduce_variance",
]  # fmt: skip


# -- shapes --------------------------------------------------------------------------------------------------
def _reduced(call: Call) -> list[TensorShape]:
    """The input's shape without the axes named by the second input, or with 1 in their places."""
    sizes, axes = call.shapes[0].sizes, call.host(1)
    keep = call.attrs["keep_dims"]
    if sizes is None:
        return [unknown_shape()]
    if axes is None:
        return [unknown_shape(len(sizes) if keep else None)]
    axes = (axes,) if isinstance(axes, int) else axes
    for a in axes:
        if not -len(sizes) <= a < len(sizes):
            shown = f" and with computed input tensors: input[1] = <{' '.join(map(str, axes))}>"
            raise ShapeError(
                f"Invalid reduction dimension {a} for input with {len(sizes)} dimensions.", shown
            )
    gone = {a % len(sizes) for a in axes}
    kept = [1 if i in gone else n for i, n in enumerate(sizes) if keep or i not in gone]
    return [TensorShape.of(tuple(kept))]


def _one_axis_gone(call: Call) -> list[TensorShape]:
    sizes, axis = call.shapes[0].sizes, call.host(1)
    if sizes is None or axis is None:
        return [unknown_shape(None if sizes is None else len(sizes) - 1)]
    n = len(sizes)
    if not -n <= axis < n:
        shown = f" and with computed input tensors: input[1] = <{axis}>"
        raise ShapeError(
            f"Dimension ({axis}) must be in the range [{-n}, {n}), "
            f"where {n} is the number of dimensions in the input.",
            shown,
        )
    return [TensorShape.of(tuple(s for i, s in enumerate(sizes) if i != axis % n))]


# -- the ops -------------------------------------------------------------------------------------------------
@op("Sum", shape=_reduced)
def sum_op(xp: Any, input: N, reduction_indices: Host, *, keep_dims: bool = False) -> N:
    """Sum along the axes."""
    return xp.sum(input, axis=reduction_indices, keepdims=keep_dims, dtype=input.dtype)


@op("Mean", shape=_reduced)
def mean_op(xp: Any, input: N, reduction_indices: Host, *, keep_dims: bool = False) -> N:
    """Mean along the axes."""
    return xp.mean(input, axis=reduction_indices, keepdims=keep_dims).astype(input.dtype)


@op("Prod", shape=_reduced)
def prod_op(xp: Any, input: N, reduction_indices: Host, *, keep_dims: bool = False) -> N:
    """Product along the axes."""
    return xp.prod(input, axis=reduction_indices, keepdims=keep_dims, dtype=input.dtype)


@op("Max", shape=_reduced)
def max_op(xp: Any, input: R, reduction_indices: Host, *, keep_dims: bool = False) -> R:
    """Largest element along the axes."""
    return xp.max(input, axis=reduction_indices, keepdims=keep_dims)


@op("Min", shape=_reduced)
def min_op(xp: Any, input: R, reduction_indices: Host, *, keep_dims: bool = False) -> R:
    """Smallest element along the axes."""
    return xp.min(input, axis=reduction_indices, keepdims=keep_dims)


@op("All", shape=_reduced)
def all_op(xp: Any, input: boolean, reduction_indices: Host, *, keep_dims: bool = False) -> boolean:
    """True where all elements along the axes are."""
    return xp.all(input, axis=reduction_indices, keepdims=keep_dims)


@op("Any", shape=_reduced)
def any_op(xp: Any, input: boolean, reduction_indices: Host, *, keep_dims: bool = False) -> boolean:
    """True where at least one element along the axes is."""
    return xp.any(input, axis=reduction_indices, keepdims=keep_dims)


@op("EuclideanNorm", shape=_reduced)
def euclidean_norm_op(xp: Any, input: FC, reduction_indices: Host, *, keep_dims: bool = False) -> FC:
    """Square root of the sum of squares along the axes."""
    return xp.sqrt(xp.sum(input * xp.conj(input), axis=reduction_indices, keepdims=keep_dims))


@op("ArgMax", shape=_one_axis_gone)
def argmax_op(xp: Any, input: N, dimension: Host, *, output_type: DType = d.int64) -> OfAttr("output_type"):
    """Where along the axis the largest element is (the first of equal ones)."""
    return xp.argmax(input, axis=dimension).astype(output_type)


@op("ArgMin", shape=_one_axis_gone)
def argmin_op(xp: Any, input: N, dimension: Host, *, output_type: DType = d.int64) -> OfAttr("output_type"):
    """Where along the axis the smallest element is (the first of equal ones)."""
    return xp.argmin(input, axis=dimension).astype(output_type)


def kept(y: Tensor, x: Tensor, axes: Any, keep_dims: bool) -> Tensor | None:
    """`y`, reduced from `x`, with 1 in the places of the axes; None where the shapes do not tell."""
    from tfnb.ops import arrays

    if keep_dims:
        return y
    if axes is None or x.shape.ndims is None:
        return None
    sizes = [1 if i in axes else n for i, n in enumerate(x.shape.as_list())]
    if sizes.count(None) > 1:
        return None
    return arrays.reshape(y, [-1 if n is None else n for n in sizes])


def axes_of(node: Operation) -> tuple[int, ...] | None:
    """The axes a node reduces, counted from 0; None when the graph does not tell."""
    axes, rank = static_value(node.inputs[1]), node.inputs[0].shape.ndims
    return None if axes is None or rank is None else tuple(int(a) % rank for a in np.ravel(axes))


# -- gradients -----------------------------------------------------------------------------------------------
@op("SpreadLike", shape=lambda call: [call.shapes[1]])
def spread_like(xp: Any, dy: T, x: S, reduction_indices: Host, *, keep_dims: bool = False) -> T:
    """dy, reduced from x's shape, repeated along the axes that are gone."""
    if dy.shape == ():
        return xp.broadcast_to(dy, x.shape)
    listed = (reduction_indices,) if isinstance(reduction_indices, int) else reduction_indices
    axes = [a % max(x.ndim, 1) for a in listed]
    return xp.broadcast_to(dy.reshape([1 if i in axes else n for i, n in enumerate(x.shape)]), x.shape)


@spread_like.gradient
def spread_like_gradient(node: Operation, dz: Tensor) -> Any:
    return sum_op(dz, node.inputs[2], keep_dims=node.attrs["keep_dims"]), None, None


def spread(node: Operation, dy: Tensor) -> Tensor:
    """`dy` repeated along the axes that the node reduced: the gradient of a sum."""
    from tfnb.ops import movement

    x, axes = node.inputs[0], axes_of(node)
    known = axes is not None and all(x.shape.as_list()[a] is not None for a in axes)
    narrow = kept(dy, x, axes, node.attrs["keep_dims"]) if known else None
    if narrow is None or axes is None:
        return spread_like(dy, x, node.inputs[1], keep_dims=node.attrs["keep_dims"], name="Tile")
    return movement.tile(narrow, [n if i in axes else 1 for i, n in enumerate(x.shape.as_list())])


@sum_op.gradient
def sum_gradient(node: Operation, dy: Tensor) -> Any:
    return spread(node, dy), None


@mean_op.gradient
def mean_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import arrays

    x, y = node.inputs[0], node.outputs[0]
    wide = spread(node, dy)
    many, few = x.shape.num_elements(), y.shape.num_elements()
    count: Any = None if many is None or few is None else many // max(few, 1)
    if count is None:
        count = cast(arrays.size(x) // compare.maximum(arrays.size(y), 1), x.dtype.base_dtype)
    return realdiv(wide, count, name="truediv"), None


@max_op.gradient
@min_op.gradient
def extremum_gradient(node: Operation, dy: Tensor) -> Any:
    # equal extrema share the gradient evenly
    x, y = node.inputs[0], node.outputs[0]
    chosen = cast(compare.equal(spread(node, y), x), dy.dtype.base_dtype)
    count = spread_sum(node, chosen)
    return multiply(realdiv(chosen, count, name="truediv"), spread(node, dy), name="mul"), None


def spread_sum(node: Operation, x: Tensor) -> Tensor:
    total = sum_op(x, node.inputs[1], keep_dims=node.attrs["keep_dims"])
    return spread(node, total)


@euclidean_norm_op.gradient
def euclidean_norm_gradient(node: Operation, dy: Tensor) -> Any:
    return None, None  # as in TensorFlow 1.15; tf.norm is the one to train with


@prod_op.gradient
def prod_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops import arrays, running

    x, axes = node.inputs[0], axes_of(node)
    if axes is None or x.shape.ndims is None:
        y = multiply(dy, conj(node.outputs[0]))
        return realdiv(spread(node, y), conj(x), name="truediv"), None
    order = [*axes, *(i for i in range(x.shape.ndims) if i not in axes)]
    moved = arrays.transpose(conj(x), order)
    shape = arrays.shape(moved)
    rows = reduce_prod(shape[: len(axes)], keepdims=True)
    flat = arrays.reshape(moved, arrays.concat([rows, [-1]], 0)) if x.shape.num_elements() != 0 else moved
    # the product of all the others: those before times those after
    left = running.cumprod(flat, axis=0, exclusive=True)
    right = running.cumprod(flat, axis=0, exclusive=True, reverse=True)
    others = arrays.reshape(multiply(left, right), shape)
    back = [order.index(i) for i in range(len(order))]
    return multiply(spread(node, dy), arrays.transpose(others, back)), None


# -- TensorFlow's functions ----------------------------------------------------------------------------------
def _pick(old: Any, old_name: str, new: Any, new_name: str) -> Any:
    if new is not None and old is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return new if old is None else old


def all_axes(x: Tensor, axis: Any) -> Any:
    """The axes to reduce: those given, or all of them as a constant named 'Const'."""
    from tfnb.ops.sources import constant

    if axis is not None:
        return axis
    if x.shape.ndims is not None:
        return constant(np.arange(x.shape.ndims, dtype=np.int32))
    from tfnb.ops import arrays, movement

    return movement.range(0, arrays.rank(x))


def _reduction(raw: Any, doc: str, example: str) -> Any:
    def reduction(
        input_tensor: Any,
        axis: Any = None,
        keepdims: Any = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: Any = None,
    ) -> Tensor:
        axis = _pick(reduction_indices, "reduction_indices", axis, "axis")
        keep = bool(_pick(keep_dims, "keep_dims", keepdims, "keepdims"))
        want = d.bool_dtype if raw in (all_op, any_op) and not isinstance(input_tensor, Tensor) else None
        x = convert_to_tensor(input_tensor, want, name="input_tensor")
        y = raw(x, all_axes(x, axis), keep_dims=keep, name=name)
        if axis is None and not keep:
            y.set_shape(())
        return y

    reduction.__doc__ = f"{doc} `axis` None means all axes; keepdims leaves size 1 in their places.\n\n>>> {example}\n"
    return reduction


reduce_sum = _reduction(sum_op, "Sum of elements along axes.", """print(tf.reduce_sum([[1, 2], [3, 4]], axis=1).eval())
[3 7]""")
reduce_mean = _reduction(mean_op, "Mean of elements along axes.", """print(tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], axis=0).eval())
[2.  3.5]""")
reduce_prod = _reduction(prod_op, "Product of elements along axes.", """print(tf.reduce_prod([[1, 2], [3, 4]]).eval())
24""")
reduce_max = _reduction(max_op, "Largest element along axes.", """print(tf.reduce_max([[1, 9], [4, 2]], axis=0).eval())
[4 9]""")
reduce_min = _reduction(min_op, "Smallest element along axes.", """print(tf.reduce_min([[1, 9], [4, 2]], axis=0).eval())
[1 2]""")
reduce_all = _reduction(all_op, "True where all elements along axes are true.", """print(tf.reduce_all([[True, True], [True, False]], axis=1).eval())
[ True False]""")
reduce_any = _reduction(any_op, "True where at least one element along axes is true.", """print(tf.reduce_any([[False, False], [True, False]], axis=1).eval())
[False  True]""")
reduce_euclidean_norm = _reduction(euclidean_norm_op, "Square root of the sum of squares along axes.",
                                   """print(tf.math.reduce_euclidean_norm([[3.0, 4.0], [5.0, 12.0]], axis=1).eval())
[ 5. 13.]""")  # fmt: skip


def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """log(sum(exp(x))) along axes; the largest element is taken out first, so that nothing overflows.

    >>> print(tf.reduce_logsumexp([0.0, 0.0]).eval())
    0.6931472
    """
    from tfnb.ops import arrays
    from tfnb.ops.elementwise import add

    axis = _pick(reduction_indices, "reduction_indices", axis, "axis")
    keep = bool(_pick(keep_dims, "keep_dims", keepdims, "keepdims"))
    with name_scope(name, "ReduceLogSumExp", [input_tensor]):
        x = convert_to_tensor(input_tensor)
        raw = reduce_max(x, axis=axis, keepdims=True)
        top = stop_gradient(compare.select(compare.is_finite(raw), raw, arrays.zeros_like(raw)))
        result = special.log(reduce_sum(special.exp(subtract(x, top)), axis=axis, keepdims=keep))
        if not keep:
            top = arrays.reshape(top, arrays.shape(result))
        return add(result, top)


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Mean squared distance from the mean.

    >>> print(tf.math.reduce_variance([1.0, 3.0]).eval())
    1.0
    """
    with name_scope(name or "reduce_variance"):
        means = reduce_mean(input_tensor, axis=axis, keepdims=True)
        return reduce_mean(
            square(subtract(convert_to_tensor(input_tensor), means, name="sub")), axis=axis, keepdims=keepdims
        )


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Standard deviation: the square root of the variance.

    >>> print(tf.math.reduce_std([1.0, 3.0]).eval())
    1.0
    """
    with name_scope(name or "reduce_std"):
        return sqrt(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: Any = None,
    dtype: Any = d.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
    input: Any = None,
) -> Tensor:
    """How many elements along axes are not zero.

    >>> print(tf.count_nonzero([[0, 1, 2], [0, 0, 3]], axis=1).eval())
    [2 1]
    """
    axis = _pick(reduction_indices, "reduction_indices", axis, "axis")
    keep = bool(_pick(keep_dims, "keep_dims", keepdims, "keepdims"))
    with name_scope(name, "count_nonzero", [input_tensor]):
        x = convert_to_tensor(input_tensor if input is None else input, name="input")
        other = compare.not_equal(x, b"" if x.dtype.base_dtype is d.string else x.dtype.np(0))
        total = reduce_sum(cast(other, d.int64), axis=axis, keepdims=keep)
        return cast(total, as_dtype(dtype))


def argmax(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = d.int64
) -> Tensor:
    """Where along `axis` (0 unless told) the largest element is.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.argmax([[1, 9, 3], [7, 5, 6]], 1)))
    [1 0]
    """
    axis = _pick(dimension, "dimension", axis, "axis")
    return argmax_op(input, 0 if axis is None else axis, output_type=as_dtype(output_type), name=name)


def argmin(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = d.int64
) -> Tensor:
    """Where along `axis` (0 unless told) the smallest element is.

    >>> print(tf.argmin([[1, 9, 3], [4, 2, 0]], axis=1).eval())
    [0 2]
    """
    axis = _pick(dimension, "dimension", axis, "axis")
    return argmin_op(input, 0 if axis is None else axis, output_type=as_dtype(output_type), name=name)


def arg_max(input: Any, dimension: Any, output_type: Any = d.int64, name: str | None = None) -> Tensor:
    """`argmax` under its oldest name.

    >>> print(tf.arg_max([[1, 9, 3], [4, 2, 0]], 1).eval())
    [1 0]
    """
    return argmax(input, dimension, name=name, output_type=output_type)


def arg_min(input: Any, dimension: Any, output_type: Any = d.int64, name: str | None = None) -> Tensor:
    """`argmin` under its oldest name.

    >>> print(tf.arg_min([[1, 9, 3], [4, 2, 0]], 1).eval())
    [0 2]
    """
    return argmin(input, dimension, name=name, output_type=output_type)
