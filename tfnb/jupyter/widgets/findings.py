"""What a stepped run answers about itself, in a view's words: the chain rule at a node, races, the first bad tensor, comparisons.

    chain(run, "hidden/Relu")       {"title": ..., "formula": ..., "rows": [...]}

Whatever has to be walked for an answer, the run stands afterwards where it stood before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tfnb.core.graph import Operation
from tfnb.engine.backends import devices
from tfnb.engine.badtensor import find_bad
from tfnb.engine.compare import Comparison, Difference, compare, difference, on_device
from tfnb.engine.derivative import chain_rule
from tfnb.engine.exporting import export
from tfnb.engine.races import races
from tfnb.engine.session import live_sessions
from tfnb.jupyter.magics.runs import ledger
from tfnb.jupyter.widgets.inspector import part_of
from tfnb.views import tensors
from tfnb.views.runs import shape_text

__all__ = ["bad", "chain", "compared", "others", "raced", "texts"]

EARLIER, EDITED = "its value before the last change", "its value before the edit"
FEW = 6  # numbers that are written out


@contextmanager
def _kept(run: Any) -> Iterator[None]:
    """Puts the run back where it stood."""
    here = run.position
    try:
        yield
    finally:
        run.run_to(here)


def _short(value: Any) -> str:
    """A few numbers as they are, more of them in a line of figures."""
    array = np.asarray(value)
    if array.ndim and 0 < array.size <= FEW and array.dtype.kind in "fiub":
        numbers = array + 0.0 if array.dtype.kind == "f" else array  # 0 has no sign here
        return " ".join(np.array2string(numbers, precision=4, separator=", ").split())
    if array.ndim == 0 or array.dtype.kind not in "fiub" or not array.size:
        return tensors.summary(array)
    return f"{shape_text(array.shape)}, {np.nanmin(array):.4g} to {np.nanmax(array):.4g}"


# -- the chain rule -------------------------------------------------------------------------------------------------------
def chain(run: Any, node: str) -> dict[str, Any]:
    """For each input of a forward node (or of the one that a backward node belongs to): dL/dy, dy/dx, dL/dx, the check."""
    op = run.program.graph.get_operation_by_name(node)
    op = op.forward or op
    if not op.inputs:
        raise ValueError(f"{op.name} has no inputs: no derivative goes through it. Choose a node of the forward or the backward pass.")
    cards = [chain_rule(run, op, i) for i in range(min(len(op.inputs), 4))]
    first = next((c for c in cards if c.downstream is not None), cards[0])
    if first.downstream is None:
        raise ValueError(f"{op.name} ({op.type}): {first.note}")
    return {
        "title": f"Chain rule at {op.name} ({op.type})",
        "says": f"y is {first.output}, x each of its inputs, at the values of this run. {first.note}",
        "code": first.source,
        "rows": [_edge(c) for c in cards],
    }  # fmt: skip


def _edge(card: Any) -> dict[str, Any]:
    row = {"input": card.input, "formula": card.formula, "upstream": "", "local": "", "result": "", "check": card.note, "passed": None}
    if card.downstream is None:
        return row
    kinks = f"; {card.kinks} elements stand on a kink and are left out" if card.kinks else ""
    sizes = f"{shape_text(card.upstream.shape)} by {shape_text(card.downstream.shape)} numbers"
    local = _short(card.jacobian) if card.jacobian is not None else sizes
    return row | {"upstream": _short(card.upstream) if card.given else "ones", "local": local, "result": _short(card.downstream), "passed": card.passed,
                  "check": f"largest error {card.error:.1e}{kinks}"}  # fmt: skip


# -- the first bad tensor -------------------------------------------------------------------------------------------------
def bad(run: Any) -> dict[str, Any]:
    """The first NaN or Inf of the whole run, the elements that caused it, and where to step to see it."""
    with _kept(run), np.errstate(all="ignore"):
        found = find_bad(run)
    if found is None:
        return {"node": "", "says": "All values of this run are finite."}
    place = f" at [{', '.join(map(str, found.place))}]" if found.place else ""
    count = f", {found.bad} of {found.size} elements" if found.bad > 1 else ""
    when = "is the first to hold" if found.position else "held before the run"
    return {"node": found.op.name, "says": f"({found.op.type}) {when} {found.kind}{place}{count}.", "where": str(found.where or ""), "line": found.line,
            "inputs": [str(c) for c in found.causes], "position": found.position, "tensor": found.tensor}  # fmt: skip


# -- races --------------------------------------------------------------------------------------------------------------------
def raced(run: Any) -> dict[str, Any]:
    """Reads and writes of a variable without an order, what comes of each order, and the code that settles it."""
    with _kept(run):
        run.first()
        found = races(run.session, list(run.program.fetches), dict(run.feeds))
    return {"races": [_race(r) for r in found], "nodes": sorted({a.op.name for r in found for a in (r.one, r.two)})}


def _race(race: Any) -> dict[str, Any]:
    if not race.outcomes:
        verdict = "What comes of it is not known: this run cannot be done in both orders."
    else:
        verdict = "The two orders give different values." if race.matters else "Both orders give the same values in this run."
    return {"variable": race.variable, "says": f"{race.one.says}; {race.two.says}. No edge says which comes first. {verdict}", "mend": race.mend,
            "outcomes": [(f"{o.first} first", "; ".join([*(f"{k} = {_short(v)}" for k, v in o.fetched.items()), f"{race.variable} = {_short(o.variable)}"]))
                         for o in race.outcomes]}  # fmt: skip


# -- the same run in other words ------------------------------------------------------------------------------------------
PAGES = (
    ("tf1", "TensorFlow 1", "The part of the graph that is fetched, as the code that builds it."),
    ("jaxpr", "JAX jaxpr", "What JAX traces, before XLA compiles it."),
    ("numpy", "NumPy script", "Runs with NumPy alone, the variables as they are now among it."),
    ("jax", "JAX script", "The same, compiled by XLA."),
    ("torch", "PyTorch script", "The same on PyTorch."),
)


def texts(run: Any) -> dict[str, Any]:
    """The run as the session's own step, and as other systems would write it; where one cannot, the reason."""
    pages = [{"name": "generated step", "text": run.plan.source, "note": "What the session runs: one line for each node."}]
    with _kept(run):
        run.first()
        pages += [{"name": name, "text": _exported(run, target), "note": note} for target, name, note in PAGES]
    return {"texts": pages}


def _exported(run: Any, target: str) -> str:
    try:
        return export(run.session, list(run.program.fetches), dict(run.feeds), target).text
    except Exception as e:  # a page that says why is better than no pages
        return f"# Not written: {str(e).splitlines()[0] if str(e) else type(e).__name__}"


# -- comparing --------------------------------------------------------------------------------------------------------------
def others(run: Any) -> list[str]:
    """What a value of this run can be compared with."""
    near = [f"session {s.name}" for s in live_sessions() if s is not run.session and s.graph is run.session.graph]
    there = [f"device {d.name}" for d in devices() if d.available and d.name != run.session.device]
    return [EARLIER, EDITED, *(f"run {n}" for n in _runs_before(run)), *near, *there]


def _runs_before(run: Any) -> list[int]:
    """The last runs of this session that fetched the same, as the notebook's ledger has them, newest first."""
    names = tuple(f.name if isinstance(f, Operation) else f.name.removesuffix(":0") for f in run.program.fetches)
    alike = [r.number for r in reversed(ledger().runs) if r.session == run.session.name and r.fetches == names and ledger().can_repeat(r.number)]
    return alike[:3]


def compared(run: Any, name: str, other: str, text: str, before: dict[str, Any]) -> dict[str, Any]:
    """How far a tensor differs from another version of itself, and for another run the first node that departs."""
    value = run.value(name)
    if value is None:
        raise ValueError(f"{name} is not computed yet.")
    if other in (EARLIER, EDITED):
        old = _earlier(run, name, value) if other == EARLIER else before.get(name)
        if old is None:
            raise ValueError(f"{name} had no other value before in this run." if other == EARLIER else f"{name} was not edited.")
        return {"title": f"{name}, compared with {other}", "rows": _rows(difference(name, part_of(np.asarray(old), text), part_of(value, text))), "first": ""}
    with _kept(run):
        run.first()
        kind, _, which = other.partition(" ")
        found = WITH[kind](run, which)
    departs = found.departs.name if found.departs is not None else ""
    rows = _rows(next((d for d in found.different if d.tensor == name), None))
    rows.append(("tensors that differ", f"{len(found.different)} of {found.compared}"))
    rows.append(("first node that departs", f"{departs}: {found.first}" if departs else "none: the runs agree"))
    return {"title": f"{name}, compared with {other}", "rows": rows, "first": departs}


def _earlier(run: Any, name: str, value: np.ndarray) -> np.ndarray | None:
    with _kept(run):
        while run.back():
            old = run.value(name)
            if old is None or difference(name, old, value) is not None:
                return old
    return None


def _with_device(run: Any, device: str) -> Comparison:
    return on_device(run.session, list(run.program.fetches), dict(run.feeds), device)


def _with_session(run: Any, name: str) -> Comparison:
    session = next((s for s in live_sessions() if s.name == name), None)
    if session is None:
        raise ValueError(f"The session {name} is closed.")
    return compare(run, session.step(list(run.program.fetches), dict(run.feeds)))


def _with_run(run: Any, number: str) -> Comparison:
    return compare(run, ledger().step(int(number)))


WITH = {"device": _with_device, "session": _with_session, "run": _with_run}


def _rows(found: Difference | None) -> list[tuple[str, str]]:
    if found is None:
        return [("difference", "none: equal to the last bit")]
    if found.note:
        return [("difference", found.note)]
    ulp = [] if found.ulp is None else [("in units in the last place", f"{found.ulp:,.0f}")]
    place = f"at {list(found.place)}: {found.a} and {found.b}" if found.place else f"{found.a} and {found.b}"
    return [("largest absolute difference", f"{found.absolute:.4g}, {place}"), ("largest relative difference", f"{found.relative:.3g}"), *ulp]
