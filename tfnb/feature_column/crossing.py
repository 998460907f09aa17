"""Combinations of the values of several features, hashed as TensorFlow hashes them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfnb.core.op import convert_to_tensor
from tfnb.core.sparse import SparseTensor
from tfnb.ops.hashing import fingerprint64
from tfnb.ops.host import py_func

__all__ = ["crossed"]

_MASK, _MUL = (1 << 64) - 1, 0xC6A4A7935BD1E995


def _shifted(x: int) -> int:
    return x ^ (x >> 47)


def joined(a: int, b: int) -> int:
    """Two fingerprints as one: TensorFlow's FingerprintCat64."""
    result = a ^ _MUL
    result ^= _shifted((b * _MUL) & _MASK) * _MUL & _MASK
    result = result * _MUL & _MASK
    result = _shifted(result) * _MUL & _MASK
    return _shifted(result)


def _number(value: Any) -> int:
    return fingerprint64(value) if isinstance(value, bytes) else int(value) & _MASK


def crossed(parts: list[SparseTensor], buckets: int, hash_key: int | None) -> SparseTensor:
    """The bucket of each combination of the values that an example has in all the parts; sparse [batch, combinations]."""
    key = 0xDECAFCAFFE if hash_key is None else hash_key

    def cross(batch: Any, *given: Any) -> Any:
        indices, values, width = [], [], 0
        columns = [_rows(int(batch), *given[i : i + 2]) for i in range(0, len(given), 2)]
        for row in range(int(batch)):
            found = list(itertools.product(*(c[row] for c in columns)))
            width = max(width, len(found))
            for k, combination in enumerate(found):
                state = key
                for value in combination:
                    state = joined(state, _number(value))
                indices.append((row, k))
                values.append(state % buckets)
        return np.array(indices, np.int64).reshape(-1, 2), np.array(values, np.int64), np.array([int(batch), width], np.int64)

    given = [convert_to_tensor(t) for p in parts for t in (p.indices, p.values)]
    indices, values, shape = py_func(cross, [parts[0].dense_shape[0], *given], ["int64", "int64", "int64"], stateful=False, name="SparseCross")
    for t, known in ((indices, [None, 2]), (values, [None]), (shape, [2])):
        t.set_shape(known)
    return SparseTensor(indices, values, shape)


def _rows(batch: int, indices: Any, values: Any) -> list[list[Any]]:
    """The values of each example."""
    out: list[list[Any]] = [[] for _ in range(batch)]
    for (row, *_), value in zip(indices, values, strict=True):
        out[int(row)].append(value)
    return out
