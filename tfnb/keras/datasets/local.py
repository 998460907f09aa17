"""Where Keras keeps data sets on a machine (~/.keras/datasets), and what is said where one is not there."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfnb.core.errors import teach

__all__ = ["arrays", "found", "sequences"]


def found(name: str, source: str) -> str:
    """The path of a file or folder of a data set. Raises FileNotFoundError where it is not there."""
    for path in (name, os.path.join(os.path.expanduser("~"), ".keras", "datasets", name)):
        if os.path.exists(path):
            return path
    raise teach(FileNotFoundError(f"{name} is not in ~/.keras/datasets, and tfnb downloads nothing."), f"Get {source} and put {name} there.")


def arrays(path: str, *names: str) -> list[Any]:
    """Arrays of a .npz file by name."""
    with np.load(path, allow_pickle=True) as f:
        return [f[n] for n in names]


def sequences(path: str, num_words: int | None, skip_top: int, maxlen: int | None, seed: int, start_char: int | None, oov_char: int | None,
              index_from: int) -> tuple[list[Any], Any, int]:  # fmt: skip
    """Texts as numbers of words, by how frequent they are, and labels, shuffled; the third is how many are for training."""
    parts = arrays(path, "x_train", "y_train", "x_test", "y_test")
    rng, shuffled = np.random.RandomState(seed), []
    for x, y in (parts[:2], parts[2:]):
        order = np.arange(len(x))
        rng.shuffle(order)
        shuffled.append((x[order], y[order]))
    (x, y), (x_test, y_test) = shuffled
    texts = [[start_char, *(w + index_from for w in t)] if start_char is not None else [w + index_from for w in t] for t in [*x, *x_test]]
    labels, cut = np.concatenate([y, y_test]), len(x)
    if maxlen:
        kept = [len(t) < maxlen for t in texts]
        cut, texts, labels = sum(kept[:cut]), [t for t, k in zip(texts, kept, strict=True) if k], labels[np.array(kept)]
    top = num_words or max(max(t) for t in texts)
    known = lambda w: skip_top <= w < top if num_words else skip_top <= w  # noqa: E731
    if oov_char is not None:
        texts = [[w if known(w) else oov_char for w in t] for t in texts]
    else:
        texts = [[w for w in t if known(w)] for t in texts]
    return texts, labels, cut
