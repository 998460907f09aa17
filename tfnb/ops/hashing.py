"""Texts to numbers that look random but are the same everywhere: the three hashes of TensorFlow, on Python's integers.

string_to_hash_bucket_fast(["hello"], 100)      FarmHash's Fingerprint64, modulo 100
string_to_hash_bucket(["hello"], 100)           a MurmurHash of 64 bits
string_to_hash_bucket_strong(..., key=[1, 2])   SipHash, whose key keeps others from making texts collide
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import op
from tfnb.core.rules import int64, string

__all__ = ["string_to_hash_bucket", "string_to_hash_bucket_fast", "string_to_hash_bucket_strong"]

_MASK = 0xFFFFFFFFFFFFFFFF
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(s: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(s[at : at + size], "little")


def _turn(x: int, bits: int) -> int:
    """x rotated to the right within 64 bits."""
    x &= _MASK
    return (x >> bits | x << 64 - bits) & _MASK


# -- FarmHash ------------------------------------------------------------------------------------------------
def _mixed(x: int) -> int:
    x &= _MASK
    return x ^ x >> 47


def _joined(u: int, v: int, mul: int) -> int:
    """Two words as one."""
    a = _mixed((u ^ v) * mul & _MASK)
    return _mixed((v & _MASK ^ a) * mul) * mul & _MASK


def _short(s: bytes) -> int:
    """Up to 16 bytes."""
    n = len(s)
    mul = _K2 + n * 2
    if n >= 8:
        a, b = _word(s, 0) + _K2, _word(s, n - 8)
        return _joined(_turn(b, 37) * mul + a & _MASK, (_turn(a, 25) + b) * mul & _MASK, mul)
    if n >= 4:
        return _joined(n + (_word(s, 0, 4) << 3), _word(s, n - 4, 4), mul)
    if n:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[-1] << 2)
        return _mixed(y * _K2 & _MASK ^ z * _K0 & _MASK) * _K2 & _MASK
    return _K2


def _middle(s: bytes) -> int:
    """17 to 64 bytes."""
    n = len(s)
    mul = _K2 + n * 2
    a, b = _word(s, 0) * (_K1 if n <= 32 else _K2), _word(s, 8)
    c, d = _word(s, n - 8) * mul, _word(s, n - 16) * _K2
    y, x = _turn(a + b, 43) + _turn(c, 30) + d, a + _turn(b + _K2, 18) + c
    z = _joined(y & _MASK, x & _MASK, mul)
    if n <= 32:
        return z
    e, f = _word(s, 16) * mul, _word(s, 24)
    g, h = (y + _word(s, n - 32)) * mul, (z + _word(s, n - 24)) * mul
    return _joined(_turn(e + f, 43) + _turn(g, 30) + h & _MASK, e + _turn(f + a, 18) + g & _MASK, mul)


def _weak(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes and two words as two words."""
    w, x, y, z = (_word(s, at + 8 * i) for i in range(4))
    a += w
    b = _turn(b + a + z, 21)
    c = a
    a += x + y
    return (a + z) & _MASK, (b + _turn(a, 44) + c) & _MASK


def fingerprint64(s: bytes) -> int:
    """FarmHash's 64-bit fingerprint."""
    n = len(s)
    if n <= 64:
        return _short(s) if n <= 16 else _middle(s)
    y = 81 * _K1 + 113
    state = ((81 * _K2 + _word(s, 0)) & _MASK, y & _MASK, _mixed(y * _K2 + 113) * _K2 & _MASK, (0, 0), (0, 0))
    for at in range(0, (n - 1) // 64 * 64, 64):
        state = _round(s, at, state, _K1, 1)
    x, y, z, v, w = state
    mul = _K1 + ((z & 0xFF) << 1)
    w = (w[0] + ((n - 1) & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = _round(s, n - 64, (x, y, z, v, w), mul, 9)
    return _joined(
        (_joined(v[0], w[0], mul) + _mixed(y) * _K0 + z) & _MASK, (_joined(v[1], w[1], mul) + x) & _MASK, mul
    )


def _round(s: bytes, at: int, state: Any, mul: int, times: int) -> Any:
    """64 bytes stirred into the state."""
    x, y, z, v, w = state
    x = _turn(x + y + v[0] + _word(s, at + 8), 37) * mul
    y = _turn(y + v[1] + _word(s, at + 48), 42) * mul
    x = (x ^ w[1] * times) & _MASK
    y = (y + v[0] * times + _word(s, at + 40)) & _MASK
    z = _turn(z + w[0], 33) * mul & _MASK
    v = _weak(s, at, v[1] * mul, x + w[0])
    w = _weak(s, at + 32, z + w[1], y + _word(s, at + 16))
    return z, y, x, v, w


# -- MurmurHash and SipHash ----------------------------------------------------------------------------------
def hash64(s: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """MurmurHash of 64 bits, as TensorFlow's own Hash64."""
    m = 0xC6A4A7935BD1E995
    h = seed ^ len(s) * m & _MASK
    whole = len(s) // 8 * 8
    for at in range(0, whole, 8):
        h = (h ^ _mixed(_word(s, at) * m) * m & _MASK) * m & _MASK
    if len(s) > whole:
        h = (h ^ _word(s, whole)) * m & _MASK
    return _mixed(_mixed(h) * m)


def _left(x: int, bits: int) -> int:
    return _turn(x, 64 - bits)


def _sip_round(v: list[int]) -> None:
    for a, b, c, d, p, q in ((0, 1, 2, 3, 13, 16), (2, 1, 0, 3, 17, 21)):
        v[a] = (v[a] + v[b]) & _MASK
        v[b] = _left(v[b], p) ^ v[a]
        v[a] = _left(v[a], 32)
        v[c] = (v[c] + v[d]) & _MASK
        v[d] = _left(v[d], q) ^ v[c]


def siphash(s: bytes, key: tuple[int, int]) -> int:
    """SipHash with 2 rounds a word and 4 at the end."""
    k0, k1 = (k & _MASK for k in key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    whole = len(s) // 8 * 8
    words = [_word(s, at) for at in range(0, whole, 8)] + [_word(s, whole) | (len(s) & 0xFF) << 56]
    for word in words:
        v[3] ^= word
        _sip_round(v)
        _sip_round(v)
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(4):
        _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


# -- the ops -------------------------------------------------------------------------------------------------
def _buckets(texts: Any, hash_: Any, n: int) -> Any:
    found = np.frompyfunc(lambda s: hash_(s) % n, 1, 1)(texts)
    return np.asarray(found).astype(np.int64)[()]


@op("StringToHashBucket", host=True, differentiable=False)
def string_to_hash_bucket_op(xp: Any, string_tensor: string, *, num_buckets: int) -> int64:
    """Each text's MurmurHash, modulo the number of buckets."""
    return _buckets(string_tensor, hash64, num_buckets)


@op("StringToHashBucketFast", host=True, differentiable=False)
def string_to_hash_bucket_fast_op(xp: Any, input: string, *, num_buckets: int) -> int64:
    """Each text's FarmHash, modulo the number of buckets."""
    return _buckets(input, fingerprint64, num_buckets)


@op("StringToHashBucketStrong", host=True, differentiable=False)
def string_to_hash_bucket_strong_op(xp: Any, input: string, *, num_buckets: int, key: Any) -> int64:
    """Each text's SipHash, modulo the number of buckets."""
    return _buckets(input, lambda s: siphash(s, key), num_buckets)


def string_to_hash_bucket(
    string_tensor: Any = None, num_buckets: int = 0, name: str | None = None, input: Any = None
) -> Tensor:
    """A number below `num_buckets` for each text, by a MurmurHash.

    >>> print(tf.string_to_hash_bucket(["hello"], 10).eval())
    [8]
    """
    texts = input if string_tensor is None else string_tensor
    return string_to_hash_bucket_op(texts, num_buckets=int(num_buckets), name=name)


def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """A number below `num_buckets` for each text, by FarmHash: the same on every machine and in every version.

    >>> print(tf.string_to_hash_bucket_fast(["hello"], 10).eval())
    [6]
    """
    return string_to_hash_bucket_fast_op(input, num_buckets=int(num_buckets), name=name)


def string_to_hash_bucket_strong(input: Any, num_buckets: int, key: Any, name: str | None = None) -> Tensor:
    """A number below `num_buckets` for each text, by SipHash with a key of two numbers.

    >>> print(tf.string_to_hash_bucket_strong(["hello"], 10, [1, 2]).eval())
    [2]
    """
    return string_to_hash_bucket_strong_op(input, num_buckets=int(num_buckets), key=tuple(key), name=name)
