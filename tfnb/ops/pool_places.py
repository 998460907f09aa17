"""Max pooling that also says where in the image each maximum stood: for networks that put it back there.

    y, places = max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")      place = (row * width + column) * channels + channel
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, int64
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, I, OfAttr, R
from tfnb.core.shapes import TensorShape
from tfnb.ops.windows import Frame, out_sizes, pad, views

__all__: list[str] = []


def _pooled(call: Call) -> list[TensorShape]:
    x = call.shapes[0].sizes or (None,) * 4
    return [TensorShape.of((x[0], *out_sizes(call, x[1:3], call.attrs["ksize"][1:3]), x[3]))] * 2


@op("MaxPoolWithArgmax", shape=_pooled)
def max_pool_with_argmax_op(
    xp: Any, input: R, *, ksize: Any, strides: Any, padding: str, Targmax: DType = int64, include_batch_in_index: bool = False
) -> tuple[R, OfAttr("Targmax")]:
    """The largest element of each window, and its place in the image counted row by row."""
    n, h, w, c = input.shape
    frame = Frame.of((h, w), ksize[1:3], strides[1:3], (1, 1), padding)
    lowest = -np.inf if input.dtype.kind == "f" else np.iinfo(input.dtype).min
    seen = xp.stack(views(pad(xp, input, frame, lowest), frame))
    places = np.arange(h * w * c).reshape(1, h, w, c) + np.arange(n).reshape(-1, 1, 1, 1) * (h * w * c if include_batch_in_index else 0)
    where = xp.stack(views(pad(xp, xp.asarray(places), frame), frame))
    best = xp.argmax(seen, axis=0)[None]
    return xp.take_along_axis(seen, best, 0)[0], xp.take_along_axis(where, best, 0)[0].astype(Targmax)


@op("MaxPoolGradWithArgmax")
def max_pool_argmax_grad(xp: Any, input: R, grad: R, argmax: I, *, include_batch_in_index: bool = False) -> R:
    """Each dy given to the place where the maximum stood."""
    n = input.shape[0]
    flat = xp.zeros((n, int(np.prod(input.shape[1:]))), grad.dtype)
    rows = xp.arange(n).reshape(-1, 1)
    places = xp.reshape(argmax, (n, -1)) - (rows * flat.shape[1] if include_batch_in_index else 0)
    return xp.scatter_add(flat, (rows, places), xp.reshape(grad, (n, -1))).reshape(input.shape)


@max_pool_with_argmax_op.gradient
def max_pool_with_argmax_gradient(node: Operation, dy: Tensor, _: Any) -> Tensor:
    return max_pool_argmax_grad(
        node.inputs[0], dy, node.outputs[1], include_batch_in_index=node.attrs["include_batch_in_index"]
    )


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,  # noqa: N803 - TensorFlow's name
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> Any:
    """The largest element of each window, and its place within its image (or within the batch).

    >>> values, places = tf.nn.max_pool_with_argmax(tf.reshape(tf.range(4.0), [1, 2, 2, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    >>> print(values.eval().ravel(), places.eval().ravel())
    [3.] [3]
    """
    given = {"ksize": tuple(ksize), "strides": tuple(strides), "padding": padding}
    kind = as_dtype(Targmax or output_dtype or int64)
    return max_pool_with_argmax_op(
        input, **given, Targmax=kind, include_batch_in_index=include_batch_in_index, name=name
    )
