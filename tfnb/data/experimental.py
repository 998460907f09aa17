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
from tfnb.data.structures import pack

__all__ = [
    "AUTOTUNE", "Counter", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "bucket_by_sequence_length", "choose_from_datasets",
    "enumerate_dataset", "get_single_element", "group_by_window", "ignore_errors", "map_and_batch", "parallel_interleave",
    "prefetch_to_device", "sample_from_datasets", "scan", "shuffle_and_repeat", "take_while", "unbatch", "unique",
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
    """The tensors of a dataset's only element."""
    node = single_element_op.node((dataset._variant_tensor,), described(dataset._structure))
    return pack(dataset._structure, node.outputs)


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """`shuffle` and `repeat` in one."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def map_and_batch(map_func: Callable[..., Any], batch_size: Any, num_parallel_batches: Any = None, drop_remainder: Any = False,
                  num_parallel_calls: Any = None) -> Transformation:  # fmt: skip
    """`map` and `batch` in one."""
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


def parallel_interleave(map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1, **_: Any) -> Transformation:
    """`interleave`."""
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


def unbatch() -> Transformation:
    """Each element's rows as elements."""
    return lambda dataset: dataset.unbatch()


def enumerate_dataset(start: int = 0) -> Transformation:
    """Each element with its number."""
    return lambda dataset: dataset.enumerate(start)


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """Batches of one size: the rest is dropped."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def ignore_errors() -> Transformation:
    """The elements that can be made; those that fail are passed over."""
    return lambda dataset: dataset._same(ops.ignore_errors_dataset)


def prefetch_to_device(device: str, buffer_size: Any = None) -> Transformation:
    """`prefetch`; the session puts elements where they are used."""
    return lambda dataset: dataset.prefetch(buffer_size)


def Counter(start: int = 0, step: int = 1, dtype: Any = int64) -> Dataset:
    """start, start + step, and so on."""
    return Dataset.range(start, np.iinfo(np.int64).max if step > 0 else np.iinfo(np.int64).min, step)


