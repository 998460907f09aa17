"""Statements with the branches and loops they stand in, as indented Python and as a script for the stepper.

    lay_out(statements, paths, name)     lines of text, the line of each statement, and the script: what follows what
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tfnb.core.graph import Tensor
from tfnb.engine.regions import Literal, Loop

__all__ = ["Do", "Go", "Layout", "Test", "lay_out"]


class Do(NamedTuple):
    """Executes a statement."""

    index: int  # type: ignore[assignment]  # a tuple's own `index` is not used here


class Test(NamedTuple):
    """Goes on where the value of this name is true (or, `wanted` being False, false); else elsewhere."""

    name: str
    wanted: bool
    otherwise: int


class Go(NamedTuple):
    """Goes on elsewhere; `frame` is the loop whose next iteration that begins."""

    to: int
    frame: str = ""


class Layout(NamedTuple):
    text: list[str]
    lines: list[int]
    script: list[Any]


class _Open(NamedTuple):
    step: Any
    at: int  # a branch's Test, or a loop's first entry of the script
    is_else: bool = False


class _Sheet:
    def __init__(self, name: Callable[[Tensor], str]) -> None:
        self.name = name
        self.text: list[str] = []
        self.script: list[Any] = []
        self.open: list[_Open] = []

    @property
    def indent(self) -> str:
        """Four spaces for each `if` and `while`; a loop's body has no block of its own below its `break`."""
        steps = [o.step for o in self.open]
        return "    " * (1 + len(steps) - sum(_is_body(steps, i) for i in range(len(steps))))

    def go_to(self, path: tuple[Any, ...]) -> None:
        """Closes what is open and not part of the path, and opens the rest of it."""
        n = 0
        while n < min(len(self.open), len(path)) and self.open[n].step == path[n]:
            n += 1
        while len(self.open) > n:
            other = len(self.open) == n + 1 and n < len(path) and self._is_other_side(path[n], n)
            self.close(path[n] if other else None)
            if other:
                break
        for step in path[len(self.open) :]:
            self.start(step)

    def _is_other_side(self, step: Any, n: int) -> bool:
        now = self.open[n].step
        body = _is_body([o.step for o in self.open], n)
        if not isinstance(step, Literal) or not isinstance(now, Literal) or body or self.open[n].is_else:
            return False
        return now.pred is step.pred and now.value != step.value

    def close(self, other: Any = None) -> None:
        body = _is_body([o.step for o in self.open], len(self.open) - 1)
        step, at, _ = self.open.pop()
        if isinstance(step, Loop):
            self.script.append(Go(at, step.frame))
        if other is not None:  # the else of an if
            self.script.append(Go(-1))
            self.script[at] = self.script[at]._replace(otherwise=len(self.script))
            self.text.append(f"{self.indent}else:")
            self.open.append(_Open(other, len(self.script) - 1, True))
        elif isinstance(step, Literal) and not body:
            entry = self.script[at]
            self.script[at] = entry._replace(otherwise=len(self.script)) if isinstance(entry, Test) else Go(len(self.script))
        elif isinstance(step, Loop):
            for i in range(at, len(self.script)):  # the break of this loop
                entry = self.script[i]
                if isinstance(entry, Test) and entry.otherwise == -2 - at:
                    self.script[i] = entry._replace(otherwise=len(self.script))

    def start(self, step: Any) -> None:
        indent = self.indent
        if isinstance(step, Loop):
            self.open.append(_Open(step, len(self.script)))
            self.text.append(f"{indent}while True:")
            return
        name = self.name(step.pred)
        if step.ends:
            self.text.append(f"{indent}if {'not ' * step.value}{name}: break")
            self.script.append(Test(name, step.value, -2 - self.open[-1].at))
        else:
            self.text.append(f"{indent}if {'' if step.value else 'not '}{name}:")
            self.script.append(Test(name, step.value, -1))
        self.open.append(_Open(step, len(self.script) - 1))


def _is_body(steps: list[Any], i: int) -> bool:
    return isinstance(steps[i], Literal) and steps[i].ends


def lay_out(statements: Sequence[str], paths: Sequence[tuple[Any, ...]], notes: Sequence[str], name: Callable[[Tensor], str]) -> Layout:
    """The text of a step's body, indented; `notes` stand behind the statements."""
    sheet = _Sheet(name)
    lines = []
    width = min(max((len(s) + 4 * len(p) for s, p in zip(statements, paths, strict=True)), default=0), 76)
    for i, (statement, path, note) in enumerate(zip(statements, paths, notes, strict=True)):
        sheet.go_to(path)
        indent = sheet.indent
        lines.append(len(sheet.text))
        sheet.text.append(f"{indent}{statement:{width + 4 - len(indent)}}  # {note}")
        sheet.script.append(Do(i))
    sheet.go_to(())
    return Layout(sheet.text, lines, sheet.script)
