"""Pairs of words that stand near one another, and windows of a series: what sequences are cut into for training."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tfnb.keras.tables import Sequence

__all__ = ["TimeseriesGenerator", "make_sampling_table", "skipgrams"]


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How likely the word of each rank is kept, so that frequent ones come less often. Mikolov et al. (2013).

    >>> tf.keras.preprocessing.sequence.make_sampling_table(3).shape
    (3,)
    """
    rank = np.arange(size)
    rank[0] = 1
    inverse = sampling_factor * (rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, inverse / np.sqrt(inverse))


def skipgrams(sequence: Any, vocabulary_size: int, window_size: int = 4, negative_samples: float = 1.0, shuffle: bool = True,
              categorical: bool = False, sampling_table: Any = None, seed: int | None = None) -> tuple[list[list[int]], list[Any]]:  # fmt: skip
    """Pairs of words at most `window_size` apart, labelled 1, and pairs with words drawn at random, labelled 0.

    >>> pairs, labels = tf.keras.preprocessing.sequence.skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0.0, shuffle=False)
    >>> pairs, labels
    ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    pairs, labels = [], []
    for i, word in enumerate(sequence):
        if not word or sampling_table is not None and sampling_table[word] < random.random():
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                pairs.append([word, sequence[j]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        words = [p[0] for p in pairs]
        random.shuffle(words)
        wrong = [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(int(len(labels) * negative_samples))]
        labels += [[1, 0] if categorical else 0] * len(wrong)
        pairs += wrong
    if shuffle:
        seed = random.randint(0, 10_000_000) if seed is None else seed
        for values in (pairs, labels):
            random.Random(seed).shuffle(values)
    return pairs, labels


class TimeseriesGenerator(Sequence):
    """Batches of windows of a series, each with the target that follows it.

    >>> data = np.arange(6.0)
    >>> x, y = tf.keras.preprocessing.sequence.TimeseriesGenerator(data, data, length=2, batch_size=2)[0]
    >>> print(x.tolist(), y.tolist())
    [[0.0, 1.0], [1.0, 2.0]] [2.0, 3.0]
    """

    def __init__(self, data: Any, targets: Any, length: int, sampling_rate: int = 1, stride: int = 1, start_index: int = 0, end_index: int | None = None,
                 shuffle: bool = False, reverse: bool = False, batch_size: int = 128) -> None:  # fmt: skip
        if len(data) != len(targets):
            raise ValueError(f"Data and targets have to be of same length. Data length is {len(data)} while target length is {len(targets)}")
        self.data, self.targets, self.length, self.sampling_rate, self.stride = data, targets, length, sampling_rate, stride
        self.first, self.last = start_index + length, len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.first > self.last:
            raise ValueError(f"`start_index+length={self.first} > end_index={self.last}` is disallowed, as no part of the sequence would be left to be used "
                             "as current step.")  # fmt: skip

    def __len__(self) -> int:
        return (self.last - self.first + self.batch_size * self.stride) // (self.batch_size * self.stride)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.first, self.last + 1, size=self.batch_size)
        else:
            begin = self.first + self.batch_size * self.stride * index
            rows = np.arange(begin, min(begin + self.batch_size * self.stride, self.last + 1), self.stride)
        x = np.array([self.data[r - self.length : r : self.sampling_rate] for r in rows])
        y = np.array([self.targets[r] for r in rows])
        return (x[:, ::-1, ...], y) if self.reverse else (x, y)
