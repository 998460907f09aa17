"""Krizhevsky's small photographs of a hundred kinds of things, from files of one's own."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfnb.keras.datasets.cifar10 import batch
from tfnb.keras.datasets.local import found

__all__ = ["load_data"]


def load_data(label_mode: str = "fine") -> Any:
    """((x_train, y_train), (x_test, y_test)): images (n, 32, 32, 3) of bytes, labels (n, 1), 'fine' or 'coarse'.

    >>> import os, pickle
    >>> os.mkdir("cifar-100-python")
    >>> for part in ("train", "test"):
    ...     with open(f"cifar-100-python/{part}", "wb") as f:
    ...         pickle.dump({b"data": np.zeros((2, 3072), np.uint8), b"fine_labels": [0, 99]}, f)
    >>> (x, y), (x_test, y_test) = tf.keras.datasets.cifar100.load_data()
    >>> x.shape, y.shape
    ((2, 32, 32, 3), (2, 1))
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError('`label_mode` must be one of `"fine"`, `"coarse"`.')
    folder = found("cifar-100-python", "CIFAR-100 (python version)")
    parts = [batch(os.path.join(folder, n), label_mode + "_labels") for n in ("train", "test")]
    return tuple((x.transpose(0, 2, 3, 1), np.reshape(y, (-1, 1))) for x, y in parts)
