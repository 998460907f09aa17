"""tf.lookup and tf.contrib.lookup: tables that translate words to numbers and back.

table = index_table_from_tensor(["cat", "dog"], num_oov_buckets=1)
ids = table.lookup(words)                    run tf.tables_initializer() first
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype, int64, string
from tfnb.core.graph import GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.sparse import SparseTensor
from tfnb.ops import arrays, hashing, strings, tables
from tfnb.ops.compare import not_equal, select
from tfnb.ops.elementwise import add
from tfnb.ops.movement import range as range_

__all__ = [
    "HashTable", "IdTableWithHashBuckets", "KeyValueTensorInitializer", "StaticHashTable", "StaticVocabularyTable", "TextFileIndex",
    "TextFileInitializer", "index_table_from_file", "index_table_from_tensor", "index_to_string_table_from_file",
    "index_to_string_table_from_tensor",
]  # fmt: skip


class TextFileIndex:
    """Which part of a line: its number, all of it, or (0 and above) a column.

    >>> print(tf.contrib.lookup.TextFileIndex.WHOLE_LINE, tf.contrib.lookup.TextFileIndex.LINE_NUMBER)
    -2 -1
    """

    WHOLE_LINE = -2
    LINE_NUMBER = -1


# -- what fills a table --------------------------------------------------------------------------------------
class KeyValueTensorInitializer:
    """Fills a table from a tensor of keys and one of values.

    >>> pairs = tf.contrib.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> print(pairs.key_dtype)
    <dtype: 'string'>
    """

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: str | None = None
    ) -> None:
        self.name = name or "key_value_init"
        self.keys = convert_to_tensor(keys, key_dtype, name="keys")
        self.values = convert_to_tensor(values, value_dtype, name="values")
        self.key_dtype, self.value_dtype = self.keys.dtype.base_dtype, self.values.dtype.base_dtype

    def initialize(self, table: HashTable) -> Operation:
        with name_scope(self.name, values=[self.keys, self.values]):
            return tables.table_import_op.node((table.resource_handle, self.keys, self.values), {}, None)


class TextFileInitializer:
    """Fills a table from the lines of a file, when it is run.

    >>> with open("words.txt", "w") as f: print("red", "green", sep=chr(10), file=f)
    >>> start = tf.contrib.lookup.TextFileInitializer("words.txt", tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
    >>> table = tf.contrib.lookup.HashTable(start, -1)
    >>> sess.run(tf.tables_initializer())
    >>> table.lookup(tf.constant(["green", "blue"])).eval()
    array([ 1, -1])
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        self.name = name or "text_file_init"
        self.filename, self.vocab_size, self.delimiter = filename, vocab_size, delimiter
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self.key_index, self.value_index = key_index, value_index
        if key_index == TextFileIndex.LINE_NUMBER and self.key_dtype is not int64:
            raise ValueError(f"Signature mismatch. Keys must be dtype {int64}, got {self.key_dtype}.")
        if key_index == TextFileIndex.WHOLE_LINE and not (
            self.key_dtype.is_integer or self.key_dtype is string
        ):
            raise ValueError(f"Signature mismatch. Keys must be integer or string, got {self.key_dtype}.")

    def initialize(self, table: HashTable) -> Operation:
        with name_scope(self.name):
            filename = convert_to_tensor(self.filename, string, name="asset_filepath")
            get_default_graph().add_to_collection(GraphKeys.ASSET_FILEPATHS, filename)
            given = dict(
                key_index=self.key_index,
                value_index=self.value_index,
                vocab_size=self.vocab_size or -1,
                delimiter=self.delimiter,
                types=(self.key_dtype.np, self.value_dtype.np),
            )
            return tables.table_from_file_op.node((table.resource_handle, filename), given, None)


# -- tables --------------------------------------------------------------------------------------------------
class HashTable:
    """A table that does not change once it is filled; `default_value` stands for keys that it has not.

    >>> table = tf.contrib.lookup.HashTable(tf.contrib.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), default_value=-1)
    >>> sess.run(tf.tables_initializer())
    >>> print(table.lookup(tf.constant(["b", "z"])).eval())
    [ 2 -1]
    """

    def __init__(
        self, initializer: Any, default_value: Any, shared_name: str | None = None, name: str | None = None
    ) -> None:
        self.key_dtype, self.value_dtype = initializer.key_dtype, initializer.value_dtype
        self.default_value = convert_to_tensor(default_value, self.value_dtype)
        self.resource_handle: Tensor = tables.hash_table_op(
            key_dtype=self.key_dtype,
            value_dtype=self.value_dtype,
            shared_name=shared_name or "",
            name=name or "hash_table",
        )
        self.name = self.resource_handle.op.name.split("/")[-1]
        self.initializer: Operation = initializer.initialize(self)
        get_default_graph().add_to_collection(GraphKeys.TABLE_INITIALIZERS, self.initializer)

    @property
    def init(self) -> Operation:
        """The operation that fills the table."""
        return self.initializer

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The value of each key, in the keys' shape; of a SparseTensor, a SparseTensor."""
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, self.lookup(keys.values, name), keys.dense_shape)
        keys = convert_to_tensor(keys, None if isinstance(keys, Tensor) else self.key_dtype)
        if keys.dtype.base_dtype is not self.key_dtype:
            raise TypeError(f"Signature mismatch. Keys must be dtype {self.key_dtype}, got {keys.dtype}.")
        with name_scope(name, f"{self.name}_Lookup", [keys]):
            return tables.table_find_op(self.resource_handle, keys, self.default_value, Tout=self.value_dtype)

    def size(self, name: str | None = None) -> Tensor:
        """How many keys the table has."""
        with name_scope(name, f"{self.name}_Size"):
            return tables.table_size_op(self.resource_handle)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and their values."""
        return tables.table_export_op(
            self.resource_handle, Tkeys=self.key_dtype, Tvalues=self.value_dtype, name=name
        )


StaticHashTable = HashTable


class IdTableWithHashBuckets:
    """A table of words whose unknown words get one of `num_oov_buckets` further numbers, by their hash.

    >>> table = tf.contrib.lookup.IdTableWithHashBuckets(None, num_oov_buckets=5)
    >>> print(table.lookup(tf.constant(["a"])).shape)
    (1,)
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: Any = None,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        self.table, self.num_oov_buckets = table, num_oov_buckets
        self.key_dtype = as_dtype(key_dtype) if key_dtype else table.key_dtype if table else string
        self.value_dtype = int64
        self.name = (name or table.name).split("/")[-1] if table or name else "hash_bucket"

    @property
    def initializer(self) -> Any:
        return self.table.initializer if self.table else None

    init = initializer

    def size(self, name: str | None = None) -> Tensor:
        """How many numbers there are."""
        return (
            self.table.size() + self.num_oov_buckets
            if self.table
            else convert_to_tensor(self.num_oov_buckets, int64)
        )

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The number of each word."""
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, self.lookup(keys.values, name), keys.dense_shape)
        keys = convert_to_tensor(keys)
        if self.table and not self.num_oov_buckets:
            return self.table.lookup(keys, name)
        with name_scope(name, f"{self.name}_Lookup"):
            texts = keys if keys.dtype.base_dtype is string else strings.as_string(keys)
            buckets = hashing.string_to_hash_bucket_fast(texts, self.num_oov_buckets, name="hash_bucket")
            if not self.table:
                return buckets
            ids = self.table.lookup(keys)
            buckets = add(buckets, self.table.size())
            return select(not_equal(ids, self.table.default_value), ids, buckets)


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A table of words with numbers for unknown words, from its initializer.

    >>> pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], np.int64([0, 1]))
    >>> table = tf.lookup.StaticVocabularyTable(pairs, num_oov_buckets=1)
    >>> sess.run(tf.tables_initializer())
    >>> print(table.lookup(tf.constant(["b", "z"])).eval())
    [1 2]
    """

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None, name: str | None = None
    ) -> None:
        super().__init__(
            HashTable(initializer, -1) if initializer else None,
            num_oov_buckets,
            name=name,
            key_dtype=lookup_key_dtype,
        )


# -- tables of words -----------------------------------------------------------------------------------------
def _with_buckets(table: HashTable, num_oov_buckets: int) -> Any:
    return IdTableWithHashBuckets(table, num_oov_buckets) if num_oov_buckets else table


def index_table_from_tensor(
    vocabulary_list: Any = None,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = None,
    dtype: Any = string,
    name: str | None = None,
    mapping: Any = None,
) -> Any:
    """A table from each word of a list to its place in the list.

    >>> table = tf.contrib.lookup.index_table_from_tensor(["a", "b"])
    >>> sess.run(tf.tables_initializer())
    >>> print(table.lookup(tf.constant(["b", "c"])).eval())
    [ 1 -1]
    """
    words = mapping if vocabulary_list is None else vocabulary_list
    if words is None:
        raise ValueError("vocabulary_list must be specified.")
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(words)
        keys = arrays.cast(keys, int64) if keys.dtype.is_integer else keys
        places = arrays.cast(range_(arrays.size(keys)), int64)
        with name_scope(None, "hash_table"):
            table = HashTable(KeyValueTensorInitializer(keys, places, name="table_init"), default_value)
        return _with_buckets(table, num_oov_buckets)


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: Any = None,
    key_dtype: Any = string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """A table from each line of a file to its number.

    >>> with open("words.txt", "w") as file:
    ...     print("cat", "dog", sep=chr(10), file=file)
    >>> table = tf.contrib.lookup.index_table_from_file("words.txt")
    >>> sess.run(tf.tables_initializer())
    >>> print(table.lookup(tf.constant(["dog", "bird"])).eval())
    [ 1 -1]
    """
    if vocabulary_file is None:
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    with name_scope(name, "string_to_index"), name_scope(None, "hash_table"):
        init = TextFileInitializer(
            vocabulary_file,
            key_dtype,
            key_column_index,
            int64,
            value_column_index,
            vocab_size,
            delimiter,
            "table_init",
        )
        return _with_buckets(HashTable(init, default_value), num_oov_buckets)


def index_to_string_table_from_tensor(
    vocabulary_list: Any = None, default_value: str = "UNK", name: str | None = None, mapping: Any = None
) -> HashTable:
    """A table from each place in a list of words to the word.

    >>> table = tf.contrib.lookup.index_to_string_table_from_tensor(["a", "b"])
    >>> sess.run(tf.tables_initializer())
    >>> print(table.lookup(tf.constant([1], tf.int64)).eval())
    [b'b']
    """
    words = mapping if vocabulary_list is None else vocabulary_list
    if words is None:
        raise ValueError("vocabulary_list must be specified.")
    with name_scope(name, "index_to_string"):
        values = convert_to_tensor(words, string)
        places = arrays.cast(range_(arrays.size(values)), int64)
        return HashTable(KeyValueTensorInitializer(places, values, name="table_init"), default_value)


def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: str = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> HashTable:
    """A table from each line's number to the line.

    >>> print(tf.contrib.lookup.index_to_string_table_from_file.__name__)
    index_to_string_table_from_file
    """
    with name_scope(name, "index_to_string"):
        init = TextFileInitializer(
            vocabulary_file,
            int64,
            key_column_index,
            string,
            value_column_index,
            vocab_size,
            delimiter,
            "table_init",
        )
        return HashTable(init, default_value)
