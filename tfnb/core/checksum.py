"""CRC-32C, the checksum of TensorFlow's files, of large arrays in a time that nobody notices.

    crc32c(b"123456789")     0xe3069283
    masked(crc)              as files hold it: a checksum of data that hold checksums would be no good one

Long data are cut into lanes that NumPy works on side by side; the lanes' checksums are then put together: appending n bytes
of zeros to data is a linear map of its checksum (a 32 x 32 matrix over GF(2)).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

__all__ = ["crc32c", "masked"]

_LANES = 4096
_BLOCK = 64  # words of each lane that are looked at together: a cache's worth


@functools.cache
def _table() -> np.ndarray:
    table: Any = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = table >> 1 ^ np.where(table & 1, np.uint32(0x82F63B78), np.uint32(0))
    return table  # type: ignore[no-any-return]


@functools.cache
def _listed() -> list[int]:
    return [int(n) for n in _table()]


@functools.cache
def _wide() -> tuple[np.ndarray, np.ndarray]:
    """What four bytes of data do to the lower and to the upper half of a checksum."""
    halves = []
    for shift in (0, 16):
        crc: Any = np.arange(1 << 16, dtype=np.uint32) << np.uint32(shift)
        for _ in range(4):
            crc = crc >> 8 ^ _table()[crc & 255]
        halves.append(crc)
    return halves[0], halves[1]


def crc32c(data: bytes | memoryview, crc: int = 0) -> int:
    """The Castagnoli checksum of data, or of data that follow those whose checksum is `crc`.

    >>> hex(crc32c(b"6789", crc32c(b"12345")))
    '0xe3069283'
    """
    data = memoryview(data).cast("B")
    length = len(data) // (4 * _LANES)
    crc ^= 0xFFFFFFFF
    if length >= 4:
        crc = _in_lanes(data[: 4 * length * _LANES], length, crc)
        data = data[4 * length * _LANES :]
    table = _listed()
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def _in_lanes(data: memoryview, length: int, crc: int) -> int:
    """The checksum of lanes of `length` words, one below the other."""
    words = np.frombuffer(data, "<u4").reshape(_LANES, length)
    low, high = _wide()
    lanes = np.zeros(_LANES, np.uint32)
    lanes[0] = crc
    for i in range(0, length, _BLOCK):
        for column in np.ascontiguousarray(words[:, i : i + _BLOCK].T):
            lanes ^= column
            lanes = low.take(lanes & 0xFFFF) ^ high.take(lanes >> 16)
    shift = _power(_byte_matrix(), 4 * length)
    while len(lanes) > 1:
        lanes = _times(shift, lanes[::2]) ^ lanes[1::2]
        shift = _times(shift, shift)
    return int(lanes[0])


@functools.cache
def _byte_matrix() -> np.ndarray:
    """What one byte of zeros does to each bit of a checksum."""
    bits: Any = np.uint32(1) << np.arange(32, dtype=np.uint32)
    return _table()[bits & 255] ^ bits >> 8  # type: ignore[no-any-return]


def _times(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """A matrix of 32 columns times vectors, over GF(2)."""
    out = np.zeros_like(vectors)
    for i in range(32):
        out ^= np.where(vectors >> np.uint32(i) & 1, matrix[i], np.uint32(0))
    return out


def _power(matrix: np.ndarray, n: int) -> np.ndarray:
    out = np.uint32(1) << np.arange(32, dtype=np.uint32)
    while n:
        if n & 1:
            out = _times(matrix, out)
        matrix, n = _times(matrix, matrix), n >> 1
    return out


def masked(crc: int) -> int:
    """A checksum as files hold it."""
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def unmasked(crc: int) -> int:
    rotated = crc - 0xA282EAD8 & 0xFFFFFFFF
    return rotated >> 17 | rotated << 15 & 0xFFFFFFFF
