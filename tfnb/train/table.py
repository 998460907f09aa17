"""The sorted table of keys and values that TensorFlow's checkpoints are written in (LevelDB's file format).

    write_table([(b"a", b"1"), (b"b", b"2")])      bytes of a file
    read_table(data)                               {b"a": b"1", b"b": b"2"}

A file is blocks of entries, an index block with the last key and the place of each, and a footer with the index's place.
A key is written as how many bytes it shares with the one before, and the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from tfnb.core.checksum import crc32c, masked
from tfnb.core.errors import DataLossError, UnimplementedError
from tfnb.core.wire import varint

__all__ = ["read_table", "write_table"]

_MAGIC = 0xDB4775248B80FB57
_BLOCK_SIZE = 262144
_RESTARTS = 16  # every so many entries a key is written whole


def _varint(data: bytes, at: int) -> tuple[int, int]:
    n = shift = 0
    while True:
        byte = data[at]
        n |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return n, at


def read_table(data: bytes) -> dict[bytes, bytes]:
    """All entries of a table, in order. Raises DataLossError for what is no table or is damaged."""
    if len(data) < 48 or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise DataLossError(None, None, "not an sstable (bad magic number)", "Is this a TensorFlow checkpoint?")
    footer = data[-48:-8]
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, at = _varint(footer, at)
    out = {}
    for _, handle in _entries(_block(data, offset, size)):
        offset, at = _varint(handle, 0)
        size, at = _varint(handle, at)
        out.update(_entries(_block(data, offset, size)))
    return out


def _block(data: bytes, offset: int, size: int) -> bytes:
    block, kind = data[offset : offset + size], data[offset + size]
    if struct.unpack("<I", data[offset + size + 1 : offset + size + 5])[0] != masked(crc32c(data[offset : offset + size + 1])):
        raise DataLossError(None, None, "block checksum mismatch", "The file is damaged.")
    if kind != 0:
        raise UnimplementedError(None, None, "This checkpoint's index is compressed (Snappy), which tfnb does not read.")
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = len(block) - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        rest, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + rest]
        yield key, block[at + rest : at + rest + size]
        at += rest + size


def write_table(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The file of entries, which come in the order of their keys."""
    out, index, pending = bytearray(), [], []
    size = 0
    for key, value in entries:
        pending.append((key, value))
        size += len(key) + len(value) + 8
        if size >= _BLOCK_SIZE:
            index.append((key, _append(out, _packed(pending, _RESTARTS))))
            pending, size = [], 0
    if pending:
        index.append((_after(pending[-1][0]), _append(out, _packed(pending, _RESTARTS))))
    metaindex = _append(out, _packed([], _RESTARTS))
    handles = metaindex + _append(out, _packed(index, 1))
    return bytes(out + handles.ljust(40, b"\0") + struct.pack("<Q", _MAGIC))


def _after(key: bytes) -> bytes:
    """A short key that is not less: what the index says of the last block."""
    i = next((i for i, byte in enumerate(key) if byte != 255), None)
    return key if i is None else key[:i] + bytes([key[i] + 1])


def _append(out: bytearray, block: bytes) -> bytes:
    """Adds a block with its checksum; its place is returned."""
    handle = varint(len(out)) + varint(len(block))
    out += block + b"\0" + struct.pack("<I", masked(crc32c(block + b"\0")))
    return handle


def _packed(entries: list[tuple[bytes, bytes]], restarts: int) -> bytes:
    out, starts, last = bytearray(), [], b""
    for i, (key, value) in enumerate(entries):
        shared = 0
        if i % restarts == 0:
            starts.append(len(out))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    starts = starts or [0]
    return bytes(out) + struct.pack(f"<{len(starts) + 1}I", *starts, len(starts))
