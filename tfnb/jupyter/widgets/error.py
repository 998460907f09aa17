"""The card under an error: its cause, the part of the graph with the node lit, the cell and line, a mend to insert."""

from __future__ import annotations

from html import escape
from typing import Any

from traitlets import Dict, Unicode

from tfnb.jupyter.cells import ids_of
from tfnb.jupyter.widgets.base import View
from tfnb.views.explain import Explained
from tfnb.views.render import render

__all__ = ["ErrorView", "card_html", "card_text"]

STYLE = ("border-left:4px solid var(--jp-error-color1,#d32f2f);padding:.4em .8em;margin:.3em 0;"
         "color:var(--jp-content-font-color1,inherit);font-family:var(--jp-content-font-family,sans-serif)")  # fmt: skip


def rows(told: Explained) -> list[tuple[str, str]]:
    """What is said, as pairs of a heading and a text."""
    out = [("Cause", told.cause)] if told.cause else []
    if told.where:
        text = f": {told.where.text}" if getattr(told.where, "text", "") else ""
        out.append((f"Node {told.node} was made in" if told.node else "Made in", f"{told.where}{text}"))
    return [*out, ("How to mend it", told.mend)] if told.mend else out


def card_text(told: Explained) -> str:
    """The card in a terminal."""
    return "\n".join([f"{k}: {v}" for k, v in rows(told)] + [f"    {line}" for line in told.code.splitlines()])


def card_html(told: Explained) -> str:
    """The card without controls: what stays in a saved notebook."""
    said = "".join(f"<div><b>{escape(k)}</b> {escape(v)}</div>" for k, v in rows(told))
    picture = (render(told.dot, _alt(told)) or "") if told.dot else ""
    code = f"<pre>{escape(told.code)}</pre>" if told.code else ""
    return f'<div role="note" aria-label="About this error" style="{STYLE}">{said}{picture}{code}</div>'


def _alt(told: Explained) -> str:
    return f"The node {told.node} and what goes into it" if told.node else "The node that could not be made"


class ErrorView(View):
    """The card with its buttons: insert the mend, jump to the line, step to the node."""

    bundle = "error"

    told = Dict().tag(sync=True)
    picture = Unicode("").tag(sync=True)
    key = Unicode("").tag(sync=True)

    def __init__(self, told: Explained, step: str = "") -> None:
        """`step` is the line that opens the stepper at the run that failed."""
        self._told = told
        where = told.where
        super().__init__(
            told={"cause": told.cause, "mend": told.mend, "code": told.code, "node": told.node, "where": str(where or ""),
                  "line": getattr(where, "text", ""), "cell": getattr(where, "cell", None),
                  "id": next(iter(ids_of([getattr(where, "cell", None)]).values()), ""), "row": getattr(where, "line", 0), "step": step},
            picture=(render(told.dot, _alt(told)) or "") if told.dot else "",
        )  # fmt: skip
        self.key = str(self.model_id)

    def receive(self, message: dict[str, Any]) -> None:
        raise ValueError(f"The card knows no {message.get('do')!r}.")

    def text(self) -> str:
        return card_text(self._told)

    def static_html(self) -> str:
        return card_html(self._told)
