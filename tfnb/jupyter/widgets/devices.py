"""The devices as cards: what there is to run on, what is missing and how to get it, and where the session runs."""

from __future__ import annotations

import time
from html import escape
from typing import Any

from traitlets import Dict, List, Unicode

from tfnb.engine.backends import devices
from tfnb.engine.session import get_default_session, live_sessions
from tfnb.jupyter.widgets.base import View

__all__ = ["DeviceView"]


class DeviceView(View, bundle="devices"):
    """Choosing a device moves a session there, with its variables. Without a session the cards only tell."""

    cards = List(Dict()).tag(sync=True)
    chosen = Unicode("").tag(sync=True)
    says = Unicode("").tag(sync=True)
    key = Unicode("").tag(sync=True)

    def __init__(self, session: Any = None) -> None:
        self.session = session or get_default_session() or next(iter(reversed(live_sessions())), None)
        super().__init__()
        self.key = str(self.model_id)
        self._follow()

    def receive(self, message: dict[str, Any]) -> None:
        """choose (a device's name)."""
        if message.get("do") != "choose":
            raise ValueError(f"The device view knows no {message.get('do')!r}.")
        if self.session is None or self.session.closed:
            raise ValueError("No session is open: make one with sess = tf.Session(), then choose where it runs.")
        begun = time.perf_counter()
        self.session.to(str(message["device"]))
        kept = [v for v in self.session.variable_states() if v.initialized]
        size = sum(v.nbytes for v in kept)
        took = 1000 * (time.perf_counter() - begun)
        self.says = f"{len(kept)} variables ({size:,} bytes) moved in {took:.0f} ms, their values unchanged."
        self._follow()
        self.keep()

    def _follow(self) -> None:
        self.chosen = "" if self.session is None or self.session.closed else self.session.device
        self.cards = [{"name": d.name, "kind": d.kind, "available": d.available, "what": d.description, "missing": "" if d.available else d.missing,
                       "memory": _memory(d.memory_free, d.memory_total)} for d in devices()]  # fmt: skip
        if not self.says:
            self.says = "No session is open." if not self.chosen else f"{self.session.name} runs on {self.chosen}."

    def text(self) -> str:
        marks = {True: "yes", False: "no"}
        return "\n".join(f"{'*' if c['name'] == self.chosen else ' '} {c['name']:10} {marks[c['available']]:3} {c['what']} {c['missing']}" for c in self.cards)

    def static_html(self) -> str:
        rows = "".join(f"<tr><td>{escape(c['name'])}{' (chosen)' if c['name'] == self.chosen else ''}</td><td>{'yes' if c['available'] else 'no'}</td>"
                       f"<td>{escape(c['what'])}</td><td>{escape(c['missing'])}</td></tr>" for c in self.cards)  # fmt: skip
        return f"<table><thead><tr><th>device</th><th>available</th><th>what</th><th>missing</th></tr></thead><tbody>{rows}</tbody></table>"


def _memory(free: int | None, total: int | None) -> str:
    if total is None:
        return ""
    return f"{total / 2**30:.1f} GiB" if free is None else f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
