"""What a feature column is: a key among the features, and how its values become numbers.

A dense column gives [batch, n] numbers; a categorical one gives sparse ids, and how many there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.sparse import SparseTensor
from tfnb.ops import arrays
from tfnb.ops.elementwise import cast
from tfnb.ops.parsing import FixedLenFeature, VarLenFeature

__all__ = [
    "bucketized_column", "categorical_column_with_hash_bucket", "categorical_column_with_identity", "categorical_column_with_vocabulary_file",
    "categorical_column_with_vocabulary_list", "crossed_column", "embedding_column", "indicator_column", "numeric_column",
    "shared_embedding_columns", "weighted_categorical_column",
]  # fmt: skip


class Ids(NamedTuple):
    """Sparse ids of a categorical column, and their weights where they have some."""

    ids: SparseTensor
    weights: SparseTensor | None = None


def sparse_of(value: Any) -> SparseTensor:
    """A feature as a sparse tensor: "" and -1 stand for nothing."""
    from tfnb.ops.compare import not_equal
    from tfnb.ops.indexing import gather_nd, where

    if isinstance(value, SparseTensor):
        return value
    x = convert_to_tensor(value)
    x = arrays.expand_dims(x, -1) if x.shape.ndims == 1 else x
    nothing = convert_to_tensor("" if x.dtype.base_dtype.name == "string" else -1, x.dtype.base_dtype)
    places = where(not_equal(x, nothing))
    return SparseTensor(places, gather_nd(x, places), arrays.shape(x, out_type="int64"))


# -- dense -------------------------------------------------------------------------------------------------------
class NumericColumn(NamedTuple):
    """Numbers as they are."""

    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: DType
    normalizer_fn: Callable[[Tensor], Tensor] | None

    @property
    def name(self) -> str:
        return self.key

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def raw(self, features: Any) -> Tensor:
        x = cast(convert_to_tensor(features[self.key]), "float32")
        x = arrays.expand_dims(x, -1) if x.shape.ndims == 1 else x
        return x if self.normalizer_fn is None else self.normalizer_fn(x)

    def dense(self, features: Any) -> Tensor:
        return arrays.reshape(self.raw(features), [-1, self.size])


class BucketizedColumn(NamedTuple):
    """Which of the intervals between boundaries a number is in."""

    source_column: NumericColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def buckets(self) -> int:
        return len(self.boundaries) + 1

    @property
    def num_buckets(self) -> int:
        return self.buckets * self.source_column.size

    size = num_buckets

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.source_column.parse_example_spec

    def raw(self, features: Any) -> Tensor:
        from tfnb.ops.compare import greater_equal
        from tfnb.ops.reduce import reduce_sum

        x = arrays.expand_dims(self.source_column.dense(features), -1)
        return reduce_sum(cast(greater_equal(x, convert_to_tensor(list(self.boundaries), "float32")), "int64"), axis=-1)

    def dense(self, features: Any) -> Tensor:
        from tfnb.ops.movement import one_hot

        return arrays.reshape(one_hot(self.raw(features), depth=self.buckets), [-1, self.size])

    def sparse(self, features: Any) -> Ids:
        n = self.source_column.size
        offsets = convert_to_tensor([i * self.buckets for i in range(n)], "int64")
        return Ids(sparse_of(self.raw(features) + offsets))


# -- categorical -------------------------------------------------------------------------------------------------
class CategoricalColumn(NamedTuple):
    """Ids from the values of a feature, by a function that makes them."""

    key: str
    num_buckets: int
    dtype: DType
    numbered: Callable[[Tensor], Tensor]

    @property
    def name(self) -> str:
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(self.dtype)}

    def sparse(self, features: Any) -> Ids:
        s = sparse_of(features[self.key])
        return Ids(SparseTensor(s.indices, self.numbered(s.values), s.dense_shape))


class CrossedColumn(NamedTuple):
    """Every combination of values of several columns, hashed into buckets."""

    keys: tuple[Any, ...]
    num_buckets: int
    hash_key: int | None

    @property
    def leaves(self) -> list[Any]:
        return [leaf for k in self.keys for leaf in (k.leaves if isinstance(k, CrossedColumn) else [k])]

    @property
    def name(self) -> str:
        return "_X_".join(sorted(k if isinstance(k, str) else k.name for k in self.leaves))

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for k in self.keys:
            out |= {k: VarLenFeature(as_dtype("string"))} if isinstance(k, str) else k.parse_example_spec
        return out

    def sparse(self, features: Any) -> Ids:
        from tfnb.feature_column.crossing import crossed

        given = [features[k] if isinstance(k, str) else k.sparse(features).ids for k in self.leaves]
        order = [g for g in given if isinstance(g, SparseTensor)] + [g for g in given if not isinstance(g, SparseTensor)]
        return Ids(crossed([sparse_of(g) for g in order], self.num_buckets, self.hash_key))  # TensorFlow hashes sparse features first


class WeightedColumn(NamedTuple):
    """A categorical column whose values have weights, in a feature of their own."""

    categorical_column: Any
    weight_feature_key: str
    dtype: DType

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def num_buckets(self) -> int:
        return self.categorical_column.num_buckets  # type: ignore[no-any-return]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column.parse_example_spec | {self.weight_feature_key: VarLenFeature(self.dtype)}

    def sparse(self, features: Any) -> Ids:
        from tfnb.ops.indexing import gather_nd

        ids = self.categorical_column.sparse(features).ids
        weights = features[self.weight_feature_key]
        if not isinstance(weights, SparseTensor):
            weights = convert_to_tensor(weights)
            weights = arrays.expand_dims(weights, -1) if weights.shape.ndims == 1 else weights
            weights = SparseTensor(ids.indices, gather_nd(weights, ids.indices), ids.dense_shape)
        return Ids(ids, SparseTensor(weights.indices, cast(weights.values, "float32"), weights.dense_shape))


# -- dense from categorical --------------------------------------------------------------------------------------
class IndicatorColumn(NamedTuple):
    """How often each id occurs."""

    categorical_column: Any

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    @property
    def size(self) -> int:
        return self.categorical_column.num_buckets  # type: ignore[no-any-return]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column.parse_example_spec  # type: ignore[no-any-return]

    def dense(self, features: Any) -> Tensor:
        from tfnb.ops.movement import one_hot
        from tfnb.ops.reduce import reduce_sum
        from tfnb.ops.sparse import sparse_tensor_to_dense

        ids, weights = self.categorical_column.sparse(features)
        hot = one_hot(sparse_tensor_to_dense(ids, default_value=-1), depth=self.size, on_value=1.0, off_value=0.0)
        if weights is not None:
            hot = hot * arrays.expand_dims(sparse_tensor_to_dense(weights), -1)
        return arrays.reshape(reduce_sum(hot, axis=-2), [-1, self.size])


class EmbeddingColumn(NamedTuple):
    """Rows of a table that is learnt, combined for each example; `shared` names a table that several columns use."""

    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Any
    max_norm: float | None
    trainable: bool
    shared: str | None = None

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_{'shared_' if self.shared else ''}embedding"

    @property
    def scope(self) -> str:
        return self.shared or self.name

    @property
    def size(self) -> int:
        return self.dimension

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column.parse_example_spec  # type: ignore[no-any-return]

    def dense(self, features: Any, trainable: bool = True, collections: Any = None) -> Tensor:
        from tfnb.variable_scopes import get_variable

        table = get_variable("embedding_weights", [self.categorical_column.num_buckets, self.dimension], initializer=self.initializer,
                             trainable=self.trainable and trainable, collections=collections)  # fmt: skip
        return looked_up(table, self.categorical_column.sparse(features), self.combiner, self.max_norm)


def looked_up(table: Any, found: Ids, combiner: str, max_norm: float | None = None) -> Tensor:
    """For each example its rows of the table, combined; zeros for one without any."""
    from tfnb.ops.compare import greater_equal
    from tfnb.ops.sparse_rows import embedding_lookup_sparse
    from tfnb.ops.sparse_shapes import sparse_fill_empty_rows, sparse_retain

    ids, weights = found
    known = greater_equal(ids.values, convert_to_tensor(0, ids.values.dtype))
    ids = sparse_retain(ids, known)
    weights = None if weights is None else sparse_retain(weights, known)
    ids, empty = sparse_fill_empty_rows(ids, convert_to_tensor(0, ids.values.dtype))
    if weights is not None:
        weights, _ = sparse_fill_empty_rows(weights, 1.0)
    rows = embedding_lookup_sparse(table, ids, weights, combiner=combiner, max_norm=max_norm)
    return arrays.reshape(rows * cast(arrays.expand_dims(~empty, -1), rows.dtype), [-1, table.shape.as_list()[-1]])


# -- the functions that make them --------------------------------------------------------------------------------
def numeric_column(key: str, shape: Any = (1,), default_value: Any = None, dtype: Any = "float32", normalizer_fn: Any = None) -> NumericColumn:
    """Numbers as they are, `shape` of them for each example.

    >>> x = tf.feature_column.input_layer({"age": [3.0, 5.0]}, [tf.feature_column.numeric_column("age")])
    >>> print(x.eval().tolist())
    [[3.0], [5.0]]
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n <= 0 for n in sizes):
        raise ValueError(f"shape dimensions must be greater than 0, shape: {shape}")
    dtype = as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    return NumericColumn(key, sizes, default_value, dtype, normalizer_fn)


def bucketized_column(source_column: NumericColumn, boundaries: Sequence[float]) -> BucketizedColumn:
    """Which interval a number is in: below the first boundary, between two, or from the last on.

    >>> column = tf.feature_column.bucketized_column(tf.feature_column.numeric_column("age"), [18, 65])
    >>> print(tf.feature_column.input_layer({"age": [[30.0]]}, [column]).eval())
    [[0. 1. 0.]]
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries or any(a >= b for a, b in zip(boundaries, list(boundaries)[1:], strict=False)):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))


def categorical_column_with_hash_bucket(key: str, hash_bucket_size: int, dtype: Any = "string") -> CategoricalColumn:
    """Words (or whole numbers) hashed into so many buckets.

    >>> column = tf.feature_column.categorical_column_with_hash_bucket("word", 10)
    >>> print(tf.feature_column.input_layer({"word": [["cat"]]}, [tf.feature_column.indicator_column(column)]).shape)
    (1, 10)
    """
    from tfnb.ops.hashing import string_to_hash_bucket_fast
    from tfnb.ops.strings import as_string

    if hash_bucket_size is None or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    return CategoricalColumn(key, hash_bucket_size, as_dtype(dtype), lambda v: string_to_hash_bucket_fast(
        v if v.dtype.base_dtype.name == "string" else as_string(v), hash_bucket_size))  # fmt: skip


def categorical_column_with_identity(key: str, num_buckets: int, default_value: int | None = None) -> CategoricalColumn:
    """Numbers that are ids already; one out of range is `default_value`, or an error when it is run.

    >>> column = tf.feature_column.categorical_column_with_identity("digit", 3)
    >>> print(tf.feature_column.input_layer({"digit": [[2]]}, [tf.feature_column.indicator_column(column)]).eval())
    [[0. 0. 1.]]
    """
    from tfnb.ops.asserts import assert_less, assert_non_negative
    from tfnb.ops.compare import logical_or, select

    def numbered(v: Tensor) -> Tensor:
        v = cast(v, "int64")
        if default_value is None:
            from tfnb.core.scopes import control_dependencies
            from tfnb.ops.elementwise import identity

            with control_dependencies([assert_less(v, convert_to_tensor(num_buckets, "int64")), assert_non_negative(v)]):
                return identity(v)
        outside = logical_or(v < 0, v >= num_buckets)
        return select(outside, arrays.ones_like(v) * default_value, v)

    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    return CategoricalColumn(key, num_buckets, as_dtype("int64"), numbered)


def categorical_column_with_vocabulary_list(key: str, vocabulary_list: Sequence[Any], dtype: Any = None, default_value: int = -1,
                                            num_oov_buckets: int = 0) -> CategoricalColumn:  # fmt: skip
    """The place of each word in a list; words that are not in it get `default_value`, or buckets after the list's end.

    >>> city = tf.feature_column.categorical_column_with_vocabulary_list("city", ["Rome", "Oslo"])
    >>> x = tf.feature_column.input_layer({"city": [["Oslo"], ["Rome"]]}, [tf.feature_column.indicator_column(city)])
    >>> sess.run(tf.tables_initializer())
    >>> print(x.eval().tolist())
    [[0.0, 1.0], [1.0, 0.0]]
    """
    words = list(vocabulary_list)
    if not words:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(words)) != len(words):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    kind = as_dtype(dtype) if dtype is not None else as_dtype("string" if isinstance(words[0], (str, bytes)) else "int64")

    def numbered(v: Tensor) -> Tensor:
        from tfnb.lookup import index_table_from_tensor

        table = index_table_from_tensor(words, num_oov_buckets, default_value, dtype="string" if kind.name == "string" else "int64")
        return table.lookup(v if kind.name == "string" else cast(v, "int64"))  # type: ignore[no-any-return]

    return CategoricalColumn(key, len(words) + num_oov_buckets, kind, numbered)


def categorical_column_with_vocabulary_file(key: str, vocabulary_file: str, vocabulary_size: int | None = None, num_oov_buckets: int = 0,
                                            default_value: int | None = None, dtype: Any = "string") -> CategoricalColumn:  # fmt: skip
    """The line of a file that each word is on.

    >>> with open("words.txt", "w") as file:
    ...     print("cat", "dog", sep=chr(10), file=file)
    >>> column = tf.feature_column.categorical_column_with_vocabulary_file("word", "words.txt", 2)
    >>> print(column.name)
    word
    """
    if vocabulary_size is None:
        with open(vocabulary_file, encoding="utf-8") as f:
            vocabulary_size = sum(1 for _ in f)

    def numbered(v: Tensor) -> Tensor:
        from tfnb.lookup import index_table_from_file

        table = index_table_from_file(vocabulary_file, num_oov_buckets, vocabulary_size, -1 if default_value is None else default_value)
        return table.lookup(v)  # type: ignore[no-any-return]

    return CategoricalColumn(key, vocabulary_size + num_oov_buckets, as_dtype(dtype), numbered)


def crossed_column(keys: Sequence[Any], hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """Every combination of the values of at least two columns (or features of words), hashed into so many buckets.

    >>> column = tf.feature_column.crossed_column(["colour", "form"], 10)
    >>> layer = tf.feature_column.input_layer({"colour": [["red"]], "form": [["round"]]}, [tf.feature_column.indicator_column(column)])
    >>> print(layer.shape)
    (?, 10)
    """
    if hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


def weighted_categorical_column(categorical_column: Any, weight_feature_key: str, dtype: Any = "float32") -> WeightedColumn:
    """A categorical column whose values have weights, in the feature of this key.

    >>> column = tf.feature_column.categorical_column_with_identity("digit", 3)
    >>> weighted = tf.feature_column.weighted_categorical_column(column, "weight")
    >>> layer = tf.feature_column.input_layer({"digit": [[2]], "weight": [[0.5]]}, [tf.feature_column.indicator_column(weighted)])
    >>> print(layer.eval())
    [[0.  0.  0.5]]
    """
    return WeightedColumn(categorical_column, weight_feature_key, as_dtype(dtype))


def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """How often each id occurs: a 1 for one value an example.

    >>> column = tf.feature_column.categorical_column_with_vocabulary_list("word", ["cat", "dog"])
    >>> layer = tf.feature_column.input_layer({"word": [["dog"]]}, [tf.feature_column.indicator_column(column)])
    >>> sess.run(tf.tables_initializer())
    >>> print(layer.eval())
    [[0. 1.]]
    """
    return IndicatorColumn(categorical_column)


def embedding_column(categorical_column: Any, dimension: int, combiner: str = "mean", initializer: Any = None, ckpt_to_load_from: str | None = None,
                     tensor_name_in_ckpt: str | None = None, max_norm: float | None = None, trainable: bool = True) -> EmbeddingColumn:  # fmt: skip
    """Rows of a table that is learnt: their mean (or sum, or sum by the root of the number) for each example.

    >>> column = tf.feature_column.categorical_column_with_identity("digit", 10)
    >>> print(tf.feature_column.input_layer({"digit": [[2]]}, [tf.feature_column.embedding_column(column, 4)]).shape)
    (?, 4)
    """
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    return EmbeddingColumn(categorical_column, dimension, combiner, initializer or _start(dimension), max_norm, trainable)


def _start(dimension: int) -> Any:
    from tfnb.initializers import truncated_normal_initializer

    return truncated_normal_initializer(0.0, 1 / math.sqrt(dimension))


def shared_embedding_columns(categorical_columns: Sequence[Any], dimension: int, combiner: str = "mean", initializer: Any = None,
                             shared_embedding_collection_name: str | None = None, ckpt_to_load_from: str | None = None,
                             tensor_name_in_ckpt: str | None = None, max_norm: float | None = None,
                             trainable: bool = True) -> list[EmbeddingColumn]:  # fmt: skip
    """Embedding columns of several categorical columns, with one table.

    >>> a, b = (tf.feature_column.categorical_column_with_identity(name, 10) for name in ("a", "b"))
    >>> columns = tf.feature_column.shared_embedding_columns([a, b], 4)
    >>> print(tf.feature_column.input_layer({"a": [[2]], "b": [[3]]}, columns).shape, len(tf.trainable_variables()))
    (?, 8) 1
    """
    name = shared_embedding_collection_name or "_".join(sorted(c.name for c in categorical_columns)) + "_shared_embedding"
    return [EmbeddingColumn(c, dimension, combiner, initializer or _start(dimension), max_norm, trainable, name) for c in categorical_columns]
