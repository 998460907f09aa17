"""tf.contrib.data: the names that tf.data had first."""

from typing import Any

from tfnb.data import Dataset, FixedLengthRecordDataset, Iterator, TextLineDataset, TFRecordDataset
from tfnb.data.experimental import *  # noqa: F403
from tfnb.data.experimental import __all__ as _experimental
from tfnb.data.experimental import batch_and_drop_remainder, make_batched_features_dataset, parallel_interleave
from tfnb.data.groups import sliding_window_batch

__all__ = [
    "Dataset", "FixedLengthRecordDataset", "Iterator", "TFRecordDataset", "TextLineDataset", "batch_and_drop_remainder",
    "padded_batch_and_drop_remainder", "read_batch_features", "sliding_window_batch", "sloppy_interleave", *_experimental,
]  # fmt: skip

read_batch_features, sloppy_interleave = make_batched_features_dataset, parallel_interleave


def padded_batch_and_drop_remainder(batch_size: Any, padded_shapes: Any, padding_values: Any = None) -> Any:
    """Batches of one number of elements, each filled up to one size: the rest is dropped.

    >>> batches = tf.data.Dataset.range(3).apply(tf.contrib.data.padded_batch_and_drop_remainder(2, []))
    >>> print(batches.output_shapes)
    (2,)
    """
    return lambda dataset: dataset.padded_batch(batch_size, padded_shapes, padding_values, drop_remainder=True)
