"""Random numbers on NumPy at a generator's pace: the cipher of philox.py in place, in pieces that stay in the cache.

    uniform(block, n, (seed, seed2), np.float32)      the same numbers as philox.py's, some eight times as fast

Where no seed was asked for, no numbers are promised: NumPy's own generator draws them, started from the block, so that
a run that is done again from the same state (the stepper's way back) still draws the same ones.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from tfnb.ops import philox
from tfnb.ops.philox import LOW

__all__ = ["as_elsewhere", "encrypt", "normal", "truncated", "uniform", "words"]

Seeds = tuple[int, int]
PIECE = 1 << 15  # blocks: what a piece needs stays in a core's cache, and the calls cost little beside their work
CORES = 1 if sys.platform == "emscripten" else min(4, os.cpu_count() or 1)
_as_elsewhere: ContextVar[bool] = ContextVar("as_elsewhere", default=False)
_MULTIPLIERS = np.array(philox.MULTIPLIERS, np.uint64)[:, None]


@functools.lru_cache(256)
def _keys(seed: int) -> list[np.ndarray]:
    """The key of each round, for both halves of a block."""
    first = (seed & LOW, seed >> 32 & LOW)
    return [np.array([[k + i * step & LOW] for k, step in zip(first, philox.KEY_STEPS, strict=True)], np.uint64) for i in range(10)]


def encrypt(counter: np.ndarray, seeds: Seeds, room: np.ndarray | None = None, out: np.ndarray | None = None) -> np.ndarray:
    """Ten rounds of Philox 4x32 on each counter (uint64, one axis); shape (n, 4) of uint32, in `out` (n, 2) of uint64.

    Words 0 and 2 of a block, which are multiplied, are kept in 64 bits; words 1 and 3 are the lower halves of the last
    product, and never moved. A round is a multiplication and two exclusive ors, in place: in `room` (3, 2, n or more).
    """
    n = len(counter)
    state, product, last = (np.empty((3, 2, n), np.uint64) if room is None else room)[..., :n]
    np.bitwise_and(counter, np.uint64(LOW), out=state[0])
    np.right_shift(counter, np.uint64(32), out=last[1])
    state[1], last[0] = seeds[1] & LOW, seeds[1] >> 32 & LOW
    narrow = state.view(np.uint32)[:, 0::2]
    low, high = zip(_halves(last), _halves(product), strict=True)
    for i, key in enumerate(_keys(seeds[0])):
        np.multiply(state, _MULTIPLIERS, out=last if i % 2 else product)
        np.bitwise_xor(high[1 - i % 2], low[i % 2], out=narrow)
        np.bitwise_xor(state, key, out=state)
    state.view(np.uint32)[:, 1::2] = low[0]
    out = np.empty((n, 2), np.uint64) if out is None else out
    out[:, 0], out[:, 1] = state
    return out.view(np.uint32)


def _halves(pair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper halves of 64-bit numbers as little-endian machines have them, the second row first."""
    halves = pair.view(np.uint32)
    return halves[::-1, 0::2], halves[::-1, 1::2]


def _pieces(block: Any, first: int, end: int, seeds: Seeds, out: np.ndarray | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """The words of the blocks from `first` to `end`, counted from `block`, piece by piece, and which blocks they are.

    With `out` (two numbers of 64 bits a block) they are written there.
    """
    steps = np.arange(min(end - first, PIECE), dtype=np.uint64)
    room = np.empty((3, 2, len(steps)), np.uint64)
    for start in range(first, end, PIECE):
        m = min(PIECE, end - start)
        place = slice(start, start + m)
        yield place, encrypt(steps[:m] + np.uint64(int(block) + start & 2**64 - 1), seeds, room, None if out is None else out[place])


def _shared(work: Callable[[int, int], None], n: int) -> None:
    """Does the work from 0 to n: where it is much, on several cores, which NumPy's loops leave to each other."""
    workers = min(CORES, n // (2 * PIECE))
    if workers < 2:
        work(0, n)
        return
    cuts = [n * i // workers for i in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))


def _free(block: Any, seeds: Seeds) -> np.random.Generator | None:
    """NumPy's generator where no seed was asked for."""
    return np.random.Generator(np.random.SFC64(int(block))) if seeds == (0, 0) and not _as_elsewhere.get() else None


@contextmanager
def as_elsewhere() -> Iterator[None]:
    """Numbers without a seed inside are those that other devices draw from the same block."""
    token = _as_elsewhere.set(True)
    try:
        yield
    finally:
        _as_elsewhere.reset(token)


def words(block: Any, n: int, seeds: Seeds) -> np.ndarray:
    """The first `n` random words (uint32) from `block` on."""
    generator = _free(block, seeds)
    if generator is not None:
        return generator.integers(0, LOW, n, np.uint32, endpoint=True)
    out = np.empty((-(-n // 4), 4), np.uint32)

    def fill(first: int, end: int) -> None:
        for _ in _pieces(block, first, end, seeds, out.view(np.uint64)):
            pass

    _shared(fill, len(out))
    return out.reshape(-1)[:n]


def uniform(block: Any, n: int, seeds: Seeds, dtype: Any) -> np.ndarray:
    """`n` numbers from [0, 1)."""
    generator = _free(block, seeds)
    if generator is not None and dtype in (np.float32, np.float64):
        return generator.random(n, dtype)  # type: ignore[no-any-return]
    if dtype == np.float32:
        return _uniform32(block, n, seeds)
    return _converted(philox.uniform, block, n, seeds, dtype)


def _uniform32(block: Any, n: int, seeds: Seeds) -> np.ndarray:
    """As philox.uniform has it, in place."""
    out = np.empty((-(-n // 4), 4), np.float32)

    def fill(first: int, end: int) -> None:
        for _, w in _pieces(block, first, end, seeds, out.view(np.uint64)):
            np.bitwise_and(w, np.uint32(0x7FFFFF), out=w)
            np.bitwise_or(w, np.uint32(0x3F800000), out=w)
            numbers = w.view(np.float32)
            np.subtract(numbers, np.float32(1), out=numbers)

    _shared(fill, len(out))
    return out.reshape(-1)[:n]


def _converted(draw: Any, block: Any, n: int, seeds: Seeds, dtype: Any) -> np.ndarray:
    per_block = 2 if dtype == np.float64 else 4
    out = np.empty((-(-n // per_block), per_block), dtype)

    def fill(first: int, end: int) -> None:
        for place, w in _pieces(block, first, end, seeds):
            out[place] = draw(np, w, dtype)

    _shared(fill, len(out))
    return out.reshape(-1)[:n]


def normal(block: Any, n: int, seeds: Seeds, dtype: Any) -> np.ndarray:
    """`n` draws of the standard normal distribution."""
    generator = _free(block, seeds)
    if generator is not None:
        return generator.standard_normal(n, np.float64 if dtype == np.float64 else np.float32).astype(dtype, copy=False)
    return _converted(philox.normal, block, n, seeds, dtype)


def truncated(block: Any, n: int, seeds: Seeds, dtype: Any) -> np.ndarray:
    """`n` draws of the standard normal distribution, those 2 or more away from 0 drawn again."""
    generator = _free(block, seeds)
    if generator is not None:
        return _redrawn(generator, n, dtype)
    group = 2 if dtype == np.float64 else 4  # so many share a stream
    stride = np.uint64(philox.BLOCKS_PER_VALUE * group // 4)
    starts = np.arange(-(-n // group), dtype=np.uint64) * stride + np.uint64(int(block) & 2**64 - 1)
    out = np.empty((len(starts), group), dtype)

    def fill(first: int, end: int) -> None:
        room = np.empty((3, 2, min(end - first, PIECE)), np.uint64)
        for i in range(first, end, PIECE):
            place = slice(i, min(i + PIECE, end))
            out[place] = philox.normal(np, encrypt(starts[place], seeds, room), dtype)

    _shared(fill, len(out))
    far = np.flatnonzero(np.abs(out.reshape(-1)) >= 2) // group
    rows = far[np.diff(far, prepend=-1) > 0]
    z, depth = out[rows], 1
    while len(rows):  # one group in six needs a second block, one in 100,000 a third
        z = np.concatenate([z, philox.normal(np, encrypt(starts[rows] + np.uint64(depth), seeds), dtype)], axis=1)
        good = np.abs(z.T) < 2
        count = np.cumsum(good, axis=0, dtype=np.int16)
        done = count[-1] >= group
        out[rows[done]] = z[done][(good & (count <= group)).T[done]].reshape(-1, group)
        z, rows, depth = z[~done], rows[~done], depth + 1
    return out.reshape(-1)[:n]


def _redrawn(generator: np.random.Generator, n: int, dtype: Any) -> np.ndarray:
    z = generator.standard_normal(n, np.float64 if dtype == np.float64 else np.float32)
    far = np.nonzero(np.abs(z) >= 2)[0]
    while len(far):
        z[far] = generator.standard_normal(len(far), z.dtype)
        far = far[np.abs(z[far]) >= 2]
    return z.astype(dtype, copy=False)
