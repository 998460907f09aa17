"""The first tensor of a run that holds a NaN or an infinity, and the elements of its inputs that are the cause.

    first_bad(sess, loss, {x: batch})      Log:0 holds -Inf at [2, 0]: logits[2, 0] = 0.0 (cell 3, line 2)

The cause is found by trying: an element counts if the result is finite once that element (alone, or together with the
others that are named) is replaced by a harmless number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation
from tfnb.engine.conditions import has_inf_or_nan
from tfnb.engine.stepper import Stepper

__all__ = ["BadTensor", "Element", "find_bad", "first_bad"]

HARMLESS = (0.5, 1.5, -0.5)  # inside the domain of nearly every function, one of them
TRIES = 400  # of an op's kernel, at most
SHOWN = 8  # elements named, at most


class Element(NamedTuple):
    """One element of an input."""

    tensor: str
    place: tuple[int, ...]
    value: Any

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.place))}]" if self.place else ""
        return f"{self.tensor.removesuffix(':0')}{place} = {self.value}"


class BadTensor(NamedTuple):
    """The first bad tensor: which element of it, how many are bad, the input elements that cause that one.

    `position` is that of a stepper just after the instruction; 0 for what was bad before the run: a feed or a variable.
    """

    tensor: str
    op: Operation
    kind: str
    place: tuple[int, ...]
    bad: int
    size: int
    causes: tuple[Element, ...]
    position: int
    line: str

    @property
    def where(self) -> Any:
        """The user's cell and line that made the node."""
        return self.op.where

    def __str__(self) -> str:
        place = f" at [{', '.join(map(str, self.place))}]" if self.place else ""
        more = f" ({self.bad} of {self.size} elements are bad)" if self.bad > 1 else ""
        made = f" {self.op.name} ({self.op.type}) was made in {self.where}." if self.where else ""
        if not self.position:
            return f"{self.tensor} held {self.kind}{place} before the run{more}.{made}"
        why = f": {'; '.join(map(str, self.causes))}" if self.causes else ""
        return f"{self.tensor} is the first to hold {self.kind}{place}{more}{why}.{made}"


def first_bad(session: Any, fetches: Any, feed_dict: Any = None) -> BadTensor | None:
    """The first bad tensor of a run, which is stepped and taken back; None where all are finite."""
    stepper = session.step(fetches, feed_dict)
    try:
        return find_bad(stepper)
    finally:
        stepper.first()


def find_bad(stepper: Stepper) -> BadTensor | None:
    """Walks a stepper from its start to just after the instruction that makes the first bad tensor; to the end if none does."""
    stepper.first()
    if (given := _given(stepper)) is not None:
        return given
    while stepper.forward():
        ins = stepper.last_instruction
        assert ins is not None
        held = [stepper.held(n) for n in stepper.input_names(ins)]
        worst = max((_badness(v) for v in held), default=0)
        for t in ins.op.outputs:
            name = stepper.program.names.get(t)
            if name is not None and _badness(value := stepper.held(name)) > worst:
                return _described(stepper, t.name, ins.op, value, name)
    return None


def _badness(value: Any) -> int:
    """0 for what is finite, 1 for what holds an infinity, 2 for what holds a NaN."""
    if value is None or isinstance(value, list) or not hasattr(value, "dtype") or not has_inf_or_nan(value):
        return 0
    return 1 + bool(np.isnan(_plain(value)).any())


def _plain(value: Any) -> np.ndarray:
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.kind not in "fc" else array


def _given(stepper: Stepper) -> BadTensor | None:
    """A NaN among the feeds and variables. An infinity may be meant: it is told only by what it leads to."""
    program = stepper.program
    places = [*program.feeds, *(program.graph.get_operation_by_name(r.key).outputs[0] for r in program.reads if r.kind == "value")]
    for t in places:
        value = stepper.held(program.names[t])
        if _badness(value) == 2:
            return _described(stepper, t.name, t.op, value, "")
    return None


def _described(stepper: Stepper, tensor: str, op: Operation, value: Any, name: str) -> BadTensor:
    array = _plain(value)
    bad = np.isnan(array) if np.isnan(array).any() else ~np.isfinite(array)
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    element = array[index]
    kind = "NaN" if np.isnan(element) else "Inf" if np.real(element) > 0 else "-Inf"
    count = int((~np.isfinite(array)).sum())
    causes = _causes(stepper, name, index) if name else ()
    line = stepper.plan.code.statements[stepper.last_instruction.index] if stepper.last_instruction else ""
    return BadTensor(tensor, op, kind, index, count, array.size, causes, stepper.position, line)


# -- the cause ---------------------------------------------------------------------------------------------------
def _causes(stepper: Stepper, target: str, index: tuple[int, ...]) -> tuple[Element, ...]:
    """The input elements without which this element would be finite; () where none is found."""
    ins = stepper.last_instruction
    assert ins is not None
    before = stepper.held_before()
    inputs = {n: t for n, t in zip(stepper.input_names(ins), ins.op.inputs, strict=True) if n and _is_floating(before.get(n))}
    left = [TRIES]

    def is_finite(changed: dict[str, Any]) -> bool:
        if not left[0]:
            return False
        left[0] -= 1
        try:
            with np.errstate(all="ignore"):
                return bool(np.isfinite(_plain(stepper.tried(changed)[target])[index]))
        except Exception:  # what does not run is no proof
            return False

    for harmless in HARMLESS:
        found = _blame({n: np.asarray(before[n]) for n in inputs}, harmless, is_finite, index)
        if found:
            return tuple(Element(inputs[n].name, i, np.asarray(before[n])[i]) for n, i in found[:SHOWN])
    return ()


def _is_floating(value: Any) -> bool:
    return hasattr(value, "dtype") and np.asarray(value).dtype.kind == "f" and np.size(value) > 0


def _blame(values: dict[str, np.ndarray], harmless: float, is_finite: Callable[[dict[str, Any]], bool],
           index: tuple[int, ...]) -> list[tuple[str, tuple[int, ...]]]:  # fmt: skip
    """A small set of elements that, replaced, make the result finite: of one input if that is enough, else of all."""
    whole = {n: np.full_like(v, harmless) for n, v in values.items()}
    alone = next((n for n in values if is_finite({n: whole[n]})), None)
    if alone is None and not is_finite(whole):
        return []
    places = [(n, i) for n, v in values.items() if alone in (None, n) for i in range(v.size)]

    def without(chosen: list[tuple[str, int]]) -> bool:
        changed = {n: values[n].copy() for n, _ in chosen}
        for n, i in chosen:
            changed[n].reshape(-1)[i] = harmless
        return is_finite(changed)

    near = [(n, i) for n, i in places if _faces(np.unravel_index(i, values[n].shape), values[n].shape, index)] if len(places) < 10_000 else []
    if near and len(near) < len(places) and without(near):
        places = near
    found = _fewest(places, [], without)
    return [(n, tuple(int(k) for k in np.unravel_index(i, values[n].shape))) for n, i in found]


def _faces(place: tuple[Any, ...], shape: tuple[int, ...], index: tuple[int, ...]) -> bool:
    """Whether an element meets this element of the result where shapes are broadcast."""
    return len(place) <= len(index) and all(n == 1 or k == i for k, n, i in zip(reversed(place), reversed(shape), reversed(index), strict=False))


def _fewest(places: list[Any], fixed: list[Any], without: Callable[[list[Any]], bool]) -> list[Any]:
    """The part of `places` that is needed, by halves: delta debugging (Zeller and Hildebrandt 2002)."""
    if len(places) <= 1:
        return places
    middle = len(places) // 2
    one, two = places[:middle], places[middle:]
    if without(fixed + one):
        return _fewest(one, fixed, without)
    if without(fixed + two):
        return _fewest(two, fixed, without)
    needed = _fewest(two, fixed + one, without)
    return _fewest(one, fixed + needed, without) + needed
