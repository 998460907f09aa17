"""A step whose last nodes work on the host (summaries, strings, Python functions), cut in two.

    head, tail = split(program)       `head` computes numbers and can be compiled; `tail` is run by Python

The head's results are what the tail needs and what is fetched. A variable that the tail reads must not change
between: where a later node of the head writes it, the tail gets the value from before the run.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.gates import awaited
from tfnb.engine.program import Instruction, Program, Read, is_text, variable_of, works_on_host, written

__all__ = ["Halves", "split"]


class Halves(NamedTuple):
    """The two programs, and what the tail's reads get: a variable's value 'before' or 'after' the head."""

    head: Program
    tail: Program
    when: dict[Read, str]


def split(program: Program) -> Halves | None:
    """The program in two halves; None where nothing runs on the host or too much depends on it."""
    last = set() if program.structured else _tail(program)
    if not last or len(last) == len(program.instructions):
        return None
    head = [i for i in program.instructions if i.index not in last]
    tail = [i for i in program.instructions if i.index in last]
    if any(written(i.op) for i in tail):
        return None  # a training step whose gradient passes through the host: its numbers stay on the device
    when = _when(program, head, tail)
    if when is None:
        return None
    return _halves(program, head, tail, when)


def _tail(program: Program) -> set[int]:
    """The instructions that work on the host, and all that comes after one of them."""
    found: set[int] = set()
    ops: set[Operation] = set()
    places: set[Operation] = set()
    fed = set(program.feeds)
    for ins in program.instructions:
        node = ins.op
        before = {x.op for x in node.inputs if x not in fed} | set(awaited(node))
        touched = {v for x in node.inputs if x not in fed and (v := variable_of(x)) is not None}
        if works_on_host(node) or before & ops or touched & places or _waits(node, ops):
            found.add(ins.index)
            ops.add(node)
            places.update(written(node))
    return found


def _waits(node: Operation, ops: set[Operation]) -> bool:
    """Whether a node waits for one of `ops` through nodes that compute nothing (groups, reads)."""
    seen: set[Operation] = set()
    stack = [*awaited(node), *(x.op for x in node.inputs)]
    while stack:
        before = stack.pop()
        if before in ops:
            return True
        if before not in seen and (before.type == "NoOp" or before.type == "Identity"):
            seen.add(before)
            stack += [*awaited(before), *(x.op for x in before.inputs)]
    return False


def _when(program: Program, head: list[Instruction], tail: list[Instruction]) -> dict[Read, str] | None:
    """For each variable that the tail reads, whether before or after the head's writes; None where both."""
    fed = set(program.feeds)
    writes: dict[Operation, list[int]] = {}
    for ins in head:
        for place in written(ins.op):
            writes.setdefault(place, []).append(ins.index)
    found: dict[Read, str] = {}
    for ins in tail:
        for x in ins.op.inputs:
            v = variable_of(x) if x not in fed else None
            if v is None:
                continue
            later = [i > ins.index for i in writes.get(v, ())]
            when = "before" if later and all(later) else "after"
            if any(later) and not all(later) or found.setdefault(Read("value", v.name), when) != when:
                return None
    return found


def _halves(program: Program, head: list[Instruction], tail: list[Instruction], when: dict[Read, str]) -> Halves:
    made = {t for i in tail for t in i.op.outputs}
    changed = {Read("value", v.name) for i in tail for v in written(i.op)}
    states = {Read("state", i.op.name) for i in tail}

    def in_tail(f: Any) -> bool:
        v = variable_of(f) if f not in program.feeds else None
        return f in made or is_text(f) or v is not None and Read("value", v.name) in changed

    fetched = [f for f in program.fetches if isinstance(f, Tensor)]
    last = [f for f in fetched if in_tail(f)]
    kept = list(dict.fromkeys([*_outside(program, tail, made), *(f for f in last if f in program.feeds)]))
    first = [f for f in fetched if not in_tail(f)]
    head_writes = {Read("value", v.name) for i in head for v in written(i.op)} | {Read("state", i.op.name) for i in head}
    one = program._replace(
        instructions=_numbered(head), feeds=tuple(f for f in program.feeds if not is_text(f)),
        fetches=(*first, *(t for t in kept if not is_text(t))), reads=_reads(program, head, first),
        writes=tuple(w for w in program.writes if w in head_writes),
    )  # fmt: skip
    two = program._replace(
        instructions=_numbered(tail), feeds=tuple(kept), fetches=tuple(last), reads=_reads(program, tail, last),
        writes=tuple(w for w in program.writes if w in changed or w in states),
    )  # fmt: skip
    return Halves(one, two, when)


def _numbered(instructions: list[Instruction]) -> tuple[Instruction, ...]:
    return tuple(ins._replace(index=k) for k, ins in enumerate(instructions))


def _outside(program: Program, tail: list[Instruction], made: set[Tensor]) -> list[Tensor]:
    """What the tail takes from the head or from the feeds."""
    found: dict[Tensor, None] = {}
    fed = set(program.feeds)
    for ins in tail:
        for x in ins.op.inputs:
            known = x in made or x.op.type == "Const" and x not in fed
            if not known and (x in fed or variable_of(x) is None):
                found[x] = None
    return list(found)


def _reads(program: Program, instructions: list[Instruction], fetched: list[Any]) -> tuple[Read, ...]:
    """Those of the program's reads that these instructions and fetches need."""
    keys = {i.op.name for i in instructions}
    for i in instructions:
        keys.update(v.name for x in i.op.inputs if (v := variable_of(x)) is not None)
    keys.update(v.name for f in fetched if (v := variable_of(f)) is not None)
    return tuple(r for r in program.reads if r.key in keys)
