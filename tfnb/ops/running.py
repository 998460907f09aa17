"""Running sums and products along an axis.

cumsum([a, b, c])                   [a, a + b, a + b + c]
cumsum([a, b, c], exclusive=True)   [0, a, a + b]
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Host, N
from tfnb.core.scopes import name_scope
from tfnb.ops.elementwise import multiply, realdiv

__all__ = ["cumprod", "cumsum"]


def _shifted(xp: Any, y: Any, axis: int, first: int) -> Any:
    """`y` moved on by one along the axis, with `first` at the start."""
    n = y.shape[axis]
    head = xp.full_like(xp.take(y, xp.arange(min(n, 1)), axis=axis), first)
    return xp.concatenate([head, xp.take(y, xp.arange(max(n - 1, 0)), axis=axis)], axis=axis)


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
