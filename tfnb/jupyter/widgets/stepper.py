"""The stepper: the graph with the current node marked, the generated code with the current line, a value looked at.

    StepperView(sess.step([loss, train_op], feed_dict={x: batch}))

What stays (code, instructions, the drawing) is sent once; a step sends where the run stands, never a whole value:
the view asks for what is on its screen and gets it as a binary buffer.
"""

from __future__ import annotations

import re
import weakref
from html import escape
from typing import Any, ClassVar

import numpy as np
from traitlets import Bool, Dict, List, Unicode

from tfnb.core.errors import OpError
from tfnb.engine.stepper import Stepper
from tfnb.jupyter import replays
from tfnb.jupyter.cells import ids_of
from tfnb.jupyter.widgets import findings, predict
from tfnb.jupyter.widgets.base import View
from tfnb.jupyter.widgets.inspector import answer, part_of, reply
from tfnb.views import runs, slices, tensors

__all__ = ["StepperView"]

WALKS = ("forward", "back", "first", "last", "over", "back_over", "resume")
OFFERED = ("chain", "bad", "races", "texts", "replay")
ASKED = ("look", "copy", "save", "compare", *OFFERED)


class StepperView(View):
    """A run that is walked by buttons, keys and clicks; `docs/stepping.md` tells how."""

    bundle = "stepper"

    program = Dict().tag(sync=True)
    graph = Unicode("").tag(sync=True)
    state = Dict().tag(sync=True)
    breaks = List(Dict()).tag(sync=True)
    others = List(Unicode()).tag(sync=True)
    offers = List(Unicode(), list(OFFERED)).tag(sync=True)
    predicting = Bool(False).tag(sync=True)
    question = Dict().tag(sync=True)
    verdict = Dict().tag(sync=True)
    score = List([0, 0]).tag(sync=True)
    key = Unicode("").tag(sync=True)

    last: ClassVar[weakref.ref[StepperView] | None] = None
    """The one that was shown last."""

    def __init__(self, run: Stepper) -> None:
        self.run = run
        picture = runs.picture_of(run)
        program = runs.program_facts(run, picture)
        super().__init__(program=program | {"cells": ids_of(i["cell"] for i in program["instructions"])}, graph=picture.svg or "")
        self.key = str(self.model_id)
        self._total, self._known = len(run.program.instructions), not run.program.structured
        self._selected, self._picked, self._asked = "", False, 0
        self._stopped = ""
        self._edits: list[str] = []
        self._before: dict[str, Any] = {}  # what edited tensors were, for "before the edit"
        self._follow()
        self.others = findings.others(run)

    def _ipython_display_(self) -> None:
        StepperView.last = weakref.ref(self)
        super()._ipython_display_()

    # -- what the view asks for -----------------------------------------------------------------------------------
    def receive(self, message: dict[str, Any]) -> None:
        """Walks (forward, back, first, last, over, back_over, resume, to), select, break, unbreak, watch, unwatch, edit, paint,
        predict, guess; and questions that are answered by a message: look, copy, save, compare, chain, bad, races, texts, replay."""
        do = message.get("do")
        if do in ASKED:
            return reply(self, message, getattr(self, f"_ask_{do}", self._ask_value))
        self._stopped = ""
        try:
            if do in WALKS:
                self._walk(str(do))
            elif do in ("to", "select", "break", "unbreak", "watch", "unwatch", "edit", "paint", "predict", "guess"):
                getattr(self, f"_{do}")(message)
            else:
                raise ValueError(f"The stepper knows no {do!r}.")
        except OpError as e:
            raise ValueError(str(e).split("\n")[0]) from None
        except KeyError as e:
            raise ValueError(str(e.args[0])) from None
        finally:
            self._follow(keep=do not in (*WALKS, "to", "guess"))

    def _walk(self, do: str) -> None:
        hit = getattr(self.run, do)()
        if do in ("over", "back_over", "resume") and hit is not None:
            self._stopped = f"Stopped at {hit}."
        elif do == "resume":
            self._stopped = "No breakpoint was met." if len(self.run.breakpoints) else "There is no breakpoint: b sets one on a line."

    def _to(self, message: dict[str, Any]) -> None:
        """A position as it is; for a box, the last of its nodes that this run computes."""
        target = message["target"]
        if isinstance(target, int):
            return self.run.run_to(target)
        nodes = self.program["instructions"]
        inside = [i["name"] for i in nodes if i["name"] == target] or [i["name"] for i in nodes if i["box"] == target]
        if not inside:
            raise ValueError(f"This run does not compute {target}.")
        self.run.run_to(inside[-1])

    def _select(self, message: dict[str, Any]) -> None:
        self._selected, self._picked = str(message["tensor"]), True

    # -- breakpoints and watches ----------------------------------------------------------------------------------
    def _break(self, message: dict[str, Any]) -> None:
        """At an instruction (`at`), or where name, type, scope, iteration and a condition (`when`) agree."""
        given = {k: str(message[k]) for k in ("name", "type", "scope", "when") if message.get(k)}
        if message.get("at") is not None:
            given["name"] = _exactly(self.program["instructions"][int(message["at"])]["name"])
        turn = message.get("iteration")
        self.run.breakpoints.add(**given, iteration=None if turn is None else int(turn))

    def _unbreak(self, message: dict[str, Any]) -> None:
        self.run.breakpoints.remove(int(message["id"]))

    def _watch(self, message: dict[str, Any]) -> None:
        self.run.watches.add(str(message["expression"]))

    def _unwatch(self, message: dict[str, Any]) -> None:
        self.run.watches.remove(int(message["id"]))

    # -- editing --------------------------------------------------------------------------------------------------
    def _edit(self, message: dict[str, Any]) -> None:
        """Sets a slice to what an expression of x, the present value of the slice, comes to."""
        self._set(message, [slices.parse(str(message.get("slice") or ""))])

    def _paint(self, message: dict[str, Any]) -> None:
        """Sets cells of the table layout: (row, column) pairs."""
        name = str(message["tensor"])
        inner = part_of(np.arange(self._value(name).size).reshape(self._value(name).shape), str(message.get("slice") or ""))
        flat = inner.reshape(-1, inner.shape[-1]) if inner.ndim else inner.reshape(1, 1)
        places = [np.unravel_index(int(flat[int(r), int(c)]), self._value(name).shape) for r, c in message["cells"]]
        self._set(message, [tuple(int(n) for n in p) for p in places])

    def _set(self, message: dict[str, Any], places: list[tuple[Any, ...]]) -> None:
        name, text = str(message["tensor"]), str(message["expression"])
        old = self._value(name)
        new = np.array(old)
        try:
            for place in places:
                # the student's own expression, in the student's own kernel
                new[place] = eval(text, {"np": np, **self.run.namespace, "x": old[place]})  # noqa: S307
        except Exception as e:
            raise ValueError(f"{text!r} gives no value for this place: {e}") from None
        changed = self.run.edit(name, new)
        self._before.setdefault(name, np.array(old))
        more = f"; {len(changed) - 1} values that depend on it were computed again" if len(changed) > 1 else ""
        self._edits = [*self._edits[-3:], f"{name}: {tensors.summary(old)} → {tensors.summary(new)}{more}"]

    def _value(self, name: str) -> np.ndarray:
        value = self.run.value(name)
        if value is None:
            raise ValueError(f"{name} is not computed yet.")
        return np.asarray(value)

    # -- predict first --------------------------------------------------------------------------------------------
    def _predict(self, message: dict[str, Any]) -> None:
        self.predicting, self.verdict = not self.predicting, {}

    def _guess(self, message: dict[str, Any]) -> None:
        question = dict(self.question)
        if not question or message.get("question") != question["id"]:
            raise ValueError("This question is not open any more.")
        self.run.forward()
        right, text = predict.judge(self.run, question, message.get("answer"))
        self.score = [self.score[0] + right, self.score[1] + 1]
        self.verdict = {"right": right, "text": text}

    # -- questions ------------------------------------------------------------------------------------------------
    def _ask_value(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        name = str(message["tensor"])
        return answer(self._value(name), message, name)

    def _ask_compare(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        text = str(message.get("slice") or "")
        return findings.compared(self.run, str(message["tensor"]), str(message["other"]), text, self._before), []

    def _ask_chain(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        return findings.chain(self.run, str(message["node"])), []

    def _ask_races(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        return findings.raced(self.run), []

    def _ask_texts(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        return findings.texts(self.run), []

    def _ask_bad(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        return findings.bad(self.run), []

    def _ask_replay(self, message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        path, size = replays.save(self.run, "replay.html", dict(self.program), self.graph)
        return {"says": f"Saved {path} ({size / 1e6:.1f} MB): it opens in any browser, without a kernel."}, []

    # -- telling the view -----------------------------------------------------------------------------------------
    def _follow(self, keep: bool = False) -> None:
        """Makes the view's state that of the run."""
        run = self.run
        if not keep or not self._selected:
            self._picked = False
            self._selected = self._made_last() or self._selected or next(iter(self.program["sources"]), "")
        self._known = self._known or run.instruction is None
        self._total = run.position if run.instruction is None else max(self._total, run.position)
        with self.hold_sync():
            own = {"stopped": self._stopped, "edits": self._edits, "known": self._known, "picked": self._picked}
            self.state = {**runs.state_facts(run, self._selected, self._total), **own}
            self.breaks = [self._break_facts(b) for b in run.breakpoints]
            self._asked += 1
            self.question = predict.ask(run, self._asked) if self.predicting else {}
            self.keep_soon()

    def _made_last(self) -> str:
        """What the last instruction made: its output, or the variable that it wrote."""
        last = self.run.last_instruction
        if last is None:
            return ""
        held = self.run.values
        changed = [f"{c.variable}:0" for c in self.run.changed]
        return next((n for n in [*(t.name for t in last.op.outputs), *changed] if n in held), "")

    def _break_facts(self, b: Any) -> dict[str, Any]:
        words = str(b).partition(": ")[2].replace("\\", "")
        at = next((n for n, i in enumerate(self.program["instructions"]) if b.name == _exactly(i["name"])), -1)
        return {"id": b.id, "words": words, "at": at, "when": "" if b.when is None else str(b.when)}

    def text(self) -> str:
        line = self.state["line"]
        lines = [("-> " if i == line else "   ") + t["text"] for i, t in enumerate(self.program["code"], 1)]
        score = [f"predictions: {self.score[0]} of {self.score[1]} right"] if self.score[1] else []
        return "\n".join([f"step {self.state['position']} of {self.state['total']}", *lines, *score])

    def static_html(self) -> str:
        value = self.run.value(self._selected) if self._selected else None
        picture = "" if value is None or value.size > 1_000_000 else f"<p>{escape(self._selected)}</p>{tensors.picture(value).html}"
        return f"{self.graph}<pre>{escape(self.text())}</pre>{picture}"


def _exactly(name: str) -> str:
    """The regular expression of one name."""
    return re.escape(name)
