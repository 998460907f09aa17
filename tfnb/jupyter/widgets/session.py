"""A session's variables, and what can be done with them: initialise, save, restore, close."""

from __future__ import annotations

from html import escape
from typing import Any

from traitlets import Bool, Dict, Int, List, Unicode

from tfnb.core.errors import OpError
from tfnb.jupyter.widgets.base import View
from tfnb.views import tensors

__all__ = ["SessionView"]

PICTURED = 1_000_000  # elements of a variable that are still made into a small picture


class SessionView(View):
    """One row a variable: name, shape, dtype, bytes, the run that wrote it last, a small picture."""

    bundle = "session"

    name = Unicode("").tag(sync=True)
    device = Unicode("").tag(sync=True)
    runs = Int(0).tag(sync=True)
    closed = Bool(False).tag(sync=True)
    rows = List(Dict()).tag(sync=True)
    path = Unicode("./model.ckpt").tag(sync=True)
    says = Unicode("").tag(sync=True)
    key = Unicode("").tag(sync=True)

    def __init__(self, session: Any) -> None:
        self.session = session
        super().__init__(name=session.name)
        self.key = str(self.model_id)
        self._follow()

    def receive(self, message: dict[str, Any]) -> None:
        """refresh, initialise, close; save and restore (a path)."""
        do = message.get("do")
        if do not in ("refresh", "initialise", "save", "restore", "close"):
            raise ValueError(f"The session view knows no {do!r}.")
        if self.session.closed and do != "refresh":
            raise ValueError("This session is closed. Open a new one: sess = tf.Session().")
        try:
            self.says = getattr(self, f"_{do}")(str(message.get("path") or self.path)) or ""
        except OpError as e:
            raise ValueError(str(e).split("\n")[0]) from None
        finally:
            self._follow()
            self.keep()

    def _refresh(self, path: str) -> None:
        pass

    def _initialise(self, path: str) -> str:
        with self.session.graph.as_default():
            found = [v.initializer for v in self.session.graph.variables]
        if not found:
            raise ValueError("This graph has no variables.")
        self.session.run(found)
        return f"{len(found)} variables have their initial values."

    def _save(self, path: str) -> str:
        self.path = path
        return f"Saved in {self._saver().save(self.session, path)}."

    def _restore(self, path: str) -> str:
        self.path = path
        self._saver().restore(self.session, path)
        return f"Restored from {path}."

    def _close(self, path: str) -> str:
        self.session.close()
        return "Closed: the variables are freed."

    def _saver(self) -> Any:
        from tfnb.train.saver import Saver

        if not self.session.graph.variables:
            raise ValueError("This graph has no variables.")
        with self.session.graph.as_default():
            return Saver(list(self.session.graph.variables))

    def _follow(self) -> None:
        with self.hold_sync():
            self.device, self.runs, self.closed = self.session.device, self.session.runs, self.session.closed
            self.rows = [] if self.closed else [self._row(s) for s in self.session.variable_states()]

    def _row(self, state: Any) -> dict[str, Any]:
        value = self.session.variable_value(state.name) if state.initialized else None
        small = value is not None and value.size <= PICTURED
        return {"name": state.name, "shape": "×".join(map(str, state.shape)) if state.initialized else "", "dtype": state.dtype, "bytes": state.nbytes,
                "ready": state.initialized, "trainable": state.trainable, "written": state.written_by_run,
                "picture": tensors.small(value) if small else "", "summary": tensors.summary(value) if value is not None else "not initialised"}  # fmt: skip

    def text(self) -> str:
        head = f"{self.name} on {self.device}, {self.runs} runs{', closed' if self.closed else ''}"
        return "\n".join([head, *(f"  {r['name']:24} {r['shape'] or 'scalar':12} {r['dtype']:8} {r['summary']}" for r in self.rows)])

    def static_html(self) -> str:
        rows = "".join(f"<tr><td>{escape(r['name'])}</td><td>{r['shape']}</td><td>{r['dtype']}</td><td>{r['bytes']:,}</td><td>{escape(r['summary'])}</td></tr>"
                       for r in self.rows)  # fmt: skip
        head = "<thead><tr><th>variable</th><th>shape</th><th>dtype</th><th>bytes</th><th>values</th></tr></thead>"
        return f"<p>{escape(self.text().splitlines()[0])}</p><table>{head}<tbody>{rows}</tbody></table>"
