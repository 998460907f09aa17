"""What a picture of a graph holds: boxes, scopes and arrows, before any engine lays them out.

    outline = sketch(graph.get_operations(), collapse=["gradients"])
    outline.nodes         {"x": Node(kind="placeholder", ...), "gradients/": Node(closed=True, ...)}
    outline.edges         [Edge("x", "hidden/MatMul", tensors=(x:0,), control=False), ...]

A group that is not named in `opened`, `collapse` or `expand` is drawn open as long as the boxes stay fewer than `limit`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.views import fold
from tfnb.views.tree import ROOT, Group, Tree, tree_of

__all__ = ["Edge", "Node", "Outline", "Scope", "outlined", "sketch"]

LIMIT = 60  # boxes that a reader still takes in; more groups are opened by hand
TIDY = 5  # boxes that one line of the user's code may make before they are shown as one


class Node(NamedTuple):
    """One box: an operation with those folded into it, or a closed group (`closed`); a stack's is drawn for `times` blocks."""

    id: str
    kind: str
    op: Operation
    ops: tuple[Operation, ...]
    scope: str
    closed: bool = False
    title: str = ""
    times: int = 1
    group: str = ""
    parameters: int = 0
    template: Any = None


class Scope(NamedTuple):
    """An open group: how many operations and parameters it holds, and in which other it is drawn."""

    name: str
    kind: str
    ops: int
    parameters: int
    parent: str = ROOT
    title: str = ""
    template: Any = None


class Edge(NamedTuple):
    """An arrow between two boxes; a closed group's arrow may stand for several tensors."""

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
    opened: tuple[str, ...] = ()
    tree: Any = None


def outlined(graph: Graph, **options: object) -> Outline:
    """`sketch` of a whole graph; its tree is kept as long as the graph stays the same."""
    if graph.grouped is None or graph.grouped[0] != graph.version:
        graph.grouped = (graph.version, tree_of(graph.get_operations()))
    return _sketch(graph.grouped[1], **options)  # type: ignore[arg-type]


def sketch(ops: Sequence[Operation], collapse: Iterable[str] = (), expand: Iterable[str] = (), *, keep: Iterable[Operation] = (),
           **options: object) -> Outline:  # fmt: skip
    """Folds operations, closes groups (those named, those below `depth`, those of one code line, then by size), joins arrows."""
    keep = list(keep)
    return _sketch(tree_of(ops, keep), collapse, expand, keep=keep, **options)  # type: ignore[arg-type]


def _sketch(tree: Tree, collapse: Iterable[str] = (), expand: Iterable[str] = (), *, depth: int | None = None, limit: int = LIMIT,
            keep: Iterable[Operation] = (), opened: Iterable[str] | None = None) -> Outline:  # fmt: skip
    """`opened`, where given, are all the groups that are open; else they are chosen."""
    if opened is None:
        wanted = {g for e in expand for g in _named(tree, e)} | {g for op in keep for g in tree.above(tree.place[tree.owner[op]])}
        opened = _chosen(tree, wanted, {c.strip("/") + "/" for c in collapse}, depth, limit)
    open_groups = _reachable(tree, set(opened))
    box_of_op: dict[Operation, str] = {}
    nodes: dict[str, Node] = {}
    for key in (ROOT, *open_groups):
        group = tree.groups[key]
        for op in group.own:
            nodes[op.name] = Node(op.name, fold.kind_of(op, tree.trainable), op, (op,), key)
            box_of_op[op] = op.name
        for child in group.children:
            if child not in open_groups:
                _close(tree.groups[child], nodes, box_of_op)
    parts: dict[str, list[Operation]] = {}
    box_of: dict[str, str] = {}
    for op in tree.ops:
        owner = tree.owner[op]
        box_of[op.name] = box = box_of_op[owner]
        if owner is not op:
            parts.setdefault(box, []).append(op)
    for box, more in parts.items():
        if not nodes[box].closed:
            nodes[box] = nodes[box]._replace(ops=(nodes[box].op, *more))
    scopes = {k: _scope(tree.groups[k]) for k in open_groups}
    return Outline(nodes, scopes, _edges(tree.ops, box_of), box_of, tuple(open_groups), tree)


def _close(group: Group, nodes: dict[str, Node], box_of_op: dict[Operation, str]) -> None:
    """A closed group is one box for all that it holds."""
    nodes[group.id] = Node(group.id, group.mood, group.members[0], tuple(group.members), group.parent, True, group.title, group.times,
                           group.kind, group.parameters, group.template)  # fmt: skip
    for op in group.members:
        box_of_op[op] = group.id


def _scope(group: Group) -> Scope:
    return Scope(group.id, group.kind, len(group.members), group.parameters, group.parent, group.title, group.template)


def _named(tree: Tree, name: str) -> list[str]:
    """The groups that are open when a scope, given with or without its slash, is to be seen open."""
    key = name if name in tree.groups else name.strip("/") + "/"
    return tree.above(key) if key in tree.groups else []


def _reachable(tree: Tree, opened: set[str]) -> list[str]:
    """The open groups that are not inside a closed one, outer ones first."""
    found: list[str] = []
    stack = [ROOT]
    while stack:
        for child in tree.groups[stack.pop()].children:
            if child in opened:
                found.append(child)
                stack.append(child)
    return found


def _chosen(tree: Tree, wanted: set[str], shut: set[str], depth: int | None, limit: int) -> set[str]:
    """Opens groups, outer and small ones first, while the boxes are few enough; those wanted in any case."""
    opened = set(wanted)
    visible = tree.groups[ROOT].width + sum(tree.groups[g].width - 1 for g in opened)
    ready = [(0, 0, ROOT)]
    while ready:
        level, _, key = heapq.heappop(ready)
        group = tree.groups[key]
        if key != ROOT and key not in opened:
            deep = depth is not None and level > depth
            if deep or key in shut or group.kind != "scope" or visible + group.width - 1 > limit or depth is None and _of_one_line(group):
                continue
            opened.add(key)
            visible += group.width - 1
        for child in group.children:
            heapq.heappush(ready, (level + 1, tree.groups[child].width, child))
    return opened


def _of_one_line(group: Group) -> bool:
    """Whether one line of the user's code filled it with many nodes: a library's function, shown as one box."""
    drawn = [op for op in group.members if not op.type.startswith("Placeholder")]
    if len(drawn) < TIDY or any(op.type in fold.VARIABLES and op.name.startswith(group.id) for op in drawn):
        return False
    return len({op.where for op in drawn}) == 1


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
