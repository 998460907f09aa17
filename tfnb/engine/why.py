"""Why a run computes a node, or why it does not: the path from what is fetched, the feed that cuts it.

    why(w.op, [train])                     runs: train waits for ..., which needs ..., which needs w
    why(y.op, [loss], feeds=[h])           does not run: h is fed, so that what only h needs is not computed
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.gates import awaited
from tfnb.engine.program import needed

__all__ = ["Link", "Why", "why"]


class Link(NamedTuple):
    """One arrow of the path: `op` needs `needs`, by a tensor (data) or by waiting for it (None)."""

    op: Operation
    needs: Operation
    tensor: Tensor | None


class Why(NamedTuple):
    """The answer. `path` leads from a fetch to the node; `cut` is the fed tensor on it where that is why the node does not run."""

    node: Operation
    runs: bool
    path: tuple[Link, ...]
    cut: Tensor | None
    reason: str

    def __repr__(self) -> str:
        lines = [f"{self.node.name} {'runs' if self.runs else 'does not run'}: {self.reason}"]
        for link in self.path:
            how = f"needs {link.tensor.name}" if link.tensor is not None else f"waits for {link.needs.name}"
            lines.append(f"  {link.op.name} ({link.op.type}) {how}" + ("   <- fed, so cut here" if link.tensor is self.cut is not None else ""))
        return "\n".join(lines)


def why(node: Operation, fetches: Iterable[Any], feeds: Iterable[Tensor] = ()) -> Why:
    """Why fetching `fetches` computes `node`, or why not. Operations, tensors and variables may be fetched."""
    fetches = list(fetches)
    targets = [getattr(f, "op", f) for f in fetches]
    fed = set(feeds)
    asked = ", ".join(t.name for t in targets)
    roots = [getattr(f, "op", f) for f in fetches if f not in fed]
    path = _path(node, roots, fed)
    given = [t for t in node.outputs if t in fed]
    if path is not None and node in needed(roots, fed):
        if not path:
            return Why(node, True, (), None, "it is fetched itself.")
        return Why(node, True, path, None, f"fetching {asked} needs it, {_steps(len(path))} away.")
    if given:
        return Why(node, False, (), given[0], f"{given[0].name} is fed: its value is given, not computed.")
    uncut = _path(node, targets, set())
    if uncut is None:
        users = [c.name for t in node.outputs for c in t.consumers()]
        used = f"it is used by {', '.join(users[:3])}{' and others' if len(users) > 3 else ''}, none of which {asked} needs" if users else "nothing uses it"
        return Why(node, False, (), None, f"{asked} does not depend on it: {used}.")
    cut = next(t for t in [*(link.tensor for link in uncut), *fetches, *fed] if t in fed)
    return Why(node, False, uncut, cut, f"{cut.name} is fed, and {asked} needs {node.name} only to compute that.")


def _steps(n: int) -> str:
    return "one arrow" if n == 1 else f"{n} arrows"


def _path(node: Operation, roots: list[Operation], fed: set[Tensor]) -> tuple[Link, ...] | None:
    """The shortest path from a root back to the node, not through fed tensors; None where there is none."""
    came: dict[Operation, Link | None] = dict.fromkeys(roots)
    queue = deque(came)
    while queue:
        op = queue.popleft()
        if op is node:
            break
        links = [Link(op, x.op, x) for x in op.inputs if x not in fed] + [Link(op, w, None) for w in awaited(op)]
        for link in links:
            if link.needs not in came:
                came[link.needs] = link
                queue.append(link.needs)
    if node not in came:
        return None
    path: list[Link] = []
    at = came[node]
    while at is not None:
        path.append(at)
        at = came[at.op]
    return tuple(reversed(path))
