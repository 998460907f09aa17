"""`device="auto"`: NumPy at first, and the faster of NumPy and XLA once a plan has shown that it runs often.

After some runs both are timed on the run's own values (a step is a function: to run it again changes nothing), and the
plan stays with the faster. Which one that is depends on the machine and cannot be told from the plan: so it is asked
for, shown by `%plan`, and not done where a seed asks for the same numbers each time or where a node works on the host.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.engine.backends import Backend, backend
from tfnb.engine.codegen import Code
from tfnb.engine.program import Program

__all__ = ["AutoBackend", "AutoStep"]

AFTER = 10  # runs on NumPy before XLA is given a chance: it costs a compilation
LEAST = 50e-6  # seconds: a shorter step is over before JAX has begun one


class AutoBackend(Backend):
    """NumPy or JAX on the CPU, chosen for each plan."""

    name = "cpu:auto"

    def get(self, value: Any) -> Any:
        return on_host(value)

    def compile(self, program: Program, code: Code) -> Callable[..., Any]:
        return AutoStep(program, code)


def on_host(value: Any) -> Any:
    """NumPy's form of a value that may be JAX's."""
    if (
        value is None
        or isinstance(value, (np.ndarray, np.generic, int, str, bytes))
        or not hasattr(value, "__array__")
    ):
        return value
    out = value.get() if hasattr(value, "get") else np.asarray(value)  # CuPy does not convert by itself
    return out[()] if out.ndim == 0 else out


class AutoStep:
    """A step on NumPy or on JAX; `path` says which and why."""

    def __init__(self, program: Program, code: Code) -> None:
        self.program, self.code = program, code
        self.codes = [(program, code)]
        self.runs = 0
        self._numpy = backend("cpu:numpy").compile(program, code)
        self._chosen: Callable[..., Any] = self._on_numpy
        why = self._never()
        self._open = not why
        self.path = f"NumPy: {why}" if why else f"NumPy, until run {AFTER}; then it is timed against XLA"

    def _never(self) -> str:
        """Why XLA is not even tried; empty where it is."""
        if self.program.graph.seed is not None:
            return "a seed is set, and its numbers are to be the same on every machine"
        if not self.code.compilable:
            return (
                "a node works on the host or a shape depends on values, so that XLA cannot compile the step"
            )
        return ""

    def __call__(self, *values: Any) -> Any:
        self.runs += 1
        if self._open and self.runs == AFTER:
            self._choose(values)
        return self._chosen(*values)

    def _on_numpy(self, *values: Any) -> Any:
        return self._numpy(*map(on_host, values))

    def _choose(self, values: tuple[Any, ...]) -> None:
        self._open = False
        mine = _best(self._on_numpy, values)
        if mine < LEAST:
            self.path = f"NumPy: a step takes {_shown(mine)}, less than it takes to begin one on XLA"
            return
        try:
            xla = backend("cpu:jax").compile(self.program, self.code)
            xla(*values)  # compiles it
            theirs = _best(xla, values)
        except Exception as e:  # whatever JAX has against it, NumPy has run it
            self.path = f"NumPy: XLA does not take the step ({str(e).splitlines()[0] if str(e) else type(e).__name__})"
            return
        if theirs < mine:
            self._chosen = xla
        names = ("XLA", "NumPy") if theirs < mine else ("NumPy", "XLA")
        times = sorted((theirs, mine))
        self.path = f"{names[0]}: {_shown(times[0])} a step, {names[1]} {_shown(times[1])} (timed here at run {AFTER})"


def _best(step: Callable[..., Any], values: tuple[Any, ...]) -> float:
    """The shortest of a few runs, in seconds, with its results brought to the host."""
    found = []
    for _ in range(3):
        start = time.perf_counter()
        results, changed = step(*values)
        for v in (*results, *changed):
            getattr(v, "block_until_ready", lambda: None)()
        found.append(time.perf_counter() - start)
    return min(found)


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"
