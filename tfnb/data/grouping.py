"""Datasets whose elements depend on the elements before: groups by key, running states, choices among datasets.

    dataset.apply(group_by_window(lambda x: x % 2, lambda key, group: group.batch(4), window_size=4))
    dataset.apply(bucket_by_sequence_length(len_of, [10, 20], [32, 16, 8]))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import bool_dtype, int64, variant
from tfnb.core.op import convert_to_tensor
from tfnb.core.rules import Each
from tfnb.core.shapes import TensorShape
from tfnb.data import streams
from tfnb.data.dataset import Dataset, _node
from tfnb.data.functions import Traced
from tfnb.data.ops import dataset_op
from tfnb.data.streams import Element, Pull, Stream
from tfnb.data.structures import Leaf, flatten, leaf_of, map_structure

Transformation = Callable[[Dataset], Dataset]


# -- nodes ---------------------------------------------------------------------------------------------------
@dataset_op("GroupByWindowDataset")
def group_by_window_dataset(xp: Any, input_dataset: variant, *other_arguments: Each, key_func: Any, reduce_func: Any, window_size_func: Any,
                            counts: Any, output_types: Any, output_shapes: Any) -> variant:  # fmt: skip
    """Elements gathered by key, and the dataset that is made of each full group."""
    a, b = counts[0], counts[0] + counts[1]
    key, make, size = (f.bound(v) for f, v in zip((key_func, reduce_func, window_size_func),
                                                  (other_arguments[:a], other_arguments[a:b], other_arguments[b:]), strict=True))  # fmt: skip
    return grouped(input_dataset, lambda *e: int(key(*e)[0]), lambda k, group: make(k, group)[0], lambda k: int(size(k)[0]))


@dataset_op("ScanDataset")
def scan_dataset(xp: Any, input_dataset: variant, *values: Each, f: Any, count: int, output_types: Any, output_shapes: Any) -> variant:
    """What f gives beside the next state, of the state so far and an element."""
    return scanned(input_dataset, values[:count], f.bound(values[count:]))


@dataset_op("TakeWhileDataset")
def take_while_dataset(xp: Any, input_dataset: variant, *other_arguments: Each, predicate: Any, output_types: Any, output_shapes: Any) -> variant:
    """The elements before the first one that the predicate does not hold for."""
    keep = predicate.bound(other_arguments)
    return while_true(input_dataset, lambda *element: keep(*element)[0])


@dataset_op("UniqueDataset")
def unique_dataset(xp: Any, input_dataset: variant, *, output_types: Any, output_shapes: Any) -> variant:
    """Each element the first time it occurs."""

    def start() -> Pull:
        seen: set[Any] = set()
        return streams.filtered(input_dataset, lambda value: value not in seen and not seen.add(value))()  # type: ignore[func-returns-value]

    return start


@dataset_op("DirectedInterleaveDataset")
def directed_interleave_dataset(xp: Any, selector_input_dataset: variant, *data_input_datasets: Each, output_types: Any, output_shapes: Any) -> variant:
    """The next element of the dataset that the selector names."""
    return directed(selector_input_dataset, data_input_datasets)


# -- streams -------------------------------------------------------------------------------------------------
def grouped(source: Stream, key: Callable[..., int], make: Callable[[Any, Stream], Stream], size: Callable[[Any], int]) -> Stream:
    """The streams that `make` makes of groups of `size(key)` elements of one key; of what is left at the end, too."""

    def start() -> Pull:
        pull, groups, opened = source(), dict[int, list[Element]](), list[Pull]()

        def opened_group(k: int) -> Pull:
            rows = groups.pop(k)
            return make(np.int64(k), streams.from_function(lambda: iter(rows)))()

        def step() -> Element | None:
            while True:
                if opened:
                    element = opened[0]()
                    if element is not None:
                        return element
                    opened.pop()
                    continue
                element = pull()
                if element is None:
                    if not groups:
                        return None
                    opened.append(opened_group(next(iter(groups))))
                    continue
                k = key(*element)
                groups.setdefault(k, []).append(element)
                if len(groups[k]) == size(np.int64(k)):
                    opened.append(opened_group(k))

        return step

    return start


def scanned(source: Stream, initial: Element, f: Callable[..., Element]) -> Stream:
    """f(*state, *element) gives the next state's parts, then those of the result."""

    def start() -> Pull:
        pull, state, n = source(), tuple(initial), len(initial)

        def step() -> Element | None:
            nonlocal state
            element = pull()
            if element is None:
                return None
            found = f(*state, *element)
            state = tuple(found[:n])
            return tuple(found[n:])

        return step

    return start


def while_true(source: Stream, keep: Callable[..., Any]) -> Stream:
    """The elements before the first that `keep` says no to."""

    def start() -> Pull:
        pull, ended = source(), False

        def step() -> Element | None:
            nonlocal ended
            element = None if ended else pull()
            ended = element is None or not keep(*element)
            return None if ended else element

        return step

    return start


def directed(selector: Stream, sources: tuple[Stream, ...]) -> Stream:
    """The next element of the stream whose number the selector gives; streams that have ended are passed over."""

    def start() -> Pull:
        choose, pulls = selector(), [source() for source in sources]

        def step() -> Element | None:
            while (chosen := choose()) is not None and any(pulls):
                pull = pulls[int(chosen[0])]
                element = None if pull is None else pull()
                if element is not None:
                    return element
                pulls[int(chosen[0])] = None  # type: ignore[call-overload]
            return None

        return step

    return start


# -- as they are called --------------------------------------------------------------------------------------
def group_by_window(key_func: Callable[..., Any], reduce_func: Callable[..., Any], window_size: Any = None,
                    window_size_func: Callable[..., Any] | None = None) -> Transformation:  # fmt: skip
    """The datasets that `reduce_func(key, group)` makes of groups of `window_size` elements with one `key_func(element)`.

    >>> odd_and_even = tf.data.experimental.group_by_window(lambda x: x % 2, lambda key, group: group.batch(2), 2)
    >>> next_pair = tf.data.make_one_shot_iterator(tf.data.Dataset.range(4).apply(odd_and_even)).get_next()
    >>> print(sess.run(next_pair))
    [0 2]
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func.")
    size = window_size_func or (lambda key: convert_to_tensor(window_size, int64))
    key_leaf = Leaf(int64, TensorShape.of(()))

    def apply(dataset: Dataset) -> Dataset:
        inside = dataset._structure
        group = Leaf(variant, TensorShape.of(()), Dataset, inside)
        functions = [Traced(key_func, inside, "group_by_window_key"), Traced(reduce_func, (key_leaf, group), "group_by_window_reduce"),
                     Traced(size, key_leaf, "group_by_window_size")]  # fmt: skip
        if not isinstance(functions[1].result, Dataset):
            raise TypeError("`reduce_func` must return a `Dataset` object.")
        structure = functions[1].result._structure
        captured = [t for f in functions for t in f.captured]
        node = _node(group_by_window_dataset, dataset._variant_tensor, *captured, structure=structure, key_func=functions[0],
                     reduce_func=functions[1], window_size_func=functions[2], counts=[len(f.captured) for f in functions])  # fmt: skip
        return Dataset(node, structure)

    return apply


def bucket_by_sequence_length(element_length_func: Callable[..., Any], bucket_boundaries: Any, bucket_batch_sizes: Any,
                              padded_shapes: Any = None, padding_values: Any = None, pad_to_bucket_boundary: bool = False,
                              no_padding: bool = False, drop_remainder: bool = False) -> Transformation:  # fmt: skip
    """Batches of sequences of about one length: less is filled up.

    `bucket_boundaries` are the lengths between the buckets, `bucket_batch_sizes` the batch size of each, one more.

    >>> lists = tf.data.Dataset.from_generator(lambda: iter([[1], [1, 2, 3], [4]]), tf.int32, tf.TensorShape([None]))
    >>> even = lists.apply(tf.data.experimental.bucket_by_sequence_length(tf.size, [2], [2, 2]))
    >>> print(sess.run(tf.data.make_one_shot_iterator(even).get_next()))
    [[1]
     [4]]
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
    from tfnb.ops import arrays, compare, elementwise, reduce
    from tfnb.ops.indexing import gather

    sizes = np.array(bucket_batch_sizes, np.int64)

    def bucket(*element: Any) -> Any:
        length = elementwise.cast(element_length_func(*element), int64)
        return reduce.reduce_sum(elementwise.cast(compare.greater_equal(length, np.array(bucket_boundaries, np.int64)), int64))

    def batched(key: Any, group: Dataset) -> Dataset:
        size = gather(arrays.constant(sizes), key)
        if no_padding:
            return group.batch(size, drop_remainder)
        shapes = padded_shapes if padded_shapes is not None else group.output_shapes
        if pad_to_bucket_boundary:
            last = gather(arrays.constant(np.array([*bucket_boundaries, -1], np.int64)), key) - 1
            shapes = map_structure(lambda s: [last if n is None else n for n in TensorShape(s).as_list()], shapes)
        return group.padded_batch(size, shapes, padding_values, drop_remainder)

    return group_by_window(bucket, batched, window_size_func=lambda key: gather(arrays.constant(sizes), key))


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """`scan_func(state, element)` gives the next state and an element of the result.

    >>> running = tf.data.experimental.scan(np.int64(0), lambda total, x: (total + x, total + x))
    >>> it = tf.data.make_one_shot_iterator(tf.data.Dataset.range(1, 4).apply(running)).get_next()
    >>> print(sess.run(it), sess.run(it), sess.run(it))
    1 3 6
    """

    def apply(dataset: Dataset) -> Dataset:
        state = map_structure(convert_to_tensor, initial_state)
        f = Traced(scan_func, (map_structure(leaf_of, state), dataset._structure), "scan")
        flat, structure = flatten(state), f.structure[1]
        node = _node(scan_dataset, dataset._variant_tensor, *flat, *f.captured, structure=structure, f=f, count=len(flat))
        return Dataset(node, structure)

    return apply


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """The elements before the first one that `predicate` is false for.

    >>> few = tf.data.Dataset.range(9).apply(tf.data.experimental.take_while(lambda x: x < 2))
    >>> print(sess.run(few.reduce(np.int64(0), lambda n, x: n + 1)))
    2
    """

    def apply(dataset: Dataset) -> Dataset:
        f = Traced(predicate, dataset._structure, "take_while")
        if not isinstance(f.structure, Leaf) or f.structure.dtype is not bool_dtype:
            raise ValueError("`predicate` must return a scalar boolean tensor.")
        return dataset._same(take_while_dataset, *f.captured, predicate=f)

    return apply


def unique() -> Transformation:
    """Each element once; for datasets of numbers or texts.

    >>> few = tf.data.Dataset.from_tensor_slices([3, 3, 1]).apply(tf.data.experimental.unique())
    >>> print(sess.run(few.reduce(np.int32(0), lambda n, x: n + x)))
    4
    """
    return lambda dataset: dataset._same(unique_dataset)


def choose_from_datasets(datasets: Any, choice_dataset: Dataset) -> Dataset:
    """The next element of `datasets[i]` for each i of `choice_dataset`.

    >>> tens, choice = tf.data.Dataset.range(10, 13), tf.data.Dataset.from_tensor_slices(np.array([1, 0], np.int64))
    >>> number = tf.data.make_one_shot_iterator(tf.data.experimental.choose_from_datasets([tf.data.Dataset.range(3), tens], choice)).get_next()
    >>> print(sess.run(number), sess.run(number))
    10 0
    """
    datasets = list(datasets)
    node = _node(directed_interleave_dataset, choice_dataset._variant_tensor, *(d._variant_tensor for d in datasets), structure=datasets[0]._structure)
    return Dataset(node, datasets[0]._structure)


def sample_from_datasets(datasets: Any, weights: Any = None, seed: Any = None) -> Dataset:
    """Elements of `datasets` at random, with the probabilities `weights`.

    >>> mixed = tf.data.experimental.sample_from_datasets([tf.data.Dataset.range(3), tf.data.Dataset.range(3)])
    >>> print(sess.run(mixed.reduce(np.int64(0), lambda n, x: n + x)))
    6
    """
    from tfnb.ops import arrays, random, special

    datasets = list(datasets)
    share = np.ones(len(datasets), np.float32) / len(datasets) if weights is None else convert_to_tensor(weights)

    def draw(_: Any) -> Any:
        return arrays.squeeze(random.multinomial(arrays.reshape(special.log(share), [1, -1]), 1, seed=seed))

    return choose_from_datasets(datasets, Dataset.range(np.iinfo(np.int64).max).map(draw))
