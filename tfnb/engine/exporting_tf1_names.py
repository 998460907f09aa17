"""Python names in a TensorFlow 1 listing: of operations, of their outputs, of what they wait for."""

from __future__ import annotations

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.program import Program

__all__ = ["Names"]


class Names:
    """Python names of operations: that of their first output in the step, else made of the node's name.

    `nodes` are the names of those in the graph whose own are not to be used, `given` what stands for an input.
    """

    def __init__(self, program: Program, listed: set[Operation]) -> None:
        self.program, self._listed = program, listed
        self._ops: dict[Operation, str] = {}
        self.nodes: dict[Operation, str] = {}
        self.given: dict[Operation, str] = {}
        self._used = {"tf", "np", "fetches"}

    def op(self, op: Operation) -> str:
        if op not in self._ops:
            name = self.program.names.get(op.outputs[0], "") if op.outputs else ""
            name = name if name and name not in self._used else "".join(c if c.isalnum() else "_" for c in self.nodes.get(op, op.name))
            self._ops[op] = self.free(name)
        return self._ops[op]

    def free(self, name: str) -> str:
        """A name that nothing else has."""
        name = name if name.isidentifier() else f"_{name}"
        found = next(n for n in (name, *(f"{name}_{i}" for i in range(1, len(self._used) + 2))) if n not in self._used)
        self._used.add(found)
        return found

    def node(self, op: Operation) -> str:
        """What the node is called in the graph."""
        return self.nodes.get(op, op.name)

    def stand_in(self, other: Operation, op: Operation) -> None:
        """Lets `other` have the names of `op`."""
        self._ops[other], self.nodes[other] = self.op(op), op.name

    def waits(self, op: Operation) -> list[str]:
        """What an operation waits for: gates that hold nothing back are not listed (ADR 15)."""
        return [self.after(c) for c in op.control_inputs if c in self._listed]

    def after(self, op: Operation) -> str:
        """What another operation can wait for: the operation, or an output of it."""
        return self.of(op.outputs[0]) if op.outputs else self.op(op)

    def fetched(self, op: Operation) -> str:
        return self.op(op)

    def of(self, tensor: Tensor) -> str:
        if tensor.op in self.given:
            return self.given[tensor.op]
        name = self.op(tensor.op)
        return f"{name}[{tensor.value_index}]" if len(tensor.op.outputs) > 1 else name
