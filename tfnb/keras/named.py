"""What Keras lets a program name by a string: activations, losses, layers ... and objects of one's own under their names.

    get("relu", table, "activation function")         the function
    get({"class_name": "L2", "config": {...}}, ...)   the object that a saved model speaks of
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["CustomObjectScope", "custom_object_scope", "get", "get_custom_objects", "plain", "serialize"]

_custom: dict[str, Any] = {}


def get_custom_objects() -> dict[str, Any]:
    """The objects that saved models may name besides Keras's own.

    >>> print(isinstance(tf.keras.utils.get_custom_objects(), dict))
    True
    """
    return _custom


@contextlib.contextmanager
def custom_object_scope(*objects: Mapping[str, Any]) -> Iterator[None]:
    """Objects that may be named within a block.

    >>> with tf.keras.utils.custom_object_scope({"twice": lambda x: 2 * x}):
    ...     layer = tf.keras.layers.Activation("twice")
    """
    before = dict(_custom)
    for names in objects:
        _custom.update(names)
    try:
        yield
    finally:
        _custom.clear()
        _custom.update(before)


CustomObjectScope = custom_object_scope


def get(identifier: Any, table: Mapping[str, Any], what: str, instance: bool = True) -> Any:
    """The object that a name, a configuration or the object itself stands for. Raises ValueError for an unknown name.

    With `instance` a class becomes an object of it.
    """
    if identifier is None:
        return None
    if isinstance(identifier, Mapping):
        kind = get(identifier["class_name"], table, what, instance=False)
        return _made(kind, identifier.get("config", {}))
    if isinstance(identifier, str):
        found = _custom.get(identifier) or table.get(identifier)
        if found is None:
            raise ValueError(f"Unknown {what}:{identifier}")
        return found() if instance and inspect.isclass(found) else found
    if instance and inspect.isclass(identifier):
        return identifier()
    if not callable(identifier) and not hasattr(identifier, "get_config"):
        raise ValueError(f"Could not interpret {what} identifier: {identifier}")
    return identifier


def _made(kind: Any, config: Any) -> Any:
    if not inspect.isclass(kind):
        return kind
    if hasattr(kind, "from_config"):
        return kind.from_config(dict(config) if isinstance(config, Mapping) else config)
    return kind(**config)


def serialize(thing: Any) -> Any:
    """A function's name, or an object's class and configuration.

    >>> print(tf.keras.constraints.serialize(tf.keras.constraints.NonNeg())["class_name"])
    NonNeg
    """
    if thing is None or isinstance(thing, str):
        return thing
    if hasattr(thing, "get_config"):
        return {"class_name": type(thing).__name__, "config": plain(thing.get_config())}
    return getattr(thing, "__name__", str(thing))


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if type(value).__name__ == "DType":
        return value.name
    if type(value).__name__ == "Dimension":
        return value.value
    if inspect.isclass(value):
        return value.__name__
    return serialize(value)
