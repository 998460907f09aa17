"""Predict first: a question before each step, answered by the step itself.

    question = ask(run, serial)            {"id": 4, "kind": "shape", "text": "Which shape will MatMul have?", ...}
    judge(run, question, "50, 10")         after the step: (True, "MatMul has the shape 50×10.")
"""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np

from tfnb.engine.program import needed
from tfnb.views.runs import shape_text

__all__ = ["ask", "judge"]

TICKED = 6  # nodes to choose among
CLOSE = 0.02  # of a number that is guessed, relative


def ask(run: Any, serial: int) -> dict[str, Any]:
    """The question before the next step; empty at the end."""
    ins = run.instruction
    if ins is None:
        return {}
    if run.position == 0 and (choices := _choices(run)):
        fed = " with what is fed" if run.program.feeds else ""
        return {"id": serial, "kind": "nodes", "text": f"Which of these nodes will this run compute{fed}?", "choices": choices, "node": ins.op.name}
    if not ins.op.outputs:
        return {}
    name = ins.op.name
    if _answerable(run, ins.op) and serial % 2 == 0:
        return {"id": serial, "kind": "value", "text": f"Which value will {name} ({ins.op.type}) have?", "choices": [], "node": name}
    return {"id": serial, "kind": "shape", "text": f"Which shape will {name} ({ins.op.type}) have?", "choices": [], "node": name}


def _choices(run: Any) -> list[str]:
    """Some nodes that run and some that do not, where there are both; the same ones for the same run."""
    program = run.program
    used = needed([getattr(f, "op", f) for f in program.fetches], set(program.feeds))
    computed = list(dict.fromkeys(i.op.name for i in program.instructions))
    plain = ("Const", "Placeholder", "VariableV2", "VarHandleOp", "NoOp", "Assign", "Identity")
    idle = [op.name for op in program.graph.get_operations() if op not in used and op.type not in plain]
    if not idle:
        return []
    pick = random.Random(len(computed))  # noqa: S311 - which nodes are shown, nothing secret
    some = pick.sample(computed, min(TICKED // 2, len(computed))) + pick.sample(idle, min(TICKED // 2, len(idle)))
    return sorted(some)


def _answerable(run: Any, op: Any) -> bool:
    """A single number that can be computed by head: its inputs are few numbers that are known."""
    if op.outputs[0].shape.sizes != () or op.outputs[0].dtype.base_dtype.name in ("string", "resource"):
        return False
    held = [run.value(x.name) for x in op.inputs]
    return bool(held) and all(v is not None and v.size <= 8 for v in held)


def judge(run: Any, question: dict[str, Any], given: Any) -> tuple[bool, str]:
    """Whether the answer was right, and what is: called after the step has been made. Raises ValueError for no answer."""
    name = question["node"]
    if question["kind"] == "nodes":
        computed = {i.op.name for i in run.program.instructions}
        wanted = {n for n in question["choices"] if n in computed}
        right = set(given or ()) == wanted
        return right, f"It computes {_listed(sorted(wanted))}; no fetch depends on {_listed(sorted(set(question['choices']) - wanted))}."
    value = run.value(name + ":0")
    if value is None:
        return False, f"{name} has no value."
    if question["kind"] == "shape":
        return _sizes(str(given)) == value.shape, f"{name} has the shape {shape_text(value.shape)}."
    number = _number(str(given))
    right = number is not None and (bool(np.isclose(number, float(value), rtol=CLOSE, atol=1e-6)) or np.isnan(number) and np.isnan(float(value)))
    return right, f"{name} is {float(value):.6g}."


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none of them"


def _sizes(text: str) -> tuple[int, ...] | None:
    """'50, 10', '50×10', '(50,)', '[50 10]'; nothing or 'scalar' is ()."""
    found = re.sub(r"[\[\](),×x*]", " ", text.strip().lower().replace("scalar", ""))
    words = found.split()
    return tuple(map(int, words)) if all(w.isdecimal() for w in words) else None


def _number(text: str) -> float | None:
    word = text.strip().lower().replace(",", ".").replace("−", "-")
    if word in ("true", "false"):
        return float(word == "true")
    try:
        return float(word)
    except ValueError:
        return None
