"""What is known of a tensor's value before anything runs: constants, static shapes and what is computed from them.

    static_value(tf.shape(x)[0] * 4)        an array, with None for elements not known; None where nothing is
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType
from tfnb.core.nodes import Operation, Tensor
from tfnb.core.rules import HostInts

__all__ = ["ints", "kernel_attributes", "static_value"]

_FOLDED = frozenset(
    "Pack ConcatV2 StridedSlice Cast Range Prod Add AddV2 Sub Mul FloorDiv Maximum Minimum Neg Squeeze ExpandDims "
    "GatherV2 Reshape Slice Fill Identity FloorMod RealDiv Round Floor Ceil Max Min Sum Pow Abs".split()
)


def static_value(tensor: Tensor) -> Any:
    """A tensor's value where the graph alone tells it: a NumPy array, with None for elements not known; else None.

    Shapes that are computed inside the graph (`tf.shape(x)[0] * 4`) stay known as far as possible.
    """
    node = tensor.op
    if node.type == "Const":
        return node.value
    if node.type in ("Shape", "Size", "Rank"):
        return _static_shape(node)
    count = tensor.shape.num_elements()
    if node.type not in _FOLDED or count is None or count > 64:
        return None
    values = [static_value(x) for x in node.inputs]
    if any(v is None for v in values):
        return _partly(values) if node.type == "Pack" else None
    if node.type == "StridedSlice" and not tensor.shape.ndims and None in np.ravel(values[0]):
        return None  # as in TensorFlow, one size is known only where all sizes beside it are
    try:
        return np.asarray(node.definition.kernel(np, *_kernel_arguments(node, values), **kernel_attributes(node.attrs)))
    except (TypeError, ValueError, IndexError, AttributeError):
        return None  # an element that is needed is not known


def _partly(values: list[Any]) -> Any:
    if not all(v is None or np.ndim(v) == 0 for v in values):
        return None
    return np.array([None if v is None else v.item() if hasattr(v, "item") else v for v in values], dtype=object)


def _static_shape(node: Operation) -> Any:
    sizes = node.inputs[0].shape.sizes
    np_type = node.outputs[0].dtype.np
    if sizes is None:
        return None
    if node.type == "Rank":
        return np_type(len(sizes))
    if None in sizes:
        return np.array(sizes, dtype=object) if node.type == "Shape" else None
    return np.array(sizes, dtype=np_type) if node.type == "Shape" else np_type(np.prod(np.array(sizes, np.int64)))


def _kernel_arguments(node: Operation, values: list[Any]) -> list[Any]:
    params = node.definition.params
    rules = [params[min(i, len(params) - 1)].rule for i in range(len(values))]
    return [ints(v) if isinstance(r, HostInts) else v for v, r in zip(values, rules, strict=True)]


def ints(value: Any) -> Any:
    """A host value as a kernel receives it: an int or a tuple of ints (of tuples, for a matrix)."""
    value = np.asarray(value)
    return int(value) if value.ndim == 0 else tuple(map(ints, value)) if value.ndim > 1 else tuple(value.tolist())


def kernel_attributes(attrs: dict[str, Any]) -> dict[str, Any]:
    """Attributes as a kernel receives them: dtypes as NumPy types."""
    return {k: v.np if isinstance(v, DType) else v for k, v in attrs.items()}
