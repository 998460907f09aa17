"""How a Python value becomes a tensor: itself, a variable's value, a stack of tensors, or a constant.

    convert_to_tensor([1.0, 2.0])           a Const
    convert_to_tensor(variable)             what the variable's reads give
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.errors import teach
from tfnb.core.nodes import Tensor
from tfnb.core.shapes import TensorShape

__all__ = ["convert_to_tensor", "converters"]

converters: list[Callable[[Any, Any, Any], Tensor]] = []
"""How a Python value becomes a tensor; the constant op registers itself here."""


def convert_to_tensor(value: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None, dtype_hint: Any = None) -> Tensor:
    """The tensor that a value stands for: itself, a variable's value, a stack of tensors, or a constant.

    >>> tf.convert_to_tensor([[1, 2], [3, 4]]).shape
    TensorShape([Dimension(2), Dimension(2)])
    """
    want = None if dtype is None else as_dtype(dtype).base_dtype
    if not isinstance(value, Tensor):
        convert = getattr(value, "_as_tensor", None)
        if convert is None:
            return converters[0](value, (want, preferred_dtype or dtype_hint), name)
        value = convert(want, name)
    if want is not None and value.dtype.base_dtype is not want:
        text = f"Tensor conversion requested dtype {want.name} for Tensor with dtype {value.dtype.base_dtype.name}: {value!r}"
        raise teach(ValueError(text), f"Convert it with tf.cast(..., tf.{want.name}).", value.op.where)
    return value  # type: ignore[no-any-return]


def host_tensor(value: Any, name: str) -> Tensor:
    if isinstance(value, TensorShape):
        value = value.as_list()
    if isinstance(value, np.ndarray) and value.dtype == np.int64 or isinstance(value, np.int64):
        return convert_to_tensor(value, None, name)
    if isinstance(value, (np.ndarray, np.integer)):  # other whole numbers than int64
        value = np.asarray(value).tolist()
    listed = isinstance(value, (list, tuple))
    if listed and any(isinstance(v, Tensor) for v in value):
        return convert_to_tensor(value, None, name)
    value = [int(v) for v in value] if listed and all(not isinstance(v, (list, tuple)) for v in value) else value
    return convert_to_tensor(value, as_dtype("int32"), name)
