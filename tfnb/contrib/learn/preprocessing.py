"""tf.contrib.learn.preprocessing: texts as rows of words' numbers.

    vocab = VocabularyProcessor(max_document_length=10);  x = np.array(list(vocab.fit_transform(texts)))
"""

from __future__ import annotations

import pickle
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

__all__ = ["CategoricalVocabulary", "VocabularyProcessor", "tokenizer"]

_TOKENS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+", re.UNICODE)


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text."""
    return (_TOKENS.findall(text) for text in iterator)


class CategoricalVocabulary:
    """The number of each word; 0 is for those that are not known."""

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        self._mapping: dict[str, int] = {unknown_token: 0}
        self._freq: Counter[str] = Counter()
        self._reverse, self._unknown, self._frozen = [unknown_token], unknown_token, False

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """From now on no word is added."""
        self._frozen = freeze

    def get(self, category: str) -> int:
        """A word's number, added unless frozen."""
        if category not in self._mapping:
            if self._frozen:
                return 0
            self._mapping[category] = len(self._mapping)
            self._reverse.append(category)
        return self._mapping[category]

    def add(self, category: str, count: int = 1) -> None:
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Keeps words that occur more than `min_frequency` times, the most frequent first."""
        kept = [(c, n) for c, n in sorted(sorted(self._freq.items()), key=lambda p: p[1], reverse=True)
                if n > min_frequency and (max_frequency < 0 or n < max_frequency)]  # fmt: skip
        self._mapping, self._reverse = {self._unknown: 0}, [self._unknown]
        for c, _ in kept:
            self._mapping[c] = len(self._mapping)
            self._reverse.append(c)
        self._freq = Counter(dict(kept))

    def reverse(self, class_id: int) -> str:
        """The word of a number."""
        return self._reverse[class_id]


class VocabularyProcessor:
    """Texts as rows of `max_document_length` numbers, 0 at the end of short ones.

    >>> vocab = tf.contrib.learn.preprocessing.VocabularyProcessor(4)
    >>> print(np.array(list(vocab.fit_transform(["a good film", "a bad film"]))))
    [[1 2 3 0]
     [1 4 3 0]]
    """

    def __init__(self, max_document_length: int, min_frequency: int = 0, vocabulary: Any = None, tokenizer_fn: Any = None) -> None:
        self.max_document_length, self.min_frequency = max_document_length, min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> VocabularyProcessor:
        """Learns the words."""
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents: Iterable[str], unused_y: Any = None) -> Iterator[np.ndarray]:
        """Learns the words, and gives the rows."""
        listed = list(raw_documents)
        self.fit(listed)
        return self.transform(listed)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[np.ndarray]:
        """The row of each text."""
        for tokens in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            for i, token in enumerate(tokens[: self.max_document_length]):
                row[i] = self.vocabulary_.get(token)
            yield row

    def reverse(self, documents: Iterable[Any]) -> Iterator[str]:
        """The words of each row."""
        return (" ".join(self.vocabulary_.reverse(int(i)) for i in d) for d in documents)

    def save(self, filename: str) -> None:
        """Writes the processor to a file."""
        with open(filename, "wb") as f:
            pickle.dump(self, f)

    @classmethod
    def restore(cls, filename: str) -> Any:
        """The processor of a file that `save` wrote; open no file of strangers."""
        with open(filename, "rb") as f:
            return pickle.load(f)
