"""What edited and repeated cells leave behind in a graph, in words and for the page: leftovers, and cells to be run again.

    report(cells, graph)          {"leftovers": [...], "count": 3, "says": "`add_1` is a leftover of cell 5.", "stale": [...]}
    cleaned(cells.clean(graph))   "Removed 3 leftovers: add_1, ..."
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.jupyter import explore
from tfnb.jupyter.cells import Cells, Change, ids, listing

__all__ = ["attach", "cleaned", "report"]

MOST = 50  # leftovers that are named


def report(cells: Cells, graph: Any) -> dict[str, Any]:
    """What the page shows of a graph's leftovers, and the cells, in order, that are to be run again."""
    found = cells.leftovers(graph)
    by_cell: dict[int, list[str]] = {}
    for op, cell in found.items():
        by_cell.setdefault(cell, []).append(op.name)
    says = " ".join(f"{listing([f'`{n}`' for n in names], 4)} {'is a leftover' if len(names) == 1 else 'are leftovers'} of cell {cell}."
                    for cell, names in by_cell.items())  # fmt: skip
    stale = sorted(cells.stale.values())
    return {"leftovers": [op.name for op in found][:MOST], "count": len(found), "says": says,
            "stale": [{"cell": count, "id": ids.get(count, "")} for count in stale]}  # fmt: skip


def cleaned(change: Change) -> str:
    """What a clean-up did, in one paragraph."""
    if not change.replaced:
        return "Nothing is left over: every node belongs to its cell's last run."
    text = f"Removed {len(change.replaced)} leftovers: {listing([op.name for op in change.replaced])}."
    if change.stale:
        text += f" {listing([op.name for op in change.stale])} stood on them and went, too. Run again: {', '.join(change.rerun)}."
    return text


def attach(cells: Cells) -> Callable[[], None]:
    """Lets pages see leftovers and ask for a clean-up; the function that ends it is returned."""

    def clean(of: Any, request: dict[str, Any]) -> dict[str, Any]:
        return {"says": cleaned(cells.clean(of))}

    def note(graph: Any) -> dict[str, Any]:
        return {"tidy": report(cells, graph)}

    explore.jobs["clean"] = clean
    explore.notes.append(note)

    def undo() -> None:
        explore.jobs.pop("clean", None)
        explore.notes.remove(note)

    return undo
