"""What a run keeps for a TensorArray: its elements, and an array of gradients for each call of tf.gradients.

The nodes below change it in the order of their `flow` edges; the flow itself is a zero.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.core.shapes import TensorShape

__all__ = ["Elements"]

_serial = itertools.count()


class Elements:
    """A list of arrays that are written once each; a gradient's list adds up what is written."""

    def __init__(self, size: int, dtype: Any, shape: Any = None, dynamic: bool = False, clear: bool = True, name: str = "TensorArray",
                 shapes: list[Any] | None = None) -> None:  # fmt: skip
        self.values: list[Any] = [None] * size
        self.shapes: list[Any] = shapes or [None] * size
        self.read_already: set[int] = set()
        self.dtype, self.shape, self.dynamic, self.clears, self.adds = dtype, shape, dynamic, clear, shapes is not None
        self.name = f"{name}_{next(_serial)}"
        self.gradients: dict[str, Elements] = {}

    def snapshot(self) -> tuple[Any, ...]:
        """All that changes, to be put back by `restore`."""
        inner = {k: (g, g.snapshot()) for k, g in self.gradients.items()}
        return list(self.values), list(self.shapes), set(self.read_already), inner

    def restore(self, state: tuple[Any, ...]) -> None:
        self.values, self.shapes, self.read_already = list(state[0]), list(state[1]), set(state[2])
        self.gradients = {k: g for k, (g, _) in state[3].items()}
        for g, inner in state[3].values():
            g.restore(inner)

    def error(self, text: str) -> Exception:
        return InvalidArgumentError(None, None, f"TensorArray {self.name}: {text}")  # type: ignore[no-any-return]

    def write(self, index: Any, value: Any) -> None:
        i = int(index)
        if i < 0 or i >= len(self.values) and not self.dynamic:
            resizable = "array is not resizeable and size is" if not self.dynamic else "index is negative and size is"
            raise self.error(f"Tried to write to index {i} but {resizable}: {len(self.values)}")
        while i >= len(self.values):
            self.values.append(None)
            self.shapes.append(None)
        if self.adds:
            before = self.values[i]
            self.values[i] = value if before is None else before + value
            return
        if i in self.read_already:
            raise self.error(f"Could not write to TensorArray index {i} because it has already been read.")
        if self.values[i] is not None:
            raise self.error(f"Could not write to TensorArray index {i} because it has already been written to.")
        self._check_shape(i, value)
        self.values[i], self.shapes[i] = value, np.shape(value)

    def _check_shape(self, i: int, value: Any) -> None:
        if self.shape is not None and not self.shape.is_compatible_with(np.shape(value)):
            got = "[" + ",".join(map(str, np.shape(value))) + "]"
            raise self.error(f"Could not write to TensorArray index {i} because the value shape is {got} which is incompatible with "
                             f"the TensorArray's inferred element shape: {self.shape.brackets()} (consider setting infer_shape=False).")  # fmt: skip

    def read(self, xp: Any, index: Any) -> Any:
        i = int(index)
        if not 0 <= i < len(self.values):
            raise self.error(f"Tried to read from index {i} but array size is: {len(self.values)}")
        value = self.values[i]
        if value is None:
            if i in self.read_already and self.clears:
                raise self.error(f"Could not read index {i} twice because it was cleared after a previous read "
                                 "(perhaps try setting clear_after_read = false?).")  # fmt: skip
            return self._zeros(xp, i)
        if self.clears and not self.adds:
            self.values[i] = None
        self.read_already.add(i)
        return value

    def gather(self, xp: Any, indices: Any, shape: TensorShape | None = None) -> Any:
        """The elements, each of this shape, at some indices as one array."""
        found = [self.read(xp, i) for i in np.asarray(indices).tolist()]
        if found:
            return xp.stack(found)
        known = shape.as_list() if shape is not None and shape.is_fully_defined() else []
        return xp.zeros([0, *known], self.dtype)

    def scatter(self, indices: Any, value: Any) -> None:
        for i, row in zip(np.asarray(indices).tolist(), value, strict=True):
            self.write(i, row)

    def concat(self, xp: Any) -> tuple[Any, Any]:
        """All elements one after the other, and their lengths."""
        found = [self.read(xp, i) for i in range(len(self.values))]
        return xp.concatenate(found) if found else xp.zeros([0], self.dtype), np.array([len(v) for v in found], np.int64)

    def split(self, value: Any, lengths: Any) -> None:
        start = 0
        for i, n in enumerate(np.asarray(lengths).tolist()):
            self.write(i, value[start : start + n])
            start += n

    def clear(self) -> None:
        self.values.clear()

    def _zeros(self, xp: Any, i: int) -> Any:
        """What has not been written is zero, where its shape is known."""
        shape = self.shapes[i]
        if shape is None and self.shape is not None and self.shape.is_fully_defined():
            shape = tuple(self.shape.as_list())
        if shape is None:  # what has been written tells
            shape = next((s for s in self.shapes if s is not None), None) or next((np.shape(v) for v in self.values if v is not None), None)
        if shape is None:
            known = "<unknown>" if self.shape is None else self.shape.brackets()
            raise self.error(f"Could not read from TensorArray index {i}.  Furthermore, the element shape is not fully defined: {known}.  "
                             "It is possible you are working with a resizeable TensorArray and stop_gradients is not allowing the gradients "
                             "to be written.  If you set the full element_shape property on the forward TensorArray, the proper all-zeros "
                             "tensor will be returned instead of incurring this error.")  # fmt: skip
        return xp.zeros(shape, self.dtype)

    def gradient(self, source: str) -> Elements:
        """The array that the gradients of this one add up in, for one call of tf.gradients."""
        if source not in self.gradients:
            shapes = list(self.shapes) or [None]
            self.gradients[source] = Elements(len(self.values), self.dtype, self.shape, self.dynamic, False, "TensorArray", shapes)
        return self.gradients[source]


def element_shape(shape: TensorShape | None) -> TensorShape | None:
    return None if shape is None or shape.ndims is None else shape
