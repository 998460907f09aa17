"""Summaries that are written where they are computed: tf.contrib.summary and tf.compat.v2.summary.

    with create_file_writer("logs").as_default(), recording(True):
        write(lambda: ..., step)           an op that writes; in eager mode it has written

A default writer, whether summaries are recorded, and the default step hold within blocks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfnb.core.errors import teach
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import int64, string
from tfnb.ops.control import cond
from tfnb.ops.elementwise import cast
from tfnb.ops.sources import no_op
from tfnb.summary import FileWriter

__all__ = [
    "SummaryWriter", "all_summary_ops", "create_file_writer", "flush", "initialize", "recording", "should_record", "summary_writer_initializer_op", "write",
]  # fmt: skip

_SUMMARIES, _WRITERS = "_SUMMARY_V2", "_SUMMARY_WRITER_V2"


class _Now:
    """What holds in this block."""

    writer: SummaryWriter | None = None
    record: Any = None  # a bool, a tensor, or a function of nothing; None where nothing was said
    step: Any = None


now = _Now()


@contextlib.contextmanager
def _held(**values: Any) -> Iterator[Any]:
    before = {k: getattr(now, k) for k in values}
    vars(now).update(values)
    try:
        yield values.get("writer")
    finally:
        vars(now).update(before)


# -- writers ---------------------------------------------------------------------------------------------------
class SummaryWriter:
    """Where summaries go: an event file, opened by `init` or when the first is written.

    >>> with tf.contrib.summary.create_file_writer("logs").as_default(), tf.contrib.summary.always_record_summaries():
    ...     loss = tf.contrib.summary.scalar("loss", 0.5, step=3)
    >>> print(sess.run(loss))
    True
    """

    def __init__(self, open_file: Callable[[], FileWriter]) -> None:
        self._open, self._held = open_file, None

    @property
    def file(self) -> FileWriter:
        """The file behind it."""
        if self._held is None:
            self._held = self._open()
        return self._held

    def as_default(self) -> contextlib.AbstractContextManager[Any]:
        """A block in which summaries go here."""
        return _held(writer=self)

    def set_as_default(self) -> None:
        """Summaries go here from now on."""
        now.writer = self

    def init(self) -> Any:
        """Opens the file."""
        return open_writer.node((), {"writer": self})

    def flush(self) -> Any:
        """Puts on disk what was written."""
        return flush_writer.node((), {"writer": self})

    def close(self) -> Any:
        """Closes the file."""
        return close_writer.node((), {"writer": self})


@op("CreateSummaryFileWriter", effect=True, host=True, differentiable=False)
def open_writer(xp: Any, *, writer: Any) -> None:
    """Opens an event file."""
    writer.file  # noqa: B018


@op("FlushSummaryWriter", effect=True, host=True, differentiable=False)
def flush_writer(xp: Any, *, writer: Any) -> None:
    """Puts on disk what was written."""
    writer.file.flush()


@op("CloseSummaryWriter", effect=True, host=True, differentiable=False)
def close_writer(xp: Any, *, writer: Any) -> None:
    """Closes an event file."""
    writer.file.close()


@op("WriteRawProtoSummary", effect=True, host=True, differentiable=False)
def write_summary(xp: Any, step: int64, tensor: string, *, writer: Any) -> None:
    """Writes the bytes of a summary."""
    writer.file.add_summary(np.ravel(np.asarray(tensor, object))[0], int(step))


@op("WriteGraphSummary", effect=True, host=True, differentiable=False)
def write_graph(xp: Any, step: int64, tensor: string, *, writer: Any) -> None:
    """Writes the bytes of a GraphDef."""
    from tfnb.core import protos

    writer.file.add_graph(None, int(step), protos.GraphDef.FromString(np.ravel(np.asarray(tensor, object))[0]))


def create_file_writer(logdir: Any, max_queue: Any = None, flush_millis: Any = None, filename_suffix: str | None = None, name: str | None = None) -> Any:
    """A writer of a new event file in `logdir`; with None, one that writes nothing.

    >>> writer = tf.contrib.summary.create_file_writer("logs")
    >>> with writer.as_default(), tf.contrib.summary.always_record_summaries():
    ...     op = tf.contrib.summary.histogram("weights", tf.ones([3]), step=1)
    >>> sess.run(op), sess.run(writer.flush())
    (np.True_, None)
    >>> print(tf.summary.events("logs")[1].summary.value[0].tag)
    weights
    """
    if logdir is None:
        return SummaryWriter(lambda: _Nowhere())
    writer = SummaryWriter(lambda: FileWriter(logdir, filename_suffix=".v2" if filename_suffix is None else filename_suffix))
    if get_default_graph().eager:
        writer.file  # noqa: B018
    else:
        get_default_graph().add_to_collection(_WRITERS, writer.init())
    return writer


class _Nowhere:
    """A file that keeps nothing."""

    def add_summary(self, summary: Any, global_step: Any = None) -> None: ...

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


# -- what is recorded ------------------------------------------------------------------------------------------
def recording(value: Any) -> contextlib.AbstractContextManager[Any]:
    """A block in which summaries are recorded where `value` (a bool, a tensor, a function) holds."""
    return _held(record=value)


def should_record(otherwise: bool) -> Any:
    """Whether summaries are recorded here: a bool or a tensor."""
    value = otherwise if now.record is None else now.record
    return value() if callable(value) and not isinstance(value, Tensor) else value


def write(make: Callable[[], Tensor], step: Any, otherwise: bool, definition: Any = write_summary) -> Any:
    """An op that writes what `make` gives where summaries are recorded; it is True where one was written.

    Without a default writer nothing is made: an operation that does nothing, None in eager mode.
    """
    writer = now.writer
    if writer is None:
        return None if get_default_graph().eager else no_op()
    graph, should = get_default_graph(), should_record(otherwise)
    here = graph.get_name_scope()

    def record() -> Any:
        with get_default_graph().name_scope(f"{here}/" if here else None):  # a tag has nothing of a branch's scope
            done = definition.node((cast(convert_to_tensor(step), "int64"), make()), {"writer": writer})
        with get_default_graph().control_dependencies([] if graph.eager else [done]):
            return convert_to_tensor(True)

    known = bool(should) if not isinstance(should, Tensor) or graph.eager else None
    found = cond(should, record, lambda: convert_to_tensor(False)) if known is None else record() if known else convert_to_tensor(False)
    if not graph.eager:
        graph.add_to_collection(_SUMMARIES, found)
    return found


# -- in a graph ------------------------------------------------------------------------------------------------
def all_summary_ops() -> Any:
    """The summaries of the graph, to be run with each step; None in eager mode.

    >>> tf.contrib.summary.all_summary_ops()
    []
    """
    return None if get_default_graph().eager else get_default_graph().get_collection(_SUMMARIES)


def summary_writer_initializer_op() -> Any:
    """The operations that open the writers' files. Raises RuntimeError in eager mode, where they are open.

    >>> tf.contrib.summary.summary_writer_initializer_op()
    []
    """
    if get_default_graph().eager:
        raise RuntimeError("tf.contrib.summary.summary_writer_initializer_op is only supported in graph mode.")
    return get_default_graph().get_collection(_WRITERS)


def initialize(graph: Any = None, session: Any = None) -> None:
    """Opens the writers' files in a session, and writes the graph where one is given; nothing in eager mode.

    Raises RuntimeError without a default writer, ValueError without a session.

    >>> with tf.contrib.summary.create_file_writer("logs").as_default():
    ...     tf.contrib.summary.initialize(graph=tf.get_default_graph())
    >>> len(tf.summary.events("logs"))
    2
    """
    from tfnb.engine.session import get_default_session

    if get_default_graph().eager or now.writer is None and not summary_writer_initializer_op() and session is None:
        return
    if now.writer is None:
        raise teach(RuntimeError("No default tf.contrib.summary.SummaryWriter found"), "with writer.as_default(): around the call.")
    session = session or get_default_session()
    if session is None:
        raise ValueError("Argument `session must be passed if no default session exists")
    session.run(summary_writer_initializer_op())
    if graph is not None:
        now.writer.file.add_graph(graph, 0)
        now.writer.file.flush()


def flush(writer: Any = None, name: str | None = None) -> Any:
    """Puts on disk what the writer, or the default one, has written.

    >>> with tf.contrib.summary.create_file_writer("logs").as_default():
    ...     sess.run(tf.contrib.summary.flush())
    """
    chosen = writer or now.writer
    if chosen is None:
        return None if get_default_graph().eager else no_op()
    return chosen.flush()
