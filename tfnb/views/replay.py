"""A stepped run as one page: graph, code and values at each step, without a kernel and without a network.

    recording = record(run, program_facts(run, picture), picture.svg)
    page(recording, script)         HTML; `script` is the view, `page.html#step=12` opens it at step 12

Values are thinned to what pictures need, and the more there are the thinner: a page stays within a few megabytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Any

import numpy as np

from tfnb.views import runs, windows

__all__ = ["page", "record"]

ROOM = 6_000_000  # bytes that all values of a page take together, about
STEPS = 2_000  # that a page holds; of a longer run the first ones
CORNER = 12  # rows and columns of a table that is not kept whole
VERSION = 1

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<noscript>This page steps through a run with JavaScript of its own; nothing is loaded from elsewhere.</noscript>
<main id="page"></main>
<script type="application/json" id="run">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""
POLICY = "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def record(run: Any, program: dict[str, Any], graph: str) -> dict[str, Any]:
    """Walks the run from its first to its last step, and back to where it stood."""
    here = run.position
    found: list[tuple[int, str, Any]] = []  # step, tensor, value
    states = []
    try:
        run.first()
        found += [(0, n, v) for n in run.values if (v := run.value(n)) is not None]
        states.append(_state(run))
        while len(states) <= STEPS and run.forward():
            names = [*(t.name for t in run.last_instruction.op.outputs), *(f"{c.variable}:0" for c in run.changed)]
            found += [(run.position, n, v) for n in dict.fromkeys(names) if (v := run.value(n)) is not None]
            states.append(_state(run))
        cut = run.instruction is not None
    finally:
        run.run_to(here)
    cells = int(min(4096, max(16, ROOM / 8 / max(1, len(found)))))
    values: dict[str, list[Any]] = {}
    for step, name, value in found:
        values.setdefault(name, []).append([step, thin(value, cells)])
    total = len(states) - 1
    for state in states:
        state["total"], state["known"], state["ended"] = total, not cut, state["position"] == total
    return {"version": VERSION, "program": program, "graph": graph, "states": states, "values": values, "cut": cut}


def _state(run: Any) -> dict[str, Any]:
    """A step's facts; of the shapes only that of what was made last, the page adds them up."""
    facts = runs.state_facts(run, "", 0)
    last = str(facts["last"])
    return {**facts, "shapes": {k: v for k, v in facts["shapes"].items() if k == last}, "watches": [], "looked": None, "stopped": "", "edits": []}


def thin(value: np.ndarray, cells: int) -> dict[str, Any]:
    """A value's figures and its pictures, each of at most so many numbers."""
    side = max(4, int(cells**0.5))
    out: dict[str, Any] = {"figures": windows.figures_of(value), "kind": windows.best_kind(value), "windows": {}}
    rows = columns = CORNER
    if value.dtype.kind in "fiubV" and value.ndim:
        heat = windows.window(value, "heat", height=side, width=max(side, cells // max(1, min(side, value.size // value.shape[-1] if value.size else 1))))
        out["windows"]["heat"] = _packed(heat)
        if windows.tiling(value) is not None and cells >= 256:
            tiles = windows.images(value, cells)
            out["windows"]["images"] = _packed(tiles)
        if value.size > 12 and np.isfinite(value.astype(np.float32)).any():
            out["windows"]["histogram"] = _packed(windows.histogram(value))
        if heat.about["every"] == [1, 1] and heat.data.size <= cells:
            rows, columns = heat.data.shape
    out["windows"]["table"] = _packed(windows.window(value, "table", (0, rows), (0, columns)))
    if out["kind"] not in out["windows"]:
        out["kind"] = "heat" if "heat" in out["windows"] else "table"
    return out


def _packed(window: windows.Window) -> dict[str, Any]:
    """A window as JSON: its numbers in base64."""
    text = base64.b64encode(np.ascontiguousarray(window.data).tobytes()).decode()
    return {"about": {**window.about, "dtype": window.data.dtype.name}, "data": text}


def page(recording: dict[str, Any], script: str) -> str:
    """The page. Nothing in it but `script` can run: its checksum stands in the page's policy."""
    script = script.replace("</script", "<\\/script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    data = json.dumps(recording, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    policy, title = POLICY.format(digest), escape(recording["program"]["title"])
    return PAGE.format(policy=policy, title=title, data=data, script=script)
