"""Which values are in memory while a step runs: after each line, what is still needed, in bytes.

    live = live_set(sess, [loss, train], {x: batch})
    live.rows[3].line, .op, .alive, .made          a line of the step, its node, bytes alive after it, bytes it made
    live.peak, live.held, live.at                  the most at once; what is there before the first line; the row of the peak

The bytes are those of actual arrays: the step is run on NumPy, aside, and what it writes is dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation
from tfnb.core.shapes import TensorShape
from tfnb.engine import passes
from tfnb.engine.auto import on_host
from tfnb.engine.fetches import feeds_of
from tfnb.engine.namespaces import numpy_namespace
from tfnb.engine.plans import Plan

__all__ = ["LiveRow", "LiveSet", "live_set"]


class LiveRow(NamedTuple):
    """One line of a step: its number in the text, its node, the bytes alive after it and the bytes that it made.

    In a loop a line runs more than once: these are its largest figures. A view makes nothing.
    """

    line: int
    op: Operation
    alive: int
    made: int


class LiveSet(NamedTuple):
    """The rows in the order of the text, and the bytes of feeds and variables, which are held throughout.

    `values` are those alive at the peak: their names in the text, and bytes; several names of one memory count once.
    """

    rows: tuple[LiveRow, ...]
    held: int
    values: tuple[tuple[str, int], ...] = ()

    @property
    def peak(self) -> int:
        """The most bytes alive after any line."""
        return max((r.alive for r in self.rows), default=self.held)

    @property
    def at(self) -> LiveRow | None:
        """The first row at which `peak` is reached; None in a step without lines."""
        return next((r for r in self.rows if r.alive == self.peak), None)


def live_set(session: Any, fetches: Any, feeds: Any = None, unknown: int = 32) -> LiveSet:
    """The live set of a run of `fetches`, line by line; no variable changes.

    `feeds` is a feed_dict, or only its keys: then zeros are fed, with `unknown` for each open size (and for a shape
    of which nothing is known, one number); a variable without a value counts as zeros, too. What nodes do outside the
    session (a print, a file) is done. Raises what the run would.
    """
    values = dict(feeds) if isinstance(feeds, Mapping) else {}
    keys = [session.graph.as_graph_element(k, allow_operation=False) for k in (() if feeds is None or values else feeds)]
    values.update({t: np.zeros([unknown if n is None else n for n in t.shape.sizes or ()], t.dtype.base_dtype.np) for t in keys})
    plan: Plan = session.plan(fetches, values)
    arguments = [on_host(v) for v in (*feeds_of(session.graph, values).values(), *_kept(session, plan, unknown))]
    marks = [(r, r.mark()) for r in session._blocks.values() if hasattr(r, "mark")]
    try:
        seen, at_peak = _watched(plan, arguments)
    finally:
        for resource, mark in marks:  # a queue or an iterator stands where it stood
            resource.rewind(mark)
    rows = [LiveRow(line, ins.op, *seen[line]) for ins, line in zip(plan.program.instructions, plan.code.lines, strict=True) if line in seen]
    return LiveSet(tuple(sorted(rows, key=lambda r: r.line)), _bytes(arguments), at_peak)


def _kept(session: Any, plan: Plan, unknown: int) -> list[Any]:
    """What the session keeps of what the plan reads; zeros for a variable that has no value yet."""
    out = []
    for read in plan.program.reads:
        op = session.graph.get_operation_by_name(read.key)
        if read.kind == "value" and session.variable_value(read.key) is None:
            sizes = TensorShape(op.attrs["shape"]).sizes or ()
            out.append(np.zeros([unknown if n is None else n for n in sizes], op.attrs["dtype"].base_dtype.np))
        else:
            out += session.kept(plan.program._replace(reads=(read,)))
    return out


def _watched(plan: Plan, arguments: list[Any]) -> tuple[dict[int, tuple[int, int]], tuple[tuple[str, int], ...]]:
    """By line, the bytes alive after it and the bytes it made: read off the frame of the step as it runs.

    And the values that were alive when most bytes were.
    """
    code = passes.faster(plan.program, plan.code, numpy_namespace())
    step = code.function(numpy_namespace())
    held = dict(_buffers(arguments))
    seen: dict[int, tuple[int, int]] = {}
    last: list[Any] = [None, held]  # the line that is running, and what was alive before it
    most_alive: list[Any] = [0, ()]
    before_step = [(f"{name} (before)", v) for name, v in zip(plan.code.arguments, arguments, strict=True)]

    def line(frame: Any, event: str, _: Any) -> Any:
        alive = held | dict(_buffers(frame.f_locals.values()))
        if last[0] is not None:
            made = sum(n for key, n in alive.items() if key not in last[1])
            most, before = seen.get(last[0], (0, 0))
            total = sum(alive.values())
            seen[last[0]] = max(most, total), max(before, made)
            if total > most_alive[0]:
                most_alive[:] = total, _by_name([*frame.f_locals.items(), *before_step])
        last[:] = frame.f_lineno, alive
        return line

    def call(frame: Any, event: str, _: Any) -> Any:
        return line if frame.f_code is step.__code__ else None

    _traced(call, lambda: step(*arguments))
    return seen, most_alive[1]


def _by_name(values: Iterable[tuple[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Names and bytes; memory that has several names is listed under the first."""
    met: set[int] = set()
    found = []
    for name, value in values:
        buffers = {key: n for key, n in _buffers([value]) if key not in met}
        met.update(buffers)
        if buffers:
            found.append((name, sum(buffers.values())))
    return tuple(found)


def _traced(trace: Callable[..., Any], run: Callable[[], Any]) -> None:
    """Runs with another trace function than the debugger's, if there is one, and puts that back."""
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)


def _buffers(values: Iterable[Any]) -> Iterator[tuple[int, int]]:
    """The identity and size of the memory behind values: an array and its views are one buffer."""
    for v in values:
        if isinstance(v, np.ndarray):
            while isinstance(v.base, np.ndarray):
                v = v.base
            yield id(v), v.nbytes
        elif isinstance(v, (list, tuple)):
            yield from _buffers(v)
        elif isinstance(v, np.generic):
            yield id(v), v.nbytes


def _bytes(values: Iterable[Any]) -> int:
    return sum(dict(_buffers(values)).values())
