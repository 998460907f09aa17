"""Saves a stepped run as one page that needs no kernel.

    save(sess.step(loss, feed), "run.html")       the page's path and its bytes
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tfnb.views import replay, runs

__all__ = ["save"]

SCRIPT = Path(__file__).parent / "static" / "replay.js"


def save(run: Any, path: str, program: dict[str, Any] | None = None, graph: str = "") -> tuple[str, int]:
    """Walks the whole run, writes it, and leaves the run where it stood. `program` and `graph` spare making them again."""
    if not SCRIPT.exists():
        raise FileNotFoundError("The page's script is not built here: make build builds it.")
    if program is None:
        picture = runs.picture_of(run)
        program, graph = runs.program_facts(run, picture), picture.svg or ""
    text = replay.page(replay.record(run, program, graph), SCRIPT.read_text(encoding="utf-8"))
    target = Path(path).with_suffix(".html") if not Path(path).suffix else Path(path)
    target.write_text(text, encoding="utf-8")
    return str(target), len(text.encode())
