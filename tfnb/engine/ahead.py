"""A step compiled for TPUs that are not there: does it compile, what memory and time would it take?

    print(compile_ahead(sess, [loss, train], {x: batch, y: labels}, "tpu:v5e-4"))
    compile_ahead(sess, [loss, train], {x: big}, "tpu:v5e-256", mesh={"data": 16, "model": 16}, shardings={W: (None, "model")})

The TPU compiler (PyPI's `libtpu`) works on any Linux machine; only running needs the chips. The program is the one that a
session on those chips runs (mesh.py): variables need no values, only shapes.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.shapes import TensorShape
from tfnb.engine.chips import Slice, slice_of
from tfnb.engine.plans import Plan
from tfnb.engine.sharding import Layout

__all__ = ["AheadOfTime", "NotCompiled", "compile_ahead", "compile_plan"]

_COLLECTIVE = re.compile(r"= (.*?) (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(?:-start)?\((.*)")
_ARRAY = re.compile(r"\b(?:pred|[a-z]+(\d+))\[([\d,]*)\]")


class NotCompiled(ValueError):
    """The compiler's own words, and a sentence on what they mean and what to do (`lesson`)."""

    def __init__(self, text: str, lesson: str) -> None:
        super().__init__(f"{text} {lesson}")
        self.text, self.lesson = text, lesson


class AheadOfTime(NamedTuple):
    """What the compiler says of a step. Numbers are for one device (a chip, or a core of it); bytes and seconds."""

    slice: Slice
    mesh: dict[str, int]
    compile_seconds: float
    flops: float
    moved: float
    exchanged: float
    collectives: dict[str, int]
    arguments: int
    temporaries: int
    told_seconds: float | None

    @property
    def device(self) -> str:
        return self.slice.device

    @property
    def devices(self) -> int:
        return math.prod(self.mesh.values())

    @property
    def cores(self) -> int:
        """Devices of a chip: v4 and v5p have two cores, each with half of what the chip has."""
        return self.devices // self.slice.chips

    @property
    def memory(self) -> int:
        """Bytes of a chip: what is there all the time and what is there while the step runs."""
        return (self.arguments + self.temporaries) * self.cores

    @property
    def shares(self) -> dict[str, float]:
        """Seconds that the chip's full speed leaves for each thing that a step does."""
        chip, n = self.slice.chip, self.cores
        return {"arithmetic": self.flops * n / chip.flops, "memory": self.moved * n / chip.bandwidth, "exchange": self.exchanged * n / chip.links}

    @property
    def seconds(self) -> float:
        """The least time of a step: the longest of its shares, as if the others hid behind it."""
        return max(self.shares.values())

    def rows(self) -> list[tuple[str, str]]:
        """Pairs of a word and a figure, for tables and cards."""
        chip = self.slice.chip
        longest = max(self.shares, key=lambda k: self.shares[k])
        told = ", ".join(f"{n} {k}" for k, n in self.collectives.items()) or "none"
        rest = ", ".join(f"{k} {_time(s)}" for k, s in self.shares.items())
        return [
            ("chips", f"{self.slice.chips} as {self.slice.topology.partition(':')[2]}, mesh {' x '.join(f'{n} {a}' for a, n in self.mesh.items())}"),
            ("compiles", f"yes, in {self.compile_seconds:.1f} s"),
            ("memory a chip", f"{_bytes(self.memory)} of {_bytes(chip.memory)} ({_bytes(self.temporaries * self.cores)} of it while it runs)"),
            ("step", f"at least {_time(self.seconds)} and the start of a program, bound by {longest} ({rest})"),
            ("arithmetic", f"{self.flops * self.cores:.3g} operations a chip"),
            ("collectives", told if told == "none" else f"{told}: {_bytes(self.exchanged * self.cores)} a chip"),
        ]

    def __str__(self) -> str:
        return "\n".join(f"{k:<14} {v}" for k, v in (("device", self.device), *self.rows()))


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _bytes(n: float) -> str:
    return next(f"{n / size:.3g} {unit}" for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")) if n >= size or size == 1)


# -- compiling ------------------------------------------------------------------------------------------------------------
def compile_ahead(session: Any, fetches: Any, feeds: Any, device: str, mesh: dict[str, int] | None = None,
                  shardings: Any = None) -> AheadOfTime:  # fmt: skip
    """Compiles a run for a TPU slice. `feeds` are values of the shapes that will be fed; variables need no values.

    `mesh` names the axes of the slice ({"data": all of it} when left out). Raises ValueError for a device that is none
    or a compiler that is not installed, and NotCompiled where the step cannot be compiled.
    """
    from tfnb.engine.fetches import feeds_of

    fed = feeds_of(session.graph, feeds)
    return compile_plan(session, session.plan(fetches, feeds), {t: np.shape(v) for t, v in fed.items()}, device, mesh, shardings)


def compile_plan(session: Any, plan: Plan, shapes: Mapping[Tensor, tuple[int, ...]], device: str, mesh: dict[str, int] | None = None,
                 shardings: Any = None) -> AheadOfTime:  # fmt: skip
    """As `compile_ahead`, for a plan of a session and the shapes of what is fed to it."""
    asked = slice_of(device)
    from tfnb.engine.jax_backend import compiled_form, configure

    jax = configure()
    devices = _devices(asked)
    axes = mesh or {"data": len(devices)}
    if math.prod(axes.values()) != len(devices):
        raise ValueError(f"mesh={axes} has {math.prod(axes.values())} places, but {device} has {len(devices)} devices.")
    layout = Layout(axes, shardings)
    layout.check(session.graph)
    step = _traceable(plan, compiled_form)
    lay = _Laying(jax, devices, layout)
    arguments = [lay.feed(t, shapes[t]) for t in plan.program.feeds] + [lay.kept(session, r) for r in plan.program.reads]
    results = (None, tuple(lay.kept(session, w).sharding for w in plan.program.writes))
    first = len(plan.program.feeds)
    donated = tuple(first + i for i, r in enumerate(plan.program.reads) if r.kind == "value" and r in plan.program.writes)
    start = time.perf_counter()
    try:
        lowered = jax.jit(step, out_shardings=results, donate_argnums=donated).lower(*arguments)
        with _no_cache(jax):
            compiled = lowered.compile()
    except Exception as e:  # tracing and compiling raise errors of many types
        raise _not_compiled(e, asked) from None
    return _told(compiled, asked, axes, time.perf_counter() - start)


def _traceable(plan: Plan, compiled_form: Any) -> Any:
    """The step as JAX traces it. Raises NotCompiled for one that works on the host."""
    host = next((i.op for i in plan.program.instructions if i.op.definition.host and not getattr(i.op.definition, "carried", False)), None)
    if host is not None:
        raise NotCompiled(f"This run cannot be compiled: {host.name} ({host.type}) works on the host.",
                          "Texts, files, queues and Python functions stay on the CPU. Fetch the training op and the loss alone.")  # fmt: skip
    if not plan.code.compilable and not plan.program.structured:
        raise NotCompiled("This run cannot be compiled: a shape depends on values.",
                          "A compiler lays out memory beforehand. Give shapes as constants, or pad to a fixed size and mask.")  # fmt: skip
    try:
        return compiled_form(plan.program, plan.code)[1]
    except ValueError as e:
        raise NotCompiled(f"This run cannot be compiled: {e}.", "Write the loop with tf.while_loop and fixed shapes.") from None


class _Laying:
    """Describes arguments: shape, dtype and how they lie on the mesh."""

    def __init__(self, jax: Any, devices: Any, layout: Layout) -> None:
        self.jax, self.layout = jax, layout
        self.mesh = jax.sharding.Mesh(np.array(devices).reshape(tuple(layout.axes.values())), tuple(layout.axes))

    def described(self, shape: Any, dtype: Any, cut: Any) -> Any:
        sharding = self.jax.sharding.NamedSharding(self.mesh, self.jax.sharding.PartitionSpec(*cut))
        return self.jax.ShapeDtypeStruct(tuple(shape), dtype, sharding=sharding)

    def feed(self, tensor: Tensor, shape: tuple[int, ...]) -> Any:
        return self.described(shape, tensor.dtype.base_dtype.np, self.layout.of_feed(tensor, shape))

    def kept(self, session: Any, read: Any) -> Any:
        """A variable by the shape that it has or was declared with; a counter; whether a variable is ready."""
        op = session.graph.get_operation_by_name(read.key)
        if read.kind not in ("value", "maybe"):
            return self.described((), np.bool_ if read.kind == "ready" else np.int64, ())
        held = session._values.get(read.key)
        sizes = TensorShape(op.attrs["shape"]).sizes if held is None else np.shape(held)
        if sizes is None or None in sizes:
            raise NotCompiled(f"The shape of the variable {read.key} is not known.", "Initialise it first.")
        return self.described(sizes, op.attrs["dtype"].base_dtype.np, self.layout.of_variable(read.key, sizes))


def _not_compiled(error: Exception, asked: Slice) -> NotCompiled:
    """The compiler's first line, and what it means."""
    text = (str(error).strip() or type(error).__name__).split("\n")[0]
    memory = re.search(r"\(([\d.]+\w)\) exceeds available HBM \(([\d.]+\w)\)", str(error))
    if memory or "RESOURCE_EXHAUSTED" in text:
        needs = f"A chip would need {memory[1]} and has {memory[2]} of memory. " if memory else ""
        return NotCompiled(text, f"{needs}Use more chips, cut large variables along a second axis of the mesh, or feed smaller batches.")
    if type(error).__name__.startswith(("Concretization", "Tracer", "NonConcrete")):
        return NotCompiled(f"This run cannot be compiled: a shape depends on values ({text}).", "Give shapes as constants, or pad and mask.")
    return NotCompiled(f"The compiler for {asked.kind} refuses the step: {text}", "Fetch a part of it to find the operation at fault.")


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


def _devices(asked: Slice) -> Any:
    """The devices of a slice that need not be there."""
    from jax.experimental import topologies

    os.environ.setdefault("TPU_SKIP_MDS_QUERY", "1")  # asks no metadata server of a cloud
    os.environ.setdefault("TPU_ACCELERATOR_TYPE", "v5litepod-4")
    os.environ.setdefault("TPU_WORKER_HOSTNAMES", "localhost")
    os.environ.setdefault("ALLOW_MULTIPLE_LIBTPU_LOAD", "1")  # to compile takes no chip from another process
    try:
        return topologies.get_topology_desc(platform="tpu", topology_name=asked.topology).devices
    except Exception as e:
        why = str(e).splitlines()[0]
        raise ValueError(f"The compiler for {asked.device} is not to be had here ({why}). pip install libtpu (Linux).") from None


def _told(compiled: Any, asked: Slice, axes: dict[str, int], seconds: float) -> AheadOfTime:
    costs = compiled.cost_analysis() or {}
    costs = costs[0] if isinstance(costs, list) else costs
    memory = compiled.memory_analysis()
    collectives, exchanged = _exchange(compiled.as_text())
    held = memory.argument_size_in_bytes + memory.output_size_in_bytes - memory.alias_size_in_bytes
    return AheadOfTime(
        asked, axes, seconds, costs.get("flops", 0.0), costs.get("bytes accessed", 0.0), exchanged, collectives,
        held, memory.temp_size_in_bytes, costs.get("optimal_seconds"),
    )  # fmt: skip


def _exchange(text: str) -> tuple[dict[str, int], float]:
    """How many collectives of each kind a program has, and the bytes that each device sends for them.

    A ring sends an all-reduce's array twice, all others once: less by one part, which is left out here.
    """
    count: Counter[str] = Counter()
    total = 0.0
    for shape, kind, rest in _COLLECTIVE.findall(text):
        count[kind] += 1
        size = sum(math.prod(map(int, dims.split(",") if dims else ())) * (int(bits or 8) / 8) for bits, dims in _ARRAY.findall(shape))
        total += size * {"all-reduce": 2.0, "reduce-scatter": float(_group(rest))}.get(kind, 1.0)
    return dict(count), total


def _group(rest: str) -> int:
    """How many devices take part in a collective together."""
    found = re.search(r"replica_groups=(?:\[\d+,(\d+)\]|\{\{([\d,]*)\})", rest)
    return 1 if found is None else int(found[1]) if found[1] else found[2].count(",") + 1
