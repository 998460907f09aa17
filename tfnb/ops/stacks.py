"""Stacks: what a loop keeps for its gradient."""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import resource as resource_type
from tfnb.core.op import op
from tfnb.core.rules import OfAttr, T, int32
from tfnb.core.shapes import TensorShape, unknown_shape

__all__: list[str] = []

resource = resource_type


@op("StackV2", shape=lambda call: [TensorShape.of((2,))], effect=True, host=True, carried=True, differentiable=False)
def stack(xp: Any, max_size: int32, *, elem_type: Any, stack_name: str = "") -> resource:  # type: ignore[valid-type]
    """A new, empty stack."""
    return xp.new_stack()  # type: ignore[return-value]


@op("StackPushV2", shape=lambda call: [call.shapes[1]], effect=True, host=True, carried=True, differentiable=False)
def stack_push(xp: Any, handle: resource, elem: T, *, swap_memory: bool = False) -> T:  # type: ignore[valid-type]
    """Puts a value onto a stack."""
    handle.append(elem)  # type: ignore[attr-defined]
    return elem


@op("StackPopV2", shape=lambda call: [unknown_shape()], effect=True, host=True, carried=True, differentiable=False)
def stack_pop(xp: Any, handle: resource, *, elem_type: Any) -> OfAttr("elem_type"):  # type: ignore[valid-type]
    """Takes the last value off a stack."""
    return handle.pop()  # type: ignore[attr-defined]
