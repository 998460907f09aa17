"""Two graphs as one picture: what was added, what was removed, what is wired or set otherwise.

    found = diff(before, after)             found.added, found.removed, found.changed
    passes_diff(sess.plan(loss, [x]))       a run as it is written, and what is left of it after the passes
    found.draw().svg                        added nodes with a thick line, removed ones dashed, changed ones marked, each with a word

Nodes are the same where their names are. What can be compared: graphs, GraphDefs, and lists of operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfnb.core.graph import Graph, Operation
from tfnb.engine import passes
from tfnb.engine.namespaces import numpy_namespace
from tfnb.engine.program import needed
from tfnb.views import style
from tfnb.views.colour import Colouring, Paint
from tfnb.views.dot import Picture, draw
from tfnb.views.outline import Node, Outline

__all__ = ["Diff", "diff", "passes_diff"]

WORDS = {"added": "+ added", "removed": "− removed", "changed": "≠ changed"}


class Diff:
    """The difference of two lists of operations. `changed` tells for a name what is different, in words; `labels` say of what it is."""

    def __init__(self, before: Sequence[Operation], after: Sequence[Operation], graph: Graph, labels: tuple[str, str] | None = None) -> None:
        self.graph, self.labels = graph, labels
        old, new = {op.name: op for op in before}, {op.name: op for op in after}
        self.added = [op for op in after if op.name not in old]
        self.removed = [op for op in before if op.name not in new]
        self.changed = {name: words for name, op in new.items() if name in old and (words := _difference(old[name], op))}
        self.ops = [*after, *self.removed]

    def draw(self, **options: Any) -> Picture:
        """Both graphs in one picture; `options` are those of `draw`."""
        options.pop("mark", None)
        options.pop("colouring", None)
        picture = draw(self.graph, ops=self.ops, colouring=self.colouring, **options)
        picture.title = self.title
        return picture

    @property
    def title(self) -> str:
        of = f"{' → '.join(self.labels)}: " if self.labels else ""
        return f"{of}{len(self.added)} node{'s' * (len(self.added) != 1)} added, {len(self.removed)} removed, {len(self.changed)} changed"

    def colouring(self, outline: Outline) -> Colouring:
        """Each box says what happened to it, and a closed one how often."""
        fate = {op: "added" for op in self.added} | {op: "removed" for op in self.removed}
        fate |= {op: "changed" for op in self.ops if op.name in self.changed and op not in fate}
        nodes = {box: paint for box, node in outline.nodes.items() if (paint := self._paint(node, fate))}
        legend = tuple((word, sign) for word, sign in WORDS.items() if any(p.paint == word for p in nodes.values()))
        return Colouring("diff", self.title, legend, nodes)

    def _paint(self, node: Node, fate: dict[Operation, str]) -> Paint | None:
        found = [fate[op] for op in node.ops if op in fate]
        if not found:
            return None
        if not node.closed:
            word = fate.get(node.op, "changed")
            return Paint(word, f"≠ {self.changed[node.op.name]}" if node.op.name in self.changed else WORDS[word])
        whole = set(found) if len(found) == len(node.ops) else set()
        word = next(iter(whole)) if len(whole) == 1 else "changed"
        return Paint(word, ", ".join(f"{WORDS[w][0]}{found.count(w)}" for w in WORDS if w in found))

    def __repr__(self) -> str:
        lines = [f"+ {op.name} ({op.type})" for op in self.added] + [f"- {op.name} ({op.type})" for op in self.removed]
        return "\n".join([self.title, *lines, *(f"~ {name}: {words}" for name, words in self.changed.items())])


def diff(before: Any, after: Any, labels: tuple[str, str] | None = None) -> Diff:
    """Compares two graphs, GraphDefs, or lists of operations."""
    old, new = (_operations(x) for x in (before, after))
    return Diff(old, new, (new or old)[0].graph if new or old else Graph(), labels)


def passes_diff(plan: Any) -> Diff:
    """A run as it is written, and as it runs: what depends on constants alone is computed once, when the plan is made.

    Raises ValueError for a run that a compiler gets as it is written.
    """
    if "jax" in plan.backend:
        raise ValueError("XLA rewrites this run, not tfnb's passes: see it with %plan ... --export jaxpr, or plan it in a session on NumPy.")
    program = plan.program
    once = set(passes.folded(program, plan.code, numpy_namespace()))
    targets = {getattr(f, "op", f) for f in program.fetches}
    ops = sorted(needed(targets, set(program.feeds)) | {t.op for t in program.feeds}, key=lambda op: op.index)
    used = {x.op for op in ops if op not in once for x in op.inputs} | targets
    left = [op for op in ops if op in used or op not in once and op.type != "Const"]
    found = Diff(ops, left, program.graph, ("as written", "as run"))
    found.changed = {op.name: "a constant" for op in left if op in once}
    return found


def _operations(given: Any) -> list[Operation]:
    if isinstance(given, Graph):
        return given.get_operations()
    if hasattr(given, "node") and hasattr(given, "versions"):
        from tfnb.core.graph_import import import_graph_def

        graph = Graph()
        with graph.as_default():
            import_graph_def(given, name="")
        return graph.get_operations()
    if isinstance(given, Iterable):
        return list(given)
    raise TypeError(f"A graph, a GraphDef or a list of operations is compared, not {type(given).__name__}.")


def _difference(a: Operation, b: Operation) -> str:
    """What is different about two operations of one name; empty where nothing is."""
    if a is b:
        return ""
    if a.type != b.type:
        return f"{a.type} → {b.type}"
    if [x.name for x in a.inputs] != [x.name for x in b.inputs]:
        return "other inputs"
    for key in {**a.attrs, **b.attrs}:
        if not _equal(a.attrs.get(key), b.attrs.get(key)):
            return f"{key}: {_word(a.attrs.get(key))} → {_word(b.attrs.get(key))}"
    shapes = [[style.shape_text(t) for t in op.outputs] for op in (a, b)]
    if shapes[0] != shapes[1]:
        return f"{', '.join(shapes[0])} → {', '.join(shapes[1])}"
    return "other waits" if [c.name for c in a.control_inputs] != [c.name for c in b.control_inputs] else ""


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return bool(a == b) or str(a) == str(b)


def _word(value: Any) -> str:
    text = str(getattr(value, "name", None) or value)
    return text if len(text) <= 12 else text[:11] + "…"
