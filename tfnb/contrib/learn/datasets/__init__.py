"""tf.contrib.learn.datasets: MNIST and iris, without a network."""

from __future__ import annotations

from typing import Any

from tfnb.contrib.learn.datasets import base, mnist

__all__ = ["base", "load_dataset", "load_iris", "mnist"]


def load_iris(data_path: str | None = None) -> base.Dataset:
    """150 irises (Fisher 1936): four measures of each, and its kind. They come with scikit-learn."""
    from sklearn.datasets import load_iris as load

    found = load()
    return base.Dataset(data=found.data, target=found.target)


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """A data set by its name: iris or mnist. Raises ValueError for others."""
    known = {"iris": load_iris, "mnist": mnist.load_mnist}
    if name not in known:
        raise ValueError(f"Name of dataset is not found: {name}")
    return known[name]()
