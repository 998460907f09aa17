"""How values lie on a mesh of devices: by which axis of the mesh each axis of a value is cut.

    layout = Layout({"data": 4, "model": 2}, {"W": (None, "model")})
    layout.of_variable("W", [784, 256])        (None, "model"): each of two devices has half of the columns
    layout.of_feed(x, (128, 784))              ("data",): what is fed is cut along its first axis, unless told otherwise

A slot of an optimizer (W/Adam) lies as its variable does. What is not cut is whole on every device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfnb.core.graph import Graph, Tensor
from tfnb.core.shapes import TensorShape

__all__ = ["Layout"]

Cut = tuple[Any, ...]


class Layout:
    """The cuts of variables and feeds. `given` has them by a variable, a tensor or a name; an axis of None is not cut."""

    def __init__(self, axes: Mapping[str, int], given: Mapping[Any, Sequence[str | None]] | None = None) -> None:
        self.axes = dict(axes)
        self.first = next(iter(self.axes))
        self.given = {_name(key): self._checked(key, cut) for key, cut in (given or {}).items()}

    def _checked(self, key: Any, cut: Any) -> Cut:
        axes: Cut = (cut,) if isinstance(cut, str) or cut is None else tuple(cut)
        for axis in axes:
            if axis is not None and axis not in self.axes:
                raise ValueError(f"The sharding {axes} of {_name(key)!r} names {axis!r}, but the mesh has the axes {', '.join(self.axes)}.")
        return axes

    def check(self, graph: Graph) -> None:
        """Raises ValueError for a cut of what the graph has not, or that does not divide its size."""
        for name, cut in self.given.items():
            try:
                op = graph.get_operation_by_name(name)
            except KeyError:
                raise ValueError(f"The sharding {cut} is for {name!r}, which is not in the graph.") from None
            sizes = op.outputs[0].shape.sizes
            if sizes is not None:
                self._fit(name, cut, sizes)

    def _fit(self, name: str, cut: Cut, sizes: Sequence[int | None]) -> None:
        if len(cut) > len(sizes):
            raise ValueError(f"The sharding {cut} of {name!r} has {len(cut)} axes, but its shape {TensorShape(list(sizes))} has {len(sizes)}.")
        for size, axis in zip(sizes, cut, strict=False):
            if axis is not None and size is not None and size % self.axes[axis]:
                raise ValueError(f"Axis {axis!r} of the mesh has {self.axes[axis]} parts, which does not divide {size} in {name!r}{list(sizes)}.")

    def of_variable(self, name: str, sizes: Sequence[int | None] | None) -> Cut:
        """Of a variable or of a slot named after it, which has its shape."""
        if name in self.given:
            return self.given[name]
        owner = max((n for n in self.given if name.startswith(n + "/")), key=len, default=None)
        if owner is None or sizes is None or len(sizes) < len(self.given[owner]):
            return ()
        cut = self.given[owner]
        return cut if all(a is None or n is not None and n % self.axes[a] == 0 for n, a in zip(sizes, cut, strict=False)) else ()

    def of_feed(self, tensor: Tensor, sizes: Sequence[int]) -> Cut:
        """Of what is fed; by default its first axis is cut along the mesh's first where that goes evenly."""
        cut = self.given.get(tensor.op.name)
        if cut is not None:
            self._fit(tensor.op.name, cut, sizes)
            return cut
        return (self.first,) if len(sizes) and sizes[0] and sizes[0] % self.axes[self.first] == 0 else ()


def _name(key: Any) -> str:
    op = getattr(key, "op", None)
    return str(key).split(":")[0] if op is None else str(op.name)
