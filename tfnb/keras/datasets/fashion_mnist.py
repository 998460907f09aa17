"""Zalando's pictures of clothes, 28 by 28, from files of one's own."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np

from tfnb.keras.datasets.local import found

__all__ = ["load_data"]


def load_data() -> Any:
    """((x_train, y_train), (x_test, y_test)): images (n, 28, 28) of bytes, labels (n,). Raises FileNotFoundError where the files are not there.

    >>> import gzip, os
    >>> os.mkdir("fashion-mnist")
    >>> for kind in ("train", "t10k"):
    ...     with gzip.open(f"fashion-mnist/{kind}-images-idx3-ubyte.gz", "wb") as f: n = f.write(bytes(16 + 2 * 784))
    ...     with gzip.open(f"fashion-mnist/{kind}-labels-idx1-ubyte.gz", "wb") as f: n = f.write(bytes(8 + 2))
    >>> (x, y), (x_test, y_test) = tf.keras.datasets.fashion_mnist.load_data()
    >>> x.shape, y.shape
    ((2, 28, 28), (2,))
    """
    out = []
    for kind in ("train", "t10k"):
        files = [found(f"fashion-mnist/{kind}-{what}-idx{rank}-ubyte.gz", "the Fashion-MNIST files") for what, rank in (("images", 3), ("labels", 1))]
        with gzip.open(files[1], "rb") as f:
            labels = np.frombuffer(f.read(), np.uint8, offset=8)
        with gzip.open(files[0], "rb") as f:
            out.append((np.frombuffer(f.read(), np.uint8, offset=16).reshape(len(labels), 28, 28), labels))
    return tuple(out)
