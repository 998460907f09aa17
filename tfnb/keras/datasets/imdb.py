"""Reviews of films, each a list of words' numbers, from a file of one's own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfnb.keras.datasets.local import found, sequences

__all__ = ["get_word_index", "load_data"]


def load_data(path: str = "imdb.npz", num_words: int | None = None, skip_top: int = 0, maxlen: int | None = None, seed: int = 113,
              start_char: int | None = 1, oov_char: int | None = 2, index_from: int = 3, **_: Any) -> Any:  # fmt: skip
    """((x_train, y_train), (x_test, y_test)): lists of numbers, and 1 for a good review.

    >>> reviews = np.empty(2, object); reviews[:] = [[1, 2], [3]]
    >>> np.savez("imdb.npz", x_train=reviews, y_train=[0, 1], x_test=reviews, y_test=[0, 1])
    >>> (x, y), (x_test, y_test) = tf.keras.datasets.imdb.load_data("imdb.npz")
    >>> print(sorted(x), sorted(y))
    [[1, 4, 5], [1, 6]] [np.int64(0), np.int64(1)]
    """
    texts, labels, n = sequences(found(path, "imdb.npz"), num_words, skip_top, maxlen, seed, start_char, oov_char, index_from)
    whole = np.array(texts, dtype=object)
    return (whole[:n], labels[:n]), (whole[n:], labels[n:])


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """The number of each word.

    >>> with open("words.json", "w") as f: print('{"film": 1}', file=f)
    >>> tf.keras.datasets.imdb.get_word_index("words.json")
    {'film': 1}
    """
    with open(found(path, "imdb_word_index.json"), encoding="utf-8") as f:
        return json.load(f)  # type: ignore[no-any-return]
