"""All that a session keeps between runs, as a version: references to its values, never copies.

    state = capture(sess);  ...train...;  restore(sess, state)      variables, random state, iterators and queues as then

Values are replaced by runs, not changed, so a version costs a dictionary (copy on write).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tfnb.engine.trail import nbytes

__all__ = ["State", "capture", "held_bytes", "restore", "settle"]


class State(NamedTuple):
    """What a session held at one moment. `marks` say where its iterators and queues stood."""

    values: dict[str, Any]
    blocks: dict[str, Any]
    written: dict[str, int]
    marks: tuple[tuple[Any, Any], ...]
    runs: int
    backend: Any


def capture(session: Any) -> State:
    """The session's state now."""
    blocks = session._blocks
    marks = tuple((b, b.mark()) for b in blocks.values() if hasattr(b, "mark"))
    return State(dict(session._values), dict(blocks), dict(session._written), marks, session.runs, session._backend)


def restore(session: Any, state: State) -> None:
    """Makes the session what it was; values move to the device that it is on now."""
    values = state.values
    if session._backend is not state.backend:
        values = {k: session._backend.put(state.backend.get(v)) for k, v in values.items()}
    session._values, session._blocks, session._written = dict(values), dict(state.blocks), dict(state.written)
    session.runs = state.runs
    for resource, mark in state.marks:
        resource.rewind(mark)


def settle(session: Any, program: Any) -> bool:
    """Decides where the random numbers of a run begin, as the run itself would; whether there was anything to decide."""
    missing = [key for kind, key in program.reads if kind == "state" and key not in session._blocks]
    for key in missing:
        session._blocks[key] = session._first(session.graph.get_operation_by_name(key))
    return bool(missing)


def is_same(a: State, session: Any) -> bool:
    """Whether a session is as a state says: nothing was put into its variables in between, and no iterator was moved."""
    held, blocks = session._values, session._blocks
    return (
        a.backend is session._backend
        and a.values.keys() == held.keys()
        and all(held[k] is v for k, v in a.values.items())
        and a.blocks.keys() <= blocks.keys()
        and all(blocks[k] is v or type(v) is int and blocks[k] == v for k, v in a.blocks.items())
        and all(_is_at(r, m) for r, m in a.marks)
    )


def _is_at(resource: Any, mark: Any) -> bool:
    """Whether an iterator or a queue stands where a mark says."""
    try:
        return bool(resource.mark() == mark)
    except ValueError:  # other arrays in a queue
        return False


def held_bytes(states: Iterable[State], beside: State | None = None) -> int:
    """Bytes of the versions, each array counted once, without those of another state."""
    own = {id(v) for v in beside.values.values()} if beside is not None else set()
    found: dict[int, int] = {}
    for s in states:
        found.update((id(v), nbytes(v)) for v in s.values.values())
    return sum(n for i, n in found.items() if i not in own)
