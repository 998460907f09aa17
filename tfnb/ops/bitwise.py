"""Integers as rows of bits: tf.bitwise.

bitwise_and(6, 3)     2: the bits that both have
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Types

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]

B = Types("B", (d.int8, d.int16, d.int32, d.int64, d.uint8, d.uint16, d.uint32, d.uint64))


@op("BitwiseAnd", shape="broadcast", commutes=True)
def bitwise_and(xp: Any, x: B, y: B) -> B:
    """The bits that both have.

    >>> print(tf.bitwise.bitwise_and([12, 10], 6).eval())
    [4 2]
    """
    return x & y


@op("BitwiseOr", shape="broadcast", commutes=True)
def bitwise_or(xp: Any, x: B, y: B) -> B:
    """The bits that at least one has.

    >>> print(tf.bitwise.bitwise_or([12, 10], 6).eval())
    [14 14]
    """
    return x | y


@op("BitwiseXor", shape="broadcast", commutes=True)
def bitwise_xor(xp: Any, x: B, y: B) -> B:
    """The bits that exactly one has.

    >>> print(tf.bitwise.bitwise_xor([12, 10], 6).eval())
    [10 12]
    """
    return x ^ y


@op("Invert")
def invert(xp: Any, x: B) -> B:
    """Each bit turned round.

    >>> print(tf.bitwise.invert([0, 5]).eval())
    [-1 -6]
    """
    return ~x


@op("LeftShift", shape="broadcast")
def left_shift(xp: Any, x: B, y: B) -> B:
    """The bits moved y places up.

    >>> print(tf.bitwise.left_shift([1, 2], 3).eval())
    [ 8 16]
    """
    return xp.left_shift(x, xp.clip(y, 0, np.iinfo(x.dtype).bits - 1))


@op("RightShift", shape="broadcast")
def right_shift(xp: Any, x: B, y: B) -> B:
    """The bits moved y places down; the sign stays.

    >>> print(tf.bitwise.right_shift([8, 16], 2).eval())
    [2 4]
    """
    return xp.right_shift(x, xp.clip(y, 0, np.iinfo(x.dtype).bits - 1))


@bitwise_and.gradient
@bitwise_or.gradient
@bitwise_xor.gradient
@left_shift.gradient
@right_shift.gradient
def no_gradient(node: Operation, dy: Tensor) -> Any:
    return None, None
