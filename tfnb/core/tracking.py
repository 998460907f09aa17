"""Objects that hold what a checkpoint saves: which parts an object has, under which names.

    children([v, w])            [("0", v), ("1", w)]
    children(layer)             [("kernel", ...), ("bias", ...)]: what its class says in `_children`

A checkpoint goes along these names; `grown` tells those who wait for parts that were not there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["Checkpointable", "attributes", "children", "grown", "is_tracked", "waiting"]

waiting: list[Callable[[], None]] = []
"""Called whenever an object that is tracked got a new part."""


def grown() -> None:
    """An object has a new part: whoever waits for it may look."""
    for look in list(waiting):
        look()


def is_tracked(value: Any) -> bool:
    """Whether a checkpoint goes into this value: a variable, an object with parts, a list or dict that holds one."""
    if isinstance(value, (list, Mapping)):
        return any(map(is_tracked, value.values() if isinstance(value, Mapping) else value))
    return hasattr(type(value), "_children")


def children(value: Any) -> list[tuple[str, Any]]:
    """The parts of a value and their names, in order."""
    if isinstance(value, Mapping):
        return [(str(k), v) for k, v in value.items() if is_tracked(v)]
    if isinstance(value, list):
        return [(str(i), v) for i, v in enumerate(value) if is_tracked(v)]
    named: dict[str, Any] = {}
    for name, part in value._children():  # a layer's weight is often an attribute of the same name
        named.setdefault(name, part)
    return list(named.items())


def attributes(value: Any, hidden: Iterable[str] = ()) -> list[tuple[str, Any]]:
    """The parts that are attributes of an object, but for the hidden ones."""
    return [(k, v) for k, v in vars(value).items() if k not in hidden and is_tracked(v)]


class Checkpointable:
    """An object whose attributes are saved with it: variables, layers, optimizers, lists and dicts of them.

    >>> class Line(tf.contrib.eager.Checkpointable):
    ...     def __init__(self): self.slope = tf.Variable(2.0)
    >>> sess.run(tf.global_variables_initializer()) if (line := Line()) else None
    >>> print(tf.train.list_variables(tf.train.Checkpoint(line=line).write("line"))[1])
    ('line/slope/.ATTRIBUTES/VARIABLE_VALUE', [])
    """

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if waiting and is_tracked(value):
            grown()

    def _children(self) -> list[tuple[str, Any]]:
        return attributes(self)
