"""Nodes with very many arrows, drawn to one side without them: what remains can be read.

    beside(outline)               {"global_step", "init"}
    links(outline, {"init"})      {"w": ["init"], ...}: what each box says instead of the arrow

The rule is TensorBoard's, for each scope of 15 boxes or more: an in-degree above Q3 + (Q3 - Q1), an out-degree above
Q3 + 4 (Q3 - Q1), never one below 5; nodes that compute nothing (NoOp) go, too, where they wait for many.
"""

from __future__ import annotations

from collections.abc import Iterable

from tfnb.views.outline import Outline

__all__ = ["beside", "links"]

GROUP, DEGREE, CONTROL = 15, 5, 4


def beside(outline: Outline) -> set[str]:
    """The boxes that the rule moves aside."""
    scopes: dict[str, list[str]] = {}
    for node in outline.nodes.values():
        scopes.setdefault(node.scope, []).append(node.id)
    incoming, outgoing, waits = _degrees(outline)
    found: set[str] = set()
    for boxes in scopes.values():
        if len(boxes) >= GROUP:
            found |= _above(boxes, incoming, 1) | _above(boxes, outgoing, 4)
    found |= {n.id for n in outline.nodes.values() if n.kind == "group" and waits.get(n.id, 0) > CONTROL and not n.closed}
    return found if len(found) < len(outline.nodes) else set()


def _degrees(outline: Outline) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Arrows into and out of each box; control arrows count only where there are no others."""
    regular = any(not e.control for e in outline.edges)
    incoming: dict[str, int] = {}
    outgoing: dict[str, int] = {}
    waits: dict[str, int] = {}
    for e in outline.edges:
        if e.control:
            waits[e.target] = waits.get(e.target, 0) + 1
        if not (e.control and regular):
            incoming[e.target] = incoming.get(e.target, 0) + 1
            outgoing[e.source] = outgoing.get(e.source, 0) + 1
    return incoming, outgoing, waits


def _above(boxes: list[str], degree: dict[str, int], factor: int) -> set[str]:
    """The boxes whose degree is an outlier among these."""
    counts = sorted(degree.get(b, 0) for b in boxes)
    low, high = counts[round(len(counts) * 0.25)], counts[min(round(len(counts) * 0.75), len(counts) - 1)]
    bound = max(high + factor * (high - low), DEGREE - 1)
    return {b for b in boxes if degree.get(b, 0) > bound}


def links(outline: Outline, out: Iterable[str]) -> dict[str, list[str]]:
    """For each box those set aside that it is connected with: their arrows are not drawn."""
    gone = set(out)
    found: dict[str, dict[str, None]] = {}
    for e in outline.edges:
        for here, there in ((e.source, e.target), (e.target, e.source)):
            if there in gone and here not in gone:
                found.setdefault(here, {})[there] = None
    return {box: list(others) for box, others in found.items()}
