"""Where a step runs: a namespace of array functions, a way to bring values there and back, and a compiler.

    backend("cpu:jax").put(np.ones(3))
    devices()                                  what this machine has, and what the others would need
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from tfnb.engine import blas, namespaces, passes
from tfnb.engine.codegen import Code
from tfnb.engine.program import Program
from tfnb.engine.specialise import Specialising, is_open

__all__ = ["Backend", "DeviceInfo", "backend", "default_device", "devices"]


def is_text(value: Any) -> bool:
    """Strings stay on the host, whatever the device."""
    return isinstance(value, (bytes, str)) or getattr(getattr(value, "dtype", None), "kind", "") == "O"


class Backend:
    """NumPy on the CPU; other backends override what differs."""

    name = "cpu:numpy"
    kind = "CPU"
    count = 1  # of the devices that it computes on
    spread = False  # over several devices by itself, whatever nodes ask for
    specialises = True  # whether steps are written anew for the shapes they meet: what is short depends on the library

    @property
    def xp(self) -> Any:
        return namespaces.numpy_namespace()

    def put(self, value: Any) -> Any:
        """A NumPy value as this device holds it."""
        return value

    def feed(self, value: Any) -> Any:
        """A value that is fed to a step, which may take it over by itself."""
        return self.put(value)

    def get(self, value: Any) -> Any:
        """A device's value as a NumPy array or scalar."""
        return value

    def chance(self) -> int:
        """A number that nobody knows beforehand: where the random numbers of an op without a seed begin."""
        return int.from_bytes(os.urandom(6), "little")

    def numbered(self, index: int) -> Backend:
        """The backend of another device of the same kind: a virtual CPU is this CPU."""
        return self

    def get_all(self, values: Any) -> list[Any]:
        """What `get` gives of each value."""
        return [self.get(v) for v in values]

    def compile(self, program: Program, code: Code) -> Callable[..., Any]:
        """The step as a function of its arguments."""
        step = passes.faster(program, code, self.xp).function(self.xp)
        return Specialising(program, code, step, self.xp) if passes.enabled and self.specialises and is_open(program) else step


class CupyBackend(Backend):
    """CuPy on an NVIDIA GPU."""

    name = "gpu:cupy"
    kind = "GPU"
    specialises = False

    def __init__(self) -> None:
        import cupy

        self.cupy = cupy

    @property
    def xp(self) -> Any:
        return namespaces.cupy_namespace()

    def put(self, value: Any) -> Any:
        return value if is_text(value) else self.cupy.asarray(value)

    def get(self, value: Any) -> Any:
        if isinstance(value, self.cupy.ndarray):
            out = value.get()
            return out[()] if out.ndim == 0 else out
        return value

    def compile(self, program: Program, code: Code) -> Callable[..., Any]:
        from tfnb.engine.cupy_step import CupyStep  # which builds upon this file

        return CupyStep(self, program, code)


def default_device() -> str:
    """Where sessions run that are not told: what the environment says (TFNB_DEVICE), else NumPy."""
    return os.environ.get("TFNB_DEVICE") or "cpu:numpy"


@functools.cache
def backend(name: str) -> Backend:
    """The backend of this name. Raises ValueError, saying what is missing, where it cannot be had."""
    known = [d.name for d in _KNOWN]
    if name in ("auto", "cpu:auto"):
        from tfnb.engine.auto import AutoBackend  # which builds upon this file

        return AutoBackend()
    if name not in known:
        raise ValueError(f"Unknown device {name!r}; tfnb knows {', '.join(known)} and auto.")
    try:
        if name == "cpu:numpy":
            return Backend()
        if name == "gpu:cupy":
            return CupyBackend()
        from tfnb.engine.jax_backend import JaxBackend  # which builds upon this file

        return JaxBackend(name.split(":")[0])
    except (ImportError, RuntimeError) as e:
        missing = next(d.missing for d in _KNOWN if d.name == name)
        raise ValueError(f"The device {name!r} is not available here ({e}). {missing}") from None


class DeviceInfo(NamedTuple):
    """A device that a session can be placed on, or what it would take to have it. Memory in bytes."""

    name: str
    kind: str
    available: bool
    description: str
    missing: str = ""
    memory_total: int | None = None
    memory_free: int | None = None


_KNOWN = (
    DeviceInfo("cpu:numpy", "CPU", True, "NumPy: every line runs as it stands"),
    DeviceInfo("cpu:jax", "CPU", False, "JAX: the step is compiled by XLA", "pip install jax"),
    DeviceInfo("gpu:cupy", "GPU", False, "CuPy on an NVIDIA GPU", "pip install 'tfnb[cuda13]' on a machine with an NVIDIA driver"),
    DeviceInfo("gpu:jax", "GPU", False, "JAX on a GPU", "pip install 'tfnb[jax-gpu]' on a machine with an NVIDIA driver"),
    DeviceInfo("tpu:jax", "TPU", False, "JAX on a TPU",
               "pip install 'tfnb[tpu]' on a TPU machine; to compile for one: pip install libtpu, then %device tpu:v5e-4"),
)


def devices() -> list[DeviceInfo]:
    """Every kind of device, available or not; asks drivers without starting them where it can."""
    return [_asked(d) for d in _KNOWN]


def _asked(info: DeviceInfo) -> DeviceInfo:
    if info.name.startswith("cpu"):
        there = info.available or importlib.util.find_spec("jax") is not None
        if info.name == "cpu:numpy" and (count := blas.threads()) is not None:
            info = info._replace(description=f"{info.description}; matrix products use {count} thread{'s' * (count != 1)}")
        return info._replace(available=there, missing="" if there else info.missing, memory_total=_memory())
    library = info.name.split(":")[1]
    driver = os.path.exists("/dev/nvidiactl") if info.kind == "GPU" else os.path.exists("/dev/accel0")
    if importlib.util.find_spec(library) is None or not driver:
        return info
    try:
        found = backend(info.name)
    except ValueError as e:
        return info._replace(missing=str(e))
    free, total = found.cupy.cuda.Device().mem_info if isinstance(found, CupyBackend) else (None, None)
    return info._replace(available=True, missing="", memory_total=total, memory_free=free)


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
