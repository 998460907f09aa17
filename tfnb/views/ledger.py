"""The ledger of runs as a table, newest first, and two runs beside each other.

    table(ledger.runs, ledger)        a row a run: when, what was fetched and fed, how long it took, the numbers that came
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from typing import Any

from tfnb.engine.compare import Comparison

__all__ = ["Compared", "Runs"]

SHOWN = 50  # rows
HEADS = ("run", "session", "fetched", "fed", "time", "took", "device", "seed", "cell", "numbers")


class Runs:
    """A table of runs, with text for where there is no HTML."""

    def __init__(self, ledger: Any, shown: int = SHOWN) -> None:
        self.ledger, self.shown = ledger, shown

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Newest first, each as texts under `HEADS`."""
        return [self._row(r) for r in reversed(self.ledger.runs[-self.shown :])]

    def _row(self, r: Any) -> tuple[str, ...]:
        hashes = self.ledger.hashes(r.number) if self.ledger.can_repeat(r.number) else {}
        fed = ", ".join(f"{n.removesuffix(':0')}{list(shape)} {hashes.get(n, '')}".strip() for n, shape in r.fed)
        numbers = r.error or ", ".join(f"{k.removesuffix(':0')} {v:.5g}" for k, v in r.scalars.items())
        return (str(r.number), r.session, _few(r.fetches), fed or "nothing", time.strftime("%H:%M:%S", time.localtime(r.begun)),
                f"{r.seconds * 1e3:.2f} ms", r.device, "none" if r.seed is None else str(r.seed), str(r.where or ""), numbers)  # fmt: skip

    def __repr__(self) -> str:
        rows = [HEADS, *self.rows]
        widths = [max(len(r[i]) for r in rows) for i in range(len(HEADS))]
        lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
        return "\n".join(lines) if len(rows) > 1 else "No runs yet."

    def _repr_html_(self) -> str:
        if not self.ledger.runs:
            return "<p>No runs yet.</p>"
        head = "".join(f'<th scope="col">{h}</th>' for h in HEADS)
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in self.rows)
        more = len(self.ledger.runs) - self.shown
        note = f"<p>{more} earlier runs are not shown.</p>" if more > 0 else ""
        return f'<table aria-label="Runs, newest first"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}'


class Compared:
    """Two runs beside each other: the first tensor that differs, then all of them."""

    def __init__(self, a: int, b: int, found: Comparison) -> None:
        self.a, self.b, self.found = a, b, found

    def __repr__(self) -> str:
        return "\n".join([f"Runs {self.a} and {self.b}. {self.found}", *(f"  {d}" for d in self.found.different)])

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(str(d))}</li>" for d in self.found.different)
        listed = f"<ol>{rows}</ol>" if rows else ""
        return f"<div><p><b>Runs {self.a} and {self.b}.</b> {escape(str(self.found))}</p>{listed}</div>"


def _few(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
