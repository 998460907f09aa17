"""What `%graph --diff` compares, by the words of its line.

    compared(magics, ["5", "7"])           the nodes that the executions 5 and 7 made: In[5] and In[7], of one cell or of two
    compared(magics, ["before", "g"])      graphs, by the names of Python or of %%graph; GraphDefs, lists of operations, too
    compared(magics, ["before"])           that and the current graph
    compared(magics, [])                   what the last %%graph cell changed
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError

from tfnb.core.graph import Graph, get_default_graph
from tfnb.jupyter.cells import ids
from tfnb.jupyter.magics.base import TfMagics, graphs
from tfnb.views.diff import Diff, diff

__all__ = ["PASSES", "compared", "words"]

PASSES = "passes"  # before and after the passes over the step of a run


def compared(magics: TfMagics, given: list[str]) -> Diff:
    """The difference of what one or two words mean. Raises UsageError, one line, for what cannot be compared."""
    asked = [w for w in given if w != "cell"]
    if not asked:
        return _last_change(magics)
    if len(asked) > 2:
        raise UsageError("Two are compared: %graph --diff 5 7 (cells), %graph --diff before after (graphs), or one with the current graph.")
    sides = [_meant(magics, w) for w in asked]
    labels = [f"cell {w}" if w.isdigit() else w for w in asked]
    if len(asked) == 1:
        sides.append(magics.current_graph())
        labels.append("the current graph")
    try:
        return diff(*sides, labels=(labels[0], labels[1]))
    except TypeError as e:
        raise UsageError(str(e)) from None


def _last_change(magics: TfMagics) -> Diff:
    """The last `%%graph` cell's nodes before and after it ran."""
    changes = list(magics.cells.last.values())
    if not changes:
        raise UsageError("No %%graph cell has run yet: there is nothing to compare.")
    return diff([*changes[-1].replaced, *changes[-1].stale], changes[-1].made)


def _meant(magics: TfMagics, word: str) -> Any:
    """The nodes of a cell by its number or the front end's id, else a graph by its name."""
    count = int(word) if word.isdigit() else max((n for n, key in ids.items() if key == word), default=None)
    if count is not None:
        made = _made(magics, count)
        if not made:
            numbers = ", ".join(map(str, _numbers(magics))) or "none yet"
            raise UsageError(f"Cell {word} has made no nodes that are known. Cells with nodes: {numbers}.")
        return made
    return graphs[word] if word in graphs and word not in magics.shell.user_ns else magics.value(word)


def _made(magics: TfMagics, count: int) -> list[Any]:
    """What an execution made: of a %%graph cell also what it has replaced since, of other cells what is still in a graph."""
    kept = magics.cells.made.get(count)
    return kept if kept is not None else [op for g in _graphs(magics) for op in g.get_operations() if op.where and op.where.cell == count]


def _graphs(magics: TfMagics) -> list[Graph]:
    held = [v for k, v in magics.shell.user_ns.items() if isinstance(v, Graph) and not k.startswith("_")]
    return list({id(g): g for g in [magics.current_graph(), get_default_graph(), *graphs.values(), *held]}.values())


def _numbers(magics: TfMagics) -> list[int]:
    """The executions whose nodes are known, the newest first."""
    there = {op.where.cell for g in _graphs(magics) for op in g.get_operations() if op.where and op.where.cell is not None}
    return sorted(there | set(magics.cells.made), reverse=True)


def words(magics: TfMagics) -> list[str]:
    """What can be compared: graphs and cells by their words, then the passes."""
    named = [k for k, v in magics.shell.user_ns.items() if not k.startswith("_") and (isinstance(v, Graph) or type(v).__name__ == "GraphDef")]
    return [*dict.fromkeys([*sorted(named), *sorted(graphs)]), *map(str, _numbers(magics)), PASSES]
