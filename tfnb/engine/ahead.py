"""A step compiled for a TPU that is not there: does it compile, what memory and time would it take?

    compile_ahead(sess, [loss, train], {x: batch, y: labels}, "tpu:v5e-4")

The TPU compiler (PyPI's `libtpu`) works on any Linux machine; only running needs the chips. The batch is cut over all
of them, variables are on each (engine/mesh.py does the same where there are devices).
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

__all__ = ["AheadOfTime", "compile_ahead", "topology"]

_KINDS = {
    "v4": (3, 2),
    "v5e": (2, 1),
    "v5p": (3, 2),
    "v6e": (2, 1),
}  # axes of the network; TensorCores of a chip
_LIMITS = {
    "v4": (275e12, 1.228e12),
    "v5e": (197e12, 0.819e12),
    "v5p": (459e12, 2.765e12),
    "v6e": (918e12, 1.64e12),
}  # bfloat16 operations, bytes a second
_COLLECTIVES = re.compile(
    r"\b(all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(?:-start)?\("
)


class AheadOfTime(NamedTuple):
    """What the compiler says of a step. Bytes and seconds are for one chip; None where it does not say."""

    device: str
    devices: int
    compile_seconds: float
    flops: float | None
    bytes_accessed: float | None
    seconds: float | None
    arguments: int
    temporaries: int
    results: int
    collectives: dict[str, int]

    def __str__(self) -> str:
        told = ", ".join(f"{n} {k}" for k, n in self.collectives.items()) or "none"
        rows = [
            ("device", f"{self.device} ({self.devices} devices)"),
            ("compiles", f"yes, in {self.compile_seconds:.1f} s"),
            ("arithmetic", "not told" if self.flops is None else f"{self.flops:.3g} operations a device"),
            (
                "memory traffic",
                "not told" if self.bytes_accessed is None else f"{self.bytes_accessed / 1e6:.3g} MB a device",
            ),
            (
                "memory",
                f"{(self.arguments + self.temporaries) / 1e6:.3g} MB a device ({self.temporaries / 1e6:.3g} MB while it runs)",
            ),
            (
                "estimated time",
                "not told"
                if self.seconds is None
                else f"at least {self.seconds * 1e6:.3g} us a step, by the chip's arithmetic and memory",
            ),
            ("collectives", told),
        ]
        return "\n".join(f"{k:<15} {v}" for k, v in rows)


def topology(device: str) -> str:
    """The compiler's name of a slice: tpu:v5e-4 is v5e:2x2. Raises ValueError for what is none."""
    found = re.fullmatch(r"(?:tpu:)?(v\d+\w?)-(\d+)", device)
    if found is None or found[1] not in _KINDS or int(found[2]) < 1:
        raise ValueError(
            f"Unknown TPU {device!r}: one of {', '.join(_KINDS)} and a number of chips, as in tpu:v5e-4."
        )
    kind, chips = found[1], int(found[2])
    axes = _KINDS[kind][0]
    sides = [1] * axes
    while math.prod(sides) < chips:
        sides[sides.index(min(sides))] *= 2
    if math.prod(sides) != chips:
        raise ValueError(f"A {kind} slice has a power of two of chips, not {chips}.")
    return f"{kind}:{'x'.join(map(str, sorted(sides)))}"


def compile_ahead(session: Any, fetches: Any, feeds: Any, device: str) -> AheadOfTime:
    """Compiles a run for a TPU. `feeds` are values of the shapes that will be fed.

    Raises ValueError where the compiler is not installed or the step cannot be compiled.
    """
    name = topology(device)
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    from tfnb.engine.fetches import feeds_of
    from tfnb.engine.jax_backend import _configure, compiled_form

    _configure(jax)
    devices = _devices(device, name)
    plan = session.plan(fetches, feeds)
    if not plan.code.compilable:
        raise ValueError(
            "This run cannot be compiled: a shape depends on values, or a node works on the host. Fetch the training op alone."
        )
    mesh = Mesh(np.array(devices), ("data",))
    on_all, by_batch = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("data"))

    def described(value: Any, cut: bool) -> Any:
        shape = np.shape(value)
        parts = cut and len(shape) > 0 and shape[0] and shape[0] % len(devices) == 0
        kind = np.asarray(value).dtype if not hasattr(value, "dtype") else value.dtype
        return jax.ShapeDtypeStruct(shape, kind, sharding=by_batch if parts else on_all)

    fed = feeds_of(session.graph, feeds)
    arguments = [described(v, True) for v in fed.values()] + [
        described(v, False) for v in session.kept(plan.program)
    ]
    start = time.perf_counter()
    lowered = jax.jit(compiled_form(plan.program, plan.code)[1], out_shardings=(None, on_all)).lower(
        *arguments
    )
    with _no_cache(jax):
        compiled = lowered.compile()
    return _told(compiled, device, len(devices), time.perf_counter() - start)


@contextlib.contextmanager
def _no_cache(jax: Any) -> Iterator[None]:
    """Programs for devices that are not there cannot be read back from the cache on disk."""
    from jax.experimental.compilation_cache import compilation_cache

    kept = jax.config.jax_enable_compilation_cache
    jax.config.update("jax_enable_compilation_cache", False)
    compilation_cache.reset_cache()
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", kept)
        compilation_cache.reset_cache()


def _devices(device: str, name: str) -> Any:
    """The devices of a slice that need not be there."""
    from jax.experimental import topologies

    os.environ.setdefault("TPU_SKIP_MDS_QUERY", "1")  # asks no metadata server of a cloud
    os.environ.setdefault("TPU_ACCELERATOR_TYPE", "v5litepod-4")
    os.environ.setdefault("TPU_WORKER_HOSTNAMES", "localhost")
    try:
        return topologies.get_topology_desc(platform="tpu", topology_name=name).devices
    except Exception as e:
        raise ValueError(
            f"The compiler for {device} is not to be had here ({str(e).splitlines()[0]}). pip install libtpu (Linux)."
        ) from None


def _told(compiled: Any, device: str, count: int, seconds: float) -> AheadOfTime:
    costs = compiled.cost_analysis() or {}
    costs = costs[0] if isinstance(costs, list) else costs
    memory = compiled.memory_analysis()
    collectives = dict(Counter(_COLLECTIVES.findall(compiled.as_text())))
    flops, moved = costs.get("flops"), costs.get("bytes accessed")
    peak, bandwidth = _LIMITS[device.removeprefix("tpu:").partition("-")[0]]
    least = None if flops is None or moved is None else max(flops / peak, moved / bandwidth)
    return AheadOfTime(
        device, count, seconds, flops, moved, least,
        memory.argument_size_in_bytes, memory.temp_size_in_bytes, memory.output_size_in_bytes, collectives,
    )  # fmt: skip
