"""tf.contrib.learn.datasets: MNIST, iris and the Boston house prices, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tfnb.contrib.learn.datasets import base, mnist

__all__ = ["base", "load_boston", "load_dataset", "load_iris", "mnist"]


def load_iris(data_path: str | None = None) -> base.Dataset:
    """150 irises (Fisher 1936): four measures of each, and its kind. They come with scikit-learn."""
    from sklearn.datasets import load_iris as load

    found = load()
    return base.Dataset(data=found.data, target=found.target)


def load_boston(data_path: str | None = None) -> base.Dataset:
    """506 towns near Boston (Harrison and Rubinfeld 1978): thirteen measures of each, and the median price of a house.

    One measure, "B", comes from the share of black residents, on an assumption about prices that does not stand up: do not
    model people by it. The data set is here because old lessons use it.
    """
    path = data_path or str(Path(__file__).with_name("boston_house_prices.csv"))
    return base.load_csv_with_header(path, target_dtype=np.float64, features_dtype=np.float64)


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """A data set by its name: boston, iris or mnist. Raises ValueError for others."""
    known = {"boston": load_boston, "iris": load_iris, "mnist": mnist.load_mnist}
    if name not in known:
        raise ValueError(f"Name of dataset is not found: {name}")
    return known[name]()
