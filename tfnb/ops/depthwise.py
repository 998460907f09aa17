"""Kin of convolution: each channel for itself, holes in the window, sequences, and dilation.

depthwise_conv2d(x, W, [1, 1, 1, 1], "SAME")      x: n h w c, W: h w c m, result: n h w (c m)
atrous_conv2d(x, W, rate=2, padding="SAME")       a window that looks at every second pixel
"""

from __future__ import annotations

import math
from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, Host, R, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays
from tfnb.ops.blocks import batch_to_space_nd, space_to_batch_nd
from tfnb.ops.conv import _asked, conv2d
from tfnb.ops.windows import (
    Frame,
    arranged,
    channel_of,
    channels_last,
    out_sizes,
    pad,
    restored,
    slid,
    space_of,
    views,
)

__all__: list[str] = []


def _frame(space: Any, kernel: Any, strides: Any, padding: str, data_format: str, dilations: Any) -> Frame:
    return Frame.of(space, kernel, space_of(strides, data_format), space_of(dilations, data_format), padding)


def _depthwise_shape(call: Call) -> list[TensorShape]:
    x, w = (s.sizes or (None,) * 4 for s in call.shapes)
    layout = call.attrs["data_format"]
    c = channel_of(x, layout)
    if None not in (c, w[2]) and c != w[2]:
        raise ShapeError(f"Dimensions must be equal, but are {c} and {w[2]}")
    c = w[2] if c is None else c
    space = out_sizes(call, space_of(x, layout), w[:2], space_of(call.attrs["dilations"], layout))
    return [TensorShape.of(arranged(x[0], space, None if None in (c, w[3]) else c * w[3], layout))]


@op("DepthwiseConv2dNative", shape=_depthwise_shape)
def depthwise_op(
    xp: Any,
    input: F,
    filter: F,
    *,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
) -> F:
    """Slides windows over an image, one or more for each channel, and sums what each covers."""
    x = channels_last(xp, input, data_format)
    frame = _frame(x.shape[1:-1], filter.shape[:2], strides, padding, data_format, dilations)
    weights = filter.reshape(-1, *filter.shape[2:])
    y = sum(v[..., None] * w for v, w in zip(views(pad(xp, x, frame), frame), weights, strict=True))
    return restored(xp, y.reshape(*y.shape[:-2], -1), data_format)


@op("DepthwiseConv2dNativeBackpropInput", shape=_asked(0))
def depthwise_back_input(
    xp: Any,
    input_sizes: Host,
    filter: F,
    out_backprop: F,
    *,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
) -> F:
    """The gradient of a depthwise convolution for its image."""
    dy = channels_last(xp, out_backprop, data_format)
    frame = _frame(
        space_of(input_sizes, data_format), filter.shape[:2], strides, padding, data_format, dilations
    )
    dy = dy.reshape(*dy.shape[:-1], *filter.shape[2:])
    weights = filter.reshape(-1, *filter.shape[2:])
    return restored(xp, slid(xp, [xp.sum(dy * w, axis=-1) for w in weights], frame), data_format)


@op("DepthwiseConv2dNativeBackpropFilter", shape=_asked(1))
def depthwise_back_filter(
    xp: Any,
    input: F,
    filter_sizes: Host,
    out_backprop: F,
    *,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
) -> F:
    """The gradient of a depthwise convolution for its weights."""
    x, dy = (channels_last(xp, t, data_format) for t in (input, out_backprop))
    frame = _frame(x.shape[1:-1], filter_sizes[:2], strides, padding, data_format, dilations)
    dy = dy.reshape(*dy.shape[:-1], *filter_sizes[2:])
    parts = [xp.sum(v[..., None] * dy, axis=(0, 1, 2)) for v in views(pad(xp, x, frame), frame)]
    return xp.stack(parts).reshape(filter_sizes)


@depthwise_op.gradient
def depthwise_gradient(node: Operation, dy: Tensor) -> Any:
    x, w = node.inputs
    return depthwise_back_input(arrays.shape(x), w, dy, **node.attrs), depthwise_back_filter(
        x, arrays.shape(w), dy, **node.attrs
    )


@depthwise_back_input.gradient
def depthwise_back_input_gradient(node: Operation, dz: Tensor) -> Any:
    _, w, dy = node.inputs
    return (
        None,
        depthwise_back_filter(dz, arrays.shape(w), dy, **node.attrs),
        depthwise_op(dz, w, **node.attrs),
    )


@depthwise_back_filter.gradient
def depthwise_back_filter_gradient(node: Operation, dz: Tensor) -> Any:
    x, _, dy = node.inputs
    return (
        depthwise_back_input(arrays.shape(x), dz, dy, **node.attrs),
        None,
        depthwise_op(x, dz, **node.attrs),
    )


def depthwise_conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
    filters: Any = None,
) -> Tensor:
    """A window for each channel of its own; the weights' last axis: results per channel.

    >>> print(tf.nn.depthwise_conv2d(tf.ones([1, 4, 4, 2]), tf.ones([2, 2, 2, 3]), [1, 1, 1, 1], "SAME").shape)
    (1, 4, 4, 6)
    """
    rate = dilations if rate is None else rate
    with name_scope(name, "depthwise", [input, filter]) as scope:
        x, w = (
            convert_to_tensor(input, name="tensor_in"),
            convert_to_tensor(filter if filters is None else filters, name="filter_in"),
        )
        d = (1, 1) if rate is None else (rate, rate) if isinstance(rate, int) else tuple(rate)[-2:]
        layout = data_format or "NHWC"
        return depthwise_op(
            x,
            w,
            strides=tuple(strides),
            padding=padding,
            data_format=layout,
            dilations=arranged(1, d, 1, layout),
            name=scope,
        )  # type: ignore[no-any-return]


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The op itself.

    >>> print(tf.nn.depthwise_conv2d_native(tf.ones([1, 4, 4, 2]), tf.ones([2, 2, 2, 3]), [1, 1, 1, 1], "SAME").shape)
    (1, 4, 4, 6)
    """
    return depthwise_op(
        input,
        filter,
        strides=tuple(strides),
        padding=padding,
        data_format=data_format,
        dilations=tuple(dilations),
        name=name,
    )  # type: ignore[no-any-return]


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """A depthwise convolution, then a mixture of its channels at each place.

    >>> print(tf.nn.separable_conv2d(tf.ones([1, 4, 4, 2]), tf.ones([2, 2, 2, 1]), tf.ones([1, 1, 2, 5]), [1, 1, 1, 1], "SAME").shape)
    (1, 4, 4, 5)
    """
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        x = depthwise_conv2d(
            input, depthwise_filter, strides, padding, rate, "depthwise", data_format, dilations
        )
        return conv2d(
            x, pointwise_filter, [1, 1, 1, 1], "VALID", data_format=data_format or "NHWC", name=scope
        )


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: Any = None,
    data_format: Any = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Slides a window (width, channels, outputs) over sequences (batch, width, channels).

    >>> print(tf.nn.conv1d(tf.ones([1, 4, 1]), tf.ones([2, 1, 1]), stride=1, padding="VALID").eval().ravel())
    [2. 2. 2.]
    """
    value = value if input is None else input
    with name_scope(name, "conv1d", [value, filters]) as scope:
        value = convert_to_tensor(value, name="value")
        stride = stride[0] if isinstance(stride, (list, tuple)) and len(stride) == 1 else stride
        x, w = arrays.expand_dims(value, 1), arrays.expand_dims(filters, 0)
        step = (1, 1, stride, 1) if isinstance(stride, int) else (1, stride[0], *stride[1:])
        return arrays.squeeze(
            conv2d(x, w, step, padding, dilations=(1, 1, dilations or 1, 1), name=scope), [1]
        )


def atrous_conv2d(value: Any, filters: Any, rate: int, padding: str, name: str | None = None) -> Tensor:
    """A convolution whose window has holes: it looks at every `rate`-th pixel only.

    >>> print(tf.nn.atrous_conv2d(tf.ones([1, 6, 6, 2]), tf.ones([2, 2, 2, 3]), rate=2, padding="VALID").shape)
    (1, 4, 4, 3)
    """
    value, filters = convert_to_tensor(value, name="value"), convert_to_tensor(filters, name="filters")
    if rate == 1:
        return conv2d(value, filters, [1, 1, 1, 1], padding, name=name or "convolution")
    with name_scope(name, "convolution", [value, filters]) as scope:
        space, kernel = value.shape.as_list()[1:3], filters.shape.as_list()[:2]
        frame = Frame.of(space, kernel, (1, 1), (rate, rate), padding)
        behind = [-(n + a + b) % rate for n, a, b in zip(space, frame.before, frame.behind, strict=True)]
        edges = [[a, b + c] for a, b, c in zip(frame.before, frame.behind, behind, strict=True)]
        y = space_to_batch_nd(value, [rate, rate], edges)
        y = conv2d(y, filters, [1, 1, 1, 1], "VALID", name=scope)
        return batch_to_space_nd(y, [rate, rate], [[0, c] for c in behind])  # type: ignore[no-any-return]


def _dilated(call: Call) -> list[TensorShape]:
    x, w = (s.sizes or (None,) * n for s, n in zip(call.shapes, (4, 3), strict=True))
    return [TensorShape.of((x[0], *out_sizes(call, x[1:3], w[:2], call.attrs["rates"][1:3]), x[3]))]


def _flops(y: int, w: int) -> Any:
    """Each element of y, one for each channel and multiplier, is a sum of products over one window of w."""

    def rule(node: Operation, sizes: Any) -> float:
        tensors = [*node.inputs, *node.outputs]
        return 2.0 * math.prod(sizes(tensors[y])) * math.prod(sizes(tensors[w])[:2])

    return rule


depthwise_op.flops(_flops(2, 1))
depthwise_back_input.flops(_flops(2, 1))
depthwise_back_filter.flops(_flops(2, 3))


@op("Dilation2D", shape=_dilated)
def dilation2d_op(xp: Any, input: R, filter: R, *, strides: Any, rates: Any, padding: str) -> R:
    """The largest of pixel plus weight in each window: bright spots grow."""
    frame = Frame.of(input.shape[1:-1], filter.shape[:2], strides[1:3], rates[1:3], padding)
    low = -float("inf") if input.dtype.kind == "f" else 0
    parts = views(pad(xp, input, frame, low), frame)
    return xp.max(
        xp.stack([v + w for v, w in zip(parts, filter.reshape(-1, filter.shape[-1]), strict=True)]), axis=0
    )


def _winners(xp: Any, input: Any, filter: Any, dy: Any, a: dict[str, Any]) -> tuple[Frame, list[Any]]:
    """For each place in the window: dy where that place held the largest sum, else 0. The first of equals wins."""
    frame = Frame.of(input.shape[1:-1], filter.shape[:2], a["strides"][1:3], a["rates"][1:3], a["padding"])
    parts = views(pad(xp, input, frame, -float("inf")), frame)
    best = xp.argmax(xp.stack([v + w for v, w in zip(parts, filter.reshape(-1, filter.shape[-1]), strict=True)]), axis=0)
    return frame, [xp.where(best == i, dy, 0) for i in range(len(parts))]


@op("Dilation2DBackpropInput", shape=lambda call: [call.shapes[0]])
def dilation2d_input_grad(xp: Any, input: R, filter: R, out_backprop: R, *, strides: Any, rates: Any, padding: str) -> R:
    """Each dy given to the pixel that won its window."""
    frame, parts = _winners(xp, input, filter, out_backprop, {"strides": strides, "rates": rates, "padding": padding})
    return slid(xp, parts, frame).astype(input.dtype)


@op("Dilation2DBackpropFilter", shape=lambda call: [call.shapes[1]])
def dilation2d_filter_grad(xp: Any, input: R, filter: R, out_backprop: R, *, strides: Any, rates: Any, padding: str) -> R:
    """Each dy given to the weight that won."""
    _, parts = _winners(xp, input, filter, out_backprop, {"strides": strides, "rates": rates, "padding": padding})
    return xp.stack([xp.sum(p, axis=(0, 1, 2)) for p in parts]).reshape(filter.shape).astype(filter.dtype)


@dilation2d_op.gradient
def dilation2d_gradient(node: Operation, dy: Tensor) -> Any:
    x, w = node.inputs
    return dilation2d_input_grad(x, w, dy, **node.attrs), dilation2d_filter_grad(x, w, dy, **node.attrs)


def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Grey dilation of images by a window of weights (height, width, channels).

    >>> print(tf.nn.dilation2d(tf.ones([1, 4, 4, 1]), tf.zeros([2, 2, 1]), [1, 1, 1, 1], [1, 1, 1, 1], "VALID").shape)
    (1, 3, 3, 1)
    """
    filter, rates = filter if filters is None else filters, rates if dilations is None else dilations
    return dilation2d_op(
        input, filter, strides=tuple(strides), rates=tuple(rates), padding=padding, name=name
    )  # type: ignore[no-any-return]
