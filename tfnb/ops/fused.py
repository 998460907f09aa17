"""Batch normalization of images in one op, with its gradient.

y, mean, variance = fused_batch_norm(x, scale, offset)      over batch, height and width; one scale a channel
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, Types
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops.sources import constant
from tfnb.ops.windows import channel_of, channels_last, restored

__all__: list[str] = []

U = Types("U", F.allowed)  # the dtype of the statistics


def _shapes(call: Call) -> list[TensorShape]:
    x = call.shapes[0]
    c = TensorShape.of((None if x.sizes is None else channel_of(x.sizes, call.attrs["data_format"]),))
    c = c if c.is_fully_defined() else call.shapes[1]
    return [x, c, c, c, c, unknown_shape()]


@op("FusedBatchNormV3", shape=_shapes)
def fused_batch_norm_op(
    xp: Any,
    x: F,
    scale: U,
    offset: U,
    mean: U,
    variance: U,
    *,
    epsilon: float = 1e-4,
    data_format: str = "NHWC",
    is_training: bool = True,
) -> tuple[F, U, U, U, U, U]:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset; then mean and variance, twice, and a spare."""
    x = channels_last(xp, x, data_format)
    axes, n = tuple(range(x.ndim - 1)), int(np.prod(x.shape[:-1]))
    if is_training:
        mean = xp.mean(x, axis=axes)
        biased = xp.mean(xp.square(x - mean), axis=axes)
        variance = (biased * biased.dtype.type(n / max(n - 1, 1))).astype(
            scale.dtype
        )  # what a sample says of its source
    else:
        biased = variance
    inverse = scale / xp.sqrt(biased + biased.dtype.type(epsilon))
    y = restored(xp, ((x - mean) * inverse + offset).astype(x.dtype), data_format)
    return y, mean, variance, mean, biased, xp.zeros_like(mean)


@op("FusedBatchNormGradV3", shape=lambda call: [call.shapes[1], *[call.shapes[2]] * 2, *[TensorShape.of((0,))] * 2])
def fused_batch_norm_grad(
    xp: Any,
    y_backprop: F,
    x: F,
    scale: U,
    reserve_space_1: U,
    reserve_space_2: U,
    reserve_space_3: U,
    *,
    epsilon: float = 1e-4,
    data_format: str = "NHWC",
    is_training: bool = True,
) -> tuple[F, U, U, U, U]:
    """Gradients for x, scale and offset; the first two reserve spaces are the mean and variance in use, the third is a spare."""
    dy, x = (channels_last(xp, t, data_format) for t in (y_backprop, x))
    axes = tuple(range(x.ndim - 1))
    inverse = 1 / xp.sqrt(reserve_space_2 + reserve_space_2.dtype.type(epsilon))
    z = (x - reserve_space_1) * inverse
    dscale, doffset = xp.sum(dy * z, axis=axes), xp.sum(dy, axis=axes)
    if is_training:
        n = dy.dtype.type(int(np.prod(x.shape[:-1])))
        dx = scale * inverse * (dy - doffset / n - z * dscale / n)
    else:
        dx = dy * (scale * inverse)
    nothing = xp.zeros(0, dscale.dtype)
    return restored(xp, dx.astype(x.dtype), data_format), dscale, doffset, nothing, nothing


@fused_batch_norm_op.gradient
def fused_batch_norm_gradient(node: Operation, *dys: Tensor) -> Any:
    x, scale = node.inputs[:2]
    a = node.attrs
    mean, variance = node.outputs[3:5] if a["is_training"] else node.inputs[3:5]
    dx, dscale, doffset, _, _ = fused_batch_norm_grad(dys[0], x, scale, mean, variance, node.outputs[5], **a)
    return dx, dscale, doffset, None, None


@fused_batch_norm_grad.gradient
def fused_batch_norm_grad_gradient(node: Operation, *dys: Tensor) -> Any:
    """Second derivatives: the same gradients written with small ops, and those differentiated."""
    from tfnb.gradients import gradients
    from tfnb.ops.elementwise import identity

    dy, x, scale, mean, variance = map(identity, node.inputs[:5])
    written = _written_out(dy, x, scale, mean, variance, node.attrs)
    return [*gradients(list(written), [dy, x, scale], grad_ys=list(dys[:3])), None, None, None]


def _written_out(dy: Tensor, x: Tensor, scale: Tensor, mean: Tensor, variance: Tensor, a: dict[str, Any]) -> tuple[Tensor, ...]:
    """The gradients for x, scale and offset, made of small ops."""
    from tfnb.ops.arrays import reshape
    from tfnb.ops.powers import rsqrt, square
    from tfnb.ops.reduce import reduce_mean, reduce_sum

    channels_first = a["data_format"][:2] == "NC"
    n = x.shape.ndims or 4
    axes = [i for i in range(n) if i != (1 if channels_first else n - 1)]
    wide = [1, -1, *[1] * (n - 2)] if channels_first else [-1]
    if a["is_training"]:
        mean = reduce_mean(x, axes)
        variance = reduce_mean(square(x - reshape(mean, wide)), axes)
    inverse = reshape(rsqrt(variance + a["epsilon"]), wide)
    z = (x - reshape(mean, wide)) * inverse
    dscale, doffset = reduce_sum(dy * z, axes), reduce_sum(dy, axes)
    inner = dy - reduce_mean(dy, axes, keepdims=True) - z * reduce_mean(dy * z, axes, keepdims=True) if a["is_training"] else dy
    return reshape(scale, wide) * inverse * inner, dscale, doffset


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> Any:
    """Batch normalization of images: the result, and the mean and variance used.

    >>> y, mean, variance = tf.nn.fused_batch_norm(tf.constant([[[[1.0]], [[3.0]]]]), [1.0], [0.0])
    >>> print(y.eval().ravel(), mean.eval(), variance.eval())
    [-0.9995  0.9995] [2.] [2.]
    """
    x, scale, offset = (
        convert_to_tensor(v, name=n) for v, n in ((x, "input"), (scale, "scale"), (offset, "offset"))
    )
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    mean = constant(np.zeros(0, np.float32)) if mean is None else mean
    variance = constant(np.zeros(0, np.float32)) if variance is None else variance
    epsilon = max(epsilon, 1.001e-5)
    outputs = fused_batch_norm_op(
        x,
        scale,
        offset,
        mean,
        variance,
        epsilon=epsilon,
        data_format=data_format,
        is_training=is_training,
        name=name,
    )
    return outputs[0], outputs[1], outputs[2]
