"""Streams of files: lines, records, and what a cache keeps."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfnb.core.errors import FailedPreconditionError, InvalidArgumentError
from tfnb.data.streams import Element, Pull, Stream
from tfnb.python_io import opened, records_of

__all__ = ["Store", "fixed", "lines", "records", "stream", "text"]


def text(value: Any) -> str:
    """A single text as a node has it."""
    return np.ravel(value)[0].decode() if not isinstance(value, bytes) else value.decode()


def stream(filenames: Any, read: Callable[[str], Iterator[Any]]) -> Stream:
    """What `read` gives for each of the files, one after the other."""

    def start() -> Pull:
        names = iter([n.decode() if isinstance(n, bytes) else str(n) for n in np.ravel(filenames)])
        current: Iterator[Any] = iter(())

        def step() -> Element | None:
            nonlocal current
            while True:
                found = next(current, None)
                if found is not None:
                    return (found,)
                name = next(names, None)
                if name is None:
                    return None
                current = read(name)

        return step

    return start


def lines(name: str, kind: str = "") -> Iterator[bytes]:
    """The lines of a file, without their ends."""
    with opened(name, kind) as file:
        for line in file:
            yield line.rstrip(b"\n").removesuffix(b"\r")


def records(name: str, kind: str = "") -> Iterator[bytes]:
    """The records of a TFRecord file."""
    with opened(name, kind) as file:
        yield from records_of(file)


def fixed(name: str, header: int, size: int, footer: int) -> Iterator[bytes]:
    """Records of `size` bytes between a header and a footer."""
    with opened(name, "") as file:
        body = os.path.getsize(name) - header - footer
        if body % size:
            raise InvalidArgumentError(None, None, f"Excluding the header ({header} bytes) and footer ({footer} bytes), input file \"{name}\" has "
                                                   f"body length {body} bytes, which is not an exact multiple of the record length "
                                                   f"({size} bytes).")  # fmt: skip
        file.seek(header)
        for _ in range(body // size):
            yield file.read(size)


class Store:
    """What a cache keeps: elements in memory, or in a file that a later program finds again."""

    def __init__(self, filename: str) -> None:
        self._file = filename and filename + ".cache"
        self._kept: list[Element] | None = None

    @property
    def complete(self) -> bool:
        return self._kept is not None or bool(self._file) and os.path.exists(self._file)

    def elements(self) -> list[Element]:
        """All elements, from memory or from the file."""
        if self._kept is None:
            with open(self._file, "rb") as f:
                self._kept = pickle.load(f)  # noqa: S301 - a file that this cache has written
        return self._kept

    def writer(self) -> _Writer:
        return _Writer(self)

    def finish(self, elements: list[Element]) -> None:
        if self._file:
            if os.path.exists(self._file + ".lock"):
                raise FailedPreconditionError(None, None, f"There appears to be a concurrent caching iterator running: {self._file}.lock")
            with open(self._file, "wb") as f:
                pickle.dump(elements, f)
        self._kept = elements


class _Writer:
    def __init__(self, store: Store) -> None:
        self._store, self._elements = store, list[Element]()

    def append(self, element: Element) -> None:
        self._elements.append(element)

    def close(self) -> None:
        self._store.finish(self._elements)
