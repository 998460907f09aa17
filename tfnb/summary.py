"""tf.summary: watching a training run by numbers, histograms, texts and pictures.

scalar("loss", loss); merged = merge_all()
with FileWriter("logs/run1") as writer:
    writer.add_summary(sess.run(merged), step)      for TensorBoard, and for the notebook's curves at once
plot(step, loss=1.5)                                the same curves in one line, without nodes or files
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfnb.core import protos
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.wire import field, number, read_records, record
from tfnb.ops import summaries as raw
from tfnb.ops.sources import constant

__all__ = [
    "Event",
    "FileWriter",
    "FileWriterCache",
    "SessionLog",
    "Summary",
    "SummaryDescription",
    "TaggedRunMetadata",
    "all_v2_summary_ops",
    "audio",
    "events",
    "histogram",
    "image",
    "initialize",
    "listeners",
    "merge",
    "merge_all",
    "parse",
    "plot",
    "scalar",
    "tensor_summary",
    "text",
]

listeners: list[Callable[[str, str, Any, float, float], None]] = []
"""Called with (run, tag, step, value, wall time) for every scalar that is written or plotted."""

_serial = itertools.count()


# -- nodes ------------------------------------------------------------------------------------------


def _clean(name: str) -> str:
    """A summary's name as a node's name may be."""
    return re.sub(r"[^-/\w\.]", "_", str(name)).lstrip("/")


def _summary(name: str, collections: Any, family: str | None, make: Callable[[str, str], Tensor]) -> Tensor:
    label = _clean(f"{family}/{name}" if family else name)
    with name_scope(label) as scope:
        tag = scope.rstrip("/")
        out = make(f"{family}/{tag}" if family else tag, scope)
    for key in [GraphKeys.SUMMARIES] if collections is None else collections:
        get_default_graph().add_to_collection(key, out)
    return out


def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A summary of one number; running it gives bytes for `FileWriter.add_summary`.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(tf.summary.parse(sess.run(tf.summary.scalar("loss", 1.5))))
    [('loss', 1.5)]
    """
    return _summary(
        name, collections, family, lambda tag, scope: raw.scalar_summary(tags=tag, values=tensor, name=scope)
    )


def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A summary of how the values of a tensor are spread.

    >>> print(tf.summary.histogram("weights", tf.ones([3])).dtype)
    <dtype: 'string'>
    """
    return _summary(
        name,
        collections,
        family,
        lambda tag, scope: raw.histogram_summary(tag=tag, values=values, name=scope),
    )


def image(
    name: str, tensor: Any, max_outputs: int = 3, collections: Any = None, family: str | None = None
) -> Tensor:
    """A summary of up to `max_outputs` pictures [batch, height, width, 1 | 3 | 4].

    >>> print(tf.summary.image("digits", tf.zeros([2, 4, 4, 1])).dtype)
    <dtype: 'string'>
    """
    return _summary(
        name,
        collections,
        family,
        lambda tag, scope: raw.image_summary(tag=tag, tensor=tensor, max_images=max_outputs, name=scope),
    )


def text(name: str, tensor: Any, collections: Any = None) -> Tensor:
    """A summary of a string, or of a table of strings.

    >>> print(tf.Summary.FromString(tf.summary.text("note", tf.constant("hello")).eval()).value[0].tag)
    note
    """
    words = convert_to_tensor(tensor)
    if words.dtype.base_dtype.name != "string":
        raise ValueError(f"Expected tensor {words.name} to have dtype string, got {words.dtype.base_dtype!r}")
    about = field(1, field(1, "text"))

    def make(tag: str, scope: str) -> Tensor:
        metadata = constant(about, name="serialized_summary_metadata")
        return raw.tensor_summary(tag=tag, tensor=words, serialized_summary_metadata=metadata, name=scope)  # type: ignore[no-any-return]

    return _summary(name, collections, None, make)


def audio(name: str, tensor: Any, sample_rate: Any, max_outputs: int = 3, collections: Any = None, family: str | None = None) -> Tensor:
    """A summary of up to `max_outputs` sounds [batch, frames] or [batch, frames, channels], from -1 to 1.

    >>> print(tf.Summary.FromString(tf.summary.audio("tone", tf.zeros([1, 8]), 8000.0).eval()).value[0].audio.length_frames)
    8
    """
    rate = convert_to_tensor(sample_rate, "float32", name="sample_rate")
    make = lambda tag, scope: raw.audio_summary(tag=tag, tensor=tensor, sample_rate=rate, max_outputs=max_outputs, name=scope)
    return _summary(name, collections, family, make)


def tensor_summary(name: str, tensor: Any, summary_description: Any = None, collections: Any = None, summary_metadata: Any = None, family: str | None = None,
                   display_name: str | None = None) -> Tensor:  # fmt: skip
    """A summary of any tensor.

    >>> found = tf.Summary.FromString(tf.summary.tensor_summary("counts", tf.constant([1, 2])).eval())
    >>> print(tf.make_ndarray(found.value[0].tensor))
    [1 2]
    """
    about = summary_metadata or protos.SummaryMetadata()
    if display_name is not None:
        about.display_name = display_name
    if summary_description is not None:
        about.summary_description = summary_description

    def make(tag: str, scope: str) -> Tensor:
        metadata = constant(about.SerializeToString(), name="serialized_summary_metadata")
        return raw.tensor_summary(tag=tag, tensor=tensor, serialized_summary_metadata=metadata, name=scope)  # type: ignore[no-any-return]

    return _summary(name, collections, family, make)


def merge(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """One summary of several.

    >>> both = tf.summary.merge([tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)])
    >>> print([v.tag for v in tf.Summary.FromString(both.eval()).value])
    ['a', 'b']
    """
    for x in inputs:
        if x.dtype.base_dtype.name != "string":
            raise TypeError(
                "Tensors in list passed to 'inputs' of 'MergeSummary' Op have types "
                f"[{', '.join(t.dtype.base_dtype.name for t in inputs)}] that do not match "
                "expected type string."
            )
    with name_scope(name, "Merge", inputs):
        out: Tensor = raw.merge_summary(*inputs)
    for key in collections or ():
        get_default_graph().add_to_collection(key, out)
    return out


def merge_all(
    key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """One summary of all that were made so far; None where there are none.

    >>> _ = tf.summary.scalar("a", 1.0)
    >>> print(tf.Summary.FromString(tf.summary.merge_all().eval()).value[0].tag)
    a
    """
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


def all_v2_summary_ops() -> list[Any]:
    """Summaries of version 2: there are none.

    >>> print(tf.summary.all_v2_summary_ops())
    []
    """
    return []


# -- the message ------------------------------------------------------------------------------------
Summary, Event, SessionLog = protos.Summary, protos.Event, protos.SessionLog
SummaryDescription, TaggedRunMetadata = protos.SummaryDescription, protos.TaggedRunMetadata


def parse(summary: bytes) -> list[tuple[str, float]]:
    """Tags and numbers of a serialized summary; histograms, texts and pictures are left out."""
    return [
        (v.tag, float(v.simple_value))
        for v in Summary.FromString(bytes(summary)).value
        if v.WhichOneof("value") == "simple_value"
    ]


# -- files ------------------------------------------------------------------------------------------
class FileWriter:
    """Appends events to a new file in `logdir`, for TensorBoard, and tells the notebook's curves.

    >>> writer = tf.summary.FileWriter("logs")
    >>> writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]), global_step=1)
    >>> writer.close()
    >>> print(writer.get_logdir())
    logs
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        self._logdir = os.fspath(logdir)
        self.run = Path(self._logdir).name or "run"
        Path(self._logdir).mkdir(parents=True, exist_ok=True)
        stem = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}"
        suffix = filename_suffix or ""
        while (path := Path(self._logdir, stem + suffix)).exists():  # a second writer within one second
            suffix = f".{next(_serial)}{filename_suffix or ''}"
        self.path = path
        self._file: Any = path.open("ab")
        self._write(field(3, "brain.Event:2"), None)
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)

    def get_logdir(self) -> str:
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Writes a summary: the bytes that a run gave, or a `Summary`."""
        data = summary.SerializeToString() if hasattr(summary, "SerializeToString") else bytes(summary)
        now = time.time()
        self._write(field(5, data), global_step, now)
        for tag, value in parse(data):
            tell(self.run, tag, global_step, value, now)

    def _write(self, body: bytes, step: Any, now: float | None = None) -> None:
        if self._file.closed:
            self.reopen()
        when = number(1, time.time() if now is None else now)
        self._file.write(record(when + (b"" if step is None else field(2, int(step))) + body))

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Writes a graph, or a GraphDef, for TensorBoard's graph page."""
        chosen = graph if graph_def is None else graph_def
        if chosen is None or not hasattr(chosen, "as_graph_def") and not hasattr(chosen, "node"):
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
        message = chosen.as_graph_def(add_shapes=True) if hasattr(chosen, "as_graph_def") else chosen
        self._write(field(4, message.SerializeToString()), global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Accepted for compatibility."""

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Accepted for compatibility."""

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    def reopen(self) -> None:
        if self._file.closed:
            self._file = self.path.open("ab")

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()


def events(path: Any) -> list[Event]:
    """The events of an event file, or of all event files of a folder."""
    path = Path(path)
    files = sorted(path.glob("*tfevents*")) if path.is_dir() else [path]
    return [Event.FromString(data) for f in files for data in read_records(f.read_bytes())]


def summary_iterator(path: str) -> Iterator[Any]:
    """The events of an event file, one after the other.

    >>> with tf.summary.FileWriter("logs") as writer:
    ...     writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]), 3)
    >>> [(event.step, v.tag) for event in tf.train.summary_iterator(str(writer.path)) for v in event.summary.value]
    [(3, 'loss')]
    """
    return iter(events(path))


class FileWriterCache:
    """One FileWriter for each folder, wherever it is asked for.

    >>> tf.summary.FileWriterCache.get("logs") is tf.summary.FileWriterCache.get("logs")
    True
    >>> tf.summary.FileWriterCache.clear()
    """

    _writers: dict[str, FileWriter] = {}

    @staticmethod
    def get(logdir: str) -> FileWriter:
        """The writer of a folder, made the first time."""
        held = FileWriterCache._writers
        if logdir not in held:
            held[logdir] = FileWriter(logdir)
        return held[logdir]

    @staticmethod
    def clear() -> None:
        """Closes all writers and forgets them."""
        for writer in FileWriterCache._writers.values():
            writer.close()
        FileWriterCache._writers.clear()


def initialize(graph: Any = None, session: Any = None) -> None:
    """Opens the files of all writers that `tf.contrib.summary` made, and writes the graph where one is given.

    >>> tf.summary.initialize()
    """
    from tfnb.writing import initialize

    initialize(graph, session)


# -- the notebook's curves --------------------------------------------------------------------------
def tell(run: str, tag: str, step: Any, value: float, when: float | None = None) -> None:
    """Passes one scalar to all listeners; a listener that fails does not stop the training."""
    for listener in list(listeners):
        with contextlib.suppress(Exception):
            listener(
                run, tag, None if step is None else int(step), value, time.time() if when is None else when
            )


def plot(step: Any, /, *, run: str = "run", **values: Any) -> None:
    """Adds a point to a curve for each value: plot(i, loss=loss_value, accuracy=accuracy_value)."""
    for tag, value in values.items():
        tell(run, tag, step, float(np.asarray(value)))
