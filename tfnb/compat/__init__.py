"""tf.compat: texts as bytes and back, and `tf.compat.v1`, which here is the whole of tfnb."""

from __future__ import annotations

import numbers
import os
from typing import Any

import numpy as np

__all__ = [
    "as_bytes", "as_str", "as_str_any", "as_text", "bytes_or_text_types", "complex_types", "dimension_at_index",
    "dimension_value", "forward_compatible", "integral_types", "path_to_str", "real_types", "v1", "v2",
]  # fmt: skip

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """A text as bytes. Raises TypeError for what is neither.

    >>> as_bytes("loss")
    b'loss'
    """
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Bytes as a text. Raises TypeError for what is neither.

    >>> tf.compat.as_str(b"text")
    'text'
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any) -> str:
    """Bytes as a text, anything else as `str` writes it.

    >>> tf.compat.as_str_any(3)
    '3'
    """
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A path object as its text.

    >>> print(tf.compat.path_to_str("models"))
    models
    """
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


def dimension_value(dimension: Any) -> Any:
    """A static size as a number or None.

    >>> tf.compat.dimension_value(tf.TensorShape([3])[0])
    3
    """
    return getattr(dimension, "value", dimension)


def dimension_at_index(shape: Any, index: int) -> Any:
    """The static size of an axis, also where the rank is not known.

    >>> print(tf.compat.dimension_at_index(tf.TensorShape([2, 3]), 1))
    3
    """
    from tfnb.core.shapes import Dimension

    return Dimension(None) if shape.ndims is None else shape.dims[index]


def forward_compatible(year: int, month: int, day: int) -> bool:
    """Whether newer forms of ops may be made: never here, version 1.15's are.

    >>> print(tf.compat.forward_compatible(2019, 1, 1))
    False
    """
    return False


def __getattr__(name: str) -> Any:
    if name == "v1":
        import tfnb

        return tfnb
    if name == "v2":
        import importlib

        return importlib.import_module("tfnb.compat.v2")
    raise AttributeError(f"module 'tfnb.compat' has no attribute '{name}'")
