"""What a device can do at best, measured: floating-point operations and bytes a second.

    peaks("cpu:numpy")            Peaks(flops=9.1e10, bandwidth=1.2e10), after about a fifth of a second, once
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfnb.engine.backends import backend

__all__ = ["Peaks", "peaks"]

SIDE, WORDS, BUDGET = 512, 1 << 22, 0.1  # of the matrices and the array that are timed; seconds for each


class Peaks(NamedTuple):
    """FLOP/s of a float32 matrix product, B/s of a sum of two arrays."""

    flops: float
    bandwidth: float


@functools.cache
def peaks(device: str) -> Peaks:
    """The peaks of a device. Raises ValueError where it is not there."""
    target = backend(device)
    if target.name != device:
        return peaks(target.name)
    a, x = (target.put(np.ones(shape, np.float32)) for shape in ((SIDE, SIDE), WORDS))
    return Peaks(2.0 * SIDE**3 / _best(lambda: a @ a), 12.0 * WORDS / _best(lambda: x + x))


def _best(work: Callable[[], Any]) -> float:
    """The shortest time of one call, of as many as the budget allows, the first not counted."""
    from tfnb.engine.trace import wait

    wait(work())
    best, until = float("inf"), time.perf_counter() + BUDGET
    while True:
        begun = time.perf_counter()
        wait(work())
        now = time.perf_counter()
        best = min(best, now - begun)
        if now >= until:
            return max(best, 1e-9)
