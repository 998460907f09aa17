"""Two runs of the same fetches beside each other: how far each tensor differs, and the first node where they depart.

    compare(a, b)                                two Steppers: another session, another feed, the run before
    on_device(sess, loss, {x: batch}, "cpu:jax") the same run there
    differences(before, after)                   two sets of values by tensor name

Differences are given as the largest absolute and relative one, and in units in the last place (ulp) of the dtype.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation
from tfnb.engine.editing import same
from tfnb.engine.session import Session
from tfnb.engine.stepper import Stepper
from tfnb.ops.draws import as_elsewhere

__all__ = ["Comparison", "Difference", "compare", "difference", "differences", "on_device"]

_BITS: dict[int, Any] = {2: np.int16, 4: np.int32, 8: np.int64}


class Difference(NamedTuple):
    """How far a tensor differs between two runs. `place` is the element with the largest absolute difference.

    `ulp` counts the floating point numbers between two elements, None for other dtypes; a NaN on one side is infinitely far.
    """

    tensor: str
    absolute: float
    relative: float
    ulp: float | None
    place: tuple[int, ...]
    a: Any
    b: Any
    note: str = ""

    def __str__(self) -> str:
        if self.note:
            return f"{self.tensor}: {self.note}"
        ulp = "" if self.ulp is None else f", {self.ulp:.0f} ulp"
        return f"{self.tensor}: {self.a} and {self.b} at {list(self.place)}; largest difference {self.absolute:.3g}, relative {self.relative:.3g}{ulp}"


class Comparison(NamedTuple):
    """Two runs compared: the tensors that differ, in the order of the run, and the first instruction that departs."""

    different: tuple[Difference, ...]
    departs: Operation | None
    position: int
    first: Difference | None
    compared: int

    def __str__(self) -> str:
        if self.first is None or self.departs is None:
            return f"The runs agree in all {self.compared} tensors."
        place = f", made in {self.departs.where}" if self.departs.where else ""
        return f"The runs depart at {self.departs.name} ({self.departs.type}{place}). {self.first}"


def difference(tensor: str, a: Any, b: Any) -> Difference | None:
    """How far two values of a tensor differ; None where they are the same to the last bit."""
    if same(a, b):
        return None
    if a is None or b is None:
        return Difference(tensor, np.inf, np.inf, None, (), a, b, "computed in one of the runs only")
    one, two = np.asarray(a), np.asarray(b)
    if one.shape != two.shape or one.dtype != two.dtype:
        shapes = f"{one.dtype.name}{list(one.shape)} and {two.dtype.name}{list(two.shape)}"
        return Difference(tensor, np.inf, np.inf, None, (), None, None, shapes)
    if one.dtype.kind not in "fciub":
        place = tuple(int(i) for i in np.argwhere(one != two)[0]) if one.dtype != object or one.shape else ()
        return Difference(tensor, np.inf, np.inf, None, place, one[place], two[place])
    return _numeric(tensor, one, two)


def _numeric(tensor: str, a: np.ndarray, b: np.ndarray) -> Difference:
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    x, y = a.astype(wide), b.astype(wide)
    with np.errstate(all="ignore"):
        gap = np.abs(x - y)
        scale = np.maximum(np.abs(x), np.abs(y))
        gap = np.where((x == y) | np.isnan(x) & np.isnan(y), 0.0, np.where(np.isnan(gap), np.inf, gap))
        relative = np.where(gap == 0, 0.0, np.where(np.isfinite(scale), gap / np.where(scale == 0, 1, scale), np.inf))
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    return Difference(tensor, float(gap.max()), float(relative.max()), _ulps(a, b, gap), place, a[place], b[place])


def _ulps(a: np.ndarray, b: np.ndarray, gap: np.ndarray) -> float | None:
    """Floating point numbers between the elements, at most: their bits, ordered, are whole numbers one apart."""
    if a.dtype.kind != "f" and a.dtype.name != "bfloat16":
        return None
    kind = _BITS[a.dtype.itemsize]
    lowest = np.iinfo(kind).min
    ordered = [np.where(v < 0, np.float64(lowest) - v, v) for v in (np.ascontiguousarray(x).view(kind).astype(np.float64) for x in (a, b))]
    between = np.where(gap == 0, 0.0, np.where(np.isfinite(gap), np.abs(ordered[0] - ordered[1]), np.inf))
    return float(between.max())


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """The tensors that differ between two sets of values by name, in the order of the first."""
    names = dict.fromkeys((*a, *b))
    found = (difference(n, a.get(n), b.get(n)) for n in names)
    return [d for d in found if d is not None]


def compare(a: Stepper, b: Stepper, rtol: float = 0.0, atol: float = 0.0) -> Comparison:
    """Runs both from their starts and compares what each instruction gives; both stand at their starts again then.

    The first departure is the first difference beyond `atol + rtol * |a|`; by default any bit counts. Where branches or
    loops take other ways, that is the departure. What is fed, read from a variable or constant is compared first.
    """
    start = differences(_given(a), _given(b))
    trail = []
    a.first()
    while a.forward():
        trail.append((a.last_instruction, a.made))
    values = dict(a.values)
    a.first()
    first = next((d for d in start if _beyond(d, rtol, atol)), None)
    departs, position = None if first is None else b.tensor(first.tensor).op, 0
    b.first()
    while b.forward():
        if departs is None:
            first = _departure(b, trail, rtol, atol)
            if first is not None and b.last_instruction is not None:
                departs, position = b.last_instruction.op, b.position
    held = dict(b.values)
    b.first()
    return Comparison(tuple(differences(values, held)), departs, position, first, len(values.keys() | held.keys()))


def _departure(b: Stepper, trail: list[tuple[Any, dict[str, Any]]], rtol: float, atol: float) -> Difference | None:
    """Where what the last instruction of b gave differs from what the other run gave at the same position."""
    ins, made = b.last_instruction, b.made
    other, theirs = trail[b.position - 1] if b.position <= len(trail) else (None, {})
    assert ins is not None
    if other is None or other.op.name != ins.op.name:
        return Difference(ins.op.name, np.inf, np.inf, None, (), None, None, "the runs take different ways from here")
    found = (difference(_tensor_of(b, n), theirs.get(n), made[n]) for n in made)
    return next((d for d in found if d is not None and _beyond(d, rtol, atol)), None)


def _beyond(d: Difference, rtol: float, atol: float) -> bool:
    return d.absolute > atol and d.relative > rtol or not np.isfinite(d.absolute)


def _given(stepper: Stepper) -> dict[str, Any]:
    stepper.first()
    return dict(stepper.values)


def _tensor_of(stepper: Stepper, name: str) -> str:
    return next((t.name for t, n in stepper.program.names.items() if n == name), name)


def on_device(session: Session, fetches: Any, feed_dict: Any, device: str, rtol: float = 1e-5, atol: float = 1e-6) -> Comparison:
    """The same run in this session and, with the same variables and random state, on another device.

    Iterators and queues serve both: they are set back in between. The session is left as it was.
    """
    here = session.step(fetches, feed_dict)
    here.first()  # where random numbers begin is settled
    with session.graph.as_default():
        other = Session(graph=session.graph, device=device)
    target = other._backend
    other._values = {k: target.put(session._backend.get(v)) for k, v in session._values.items()}
    other._blocks = dict(session._blocks)
    try:
        with as_elsewhere():
            there = other.step(fetches, feed_dict)
            found = compare(here, there, rtol, atol)
            there.first()
        return found
    finally:
        here.first()
        other.close()
