"""tf.train.Checkpoint: objects to files and back, by the names of their parts.

    checkpoint = Checkpoint(model=model, optimizer=optimizer)
    path = checkpoint.save("model/c")                             model/c-1
    checkpoint.restore(latest_checkpoint("model")).assert_consumed()
"""

from __future__ import annotations

import os
from typing import Any

from tfnb.core.graph import get_default_graph
from tfnb.core.tracking import Checkpointable, is_tracked
from tfnb.train.checkpoints import update_checkpoint_state
from tfnb.train.objects import Restoration, session_of, walk, write_objects
from tfnb.variables import Variable

__all__ = ["Checkpoint"]


class Checkpoint(Checkpointable):
    """Saves and restores the objects given by name, and the objects that these hold.

    An object is a variable, a layer or model, an optimizer, a `tf.Module`, or a list or dict of such. In eager mode
    `restore` gives what is there its value at once and the rest when it is made; in a graph the status that it returns does.
    Raises ValueError for any other object.

    >>> v = tf.Variable(3.0)
    >>> checkpoint = tf.train.Checkpoint(v=v)
    >>> sess.run(v.initializer)
    >>> path = checkpoint.save("./model")
    >>> v.load(0.0)
    >>> checkpoint.restore(path).assert_consumed().run_restore_ops()
    >>> print(path, v.eval())
    ./model-1 3.0
    """

    _save_counter: Any
    _counting: Any

    def __init__(self, **kwargs: Any) -> None:
        object.__setattr__(self, "_save_counter", None)
        object.__setattr__(self, "_counting", None)
        for name, value in sorted(kwargs.items()):
            if not is_tracked(value) and not isinstance(value, (list, dict)):
                raise ValueError("`Checkpoint` was expecting a trackable object (an object derived from `TrackableBase`), "
                                 f"got {value}. If you believe this object should be trackable (i.e. it is part of the TensorFlow Python API and "
                                 "manages state), please open an issue.")  # fmt: skip
            setattr(self, name, value)

    def _children(self) -> list[tuple[str, Any]]:
        counter = [] if self._save_counter is None else [("save_counter", self._save_counter)]
        return [(k, v) for k, v in super()._children() if k not in ("_save_counter", "_counting")] + counter

    @property
    def save_counter(self) -> Variable:
        """How often `save` was called: a variable that is saved, too."""
        if self._save_counter is None:
            graph = get_default_graph()
            with graph.name_scope(None), graph.control_dependencies(None):
                self._save_counter = Variable(lambda: _zero(), trainable=False, name="save_counter", use_resource=True)
        return self._save_counter  # type: ignore[no-any-return]

    # -- saving ----------------------------------------------------------------------------------------------------
    def write(self, file_prefix: str, session: Any = None) -> str:
        """Writes the values under this path, which is returned."""
        prefix = os.fspath(file_prefix)
        os.makedirs(os.path.dirname(prefix) or ".", exist_ok=True)
        return write_objects(prefix, self, session)

    def save(self, file_prefix: str, session: Any = None) -> str:
        """Writes the values under the path with `save_counter` at its end; `latest_checkpoint` finds it."""
        prefix = os.fspath(file_prefix)
        path = self.write(f"{prefix}-{self._next_number(session)}", session)
        update_checkpoint_state(os.path.dirname(prefix), path, [path], save_relative_paths=True)
        return path

    def _next_number(self, session: Any) -> int:
        if get_default_graph().eager:
            return int(self.save_counter.assign_add(1).numpy())
        session = session_of(session)
        if self._save_counter is None:
            session.run(self.save_counter.initializer)
        if self._counting is None:
            self._counting = self.save_counter.assign_add(1)
        return int(session.run(self._counting))

    # -- restoring -------------------------------------------------------------------------------------------------
    def restore(self, save_path: str | None) -> Any:
        """Gives the objects the values of a checkpoint; the status that is returned tells what fitted.

        Raises NotFoundError where there is no file, ValueError for a shape and InvalidArgumentError for a dtype that does not
        fit. A checkpoint of `tf.train.Saver` is read, too, by the variables' names.
        """
        if save_path is None:
            self.save_counter  # noqa: B018 - made now, so that it gets its first value with the other variables
            return InitializationOnlyStatus(self)
        status = restored(self, os.fspath(save_path))
        self.save_counter  # noqa: B018
        return status


def restored(root: Any, path: str) -> Any:
    """Gives what is below a root the values of a checkpoint; the status of it."""
    found = Restoration(path, root)
    found.match()
    found.wait()
    return (CheckpointLoadStatus if found.graph is not None else NameBasedSaverStatus)(found, root)


def _zero() -> Any:
    from tfnb.core.op import convert_to_tensor

    return convert_to_tensor(0, "int64")


def _initialize(root: Any, session: Any, but: Any = ()) -> None:
    """First values for the variables of a graph below a root."""
    if not get_default_graph().eager:
        has = set(map(id, but))
        session_of(session).run([v.initializer for v in walk(root).objects if isinstance(v, Variable) and id(v) not in has])


class CheckpointLoadStatus:
    """What `Checkpoint.restore` has found; `assert_consumed` and its like return it."""

    def __init__(self, restoration: Restoration, root: Any) -> None:
        self._found, self._root = restoration, root

    def assert_consumed(self) -> Any:
        """Raises AssertionError unless every value of the file has its place here, and every object here its value."""
        self.assert_existing_objects_matched()
        for number, node in enumerate(self._found.graph.nodes):
            if number not in self._found.matched and (node.attributes or node.children):
                raise AssertionError(f"Unresolved object in checkpoint {self._name(number)}: {node}")
        return self

    def _name(self, number: int) -> str:
        """The way to an object of the file, as it is written in messages."""
        names, slots = {0: "(root)"}, {}
        nodes = self._found.graph.nodes
        row = [0]
        for i in row:
            for c in nodes[i].children:
                if c.node_id not in names:
                    names[c.node_id] = f"{names[i]}.{c.local_name}"
                    row.append(c.node_id)
            slots |= {s.slot_variable_node_id: (i, s) for s in nodes[i].slot_variables}
        if number in slots:
            i, s = slots[number]
            return f"{names[i]}'s state '{s.slot_name}' for {names[s.original_variable_node_id]}"
        return names[number]

    def assert_existing_objects_matched(self) -> Any:
        """Raises AssertionError unless every object that is here now has a value in the file."""
        self._found.match()
        missing = self._found.missing(self._root)
        if missing:
            raise AssertionError(f"Some Python objects were not bound to checkpointed values, likely due to changes in the Python program: {missing}")
        return self

    def assert_nontrivial_match(self) -> Any:
        """Raises AssertionError where nothing fitted but the root."""
        self._found.match()
        if len(self._found.matched) <= 1:
            raise AssertionError("Nothing except the root object matches a checkpointed value. Typically this means that the checkpoint does not match "
                                 "the Python program. The following objects have no matching checkpointed value: "
                                 f"{self._found.missing(self._root)}")  # fmt: skip
        return self

    def expect_partial(self) -> Any:
        """Accepted: values without a place are never complained about here."""
        return self

    def run_restore_ops(self, session: Any = None) -> None:
        """In a graph: gives the variables their values in the session."""
        if not get_default_graph().eager:
            self._found.match()
            self._found.run(session)

    def initialize_or_restore(self, session: Any = None) -> None:
        """In a graph: values from the file, first values for variables that it has none for."""
        if not get_default_graph().eager:
            self._found.match()
            _initialize(self._root, session, self._found.given.values())
            self._found.run(session)


class NameBasedSaverStatus(CheckpointLoadStatus):
    """What was found in a checkpoint of `tf.train.Saver`."""

    def assert_consumed(self) -> Any:
        """Raises AssertionError unless every object has a value, and every value an object."""
        self.assert_existing_objects_matched()
        unused = sorted(set(self._found.values) - set(self._found.given))
        if unused:
            raise AssertionError(f"Some values of the checkpoint were not used: {', '.join(unused)}")
        return self

    def assert_existing_objects_matched(self) -> Any:
        """Raises AssertionError where an object has no value; the counter of `save` needs none."""
        self._found.match()
        missing = [v for v in self._found.missing(self._root) if v is not getattr(self._root, "_save_counter", None)]
        if missing:
            raise AssertionError(f"Object not found in checkpoint: {missing[0]}")
        return self

    def assert_nontrivial_match(self) -> Any:
        """Raises AssertionError where nothing fitted."""
        if not self._found.given:
            raise AssertionError("Nothing except the root object matches a checkpointed value.")
        return self


class InitializationOnlyStatus:
    """What `restore(None)` gives: there is nothing to restore."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def _refuse(self) -> Any:
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_consumed = assert_existing_objects_matched = assert_nontrivial_match = _refuse

    def expect_partial(self) -> Any:
        return self

    def run_restore_ops(self, session: Any = None) -> None:
        raise AssertionError("No checkpoint specified, so no restore ops are available (save_path=None to Saver.restore).")

    def initialize_or_restore(self, session: Any = None) -> None:
        """In a graph: first values for the variables."""
        _initialize(self._root, session)
