"""What the kernel tells the side panel: its graphs, sessions and variables, after each cell. No array is ever sent.

The kernel opens one comm, `tfnb`; every page that shows one of its notebooks hears it, and a page that comes later
finds it and joins in. The other half is labextension/src/protocol.ts; both check VERSION.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from tfnb.core.graph import Graph, get_default_graph
from tfnb.engine.session import Session, get_default_session, live_sessions
from tfnb.jupyter import explore, hygiene
from tfnb.views import fold

__all__ = ["TARGET", "VERSION", "Channel"]

TARGET, VERSION = "tfnb", 2
MOST = 200  # variables of a session, and graphs and sessions, that a message lists


class Channel:
    """The kernel's end of the comm. `tell` after each cell says what changed."""

    def __init__(self, shell: Any, cells: Any = None) -> None:
        self.shell, self.cells = shell, cells
        self._said: dict[str, Any] | None = None
        self._comm: Any = None
        self.open()

    def open(self) -> None:
        """Opens the comm; in a shell without pages this reaches nobody and does no harm."""
        from comm import create_comm

        self._comm = create_comm(target_name=TARGET, data=message("state", **self.state()))
        self._comm.on_msg(self._hear)
        self._comm.on_close(self._closed)

    def close(self) -> None:
        """The panels then say that the kernel has no tfnb."""
        if self._comm is not None:
            self._comm.close()
            self._comm = None

    def tell(self, result: Any = None) -> None:
        """After a cell: the state, where it is another one than before."""
        try:
            state = self.state()
            if self._comm is None:
                self.open()  # a page without the panel closes what it does not know; others may still listen
            elif state != self._said:
                self._comm.send(message("state", **state))
            self._said = state
        except Exception as e:  # a cell must not fail because of what is shown beside it
            self._problem(e)

    def state(self) -> dict[str, Any]:
        """The graphs and the open sessions, newest last."""
        sessions = live_sessions()[-MOST:]
        names = {id(v): k for k, v in self.shell.user_ns.items() if isinstance(v, (Graph, Session)) and not k.startswith("_")}
        graphs = _graphs(self.shell.user_ns.values(), sessions)
        tidy = {} if self.cells is None else hygiene.report(self.cells, get_default_graph())
        return {"kernel": explore.KERNEL, "graphs": [_graph(g, names) for g in graphs], "sessions": [_session(s, names) for s in sessions],
                "tidy": tidy, "stepper": _stepper()}  # fmt: skip

    # -- what a page asks ---------------------------------------------------------------------------------------------
    def _hear(self, received: dict[str, Any]) -> None:
        request = received["content"]["data"]
        try:
            answer = self._answer(dict(request))
        except Exception as e:
            self._problem(e)
        else:
            if answer is not None and self._comm is not None:
                self._comm.send(answer)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """`{"do": "state" | "devices" | "graph"}`; what is not known is not answered: it may come from a newer page."""
        if request.get("do") == "state":
            return message("state", **self.state())
        if request.get("do") == "devices":
            from tfnb.engine.backends import devices

            return message("devices", devices=[{k: getattr(d, k) for k in ("name", "description", "available", "missing")} for d in devices()])
        if request.get("do") == "graph":
            return message("answer", ask=request.get("ask"), content=explore.answer(dict(request.get("request") or {})))
        return None

    def _problem(self, error: Exception) -> None:
        if self._comm is not None:
            self._comm.send(message("problem", problem=f"{type(error).__name__}: {error}"))

    def _closed(self, received: Any) -> None:
        self._comm = None


def message(kind: str, **content: Any) -> dict[str, Any]:
    """A message to the panels."""
    return {"version": VERSION, "type": kind, **content}


def _stepper() -> str:
    """The model of the stepper that was shown last, for a second view of it; nothing where there is none, or it was closed."""
    module = sys.modules.get("tfnb.jupyter.widgets.stepper")  # widgets are not loaded to say that there are none
    view = module.StepperView.last and module.StepperView.last() if module else None
    return "" if view is None or view.comm is None else str(view.model_id)


def _key(held: Any) -> str:
    return explore.key_of(held)


def _graphs(values: Iterable[Any], sessions: list[Session]) -> list[Graph]:
    """The default graph, those with names, and those of open sessions; each once."""
    from tfnb.jupyter.magics.base import graphs

    found = [get_default_graph(), *graphs.values(), *(v for v in list(values) if isinstance(v, Graph)), *(s.graph for s in sessions)]
    return list({id(g): g for g in found}.values())[:MOST]


def _graph(graph: Graph, names: dict[int, str]) -> dict[str, Any]:
    ops = graph.get_operations()
    current = graph is get_default_graph()
    parameters = [n for n in map(fold.parameters, ops) if n]
    return {
        "id": _key(graph), "name": graph.name or names.get(id(graph)) or ("default graph" if current else "graph"), "current": current,
        "version": graph.version, "nodes": len(ops), "variables": len(graph.variables), "parameters": sum(parameters),
    }  # fmt: skip


def _session(session: Session, names: dict[int, str]) -> dict[str, Any]:
    states = session.variable_states()
    return {
        "id": _key(session), "name": names.get(id(session)) or "session", "graph": _key(session.graph), "device": session.device,
        "current": session is get_default_session(), "bytes": sum(v.nbytes for v in states), "more": max(0, len(states) - MOST),
        "variables": [
            {"name": v.name, "dtype": v.dtype, "shape": list(v.shape), "bytes": v.nbytes, "initialized": v.initialized, "trainable": v.trainable}
            for v in states[:MOST]
        ],
    }  # fmt: skip
