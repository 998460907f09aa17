"""Texts as lists of numbers, one for each word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence"]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text; characters of `filters` stand for spaces.

    >>> text_to_word_sequence("Hello, world!")
    ['hello', 'world']
    """
    text = text.lower() if lower else text
    return [word for word in text.translate(str.maketrans({c: split for c in filters})).split(split) if word]


class Tokenizer:
    """Numbers words by how often they occur, the most frequent being 1; 0 stands for no word.

    >>> tokenizer = tf.keras.preprocessing.text.Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat", "the dog"])
    >>> print(tokenizer.texts_to_sequences(["the dog"]))
    [[1, 3]]
    """

    def __init__(self, num_words: int | None = None, filters: str = FILTERS, lower: bool = True, split: str = " ", char_level: bool = False,
                 oov_token: str | None = None, document_count: int = 0, **_: Any) -> None:  # fmt: skip
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.document_count = char_level, oov_token, document_count
        self.word_counts: Counter[str] = Counter()
        self.word_docs: Counter[str] = Counter()
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> list[str]:
        if isinstance(text, (list, tuple)):
            return [str(w).lower() if self.lower else str(w) for w in text]
        if self.char_level:
            return list(text.lower() if self.lower else text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Counts the words and numbers them."""
        for text in texts:
            words = self._words(text)
            self.document_count += 1
            self.word_counts.update(words)
            self.word_docs.update(set(words))
        first = [] if self.oov_token is None else [self.oov_token]
        ordered = first + [w for w, _ in self.word_counts.most_common() if w != self.oov_token]
        self.word_index = {w: i for i, w in enumerate(ordered, 1)}
        self.index_word = {i: w for w, i in self.word_index.items()}

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """A list of numbers for each text; words that are unknown or not among the first `num_words` are left out."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        out = []
        for text in texts:
            found = [self.word_index.get(w) for w in self._words(text)]
            kept = [i if i is not None and not (self.num_words and i >= self.num_words) else unknown for i in found]
            out.append([i for i in kept if i is not None])
        return out

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """The words that the numbers stand for."""
        return [" ".join(self.index_word[i] for i in s if i in self.index_word) for s in sequences]

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """One row a text and one column a word: whether it occurs ('binary'), how often ('count') or in what share ('freq')."""
        if mode not in ("binary", "count", "freq"):
            raise ValueError(f"Unknown vectorization mode: {mode}")
        sequences = self.texts_to_sequences(texts)
        out = np.zeros((len(sequences), self.num_words or len(self.word_index) + 1))
        for row, s in zip(out, sequences, strict=True):
            for i, n in Counter(s).items():
                row[i] = 1 if mode == "binary" else n if mode == "count" else n / len(s)
        return out


def hashing_trick(text: str, n: int, hash_function: Any = None, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[int]:
    """Each word as a number from 1 to n - 1, by a hash of it: Python's, or 'md5', which is the same in every run.

    >>> len(tf.keras.preprocessing.text.hashing_trick("a word and a word", 50, "md5"))
    5
    """
    import hashlib

    number = (lambda w: int(hashlib.md5(w.encode()).hexdigest(), 16)) if hash_function == "md5" else hash_function or hash
    return [number(w) % (n - 1) + 1 for w in text_to_word_sequence(text, filters, lower, split)]


def one_hot(text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[int]:
    """Each word as a number from 1 to n - 1, by Python's hash of it.

    >>> len(tf.keras.preprocessing.text.one_hot("a word and a word", 50))
    5
    """
    return hashing_trick(text, n, None, filters, lower, split)
