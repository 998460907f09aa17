"""TensorFlow's random numbers: Philox, a block cipher that turns a counter into noise.

    words(xp, block, n, seed, seed2)     n x 4 random 32-bit words, the blocks `block`, `block` + 1, ...

The key is the op's seed, the counter says how many blocks were used before: no hidden state, so a session
can go back in time and every backend draws the same numbers (Salmon et al., Parallel Random Numbers: As Easy
as 1, 2, 3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["BLOCKS_PER_VALUE", "blocks", "first_words", "normal", "truncated", "uniform", "words"]

BLOCKS_PER_VALUE = 256  # what TensorFlow sets aside for each number drawn, needed or not
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
KEY_STEPS = 0x9E3779B9, 0xBB67AE85
LOW = 0xFFFFFFFF
TWO_PI = 2 * np.pi


def words(xp: Any, block: Any, n: int, seed: int, seed2: int) -> Any:
    """`n` blocks of four random words (uint32) from block number `block` on; shape (n, 4)."""
    return cipher(xp, xp.asarray(block).astype(np.uint64) + xp.arange(n, dtype=np.uint64), seed, seed2)


def cipher(xp: Any, counter: Any, seed: int, seed2: int) -> Any:
    """Ten rounds of Philox 4x32 on each counter (uint64); shape (..., 4) of uint32."""
    low, shift = np.uint64(LOW), np.uint64(32)
    a, b = counter & low, counter >> shift
    c, d = (xp.full_like(a, np.uint64(half)) for half in (seed2 & LOW, seed2 >> 32 & LOW))
    k0, k1 = seed & LOW, seed >> 32 & LOW
    for _ in range(10):
        x, y = a * np.uint64(MULTIPLIERS[0]), c * np.uint64(MULTIPLIERS[1])
        a, b, c, d = y >> shift ^ b ^ np.uint64(k0), y & low, x >> shift ^ d ^ np.uint64(k1), x & low
        k0, k1 = k0 + KEY_STEPS[0] & LOW, k1 + KEY_STEPS[1] & LOW
    return xp.stack([a, b, c, d], axis=-1).astype(np.uint32)


def first_words(xp: Any, block: Any, n: int, seed: int, seed2: int) -> Any:
    """The first `n` random words (uint32) from `block` on."""
    return words(xp, block, -(-n // 4), seed, seed2).reshape(-1)[:n]


def blocks(xp: Any, block: Any, n: int, seeds: tuple[int, int], dtype: Any) -> Any:
    """The blocks that `n` numbers are made of: two or four a block."""
    return words(xp, block, -(-n // (2 if dtype == np.float64 else 4)), *seeds)


def uniform(xp: Any, w: Any, dtype: Any) -> Any:
    """Random words, four a row, as numbers in [0, 1): bits become the fraction of a float in [1, 2)."""
    if dtype == np.float64:
        high, low = (w[..., i::2].astype(np.uint64) for i in (0, 1))
        bits = (high & np.uint64(0xFFFFF)) << np.uint64(32) | low | np.uint64(0x3FF << 52)
        return bits.view(np.float64) - 1.0
    if dtype == np.float32:
        return (w & np.uint32(0x7FFFFF) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)
    if dtype == np.float16:
        return (w.astype(np.uint16) & np.uint16(0x3FF) | np.uint16(15 << 10)).view(np.float16) - np.float16(1)
    return ((w & np.uint32(0x7F)).astype(np.float32) / np.float32(128)).astype(
        dtype
    )  # bfloat16 has seven bits


def normal(xp: Any, w: Any, dtype: Any) -> Any:
    """Random words as draws of the standard normal distribution, two by two (Box and Muller, 1958)."""
    exact = np.float64 if dtype == np.float64 else np.float32
    u = uniform(xp, w, exact)
    radius = xp.sqrt(exact(-2) * xp.log(xp.maximum(u[..., 0::2], exact(1e-7))))
    angle = exact(TWO_PI) * u[..., 1::2]
    pairs = xp.stack([radius * xp.sin(angle), radius * xp.cos(angle)], axis=-1)
    return pairs.reshape(u.shape).astype(dtype)


def truncated(xp: Any, block: Any, n: int, seeds: tuple[int, int], dtype: Any) -> Any:
    """`n` draws of the standard normal distribution within two standard deviations.

    Each group of 4 has a stream of its own and takes the first 4 of it that lie within the bounds. Of the 24 drawn here
    fewer than 4 do so once in 10^25 groups.
    """
    group, depth = 2 if dtype == np.float64 else 4, 6
    starts = xp.arange(-(-n // group), dtype=np.uint64) * np.uint64(BLOCKS_PER_VALUE * group // 4)
    counters = xp.asarray(block).astype(np.uint64) + starts[:, None] + xp.arange(depth, dtype=np.uint64)
    z = normal(xp, cipher(xp, counters, *seeds), dtype).reshape(len(starts), depth * group)
    order = xp.argsort(xp.abs(z) >= 2, axis=1, stable=True)
    return xp.take_along_axis(z, order[:, :group], axis=1).reshape(-1)[:n]
