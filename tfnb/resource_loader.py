"""tf.resource_loader: files that lie beside the caller's own."""

from __future__ import annotations

import os
import sys

__all__ = ["get_data_files_path", "get_path_to_datafile", "get_root_dir_with_all_resources", "load_resource", "readahead_file_path"]


def _folder(depth: int) -> str:
    name = sys._getframe(depth + 1).f_globals.get("__file__")
    return os.path.dirname(os.path.realpath(name)) if name else os.getcwd()


def get_data_files_path() -> str:
    """The folder of the caller's file; in a notebook the current one.

    >>> print(isinstance(tf.resource_loader.get_data_files_path(), str))
    True
    """
    return _folder(1)


def get_path_to_datafile(path: str) -> str:
    """A file in the folder of the caller's file.

    >>> print(tf.resource_loader.get_path_to_datafile("digits.csv").endswith("digits.csv"))
    True
    """
    return os.path.join(_folder(1), path)


def get_root_dir_with_all_resources() -> str:
    """The folder that holds the package's files.

    >>> print(isinstance(tf.resource_loader.get_root_dir_with_all_resources(), str))
    True
    """
    return _folder(1)


def load_resource(path: str) -> bytes:
    """The bytes of a file in the folder of the caller's file.

    >>> len(tf.resource_loader.load_resource("tensorflow_api.txt")) > 0
    True
    """
    with open(os.path.join(_folder(1), path), "rb") as f:
        return f.read()


def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """The path itself: files are read as they are needed.

    >>> tf.resource_loader.readahead_file_path("digits.csv")
    'digits.csv'
    """
    return path
