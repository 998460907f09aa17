"""Prices of houses in Boston, from a file of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.keras.datasets.local import arrays, found

__all__ = ["load_data"]


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Any:
    """((x_train, y_train), (x_test, y_test)): 13 numbers a house, and its price.

    >>> print(tf.keras.datasets.boston_housing.load_data.__name__)
    load_data
    """
    x, y = arrays(found(path, "boston_housing.npz"), "x", "y")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    n = int(len(x) * (1 - test_split))
    return (x[order][:n], y[order][:n]), (x[order][n:], y[order][n:])
