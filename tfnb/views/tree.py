"""A graph as a tree of groups, each of which is drawn open or closed: scopes, stacks of equal blocks, lines of code.

    tree = tree_of(graph.get_operations())
    tree.groups["net/"]           Group(kind="scope", children=("net/block_*/", ...), ops=(...))
    tree.groups["net/block_*/"]   twelve scopes that hold the same nodes, wired alike: drawn as one stack, ×12

Names of groups end with a slash. `*` and `@` stand in no operation's name, so that a stack and a line have names of their own.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tfnb.core.graph import Operation
from tfnb.views import fold

__all__ = ["ROOT", "Group", "Tree", "tree_of"]

ROOT = "/"
CROWD = 40  # nodes and scopes side by side; more are put together by their names' numbers, then by their lines
REPEATED = 3  # equal blocks that make a stack


@dataclass
class Group:
    """Operations and groups that can be drawn as one. `times` counts a stack's blocks; `template` is the same for equal scopes."""

    id: str
    kind: str
    parent: str
    title: str
    own: list[Operation] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    members: list[Operation] = field(default_factory=list)
    parameters: int = 0
    times: int = 1
    template: Any = None
    mood: str = "op"

    @property
    def width(self) -> int:
        """Boxes that are seen when it is open and what it holds is closed."""
        return len(self.own) + len(self.children)


@dataclass(frozen=True)
class Tree:
    """The groups by name, and of each operation the one that stands for it (`owner`) and the group it is in (`place`)."""

    ops: tuple[Operation, ...]
    groups: dict[str, Group]
    owner: dict[Operation, Operation]
    place: dict[Operation, str]
    trainable: set[str] | None

    def above(self, group: str) -> list[str]:
        """The groups around a group, outermost first, itself last; without the root."""
        found: list[str] = []
        while group != ROOT:
            found.append(group)
            group = self.groups[group].parent
        return found[::-1]


def tree_of(ops: Sequence[Operation], keep: Iterable[Operation] = ()) -> Tree:
    """The tree of these operations; `keep` are never folded into others."""
    owner = fold.owners(ops, keep)
    trainable = fold.trainable_names(ops)
    scope_of = _places([op for op in ops if owner[op] is op])
    groups = {ROOT: Group(ROOT, "graph", "", "")}
    place: dict[Operation, str] = {}
    for op, scope in scope_of.items():
        place[op] = _scope(groups, scope).id
        groups[place[op]].own.append(op)
    _templates(groups, owner)
    for group in list(groups.values()):
        _stack(groups, group)
    for group in list(groups.values()):
        _thin(groups, group, place)
    for group in groups.values():  # places in groups that were made since
        for op in group.own:
            place[op] = group.id
    tree = Tree(tuple(ops), groups, owner, place, trainable)
    _fill(tree)
    return tree


def parents(name: str) -> tuple[str, ...]:
    """The scopes around a name, outermost first: a, a/b for a/b/c."""
    around = name.rpartition("/")[0]
    return _with_parents(around) if around else ()


@functools.lru_cache(maxsize=1 << 16)
def _with_parents(scope: str) -> tuple[str, ...]:
    return (*parents(scope), scope)


def _places(drawn: list[Operation]) -> dict[Operation, str]:
    """The scope in which each drawn operation stands; TensorFlow's `Adam` stands in scope `Adam`, with its parts."""
    all_names = {op.name for op in drawn}
    variables = {op.name for op in drawn if op.type in fold.VARIABLES}
    around = Counter(p for op in drawn for p in parents(op.name))
    filled = {p for p, n in around.items() if n > 1 or p in all_names} - variables - _only_settings(drawn)
    place: dict[Operation, str] = {}
    for op in drawn:
        slot = fold.slot_scope(op, variables) if op.type in fold.VARIABLES else None
        inside = [p for p in parents(op.name) if p in filled]
        place[op] = slot or (op.name if op.name in filled else inside[-1] if inside else "")
    return place


def _only_settings(drawn: list[Operation]) -> set[str]:
    """Scopes that an operation made for its own constants: x * 2.0 is named `mul`, and the number `mul/y`."""
    names = {op.name for op in drawn}
    inside: dict[str, bool] = {}
    for op in drawn:
        for p in parents(op.name):
            inside[p] = inside.get(p, True) and op.type == "Const" and op.name.count("/") == p.count("/") + 1
    return {p for p, settings in inside.items() if settings and p in names}


def _scope(groups: dict[str, Group], name: str) -> Group:
    """The group of a scope, made with those around it where it is not there yet."""
    key = name + "/"
    if key not in groups:
        before, _, title = name.rpartition("/")
        around = _scope(groups, before) if before else groups[ROOT]
        groups[key] = Group(key, "scope", around.id, title)
        around.children.append(key)
    return groups[key]


# -- equal blocks ---------------------------------------------------------------------------------------------------------
def _templates(groups: dict[str, Group], owner: dict[Operation, Operation]) -> None:
    """Gives equal scopes one template: the same types in the order of making, wired alike; names and sizes do not count."""
    for group in sorted((g for g in groups.values() if g.kind == "scope"), key=lambda g: -g.id.count("/")):
        inside = list(group.own)
        for child in group.children:
            inside += groups[child].members
        group.members = sorted(inside, key=lambda op: op.index)
        at = {op: i for i, op in enumerate(group.members)}
        wires = ((op.type, tuple(at.get(owner.get(x.op, x.op), -1) for x in op.inputs)) for op in group.members)
        group.template = hash(tuple(wires))


def _stack(groups: dict[str, Group], group: Group) -> None:
    """Puts equal scopes side by side whose names differ by a number into one stack."""
    alike: dict[Any, list[str]] = {}
    for child in group.children:
        held = groups[child]
        alike.setdefault((re.sub(r"\d+", "#", held.title).removesuffix("_#"), held.template), []).append(child)
    for (_, template), found in alike.items():
        if len(found) >= REPEATED and groups[found[0]].kind == "scope":
            title = re.sub(r"_?\d+$", "", groups[found[0]].title) or groups[found[0]].title
            made = _insert(groups, group, f"{_base(group)}{title}*/", "stack", title, found)
            made.times, made.template = len(found), template


def _insert(groups: dict[str, Group], group: Group, key: str, kind: str, title: str, children: list[str]) -> Group:
    """A new group in `group` that takes these children of its."""
    while key in groups:
        key = key[:-1] + "*/"
    made = groups[key] = Group(key, kind, group.id, title, children=children)
    if not children:
        group.children.append(key)
        return made
    gone = set(children)
    at = next(i for i, c in enumerate(group.children) if c in gone)
    group.children = [*group.children[:at], key, *(c for c in group.children[at:] if c not in gone)]
    for child in children:
        groups[child].parent = key
    return made


def _base(group: Group) -> str:
    return "" if group.id == ROOT else group.id


# -- crowds ---------------------------------------------------------------------------------------------------------------
def _thin(groups: dict[str, Group], group: Group, place: dict[Operation, str]) -> None:
    """Where too many nodes stand side by side: those of one name and type are a series; then those of one line, of one cell."""
    if group.width > CROWD:
        _gather(groups, group, "series", lambda op: (re.sub(r"_\d+$", "", op.name), op.type), REPEATED)
    if group.width > CROWD:
        _gather(groups, group, "line", lambda op: op.where and (op.where.file, op.where.line), 2)
    if group.width > CROWD:
        _halve(groups, group)


def _gather(groups: dict[str, Group], group: Group, kind: str, key: Any, least: int) -> None:
    """Makes a group of those own operations that have the same key, if they are many enough."""
    alike: dict[Any, list[Operation]] = {}
    for op in group.own:
        alike.setdefault(key(op), []).append(op)
    for found in alike.values():
        if len(found) < least or len(found) == len(group.own) and not group.children and kind == "line":
            continue
        title = re.sub(r"_\d+$", "", found[0].name.rpartition("/")[2]) if kind == "series" else str(found[0].where or "code")
        mark = f"{title}*/" if kind == "series" else f"@{title.replace('/', '_')}/"
        made = _insert(groups, group, _base(group) + mark, kind, title, [])
        made.own, made.times = found, len(found) if kind == "series" else 1
        made.template = hash((kind, tuple(op.type for op in found)))
        gone = set(found)
        group.own = [op for op in group.own if op not in gone]
        if made.width > CROWD:
            _halve(groups, made)


def _halve(groups: dict[str, Group], group: Group) -> None:
    """The last resort: at most CROWD parts in the order in which the nodes were made, each of which can be opened in turn."""
    size = max(CROWD, -(-len(group.own) // CROWD))
    parts = [group.own[i : i + size] for i in range(0, len(group.own), size)] if len(group.own) > CROWD else []
    group.own = [] if parts else group.own
    for n, part in enumerate(parts, 1):
        made = _insert(groups, group, f"{_base(group)}@part {n}/", "part", f"{group.title or 'nodes'} {part[0].index}-{part[-1].index}", [])
        made.own = part
        if made.width > CROWD:
            _halve(groups, made)


# -- sums -----------------------------------------------------------------------------------------------------------------
def _fill(tree: Tree) -> None:
    """What each group holds in all: operations with those folded into them, parameters, and what most of it is."""
    held: dict[Operation, list[Operation]] = {}
    for op in tree.ops:
        held.setdefault(tree.owner[op], []).append(op)
    inner_first: list[str] = []
    stack = [ROOT]
    while stack:
        inner_first.append(key := stack.pop())
        stack += tree.groups[key].children
    moods: dict[str, Counter[str]] = {}
    for key in reversed(inner_first):
        group = tree.groups[key]
        inside = [tree.groups[child] for child in group.children]
        group.members = [part for op in group.own for part in held[op]] + [op for child in inside for op in child.members]
        group.parameters = sum(map(fold.parameters, group.own)) + sum(child.parameters for child in inside)
        moods[key] = Counter(fold.kind_of(op, tree.trainable) for op in group.own)
        for child in group.children:
            moods[key] += moods[child]
        group.mood = _mood(moods[key])


def _mood(kinds: Counter[str]) -> str:
    """What most of a group is: gradients, an optimizer's updates, or plain operations."""
    if kinds["update"] and not kinds["variable"] and kinds["update"] >= kinds["op"]:
        return "update"
    backward = kinds["gradient"]
    return "gradient" if backward and backward >= kinds["op"] + kinds["update"] + kinds["variable"] else "op"
