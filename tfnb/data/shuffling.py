"""Shuffling through a buffer, in the order that TensorFlow gives for the same seeds.

    shuffled(source, 1000, seed, seed2, reshuffle=True)

The buffer is filled; each pull takes a random one of it and fills its place with the next element.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.data.streams import Element, Pull, Stream
from tfnb.ops import philox

__all__ = ["Shuffled", "Words", "numbers_at_random"]


class Words:
    """The random 32-bit words of two seeds, one after the other; other ones each time where both are 0."""

    def __init__(self, seed: int, seed2: int) -> None:
        if seed == 0 == seed2:
            seed, seed2 = (int.from_bytes(os.urandom(8), "little") for _ in range(2))
        self._seeds, self._block, self._left = (seed, seed2), 0, list[int]()

    def __call__(self) -> int:
        if not self._left:
            self._left = philox.words(np, self._block, 64, *self._seeds).ravel()[::-1].tolist()
            self._block += 64
        return self._left.pop()


class Shuffled:
    """A stream in random order. With `reshuffle`, each start draws seeds of its own from those given."""

    def __init__(self, source: Stream, size: int, seed: int, seed2: int, reshuffle: bool) -> None:
        if size <= 0:
            raise InvalidArgumentError(None, None, "buffer_size must be greater than zero.")
        if seed == 0 == seed2:
            seed, seed2 = (int.from_bytes(os.urandom(8), "little") >> 1 for _ in range(2))
        self.source, self.size, self.seeds, self.reshuffle = source, size, (seed, seed2), reshuffle
        self._next_seeds = Words(seed, seed2)

    def __call__(self) -> Pull:
        seeds = (self._next_seeds(), self._next_seeds()) if self.reshuffle else self.seeds
        return _through_buffer(self.source, self.size, Words(*seeds), 1)

    def repeated(self, count: int) -> Stream:
        """The same, again and again; the next round may fill the buffer while the last one empties it."""
        return lambda: _through_buffer(self.source, self.size, Words(*self.seeds), count)


def _through_buffer(source: Stream, size: int, random: Words, count: int) -> Pull:
    pull: Pull | None = source() if count else None
    buffer: dict[int, Element] = {}
    rounds = [[0, 0]]  # of each round in the buffer, where it begins and ends in the order of arrival
    epoch = 0

    def fill() -> None:
        nonlocal pull, epoch
        while pull is not None and len(buffer) < size:
            element = pull()
            if element is not None:
                buffer[rounds[-1][1]] = element
                rounds[-1][1] += 1
                continue
            epoch += 1
            if epoch == count or rounds[-1][0] == rounds[-1][1] == 0:  # the last round, or a source without elements
                pull = None
            else:
                rounds.append([rounds[-1][1]] * 2)
                pull = source()

    def step() -> Any:
        fill()
        if not buffer:
            return None
        while rounds[0][0] == rounds[0][1]:
            rounds.pop(0)
        first, end = rounds[0]
        chosen = first + random() % (end - first)
        element = buffer[chosen]
        buffer[chosen] = buffer[first]
        del buffer[first]
        rounds[0][0] += 1
        return element

    return step


def numbers_at_random(seed: int, seed2: int) -> Stream:
    """Random 64-bit numbers without end."""

    def start() -> Pull:
        words = Words(seed, seed2)
        return lambda: (np.int64(words() & 0x7FFFFFFF),)

    return start
