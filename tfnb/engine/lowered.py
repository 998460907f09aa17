"""A step with branches and loops as functions, for a compiler that has to see both sides and every turn at once.

    def test(i, t):                                  def turn(i, t):
        Less = i < 4                                     add = i + 1; mul = t * 2
        return Less, (i, t)                              return add, mul
    i, t = xp.loop(test, turn, (i, t), most=xp.turns(i, 4, 1))

The statements are those of the step that is shown; what goes in and out of a function is found by following the names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, NamedTuple

from tfnb.core.graph import Tensor
from tfnb.engine.codegen import Code, value_name
from tfnb.engine.nesting import Branch, Cycle, nest
from tfnb.engine.program import Program
from tfnb.engine.turns import AsOften, Limit, limits

__all__ = ["lower"]

Names = dict[str, None]  # a set that keeps the order in which names come, so that the text is the same each time


class Flow(NamedTuple):
    """What a piece of text does with names: those it reads from before, those it may give a value, those it surely does."""

    reads: Names
    writes: Names
    settles: Names


class _Statement(NamedTuple):
    text: str
    reads: Names
    writes: Names


def lower(program: Program, code: Code) -> Code:
    """The sibling of `code` for a compiler. Raises ValueError where the loops have a form it cannot be written for."""
    return _Lowering(program, code).code_of()


class _Lowering:
    def __init__(self, program: Program, code: Code) -> None:
        self.program, self.code = program, code
        self.statements = [_parsed(s) for s in code.statements]
        self.lines: list[str] = []
        self.places: dict[int, int] = {}
        self.serial = 0
        self.tests: dict[str, str] = {}  # of each loop written, by its frame

    def code_of(self) -> Code:
        text = self.code.source.splitlines()
        wanted = _names(ast.parse(text[-1].strip().removeprefix("return "), mode="eval"))
        self.lines.append(text[0])
        self.block(nest([i.path for i in self.program.instructions]), wanted, dict.fromkeys(self.code.arguments), 1)
        self.lines.append(text[-1])
        lines = tuple(self.places[i] for i in range(len(self.statements)))
        filename = self.code.filename.replace("<tfnb step", "<tfnb compiled step")
        return self.code._replace(source="\n".join(self.lines) + "\n", filename=filename, lines=lines)

    def name(self, tensor: Tensor) -> str:
        return value_name(self.program, tensor)

    # -- what reads and writes what -------------------------------------------------------------------------------
    def flow(self, block: Iterable[Any], known: Names) -> Flow:
        """A block's names; `known` are those that have a value before it."""
        reads: Names = {}
        writes: Names = {}
        settles: Names = {}
        for item in block:
            f = self.flow_of(item, known | writes)
            reads |= {n: None for n in f.reads if n not in settles}
            writes |= f.writes
            settles |= f.settles
        return Flow(reads, writes, settles)

    def flow_of(self, item: Any, known: Names) -> Flow:
        if isinstance(item, int):
            s = self.statements[item]
            return Flow(s.reads, s.writes, s.writes)
        if isinstance(item, Branch):
            a, b = self.flow(item.then, known), self.flow(item.other, known)
            writes = a.writes | b.writes
            # what one side alone gives its first value is not looked at where the other was taken
            settles = {n: None for n in writes if n in a.settles and n in b.settles or n not in known}
            return Flow({self.name(item.pred): None} | a.reads | b.reads, writes, settles)
        a = self.flow(item.head, known)
        b = self.flow(item.body, known | a.writes)
        reads = a.reads | {n: None for n in b.reads if n not in a.settles}
        if self.name(item.again.pred) not in a.settles:
            reads[self.name(item.again.pred)] = None
        writes = a.writes | b.writes
        return Flow(reads, writes, a.settles | {n: None for n in writes if n not in known})

    # -- writing --------------------------------------------------------------------------------------------------
    def put(self, text: str, depth: int) -> None:
        self.lines += ["    " * depth + line for line in text.split("\n")]

    def block(self, block: list[Any], after: Names, known: Names, depth: int) -> Names:
        """Writes a block; `after` are the names that are looked at behind it. Gives the names known at its end."""
        flows = []
        before = dict(known)
        for item in block:
            flows.append((self.flow_of(item, before), dict(before)))
            before |= flows[-1][0].writes
        wanted: list[Names] = []
        for f, _ in reversed(flows):
            wanted.append(after)
            after = {n: None for n in after if n not in f.settles} | f.reads
        for item, (f, at), later in zip(block, flows, reversed(wanted), strict=True):
            if isinstance(item, int):
                self.places[item] = len(self.lines) + 1
                self.put(self.statements[item].text, depth)
            elif isinstance(item, Branch):
                self.branch(item, f, at, later, depth)
            else:
                self.cycle(item, f, at, later, depth)
        return before

    def branch(self, item: Branch, f: Flow, known: Names, later: Names, depth: int) -> None:
        self.serial += 1
        labels = f"where_{self.serial}", f"else_{self.serial}"
        out = [n for n in f.writes if n in later]
        sides = [self.flow(side, known) for side in (item.then, item.other)]
        given = [n for n in f.writes if n in known and (any(n in s.reads for s in sides) or n in out and n not in f.settles)]
        for label, side, s in zip(labels, (item.then, item.other), sides, strict=True):
            self.put(f"def {label}({', '.join(given)}):", depth)
            for n in out:
                if n not in s.settles and n not in given:
                    self.put(f"{n} = None  # not looked at", depth + 1)
            self.block(side, dict.fromkeys(out), known, depth + 1)
            self.put(f"return {_tuple(out)}", depth + 1)
        first, second = labels if item.value else reversed(labels)
        call = f"xp.branch({', '.join([self.name(item.pred), first, second, *given])})"
        self.put(f"{', '.join(out)}{',' * (len(out) == 1)} = {call}" if out else call, depth)

    def cycle(self, item: Cycle, f: Flow, known: Names, later: Names, depth: int) -> None:
        self.serial += 1
        test, turn = f"test_{self.serial}", f"turn_{self.serial}"
        head = self.flow(item.head, known)
        body = self.flow(item.body, known | head.writes)
        carried = [n for n in f.writes if n in f.reads or n in later or n in body.reads]
        inside = dict.fromkeys(carried)
        again = self.name(item.again.pred)
        self.put(f"def {test}({', '.join(carried)}):", depth)
        self.block(item.head, inside | {again: None}, known | inside, depth + 1)
        self.put(f"return {again if item.again.value else f'xp.logical_not({again})'}, {_tuple(carried)}", depth + 1)
        self.put(f"def {turn}({', '.join(carried)}):", depth)
        self.block(item.body, inside, known | inside | head.writes, depth + 1)
        self.put(f"return {_tuple(carried)}", depth + 1)
        start = _tuple([n if n in known else "None" for n in carried])
        self.tests[item.frame] = test
        most = self.most(limits(item.again.pred, item.frame, item.again.value))
        call = f"xp.loop({test}, {turn}, {start}, most={most})"
        self.put(f"{', '.join(carried)}{',' * (len(carried) == 1)} = {call}" if carried else call, depth)

    def most(self, told: list[Limit | AsOften]) -> str:
        """How often a loop may go round, as text."""
        for one in told:
            if isinstance(one, AsOften) and one.frame in self.tests:
                return f"xp.as_often({self.tests[one.frame]!r})"
        bounds = [f"({self.name(x.start)}, {self.name(x.end)}, {x.step}, {x.beyond})" for x in told if isinstance(x, Limit)]
        return f"xp.turns({', '.join(bounds)})" if bounds else "None"


def _parsed(text: str) -> _Statement:
    tree = ast.parse(text).body[0]
    writes = _names(*tree.targets) if isinstance(tree, ast.Assign) else {}
    reads = _names(tree.value) if isinstance(tree, (ast.Assign, ast.Expr)) else {}
    return _Statement(text, reads, writes)


def _names(*trees: ast.AST) -> Names:
    return {n.id: None for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}


def _tuple(names: Iterable[str]) -> str:
    names = list(names)
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
