"""The stepper: the graph with the current node marked, the generated code with the current line, a value looked at.

    StepperView(sess.step([loss, train_op], feed_dict={x: batch}))
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from traitlets import Dict, Int, List, Unicode

from tfnb.core.errors import OpError
from tfnb.engine.stepper import Stepper
from tfnb.jupyter.widgets.base import View
from tfnb.views import tensors
from tfnb.views.dot import draw

__all__ = ["StepperView"]


class StepperView(View):
    """A run that is walked by buttons, keys (right, left, home, end) and clicks on nodes."""

    _esm = Path(__file__).parent / "stepper.js"
    _css = Path(__file__).parent / "stepper.css"

    position = Int(0).tag(sync=True)
    total = Int(0).tag(sync=True)
    code = List(Unicode()).tag(sync=True)
    line = Int(0).tag(sync=True)
    graph = Unicode("").tag(sync=True)
    nodes = List(Unicode()).tag(sync=True)
    current = Unicode("").tag(sync=True)
    explanation = Unicode("").tag(sync=True)
    values = List(Unicode()).tag(sync=True)
    selected = Unicode("").tag(sync=True)
    picture = Unicode("").tag(sync=True)
    changes = List(Dict()).tag(sync=True)
    key = Unicode("").tag(sync=True)

    def __init__(self, run: Stepper) -> None:
        self.run = run
        program = run.program
        picture = draw(program.graph, fetches=program.fetches, feeds=program.feeds)
        self._box_of = picture.outline.box_of
        super().__init__(
            total=len(program.instructions), code=run.plan.source.splitlines(), graph=picture.svg or "",
            nodes=[i.op.name for i in program.instructions],
        )  # fmt: skip
        self.key = str(self.model_id)
        self._follow()

    def receive(self, message: dict[str, Any]) -> None:
        """forward, back, first, last; to (a position or a node's name); select (a tensor)."""
        do = message.get("do")
        try:
            if do in ("forward", "back", "first", "last"):
                getattr(self.run, do)()
            elif do == "to":
                self.run.run_to(self._instruction(message["target"]))
            elif do == "select":
                self.selected = str(message["tensor"])
            else:
                raise ValueError(f"The stepper knows no {do!r}.")
        except OpError as e:
            raise ValueError(str(e).split("\n")[0]) from None
        finally:
            self._follow(keep=do == "select")

    def _instruction(self, target: Any) -> Any:
        """A position as it is; for a box, the last of its nodes that this run computes."""
        if isinstance(target, int):
            return target
        inside = [i.index + 1 for i in self.run.program.instructions if self._box_of[i.op.name].rstrip("/") == target]
        if not inside:
            raise ValueError(f"This run does not compute {target}.")
        return inside[-1]

    def _follow(self, keep: bool = False) -> None:
        """Makes the view's state that of the run."""
        run = self.run
        held = run.values
        last = run.last_instruction.op if run.last_instruction else None
        if not keep and last is not None and last.outputs and last.outputs[0].name in held:
            self.selected = last.outputs[0].name
        elif self.selected not in held:
            self.selected = next(reversed(held), "")
        ins = run.instruction
        with self.hold_sync():
            self.position, self.line = run.position, run.line
            self.current = "" if ins is None else self._box_of[ins.op.name].rstrip("/")
            self.explanation = _explained(ins.op) if ins is not None else "The run is at its end."
            self.values = list(held)
            self.picture = tensors.picture(held[self.selected]).html if self.selected in held else ""
            self.keep()
            self.changes = [{"variable": c.variable, "after": tensors.summary(c.after)} for c in run.changed]

    def text(self) -> str:
        lines = [("-> " if i == self.run.line else "   ") + t for i, t in enumerate(self.code, 1)]
        return "\n".join([f"step {self.position} of {self.total}", *lines])

    def static_html(self) -> str:
        return f"{self.graph}<pre>{escape(self.text())}</pre>{self.picture}"


def _explained(op: Any) -> str:
    where = f", made in {op.where}" if op.where else ""
    return f"Next: {op.name} ({op.type}{where}). {op.doc}"
