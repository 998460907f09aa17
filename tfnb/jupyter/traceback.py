"""Errors as lessons: TensorFlow's own first line, then where the node was made and how to mend it."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

from IPython.core.error import UsageError

import tfnb
from tfnb.engine.session import live_sessions
from tfnb.jupyter.control import TrainingStopped
from tfnb.jupyter.magics.runs import ledger
from tfnb.jupyter.widgets.error import ErrorView, card_html, card_text
from tfnb.views.explain import Explained, explain

_LIBRARY = os.path.dirname(os.path.abspath(tfnb.__file__)) + os.sep

__all__ = ["card", "install", "uninstall"]


class Card:
    """The lesson under an error where there are no controls: HTML and text."""

    def __init__(self, told: Explained) -> None:
        self.told = told

    def _repr_html_(self) -> str:
        return card_html(self.told)

    def __repr__(self) -> str:
        return card_text(self.told)


def card(error: BaseException, controls: bool = False) -> Any:
    """The card for an error that has a lesson, with buttons where the front end can have them; None for others."""
    graphs = [s.graph for s in reversed(live_sessions())]
    told = None if isinstance(error, UsageError) else explain(error, graphs)  # a wrong flag of a magic is one line
    if told is None or not (told.cause or told.mend or told.where):
        return None
    return ErrorView(told, _again(error)) if controls else Card(told)


def _again(error: BaseException) -> str:
    """The line that steps the run that has just failed with this error; nothing where none has."""
    last = ledger().runs[-1:]
    line = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return f"%runs step {last[0].number}" if last and last[0].error == line and ledger().can_repeat(last[0].number) else ""


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
        made = card(error, getattr(shell, "kernel", None) is not None) if error is not None and settings.cards else None
        if made is not None:
            from IPython.display import display

            display(made)
        return out

    shell.showtraceback = showtraceback
    return before


def uninstall(shell: Any, before: Any) -> None:
    """Goes back to the shell's own tracebacks."""
    shell.showtraceback = before
