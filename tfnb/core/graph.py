"""The graph: operations as nodes, tensors as edges, names as TensorFlow 1 gives them.

    g = Graph()
    with g.as_default():
        ...                       every op call adds one Operation to g
    g.get_operations()            [<tf.Operation 'Const' type=Const>, ...]

Nothing here computes: a Tensor is a promise of a value, kept by a Session.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from tfnb.core.dtypes import DType
from tfnb.core.errors import teach
from tfnb.core.graph_keys import GraphKeys
from tfnb.core.nodes import Operation, Tensor
from tfnb.core.shapes import TensorShape
from tfnb.core.where import Where

__all__ = ["Graph", "GraphKeys", "Operation", "Tensor", "get_default_graph", "reset_default_graph"]

_OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
_SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\-/]*$")


class Graph:
    """A set of operations under construction. `version` grows with every change; `name` is a notebook's name for it.

    >>> graph = tf.Graph()
    >>> with graph.as_default():
    ...     x = tf.constant(1.0, name="x")
    >>> print(graph.get_operations())
    [<tf.Operation 'x' type=Const>]
    """

    # Filled in by a higher layer, so that the graph needs to know no sessions.
    evaluator: Callable[..., Any] = staticmethod(lambda *_: None)
    building_function = False  # whether tensors of other graphs may be used in it: engine/function.py
    grouped: tuple[int, Any] | None = None  # the version at which views grouped its nodes, and the groups: views/outline.py
    eager = False  # whether asking for a node computes it at once: engine/eager.py
    def __init__(self) -> None:
        self.name: str | None = None
        self.version = self.edits = 0
        self.producer: Any = None
        self.seed: int | None = None
        self.finalized = False
        self.differentiating: Operation | None = None
        self.made_at: Where | None = None  # the line that asked for what is being made, where it is known already
        self.gradient_overrides: dict[str, str] = {}
        self.gradient_of: dict[Tensor, Tensor] = {}  # of each gradient the tensor that it belongs to
        self.variables: list[Any] = []
        self.variable_store: dict[str, Any] = {}
        self.scope_state: dict[str, Any] = {}
        self._operations: dict[str, Operation] = {}
        self._names: dict[str, int] = {}
        self._next = 0
        self._scope = ""
        self._control: list[_Waiting | None] = []
        self._devices: list[Any] = []
        self.flow: Any = None  # the branch or loop that is being built: core/contexts.py
        self._colocated: list[Operation] = []
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Operation] = set()
        self._collections: dict[Any, list[Any]] = {}
        self.lock = threading.RLock()

    # -- operations -----------------------------------------------------------------------------------------------
    def add(self, name: str, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any],
            outputs: Iterable[tuple[DType, TensorShape]], control_inputs: Iterable[Operation] = ()) -> Operation:  # fmt: skip
        """Adds one node; `name` is made unique, or taken as it is when it ends with a slash."""
        if self.finalized:
            raise teach(RuntimeError("Graph is finalized and cannot be modified."), "Build the whole graph before finalising it.")
        with self.lock:
            full = name[:-1] if name.endswith("/") else self.unique_name(name)
            if not (name.isidentifier() and name.isascii() and name[0] != "_" or _OP_NAME.match(full)):
                raise ValueError(f"'{name}' is not a valid node name")
            control = (*self.control_inputs_here(inputs), *control_inputs) if self._control or control_inputs else ()
            op = Operation(self, full, definition, inputs, attrs, outputs, tuple(dict.fromkeys(control)) if control else ())
            self._operations[full] = op
            self.version += 1
            if self.flow is not None:
                with self.name_scope(full + "/" if inputs else self._scope and self._scope + "/"):
                    self.flow.add_op(op)
            if self._control:
                for entry in reversed(self._control):
                    if entry is None:
                        break
                    entry.made.add(op)
            if self._colocated:
                self._colocate(op)
        return op

    def _colocate(self, op: Operation) -> None:
        op.marks = {"_class": sorted({s for other in self._colocated for s in other.colocation_groups()})}
        op.device = next((other.device for other in reversed(self._colocated) if other.device), op.device)

    def next_index(self) -> int:
        self._next += 1
        return self._next - 1

    def _changed(self) -> None:
        """What was there is different now. A node added changes the version alone: no plan made before has it."""
        self.version += 1
        self.edits += 1

    def remove(self, ops: Iterable[Operation]) -> None:
        """Takes operations out of the graph and frees their names.

        Raises ValueError when an operation that stays still consumes one of them.
        """
        gone = set(ops)
        for op in gone:
            users = [c for t in op.outputs for c in t._consumers if c not in gone]
            users += [c for c in self._operations.values() if c not in gone and op in c.control_inputs]
            if users:
                raise ValueError(f"Cannot remove '{op.name}': '{users[0].name}' ({users[0].where}) still uses it.")
        for op in gone:
            for x in op.inputs:
                if op in x._consumers:
                    x._consumers.remove(op)
            self._operations.pop(op.name, None)
        self._forget(gone)
        self._free_names()
        self._changed()

    def _forget(self, gone: set[Operation]) -> None:
        def stays(item: Any) -> bool:
            return getattr(item, "op", item) not in gone

        self.variables = [v for v in self.variables if stays(v)]
        self.gradient_of = {dx: x for dx, x in self.gradient_of.items() if stays(dx) and stays(x)}
        self.variable_store = {k: v for k, v in self.variable_store.items() if stays(v)}
        self._collections = {k: [x for x in v if stays(x)] for k, v in self._collections.items()}
        self._collections = {k: v for k, v in self._collections.items() if v}
        counts = self.scope_state.get("variable_scopes", {})
        for scope in [k for k in counts if not any(name.startswith(k + "/") for name in self.variable_store)]:
            del counts[scope]

    def _free_names(self) -> None:
        """Counts the names in use anew, so that a cell that runs again gets the names it had."""
        self._names = {}
        for name in self._operations:
            parts = name.lower().split("/")
            for n in range(1, len(parts) + 1):
                self._names.setdefault("/".join(parts[:n]), 1)

    def get_operations(self) -> list[Operation]:
        return list(self._operations.values())

    def get_operation_by_name(self, name: str) -> Operation:
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False)  # type: ignore[no-any-return]

    def get_tensor_by_name(self, name: str) -> Tensor:
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_operation=False)  # type: ignore[no-any-return]

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The Tensor or Operation of this graph that an object or a name means; TensorFlow's errors otherwise."""
        convert = getattr(obj, "_as_graph_element", None)
        obj = convert() if convert else obj
        if not allow_tensor and not allow_operation:
            raise ValueError("allow_tensor and allow_operation can't both be False.")
        wanted = " or ".join(n for n, ok in (("Tensor", allow_tensor), ("Operation", allow_operation)) if ok)
        if isinstance(obj, str):
            return self._named(obj, allow_tensor, allow_operation)
        if isinstance(obj, Tensor) and allow_tensor or isinstance(obj, Operation) and allow_operation:
            if obj.graph is not self or (obj if isinstance(obj, Operation) else obj.op).name not in self._operations:
                kind = type(obj).__name__
                raise teach(ValueError(f"{kind} {obj if kind == 'Tensor' else obj} is not an element of this graph."),
                            "It was made in another graph, perhaps before tf.reset_default_graph().")  # fmt: skip
            return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {wanted}.")

    def _named(self, name: str, allow_tensor: bool, allow_operation: bool) -> Any:
        if ":" in name and allow_tensor:
            op_name, _, index = name.partition(":")
            if not index.isdigit():
                raise ValueError(
                    f"The name {name!r} looks a like a Tensor name, but is not a valid one. "
                    'Tensor names must be of the form "<op_name>:<output_index>".'
                )
            if op_name not in self._operations:
                raise KeyError(f"The name {name!r} refers to a Tensor which does not exist. "
                               f"The operation, {op_name!r}, does not exist in the graph.")  # fmt: skip
            outputs = self._operations[op_name].outputs
            if int(index) >= len(outputs):
                raise KeyError(f"The name {name!r} refers to a Tensor which does not exist. "
                               f"The operation, {op_name!r}, exists but only has {len(outputs)} outputs.")  # fmt: skip
            return outputs[int(index)]
        if ":" in name:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a Operation.")
        if not allow_operation:
            known = "refers to an Operation, not a Tensor." if name in self._operations else "looks like an (invalid) Operation name, not a Tensor."
            raise ValueError(f"The name {name!r} {known} Tensor names must be of the form \"<op_name>:<output_index>\".")
        if name not in self._operations:
            raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
        return self._operations[name]

    # -- names ----------------------------------------------------------------------------------------------------
    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` inside the current scope with _1, _2 ... when it is taken. Case does not distinguish names."""
        full = f"{self._scope}/{name}" if self._scope else name
        key = full.lower()
        i = self._names.get(key, 0)
        if mark_as_used:
            self._names[key] = i + 1
        if i > 0:
            base = key
            while key in self._names:
                key = f"{base}_{i}"
                i += 1
            if mark_as_used:
                self._names[key] = 1
            full = f"{full}_{i - 1}"
        return full

    @contextlib.contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Prefixes the names of the ops made inside. `None` leaves all scopes, a trailing slash re-enters one."""
        old = self.enter_scope(name, check=True)
        try:
            yield self.scope_prefix()
        finally:
            self._scope = old

    def enter_scope(self, name: str | None, check: bool = False) -> str:
        """`name_scope` without its end: gives the scope to return to by `leave_scope`."""
        if check and name and not (_SCOPE_NAME if self._scope else _OP_NAME).match(name):
            raise ValueError(f"'{name}' is not a valid scope name")
        old = self._scope
        self._scope = "" if not name else name[:-1] if name.endswith("/") else self.unique_name(name)
        return old

    def leave_scope(self, old: str) -> None:
        self._scope = old

    def scope_prefix(self) -> str:
        """What the names made here begin with: the scope and a slash, or nothing."""
        return self._scope + "/" if self._scope else ""

    def get_name_scope(self) -> str:
        return self._scope

    # -- context: control dependencies, devices, gradients --------------------------------------------------------
    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """Every op made inside runs after `control_inputs`; None clears the list for the block."""
        entry: _Waiting | None = None
        if control_inputs is not None:
            elements = [self.as_graph_element(getattr(c, "_control_op", c)) for c in _listed(control_inputs)]
            entry = _Waiting(tuple(e.op if isinstance(e, Tensor) else e for e in elements), set())
        self._control.append(entry)
        flow = self.flow
        if entry is None:
            self.flow = None  # outside of every branch and loop, too
        try:
            yield
        finally:
            self._control.pop()
            self.flow = flow if entry is None else self.flow

    def control_inputs_here(self, inputs: tuple[Tensor, ...] = ()) -> tuple[Operation, ...]:
        if not self._control:
            return ()
        found: list[Operation] = []
        direct = {x.op for x in inputs}
        for entry in self._control:
            if entry is None:
                found = []
            elif entry.made.isdisjoint(direct):  # else one of the inputs has waited already
                found += entry.ops
        return tuple(c for c in dict.fromkeys(found) if c not in direct)

    def _get_control_flow_context(self) -> Any:
        return self.flow

    def _set_control_flow_context(self, context: Any) -> None:
        self.flow = context

    @contextlib.contextmanager
    def device(self, name_or_function: Any) -> Iterator[None]:
        """Asks for a device for the ops made inside; inner requests complete or replace outer ones."""
        from tfnb.core.devices import merge_device

        if isinstance(name_or_function, str):
            merge_device("", name_or_function)  # raises for what is no device name
        elif name_or_function is not None and not callable(name_or_function) and not hasattr(name_or_function, "to_string"):
            raise AttributeError(f"{type(name_or_function).__name__!r} object has no attribute 'split'")
        self._devices.append(name_or_function)
        try:
            yield
        finally:
            self._devices.pop()

    def device_here(self, op: Any = None) -> str:
        if not self._devices:
            return ""
        from tfnb.core.devices import device_of

        return device_of(self._devices, op)

    @contextlib.contextmanager
    def gradient_override_map(self, overrides: dict[str, str]) -> Iterator[None]:
        if not isinstance(overrides, dict) or not all(isinstance(t, str) for pair in overrides.items() for t in pair):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        old, self.gradient_overrides = self.gradient_overrides, {**self.gradient_overrides, **overrides}
        try:
            yield
        finally:
            self.gradient_overrides = old

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """The ops made inside go where `op` is; requests of `tf.device` around do not count there."""
        if op is None and not ignore_existing:
            raise ValueError("Trying to reset colocation (op is None) but ignore_existing is not True")
        found = None if op is None else self.as_graph_element(getattr(op, "_as_graph_element", lambda: op)())
        outer = self._colocated, self._devices
        self._devices = []
        self._colocated = [] if ignore_existing else list(self._colocated)
        if found is not None:
            self._colocated.append(found.op if isinstance(found, Tensor) else found)
        try:
            yield
        finally:
            self._colocated, self._devices = outer

    def as_default(self) -> contextlib.AbstractContextManager[Graph]:
        return _default.enter(self)

    # -- collections ----------------------------------------------------------------------------------------------
    def add_to_collection(self, name: Any, value: Any) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        for name in dict.fromkeys((names,) if isinstance(names, str) else names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        items = self._collections.get(name, [])
        if scope is None:
            return list(items)
        pattern = re.compile(scope)
        return [x for x in items if hasattr(x, "name") and pattern.match(x.name)]

    def get_collection_ref(self, name: Any) -> list[Any]:
        return self._collections.setdefault(name, [])

    def get_all_collection_keys(self) -> list[Any]:
        return [k for k, v in self._collections.items() if isinstance(k, str)]

    def clear_collection(self, name: Any) -> None:
        self._collections.pop(name, None)

    @property
    def collections(self) -> list[Any]:
        return list(self._collections)

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Accepted for compatibility: a session keeps all its variables in one place."""
        yield container_name

    @property
    def graph_def_versions(self) -> Any:
        """The versions that this graph's GraphDef names."""
        from tfnb.core.graph_def import PRODUCER
        from tfnb.core.protos import VersionDef

        return VersionDef(producer=PRODUCER)

    # -- the rest -------------------------------------------------------------------------------------------------
    def finalize(self) -> None:
        self.finalized = True

    def _unsafe_unfinalize(self) -> None:
        self.finalized = False

    def prevent_feeding(self, tensor: Tensor) -> None:
        self.edits += 1
        self._unfeedable.add(tensor)

    def is_feedable(self, tensor: Tensor) -> bool:
        return tensor not in self._unfeedable

    def prevent_fetching(self, op: Operation) -> None:
        self.edits += 1
        self._unfetchable.add(op)

    def is_fetchable(self, element: Any) -> bool:
        return getattr(element, "op", element) not in self._unfetchable

    def as_graph_def(self, from_version: Any = None, add_shapes: bool = False) -> Any:
        from tfnb.core.graph_def import graph_def

        return graph_def(self, add_shapes)

    def outermost(self) -> Graph:
        """The graph that variables belong to: this one, or the one around the function that is being built."""
        return self


class _Waiting(NamedTuple):
    """What a block's nodes wait for, and the nodes made in it so far: who uses one of those need not wait itself."""

    ops: tuple[Operation, ...]
    made: set[Operation]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


class _Defaults(threading.local):
    """The stack of default graphs, one per thread, with a graph at its foot for those who open none."""

    def __init__(self) -> None:
        self.stack: list[Graph] = []

    @contextlib.contextmanager
    def enter(self, graph: Graph) -> Iterator[Graph]:
        self.stack.append(graph)
        try:
            yield graph
        finally:
            if not self.stack or self.stack[-1] is not graph:
                raise AssertionError(f"Nesting violated for default stack of {type(graph)} objects")
            self.stack.pop()


_default = _Defaults()
_global = [Graph()]


def get_default_graph() -> Graph:
    """The graph that new ops are added to.

    >>> tf.constant(1).graph is tf.get_default_graph()
    True
    """
    return _default.stack[-1] if _default.stack else _global[0]


def foot() -> Graph:
    """The default graph of those who have opened none."""
    return _global[0]


def set_foot(graph: Graph) -> None:
    """Makes `graph` the default of those who open none."""
    _global[0] = graph


def reset_default_graph() -> None:
    """Starts with an empty default graph; earlier tensors belong to the old one.

    >>> print(tf.reset_default_graph.__name__)
    reset_default_graph
    """
    if _default.stack:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. "
            "If you need a cleared graph, exit the nesting and create a new graph."
        )
    if not _global[0].eager:
        _global[0] = Graph()
