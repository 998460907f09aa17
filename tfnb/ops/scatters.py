"""More ways to change some rows of a variable: multiply, divide, keep the smaller or larger one.

scatter_mul(v, [0, 2], rows)            v[0] *= rows[0]; v[2] *= rows[1]
scatter_nd_update(v, [[1, 3]], [9])     v[1, 3] = 9
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Tensor
from tfnb.core.op import OpDef, op
from tfnb.core.rules import I, N, Ref, T
from tfnb.ops.state import _rows

__all__ = [
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
]


def _folded(ref: Any, indices: Any, updates: Any, fold: Any) -> Any:
    """A copy of `ref` in which each row named is folded with its update; equal indices one after another."""
    rows, new = np.ravel(np.asarray(indices)), np.array(ref)
    changes = np.broadcast_to(np.asarray(updates), (*np.shape(indices), *new.shape[1:])).reshape(
        -1, *new.shape[1:]
    )
    for place, row in enumerate(rows.tolist()):
        if not 0 <= row < len(new):
            raise InvalidArgumentError(None, None, f"indices[{place}] = {row} is not in [0, {len(new)})")
        new[row] = fold(new[row], changes[place])
    return new


@op("ScatterMul", shape=_rows, writes=True, effect=True, differentiable=False, host=True)
def scatter_mul_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Multiplies rows.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_mul(v, [0], [10.0])))
    [10.  2.]
    """
    return _folded(ref, indices, updates, np.multiply)


@op("ScatterDiv", shape=_rows, writes=True, effect=True, differentiable=False, host=True)
def scatter_div_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Divides rows; integers towards zero.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_div(v, [1], [2.0])))
    [1. 1.]
    """
    return _folded(ref, indices, updates, lambda a, b: np.trunc(a / b) if ref.dtype.kind in "iu" else a / b)


@op("ScatterMin", shape=_rows, writes=True, effect=True, differentiable=False, host=True)
def scatter_min_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Keeps the smaller of each number and its update.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_min(v, [1], [1.0])))
    [1. 1.]
    """
    return _folded(ref, indices, updates, np.minimum)


@op("ScatterMax", shape=_rows, writes=True, effect=True, differentiable=False, host=True)
def scatter_max_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Keeps the larger of each number and its update.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_max(v, [0], [5.0])))
    [5. 2.]
    """
    return _folded(ref, indices, updates, np.maximum)


def _places(indices: Any) -> tuple[Any, ...]:
    """The last axis of `indices` as one index array for each axis of the variable."""
    return tuple(indices[..., k] for k in range(indices.shape[-1]))


@op("ScatterNdUpdate", shape="same", writes=True, effect=True, differentiable=False)
def scatter_nd_update_op(xp: Any, ref: Ref(T), indices: I, updates: T, *, use_locking: bool = True) -> Ref(T):  # type: ignore[valid-type]
    """Replaces the parts that the rows of `indices` name.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_nd_update(v, [[1]], [7.0])))
    [1. 7.]
    """
    return xp.scatter_set(ref, _places(indices), updates)


@op("ScatterNdAdd", shape="same", writes=True, effect=True, differentiable=False)
def scatter_nd_add_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Adds to the parts that the rows of `indices` name.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_nd_add(v, [[1]], [7.0])))
    [1. 9.]
    """
    return xp.scatter_add(ref, _places(indices), updates)


@op("ScatterNdSub", shape="same", writes=True, effect=True, differentiable=False)
def scatter_nd_sub_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Takes away from the parts that the rows of `indices` name.

    >>> v = tf.Variable([1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.scatter_nd_sub(v, [[1]], [7.0])))
    [ 1. -5.]
    """
    return xp.scatter_add(ref, _places(indices), -updates)


def _public(raw: OpDef, default_locking: bool = False) -> Any:
    def call(
        ref: Any, indices: Any, updates: Any, use_locking: bool = default_locking, name: str | None = None
    ) -> Tensor:
        return raw(ref, indices, updates, use_locking=use_locking, name=name)  # type: ignore[no-any-return]

    call.__name__ = call.__qualname__ = raw.kernel.__name__.removesuffix("_op")
    call.__doc__ = raw.kernel.__doc__
    return call


scatter_mul, scatter_div = _public(scatter_mul_op), _public(scatter_div_op)
scatter_min, scatter_max = _public(scatter_min_op), _public(scatter_max_op)
scatter_nd_update = _public(scatter_nd_update_op, default_locking=True)
scatter_nd_add, scatter_nd_sub = _public(scatter_nd_add_op), _public(scatter_nd_sub_op)
