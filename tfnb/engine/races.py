"""Reads and writes of a variable that no edge orders: TensorFlow may do them in either order, and does.

    for race in races(sess, [v, v.assign_add(1)]):     print(race)
    race.outcomes        what is fetched with the read first, and with the write first
    race.mend            the control_dependencies that settle it, as code

tfnb's own order is one and the same each time (docs/adr/0002); a race is where TensorFlow's is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.codegen import generate
from tfnb.engine.editing import same
from tfnb.engine.fetches import FetchPlan, feeds_of
from tfnb.engine.program import Program, build, is_alias, reads_value, variable_of, written
from tfnb.engine.regions import is_back_edge
from tfnb.engine.states import capture, restore, settle

__all__ = ["Access", "Outcome", "Race", "races"]


class Access(NamedTuple):
    """An operation that reads or writes a variable. A fetch of the variable itself is a read by its `read` node."""

    op: Operation
    writes: bool

    @property
    def says(self) -> str:
        place = f", made in {self.op.where}" if self.op.where else ""
        return f"{self.op.name} ({self.op.type}{place}) {'writes' if self.writes else 'reads'} it"


class Outcome(NamedTuple):
    """What a run gives when `first` comes first: the variable afterwards, and the fetched values by name."""

    first: str
    variable: Any
    fetched: dict[str, Any]


class Race(NamedTuple):
    """Two accesses of one variable without an order. `outcomes` are empty where the run cannot be done (nothing fed)."""

    variable: str
    one: Access
    two: Access
    outcomes: tuple[Outcome, ...]
    mend: str

    @property
    def matters(self) -> bool:
        """Whether the two orders give different values in this run."""
        if len(self.outcomes) < 2:
            return False
        a, b = self.outcomes
        return not same(a.variable, b.variable) or any(not same(a.fetched[k], b.fetched.get(k)) for k in a.fetched)

    def __str__(self) -> str:
        lines = [f"{self.variable}: {self.one.says}, {self.two.says}; no edge says which comes first."]
        for o in self.outcomes:
            values = ", ".join(f"{k} = {_short(v)}" for k, v in o.fetched.items())
            lines.append(f"  {o.first} first: {values}{'; ' if values else ''}{self.variable} = {_short(o.variable)}")
        return "\n".join([*lines, *("  " + line for line in self.mend.splitlines())])


def races(session: Any, fetches: Any, feed_dict: Any = None) -> list[Race]:
    """The races of a run, each with both outcomes. Nothing changes in the session.

    >>> v = tf.Variable(1.0, name="v")
    >>> sess.run(v.initializer)
    >>> race, = tf.races(sess, [v.read_value(), tf.assign_add(v, 1.0)])
    >>> race.variable, race.matters
    ('v', True)
    """
    graph = session.graph
    flat = FetchPlan(graph, fetches).flat
    fed = feeds_of(graph, feed_dict)
    pairs = _pairs(graph, flat, set(fed))
    if not pairs:
        return []
    program = build(graph, flat, fed)
    return [_race(session, program, fed, *pair) for pair in pairs]


# -- finding -----------------------------------------------------------------------------------------------------
def _pairs(graph: Any, flat: list[Any], fed: set[Tensor]) -> list[tuple[Operation, Access, Access]]:
    """Pairs of accesses, one of them a write, neither of which is an ancestor of the other, in the order of their making."""
    order = _topological([f if isinstance(f, Operation) else f.op for f in flat if f not in fed], fed)
    ancestors = _ancestors(order, fed)
    accesses: dict[Operation, list[Access]] = {}
    for op in sorted(order, key=lambda op: op.index):
        for v, writes in _touched(op, flat, fed):
            accesses.setdefault(v, []).append(Access(op, writes))
    found = []
    for v, listed in accesses.items():
        for i, a in enumerate(listed):
            for b in listed[i + 1 :]:
                if (a.writes or b.writes) and not (_before(a.op, b.op, ancestors) or _before(b.op, a.op, ancestors) or _apart(a.op, b.op)):
                    found.append((v, a, b))
    return found


def _touched(op: Operation, flat: list[Any], fed: set[Tensor]) -> Iterable[tuple[Operation, bool]]:
    """The variables that an op reads or writes, each once."""
    places = written(op)
    yield from ((v, True) for v in places)
    if is_alias(op):  # computes nothing; a fetch of it is a look at the variable
        v = variable_of(op.outputs[0])
        if v is not None and any(f is op.outputs[0] for f in flat):
            yield v, False
        return
    seen = set(places)
    for i, x in enumerate(op.inputs):
        v = variable_of(x) if x not in fed else None
        if v is not None and v not in seen and (reads_value(op, i) or op.type == "ReadVariableOp"):
            seen.add(v)
            yield v, False
    if op.type == "VariableV2" and any(f is op.outputs[0] for f in flat):
        yield op, False


def _waited(op: Operation, fed: set[Tensor]) -> list[Operation]:
    """What TensorFlow does before an op: its inputs and control inputs, those of gates among them; not a loop's way back."""
    return [*(x.op for x in op.inputs if x not in fed and not is_back_edge(op, x)), *op.control_inputs]


def _topological(targets: list[Operation], fed: set[Tensor]) -> list[Operation]:
    """All that the targets need, each after what it waits for."""
    out: dict[Operation, None] = {}
    stack = [(op, False) for op in targets]
    while stack:
        op, is_done = stack.pop()
        if is_done:
            out[op] = None
        elif op not in out:
            stack.append((op, True))
            stack += [(b, False) for b in _waited(op, fed) if b not in out]
    return list(out)


def _ancestors(order: list[Operation], fed: set[Tensor]) -> dict[Operation, set[Operation]]:
    """All that must be done before each operation."""
    found: dict[Operation, set[Operation]] = {}
    for op in order:
        found[op] = {b for before in _waited(op, fed) for b in (before, *found.get(before, ()))}
    return found


def _before(a: Operation, b: Operation, ancestors: dict[Operation, set[Operation]]) -> bool:
    """Whether a is done before b; a look may come later than what waits for its node."""
    return a in ancestors[b] and not _is_look(a)


def _is_look(op: Operation) -> bool:
    """Whether an access is a fetch of the variable: it sees the place as it is when results are gathered, whatever came before."""
    return is_alias(op) or op.type == "VariableV2"


def _apart(a: Operation, b: Operation) -> bool:
    """Whether two ops are on different sides of one condition, so that only one of them runs."""
    flow = (a.flow, b.flow)
    return flow[0] is not flow[1] and None not in flow and getattr(flow[0], "pred", 0) is getattr(flow[1], "pred", 1)


# -- both outcomes -------------------------------------------------------------------------------------------------
def _race(session: Any, program: Program, fed: dict[Tensor, Any], v: Operation, a: Access, b: Access) -> Race:
    outcomes = []
    if not program.structured:
        for first, then in ((a.op, b.op), (b.op, a.op)):
            outcome = _outcome(session, program, fed, v, first, then)
            if outcome is not None:
                outcomes.append(outcome)
    return Race(v.name, a, b, tuple(outcomes), _mend(v, a, b))


def _outcome(session: Any, program: Program, fed: dict[Tensor, Any], v: Operation, first: Operation, then: Operation) -> Outcome | None:
    """The run with one of the accesses before the other; None where that run fails."""
    now = capture(session)
    try:
        edge = None if _is_look(first) or _is_look(then) else (first, then)
        forced = build(program.graph, program.fetches, program.feeds, edge)
        settle(session, forced)
        code = generate(forced)
        arguments = [*map(session._backend.put, fed.values()), *session.kept(forced)]
        with np.errstate(all="ignore"):
            results, changed = code.function(session._backend.xp)(*arguments)
        get = session._backend.get
        names = [f.name for f in forced.fetches if isinstance(f, Tensor)]
        after = {w.key: get(value) for w, value in zip(forced.writes, changed, strict=True) if w.kind == "value"}
        kept = session._values.get(v.name)
        value = after.get(v.name, None if kept is None else get(kept))
        fetched = {n: get(r) for n, r in zip(names, results, strict=True)}
        if _is_look(first):  # the variable before the run
            fetched[first.outputs[0].name] = get(session._values[v.name])
        return Outcome(first.name, value, fetched)
    except Exception:  # the pair is told all the same
        return None
    finally:
        restore(session, now)


def _mend(v: Operation, a: Access, b: Access) -> str:
    """The reader after the writer, or one writer after the other, as code."""
    first, then = (b, a) if b.writes and not a.writes else (a, b)
    wait = f'tf.get_default_graph().get_operation_by_name("{first.op.name}")'
    what = "its value again" if not then.writes else f"{then.op.name} again, inside the block"
    body = f"{_name(v)}_after = {_name(v)}.read_value()" if not then.writes else f"...  # make {then.op.name} here"
    return f"with tf.control_dependencies([{wait}]):  # first {first.op.name}, then {what}\n    {body}"


def _name(v: Operation) -> str:
    name = v.name.rpartition("/")[2]
    return name if name.isidentifier() else "v"


def _short(value: Any) -> str:
    text = np.array2string(np.asarray(value), threshold=6, precision=5) if value is not None else "nothing"
    return text if len(text) <= 60 else text[:57] + "..."
