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

__all__ = ["convert_to_tensor", "converters", "register_tensor_conversion_function"]

converters: list[Callable[[Any, Any, Any], Tensor]] = []
"""How a Python value becomes a tensor; the constant op registers itself here."""


_registered: list[tuple[int, Any, Callable[..., Any]]] = []  # priority, types, function; in the order in which they are asked


def register_tensor_conversion_function(base_type: Any, conversion_func: Callable[..., Any], priority: int = 100) -> None:
    """From now on `conversion_func(value, dtype=..., name=..., as_ref=False)` makes tensors of objects of this type, or types.

    A function may return NotImplemented; a smaller priority is asked first. Raises TypeError for what is no type or no function.

    >>> class Celsius:
    ...     degrees = 20.0
    >>> tf.register_tensor_conversion_function(Celsius, lambda v, dtype=None, name=None, as_ref=False: tf.constant(v.degrees, dtype, name=name))
    >>> print((tf.constant(1.0) + Celsius()).eval())
    21.0
    """
    if not (isinstance(base_type, type) or isinstance(base_type, tuple) and all(isinstance(t, type) for t in base_type)):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    _registered.append((priority, base_type, conversion_func))
    _registered.sort(key=lambda entry: entry[0])


def _by_registered(value: Any, want: Any, name: str | None) -> Tensor | None:
    """What a registered function makes of the value; None where none is for its type."""
    for _, base_type, convert in _registered:
        if isinstance(value, base_type):
            found = convert(value, dtype=want, name=name, as_ref=False)
            if found is not NotImplemented:
                return found  # type: ignore[no-any-return]
    return None


def convert_to_tensor(value: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None, dtype_hint: Any = None) -> Tensor:
    """The tensor that a value stands for: itself, a variable's value, a stack of tensors, or a constant.

    >>> tf.convert_to_tensor([[1, 2], [3, 4]]).shape
    TensorShape([Dimension(2), Dimension(2)])
    """
    want = None if dtype is None else as_dtype(dtype).base_dtype
    if not isinstance(value, Tensor):
        convert = getattr(value, "_as_tensor", None)
        made = _by_registered(value, want, name) if _registered else None
        if made is not None:
            value = made
        elif convert is None:
            return converters[0](value, (want, preferred_dtype or dtype_hint), name)
        else:
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
