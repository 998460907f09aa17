"""What the data sets have in common."""

from __future__ import annotations

import collections
import csv
import os
from typing import Any

import numpy as np

from tfnb.gfile import GFile

__all__ = ["Dataset", "Datasets", "load_csv_with_header", "load_csv_without_header", "maybe_download"]

Dataset = collections.namedtuple("Dataset", ["data", "target"])
Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """The path of a file that lies in a folder. Nothing is downloaded: raises FileNotFoundError where it is missing."""
    path = os.path.join(work_directory, filename)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is not there, and tfnb downloads nothing: put the file of {source_url} there yourself.")
    return path


def load_csv_with_header(filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1) -> Dataset:
    """A CSV file whose first line begins with the numbers of rows and of features, as `data` (rows, features) and `target` (rows)."""
    with GFile(filename) as f:
        rows = csv.reader(f)
        header = next(rows)
        found = _split(rows, target_dtype, features_dtype, target_column)
    return Dataset(found.data.reshape(int(header[0]), int(header[1])), found.target)


def load_csv_without_header(filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1) -> Dataset:
    """A CSV file of numbers alone, as `data` (rows, features) and `target` (rows)."""
    with GFile(filename) as f:
        return _split(csv.reader(f), target_dtype, features_dtype, target_column)


def _split(rows: Any, target_dtype: Any, features_dtype: Any, target_column: int) -> Dataset:
    """Each row's target taken out of its features."""
    data, target = [], []
    for row in rows:
        target.append(row.pop(target_column))
        data.append(np.asarray(row, dtype=features_dtype))
    return Dataset(np.array(data), np.array(target, dtype=target_dtype))
