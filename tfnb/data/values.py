"""Python values as the arrays that flow between nodes: texts are bytes, single numbers NumPy's scalars."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType

__all__ = ["as_array"]


def as_array(value: Any, dtype: DType) -> Any:
    """A value as an array of the dtype. Raises ValueError or TypeError for what is none."""
    if dtype.name == "string":
        array = np.asarray(value, dtype=object)
        texts = np.vectorize(lambda v: v.encode() if isinstance(v, str) else bytes(v), otypes=[object])(array) if array.size else array
        return texts[()] if texts.ndim == 0 else texts
    array = np.asarray(value, dtype=dtype.np)
    return array[()] if array.ndim == 0 else array
