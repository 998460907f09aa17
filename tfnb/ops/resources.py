"""Resource variables as TensorFlow's own graphs hold them: a handle, and ops that read and write what it stands for.

They are here for graphs that are imported; tfnb's `tf.Variable` makes the classic ops, whatever `use_resource` says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType
from tfnb.core.dtypes import resource as resource_type
from tfnb.core.op import op
from tfnb.core.rules import Call, OfAttr, Ref, S, T, boolean
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape

__all__: list[str] = []


def _held(call: Call) -> list[TensorShape]:
    """The shape of the variable that the handle stands for."""
    node = call.inputs[0].op
    while node.type == "Identity" and node.inputs:
        node = node.inputs[0].op
    return [as_shape(node.attrs["shape"]) if "shape" in node.attrs else unknown_shape()]


@op("VarHandleOp", shape="scalar", effect=True, differentiable=False)
def var_handle_op(xp: Any, *, dtype: DType, shape: Any, container: str = "", shared_name: str = "") -> resource_type:  # type: ignore[valid-type]
    """The handle of a place that keeps a value from one run to the next."""
    raise AssertionError("a session keeps it; it is never computed")


@op("ReadVariableOp", shape=_held, effect=True)
def read_variable_op(xp: Any, resource: Ref(T), *, dtype: DType) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """The value that the place holds now."""
    return resource


@op("AssignVariableOp", writes=("resource",), effect=True, differentiable=False)
def assign_variable_op(xp: Any, resource: Ref(T), value: S, *, dtype: DType) -> None:  # type: ignore[valid-type]
    """Puts a value into the place."""
    return (value,)  # type: ignore[return-value]


@op("AssignAddVariableOp", writes=("resource",), effect=True, differentiable=False)
def assign_add_variable_op(xp: Any, resource: Ref(T), value: S, *, dtype: DType) -> None:  # type: ignore[valid-type]
    """Adds to what the place holds."""
    return (resource + value,)  # type: ignore[return-value]


@op("AssignSubVariableOp", writes=("resource",), effect=True, differentiable=False)
def assign_sub_variable_op(xp: Any, resource: Ref(T), value: S, *, dtype: DType) -> None:  # type: ignore[valid-type]
    """Takes away from what the place holds."""
    return (resource - value,)  # type: ignore[return-value]


@op("VarIsInitializedOp", shape="scalar", ready=True, differentiable=False)
def var_is_initialized_op(xp: Any, resource: Ref(T)) -> boolean:  # type: ignore[valid-type]
    """Whether the place holds a value."""
    return np.bool_(resource)
