"""From the text that a student reads to the text that runs: the same lines, with less to do.

    faster(code)       fold: a line that needs constants alone is computed once, when the plan is made
                       free: `del` where a value is used for the last time, so that its memory serves the next one

The lines keep their numbers, so a traceback and the stepper fit both texts. `tfnb.engine.passes.enabled = False` runs
the text as it is shown.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tfnb.engine.codegen import Code
from tfnb.engine.program import Program

__all__ = ["enabled", "faster"]

enabled = True

_WORD = re.compile(r"[A-Za-z_]\w*")
_FOLDED_BYTES = 1 << 16  # a constant is kept as long as its plan: only small ones are worth that


def faster(program: Program, code: Code, xp: Any) -> Code:
    """The code with its dispensable work taken out; the code itself where passes are off."""
    if not enabled or program.structured:
        return code
    lines = code.source.split("\n")
    env = dict(code.env)
    folded = _fold(program, code, env, xp, lines)
    _free(program, code, folded, lines)
    return code._replace(source="\n".join(lines), env=env)


def targets(statement: str) -> list[str]:
    """The names that a one-line statement of a step binds."""
    left, sign, _ = statement.partition(" = ")
    return _WORD.findall(left) if sign and "(" not in left else []


def _fold(program: Program, code: Code, env: dict[str, Any], xp: Any, lines: list[str]) -> set[int]:
    """Computes what depends on constants alone; the instructions that are gone."""
    known = set(program.constants)
    scope = {**env, "xp": xp}
    gone = set()
    fed = set(program.feeds)
    for ins, statement, line in zip(program.instructions, code.statements, code.lines, strict=True):
        d = ins.op.definition
        names = {program.names.get(x) for x in ins.op.inputs}
        pure = not (d.state or d.effect or d.host or d.writes or d.ready or ins.op.control_inputs) and ins.names
        if not pure or not names <= known or "\n" in statement or fed.intersection(ins.op.outputs) or targets(statement) != list(ins.names):
            continue
        try:
            with np.errstate(all="ignore"):
                exec(statement, scope)  # noqa: S102 - the step's own statement
        except Exception:  # it fails in the run, where there is a place to say so
            continue
        values = [scope[n] for n in ins.names]
        if all(getattr(v, "nbytes", _FOLDED_BYTES + 1) <= _FOLDED_BYTES for v in values):
            known.update(ins.names)
            env.update(zip(ins.names, values, strict=True))
            gone.add(ins.index)
            lines[line - 1] = f"    # {statement}"
    return gone


def _free(program: Program, code: Code, folded: set[int], lines: list[str]) -> None:
    """Adds `del` after the last use of each value that an instruction makes and nobody is to have."""
    last: dict[str, int] = {}
    keeps = set(_WORD.findall(lines[code.lines[-1]])) if code.lines else set()
    for i, statement in enumerate(code.statements):
        if i in folded:
            continue
        for word in _WORD.findall(statement):
            last[word] = i
        if "\n" in statement:  # functions inside it hold their names
            keeps.update(_WORD.findall(statement))
    made: dict[str, None] = {}
    for ins in program.instructions:
        if ins.index not in folded and not ins.op.definition.writes:
            made.update(dict.fromkeys(t for n, t in zip(ins.names, ins.names, strict=True) if not _small(ins, n)))
    ends: dict[int, list[str]] = {}
    for name in made:
        if name not in keeps:
            ends.setdefault(last[name], []).append(name)
    final = len(code.statements) - 1
    for i, names in ends.items():
        if i != final:  # the end of the function frees the rest
            lines[code.lines[i] - 1] = f"    {code.statements[i]}; del {', '.join(names)}"


def _small(ins: Any, name: str) -> bool:
    """Whether a value is known to be a single number: to free it costs as much as it gives."""
    return ins.op.outputs[ins.names.index(name)].shape.sizes == () if len(ins.names) == len(ins.op.outputs) else False
