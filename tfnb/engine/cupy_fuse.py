"""Elementwise lines of a step as one kernel: written as a function of their own, which CuPy makes one CUDA kernel of.

    @fuse
    def fused_Relu(MatMul, b):             what is between stays in registers: one read and one write, not two of each
        BiasAdd = MatMul + b
        Relu = xp.maximum(BiasAdd, BiasAdd.dtype.type(0))
        return Relu

`join` finds the lines (engine/pointwise.py says which are elementwise) and writes the functions; a `Chain` runs one.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfnb.engine.codegen import value_name
from tfnb.engine.passes import Joined
from tfnb.engine.pointwise import work
from tfnb.engine.program import Instruction, Program
from tfnb.engine.regions import FLOW, Literal

__all__ = ["Chain", "agree", "join"]

LEAST = 2  # operations an element: a single one is a kernel already
MOST = 24  # arrays that go in and out: a launch passes at most 4 KB

_HOST = frozenset({"np", "host", "ints"})  # what lines of shapes and axes are written with, which the host computes
_MODULES = _HOST | {"xp", "ops"}


class _Flow(NamedTuple):
    """The names that a statement reads and gives values to, in order."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


class _Group:
    """Lines that may become one kernel: nothing between them reads what they make, or changes what they read."""

    def __init__(self, members: list[int], work: int, flows: Sequence[_Flow], pattern: Any) -> None:
        self.members, self.work, self.pattern = members, work, pattern
        reads: dict[str, None] = {}
        writes: dict[str, None] = {}
        for i in members:
            reads |= {n: None for n in flows[i].reads if n not in writes}
            writes |= dict.fromkeys(flows[i].writes)
        self.reads, self.writes = reads, writes

    def hinders(self, flow: _Flow) -> bool:
        """Whether the group has to run before a statement that is not in it."""
        return not self.writes.keys().isdisjoint((*flow.reads, *flow.writes)) or not self.reads.keys().isdisjoint(flow.writes)


def join(program: Program, statements: Sequence[str], env: dict[str, Any], ending: str) -> Joined:
    """The statements with groups of them as calls of functions, the functions' text, and where in it lines now stand."""
    flows = [_flow(s) for s in statements]
    out, text, inner = list(statements), [], {}
    fetched = set(_flow(ending.strip().removeprefix("return ")).reads)
    taken = {*env, *program.names.values(), *(n for f in flows for n in (*f.reads, *f.writes))}
    for group in _groups(program, statements, flows):
        last = group.members[-1]
        results = [n for n in group.writes if n in _needed(program, group, flows) or n in fetched]
        values = [n for n in group.reads if n not in _MODULES and (n not in env or isinstance(env[n], np.ndarray))]
        if group.work < LEAST or not results or not values or len(results) + len(values) > MOST:
            continue
        label = f"fused_{program.instructions[last].name or results[-1]}"
        while label in taken:
            label += "_"
        taken.add(label)
        text += ["@fuse", f"def {label}({', '.join(values)}):"]
        for i in group.members:
            inner[i] = len(text)
            text.append(f"    {statements[i]}")
            out[i] = ""
        text += [f"    return {', '.join(results)}", ""]
        out[last] = f"{', '.join(results)} = {label}({', '.join(values)})"
    return Joined(out, text, inner)


def _needed(program: Program, group: _Group, flows: Sequence[_Flow]) -> set[str]:
    """The names that are looked at outside of a group: in other lines, and by branches and loops."""
    asked = {value_name(program, step.pred) for i in program.instructions for step in i.path if isinstance(step, Literal)}
    return asked | {n for i, f in enumerate(flows) if i not in group.members for n in f.reads}


def _groups(program: Program, statements: Sequence[str], flows: Sequence[_Flow]) -> list[_Group]:
    """A line joins the groups that make what it reads, as long as nobody else has needed them."""
    opened: list[_Group] = []
    closed: list[_Group] = []
    path: Any = ()
    for ins, statement, flow in zip(program.instructions, statements, flows, strict=True):
        if not statement:
            continue
        if ins.path != path:  # into another branch or loop
            closed, opened, path = closed + opened, [], ins.path
        pattern = _pattern(ins)
        plain = flow.writes and pattern is not None and _HOST.isdisjoint(flow.reads) and ins.op.type not in FLOW
        own = work(ins.op) if plain else None
        joined = [g for g in opened if own is not None and g.pattern == pattern and not g.writes.keys().isdisjoint(flow.reads)]
        closed += [g for g in opened if g not in joined and g.hinders(flow)]
        opened = [g for g in opened if g not in joined and not g.hinders(flow)]
        if own is not None:
            members = sorted(i for g in joined for i in g.members)
            opened.append(_Group([*members, ins.index], own + sum(g.work for g in joined), flows, pattern))
    return sorted(closed + opened, key=lambda g: g.members[-1])


def _pattern(ins: Instruction) -> Any:
    """The static shape that all results have; of no use for one kernel if they differ."""
    tensors = ins.op.outputs or ins.op.inputs[:1]
    found = {t.shape.sizes if t.shape.sizes is None else tuple(t.shape.sizes) for t in tensors}
    return (found.pop(),) if len(found) == 1 else None


@functools.lru_cache(4096)
def _flow(statement: str) -> _Flow:
    nodes = [n for n in ast.walk(ast.parse(statement)) if isinstance(n, ast.Name)]
    reads = dict.fromkeys(n.id for n in nodes if isinstance(n.ctx, ast.Load))
    return _Flow(tuple(reads), tuple(dict.fromkeys(n.id for n in nodes if isinstance(n.ctx, ast.Store))))


class Chain:
    """A fused function. What is new (arguments of other shapes) runs line by line first, where errors have a line.

    One kernel gives all its results one shape, so other shapes stay line by line; so does all where the kernel cannot
    be had or gives other values than the lines (`why` then says so).
    """

    def __init__(self, function: Callable[..., Any], cupy: Any) -> None:
        self.label = function.__name__
        self.why = ""
        self._lines, self._array = function, cupy.ndarray
        self._kernel: Callable[..., Any] = cupy.fuse(kernel_name=self.label)(function)
        self._tried = False
        self._fits: dict[Any, bool] = {}

    def __call__(self, *args: Any) -> Any:
        key = tuple([getattr(a, "shape", None) for a in args])
        fits = self._fits.get(key)
        if fits is None:
            return self._first(key, args)
        return self._kernel(*args) if fits and not self.why else self._lines(*args)

    def _first(self, key: Any, args: tuple[Any, ...]) -> Any:
        out = self._lines(*args)
        found = out if isinstance(out, tuple) else (out,)
        fits = all(isinstance(v, (self._array, np.generic)) for v in args) and all(isinstance(v, self._array) for v in found)
        if fits:
            whole = np.broadcast_shapes(*key)
            fits = all(v.shape == whole for v in found)
        if fits and not self._tried:
            self._tried = True
            self.why = self._differs(args, found)
        if len(self._fits) > 1000:  # batches of ever new sizes
            self._fits.clear()
        self._fits[key] = fits
        return out

    def _differs(self, args: tuple[Any, ...], want: Sequence[Any]) -> str:
        """Why the kernel cannot stand for the lines; '' if it can."""
        try:
            got = self._kernel(*args)
        except Exception as e:  # whatever CuPy has against the function, the lines have run
            return str(e).split("\n")[0] or type(e).__name__
        got = got if isinstance(got, tuple) else (got,)
        same = len(got) == len(want) and all(g.shape == w.shape and g.dtype == w.dtype for g, w in zip(got, want, strict=True))
        return "" if same and agree(got, want) else "its results are not those of the lines"


def agree(got: Sequence[Any], want: Sequence[Any]) -> bool:
    """Whether arrays of CuPy's are the same up to rounding, which a multiply-add done at once changes. Waits for the GPU."""
    return all(_close(g.get(), w.get()) for g, w in zip(got, want, strict=True))


def _close(got: np.ndarray, want: np.ndarray) -> bool:
    if want.dtype.kind not in "fc":
        return bool(np.array_equal(got, want))
    finite = np.abs(want[np.isfinite(want)])
    rough = 1e-2 if want.dtype.itemsize < 4 else 1e-4
    return bool(np.allclose(got, want, rough, rough * float(finite.max(initial=0)), equal_nan=True))
