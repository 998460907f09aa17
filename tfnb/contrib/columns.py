"""tf.contrib.layers' feature columns: those of tf.feature_column under their first names."""

from __future__ import annotations

from typing import Any

from tfnb import feature_column as columns

__all__ = [
    "bucketized_column", "create_feature_spec_for_parsing", "crossed_column", "embedding_column", "input_from_feature_columns", "one_hot_column",
    "real_valued_column", "shared_embedding_columns", "sparse_column_with_hash_bucket", "sparse_column_with_integerized_feature",
    "sparse_column_with_keys", "sparse_column_with_vocabulary_file", "weighted_sparse_column",
]  # fmt: skip


def real_valued_column(column_name: str, dimension: int = 1, default_value: Any = None, dtype: Any = "float32", normalizer: Any = None) -> Any:
    """Numbers as they are.

    >>> tf.contrib.layers.real_valued_column("age").name
    'age'
    """
    return columns.numeric_column(column_name, (dimension,), default_value, dtype, normalizer)


def bucketized_column(source_column: Any, boundaries: Any) -> Any:
    """Which interval a number is in.

    >>> age = tf.contrib.layers.bucketized_column(tf.contrib.layers.real_valued_column("age"), [18, 65])
    >>> tf.contrib.layers.input_from_feature_columns({"age": [[7.0], [70.0]]}, [age]).eval()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    return columns.bucketized_column(source_column, boundaries)


def sparse_column_with_keys(column_name: str, keys: Any, default_value: int = -1, combiner: str = "sum", dtype: Any = "string") -> Any:
    """The place of each word in a list.

    >>> city = tf.contrib.layers.sparse_column_with_keys("city", ["Bern", "Genf"])
    >>> city.name
    'city'
    """
    return columns.categorical_column_with_vocabulary_list(column_name, keys, dtype, default_value)


def sparse_column_with_hash_bucket(column_name: str, hash_bucket_size: int, combiner: str = "sum", dtype: Any = "string", hash_keys: Any = None) -> Any:
    """Words hashed into so many buckets.

    >>> tf.contrib.layers.sparse_column_with_hash_bucket("city", 100).name
    'city'
    """
    return columns.categorical_column_with_hash_bucket(column_name, hash_bucket_size, dtype)


def sparse_column_with_integerized_feature(column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = "int64") -> Any:
    """Numbers that are ids already.

    >>> tf.contrib.layers.sparse_column_with_integerized_feature("month", 12).name
    'month'
    """
    return columns.categorical_column_with_identity(column_name, bucket_size)


def sparse_column_with_vocabulary_file(column_name: str, vocabulary_file: str, num_oov_buckets: int = 0, vocab_size: int | None = None,
                                       default_value: int = -1, combiner: str = "sum", dtype: Any = "string") -> Any:  # fmt: skip
    """The line of a file that each word is on.

    >>> with open("cities.txt", "w") as f: print("Bern", "Genf", sep=chr(10), file=f)
    >>> tf.contrib.layers.sparse_column_with_vocabulary_file("city", "cities.txt", vocab_size=2).name
    'city'
    """
    return columns.categorical_column_with_vocabulary_file(column_name, vocabulary_file, vocab_size, num_oov_buckets, default_value, dtype)


def crossed_column(columns: Any, hash_bucket_size: int, combiner: str = "sum", ckpt_to_load_from: Any = None, tensor_name_in_ckpt: Any = None,
                   hash_key: int | None = None) -> Any:  # fmt: skip
    """Every combination of the values of several columns, hashed into so many buckets.

    >>> a, b = (tf.contrib.layers.sparse_column_with_keys(n, ["x", "y"]) for n in "ab")
    >>> tf.contrib.layers.crossed_column([a, b], 10).name
    'a_X_b'
    """
    from tfnb.feature_column import crossed_column as cross

    return cross(columns, hash_bucket_size, hash_key)


def weighted_sparse_column(sparse_id_column: Any, weight_column_name: str, dtype: Any = "float32", trainable: bool = True) -> Any:
    """A sparse column whose values have weights.

    >>> city = tf.contrib.layers.sparse_column_with_keys("city", ["Bern", "Genf"])
    >>> tf.contrib.layers.weighted_sparse_column(city, "share").name
    'city_weighted_by_share'
    """
    return columns.weighted_categorical_column(sparse_id_column, weight_column_name, dtype)


def one_hot_column(sparse_id_column: Any) -> Any:
    """How often each id occurs.

    >>> city = tf.contrib.layers.one_hot_column(tf.contrib.layers.sparse_column_with_keys("city", ["Bern", "Genf"]))
    >>> pixels = tf.contrib.layers.input_from_feature_columns({"city": [["Genf"]]}, [city])
    >>> sess.run(tf.tables_initializer())
    >>> print(pixels.eval())
    [[0. 1.]]
    """
    return columns.indicator_column(sparse_id_column)


def embedding_column(sparse_id_column: Any, dimension: int, combiner: str = "mean", initializer: Any = None, ckpt_to_load_from: Any = None,
                     tensor_name_in_ckpt: Any = None, max_norm: float | None = None, trainable: bool = True) -> Any:  # fmt: skip
    """Rows of a table that is learnt.

    >>> tf.contrib.layers.embedding_column(tf.contrib.layers.sparse_column_with_keys("city", ["Bern"]), 3).dimension
    3
    """
    return columns.embedding_column(sparse_id_column, dimension, combiner, initializer, max_norm=max_norm, trainable=trainable)


def shared_embedding_columns(sparse_id_columns: Any, dimension: int, combiner: str = "mean", shared_embedding_name: str | None = None,
                             initializer: Any = None, ckpt_to_load_from: Any = None, tensor_name_in_ckpt: Any = None, max_norm: float | None = None,
                             trainable: bool = True) -> Any:  # fmt: skip
    """Embedding columns with one table.

    >>> a, b = (tf.contrib.layers.sparse_column_with_keys(n, ["x", "y"]) for n in "ab")
    >>> len(tf.contrib.layers.shared_embedding_columns([a, b], 3))
    2
    """
    return columns.shared_embedding_columns(sparse_id_columns, dimension, combiner, initializer, shared_embedding_name, max_norm=max_norm, trainable=trainable)


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    """What `tf.parse_example` must know to read these columns.

    >>> tf.contrib.layers.create_feature_spec_for_parsing([tf.contrib.layers.real_valued_column("age")])["age"].shape
    (1,)
    """
    return columns.make_parse_example_spec(feature_columns)


def input_from_feature_columns(columns_to_tensors: Any, feature_columns: Any, weight_collections: Any = None, trainable: bool = True,
                               scope: Any = None) -> Any:  # fmt: skip
    """The dense numbers of all columns side by side.

    >>> columns = [tf.contrib.layers.real_valued_column(n) for n in ("age", "height")]
    >>> print(tf.contrib.layers.input_from_feature_columns({"age": [[7.0]], "height": [[1.2]]}, columns).eval())
    [[7.  1.2]]
    """
    from tfnb.variable_scopes import variable_scope

    with variable_scope(scope, default_name="input_from_feature_columns"):
        return columns.input_layer(columns_to_tensors, feature_columns, weight_collections, trainable)
