"""Device names: `/job:worker/replica:0/task:1/device:GPU:2`, parsed, merged and printed.

    merge_device("/job:worker", "/gpu:2")  ->  "/job:worker/device:GPU:2"
    DeviceSpec(job="ps", task=0).to_string()  ->  "/job:ps/task:0"
"""

from __future__ import annotations

from typing import Any

from tfnb.core.errors import teach

__all__ = ["DeviceSpec"]

_FIELDS = ("job", "replica", "task", "type", "index")


def parse_device(name: str) -> dict[str, str]:
    """The fields of a device name. ValueError for an attribute that devices do not have."""
    fields: dict[str, str] = {}
    for part in filter(None, name.split("/")):
        bits = part.split(":")
        kind = bits[0].lower()
        if bits[0] == "job" and len(bits) == 2:
            fields["job"] = bits[1]
        elif bits[0] in ("replica", "task") and len(bits) == 2:
            fields[bits[0]] = str(int(bits[1]))
        elif kind in ("cpu", "gpu", "tpu") and len(bits) <= 2:
            _set_type(fields, name, kind, bits[1:])
        elif bits[0] == "device" and len(bits) == 3:
            _set_type(fields, name, bits[1], bits[2:])
        elif bits[0]:
            hint = "Devices are written /cpu:0, /gpu:0, /device:GPU:0 or /job:worker/task:0."
            raise teach(ValueError(f"Unknown attribute: '{bits[0]}' in '{name}'"), hint)
    return fields


def _set_type(fields: dict[str, str], name: str, kind: str, index: list[str]) -> None:
    if "type" in fields:
        raise ValueError(f"Cannot specify multiple device types: {name}")
    fields["type"] = kind.upper() if kind.lower() in ("cpu", "gpu", "tpu") else kind
    if index and index[0] != "*":
        fields["index"] = str(int(index[0]))


def _written(fields: dict[str, Any]) -> str:
    parts = [f"/{k}:{fields[k]}" for k in _FIELDS[:3] if fields.get(k) is not None]
    if fields.get("type"):
        index = fields.get("index")
        parts.append(f"/device:{fields['type']}:{'*' if index is None else index}")
    return "".join(parts)


def merge_device(outer: str, inner: str) -> str:
    """What an inner request makes of an outer one: it replaces the fields that it names."""
    return _written({**parse_device(outer), **parse_device(inner)})


def device_of(stack: list[Any], op: Any) -> str:
    """The device requested by the `tf.device` blocks around an op, outermost first.

    As in TensorFlow the innermost is asked first: a name completes what is there, a function replaces it.
    """
    name = ""
    for request in reversed(stack):
        if request is None:
            break
        if callable(request) and not hasattr(request, "to_string"):
            if op is not None:
                op.device = name  # for the function to see
            name = request(op)
            if not isinstance(name, (str, DeviceSpec)):
                raise TypeError(f"Expected binary or unicode string, got {name!r}")
            name = str(getattr(name, "to_string", lambda name=name: name)())
        else:
            name = merge_device(request if isinstance(request, str) else request.to_string(), name)
    return name


class DeviceSpec:
    """A device's name in its parts; None for what is not said.

    >>> tf.DeviceSpec(job="worker", device_type="GPU", device_index=1).to_string()
    '/job:worker/device:GPU:1'
    """

    def __init__(self, job: Any = None, replica: int | None = None, task: int | None = None, device_type: Any = None,
                 device_index: int | None = None) -> None:  # fmt: skip
        self.job, self.replica, self.task = job, None if replica is None else int(replica), None if task is None else int(task)
        self.device_type = str(device_type).upper() if str(device_type).lower() in ("cpu", "gpu") else device_type
        self.device_index = None if device_index is None else int(device_index)

    @classmethod
    def from_string(cls, spec: str) -> DeviceSpec:
        """The parts of a name such as '/job:worker/gpu:0'.

        >>> DeviceSpec.from_string("/job:a/gpu:1").device_type
        'GPU'
        """
        f: dict[str, Any] = parse_device(spec)
        return cls(f.get("job"), f.get("replica"), f.get("task"), f.get("type"), f.get("index"))

    def parse_from_string(self, spec: str) -> DeviceSpec:
        self.__dict__.update(vars(DeviceSpec.from_string(spec)))
        return self

    def merge_from(self, dev: DeviceSpec) -> None:
        """Takes over what `dev` says."""
        self.__dict__.update({k: v for k, v in vars(dev).items() if v is not None})

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        merged = DeviceSpec()
        merged.merge_from(self)
        merged.merge_from(dev)
        return merged

    def to_string(self) -> str:
        """The name, such as '/job:worker/device:GPU:0'."""
        return _written({"job": self.job, "replica": self.replica, "task": self.task, "type": self.device_type, "index": self.device_index})

    __str__ = to_string

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())
