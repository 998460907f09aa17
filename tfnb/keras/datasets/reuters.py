"""News of 46 topics, each a list of words' numbers, from a file of one's own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfnb.keras.datasets.local import arrays, found

__all__ = ["get_word_index", "load_data"]


def load_data(path: str = "reuters.npz", num_words: int | None = None, skip_top: int = 0, maxlen: int | None = None, test_split: float = 0.2,
              seed: int = 113, start_char: int | None = 1, oov_char: int | None = 2, index_from: int = 3, **_: Any) -> Any:  # fmt: skip
    """((x_train, y_train), (x_test, y_test)): lists of numbers, and the topic.

    >>> news = np.empty(5, object); news[:] = [[1, 2], [3], [4], [5], [6]]
    >>> np.savez("reuters.npz", x=news, y=[0, 1, 2, 3, 4])
    >>> (x, y), (x_test, y_test) = tf.keras.datasets.reuters.load_data("reuters.npz")
    >>> len(x), len(x_test)
    (4, 1)
    """
    x, y = arrays(found(path, "reuters.npz"), "x", "y")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    texts = [([] if start_char is None else [start_char]) + [w + index_from for w in t] for t in x[order]]
    y = y[order]
    if maxlen:
        kept = np.array([len(t) < maxlen for t in texts])
        texts, y = [t for t, k in zip(texts, kept, strict=True) if k], y[kept]
    known = lambda w: w >= skip_top and (num_words is None or w < num_words)  # noqa: E731
    texts = [[w if known(w) else oov_char for w in t] if oov_char is not None else [w for w in t if known(w)] for t in texts]
    n, whole = int(len(texts) * (1 - test_split)), np.array(texts, dtype=object)
    return (whole[:n], y[:n]), (whole[n:], y[n:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """The number of each word.

    >>> with open("words.json", "w") as f: print('{"film": 1}', file=f)
    >>> tf.keras.datasets.reuters.get_word_index("words.json")
    {'film': 1}
    """
    with open(found(path, "reuters_word_index.json"), encoding="utf-8") as f:
        return json.load(f)  # type: ignore[no-any-return]
