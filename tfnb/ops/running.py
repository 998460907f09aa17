"""Running sums and products along an axis.

cumsum([a, b, c])                   [a, a + b, a + b + c]
cumsum([a, b, c], exclusive=True)   [0, a, a + b]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import F, Host, N
from tfnb.core.scopes import name_scope
from tfnb.ops.choosing import select_v2
from tfnb.ops.compare import greater, less
from tfnb.ops.elementwise import multiply, negative, realdiv
from tfnb.ops.sources import constant
from tfnb.ops.special import exp, log

__all__ = ["cumprod", "cumsum", "cumulative_logsumexp"]


def _shifted(xp: Any, y: Any, axis: int, first: Any, by: int = 1) -> Any:
    """`y` moved on along the axis, with `first` at the start."""
    n = y.shape[axis]
    head = xp.full_like(xp.take(y, xp.arange(min(n, by)), axis=axis), first)
    return xp.concatenate([head, xp.take(y, xp.arange(max(n - by, 0)), axis=axis)], axis=axis)


@op("Cumsum")
def cumsum_op(xp: Any, x: N, axis: Host, *, exclusive: bool = False, reverse: bool = False) -> N:
    """Sum of all elements up to this one along the axis."""
    x = xp.flip(x, axis) if reverse else x
    y = xp.cumsum(_shifted(xp, x, axis, 0) if exclusive else x, axis=axis, dtype=x.dtype)
    return xp.flip(y, axis) if reverse else y


@op("Cumprod")
def cumprod_op(xp: Any, x: N, axis: Host, *, exclusive: bool = False, reverse: bool = False) -> N:
    """Product of all elements up to this one along the axis."""
    x = xp.flip(x, axis) if reverse else x
    y = xp.cumprod(_shifted(xp, x, axis, 1) if exclusive else x, axis=axis, dtype=x.dtype)
    return xp.flip(y, axis) if reverse else y


@op("CumulativeLogsumexp")
def cumulative_logsumexp_op(xp: Any, x: F, axis: Host, *, exclusive: bool = False, reverse: bool = False) -> F:
    """Log of the sum of exp of all elements up to this one along the axis: sums of 2, then of 4, 8, ... neighbours."""
    x = xp.flip(x, axis) if reverse else x
    lowest, n, reach = np.finfo(x.dtype).min, x.shape[axis], 1
    y = _shifted(xp, x, axis, lowest) if exclusive else x
    while reach < n:
        y = xp.logaddexp(y, _shifted(xp, y, axis, lowest, reach))
        reach *= 2
    return xp.flip(y, axis) if reverse else y


@cumsum_op.gradient
def cumsum_gradient(node: Operation, dy: Tensor) -> Any:
    attrs = node.attrs
    return cumsum_op(dy, node.inputs[1], exclusive=attrs["exclusive"], reverse=not attrs["reverse"]), None


@cumprod_op.gradient
def cumprod_gradient(node: Operation, dy: Tensor) -> Any:
    attrs, (x, axis) = node.attrs, node.inputs
    product = cumprod_op(x, axis, exclusive=attrs["exclusive"], reverse=attrs["reverse"])
    total = cumsum_op(
        multiply(product, dy, name="mul"), axis, exclusive=attrs["exclusive"], reverse=not attrs["reverse"]
    )
    return realdiv(total, x, name="truediv"), None


@cumulative_logsumexp_op.gradient
def cumulative_logsumexp_gradient(node: Operation, dy: Tensor) -> Any:
    # dx = exp(x) * cumsum from the other end of dy * exp(-y), in logarithms, for the positive and the negative dy
    attrs, (x, axis), lowest = node.attrs, node.inputs, dy.dtype.min

    def part(there: Any, size: Any) -> Any:
        logs = select_v2(there, log(size), constant(lowest, dy.dtype)) - node.outputs[0]
        return exp(cumulative_logsumexp_op(logs, axis, exclusive=attrs["exclusive"], reverse=not attrs["reverse"]) + x)

    return part(greater(dy, 0), dy) - part(less(dy, 0), negative(dy)), None


def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running sum along `axis`; `exclusive` leaves each element itself out, `reverse` runs from the end.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.cumsum([1, 2, 3])))
    [1 3 6]
    """
    with name_scope(name, "Cumsum", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return cumsum_op(x, axis, exclusive=exclusive, reverse=reverse, name=scope)


def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running product along `axis`.

    >>> print(tf.cumprod([1, 2, 3, 4]).eval())
    [ 1  2  6 24]
    """
    with name_scope(name, "Cumprod", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return cumprod_op(x, axis, exclusive=exclusive, reverse=reverse, name=scope)


def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Log of the running sum of exp(x) along `axis`, without overflow.

    >>> print(tf.math.cumulative_logsumexp([1000.0, 1000.0]).eval())
    [1000.     1000.6932]
    """
    with name_scope(name, "CumulativeLogsumexp", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return cumulative_logsumexp_op(x, axis, exclusive=exclusive, reverse=reverse, name=scope)  # type: ignore[no-any-return]
