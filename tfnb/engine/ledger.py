"""The runs of sessions, kept as they happen: what was fetched and fed, how long it took, and enough to do it again.

    with Ledger() as ledger:                 from now on runs are recorded; outside of it they cost nothing
        sess.run(...)
    print(ledger)                            a line a run
    ledger.step(7)                           the stepper at the start of run 7, with the variables as they were then
    ledger.diff(3, 7)                        the first tensor that differs

For each run the session's state before it is kept by reference, and the feeds as copies; `keep_bytes` bounds both. Beyond it
every other state is let go, as the runs in between can be done again; in the end the oldest runs are forgotten.
"""

from __future__ import annotations

import hashlib
import itertools
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfnb.core import where
from tfnb.core.graph import Operation, Tensor
from tfnb.engine.compare import Comparison, compare
from tfnb.engine.conditions import has_inf_or_nan
from tfnb.engine.fetches import FetchPlan, fed_value
from tfnb.engine.plans import Plan
from tfnb.engine.recording import recorders
from tfnb.engine.runner import Runner
from tfnb.engine.states import State, capture, held_bytes, is_same, restore, settle
from tfnb.engine.stepper import Stepper
from tfnb.engine.trail import nbytes

__all__ = ["Ledger", "Run", "leaves"]

KEEP_BYTES = 256 << 20
_serial = itertools.count(1)


class Run(NamedTuple):
    """One run as the ledger lists it. `scalars` are fetched numbers by name; `fed` names tensors with their values' shapes."""

    number: int
    session: str
    fetches: tuple[str, ...]
    fed: tuple[tuple[str, tuple[int, ...]], ...]
    device: str
    seed: int | None
    where: where.Where | None
    begun: float
    seconds: float
    scalars: dict[str, float]
    error: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether a fetched number is NaN or infinite."""
        return any(not np.isfinite(v) for v in self.scalars.values())

    def __str__(self) -> str:
        feeds = ", ".join(n.removesuffix(":0") for n, _ in self.fed)
        scalars = " ".join(f"{k.removesuffix(':0')} {v:.6g}" for k, v in self.scalars.items())
        fetched = ", ".join(self.fetches[:4]) + (" ..." if len(self.fetches) > 4 else "")
        place = f"  {self.where}" if self.where else ""
        tail = f"  {self.error}" if self.error else ""
        return f"{self.number:4}  {self.session}  {fetched}  feed {feeds or 'nothing'}  {self.seconds * 1e3:.2f} ms  {self.device}{place}  {scalars}{tail}"


class Kept(NamedTuple):
    """What it takes to do a run again: its plan, what was fed, and the state before; a state let go is None.

    `linked` says that the state is just what the session's run before left, so that it can be had by doing that again.
    """

    session: weakref.ref[Any]
    wanted: FetchPlan
    plan: Plan
    given: tuple[Any, ...]
    before: State | None
    linked: int | None


class Ledger:
    """A recorder of runs, of all sessions or of those given. As a context it records inside it."""

    def __init__(self, keep_bytes: int = KEEP_BYTES, only: Any = None) -> None:
        self.keep_bytes = keep_bytes
        self._only = only
        self.runs: list[Run] = []
        self._kept: dict[int, Kept] = {}
        self._after: weakref.WeakKeyDictionary[Any, tuple[int, State]] = weakref.WeakKeyDictionary()
        self._new = self._counted = 0
        self._sizes: dict[int, int] = {}
        self.listeners: list[Callable[[Run], None]] = []

    # -- recording ------------------------------------------------------------------------------------------------
    def start(self) -> Ledger:
        """Records from now on."""
        if self not in recorders:
            recorders.append(self)
        return self

    def stop(self) -> None:
        """Records no longer; what has been recorded stays."""
        if self in recorders:
            recorders.remove(self)

    def clear(self) -> None:
        """Forgets all runs."""
        self.runs.clear()
        self._kept.clear()
        self._after.clear()
        self._new = self._counted = 0

    __enter__ = start

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def begin(self, session: Any, runner: Runner, values: Sequence[Any]) -> Callable[[Any, BaseException | None], None] | None:
        """Called before a run; gives what is called after it with the results or the error."""
        if self._only is not None and session is not self._only:
            return None
        is_new = settle(session, runner.plan.program)
        last = self._after.get(session)
        linked = last[0] if last is not None and is_same(last[1], session) else None
        before = last[1] if last is not None and linked is not None and not is_new else capture(session)
        given = tuple(map(_own, runner.plan.program.feeds, values))
        place, begun, at = where.here(), time.time(), time.perf_counter()

        def end(results: Any, error: BaseException | None) -> None:
            seconds = time.perf_counter() - at
            number = next(_serial)
            self._kept[number] = Kept(weakref.ref(session), runner.wanted, runner.plan, given, before, linked)
            self._after[session] = (number, capture(session))
            self._add(_told(number, session, runner, given, place, begun, seconds, results, error))
            self._new += sum(map(nbytes, given)) + self._written_bytes(session, runner)
            if self._counted + self._new > self.keep_bytes:
                self._make_room()

        return end

    def _written_bytes(self, session: Any, runner: Runner) -> int:
        """Bytes of what a run writes, asked once of each plan."""
        key = id(runner.plan.program)
        if key not in self._sizes:
            self._sizes[key] = sum(nbytes(session._values.get(w.key)) for w in runner.plan.program.writes)
        return self._sizes[key]

    def _add(self, run: Run) -> None:
        self.runs.append(run)
        for listener in self.listeners:
            listener(run)

    # -- the bound ------------------------------------------------------------------------------------------------
    @property
    def held_bytes(self) -> int:
        """Bytes of states and feeds that are kept for doing runs again."""
        return held_bytes(k.before for k in self._kept.values() if k.before is not None) + sum(nbytes(v) for k in self._kept.values() for v in k.given)

    def _make_room(self) -> None:
        """Lets go every other state that can be had again, then the oldest runs, until half of the bound is used."""
        self._kept = {n: k for n, k in self._kept.items() if self.can_repeat(n)}
        goal = self.keep_bytes // 2
        while (held := self.held_bytes) > goal:
            spare = [n for n, k in self._kept.items() if k.before is not None and k.linked in self._kept][::2]
            if len(spare) < 2:
                break
            for n in spare:
                self._kept[n] = self._kept[n]._replace(before=None)
        while (held := self.held_bytes) > goal and len(self._kept) > 1:
            self._forget()
        self._counted, self._new = held, 0

    def _forget(self) -> None:
        """Forgets the older half of the runs; the first that stays gets its state first."""
        numbers = list(self._kept)
        middle = len(numbers) // 2
        for number in numbers[middle:]:
            if self._kept[number].before is None and self._kept[number].linked not in numbers[middle:]:
                self._kept[number] = self._kept[number]._replace(before=self.state(number))
        for number in numbers[:middle]:
            del self._kept[number]

    # -- doing again ----------------------------------------------------------------------------------------------
    def __getitem__(self, number: int) -> Run:
        for run in reversed(self.runs):
            if run.number == number:
                return run
        raise KeyError(f"There is no run {number}.")

    def can_repeat(self, number: int) -> bool:
        """Whether a run's state and feeds are still there."""
        session = self._kept[number].session() if number in self._kept else None
        return session is not None and not session.closed

    def state(self, number: int) -> State:
        """The state of its session just before a run; computed anew from an earlier one where it was let go."""
        kept, session = self._repeatable(number)
        if kept.before is not None:
            return kept.before
        now = capture(session)
        try:
            self.restore(number)
            return capture(session)
        finally:
            restore(session, now)

    def restore(self, number: int) -> None:
        """Makes the session what it was just before this run."""
        kept, session = self._repeatable(number)
        chain: list[Kept] = []
        while kept.before is None:
            assert kept.linked is not None
            kept = self._kept[kept.linked]
            chain.append(kept)
        restore(session, kept.before)
        for earlier in reversed(chain):
            _again(session, earlier)

    def after(self, number: int) -> None:
        """Makes the session what it was just after this run, by doing the run once more."""
        self.restore(number)
        kept, session = self._repeatable(number)
        _again(session, kept)

    def step(self, number: int, **options: Any) -> Stepper:
        """The stepper at the start of a run, as it was. The session follows it; `leave` puts it back."""
        self.restore(number)
        kept, session = self._repeatable(number)
        return Stepper(session, kept.wanted, kept.plan, self.feeds(number), **options)

    def feeds(self, number: int) -> dict[Tensor, Any]:
        """What was fed to a run, by tensor."""
        kept = self._repeatable(number)[0]
        return {t: fed_value(t, v) for t, v in zip(kept.plan.program.feeds, kept.given, strict=True)}

    def hashes(self, number: int) -> dict[str, str]:
        """A short hash of each fed value, by tensor name: equal where the values are."""
        return {t.name: _hash(v) for t, v in self.feeds(number).items()}

    def diff(self, a: int, b: int, rtol: float = 0.0, atol: float = 0.0) -> Comparison:
        """Two runs beside each other, each with the variables that it had; the first tensor that differs."""
        session = self._repeatable(a)[1]
        now = capture(session)
        others = [(s, capture(s)) for s in {self._repeatable(b)[1]} - {session}]
        try:
            one = self.step(a)
            two = self.step(b)
            return compare(one, two, rtol, atol)
        finally:
            for s, state in [(session, now), *others]:
                restore(s, state)

    def _repeatable(self, number: int) -> tuple[Kept, Any]:
        if number not in self._kept:
            known = any(r.number == number for r in self.runs)
            raise KeyError(f"Run {number} is too long ago: what it needs is no longer kept." if known else f"There is no run {number}.")
        kept = self._kept[number]
        session = kept.session()
        if session is None or session.closed:
            raise ValueError(f"The session of run {number} is closed.")
        return kept, session

    def __repr__(self) -> str:
        return "\n".join(map(str, self.runs)) or "no runs yet"


def _again(session: Any, kept: Kept) -> None:
    """Does a run once more, unrecorded; where it failed then, it fails now and changes nothing."""
    feeds = dict(zip(kept.plan.program.feeds, kept.given, strict=True))
    moved = session._backend.name != kept.plan.backend
    runner = session._runner(list(kept.wanted.flat), None, feeds) if moved else Runner(session, kept.wanted, kept.plan, feeds)
    try:
        runner(kept.given)
    except Exception:  # told when it was run
        return


def _own(tensor: Tensor, value: Any) -> Any:
    """A fed value that the caller cannot change any more."""
    if isinstance(value, np.ndarray):
        return value.copy() if value.flags.writeable else value
    return fed_value(tensor, value) if isinstance(value, (list, tuple)) else value


def _hash(value: Any) -> str:
    array = np.asarray(value)
    data = repr(array.tolist()).encode() if array.dtype == object else np.ascontiguousarray(array).tobytes()
    return hashlib.blake2b(data + str((array.dtype, array.shape)).encode(), digest_size=4).hexdigest()


def _told(number: int, session: Any, runner: Runner, given: tuple[Any, ...], place: Any, begun: float, seconds: float, results: Any,
          error: BaseException | None) -> Run:  # fmt: skip
    flat = runner.wanted.flat
    names = tuple(f.name if isinstance(f, Operation) else f.name.removesuffix(":0") for f in flat)
    fed = tuple((t.name, tuple(np.shape(v))) for t, v in zip(runner.plan.program.feeds, given, strict=False))
    scalars = {} if error is not None else _scalars(flat, results)
    text = "" if error is None else f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return Run(number, session.name, names, fed, session.device, session.graph.seed, place, begun, seconds, scalars, text)


def _scalars(flat: Sequence[Any], results: Any) -> dict[str, float]:
    """The fetched numbers by name, and NaN for a small fetched array that holds one; nothing where a tensor was fetched twice."""
    listed = leaves(results)
    found = {}
    for f, v in zip(flat, listed, strict=False) if len(listed) == len(flat) else ():
        if isinstance(f, Tensor) and isinstance(v, (float, int, np.floating, np.integer)):
            found[f.name] = float(v)
        elif isinstance(f, Tensor) and getattr(v, "size", 1 << 20) <= 4096 and has_inf_or_nan(v):
            found[f.name] = float("nan")
    return found


def leaves(value: Any) -> list[Any]:
    """What nested lists, tuples and dictionaries of results hold, in their order."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return [leaf for v in value for leaf in leaves(v)] if isinstance(value, (list, tuple)) else [value]
