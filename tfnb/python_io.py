"""tf.python_io: TFRecord files, each record framed by its length and checksums.

    with tf.python_io.TFRecordWriter("train.tfrecords") as writer:
        writer.write(example.SerializeToString())
    for record in tf.python_io.tf_record_iterator("train.tfrecords"): ...
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from tfnb.compat import as_bytes, as_str_any
from tfnb.core.checksum import crc32c
from tfnb.core.errors import DataLossError
from tfnb.core.wire import record
from tfnb.gfile import as_tensorflow

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]


class TFRecordCompressionType:
    """How a whole file of records is compressed.

    >>> print(tf.io.TFRecordCompressionType.NONE, tf.io.TFRecordCompressionType.GZIP)
    0 2
    """

    NONE, ZLIB, GZIP = 0, 1, 2


class TFRecordOptions:
    """Options of reading and writing records: the compression, as a number or as "", "ZLIB" or "GZIP".

    >>> options = tf.io.TFRecordOptions(tf.io.TFRecordCompressionType.GZIP)
    >>> with tf.io.TFRecordWriter("data.gz", options) as writer:
    ...     writer.write(b"one")
    >>> print(list(tf.io.tf_record_iterator("data.gz", options)))
    [b'one']
    """

    compression_type_map = {0: "", 1: "ZLIB", 2: "GZIP"}

    def __init__(self, compression_type: Any = None, compression_level: int | None = None, **_: Any) -> None:
        self.get_compression_type_string(compression_type)  # says what it does not know
        self.compression_type, self.compression_level = compression_type, compression_level

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The compression's name, of options, a number or a name."""
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if isinstance(options, int):
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return str(options)
        raise ValueError(f'Not a valid compression_type: "{options}"')


class TFRecordWriter:
    """Writes records to a file, to be closed or used in a `with`.

    >>> with tf.io.TFRecordWriter("data.tfrecord") as writer:
    ...     writer.write(b"one")
    >>> print(list(tf.io.tf_record_iterator("data.tfrecord")))
    [b'one']
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        kind = TFRecordOptions.get_compression_type_string(options)
        level = getattr(options, "compression_level", None)
        path = as_str_any(path)
        with as_tensorflow(path):
            self._file: Any = open(path, "wb")  # noqa: SIM115 - closed by `close`
        self._zip = zlib.compressobj(-1 if level is None else level, wbits=31 if kind == "GZIP" else 15) if kind else None

    def write(self, record_: Any) -> None:
        """Adds one record of bytes."""
        data = record(as_bytes(record_))
        self._file.write(data if self._zip is None else self._zip.compress(data))

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        if self._file.closed:
            return
        if self._zip is not None:
            self._file.write(self._zip.flush())
        self._file.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()


def opened(path: str, kind: str) -> Any:
    """A file for reading bytes, unpacked as the kind of compression says."""
    with as_tensorflow(path):
        file = open(path, "rb")  # noqa: SIM115 - the caller closes it
    if kind == "ZLIB":
        import io

        with file:
            return io.BytesIO(zlib.decompress(file.read()))
    return gzip.GzipFile(fileobj=file) if kind == "GZIP" else file


def _checked(data: bytes, check: bytes, at: int) -> bytes:
    crc = crc32c(data)
    if struct.unpack("<I", check)[0] != ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF:
        raise DataLossError(None, None, f"corrupted record at {at}")
    return data


def records_of(file: Any) -> Iterator[bytes]:
    """The records of an open file. Raises DataLossError for a damaged or cut one."""
    at = 0
    while head := file.read(12):
        if len(head) < 12:
            raise DataLossError(None, None, f"truncated record at {at}")
        size = struct.unpack("<Q", _checked(head[:8], head[8:], at))[0]
        body = file.read(size + 4)
        if len(body) < size + 4:
            raise DataLossError(None, None, f"truncated record at {at}")
        yield _checked(body[:-4], body[-4:], at)
        at += size + 16


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file, as bytes. As in TensorFlow, it ends quietly at a record that is cut off.

    >>> with tf.io.TFRecordWriter("data.tfrecord") as writer:
    ...     writer.write(b"one")
    >>> print(list(tf.io.tf_record_iterator("data.tfrecord")))
    [b'one']
    """
    with opened(as_str_any(path), TFRecordOptions.get_compression_type_string(options)) as file:
        try:
            yield from records_of(file)
        except DataLossError as e:
            if not e.message.startswith("truncated"):
                raise
