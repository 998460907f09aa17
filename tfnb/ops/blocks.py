"""Blocks of space moved to the batch axis and back: how a convolution with holes becomes an ordinary one.

    space_to_batch_nd(x, [2, 2], [[0, 0], [0, 0]])      every second pixel becomes an image of its own
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, Host, ShapeError, T
from tfnb.core.shapes import TensorShape, unknown_shape

__all__ = ["batch_to_space_nd", "space_to_batch_nd"]


def _rows(call: Call, i: int) -> Any:
    value = call.value(call.inputs[i])
    return None if value is None else np.asarray(value).reshape(-1, 2).tolist()


def _to_batch(call: Call) -> list[TensorShape]:
    x, block, pads = call.shapes[0].sizes, call.host(1), _rows(call, 2)
    if x is None or block is None or pads is None:
        return [unknown_shape(call.shapes[0].ndims)]
    space: list[int | None] = []
    for n, b, (lo, hi) in zip(x[1:], block, pads, strict=False):
        if n is not None and (n + lo + hi) % b:
            raise ShapeError(f"Dimension size must be evenly divisible by {b} but is {n + lo + hi}")
        space.append(None if n is None else (n + lo + hi) // b)
    n = None if x[0] is None else x[0] * int(np.prod(block))
    return [TensorShape.of((n, *space, *x[1 + len(block) :]))]


def _to_space(call: Call) -> list[TensorShape]:
    x, block, crops = call.shapes[0].sizes, call.host(1), _rows(call, 2)
    if x is None or block is None or crops is None:
        return [unknown_shape(call.shapes[0].ndims)]
    whole = int(np.prod(block))
    if x[0] is not None and x[0] % whole:
        raise ShapeError(f"Dimension size must be evenly divisible by {whole} but is {x[0]}")
    space = [None if n is None else n * b - lo - hi for n, b, (lo, hi) in zip(x[1:], block, crops, strict=False)]
    return [TensorShape.of((None if x[0] is None else x[0] // whole, *space, *x[1 + len(block) :]))]


@op("SpaceToBatchND", shape=_to_batch)
def space_to_batch_nd(xp: Any, input: T, block_shape: Host, paddings: Host) -> T:
    """Pixels at the same place in each block become an image; the batch grows by the size of a block."""
    m = len(block_shape)
    x = xp.pad(input, ((0, 0), *paddings, *((0, 0),) * (input.ndim - 1 - m)))
    split = [s for n, b in zip(x.shape[1 : 1 + m], block_shape, strict=True) for s in (n // b, b)]
    x = x.reshape(x.shape[0], *split, *x.shape[1 + m :])
    order = [*range(2, 2 * m + 1, 2), 0, *range(1, 2 * m, 2), *range(2 * m + 1, x.ndim)]
    x = x.transpose(order)
    return x.reshape(-1, *x.shape[m + 1 :])


@op("BatchToSpaceND", shape=_to_space)
def batch_to_space_nd(xp: Any, input: T, block_shape: Host, crops: Host) -> T:
    """The reverse: images of the batch interleaved to larger ones, then cropped."""
    m = len(block_shape)
    x = input.reshape(*block_shape, -1, *input.shape[1:])
    order = [m, *(k for i in range(m) for k in (m + 1 + i, i)), *range(2 * m + 1, x.ndim)]
    x = x.transpose(order)
    sizes = [n * b for n, b in zip(input.shape[1:], block_shape, strict=False)]
    x = x.reshape(x.shape[0], *sizes, *input.shape[1 + m :])
    return x[(slice(None), *(slice(lo, n - hi) for n, (lo, hi) in zip(sizes, crops, strict=True)))]


@space_to_batch_nd.gradient
def space_to_batch_nd_gradient(node: Operation, dy: Tensor) -> Any:
    return batch_to_space_nd(dy, node.inputs[1], node.inputs[2]), None, None


@batch_to_space_nd.gradient
def batch_to_space_nd_gradient(node: Operation, dy: Tensor) -> Any:
    return space_to_batch_nd(dy, node.inputs[1], node.inputs[2]), None, None
