"""Name scopes and control dependencies as functions of the default graph.

    with name_scope("layer"):        ops made inside are called layer/...
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfnb.core.graph import get_default_graph
from tfnb.core.op import graph_of

__all__ = ["colocate_with", "control_dependencies", "device", "name_scope", "op_scope"]


class name_scope:  # noqa: N801 - TensorFlow's name
    """A scope for op names; `default_name` when `name` is None, in the graph of `values`.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.name_scope("layer"):
    ...     print(tf.constant(1).name)
    layer/Const:0
    """

    def __init__(self, name: str | None, default_name: str | None = None, values: Any = None) -> None:
        self._name = default_name if name is None else name
        if name is None and default_name is None and values is not None:
            raise ValueError("At least one of name (None) and default_name (None) must be provided.")
        self._values = values

    @property
    def name(self) -> str | None:
        return self._name

    def __enter__(self) -> str:
        graph = graph_of(tuple(self._values or ()))
        self._graph, self._before = graph, graph.enter_scope(self._name, check=True)
        self._default = None if graph is get_default_graph() else graph.as_default()
        if self._default is not None:
            self._default.__enter__()
        return graph.scope_prefix()

    def __exit__(self, *error: Any) -> None:
        if self._default is not None:
            self._default.__exit__(*error)
        self._graph.leave_scope(self._before)


@contextlib.contextmanager
def op_scope(values: Any, name: str | None, default_name: str | None = None) -> Iterator[str]:
    """The argument order of TensorFlow before 1.0.

    >>> with tf.op_scope([], "outer"):
    ...     print(tf.constant(1.0, name="x").name)
    outer/x:0
    """
    with name_scope(name, default_name, values) as scope:
        yield scope


def control_dependencies(control_inputs: Any) -> contextlib.AbstractContextManager[None]:
    """Ops made inside the block run after `control_inputs`.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> with tf.control_dependencies([tf.assign_add(v, 1.0)]):
    ...     after = tf.identity(v)
    >>> print(after.eval())
    2.0
    """
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: Any) -> contextlib.AbstractContextManager[None]:
    """Asks for a device for the ops made inside the block.

    >>> with tf.device("/cpu:0"):
    ...     x = tf.constant(1.0)
    >>> print(x.device)
    /device:CPU:0
    """
    return get_default_graph().device(device_name_or_function)


def colocate_with(op: Any, ignore_existing: bool = False) -> contextlib.AbstractContextManager[None]:
    """Accepted for compatibility: tfnb places by `tf.device` alone.

    >>> v = tf.Variable(1.0, name="v")
    >>> with tf.colocate_with(v):
    ...     x = tf.constant(1.0)
    >>> print(x.op.colocation_groups())
    [b'loc:@v']
    """
    return get_default_graph().colocate_with(op, ignore_existing)
