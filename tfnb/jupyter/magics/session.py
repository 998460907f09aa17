"""`%%session`: a cell whose body runs inside a default session that lives on between cells."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from tfnb.core.graph import Graph
from tfnb.engine.session import Session
from tfnb.jupyter import api
from tfnb.jupyter.magics.base import TfMagics, graphs, run_body

__all__ = ["SessionMagics"]


@magics_class
class SessionMagics(TfMagics):
    """Running."""

    @magic_arguments()
    @argument("graph", nargs="?", help="The graph's name; the default graph when left out.")
    @argument("--device", "-d", help="Where to run: cpu:numpy, cpu:jax, gpu:cupy, gpu:jax or tpu:jax.")
    @argument("--new", action="store_true", help="Close the session of this graph and open a new one.")
    @cell_magic
    def session(self, line: str, cell: str) -> None:
        """Runs the body with a session as the default one, called `sess`; it stays open for the next such cell."""
        args = parse_argstring(SessionMagics.session, line)
        held = self._session(self._graph(args.graph), args)
        self.shell.user_ns["sess"] = held
        with held.graph.as_default(), held.as_default():
            run_body(self.shell, cell)

    @magic_arguments()
    @line_magic("vars")
    def variables(self, line: str) -> Any:
        """Shows the session with its variables, and buttons to initialise, save, restore and close it."""
        parse_argstring(SessionMagics.variables, line)
        return api.session_panel(self.open_session())

    def _graph(self, name: str | None) -> Graph:
        from IPython.core.error import UsageError

        if name is None:
            return self.current_graph()
        found = graphs.get(name) or self.shell.user_ns.get(name)
        if not isinstance(found, Graph):
            raise UsageError(f"There is no graph called {name!r}; %%graph {name} makes one.")
        return found

    def _session(self, graph: Graph, args: Any) -> Session:
        held = self.shell.user_ns.get("sess")
        fits = isinstance(held, Session) and not held.closed and held.graph is graph
        if fits and args.new:
            held.close()
        if not fits or args.new:
            return Session(graph=graph, device=args.device)
        if args.device and args.device != held.device:
            held.to(args.device)
        return held
