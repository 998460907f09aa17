"""A step written for the shapes it has seen: the same lines, with less to do.

    code = specialised(program, code, {"w": (3,)}, {"x": (32, 3)}, xp)     a guard (is x of this shape?), then shorter lines
    step = Specialising(program, code, general, xp)                       counts runs, and writes them when it is worth it

Teaching code leaves shapes open (`tf.placeholder(tf.float32)`), so that its gradients ask for shapes in each run: how
many axes to sum, what was broadcast. The general text stays, is what is shown, and runs for other shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfnb.engine.codegen import Code, serial
from tfnb.engine.known import COMPACT, Known, Shape
from tfnb.engine.passes import free_at_last_use
from tfnb.engine.program import Instruction, Program

__all__ = ["Specialising", "is_open", "specialised"]

AFTER = 16  # runs with the same shapes before a text is written for them: it costs as much as planning did
MOST = 4  # sets of shapes that have a text of their own
LONGEST = 5000  # instructions; what a longer step could save is little beside what it takes

_ASKING = frozenset("Mean Rank Reshape Shape Size SpreadLike Sum SumToShapeOf".split())
_SIMPLE = re.compile(r"(\w+) = (\w+) ([-+*/]) (\w+)")
_HOST = re.compile(r"ints\((\w+)\)")
_WORD = re.compile(r"[A-Za-z_]\w*")


def is_open(program: Program) -> bool:
    """Whether a step asks for shapes as it runs, and can be written without."""
    return not program.structured and len(program.instructions) <= LONGEST and any(i.op.type in _ASKING for i in program.instructions)


class Line(NamedTuple):
    """An instruction's shorter statement, or '' where nothing is left to do; `spare` where it may go if nobody uses it."""

    text: str
    spare: bool = False


def specialised(program: Program, code: Code, certain: dict[str, Shape], seen: dict[str, Shape], xp: Any) -> Code:
    """The code for arguments of these shapes; where those `seen` are others it calls `_general`. Equal to the last bit."""
    known = Known(program, code, certain | seen, xp)
    env: dict[str, Any] = {"add_reduce": np.add.reduce}
    lines = [_line(i, s, known, env) for i, s in zip(program.instructions, code.statements, strict=True)]
    return _written(code, _used(lines, code.source.splitlines()[-1]), seen, known, env)


# -- line by line ----------------------------------------------------------------------------------------------
def _line(ins: Instruction, statement: str, known: Known, env: dict[str, Any]) -> Line:
    """One instruction, shorter where the shapes allow it."""
    known.visit(ins, statement)
    d = ins.op.definition
    fixed = d.state or d.effect or d.host or d.writes or d.ready or known.fed.intersection(ins.op.outputs)
    if fixed or len(ins.names) != 1 or "\n" in statement:
        return Line(statement)
    if ins.name in known.value:
        return Line("")
    if known.uniform(ins.name) is not None:
        return Line(_full(ins, known, env), spare=True)
    short = _SHORTER.get(ins.op.type, _arithmetic)(ins, statement, known, env)
    return Line(short or _HOST.sub(lambda m: _ints(m, known), statement), spare=ins.op.type in COMPACT)


def _full(ins: Instruction, known: Known, env: dict[str, Any]) -> str:
    """An array of one number, for those who need it as an array; it lies in memory as the general step's does."""
    name, shape = f"{ins.name}_number", known.shape[ins.name]
    env[name] = known.uniform(ins.name)
    if ins.op.type in ("SpreadLike", "BroadcastTo"):
        return f"{ins.name} = xp.broadcast_to({name}, {shape})"
    return f"{ins.name} = xp.full({shape}, {name}, {name}.dtype)"


def _ints(found: re.Match[str], known: Known) -> str:
    value = known.value.get(found[1])
    return found[0] if value is None else repr(tuple(np.asarray(value).tolist()) if np.ndim(value) else int(value))


def _arithmetic(ins: Instruction, statement: str, known: Known, env: dict[str, Any]) -> str:
    """x * c for x * array of c, and x for x * 1; only where both give the same layout of the same dtype."""
    found = _SIMPLE.fullmatch(statement)
    if found is None or ins.op.type not in ("Add", "AddV2", "Sub", "Mul", "RealDiv"):
        return ""
    names = list(found.groups()[1::2])
    for i, name in enumerate(names):
        other = names[1 - i]
        number = known.uniform(name)
        whole = other in known.plain and known.shape[other] == known.shape.get(ins.name) != ()
        if number is None or not whole or known.shape[name] == () and number != 1:
            continue
        if number == 1 and (found[3] == "*" or found[3] == "/" and i == 1 and number.dtype.kind == "f"):
            return f"{found[1]} = {other}"
        env[f"{name}_number"] = number
        names[i] = f"{name}_number"
        return f"{found[1]} = {names[0]} {found[3]} {names[1]}"
    return ""


def _sum_to_shape(ins: Instruction, statement: str, known: Known, env: dict[str, Any]) -> str:
    dy, x = known.names(ins)
    wide, narrow = known.shape.get(dy), known.shape.get(x)
    if wide is None or narrow is None:
        return ""
    if wide == narrow:
        return f"{ins.name} = {dy}"
    extra = len(wide) - len(narrow)
    axes = tuple(i for i, n in enumerate(wide) if i < extra or narrow[i - extra] != n)
    if not axes or not _floating(ins):
        return ""
    if narrow == ():
        return f"{ins.name} = add_reduce({dy}, None)"  # not dy.sum(), whose way there is longer
    left = tuple(n for i, n in enumerate(wide) if i not in axes)
    return f"{ins.name} = add_reduce({dy}, {axes})" + ("" if left == narrow else f".reshape({narrow})")


def _spread_like(ins: Instruction, statement: str, known: Known, env: dict[str, Any]) -> str:
    dy, x, _ = known.names(ins)
    small, wide = known.shape.get(dy), known.shape.get(x)
    return f"{ins.name} = xp.broadcast_to({dy}, {wide})" if small == () and wide is not None else ""


def _sum(ins: Instruction, statement: str, known: Known, env: dict[str, Any]) -> str:
    x, axes = known.names(ins)
    along, keep = known.value.get(axes), ins.op.attrs["keep_dims"]
    if along is None or known.shape.get(x) is None or not _floating(ins):
        return ""
    rank = len(known.shape[x])
    whole = sorted(a % rank for a in np.ravel(along)) == [*range(rank)] if rank else False
    listed = None if whole else tuple(np.asarray(along).tolist()) if np.ndim(along) else int(along)
    return f"{ins.name} = add_reduce({x}, {listed}{', None, None, True' if keep else ''})"


def _floating(ins: Instruction) -> bool:
    """Whether NumPy adds up in the dtype itself: of small integers it makes larger ones."""
    return ins.op.outputs[0].dtype.base_dtype.name in ("float32", "float64")


_SHORTER: dict[str, Callable[[Instruction, str, Known, dict[str, Any]], str]] = {
    "SumToShapeOf": _sum_to_shape, "SpreadLike": _spread_like, "Sum": _sum,
}  # fmt: skip


# -- the text ------------------------------------------------------------------------------------------------------
def _used(lines: list[Line], ending: str) -> list[str]:
    """The statements, without those whose values nobody uses."""
    wanted = set(_WORD.findall(ending))
    kept = []
    for line in reversed(lines):
        unused = line.spare and line.text.partition(" = ")[0] not in wanted
        if not unused:
            wanted.update(_WORD.findall(line.text))
        kept.append("" if unused else line.text)
    return kept[::-1]


def _written(code: Code, statements: list[str], arguments: dict[str, Shape], known: Known, env: dict[str, Any]) -> Code:
    names, ending = ", ".join(code.arguments), code.source.splitlines()[-1]
    guard = " or ".join(f"{n}.shape != {s}" for n, s in arguments.items())
    made = [ins.name for ins, s in zip(known.program.instructions, statements, strict=True)
            if s and len(ins.names) == 1 and not ins.op.definition.writes and known.shape.get(ins.name) != ()]  # fmt: skip
    freed = free_at_last_use(statements, made, ending)
    body = [f"    {new}" if new else "    # " + old.replace("\n", " ") for new, old in zip(freed, code.statements, strict=True)]
    head = [f"def step({names}):", f"    if {guard}: return _general({names})" if guard else "    # every shape is known"]
    lines = tuple(range(3, 3 + len(body)))
    return code._replace(
        source="\n".join([*head, *body, ending]) + "\n", statements=tuple(statements), lines=lines,
        env={**known.scope, **env}, filename=f"<tfnb step {next(serial)}>",
    )  # fmt: skip


# -- when --------------------------------------------------------------------------------------------------------------
class Specialising:
    """A step on NumPy that is written anew for shapes that it has met often. `fast` is what to call."""

    def __init__(self, program: Program, code: Code, general: Callable[..., Any], xp: Any) -> None:
        self.program, self.code, self.xp, self.general = program, code, xp, general
        self.codes = [(program, code)]
        # fed shapes that the graph tells are checked already; a variable's may change (Assign with validate_shape=False)
        kept = [r.kind == "value" for r in program.reads]
        self._certain: dict[str, Any] = {n: t.shape.sizes for n, t in zip(code.arguments, program.feeds, strict=False) if t.shape.is_fully_defined()}
        self._open = tuple(i for i, of_array in enumerate([True] * len(program.feeds) + kept) if of_array and code.arguments[i] not in self._certain)
        self._runs: dict[tuple[Shape, ...], int] = {}
        self._made: dict[tuple[Shape, ...], Callable[..., Any]] = {}
        self.fast: Callable[..., Any] = self._counting

    def __call__(self, *values: Any) -> Any:
        return self.fast(*values)

    @property
    def path(self) -> str:
        """How the step runs, for people."""
        if not self._made:
            return "NumPy: each line as it stands"
        names, feeds = self.code.arguments, len(self.program.feeds)
        shown = [", ".join(f"{names[i]} {s}" for i, s in zip(self._open, shapes, strict=True) if i < feeds) for shapes in self._made]
        for_these = f" for {'; '.join(shown)}" if any(shown) else ""
        return f"NumPy: shorter lines{for_these}, which ask for no shapes; each line as it stands for other shapes"

    def _counting(self, *values: Any) -> Any:
        """A run whose shapes have no text yet, or have one that is not the latest."""
        shapes: tuple[Any, ...] = tuple(getattr(values[i], "shape", None) for i in self._open)
        step = self._made.get(shapes)
        if step is not None:
            return step(*values)
        runs = self._runs[shapes] = self._runs.get(shapes, 0) + 1
        if runs == AFTER and None not in shapes and len(self._made) < MOST:
            self._specialise(shapes)
        elif len(self._runs) > 1000:  # batches of ever new sizes
            self._runs.clear()
        return self.general(*values)

    def _specialise(self, shapes: tuple[Any, ...]) -> None:
        guarded = {self.code.arguments[i]: s for i, s in zip(self._open, shapes, strict=True)}
        code = specialised(self.program, self.code, self._certain, guarded, self.xp)
        code.env["_general"] = self._counting
        self.codes.append((self.program, code))
        self.fast = self._made[shapes] = code.function(self.xp)
