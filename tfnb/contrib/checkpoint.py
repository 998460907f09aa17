"""tf.contrib.checkpoint: what object-based checkpoints are made of, by its first names."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np

from tfnb.core import protos
from tfnb.core.tracking import Checkpointable, is_tracked
from tfnb.train.checkpoints import load_checkpoint
from tfnb.train.kept import CheckpointManager
from tfnb.train.objects import GRAPH_KEY, walk

__all__ = [
    "CheckpointManager", "Checkpointable", "CheckpointableBase", "CheckpointableObjectGraph", "List", "Mapping", "NoDependency", "NumpyState",
    "PythonStateWrapper", "UniqueNameTracker", "list_objects", "object_metadata",
]  # fmt: skip

CheckpointableBase = Checkpointable
CheckpointableObjectGraph = protos.TrackableObjectGraph


def list_objects(root_checkpointable: Any) -> list[Any]:
    """All objects that are saved with this one, breadth first.

    >>> v = tf.Variable(1.0)
    >>> print(len(tf.contrib.checkpoint.list_objects(tf.train.Checkpoint(v=v))))
    2
    """
    return walk(root_checkpointable).objects


def object_metadata(save_path: str) -> Any:
    """The objects of a checkpoint and their parts, as a message. Raises ValueError for a checkpoint of names alone.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> print(tf.contrib.checkpoint.object_metadata(tf.train.Checkpoint(v=v).write("./c")).nodes[0].children[0].local_name)
    v
    """
    values = load_checkpoint(save_path).values
    if GRAPH_KEY not in values:
        raise ValueError(f'The specified checkpoint "{save_path}" does not appear to be object-based (saved with TF2) since it is missing the key '
                         f'"{GRAPH_KEY}". Likely it was created with a name-based saver and does not contain an object dependency graph.')  # fmt: skip
    return protos.TrackableObjectGraph.FromString(values[GRAPH_KEY])


class List(list):  # type: ignore[type-arg]
    """A list of objects that are saved; layers among them tell their variables.

    >>> layers = tf.contrib.checkpoint.List([tf.keras.layers.Dense(1)])
    >>> layers.append(tf.keras.layers.Dense(2))
    >>> print(len(layers), len(layers.layers), layers.trainable_weights)
    2 2 []
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args)

    @property
    def layers(self) -> list[Any]:
        """The layers in the list."""
        return [v for v in self if hasattr(v, "trainable_weights")]

    @property
    def trainable_weights(self) -> list[Any]:
        return [w for layer in self.layers for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Any]:
        return [w for layer in self.layers for w in layer.non_trainable_weights]

    @property
    def weights(self) -> list[Any]:
        return self.trainable_weights + self.non_trainable_weights

    variables = weights
    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights


class Mapping(collections.UserDict):  # type: ignore[type-arg]
    """A dictionary from names to objects that are saved. Raises TypeError for a key that is no string, ValueError for one that is there.

    >>> parts = tf.contrib.checkpoint.Mapping(a=tf.Variable(1.0))
    >>> list(parts)
    ['a']
    """

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"Mapping accepts only string keys, but got a key {key!r}.")
        if self.data.get(key, value) is not value:
            raise ValueError(f"Mappings are an append-only data structure. Tried to overwrite the key '{key}' with value {value}, but it already contains "
                             f"{self.data[key]}")  # fmt: skip
        self.data[key] = value


class NoDependency:
    """An attribute that is not saved with the object it is put into: `self.other = NoDependency(layer)`.

    >>> checkpoint = tf.train.Checkpoint()
    >>> checkpoint.aside = tf.contrib.checkpoint.NoDependency(tf.Variable(1.0))
    >>> print(len(tf.contrib.checkpoint.list_objects(checkpoint)))
    1
    """

    def __init__(self, value: Any) -> None:
        self.value = value


class NumpyState(Checkpointable):
    """NumPy arrays as attributes, saved with the object.

    >>> state = tf.contrib.checkpoint.NumpyState()
    >>> checkpoint = tf.train.Checkpoint(state=state)
    >>> state.x = np.ones([2])
    >>> path = checkpoint.write("./c")
    >>> state.x[:] = 0.0
    >>> status = checkpoint.restore(path)
    >>> print(state.x)
    [1. 1.]
    """

    def __setattr__(self, name: str, value: Any) -> None:
        held = self.__dict__.get(name)
        if isinstance(held, _Array):
            held.array = np.asarray(value)
        else:
            super().__setattr__(name, _Array(np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return found.array if isinstance(found, _Array) else found


class _Array(Checkpointable):
    """An array that is saved."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def serialize(self) -> Any:
        return self.array

    def deserialize(self, value: Any) -> None:
        self.array = np.array(value)


class PythonStateWrapper(Checkpointable):
    """Python state that is saved as a text: one function gives the text, the other takes it.

    >>> counts = {"steps": "3"}
    >>> state = tf.contrib.checkpoint.PythonStateWrapper(lambda: counts["steps"], lambda text: counts.update(steps=text))
    >>> path = tf.train.Checkpoint(state=state).write("./c")
    >>> counts["steps"] = "9"
    >>> status = tf.train.Checkpoint(state=state).restore(path)
    >>> counts["steps"]
    '3'
    """

    def __init__(self, save_fn: Any, load_fn: Any) -> None:
        self.serialize, self.deserialize = save_fn, load_fn


class UniqueNameTracker(Checkpointable):
    """Objects tracked under names of their own: a second `slot` is `slot_1`.

    >>> slots = tf.contrib.checkpoint.UniqueNameTracker()
    >>> for _ in range(2): _ = slots.track(tf.Variable(1.0), "slot")
    >>> [name for name, _ in slots._children()]
    ['slot', 'slot_1']
    """

    def __init__(self) -> None:
        self._named: dict[str, Any] = {}

    def track(self, checkpointable: Any, base_name: str) -> Any:
        """The object, which is saved under this name, or under it and a number. Raises ValueError for what is not saved."""
        if not is_tracked(checkpointable):
            raise ValueError(f"Expected a trackable value, got {checkpointable} which does not inherit from tf.track.TrackableBase.")
        name, n = base_name, 0
        while name in self._named:
            n += 1
            name = f"{base_name}_{n}"
        self._named[name] = checkpointable
        return checkpointable

    def _children(self) -> list[tuple[str, Any]]:
        return list(self._named.items())
