"""The step that a session runs, run once more aside: which one it is, with what shapes, and how long it takes here.

    plan, shapes = last_step(sess)              the training step run so far, or what was run last
    seconds_here(sess, plan, shapes)            the best of a few runs on copies; no variable changes
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.shapes import TensorShape
from tfnb.engine.auto import on_host
from tfnb.engine.plans import Plan

__all__ = ["is_training", "last_step", "seconds_here"]

PATIENCE = 2.0  # seconds that measuring may take


def is_training(plan: Plan) -> bool:
    """Whether a run reads variables and writes some of them: an initialiser only writes, an evaluation only reads."""
    reads = {r for r in plan.program.reads if r.kind == "value"}
    return bool(reads.intersection(plan.program.writes))


def last_step(session: Any) -> tuple[Plan, dict[Tensor, tuple[int, ...]]]:
    """The session's newest training step, else its newest run, with the shapes it was first fed. ValueError before any run."""
    ran = [r for r in reversed(list(session._runners.values())) if r.edits == session.graph.edits]
    if not ran:
        raise ValueError("This session has not run anything yet. Run the step once, or name what to fetch: %device tpu:v5e-4 loss --feed x=batch")
    chosen = next((r for r in ran if is_training(r.plan)), ran[0])
    return chosen.plan, dict(zip(chosen.plan.program.feeds, chosen.shapes, strict=True))


def seconds_here(session: Any, plan: Plan, shapes: Mapping[Tensor, tuple[int, ...]]) -> float:
    """Seconds that a run takes on the session's device: the step alone, fed with zeros, on copies of the variables."""
    best, end = float("inf"), time.perf_counter() + PATIENCE
    for _ in range(4):
        arguments = [session._backend.feed(np.zeros(shapes[t], t.dtype.base_dtype.np)) for t in plan.program.feeds]
        arguments += [_copied(session, read) for read in plan.program.reads]
        start = time.perf_counter()
        results, changed = plan.step(*arguments)
        for v in (*results, *changed):
            getattr(v, "block_until_ready", lambda: None)()
        best = min(best, time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return best


def _copied(session: Any, read: Any) -> Any:
    """What a step reads, so that it may write it: a copy, or zeros for a variable without a value."""
    if read.kind not in ("value", "maybe"):
        return np.bool_(True) if read.kind == "ready" else session._blocks.get(read.key, 0)
    held = session._values.get(read.key)
    if held is None:
        op = session.graph.get_operation_by_name(read.key)
        sizes = TensorShape(op.attrs["shape"]).sizes or ()
        return session._backend.put(np.zeros([n or 1 for n in sizes], op.attrs["dtype"].base_dtype.np))
    return session._backend.put(np.array(on_host(session._backend.get(held))))
