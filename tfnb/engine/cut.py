"""A program whose nodes go to several devices, cut into parts that each run on one of them.

    parts = cut(program, places, default)
    parts[1].device, parts[1].program, parts[1].copies        the copies are made before the part runs

Among instructions that are free to run those of the part's own device come first, so that there are few parts. What two
instructions do to one variable, and effects, keep the order that they have in the program. A branch or a loop is cut
nowhere: it runs where its nodes ask for, or on the default device if that is several places.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.blocks import blocks, looked_at, sure
from tfnb.engine.gates import awaited
from tfnb.engine.program import Instruction, Program, states, variable_of, written
from tfnb.engine.regions import ENTER, MERGE, NEXT

__all__ = ["Copy", "Part", "cut", "touched"]


class Copy(NamedTuple):
    """A value that goes from one device to another: TensorFlow's pair of _Send and _Recv."""

    name: str
    tensor: Tensor
    source: str
    target: str


class Part(NamedTuple):
    """Instructions that run on one device one after the other, and what must be brought there first."""

    device: str
    program: Program
    copies: tuple[Copy, ...]


def touched(program: Program, places: dict[Operation, str]) -> set[str]:
    """The devices on which a program's instructions run and its variables are."""
    graph = program.graph
    kept = [graph.get_operation_by_name(r.key) for r in (*program.reads, *program.writes)]
    return {places[op] for op in (*(i.op for i in program.instructions), *kept)}


def cut(program: Program, places: dict[Operation, str], default: str) -> list[Part] | None:
    """The parts in the order in which they run. What is fed arrives on the default device.

    None for a program that must stay together: a value of unknown shape leaves a branch that may not be taken, or a
    loop has a form that cannot be told.
    """
    try:
        found = blocks(program)
    except ValueError:
        return None
    groups = _grouped(program, found, [_device(program, block, places, default) for block in found])
    at = {program.names[t]: {default} for t in (*program.feeds, *(op.outputs[0] for op in program.missing))}  # where each value is by now
    variables: dict[str, set[str]] = {}
    parts = []
    makers: dict[str, set[int]] = {}
    for n, (_, group) in enumerate(groups):
        for name in (name for ins in group for name in ins.names):
            makers.setdefault(name, set()).add(n)
    certain = [sure(group) if program.structured else set(makers) for _, group in groups]
    needs = []
    for n, (_, group) in enumerate(groups):  # what another part makes, too, is there for who does not make it surely
        own = {name for ins in group for name in ins.names if name in certain[n] or makers[name] == {n}}
        needs.append(_needed(program, group, own))
    last = {program.names[f] for f in program.fetches if isinstance(f, Tensor) and f in program.names}
    for n, (device, group) in enumerate(groups):
        later = {name for need in needs[n + 1 :] for name in need} | last
        made = _fetched(program, group, later)
        perhaps = {program.names[t]: t for t in made if program.names[t] not in certain[n]}
        if not all(map(_can_stand_in, perhaps.values())):
            return None
        needs[n].update(perhaps)  # kept as it is where no branch makes it
        part = _part(program, group, needs[n], made)
        copies = [_copy(name, t, at.setdefault(name, {device}), device) for name, t in needs[n].items()]
        for read in part.reads:
            if read.kind in ("value", "maybe"):
                op = program.graph.get_operation_by_name(read.key)
                copies.append(_copy(program.names[op.outputs[0]], op.outputs[0], variables.setdefault(read.key, {places[op]}), device))
        for write in part.writes:
            if write.kind == "value":
                variables[write.key] = {device}
        at.update({program.names[t]: {device} for t in made})
        parts.append(Part(device, part, tuple(c for c in copies if c is not None)))
    return parts


def _can_stand_in(tensor: Tensor) -> bool:
    """Whether zeros can stand for a value that no branch has made yet: nobody will look at them, but their form must be right."""
    return tensor.shape.is_fully_defined() and tensor.dtype.base_dtype.name not in ("resource", "variant", "string")


def _copy(name: str, tensor: Tensor, there: set[str], device: str) -> Copy | None:
    """The copy that brings a value to a device, once; None where it is there already."""
    if device in there:
        return None
    source = next(iter(sorted(there)))
    there.add(device)
    return Copy(name, tensor, source, device)


def _device(program: Program, block: Sequence[int], places: dict[Operation, str], default: str) -> str:
    """Where a block runs: where its nodes are, or those that ask for a device, if that is one place."""
    ops = [program.instructions[i].op for i in block]
    wanted = {places[op] for op in ops if op.device} or {places[op] for op in ops}
    return wanted.pop() if len(wanted) == 1 else default


def _grouped(program: Program, found: list[tuple[int, ...]], device: list[str]) -> list[tuple[str, list[Instruction]]]:
    """Instructions in an order that changes device seldom, cut where it does."""
    block = {i: k for k, inside in enumerate(found) for i in inside}
    needs = _before(program)
    before = [{block[b] for i in inside for b in needs[i]} - {k} for k, inside in enumerate(found)]
    users: list[list[int]] = [[] for _ in before]
    for i, earlier in enumerate(before):
        for b in earlier:
            users[b].append(i)
    waits = [len(earlier) for earlier in before]
    ready: dict[str, list[int]] = {}
    for i, n in enumerate(waits):
        if n == 0:
            heapq.heappush(ready.setdefault(device[i], []), i)
    groups: list[tuple[str, list[Instruction]]] = []
    while any(ready.values()):
        here = groups[-1][0] if groups and ready.get(groups[-1][0]) else min((h[0], d) for d, h in ready.items() if h)[1]
        i = heapq.heappop(ready[here])
        if not groups or groups[-1][0] != here:
            groups.append((here, []))
        groups[-1][1].extend(program.instructions[k] for k in found[i])
        for u in users[i]:
            waits[u] -= 1
            if waits[u] == 0:
                heapq.heappush(ready.setdefault(device[u], []), u)
    return groups


def _before(program: Program) -> list[set[int]]:
    """For each instruction those that must have run: makers of its inputs, control inputs, users of its variables."""
    makers: dict[str | None, list[int]] = {}
    for i in program.instructions:
        for n in i.names:
            makers.setdefault(n, []).append(i.index)
    at = {i.op: i.index for i in program.instructions}
    fed = set(program.feeds)
    found: list[set[int]] = []
    readers: dict[Operation, list[int]] = {}
    writer: dict[Operation, int] = {}
    effect: int | None = None
    for ins in program.instructions:
        op = ins.op
        own: set[int] = set()
        values = list(looked_at(program, ins))
        for x in values:
            own.update(makers.get(program.names.get(x), []))
            if x not in fed and variable_of(x) is None and x.op not in at:
                own.update(_behind(x.op, at))
        for other in awaited(op):
            own.update(_behind(other, at))
        for v in {v for x in values if x not in fed and (v := variable_of(x)) is not None}:
            own.update(_behind_reads(op, at))
            own.update([writer[v]] if v in writer else [])
            readers.setdefault(v, []).append(ins.index)
        for v in written(op):
            own.update(readers.pop(v, ()))
            writer[v] = ins.index
        d = op.definition
        if d.effect or d.host or d.state:
            own.update([effect] if effect is not None else [])
            effect = ins.index
        found.append({i for i in own if i < ins.index})
    return found


def _behind(op: Operation, at: dict[Operation, int]) -> set[int]:
    """The instructions that stand for an operation: its own, or those before it where it computes nothing."""
    found: set[int] = set()
    seen: set[Operation] = set()
    stack = [op]
    while stack:
        node = stack.pop()
        if node in at:
            found.add(at[node])
        elif node not in seen:
            seen.add(node)
            stack += [*awaited(node), *(x.op for x in node.inputs)]
    return found


def _behind_reads(op: Operation, at: dict[Operation, int]) -> set[int]:
    """What the reads of variables among an operation's inputs wait for."""
    return {i for x in op.inputs if x.op.type == "Identity" for other in awaited(x.op) for i in _behind(other, at)}


# -- the program of a part ------------------------------------------------------------------------------------------------
def _needed(program: Program, group: Sequence[Instruction], made: set[str]) -> dict[str, Tensor]:
    """By name, the values that a part takes from what is fed or from parts before it; `made` are those it makes itself."""
    fed = set(program.feeds)
    found: dict[str, Tensor] = {}
    for ins in group:
        for x in looked_at(program, ins):
            name = program.names.get(x)
            if name is None or name in made or name in program.constants and x not in fed:
                continue
            if x in fed or variable_of(x) is None:
                found.setdefault(name, x)
    return found


def _fetched(program: Program, group: Sequence[Instruction], later: set[str]) -> list[Tensor]:
    """What a part makes that is needed after it."""
    found: dict[str, Tensor] = {}
    for ins in group:
        turns = [t for x in ins.op.outputs for c in x.consumers() if c.type in MERGE for t in c.outputs] if ins.op.type in ENTER | NEXT else []
        found.update({n: t for t in (*ins.op.outputs, *turns) if (n := program.names.get(t, "")) in ins.names and n in later})
    return list(found.values())


def _part(program: Program, group: list[Instruction], needs: dict[str, Tensor], made: list[Tensor]) -> Program:
    instructions = tuple(ins._replace(index=k) for k, ins in enumerate(group))
    feeds = tuple(needs.values())
    reads, writes = states(list(instructions), (), set(feeds) | set(program.feeds), program.reading)
    return program._replace(instructions=instructions, feeds=feeds, fetches=tuple(made), reads=tuple(reads), writes=tuple(writes), missing=())

