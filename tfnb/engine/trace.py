"""A run that is measured: for each statement of the step its time, the bytes it made, and how healthy its values are.

    traced = trace(sess, [loss, train], {x: batch})
    traced.results                       what sess.run would have given; variables are written as by it
    traced.steps[3].op, .seconds, .nbytes, .shapes
    traced.health[op].verdict            "healthy", "NaN", "Inf", "dead" (nearly all zero) or "saturated" (at the ends of its range)

The step runs line by line, so that XLA's fusions and NumPy's overlap are not seen: shares are what to look at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.engine import faults
from tfnb.engine.auto import on_host
from tfnb.engine.costs import static_sizes
from tfnb.engine.fetches import feeds_of
from tfnb.engine.layout import Do, Go
from tfnb.engine.program import Program

__all__ = ["Health", "Step", "Trace", "latest", "trace"]

LOOKED_AT = 1 << 20  # elements of a value that its health is told from; of larger ones every k-th
DEAD, SATURATED = 0.95, 0.5  # the part of a value's elements that makes the verdict
ENDS = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Softmax": (0.0, 1.0), "Softsign": (-1.0, 1.0)}
CAN_DIE = frozenset(("Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "ReluGrad"))


class Health(NamedTuple):
    """Figures of a node's values; `zeros` and `at_ends` are parts of all."""

    verdict: str
    nans: int
    infs: int
    zeros: float
    at_ends: float
    mean_abs: float


class Step(NamedTuple):
    """One statement as it ran; those of a loop's body come once for each iteration."""

    op: Operation
    begun: float
    seconds: float
    nbytes: int
    shapes: tuple[tuple[int, ...], ...]


class Trace:
    """What a traced run found. `flow` has for a tensor the mean sizes of its value and of its gradient."""

    def __init__(self, device: str, began: float, steps: list[Step], health: dict[Operation, Health], shapes: dict[Tensor, tuple[int, ...]],
                 results: Any, flow: dict[Tensor, tuple[float, float]]) -> None:  # fmt: skip
        self.device, self.began, self.steps, self.health = device, began, steps, health
        self.shapes, self.results, self.flow = shapes, results, flow

    @property
    def seconds(self) -> float:
        """The sum of all statements' times."""
        return sum(s.seconds for s in self.steps)

    def sizes(self, tensor: Tensor) -> tuple[int, ...]:
        """A tensor's sizes in this run; what is known statically for one that was not computed."""
        return self.shapes.get(tensor) or static_sizes(tensor)

    def fill(self, run_metadata: Any) -> None:
        """Writes `step_stats` of a tf.RunMetadata as TensorFlow's FULL_TRACE does."""
        kind = "GPU" if self.device.startswith("gpu") else "CPU"
        found = run_metadata.step_stats.dev_stats.add(device=f"/job:localhost/replica:0/task:0/device:{kind}:0")
        for step in self.steps:
            start, took = int((self.began + step.begun) * 1e9), max(1, int(step.seconds * 1e9))
            node = found.node_stats.add(
                node_name=step.op.name, all_start_micros=start // 1000, all_start_nanos=start, op_end_rel_micros=-(-took // 1000),
                op_end_rel_nanos=took, all_end_rel_micros=-(-took // 1000), all_end_rel_nanos=took,
                timeline_label=f"{step.op.name} = {step.op.type}({', '.join(x.op.name for x in step.op.inputs)})",
            )  # fmt: skip
            node.memory.add(allocator_name=self.device, total_bytes=step.nbytes, peak_bytes=step.nbytes, live_bytes=step.nbytes)
            for slot, (out, shape) in enumerate(zip(step.op.outputs, step.shapes, strict=False)):
                described = node.output.add(slot=slot).tensor_description
                described.dtype = out.dtype.base_dtype.as_datatype_enum
                for n in shape:
                    described.shape.dim.add(size=n)

    def __repr__(self) -> str:
        slow = sorted(self.steps, key=lambda s: -s.seconds)[:5]
        lines = [f"{s.seconds * 1e3:9.3f} ms  {s.op.name} ({s.op.type})" for s in slow]
        sick = [f"{op.name} is {h.verdict}" for op, h in self.health.items() if h.verdict != "healthy"]
        return "\n".join([f"<Trace of {len(self.steps)} statements on {self.device}, {self.seconds * 1e3:.3f} ms; the longest:", *lines, *sick]) + ">"


def trace(session: Any, fetches: Any, feed_dict: Any = None) -> Trace:
    """Runs `fetches` once, measured. The session keeps it as `session.traced`. Raises what `Session.run` would raise."""
    session._check_open()
    fed = feeds_of(session.graph, feed_dict)
    wanted, plan = session._planned(fetches, fed)
    program, code, backend = plan.program, plan.code, session._backend
    if hasattr(plan.step, "segments"):  # all lines run where the session is
        session._values = {k: backend.put(on_host(v)) for k, v in session._values.items()}
    given = [backend.put(v) for v in fed.values()]
    arguments = dict(zip(code.arguments, [*given, *session.kept(program)], strict=True))
    scope: dict[str, Any] = {**getattr(plan.step, "scope", code.env), "xp": backend.xp, **arguments}
    statements = [compile(s, code.filename, "exec") for s in code.statements]
    began, clock = time.time(), time.perf_counter()
    steps: list[Step] = []
    shapes = {t: np.shape(scope[n]) for t, n in program.names.items() if n in scope}
    health: dict[Operation, Health] = {}
    for index in _indices(code.script, len(statements), scope):
        ins = program.instructions[index]
        begun = time.perf_counter()
        try:
            exec(statements[index], scope)  # noqa: S102 - the step's own statement
            made = [scope[n] for n in ins.names if n in scope]
            for value in made:
                wait(value)
        except Exception as e:
            raise faults.fault(e, ins.op, [scope.get(program.names.get(x, "")) for x in ins.op.inputs]) from None
        took = time.perf_counter() - begun
        steps.append(Step(ins.op, begun - clock, took, sum(int(getattr(v, "nbytes", 0)) for v in made), tuple(np.shape(v) for v in made)))
        shapes |= {t: np.shape(scope[program.names[t]]) for t in ins.op.outputs if program.names.get(t) in scope}
        health |= _judged(ins.op, [backend.get(v) for v in made], health)
    session.runs += 1
    session.keep(program, [scope.get(code_name) for code_name in _written(program)], given)
    results = wanted.rebuild(session.hand_out(wanted, program, [scope[n] for n in code.results]))
    flow = _flow(session.graph, {t: backend.get(scope[n]) for t, n in program.names.items() if n in scope})
    session.traced = Trace(backend.name, began, steps, health, shapes, results, flow)
    return session.traced  # type: ignore[no-any-return]


def latest(graph: Graph) -> Trace | None:
    """The trace of the newest open session of this graph that has one."""
    from tfnb.engine.session import live_sessions

    found = [s.traced for s in live_sessions() if s.graph is graph and s.traced is not None]
    return max(found, key=lambda t: t.began, default=None)


def _indices(script: Any, count: int, scope: dict[str, Any]) -> Iterator[int]:
    """The statements in the order in which a run executes them; tests of branches and loops are answered by the values."""
    if not script:
        yield from range(count)
        return
    at = 0
    while at < len(script):
        entry = script[at]
        if isinstance(entry, Do):
            yield entry.index  # type: ignore[misc]  # a tuple's own `index` is not used here
            at += 1
        elif isinstance(entry, Go):
            at = entry.to
        else:
            at = at + 1 if bool(scope[entry.name]) == entry.wanted else entry.otherwise


def wait(value: Any) -> None:
    """Until a device has really computed a value; NumPy's are there at once."""
    if hasattr(value, "block_until_ready"):
        value.block_until_ready()
    elif hasattr(value, "device") and hasattr(value.device, "synchronize"):
        value.device.synchronize()


def _written(program: Program) -> list[str]:
    """The names of what a step hands back for the session to keep, in the order of `program.writes`."""
    names = [program.names[program.graph.get_operation_by_name(r.key).outputs[0]] for r in program.writes]
    return [n + ("_block" if r.kind == "state" else "") for n, r in zip(names, program.writes, strict=True)]


# -- health -----------------------------------------------------------------------------------------------------------
def _judged(op: Operation, values: list[Any], before: dict[Operation, Health]) -> dict[Operation, Health]:
    """The verdict on an op's first value of floating-point numbers; in a loop the worst one stays."""
    for value in values:
        array = np.asarray(value)
        if array.dtype.kind == "f" and array.size:
            found = _health(op.type, array.ravel())
            old = before.get(op)
            return {op: found if old is None or old.verdict == "healthy" else old}
    return {}


def _health(kind: str, x: np.ndarray) -> Health:
    x = x[:: max(1, x.size // LOOKED_AT)].astype(np.float64)
    nans, infs = int(np.isnan(x).sum()), int(np.isinf(x).sum())
    finite = x[np.isfinite(x)]
    zeros = float((finite == 0).mean()) if finite.size else 0.0
    low, high = ENDS.get(kind, (np.nan, np.nan))
    at_ends = float(((abs(finite - low) < 0.01) | (abs(finite - high) < 0.01)).mean()) if kind in ENDS and finite.size else 0.0
    mean = float(np.abs(finite).mean()) if finite.size else 0.0
    verdict = "NaN" if nans else "Inf" if infs else "dead" if kind in CAN_DIE and zeros >= DEAD else "saturated" if at_ends >= SATURATED else "healthy"
    return Health(verdict, nans, infs, zeros, at_ends, mean)


def _flow(graph: Graph, values: dict[Tensor, Any]) -> dict[Tensor, tuple[float, float]]:
    """For tensors whose gradients were computed: the mean sizes of both. Several gradients of one tensor add up."""
    sums: dict[Tensor, Any] = {}
    for dx, x in graph.gradient_of.items():
        if dx in values and x in values and np.asarray(values[dx]).dtype.kind == "f":
            sums[x] = values[dx] if x not in sums else np.add(sums[x], values[dx])
    return {x: (_mean_abs(values[x]), _mean_abs(dx)) for x, dx in sums.items() if np.asarray(values[x]).dtype.kind == "f"}


def _mean_abs(value: Any) -> float:
    array = np.asarray(value, np.float64)
    return float(np.abs(array).mean()) if array.size else 0.0
