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

    __slots__ = (
        "checks",
        "direct",
        "edits",
        "fed_results",
        "keys",
        "places",
        "plain",
        "plan",
        "put",
        "rebuild",
        "session",
        "step",
        "waits",
        "wanted",
    )

    def __init__(self, session: Any, wanted: FetchPlan, plan: Any, fed: Iterable[Tensor]) -> None:
        program = plan.program
        feeds = tuple(fed)
        self.session, self.plan, self.wanted = session, plan, wanted
        self.step: Any = plan.step if hasattr(plan.step, "fast") else _Plain(plan.step)
        self.edits: int = session.graph.edits
        self.checks = tuple(checker(t) for t in feeds)
        self.plain = not program.missing and all(r.kind == "value" for r in program.reads + program.writes)
        self.keys = tuple(r.key for r in program.reads)
        self.waits = any(i.op.definition.waits for i in program.instructions)
        backend = session._backend
        host = backend.name == "cpu:numpy"
        self.put = None if host else backend.feed
        self.fed_results = {f for f in wanted.flat if f in set(feeds)}
        self.direct = host and not self.fed_results
        made = [not isinstance(f, Operation) for f in wanted.flat]
        self.places = None if all(made) else tuple(sum(made[:i]) if m else None for i, m in enumerate(made))
        self.rebuild = wanted.rebuild

    def __call__(self, values: Iterable[Any]) -> Any:
        given = [check(v) for check, v in zip(self.checks, values, strict=False)] if self.checks else []
        if self.put is not None:
            given = list(map(self.put, given))
        session = self.session
        with held(session) if self.waits else session._lock:
            results = self._run(session, given)
        if not self.direct:
            return self.rebuild(session.hand_out(self.wanted, self.plan.program, results))
        out = [owned(v) if type(v) is np.ndarray else v for v in results]
        return self.rebuild(
            out if self.places is None else [None if i is None else out[i] for i in self.places]
        )

    def _run(self, session: Any, given: list[Any]) -> Any:
        """The step on what is fed and what the session keeps; what it wrote is taken over at its end."""
        if not self.plain:
            given += session.kept(self.plan.program)
        else:
            kept = session._values
            try:
                given += [kept[k] for k in self.keys]
            except KeyError:
                session.kept(self.plan.program)  # says which has no value
        try:
            results, changed = self.step.fast(*given)
        except Exception as e:
            raise session._explain(e, self.plan) from None
        if not self.plain:
            Missing.check(results)
            Missing.check(v for v, w in zip(changed, self.plan.program.writes, strict=True) if type(v) is Missing and v.variable.name != w.key)
        session.runs += 1
        if changed:
            session.keep(self.plan.program, changed, given[: len(self.checks)])
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

    return check
