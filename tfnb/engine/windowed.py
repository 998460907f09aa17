"""Convolution and pooling in NumPy (and CuPy): a few images at a time, so that their windows stay in the cache.

Each window is laid out as a row of numbers, and all rows are multiplied with the weights in one matrix product. Laid
out for a whole batch the rows would be 25 times the images (5 x 5 windows) and come from main memory; for one block
of images after the other they cost next to nothing beside the product (docs/performance.md). A large batch is cut into
parts that the machine's cores share; the cut is the same for any number of cores, and so is the result. A `frame` says
where windows stand (tfnb/ops/windows.py). Arrays are (n, *space, c).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from tfnb.engine import blas

__all__ = ["convolve", "convolve_back", "correlate", "unpool"]

_BLOCK = 1 << 18  # elements laid out at a time: 1 MB of float32, about a core's cache
_LARGE = 1 << 24  # on a GPU, which is slow to be asked and fast to do: 64 MB
_PARTS = 8  # that a batch is cut into
_SHARED = 1 << 24  # products from which on the parts are shared out: about half a millisecond


def _on_host(np: Any) -> bool:
    return bool(np.__name__ == "numpy")


def _padded(np: Any, x: Any, before: Any, behind: Any) -> Any:
    if not any(before) and not any(behind):
        return x
    n, *space, c = x.shape
    out = np.zeros((n, *(lo + s + hi for lo, s, hi in zip(before, space, behind, strict=True)), c), x.dtype)
    out[(slice(None), *(slice(lo, lo + s) for lo, s in zip(before, space, strict=True)))] = x
    return out


def _blocks(np: Any, x: Any, frame: Any) -> Iterator[tuple[slice, Any]]:
    """For some images at a time: their windows as rows, (images * out, kernel * c)."""
    x = np.ascontiguousarray(_padded(np, x, frame.before, frame.behind))
    n, c = x.shape[0], x.shape[-1]
    first, *step, last = x.strides
    rank = len(step)
    out_steps = [s * k for s, k in zip(step, frame.strides, strict=True)]
    in_steps = [s * d for s, d in zip(step, frame.dilations, strict=True)]
    size = 1
    for k in (*frame.out, *frame.kernel, c):
        size *= k
    block = max(1, min(n, (_BLOCK if _on_host(np) else _LARGE) // max(size, 1)))
    if (
        c == 1 and frame.strides[-1] == 1 and frame.out[-1] > frame.kernel[-1]
    ):  # longer runs along the image than along the window
        seen = np.lib.stride_tricks.as_strided(
            x, (*frame.kernel, n, *frame.out), (*in_steps, first, *out_steps)
        )
        buffer = np.empty((*frame.kernel, block, *frame.out), x.dtype)
        axis, turned = rank, True
    else:
        seen = np.lib.stride_tricks.as_strided(
            x, (n, *frame.out, *frame.kernel, c), (first, *out_steps, *in_steps, last)
        )
        buffer = np.empty((block, *frame.out, *frame.kernel, c), x.dtype)
        axis, turned = 0, False
    width = c
    for k in frame.kernel:
        width *= k
    for i in range(0, n, block):
        part = slice(i, min(i + block, n))
        cut = (slice(None),) * axis
        rows = buffer[(*cut, slice(0, part.stop - i))]
        rows[...] = seen[(*cut, part)]
        yield part, rows.reshape(width, -1).T if turned else rows.reshape(-1, width)


def _by_parts(np: Any, work: Callable[[slice], Any], n: int, frame: Any, pairs: int) -> list[Any]:
    """`work` for some of the n images at a time; `pairs` are a window's products for each place."""
    size = max(1, -(-n // _PARTS))
    parts = [slice(i, min(i + size, n)) for i in range(0, n, size)]
    if not _on_host(np):
        return [work(slice(0, n))]
    if n * math.prod(frame.out) * math.prod(frame.kernel) * pairs < _SHARED:
        return [work(part) for part in parts]
    return blas.each(work, parts)


def convolve(np: Any, x: Any, w: Any, frame: Any) -> Any:
    """The sum of each window of x times the weights w, (*kernel, c, out)."""
    n, width = x.shape[0], w.shape[-1]
    y = np.empty((n, *frame.out, width), x.dtype)
    flat = w.reshape(-1, width)

    def work(part: slice) -> None:
        for some, rows in _blocks(np, x[part], frame):
            np.matmul(rows, flat, out=y[part][some].reshape(-1, width))

    _by_parts(np, work, n, frame, w.shape[-2] * width)
    return y


def correlate(np: Any, x: Any, shape: Any, dy: Any, frame: Any) -> Any:
    """The gradient for the weights: each window of x times the dy it led to, summed."""
    dy = np.ascontiguousarray(dy)

    def work(part: slice) -> Any:
        return added(rows.T @ dy[part][some].reshape(-1, shape[-1]) for some, rows in _blocks(np, x[part], frame))

    def added(pieces: Any) -> Any:
        total: Any = None
        for piece in pieces:
            total = piece if total is None else np.add(total, piece, out=total)
        return total

    total = added(_by_parts(np, work, x.shape[0], frame, x.shape[-1] * shape[-1]))
    return np.zeros(shape, dy.dtype) if total is None else total.reshape(shape)


def convolve_back(np: Any, dy: Any, w: Any, frame: Any) -> Any:
    """The gradient for x: the window turned round slides over dy, spread out by the strides."""
    n, out = dy.shape[0], dy.shape[-1]
    reach = [(k - 1) * d for k, d in zip(frame.kernel, frame.dilations, strict=True)]
    spread = [(o - 1) * s + 1 if o else 0 for o, s in zip(frame.out, frame.strides, strict=True)]
    before = [r - lo for r, lo in zip(reach, frame.before, strict=True)]
    wide = np.zeros((n, *(s + r for s, r in zip(frame.space, reach, strict=True)), out), dy.dtype)
    places, kept = [], []
    for b, s, k, room in zip(before, spread, frame.strides, wide.shape[1:-1], strict=True):
        skipped = max(0, -(b // k)) if b < 0 else 0  # results whose windows lay in the padding alone
        start = b + skipped * k
        count = max(0, min(-(-(b + s - start) // k), -(-(room - start) // k)))
        places.append(slice(start, start + (count - 1) * k + 1 if count else start, k))
        kept.append(slice(skipped, skipped + count))
    wide[(slice(None), *places)] = dy[(slice(None), *kept)]
    turned = np.ascontiguousarray(np.swapaxes(w[(slice(None, None, -1),) * len(reach)], -1, -2))
    ones = (1,) * len(reach)
    none = (0,) * len(reach)
    return convolve(
        np,
        wide,
        turned,
        frame._replace(space=wide.shape[1:-1], strides=ones, out=frame.space, before=none, behind=none),
    )


def unpool(np: Any, x: Any, y: Any, dy: Any, frame: Any, lowest: Any) -> Any:
    """dy, put where each window's (first) largest element y came from."""
    if any(frame.before) or any(frame.behind):
        pairs = ((0, 0), *zip(frame.before, frame.behind, strict=True), (0, 0))
        x = np.pad(x, pairs, constant_values=lowest)
    out = np.zeros(x.shape, dy.dtype)
    cuts = []
    for place in itertools.product(*map(range, frame.kernel)):
        steps = zip(place, frame.dilations, frame.out, frame.strides, strict=True)
        cuts.append((slice(None), *(slice(k * d, k * d + (o - 1) * s + 1, s) for k, d, o, s in steps)))
    apart = all(s >= k for s, k in zip(frame.strides, frame.kernel, strict=True))  # no element lies in two windows

    def work(part: slice) -> None:
        open_ = np.ones(y[part].shape, bool)
        for cut in cuts:
            hit = x[part][cut] == y[part]
            hit &= open_
            open_ ^= hit
            if apart:
                np.multiply(dy[part], hit, out=out[part][cut])
            else:
                out[part][cut] += dy[part] * hit

    _by_parts(np, work, x.shape[0], frame, 16 * x.shape[-1])  # a choice takes as long as 16 products
    return out[(slice(None), *(slice(lo, lo + n) for lo, n in zip(frame.before, frame.space, strict=True)))]
