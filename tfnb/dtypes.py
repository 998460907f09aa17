"""tf.dtypes: the types of elements, and conversions between them."""

from __future__ import annotations

from tfnb.core.dtypes import *  # noqa: F403
from tfnb.core.dtypes import __all__ as _types
from tfnb.core.dtypes import as_dtype
from tfnb.ops.elementwise import cast
from tfnb.ops.parts import complex

__all__ = [*_types, "bool", "cast", "complex", "double", "half"]

bool = as_dtype("bool")  # noqa: A001 - TensorFlow's name
half, double = as_dtype("float16"), as_dtype("float64")
