"""tf.contrib.data: the names that tf.data had first."""

from tfnb.data import Dataset, FixedLengthRecordDataset, Iterator, TextLineDataset, TFRecordDataset
from tfnb.data.experimental import (
    Counter,
    batch_and_drop_remainder,
    enumerate_dataset,
    get_single_element,
    ignore_errors,
    map_and_batch,
    parallel_interleave,
    prefetch_to_device,
    shuffle_and_repeat,
    unbatch,
)

__all__ = [
    "Counter", "Dataset", "FixedLengthRecordDataset", "Iterator", "TFRecordDataset", "TextLineDataset", "batch_and_drop_remainder",
    "enumerate_dataset", "get_single_element", "ignore_errors", "map_and_batch", "parallel_interleave", "prefetch_to_device",
    "shuffle_and_repeat", "unbatch",
]  # fmt: skip
