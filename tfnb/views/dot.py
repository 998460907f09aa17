"""A graph as a picture: Graphviz lays it out, and each kind of node is told apart by its form, not only by its colour.

    picture = draw(graph, fetches=[loss], mark=new_ops)
    picture.svg, picture.source, picture.text
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import graphviz

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.engine.program import needed
from tfnb.views import aside, fold, style
from tfnb.views.colour import KINDS, Colouring
from tfnb.views.outline import Edge, Node, Outline, outlined, sketch
from tfnb.views.render import render
from tfnb.views.tree import ROOT

__all__ = ["Picture", "Showing", "draw", "line", "plot"]

SET_ASIDE = "cluster_aside"


class Showing(NamedTuple):
    """How an outline is drawn: what is pointed out, faded and set aside, by which colouring, in which direction."""

    marked: frozenset[Operation] = frozenset()
    done: frozenset[Operation] = frozenset()
    current: Operation | None = None
    wanted: frozenset[Operation] | None = None
    out: frozenset[str] = frozenset()
    colouring: Colouring = KINDS
    direction: str = "BT"


class Picture:
    """A drawn graph. `svg` is None where no Graphviz is installed; `text` lists the nodes in any case."""

    def __init__(self, outline: Outline, showing: Showing, title: str) -> None:
        self.outline, self.showing, self.title = outline, showing, title

    @cached_property
    def source(self) -> str:
        """The DOT text."""
        return plot(self.outline, self.showing)

    @cached_property
    def svg(self) -> str | None:
        return render(self.source, self.title, style.style_sheet())

    @property
    def text(self) -> str:
        """The nodes as lines: what a screen reader or a terminal shows."""
        return "\n".join([self.title, *(line(n) for n in self.outline.nodes.values())])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from tfnb.views.drawing import drawing  # it describes pictures

        bundle: dict[str, Any] = {"text/plain": self.text}
        if self.svg is not None:
            bundle["image/svg+xml"] = self.svg
            bundle["application/vnd.tfnb.graph+json"] = drawing(self)
        return bundle

    def __repr__(self) -> str:
        return self.text


def draw(graph: Graph, *, fetches: Iterable[Any] | None = None, feeds: Iterable[Tensor] = (), mark: Iterable[Operation] = (),
         current: Operation | None = None, done: Iterable[Operation] = (), direction: str = "BT", colouring: Any = None,
         out: Iterable[str] = (), back: Iterable[str] = (), ops: Any = None, **groups: Any) -> Picture:  # fmt: skip
    """Draws a graph. With `fetches`, what they do not need is faded; `mark`, `done` and `current` point nodes out.

    `collapse`, `expand`, `depth`, `limit`, `opened` say which groups are open (outline.py); `out` and `back` which boxes are set
    aside, or put back where the rule would move them; `colouring` is made by colour.py, or a function that makes it of the outline.
    """
    feeds, direction = list(feeds), direction if direction in ("BT", "TB", "LR", "RL") else "BT"
    if current is not None or ops is not None:
        outline = sketch(graph.get_operations() if ops is None else ops, keep=[current] if current is not None else (), **groups)
    else:
        outline = outlined(graph, **groups)
    wanted = None if fetches is None else frozenset(needed([getattr(f, "op", f) for f in fetches], set(feeds)) | {x.op for x in feeds})
    moved = (aside.beside(outline) - set(back)) | (set(out) & set(outline.nodes))
    chosen = colouring(outline) if callable(colouring) else colouring or KINDS
    showing = Showing(frozenset(mark), frozenset(done), current, wanted, frozenset(moved), chosen, direction)
    return Picture(outline, showing, _title(graph))


def _title(graph: Graph) -> str:
    ops = graph.get_operations()
    n = sum(fold.parameters(op) for op in ops)
    held = f", {n:,} parameters" if n else ""
    return f"Graph {graph.name or ''}".strip() + f": {len(ops):,} operations{held}"


# -- DOT --------------------------------------------------------------------------------------------------------------
def plot(outline: Outline, showing: Showing) -> str:
    """An outline as DOT text."""
    dot = graphviz.Digraph("graph")
    ink = style.LIGHT["ink"][1]
    dot.attr(rankdir=showing.direction, bgcolor="white", pad="0.2", nodesep="0.3", ranksep="0.35", fontname="Helvetica", fontsize="11", fontcolor=ink)
    dot.attr("node", fontname="Helvetica", fontsize="11", height="0.32", margin="0.12,0.05", fontcolor=ink)
    edge = style.LIGHT["edge"][1]
    dot.attr("edge", fontname="Helvetica", fontsize="9", color=edge, fontcolor=edge, arrowsize="0.6")
    links = aside.links(outline, showing.out)
    inside: dict[str, list[Node]] = {}
    for node in outline.nodes.values():
        if node.id not in showing.out:
            inside.setdefault(node.scope, []).append(node)
    _scope(dot, outline, ROOT, inside, showing, links)
    if showing.out:
        with dot.subgraph(name=SET_ASIDE) as beside:
            beside.attr(label="set aside: many arrows", labeljust="l", style="dashed,rounded", color=edge, fontcolor=edge, id="aside", **{"class": "aside"})
            for name in outline.nodes:
                if name in showing.out:
                    _node(beside, outline.nodes[name], showing, [])
    for i, arrow in enumerate(outline.edges):
        if not showing.out.intersection((arrow.source, arrow.target)):
            _edge(dot, i, arrow, outline, showing)
    return str(dot.source)


def _scope(dot: Any, outline: Outline, name: str, inside: dict[str, list[Node]], showing: Showing, links: dict[str, list[str]]) -> None:
    """The nodes of a scope, and the scopes in it as boxes around theirs."""
    for node in inside.get(name, ()):
        _node(dot, node, showing, links.get(node.id, []))
    fill, frame = style.LIGHT["scope"]
    for scope in outline.scopes.values():
        if scope.parent == name:
            held = f", {scope.parameters:,} parameters" if scope.parameters else ""
            with dot.subgraph(name="cluster_" + _id(scope.name)) as inner:
                upper = "b" if showing.direction == "BT" else "t"  # of a drawing that is turned over
                inner.attr(label=_text(f"− {scope.title}  ({_count(scope.ops)}{held})"), labeljust="l", labelloc=upper, style="rounded,filled",
                           fillcolor=fill, color=frame, id="scope:" + scope.name.rstrip("/"), tooltip=_text(f"{scope.title}: {_count(scope.ops)}"),
                           **{"class": "kind-scope"})  # fmt: skip
                _scope(inner, outline, scope.name, inside, showing, links)


def _count(n: int) -> str:
    return f"{n:,} node" if n == 1 else f"{n:,} nodes"


def _node(dot: Any, node: Node, showing: Showing, links: list[str]) -> None:
    form, paint = style.FORMS[node.kind], showing.colouring.nodes.get(node.id)
    fill, frame = style.LIGHT[paint.paint] if paint and paint.paint else style.LIGHT[node.kind]
    options = {"shape": form.shape, "style": form.style, "fillcolor": fill, "color": style.LIGHT[node.kind][1] if paint else frame,
               "peripheries": str(form.peripheries), "penwidth": f"{form.penwidth}"}  # fmt: skip
    classes = ["node", "kind-" + node.kind, *([paint.paint] if paint and paint.paint else [])]
    if node.closed:
        options.update(shape="box", style="filled", penwidth="1.6" if node.times == 1 else "1", peripheries="1" if node.times == 1 else "3")
        classes.append("closed")
    classes += [word for word, ops in (("marked", showing.marked), ("done", showing.done)) if ops and any(op in ops for op in node.ops)]
    if showing.current is not None and showing.current in node.ops:
        classes.append("current")
    if showing.wanted is not None and not any(op in showing.wanted for op in node.ops):
        classes.append("faded")
    options.update(_pointed_out(classes))
    words = style.box_lines(node) + ([paint.text] if paint and paint.text else [])
    words += [f"⊸ {name.rstrip('/').rpartition('/')[2]}" for name in links[:2]] + ([f"⊸ and {len(links) - 2} more"] if len(links) > 2 else [])
    options["class"] = " ".join(classes)
    dot.node(_id(node.id), label=_text("\n".join(map(_shorten, words))), id="node:" + node.id.rstrip("/"), tooltip=_text(line(node)), **options)


def _pointed_out(classes: list[str]) -> dict[str, str]:
    """The same as the style sheet says, for viewers that ignore it."""
    if "current" in classes:
        return {"penwidth": "3.5", "color": style.LIGHT["current"][1]}
    if "marked" in classes:
        return {"penwidth": "2.2", "color": style.LIGHT["mark"][1]}
    if "removed" in classes:
        return {"style": "filled,dashed", "color": style.LIGHT["removed"][1]}
    if "added" in classes or "changed" in classes:
        return {"penwidth": "2.5", "color": style.LIGHT["added" if "added" in classes else "changed"][1]}
    if "faded" in classes:
        return {"color": "#C8C8C8"}
    return {}


def _shorten(text: str) -> str:
    return text if len(text) <= 32 else text[:31] + "…"


def _edge(dot: Any, number: int, edge: Edge, outline: Outline, showing: Showing) -> None:
    options: dict[str, str] = {"id": f"edge:{number}"}
    label = showing.colouring.edges.get((edge.source, edge.target))
    if edge.control:
        options.update(style="dotted", arrowhead="empty", tooltip="runs after")
    else:
        options.update(label=_text(label or style.edge_label(edge, outline.nodes)), penwidth=str(style.edge_width(edge)),
                       tooltip=_text(", ".join(t.name for t in edge.tensors[:3])))  # fmt: skip
    ends = [outline.nodes[n] for n in (edge.source, edge.target)]
    classes = ["edge", *(["control"] if edge.control else [])]
    if showing.wanted is not None and not all(any(op in showing.wanted for op in n.ops) for n in ends):
        options.update(color="#D8D8D8", label="")
        classes.append("faded")
    dot.edge(_id(edge.source), _id(edge.target), **options, **{"class": " ".join(classes)})


def line(node: Node) -> str:
    """One line of text for a node."""
    where = f", made in {node.op.where}" if node.op.where else ""
    if node.closed:
        return f"{node.id.rstrip('/')}: {len(node.ops):,} operations ({style.FORMS[node.kind].word}){where}"
    shapes = ", ".join(f"{t.dtype.base_dtype.name} {t.shape}" for t in node.op.outputs[:2])
    return f"{node.id}: {node.op.type} ({style.FORMS[node.kind].word}) {shapes}{where}"


def _id(name: str) -> str:
    """A DOT identifier without the colon, which would mean a port."""
    return name.replace(":", "_")


def _text(text: str) -> str:
    """Text that Graphviz takes as it is."""
    return graphviz.escape(text).replace("\n", "\\n")  # type: ignore[no-any-return]
