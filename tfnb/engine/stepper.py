"""One run, instruction by instruction, forward and back: the same statements as the step that `Session.run` runs.

    stepper = sess.step([loss, train_op], feed_dict={x: batch})
    stepper.forward(); stepper.values["loss:0"]; stepper.back()

The session's variables follow the stepper: after `back` they are what they were before that instruction.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.fetches import FetchPlan
from tfnb.engine.program import Instruction, Program

__all__ = ["Change", "Stepper"]


class Change(NamedTuple):
    """What an instruction did to a variable."""

    variable: str
    before: Any
    after: Any


class Stepper:
    """A run that can be walked. `position` instructions of `program` have been executed."""

    def __init__(self, session: Any, wanted: FetchPlan, plan: Any, fed: dict[Tensor, Any]) -> None:
        self.session, self.plan, self.feeds = session, plan, fed
        self._wanted = wanted
        arguments = [session._backend.put(v) for v in fed.values()] + session.kept(plan.program)
        self._scope: dict[str, Any] = {**plan.code.env, "xp": session._backend.xp, **dict(zip(plan.code.arguments, arguments, strict=True))}
        self._start = (dict(session._values), dict(session._blocks), session.runs)
        self._undo: list[tuple[dict[str, Any], list[str]]] = []
        self._marks: list[list[tuple[Any, Any]]] = []  # where iterators and queues stood before each instruction
        self._statements = [compile(s, plan.code.filename, "exec") for s in plan.code.statements]

    @property
    def program(self) -> Program:
        return self.plan.program  # type: ignore[no-any-return]

    @property
    def position(self) -> int:
        return len(self._undo)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction; None at the end."""
        return self.program.instructions[self.position] if self.position < len(self.program.instructions) else None

    @property
    def line(self) -> int:
        """The line of `plan.source` about to be executed: the `return` at the end."""
        lines = self.plan.code.lines
        return int(lines[self.position]) if self.position < len(lines) else len(self.plan.source.splitlines())

    def forward(self) -> bool:
        """Executes one instruction; False at the end. Raises what `Session.run` would raise."""
        ins = self.instruction
        if ins is None:
            return False
        before = dict(self._scope)
        marks = [(r, r.mark()) for r in self.session._blocks.values() if hasattr(r, "mark")] if ins.op.definition.host else []
        scope = self._scope
        try:
            exec(self._statements[self.position], scope)  # noqa: S102 - the step's own statement
        except Exception as e:
            from tfnb.engine import faults

            inputs = [scope.get(self.program.names.get(x, "")) for x in ins.op.inputs]
            raise faults.fault(e, ins.op, inputs) from None
        changed = [k for k, v in scope.items() if k not in before or before[k] is not v]
        self._undo.append(({k: before[k] for k in changed if k in before}, changed))
        self._marks.append(marks)
        self._sync()
        return True

    def back(self) -> bool:
        """Takes the last instruction back; False at the start."""
        if not self._undo:
            return False
        old, changed = self._undo.pop()
        for resource, mark in self._marks.pop():
            resource.rewind(mark)
        for k in changed:
            self._scope.pop(k, None)
        self._scope.update(old)
        self._sync()
        return True

    def first(self) -> None:
        """Back to the start."""
        while self.back():
            pass

    def last(self) -> None:
        """Forward to the end."""
        while self.forward():
            pass

    def run_to(self, target: str | int) -> None:
        """Goes, forward or back, to just after the operation of this name, or to this position."""
        if isinstance(target, str):
            places = [i.index + 1 for i in self.program.instructions if i.op.name == target]
            if not places:
                raise KeyError(f"'{target}' is not an instruction of this run.")
            target = places[0]
        while self.position < target and self.forward():
            pass
        while self.position > target and self.back():
            pass

    def _sync(self) -> None:
        """The session's variables become what they are at this point of the run."""
        values, blocks, runs = self._start
        self.session._values, self.session._blocks = dict(values), dict(blocks)
        self.session.runs = runs + (self.instruction is None)
        done = {n for _, changed in self._undo for n in changed}
        for read, name in zip(self.program.writes, self._written_names(), strict=True):
            if name in done and name in self._scope:
                store = self.session._values if read.kind == "value" else self.session._blocks
                store[read.key] = self._scope[name]

    def _written_names(self) -> list[str]:
        graph, names = self.program.graph, self.program.names
        ops = [graph.get_operation_by_name(r.key) for r in self.program.writes]
        return [names[op.outputs[0]] + ("_block" if r.kind == "state" else "") for op, r in zip(ops, self.program.writes, strict=True)]

    @property
    def values(self) -> dict[str, Any]:
        """Values by tensor name, of what has been fed, read or computed so far."""
        get = self.session._backend.get
        return {t.name: get(self._scope[n]) for t, n in self.program.names.items() if n in self._scope}

    def value(self, name: str) -> Any:
        """The value of the tensor of this name as an array; None while it has none."""
        found = self.values.get(name if ":" in name else name + ":0")
        return None if found is None else np.asarray(found)

    @property
    def changed(self) -> list[Change]:
        """What the last instruction did to variables."""
        if not self._undo:
            return []
        old, changed = self._undo[-1]
        get = self.session._backend.get
        keys = [(r.key, n) for r, n in zip(self.program.writes, self._written_names(), strict=True) if r.kind == "value"]
        return [Change(key, get(old[n]) if n in old else None, get(self._scope[n])) for key, n in keys if n in changed]

    @property
    def results(self) -> Any:
        """The fetched values, in the caller's structure, once the end is reached; None before."""
        if self.instruction is not None:
            return None
        fetched = [self._scope[n] for n in self.plan.code.results]
        return self._wanted.rebuild(self.session.hand_out(self._wanted, self.program, fetched))

    def __repr__(self) -> str:
        node: Operation | None = self.instruction.op if self.instruction else None
        return f"<Stepper {self.position}/{len(self.program.instructions)}: next {node.name if node else 'nothing'}>"
