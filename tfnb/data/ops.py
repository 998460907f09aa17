"""The nodes of datasets: each gives a stream, made of the streams that come in.

Their names, types and inputs are TensorFlow's, so that a pipeline looks the same in both graphs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import bool_dtype, string, variant
from tfnb.core.op import op
from tfnb.core.rules import Each, OfAttr, int64
from tfnb.data import files, streams
from tfnb.data.shuffling import Shuffled
from tfnb.data.threads import prefetched

__all__ = ["dataset_op"]


def dataset_op(type_: str) -> Any:
    """Declares a node that gives a stream."""
    return op(type_, shape="scalar", effect=True, host=True, differentiable=False)


def _shaped(call: Any) -> Any:
    return list(call.attrs["output_shapes"])


# -- sources -------------------------------------------------------------------------------------------------
@dataset_op("TensorDataset")
def tensor_dataset(xp: Any, *components: Each, output_types: Any, output_shapes: Any) -> variant:
    """One element."""
    return streams.once(components)


@dataset_op("TensorSliceDataset")
def tensor_slice_dataset(xp: Any, *components: Each, output_types: Any, output_shapes: Any) -> variant:
    """An element for each row."""
    return streams.slices(tuple(np.asarray(c) for c in components))


@dataset_op("RangeDataset")
def range_dataset(xp: Any, start: int64, stop: int64, step: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """The numbers of Python's range."""
    return streams.numbered(int(start), int(stop), int(step))


@dataset_op("GeneratorDataset")
def generator_dataset(xp: Any, *args: Each, generator: Any, output_types: Any, output_shapes: Any) -> variant:
    """What a Python generator yields; it is started anew for each pass."""
    return streams.from_function(lambda: generator(*args))


@dataset_op("TextLineDataset")
def text_line_dataset(xp: Any, filenames: string, compression_type: string, buffer_size: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """The lines of text files, without their ends."""
    return files.stream(filenames, lambda name: files.lines(name, files.text(compression_type)))


@dataset_op("TFRecordDataset")
def tf_record_dataset(xp: Any, filenames: string, compression_type: string, buffer_size: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """The records of TFRecord files."""
    return files.stream(filenames, lambda name: files.records(name, files.text(compression_type)))


@dataset_op("FixedLengthRecordDataset")
def fixed_length_record_dataset(xp: Any, filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, buffer_size: int64, *,
                                output_types: Any, output_shapes: Any) -> variant:  # fmt: skip
    """Records of one length between a header and a footer."""
    sizes = int(header_bytes), int(record_bytes), int(footer_bytes)
    return files.stream(filenames, lambda name: files.fixed(name, *sizes))


# -- functions of elements -----------------------------------------------------------------------------------
@dataset_op("MapDataset")
def map_dataset(xp: Any, input_dataset: variant, *other_arguments: Each, f: Any, output_types: Any, output_shapes: Any) -> variant:
    """f of each element."""
    return streams.mapped(input_dataset, f.bound(other_arguments))


@dataset_op("ParallelMapDataset")
def parallel_map_dataset(xp: Any, input_dataset: variant, num_parallel_calls: Each, *other_arguments: Each, f: Any, output_types: Any,
                         output_shapes: Any) -> variant:  # fmt: skip
    """f of each element; here one after the other."""
    return streams.mapped(input_dataset, f.bound(other_arguments))


@dataset_op("FlatMapDataset")
def flat_map_dataset(xp: Any, input_dataset: variant, *other_arguments: Each, f: Any, output_types: Any, output_shapes: Any) -> variant:
    """The datasets that f makes of the elements, one after the other."""
    inner = f.bound(other_arguments)
    return streams.interleaved(input_dataset, lambda *element: inner(*element)[0], 1, -1)


@dataset_op("InterleaveDataset")
def interleave_dataset(xp: Any, input_dataset: variant, cycle_length: int64, block_length: int64, *other_arguments: Each, f: Any,
                       output_types: Any, output_shapes: Any) -> variant:  # fmt: skip
    """The datasets that f makes of the elements, some at a time, in turn."""
    inner = f.bound(other_arguments)
    return streams.interleaved(input_dataset, lambda *element: inner(*element)[0], int(cycle_length), int(block_length))


@dataset_op("FilterDataset")
def filter_dataset(xp: Any, input_dataset: variant, *other_arguments: Each, predicate: Any, output_types: Any, output_shapes: Any) -> variant:
    """The elements that the predicate holds for."""
    keep = predicate.bound(other_arguments)
    return streams.filtered(input_dataset, lambda *element: keep(*element)[0])


@op("ReduceDataset", shape=_shaped, effect=True, host=True, differentiable=False)
def reduce_dataset(xp: Any, input_dataset: variant, *values: Each, f: Any, count: int, output_types: Any,
                   output_shapes: Any) -> tuple[OfAttr("output_types"), ...]:  # fmt: skip
    """One value of all elements: f of what was found so far and the next element."""
    state, call = values[:count], f.bound(values[count:])
    for element in iter(input_dataset(), None):
        state = call(*state, *element)
    return tuple(state)


# -- elements in groups --------------------------------------------------------------------------------------
@dataset_op("BatchDatasetV2")
def batch_dataset(xp: Any, input_dataset: variant, batch_size: int64, drop_remainder: bool_dtype, *, output_types: Any, output_shapes: Any) -> variant:
    """Elements stacked, so many at a time."""
    return streams.batch(input_dataset, int(batch_size), bool(drop_remainder))


@dataset_op("PaddedBatchDatasetV2")
def padded_batch_dataset(xp: Any, input_dataset: variant, batch_size: int64, drop_remainder: bool_dtype, *values: Each, output_types: Any,
                         output_shapes: Any) -> variant:  # fmt: skip
    """Elements filled up to one size and stacked; `values` are the sizes of each component, then what to fill with."""
    n = len(output_types)
    sizes = [tuple(int(s) for s in shape) for shape in values[:n]]
    return streams.padded(input_dataset, int(batch_size), sizes, values[n:], bool(drop_remainder))


@dataset_op("WindowDataset")
def window_dataset(xp: Any, input_dataset: variant, size: int64, shift: int64, stride: int64, drop_remainder: bool_dtype, *, output_types: Any,
                   output_shapes: Any) -> variant:  # fmt: skip
    """Datasets of so many elements each."""
    return streams.windows(input_dataset, int(size), int(shift), int(stride), bool(drop_remainder))


@dataset_op("UnbatchDataset")
def unbatch_dataset(xp: Any, input_dataset: variant, *, output_types: Any, output_shapes: Any) -> variant:
    """Each element's rows, one after the other."""
    return streams.interleaved(input_dataset, lambda *element: streams.slices(element), 1, -1)


# -- order and number ----------------------------------------------------------------------------------------
@dataset_op("ShuffleDataset")
def shuffle_dataset(xp: Any, input_dataset: variant, buffer_size: int64, seed: int64, seed2: int64, *, reshuffle_each_iteration: bool = True,
                    output_types: Any, output_shapes: Any) -> variant:  # fmt: skip
    """Elements in random order, through a buffer."""
    return Shuffled(input_dataset, int(buffer_size), int(seed), int(seed2), reshuffle_each_iteration)


@dataset_op("RepeatDataset")
def repeat_dataset(xp: Any, input_dataset: variant, count: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """The dataset so many times, or for ever."""
    if isinstance(input_dataset, Shuffled) and input_dataset.reshuffle:
        return input_dataset.repeated(int(count))
    return streams.repeated(input_dataset, int(count))


@dataset_op("TakeDataset")
def take_dataset(xp: Any, input_dataset: variant, count: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """The first elements."""
    return streams.taken(input_dataset, int(count))


@dataset_op("SkipDataset")
def skip_dataset(xp: Any, input_dataset: variant, count: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """All but the first elements."""
    return streams.skipped(input_dataset, int(count))


@dataset_op("ZipDataset")
def zip_dataset(xp: Any, *input_datasets: Each, output_types: Any, output_shapes: Any) -> variant:
    """Elements of several datasets side by side."""
    return streams.zipped(input_datasets)


@dataset_op("ConcatenateDataset")
def concatenate_dataset(xp: Any, input_dataset: variant, another_dataset: variant, *, output_types: Any, output_shapes: Any) -> variant:
    """One dataset after the other."""
    return streams.chain(input_dataset, another_dataset)


@dataset_op("CacheDataset")
def cache_dataset(xp: Any, input_dataset: variant, filename: string, *, output_types: Any, output_shapes: Any) -> variant:
    """The elements, kept in memory or in a file once they have all been read."""
    return streams.remembered(input_dataset, files.Store(files.text(filename)))


@dataset_op("PrefetchDataset")
def prefetch_dataset(xp: Any, input_dataset: variant, buffer_size: int64, *, output_types: Any, output_shapes: Any) -> variant:
    """The next elements made ready by a thread while this one is used."""
    return prefetched(input_dataset, int(buffer_size))


@dataset_op("IgnoreErrorsDataset")
def ignore_errors_dataset(xp: Any, input_dataset: variant, *, output_types: Any, output_shapes: Any) -> variant:
    """The elements that can be made; the others are passed over."""
    return streams.without_errors(input_dataset)


# -- what TensorFlow puts around a pipeline ------------------------------------------------------------------
@dataset_op("OptimizeDataset")
def optimize_dataset(xp: Any, input_dataset: variant, optimizations: string, *, output_types: Any, output_shapes: Any) -> variant:
    """The dataset as it is."""
    return input_dataset


@dataset_op("ModelDataset")
def model_dataset(xp: Any, input_dataset: variant, *, output_types: Any, output_shapes: Any) -> variant:
    """The dataset as it is."""
    return input_dataset
