"""A few classes by chance out of very many, and how often each is to be expected: for losses over vocabularies.

    classes, true_count, sampled_count = log_uniform_candidate_sampler(labels, 1, 64, True, 50000)

The numbers are those of TensorFlow for the same seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, float32, int64
from tfnb.core.shapes import TensorShape
from tfnb.ops.philox import first_words
from tfnb.ops.random import seeds

__all__ = ["log_uniform_candidate_sampler", "uniform_candidate_sampler"]


def _words(block: int, seed: int, seed2: int) -> Iterator[int]:
    """The stream's words, one after the other."""
    at = block
    while True:
        yield from first_words(np, np.uint64(at), 1024, seed, seed2).tolist()
        at += 256


def _log_uniform(words: Iterator[int], range_max: int) -> int:
    """Class k with probability log((k + 2) / (k + 1)) / log(range_max + 1): low, common classes more often."""
    bits = (next(words) & 0xFFFFF) << 32 | next(words)
    return int(math.exp(bits / 2**52 * math.log1p(range_max))) - 1


def _uniform(words: Iterator[int], range_max: int) -> int:
    """All classes equally often."""
    while True:
        drawn = next(words) | next(words) << 32
        if range_max & (range_max - 1) == 0:
            return drawn & (range_max - 1)
        if drawn >= 2**64 % range_max:
            return drawn % range_max


def _drawn(
    draw: Callable[[Iterator[int], int], int], words: Iterator[int], n: int, unique: bool, range_max: int
) -> tuple[list[int], int]:
    """n classes, all different where `unique`, and how many draws that took."""
    if not unique:
        return [draw(words, range_max) % range_max for _ in range(n)], n
    found: dict[int, None] = {}
    tries = 0
    while len(found) < n:
        tries += 1
        found[draw(words, range_max) % range_max] = None
    return list(found), tries


def _expected(p: Any, n: int, tries: int) -> Any:
    """How often a class of probability p is expected among the n drawn."""
    return (p * n if tries == n else -np.expm1(tries * np.log1p(-p))).astype(np.float32)


def _candidates(call: Call) -> list[TensorShape]:
    a = call.attrs
    return [TensorShape.of((a["num_sampled"],)), call.shapes[0], TensorShape.of((a["num_sampled"],))]


def _sampler(type_: str, draw: Any, probability: Any) -> Any:
    @op(type_, shape=_candidates, state="block", host=True, differentiable=False)
    def kernel(
        xp: Any,
        true_classes: int64,
        block: Any,
        *,
        num_true: int,
        num_sampled: int,
        unique: bool,
        range_max: int,
        seed: int = 0,
        seed2: int = 0,
    ) -> tuple[int64, float32, float32]:
        """Classes by chance, and how often the true ones and the drawn ones are expected."""
        if unique and num_sampled > range_max:
            raise ValueError(
                f"Sampler's range is too small. Cannot draw {num_sampled} different classes of {range_max}."
            )
        classes, tries = _drawn(draw, _words(int(block), seed, seed2), num_sampled, unique, range_max)
        counts = (
            _expected(probability(np.asarray(c, np.float64), range_max), num_sampled, tries)
            for c in (true_classes, classes)
        )
        return np.array(classes, np.int64), *counts, block + 512 * num_sampled

    def public(
        true_classes: Any,
        num_true: int,
        num_sampled: int,
        unique: bool,
        range_max: int,
        seed: int | None = None,
        name: str | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        found = kernel(
            true_classes,
            num_true=num_true,
            num_sampled=num_sampled,
            unique=bool(unique),
            range_max=range_max,
            name=name,
            **seeds(seed),
        )
        return tuple(found)

    public.__name__ = "log_uniform_candidate_sampler" if "Log" in type_ else "uniform_candidate_sampler"
    example = f">>> samples, _, _ = tf.nn.{public.__name__}([[1]], 1, 3, unique=True, range_max=9)\n>>> print(samples.shape)\n(3,)\n"
    public.__doc__ = f"Classes drawn by chance: {draw.__doc__}\n\n{example}"
    return public


log_uniform_candidate_sampler = _sampler(
    "LogUniformCandidateSampler", _log_uniform, lambda k, n: np.log((k + 2) / (k + 1)) / math.log1p(n)
)
uniform_candidate_sampler = _sampler(
    "UniformCandidateSampler", _uniform, lambda k, n: np.full(k.shape, 1 / n)
)
