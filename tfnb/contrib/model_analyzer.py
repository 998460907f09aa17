"""slim.model_analyzer: how large a model's variables are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["analyze_vars", "tensor_description"]


def tensor_description(var: Any) -> str:
    """A variable's dtype and shape in brackets: (float32_ref 5x5x1x32)."""
    sizes = var.get_shape().as_list()
    return f"({var.dtype.name} {'x'.join(map(str, sizes))})" if sizes else f"({var.dtype.name} )"


def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """The number of elements and of bytes of all variables; prints a line for each where asked to.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default():
    ...     analyze_vars([tf.Variable(tf.zeros([2, 3]))])
    (6, 24)
    """
    lines, elements, size = ["---------", "Variables: name (type shape) [size]", "---------"], 0, 0
    for v in variables:
        n = v.get_shape().num_elements() or 0
        bytes_ = n * v.dtype.size
        elements, size = elements + n, size + bytes_
        lines.append(f"{v.name} {tensor_description(v)} [{n}, bytes: {bytes_}]")
    if print_info:
        print("\n".join([*lines, f"Total size of variables: {elements}", f"Total bytes of variables: {size}"]))
    return elements, size
