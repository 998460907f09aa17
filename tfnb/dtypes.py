"""tf.dtypes: the types of elements, and conversions between them."""

from __future__ import annotations

from tfnb.core.dtypes import *  # noqa: F403
from tfnb.core.dtypes import __all__ as _types
from tfnb.core.dtypes import as_dtype
from tfnb.ops.elementwise import cast, saturate_cast
from tfnb.ops.parts import complex
from tfnb.ops.strings import as_string

__all__ = [*_types, "as_string", "bool", "cast", "complex", "double", "half", "saturate_cast"]

bool = as_dtype("bool")  # noqa: A001 - TensorFlow's name
half, double = as_dtype("float16"), as_dtype("float64")
