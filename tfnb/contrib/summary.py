"""tf.contrib.summary: summaries that are written where they are computed, at the global step.

    writer = create_file_writer("logs")
    with writer.as_default(), record_summaries_every_n_global_steps(100):
        scalar("loss", loss)
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

from tfnb import summary
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops.compare import equal
from tfnb.train.steps import get_or_create_global_step
from tfnb.writing import SummaryWriter, all_summary_ops, create_file_writer, flush, initialize, recording, should_record, summary_writer_initializer_op, write
from tfnb.writing import write_graph as _write_graph

__all__ = [
    "SummaryWriter", "all_summary_ops", "always_record_summaries", "audio", "create_file_writer", "create_summary_file_writer", "eval_dir", "flush",
    "generic", "graph", "histogram", "image", "import_event", "initialize", "never_record_summaries", "record_summaries_every_n_global_steps", "scalar",
    "should_record_summaries", "summary_writer_initializer_op",
]  # fmt: skip

create_summary_file_writer = create_file_writer


# -- when --------------------------------------------------------------------------------------------------------
def always_record_summaries() -> contextlib.AbstractContextManager[Any]:
    """A block in which every summary is written.

    >>> with tf.contrib.summary.always_record_summaries():
    ...     print(tf.contrib.summary.should_record_summaries().eval())
    True
    """
    return recording(True)


def never_record_summaries() -> contextlib.AbstractContextManager[Any]:
    """A block in which no summary is written.

    >>> with tf.contrib.summary.never_record_summaries():
    ...     print(tf.contrib.summary.should_record_summaries().eval())
    False
    """
    return recording(False)


def record_summaries_every_n_global_steps(n: int, global_step: Any = None) -> contextlib.AbstractContextManager[Any]:
    """A block in which summaries are written at every n-th step.

    >>> step = tf.train.get_or_create_global_step()
    >>> step.load(4)
    >>> with tf.contrib.summary.record_summaries_every_n_global_steps(2):
    ...     print(tf.contrib.summary.should_record_summaries().eval())
    True
    """
    step = get_or_create_global_step() if global_step is None else global_step

    def due() -> Any:
        return equal(convert_to_tensor(step) % n, 0)

    return recording(due if get_default_graph().eager else due())


def should_record_summaries() -> Tensor:
    """Whether summaries are written here; not, where nothing was said.

    >>> print(tf.contrib.summary.should_record_summaries().eval())
    False
    """
    return convert_to_tensor(should_record(False))  # type: ignore[no-any-return]


# -- what --------------------------------------------------------------------------------------------------------
def _at_step(make: Callable[[], Tensor], step: Any) -> Any:
    return write(make, get_or_create_global_step() if step is None else step, False)


def scalar(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Writes a number.

    >>> with tf.contrib.summary.create_file_writer("logs").as_default(), tf.contrib.summary.always_record_summaries():
    ...     op = tf.contrib.summary.scalar("loss", 0.5, step=3)
    >>> sess.run(op)
    np.True_
    """
    return _at_step(lambda: summary.scalar(name, tensor, [], family), step)


def histogram(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Writes how the values of a tensor are spread.

    >>> print(tf.contrib.summary.histogram("weights", tf.ones([3])).type)
    NoOp
    """
    return _at_step(lambda: summary.histogram(name, tensor, [], family), step)


def image(name: str, tensor: Any, bad_color: Any = None, max_images: int = 3, family: str | None = None, step: Any = None) -> Any:
    """Writes up to `max_images` pictures [batch, height, width, 1 | 3 | 4].

    >>> print(tf.contrib.summary.image("digits", tf.zeros([1, 4, 4, 1])).type)
    NoOp
    """
    return _at_step(lambda: summary.image(name, tensor, max_images, [], family), step)


def audio(name: str, tensor: Any, sample_rate: Any, max_outputs: int, family: str | None = None, step: Any = None) -> Any:
    """Writes up to `max_outputs` sounds [batch, frames, channels], from -1 to 1.

    >>> print(tf.contrib.summary.audio("tone", tf.zeros([1, 8, 1]), 8000, 1).type)
    NoOp
    """
    return _at_step(lambda: summary.audio(name, tensor, sample_rate, max_outputs, [], family), step)


def generic(name: str, tensor: Any, metadata: Any = None, family: str | None = None, step: Any = None) -> Any:
    """Writes any tensor; `metadata` is a SummaryMetadata, or its bytes.

    >>> print(tf.contrib.summary.generic("counts", tf.constant([1, 2])).type)
    NoOp
    """
    from tfnb.core.protos import SummaryMetadata

    about = SummaryMetadata.FromString(metadata) if isinstance(metadata, bytes) else metadata
    return _at_step(lambda: summary.tensor_summary(name, tensor, None, [], about, family), step)


def graph(param: Any, step: Any = None, name: str | None = None) -> Any:
    """Writes a graph: a Graph, a GraphDef, or its bytes. Raises TypeError for anything else.

    >>> print(tf.contrib.summary.graph(tf.get_default_graph()).type)
    NoOp
    """
    message = param.as_graph_def(add_shapes=True) if hasattr(param, "as_graph_def") else param
    if not isinstance(message, (Tensor, bytes)) and not hasattr(message, "node"):
        raise TypeError(f"graph() needs a tf.Graph (e.g. tf.get_default_graph()) or a tf.GraphDef, but got: {type(param).__name__}")
    data = message.SerializeToString() if hasattr(message, "node") else message
    with recording(True):
        return write(lambda: convert_to_tensor(data), get_or_create_global_step() if step is None else step, True, _write_graph)


def import_event(tensor: Any, name: str | None = None) -> Any:
    """Writes the summary of an Event, given as its bytes, at the event's step.

    >>> event = tf.Event(step=2, summary=tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]))
    >>> print(tf.contrib.summary.import_event(event.SerializeToString()).type)
    NoOp
    """
    from tfnb.core.protos import Event

    event = Event.FromString(bytes(tensor))
    with name_scope(name, "import_event"), recording(True):
        return write(lambda: convert_to_tensor(event.summary.SerializeToString()), event.step, True)


def eval_dir(model_dir: str, name: str | None = None) -> str:
    """The folder for the summaries of an evaluation.

    >>> tf.contrib.summary.eval_dir("model", "test")
    'model/eval_test'
    """
    return os.path.join(model_dir, "eval" if not name else f"eval_{name}")
