"""What a session has: plans, one for each set of fetches and feeds, and the state of its variables.

    plan = sess.plan([loss, train], [x])
    plan.source, plan.path                  the step as Python, and how it runs
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tfnb.engine.codegen import Code
from tfnb.engine.program import Program

__all__ = ["Plan", "VariableState"]


class VariableState(NamedTuple):
    """A variable as a session holds it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    initialized: bool
    trainable: bool
    written_by_run: int | None


class Plan(NamedTuple):
    """A program with its text and its compiled form."""

    program: Program
    code: Code
    step: Callable[..., Any]
    backend: str
    session: Any = None  # a weak reference to whose it is

    @property
    def source(self) -> str:
        """The generated step, as Python."""
        return self.code.source

    @property
    def text(self) -> str:
        """What runs: the step, or, where nodes are on several devices, its parts and the copies between them."""
        return str(getattr(self.step, "text", self.code.source))

    @property
    def compiled_source(self) -> str:
        """The text that a compiler gets: with branches and loops written as functions; else `source`."""
        codes = [code for program, code in getattr(self.step, "codes", ()) if program is self.program]
        return str(codes[-1].source) if codes else self.source

    @property
    def path(self) -> str:
        """How the step runs, and why so."""
        return str(getattr(self.step, "path", "NumPy: each line as it stands"))

    @property
    def line_of(self) -> dict[str, int]:
        """Line of `source` by operation name."""
        return {i.op.name: line for i, line in zip(self.program.instructions, self.code.lines, strict=True)}

    def export(self, target: str = "numpy") -> Any:
        """The plan as a Script that runs without tfnb ("numpy", "jax", "torch"), or a listing ("jaxpr", "tf1")."""
        from tfnb.engine.exporting import export_plan

        session = self.session() if self.session is not None else None
        if session is None:
            raise ValueError("The session of this plan is gone; the script would need its variables.")
        return export_plan(session, self, target)
