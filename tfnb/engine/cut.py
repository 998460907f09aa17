"""A program whose nodes go to several devices, cut into parts that each run on one of them.

    parts = cut(program, places, default)
    parts[1].device, parts[1].program, parts[1].copies        the copies are made before the part runs

Among instructions that are free to run those of the part's own device come first, so that there are few parts. What two
instructions do to one variable, and effects, keep the order that they have in the program.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.gates import awaited
from tfnb.engine.program import Instruction, Program, states, variable_of, written

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


def cut(program: Program, places: dict[Operation, str], default: str) -> list[Part]:
    """The parts in the order in which they run. What is fed arrives on the default device."""
    groups = _grouped(program, [places[i.op] for i in program.instructions])
    maker: dict[str, int] = {}
    for n, (_, group) in enumerate(groups):
        for ins in group:
            maker.update(dict.fromkeys(ins.names, n))
    at = {program.names[t]: {default} for t in (*program.feeds, *(op.outputs[0] for op in program.missing))}  # where each value is by now
    at.update({n: {groups[k][0]} for n, k in maker.items()})
    variables: dict[str, set[str]] = {}
    parts = []
    needs = [_needed(program, group) for _, group in groups]
    last = {program.names[f] for f in program.fetches if isinstance(f, Tensor) and f in program.names}
    for n, (device, group) in enumerate(groups):
        later = {name for need in needs[n + 1 :] for name in need} | last
        made = _fetched(group, later)
        part = _part(program, group, needs[n], made)
        copies = [_copy(name, t, at[name], device) for name, t in needs[n].items()]
        for read in part.reads:
            if read.kind == "value":
                op = program.graph.get_operation_by_name(read.key)
                copies.append(_copy(program.names[op.outputs[0]], op.outputs[0], variables.setdefault(read.key, {places[op]}), device))
        for write in part.writes:
            if write.kind == "value":
                variables[write.key] = {device}
        parts.append(Part(device, part, tuple(c for c in copies if c is not None)))
    return parts


def _copy(name: str, tensor: Tensor, there: set[str], device: str) -> Copy | None:
    """The copy that brings a value to a device, once; None where it is there already."""
    if device in there:
        return None
    source = next(iter(sorted(there)))
    there.add(device)
    return Copy(name, tensor, source, device)


def _grouped(program: Program, device: list[str]) -> list[tuple[str, list[Instruction]]]:
    """Instructions in an order that changes device seldom, cut where it does."""
    before = _before(program)
    users: list[list[int]] = [[] for _ in before]
    for i, found in enumerate(before):
        for b in found:
            users[b].append(i)
    waits = [len(found) for found in before]
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
        groups[-1][1].append(program.instructions[i])
        for u in users[i]:
            waits[u] -= 1
            if waits[u] == 0:
                heapq.heappush(ready.setdefault(device[u], []), u)
    return groups


def _before(program: Program) -> list[set[int]]:
    """For each instruction those that must have run: makers of its inputs, control inputs, users of its variables."""
    maker = {n: i.index for i in program.instructions for n in i.names}
    at = {i.op: i.index for i in program.instructions}
    fed = set(program.feeds)
    found: list[set[int]] = []
    readers: dict[Operation, list[int]] = {}
    writer: dict[Operation, int] = {}
    effect: int | None = None
    for ins in program.instructions:
        op, own = ins.op, set()
        for x in op.inputs:
            own.update([maker[program.names[x]]] if program.names.get(x) in maker else [])
            if x not in fed and variable_of(x) is None and x.op not in at:
                own.update(_behind(x.op, at))
        for other in awaited(op):
            own.update(_behind(other, at))
        for v in {v for x in op.inputs if x not in fed and (v := variable_of(x)) is not None}:
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
def _needed(program: Program, group: Sequence[Instruction]) -> dict[str, Tensor]:
    """By name, the values that a part takes from what is fed or from parts before it."""
    fed = set(program.feeds)
    made = {n for ins in group for n in ins.names}
    found: dict[str, Tensor] = {}
    for ins in group:
        for x in ins.op.inputs:
            name = program.names.get(x)
            if name is None or name in made or name in program.constants and x not in fed:
                continue
            if x in fed or variable_of(x) is None:
                found.setdefault(name, x)
    return found


def _fetched(group: Sequence[Instruction], later: set[str]) -> list[Tensor]:
    """What a part makes that is needed after it."""
    return [t for ins in group for t, n in zip(_outputs(ins), ins.names, strict=True) if n in later]


def _outputs(ins: Instruction) -> list[Tensor]:
    places = written(ins.op)
    return [t for t in ins.op.outputs if not (places and t.dtype.is_ref)]


def _part(program: Program, group: list[Instruction], needs: dict[str, Tensor], made: list[Tensor]) -> Program:
    instructions = tuple(ins._replace(index=k) for k, ins in enumerate(group))
    feeds = tuple(needs.values())
    reads, writes = states(list(instructions), (), set(feeds) | set(program.feeds))
    return program._replace(instructions=instructions, feeds=feeds, fetches=tuple(made), reads=tuple(reads), writes=tuple(writes), missing=())

