"""A step on CuPy as a CUDA graph: what its lines ask of the GPU is recorded once, and asked for again by one launch.

    step = Graphed(cupy, program, code, step)   records after some runs with the same shapes; `why` says why it does not

A graph reads and writes the places in memory that it was recorded with. So it has a memory pool of its own, arguments are
copied into arrays that stay, and a variable that the step writes has two: one graph reads the first and writes the
second, another the other way round, and the session keeps what was written last. A place is written again only where
nobody else holds it any more; else the run takes the lines (docs/adr/0022).
"""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.engine.codegen import Code
from tfnb.engine.cupy_fuse import agree
from tfnb.engine.program import Program, is_text, works_on_host

__all__ = ["Graphed", "obstacle"]

AFTER = 8  # runs with the same shapes before they are recorded: by then every kernel is compiled and loaded
MOST = 4  # sets of shapes that have graphs: each holds the memory of a step

Step = Callable[..., Any]


def obstacle(program: Program) -> str:
    """Why a step cannot be recorded, as far as its text tells; '' if nothing is known against it."""
    if program.structured:
        return "branches and loops ask the host which way to go"
    for i in program.instructions:
        d = i.op.definition
        if works_on_host(i.op) or d.effect and not d.writes:
            return f"{i.op.name} works on the host"
        if d.state or d.ready or d.resource:
            return f"{i.op.name} depends on what the host keeps"
        if "fft" in d.kernel.__code__.co_names:
            return f"{i.op.name} uses a plan of cuFFT's, whose memory CuPy may give away"
    if any(isinstance(f, Tensor) and is_text(f) for f in program.fetches):
        return "text stays on the host"
    return ""


class Graphed:
    """A step that is launched as a graph for shapes that it has met often."""

    def __init__(self, cupy: Any, program: Program, code: Code, step: Step) -> None:
        self.cupy, self.program, self.code, self.step = cupy, program, code, step
        self.why = obstacle(program)
        self.held = 0  # runs that took the lines because somebody held what a graph would have overwritten
        self._runs: dict[Any, int] = {}
        self._made: dict[Any, _Recorded] = {}

    def __call__(self, *values: Any) -> Any:
        if self.why:
            return self.step(*values)
        array = self.cupy.ndarray
        shapes = tuple([v.shape if isinstance(v, array) else None for v in values])
        recorded = self._made.get(shapes)
        if recorded is None:
            return self._counted(shapes, values)
        out = recorded.launch(values)
        if out is None:
            self.held += 1
            return self.step(*values)
        return out

    @property
    def path(self) -> str:
        """What is launched, or why nothing is, for people."""
        if self.why:
            return f"no CUDA graph: {self.why}"
        if not self._made:
            return f"a CUDA graph after {AFTER} runs with the same shapes"
        names = [self.program.names[t] for t in self.program.feeds]
        shown = [", ".join(f"{n} {s}" for n, s in zip(names, shapes, strict=False)) for shapes in self._made]
        for_these = f" for {'; '.join(shown)}" if any(shown) else ""
        held = f" ({self.held} run{'s' * (self.held != 1)} by lines, because earlier values were still held)" if self.held else ""
        return f"one launch of a CUDA graph{for_these}{held}"

    def _counted(self, shapes: Any, values: tuple[Any, ...]) -> Any:
        runs = self._runs[shapes] = self._runs.get(shapes, 0) + 1
        out = self.step(*values)
        if runs == AFTER and len(self._made) < MOST:
            self.why = self._record(shapes, values, out)
            if self.why:
                self._made.clear()
        elif len(self._runs) > 1000:  # batches of ever new sizes
            self._runs.clear()
        return out

    def _record(self, shapes: Any, values: tuple[Any, ...], want: Any) -> str:
        """Records graphs and tries them on values whose results are known; why they are of no use, or ''."""
        arrays = [*values, *want[0], *want[1]]
        if not all(isinstance(v, self.cupy.ndarray) for v in arrays):
            return "some of its values are the host's"
        try:
            recorded = _Recorded(self.cupy, self.program, self.step, values, want)
            for _ in recorded.graphs:
                got = recorded.launch(values)
                if got is None or not agree([*got[0], *got[1]], [*want[0], *want[1]]):
                    return "launched, it gave other values than its lines"
                del got
        except Exception as e:  # CUDA's, CuPy's, or of a line that waits for a value: the lines have run
            return self._where(e) + (str(e).split("\n")[0] or type(e).__name__)
        self._made[shapes] = recorded
        return ""

    def _where(self, error: Exception) -> str:
        """The name of the node whose line raised an error."""
        frame = error.__traceback__
        while frame is not None:
            index = self.code.instruction_at(frame.tb_lineno) if frame.tb_frame.f_code.co_filename == self.code.filename else None
            if index is not None:
                return f"{self.program.instructions[index].op.name}: "
            frame = frame.tb_next
        return ""


class _Recorded:
    """The graphs of a step for one set of shapes, and the arrays that they read and write."""

    def __init__(self, cupy: Any, program: Program, step: Step, values: tuple[Any, ...], want: Any) -> None:
        self.cupy, self._count, self._fed = cupy, len(want[0]), len(program.feeds)
        self._pool = cupy.cuda.MemoryPool()
        self._graph(step, values, [])  # a trial, before memory is taken: most of what can go wrong goes wrong here
        keys = [None] * self._fed + [r.key for r in program.reads]
        written = [w.key for w in program.writes]
        self._changing = {i: self._count + written.index(k) for i, k in enumerate(keys) if k in written}  # argument, result
        for i, j in self._changing.items():
            after = want[1][j - self._count]
            if (values[i].shape, values[i].dtype) != (after.shape, after.dtype):
                raise ValueError(f"the shape of {keys[i]} changes")
        turns = range(2 if written else 1)
        with cupy.cuda.using_allocator(self._pool.malloc):
            places = self._copies(values)
            self._places = [[self._copies([p])[0] if t and i in self._changing else p for i, p in enumerate(places)] for t in turns]
            self._results = [self._copies([*want[0], *want[1]]) for _ in turns]
        for turn in turns:  # what one graph writes is what the other reads
            for i, j in self._changing.items():
                self._results[turn][j] = self._places[1 - turn][i]
        del places
        self._seen: list[list[Any]] = [[_nothing] * len(values) for _ in turns]
        self.graphs = [self._graph(step, p, r) for p, r in zip(self._places, self._results, strict=True)]
        self._next = 0
        self._alone = [(_holders(p), _holders(r)) for p, r in zip(self._places, self._results, strict=True)]

    def _copies(self, values: Iterable[Any]) -> list[Any]:
        return [self.cupy.array(v, copy=True, order="C") for v in values]

    def _graph(self, step: Step, places: Sequence[Any], into: Sequence[Any]) -> Any:
        """What the step asks of the GPU, with these arguments, and its results put `into` arrays."""
        stream = self.cupy.cuda.Stream(non_blocking=True)
        with self.cupy.cuda.using_allocator(self._pool.malloc), stream:
            stream.begin_capture()
            try:
                results, changed = step(*places)
                for place, value in zip(into, [*results, *changed], strict=False):
                    place[...] = value
            except Exception:
                with contextlib.suppress(Exception):  # which says once more that recording has failed
                    stream.end_capture()
                raise
            return stream.end_capture()

    def launch(self, values: tuple[Any, ...]) -> Any:
        """The results and what is written; None where somebody else holds an array that would be overwritten."""
        turn, places = self._next, self._places[self._next]
        if not self._is_free(turn, values):
            return None
        for i, value in enumerate(values):
            seen = self._seen[turn if i in self._changing else 0]
            if i < self._fed or seen[i]() is not value:
                places[i][...] = value
                seen[i] = weakref.ref(value)
        self.graphs[turn].launch()
        out = [place.view() for place in self._results[turn]]
        for i, j in self._changing.items():
            self._seen[1 - turn][i] = weakref.ref(out[j])
        self._next = (turn + 1) % len(self.graphs)
        return out[: self._count], out[self._count :]

    def _is_free(self, turn: int, values: tuple[Any, ...]) -> bool:
        """Whether what a graph writes, and what has to be copied for it to read, is held by nobody else."""
        before, behind = self._alone[turn]
        if _holders(self._results[turn]) != behind:
            return False
        now, seen = _holders(self._places[turn]), self._seen[turn]
        return all(seen[i]() is values[i] or now[i] == before[i] for i in self._changing)


def _nothing() -> None:
    """A reference to what is not there."""


def _holders(places: list[Any]) -> list[int]:
    """How many hold each array, or a view of it."""
    return [sys.getrefcount(p) for p in places]
