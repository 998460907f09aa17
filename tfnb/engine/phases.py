"""Which part of a training step an instruction belongs to: forward, backward or update.

    phases(program)       ("forward", "forward", "backward", "update")

Backward is what tf.gradients made. Update is what writes a variable, and what leads from gradients to it (clipping,
learning rates). The slider of the stepper and the cards of the chain rule are divided by it.
"""

from __future__ import annotations

from tfnb.core.graph import Operation
from tfnb.engine.program import Program, written

__all__ = ["BACKWARD", "FORWARD", "UPDATE", "phases"]

FORWARD, BACKWARD, UPDATE = "forward", "backward", "update"


def phases(program: Program) -> tuple[str, ...]:
    """The phase of each instruction, in the program's order."""
    ops = list(dict.fromkeys(i.op for i in program.instructions))
    gradient = {op for op in ops if _is_backward(op)}
    after = _closure(gradient, ops, forward=True)
    toward = _closure({op for op in ops if written(op)}, ops, forward=False)
    before = _closure(gradient, ops, forward=False)
    found: dict[Operation, str] = {}
    for op in ops:
        if op in gradient:
            found[op] = BACKWARD
        elif written(op) or op in after and op in toward and op not in before:
            found[op] = UPDATE
        else:
            found[op] = FORWARD
    return tuple(found[i.op] for i in program.instructions)


def _is_backward(op: Operation) -> bool:
    """Whether tf.gradients made it; in imported graphs, whether it stands in a scope that tf.gradients makes."""
    return op.forward is not None or any(part.split("_")[0] == "gradients" for part in op.name.split("/")[:-1])


def _closure(start: set[Operation], ops: list[Operation], forward: bool) -> set[Operation]:
    """What can be reached from these operations along the data edges; `ops` are in the order of a run."""
    inside = set(ops)
    found = set(start)
    stack = list(start)
    while stack:
        op = stack.pop()
        near = [c for t in op.outputs for c in t.consumers()] if forward else [x.op for x in op.inputs]
        for n in near:
            if n not in found:
                found.add(n)
                stack.append(n)
    return found & inside if forward else found
