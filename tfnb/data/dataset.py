"""Dataset: elements to come, as nodes of the graph; each method adds one more.

    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32).repeat()
    images, labels = batches.make_one_shot_iterator().get_next()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, bool_dtype, int64, string, variant
from tfnb.core.errors import InvalidArgumentError, teach
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.data import ops
from tfnb.data.functions import Traced, described
from tfnb.data.structures import Leaf, flatten, leaf_of, leaves, map_structure, pack, shapes_like

__all__ = ["Dataset"]


def _number(value: Any, name: str, none: int = -1) -> Tensor:
    return convert_to_tensor(none if value is None else value, int64, name)


def _components(tensors: Any) -> Any:
    """The parts of an element as tensors, named as TensorFlow names them."""
    with name_scope("normalize_element"):
        flat = flatten(tensors)
        return pack(tensors, [convert_to_tensor(t, name=f"component_{i}") for i, t in enumerate(flat)])


def _node(definition: Any, *inputs: Any, structure: Any, name: str | None = None, **attributes: Any) -> Tensor:
    return definition.node(inputs, {**attributes, **described(structure)}, name).outputs[0]  # type: ignore[no-any-return]


def _with_axis(structure: Any, size: int | None) -> Any:
    """The structure of batches of such elements."""
    return map_structure(lambda leaf: Leaf(leaf.dtype, TensorShape([size]).concatenate(leaf.shape), leaf.kind), structure)


class Dataset:
    """Elements of one structure: tuples, dicts or single tensors. It is used through an iterator.

    >>> x = tf.data.Dataset.from_tensor_slices([1, 2, 3]).map(lambda n: n * n).batch(2).make_one_shot_iterator().get_next()
    >>> print(x.eval(), x.eval())
    [1 4] [9]
    """

    def __init__(self, variant_tensor: Tensor, structure: Any) -> None:
        self._variant_tensor, self._structure = variant_tensor, structure

    # -- what it is ----------------------------------------------------------------------------------------------
    @property
    def output_types(self) -> Any:
        """The dtypes of an element, in its structure."""
        return map_structure(lambda leaf: leaf.dtype if leaf.inside is None else _inside(leaf).output_types, self._structure)

    @property
    def output_shapes(self) -> Any:
        """The shapes of an element, in its structure."""
        return map_structure(lambda leaf: leaf.shape if leaf.inside is None else _inside(leaf).output_shapes, self._structure)

    @property
    def output_classes(self) -> Any:
        """The classes of an element's parts, in its structure."""
        return map_structure(lambda leaf: leaf.kind, self._structure)

    def __repr__(self) -> str:
        types = map_structure(repr, self.output_types)
        return f"<DatasetV1Adapter shapes: {_shown(self.output_shapes)}, types: {_shown(types)}>"

    def __iter__(self) -> Iterator[Any]:
        if not get_default_graph().eager:
            raise teach(RuntimeError("__iter__() is only supported inside of tf.function or when eager execution is enabled."),
                        "In a graph: x = dataset.make_one_shot_iterator().get_next(), and sess.run(x) for each element.")  # fmt: skip
        from tfnb.data.iterators import eager_elements

        return eager_elements(self)

    # -- sources -------------------------------------------------------------------------------------------------
    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """The one element `tensors`."""
        parts = _components(tensors)
        structure = map_structure(leaf_of, parts)
        return Dataset(_node(ops.tensor_dataset, *flatten(parts), structure=structure), structure)

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """An element for each row of `tensors`, which have the same number of rows."""
        parts = _components(tensors)
        flat = flatten(parts)
        for t in flat:
            if t.shape.ndims == 0:
                raise ValueError(f"Value {t} has insufficient rank for batching.")
        rows = flat[0].shape[:1]
        for t in flat[1:]:
            a, b = (s.sizes[0] if s.sizes else None for s in (rows, t.shape[:1]))
            if a is not None and b is not None and a != b:
                raise ValueError(f"Dimensions {a} and {b} are not compatible")
        structure = map_structure(lambda t: Leaf(t.dtype.base_dtype, t.shape[1:]), parts)
        return Dataset(_node(ops.tensor_slice_dataset, *flat, structure=structure), structure)

    @staticmethod
    def range(*args: Any) -> Dataset:
        """The numbers of Python's `range`, as int64."""
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
        structure = Leaf(int64, TensorShape.of(()))
        inputs = (_number(start, "start"), _number(stop, "stop"), _number(step, "step"))
        return Dataset(_node(ops.range_dataset, *inputs, structure=structure), structure)

    @staticmethod
    def from_generator(generator: Callable[..., Any], output_types: Any, output_shapes: Any = None, args: Any = None) -> Dataset:
        """What `generator()` yields, as tensors of the given dtypes and shapes; each pass calls it anew."""
        if not callable(generator):
            raise TypeError("`generator` must be callable.")
        structure = leaves(output_types, output_shapes)
        given = [convert_to_tensor(a) for a in args or ()]
        started = lambda *values: _yielded(generator, values, structure)
        return Dataset(_node(ops.generator_dataset, *given, structure=structure, generator=started, name="FlatMapDataset"), structure)

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: int | None = None) -> Dataset:
        """The names of the files that a pattern matches, in random order unless `shuffle=False`."""
        from tfnb.ops.files import matching_files

        with name_scope("list_files"):
            names = Dataset.from_tensor_slices(matching_files(file_pattern))
            return names if shuffle is False else names.shuffle(1 << 20, seed=seed)

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """Elements of several datasets side by side, in their structure."""
        flat = flatten(datasets) if isinstance(datasets, (tuple, Mapping)) else []
        if not flat or not all(isinstance(d, Dataset) for d in flat):
            raise TypeError("The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects.")
        structure = pack(datasets, [d._structure for d in flat])
        return Dataset(_node(ops.zip_dataset, *(d._variant_tensor for d in flat), structure=structure), structure)

    # -- functions of elements -----------------------------------------------------------------------------------
    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Dataset:
        """`map_func` of each element; it is traced once, as a small graph of its own."""
        f = Traced(map_func, self._structure, "Dataset_map")
        if num_parallel_calls is None:
            node = _node(ops.map_dataset, self._variant_tensor, *f.captured, structure=f.structure, f=f)
        else:
            calls = convert_to_tensor(num_parallel_calls, as_dtype("int32"), "num_parallel_calls")
            node = _node(ops.parallel_map_dataset, self._variant_tensor, calls, *f.captured, structure=f.structure, f=f)
        return Dataset(node, f.structure)

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The datasets that `map_func` makes of the elements, one after the other."""
        f, structure = self._makes_datasets(map_func, "Dataset_flat_map")
        return Dataset(_node(ops.flat_map_dataset, self._variant_tensor, *f.captured, structure=structure, f=f), structure)

    def interleave(self, map_func: Callable[..., Any], cycle_length: Any = -1, block_length: Any = 1, num_parallel_calls: Any = None) -> Dataset:
        """The datasets that `map_func` makes: `cycle_length` open at a time, `block_length` elements of each in turn."""
        f, structure = self._makes_datasets(map_func, "Dataset_interleave")
        cycle = 2 if isinstance(cycle_length, int) and cycle_length < 1 else cycle_length  # TensorFlow: as many as processors
        sizes = _number(cycle, "cycle_length"), _number(block_length, "block_length")
        return Dataset(_node(ops.interleave_dataset, self._variant_tensor, *sizes, *f.captured, structure=structure, f=f), structure)

    def _makes_datasets(self, map_func: Callable[..., Any], name: str) -> tuple[Traced, Any]:
        f = Traced(map_func, self._structure, name)
        if not isinstance(f.result, Dataset):
            raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(f.result)}")
        return f, f.result._structure

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements for which `predicate` is true."""
        f = Traced(predicate, self._structure, "Dataset_filter")
        leaf = f.structure
        if not isinstance(leaf, Leaf) or leaf.dtype is not bool_dtype or leaf.shape.ndims not in (0, None):
            shown = f"TensorSpec(shape={leaf.shape}, dtype={leaf.dtype!r}, name=None)" if isinstance(leaf, Leaf) else str(leaf)
            raise ValueError(f"`predicate` return type must be convertible to a scalar boolean tensor. Was {shown}.")
        return Dataset(_node(ops.filter_dataset, self._variant_tensor, *f.captured, structure=self._structure, predicate=f), self._structure)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """One value of all elements: `reduce_func(state, element)` again and again, from `initial_state` on."""
        state = map_structure(convert_to_tensor, initial_state)
        f = Traced(reduce_func, (map_structure(leaf_of, state), self._structure), "Dataset_reduce")
        flat = flatten(state)
        node = ops.reduce_dataset.node((self._variant_tensor, *flat, *f.captured), {"f": f, "count": len(flat), **described(f.structure)})
        return pack(f.structure, node.outputs)

    def apply(self, transformation_func: Callable[[Dataset], Any]) -> Any:
        """`transformation_func` of this dataset."""
        found = transformation_func(self)
        if not isinstance(found, Dataset):
            raise TypeError("`transformation_func` must return a Dataset.")
        return found

    def enumerate(self, start: int = 0) -> Dataset:
        """Each element with its number."""
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    # -- elements in groups --------------------------------------------------------------------------------------
    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Dataset:
        """Elements stacked `batch_size` at a time; the last batch may be smaller unless it is dropped."""
        size = _number(batch_size, "batch_size")
        drop = convert_to_tensor(drop_remainder, bool_dtype, "drop_remainder")
        structure = _with_axis(self._structure, _known(size) if _known(drop) else None)
        if any(leaf.inside is not None for leaf in flatten(self._structure)):
            raise TypeError("Unsupported return value from function passed to Dataset.map(): a dataset cannot be batched; flat_map it first.")
        return Dataset(_node(ops.batch_dataset, self._variant_tensor, size, drop, structure=structure), structure)

    def padded_batch(self, batch_size: Any, padded_shapes: Any, padding_values: Any = None, drop_remainder: Any = False) -> Dataset:
        """As `batch`, of elements of different sizes: each is filled up to `padded_shapes` (None: the batch's longest)."""
        size = _number(batch_size, "batch_size")
        drop = convert_to_tensor(drop_remainder, bool_dtype, "drop_remainder")
        flat = flatten(self._structure)
        shapes = [as_shape(s) for s in shapes_like(self._structure, padded_shapes)]
        sizes = [_number([-1 if n is None else n for n in s.sizes or ()] or np.zeros(0, np.int64), "padded_shapes") for s in shapes]
        values = _fill(self._structure, flat, padding_values)
        n = _known(size) if _known(drop) else None
        structure = pack(self._structure, [Leaf(leaf.dtype, TensorShape([n]).concatenate(s)) for leaf, s in zip(flat, shapes, strict=True)])
        return Dataset(_node(ops.padded_batch_dataset, self._variant_tensor, size, drop, *sizes, *values, structure=structure), structure)

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False) -> Dataset:
        """Datasets of `size` elements each, one beginning `shift` elements after the other."""
        inputs = (_number(size, "size"), _number(size if shift is None else shift, "shift"), _number(stride, "stride"))
        drop = convert_to_tensor(drop_remainder, bool_dtype, "drop_remainder")
        structure = map_structure(lambda leaf: Leaf(variant, TensorShape.of(()), Dataset, leaf), self._structure)
        return Dataset(_node(ops.window_dataset, self._variant_tensor, *inputs, drop, structure=structure), structure)

    # -- order and number ----------------------------------------------------------------------------------------
    def shuffle(self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None) -> Dataset:
        """Elements in random order, through a buffer of `buffer_size`; with a seed, in TensorFlow's order."""
        size = _number(buffer_size, "buffer_size")
        seeds = _seeds(seed)
        again = reshuffle_each_iteration is not False
        node = _node(ops.shuffle_dataset, self._variant_tensor, size, *seeds, structure=self._structure, reshuffle_each_iteration=again)
        return Dataset(node, self._structure)

    def repeat(self, count: Any = None) -> Dataset:
        """The dataset `count` times, or for ever."""
        return self._same(ops.repeat_dataset, _number(count, "count"))

    def take(self, count: Any) -> Dataset:
        """The first `count` elements."""
        return self._same(ops.take_dataset, _number(count, "count"))

    def skip(self, count: Any) -> Dataset:
        """All but the first `count` elements."""
        return self._same(ops.skip_dataset, _number(count, "count"))

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Every `num_shards`-th element, from `index` on."""
        if num_shards < 1 or not 0 <= index < num_shards:
            raise ValueError(f"index must be between 0 and num_shards - 1, but got {index} of {num_shards}")
        from tfnb.ops.compare import equal

        numbered = self.enumerate().filter(lambda i, _: equal(i % num_shards, np.int64(index)))
        return numbered.map(lambda _, element: element)

    def cache(self, filename: Any = "") -> Dataset:
        """The elements, computed once and kept in memory or in a file."""
        return self._same(ops.cache_dataset, convert_to_tensor(filename, string, "filename"))

    def prefetch(self, buffer_size: Any = None) -> Dataset:
        """The next elements made ready by a thread while this one is used."""
        return self._same(ops.prefetch_dataset, _number(buffer_size, "buffer_size"))

    def concatenate(self, dataset: Dataset) -> Dataset:
        """This dataset, then the other."""
        for what, a, b in (("types", self.output_types, dataset.output_types), ("classes", self.output_classes, dataset.output_classes)):
            if a != b:
                raise TypeError(f"Two datasets to concatenate have different {what} {a} and {b}")
        both = zip(flatten(self._structure), flatten(dataset._structure), strict=True)
        structure = pack(self._structure, [Leaf(a.dtype, _common(a.shape, b.shape), a.kind, a.inside) for a, b in both])
        return Dataset(_node(ops.concatenate_dataset, self._variant_tensor, dataset._variant_tensor, structure=structure), structure)

    def unbatch(self) -> Dataset:
        """Each element's rows as elements."""
        structure = map_structure(lambda leaf: Leaf(leaf.dtype, leaf.shape[1:]), self._structure)
        return Dataset(_node(ops.unbatch_dataset, self._variant_tensor, structure=structure), structure)

    def with_options(self, options: Any) -> Dataset:
        """This dataset: the options say how TensorFlow is to run it, not what it gives."""
        return self

    def options(self) -> Any:
        from tfnb.data import Options

        return Options()

    def _same(self, definition: Any, *inputs: Any, **attributes: Any) -> Dataset:
        return Dataset(_node(definition, self._variant_tensor, *inputs, structure=self._structure, **attributes), self._structure)

    # -- iterators -----------------------------------------------------------------------------------------------
    def make_one_shot_iterator(self) -> Any:
        """An iterator that needs no initialiser and goes through the elements once."""
        from tfnb.data.iterators import one_shot

        return one_shot(self)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Any:
        """An iterator to be started by running its `initializer`, which may be fed."""
        from tfnb.data.iterators import initializable

        return initializable(self, shared_name)


def _inside(leaf: Leaf) -> Dataset:
    return Dataset(None, leaf.inside)  # type: ignore[arg-type]


def _known(tensor: Tensor) -> Any:
    value = static_value(tensor)
    return None if value is None else value.item()


def _common(a: TensorShape, b: TensorShape) -> TensorShape:
    if a.sizes is None or b.sizes is None or len(a.sizes) != len(b.sizes):
        return TensorShape(None)
    return TensorShape([x if x == y else None for x, y in zip(a.sizes, b.sizes, strict=True)])


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_shown, value)) + ("," if len(value) == 1 else "") + ")"
    return str(value).replace("<dtype: '", "tf.").replace("'>", "")


def _fill(structure: Any, flat: list[Leaf], given: Any) -> list[Tensor]:
    """What each component is filled with: zeros or empty texts, where nothing is said."""
    values = [None] * len(flat) if given is None else flatten(given)
    if len(values) == 1:
        values *= len(flat)
    return [convert_to_tensor((b"" if leaf.dtype is string else 0) if v is None else v, leaf.dtype, "padding_value")
            for leaf, v in zip(flat, values, strict=True)]  # fmt: skip


def _seeds(seed: Any) -> tuple[Tensor, Tensor]:
    """Both seeds of a dataset as nodes: (0, 0) asks for other numbers each time."""
    from tfnb.ops.compare import equal, logical_and
    from tfnb.ops.random import get_seed
    from tfnb.ops.sources import constant

    first, second = get_seed(seed)
    one = constant(0, int64, name="seed") if first is None else convert_to_tensor(first, int64, name="seed")
    if second is None:
        return one, constant(0, int64, name="seed2")
    with name_scope("seed2") as scope:
        two = convert_to_tensor(second, int64)
        both = logical_and(equal(one, np.int64(0)), equal(two, np.int64(0)))
        return one, _select(both, constant(2**31 - 1, int64), two, scope)


def _select(condition: Tensor, x: Tensor, y: Tensor, name: str) -> Tensor:
    from tfnb.core.op import registry

    return registry["Select"](condition, x, y, name=name)  # type: ignore[no-any-return]


def _yielded(generator: Callable[..., Any], args: Any, structure: Any) -> Iterator[Any]:
    """A generator's elements as arrays of the dtypes and shapes that were promised."""
    want = flatten(structure)
    for element in generator(*args):
        try:
            parts = flatten(_like(structure, element))
            assert len(parts) == len(want)
        except (TypeError, ValueError, KeyError, AssertionError):
            types = map_structure(lambda leaf: leaf.dtype, structure)
            raise InvalidArgumentError(None, None, "TypeError: `generator` yielded an element that did not match the expected structure. "
                                                   f"The expected structure was {types}, but the yielded element was {element}.") from None  # fmt: skip
        yield tuple(_array(v, leaf) for v, leaf in zip(parts, want, strict=True))


def _like(structure: Any, element: Any) -> Any:
    """Lists where the structure has tuples count as tuples."""
    if isinstance(structure, Mapping):
        return {k: _like(structure[k], element[k]) for k in structure}
    if isinstance(structure, tuple):
        return tuple(_like(s, e) for s, e in zip(structure, element, strict=True))
    return element


def _array(value: Any, leaf: Leaf) -> Any:
    from tfnb.data.values import as_array

    try:
        array = as_array(value, leaf.dtype)
    except (TypeError, ValueError):
        raise InvalidArgumentError(None, None, "TypeError: `generator` yielded an element that could not be converted to the expected type. "
                                               f"The expected type was {leaf.dtype.name}, but the yielded element was {value}.") from None  # fmt: skip
    if not leaf.shape.is_compatible_with(np.shape(array)):
        raise InvalidArgumentError(None, None, f"ValueError: `generator` yielded an element of shape {np.shape(array)} "
                                               f"where an element of shape {leaf.shape} was expected.")  # fmt: skip
    return array
