"""Several devices as one: the step is compiled for a mesh, and XLA inserts what the devices must tell each other.

    tf.Session(mesh={"data": 8})                                   what is fed is cut into 8 parts, variables are on all
    tf.Session(mesh={"data": 4, "model": 2}, shardings={W: (None, "model")})     and W's columns are halved

The numbers are those of one device up to rounding; only sums are added in another order. To practise without eight
devices: XLA_FLAGS=--xla_force_host_platform_device_count=8 before Python starts; several machines: processes.py.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.graph import Graph
from tfnb.engine import processes
from tfnb.engine.backends import is_text
from tfnb.engine.codegen import Code
from tfnb.engine.jax_backend import JaxBackend, JaxStep
from tfnb.engine.program import Program
from tfnb.engine.sharding import Cut, Layout

__all__ = ["MeshBackend"]


class MeshBackend(JaxBackend):
    """JAX on a mesh of devices, whose axes have names; the first axis takes the batch."""

    spread = True

    def __init__(self, axes: dict[str, int], platform: str = "cpu", shardings: Any = None, graph: Graph | None = None) -> None:
        self.layout = Layout(axes, shardings)
        if graph is not None:
            self.layout.check(graph)
        processes.join_if_told()
        super().__init__(platform)
        count = math.prod(axes.values())
        there = self.jax.devices(platform)
        if len(there) < count:
            raise ValueError(_too_few(axes, count, len(there), platform))
        self.mesh = self.jax.sharding.Mesh(np.array(there[:count]).reshape(tuple(axes.values())), tuple(axes))
        self.count = count
        self.sharding = functools.cache(self._sharding)
        self.on_all = self.sharding(())
        self.name = f"{platform}:jax on a mesh of {' x '.join(f'{n} {a}' for a, n in axes.items())}"
        self.default = True
        self.many = self.jax.process_count() > 1
        self._chances = itertools.count(processes.shared_number() if self.many else 0)

    def _sharding(self, cut: Cut) -> Any:
        return self.jax.sharding.NamedSharding(self.mesh, self.jax.sharding.PartitionSpec(*cut))

    def options(self, program: Program) -> dict[str, Any]:
        """Variables stay as they lie, or each run would be compiled anew; what is fetched must be whole in each process."""
        changed = tuple(self._of_variable(program, w) for w in program.writes)
        return {"out_shardings": (self.on_all if self.many else None, changed)}

    def _of_variable(self, program: Program, write: Any) -> Any:
        if write.kind != "value":
            return self.on_all
        op = program.graph.get_operation_by_name(write.key)
        return self.sharding(self.layout.of_variable(write.key, op.outputs[0].shape.sizes or _declared(op)))

    def compile(self, program: Program, code: Code) -> Callable[..., Any]:
        return MeshStep(self, program, code)

    def chance(self) -> int:
        """In several processes the same for all: their random numbers are one sequence."""
        return next(self._chances) if self.many else super().chance()

    def put(self, value: Any) -> Any:
        return value if is_text(value) else self.laid(value, self.on_all)

    def laid(self, value: Any, sharding: Any) -> Any:
        """A value on the mesh. In several processes each has the whole value and keeps its parts."""
        if not self.many:
            return self.jax.device_put(value, sharding)
        value = np.asarray(value)
        return self.jax.make_array_from_callback(value.shape, sharding, value.__getitem__)

    def get(self, value: Any) -> Any:
        if self.many and isinstance(value, self.jax.Array) and not value.is_fully_replicated:
            from jax.experimental import multihost_utils

            with processes.failures():
                return multihost_utils.process_allgather(value, tiled=True)
        with processes.failures():
            return super().get(value)


def _declared(op: Any) -> Any:
    return getattr(op.attrs.get("shape"), "sizes", None)


def _too_few(axes: dict[str, int], count: int, there: int, platform: str) -> str:
    return (f"mesh={axes} needs {count} devices, and JAX sees {there} of the kind {platform!r} here. To practise on virtual ones, "
            f"set XLA_FLAGS=--xla_force_host_platform_device_count={count} in the environment before Python starts.")  # fmt: skip


class MeshStep(JaxStep):
    """A step on a mesh: cuts what is fed, then runs as any other step of JAX."""

    backend: MeshBackend

    def __call__(self, *values: Any) -> Any:
        fed = [self._cut(t, v) for t, v in zip(self.program.feeds, values, strict=False)]
        with processes.failures():
            return super().__call__(*fed, *values[len(fed) :])

    def _cut(self, tensor: Any, value: Any) -> Any:
        if is_text(value):
            return value
        return self.backend.laid(value, self.backend.sharding(self.backend.layout.of_feed(tensor, np.shape(value))))
