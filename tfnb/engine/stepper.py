"""One run, instruction by instruction, forward and back: the same statements as the step that `Session.run` runs.

    stepper = sess.step([loss, train_op], feed_dict={x: batch})
    stepper.forward(); stepper.value("loss"); stepper.back(); stepper.over(); stepper.run_to("train_op")
    stepper.breakpoints.add(type="MatMul", when="abs > 1e3"); stepper.resume()       -> the Breakpoint, or None at the end
    stepper.edit("hidden/Relu:0", zeros)                                             -> what became different

The session's variables follow the stepper: after `back` they are what they were before that instruction.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.breakpoints import Breakpoint, Breakpoints, Watches
from tfnb.engine.editing import Edited, Redo, same
from tfnb.engine.fetches import FetchPlan, fed_value
from tfnb.engine.phases import phases
from tfnb.engine.program import Instruction
from tfnb.engine.regions import Loop
from tfnb.engine.trail import MISSING
from tfnb.engine.walk import KEEP_BYTES, Walk

__all__ = ["Change", "Iteration", "Stepper", "Values"]


class Change(NamedTuple):
    """What an instruction did to a variable."""

    variable: str
    before: Any
    after: Any


class Iteration(NamedTuple):
    """A loop that encloses an instruction, by its frame's name, and in which of its iterations the run is, from 0."""

    loop: str
    number: int


class Values(Mapping[str, Any]):
    """Values by tensor name, of what has been fed, read or computed so far; each is fetched when it is asked for."""

    def __init__(self, names: Mapping[Tensor, str], scope: Mapping[str, Any], get: Callable[[Any], Any]) -> None:
        self._names = {t.name: n for t, n in names.items() if n in scope}
        self._scope, self._get = dict(scope), get

    def __getitem__(self, name: str) -> Any:
        return self._get(self._scope[self._names[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Stepper(Walk):
    """A run that can be walked. `position` instructions have been executed, iterations of loops counted one by one.

    `keep_bytes` bounds the memory for going back; beyond it the run is executed again from a snapshot, to the same bits.
    On JAX the lines run one by one, too: results agree with those of the compiled step to rounding.
    `namespace` (a notebook's variables) lets breakpoints and watches name tensors as the notebook does.
    """

    def __init__(self, session: Any, wanted: FetchPlan, plan: Any, fed: dict[Tensor, Any], keep_bytes: int = KEEP_BYTES) -> None:
        super().__init__(session, wanted, plan, fed, keep_bytes)
        self.namespace: Mapping[str, Any] = {}
        self.breakpoints = Breakpoints(self.is_known)
        self.watches = Watches(self.look)
        self._sync()  # the session keeps where random numbers begin, so that another stepper begins there, too

    # -- where the run stands -------------------------------------------------------------------------------------
    @property
    def iterations(self) -> tuple[Iteration, ...]:
        """The loops around the next instruction, outermost first, with the iteration of each."""
        return tuple(Iteration(*item) for item in self._loops.items())

    @property
    def last_iterations(self) -> tuple[Iteration, ...]:
        """The same of the instruction executed last."""
        return tuple(Iteration(*item) for item in self._trail.records[-1].loops) if self._trail.records else ()

    @functools.cached_property
    def phases(self) -> tuple[str, ...]:
        """'forward', 'backward' or 'update' for each of `program.instructions`."""
        return phases(self.program)

    @property
    def phase(self) -> str:
        """The phase of the next instruction; '' at the end."""
        return self.phases[self._next] if self.instruction else ""

    @property
    def line(self) -> int:
        """The line of `plan.source` about to be executed: the `return` at the end."""
        lines = self.plan.code.lines
        return int(lines[self._next]) if self._next < len(lines) else len(self.plan.source.splitlines())

    @property
    def executed(self) -> set[int]:
        """The indices of the instructions that have been executed, each once however often its loop turned."""
        return {r.index for r in self._trail.records} if self._script else set(range(self.position))

    # -- walking --------------------------------------------------------------------------------------------------
    def forward(self) -> bool:
        """Executes one instruction; False at the end. Raises what `Session.run` would raise."""
        return bool(self._moved(self._do))

    def back(self) -> bool:
        """Takes the last instruction back; False at the start."""
        return bool(self._moved(self._undo))

    def first(self) -> None:
        """Back to the start, where iterators and queues stand as they did when the stepper was made."""
        self._moved(lambda: self._restore(0))

    def last(self) -> None:
        """Forward to the end."""
        self._moved(lambda: _repeated(self._do))

    def run_to(self, target: str | int) -> None:
        """Goes, forward or back, to just after the operation of this name, or to this position.

        In a loop: back to the last time that it was executed, else forward to the next. Raises KeyError for another name.
        """
        if not isinstance(target, str):
            self._moved(lambda: self._to(target))
            return
        places = {i.index for i in self.program.instructions if i.op.name == target}
        if not places:
            raise KeyError(f"'{target}' is not an instruction of this run.")
        times = [n for n, r in enumerate(self._trail.records) if r.index in places]
        if times:
            self._moved(lambda: self._to(times[-1] + 1))
        else:
            self._moved(lambda: _repeated(lambda: self._do() and self._trail.records[-1].index not in places))

    def over(self) -> Breakpoint | None:
        """Goes on until the loop of the next instruction is left, or else its name scope, or a breakpoint is hit."""
        if self.instruction is None:
            return None
        region = _region(self.instruction)
        return self._until(self._do, lambda: self.instruction is None or not _within(self.instruction, region))

    def back_over(self) -> Breakpoint | None:
        """Goes back until the loop of the last instruction is left, or else its name scope, or a breakpoint is hit."""
        if self.last_instruction is None:
            return None
        region = _region(self.last_instruction)
        return self._until(self._undo, lambda: self.last_instruction is None or not _within(self.last_instruction, region))

    def resume(self) -> Breakpoint | None:
        """Forward to the next breakpoint that is hit, which is given; to the end and None where there is none."""
        return self._until(self._do, lambda: self.instruction is None)

    def resume_back(self) -> Breakpoint | None:
        """Back to the breakpoint that is hit next, which is given; to the start and None where there is none."""
        return self._until(self._undo, lambda: not self.position)

    def _until(self, move: Callable[[], bool], done: Callable[[], bool]) -> Breakpoint | None:
        hit: list[Breakpoint] = []

        def walk() -> None:
            while move() and not done():
                if (found := self._hit()) is not None:
                    return hit.append(found)
            if (found := self._hit()) is not None:
                hit.append(found)

        self._moved(walk)
        return hit[0] if hit else None

    def _hit(self) -> Breakpoint | None:
        """The first breakpoint that stops the run where it stands."""
        for b in self.breakpoints:
            ins, loops = (self.instruction, self.iterations) if b.when is None else (self.last_instruction, self.last_iterations)
            if ins is None or not b.matches(ins.op, loops[-1].number if loops else None):
                continue
            if b.when is None or any(b.when.holds(self.look, self._host(n)) for n in self._targets[ins.index] if n in self._scope):
                return b
        return None

    def _moved(self, move: Callable[[], Any]) -> Any:
        try:
            return move()
        finally:
            self._sync()

    # -- editing --------------------------------------------------------------------------------------------------
    def edit(self, tensor: Any, value: Any) -> list[Edited]:
        """Puts a value in the place of a tensor's (or a variable's) and computes anew what was computed from it.

        `tensor` is a Tensor, a variable or a name, and must have a value. Gives (tensor, before, after) for all that
        became different. The edit stays for this time of this run, also when it is gone through again.
        """
        found = self.tensor(tensor)
        name = self.program.names[found]
        if name not in self._scope:
            raise ValueError(f"{found.name} has no value yet: run to it first.")
        made = next((n for n in range(self.position, 0, -1) if name in self._targets[self._trail.records[n - 1].index]), 0)
        index = self._trail.records[made - 1].index if made else -1
        new = self._backend.put(fed_value(found, value))
        return self._changed_by(lambda: self._edits.put(made, index, name, new), made)

    def unedit(self, tensor: Any) -> list[Edited]:
        """Takes the edits of a tensor in this run back; gives what became different."""
        name = self.program.names[self.tensor(tensor)]
        return self._changed_by(lambda: self._edits.drop(name), self._edits.first(name))

    @property
    def edits(self) -> list[str]:
        """Names of the edited tensors."""
        found = self._edits.names
        return [t.name for t, n in self.program.names.items() if n in found]

    def _changed_by(self, change: Callable[[], None], made: int) -> list[Edited]:
        """Goes back to where an edited value is made, changes the edits and comes again; all as before where that fails."""
        position, before, old = self.position, dict(self._scope), self._edits.copy()
        self._redo = Redo(old.positions)
        try:
            self._to(max(made - 1, 0))
            change()
            self._again(position)
        except Exception:
            self._redo, self._edits = None, old
            self._to(max(made - 1, 0))
            self._again(position)
            raise
        finally:
            self._redo = None
            self._sync()
        return self._differences(before)

    def _again(self, position: int) -> None:
        if not self.position:
            at_start = dict(self._scope)
            self._restore(0)
            if self._redo:
                self._redo.different.update(n for n, v in self._scope.items() if not same(at_start.get(n), v))
        self._to(position)

    def _differences(self, before: dict[str, Any]) -> list[Edited]:
        get, out = self._backend.get, []
        for t, n in self.program.names.items():
            a, b = before.get(n), self._scope.get(n)
            if not same(a, b) and not isinstance(a, list):
                out.append(Edited(t.name, None if a is None else get(a), None if b is None else get(b)))
        return out

    # -- values ---------------------------------------------------------------------------------------------------
    def tensor(self, which: Any) -> Tensor:
        """A tensor of this run from a Tensor, a variable or a name. Raises KeyError for what this run does not compute."""
        which = getattr(which, "_ref_tensor", which)
        if isinstance(which, str):
            which = self.program.graph.get_tensor_by_name(which if ":" in which else which + ":0")
        if which not in self.program.names:
            raise KeyError(f"This run does not compute {getattr(which, 'name', which)}.")
        return which  # type: ignore[no-any-return]

    def is_known(self, word: str) -> bool:
        """Whether a word can have a meaning in an expression over this run."""
        return word in self.namespace or word in self._names or self._named(word) is not None

    @functools.cached_property
    def _names(self) -> set[str]:
        return set(self.program.names.values())

    def _named(self, word: str) -> Tensor | None:
        with contextlib.suppress(KeyError, ValueError, TypeError):
            return self.tensor(word)
        return None

    def look(self, word: str) -> Any:
        """What a word means here: a tensor by the notebook's name, by its name in the step, or by its node's name.

        Raises KeyError for what has no meaning or no value yet.
        """
        held = self.namespace.get(word)
        tensor = getattr(held, "_ref_tensor", held)
        if isinstance(tensor, Tensor) and tensor in self.program.names:
            return self._host(self.program.names[tensor])
        if held is not None and not isinstance(tensor, (Tensor, Operation)):
            return held
        if word not in self._names and (named := self._named(word)) is not None:
            word = self.program.names[named]
        if word not in self._names:
            raise KeyError(word)
        return self._host(word)

    def _host(self, name: str) -> Any:
        return self._backend.get(self._scope[name])

    @property
    def values(self) -> Values:
        """Values by tensor name, of what has been fed, read or computed so far."""
        return Values(self.program.names, self._scope, self._backend.get)

    def value(self, name: str) -> Any:
        """The value of the tensor of this name as an array; None while it has none."""
        found = self._named(name)
        held = None if found is None else self._scope.get(self.program.names[found])
        return None if held is None else np.asarray(self._backend.get(held))

    def shape(self, tensor: Tensor) -> tuple[int, ...] | None:
        """The shape of a tensor's value, which stays on its device; None while it has none."""
        sizes = getattr(self._scope.get(self.program.names.get(tensor, "")), "shape", None)
        return sizes if type(sizes) is tuple else None

    @property
    def changed(self) -> list[Change]:
        """What the last instruction did to variables."""
        if not self._trail.records:
            return []
        record, get = self._trail.records[-1], self._backend.get
        names = [(r.key, n) for r, n in self._stored if r.kind == "value" and n in self._targets[record.index]]
        before = {n: v for n, v in (record.before or {}).items() if v is not MISSING and v is not None}
        return [Change(k, get(before[n]) if n in before else None, get(self._scope[n])) for k, n in names]

    @property
    def results(self) -> Any:
        """The fetched values, in the caller's structure, once the end is reached; None before."""
        if self.instruction is not None:
            return None
        fetched = [self._scope[n] for n in self.plan.code.results]
        return self._wanted.rebuild(self.session.hand_out(self._wanted, self.program, fetched))

    @property
    def held_bytes(self) -> int:
        """Bytes kept for going back, at most about `keep_bytes`."""
        return self._trail.held_bytes

    def __repr__(self) -> str:
        node: Operation | None = self.instruction.op if self.instruction else None
        total = "" if self._script else f"/{len(self.program.instructions)}"  # with loops nobody knows before the end
        return f"<Stepper {self.position}{total}: next {node.name if node else 'nothing'}>"


def _region(ins: Instruction) -> tuple[tuple[Any, ...], str]:
    """What `over` goes over: the path of the innermost loop, or the name scope."""
    loops = [i for i, step in enumerate(ins.path) if isinstance(step, Loop)]
    return (ins.path[: loops[-1] + 1], "") if loops else ((), ins.op.name.rpartition("/")[0])


def _within(ins: Instruction, region: tuple[tuple[Any, ...], str]) -> bool:
    path, scope = region
    return ins.path[: len(path)] == path if path else bool(scope) and ins.op.name.startswith(scope + "/")


def _repeated(move: Callable[[], bool]) -> None:
    while move():
        pass
