"""Readers: each run gives the next record of the files whose names wait in a queue."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfnb.core.dtypes import resource
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import string
from tfnb.data import files

__all__ = ["FixedLengthRecordReader", "IdentityReader", "TFRecordReader", "TextLineReader", "WholeFileReader"]


class Reading:
    """Where a reader stands in a session: the rest of the file it is in."""

    def __init__(self, node: Operation) -> None:
        self._read: Callable[[str], Iterator[tuple[str, bytes]]] = node.attrs["read"]
        self._rest: Iterator[tuple[str, bytes]] = iter(())

    def next(self, queue: Any) -> tuple[bytes, bytes]:
        """Key and value of the next record; the next file's name is taken from the queue where one has ended."""
        while (found := next(self._rest, None)) is None:
            self._rest = self._read(queue.take(1)[0][0].decode())
        return found[0].encode(), found[1]


@op("ReaderV2", shape="scalar", effect=True, host=True, state="place", resource=Reading, differentiable=False)
def reader_op(xp: Any, place: Any, *, read: Any) -> resource:
    """A place in files."""
    return place, place


@op("ReaderReadV2", shape="scalar", effect=True, host=True, waits=True, differentiable=False)
def read_op(xp: Any, reader_handle: resource, queue_handle: resource) -> tuple[string, string]:
    """Key and value of the next record."""
    return reader_handle.next(queue_handle)


@op("ReaderReadUpToV2", shape=lambda call: [[None], [None]], effect=True, host=True, waits=True, differentiable=False)
def read_up_to_op(xp: Any, reader_handle: resource, queue_handle: resource, *, num_records: int) -> tuple[string, string]:
    """Keys and values of the next records."""
    pairs = [reader_handle.next(queue_handle) for _ in range(num_records)]
    return tuple(np.array(column, dtype=object) for column in zip(*pairs, strict=True))


class ReaderBase:
    """What all readers can do.

    >>> isinstance(tf.TextLineReader(), tf.ReaderBase)
    True
    """

    def __init__(self, read: Callable[[str], Iterator[tuple[str, bytes]]], name: str) -> None:
        self._reader_ref: Tensor = reader_op(read=read, name=name)

    @property
    def reader_ref(self) -> Tensor:
        return self._reader_ref

    def read(self, queue: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Key and value of the next record of the files named in the queue."""
        key, value = read_op.node((self._reader_ref, getattr(queue, "queue_ref", queue)), {}, name).outputs
        return key, value

    def read_up_to(self, queue: Any, num_records: int, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Keys and values of so many records."""
        handles = (self._reader_ref, getattr(queue, "queue_ref", queue))
        keys, values = read_up_to_op.node(handles, {"num_records": num_records}, name).outputs
        return keys, values


class TextLineReader(ReaderBase):
    """The lines of files, without their ends; a key is `file:line`.

    >>> key, line = tf.TextLineReader(skip_header_lines=1).read(tf.train.string_input_producer(["data.csv"]))
    >>> print(line.dtype)
    <dtype: 'string'>
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        skip = skip_header_lines or 0
        numbered = lambda f: ((f"{f}:{i}", line) for i, line in enumerate(files.lines(f), 1) if i > skip)
        super().__init__(numbered, name or "TextLineReaderV2")


class WholeFileReader(ReaderBase):
    """Whole files; a key is the file's name.

    >>> name, contents = tf.WholeFileReader().read(tf.train.string_input_producer(["image.png"]))
    >>> print(contents.dtype)
    <dtype: 'string'>
    """

    def __init__(self, name: str | None = None) -> None:
        from tfnb.gfile import GFile

        super().__init__(lambda f: iter([(f, GFile(f, "rb").read())]), name or "WholeFileReaderV2")


class IdentityReader(ReaderBase):
    """The names themselves.

    >>> names = tf.train.string_input_producer(["a", "b"], shuffle=False)
    >>> key, value = tf.IdentityReader().read(names)
    >>> print(key.dtype, value.dtype)
    <dtype: 'string'> <dtype: 'string'>
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(lambda f: iter([(f, f.encode())]), name or "IdentityReaderV2")


class TFRecordReader(ReaderBase):
    """The records of TFRecord files.

    >>> key, record = tf.TFRecordReader().read(tf.train.string_input_producer(["data.tfrecord"]))
    >>> print(record.dtype)
    <dtype: 'string'>
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        from tfnb.python_io import TFRecordOptions

        kind = TFRecordOptions.get_compression_type_string(options)
        super().__init__(lambda f: _placed(f, files.records(f, kind)), name or "TFRecordReaderV2")


def _placed(name: str, records: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    at = 0
    for record in records:
        yield f"{name}:{at}", record
        at += len(record) + 16


class FixedLengthRecordReader(ReaderBase):
    """Records of one length between a header and a footer; a key is `file:number`.

    >>> print(tf.FixedLengthRecordReader(record_bytes=4).reader_ref.dtype)
    <dtype: 'resource'>
    """

    def __init__(self, record_bytes: int, header_bytes: int | None = None, footer_bytes: int | None = None, hop_bytes: int | None = None,
                 name: str | None = None, encoding: str | None = None) -> None:  # fmt: skip
        header, footer = header_bytes or 0, footer_bytes or 0

        def read(f: str) -> Iterator[tuple[str, bytes]]:
            spare = (os.path.getsize(f) - header - footer) % record_bytes  # what is no whole record is left out
            return ((f"{f}:{i}", r) for i, r in enumerate(files.fixed(f, header, record_bytes, footer + spare)))

        super().__init__(read, name or "FixedLengthRecordReaderV2")
