"""What stays together when a program is cut: an instruction by itself, a branch with its other side, a loop.

    blocks(program)      [(0,), (1,), (2, 3, 5), (4,)]      numbers of instructions, in an order in which they can run
    sure(instructions)   the names that have a value when they have run, whichever branches were taken
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.engine import regions
from tfnb.engine.nesting import Branch, Cycle, nest
from tfnb.engine.program import Instruction, Program

__all__ = ["blocks", "looked_at", "sure", "taken"]


def blocks(program: Program) -> list[tuple[int, ...]]:
    """The blocks of a program. Raises ValueError where a loop has a form that `nest` cannot tell."""
    if not program.structured:
        return [(i.index,) for i in program.instructions]
    found = [tuple(_inside([item])) for item in nest([i.path for i in program.instructions])]
    return _with_starts(program, found)


def looked_at(program: Program, ins: Instruction) -> Iterator[Tensor]:
    """The tensors whose values an instruction needs, those that say whether it runs included."""
    for x in (*taken(ins), *(step.pred for step in ins.path if isinstance(step, regions.Literal))):
        yield regions.source(x, program.feeds) if program.structured else x


def taken(ins: Instruction) -> tuple[Tensor, ...]:
    """An instruction's inputs: all of its operation's or, where one of a Merge's arrives, that one."""
    return ins.op.inputs if ins.arrival is None else ins.op.inputs[ins.arrival : ins.arrival + 1]


def sure(instructions: Sequence[Instruction]) -> set[str]:
    """The names that surely have a value when a piece of a program has run."""
    return _sure(nest([i.path for i in instructions]), instructions)


def _sure(tree: Iterable[Any], instructions: Sequence[Instruction]) -> set[str]:
    found: set[str] = set()
    for item in tree:
        if isinstance(item, Branch):
            found |= _sure(item.then, instructions) & _sure(item.other, instructions)
        elif isinstance(item, Cycle):
            found |= _sure(item.head, instructions)
        else:
            found.update(instructions[item].names)
    return found


def _inside(tree: Iterable[Any]) -> Iterator[int]:
    for item in tree:
        if isinstance(item, Branch):
            yield from _inside([*item.then, *item.other])
        elif isinstance(item, Cycle):
            yield from _inside([*item.head, *item.body])
        else:
            yield item


def _with_starts(program: Program, found: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The blocks, with what a loop's variables start with moved to the loop."""
    home = {step.frame: k for k, block in enumerate(found) for i in block for step in program.instructions[i].path if isinstance(step, regions.Loop)}
    moved: dict[int, list[int]] = {}
    for k, block in enumerate(found):
        for i in block:
            op = program.instructions[i].op
            to = home.get(op.attrs["frame_name"], k) if op.type in regions.ENTER else k
            if to != k:
                moved.setdefault(to, []).append(i)
    gone = {i for starts in moved.values() for i in starts}
    whole = [tuple([*moved.get(k, ()), *(i for i in block if i not in gone)]) for k, block in enumerate(found)]
    return [block for block in whole if block]
