"""Values that a student puts into a run: kept by the place in the run where they stand, so that they stay when it is walked again.

    edits.put(position, index, name, value)     after that many instructions, the last being this one
    redo.reuse(...)                             what need not be computed anew, because nothing that it uses became different
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Edited", "Edits", "Redo", "same"]


class Edited(NamedTuple):
    """A tensor that is different after an edit. None where it has no value on one side."""

    tensor: str
    before: Any
    after: Any


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same to the last bit; NaN is the same as NaN."""
    if a is b:
        return True
    if not (hasattr(a, "dtype") and hasattr(b, "dtype")):
        return type(a) is type(b) and isinstance(a, (int, float, bool, str, bytes, tuple)) and bool(a == b)
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b)) if a.dtype == object else a.tobytes() == b.tobytes()


class Edits:
    """Edited values by position, each for the instruction that was executed last there (-1 at the start)."""

    def __init__(self, held: dict[tuple[int, int], dict[str, Any]] | None = None) -> None:
        self._held = held or {}

    def put(self, position: int, index: int, name: str, value: Any) -> None:
        self._held.setdefault((position, index), {})[name] = value

    def at(self, position: int, index: int) -> Mapping[str, Any]:
        return self._held.get((position, index), {})

    def drop(self, name: str) -> None:
        for values in self._held.values():
            values.pop(name, None)

    def first(self, name: str) -> int:
        """The first position where this name is edited. Raises KeyError where it is not."""
        found = [position for (position, _), values in self._held.items() if name in values]
        if not found:
            raise KeyError(f"{name} is not edited in this run.")
        return min(found)

    @property
    def positions(self) -> set[int]:
        return {position for position, _ in self._held}

    @property
    def names(self) -> set[str]:
        return {name for values in self._held.values() for name in values}

    def copy(self) -> Edits:
        return Edits({k: dict(v) for k, v in self._held.items()})


class Redo:
    """What was computed before an edit, by position: taken over where no input is different."""

    def __init__(self, anew: Collection[int] = ()) -> None:
        self._made: dict[int, tuple[int, dict[str, Any]]] = {}
        self._anew = anew  # positions after which a value stood that an edit had put there
        self.different: set[str] = set()

    def remember(self, position: int, index: int, made: dict[str, Any]) -> None:
        self._made[position] = (index, made)

    def reuse(self, position: int, index: int, uses: Collection[str]) -> dict[str, Any] | None:
        """What this instruction gave before, where it would give it again."""
        found = self._made.get(position)
        if found is None or found[0] != index or position + 1 in self._anew or not self.different.isdisjoint(uses):
            return None
        self.different.difference_update(found[1])
        return found[1]

    def compare(self, position: int, index: int, made: dict[str, Any]) -> None:
        """Notes which results are different from those of before."""
        before = self._made.get(position, (-1, {}))
        for name, value in made.items():
            if before[0] == index and name in before[1] and same(before[1][name], value):
                self.different.discard(name)
            else:
                self.different.add(name)
