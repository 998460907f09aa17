"""Whether a session has the devices that `tf.device` asked for, and what it says when it has not.

A session runs on one device (`Session(device=...)`, `%device`); a request is checked, as TensorFlow does, when the session
first sees the node, and `tf.ConfigProto(allow_soft_placement=True)` lets the node run where the session runs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.core.devices import parse_device
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Operation

__all__ = ["DeviceAttributes", "available", "check", "lines"]

_HOST = "/job:localhost/replica:0/task:0"
_HERE = {"job": "localhost", "replica": "0", "task": "0"}


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


def available(kind: str) -> list[DeviceAttributes]:
    """The devices of a session whose backend is of a kind ('CPU', 'GPU', 'TPU')."""
    kinds = ["CPU", "XLA_CPU"] + ([kind] if kind != "CPU" else [])
    memory = {"CPU": 268435456, "XLA_CPU": 17179869184}
    return [DeviceAttributes(f"{_HOST}/device:{k}:0", k, memory.get(k, 0), i + 1) for i, k in enumerate(kinds)]


def check(ops: list[Operation], kind: str, config: Any) -> None:
    """Raises InvalidArgumentError for the first operation whose device a session does not have; sources come last."""
    soft = bool(getattr(config, "allow_soft_placement", False))
    here = available(kind)
    known: dict[str, bool] = {}
    for op in sorted((op for op in ops if op.device), key=_is_source):
        if op.device not in known:
            known[op.device] = _fits(parse_device(op.device), here, soft)
        if not known[op.device]:
            raise _not_there(op, here)


def _is_source(op: Operation) -> bool:
    return not op.inputs and len(op.outputs) == 1 and not op.outputs[0].dtype.is_ref


def _fits(asked: dict[str, str], here: list[DeviceAttributes], soft: bool) -> bool:
    if any(asked.get(k, v) != v for k, v in _HERE.items()):
        return False
    kinds = {d.device_type for d in here}
    return soft or "type" not in asked or (asked["type"] in kinds and asked.get("index", "0") == "0")


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


def lines(ops: list[Operation], kind: str) -> list[str]:
    """What `log_device_placement=True` prints for a run: each operation and where it goes."""
    runs_on = next(d.name for d in reversed(available(kind)) if d.device_type == kind)
    return [f"{op.name}: ({op.type}): {_place(op, runs_on)}" for op in ops]


def _place(op: Operation, runs_on: str) -> str:
    return f"{_HOST}/device:CPU:0" if op.definition.host else runs_on
