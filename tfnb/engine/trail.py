"""What takes a stepped run back: for each executed instruction, the values that it replaced.

    trail.add(record); trail.pop() -> the record

Values are never changed, only replaced, so that a version costs a reference (copy on write). What is held beyond the
current values is bounded by `keep_bytes`: the oldest versions are dropped, and the run goes back there by being executed
again from the nearest snapshot before (docs/adr/0021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

__all__ = ["MISSING", "Record", "Snapshot", "Trail", "nbytes", "put_back", "versions"]

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "missing"})()
"""In a record: before the instruction the name had no value."""


class Record(NamedTuple):
    """One executed instruction: where the script and the loops were, and what it replaced. `before` None: dropped."""

    at: int
    index: int  # type: ignore[assignment]  # a tuple's own `index` is not used here
    loops: tuple[tuple[str, int], ...]
    before: dict[str, Any] | None
    inner: list[tuple[Callable[[Any], None], Any]]  # how to put back what the instruction changed in place
    marks: list[tuple[Any, Any]]  # where iterators and queues stood


class Snapshot(NamedTuple):
    """All of a run's values at one position."""

    at: int
    loops: tuple[tuple[str, int], ...]
    scope: dict[str, Any]
    inner: list[tuple[Callable[[Any], None], Any]]
    marks: list[tuple[Any, Any]]


def versions(values: Iterable[Any]) -> list[tuple[Callable[[Any], None], Any]]:
    """What may be changed in place among these values (a loop's stack, a TensorArray), with the way to put it back."""
    out: list[tuple[Callable[[Any], None], Any]] = []
    for v in values:
        if type(v) is list:
            out.append((_refill(v), list(v)))
            out += versions(inner for inner in v if type(inner) is list or hasattr(inner, "snapshot"))  # stacks of loops in loops
        elif hasattr(v, "snapshot") and not isinstance(v, type):
            out.append((v.restore, v.snapshot()))
    return out


def put_back(inner: list[tuple[Callable[[Any], None], Any]], marks: list[tuple[Any, Any]]) -> None:
    """Makes what was changed in place, and iterators and queues, what they were."""
    for restore, state in inner:
        restore(state)
    for resource, mark in marks:
        resource.rewind(mark)


def _refill(stack: list[Any]) -> Callable[[Any], None]:
    def refill(items: Any) -> None:
        stack[:] = items

    return refill


def nbytes(value: Any) -> int:
    """Bytes of an array; of what is none, a guess."""
    return int(getattr(value, "nbytes", 64))


class Trail:
    """The records of a run up to its position, and its snapshots by position; that of position 0 is always there."""

    def __init__(self, keep_bytes: int, start: Snapshot) -> None:
        self.keep_bytes = keep_bytes
        self.records: list[Record] = []
        self.snapshots: dict[int, Snapshot] = {0: start}
        self._kept_from = 0  # records before this one are dropped
        self._counted, self._new = 0, 0

    def __len__(self) -> int:
        return len(self.records)

    def add(self, record: Record, snapshot: Callable[[], Snapshot]) -> None:
        """Adds what an instruction did; makes room where the bound is passed, `snapshot` giving the present state."""
        self.records.append(record)
        self._new += sum(nbytes(v) for v in record.before.values() if v is not MISSING) if record.before else 0
        if self._counted + self._new > self.keep_bytes:
            self._make_room(snapshot())

    def pop(self) -> Record:
        """The last record, taken off."""
        record = self.records.pop()
        n = len(self.records)
        for later in [p for p in self.snapshots if p > n]:
            del self.snapshots[later]
        self._kept_from = min(self._kept_from, n)
        return record

    def snapshot_before(self, position: int) -> int:
        """The position of the last snapshot at or before this one."""
        return max(p for p in self.snapshots if p <= position)

    def cut(self, position: int) -> Snapshot:
        """Forgets what came after a snapshot, and gives it."""
        del self.records[position:]
        for later in [p for p in self.snapshots if p > position]:
            del self.snapshots[later]
        self._kept_from = min(self._kept_from, position)
        return self.snapshots[position]

    @property
    def held_bytes(self) -> int:
        """Bytes of all versions kept, each array counted once; the values at position 0 are the caller's and not counted."""
        return self._beyond(set())

    def _make_room(self, here: Snapshot) -> None:
        """Drops the older half of the versions, again and again until they fit; then every other snapshot."""
        self.snapshots[len(self.records)] = here
        current = {id(v) for v in here.scope.values()}
        while (left := self._beyond(current)) > self.keep_bytes // 2 and self._kept_from < len(self.records):
            middle = (self._kept_from + len(self.records) + 1) // 2
            for i in range(self._kept_from, middle):
                self.records[i] = self.records[i]._replace(before=None, inner=[], marks=[])
            self._kept_from = middle
        while (left := self._beyond(current)) > self.keep_bytes // 2 and len(self.snapshots) > 1:
            for position in sorted(self.snapshots)[1::2]:
                del self.snapshots[position]
        self._counted, self._new = left, 0

    def _beyond(self, current: set[int]) -> int:
        """Bytes that only versions hold, not the current values."""
        own = current | {id(v) for v in self.snapshots[0].scope.values()}
        found: dict[int, int] = {}
        for r in self.records[self._kept_from :]:
            found.update((id(v), nbytes(v)) for v in (r.before or {}).values() if v is not MISSING)
        for s in self.snapshots.values():
            found.update((id(v), nbytes(v)) for v in s.scope.values())
        return sum(n for i, n in found.items() if i not in own)
