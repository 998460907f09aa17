"""TensorArrays and stacks in a program that XLA compiles: each has a place of fixed size, and a handle that knows it.

    handle.write(i, x);  handle.read(xp, i)         as array_state.Elements
    stack.append(x);  stack.pop()                   as a list

The places are no values of the program: `jax_flow.py` takes them through every branch and loop.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

__all__ = ["Again", "Handle", "Place", "Uncompilable"]


class Uncompilable(Exception):  # noqa: N818 - no error of the user's
    """Why a step cannot be compiled."""


class Again(Exception):  # noqa: N818
    """Something was learnt that the text has to be traced anew for."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Place:
    """The elements of a TensorArray or a stack along the first axis; before it, where there are several copies, their axis.

    `items` is None until the first value tells its shape. `count` is how many values a stack has, `used` how many copies
    have been taken.
    """

    items: Any
    count: Any
    used: Any
    size: int = dataclasses.field(metadata={"static": True})
    copies: int = dataclasses.field(metadata={"static": True})
    dtype: Any = dataclasses.field(metadata={"static": True})
    adds: bool = dataclasses.field(metadata={"static": True})

    @property
    def lead(self) -> tuple[int, ...]:
        return () if self.copies == 1 else (self.copies,)


def _get(items: Any, where: tuple[Any, ...]) -> Any:
    """items[where]"""
    rest = items.shape[len(where) :]
    start = (*map(jnp.int32, where), *[np.int32(0)] * len(rest))
    return lax.dynamic_slice(items, start, (*[1] * len(where), *rest), allow_negative_indices=False).reshape(rest)


def _set(items: Any, where: tuple[Any, ...], value: Any) -> Any:
    """The items with `value` at items[where]."""
    if value.shape != items.shape[len(where) :]:
        raise Uncompilable("the elements of a TensorArray have different shapes")
    start = (*map(jnp.int32, where), *[np.int32(0)] * value.ndim)
    value = value.astype(items.dtype).reshape(*[1] * len(where), *value.shape)
    return lax.dynamic_update_slice(items, value, start, allow_negative_indices=False)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Handle:
    """A TensorArray or a stack as the text knows it: which place, and, where it has several, which copy."""

    copy: Any
    key: str = dataclasses.field(metadata={"static": True})
    depth: int = dataclasses.field(metadata={"static": True})
    flow: Any = dataclasses.field(metadata={"static": True})

    @property
    def place(self) -> Place:
        return self.flow.places[self.key]  # type: ignore[no-any-return]

    def _becomes(self, **changes: Any) -> None:
        self.flow.places[self.key] = dataclasses.replace(self.place, **changes)

    @property
    def values(self) -> range:
        return range(self.place.size)

    @property
    def _mine(self) -> tuple[Any, ...]:
        return () if self.place.copies == 1 else (self.copy,)

    def _put(self, i: Any, value: Any) -> None:
        place, where = self.place, (*self._mine, i)
        items = place.items
        if items is None:
            items = jax.tree.map(lambda v: jnp.zeros((*place.lead, place.size, *v.shape), v.dtype), value)
        if place.adds:
            value = _get(items, where) + value
        self._becomes(items=jax.tree.map(lambda a, v: _set(a, where, v), items, value))

    def _all(self) -> Any:
        if self.place.items is None:
            raise Uncompilable("a TensorArray is read before its elements' shape is known")
        return _get(self.place.items, self._mine)

    # -- as a TensorArray -----------------------------------------------------------------------------------------
    def write(self, index: Any, value: Any) -> None:
        self._put(index, jnp.asarray(value))

    def read(self, xp: Any, index: Any) -> Any:
        self._all()
        return _get(self.place.items, (*self._mine, index))

    def gather(self, xp: Any, indices: Any, shape: Any = None) -> Any:
        if not self.place.size and self.place.items is None:
            return jnp.zeros([0, *(shape.as_list() if shape is not None and shape.is_fully_defined() else [])], self.place.dtype)
        rows = self._all()
        return rows if self._is_all(indices) else rows[indices]

    def _is_all(self, indices: Any) -> bool:
        return isinstance(indices, np.ndarray) and np.array_equal(indices, np.arange(self.place.size))

    def scatter(self, indices: Any, value: Any) -> None:
        value, place = jnp.asarray(value), self.place
        items = place.items
        if items is None:
            items = jnp.zeros((*place.lead, place.size, *value.shape[1:]), value.dtype)
        rows = _get(items, self._mine)
        if rows.shape[1:] != value.shape[1:]:
            raise Uncompilable("the elements of a TensorArray have different shapes")
        if self._is_all(indices):
            rows = rows + value if place.adds else value
        else:
            rows = rows.at[indices].add(value) if place.adds else rows.at[indices].set(value)
        self._becomes(items=_set(items, self._mine, rows))

    def concat(self, xp: Any) -> tuple[Any, Any]:
        rows = self._all()
        return rows.reshape(-1, *rows.shape[2:]), np.full(len(rows), rows.shape[1], np.int64)

    def split(self, value: Any, lengths: Any) -> None:
        if not isinstance(lengths, np.ndarray) or len(set(lengths.tolist())) != 1:
            raise Uncompilable("a TensorArray takes parts of different sizes")
        self.scatter(np.arange(len(lengths)), value.reshape(len(lengths), -1, *value.shape[1:]))

    def gradient(self, source: str) -> Handle:
        """The array that the gradients of this one add up in."""
        key, place = f"{self.key}:{source}", self.place
        if key not in self.flow.places or self.flow.places[key].items is None and place.items is not None:
            items = None if place.items is None else jnp.zeros_like(place.items)
            self.flow.places[key] = dataclasses.replace(place, items=items, adds=True)
        return dataclasses.replace(self, key=key)

    def clear(self) -> None:
        pass

    # -- as a stack -----------------------------------------------------------------------------------------------
    def append(self, value: Any) -> None:
        flow = self.flow
        if isinstance(value, Handle) and value.depth > self.depth and value.key not in flow.kept:
            flow.kept.add(value.key)
            raise Again
        if not self.place.size:
            self._becomes(size=flow.turns_since(self.depth))
        i = _get(self.place.count, self._mine)
        self._put(i, jax.tree.map(jnp.asarray, value))
        self._becomes(count=_set(self.place.count, self._mine, i + 1))

    def pop(self) -> Any:
        place = self.place
        if place.items is None:
            raise Uncompilable("a stack is read before it is written")
        i = _get(place.count, self._mine) - 1
        self._becomes(count=_set(place.count, self._mine, i))
        return jax.tree.map(lambda a: _get(a, (*self._mine, i)), place.items)
