"""What the data sets have in common."""

from __future__ import annotations

import collections
import os

__all__ = ["Dataset", "Datasets", "maybe_download"]

Dataset = collections.namedtuple("Dataset", ["data", "target"])
Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """The path of a file that lies in a folder. Nothing is downloaded: raises FileNotFoundError where it is missing."""
    path = os.path.join(work_directory, filename)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is not there, and tfnb downloads nothing: put the file of {source_url} there yourself.")
    return path
