"""Bytes of TensorBoard's files: protocol-buffer fields, and the TFRecord frame around each event.

    field(1, b"loss")                   b"\\x0a\\x04loss"         (key << 3 | wire type, then the value)
    record(data)                        length, its checksum, data, its checksum

Only what kernels write themselves is here: an event for each step of a training costs no message objects.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from tfnb.core.checksum import crc32c, masked

__all__ = ["doubles", "field", "fields", "number", "read_records", "record", "varint"]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def varint(n: int) -> bytes:
    """A number in groups of seven bits, lowest first; negative ones as 64-bit two's complement."""
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(key: int, value: Any) -> bytes:
    """One field: ints as varints, floats as 32 bits, strings and messages with their length before them."""
    if isinstance(value, float):
        return varint(key << 3 | _FIXED32) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(key << 3 | _VARINT) + varint(value)
    data = value.encode() if isinstance(value, str) else bytes(value)
    return varint(key << 3 | _BYTES) + varint(len(data)) + data


def number(key: int, value: float) -> bytes:
    """One 64-bit float field."""
    return varint(key << 3 | _FIXED64) + struct.pack("<d", value)


def doubles(key: int, values: Any) -> bytes:
    """A packed list of 64-bit floats."""
    values = [float(v) for v in values]
    return field(key, struct.pack(f"<{len(values)}d", *values))


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message: key with an int, a float, or the bytes of a string or message."""
    at = 0
    while at < len(data):
        head, at = _read_varint(data, at)
        key, kind = head >> 3, head & 7
        value: Any
        if kind == _VARINT:
            value, at = _read_varint(data, at)
        elif kind == _BYTES:
            size, at = _read_varint(data, at)
            value, at = data[at : at + size], at + size
        elif kind in (_FIXED32, _FIXED64):
            size, form = (4, "<f") if kind == _FIXED32 else (8, "<d")
            value, at = struct.unpack(form, data[at : at + size])[0], at + size
        else:
            raise ValueError(f"Not a protocol buffer: wire type {kind} at byte {at}.")
        yield key, value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    n = shift = 0
    while True:
        n |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return n, at


# -- the TFRecord frame -----------------------------------------------------------------------------
def _masked(data: bytes) -> bytes:
    return struct.pack("<I", masked(crc32c(data)))


def record(data: bytes) -> bytes:
    """One record of a TFRecord file."""
    size = struct.pack("<Q", len(data))
    return size + _masked(size) + data + _masked(data)


def read_records(data: bytes) -> Iterator[bytes]:
    """The records of a TFRecord file, up to one that is not complete. Raises ValueError for a damaged one."""
    at = 0
    while at + 12 <= len(data):
        size = struct.unpack("<Q", data[at : at + 8])[0]
        if data[at + 8 : at + 12] != _masked(data[at : at + 8]):
            raise ValueError(f"Damaged record at byte {at}.")
        if at + 16 + size > len(data):
            return
        yield data[at + 12 : at + 12 + size]
        at += 16 + size
