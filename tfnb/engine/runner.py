"""A plan ready to run again: all that a run does each time, and nothing that could be settled once.

    runner = Runner(session, wanted, plan, keys)
    runner(feed_dict.values())            the fetched values, in the caller's structure

`Session.run` keeps one for each pair of fetches and feed keys it has seen (docs/performance.md).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.faults import Missing
from tfnb.engine.fetches import FetchPlan, fed_value
from tfnb.engine.waiting import held

__all__ = ["Runner", "fetch_key", "owned"]


class Runner:
    """Runs one plan of one session. Calling it with the fed values, in the order of `keys`, gives the results."""

    __slots__ = ("build", "checks", "direct", "edits", "keys", "places", "plan", "put", "quick", "session", "shapes", "step", "waits", "wanted", "writes")

    def __init__(self, session: Any, wanted: FetchPlan, plan: Any, fed: Iterable[Tensor]) -> None:
        program = plan.program
        feeds = tuple(fed)
        self.session, self.plan, self.wanted = session, plan, wanted
        self.step: Any = plan.step if hasattr(plan.step, "fast") else _Plain(plan.step)
        self.edits: int = session.graph.edits
        self.shapes = tuple(np.shape(v) for v in fed.values()) if isinstance(fed, dict) else ()  # of the first values: rehearsal.py
        self.checks = tuple(checker(t) for t in feeds)
        self.keys = tuple(r.key for r in program.reads)
        self.writes = tuple(w.key for w in program.writes)
        self.waits = any(i.op.definition.waits for i in program.instructions)
        backend = session._backend
        host = backend.name == "cpu:numpy"
        self.put = None if host else backend.feed
        self.direct = host and not set(feeds).intersection(wanted.flat)
        made = [not isinstance(f, Operation) for f in wanted.flat]
        self.places = None if all(made) else tuple(sum(made[:i]) if m else None for i, m in enumerate(made))
        self.build = wanted.quick
        plain = not program.missing and all(r.kind == "value" for r in program.reads + program.writes)
        self.quick = plain and self.direct and not self.waits

    def __call__(self, values: Iterable[Any]) -> Any:
        given: list[Any] = []
        if self.checks:
            for check, value in zip(self.checks, values):  # noqa: B905 - the keyword would cost as much as a check
                given.append(check(value))
        session = self.session
        if self.quick:
            with session._lock:
                results = self._quickly(session, given)
        else:
            with held(session) if self.waits else session._lock:
                results = self._run(session, given if self.put is None else list(map(self.put, given)))
            if not self.direct:
                return self.wanted.rebuild(session.hand_out(self.wanted, self.plan.program, results))
        out = [owned(v) if type(v) is np.ndarray else v for v in results]
        return self.build(out if self.places is None else [None if i is None else out[i] for i in self.places])

    def _quickly(self, session: Any, given: list[Any]) -> Any:
        """`_run` for what most steps are: on NumPy, of fed arrays and variables that have values, and nothing else."""
        kept = session._values
        fed = list(given) if self.writes else given
        try:
            for key in self.keys:
                given.append(kept[key])
        except KeyError:
            session.kept(self.plan.program)  # says which has no value
        try:
            results, changed = self.step.fast(*given)
        except Exception as e:
            raise session._explain(e, self.plan) from None
        session.runs = runs = session.runs + 1
        if changed:
            written = session._written
            for key, value in zip(self.writes, changed):  # noqa: B905
                kept[key] = as_kept(value, fed) if type(value) is np.ndarray else value
                written[key] = runs
        return results

    def _run(self, session: Any, given: list[Any]) -> Any:
        """The step on what is fed and what the session keeps; what it wrote is taken over at its end."""
        program = self.plan.program
        fed = list(given)
        given += session.kept(program)
        try:
            results, changed = self.step.fast(*given)
        except Exception as e:
            raise session._explain(e, self.plan) from None
        Missing.check(results)
        Missing.check(v for v, w in zip(changed, program.writes, strict=True) if type(v) is Missing and v.variable.name != w.key)
        session.runs += 1
        if changed:
            session.keep(program, changed, fed)
        return results


class _Plain(NamedTuple):
    """A step that stays as it is."""

    fast: Callable[..., Any]


def owned(value: Any) -> Any:
    """An array that the caller may change: the one given where only a tuple and a loop hold it, else a copy."""
    if value.ndim == 0:
        return value[()]
    if value.base is None and sys.getrefcount(value) <= _ALONE and value.flags.writeable:
        return value
    return value.copy()


def as_kept(value: Any, fed: Iterable[Any]) -> Any:
    """An array that the session may keep as a variable: a copy of one that others hold, and may change."""
    if value.base is not None or not value.flags.writeable:
        return value.copy()
    for other in fed:
        if value is other:
            return value.copy()
    return value


def _holders(value: Any) -> int:
    return sys.getrefcount(value)


_ALONE: int = [_holders(v) for v in (np.zeros(1),)][
    0
]  # what getrefcount says to `owned` where nobody else holds it


def fetch_key(fetches: Any) -> Any:
    """What tells one set of fetches from another; None where the structure is not a flat list or tuple."""
    kind = type(fetches)
    if kind is list or kind is tuple:
        for f in fetches:
            if isinstance(f, (tuple, list, dict)):
                return None
        return (kind, *fetches)
    return None if isinstance(fetches, (tuple, dict)) else fetches


def checker(tensor: Tensor) -> Callable[[Any], Any]:
    """What `fed_value` does for this tensor, with a short way for values that are as they should be."""
    dtype = np.dtype(tensor.dtype.base_dtype.np)
    scalar = dtype.type
    sizes = tensor.shape.sizes
    if tensor.dtype.base_dtype.name == "string":
        return lambda value: fed_value(tensor, value)
    takes_scalars = sizes is None or sizes == ()
    number: Any = float if dtype.kind == "f" else None
    rank = None if sizes is None else len(sizes)
    known = [(i, n) for i, n in enumerate(sizes or ()) if n is not None]
    def check(value: Any) -> Any:
        kind = type(value)
        if kind is np.ndarray:
            if value.dtype is dtype and (rank is None or value.ndim == rank and rank):
                shape = value.shape
                for i, n in known:
                    if shape[i] != n:
                        break
                else:
                    return value if shape else value[()]
        elif takes_scalars:
            if kind is scalar:
                return value
            if kind is number:
                return scalar(value)
        return fed_value(tensor, value)

    def check_array(value: Any) -> Any:
        """The way of most values for a placeholder without a shape."""
        return value if type(value) is np.ndarray and value.dtype is dtype and value.ndim else check(value)

    return check if sizes is not None else check_array
