"""A graph as a picture: Graphviz lays it out, and each kind of node is told apart by its form, not only by its colour.

    picture = draw(graph, fetches=[loss], mark=new_ops)
    picture.svg, picture.source, picture.text
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

import graphviz

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.engine.program import needed
from tfnb.views import fold
from tfnb.views.outline import Edge, Node, Outline, Scope, sketch

__all__ = ["Picture", "draw"]


class Look(NamedTuple):
    """Shape, fill and line of one kind of node, for a light page; `dark` are fill and line for a dark one."""

    shape: str
    fill: str
    line: str
    dark: tuple[str, str]
    style: str = "filled"


LOOKS = {
    "placeholder": Look("invhouse", "#E3F1FB", "#0072B2", ("#12324A", "#56B4E9")),
    "constant": Look("ellipse", "#FFFFFF", "#4D4D4D", ("#1E1E1E", "#AAAAAA")),
    "variable": Look("cylinder", "#E2F4EC", "#009E73", ("#0F3529", "#3CC79A")),
    "fixed": Look("cylinder", "#F2F2F2", "#4D4D4D", ("#2A2A2A", "#AAAAAA"), "filled,dashed"),
    "op": Look("box", "#FFFFFF", "#4D4D4D", ("#1E1E1E", "#AAAAAA"), "rounded,filled"),
    "gradient": Look("box", "#FDF0E7", "#D55E00", ("#3B2110", "#F0935A"), "filled"),
    "update": Look("hexagon", "#F3E3EE", "#CC79A7", ("#3A2233", "#E3A6C9")),
    "group": Look("circle", "#FFFFFF", "#4D4D4D", ("#1E1E1E", "#AAAAAA"), "filled,dotted"),
}
MARK, CURRENT = "#B8860B", "#7A3E9D"


class Picture:
    """A drawn graph. `svg` is None where no Graphviz is installed; `text` lists the nodes in any case."""

    def __init__(self, outline: Outline, dot: graphviz.Digraph, title: str) -> None:
        self.outline, self.dot, self.title = outline, dot, title
        self.svg = render(dot.source, title)

    @property
    def source(self) -> str:
        """The DOT text."""
        return str(self.dot.source)

    @property
    def text(self) -> str:
        """The nodes as lines: what a screen reader or a terminal shows."""
        return "\n".join([self.title, *(_line(n) for n in self.outline.nodes.values())])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.text}
        if self.svg is not None:
            bundle["image/svg+xml"] = self.svg
            nodes = {n.id: {"kind": n.kind, "type": n.op.type, "where": str(n.op.where or ""), "doc": n.op.doc} for n in self.outline.nodes.values()}
            bundle["application/vnd.tfnb.graph+json"] = {"version": 1, "svg": self.svg, "nodes": nodes, "title": self.title}
        return bundle

    def __repr__(self) -> str:
        return self.text


def draw(graph: Graph, *, fetches: Iterable[Any] | None = None, feeds: Iterable[Tensor] = (), mark: Iterable[Operation] = (),
         current: Operation | None = None, done: Iterable[Operation] = (), collapse: Iterable[str] = (), expand: Iterable[str] = (),
         direction: str = "BT", dark: bool = False) -> Picture:  # fmt: skip
    """Draws a graph. With `fetches`, what they do not need is faded; `mark`, `done` and `current` point nodes out."""
    ops = graph.get_operations()
    marked = set(mark)
    outline = sketch(ops, collapse, expand, keep=[current] if current is not None else ())
    wanted = None if fetches is None else needed([getattr(f, "op", f) for f in fetches], set(feeds))
    if wanted is not None:
        wanted |= {x.op for x in feeds}
    dot = graphviz.Digraph("graph")
    ink = "#D0D0D0" if dark else "#4A5866"
    dot.attr(rankdir=direction, bgcolor="#111111" if dark else "white", pad="0.2", nodesep="0.35", ranksep="0.4",
    fontname="Helvetica", fontsize="11", fontcolor=ink)
    dot.attr("node", fontname="Helvetica", fontsize="11", height="0.32", margin="0.12,0.05", fontcolor="#EEEEEE" if dark else "#1A1A1A")
    dot.attr("edge", fontname="Helvetica", fontsize="9", color=ink, fontcolor=ink, arrowsize="0.6")
    _scope(dot, outline, "", marked, wanted, current, set(done), dark)
    for edge in outline.edges:
        _edge(dot, edge, outline, wanted, dark)
    return Picture(outline, dot, _title(graph, ops))


def _title(graph: Graph, ops: list[Operation]) -> str:
    n = sum(fold.parameters(op) for op in ops)
    held = f", {n:,} parameters" if n else ""
    return f"Graph {graph.name or ''}".strip() + f": {len(ops)} operations{held}"


def _scope(dot: Any, outline: Outline, name: str, marked: set[Operation], wanted: Any, current: Any, done: set[Operation], dark: bool) -> None:
    """The nodes of a scope, and the scopes in it as boxes around theirs."""
    for node in outline.nodes.values():
        if node.scope == name:
            _node(dot, node, marked, wanted, current, done, dark)
    for scope in outline.scopes.values():
        if scope.name.rpartition("/")[0] == name and scope.name + "/" not in outline.nodes:
            with dot.subgraph(name="cluster_" + scope.name) as inner:
                held = f", {scope.parameters:,} parameters" if scope.parameters else ""
                fill, line = ("#262B30", "#5A6570") if dark else ("#F6F7F9", "#B8C1CC")
                inner.attr(label=_text(f"{scope.name.rpartition('/')[2]}  ({_count(scope.ops)}{held})"), labeljust="l", style="rounded,filled",
                           fillcolor=fill, color=line, id="scope:" + scope.name, tooltip=_text(_scope_tip(scope)))  # fmt: skip
                _scope(inner, outline, scope.name, marked, wanted, current, done, dark)


def _count(n: int) -> str:
    return f"{n} node" if n == 1 else f"{n} nodes"


def _scope_tip(scope: Scope) -> str:
    return f"Scope {scope.name}: {_count(scope.ops)}"


def _node(dot: Any, node: Node, marked: set[Operation], wanted: Any, current: Any, done: set[Operation], dark: bool) -> None:
    look = LOOKS[node.kind]
    fill, line = look.dark if dark else (look.fill, look.line)
    options = {"shape": look.shape, "style": look.style, "fillcolor": fill, "color": line}
    classes = ["node", "kind-" + node.kind]
    if node.closed:
        options["peripheries"] = "2"
    if any(op in marked for op in node.ops):
        options.update(penwidth="2.2", color=MARK)
        classes.append("marked")
    if any(op in done for op in node.ops):
        options["penwidth"] = "1.8"
        classes.append("done")
    if current is not None and current in node.ops:
        options.update(penwidth="3.5", color=CURRENT)
        classes.append("current")
    if wanted is not None and not any(op in wanted for op in node.ops):
        options.update(color="#555555" if dark else "#C8C8C8", fontcolor="#777777" if dark else "#A8A8A8", fillcolor="transparent")
        classes.append("faded")
    options["class"] = " ".join(classes)
    dot.node(_id(node.id), label=_text(_label(node)), id="node:" + node.id.rstrip("/"), tooltip=_text(_line(node)), **options)


def _label(node: Node) -> str:
    """Name, then what it is: a shape, a value, a type, a number of parameters."""
    op, short = node.op, node.id.rstrip("/").rpartition("/")[2]
    if node.closed:
        n = sum(fold.parameters(o) for o in node.ops)
        sign = "∂ " if node.kind == "gradient" else ""
        return f"{sign}{short}\n{len(node.ops)} ops" + (f", {n:,} parameters" if n else "")
    if node.kind in ("variable", "fixed"):
        count = fold.parameters(op)
        return f"{short}\n{_sizes(op.outputs[0]) or 'scalar'}" + (f"\n{count:,}" if count > 1 and len(op.outputs[0].shape.sizes or ()) > 1 else "")
    if node.kind == "placeholder":
        return f"{short}\n{_sizes(op.outputs[0]) or 'scalar'} {op.outputs[0].dtype.name}"
    if node.kind == "constant":
        value = op.value
        small = getattr(value, "ndim", 0) == 0
        return _shorten(value) if small and short.startswith("Const") else f"{short}\n{_shorten(value) if small else _sizes(op.outputs[0])}"
    if node.kind == "group":
        return short
    kind = fold.short_type(op)
    sign = "∂ " if node.kind == "gradient" else ""
    return sign + (kind if re.fullmatch(re.escape(kind) + r"(_\d+)?", short, re.I) else f"{short}\n{kind}")


def _shorten(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= 18 else text[:17] + "…"


def _sizes(x: Tensor) -> str:
    """'?×784'; empty for a scalar, '…' where nothing is known."""
    sizes = x.shape.sizes
    return "…" if sizes is None else "×".join("?" if n is None else str(n) for n in sizes)


def _edge(dot: Any, edge: Edge, outline: Outline, wanted: Any, dark: bool) -> None:
    options: dict[str, str] = {}
    if edge.control:
        options.update(style="dotted", arrowhead="empty", tooltip="runs after")
    elif len(edge.tensors) > 1:
        options["label"] = f"{len(edge.tensors)} tensors"
    else:
        options["label"] = _text(_sizes(edge.tensors[0]))
        options["tooltip"] = _text(str(edge.tensors[0]))
    ends = [outline.nodes[n] for n in (edge.source, edge.target)]
    if wanted is not None and not all(any(op in wanted for op in n.ops) for n in ends):
        options.update(color="#444444" if dark else "#D8D8D8", label="")
    dot.edge(_id(edge.source), _id(edge.target), **options)


def _line(node: Node) -> str:
    """One line of text for a node."""
    where = f", made in {node.op.where}" if node.op.where else ""
    if node.closed:
        return f"{node.id.rstrip('/')}: {len(node.ops)} operations ({node.kind}){where}"
    shapes = ", ".join(f"{t.dtype.base_dtype.name} {t.shape}" for t in node.op.outputs[:2])
    return f"{node.id}: {node.op.type} ({node.kind}) {shapes}{where}"


def _id(name: str) -> str:
    """A DOT identifier without the colon, which would mean a port."""
    return name.replace(":", "_")


def _text(text: str) -> str:
    """Text that Graphviz takes as it is."""
    return graphviz.escape(text).replace("\n", "\\n")  # type: ignore[no-any-return]


# -- from DOT to SVG ------------------------------------------------------------------------------------------------------
def render(source: str, title: str = "") -> str | None:
    """SVG by the `dot` on the PATH, else by the Graphviz that pip brings, else None."""
    svg = _by_dot(source) if shutil.which("dot") else None
    svg = svg or _by_pip(source)
    return None if svg is None else _finish(svg, title)


def _by_dot(source: str) -> str | None:
    try:
        done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode()


def _by_pip(source: str) -> str | None:
    """The package graphviz-pure brings its own dot."""
    path = shutil.which("graphviz-pure") or shutil.which("graphviz-pure", path=sysconfig.get_path("scripts"))
    if path is None:
        return None
    try:
        done = subprocess.run([path, "-Tsvg"], input=source.encode(), capture_output=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode()


def _finish(svg: str, title: str) -> str:
    """Only the <svg> element, with a role and a label; it shrinks with the page but never grows."""
    svg = svg[svg.index("<svg") :]
    width = re.search(r'<svg width="(\d+)pt"', svg)
    limit = f"max-width:min(100%,{width[1]}pt);height:auto" if width else "max-width:100%"
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{escape(title)}" style="{limit}" ', svg, count=1)
