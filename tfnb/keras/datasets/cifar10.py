"""Krizhevsky's small photographs of ten kinds of things, from files of one's own."""

from __future__ import annotations

import os
import pickle
from typing import Any

import numpy as np

from tfnb.keras.datasets.local import found

__all__ = ["load_data"]


def batch(path: str, key: str = "labels") -> tuple[np.ndarray, list[int]]:
    """One file: images (n, 3, 32, 32) and labels."""
    with open(path, "rb") as f:
        d = pickle.load(f, encoding="bytes")
    return d[b"data"].reshape(-1, 3, 32, 32), d[key.encode()]


def load_data() -> Any:
    """((x_train, y_train), (x_test, y_test)): images (n, 32, 32, 3) of bytes, labels (n, 1).

    >>> import os, pickle
    >>> os.mkdir("cifar-10-batches-py")
    >>> for part in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
    ...     with open(f"cifar-10-batches-py/{part}", "wb") as f:
    ...         pickle.dump({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 9]}, f)
    >>> (x, y), (x_test, y_test) = tf.keras.datasets.cifar10.load_data()
    >>> x.shape, y.shape
    ((10, 32, 32, 3), (10, 1))
    """
    folder = found("cifar-10-batches-py", "CIFAR-10 (python version)")
    parts = [batch(os.path.join(folder, f"data_batch_{i}")) for i in range(1, 6)]
    test = batch(os.path.join(folder, "test_batch"))
    train = np.concatenate([x for x, _ in parts]), [n for _, y in parts for n in y]
    return tuple((x.transpose(0, 2, 3, 1), np.reshape(np.array(y, np.uint8), (-1, 1))) for x, y in (train, test))
