"""Slots: variables that belong to another variable or tensor, made beside it under its name.

    create_zeros_slot(w, "Momentum")        the variable w/Momentum, on w's device
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import get_default_graph
from tfnb.initializers import zeros_initializer
from tfnb.variable_scopes import get_variable, variable_scope
from tfnb.variables import Variable

__all__ = ["create_slot", "create_slot_with_initializer", "create_zeros_slot"]


def create_slot(primary: Any, val: Any, name: str, colocate_with_primary: bool = True) -> Variable:
    """A slot of `primary`, a variable or a tensor, that starts with the value `val`."""
    return _made(primary, name, colocate_with_primary, initializer=val)


def create_slot_with_initializer(primary: Any, initializer: Any, shape: Any, dtype: Any, name: str,
                                 colocate_with_primary: bool = True) -> Variable:  # fmt: skip
    """A slot of `primary` that starts with `initializer(shape, dtype)`."""
    return _made(primary, name, colocate_with_primary, shape=shape, dtype=dtype, initializer=initializer)


def create_zeros_slot(primary: Any, name: str, dtype: Any = None, colocate_with_primary: bool = True) -> Variable:
    """A slot of `primary`, of its shape, that starts with zeros."""
    return create_slot_with_initializer(primary, zeros_initializer(), primary.shape, dtype or primary.dtype.base_dtype, name, colocate_with_primary)


def _made(primary: Any, name: str, together: bool, **given: Any) -> Variable:
    with variable_scope(None, primary.op.name + "/" + name):
        if not together:
            return get_variable("", trainable=False, **given)
        with get_default_graph().colocate_with(primary.op):
            return get_variable("", trainable=False, **given)
