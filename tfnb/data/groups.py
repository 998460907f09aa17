"""Datasets by key, by chance and in sparse batches: what tf.data.experimental has beside grouping.py.

    dataset.apply(group_by_reducer(lambda x: x % 2, Reducer(lambda key: 0, lambda state, x: state + x, lambda state: state)))
    dataset.apply(rejection_resample(lambda x, y: y, target_dist=[0.5, 0.5]))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import int64, variant
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.op import convert_to_tensor
from tfnb.core.rules import Each
from tfnb.core.rules import int64 as int64_
from tfnb.core.shapes import TensorShape
from tfnb.data.dataset import Dataset, _node, _seeds
from tfnb.data.functions import Traced
from tfnb.data.grouping import scan
from tfnb.data.ops import dataset_op
from tfnb.data.shuffling import Words
from tfnb.data.streams import Element, Pull
from tfnb.data.structures import Leaf, SparseLeaves

__all__ = ["RandomDataset", "Reducer", "copy_to_device", "dense_to_sparse_batch", "group_by_reducer", "rejection_resample", "sliding_window_batch"]

Transformation = Callable[[Dataset], Dataset]


# -- one value for each key ------------------------------------------------------------------------------------
class Reducer:
    """How the elements of a key become one: a first state, the next of a state and an element, and the end.

    >>> total = tf.data.experimental.Reducer(lambda key: np.int64(0), lambda state, x: state + x, lambda state: state)
    >>> sums = tf.data.Dataset.range(5).apply(tf.data.experimental.group_by_reducer(lambda x: x % 2, total))
    >>> following = tf.data.make_one_shot_iterator(sums).get_next()
    >>> print(sess.run(following), sess.run(following))
    6 4
    """

    def __init__(self, init_func: Callable[..., Any], reduce_func: Callable[..., Any], finalize_func: Callable[..., Any]) -> None:
        self.init_func, self.reduce_func, self.finalize_func = init_func, reduce_func, finalize_func


@dataset_op("GroupByReducerDataset")
def group_by_reducer_dataset(xp: Any, input_dataset: variant, *other_arguments: Each, functions: Any, counts: Any, output_types: Any,
                             output_shapes: Any) -> variant:  # fmt: skip
    """One element for each key, in the order of the keys."""
    ends = np.cumsum([0, *counts])
    key, begin, reduce, end = (f.bound(other_arguments[a:b]) for f, a, b in zip(functions, ends[:-1], ends[1:], strict=True))

    def start() -> Pull:
        pull, found = input_dataset(), []

        def step() -> Element | None:
            if not found:
                states: dict[int, Element] = {}
                for element in iter(pull, None):
                    k = int(key(*element)[0])
                    states[k] = reduce(*(states[k] if k in states else begin(np.int64(k))), *element)
                found.append(iter([states[k] for k in sorted(states)]))
            state = next(found[0], None)
            return None if state is None else end(*state)

        return step

    return start


def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """One element for each key: `reducer` of all elements that have it.

    >>> count = tf.data.experimental.Reducer(lambda key: 0, lambda n, x: n + 1, lambda n: n)
    >>> counts = tf.data.Dataset.range(5).apply(tf.data.experimental.group_by_reducer(lambda x: x % 2, count))
    >>> following = tf.data.make_one_shot_iterator(counts).get_next()
    >>> print(sess.run(following), sess.run(following))
    3 2
    """

    def apply(dataset: Dataset) -> Dataset:
        inside = dataset._structure
        begin = Traced(reducer.init_func, Leaf(int64, TensorShape.of(())), "group_by_reducer_init")
        functions = [Traced(key_func, inside, "group_by_reducer_key"), begin, Traced(reducer.reduce_func, (begin.structure, inside), "group_by_reducer_reduce"),
                     Traced(reducer.finalize_func, begin.structure, "group_by_reducer_finalize")]  # fmt: skip
        captured = [t for f in functions for t in f.captured]
        structure = functions[-1].structure
        node = _node(group_by_reducer_dataset, dataset._variant_tensor, *captured, structure=structure, functions=functions,
                     counts=[len(f.captured) for f in functions])  # fmt: skip
        return Dataset(node, structure)

    return apply


# -- by chance -------------------------------------------------------------------------------------------------
@dataset_op("RandomDataset")
def random_dataset(xp: Any, seed: int64_, seed2: int64_, *, output_types: Any, output_shapes: Any) -> variant:
    """Numbers of 32 random bits, without end."""

    def start() -> Pull:
        word = Words(int(seed), int(seed2))
        return lambda: (np.int64(word()),)

    return start


class RandomDataset(Dataset):
    """Random numbers from 0 to 2**32, without end.

    >>> number = sess.run(tf.data.make_one_shot_iterator(tf.data.experimental.RandomDataset(seed=7)).get_next())
    >>> print(0 <= number < 2**32)
    True
    """

    def __init__(self, seed: Any = None) -> None:
        structure = Leaf(int64, TensorShape.of(()))
        super().__init__(_node(random_dataset, *_seeds(seed), structure=structure), structure)


def rejection_resample(class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None) -> Transformation:
    """Pairs of class and element, of which so many are left out that the classes have the probabilities `target_dist`.

    Without `initial_dist`, how frequent the classes are is counted on the way.

    >>> many_zeros = tf.data.Dataset.from_tensor_slices([0, 0, 0, 1] * 25)
    >>> even = many_zeros.apply(tf.data.experimental.rejection_resample(lambda x: x, [0.5, 0.5], [0.75, 0.25]))
    >>> print(sess.run(even.reduce(0, lambda n, pair: n + pair[1])))
    25
    """
    from tfnb.ops import compare, elementwise, random, reduce
    from tfnb.ops.indexing import gather
    from tfnb.ops.movement import one_hot

    def apply(dataset: Dataset) -> Dataset:
        target = convert_to_tensor(np.asarray(target_dist, np.float32))
        n = len(np.asarray(target_dist))

        def kept(kind: Any, shares: Any, element: Any) -> Any:
            ratios = target / compare.maximum(shares, np.float32(np.finfo(np.float32).tiny))
            chance = gather(ratios / reduce.reduce_max(ratios), kind)
            return compare.less(random.random_uniform([], seed=seed), chance)

        def counted(counts: Any, pair: Any) -> Any:
            counts = counts + elementwise.cast(one_hot(pair[0], n), int64)
            shares = elementwise.cast(counts, "float32")
            return counts, (pair[0], shares / reduce.reduce_sum(shares), pair[1])

        whole = lambda *element: element[0] if len(element) == 1 else element
        pairs = dataset.map(lambda *element: (elementwise.cast(class_func(*element), "int32"), whole(*element)))
        if initial_dist is None:
            known = pairs.apply(scan(np.full([n], 10, np.int64), counted))
        else:
            known = pairs.map(lambda kind, element: (kind, convert_to_tensor(np.asarray(initial_dist, np.float32)), element))
        return known.filter(kept).map(lambda kind, shares, element: (kind, element))

    return apply


# -- batches ---------------------------------------------------------------------------------------------------
@dataset_op("DenseToSparseBatchDataset")
def dense_to_sparse_batch_dataset(xp: Any, input_dataset: variant, batch_size: int64_, row_shape: int64_, *, output_types: Any, output_shapes: Any) -> variant:
    """Batches of arrays of different sizes as sparse tensors."""
    sizes = [int(n) for n in np.ravel(row_shape)]

    def start() -> Pull:
        pull = input_dataset()

        def step() -> Element | None:
            rows: list[Any] = []
            while len(rows) < int(batch_size) and (element := pull()) is not None:
                rows.append(np.asarray(element[0]))
            return _as_sparse(rows, sizes) if rows else None

        return step

    return start


def _as_sparse(rows: list[Any], sizes: list[int]) -> Element:
    for row in rows:
        if row.ndim != len(sizes) or any(0 <= size < n for n, size in zip(row.shape, sizes, strict=True)):
            shape = "[" + ",".join(map(str, row.shape)) + "]"
            raise InvalidArgumentError(None, None, f"Input element had shape {shape}, which is not compatible with row_shape {sizes}")
    whole = [max(row.shape[i] for row in rows) if size < 0 else size for i, size in enumerate(sizes)]
    indices = [(i, *place) for i, row in enumerate(rows) for place in np.ndindex(row.shape)]
    values = np.concatenate([row.ravel() for row in rows])
    return np.array(indices, np.int64).reshape(-1, len(sizes) + 1), values, np.array([len(rows), *whole], np.int64)


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """Batches of arrays of different sizes as sparse tensors [batch, *row_shape]; -1 or None is the longest of the batch.

    >>> lists = tf.data.Dataset.from_generator(lambda: iter([[1], [2, 3]]), tf.int32, tf.TensorShape([None]))
    >>> batch = tf.data.make_one_shot_iterator(lists.apply(tf.data.experimental.dense_to_sparse_batch(2, [3]))).get_next()
    >>> print(tf.sparse.to_dense(batch).eval())
    [[1 0 0]
     [2 3 0]]
    """
    sizes = [-1 if n is None else int(n) for n in (TensorShape(row_shape).as_list() if isinstance(row_shape, TensorShape) else row_shape)]

    def apply(dataset: Dataset) -> Dataset:
        leaf, rank = dataset._structure, len(sizes) + 1
        if not isinstance(leaf, Leaf):
            raise TypeError("`tf.data.experimental.dense_to_sparse_batch()` is only applicable to datasets of single dense tensors.")
        structure = SparseLeaves(Leaf(int64, TensorShape([None, rank])), Leaf(leaf.dtype, TensorShape([None])), Leaf(int64, TensorShape([rank])))
        size, shape = convert_to_tensor(batch_size, int64, "batch_size"), convert_to_tensor(np.array(sizes, np.int64), int64, "row_shape")
        return Dataset(_node(dense_to_sparse_batch_dataset, dataset._variant_tensor, size, shape, structure=structure), structure)

    return apply


def sliding_window_batch(window_size: int, stride: Any = None, window_shift: Any = None, window_stride: int = 1) -> Transformation:
    """Batches of `window_size` elements, each beginning `window_shift` elements after the one before.

    >>> pairs = tf.data.Dataset.range(4).apply(tf.contrib.data.sliding_window_batch(2))
    >>> following = tf.data.make_one_shot_iterator(pairs).get_next()
    >>> print(sess.run(following), sess.run(following))
    [0 1] [1 2]
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = window_shift if window_shift is not None else 1 if stride is None else stride

    def batched(*parts: Any) -> Dataset:
        return (parts[0] if len(parts) == 1 else Dataset.zip(parts)).batch(window_size)

    return lambda dataset: dataset.window(window_size, shift, window_stride, drop_remainder=True).flat_map(batched)


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """The dataset; the session puts elements where they are used.

    >>> same = tf.data.Dataset.range(3).apply(tf.data.experimental.copy_to_device("/gpu:0"))
    >>> print(sess.run(tf.data.make_one_shot_iterator(same).get_next()))
    0
    """
    return lambda dataset: dataset


