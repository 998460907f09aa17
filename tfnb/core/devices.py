"""Device names: `/job:worker/replica:0/task:1/device:GPU:2`, parsed, merged and printed.

    merge_device("/job:worker", "/gpu:2")  ->  "/job:worker/device:GPU:2"
"""

from __future__ import annotations

from typing import Any

from tfnb.core.errors import teach

_FIELDS = ("job", "replica", "task", "device")


def parse_device(name: str) -> dict[str, str]:
    """The fields of a device name. ValueError for an attribute that devices do not have."""
    fields: dict[str, str] = {}
    for part in filter(None, name.split("/")):
        bits = part.split(":")
        if bits[0] in ("job", "replica", "task") and len(bits) == 2:
            fields[bits[0]] = bits[1]
        elif bits[0].lower() in ("cpu", "gpu", "tpu") and len(bits) == 2:
            fields["device"] = f"{bits[0].upper()}:{bits[1]}"
        elif bits[0] == "device" and len(bits) == 3:
            fields["device"] = f"{bits[1].upper()}:{bits[2]}"
        else:
            hint = "Devices are written /cpu:0, /gpu:0, /device:GPU:0 or /job:worker/task:0."
            raise teach(ValueError(f"Unknown attribute: '{bits[0]}' in '{name}'"), hint)
    return fields


def merge_device(outer: str, inner: str) -> str:
    """What an inner request makes of an outer one: it replaces the fields that it names."""
    fields = {**parse_device(outer), **parse_device(inner)}
    return "".join(f"/{k}:{fields[k]}" for k in _FIELDS if k in fields)


def device_of(stack: list[Any], op: Any) -> str:
    """The device requested by the `tf.device` blocks around an op, outermost first."""
    name = ""
    for request in stack:
        if request is None:
            name = ""
        else:
            asked = request if isinstance(request, str) else _call(request, op)
            name = merge_device(name, asked) if asked else name
    return name


def _call(request: Any, op: Any) -> str:
    if callable(request):
        return str(request(op) or "")
    return str(request.to_string() if hasattr(request, "to_string") else request)
