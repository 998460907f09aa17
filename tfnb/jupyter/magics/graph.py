"""`%%graph` adds a cell's nodes to a graph and draws it; `%graph` draws; `%plan` shows a run as code."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import Code, Markdown, display

from tfnb.core.graph import Graph, get_default_graph
from tfnb.jupyter import api
from tfnb.jupyter.magics.base import TfMagics, graphs, run_body

__all__ = ["GraphMagics"]


@magics_class
class GraphMagics(TfMagics):
    """Building and drawing."""

    @magic_arguments()
    @argument("name", nargs="?", help="The graph to add to; the default graph when left out.")
    @argument("--quiet", "-q", action="store_true", help="Do not draw.")
    @argument("--depth", type=int, help="Draw scopes deeper than this closed.")
    @cell_magic
    def graph(self, line: str, cell: str) -> None:
        """Adds the nodes that the body makes, and draws the graph with them marked.

        Running the cell again replaces the nodes that it made before.
        """
        args = parse_argstring(GraphMagics.graph, line)
        graph = self._named(args.name)
        with self.cells.making(graph) as change, graph.as_default():
            run_body(self.shell, cell)
        if change.notice:
            display(Markdown(f"**Note.** {change.notice}"))
        if not args.quiet and self.settings.draw:
            display(api.show(graph, mark=change.made, depth=args.depth))

    def _named(self, name: str | None) -> Graph:
        if name is None:
            return get_default_graph()
        held = self.shell.user_ns.get(name)
        if isinstance(held, Graph):
            graphs[name] = held
        if name not in graphs:
            graphs[name] = Graph()
            graphs[name].name = name
            self.shell.user_ns[name] = graphs[name]
        return graphs[name]

    @magic_arguments()
    @argument("name", nargs="?", help="The graph to draw; the default graph when left out.")
    @argument("--fetch", "-f", nargs="+", help="Fade all that these tensors do not need.")
    @argument("--depth", type=int, help="Draw scopes deeper than this closed.")
    @line_magic("graph")
    def draw(self, line: str) -> Any:
        """Draws a graph; with --fetch, what a run of these tensors needs, the rest faded."""
        args = parse_argstring(GraphMagics.draw, line)
        graph = self._named(args.name) if args.name else self.current_graph()
        fetches = self.fetches(args.fetch) if args.fetch else None
        return api.show(graph, fetches=fetches, depth=args.depth)

    def _fed(self, pairs: list[str]) -> Any:
        """Tensors with their values where all have one, else the tensors alone: sizes that are open count as 32."""
        return self.feeds(pairs) if pairs and all("=" in p for p in pairs) else [self.node(p.partition("=")[0]) for p in pairs]

    @magic_arguments()
    @argument("fetches", nargs="+", help="Tensors or operations, as Python names or node names.")
    @argument("--feed", nargs="*", help="Tensors that are fed; with --memory also tensor=value pairs.")
    @argument("--memory", action="store_true", help="Draw what is in memory after each line, and what is alive at the peak.")
    @line_magic
    def plan(self, line: str) -> Any:
        """Shows the generated step: what Session.run executes for these fetches, as Python."""
        args = parse_argstring(GraphMagics.plan, line)
        fetches = self.fetches(args.fetches)
        if args.memory:
            return api.memory(self.open_session(), fetches, self._fed(args.feed or []))
        plan = self.open_session().plan(fetches, [self.node(w.partition("=")[0]) for w in args.feed or []])
        return Code(f"# {plan.path}\n{plan.text}", language="python")
