"""Branches and loops of a run, found in the graph itself, so that the step can be written with `if` and `while`.

    Switch passes its input to one of two outputs, Merge takes what arrives, Enter ... Exit enclose a loop. From these:
    path(op) = (Literal(pred, True), Loop("while/while_context"), Literal(loop_cond, True))

says that an op runs where pred holds, inside the loop, in its body. No contexts are asked, so imported graphs work too.
Ordering then keeps each loop together and each branch as far as the edges let it (docs/adr/0013).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any, NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.gates import awaited

__all__ = ["FLOW", "Literal", "Loop", "Unit", "schedule", "source"]

SWITCH = frozenset(("Switch", "RefSwitch"))
MERGE = frozenset(("Merge", "RefMerge"))
ENTER = frozenset(("Enter", "RefEnter"))
EXIT = frozenset(("Exit", "RefExit"))
NEXT = frozenset(("NextIteration", "RefNextIteration"))
FLOW = SWITCH | MERGE | ENTER | EXIT | NEXT | {"LoopCond"}


class Literal(NamedTuple):
    """Runs where `pred` has this value; `ends` where a loop ends when it has not."""

    pred: Tensor
    value: bool
    ends: bool = False


class Loop(NamedTuple):
    """Runs inside the loop of this frame."""

    frame: str


class Unit(NamedTuple):
    """Something to place in order: an op, or the arrival of one of a Merge's inputs."""

    op: Operation
    arrival: int | None
    path: tuple[Any, ...]


def is_loop_merge(op: Operation) -> bool:
    return op.type in MERGE and any(x.op.type in ENTER for x in op.inputs)


def is_back_edge(op: Operation, x: Tensor) -> bool:
    return x.op.type in NEXT and op.type in MERGE


def is_pivot(op: Operation) -> bool:
    """A cond's switch_t, switch_f or pred_id: its `if` says what they say."""
    if op.type != "Identity":
        return False
    x = op.inputs[0]
    if x.op.type == "Switch" and x.op.inputs[0] is x.op.inputs[1]:
        return True
    return op.outputs[0].dtype.name == "bool" and any(c.type in SWITCH and c.inputs[1] is op.outputs[0] for c in op.outputs[0].consumers())


def source(tensor: Tensor, fed: Any) -> Tensor:
    """The tensor whose value this one has by way of control flow ops that compute nothing."""
    while tensor not in fed:
        op = tensor.op
        if op.type in SWITCH or op.type == "LoopCond" or op.type in EXIT or op.type in ENTER and op.attrs.get("is_constant") or is_pivot(op):
            tensor = op.inputs[0]
        else:
            break
    return tensor


def literal_of(tensor: Tensor) -> Literal:
    """The condition under which an output of a Switch is alive. Identities of a predicate are the predicate."""
    pred = tensor.op.inputs[1]
    ends = False
    while pred.op.type in ("Identity", "LoopCond"):
        ends = ends or pred.op.type == "LoopCond"
        pred = pred.op.inputs[0]
    return Literal(pred, bool(tensor.value_index), ends)


class _Paths:
    """The path of each op and of each tensor."""

    def __init__(self, order: list[Operation], fed: set[Tensor]) -> None:
        self.fed = fed
        self.of: dict[Operation, tuple[Any, ...]] = {}
        self.results: dict[Operation, tuple[Any, ...]] = {}
        self.outer: dict[str, tuple[Any, ...]] = {}
        for op in order:
            self._place(op)

    def tensor(self, t: Tensor) -> tuple[Any, ...]:
        if t in self.fed or t.op not in self.of:
            return ()
        path = self.of[t.op] if t.op not in self.results else self.results[t.op]
        return (*path, literal_of(t)) if t.op.type in SWITCH and literal_of(t) not in path else path

    def _place(self, op: Operation) -> None:
        before = [self.tensor(x) for x in op.inputs if not is_back_edge(op, x)]
        control = [self.results.get(c, self.of.get(c, ())) for c in awaited(op)]
        if op.type in MERGE:
            path = _either(before)
        elif op.type == "ControlTrigger":  # goes on whether what it waits for has run or not
            path = _either([self.settled(p) for p in control])
        else:
            path = _both(before + control)
        if op.type in EXIT:
            last = max((i for i, step in enumerate(path) if isinstance(step, Loop)), default=len(path))
            path = path[:last]
        self.of[op] = path
        if op.type in ENTER:
            frame = op.attrs["frame_name"]
            self.outer[frame] = _both([self.outer.get(frame, ()), path])
            self.results[op] = (*path, Loop(frame))

    def settled(self, path: tuple[Any, ...]) -> tuple[Any, ...]:
        """The path with all that is known of where its loops stand."""
        for i in range(len(path) - 1, -1, -1):
            if isinstance(path[i], Loop):
                around = self.settled(self.outer[path[i].frame])
                return (*around, *(step for step in path[i:] if step not in around))  # no condition is asked twice
        return path


def _both(paths: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Where all of the paths hold."""
    out: tuple[Any, ...] = ()
    for path in paths:
        if len(path) > len(out) and path[: len(out)] == out:
            out = path
        elif path != out[: len(path)]:
            a, b = (out, path) if _depth(out) >= _depth(path) else (path, out)
            out = (*a, *(step for step in b if step not in a))
    return out


def _depth(path: tuple[Any, ...]) -> int:
    return sum(isinstance(step, Loop) for step in path)


def _either(paths: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Where one of the paths holds: what both sides of a condition share."""
    found = list(dict.fromkeys(paths))
    while len(found) > 1:
        found.sort(key=len)
        last = found.pop()
        other = (*last[:-1], last[-1]._replace(value=not last[-1].value)) if last and isinstance(last[-1], Literal) else None
        if other in found:
            found.remove(other)
            found.append(last[:-1])
        else:  # not of one condition: all that is sure is what they share
            n = next((i for i, (a, b) in enumerate(zip(last, found[-1], strict=False)) if a != b), min(len(last), len(found[-1])))
            found[-1] = last[:n]
        found = list(dict.fromkeys(found))
    return found[0] if found else ()


def _ahead(op: Operation, fed: set[Tensor]) -> set[Operation]:
    return {x.op for x in op.inputs if x not in fed and not is_back_edge(op, x)} | set(awaited(op))


def _sorted(nodes: set[Operation], fed: set[Tensor]) -> list[Operation]:
    """Edges respected, back edges of loops aside."""
    waits = {n: len(_ahead(n, fed)) for n in nodes}
    users: dict[Operation, list[Operation]] = {n: [] for n in nodes}
    for n in nodes:
        for b in _ahead(n, fed):
            users[b].append(n)
    ready = [n for n in nodes if not waits[n]]
    out = []
    while ready:
        node = ready.pop()
        out.append(node)
        for u in users[node]:
            waits[u] -= 1
            if not waits[u]:
                ready.append(u)
    return out


def schedule(nodes: set[Operation], fed: set[Tensor]) -> list[Unit]:
    """All nodes in an order in which each loop, and where the edges allow it each branch, is one block."""
    paths = _Paths(_sorted(nodes, fed), fed)
    units: dict[Operation, list[Unit]] = {}
    for op in paths.of:
        if op.type in MERGE and not is_loop_merge(op):
            units[op] = [Unit(op, i, paths.settled(paths.tensor(x))) for i, x in enumerate(op.inputs)]
        elif is_loop_merge(op):
            units[op] = [Unit(op, None, paths.settled(paths.tensor(next(x for x in op.inputs if x.op.type in ENTER))))]
        else:
            units[op] = [Unit(op, None, paths.settled(paths.of[op]))]
    ahead: dict[Unit, list[Unit]] = {}
    for op, own in units.items():
        for u in own:
            inputs = [op.inputs[u.arrival].op] if u.arrival is not None and op.inputs[u.arrival] not in fed else _ahead(op, fed)
            ahead[u] = [d for b in inputs for d in units[b]]
    return _arrange(list(ahead), ahead, 0)


def _loops(path: tuple[Any, ...]) -> list[int]:
    return [i for i, step in enumerate(path) if isinstance(step, Loop)]


def _arrange(units: list[Unit], ahead: dict[Unit, list[Unit]], depth: int) -> list[Unit]:
    """Orders the units of one level; a loop among them is one item, arranged by itself in its place."""
    items: dict[Unit, Any] = {}
    members: dict[Any, list[Unit]] = {}
    for u in units:
        loops = _loops(u.path)
        items[u] = u if len(loops) <= depth else u.path[: loops[depth] + 1]
        members.setdefault(items[u], []).append(u)
    waits = {item: set() for item in members}  # type: ignore[var-annotated]
    users: dict[Any, list[Any]] = {item: [] for item in members}
    for u in units:
        for d in ahead[u]:
            if d in items and items[d] != items[u] and items[d] not in waits[items[u]]:
                waits[items[u]].add(items[d])
                users[items[d]].append(items[u])
    out: list[Unit] = []
    for item in _walk(members, waits, users, depth):
        out += [item] if isinstance(item, Unit) else _arrange(members[item], ahead, depth + 1)
    return out


def _walk(members: dict[Any, list[Unit]], waits: dict[Any, set[Any]], users: dict[Any, list[Any]], depth: int) -> Iterable[Any]:
    """Kahn's algorithm: the block at hand first, then its other side, then what was made first."""
    left = {item: len(w) for item, w in waits.items()}
    heaps: dict[tuple[Any, ...], list[Any]] = {}
    made = {item: min(u.op.index for u in us) for item, us in members.items()}

    def push(item: Any) -> None:
        path = item.path if isinstance(item, Unit) else item[:-1]
        path = path[_loops(path)[depth - 1] + 1 :] if depth else path
        last = isinstance(item, Unit) and item.op.type in NEXT
        body = depth and bool(path)  # a loop's test comes before its body
        heapq.heappush(heaps.setdefault((2 * last or int(bool(body)), path), []), (made[item], len(made), id(item), item))

    for item, n in left.items():
        if not n:
            push(item)
    current: tuple[Any, ...] = ()
    while heaps:
        place = min(heaps, key=lambda p: (p[0], _turn(current, p[1]), heaps[p][0][0]))
        item = heapq.heappop(heaps[place])[3]
        if not heaps[place]:
            del heaps[place]
        current = place[1]
        yield item
        for u in users[item]:
            left[u] -= 1
            if not left[u]:
                push(u)


def _turn(current: tuple[Any, ...], path: tuple[Any, ...]) -> float:
    """How much has to be closed to go from one block to another; the other side of an `if` is half a block."""
    n = 0
    while n < min(len(current), len(path)) and current[n] == path[n]:
        n += 1
    beside = n < min(len(current), len(path)) and isinstance(path[n], Literal) and current[n].pred is path[n].pred
    return len(current) - n - 0.5 * beside
