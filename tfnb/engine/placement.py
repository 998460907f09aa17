"""Which device each operation runs on: what `tf.device` asked for, checked and completed as TensorFlow's placer does.

    here = available("CPU", tf.ConfigProto(device_count={"CPU": 4}))       CPU:0 to CPU:3, XLA_CPU:0
    assign(graph.get_operations(), here, "CPU")                            {op: "/job:localhost/.../device:CPU:1", ...}

What asks for nothing goes where the session runs; what reads or writes a variable in place goes where the variable is;
a source goes with its consumers where they are together. How a run on several devices works: segments.py.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from tfnb.core.devices import parse_device
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Operation

__all__ = ["DeviceAttributes", "assign", "available", "check", "default_of", "lines", "mapping"]

_HOST = "/job:localhost/replica:0/task:0"
_HERE = {"job": "localhost", "replica": "0", "task": "0"}
_METADATA = ("Shape", "ShapeN", "Size", "Rank")


virtual_cpus = 1
"""How many CPUs sessions see whose `device_count` says nothing; tf.config sets it."""


class DeviceAttributes(NamedTuple):
    """A device as `Session.list_devices` gives it."""

    name: str
    device_type: str
    memory_limit_bytes: int
    incarnation: int

    def __repr__(self) -> str:
        return f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes}, {self.incarnation})"

    def __str__(self) -> str:
        return repr(self)


def available(kind: str, config: Any = None, count: int = 1) -> list[DeviceAttributes]:
    """The devices of a session whose backend computes on `count` devices of a kind ('CPU', 'GPU', 'TPU').

    `config.device_count` gives the number of CPUs: more than one are virtual, to practise on. XLA_CPU is JAX on the CPU.
    """
    wanted = getattr(config, "device_count", None) or {}
    counts = {"CPU": max(wanted.get("CPU", virtual_cpus), count if kind == "CPU" else 1), "XLA_CPU": 1}
    if kind not in counts or _has_gpu():
        counts[kind if kind not in counts else "GPU"] = count if kind not in counts else 1
    if wanted.get("GPU") == 0 and kind != "GPU":
        counts.pop("GPU", None)
    memory = {"CPU": 268435456, "XLA_CPU": 17179869184}
    names = [(k, i) for k, n in counts.items() for i in range(n)]
    return [DeviceAttributes(f"{_HOST}/device:{k}:{i}", k, memory.get(k, 0), n + 1) for n, (k, i) in enumerate(names)]


def prepare(config: Any) -> None:
    """Gives JAX as many virtual CPUs as a session on it wants."""
    wanted = (getattr(config, "device_count", None) or {}).get("CPU", virtual_cpus)
    if wanted > 1:
        from tfnb.engine import jax_backend

        jax_backend.virtual_cpus(wanted)


@functools.cache
def _has_gpu() -> bool:
    from tfnb.engine.backends import devices

    return any(d.kind == "GPU" and d.available for d in devices())


def default_of(here: Sequence[DeviceAttributes], kind: str) -> str:
    """The name of the device on which what asks for none runs: the session's own."""
    return next(d.name for d in here if d.device_type == kind)


def check(ops: Sequence[Operation], here: list[DeviceAttributes], config: Any) -> bool:
    """Whether any operation asks for a device. Raises InvalidArgumentError for the first whose device is not there.

    Sources come last, as in TensorFlow.
    """
    asking = sorted((op for op in ops if op.device), key=_is_source)
    soft = bool(getattr(config, "allow_soft_placement", False))
    known: dict[str, bool] = {}
    for op in asking:
        if op.device not in known:
            known[op.device] = _fits(parse_device(op.device), here, soft)
        if not known[op.device]:
            raise _not_there(op, here)
    return bool(asking)


def _is_source(op: Operation) -> bool:
    return not op.inputs and len(op.outputs) == 1 and not op.outputs[0].dtype.is_ref


def _fits(asked: dict[str, str], here: list[DeviceAttributes], soft: bool) -> bool:
    if any(asked.get(k, v) != v for k, v in _HERE.items()):
        return False
    return soft or "type" not in asked or _named(asked, here) is not None


def _named(asked: dict[str, str], here: Sequence[DeviceAttributes]) -> str | None:
    """The first device of the type and, where it is said, the number that is asked for."""
    end = f":{asked['index']}" if "index" in asked else ""
    return next((d.name for d in here if d.device_type == asked.get("type") and d.name.endswith(end)), None)


def _not_there(op: Operation, here: list[DeviceAttributes]) -> Exception:
    place = f" (defined at {op.where}) " if op.where else ""
    cuda = " The requested device appears to be a GPU, but CUDA is not enabled." if _wants_gpu(op, here) else ""
    text = (f"Cannot assign a device for operation {op.name}: node {op.name}{place} was explicitly assigned to {op.device} but available "
            f"devices are [ {', '.join(d.name for d in here)} ]. Make sure the device specification refers to a valid device.{cuda}\n"
            f"\t [[{op.name}]]")  # fmt: skip
    hint = "tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) runs it where the session runs."
    error: Exception = InvalidArgumentError(None, op, text, hint)
    return error


def _wants_gpu(op: Operation, here: list[DeviceAttributes]) -> bool:
    return parse_device(op.device).get("type") == "GPU" and "GPU" not in {d.device_type for d in here}


# -- where each operation goes --------------------------------------------------------------------------------------------
def assign(ops: Sequence[Operation], here: Sequence[DeviceAttributes], kind: str) -> dict[Operation, str]:
    """The full device name of every operation, in TensorFlow's order: sources last."""
    default, host = default_of(here, kind), default_of(here, "CPU")
    asked: dict[str, str | None] = {}
    by_name = {op.name: op for op in ops}
    places: dict[Operation, str] = {}

    def own(op: Operation) -> str:
        if op.device not in asked:
            asked[op.device] = _named(parse_device(op.device), here)
        return asked[op.device] or default

    for op in ops:
        if not _is_source(op):
            leader = _leader(op, by_name)
            places[op] = host if op.definition.host else places.get(leader, own(leader)) if leader else own(op)
    for op in ops:
        if _is_source(op):
            places[op] = own(op) if op.device else _with_consumers(op, places, default)
    return places


def _leader(op: Operation, by_name: dict[str, Operation]) -> Operation | None:
    """The operation that decides where `op` goes: one named by `colocate_with`, a variable, the owner of metadata."""
    for x in op.inputs:
        if x.dtype.is_ref or x.dtype.name == "resource":
            return x.op
    for group in op.colocation_groups():
        other = by_name.get(group.decode().removeprefix("loc:@"))
        if other is not None and other is not op:
            return other
    return op.inputs[0].op if op.type in _METADATA and not op.device and op.inputs else None


def _with_consumers(op: Operation, places: dict[Operation, str], default: str) -> str:
    found = {places[c] for c in op.outputs[0].consumers() if c in places}
    return found.pop() if len(found) == 1 else default


def lines(places: dict[Operation, str]) -> list[str]:
    """What `log_device_placement=True` prints: each operation and where it goes."""
    return [f"{op.name}: ({op.type}): {place}" for op, place in places.items()]


def mapping(here: Sequence[DeviceAttributes]) -> list[str]:
    """TensorFlow's first lines: what stands behind each device that is more than this CPU."""
    return ["Device mapping:", *(f"{d.name} -> device: {d.device_type} device" for d in here if d.device_type != "CPU")]
