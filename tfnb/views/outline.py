"""What a picture of a graph holds: boxes, scopes and arrows, before any engine lays them out.

    outline = sketch(graph.get_operations(), collapse=["gradients"])
    outline.nodes         {"x": Node(kind="placeholder", ...), "gradients": Node(kind="scope", ...)}
    outline.edges         [Edge("x", "hidden/MatMul", tensors=(x:0,), control=False), ...]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.views import fold

__all__ = ["Edge", "Node", "Outline", "Scope", "sketch"]

LIMIT = 150  # boxes: a picture with more is neither read nor laid out quickly
TIDY = 5  # boxes that one line of the user's code may make before they are shown as one


class Node(NamedTuple):
    """One box: an operation with those folded into it, or a scope that is closed (`closed`)."""

    id: str
    kind: str
    op: Operation
    ops: tuple[Operation, ...]
    scope: str
    closed: bool = False


class Scope(NamedTuple):
    """A name scope: how many operations and parameters it holds."""

    name: str
    kind: str
    ops: int
    parameters: int


class Edge(NamedTuple):
    """An arrow between two boxes; a closed scope's arrow may stand for several tensors."""

    source: str
    target: str
    tensors: tuple[Tensor, ...]
    control: bool


class Outline(NamedTuple):
    """All that is drawn. `box_of` tells for each operation's name the box that shows it."""

    nodes: dict[str, Node]
    scopes: dict[str, Scope]
    edges: list[Edge]
    box_of: dict[str, str]


def sketch(ops: Sequence[Operation], collapse: Iterable[str] = (), expand: Iterable[str] = (), *,
           depth: int | None = None, limit: int = LIMIT, keep: Iterable[Operation] = ()) -> Outline:  # fmt: skip
    """Folds, closes scopes (those named, those below `depth`, those of one code line, then by size) and joins arrows."""
    owner = fold.owners(ops, keep)
    trainable = fold.trainable_names(ops)
    place = _places([op for op in ops if owner[op] is op])
    scopes = _scopes(ops, owner, place, trainable)
    opened = {p for e in expand for p in _parents(e + "/x")}
    closed = {c.strip("/") for c in collapse}
    closed |= {s for s in scopes if depth is not None and s.count("/") >= depth and s not in opened}
    if depth is None:
        closed |= _of_one_line(place, opened | _parents_of(keep))
    closed = _within(limit, place, scopes, closed, opened)
    box_of = {op.name: _box(owner[op], place, closed) for op in ops}
    nodes = _nodes(ops, owner, place, box_of, scopes, trainable)
    shown = {s: scopes[s] for s in scopes if any(_inside(n.scope, s) for n in nodes.values())}
    return Outline(nodes, shown, _edges(ops, box_of), box_of)


def _parents(name: str) -> list[str]:
    """The scopes around a name, outermost first: a, a/b for a/b/c."""
    parts = name.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def _parents_of(keep: Iterable[Operation]) -> set[str]:
    return {p for op in keep for p in _parents(op.name + "/x")}


def _inside(name: str, scope: str) -> bool:
    return name == scope or name.startswith(scope + "/")


def _places(drawn: list[Operation]) -> dict[Operation, str]:
    """The scope in which each drawn operation stands; TensorFlow's `Adam` stands in scope `Adam`, with its parts."""
    variables = {op.name for op in drawn if op.type in fold.VARIABLES}
    filled = {p for op in drawn for p in _parents(op.name)} - variables
    place: dict[Operation, str] = {}
    for op in drawn:
        slot = fold.slot_scope(op, variables) if op.type in fold.VARIABLES else None
        around = [p for p in _parents(op.name) if p in filled]
        place[op] = slot or (op.name if op.name in filled else around[-1] if around else "")
    return place


def _scopes(ops: Sequence[Operation], owner: dict[Operation, Operation], place: dict[Operation, str],
            trainable: set[str] | None) -> dict[str, Scope]:  # fmt: skip
    count: Counter[str] = Counter()
    held: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    for op in ops:
        top = owner[op]
        for s in _parents(place[top] + "/x") if place[top] else ():
            count[s] += 1
            if op is top:
                held[s] += fold.parameters(op)
                kinds.setdefault(s, Counter())[fold.kind_of(op, trainable)] += 1
    return {s: Scope(s, _scope_kind(kinds[s]), count[s], held[s]) for s in sorted(count)}


def _scope_kind(kinds: Counter[str]) -> str:
    """What most of a scope is: gradients, an optimizer's updates, or plain operations."""
    if kinds["update"] and not kinds["variable"] and kinds["update"] >= kinds["op"]:
        return "update"
    backward = kinds["gradient"]
    return "gradient" if backward and backward >= kinds["op"] + kinds["update"] + kinds["variable"] else "op"


def _of_one_line(place: dict[Operation, str], opened: set[str]) -> set[str]:
    """Scopes that one line of the user's code filled with many nodes: a library's function, shown as one box."""
    lines: dict[str, set[object]] = {}
    size: Counter[str] = Counter()
    own: set[str] = set()
    for op, scope in place.items():
        for s in _parents(scope + "/x") if scope else ():
            lines.setdefault(s, set()).add(op.where)
            size[s] += 1
            if op.type in fold.VARIABLES and not _inside(op.name, s) or op.type.startswith("Placeholder"):
                continue
            own |= {s} if op.type in fold.VARIABLES else set()
    return {s for s in size if len(lines[s]) == 1 and size[s] >= TIDY and s not in own and s not in opened}


def _box(op: Operation, place: dict[Operation, str], closed: set[str]) -> str:
    """The name of the box that shows an operation: its own, or that of the outermost closed scope around it."""
    around = _parents(place[op] + "/x") if place[op] else []
    return next((s + "/" for s in around if s in closed), op.name)


def _within(limit: int, place: dict[Operation, str], scopes: dict[str, Scope], closed: set[str],
            opened: set[str]) -> set[str]:  # fmt: skip
    """Closes more scopes, the deepest and largest first, until the boxes are few enough."""
    closed = set(closed)
    order = sorted((s for s in scopes if s not in opened), key=lambda s: (-s.count("/"), -scopes[s].ops))
    visible = len({_box(op, place, closed) for op in place})
    for level in range(max((s.count("/") for s in scopes), default=0), -1, -1):
        for s in (s for s in order if s.count("/") == level):
            if visible <= limit:
                return closed
            closed.add(s)
            if level:
                continue
            visible = len({_box(op, place, closed) for op in place})
        visible = len({_box(op, place, closed) for op in place})
    return closed


def _nodes(ops: Sequence[Operation], owner: dict[Operation, Operation], place: dict[Operation, str],
           box_of: dict[str, str], scopes: dict[str, Scope], trainable: set[str] | None) -> dict[str, Node]:  # fmt: skip
    members: dict[str, list[Operation]] = {}
    first: dict[str, Operation] = {}
    for op in ops:
        box = box_of[op.name]
        members.setdefault(box, []).append(op)
        if owner[op] is op:
            first.setdefault(box, op)
    nodes: dict[str, Node] = {}
    for box, parts in members.items():
        op = first[box]
        if box.endswith("/"):
            scope = box[:-1]
            nodes[box] = Node(box, scopes[scope].kind, op, tuple(parts), scope.rpartition("/")[0], True)
        else:
            nodes[box] = Node(box, fold.kind_of(op, trainable), op, tuple(parts), place[op])
    return nodes


def _edges(ops: Sequence[Operation], box_of: dict[str, str]) -> list[Edge]:
    """One arrow for each pair of boxes, with the tensors that flow along it."""
    data: dict[tuple[str, str], dict[Tensor, None]] = {}
    control: dict[tuple[str, str], None] = {}
    for op in ops:
        target = box_of[op.name]
        for x in op.inputs:
            source = box_of.get(x.op.name, target)
            if source != target:
                data.setdefault((source, target), {})[x] = None
        for before in op.control_inputs:
            source = box_of.get(before.name, target)
            if source != target:
                control[source, target] = None
    arrows = [Edge(a, b, tuple(ts), False) for (a, b), ts in data.items()]
    return arrows + [Edge(a, b, (), True) for a, b in control if (a, b) not in data]
