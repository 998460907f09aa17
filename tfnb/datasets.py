"""Real data that ships inside a package, so that lessons need no network.

    x, y = digits()                     1797 handwritten digits, 8x8, and what they are
    train, test = split(x, y, 0.2)
"""

from __future__ import annotations

import gzip
from importlib import util
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Batch", "batches", "digits", "split"]


class Batch(NamedTuple):
    """Images as rows of numbers between 0 and 1, and their digits."""

    images: np.ndarray
    labels: np.ndarray


def digits() -> Batch:
    """The test part of Alpaydin and Kaynak's handwritten digits (UCI, 1998): images (1797, 64), labels (1797,).

    They come with scikit-learn; its data file is read without importing it. Raises ImportError where it is missing.
    """
    found = util.find_spec("sklearn")
    if found is None or found.origin is None:
        raise ImportError("The digits come with scikit-learn: pip install scikit-learn")
    with gzip.open(Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz", "rt") as f:
        table = np.loadtxt(f, delimiter=",", dtype=np.float32)
    return Batch(table[:, :-1] / 16, table[:, -1].astype(np.int64))


def split(data: Batch, part: float = 0.2, seed: int = 0) -> tuple[Batch, Batch]:
    """Shuffled and cut in two: for training, and `part` of it for the test."""
    order = np.random.default_rng(seed).permutation(len(data.labels))
    n = int(len(order) * part)
    return Batch(data.images[order[n:]], data.labels[order[n:]]), Batch(data.images[order[:n]], data.labels[order[:n]])


def batches(data: Batch, size: int, epochs: int = 1, seed: int = 0) -> Any:
    """Batches of `size` rows, in a new order each epoch."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(data.labels))
        for i in range(0, len(order) - size + 1, size):
            rows = order[i : i + size]
            yield Batch(data.images[rows], data.labels[rows])
