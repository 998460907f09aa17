"""What calling a layer needs: what it takes, what is given, and what it asks of its inputs."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.core.sparse import SparseTensor
from tfnb.variables import Variable

__all__ = ["InputSpec", "as_input", "batch_shape", "bound_arguments", "listed", "snake", "takes", "unique"]


class InputSpec:
    """What a layer asks of an input: its rank, dtype, shape or sizes of axes.

    >>> print(tf.keras.layers.InputSpec(ndim=2).ndim)
    2
    """

    def __init__(self, dtype: Any = None, shape: Any = None, ndim: int | None = None, max_ndim: int | None = None, min_ndim: int | None = None,
                 axes: Any = None) -> None:  # fmt: skip
        self.dtype, self.shape, self.max_ndim, self.min_ndim, self.axes = dtype, shape, max_ndim, min_ndim, axes or {}
        self.ndim = len(shape) if shape is not None else ndim

    def check(self, shape: TensorShape, layer: str) -> None:
        """Raises ValueError for a shape that does not fit."""
        if shape.ndims is None:
            return
        said = f"Input 0 of layer {layer} is incompatible with the layer: "
        if self.ndim is not None and shape.ndims != self.ndim:
            raise ValueError(f"{said}expected ndim={self.ndim}, found ndim={shape.ndims}. Full shape received: {shape.as_list()}")
        if self.min_ndim is not None and shape.ndims < self.min_ndim:
            raise ValueError(f"{said}: expected min_ndim={self.min_ndim}, found ndim={shape.ndims}. Full shape received: {shape.as_list()}")
        for axis, size in self.axes.items():
            found = shape.as_list()[int(axis)]
            if size is not None and found not in (size, None):
                raise ValueError(f"{said}expected axis {axis} of input shape to have value {size} but received input with shape {shape.as_list()}")


def snake(name: str) -> str:
    """Conv2DTranspose -> conv2d_transpose, ReLU -> re_lu: Keras's rule."""
    middle = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
    return middle if middle[0] != "_" else "private" + middle


def takes(function: Any, name: str) -> bool:
    """Whether a function has an argument of this name."""
    try:
        named = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return name in named


def as_input(value: Any) -> Any:
    if value is None or isinstance(value, (Tensor, SparseTensor, Variable)) or not isinstance(value, (np.ndarray, np.generic, int, float)):
        return value
    value = np.asarray(value)
    return convert_to_tensor(value.astype(np.float32) if value.dtype == np.float64 else value)


def bound_arguments(init: Any, args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a constructor by name, defaults included."""
    try:
        bound = inspect.signature(init).bind(None, *args, **named)
    except TypeError:
        return {}
    bound.apply_defaults()
    out: dict[str, Any] = {}
    for k, p in list(bound.signature.parameters.items())[1:]:
        if p.kind is p.VAR_KEYWORD:
            out |= bound.arguments[k]
        elif p.kind is not p.VAR_POSITIONAL:
            out[k] = bound.arguments[k]
    return out


def batch_shape(named: dict[str, Any]) -> tuple[Any, ...] | None:
    if named.get("batch_input_shape") is not None:
        return tuple(named["batch_input_shape"])
    shape = named.get("input_shape")
    if shape is None and named.get("input_dim") is not None:
        shape = (named["input_dim"],)
    return None if shape is None else (named.get("batch_size"), *shape)


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def unique(values: list[Any]) -> list[Any]:
    return list({id(v): v for v in values}.values())
