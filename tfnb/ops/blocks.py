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

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "depth_to_space",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
]


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
    space = [
        None if n is None else n * b - lo - hi for n, b, (lo, hi) in zip(x[1:], block, crops, strict=False)
    ]
    return [TensorShape.of((None if x[0] is None else x[0] // whole, *space, *x[1 + len(block) :]))]


@op("SpaceToBatchND", shape=_to_batch)
def space_to_batch_nd(xp: Any, input: T, block_shape: Host, paddings: Host) -> T:
    """Pixels at the same place in each block become an image; the batch grows by the size of a block.

    >>> print(tf.space_to_batch_nd([[[1], [2]]], [2], [[0, 0]])[:, 0, 0].eval())
    [1 2]
    """
    m = len(block_shape)
    x = xp.pad(input, ((0, 0), *paddings, *((0, 0),) * (input.ndim - 1 - m)))
    split = [s for n, b in zip(x.shape[1 : 1 + m], block_shape, strict=True) for s in (n // b, b)]
    x = x.reshape(x.shape[0], *split, *x.shape[1 + m :])
    order = [*range(2, 2 * m + 1, 2), 0, *range(1, 2 * m, 2), *range(2 * m + 1, x.ndim)]
    x = x.transpose(order)
    return x.reshape(-1, *x.shape[m + 1 :])


@op("BatchToSpaceND", shape=_to_space)
def batch_to_space_nd(xp: Any, input: T, block_shape: Host, crops: Host) -> T:
    """The reverse: images of the batch interleaved to larger ones, then cropped.

    >>> print(tf.batch_to_space_nd([[[1]], [[2]]], [2], [[0, 0]])[0, :, 0].eval())
    [1 2]
    """
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


# -- blocks moved to the channels ----------------------------------------------------------------------------
def _deeper(call: Call) -> list[TensorShape]:
    n, h, w, c = call.shapes[0].sizes or (None,) * 4
    b = call.attrs["block_size"]
    for size in (h, w):
        if size is not None and size % b:
            raise ShapeError(f"Dimension size must be evenly divisible by {b} but is {size}")
    return [
        TensorShape.of(
            (n, *(None if s is None else s // b for s in (h, w)), None if c is None else c * b * b)
        )
    ]


def _wider(call: Call) -> list[TensorShape]:
    n, h, w, c = call.shapes[0].sizes or (None,) * 4
    b = call.attrs["block_size"]
    if c is not None and c % (b * b):
        raise ShapeError(f"Dimension size must be evenly divisible by {b * b} but is {c}")
    return [
        TensorShape.of(
            (n, *(None if s is None else s * b for s in (h, w)), None if c is None else c // (b * b))
        )
    ]


@op("SpaceToDepth", shape=_deeper)
def space_to_depth_op(xp: Any, input: T, *, block_size: int) -> T:
    """Each block of pixels becomes one pixel with more channels."""
    n, h, w, c = input.shape
    x = input.reshape(n, h // block_size, block_size, w // block_size, block_size, c).transpose(
        0, 1, 3, 2, 4, 5
    )
    return x.reshape(n, h // block_size, w // block_size, c * block_size**2)


@op("DepthToSpace", shape=_wider)
def depth_to_space_op(xp: Any, input: T, *, block_size: int) -> T:
    """The channels of each pixel become a block of pixels."""
    n, h, w, c = input.shape
    x = input.reshape(n, h, w, block_size, block_size, c // block_size**2).transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h * block_size, w * block_size, c // block_size**2)


@space_to_depth_op.gradient
def space_to_depth_gradient(node: Operation, dy: Tensor) -> Tensor:
    return depth_to_space_op(dy, **node.attrs)  # type: ignore[no-any-return]


@depth_to_space_op.gradient
def depth_to_space_gradient(node: Operation, dy: Tensor) -> Tensor:
    return space_to_depth_op(dy, **node.attrs)  # type: ignore[no-any-return]


def space_to_depth(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Each block of pixels as one pixel with block_size^2 times the channels.

    >>> print(tf.space_to_depth([[[[1], [2]], [[3], [4]]]], 2)[0, 0, 0].eval())
    [1 2 3 4]
    """
    return space_to_depth_op(input, block_size=block_size, name=name)  # type: ignore[no-any-return]


def depth_to_space(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Each pixel's channels as a block of pixels.

    >>> print(tf.depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, :, :, 0].eval())
    [[1 2]
     [3 4]]
    """
    return depth_to_space_op(input, block_size=block_size, name=name)  # type: ignore[no-any-return]


def space_to_batch(
    input: Any, paddings: Any, block_size: int | None = None, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """`space_to_batch_nd` with square blocks.

    >>> print(tf.space_to_batch([[[[1], [2]], [[3], [4]]]], [[0, 0], [0, 0]], 2)[:, 0, 0, 0].eval())
    [1 2 3 4]
    """
    return space_to_batch_nd(input, block_shape or [block_size, block_size], paddings, name=name)  # type: ignore[no-any-return]


def batch_to_space(
    input: Any, crops: Any, block_size: int, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """`batch_to_space_nd` with square blocks.

    >>> print(tf.batch_to_space([[[[1]]], [[[2]]], [[[3]]], [[[4]]]], [[0, 0], [0, 0]], 2)[0, :, :, 0].eval())
    [[1 2]
     [3 4]]
    """
    return batch_to_space_nd(input, block_shape or [block_size, block_size], crops, name=name)  # type: ignore[no-any-return]
