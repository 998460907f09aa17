"""Where a stepped run stops by itself, and what is looked at wherever it stands.

    stepper.breakpoints.add(name="dense/.*", when="has_inf_or_nan")   stepper.resume()
    stepper.watches.add("np.abs(W).max()")                            stepper.watches.values()

A breakpoint without a condition stops before the instruction, one with a condition just after it, when the value is there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tfnb.core.graph import Operation
from tfnb.engine.conditions import Condition

__all__ = ["Breakpoint", "Breakpoints", "Watched", "Watches"]


class Breakpoint(NamedTuple):
    """Stops at nodes whose name matches `name` (a regular expression), of op type `type`, inside `scope`, in iteration
    `iteration` (from 0) of the innermost loop, where `when` holds of a value: all that are given must agree."""

    id: int
    name: str | None = None
    type: str | None = None
    scope: str | None = None
    iteration: int | None = None
    when: Condition | None = None

    def matches(self, op: Operation, iteration: int | None) -> bool:
        """Whether it is about this node in this iteration, its condition aside."""
        return (
            (self.name is None or re.fullmatch(self.name, op.name) is not None)
            and (self.type is None or op.type == self.type)
            and (self.scope is None or op.name.startswith(self.scope.rstrip("/") + "/"))
            and (self.iteration is None or self.iteration == iteration)
        )

    def __str__(self) -> str:
        parts = [f"{k} {v}" for k, v in self._asdict().items() if v is not None and k != "id"]
        return f"breakpoint {self.id}: {', '.join(parts) or 'every instruction'}"


class Breakpoints:
    """The breakpoints of a run, in the order in which they were added; `known` says whether a name is a tensor's."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._serial = itertools.count(1)
        self._held: dict[int, Breakpoint] = {}

    def add(self, name: str | None = None, type: str | None = None, scope: str | None = None, iteration: int | None = None,
            when: str | None = None) -> int:  # fmt: skip
        """Adds one and gives its id. Raises ValueError for a wrong regular expression or condition."""
        if name is not None:
            try:
                re.compile(name)
            except re.error as e:
                raise ValueError(f"{name!r} is no regular expression: {e}") from None
        condition = None if when is None else self._condition(when)
        made = Breakpoint(next(self._serial), name, type, scope, iteration, condition)
        self._held[made.id] = made
        return made.id

    def _condition(self, text: str) -> Condition:
        made = Condition(text)
        for name in made.names:
            if not self._known(name):
                raise ValueError(f"{text!r}: this run has no tensor called {name!r}.")
        return made

    def remove(self, id: int) -> None:
        """Takes a breakpoint away. Raises KeyError where there is none of this id."""
        if id not in self._held:
            raise KeyError(f"There is no breakpoint {id}.")
        del self._held[id]

    def clear(self) -> None:
        self._held.clear()

    def __iter__(self) -> Iterator[Breakpoint]:
        return iter(list(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or "no breakpoints"


class Watched(NamedTuple):
    """A watch and what it comes to here: a value, or why there is none."""

    id: int
    expression: str
    value: Any
    error: str = ""


class Watches:
    """Expressions that are looked at wherever the run stands."""

    def __init__(self, look: Callable[[str], Any]) -> None:
        self._look = look
        self._serial = itertools.count(1)
        self._held: dict[int, Condition] = {}

    def add(self, expression: str) -> int:
        """Adds one and gives its id. Raises ValueError for what is no expression."""
        id = next(self._serial)
        self._held[id] = Condition(expression)
        return id

    def remove(self, id: int) -> None:
        """Takes a watch away. Raises KeyError where there is none of this id."""
        if id not in self._held:
            raise KeyError(f"There is no watch {id}.")
        del self._held[id]

    def values(self) -> list[Watched]:
        """What each comes to at this point of the run."""
        return [self._watched(id, c) for id, c in self._held.items()]

    def _watched(self, id: int, condition: Condition) -> Watched:
        try:
            return Watched(id, condition.text, condition.value(self._look))
        except NameError as e:
            return Watched(id, condition.text, None, f"{condition.shown(e.name or '')} has no value here")
        except Exception as e:  # a watch may be anything: what is wrong with it is what it shows
            return Watched(id, condition.text, None, f"{type(e).__name__}: {e}")

    def __len__(self) -> int:
        return len(self._held)
