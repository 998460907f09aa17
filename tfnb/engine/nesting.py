"""The instructions of a program as a tree: statements, branches with two sides, loops with a test and a body.

    nest(paths)      [0, Branch(pred, True, [1, 2], [3]), Cycle("while/while_context", [4], again, [5, 6]), 7]

Numbers are instructions. The tree says what `layout.py` draws with `if` and `while`; `lowered.py` writes it with functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from tfnb.core.graph import Tensor
from tfnb.engine.regions import Literal, Loop

__all__ = ["Branch", "Cycle", "nest"]


class Branch(NamedTuple):
    """Where `pred` has this value the first block, else the other."""

    pred: Tensor
    value: bool
    then: list[Any]
    other: list[Any]


class Cycle(NamedTuple):
    """Again and again: the head, then, where `again` holds, the body."""

    frame: str
    head: list[Any]
    again: Literal
    body: list[Any]


def nest(paths: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The tree of instructions with these paths, in their order. Raises ValueError where it has another form."""
    return _block(list(enumerate(paths)), 0)


def _block(items: list[tuple[int, tuple[Any, ...]]], depth: int) -> list[Any]:
    out: list[Any] = []
    for step, group in groupby(items, key=lambda item: item[1][depth] if len(item[1]) > depth else None):
        inner = list(group)
        if step is None:
            out += [index for index, _ in inner]
        elif isinstance(step, Loop):
            out.append(_cycle(step, inner, depth + 1))
        elif out and _is_other_side(out[-1], step):
            out[-1] = out[-1]._replace(other=_block(inner, depth + 1))
        else:
            out.append(Branch(step.pred, step.value, _block(inner, depth + 1), []))
    return out


def _is_other_side(last: Any, step: Literal) -> bool:
    return isinstance(last, Branch) and last.pred is step.pred and last.value != step.value and not last.other


def _cycle(loop: Loop, items: list[tuple[int, tuple[Any, ...]]], depth: int) -> Cycle:
    tested = [i for i, (_, path) in enumerate(items) if len(path) > depth and isinstance(path[depth], Literal) and path[depth].ends]
    if not tested or tested != list(range(tested[0], len(items))):
        raise ValueError(f"the loop {loop.frame} has not the form of a test and a body")
    head, body = items[: tested[0]], items[tested[0] :]
    return Cycle(loop.frame, _block(head, depth), body[0][1][depth], _block(body, depth + 1))
