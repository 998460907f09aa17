"""A stepped run as facts for a view: once what stays (code, instructions, boxes), then at each place what is there.

    program_facts(run, picture)     {"title": ..., "code": [...], "instructions": [...], "sources": {...}, "idle": {...}}
    state_facts(run, "loss:0")      {"position": 3, "line": 5, "done": [(0, 3)], "says": "Next: ...", "looked": {...}, ...}

Both are plain lists and dictionaries: a widget sends them, a replay page keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.program import VARIABLES, needed, written
from tfnb.views import tensors, windows
from tfnb.views.dot import draw

__all__ = ["looked_facts", "picture_of", "program_facts", "shape_text", "state_facts"]

DRAWN = 100  # instructions of a run whose scopes are all drawn open
NEAR = 150  # instructions around the present one whose real shapes are told


def shape_text(shape: Sequence[int | None] | None) -> str:
    """'?×784', 'scalar', or '…' where nothing is known."""
    if shape is None:
        return "…"
    return "×".join("?" if n is None else str(n) for n in shape) or "scalar"


def picture_of(run: Any) -> Any:
    """The graph of a run, what it does not need faded; of a small run every node is drawn, no scope is closed."""
    program = run.program
    scopes = {i.op.name.rpartition("/")[0] for i in program.instructions}
    return draw(program.graph, fetches=program.fetches, feeds=program.feeds, expand=scopes - {""} if len(program.instructions) <= DRAWN else ())


# -- what stays -----------------------------------------------------------------------------------------------------------
def program_facts(run: Any, picture: Any) -> dict[str, Any]:
    """The run's code and nodes, and how the picture's boxes belong to them."""
    program, lines = run.program, run.plan.code.lines
    at = {int(line): i for i, line in enumerate(lines)}
    box_of = {name: box.rstrip("/") for name, box in picture.outline.box_of.items()}
    return {
        "title": f"run {run.session.runs + 1} - fetch {', '.join(_fetched(program.fetches))} - on {run.session.device}",
        "code": [{"text": _code(text), "at": at.get(n, -1)} for n, text in enumerate(run.plan.source.splitlines(), 1)],
        "instructions": [_instruction(i, phase, box_of, int(line)) for i, phase, line in zip(program.instructions, run.phases, lines, strict=True)],
        "sources": _sources(program),
        "idle": _idle(program, picture.outline),
        "cells": {},  # ids by execution counts; who knows the page fills them in
    }


def _fetched(fetches: Sequence[Any]) -> list[str]:
    names = [f.name.removesuffix(":0") for f in fetches]
    return names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]


def _code(text: str) -> str:
    """A line without its note at the end: the view shows shape and place in columns of their own."""
    return text[: text.rindex("  # ")].rstrip() if "  # " in text else text


def _instruction(ins: Any, phase: str, box_of: dict[str, str], line: int) -> dict[str, Any]:
    op = ins.op
    place = op.where
    where = "" if place is None else f"cell {place.cell}:{place.line}" if place.cell is not None else str(place).replace(", line ", ":")
    return {
        "name": op.name, "type": op.type, "phase": phase, "box": box_of[op.name], "line": line, "where": where, "doc": op.doc,
        "cell": None if place is None else place.cell, "row": 0 if place is None else place.line,
        "inputs": [x.name for x in op.inputs], "outputs": [t.name for t in op.outputs], "shape": static_shape(op),
    }  # fmt: skip


def static_shape(op: Operation) -> str:
    """The shape as far as the graph knows it; of a write, that of the variable."""
    places = written(op)
    out = places[0].outputs[0] if places else op.outputs[0] if op.outputs else None
    return "" if out is None else shape_text(out.shape.sizes)


def _sources(program: Any) -> dict[str, str]:
    """Tensors with a value from the start on: fed, constant, or a variable's."""
    fed = set(program.feeds)
    kinds = {"Const": "constant", "Placeholder": "placeholder"}
    computed = {t for i in program.instructions for t in i.op.outputs}
    out = {}
    for t in program.names:
        if t in computed and t not in fed:
            continue
        kind = "fed" if t in fed else "variable" if t.op.type in VARIABLES else kinds.get(t.op.type, "")
        if kind and t.op not in program.missing:
            out[t.name] = kind
    return out


def _idle(program: Any, outline: Any) -> dict[str, str]:
    """The boxes that this run does not need, each with the reason."""
    targets = [getattr(f, "op", f) for f in program.fetches]
    used = needed(targets, set(program.feeds)) | {x.op for x in program.feeds}
    without = needed(targets, set())
    fed = ", ".join(t.name for t in program.feeds[:3])
    return {box.rstrip("/"): f"It only leads to what is fed ({fed})." if any(op in without for op in node.ops) else "No fetch depends on it."
            for box, node in outline.nodes.items() if not any(op in used for op in node.ops)}  # fmt: skip


# -- what is there at each place --------------------------------------------------------------------------------------------
def state_facts(run: Any, selected: str, total: int) -> dict[str, Any]:
    """Where the run stands, what the last instruction changed, and the value that is looked at."""
    ins, last = run.instruction, run.last_instruction
    return {
        "position": run.position, "total": total, "ended": ins is None, "next": -1 if ins is None else ins.index, "last": -1 if last is None else last.index,
        "line": run.line, "done": _ranges(run), "says": _says(run), "shapes": _shapes(run),
        "loops": [{"name": i.loop, "iteration": i.number} for i in run.iterations],
        "changes": [_change(c) for c in run.changed],
        "watches": [{"id": w.id, "expression": w.expression, "value": "" if w.error else tensors.summary(w.value), "error": w.error}
                    for w in run.watches.values()],
        "looked": looked_facts(run, selected), "edited": run.edits,
    }  # fmt: skip


def _says(run: Any) -> str:
    if run.instruction is None:
        return "The run is at its end."
    op = run.instruction.op
    return f"Next: {op.name} ({op.type}). {op.doc}"


def _ranges(run: Any) -> list[tuple[int, int]]:
    """The instructions that have been executed, as ranges of their indices."""
    out: list[tuple[int, int]] = []
    for i in sorted(run.executed):
        if out and out[-1][1] == i:
            out[-1] = (out[-1][0], i + 1)
        else:
            out.append((i, i + 1))
    return out


def _shapes(run: Any) -> dict[str, str]:
    """The real shapes of what was computed near the present instruction."""
    here = run.instruction.index if run.instruction else len(run.program.instructions)
    out = {}
    for i in run.program.instructions[max(0, here - NEAR) : here + NEAR]:
        shape = next((s for t in i.op.outputs if (s := run.shape(t)) is not None), None)
        if shape is not None:
            out[str(i.index)] = shape_text(shape)
    return out


def _change(change: Any) -> dict[str, str]:
    before, after = (None if v is None else np.asarray(v) for v in (change.before, change.after))
    delta = ""
    if before is not None and after is not None and before.shape == after.shape and after.dtype.kind in "fiu" and after.size > 1:
        delta = f"largest change {np.nanmax(np.abs(after.astype(np.float64) - before.astype(np.float64))):.3g}"
    return {"variable": change.variable, "before": "no value" if before is None else tensors.summary(before),
            "after": "no value" if after is None else tensors.summary(after), "delta": delta}  # fmt: skip


def looked_facts(run: Any, name: str) -> dict[str, Any]:
    """The figures of a tensor, or why it has no value yet."""
    value = run.value(name) if name else None
    if value is None:
        return {"tensor": name, "there": False, "why": _why_not(run, name), "kind": "", "figures": {}}
    return {"tensor": name, "there": True, "why": "", "kind": windows.best_kind(value), "figures": windows.figures_of(value)}


def _why_not(run: Any, name: str) -> str:
    if not name:
        return "Choose a node or a line to see its value."
    try:
        tensor: Tensor = run.program.graph.get_tensor_by_name(name)
    except (KeyError, ValueError):
        return "This graph has no such tensor."
    if any(i.op is tensor.op for i in run.program.instructions):
        return "The run has not come to it yet: Enter on its line or node runs there."
    if tensor.op in run.program.missing:
        return "Nothing was fed for it."
    return "This run does not need it: no fetch depends on it, or its result is fed."
