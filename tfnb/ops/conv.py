"""Convolution: the same small window of weights at every place of an image.

    y = conv2d(x, W, strides=[1, 1, 1, 1], padding="SAME")      x: n h w c, W: h w c out, y: n h w out

Every window of x is laid out as a row; the convolution is then one matrix product, and so are both of its gradients:
dW = rows(x)^T dy, and dx slides the window backwards over dy (engine/windowed.py; JAX has a convolution of its own).
"""

from __future__ import annotations

import math
from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import NET, Call, F, Host, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops.windows import (
    Frame,
    arranged,
    channel_of,
    channels_last,
    out_sizes,
    restored,
    space_of,
)

__all__: list[str] = []


# -- in any number of space axes -----------------------------------------------------------------------------
def _frame(shape: Any, kernel: Any, a: dict[str, Any]) -> Frame:
    from tfnb.ops.windows import paddings

    layout = a.get("data_format", "NHWC")
    strides, dilations = space_of(a["strides"], layout), space_of(a["dilations"], layout)
    return Frame.of(shape, kernel, strides, dilations, paddings(a))


def convolve(xp: Any, x: Any, w: Any, a: dict[str, Any]) -> Any:
    x = channels_last(xp, x, a["data_format"])
    return restored(xp, xp.convolve(x, w, _frame(x.shape[1:-1], w.shape[:-2], a)), a["data_format"])


def convolve_back(xp: Any, sizes: Any, w: Any, dy: Any, a: dict[str, Any]) -> Any:
    """The gradient for the input: the window turned round slides over dy."""
    dy = channels_last(xp, dy, a["data_format"])
    frame = _frame(space_of(sizes, a["data_format"]), w.shape[:-2], a)
    return restored(xp, xp.convolve_back(dy, w, frame), a["data_format"])


def correlate(xp: Any, x: Any, sizes: Any, dy: Any, a: dict[str, Any]) -> Any:
    """The gradient for the weights: every window of x times the dy it led to."""
    x, dy = (channels_last(xp, t, a["data_format"]) for t in (x, dy))
    return xp.correlate(x, sizes, dy, _frame(x.shape[1:-1], sizes[:-2], a))


def _conv_shape(rank: int) -> Any:
    def rule(call: Call) -> list[TensorShape]:
        x, w = call.shapes
        layout = call.attrs["data_format"]
        for shape in (x, w):
            if shape.ndims not in (None, rank):
                raise ShapeError(f"Shape must be rank {rank} but is rank {shape.ndims}")
        xs, ws = x.sizes or (None,) * rank, w.sizes or (None,) * rank
        c = channel_of(xs, layout)
        if None not in (c, ws[-2]) and c % ws[-2]:
            raise ShapeError(f"Depth of input ({c}) is not a multiple of input depth of filter ({ws[-2]})")
        space = out_sizes(call, space_of(xs, layout), ws[:-2], space_of(call.attrs["dilations"], layout))
        return [TensorShape.of(arranged(xs[0], space, ws[-1], layout))]

    return rule


def _asked(i: int) -> Any:
    return lambda call: [unknown_shape() if call.sizes(i) is None else TensorShape(call.sizes(i))]


# -- images --------------------------------------------------------------------------------------------------
@op("Conv2D", shape=_conv_shape(4))
def conv2d_op(
    xp: Any,
    input: NET,
    filter: NET,
    *,
    strides: Any,
    padding: str,
    explicit_paddings: Any = (),
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
) -> NET:
    """Slides a window of weights over an image and sums what it covers."""
    a = dict(
        strides=strides,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=dilations,
    )
    return convolve(xp, input, filter, a)


@op("Conv2DBackpropInput", shape=_asked(0))
def conv2d_backprop_input(
    xp: Any,
    input_sizes: Host,
    filter: F,
    out_backprop: F,
    *,
    strides: Any,
    padding: str,
    explicit_paddings: Any = (),
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
) -> F:
    """The gradient of a convolution for its image; also the transposed convolution.

    >>> print(tf.nn.conv2d_backprop_input([1, 4, 4, 1], tf.ones([2, 2, 1, 1]), tf.ones([1, 3, 3, 1]), [1, 1, 1, 1], "VALID")[0, :, :, 0].eval())
    [[1. 2. 2. 1.]
     [2. 4. 4. 2.]
     [2. 4. 4. 2.]
     [1. 2. 2. 1.]]
    """
    a = dict(
        strides=strides,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=dilations,
    )
    return convolve_back(xp, input_sizes, filter, out_backprop, a)


@op("Conv2DBackpropFilter", shape=_asked(1))
def conv2d_backprop_filter(
    xp: Any,
    input: F,
    filter_sizes: Host,
    out_backprop: F,
    *,
    strides: Any,
    padding: str,
    explicit_paddings: Any = (),
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
) -> F:
    """The gradient of a convolution for its weights.

    >>> print(tf.nn.conv2d_backprop_filter(tf.ones([1, 4, 4, 1]), [2, 2, 1, 1], tf.ones([1, 3, 3, 1]), [1, 1, 1, 1], "VALID")[:, :, 0, 0].eval())
    [[9. 9.]
     [9. 9.]]
    """
    a = dict(
        strides=strides,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=dilations,
    )
    return correlate(xp, input, filter_sizes, out_backprop, a)


# -- volumes -------------------------------------------------------------------------------------------------
@op("Conv3D", shape=_conv_shape(5))
def conv3d_op(
    xp: Any,
    input: F,
    filter: F,
    *,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
) -> F:
    """Slides a window of weights through a volume and sums what it covers."""
    return convolve(
        xp,
        input,
        filter,
        dict(strides=strides, padding=padding, data_format=data_format, dilations=dilations),
    )


@op("Conv3DBackpropInputV2", shape=_asked(0))
def conv3d_backprop_input(
    xp: Any,
    input_sizes: Host,
    filter: F,
    out_backprop: F,
    *,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
) -> F:
    """The gradient of a convolution for its volume."""
    a = dict(strides=strides, padding=padding, data_format=data_format, dilations=dilations)
    return convolve_back(xp, input_sizes, filter, out_backprop, a)


@op("Conv3DBackpropFilterV2", shape=_asked(1))
def conv3d_backprop_filter(
    xp: Any,
    input: F,
    filter_sizes: Host,
    out_backprop: F,
    *,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
) -> F:
    """The gradient of a convolution for its weights.

    >>> tf.nn.conv3d_backprop_filter(tf.ones([1, 2, 2, 2, 1]), [2, 2, 2, 1, 1], tf.ones([1, 1, 1, 1, 1]), [1, 1, 1, 1, 1], "VALID").eval().sum()
    np.float32(8.0)
    """
    a = dict(strides=strides, padding=padding, data_format=data_format, dilations=dilations)
    return correlate(xp, input, filter_sizes, out_backprop, a)


# -- work ----------------------------------------------------------------------------------------------------
def window_flops(y: int, w: int) -> Any:
    """Every element of y is a sum of products over one window w; both are places among inputs and outputs."""

    def rule(node: Operation, sizes: Any) -> float:
        tensors = [*node.inputs, *node.outputs]
        return 2.0 * math.prod(sizes(tensors[y])) * math.prod(sizes(tensors[w])[:-1])

    return rule


for _forward, _input, _filter in ((conv2d_op, conv2d_backprop_input, conv2d_backprop_filter),
                                  (conv3d_op, conv3d_backprop_input, conv3d_backprop_filter)):  # fmt: skip
    _forward.flops(window_flops(2, 1))
    _input.flops(window_flops(2, 1))
    _filter.flops(window_flops(2, 3))


# -- gradients: each of the three is made of the other two ---------------------------------------------------
def arrays() -> Any:
    from tfnb.ops import arrays  # array surgery has no need of convolution: no circle

    return arrays


def _declare(conv: Any, back_input: Any, back_filter: Any) -> None:
    def conv_gradient(node: Operation, dy: Tensor) -> Any:
        x, w = node.inputs
        shapes = arrays().shape_n([x, w])
        return back_input(shapes[0], w, dy, **node.attrs), back_filter(x, shapes[1], dy, **node.attrs)

    def back_input_gradient(node: Operation, dz: Tensor) -> Any:
        _, w, dy = node.inputs
        return None, back_filter(dz, arrays().shape(w), dy, **node.attrs), conv(dz, w, **node.attrs)

    def back_filter_gradient(node: Operation, dz: Tensor) -> Any:
        x, _, dy = node.inputs
        return back_input(arrays().shape(x), dz, dy, **node.attrs), None, conv(x, dz, **node.attrs)

    conv.gradient(conv_gradient)
    back_input.gradient(back_input_gradient)
    back_filter.gradient(back_filter_gradient)


_declare(conv2d_op, conv2d_backprop_input, conv2d_backprop_filter)
_declare(conv3d_op, conv3d_backprop_input, conv3d_backprop_filter)


# -- as they are called --------------------------------------------------------------------------------------
def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Slides a window (height, width, channels, outputs) over images (batch, height, width, channels).

    >>> print(tf.nn.conv2d(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), strides=1, padding="VALID")[0, :, :, 0].eval())
    [[4. 4.]
     [4. 4.]]
    """
    w = filter if filters is None else filters
    padding, explicit = (
        (padding, ())
        if isinstance(padding, str)
        else ("EXPLICIT", tuple(n for pair in padding for n in pair))
    )
    attrs = dict(
        strides=_four(strides, data_format),
        padding=padding,
        explicit_paddings=explicit,
        data_format=data_format,
    )
    return conv2d_op(input, w, **attrs, dilations=_four(dilations, data_format), name=name)  # type: ignore[no-any-return]


def _four(value: Any, data_format: str, space: int = 2) -> tuple[int, ...]:
    if value is None:
        value = 1
    given = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    given = given * space if len(given) == 1 else given
    return given if len(given) == space + 2 else arranged(1, given, 1, data_format)


def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Slides a window through volumes (batch, depth, height, width, channels).

    >>> print(tf.nn.conv3d(tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 1, 1]), [1, 1, 1, 1, 1], "VALID")[0, 0, 0, 0].eval())
    [8.]
    """
    w = filter if filters is None else filters
    return conv3d_op(
        input,
        w,
        strides=tuple(strides),
        padding=padding,
        data_format=data_format,
        dilations=tuple(dilations),
        name=name,
    )  # type: ignore[no-any-return]


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """A convolution backwards: so images grow; `filter` is (height, width, outputs, channels).

    >>> print(tf.nn.conv2d_transpose(tf.ones([1, 1, 1, 1]), tf.ones([2, 2, 1, 1]), [1, 2, 2, 1], strides=2)[0, :, :, 0].eval())
    [[1. 1.]
     [1. 1.]]
    """
    value, filter = value if input is None else input, filter if filters is None else filters
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        value, filter = convert_to_tensor(value, name="value"), convert_to_tensor(filter, name="filter")
        attrs = dict(
            strides=_four(strides, data_format),
            padding=padding,
            data_format=data_format,
            dilations=_four(dilations, data_format),
        )
        return conv2d_backprop_input(output_shape, filter, value, **attrs, name=scope)  # type: ignore[no-any-return]

