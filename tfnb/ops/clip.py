"""Keeping tensors short: clipping by their length, alone or together.

clip_by_norm(t, 5.0)                   t, made shorter where it is longer than 5
clip_by_global_norm(gradients, 5.0)    all by one factor, so that their direction stays
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import compare, reduce
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.powers import rsqrt, sqrt
from tfnb.ops.sources import constant

__all__ = ["clip_by_average_norm", "clip_by_global_norm", "clip_by_norm", "global_norm"]


def _values(t: Any) -> Any:
    return t.values if hasattr(t, "to_tensor") else t


def _like(t: Any, values: Tensor) -> Any:
    return type(t)(values, t.indices, t.dense_shape) if hasattr(t, "to_tensor") else values


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """`t` scaled down so that its length (along `axes`) is at most `clip_norm`.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.clip_by_norm([3.0, 4.0], 1.0)))
    [0.6 0.8]
    """
    from tfnb.ops import arrays

    with name_scope(name, "clip_by_norm", [_values(t), clip_norm]) as scope:
        values = convert_to_tensor(_values(t), name="t")
        squares = reduce.reduce_sum(values * values, axes, keepdims=True)
        some = squares > 0
        # the square root of 0 has no gradient, so it is taken of 1 there
        safe = compare.select(some, squares, arrays.ones_like(squares))
        length = compare.select(some, sqrt(safe), squares)
        scaled = values * clip_norm
        values.shape.assert_is_compatible_with(scaled.shape)
        return _like(t, identity(scaled / compare.maximum(length, clip_norm), name=scope))


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The length of all tensors of a list taken as one long vector.

    >>> print(tf.global_norm([tf.constant([3.0]), tf.constant([4.0])]).eval())
    5.0
    """
    from tfnb.ops import arrays, neural

    _check_list(t_list)
    with name_scope(name, "global_norm", [_values(t) for t in t_list if t is not None]):
        halves = [neural.l2_loss(convert_to_tensor(_values(t))) for t in t_list if t is not None]
        total = reduce.reduce_sum(arrays.stack(halves))
        return sqrt(total * constant(2.0, dtype=total.dtype), name="global_norm")


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """A list of tensors scaled by one factor so that their length is at most `clip_norm`; and that length.

    >>> clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0)
    >>> print(*sess.run([clipped[0], norm]))
    [0.6] 5.0
    """
    _check_list(t_list)
    use_norm = global_norm(t_list, name) if use_norm is None else convert_to_tensor(use_norm)
    with name_scope(name, "clip_by_global_norm", [clip_norm]) as scope:
        one = constant(1.0, dtype=use_norm.dtype)
        finite = clip_norm * compare.minimum(1.0 / use_norm, one / clip_norm)
        scale = compare.select(
            compare.is_finite(use_norm), finite, constant(float("nan"), dtype=use_norm.dtype)
        )
        clipped = [
            None
            if t is None
            else _like(t, identity(convert_to_tensor(_values(t)) * scale, name=f"{scope}_{i}"))
            for i, t in enumerate(t_list)
        ]
        return clipped, use_norm


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """`t` scaled down so that its length for each element is at most `clip_norm`.

    >>> print(tf.clip_by_average_norm([3.0, 4.0], 1.0).eval())
    [1.2 1.6]
    """
    from tfnb.ops import arrays, movement

    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        n = cast(arrays.size(t), "float32")
        inverse = rsqrt(reduce.reduce_sum(t * t, movement.range(0, arrays.rank(t))))
        return identity(t * clip_norm * compare.minimum(inverse * n, constant(1.0) / clip_norm), name=scope)


def _check_list(t_list: Any) -> None:
    if not isinstance(t_list, (list, tuple)):
        raise TypeError("t_list should be a sequence")
