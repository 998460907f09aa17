"""A run as a machine with one step forward and one back: scope, script and trail. `Stepper` is what students call.

    walk.do(); walk.undo(); walk.to(12)          each keeps to the statements of the plan's code

A straight program is a list of statements; with branches and loops, the code's script says what follows what.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.engine import faults
from tfnb.engine.editing import Edits, Redo, same
from tfnb.engine.fetches import FetchPlan
from tfnb.engine.layout import Do, Go
from tfnb.engine.program import Instruction, Program, inputs_of, value_name, written
from tfnb.engine.regions import Loop
from tfnb.engine.trail import MISSING, Record, Snapshot, Trail, put_back, versions

__all__ = ["Walk"]

KEEP_BYTES = 256 << 20  # of versions beside the current values


class Walk:
    """The state of a stepped run and how it goes on and back by one instruction."""

    def __init__(self, session: Any, wanted: FetchPlan, plan: Any, fed: dict[Tensor, Any], keep_bytes: int = KEEP_BYTES) -> None:
        self.session, self.plan, self.feeds = session, plan, fed
        self._wanted = wanted
        self._backend = session._backend
        arguments = [self._backend.put(v) for v in fed.values()] + session.kept(plan.program)
        given = dict(zip(plan.code.arguments, arguments, strict=True))
        self._unset = {n: v for n, v in given.items() if type(v) is faults.Missing}  # no names of the scope before they are written
        env = getattr(plan.step, "scope", plan.code.env)
        self._scope: dict[str, Any] = {**env, "xp": self._backend.xp, **{n: v for n, v in given.items() if n not in self._unset}}
        self._start = (dict(session._values), dict(session._blocks), session.runs)
        self._statements = [compile(s, plan.code.filename, "exec") for s in plan.code.statements]
        self._targets = [_targets(plan.program, i) for i in plan.program.instructions]
        self._inputs: dict[int, list[str]] = {}
        self._script = plan.code.script  # empty for a step without branches and loops
        self._loops: dict[str, int] = {}
        self._at = self._settled(0)
        self._trail = Trail(keep_bytes, self._snapshot())
        self._edits = Edits()
        self._redo: Redo | None = None  # while an edit's consequences are computed
        self._outward: dict[int, tuple[int, list[Any], dict[str, Any]]] = {}  # what went out of tfnb, by position: not done twice

    @property
    def program(self) -> Program:
        return self.plan.program  # type: ignore[no-any-return]

    @property
    def position(self) -> int:
        return len(self._trail)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction; None at the end."""
        return self.program.instructions[self._next] if self._next < len(self.program.instructions) else None

    @property
    def last_instruction(self) -> Instruction | None:
        """The one executed last; None at the start."""
        return self.program.instructions[self._trail.records[-1].index] if self._trail.records else None

    @property
    def _next(self) -> int:
        """The index of the next instruction."""
        if not self._script:
            return self.position
        return self._script[self._at].index if self._at < len(self._script) else len(self.program.instructions)

    def input_names(self, ins: Instruction) -> list[str]:
        """The names in the step that hold an instruction's inputs; '' for one that has none."""
        if ins.index not in self._inputs:
            self._inputs[ins.index] = [value_name(self.program, x) for x in ins.op.inputs]
        return self._inputs[ins.index]

    def held(self, name: str) -> Any:
        """The value of a name in the step, as NumPy's; None where it has none."""
        value = self._scope.get(name)
        return None if value is None else self._backend.get(value)

    @property
    def made(self) -> dict[str, Any]:
        """What the last instruction gave, by names in the step."""
        if not self._trail.records:
            return {}
        return {n: self._backend.get(self._scope[n]) for n in self._targets[self._trail.records[-1].index] if n in self._scope}

    def held_before(self) -> dict[str, Any]:
        """The values that the last instruction found, those that it replaced among them."""
        replaced = self._trail.records[-1].before or {} if self._trail.records else {}
        found = {**self._scope, **{k: v for k, v in replaced.items() if v is not MISSING}}
        names = self.input_names(self.program.instructions[self._trail.records[-1].index]) if self._trail.records else []
        return {n: self._backend.get(found[n]) for n in names if found.get(n) is not None}

    def tried(self, changed: dict[str, Any]) -> dict[str, Any]:
        """What the last instruction would have given if these names had had other values. Nothing else happens."""
        record = self._trail.records[-1]
        scope = {**self._scope, **{k: v for k, v in (record.before or {}).items() if v is not MISSING}}
        scope.update({n: self._backend.put(v) for n, v in changed.items()})
        with _placed(self._backend):
            exec(self._statements[record.index], scope)  # noqa: S102 - the step's own statement
        return {n: self._backend.get(scope[n]) for n in self._targets[record.index]}

    def _settled(self, at: int) -> int:
        """The next place in the script where something is executed: tests are answered by the values there are."""
        while at < len(self._script) and not isinstance(self._script[at], Do):
            entry = self._script[at]
            if isinstance(entry, Go):
                if entry.frame:
                    self._loops = _turned(self._loops, entry.frame)
                at = entry.to
            else:
                at = at + 1 if bool(self._scope[entry.name]) == entry.wanted else entry.otherwise
        if self._script:
            path = self.program.instructions[self._script[at].index].path if at < len(self._script) else ()
            self._loops = {s.frame: self._loops.get(s.frame, 0) for s in path if isinstance(s, Loop)}
        return at

    def _to(self, position: int) -> None:
        while self.position > max(position, 0):
            if self._trail.records[-1].before is None:
                self._restore(self._trail.snapshot_before(position))
            else:
                self._undo()
        while self.position < position and self._do():
            pass

    def _do(self) -> bool:
        """Executes the next instruction and adds to the trail what it takes to undo that."""
        ins = self.instruction
        if ins is None:
            return False
        scope, targets = self._scope, self._targets[ins.index]
        inputs = [scope.get(n) for n in self.input_names(ins)]
        before = {n: scope.get(n, MISSING) for n in targets}
        record = Record(self._at, ins.index, tuple(self._loops.items()), before, versions(inputs), self._marks() if ins.op.definition.host else [])
        pure = not record.inner and not record.marks
        known = self._redo.reuse(self.position, ins.index, self._statements[ins.index].co_names) if self._redo and pure else None
        if known is not None:
            scope.update(known)
        else:
            self._execute(ins, inputs)
            if self._redo:
                self._redo.compare(self.position, ins.index, {n: scope[n] for n in targets})
        if edited := self._edits.at(self.position + 1, ins.index):
            scope.update(edited)
            if self._redo:
                self._redo.compare(self.position, ins.index, {n: scope[n] for n in targets})
        self._at = self._settled(self._at + 1)
        self._trail.add(record, self._snapshot)
        return True

    def _execute(self, ins: Instruction, inputs: list[Any]) -> None:
        """Runs the instruction's statement. What a Python function gave or a file took is not asked for twice."""
        outward = _is_outward(ins.op)
        if outward:
            index, given, made = self._outward.get(self.position, (-1, [], {}))
            if index == ins.index and all(same(a, b) for a, b in zip(given, inputs, strict=True)):
                self._scope.update(made)
                return
        try:
            with _placed(self._backend):
                exec(self._statements[ins.index], self._scope)  # noqa: S102 - the step's own statement
        except Exception as e:
            raise faults.fault(e, ins.op, inputs_of(self.program, ins.op, {**self._unset, **self._scope})) from None
        if outward:
            self._outward[self.position] = (ins.index, inputs, {n: self._scope[n] for n in self._targets[ins.index]})

    def _undo(self) -> bool:
        if not self.position:
            return False
        if self._trail.records[-1].before is None:
            self._to(self.position - 1)
            return True
        record = self._trail.pop()
        if self._redo:
            self._redo.remember(self.position, record.index, {n: self._scope[n] for n in self._targets[record.index]})
        for name, value in (record.before or {}).items():
            if value is MISSING:
                self._scope.pop(name, None)
            else:
                self._scope[name] = value
        self._at, self._loops = record.at, dict(record.loops)
        put_back(record.inner, record.marks)
        return True

    def _marks(self) -> list[tuple[Any, Any]]:
        return [(r, r.mark()) for r in self.session._blocks.values() if hasattr(r, "mark")]

    def _snapshot(self) -> Snapshot:
        return Snapshot(self._at, tuple(self._loops.items()), dict(self._scope), versions(self._scope.values()), self._marks())

    def _restore(self, position: int) -> None:
        """Goes back to where a snapshot was taken."""
        found = self._trail.cut(position)
        self._scope.clear()
        self._scope.update(found.scope)
        self._at, self._loops = found.at, dict(found.loops)
        put_back(found.inner, found.marks)
        if not position and (edited := self._edits.at(0, -1)):
            self._scope.update(edited)
            self._loops = {}
            self._at = self._settled(0)

    def _sync(self) -> None:
        """The session's variables become what they are at this point of the run."""
        values, blocks, runs = self._start
        self.session._values, self.session._blocks = dict(values), dict(blocks)
        self.session.runs = runs + (self.instruction is None)
        for read, name in self._stored:
            if self._scope.get(name, None) is not None:
                store = self.session._values if read.kind == "value" else self.session._blocks
                store[read.key] = self._scope[name]

    @functools.cached_property
    def _stored(self) -> list[tuple[Any, str]]:
        """What the session keeps of this run, with its name in the step."""
        op = self.program.graph.get_operation_by_name
        reads = dict.fromkeys(r for r in (*self.program.reads, *self.program.writes) if r.kind in ("value", "state"))
        return [(r, self.program.names[op(r.key).outputs[0]] + ("_block" if r.kind == "state" else "")) for r in reads]


def _targets(program: Program, ins: Instruction) -> tuple[str, ...]:
    """The names that an instruction's statement gives values to."""
    block = (f"{ins.name}_block",) if ins.op.definition.state and ins.op.type not in ("Merge", "RefMerge") else ()
    return (*(program.names[v.outputs[0]] for v in written(ins.op)), *ins.names, *block)


def _turned(loops: dict[str, int], frame: str) -> dict[str, int]:
    """The iterations when a loop begins its next one: loops inside it begin anew."""
    kept = list(loops)[: list(loops).index(frame) + 1] if frame in loops else list(loops)
    return {**{f: loops[f] for f in kept}, frame: loops.get(frame, 0) + 1}


def _is_outward(op: Operation) -> bool:
    """Whether a node asks or tells something outside of tfnb: a Python function, a file, the screen."""
    d = op.definition
    inward = d.resource is not None or any(t.dtype.base_dtype.name in ("resource", "variant") for t in (*op.inputs, *op.outputs))
    return bool(d.host and d.effect and not inward)


def _placed(backend: Any) -> Any:
    """The context in which a backend's device is JAX's default one."""
    if getattr(backend, "default", True) or not hasattr(backend, "jax"):
        return contextlib.nullcontext()
    return backend.jax.default_device(backend.device)
