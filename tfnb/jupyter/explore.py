"""Graphs that are looked around in: an output and the page ask the kernel, and get the same kind of drawing each time.

    shown = show(graph, fetches=[loss])                  an output; its data say which graph of which kernel it is of
    answer({"do": "draw", "of": key, "view": {"opened": ["hidden/"], "colour": "flops"}})
    answer({"do": "find", "of": key, "pattern": "MatMul"})

Nothing is remembered about what a page has open: it says so in each request.
"""

from __future__ import annotations

import itertools
import re
import sys
import uuid
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from IPython import get_ipython

from tfnb.core.graph import Graph, Operation
from tfnb.engine import trace
from tfnb.engine.session import live_sessions
from tfnb.engine.why import why
from tfnb.jupyter import page
from tfnb.jupyter.cells import ids_of
from tfnb.views import colour
from tfnb.views.dot import Picture, draw
from tfnb.views.drawing import drawing
from tfnb.views.outline import outlined
from tfnb.views.roofline import roofline

__all__ = ["KERNEL", "Shown", "answer", "key_of", "shown"]

KERNEL = uuid.uuid4().hex
FOUND = 42  # names that a search answers with

_serial = itertools.count(1)
_keys: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
_sources: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
jobs: dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {}
"""What can be asked for, by its verb. The parts of the extension that know cells add theirs, and `notes` to each drawing."""

notes: list[Callable[[Graph], dict[str, Any]]] = []


class Shown(Picture):
    """A picture that a page can ask more of. `source` is a graph or a diff, `view` how it is looked at."""

    def __init__(self, picture: Picture, of: Any, view: dict[str, Any]) -> None:
        super().__init__(picture.outline, picture.showing, picture.title)
        self.of, self.view = of, view

    def data(self) -> dict[str, Any]:
        """What a page draws: the drawing, and what it needs to ask for another one."""
        more = {k: v for note in notes for k, v in note(self.graph).items()}
        cells = ids_of(n.op.where.cell for n in self.outline.nodes.values() if n.op.where)
        return drawing(self) | more | {"kernel": KERNEL, "of": key_of(self.of), "view": self.view | {"opened": list(self.outline.opened)},
                                "graph_version": self.graph.version, "cells": cells}  # fmt: skip

    @property
    def graph(self) -> Graph:
        return self.of if isinstance(self.of, Graph) else self.of.graph  # type: ignore[no-any-return]

    def save(self, path: Any) -> None:
        """Writes the picture as .svg, .dot or .html (the view with its data, without network), by the name's end."""
        from pathlib import Path

        path = Path(path)
        made = {".svg": lambda: self.svg or "", ".dot": lambda: self.source, ".html": lambda: page.page(self.data())}
        if path.suffix not in made:
            raise ValueError(f"A graph is saved as {', '.join(made)}; the name given is {path.name!r}.")
        path.write_text(made[path.suffix](), encoding="utf-8")

    def widget(self) -> Any:
        """The same view as a widget, for front ends without tfnb's extension."""
        from tfnb.jupyter.widgets.graph import GraphWidget

        return GraphWidget(self)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        bundle: dict[str, Any] = {"text/plain": self.text}
        if self.svg is not None:
            bundle |= {"image/svg+xml": self.svg, "application/vnd.tfnb.graph+json": self.data()}
        if self.svg is not None and _needs_widget():
            data, metadata = self.widget().widget_bundle()
            return {**data, **bundle}, metadata
        return bundle


def _needs_widget() -> bool:
    """Whether the notebook is open where tfnb's extension of JupyterLab is not: in VS Code or Colab."""
    shell = get_ipython()
    return "google.colab" in sys.modules or shell is not None and "__vsc_ipynb_file__" in shell.user_ns


def key_of(source: Any) -> str:
    """The word by which a page asks for a graph or a diff; it lives as long as the thing itself."""
    if source not in _keys:
        _keys[source] = f"{next(_serial)}"
        _sources[_keys[source]] = source
    return _keys[source]


def shown(of: Any, view: dict[str, Any]) -> Shown:
    """The picture of a graph or a diff, looked at as `view` says; what it says in words that are not known is left out."""
    graph: Graph = of if isinstance(of, Graph) else of.graph
    options: dict[str, Any] = {k: view[k] for k in ("opened", "out", "back", "direction", "depth", "collapse", "expand") if view.get(k) is not None}
    options["mark"] = _marked(graph, view.get("mark") or ())
    if view.get("fetches"):
        options["fetches"] = [graph.as_graph_element(n) for n in view["fetches"]]
        options["feeds"] = [graph.as_graph_element(n, allow_operation=False) for n in view.get("feeds") or ()]
    if view.get("reveal") and "opened" in options:
        options["opened"] = [*options["opened"], *_around(graph, str(view["reveal"]))]
    name = view.get("colour") or "kind"
    if name != "kind":
        session = next((s for s in reversed(live_sessions()) if s.graph is graph), None)
        options["colouring"] = colour.by(name, trace.latest(graph), session.device if session else "")
    with graph.lock:
        picture = draw(graph, **options) if of is graph else of.draw(**options)
    kept = {k: v for k, v in view.items() if k not in ("reveal", "depth", "collapse", "expand")}
    return Shown(picture, of, kept)


def _marked(graph: Graph, mark: Any) -> Iterable[Operation]:
    """Operations by the cell that made them (a producer's key), or by their names."""
    if isinstance(mark, str):
        return [op for op in graph.get_operations() if op.producer == mark]
    known = graph._operations
    return [known[n] for n in mark if n in known]


def _around(graph: Graph, name: str) -> list[str]:
    """The groups to be opened so that a node is seen."""
    op, tree = graph.get_operation_by_name(name), outlined(graph).tree
    return list(tree.above(tree.place[tree.owner[op]]))


# -- answers ----------------------------------------------------------------------------------------------------------
def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What a page asked for. A request that cannot be met is answered with `problem`, one sentence."""
    of = _sources.get(str(request.get("of")))
    if of is None:
        return {"problem": "This graph is gone: run the cell that draws it again."}
    do = jobs.get(str(request.get("do")))
    if do is None:
        return {"problem": f"This kernel's tfnb knows no {request.get('do')!r}."}
    try:
        return do(of, request)
    except (KeyError, ValueError, re.error) as e:
        return {"problem": str(e.args[0]) if e.args else type(e).__name__}
    except Exception as e:  # a page that waits must hear of it
        return {"problem": f"{type(e).__name__}: {e}"}


def _draw(of: Any, request: dict[str, Any]) -> dict[str, Any]:
    return shown(of, dict(request.get("view") or {})).data()


def _find(of: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Names of nodes that a regular expression is found in, with the number of all."""
    pattern = re.compile(str(request["pattern"]), re.I)
    names = [op.name for op in _graph(of).get_operations() if pattern.search(op.name) or pattern.search(op.type)]
    return {"names": names[:FOUND], "count": len(names)}


def _why(of: Any, request: dict[str, Any]) -> dict[str, Any]:
    graph = _graph(of)
    feeds = [graph.as_graph_element(n, allow_operation=False) for n in request.get("feeds") or ()]
    found = why(graph.get_operation_by_name(str(request["node"])), [graph.as_graph_element(str(f)) for f in request["fetches"]], feeds)
    names = [link.op.name for link in found.path] + [found.node.name]
    return {"runs": found.runs, "reason": found.reason, "text": repr(found), "path": names, "cut": found.cut.name if found.cut is not None else ""}


def _dot(of: Any, request: dict[str, Any]) -> dict[str, Any]:
    return {"text": shown(of, dict(request.get("view") or {})).source}


def _html(of: Any, request: dict[str, Any]) -> dict[str, Any]:
    return {"text": page.page(shown(of, dict(request.get("view") or {})).data())}


def _roofline(of: Any, request: dict[str, Any]) -> dict[str, Any]:
    graph = _graph(of)
    session = next((s for s in reversed(live_sessions()) if s.graph is graph), None)
    return {"svg": roofline(graph, trace.latest(graph), session.device if session else "cpu:numpy")}


def _graph(of: Any) -> Graph:
    return of if isinstance(of, Graph) else of.graph  # type: ignore[no-any-return]


jobs |= {"draw": _draw, "find": _find, "why": _why, "dot": _dot, "html": _html, "roofline": _roofline}
