"""Parts of layers: bias, normalization, dropout, lookups in a table of vectors.

moments(x, [0])                                   mean and variance of each column
batch_normalization(x, mean, variance, offset, scale, 1e-3)
"""

from __future__ import annotations

import numbers
from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, N, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.ops import arrays, compare, elementwise, indexing, linear, powers, random, reduce
from tfnb.ops.activations import relu
from tfnb.ops.elementwise import multiply

__all__: list[str] = []


# -- bias ----------------------------------------------------------------------------------------------------
def _biased(call: Call) -> list[TensorShape]:
    x, b = call.shapes
    if b.ndims not in (None, 1):
        raise ShapeError(f"Shape must be rank 1 but is rank {b.ndims}")
    if x.ndims is not None and x.ndims < 2:
        raise ShapeError(f"Shape must be at least rank 2 but is rank {x.ndims}")
    c = x.sizes[1 if call.attrs["data_format"] == "NCHW" else -1] if x.sizes else None
    n = b.sizes[0] if b.sizes else None
    if None not in (c, n) and c != n:
        raise ShapeError(f"Dimensions must be equal, but are {c} and {n}")
    return [x]


@op("BiasAdd", shape=_biased)
def bias_add_op(xp: Any, value: N, bias: N, *, data_format: str = "NHWC") -> N:
    """Adds one number for each channel."""
    return value + (bias.reshape(-1, *(1,) * (value.ndim - 2)) if data_format == "NCHW" else bias)


@op(
    "BiasAddGrad",
    shape=lambda call: [call.shapes[0][1:2] if call.attrs["data_format"] == "NCHW" else call.shapes[0][-1:]],
)
def bias_add_grad(xp: Any, out_backprop: N, *, data_format: str = "NHWC") -> N:
    """The gradient of the bias: summed over all but the channels."""
    channel = 1 if data_format == "NCHW" else out_backprop.ndim - 1
    return xp.sum(
        out_backprop,
        axis=tuple(i for i in range(out_backprop.ndim) if i != channel),
        dtype=out_backprop.dtype,
    )


@bias_add_op.gradient
def bias_add_gradient(node: Operation, dy: Tensor) -> Any:
    return dy, bias_add_grad(dy, data_format=node.attrs["data_format"])


@bias_add_grad.gradient
def bias_add_grad_gradient(node: Operation, dz: Tensor) -> Tensor:
    x = node.inputs[0]
    return bias_add_op(arrays.zeros_like(x), dz, data_format=node.attrs["data_format"])  # type: ignore[no-any-return]


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """Adds `bias` to every row of `value` (to every channel, of images).

    >>> print(tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0]).eval())
    [[11. 22.]]
    """
    if data_format not in (None, "NHWC", "NCHW", "N...C", "NC..."):
        raise ValueError("data_format must be of the form `N...C` or `NC...`")
    layout = "NCHW" if data_format is not None and data_format.startswith("NC") else "NHWC"
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(
            bias, None if isinstance(bias, Tensor) else value.dtype.base_dtype, name="bias"
        )
        return bias_add_op(value, bias, data_format=layout, name=scope)  # type: ignore[no-any-return]


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """x @ weights + biases: one fully connected layer.

    >>> print(tf.nn.xw_plus_b([[1.0, 2.0]], [[1.0], [2.0]], [3.0]).eval())
    [[8.]]
    """
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        x, weights, biases = (
            convert_to_tensor(v, name=n) for v, n in ((x, "x"), (weights, "weights"), (biases, "biases"))
        )
        return bias_add(linear.matmul(x, weights), biases, name=scope)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """relu(x @ weights + biases).

    >>> print(tf.nn.relu_layer([[1.0, -1.0]], [[1.0], [2.0]], [3.0]).eval())
    [[2.]]
    """
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        x, weights, biases = (
            convert_to_tensor(v, name=n) for v, n in ((x, "x"), (weights, "weights"), (biases, "biases"))
        )
        return relu(bias_add(linear.matmul(x, weights), biases), name=scope)  # type: ignore[no-any-return]


# -- size ----------------------------------------------------------------------------------------------------
@op("L2Loss", shape="scalar")
def l2_loss(xp: Any, t: F) -> F:
    """Half the sum of squares.

    >>> print(tf.nn.l2_loss([3.0, 4.0]).eval())
    12.5
    """
    return xp.sum(t * t, dtype=t.dtype) / t.dtype.type(2)


@l2_loss.gradient
def l2_loss_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(node.inputs[0], dy, name="mul")  # type: ignore[no-any-return]


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Tensor:
    """x / its length along `axis`.

    >>> print(tf.nn.l2_normalize([3.0, 4.0], 0).eval())
    [0.6 0.8]
    """
    axis = dim if axis is None else axis
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        squares = reduce.reduce_sum(powers.square(x), axis, keepdims=True)
        return multiply(x, powers.rsqrt(compare.maximum(squares, epsilon)), name=scope)  # type: ignore[no-any-return]


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The share of zeros among the elements.

    >>> print(tf.nn.zero_fraction([0.0, 1.0]).eval())
    0.5
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        zeros = compare.equal(value, arrays.zeros([], value.dtype.base_dtype))
        return elementwise.identity(reduce.reduce_mean(elementwise.cast(zeros, "float32")), name="fraction")


# -- mean and variance ---------------------------------------------------------------------------------------
def moments(
    x: Any, axes: Any, shift: Any = None, name: str | None = None, keep_dims: Any = None, keepdims: Any = None
) -> Any:
    """Mean and variance along `axes`.

    >>> print(*sess.run(tf.nn.moments(tf.constant([1.0, 3.0]), [0])), sep="\\n")
    2.0
    1.0
    """
    keep = bool(keepdims or keep_dims)
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x, name="x")
        y = elementwise.cast(x, "float32") if x.dtype.base_dtype.name == "float16" else x
        mean = reduce.reduce_mean(y, axes, keepdims=True, name="mean")
        squares = powers.squared_difference(y, elementwise.stop_gradient(mean))
        variance = reduce.reduce_mean(squares, axes, keepdims=True, name="variance")
        if not keep:
            mean, variance = arrays.squeeze(mean, axes), arrays.squeeze(variance, axes)
        if y is not x:
            mean, variance = elementwise.cast(mean, "float16"), elementwise.cast(variance, "float16")
        return mean, variance


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: Any = None,
    keepdims: Any = None,
) -> Any:
    """Mean and variance along `axes` where each element counts as often as its weight says.

    >>> print(*sess.run(tf.nn.weighted_moments(tf.constant([1.0, 3.0]), [0], tf.constant([1.0, 0.0]))), sep="\\n")
    1.0
    0.0
    """
    keep = bool(keepdims or keep_dims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        weights = elementwise.cast(weights, x.dtype.base_dtype)
        summed = reduce.reduce_sum(weights * x, axes, name="weighted_input_sum", keepdims=True)
        total = reduce.reduce_sum(weights + arrays.zeros_like(x), axes, name="sum_of_weights", keepdims=True)
        part = powers.reciprocal(total, name="inv_weight_sum")
        mean = elementwise.multiply(summed, part)
        spread = reduce.reduce_sum(weights * powers.squared_difference(x, mean), axes, name="weighted_distsq", keepdims=True)
        variance = elementwise.multiply(spread, part)
        return (mean, variance) if keep else (arrays.squeeze(mean, axes), arrays.squeeze(variance, axes))


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: str | None = None
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset.

    >>> print(tf.nn.batch_normalization(tf.constant([1.0, 3.0]), mean=2.0, variance=1.0, offset=0.0, scale=1.0, variance_epsilon=0.0).eval())
    [-1.  1.]
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        inverse = powers.rsqrt(variance + variance_epsilon)
        if scale is not None:
            inverse *= scale
        return x * elementwise.cast(inverse, x.dtype) + (
            offset - mean * inverse if offset is not None else -mean * inverse
        )  # type: ignore[no-any-return]


def lrn(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """Each channel divided by a measure of its neighbours: x / (bias + alpha sum of squares) ^ beta.

    >>> tf.nn.lrn(tf.ones([1, 1, 1, 2])).shape
    TensorShape([Dimension(1), Dimension(1), Dimension(1), Dimension(2)])
    """
    return lrn_op(input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name)  # type: ignore[no-any-return]


def _band(xp: Any, x: Any, radius: int) -> Any:
    """x summed over the channels up to `radius` away."""
    wide = xp.pad(x, ((0, 0),) * (x.ndim - 1) + ((radius, radius),))
    return sum(wide[..., i : i + x.shape[-1]] for i in range(2 * radius + 1))


@op("LRN")
def lrn_op(
    xp: Any, input: F, *, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> F:
    """Local response normalization over the channels."""
    number = input.dtype.type
    return input * (number(bias) + number(alpha) * _band(xp, input * input, depth_radius)) ** number(-beta)


@op("LRNGrad", shape=lambda call: [call.shapes[1]])
def lrn_grad(
    xp: Any,
    input_grads: F,
    input_image: F,
    output_image: F,
    *,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
) -> F:
    """The gradient of local response normalization."""
    number = input_image.dtype.type
    base = number(bias) + number(alpha) * _band(xp, input_image * input_image, depth_radius)
    shared = _band(xp, input_grads * output_image / base, depth_radius)
    return input_grads * base ** number(-beta) - number(2 * alpha * beta) * input_image * shared


@lrn_op.gradient
def lrn_gradient(node: Operation, dy: Tensor) -> Tensor:
    return lrn_grad(dy, node.inputs[0], node.outputs[0], **node.attrs)  # type: ignore[no-any-return]


# -- dropout -------------------------------------------------------------------------------------------------
def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """Sets elements to 0 with probability `rate` = 1 - keep_prob, scales the others by 1 / keep_prob.

    >>> print(tf.nn.dropout(tf.ones([4]), rate=0.0).eval())
    [1. 1. 1. 1.]
    """
    if keep_prob is not None:
        if rate is not None:
            raise ValueError("Cannot specify both 'keep_prob' and 'rate'")
        rate = 1 - keep_prob
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                f"x has to be a floating point tensor since it's going to be scaled. Got a {x.dtype} "
                "tensor instead."
            )
        if isinstance(rate, numbers.Real):
            if not 0 <= rate < 1:
                raise ValueError(f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}")
            if rate == 0:
                return x
        rate = convert_to_tensor(rate, x.dtype.base_dtype, name="rate")
        shape = arrays.shape(x) if noise_shape is None else _noise_shape(x, noise_shape)
        noise = random.random_uniform(shape, seed=seed, dtype=x.dtype.base_dtype)
        scale = 1 / (1 - rate)
        kept = noise >= rate
        out = x * scale * elementwise.cast(kept, x.dtype.base_dtype)
        out.set_shape(x.shape)
        return out  # type: ignore[no-any-return]


def _noise_shape(x: Tensor, asked: Any) -> Any:
    """`noise_shape` with its unknown sizes taken from x."""
    if isinstance(asked, Tensor) or x.shape.ndims is None:
        return asked
    sizes, known = as_shape(asked).as_list(), x.shape.as_list()
    return (
        [k if n is None else n for n, k in zip(sizes, known, strict=True)]
        if len(sizes) == len(known)
        else asked
    )


# -- lookups -------------------------------------------------------------------------------------------------
def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """The rows of `params` that `ids` name: a vector for each word, say.

    >>> print(tf.nn.embedding_lookup(tf.constant([[1.0], [2.0], [3.0]]), [2, 0]).eval())
    [[3.]
     [1.]]
    """
    parts = list(params) if isinstance(params, (list, tuple)) else [params]
    with name_scope(name, "embedding_lookup", [*parts, ids]) as scope:
        if len(parts) > 1:
            return _from_parts(parts, convert_to_tensor(ids, name="ids"), partition_strategy, max_norm, scope)
        rows = indexing.gather(parts[0], convert_to_tensor(ids, name="ids"), name=scope)
        return elementwise.identity(_clipped(rows, max_norm))


def _from_parts(parts: list[Any], ids: Tensor, strategy: str, max_norm: Any, scope: str) -> Tensor:
    """Rows of a table kept in several parts: each part gives its own, and they are stitched together."""
    from tfnb.ops.movement import range as range_
    from tfnb.ops.segments import dynamic_partition
    from tfnb.ops.stitching import parallel_dynamic_stitch_op, stitched

    tables = [convert_to_tensor(p) for p in parts]
    flat = arrays.reshape(ids, [-1])
    places = range_(arrays.size(flat))
    part, row = _part_and_row(flat, tables, strategy)
    rows = dynamic_partition(row, part, len(parts))
    at = dynamic_partition(places, part, len(parts))
    found = [indexing.gather(t, r) for t, r in zip(tables, rows, strict=True)]
    joined = stitched(parallel_dynamic_stitch_op, at, found, scope)
    tail = tables[0].shape[1:]
    shape = arrays.concat([arrays.shape(ids), tail.as_list() if tail.is_fully_defined() else arrays.shape(tables[0])[1:]], 0)
    return _clipped(arrays.reshape(joined, shape), max_norm)


def _part_and_row(ids: Tensor, tables: list[Tensor], strategy: str) -> tuple[Tensor, Tensor]:
    """Which part holds a row, and where: every n-th row (mod) or one stretch each (div)."""
    from tfnb.ops.compare import less, maximum, select

    n = len(tables)
    if strategy == "mod":
        return ids % n, ids // n
    if strategy != "div":
        raise ValueError("Unrecognized partition strategy: " + strategy)
    total = arrays.constant(sum(int(t.shape.as_list()[0]) for t in tables), ids.dtype)
    each, extra = total // n, total % n
    part = maximum(ids // (each + 1), (ids - extra) // each)
    return part, select(less(part, extra), ids % (each + 1), (ids - extra) % each)


def _clipped(rows: Tensor, max_norm: Any) -> Tensor:
    from tfnb.ops.clip import clip_by_norm

    return (
        rows if max_norm is None else clip_by_norm(rows, max_norm, axes=list(range(1, rows.shape.ndims or 2)))
    )  # type: ignore[no-any-return]
