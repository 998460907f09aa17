"""Sequences of one length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfnb.keras.preprocessing.windows import TimeseriesGenerator, make_sampling_table, skipgrams

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]


def pad_sequences(sequences: Sequence[Any], maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre", truncating: str = "pre",
                  value: float = 0.0) -> np.ndarray:  # fmt: skip
    """An array [number, maxlen, ...]: short sequences filled up with `value`, long ones cut, at the front ('pre') or the end ('post').

    >>> pad_sequences([[1], [2, 3, 4]], maxlen=2)
    array([[0, 1],
           [3, 4]], dtype=int32)
    """
    for name, given in (("padding", padding), ("truncating", truncating)):
        if given not in ("pre", "post"):
            raise ValueError(f'{name.capitalize()} type "{given}" not understood')
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    length = max((len(s) for s in sequences), default=0) if maxlen is None else maxlen
    shape = next((np.asarray(s).shape[1:] for s in sequences if len(s)), ())
    out = np.full((len(sequences), length, *shape), value, dtype=dtype)
    for row, s in zip(out, sequences, strict=True):
        kept = np.asarray(s[-length:] if truncating == "pre" else s[:length], dtype=dtype) if length else np.asarray([])
        if len(kept):
            row[slice(-len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return out
