"""Which notebook cell is running, and which nodes each `%%graph` cell made.

    with cells.making(graph) as change:     # the cell's earlier nodes are gone, its new ones are marked
        ...                                 # an error in here leaves the graph as it was
    print(change.notice)                    # what else had to go, and which cells to run again
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tfnb.core import where
from tfnb.jupyter.transaction import restore, snapshot

KEPT = 50  # executions of %%graph cells whose nodes can be compared with newer ones

ids: dict[int, str] = {}
"""Execution counts -> the front end's id of the cell that had them."""


def ids_of(counts: Iterable[int | None]) -> dict[str, str]:
    """The ids, by execution count, of the cells that the front end has named: what a page jumps by."""
    return {str(count): ids[count] for count in set(counts) if count in ids}


@dataclass(frozen=True)
class Cell:
    """One execution of a cell: `key` says which cell of the page, `count` is its In[count]."""

    raw: str
    count: int
    id: str | None = None

    @property
    def by_id(self) -> bool:
        """Whether the front end said which cell this is."""
        return self.id is not None

    def key(self, graph_name: str | None) -> str:
        """What makes it the same cell when it runs again: the front end's id, else its own text."""
        return f"id {self.id}" if self.id else f"text {graph_name or ''}\n{meaning(self.raw)}"


def meaning(raw: str) -> str:
    """A cell's code without its magic lines, comments and blank lines: what the text rule compares."""
    body = "\n".join(line for line in raw.splitlines() if not line.lstrip().startswith("%"))
    try:
        return ast.dump(ast.parse(body))
    except SyntaxError:
        return body.strip()


@dataclass
class Change:
    """What running a `%%graph` cell did to the graph."""

    cell: Cell
    made: list[Any] = field(default_factory=list)
    replaced: list[Any] = field(default_factory=list)
    stale: list[Any] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    @property
    def rerun(self) -> list[str]:
        """The places whose nodes went with the replaced ones, in the page's order."""
        return sorted({place(op) for op in self.stale}, key=lambda text: (len(text), text))

    @property
    def notice(self) -> str:
        """One paragraph for the student; empty when only this cell's own nodes were replaced."""
        if not self.stale:
            return ""
        names = listing([op.name for op in self.stale if not op.name.startswith("gradients")] or ["gradients"])
        gone = f" The Python names {listing(self.forgotten)} were removed too." if self.forgotten else ""
        return (
            f"This cell replaced its nodes, and {len(self.stale)} node(s) made elsewhere stood on them: {names}. "
            f"They were removed with them.{gone} Run again: {', '.join(self.rerun)}."
        )


def place(op: Any) -> str:
    """The cell, or file and line, that made a node."""
    made = getattr(op, "where", None)
    if made is None:
        return "the code that made them"
    return f"cell {made.cell}" if made.cell is not None else str(made)


def listing(names: list[str], most: int = 6) -> str:
    """`a, b, c and 12 more`."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def dependants(graph: Any, ops: list[Any]) -> list[Any]:
    """All nodes outside `ops` that cannot be without one of them, in the order they were made."""
    gone = set(map(id, ops))
    stale = []
    for op in graph.get_operations():  # creation order: inputs come before their consumers
        needs = [t.op for t in op.inputs] + list(op.control_inputs)
        if id(op) not in gone and any(id(need) in gone for need in needs):
            gone.add(id(op))
            stale.append(op)
    return stale


class Cells:
    """The cells of one shell: which is running, and what each made."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.current: Cell | None = None
        self.graph_of: dict[str, Any] = {}
        self.lost: dict[str, str] = {}
        self.counts: dict[str, list[int]] = {}  # of each cell its executions, the newest last
        self.stale: dict[str, int] = {}  # cells whose nodes went with others', and the executions that made those
        self.last: dict[str, Change] = {}  # what each cell did to a graph when it last ran
        self.made: dict[int, list[Any]] = {}  # the nodes of the newest executions of %%graph cells, also of those replaced since

    def pre_run_cell(self, info: Any) -> None:
        """Note the cell that starts, so that its nodes know their cell and line."""
        raw = info.raw_cell or ""
        count = self.shell.displayhook.prompt_count
        self.current = Cell(raw, count, getattr(info, "cell_id", None))
        transformed = getattr(info, "transformed_cell", None)
        name = self.shell.compile.get_code_name(raw, raw if transformed is None else transformed, count)
        where.cell_files[name] = count
        if self.current.id is not None:
            ids[count] = self.current.id
        key = self.current.key(None)
        self.counts.setdefault(key, []).append(count)
        self.stale.pop(key, None)

    def running(self, fallback: str = "") -> Cell:
        """The running cell; made up from `fallback` when code is run outside one."""
        return self.current or Cell(fallback, self.shell.displayhook.prompt_count)

    @contextmanager
    def making(self, graph: Any) -> Iterator[Change]:
        """Replace what this cell made before by what the body makes; undone if the body fails."""
        cell = self.running()
        key = cell.key(graph.name)
        change = Change(cell)
        former = self.graph_of.get(key)
        graphs = [graph] if former is None or former is graph else [graph, former]
        kept = [(each, snapshot(each)) for each in graphs]
        names = dict(self.shell.user_ns)
        before, graph.producer = graph.producer, key
        try:
            for each in graphs:
                self._replace(each, key, change)
            yield change
        except BaseException:
            for each, state in kept:
                restore(each, state)
            self._put_back(names, change)
            raise
        finally:
            graph.producer = before
        self.graph_of[key] = graph
        change.made = [op for op in graph.get_operations() if op.producer == key]
        self._remember(change)

    def _replace(self, graph: Any, key: str, change: Change) -> None:
        """Take this cell's earlier nodes, and those standing on them, out of the graph."""
        self._drop(graph, [op for op in graph.get_operations() if op.producer == key], change)

    def _drop(self, graph: Any, mine: list[Any], change: Change) -> None:
        """Takes nodes and those standing on them out of the graph, and the Python names that meant them out of the namespace."""
        if not mine:
            return
        stale = dependants(graph, mine)
        graph.remove([*mine, *stale])
        change.replaced += mine
        change.stale += stale
        gone = set(map(id, [*mine, *stale]))
        others = {id(op) for op in stale}
        for name, value in list(self.shell.user_ns.items()):
            node = node_of(value)
            if node is not None and id(node) in gone and not name.startswith("_"):
                del self.shell.user_ns[name]
                change.forgotten += [name] if id(node) in others else []

    def _put_back(self, names: dict[str, Any], change: Change) -> None:
        """After a failure the names of nodes are again what they were before the cell."""
        for name, value in names.items():
            if node_of(value) is not None and name not in self.shell.user_ns:
                self.shell.user_ns[name] = value

    def _remember(self, change: Change) -> None:
        """Keep why a name is gone, for the card under its NameError."""
        self.last.pop(change.cell.key(None), None)  # so that the newest is the last
        self.last[change.cell.key(None)] = change
        self.made[change.cell.count] = change.made
        for old in list(self.made)[:-KEPT]:
            del self.made[old]
        self._note_stale(change)
        change.forgotten = [name for name in change.forgotten if name not in self.shell.user_ns]
        for name in change.forgotten:
            again = ", ".join(change.rerun)
            self.lost[name] = f"it stood on nodes that cell {change.cell.count} replaced; run {again} again"


    def _note_stale(self, change: Change) -> None:
        """Cells whose nodes were removed because they stood on others are to be run again."""
        for op in change.stale:
            key = self._cell_of(op)
            if key is not None and key != change.cell.key(None):
                self.stale[key] = op.where.cell

    def _cell_of(self, op: Any) -> str | None:
        """The key of the cell that made a node."""
        count = op.where.cell if op.where else None
        return next((key for key, counts in self.counts.items() if count in counts), None)

    # -- what is left over ------------------------------------------------------------------------------------------------
    def leftovers(self, graph: Any) -> dict[Any, int]:
        """Nodes of earlier executions of cells that have run again since, and the cell's present number.

        A `%%graph` cell replaces its nodes by itself; other cells add theirs once more.
        """
        newest = {count: counts[-1] for counts in self.counts.values() if len(counts) > 1 for count in counts[:-1]}
        return {op: newest[op.where.cell] for op in graph.get_operations() if op.producer is None and op.where and op.where.cell in newest}

    def clean(self, graph: Any) -> Change:
        """Removes the leftovers and what stands on them; the cells whose nodes go with them become stale."""
        change = Change(self.running())
        gone = set(self.leftovers(graph))
        while gone:
            self._drop(graph, [op for op in graph.get_operations() if op in gone], change)
            before = {(x.op, op.where.cell) for op in change.stale for x in op.inputs if op.where}
            alone = {x for x, cell in before if x.where and x.where.cell == cell and not any(t.consumers() for t in x.outputs)}
            gone = alone.intersection(graph.get_operations())  # what a stale cell made only for the nodes that it has lost
        self._note_stale(change)
        return change


def node_of(value: Any) -> Any:
    """The operation behind a tensor, operation or variable; None for anything else."""
    from tfnb.core.graph import Operation

    if isinstance(value, Operation):
        return value
    if not type(value).__module__.startswith("tfnb."):
        return None
    node = getattr(value, "op", None)
    return node if isinstance(node, Operation) else None
