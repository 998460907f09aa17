"""tf.data.experimental and tf.contrib.data: more ways to make and use datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import int64
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.op import op
from tfnb.core.rules import OfAttr
from tfnb.data import ops
from tfnb.data.dataset import Dataset
from tfnb.data.functions import described
from tfnb.data.grouping import (
    bucket_by_sequence_length,
    choose_from_datasets,
    group_by_window,
    sample_from_datasets,
    scan,
    take_while,
    unique,
)
from tfnb.data.groups import RandomDataset, Reducer, copy_to_device, dense_to_sparse_batch, group_by_reducer, rejection_resample
from tfnb.data.structures import pack
from tfnb.data.tables import CsvDataset, TFRecordWriter, make_batched_features_dataset, make_csv_dataset, parse_example_dataset

__all__ = [
    "AUTOTUNE", "Counter", "CsvDataset", "INFINITE_CARDINALITY", "RandomDataset", "Reducer", "TFRecordWriter", "UNKNOWN_CARDINALITY",
    "bucket_by_sequence_length", "choose_from_datasets", "copy_to_device", "dense_to_sparse_batch", "enumerate_dataset", "get_single_element",
    "group_by_reducer", "group_by_window", "ignore_errors", "make_batched_features_dataset", "make_csv_dataset", "map_and_batch",
    "map_and_batch_with_legacy_function", "parallel_interleave", "parse_example_dataset", "prefetch_to_device", "rejection_resample",
    "sample_from_datasets", "scan", "shuffle_and_repeat", "take_while", "unbatch", "unique",
]  # fmt: skip

AUTOTUNE = -1
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2

Transformation = Callable[[Dataset], Dataset]


@op("DatasetToSingleElement", shape=lambda call: list(call.attrs["output_shapes"]), effect=True, host=True, differentiable=False)
def single_element_op(xp: Any, dataset: ops.variant, *, output_types: Any, output_shapes: Any) -> tuple[OfAttr("output_types"), ...]:
    """The one element of a dataset."""
    pull = dataset()
    found, more = pull(), None
    if found is not None:
        more = pull()
    if found is None or more is not None:
        raise InvalidArgumentError(None, None, "Dataset was empty." if found is None else "Dataset had more than one element.")
    return found


def get_single_element(dataset: Dataset) -> Any:
    """The tensors of a dataset's only element.

    >>> print(tf.data.experimental.get_single_element(tf.data.Dataset.range(1)).eval())
    0
    """
    node = single_element_op.node((dataset._variant_tensor,), described(dataset._structure))
    return pack(dataset._structure, node.outputs)


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """`shuffle` and `repeat` in one.

    >>> forever = tf.data.Dataset.range(3).apply(tf.data.experimental.shuffle_and_repeat(3))
    >>> print(sess.run(forever.take(6).reduce(np.int64(0), lambda n, x: n + x)))
    6
    """
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def map_and_batch(map_func: Callable[..., Any], batch_size: Any, num_parallel_batches: Any = None, drop_remainder: Any = False,
                  num_parallel_calls: Any = None) -> Transformation:  # fmt: skip
    """`map` and `batch` in one.

    >>> squares = tf.data.Dataset.range(4).apply(tf.data.experimental.map_and_batch(lambda x: x * x, 4))
    >>> print(sess.run(tf.data.make_one_shot_iterator(squares).get_next()))
    [0 1 4 9]
    """
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


map_and_batch_with_legacy_function = map_and_batch


def parallel_interleave(map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1, **_: Any) -> Transformation:
    """`interleave`.

    >>> mixed = tf.data.Dataset.range(2).apply(tf.data.experimental.parallel_interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(2), cycle_length=2))
    >>> print(sess.run(mixed.reduce(np.int64(0), lambda n, x: n + x)))
    2
    """
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


def unbatch() -> Transformation:
    """Each element's rows as elements.

    >>> rows = tf.data.Dataset.range(4).batch(2).apply(tf.data.experimental.unbatch())
    >>> print(sess.run(tf.data.make_one_shot_iterator(rows).get_next()))
    0
    """
    return lambda dataset: dataset.unbatch()


def enumerate_dataset(start: int = 0) -> Transformation:
    """Each element with its number.

    >>> pairs = tf.data.Dataset.range(5, 7).apply(tf.data.experimental.enumerate_dataset(10))
    >>> print(sess.run(tf.data.make_one_shot_iterator(pairs).get_next()))
    (np.int64(10), np.int64(5))
    """
    return lambda dataset: dataset.enumerate(start)


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """Batches of one size: the rest is dropped.

    >>> batches = tf.data.Dataset.range(5).apply(tf.contrib.data.batch_and_drop_remainder(2))
    >>> print(batches.output_shapes)
    (2,)
    """
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def ignore_errors() -> Transformation:
    """The elements that can be made; those that fail are passed over.

    >>> safe = tf.data.Dataset.from_tensor_slices([1.0, 0.0]).map(lambda x: tf.check_numerics(1.0 / x, "bad")).apply(tf.data.experimental.ignore_errors())
    >>> print(sess.run(safe.reduce(0, lambda n, x: n + 1)))
    1
    """
    return lambda dataset: dataset._same(ops.ignore_errors_dataset)


def prefetch_to_device(device: str, buffer_size: Any = None) -> Transformation:
    """`prefetch`; the session puts elements where they are used.

    >>> ahead = tf.data.Dataset.range(3).apply(tf.data.experimental.prefetch_to_device("/cpu:0"))
    >>> print(sess.run(tf.data.make_one_shot_iterator(ahead).get_next()))
    0
    """
    return lambda dataset: dataset.prefetch(buffer_size)


def Counter(start: int = 0, step: int = 1, dtype: Any = int64) -> Dataset:
    """start, start + step, and so on.

    >>> number = tf.data.make_one_shot_iterator(tf.data.experimental.Counter(5)).get_next()
    >>> print(sess.run(number), sess.run(number))
    5 6
    """
    return Dataset.range(start, np.iinfo(np.int64).max if step > 0 else np.iinfo(np.int64).min, step)


