"""Several devices as one: the step is compiled for a mesh, and XLA inserts what the devices must tell each other.

    tf.Session(mesh={"data": 8})        what is fed is cut along its first axis into 8 parts, variables are on all

The numbers are those of one device up to rounding; only sums over the batch are added in another order. To practise
without eight devices: XLA_FLAGS=--xla_force_host_platform_device_count=8 before Python starts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.engine.backends import is_text
from tfnb.engine.jax_backend import JaxBackend

__all__ = ["MeshBackend"]


class MeshBackend(JaxBackend):
    """JAX on a mesh of devices, whose axes have names; the first axis takes the batch."""

    spread = True

    def __init__(self, axes: dict[str, int], platform: str = "cpu") -> None:
        super().__init__(platform)
        from jax.sharding import Mesh, NamedSharding, PartitionSpec

        count = math.prod(axes.values())
        there = self.jax.devices(platform)
        if len(there) < count:
            raise ValueError(
                f"mesh={axes} needs {count} devices, and JAX sees {len(there)} of the kind {platform!r} here. To practise on virtual ones, "
                f"set XLA_FLAGS=--xla_force_host_platform_device_count={count} in the environment before Python starts."
            )
        self.mesh = Mesh(np.array(there[:count]).reshape(tuple(axes.values())), tuple(axes))
        self.parts = next(iter(axes.values()))
        self.on_all = NamedSharding(self.mesh, PartitionSpec())
        self.by_batch = NamedSharding(self.mesh, PartitionSpec(next(iter(axes))))
        self.name = f"{platform}:jax on a mesh of {' x '.join(f'{n} {a}' for a, n in axes.items())}"
        self.default = True
        self.jit_options = {
            "out_shardings": (None, self.on_all)
        }  # variables stay on all, or each run would be compiled anew

    def put(self, value: Any) -> Any:
        return value if is_text(value) else self.jax.device_put(value, self.on_all)

    def feed(self, value: Any) -> Any:
        """A batch, a part of it on each device; what cannot be cut evenly is on all."""
        if is_text(value):
            return value
        cut = np.ndim(value) > 0 and np.shape(value)[0] and np.shape(value)[0] % self.parts == 0
        return self.jax.device_put(value, self.by_batch if cut else self.on_all)
