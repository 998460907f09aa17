"""A run on several devices: each part of the program is a step of its own on its device, values are copied between.

    with tf.device("/device:XLA_CPU:0"): y = tf.matmul(x, w)         JAX on the CPU
    with tf.device("/cpu:0"): z = tf.nn.relu(y)                      NumPy
    sess.plan(z, [x]).text                                           both parts, and _Send and _Recv between them

A plan whose nodes are all on the session's device does not come here (docs/adr/0018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.devices import parse_device
from tfnb.core.graph import Operation, Tensor
from tfnb.engine.auto import on_host
from tfnb.engine.backends import Backend, backend, is_text
from tfnb.engine.codegen import Code, generate
from tfnb.engine.cut import Copy, Part, cut, touched
from tfnb.engine.faults import Missing
from tfnb.engine.placement import default_of
from tfnb.engine.program import Program, Read, variable_of
from tfnb.engine.regions import source

__all__ = ["Segment", "SegmentedStep", "in_segments"]


class Segment(NamedTuple):
    """A part of a program, compiled for its device."""

    part: Part
    code: Code
    step: Callable[..., Any]
    backend: Backend


def in_segments(program: Program, places: dict[Operation, str], session: Any) -> SegmentedStep | None:
    """The step of a program whose nodes are on more than the session's device; None where one step will do, or must."""
    home = default_of(session.list_devices(), session._backend.kind)
    parts = None if touched(program, places) <= {home} else cut(program, places, home)
    if parts is None:
        return None
    if any(t.op.definition.carried for p in parts for t in p.program.feeds) and any(_backend_of(p.device, session._backend).name != "cpu:numpy" for p in parts):
        return None  # a loop's stack of values, which a compiler keeps inside of one program
    segments = []
    for part in parts:
        code = generate(part.program)
        on = _backend_of(part.device, session._backend)
        segments.append(Segment(part, code, on.compile(part.program, code), on))
    return SegmentedStep(program, segments, _homes(program, places, segments, session._backend))


def _homes(program: Program, places: dict[Operation, str], segments: Sequence[Segment], own: Backend) -> dict[Read, Backend]:
    """Where the variables belong that a part on another device writes."""
    last = {w: s for s in segments for w in s.part.program.writes if w.kind == "value"}
    places_of = {w: places[program.graph.get_operation_by_name(w.key)] for w in last}
    return {w: _backend_of(places_of[w], own) for w, s in last.items() if s.part.device != places_of[w]}


def _backend_of(device: str, own: Backend) -> Backend:
    """What computes on a device: the session's backend on devices of its kind, JAX on XLA_CPU, NumPy on a GPU's host."""
    fields = parse_device(device)
    kind, index = fields["type"], int(fields["index"])
    if kind == own.kind:
        return own.numbered(index)
    if kind == "GPU":
        return next(b for b in map(_if_there, ("gpu:jax", "gpu:cupy")) if b is not None)
    return backend("cpu:jax" if kind == "XLA_CPU" else "cpu:numpy")


def _if_there(name: str) -> Backend | None:
    try:
        return backend(name)
    except ValueError:
        return None


def moved(value: Any, to: Backend) -> Any:
    """A value of any backend as another holds it; texts and counters are everywhere."""
    if value is None or type(value) in (int, Missing) or is_text(value):
        return value
    library = to.name.split(":")[1]
    return to.put(value if type(value).__module__.startswith(library) else on_host(value))  # jaxlib's arrays stay on their device


class SegmentedStep:
    """Runs the segments one after the other. Each value is copied once to each device that needs it."""

    def __init__(self, program: Program, segments: Sequence[Segment], homes: dict[Read, Backend]) -> None:
        self.program, self.segments = program, segments
        self.codes = [(s.part.program, s.code) for s in segments]
        self._results = [self._source(f) for f in program.fetches if isinstance(f, Tensor)]
        self._homes = [homes.get(w) for w in program.writes]

    def _source(self, fetched: Tensor) -> Any:
        """Where a result is found at the end: a name, a constant's too, or what is kept of a variable."""
        if self.program.structured:
            fetched = source(fetched, self.program.feeds)
        if fetched in self.program.feeds:
            return self.program.names[fetched]
        variable = variable_of(fetched)
        return self.program.names[fetched] if variable is None else Read("value", variable.name)

    @property
    def path(self) -> str:
        devices = list(dict.fromkeys(s.part.device for s in self.segments))
        told = "; ".join(f"{short(d)}: {self._path(d)}" for d in devices)
        n = len(self.segments)
        return f"{n} part{'s' if n > 1 else ''} on {len(devices)} device{'s' if len(devices) > 1 else ''} ({told})"

    def _path(self, device: str) -> str:
        steps = [s.step for s in self.segments if s.part.device == device]
        return str(getattr(steps[0], "path", "NumPy, each line as it stands"))

    def __call__(self, *values: Any) -> Any:
        program = self.program
        keys: list[Any] = [*(program.names[t] for t in program.feeds), *program.reads]
        known: dict[Any, dict[str, Any]] = {_kept(k): {"": v} for k, v in zip(keys, values, strict=True)}
        for segment in self.segments:
            self._run(segment, known)
        get = lambda key: next(iter(known[key].values())) if key in known else program.constants[key]
        changed = [get(w) if home is None else moved(get(w), home) for w, home in zip(program.writes, self._homes, strict=True)]
        return [on_host(get(r)) for r in self._results], changed

    def _run(self, segment: Segment, known: dict[Any, dict[str, Any]]) -> None:
        part = segment.part.program
        for t in part.feeds:
            if part.names[t] not in known:  # made in a branch of this part, and looked at only where that is taken
                known[part.names[t]] = {"": np.zeros(t.shape.as_list(), t.dtype.base_dtype.np)}
        keys = [*(part.names[t] for t in part.feeds), *part.reads]
        arguments = [_at(known[_kept(key)], segment) for key in keys]
        results, changed = segment.step(*arguments)
        made = [part.names[t] for t in part.fetches]
        for key, value in zip([*made, *part.writes], [*results, *changed], strict=True):
            known[key] = {segment.part.device: value}
            if isinstance(key, Read) and key.kind == "value":
                known[Read("ready", key.key)] = {"": True}

    @property
    def text(self) -> str:
        """What runs, part by part, with the copies between."""
        number = iter(range(10**9))
        return "\n".join(_text(s, number) for s in self.segments)


def _at(where: dict[str, Any], segment: Segment) -> Any:
    """A value on the segment's device, copied there at its first use."""
    device = segment.part.device
    if device not in where:
        where[device] = moved(next(iter(where.values())), segment.backend)
    return where[device]


def _kept(key: Any) -> Any:
    """A name as it is; a variable's value by one key, whether it is looked at surely or in a branch."""
    return Read("value", key.key) if isinstance(key, Read) and key.kind == "maybe" else key


def short(device: str) -> str:
    """CPU:1 for /job:localhost/replica:0/task:0/device:CPU:1."""
    return device.rpartition("device:")[2]


def _text(segment: Segment, number: Any) -> str:
    lines = [f"# on {segment.part.device}: {getattr(segment.step, 'path', 'NumPy, each line as it stands')}"]
    lines += [_copy_line(c, number) for c in segment.part.copies]
    return "\n".join([*lines, segment.code.source])


def _copy_line(copy: Copy, number: Any) -> str:
    """TensorFlow's pair of nodes, named after the value as it names them."""
    node = copy.tensor.op.name
    shape = f"{copy.tensor.dtype.base_dtype.name} {copy.tensor.shape}"
    pair = f"{node}/_{next(number)} _Send {short(copy.source)} -> {node}/_{next(number)} _Recv {short(copy.target)}"
    return f"#   {copy.name}: {pair}    {shape}"
