"""The devices as cards: what there is to run on, what is missing and how to get it, and where the session runs."""

from __future__ import annotations

import threading
import time
from html import escape
from typing import Any

from traitlets import Dict, List, Unicode

from tfnb.engine.ahead import NotCompiled, compile_plan
from tfnb.engine.backends import devices
from tfnb.engine.rehearsal import seconds_here
from tfnb.engine.session import get_default_session, live_sessions
from tfnb.jupyter.widgets.base import View

__all__ = ["DeviceView"]


STARTING = 20e-6  # seconds: a step on a chip that is done sooner is not told apart from what it takes to start it


class DeviceView(View):
    """Choosing a device moves a session there, with its variables. Without a session the cards only tell."""

    bundle = "devices"

    cards = List(Dict()).tag(sync=True)
    chosen = Unicode("").tag(sync=True)
    plans = List(Dict()).tag(sync=True)
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

    def rehearse(self, device: str, plan: Any, shapes: Any) -> dict[str, Any]:
        """Compiles a run for TPUs that need not be there, says how long it has been at it, and adds its card."""
        card: dict[str, Any] = {"name": device, "what": "", "rows": [], "problem": "", "lesson": ""}
        done = threading.Event()
        worker = threading.Thread(target=_rehearsed, args=(self.session, device, plan, shapes, card, done), daemon=True)
        begun = time.perf_counter()
        worker.start()
        while not done.wait(0.5):
            self._show({**card, "what": f"compiling: {time.perf_counter() - begun:.0f} s"})
        self._show(card)
        self.keep()
        return card

    def _show(self, card: dict[str, Any]) -> None:
        self.plans = [*(p for p in self.plans if p["name"] != card["name"]), card]

    def text(self) -> str:
        marks = {True: "yes", False: "no"}
        lines = [f"{'*' if c['name'] == self.chosen else ' '} {c['name']:10} {marks[c['available']]:3} {c['what']} {c['missing']}" for c in self.cards]
        for p in self.plans:
            lines += ["", f"  {p['name']}: {p['what']}", *(f"    {k:<16} {v}" for k, v in p["rows"])]
            lines += [f"    {t}" for t in (p["problem"], p["lesson"]) if t]
        return "\n".join(lines)

    def static_html(self) -> str:
        rows = "".join(f"<tr><td>{escape(c['name'])}{' (chosen)' if c['name'] == self.chosen else ''}</td><td>{'yes' if c['available'] else 'no'}</td>"
                       f"<td>{escape(c['what'])}</td><td>{escape(c['missing'])}</td></tr>" for c in self.cards)  # fmt: skip
        head = "<thead><tr><th>device</th><th>available</th><th>what</th><th>missing</th></tr></thead>"
        return f"<table>{head}<tbody>{rows}</tbody></table>{''.join(map(_plan_html, self.plans))}"


def _plan_html(plan: dict[str, Any]) -> str:
    rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in plan["rows"])
    told = "".join(f"<p>{escape(t)}</p>" for t in (plan["what"], plan["problem"], plan["lesson"]) if t)
    return f"<h4>{escape(plan['name'])}</h4>{told}<table><tbody>{rows}</tbody></table>"


def _rehearsed(session: Any, device: str, plan: Any, shapes: Any, card: dict[str, Any], done: threading.Event) -> None:
    """Fills a card: what the compiler says, beside what a step takes here; or why it does not compile."""
    try:
        found = compile_plan(session, plan, shapes, device)
        here = seconds_here(session, plan, shapes)
        ratio = f": {here / found.seconds:,.1f} times as long" if found.seconds > STARTING else ""
        card["rows"] = [*found.rows(), ("measured here", f"{1e3 * here:.3g} ms a step on {session.device}{ratio}")]
        card["what"] = "The step compiles for these chips, which need not be here."
    except NotCompiled as e:
        card.update(what="The step does not compile for these chips.", problem=e.text, lesson=e.lesson)
    except Exception as e:  # it is the card that says so: there is no cell to raise it in
        card.update(what="Not compiled.", problem=str(e) or type(e).__name__)
    finally:
        done.set()


def _memory(free: int | None, total: int | None) -> str:
    if total is None:
        return ""
    return f"{total / 2**30:.1f} GiB" if free is None else f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
