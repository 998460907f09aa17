"""Convolution and pooling of any number of space axes, and what goes with them in tf.nn.

convolution(x, w, "SAME")      x (n, w, c), (n, h, w, c) or (n, d, h, w, c)
pool(x, [2, 2], "MAX", "VALID", strides=[2, 2])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays
from tfnb.ops.activations import relu
from tfnb.ops.blocks import batch_to_space_nd, space_to_batch_nd
from tfnb.ops.conv import conv2d, conv2d_backprop_input, conv3d, conv3d_backprop_input
from tfnb.ops.depthwise import dilation2d
from tfnb.ops.elementwise import multiply, negative, subtract
from tfnb.ops.indexing import reverse
from tfnb.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d
from tfnb.ops.powers import reciprocal, square
from tfnb.ops.reduce import reduce_sum

__all__: list[str] = []


def _listed(value: Any, n: int) -> list[int]:
    if value is None:
        return [1] * n
    return [int(value)] * n if np.ndim(value) == 0 else [int(v) for v in value]


def _over(values: list[int], first: bool) -> list[int]:
    """A value for each axis of an image batch; channels have 1."""
    return [1, 1, *values] if first else [1, *values, 1]


def _dilated(x: Tensor, size: list[int], rate: list[int], padding: str, first: bool, whole: Any) -> Tensor:
    """`whole` on every rate-th pixel: pixels are dealt to a larger batch, and collected again."""
    if first:
        raise ValueError("Dilated windows need channels last: data_format='NHWC'.")
    space = x.shape.as_list()[1:-1]
    total = [(k - 1) * r if padding == "SAME" else 0 for k, r in zip(size, rate, strict=True)]
    before = [t // 2 for t in total]
    more = [-(n + t) % r for n, t, r in zip(space, total, rate, strict=True)]
    edges = [[b, t - b + m] for b, t, m in zip(before, total, more, strict=True)]
    y = whole(space_to_batch_nd(x, rate, edges), "VALID")
    return batch_to_space_nd(y, rate, [[0, m] for m in more])


def convolution(
    input: Any,
    filter: Any = None,
    padding: str = "VALID",
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The convolution of `input` (batch, 1 to 3 space axes, channels) with `filter` (window, channels, outputs).

    >>> print(tf.nn.convolution(tf.ones([1, 7, 7, 2]), tf.ones([3, 3, 2, 4]), "VALID", dilation_rate=[2, 2]).shape)
    (1, 3, 3, 4)
    """
    filter = filters if filter is None else filter
    rate = dilation_rate if dilations is None else dilations
    with name_scope(name, "convolution", [input, filter]) as scope:
        x, w = convert_to_tensor(input, name="input"), convert_to_tensor(filter, name="filter")
        n = (w.shape.ndims or 4) - 2
        if n not in (1, 2, 3):
            raise ValueError(f"num_spatial_dims must be 1, 2, or 3. Got: num_spatial_dims={n}.")
        first = bool(data_format) and data_format[:2] == "NC"
        steps, rates = _listed(strides, n), _listed(rate, n)
        if any(r != 1 for r in rates):
            if any(s != 1 for s in steps):
                raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
            size = w.shape.as_list()[:n]
            return _dilated(
                x, size, rates, padding, first, lambda y, p: _convolved(y, w, steps, p, first, scope)
            )
        return _convolved(x, w, steps, padding, first, scope)


def _convolved(x: Tensor, w: Tensor, steps: list[int], padding: str, first: bool, scope: str) -> Tensor:
    n = len(steps)
    if n == 3:
        return conv3d(
            x, w, _over(steps, first), padding, data_format="NCDHW" if first else "NDHWC", name=scope
        )
    if n == 2:
        return conv2d(x, w, _over(steps, first), padding, data_format="NCHW" if first else "NHWC", name=scope)
    at = 2 if first else 1
    wide, w = arrays.expand_dims(x, at), arrays.expand_dims(w, 0)
    y = conv2d(
        wide, w, _over([1, *steps], first), padding, data_format="NCHW" if first else "NHWC", name=scope
    )
    return arrays.squeeze(y, [at])


_POOLS = {("MAX", 2): max_pool, ("AVG", 2): avg_pool, ("MAX", 3): max_pool3d, ("AVG", 3): avg_pool3d}


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """The largest element (MAX) or the mean (AVG) of each window, over 1 to 3 space axes.

    >>> print(tf.nn.pool(tf.ones([1, 4, 4, 1]), [2, 2], "MAX", "VALID", strides=[2, 2]).shape)
    (1, 2, 2, 1)
    """
    kind = f"{pooling_type.lower()}_pool"
    with name_scope(name, kind, [input]) as scope:
        x, size = convert_to_tensor(input, name="input"), [int(k) for k in window_shape]
        n, rate = len(size), _listed(dilation_rate if dilations is None else dilations, len(size))
        first = bool(data_format) and data_format[:2] == "NC"
        steps = _listed(strides, n)

        def whole(y: Tensor, p: str) -> Tensor:
            return _pooled(y, size, pooling_type, steps, p, first, scope)

        if any(r != 1 for r in rate):
            if padding != "VALID":
                raise ValueError("pooling with dilation is there for padding='VALID' only")
            return _dilated(x, size, rate, padding, first, whole)
        return whole(x, padding)


def _pooled(
    x: Tensor, size: list[int], kind: str, steps: list[int], padding: str, first: bool, scope: str
) -> Tensor:
    n, at = len(size), 2 if first else 1
    if n == 1:
        x, size, steps = arrays.expand_dims(x, at), [1, *size], [1, *steps]
    layout = ("NCDHW" if first else "NDHWC") if n == 3 else "NCHW" if first else "NHWC"
    y = _POOLS[kind, max(n, 2)](
        x, _over(size, first), _over(steps, first), padding, data_format=layout, name=scope
    )
    return arrays.squeeze(y, [at]) if n == 1 else y


def _pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str,
    name: str | None,
    kind: str,
    default: str,
) -> Tensor:
    with name_scope(name, default, [input]) as scope:
        x = convert_to_tensor(input, name="input")
        size, steps = (
            [v for v in np.ravel(given).tolist() if v != 1][:1] or [1] for given in (ksize, strides)
        )
        return _pooled(x, size, kind, steps, padding, data_format == "NCW", scope)


def max_pool1d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NWC", name: str | None = None
) -> Tensor:
    """The largest element of each window along a sequence (batch, width, channels).

    >>> print(tf.nn.max_pool1d([[[1.0], [3.0], [5.0], [7.0]]], 2, 2, "VALID").eval().ravel())
    [3. 7.]
    """
    return _pool1d(input, ksize, strides, padding, data_format, name, "MAX", "MaxPool1d")


def avg_pool1d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NWC", name: str | None = None
) -> Tensor:
    """The mean of each window along a sequence (batch, width, channels).

    >>> print(tf.nn.avg_pool1d([[[1.0], [3.0], [5.0], [7.0]]], 2, 2, "VALID").eval().ravel())
    [2. 6.]
    """
    return _pool1d(input, ksize, strides, padding, data_format, name, "AVG", "AvgPool1D")


# -- backwards -----------------------------------------------------------------------------------------------
def conv3d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """A convolution of volumes backwards; `filter` is (depth, height, width, outputs, channels).

    >>> print(tf.nn.conv3d_transpose(tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 3, 1]), [1, 4, 4, 4, 3], strides=[1, 2, 2, 2, 1]).shape)
    (1, 4, 4, 4, 3)
    """
    value, filter = value if input is None else input, filter if filters is None else filters
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        x, w = convert_to_tensor(value, name="value"), convert_to_tensor(filter, name="filter")
        first = data_format == "NCDHW"
        steps = _over(_listed(strides, 3), first) if np.size(strides) in (1, 3) else [int(s) for s in strides]
        return conv3d_backprop_input(
            output_shape,
            w,
            x,
            strides=steps,
            padding=padding,
            data_format=data_format,
            dilations=(1, 1, 1, 1, 1),
            name=scope,
        )


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """A convolution along a sequence backwards; `filters` is (width, outputs, channels).

    >>> print(tf.nn.conv1d_transpose(tf.ones([1, 3, 1]), tf.ones([2, 4, 1]), [1, 6, 4], strides=2).shape)
    (1, 6, 4)
    """
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        first = data_format == "NCW"
        at, step = (2 if first else 1), [v for v in np.ravel(strides).tolist() if v != 1][:1] or [1]
        x, w = arrays.expand_dims(input, at), arrays.expand_dims(filters, 0)
        sizes = arrays.concat([output_shape[:at], [1], output_shape[at:]], 0)
        attrs = {
            "strides": _over([1, *step], first),
            "padding": padding,
            "data_format": "NCHW" if first else "NHWC",
        }
        y = conv2d_backprop_input(sizes, w, x, **attrs, dilations=(1, 1, 1, 1), name=scope)
        return arrays.squeeze(y, [at])


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """atrous_conv2d backwards; `filters` is (height, width, outputs, channels).

    >>> print(tf.nn.atrous_conv2d_transpose(tf.ones([1, 4, 4, 1]), tf.ones([2, 2, 3, 1]), [1, 6, 6, 3], rate=2, padding="VALID").shape)
    (1, 6, 6, 3)
    """
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]):
        x, w = convert_to_tensor(value, name="value"), convert_to_tensor(filters, name="filters")
        attrs = {"strides": (1, 1, 1, 1), "data_format": "NHWC", "dilations": (1, 1, 1, 1)}
        if rate == 1:
            return conv2d_backprop_input(output_shape, w, x, **attrs, padding=padding)
        n, *space, c = (int(v) for v in output_shape)
        total = [(k - 1) * rate if padding == "SAME" else 0 for k in w.shape.as_list()[:2]]
        more = [-(s + t) % rate for s, t in zip(space, total, strict=True)]
        missing = [-s % rate for s in x.shape.as_list()[1:3]]
        dealt = space_to_batch_nd(x, [rate] * 2, [[0, m] for m in missing])
        inner = [
            n * rate * rate,
            *((s + t + m) // rate for s, t, m in zip(space, total, more, strict=True)),
            c,
        ]
        y = conv2d_backprop_input(inner, w, dealt, **attrs, padding="VALID")
        return batch_to_space_nd(
            y, [rate] * 2, [[t // 2, t - t // 2 + m] for t, m in zip(total, more, strict=True)]
        )


def erosion2d(
    value: Any, kernel: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """The smallest of pixel minus weight in each window: dark spots grow.

    >>> print(tf.nn.erosion2d(tf.ones([1, 4, 4, 1]), tf.zeros([2, 2, 1]), [1, 1, 1, 1], [1, 1, 1, 1], "VALID").shape)
    (1, 3, 3, 1)
    """
    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        y = dilation2d(
            negative(value), reverse(convert_to_tensor(kernel), [0, 1]), strides, rates, padding, name=scope
        )
        return negative(y)


# -- activations and moments ---------------------------------------------------------------------------------
def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """ReLU of x and of -x, one behind the other along `axis`.

    >>> print(tf.nn.crelu([[1.0, -2.0]]).eval())
    [[1. 0. 0. 2.]]
    """
    with name_scope(name, "CRelu", [features]) as scope:
        x = convert_to_tensor(features, name="features")
        return relu(arrays.concat([x, -x], axis, name=scope))


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> Any:
    """Count, sum and sum of squares over `axes` (of x minus `shift`), and the shift: what normalize_moments needs.

    >>> count, total, squares, _ = tf.nn.sufficient_statistics(tf.constant([1.0, 3.0]), [0])
    >>> print(sess.run([count, total, squares]))
    [np.float32(2.0), np.float32(4.0), np.float32(10.0)]
    """
    axes = list(dict.fromkeys(axes))
    keep = bool(keepdims or keep_dims)
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        sizes = x.shape.as_list()
        if all(sizes[a] is not None for a in axes):
            count = arrays.constant(float(np.prod([sizes[a] for a in axes])), x.dtype)
        else:
            from tfnb.ops.indexing import gather
            from tfnb.ops.reduce import reduce_prod

            count = reduce_prod(arrays.cast(gather(arrays.shape(x), axes), x.dtype), name="count")
        if shift is not None:
            shift = convert_to_tensor(shift, name="shift")
            x = subtract(x, shift)
        squares = square(x)
        return (
            count,
            reduce_sum(x, axes, keepdims=keep, name="mean_ss"),
            reduce_sum(squares, axes, keepdims=keep, name="var_ss"),
            shift,
        )


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and variance from count, sum and sum of squares.

    >>> mean, variance = tf.nn.normalize_moments(tf.constant(4.0), tf.constant(8.0), tf.constant(20.0), shift=None)
    >>> print(mean.eval(), variance.eval())
    2.0 1.0
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        part = reciprocal(counts, name="divisor")
        if shift is None:
            shifted = mean = multiply(mean_ss, part, name="mean")
        else:
            shifted = multiply(mean_ss, part, name="shifted_mean")
            mean = shifted + shift
        return mean, subtract(multiply(variance_ss, part), square(shifted), name="variance")
