"""Assignment to a part of a variable: v[1:].assign([5.0, 6.0]) leaves the rest as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.errors import UnimplementedError
from tfnb.core.graph import Tensor
from tfnb.core.op import op
from tfnb.core.rules import Host, Ref, T
from tfnb.core.scopes import name_scope
from tfnb.ops.indexing import index_of

__all__ = ["assign_slice"]


@op("StridedSliceAssign", writes=True, effect=True, differentiable=False, shape=lambda call: [call.shapes[0]])
def strided_slice_assign(
    xp: Any, ref: Ref(T), begin: Host, end: Host, strides: Host, value: T, *, begin_mask: int = 0, end_mask: int = 0,
    ellipsis_mask: int = 0, new_axis_mask: int = 0, shrink_axis_mask: int = 0,
) -> Ref(T):  # type: ignore[valid-type]  # fmt: skip
    """The place with `value` where Python's ref[begin:end:stride, ...] points. The shapes must be equal."""
    masks = dict(begin_mask=begin_mask, end_mask=end_mask, ellipsis_mask=ellipsis_mask, new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask)
    index = index_of(begin, end, strides, masks, np.ndim(ref))
    wanted, got = np.shape(ref[index]), np.shape(value)
    if wanted != got:
        left, right = (f"[{','.join(map(str, shape))}]" for shape in (wanted, got))
        raise UnimplementedError(None, None, f"sliced l-value shape {left} does not match r-value shape {right}. Automatic broadcasting not yet implemented.")
    return xp.scatter_set(ref, index, value)


def assign_slice(ref: Any, part: Tensor, value: Any, name: str | None = None) -> Tensor:
    """The op that puts `value` where `part`, a slice of the variable, was read; its output is the whole variable."""
    with name_scope(None if name else part.op.name + "/"):
        return strided_slice_assign(ref, *part.op.inputs[1:4], value, **part.op.attrs, name=name or "_assign")  # type: ignore[no-any-return]
