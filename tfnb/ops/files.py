"""Files read and written by nodes of the graph."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfnb.core.dtypes import string as string_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import string
from tfnb.core.shapes import TensorShape

__all__ = ["matching_files", "read_file", "write_file"]


def _text(value: Any) -> str:
    return np.ravel(value)[0].decode()  # type: ignore[no-any-return]


@op("ReadFile", shape="scalar", effect=True, host=True, differentiable=False)
def read_file_op(xp: Any, filename: string) -> string:
    """All bytes of a file."""
    from tfnb.gfile import GFile

    return GFile(_text(filename), "rb").read()


@op("WriteFile", effect=True, host=True, differentiable=False)
def write_file_op(xp: Any, filename: string, contents: string) -> None:
    """Writes a file, with the folders that it needs."""
    from tfnb.gfile import GFile, MakeDirs

    path = _text(filename)
    folder = os.path.dirname(path)
    if folder:
        MakeDirs(folder)
    with GFile(path, "wb") as f:
        f.write(np.ravel(contents)[0])


@op("MatchingFiles", shape=lambda call: [TensorShape([None])], effect=True, host=True, differentiable=False)
def matching_files_op(xp: Any, pattern: string) -> string:
    """The files that patterns match, sorted."""
    from tfnb.gfile import Glob

    found = sorted({name for p in np.ravel(pattern) for name in Glob(p)})
    return np.array([name.encode() for name in found], dtype=object)


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """All bytes of a file, as a text.

    >>> tf.write_file("a.txt", "hello").run()
    >>> print(tf.read_file("a.txt").eval())
    b'hello'
    """
    return read_file_op(convert_to_tensor(filename, string_dtype, "filename"), name=name)  # type: ignore[no-any-return]


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """An operation that writes a file.

    >>> tf.write_file("a.txt", "hello").run()
    >>> open("a.txt").read()
    'hello'
    """
    return write_file_op.node((filename, contents), {}, name)


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The names of the files that a pattern, or any of some patterns, matches.

    >>> tf.write_file("a.txt", "hello").run()
    >>> tf.matching_files("*.txt").shape
    TensorShape([Dimension(None)])
    """
    return matching_files_op(convert_to_tensor(pattern, string_dtype, "pattern"), name=name)  # type: ignore[no-any-return]
