"""What Keras keeps for a whole program: its session, its graph, the learning phase, and how often a name was used.

    get_session().run(...)      the default session, or one of Keras's own; variables get their first values here
    learning_phase()            a placeholder: 1 while `fit` runs, else 0
"""

from __future__ import annotations

import contextlib
import weakref
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tfnb.core.graph import Graph, Tensor, get_default_graph, reset_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.engine.eager import executing_eagerly
from tfnb.engine.function import FuncGraph
from tfnb.engine.session import Session, get_default_session
from tfnb.ops.sources import placeholder_with_default
from tfnb.variables import Variable

__all__ = [
    "batch_get_value", "batch_set_value", "clear_session", "get_graph", "get_session", "get_uid", "get_value", "learning_phase",
    "learning_phase_scope", "make_variable", "manual_variable_initialization", "reset_uids", "set_learning_phase", "set_session", "set_value",
    "unique_name",
]  # fmt: skip


class _State:
    """The session, the graph of symbolic tensors in eager mode, and what belongs to each graph."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.graph: Graph | None = None
        self.manual = False
        self.counts: weakref.WeakKeyDictionary[Graph, dict[str, int]] = weakref.WeakKeyDictionary()
        self.phases: weakref.WeakKeyDictionary[Graph, Any] = weakref.WeakKeyDictionary()
        self.inputs: weakref.WeakSet[Graph] = weakref.WeakSet()
        self.initialized: weakref.WeakKeyDictionary[Session, set[Any]] = weakref.WeakKeyDictionary()


_state = _State()


def get_graph() -> Graph:
    """The graph that symbolic tensors are made in: the default one; in eager mode one of Keras's own."""
    if not executing_eagerly():
        return get_default_graph()
    if _state.graph is None:
        _state.graph = FuncGraph("keras_graph")
    return _state.graph


def has_inputs(graph: Graph) -> bool:
    """Whether a model may begin in this graph."""
    return graph in _state.inputs


def note_input(graph: Graph) -> None:
    """A model may begin in this graph."""
    _state.inputs.add(graph)


# -- the session ---------------------------------------------------------------------------------------------------------
def get_session(op_input_list: Any = ()) -> Session:
    """The default session, or Keras's; variables that have no value yet get their first.

    >>> x = tf.keras.backend.variable(3.0)
    >>> print(tf.keras.backend.get_session().run(x))
    3.0
    """
    session = get_default_session()
    if session is None:
        session = _state.session
        if session is None or session.closed or session.graph is not get_graph():
            session = _state.session = Session(graph=get_graph())
    if not _state.manual:
        _initialize(session)
    return session


def _initialize(session: Session) -> None:
    done = _state.initialized.setdefault(session, set())
    new = [v for v in session.graph.variables if v.op.name not in done]
    missing = [v.initializer for v in new if v.op.name not in session._values]
    if missing:
        session.run(missing)
    done.update(v.op.name for v in new)


def set_session(session: Session) -> None:
    """The session that Keras uses from now on.

    >>> tf.keras.backend.set_session(sess)
    >>> print(tf.keras.backend.get_session() is sess)
    True
    """
    _state.session = session


def manual_variable_initialization(value: bool) -> None:
    """Whether variables wait for `tf.global_variables_initializer()` as elsewhere.

    >>> tf.keras.backend.manual_variable_initialization(False)
    """
    _state.manual = value


def clear_session() -> None:
    """Forgets the graph, the session and how often names were used.

    >>> print(tf.keras.backend.clear_session.__name__)
    clear_session
    """
    _state.session = _state.graph = None
    if not executing_eagerly():
        reset_default_graph()
    _state.counts.clear()
    _state.phases.clear()


# -- names ---------------------------------------------------------------------------------------------------------------
def get_uid(prefix: str = "") -> int:
    """How often this prefix has been asked for in this graph, this time included.

    >>> print(tf.keras.backend.get_uid("layer_of_mine"))
    1
    """
    counts = _state.counts.setdefault(get_graph(), defaultdict(int))
    counts[prefix] += 1
    return counts[prefix]


def reset_uids() -> None:
    """Counts anew.

    >>> tf.keras.backend.reset_uids()
    """
    _state.counts.clear()


def unique_name(name: str) -> str:
    """name, name_1, name_2 ... of this graph."""
    n = get_uid("layer " + name) - 1
    return f"{name}_{n}" if n else name


# -- the learning phase --------------------------------------------------------------------------------------------------
def learning_phase() -> Any:
    """1 while training, 0 while testing: a number where it was set, else a placeholder that is 0 unless fed.

    >>> with tf.keras.backend.learning_phase_scope(0):
    ...     print(tf.keras.backend.learning_phase())
    0
    """
    graph = get_default_graph()
    if graph not in _state.phases:
        if graph.eager or graph.building_function and graph is not _state.graph:
            return 0
        with graph.name_scope(None), graph.control_dependencies(None):
            _state.phases[graph] = placeholder_with_default(convert_to_tensor(False), [], name="keras_learning_phase")
    return _state.phases[graph]


def learning_phase_tensor(graph: Graph) -> Tensor | None:
    """The placeholder of a graph, if there is one."""
    found = _state.phases.get(graph)
    return found if isinstance(found, Tensor) else None


def set_learning_phase(value: int) -> None:
    """Sets the learning phase to 0 or 1 for what is built from now on. Raises ValueError for anything else.

    >>> tf.keras.backend.set_learning_phase(0)
    """
    if value not in (0, 1):
        raise ValueError("Expected learning phase to be 0 or 1.")
    _state.phases[get_default_graph()] = int(value)


@contextlib.contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """The learning phase within a block.

    >>> with tf.keras.backend.learning_phase_scope(1):
    ...     print(tf.keras.backend.learning_phase())
    1
    """
    graph = get_default_graph()
    before = _state.phases.get(graph)
    set_learning_phase(value)
    try:
        yield
    finally:
        if before is None:
            _state.phases.pop(graph, None)
        else:
            _state.phases[graph] = before


# -- variables -----------------------------------------------------------------------------------------------------------
def make_variable(name: str | None, initial: Any, dtype: Any = None, trainable: bool = True, constraint: Any = None) -> Variable:
    """A resource variable, as Keras makes them."""
    return Variable(initial, trainable, name=name, dtype=dtype, constraint=constraint, use_resource=True)


def ops_of(done: Any) -> list[Any]:
    """The operations among what assignments gave: a variable of eager mode is given where the assignment is done, or will be in order."""
    return [getattr(d, "op", d) for d in done if d is not None and not isinstance(d, Variable)]


def get_value(x: Any) -> Any:
    """The value of a variable, as an array.

    >>> print(tf.keras.backend.get_value(tf.keras.backend.variable([1.0, 2.0])))
    [1. 2.]
    """
    return batch_get_value([x])[0]


def batch_get_value(tensors: Any) -> list[Any]:
    """The values of several variables.

    >>> v = tf.keras.backend.variable(1.0)
    >>> print(tf.keras.backend.batch_get_value([v]))
    [np.float32(1.0)]
    """
    tensors = list(tensors)
    if not tensors:
        return []
    if executing_eagerly():
        return [x.numpy() for x in tensors]
    return get_session().run(tensors)  # type: ignore[no-any-return]


def set_value(x: Any, value: Any) -> None:
    """Gives a variable a value.

    >>> v = tf.keras.backend.variable(1.0)
    >>> tf.keras.backend.set_value(v, 5.0)
    >>> print(tf.keras.backend.get_value(v))
    5.0
    """
    batch_set_value([(x, value)])


def batch_set_value(tuples: Any) -> None:
    """Gives several variables values, from pairs of variable and value.

    >>> v = tf.keras.backend.variable(1.0)
    >>> tf.keras.backend.batch_set_value([(v, 5.0)])
    >>> print(tf.keras.backend.get_value(v))
    5.0
    """
    import numpy as np

    pairs = [(v, np.asarray(value, v.dtype.base_dtype.np)) for v, value in tuples]
    if executing_eagerly():
        for v, value in pairs:
            v.assign(value)
    elif pairs:
        session = get_session()
        session.run([v.initializer for v, _ in pairs], {v.initializer.inputs[1]: value for v, value in pairs})
