"""tf.config: what devices there are, the threads of a matrix product, and settings of TensorFlow's runtime that change nothing here.

    tf.config.experimental.list_physical_devices("GPU")       []
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.lazy import Part

__all__ = ["experimental", "get_soft_device_placement", "list_logical_devices", "list_physical_devices", "optimizer", "set_soft_device_placement", "threading"]


class PhysicalDevice(NamedTuple):
    """A device of this machine."""

    name: str
    device_type: str


class VirtualDeviceConfiguration(NamedTuple):
    """A part of a device: accepted.

    >>> print(tf.config.experimental.VirtualDeviceConfiguration(memory_limit=1024).memory_limit)
    1024
    """

    memory_limit: int | None = None


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that tfnb can use, of one type or of all.

    >>> tf.config.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    from tfnb.engine.backends import devices

    kinds = dict.fromkeys(d.kind for d in devices() if d.available)
    return [PhysicalDevice(f"/physical_device:{k}:0", k) for k in kinds if device_type in (None, k)]


def list_logical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The same under the names that `tf.device` takes.

    >>> print(tf.config.experimental.list_logical_devices("CPU"))
    [PhysicalDevice(name='/device:CPU:0', device_type='CPU')]
    """
    return [PhysicalDevice(d.name.replace("physical_device", "device"), d.device_type) for d in list_physical_devices(device_type)]


_kept: dict[str, Any] = {"soft_device_placement": True, "intra_op": 0, "inter_op": 0, "jit": False, "optimizer": {}, "visible": {}, "growth": {},
                         "policy": "silent", "synchronous": True}  # fmt: skip


def _setting(name: str) -> tuple[Any, Any]:
    def get() -> Any:
        return _kept[name]

    def put(value: Any) -> None:
        _kept[name] = value

    get.__doc__, put.__doc__ = f"The setting {name}.", f"Keeps the setting {name}; it changes nothing here."
    return get, put


def _setting_of(name: str) -> tuple[Any, Any]:
    def get(device: Any) -> Any:
        return _kept[name].get(device)

    def put(device: Any, value: Any) -> None:
        _kept[name][device] = value

    get.__doc__, put.__doc__ = f"The setting {name} of a device.", f"Keeps the setting {name} of a device; it changes nothing here."
    return get, put


def _visible(devices: Any, device_type: str | None = None) -> None:
    """Keeps which devices are to be used; it changes nothing here."""
    _kept["visible"][device_type] = devices


get_soft_device_placement, set_soft_device_placement = _setting("soft_device_placement")
def _intra() -> int:
    """The threads of one operation that were asked for; 0 for as many as NumPy takes by itself."""
    return int(_kept["intra_op"])


def _set_intra(num_threads: int) -> None:
    """Sets how many threads a matrix product uses, in the whole process; 0 for as many as NumPy takes by itself.

    >>> tf.config.threading.set_intra_op_parallelism_threads(1)
    >>> tf.config.threading.get_intra_op_parallelism_threads()
    1
    >>> tf.config.threading.set_intra_op_parallelism_threads(0)
    """
    from tfnb.engine.blas import set_threads

    set_threads(num_threads)
    _kept["intra_op"] = num_threads


_inter, _set_inter = _setting("inter_op")
threading = Part("tf.config.threading", get_intra_op_parallelism_threads=_intra, set_intra_op_parallelism_threads=_set_intra,
                 get_inter_op_parallelism_threads=_inter, set_inter_op_parallelism_threads=_set_inter)  # fmt: skip
_jit, _set_jit = _setting("jit")
_options, _set_options = _setting("optimizer")
optimizer = Part("tf.config.optimizer", get_jit=_jit, set_jit=_set_jit, get_experimental_options=_options, set_experimental_options=_set_options)
_growth, _set_growth = _setting_of("growth")
_virtual, _set_virtual = _setting_of("visible")
_policy, _set_policy = _setting("policy")
_synchronous, _set_synchronous = _setting("synchronous")
experimental = Part(
    "tf.config.experimental", VirtualDeviceConfiguration=VirtualDeviceConfiguration, list_physical_devices=list_physical_devices,
    list_logical_devices=list_logical_devices, get_memory_growth=_growth, set_memory_growth=_set_growth, set_visible_devices=_visible,
    get_visible_devices=list_physical_devices, get_virtual_device_configuration=_virtual, set_virtual_device_configuration=_set_virtual,
    get_device_policy=_policy, set_device_policy=_set_policy, get_synchronous_execution=_synchronous, set_synchronous_execution=_set_synchronous,
)  # fmt: skip


def experimental_list_devices() -> list[str]:
    """The names of the devices.

    >>> print(tf.config.experimental_list_devices()[0])
    /device:CPU:0
    """
    return [d.name for d in list_logical_devices()]


def experimental_run_functions_eagerly(run_eagerly: bool) -> None:
    """Keeps the setting; traced functions stay traced.

    >>> tf.config.experimental_run_functions_eagerly(False)
    """
    _kept["eagerly"] = run_eagerly
