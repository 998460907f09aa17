"""Errors as lessons: TensorFlow's own first line, then where the node was made and how to mend it."""

from __future__ import annotations

import os
import sys
from html import escape
from types import TracebackType
from typing import Any

import tfnb
from tfnb.jupyter.control import TrainingStopped

_LIBRARY = os.path.dirname(os.path.abspath(tfnb.__file__)) + os.sep

__all__ = ["card", "install", "uninstall"]

STYLE = ("border-left:4px solid var(--jp-error-color1,#d32f2f);padding:.4em .8em;margin:.3em 0;"
         "color:var(--jp-content-font-color1,inherit);font-family:var(--jp-content-font-family,sans-serif)")  # fmt: skip


def lesson(error: BaseException) -> list[tuple[str, str]]:
    """What a student needs beside the message: pairs of a heading and a text."""
    out: list[tuple[str, str]] = []
    place = getattr(error, "where", None)
    op = getattr(error, "op", None)
    if place:
        line = f": {place.text}" if getattr(place, "text", "") else ""
        out.append((f"Node {op.name} was made in" if op is not None else "Made in", f"{place}{line}"))
    hint = getattr(error, "hint", "")
    if hint:
        out.append(("How to mend it", hint))
    return out


class Card:
    """The lesson under an error, as HTML and as text."""

    def __init__(self, error: BaseException) -> None:
        self.rows = lesson(error)

    def _repr_html_(self) -> str:
        rows = "".join(f"<div><b>{escape(k)}</b> {escape(v)}</div>" for k, v in self.rows)
        return f'<div role="note" aria-label="About this error" style="{STYLE}">{rows}</div>'

    def __repr__(self) -> str:
        return "\n".join(f"{k}: {v}" for k, v in self.rows)


def card(error: BaseException) -> Card | None:
    """The card for an error that has a lesson; None for others."""
    made = Card(error)
    return made if made.rows else None


def students_frames(frames: Any) -> Any:
    """A traceback without tfnb's own frames and those of running a cell; all of it where nothing else is left."""
    kept = []
    at = frames
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        if not name.startswith(_LIBRARY) and f"{os.sep}IPython{os.sep}" not in name:
            kept.append(at)
        at = at.tb_next
    out = None
    for at in reversed(kept):
        out = TracebackType(out, at.tb_frame, at.tb_lasti, at.tb_lineno)
    return out or frames


def install(shell: Any, cells: Any, settings: Any) -> Any:
    """Shows a card after the traceback of an error that has a lesson; what was there before is returned."""
    before = shell.showtraceback

    def showtraceback(exc_tuple: Any = None, *args: Any, **named: Any) -> Any:
        kind, error, frames = exc_tuple or sys.exc_info()
        if isinstance(error, TrainingStopped):
            return print(error)  # asked for by a button: a line, not a traceback
        if settings.cards and error is not None:
            exc_tuple = (kind, error, students_frames(frames))
        out = before(exc_tuple, *args, **named)
        name = getattr(error, "name", None)
        if settings.cards and isinstance(error, NameError) and name in cells.lost:
            error.hint = f"The name {name!r} is gone: {cells.lost[name]}."  # type: ignore[attr-defined]
        made = card(error) if error is not None and settings.cards else None
        if made is not None:
            from IPython.display import display

            display(made)
        return out

    shell.showtraceback = showtraceback
    return before


def uninstall(shell: Any, before: Any) -> None:
    """Goes back to the shell's own tracebacks."""
    shell.showtraceback = before
