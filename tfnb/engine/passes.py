"""From the text that a student reads to the text that runs: the same lines, with less to do.

    faster(code)       fold: a line that needs constants alone is computed once, when the plan is made
                       join: several lines as one call, where a backend has one kernel for them (engine/cupy_fuse.py)
                       free: `del` where a value is used for the last time, so that its memory serves the next one

Every instruction keeps a line, so a traceback and the stepper fit both texts. `tfnb.engine.passes.enabled = False` runs
the text as it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation
from tfnb.engine.codegen import Code
from tfnb.engine.program import Instruction, Program

__all__ = ["Joined", "computed", "enabled", "faster", "folded", "free_at_last_use"]

enabled = True

_WORD = re.compile(r"[A-Za-z_]\w*")
_FOLDED_BYTES = 1 << 16  # a constant is kept as long as its plan: only small ones are worth that


class Joined(NamedTuple):
    """Statements of which some became a call ('' for those that went into it); the called functions' text; their lines there."""

    statements: list[str]
    text: list[str]
    inner: dict[int, int]


def faster(program: Program, code: Code, xp: Any, join: Callable[..., Joined] | None = None) -> Code:
    """The code with its dispensable work taken out; the code itself where passes are off."""
    if not enabled or program.structured and join is None:
        return code
    lines = code.source.split("\n")
    env = dict(code.env)
    statements = list(code.statements) if program.structured else _fold(program, code, env, xp)
    ending = code.source.rstrip("\n").rpartition("\n")[2] if code.lines else ""
    joined = join(program, statements, env, ending) if join else Joined(statements, [], {})
    freed = joined.statements if program.structured else _freed(program, statements, joined, ending)
    for line, old, bare, new in zip(code.lines, code.statements, joined.statements, freed, strict=True):
        indent = " " * (len(lines[line - 1]) - len(lines[line - 1].lstrip()))
        if not bare:
            lines[line - 1] = f"{indent}# {old}"
        elif new != bare or bare != old:
            lines[line - 1] = f"{indent}{new}"
    above = len(joined.text)
    places = tuple(joined.inner[i] + 1 if i in joined.inner else line + above for i, line in enumerate(code.lines))
    return code._replace(source="\n".join([*joined.text, *lines]), env=env, lines=places)


def _freed(program: Program, statements: list[str], joined: Joined, ending: str) -> list[str]:
    """The joined statements with `del` for what the instructions make, as far as it still has a name."""
    words = {w for s in joined.statements for w in _WORD.findall(s)}
    made = [n for i, s in zip(program.instructions, statements, strict=True) if s and not i.op.definition.writes
            for n in i.names if n in words and not _small(i, n)]  # fmt: skip
    return free_at_last_use(joined.statements, made, ending)


def folded(program: Program, code: Code, xp: Any) -> list[Operation]:
    """The operations that are computed once, when the plan is made: constants alone feed them."""
    if not enabled or program.structured:
        return []
    return [i.op for i, s in zip(program.instructions, _fold(program, code, dict(code.env), xp), strict=True) if not s]


def targets(statement: str) -> list[str]:
    """The names that a one-line statement of a step binds."""
    left, sign, _ = statement.partition(" = ")
    return _WORD.findall(left) if sign and "(" not in left else []


def _fold(program: Program, code: Code, env: dict[str, Any], xp: Any) -> list[str]:
    """The statements, '' for what depends on constants alone: it is computed here, and its values are in `env`."""
    known = set(program.constants)
    scope = {**env, "xp": xp}
    kept = []
    for ins, statement in zip(program.instructions, code.statements, strict=True):
        values = computed(program, ins, statement, known, scope)
        if values is not None:
            known.update(ins.names)
            env.update(zip(ins.names, values, strict=True))
        kept.append(statement if values is None else "")
    return kept


def computed(program: Program, ins: Instruction, statement: str, known: Container[str], scope: dict[str, Any]) -> list[Any] | None:
    """The values that an instruction gives where its inputs are known and it is pure; None otherwise, or if they are large."""
    d = ins.op.definition
    if d.state or d.effect or d.host or d.writes or d.ready or ins.op.control_inputs or not ins.names or "\n" in statement:
        return None
    if not all(program.names.get(x) in known for x in ins.op.inputs):
        return None
    if any(t in program.feeds for t in ins.op.outputs) or targets(statement) != list(ins.names):
        return None
    try:
        with np.errstate(all="ignore"):
            exec(statement, scope)  # noqa: S102 - the step's own statement
    except Exception:  # it fails in the run, where there is a place to say so
        return None
    values = [scope[n] for n in ins.names]
    return values if all(getattr(v, "nbytes", _FOLDED_BYTES + 1) <= _FOLDED_BYTES for v in values) else None


def free_at_last_use(statements: Sequence[str], made: Iterable[str], ending: str) -> list[str]:
    """Adds `del` after the last use of each value that is `made` in the step and not in its ending, the `return`."""
    last: dict[str, int] = {}
    keeps = set(_WORD.findall(ending))
    for i, statement in enumerate(statements):
        words = _WORD.findall(statement)
        last.update(dict.fromkeys(words, i))
        if "\n" in statement:  # functions inside it hold their names
            keeps.update(words)
    out = list(statements)
    ends: dict[int, list[str]] = {}
    for name in dict.fromkeys(made):
        if name not in keeps:
            ends.setdefault(last[name], []).append(name)
    for i, names in ends.items():
        if i != len(out) - 1:  # the end of the function frees the rest
            out[i] += f"; del {', '.join(names)}"
    return out


def _small(ins: Instruction, name: str) -> bool:
    """Whether a value is known to be a single number: to free it costs as much as it gives."""
    return ins.op.outputs[ins.names.index(name)].shape.sizes == () if len(ins.names) == len(ins.op.outputs) else False
