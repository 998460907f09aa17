"""Pooling: one number for each window of an image, its largest or its mean.

max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.errors import UnimplementedError
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, Host, R, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
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


def _frame(x: Any, a: dict[str, Any]) -> Frame:
    """The windows over x, whose channels are last."""
    layout = a["data_format"]
    ksize, strides = space_of(a["ksize"], layout), space_of(a["strides"], layout)
    return Frame.of(x.shape[1:-1], ksize, strides, (1,) * len(ksize), a["padding"])


def _pool_shape(rank: int) -> Any:
    def rule(call: Call) -> list[TensorShape]:
        x, a = call.shapes[0], call.attrs
        if x.ndims not in (None, rank):
            raise ShapeError(f"Shape must be rank {rank} but is rank {x.ndims}")
        xs, layout = x.sizes or (None,) * rank, a["data_format"]
        space = out_sizes(call, space_of(xs, layout), space_of(a["ksize"], layout))
        channels, depth, step = (channel_of(v, layout) for v in (xs, a["ksize"], a["strides"]))
        if depth > 1 and channels is not None:
            channels = -(-channels // step) if a["padding"] == "SAME" else (channels - depth) // step + 1
        return [TensorShape.of(arranged(xs[0], space, channels, layout))]

    return rule


def lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind not in "iu" else np.iinfo(dtype).min


def largest(xp: Any, x: Any, a: dict[str, Any]) -> Any:
    """The largest element of each window."""
    x = channels_last(xp, x, a["data_format"])
    if channel_of(a["ksize"], a["data_format"]) > 1:
        return restored(xp, _largest_of_channels(x, a), a["data_format"])
    frame = _frame(x, a)
    best, *others = views(pad(xp, x, frame, lowest(x.dtype)), frame)
    for other in others:
        best = xp.maximum(best, other)
    return restored(xp, best, a["data_format"])


def _largest_of_channels(x: Any, a: dict[str, Any]) -> Any:
    """The largest of each few channels, as far as TensorFlow has it."""
    layout = a["data_format"]
    depth = channel_of(a["ksize"], layout)
    if any(k > 1 for k in space_of(a["ksize"], layout)):
        raise UnimplementedError(None, None, "MaxPooling supports exactly one of pooling across depth or pooling across width/height.")
    if channel_of(a["strides"], layout) != depth:
        raise UnimplementedError(None, None, "Depthwise max pooling requires the depth window to equal the depth stride")
    if x.shape[-1] % depth:
        raise UnimplementedError(None, None, "Depthwise max pooling requires the depth window to evenly divide the input depth")
    return x.reshape(*x.shape[:-1], x.shape[-1] // depth, depth).max(-1)


def _space_alone(a: dict[str, Any], text: str) -> None:
    """Raises UnimplementedError with these words for windows over several channels."""
    if channel_of(a["ksize"], a["data_format"]) > 1:
        raise UnimplementedError(None, None, text)


def chosen(xp: Any, x: Any, a: dict[str, Any]) -> tuple[Any, Frame]:
    """For each window the place, in reading order, of its (first) largest element."""
    frame = _frame(x, a)
    return xp.argmax(xp.stack(views(pad(xp, x, frame, lowest(x.dtype)), frame)), axis=0), frame


def largest_back(xp: Any, x: Any, y: Any, dy: Any, a: dict[str, Any]) -> Any:
    """dy, put where the largest elements y came from."""
    _space_alone(a, "MaxPoolingGrad is not yet supported on the depth dimension.")
    x, y, dy = (channels_last(xp, t, a["data_format"]) for t in (x, y, dy))
    return restored(xp, xp.unpool(x, y, dy, _frame(x, a), lowest(x.dtype)), a["data_format"])


def largest_pick(xp: Any, x: Any, dz: Any, a: dict[str, Any]) -> Any:
    """The elements of dz that lie where x is largest in its window."""
    x, dz = (channels_last(xp, t, a["data_format"]) for t in (x, dz))
    place, frame = chosen(xp, x, a)
    return restored(
        xp,
        xp.take_along_axis(xp.stack(views(pad(xp, dz, frame), frame)), place[None], axis=0)[0],
        a["data_format"],
    )


def sizes_of_windows(frame: Frame, dtype: Any) -> Any:
    """How many elements of the image each window covers: fewer at a padded edge; shape (1, *out, 1)."""
    ones = pad(np, np.ones((1, *frame.space, 1), dtype), frame)
    return sum(views(ones, frame))


def mean(xp: Any, x: Any, a: dict[str, Any]) -> Any:
    _space_alone(a, "Non-spatial pooling is not yet supported. Volunteers? :)")
    x = channels_last(xp, x, a["data_format"])
    frame = _frame(x, a)
    return restored(
        xp, sum(views(pad(xp, x, frame), frame)) / xp.asarray(sizes_of_windows(frame, x.dtype)), a["data_format"]
    )


def mean_back(xp: Any, shape: Any, dy: Any, a: dict[str, Any]) -> Any:
    """dy, shared out evenly among the elements of its window."""
    layout = a["data_format"]
    dy = channels_last(xp, dy, layout)
    ksize, strides = space_of(a["ksize"], layout), space_of(a["strides"], layout)
    frame = Frame.of(space_of(shape, layout), ksize, strides, (1,) * len(ksize), a["padding"])
    share = dy / xp.asarray(sizes_of_windows(frame, dy.dtype))
    return restored(xp, slid(xp, [share] * int(np.prod(ksize)), frame), layout)


# -- the ops -------------------------------------------------------------------------------------------------
@op("MaxPool", shape=_pool_shape(4))
def max_pool_op(xp: Any, input: R, *, ksize: Any, strides: Any, padding: str, data_format: str = "NHWC") -> R:
    """The largest number of each window."""
    return largest(xp, input, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format))


@op("MaxPoolGrad")
def max_pool_grad(
    xp: Any,
    orig_input: R,
    orig_output: R,
    grad: R,
    *,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
) -> R:
    """The gradient, where each window's largest number came from."""
    return largest_back(
        xp, orig_input, orig_output, grad, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format)
    )


@op("MaxPoolGradGrad", shape=lambda call: [call.shapes[1]])
def max_pool_grad_grad(
    xp: Any,
    orig_input: R,
    orig_output: R,
    grad: R,
    *,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
) -> R:
    """The second gradient: what lies where each window's largest number came from."""
    return largest_pick(
        xp, orig_input, grad, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format)
    )


@op("AvgPool", shape=_pool_shape(4))
def avg_pool_op(xp: Any, value: F, *, ksize: Any, strides: Any, padding: str, data_format: str = "NHWC") -> F:
    """The mean of each window."""
    return mean(xp, value, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format))


def _original(call: Call) -> list[TensorShape]:
    return [unknown_shape() if call.sizes(0) is None else TensorShape(call.sizes(0))]


@op("AvgPoolGrad", shape=_original)
def avg_pool_grad(
    xp: Any,
    orig_input_shape: Host,
    grad: F,
    *,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
) -> F:
    """The gradient, shared out among the numbers of its window."""
    return mean_back(
        xp,
        orig_input_shape,
        grad,
        dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format),
    )


@op("MaxPool3D", shape=_pool_shape(5))
def max_pool3d_op(
    xp: Any, input: R, *, ksize: Any, strides: Any, padding: str, data_format: str = "NDHWC"
) -> R:
    """The largest number of each window of a volume."""
    return largest(xp, input, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format))


@op("MaxPool3DGrad")
def max_pool3d_grad(
    xp: Any,
    orig_input: R,
    orig_output: R,
    grad: R,
    *,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
) -> R:
    """The gradient, where each window's largest number came from."""
    return largest_back(
        xp, orig_input, orig_output, grad, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format)
    )


@op("AvgPool3D", shape=_pool_shape(5))
def avg_pool3d_op(
    xp: Any, input: F, *, ksize: Any, strides: Any, padding: str, data_format: str = "NDHWC"
) -> F:
    """The mean of each window of a volume."""
    return mean(xp, input, dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format))


@op("AvgPool3DGrad", shape=_original)
def avg_pool3d_grad(
    xp: Any,
    orig_input_shape: Host,
    grad: F,
    *,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
) -> F:
    """The gradient, shared out among the numbers of its window."""
    return mean_back(
        xp,
        orig_input_shape,
        grad,
        dict(ksize=ksize, strides=strides, padding=padding, data_format=data_format),
    )


# -- gradients -----------------------------------------------------------------------------------------------
@max_pool_op.gradient
def max_pool_gradient(node: Operation, dy: Tensor) -> Tensor:
    return max_pool_grad(node.inputs[0], node.outputs[0], dy, **node.attrs)  # type: ignore[no-any-return]


@max_pool3d_op.gradient
def max_pool3d_gradient(node: Operation, dy: Tensor) -> Tensor:
    return max_pool3d_grad(node.inputs[0], node.outputs[0], dy, **node.attrs)  # type: ignore[no-any-return]


@max_pool_grad.gradient
def max_pool_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return None, None, max_pool_grad_grad(node.inputs[0], node.inputs[1], dz, **node.attrs)


@max_pool_grad_grad.gradient
def max_pool_grad_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return None, None, max_pool_grad(node.inputs[0], node.inputs[1], dz, **node.attrs)


@avg_pool_op.gradient
def avg_pool_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.arrays import shape

    return avg_pool_grad(shape(node.inputs[0]), dy, **node.attrs)  # type: ignore[no-any-return]


@avg_pool3d_op.gradient
def avg_pool3d_gradient(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.arrays import shape

    return avg_pool3d_grad(shape(node.inputs[0]), dy, **node.attrs)  # type: ignore[no-any-return]


@avg_pool_grad.gradient
def avg_pool_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return None, avg_pool_op(dz, **node.attrs)


@avg_pool3d_grad.gradient
def avg_pool3d_grad_gradient(node: Operation, dz: Tensor) -> Any:
    return None, avg_pool3d_op(dz, **node.attrs)


# -- as they are called --------------------------------------------------------------------------------------
def _window(value: Any, data_format: str, space: int) -> tuple[int, ...]:
    given = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    given = given * space if len(given) == 1 else given
    return given if len(given) == space + 2 else arranged(1, given, 1, data_format)


def _pool(compute: Any, default: str, space: int, layout: str) -> Any:
    def pool(
        value: Any = None,
        ksize: Any = None,
        strides: Any = None,
        padding: Any = None,
        data_format: str = layout,
        name: str | None = None,
        input: Any = None,
    ) -> Tensor:
        value = value if input is None else input
        with name_scope(name, default, [value]) as scope:
            value = convert_to_tensor(value, name="value" if space == 2 else "input")
            size, step = (_window(v, data_format, space) for v in (ksize, strides))
            return compute(
                value, ksize=size, strides=step, padding=padding, data_format=data_format, name=scope
            )  # type: ignore[no-any-return]

    public = f"{'max' if default.startswith('Max') else 'avg'}_pool{'3d' if space == 3 else ''}"
    kept = "largest number" if default.startswith("Max") else "mean"
    sizes = [1, *[4] * space, 1]
    pool.__name__ = pool.__qualname__ = public
    pool.__doc__ = (f"The {kept} of each window of size `ksize`, `strides` apart, of {'images' if space == 2 else 'volumes'}.\n\n"
                    f">>> tf.nn.{public}(tf.ones({sizes}), 2, 2, \"VALID\").shape.as_list()\n{[1, *[2] * space, 1]}\n")  # fmt: skip
    return pool


max_pool, avg_pool = _pool(max_pool_op, "MaxPool", 2, "NHWC"), _pool(avg_pool_op, "AvgPool", 2, "NHWC")
max_pool3d, avg_pool3d = (
    _pool(max_pool3d_op, "MaxPool3D", 3, "NDHWC"),
    _pool(avg_pool3d_op, "AvgPool3D", 3, "NDHWC"),
)
