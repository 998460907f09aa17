"""One run, instruction by instruction, forward and back: the same statements as the step that `Session.run` runs.

    stepper = sess.step([loss, train_op], feed_dict={x: batch})
    stepper.forward(); stepper.values["loss:0"]; stepper.back()

The session's variables follow the stepper: after `back` they are what they were before that instruction.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.fetches import FetchPlan
from tfnb.engine.layout import Do, Go
from tfnb.engine.program import Instruction, Program

__all__ = ["Change", "Stepper"]


def _snapshots(values: list[Any]) -> list[tuple[Any, Any]]:
    """What an instruction may change in place (a loop's stack, a TensorArray), with the way to put it back."""
    out: list[tuple[Any, Any]] = []
    for v in values:
        if isinstance(v, list):
            out.append((functools.partial(v.__setitem__, slice(None)), list(v)))
        elif hasattr(v, "snapshot"):
            out.append((v.restore, v.snapshot()))
    return out


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
        self._script = plan.code.script  # empty for a step without branches and loops
        self._trail: list[tuple[int, int, list[Any]]] = []  # of each undo: where the script was, the instruction, what to restore
        self._at = self._settled(0)
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
        return self.program.instructions[self._next] if self._next < len(self.program.instructions) else None

    @property
    def last_instruction(self) -> Instruction | None:
        """The one executed last; None at the start."""
        return self.program.instructions[self._trail[-1][1]] if self._trail else None

    @property
    def _next(self) -> int:
        """The index of the next instruction."""
        if not self._script:
            return self.position
        return self._script[self._at].index if self._at < len(self._script) else len(self.program.instructions)

    def _settled(self, at: int) -> int:
        """The next place in the script where something is executed: tests are answered by the values there are."""
        while at < len(self._script) and not isinstance(self._script[at], Do):
            entry = self._script[at]
            if isinstance(entry, Go):
                at = entry.to
            else:
                at = at + 1 if bool(self._scope[entry.name]) == entry.wanted else entry.otherwise
        return at

    @property
    def line(self) -> int:
        """The line of `plan.source` about to be executed: the `return` at the end."""
        lines = self.plan.code.lines
        return int(lines[self._next]) if self._next < len(lines) else len(self.plan.source.splitlines())

    def forward(self) -> bool:
        """Executes one instruction; False at the end. Raises what `Session.run` would raise."""
        ins = self.instruction
        if ins is None:
            return False
        before = dict(self._scope)
        marks = [(r, r.mark()) for r in self.session._blocks.values() if hasattr(r, "mark")] if ins.op.definition.host else []
        scope = self._scope
        held = _snapshots([scope.get(self.program.names.get(x, "")) for x in ins.op.inputs])
        try:
            exec(self._statements[self._next], scope)  # noqa: S102 - the step's own statement
        except Exception as e:
            from tfnb.engine import faults

            inputs = [scope.get(self.program.names.get(x, "")) for x in ins.op.inputs]
            raise faults.fault(e, ins.op, inputs) from None
        changed = [k for k, v in scope.items() if k not in before or before[k] is not v]
        self._trail.append((self._at, ins.index, held))
        self._at = self._settled(self._at + 1)
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
        self._at, _, held = self._trail.pop()
        for restore, state in held:
            restore(state)
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
            if self._script:
                return self._run_to_op({n - 1 for n in places})
            target = places[0]
        while self.position < target and self.forward():
            pass
        while self.position > target and self.back():
            pass

    def _run_to_op(self, indices: set[int]) -> None:
        """Where there are loops: back to the last time it was executed, else forward to the next."""
        times = [n for n, (_, index, _) in enumerate(self._trail) if index in indices]
        while times and self.position > times[-1] + 1:
            self.back()
        while not times and self.forward() and self._trail[-1][1] not in indices:
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
