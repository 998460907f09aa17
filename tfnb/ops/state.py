"""Variables as the graph sees them: places that keep a value between runs, and the ops that write them.

A kernel that writes gives the place's new value; the session keeps it when the run has succeeded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType
from tfnb.core.errors import OutOfRangeError
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, I, N, Ref, ShapeError, T, boolean, require_merge
from tfnb.core.shapes import TensorShape, as_shape

__all__ = ["assign_op", "variable_op"]


@op("VariableV2", shape=lambda call: [as_shape(call.attrs["shape"])], effect=True)
def variable_op(xp: Any, *, dtype: DType, shape: Any, container: str = "", shared_name: str = "") -> Ref(T):  # type: ignore[valid-type]
    """A place that keeps a value from one run to the next."""
    raise AssertionError("a session keeps it; it is never computed")


@op("ReadVariableOp")
def read_variable_op(xp: Any, resource: Ref(T)) -> T:  # type: ignore[valid-type]
    """What the place holds now; what is written to it later does not change this."""
    return xp.array(resource)


@read_variable_op.gradient
def read_variable_gradient(node: Operation, dy: Tensor) -> Tensor:
    return dy


def _assigned(call: Call) -> list[TensorShape]:
    if not call.attrs.get("validate_shape", True):
        return [call.shapes[1]]
    return [require_merge(call.shapes[0], call.shapes[1])]


@op("Assign", shape=_assigned, writes=True, effect=True, differentiable=False)
def assign_op(
    xp: Any, ref: Ref(T), value: T, *, validate_shape: bool = True, use_locking: bool = True
) -> Ref(T):  # type: ignore[valid-type]
    """Puts a value into the place."""
    return value


@op("AssignAdd", shape=_assigned, writes=True, effect=True, differentiable=False)
def assign_add_op(xp: Any, ref: Ref(N), value: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Adds to what the place holds."""
    return ref + value


@op("AssignSub", shape=_assigned, writes=True, effect=True, differentiable=False)
def assign_sub_op(xp: Any, ref: Ref(N), value: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Takes away from what the place holds."""
    return ref - value


@op("IsVariableInitialized", shape="scalar", ready=True, differentiable=False)
def is_variable_initialized_op(xp: Any, ref: Ref(T)) -> boolean:  # type: ignore[valid-type]
    """Whether the place holds a value."""
    return np.bool_(ref)


@op("CountUpTo", shape="scalar", writes=("ref",), effect=True, differentiable=False, host=True)
def count_up_to_op(xp: Any, ref: Ref(I), *, limit: int) -> I:  # type: ignore[valid-type]
    """Adds one, until the limit; gives the value before."""
    if ref >= limit:
        raise OutOfRangeError(None, None, f"Reached limit of {limit}")
    return ref + 1, ref


def _rows(call: Call) -> list[TensorShape]:
    ref, indices, updates = call.shapes
    if ref.sizes is not None and indices.sizes is not None and updates.sizes:
        want = TensorShape.of((*indices.sizes, *ref.sizes[1:]))
        if not want.is_compatible_with(updates):
            raise ShapeError(
                f"Must have updates.shape = indices.shape + params.shape[1:], "
                f"got updates.shape {updates.brackets()}, "
                f"indices.shape {indices.brackets()}, params.shape {ref.brackets()}"
            )
    return [ref]


@op("ScatterUpdate", shape=_rows, writes=True, effect=True, differentiable=False)
def scatter_update_op(xp: Any, ref: Ref(T), indices: I, updates: T, *, use_locking: bool = True) -> Ref(T):  # type: ignore[valid-type]
    """Replaces rows."""
    return xp.scatter_set(ref, xp.within(indices, ref.shape[0]), updates)


@op("ScatterAdd", shape=_rows, writes=True, effect=True, differentiable=False)
def scatter_add_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Adds to rows; equal indices add up."""
    return xp.scatter_add(ref, xp.within(indices, ref.shape[0]), updates)


@op("ScatterSub", shape=_rows, writes=True, effect=True, differentiable=False)
def scatter_sub_op(xp: Any, ref: Ref(N), indices: I, updates: N, *, use_locking: bool = False) -> Ref(N):  # type: ignore[valid-type]
    """Takes away from rows."""
    return xp.scatter_add(ref, xp.within(indices, ref.shape[0]), -updates)
