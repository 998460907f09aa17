"""How often a loop can go round, where its test says so: what it keeps for its gradient needs a place of a fixed size.

    limits(pred, frame)      [Limit(i, n, 1)] for `i < n` with `i + 1` each time; of several joined by `and` any one holds
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.regions import ENTER, EXIT, MERGE, source

__all__ = ["AsOften", "Limit", "limits"]

_RISING = {"Less": 0, "LessEqual": 1}  # and what has to be added to the end
_FALLING = {"Greater": 0, "GreaterEqual": -1}


class AsOften(NamedTuple):
    """The loop counts back what the loop of this frame has counted: it goes round as often."""

    frame: str


class Limit(NamedTuple):
    """The loop ends as soon as `start`, which changes by `step` each time, has reached `end`."""

    start: Tensor
    end: Tensor
    step: int
    beyond: int = 0


def limits(pred: Tensor, frame: str, wanted: bool = True) -> list[Limit | AsOften]:
    """What bounds a loop that goes on while `pred` is `wanted`."""
    node = pred.op
    if node.type == "Identity":
        return limits(node.inputs[0], frame, wanted)
    if node.type == "LogicalNot":
        return limits(node.inputs[0], frame, not wanted)
    if node.type == "LogicalAnd" and wanted or node.type == "LogicalOr" and not wanted:
        return limits(node.inputs[0], frame, wanted) + limits(node.inputs[1], frame, wanted)
    if not wanted or node.type not in {**_RISING, **_FALLING}:
        return []
    a, b = node.inputs
    rising = node.type in _RISING
    found = _limit(a, b, frame, rising, {**_RISING, **_FALLING}[node.type])
    if found is None:
        return []
    counted = _counter(found.start.op.inputs[0].op.inputs[0]) if found.step == -1 and _value(found.end) == 1 else None
    return [AsOften(counted) if counted else found]


def _counter(total: Tensor) -> str | None:
    """The frame of the loop in which `total` has been counted from 0, one each time round."""
    merge = source(total, ()).op
    if merge.type not in MERGE or total.op.type not in EXIT or merge.inputs[0].op.type not in ENTER:
        return None
    enter = merge.inputs[0].op
    start = source(enter.inputs[0], ())
    frame = enter.attrs["frame_name"]
    return frame if start.op.type == "Const" and not np.any(start.op.value) and _step(merge.outputs[0], frame) == 1 else None


def _limit(a: Tensor, b: Tensor, frame: str, rising: bool, beyond: int) -> Limit | None:
    """`a` against `b`, the counter standing on either side."""
    step = _step(a, frame)
    if step is not None and _is_outside(b, frame):
        return Limit(a, b, step, beyond) if (step > 0) == rising else None
    step = _step(b, frame)
    if step is not None and _is_outside(a, frame):  # n > i is i < n
        return Limit(b, a, step, -beyond) if (step < 0) == rising else None
    return None


def _step(t: Tensor, frame: str) -> int | None:
    """What a loop's variable changes by each time; None where `t` is none or the change is not always the same."""
    merge = t.op
    if merge.type not in MERGE or merge.inputs[0].op.type not in ENTER or merge.inputs[0].op.attrs["frame_name"] != frame:
        return None
    change = merge.inputs[1].op.inputs[0].op
    if change.type not in ("Add", "AddV2", "Sub"):
        return None
    x, y = map(_value, change.inputs)
    if _variable(change.inputs[0]) is merge and y is not None:
        return -y if change.type == "Sub" else y
    return x if _variable(change.inputs[1]) is merge and change.type != "Sub" else None


def _variable(t: Tensor) -> Operation:
    t = source(t, ())
    return _variable(t.op.inputs[0]) if t.op.type == "Identity" else t.op


def _value(t: Tensor) -> int | None:
    t = source(t, ())
    if t.op.type != "Const" or np.size(t.op.value) != 1 or np.asarray(t.op.value).dtype.kind != "i":
        return None
    return int(np.asarray(t.op.value).item()) or None


def _is_outside(t: Tensor, frame: Any) -> bool:
    """Whether a value is the same each time round."""
    if t.op.type == "Const":
        return True
    return t.op.type in ENTER and bool(t.op.attrs.get("is_constant")) and t.op.attrs["frame_name"] == frame
