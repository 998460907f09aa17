"""tf.compat.v2.summary: summaries as tensors with a plugin's name, written at a given step.

    with create_file_writer("logs").as_default():
        scalar("loss", 0.5, step=1)
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from tfnb import summary
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.protos import SummaryMetadata
from tfnb.core.rules import R, float64, string
from tfnb.core.shapes import TensorShape
from tfnb.lazy import Part
from tfnb.ops.elementwise import cast
from tfnb.ops.summaries import pixels_of, png
from tfnb.writing import SummaryWriter, create_file_writer, flush, now, recording, write_summary
from tfnb.writing import write as _write

__all__ = [
    "SummaryWriter", "create_file_writer", "create_noop_writer", "experimental", "flush", "histogram", "image", "record_if", "scalar", "text", "write",
]  # fmt: skip


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing.

    >>> with tf.compat.v2.summary.create_noop_writer().as_default():
    ...     print(sess.run(tf.compat.v2.summary.scalar("loss", 0.5, step=1)))
    True
    """
    return create_file_writer(None)  # type: ignore[no-any-return]


def record_if(condition: Any) -> contextlib.AbstractContextManager[Any]:
    """A block in which summaries are written where the condition (a bool, a tensor, a function) holds.

    >>> with tf.compat.v2.summary.create_file_writer("logs").as_default(), tf.compat.v2.summary.record_if(False):
    ...     print(sess.run(tf.compat.v2.summary.scalar("loss", 0.5, step=1)))
    False
    """
    return recording(condition)


def _step_of(step: Any) -> Any:
    found = now.step if step is None else step
    if found is None and now.writer is not None:
        raise ValueError("No step set via 'step' argument or tf.summary.experimental.set_step()")
    return 0 if found is None else found


def _metadata(plugin: str, description: str | None) -> Any:
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin), summary_description=description or "")


def write(tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None) -> Any:
    """Writes a tensor, or what a function without arguments gives. Raises ValueError where no step is known.

    >>> with tf.compat.v2.summary.create_file_writer("logs").as_default():
    ...     print(sess.run(tf.compat.v2.summary.write("counts", tf.constant([1, 2]), step=1)))
    True
    """
    value = lambda: tensor() if callable(tensor) and not isinstance(tensor, Tensor) else tensor
    return _write(lambda: summary.tensor_summary(tag, convert_to_tensor(value()), None, [], metadata), _step_of(step), True)


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> Any:
    """Writes a number.

    >>> writer = tf.compat.v2.summary.create_file_writer("logs")
    >>> with writer.as_default():
    ...     print(sess.run(tf.compat.v2.summary.scalar("loss", 0.5, step=1)))
    True
    >>> sess.run(writer.flush())
    >>> print(tf.make_ndarray(tf.summary.events("logs")[1].summary.value[0].tensor))
    0.5
    """
    return write(name, lambda: cast(convert_to_tensor(data), "float32"), step, _metadata("scalars", description))


@op("BucketCounts", shape=lambda call: [TensorShape([None, 3])], host=True, differentiable=False)
def bucket_counts(xp: Any, values: R, *, buckets: int) -> float64:  # type: ignore[valid-type]
    """Rows of (left edge, right edge, count) over the range of the values."""
    x = np.ravel(np.asarray(values)).astype(np.float64)
    if not x.size:
        return np.zeros((0, 3))
    if x.min() == x.max():
        return np.array([[x.min() - 0.5, x.max() + 0.5, x.size]])
    counts, edges = np.histogram(x, buckets)
    return np.stack([edges[:-1], edges[1:], counts.astype(np.float64)], axis=1)


def histogram(name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None) -> Any:
    """Writes how values are spread, over 30 buckets where nothing is said.

    >>> with tf.compat.v2.summary.create_file_writer("logs").as_default():
    ...     print(sess.run(tf.compat.v2.summary.histogram("weights", tf.ones([3]), step=1)))
    True
    """
    return write(name, lambda: bucket_counts(convert_to_tensor(data), buckets=buckets or 30), step, _metadata("histograms", description))


@op("EncodedPictures", shape=lambda call: [TensorShape([None])], host=True, differentiable=False)
def encoded_pictures(xp: Any, images: R, *, max_outputs: int) -> string:  # type: ignore[valid-type]
    """Width, height, and each picture as a PNG."""
    x = np.asarray(images)
    chosen = [p if p.dtype == np.uint8 else pixels_of(np.clip(p, 0, 1)) if p.max(initial=0) > 1 else (np.clip(p, 0, 1) * 255.999).astype(np.uint8) for p in x]
    texts = [str(x.shape[2]).encode(), str(x.shape[1]).encode(), *(png(p) for p in chosen[:max_outputs])]
    return np.array([*texts, None], object)[:-1]


def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None) -> Any:
    """Writes up to `max_outputs` pictures [batch, height, width, 1 | 3 | 4], floats from 0 to 1 or bytes.

    >>> with tf.compat.v2.summary.create_file_writer("logs").as_default():
    ...     print(sess.run(tf.compat.v2.summary.image("digits", tf.zeros([1, 4, 4, 1]), step=1)))
    True
    """
    return write(name, lambda: encoded_pictures(convert_to_tensor(data), max_outputs=max_outputs), step, _metadata("images", description))


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> Any:
    """Writes a text, or a table of texts.

    >>> with tf.compat.v2.summary.create_file_writer("logs").as_default():
    ...     print(sess.run(tf.compat.v2.summary.text("note", "hello", step=1)))
    True
    """
    return write(name, lambda: convert_to_tensor(data, "string"), step, _metadata("text", description))


def _set_step(step: Any) -> None:
    """The step of summaries that are given none."""
    now.step = step


def _write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> Any:
    """Writes a Summary that is there as bytes."""
    return _write(lambda: convert_to_tensor(tensor, "string"), _step_of(step), True, write_summary)


experimental = Part("tf.compat.v2.summary.experimental", set_step=_set_step, get_step=lambda: now.step, write_raw_pb=_write_raw_pb)

