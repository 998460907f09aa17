"""What a million random numbers cost beside NumPy's own generator: `python -m tests.benchmarks.draws`.

Each row runs a graph and the generator alternately; a time is a median, a ratio the median of the rounds' ratios. A seeded
op draws TensorFlow's numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import tfnb as tf

N = 1_000_000
SHAPE = [1000, 1000]
_generator = np.random.default_rng(0)
PEERS: dict[str, Callable[[], Any]] = {
    "uniform": lambda: _generator.random(N, np.float32),
    "normal": lambda: _generator.standard_normal(N, np.float32),
    "interval": lambda: _generator.random(N, np.float32) * np.float32(0.1) - np.float32(0.05),  # what an initializer needs
    "mask": lambda: np.floor(_generator.random(N, np.float32) + np.float32(0.5)),
}
ROWS: dict[str, tuple[str, Callable[[int | None], Any]]] = {
    "random_uniform": ("uniform", lambda seed: tf.random_uniform(SHAPE, seed=seed)),
    "random_normal": ("normal", lambda seed: tf.random_normal(SHAPE, seed=seed)),
    "truncated_normal": ("normal", lambda seed: tf.truncated_normal(SHAPE, seed=seed)),
    "glorot_uniform": ("interval", lambda seed: tf.glorot_uniform_initializer(seed=seed)(SHAPE)),
    "dropout mask": ("mask", lambda seed: tf.floor(tf.random_uniform(SHAPE, seed=seed) + 0.5)),
}


def ratio(make: Callable[[], Any], peer: Callable[[], Any], rounds: int = 61) -> tuple[float, float, float]:
    """The median times of a graph's run and of the generator, in seconds, and the median of their ratios."""
    with tf.Graph().as_default(), tf.Session() as sess:
        value = make()
        run = lambda: sess.run(value.op)  # the numbers, not the copy that a fetch would make
        run()
        mine, theirs = _timed(run, peer, rounds)
        return median(mine), median(theirs), median(a / b for a, b in zip(mine, theirs, strict=True))


def _timed(a: Callable[[], Any], b: Callable[[], Any], rounds: int) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for f, out in zip((a, b), times, strict=True):
            start = time.perf_counter()
            f()
            out.append(time.perf_counter() - start)
    return times


def main() -> None:
    print(f"{N:,} numbers    seeded              no seed             NumPy")
    for name, (peer, make) in ROWS.items():
        cells = []
        for seed in (1, None):
            mine, theirs, times = ratio(lambda make=make, seed=seed: make(seed), PEERS[peer])
            cells.append(f"{mine * 1e3:6.1f} ms {times:4.1f}x")
        print(f"{name:18} {'     '.join(cells)}     {theirs * 1e3:5.1f} ms")


if __name__ == "__main__":
    main()
