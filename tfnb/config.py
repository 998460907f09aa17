"""tf.config: what devices there are, how many virtual CPUs sessions see, and settings of TensorFlow's runtime.

    tf.config.experimental.list_physical_devices("GPU")                                            []
    cpu, = tf.config.experimental.list_physical_devices("CPU")
    tf.config.experimental.set_virtual_device_configuration(cpu, [tf.config.experimental.VirtualDeviceConfiguration()] * 4)

The threads of one op are those of NumPy's matrix products. Settings without a meaning here (threads between ops, growth
of memory, the optimizer's options) are kept and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tfnb.engine import blas, placement
from tfnb.lazy import Part

__all__ = ["experimental", "experimental_list_devices", "experimental_run_functions_eagerly", "get_soft_device_placement", "list_logical_devices",
           "list_physical_devices", "optimizer", "set_soft_device_placement", "threading"]  # fmt: skip


class PhysicalDevice(NamedTuple):
    """A device of this machine."""

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device as `tf.device` names it."""

    name: str
    device_type: str


class VirtualDeviceConfiguration(NamedTuple):
    """One of the devices that a physical one is cut into.

    >>> print(tf.config.experimental.VirtualDeviceConfiguration(memory_limit=1024).memory_limit)
    1024
    """

    memory_limit: int | None = None


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine, of one type or of all. XLA_CPU is JAX on the CPU.

    >>> tf.config.experimental.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    there = dict.fromkeys(d.device_type for d in placement.available("CPU"))
    return [PhysicalDevice(f"/physical_device:{kind}:0", kind) for kind in there if device_type in (None, kind)]


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices that a session sees which is told no others: virtual CPUs count one by one.

    >>> tf.config.experimental.list_logical_devices("CPU")[0].name
    '/job:localhost/replica:0/task:0/device:CPU:0'
    """
    return [LogicalDevice(d.name, d.device_type) for d in placement.available("CPU") if device_type in (None, d.device_type)]


def experimental_list_devices() -> list[str]:
    """The names of the devices.

    >>> print(tf.config.experimental_list_devices()[0])
    /job:localhost/replica:0/task:0/device:CPU:0
    """
    return [d.name for d in list_logical_devices()]


def experimental_run_functions_eagerly(run_eagerly: bool) -> None:
    """Keeps the setting; traced functions stay traced.

    >>> tf.config.experimental_run_functions_eagerly(False)
    """
    _kept["eagerly"] = run_eagerly


# -- virtual and visible devices ------------------------------------------------------------------------------------------
def _known(device: Any) -> PhysicalDevice:
    if device not in list_physical_devices():
        raise ValueError(f"Unrecognized device: {device!r}")
    return device  # type: ignore[no-any-return]


def _set_virtual(device: Any, virtual_devices: list[VirtualDeviceConfiguration]) -> None:
    """Cuts the CPU into virtual devices, for every session that says no other number (`device_count`).

    >>> e = tf.config.experimental
    >>> (cpu,) = e.list_physical_devices("CPU")
    >>> e.set_virtual_device_configuration(cpu, [e.VirtualDeviceConfiguration(memory_limit=1024)])
    Traceback (most recent call last):
    ValueError: Setting memory limit on CPU virtual devices is currently not supported
    """
    if _known(device).device_type == "CPU":
        if any(v.memory_limit is not None for v in virtual_devices):
            raise ValueError("Setting memory limit on CPU virtual devices is currently not supported")
        placement.virtual_cpus = max(len(virtual_devices), 1)
    _virtual[device] = list(virtual_devices)


def _get_virtual(device: Any) -> list[VirtualDeviceConfiguration] | None:
    """How a device is cut; None where it is not.

    >>> (xla,) = tf.config.experimental.list_physical_devices("XLA_CPU")
    >>> print(tf.config.experimental.get_virtual_device_configuration(xla))
    None
    """
    return _virtual.get(_known(device))


def _set_visible(devices: Any, device_type: str | None = None) -> None:
    """Keeps which devices programs are to be shown; it changes nothing here.

    >>> e = tf.config.experimental
    >>> e.set_visible_devices([], "XLA_CPU")
    >>> e.get_visible_devices("XLA_CPU")
    []
    >>> e.set_visible_devices(e.list_physical_devices("XLA_CPU"), "XLA_CPU")
    """
    listed = list(devices) if isinstance(devices, list) else [devices]
    for device in listed:
        _known(device)
    hidden = set(list_physical_devices(device_type)) - set(listed)
    _hidden.difference_update(list_physical_devices(device_type))
    _hidden.update(hidden)


def _get_visible(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that programs are to be shown.

    >>> tf.config.experimental.get_visible_devices("CPU")[0].device_type
    'CPU'
    """
    return [d for d in list_physical_devices(device_type) if d not in _hidden]


def _set_growth(device: Any, enable: bool) -> None:
    """Keeps whether a GPU's memory is to grow as needed. Raises ValueError for another device.

    >>> tf.config.experimental.set_memory_growth(tf.config.experimental.list_physical_devices("CPU")[0], True)
    Traceback (most recent call last):
    ValueError: Cannot set memory growth on non-GPU devices
    """
    if _known(device).device_type != "GPU":
        raise ValueError("Cannot set memory growth on non-GPU devices")
    _growth[device] = enable


def _set_policy(device_policy: str) -> None:
    """Keeps what eager mode is to do with tensors of another device; it changes nothing here.

    >>> tf.config.experimental.set_device_policy("silent")
    """
    if device_policy not in ("silent", "silent_for_int32", "warn", "explicit"):
        raise ValueError(f"Not a valid device policy: {device_policy!r}")
    _kept["policy"] = device_policy


def _set_options(options: dict[str, Any]) -> None:
    """Keeps settings of TensorFlow's graph optimizer; they change nothing here.

    >>> tf.config.optimizer.set_experimental_options({})
    """
    _kept["optimizer"] = {**options, "disable_model_pruning": False, "disable_meta_optimizer": False, **options}


def _set_intra(num_threads: int) -> None:
    """The threads of NumPy's matrix products; 0 for as many as there were at first.

    >>> tf.config.threading.set_intra_op_parallelism_threads(0)
    """
    blas.set_threads(num_threads)
    _kept["intra_op"] = num_threads


def _setting(name: str, default: Any, path: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """What reads and what keeps a setting, whose functions are `path` with get_ and set_ before its last name."""
    _kept[name] = default

    def get() -> Any:
        return _kept[name]

    def put(value: Any) -> None:
        _kept[name] = value

    part, _, last = path.rpartition(".")
    get.__doc__ = f"""The setting {name}.

    >>> isinstance({part}.get_{last}(), {type(default).__name__})
    True
    """
    put.__doc__ = f"""Keeps the setting {name}; it changes nothing here.

    >>> {part}.set_{last}({default!r})
    """
    return get, put


_kept: dict[str, Any] = {}
_virtual: dict[PhysicalDevice, list[VirtualDeviceConfiguration]] = {}
_growth: dict[PhysicalDevice, bool] = {}
_hidden: set[PhysicalDevice] = set()

get_soft_device_placement, set_soft_device_placement = _setting("soft_device_placement", False, "tf.config.soft_device_placement")
_intra, _ = _setting("intra_op", 0, "tf.config.threading.intra_op_parallelism_threads")
_inter, _set_inter = _setting("inter_op", 0, "tf.config.threading.inter_op_parallelism_threads")
_jit, _set_jit = _setting("jit", False, "tf.config.optimizer.jit")
_options, _ = _setting("optimizer", {"disable_model_pruning": False, "disable_meta_optimizer": False},
                       "tf.config.optimizer.experimental_options")  # fmt: skip
_policy, _ = _setting("policy", "silent", "tf.config.experimental.device_policy")
_synchronous, _set_synchronous = _setting("synchronous", True, "tf.config.experimental.synchronous_execution")
threading = Part("tf.config.threading", get_intra_op_parallelism_threads=_intra, set_intra_op_parallelism_threads=_set_intra,
                 get_inter_op_parallelism_threads=_inter, set_inter_op_parallelism_threads=_set_inter)  # fmt: skip
optimizer = Part("tf.config.optimizer", get_jit=_jit, set_jit=_set_jit, get_experimental_options=_options, set_experimental_options=_set_options)
experimental = Part(
    "tf.config.experimental", VirtualDeviceConfiguration=VirtualDeviceConfiguration, list_physical_devices=list_physical_devices,
    list_logical_devices=list_logical_devices, get_memory_growth=_growth.__getitem__, set_memory_growth=_set_growth,
    set_visible_devices=_set_visible, get_visible_devices=_get_visible, get_virtual_device_configuration=_get_virtual,
    set_virtual_device_configuration=_set_virtual, get_device_policy=_policy, set_device_policy=_set_policy,
    get_synchronous_execution=_synchronous, set_synchronous_execution=_set_synchronous,
)  # fmt: skip
