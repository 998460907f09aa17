"""`%%graph` adds a cell's nodes to a graph and draws it; `%graph` draws; `%why`, `%trace`, `%roofline` and `%plan` explain a run."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import Code, Markdown, display

from tfnb.core.graph import Graph, get_default_graph
from tfnb.engine.exporting import TARGETS
from tfnb.jupyter import api
from tfnb.jupyter.comparing import PASSES, compared
from tfnb.jupyter.hygiene import cleaned
from tfnb.jupyter.magics.base import TfMagics, graphs, run_body

__all__ = ["GraphMagics"]


@magics_class
class GraphMagics(TfMagics):
    """Building and drawing."""

    @magic_arguments()
    @argument("name", nargs="?", help="The graph to add to; the default graph when left out.")
    @argument("--quiet", "-q", action="store_true", help="Do not draw.")
    @argument("--depth", type=int, help="Draw scopes deeper than this closed.")
    @argument("--colour", "-c", help="What fills the boxes: kind, flops, time, health ...")
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
            display(api.show(graph, mark=change.made, **self._view(args)))

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
    @argument("--feed", nargs="*", help="Tensors that are fed.")
    @argument("--depth", type=int, help="Draw scopes deeper than this closed.")
    @argument("--colour", "-c", help="What fills the boxes: kind, flops, time, health ...")
    @argument("--diff", nargs="*", help="What the last %%%%graph cell changed; or of two cells by number (--diff 5 7), of two "
                                        "graphs by name, or of the passes over a run (--diff passes --fetch loss).")  # fmt: skip
    @argument("--clean", action="store_true", help="Remove what edited cells left over.")
    @argument("--save", help="Write a .svg, .dot or .html file.")
    @line_magic("graph")
    def draw(self, line: str) -> Any:
        """Draws a graph; with --fetch, what a run of these tensors needs, the rest faded."""
        args = parse_argstring(GraphMagics.draw, line)
        graph = self._named(args.name) if args.name else self.current_graph()
        if args.clean:
            display(Markdown(cleaned(self.cells.clean(graph))))
        fetches = self.fetches(args.fetch) if args.fetch else None
        try:
            feeds = [self.node(w) for w in args.feed or []]
            if args.diff is not None:
                picture = self._difference(args.diff, fetches, feeds, self._view(args))
            else:
                picture = api.show(graph, fetches=fetches, feeds=feeds, **self._view(args))
            if args.save:
                picture.save(args.save)
        except ValueError as e:
            raise UsageError(str(e)) from None
        return picture

    def _view(self, args: Any) -> dict[str, Any]:
        """How a graph is looked at: by the line's flags, else by %config TFNB."""
        depth = self.settings.depth if args.depth is None else args.depth
        return {"depth": depth, "colour": args.colour, "direction": self.settings.direction}

    def _difference(self, words: list[str], fetches: Any, feeds: list[Any], view: dict[str, Any]) -> Any:
        """What the words of --diff compare, as a picture."""
        if words != [PASSES]:
            return api.graph_diff(compared(self, words), **view)
        if fetches is None:
            raise UsageError("Which run? Give its fetches, as in %graph --diff passes --fetch loss --feed x")
        return api.graph_diff(self.open_session().plan(fetches, feeds), **view)

    @magic_arguments()
    @argument("node", help="A node, as a Python name or a node's name.")
    @argument("fetches", nargs="+", help="What is fetched.")
    @argument("--feed", nargs="*", help="Tensors that are fed.")
    @line_magic
    def why(self, line: str) -> Any:
        """Says why a run of these fetches computes a node, or why not."""
        from tfnb.engine.why import why

        args = parse_argstring(GraphMagics.why, line)
        node = self.node(args.node)
        fetches = self.fetches(args.fetches)
        feeds = [self.node(w) for w in args.feed or []]
        return why(getattr(node, "op", node), fetches if isinstance(fetches, list) else [fetches], feeds)

    @magic_arguments()
    @argument("fetches", nargs="+", help="What is fetched.")
    @argument("--feed", nargs="*", help="Tensors and values, as in x=batch.")
    @argument("--colour", "-c", default="time", help="What fills the boxes: time, memory, health, flow ...")
    @line_magic
    def trace(self, line: str) -> Any:
        """Runs the fetches once, measured, and draws the graph with what was found."""
        args = parse_argstring(GraphMagics.trace, line)
        session, fetches = self.open_session(), self.fetches(args.fetches)
        session.trace(fetches, self.feeds(args.feed))
        return api.show(session.graph, colour=args.colour)

    @magic_arguments()
    @argument("device", nargs="?", help="The device; the session's when left out.")
    @line_magic
    def roofline(self, line: str) -> Any:
        """Draws a device's roofline with the graph's nodes below it."""
        return api.roofline(self.current_graph(), parse_argstring(GraphMagics.roofline, line).device)

    def _fed(self, pairs: list[str]) -> Any:
        """Tensors with their values where all have one, else the tensors alone: sizes that are open count as 32."""
        return self.feeds(pairs) if pairs and all("=" in p for p in pairs) else [self.node(p.partition("=")[0]) for p in pairs]

    @magic_arguments()
    @argument("fetches", nargs="+", help="Tensors or operations, as Python names or node names.")
    @argument("--feed", nargs="*", help="Tensors that are fed; with --memory also tensor=value pairs.")
    @argument("--memory", action="store_true", help="Draw what is in memory after each line, and what is alive at the peak.")
    @argument("--export", choices=TARGETS, help="As a script that runs without tfnb (numpy, jax, torch), or as a listing (jaxpr, tf1).")
    @argument("--to", help="With --export: write it to this file.")
    @line_magic
    def plan(self, line: str) -> Any:
        """Shows the generated step: what Session.run executes for these fetches, as Python."""
        args = parse_argstring(GraphMagics.plan, line)
        fetches = self.fetches(args.fetches)
        if args.memory:
            return api.memory(self.open_session(), fetches, self._fed(args.feed or []))
        plan = self.open_session().plan(fetches, [self.node(w.partition("=")[0]) for w in args.feed or []])
        return self.exported(plan, args) if args.export else Code(f"# {plan.path}\n{plan.text}", language="python")

    def exported(self, plan: Any, args: Any) -> Any:
        """The plan in another form, to be seen or saved."""
        try:
            script = plan.export(args.export)
        except ValueError as e:
            raise UsageError(str(e)) from None
        if args.to:
            return print(*(f"wrote {path}" for path in script.save(args.to)), sep="\n")
        return Code(script.text, language="python" if args.export != "jaxpr" else "text")
