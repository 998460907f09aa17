"""Object-based checkpoints: values named by the way from an object to them, not by the graph's names.

    write_objects("model/c", root, session)       model/layer/kernel/.ATTRIBUTES/VARIABLE_VALUE, and the objects as a message
    Restoration("model/c", root)                  pairs a file's objects with ours, along the names of their parts

Names and message are TensorFlow's: what it wrote is read, and it reads what is written here.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tfnb.core import protos
from tfnb.core.dtypes import as_dtype
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import get_default_graph
from tfnb.core.tracking import children, waiting
from tfnb.engine.session import get_default_session
from tfnb.train.checkpoints import checkpoint_exists, load_checkpoint, write_values
from tfnb.variables import Variable

__all__ = ["GRAPH_KEY", "Restoration", "named_values", "session_of", "walk", "write_objects"]

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"


class Slot(NamedTuple):
    """A variable that an optimizer keeps beside another; all by their numbers in the walk."""

    optimizer: int
    name: str
    original: int
    variable: int


class Walk(NamedTuple):
    """All objects below a root, breadth first: each with the names on the shortest way to it, and its parts' numbers."""

    objects: list[Any]
    paths: list[str]
    parts: list[list[tuple[str, int]]]
    slots: list[Slot]


def _escaped(name: str) -> str:
    return name.replace(".", "..").replace("/", ".S")


def walk(root: Any) -> Walk:
    """The objects below a root, then the slots of the optimizers among them."""
    found = Walk([root], [""], [], [])
    numbers = {id(root): 0}

    def number(value: Any, path: str) -> int:
        if id(value) not in numbers:
            numbers[id(value)] = len(found.objects)
            found.objects.append(value)
            found.paths.append(path)
        return numbers[id(value)]

    for value, path in zip(found.objects, found.paths, strict=False):  # both grow meanwhile
        found.parts.append([(name, number(part, f"{path}/{_escaped(name)}".lstrip("/"))) for name, part in children(value)])
    reached = list(found.objects)
    for i, optimizer in enumerate(reached):
        for name in sorted(slots_of(optimizer)):
            for k, variable in enumerate(reached):
                slot = slots_of(optimizer)[name].get(variable) if isinstance(variable, Variable) else None
                if slot is not None:
                    path = f"{found.paths[k]}/.OPTIMIZER_SLOT/{found.paths[i]}/{_escaped(name)}"
                    found.slots.append(Slot(i, name, k, number(slot, path)))
    found.parts.extend([] for _ in found.objects[len(found.parts) :])
    return found


def slots_of(value: Any) -> dict[str, dict[Variable, Variable]]:
    """An optimizer's variables beside others, by name; of anything else none."""
    return getattr(value, "_slots", {}) if hasattr(value, "get_slot_names") else {}


# -- writing -------------------------------------------------------------------------------------------------------
def write_objects(prefix: str, root: Any, session: Any = None) -> str:
    """Writes the values below a root, each under the way to it; the path is returned."""
    found = walk(root)
    message = protos.TrackableObjectGraph()
    held: dict[str, Any] = {}
    for value, path, parts in zip(*found[:3], strict=True):
        node = message.nodes.add()
        for name, number in parts:
            node.children.add(node_id=number, local_name=name)
        for kind, kept in _kept(value).items():
            key = f"{path}/.ATTRIBUTES/{kind}"
            node.attributes.add(name=kind, full_name=value.op.name if isinstance(value, Variable) else "", checkpoint_key=key)
            held[key] = kept
    for slot in found.slots:
        message.nodes[slot.optimizer].slot_variables.add(original_variable_node_id=slot.original, slot_name=slot.name, slot_variable_node_id=slot.variable)
    values = {**_values(held, session), GRAPH_KEY: np.array(message.SerializeToString(), object)}
    write_values(prefix, values, "tf")
    return prefix


def _kept(value: Any) -> dict[str, Any]:
    """What is saved of an object itself."""
    if isinstance(value, Variable):
        return {_VALUE: value}
    if not hasattr(value, "deserialize"):
        return {}
    state = value.serialize()
    return {"PYTHON_STATE": np.array(state, object) if isinstance(state, (str, bytes)) else state}


def _values(held: dict[str, Any], session: Any) -> dict[str, Any]:
    variables = {k: v for k, v in held.items() if isinstance(v, Variable)}
    if get_default_graph().eager:
        found = {k: v.read_value().array for k, v in variables.items()}
    else:
        found = session_of(session).run({k: v._ref_tensor for k, v in variables.items()}) if variables else {}
    return {k: found.get(k, v) for k, v in held.items()}


def session_of(session: Any = None) -> Any:
    """The session given, the default one, or Keras's."""
    found = session or get_default_session()
    if found is None:
        from tfnb.keras.session import get_session

        found = get_session()
    return found


# -- reading -------------------------------------------------------------------------------------------------------
def named_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object-based checkpoint by the names that variables had in the graph; any other as it is."""
    if GRAPH_KEY not in values:
        return values
    graph = protos.TrackableObjectGraph.FromString(values[GRAPH_KEY])
    return {a.full_name: values[a.checkpoint_key] for node in graph.nodes for a in node.attributes if a.full_name}


class Restoration:
    """A file whose objects are paired with those below a root: at once, and later with those that come into being."""

    def __init__(self, path: str, root: Any) -> None:
        absolute = os.path.abspath(path)  # values are read when their objects are there
        self.values = load_checkpoint(absolute if checkpoint_exists(absolute) else path).values
        self._root = weakref.ref(root)  # who waits for parts of an object does not keep it alive
        self.graph = protos.TrackableObjectGraph.FromString(self.values[GRAPH_KEY]) if GRAPH_KEY in self.values else None
        self.matched: dict[int, Any] = {0: None}  # the root is not among them
        self.given: dict[str, Any] = {}  # what has its value, or will have it when the session is asked: by key
        self._todo: list[tuple[Variable, str]] = []

    def match(self) -> None:
        """Pairs what can be paired; in eager mode the values are given at once, in a graph by `run`."""
        root = self._root()
        if root is None:
            self.forget()
            return
        if self.graph is None:
            self._match_names(root)
        else:
            self._match(root, 0)
            for number, value in list(self.matched.items()):
                self._match_slots(self.graph.nodes[number], value)
        if get_default_graph().eager:
            todo, self._todo = self._todo, []
            for variable, key in todo:
                variable.assign(self.fitting(variable, key))

    def wait(self) -> None:
        """Goes on pairing whenever an object gets new parts."""
        if self.graph is None or len(self.matched) < len(self.graph.nodes):
            waiting.append(self.match)

    def forget(self) -> None:
        if self.match in waiting:
            waiting.remove(self.match)

    def _match_names(self, root: Any) -> None:
        for value in walk(root).objects:
            if isinstance(value, Variable) and value.op.name in self.values and value.op.name not in self.given:
                self._give(value, value.op.name)

    def _match(self, root: Any, start: int) -> None:
        """Breadth first along equal names; an object has one partner."""
        row, seen = [(root, start)], set()
        for value, number in row:
            if number in seen or number and self.matched.setdefault(number, value) is not value:
                continue
            seen.add(number)
            node = self.graph.nodes[number]
            for attribute in node.attributes:
                self._give(value, attribute.checkpoint_key)
            parts = dict(children(value))
            row += [(parts[c.local_name], c.node_id) for c in node.children if c.local_name in parts]

    def _match_slots(self, node: Any, optimizer: Any) -> None:
        for s in node.slot_variables:
            slot = slots_of(optimizer).get(s.slot_name, {}).get(self.matched.get(s.original_variable_node_id))  # type: ignore[arg-type]
            if slot is not None:
                self._match(slot, s.slot_variable_node_id)

    def _give(self, value: Any, key: str) -> None:
        if key in self.given:
            return
        self.given[key] = value
        if not isinstance(value, Variable):
            value.deserialize(_state(self.values[key]))
            return
        found = self.values[key]
        if not value.shape.is_compatible_with(np.shape(found)):
            raise ValueError(f"Shapes {value.shape} and {np.shape(found)} are incompatible")
        self._todo.append((value, key))

    def fitting(self, variable: Variable, key: str) -> Any:
        """The value for a variable. Raises InvalidArgumentError where its dtype is another."""
        value = self.values[key]
        want, got = variable.dtype.base_dtype, as_dtype("string" if isinstance(value, bytes) or np.asarray(value).dtype == object else np.asarray(value).dtype)
        if got is not want:
            names = {"float32": "float", "float64": "double", "float16": "half"}
            text = f"tensor_name = {key}; expected dtype {names.get(want.name, want.name)} does not equal original dtype {names.get(got.name, got.name)}"
            raise InvalidArgumentError(None, None, text)
        return value

    def run(self, session: Any = None) -> None:
        """Gives the variables of a graph their values in a session."""
        todo, self._todo = [*self._todo], []
        if todo:
            session_of(session).run([v.initializer for v, _ in todo], {v.initializer.inputs[1]: self.fitting(v, k) for v, k in todo})
        self._todo = todo  # for another session

    def missing(self, root: Any) -> list[Any]:
        """The objects below a root that the file has no value for."""
        has = set(map(id, self.given.values()))
        return [v for v in walk(root).objects if _kept(v) and id(v) not in has]


def _state(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
