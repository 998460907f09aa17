"""The part of the graph that a run needs, in order: what is fed, what is read, each instruction, what is written.

    program = build(graph, fetches=[train.op, loss], feeds=[x, labels])
    program.instructions          one for each node that computes, in the order in which they run

Order: after data and control edges; among those free to run, the node made first runs first (docs/adr/0002).
"""

from __future__ import annotations

import heapq
import keyword
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.engine import regions
from tfnb.engine.faults import fed_place
from tfnb.engine.gates import awaited, is_gate

__all__ = ["Instruction", "Program", "Read", "build", "inputs_of", "states", "value_name", "variable_of", "written"]

VARIABLES = ("VariableV2", "VarHandleOp", "HashTableV2")
_PASSES = ("Identity", "Switch", "Enter", "Merge")  # what a resource goes through on its way into a branch or a loop
SOURCES = ("Const", "Placeholder", *VARIABLES)


class Instruction(NamedTuple):
    """One node to compute: its place in the order and the Python names that its outputs get.

    `path` says in which branches and loops it stands; a Merge has an instruction for the arrival of each input.
    """

    index: int  # type: ignore[assignment]  # a tuple's own `index` is not used here
    op: Operation
    names: tuple[str, ...]
    path: tuple[Any, ...] = ()
    arrival: int | None = None

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""


class Read(NamedTuple):
    """Something a session keeps: a variable's 'value', whether it is 'ready', or an op's 'state' (a counter).

    'maybe' is a value that only a branch looks at, or leaves as it is: it need not be there.
    """

    kind: str
    key: str


class Program(NamedTuple):
    """What one `Session.run` does, as data. `names` gives the Python name that each tensor's value has.

    `structured` says whether some instructions stand in branches or loops, `reading` in which of them reads that have no
    line are.
    """

    graph: Graph
    instructions: tuple[Instruction, ...]
    feeds: tuple[Tensor, ...]
    fetches: tuple[Any, ...]
    constants: dict[str, Any]
    reads: tuple[Read, ...]
    writes: tuple[Read, ...]
    names: dict[Tensor, str]
    missing: tuple[Operation, ...]
    structured: bool = False
    reading: dict[Operation, tuple[Any, ...]] | None = None


def variable_of(tensor: Tensor) -> Operation | None:
    """The variable whose place or aliased value this tensor is, else None."""
    node = tensor.op
    while node.type not in VARIABLES:
        alias = node.inputs and (node.type == "Identity" and node.inputs[0].dtype.is_ref or tensor.dtype.is_ref
                                 or tensor.dtype.name == "resource" and node.type in _PASSES)  # fmt: skip
        if not alias:
            return None
        tensor = node.inputs[0]
        node = tensor.op
    return node


def value_name(program: Program, x: Tensor) -> str:
    """The name in the step that holds a tensor's value: the variable's for a read of it; '' for what has none."""
    value = x if x in program.names else regions.source(x, program.feeds)
    variable = variable_of(value) if value not in program.names else None
    return program.names.get(value if variable is None else variable.outputs[0], "")


def inputs_of(program: Program, op: Operation, scope: dict[str, Any]) -> list[Any]:
    """The values of an op's inputs among the step's names; None for what has none yet."""
    return [scope.get(value_name(program, x)) for x in op.inputs]


def is_text(tensor: Tensor) -> bool:
    """Strings stay on the host, whatever the device."""
    return bool(tensor.dtype.base_dtype.name == "string")


def works_on_host(node: Operation) -> bool:
    """Whether an op is Python's: by its declaration (unless a compiler can carry its state), or because of strings."""
    d = node.definition
    return d.host and not d.carried or any(map(is_text, (*node.inputs, *node.outputs)))


def is_alias(node: Operation) -> bool:
    """Reads of a classic variable compute nothing: their consumers see the variable's current value."""
    return node.type == "Identity" and node.inputs[0].dtype.is_ref


def written(node: Operation) -> tuple[Operation, ...]:
    """The variables that a node writes."""
    flag = node.definition.writes
    if not flag:
        return ()
    if flag is True:
        places: Sequence[Tensor] = node.inputs[:1]
    else:
        names = [p.name for p in node.definition.params]
        places = [node.inputs[names.index(n)] for n in flag]
    found = [variable_of(t) for t in places]
    return tuple(v for v in found if v is not None)


def needed(targets: Iterable[Operation], fed: set[Tensor]) -> set[Operation]:
    """Ancestors of the targets by data and control edges, cut at tensors that are fed."""
    seen: set[Operation] = set()
    stack = list(targets)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += [x.op for x in node.inputs if x not in fed]
            stack += awaited(node)
    return seen


def ordered(nodes: set[Operation], fed: set[Tensor], first: tuple[Operation, Operation] | None = None) -> list[Operation]:
    """Kahn's algorithm with the creation index as priority, so that the order is one and the same each time.

    `first` is one more edge: the first of the two comes before the second.
    """
    waits: dict[Operation, int] = {}
    users: dict[Operation, list[Operation]] = {n: [] for n in nodes}
    for n in nodes:
        before = {x.op for x in n.inputs if x not in fed} | set(awaited(n))
        if first is not None and n is first[1]:
            before.add(first[0])
        waits[n] = len(before)
        for b in before:
            users[b].append(n)
    ready = [(n.index, n.name, n) for n in nodes if waits[n] == 0]
    heapq.heapify(ready)
    out = []
    while ready:
        node = heapq.heappop(ready)[2]
        out.append(node)
        for u in users[node]:
            waits[u] -= 1
            if waits[u] == 0:
                heapq.heappush(ready, (u.index, u.name, u))
    return out


def build(graph: Graph, fetches: Iterable[Any], feeds: Iterable[Tensor], first: tuple[Operation, Operation] | None = None) -> Program:
    """The program of a run: `fetches` are Tensors and Operations, `feeds` the tensors that are given values.

    `first` puts one of two operations that no edge orders before the other (engine/races.py); not with branches or loops.
    """
    fetches, feeds = tuple(fetches), tuple(feeds)
    fed = set(feeds)
    targets = [f if isinstance(f, Operation) else f.op for f in fetches if f not in fed]
    nodes = needed(targets, fed)
    structured = any(n.definition.type in regions.FLOW for n in nodes)
    units: Any = regions.schedule(nodes, fed) if structured else ordered(nodes, fed, first)
    names = _Names()
    for t in feeds:
        names.take(t)
    constants: dict[str, Any] = {}
    instructions: list[Instruction] = []
    missing: list[Operation] = []
    for unit in units:
        node = unit.op if structured else unit
        if node.type == "Const":
            constants[names.take(node.outputs[0])] = node.value
        elif node.type == "Placeholder":
            names.take(node.outputs[0])
            missing += [node] if node.outputs[0] not in fed else []
        elif node.type in VARIABLES:
            names.take(node.outputs[0])
        elif is_alias(node) or node.type in ("NoOp", "ControlTrigger"):
            continue
        elif not structured and node.inputs and node.inputs[0] in names.of and is_gate(node):
            names.of[node.outputs[0]] = names.of[node.inputs[0]]
        elif structured and no_line(unit):
            names.take(node.outputs[0]) if node.type == "Merge" else None
        elif structured:
            instructions.append(_placed(len(instructions), unit, names, nodes))
        else:
            places = written(node)
            own = tuple(names.take(t) for t in node.outputs if not (places and t.dtype.is_ref))
            instructions.append(Instruction(len(instructions), node, own))
    paths = {u.op: u.path for u in units if is_alias(u.op)} if structured else None
    reads, writes = states(instructions, fetches, fed, paths)
    if structured:
        _name_aliases(nodes, fed, names)
    for r in reads + writes:
        if r.kind in ("value", "maybe"):
            names.take(graph.get_operation_by_name(r.key).outputs[0])
    return Program(graph, tuple(instructions), feeds, fetches, constants, tuple(reads), tuple(writes), names.of, tuple(missing), structured, paths)


def no_line(unit: regions.Unit) -> bool:
    """Control flow that is a name or an `if` in the text: a loop's Merge and all but Enter, NextIteration, arrivals."""
    kind = unit.op.type
    if kind not in regions.FLOW:
        return regions.is_pivot(unit.op)
    if kind in regions.MERGE:
        return unit.arrival is None
    return kind not in regions.NEXT and (kind not in regions.ENTER or bool(unit.op.attrs.get("is_constant")))


def _placed(index: int, unit: regions.Unit, names: _Names, nodes: set[Operation]) -> Instruction:
    node = unit.op
    if node.type in regions.ENTER | regions.NEXT:  # both give the loop's variable its value
        merges = [c for c in node.outputs[0].consumers() if c.type in regions.MERGE and c in nodes]
        return Instruction(index, node, tuple(names.take(m.outputs[0]) for m in merges[:1]), unit.path)
    places = written(node)
    own = [t for t in node.outputs if not (places and t.dtype.is_ref)]
    if unit.arrival is not None:
        own = [t for t in own if t.value_index == 0 or any(c in nodes for c in t.consumers())]
    return Instruction(index, node, tuple(names.take(t) for t in own), unit.path, unit.arrival)


def _name_aliases(nodes: set[Operation], fed: set[Tensor], names: _Names) -> None:
    """Outputs of control flow ops that have no line are called what their values are called."""
    for node in nodes:
        passes = node.type in regions.FLOW - regions.MERGE or regions.is_pivot(node)
        for t in node.outputs if passes else ():
            value = regions.source(t, fed)
            variable = variable_of(value)
            place = variable.outputs[0] if variable is not None else value
            if t not in names.of and place in names.of:
                names.of[t] = names.of[place]


def states(instructions: Sequence[Instruction], fetches: Sequence[Any], fed: set[Tensor],
           paths: dict[Operation, tuple[Any, ...]] | None = None) -> tuple[list[Read], list[Read]]:  # fmt: skip
    """What must be there before the run, and what is different after it. `paths` says in which branches reads without a line are."""
    reads: dict[Read, None] = {}
    writes: dict[Read, None] = {}

    def read(x: Tensor, path: tuple[Any, ...]) -> None:
        """A variable's value is looked at where its read stands: one outside of a branch is looked at always."""
        here = x if paths is None else regions.source(x, fed)
        v = variable_of(here) if x not in fed else None
        if v is None or v.outputs[0] in fed or Read("value", v.name) in writes or Read("value", v.name) in reads:
            return
        sure = not any(isinstance(step, regions.Literal) for step in (paths or {}).get(here.op, path))
        if sure:
            reads.pop(Read("maybe", v.name), None)
        reads[Read("value" if sure else "maybe", v.name)] = None

    for ins in instructions:
        node = ins.op
        if node.definition.writes and not fed.isdisjoint(node.inputs):
            for place in written(node):
                if place.outputs[0] in fed:
                    raise fed_place(node, list(node.inputs).index(place.outputs[0]))
        for i, step in enumerate(ins.path):
            if isinstance(step, regions.Literal):
                read(step.pred, ins.path[:i])
        for i, x in enumerate(node.inputs):
            if node.definition.ready:
                v = variable_of(regions.source(x, fed))
                if v is not None:
                    reads[Read("ready", v.name)] = None
            elif reads_value(node, i):
                read(x, ins.path)
        for v in written(node):
            if ins.path and Read("value", v.name) not in writes and Read("value", v.name) not in reads:
                reads[Read("maybe", v.name)] = None  # a branch not taken leaves what was there
            writes[Read("value", v.name)] = None
        if node.definition.state:
            reads[Read("state", node.name)] = writes[Read("state", node.name)] = None
    for f in fetches:
        if isinstance(f, Tensor):
            read(f, ())
    return list(reads), list(writes)


def reads_value(node: Operation, i: int) -> bool:
    """Whether input i's value, not only its place, is looked at: Assign overwrites without looking."""
    return not node.definition.is_place_only(i)


class _Names:
    """Python names for values: the last part of the node's name, longer where two would be the same."""

    def __init__(self) -> None:
        self.of: dict[Tensor, str] = {}
        self._used = {"xp", "ops", "step", "host", "ints", "np", "fuse"}

    def take(self, tensor: Tensor) -> str:
        if tensor in self.of:
            return self.of[tensor]
        parts = tensor.op.name.split("/")
        suffix = f"_{tensor.value_index}" if tensor.value_index else ""
        for n in range(1, len(parts) + 1):
            name = _identifier("_".join(parts[-n:])) + suffix
            if name not in self._used:
                break
        while name in self._used:
            name += "_"
        self._used.add(name)
        self.of[tensor] = name
        return name


def _identifier(text: str) -> str:
    if text.isidentifier() and text.isascii() and not keyword.iskeyword(text):
        return text
    text = re.sub(r"\W", "_", text, flags=re.ASCII)
    return "_" + text if text[0].isdigit() or keyword.iskeyword(text) else text
