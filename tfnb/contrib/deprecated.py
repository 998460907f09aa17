"""tf.contrib.deprecated: summaries under their names of before 1.0."""

from __future__ import annotations

from typing import Any

from tfnb import summary

__all__ = ["histogram_summary", "image_summary", "merge_all_summaries", "merge_summary", "scalar_summary"]


def scalar_summary(tags: Any, values: Any, collections: Any = None, name: str | None = None) -> Any:
    """A number for a curve.

    >>> tf.Summary.FromString(tf.contrib.deprecated.scalar_summary("loss", 0.5).eval()).value[0].simple_value
    0.5
    """
    return summary.scalar(str(tags), values, collections)


def histogram_summary(tag: str, values: Any, collections: Any = None, name: str | None = None) -> Any:
    """How values are spread.

    >>> tf.contrib.deprecated.histogram_summary("w", tf.zeros([3])).dtype.name
    'string'
    """
    return summary.histogram(tag, values, collections)


def image_summary(tag: str, tensor: Any, max_images: int = 3, collections: Any = None, name: str | None = None) -> Any:
    """Pictures.

    >>> tf.contrib.deprecated.image_summary("x", tf.zeros([1, 4, 4, 1])).dtype.name
    'string'
    """
    return summary.image(tag, tensor, max_images, collections)


def merge_summary(inputs: Any, collections: Any = None, name: str | None = None) -> Any:
    """Several summaries as one.

    >>> tf.contrib.deprecated.merge_summary([tf.contrib.deprecated.scalar_summary("loss", 0.5)]).dtype.name
    'string'
    """
    return summary.merge(inputs, collections, name)


merge_all_summaries = summary.merge_all
