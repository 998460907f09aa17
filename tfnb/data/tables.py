"""Datasets of tables and of Examples in files: CSV and TFRecord.

    make_csv_dataset("data/*.csv", batch_size=32, label_name="y")          ({"x": [32], ...}, [32]), dtypes found by looking
    CsvDataset("a.csv", [tf.int32, 0.0], header=True)                     (row by row)
"""

from __future__ import annotations

import collections
import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, string, variant
from tfnb.core.errors import InvalidArgumentError
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.shapes import TensorShape
from tfnb.data import files, ops
from tfnb.data.dataset import Dataset, _node
from tfnb.data.streams import Element, Pull
from tfnb.data.structures import Leaf

__all__ = ["CsvDataset", "TFRecordWriter", "make_batched_features_dataset", "make_csv_dataset", "parse_example_dataset"]

_SCALAR = TensorShape.of(())


# -- CSV -------------------------------------------------------------------------------------------------------
@ops.dataset_op("CSVDataset")
def csv_dataset(xp: Any, filenames: string, *, columns: Any, compression: str, header: bool, field_delim: str, quoted: bool, na_value: str,
                select_cols: Any, output_types: Any, output_shapes: Any) -> variant:  # fmt: skip
    """Rows of CSV files; `columns` are pairs of a dtype's name and a default, None for a column that must be there."""
    reading = {"delimiter": field_delim, "quoting": csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE}

    def read(name: str) -> Iterator[list[str]]:
        with files.opened(name, compression) as file:
            rows = csv.reader(io.TextIOWrapper(file, "utf-8", newline=""), **reading)
            if header:
                next(rows, None)
            yield from rows

    def start() -> Pull:
        pull = files.stream(filenames, read)()

        def step() -> Element | None:
            found = pull()
            return None if found is None else _row(found[0], columns, na_value, select_cols)

        return step

    return start


def _row(fields: list[str], columns: Any, na_value: str, select_cols: Any) -> Element:
    chosen = fields if select_cols is None else [fields[i] for i in select_cols if i < len(fields)]
    if len(chosen) != len(columns):
        raise InvalidArgumentError(None, None, f"Expect {len(columns)} fields but have {'more' if len(chosen) > len(columns) else len(chosen)} in record")
    return tuple(_cell(text, *column, i, na_value) for i, (text, column) in enumerate(zip(chosen, columns, strict=True)))


def _cell(text: str, name: str, default: Any, i: int, na_value: str) -> Any:
    dtype = as_dtype(name)
    if text in ("", na_value):
        if default is None:
            raise InvalidArgumentError(None, None, f"Field {i} is required but missing in record!")
        return default
    if dtype is string:
        return text.encode()
    try:
        return dtype.np(int(text) if dtype.is_integer else float(text))
    except ValueError:
        raise InvalidArgumentError(None, None, f"Field {i} in record is not a valid {dtype.name}: {text}") from None


def _column(default: Any) -> tuple[DType, Any]:
    """Dtype and default of a column, from a dtype (it must be there) or a default value."""
    if isinstance(default, (DType, type)):
        return as_dtype(default), None
    value = np.asarray(default.eval() if hasattr(default, "eval") else default)
    dtype = string if value.dtype.kind in "SUO" else as_dtype({"f": "float32", "i": "int32"}.get(value.dtype.kind, value.dtype)
                                                              if not isinstance(default, np.ndarray) else value.dtype)  # fmt: skip
    if not value.size:
        return dtype, None
    first = value.ravel()[0]
    return dtype, (first.encode() if isinstance(first, str) else bytes(first)) if dtype is string else dtype.np(first)


class CsvDataset(Dataset):
    """The rows of CSV files as tuples. A column's default is its value where a field is empty; a dtype asks for the field.

    Raises InvalidArgumentError for a row of another length, a missing field or one that is no number.

    >>> tf.write_file("a.csv", "x,name\\n1,one\\n2,").run()
    >>> rows = tf.data.make_one_shot_iterator(tf.data.experimental.CsvDataset("a.csv", [tf.int32, "none"], header=True)).get_next()
    >>> sess.run(rows), sess.run(rows)
    ((np.int32(1), b'one'), (np.int32(2), b'none'))
    """

    def __init__(self, filenames: Any, record_defaults: Any, compression_type: str | None = None, buffer_size: Any = None, header: bool = False,
                 field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "", select_cols: Any = None) -> None:  # fmt: skip
        columns = [_column(d) for d in record_defaults]
        structure = tuple(Leaf(dtype, _SCALAR) for dtype, _ in columns)
        names = convert_to_tensor(filenames, string, "filenames")
        node = _node(csv_dataset, names, structure=structure, columns=[(dtype.name, default) for dtype, default in columns], header=header,
                     compression=compression_type or "", field_delim=field_delim, quoted=use_quote_delim, na_value=na_value,
                     select_cols=select_cols)  # fmt: skip
        super().__init__(node, structure)


def make_csv_dataset(file_pattern: Any, batch_size: int, column_names: Any = None, column_defaults: Any = None, label_name: str | None = None,
                     select_columns: Any = None, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "", header: bool = True,
                     num_epochs: int | None = None, shuffle: bool = True, shuffle_buffer_size: int = 10000, shuffle_seed: int | None = None,
                     prefetch_buffer_size: Any = None, num_parallel_reads: Any = None, sloppy: bool = False, num_rows_for_inference: int | None = 100,
                     compression_type: str | None = None, ignore_errors: bool = False) -> Dataset:  # fmt: skip
    """Batches of CSV files as dictionaries of columns; with `label_name`, pairs of the other columns and that one.

    Names come from the header, dtypes from the first rows, where they are not given. Raises ValueError for columns that are not there.

    >>> tf.write_file("a.csv", "x,y\\n1,0.5\\n2,1.5").run()
    >>> batches = tf.data.experimental.make_csv_dataset("a.csv", 2, label_name="y", num_epochs=1, shuffle=False)
    >>> features, labels = sess.run(tf.data.make_one_shot_iterator(batches).get_next())
    >>> print(features["x"], labels)
    [1 2] [0.5 1.5]
    """
    names = _files_of(file_pattern)
    reading = {"delimiter": field_delim, "quoting": csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE}
    begin = list(_first_rows(names, compression_type or "", reading, header, num_rows_for_inference))
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line.")
        column_names = begin[0]
    if len(set(column_names)) != len(column_names):
        raise ValueError("Cannot have duplicate column names.")
    chosen = None if select_columns is None else sorted(c if isinstance(c, int) else _place(column_names, c) for c in select_columns)
    kept = list(column_names) if chosen is None else [column_names[i] for i in chosen]
    if label_name is not None and label_name not in kept:
        raise ValueError("`label_name` provided must be one of the columns.")
    if column_defaults is None:
        rows = begin[1:] if header else begin
        column_defaults = [_guessed([r[i] for r in rows if i < len(r)], na_value) for i in (chosen or range(len(column_names)))]

    def as_table(*columns: Any) -> Any:
        table = collections.OrderedDict(zip(kept, columns, strict=True))
        return table if label_name is None else (table, table.pop(label_name))

    dataset = CsvDataset(names, column_defaults, compression_type, None, header, field_delim, use_quote_delim, na_value, chosen)
    ready: Dataset = dataset._same(ops.ignore_errors_dataset) if ignore_errors else dataset
    ready = _in_rounds(ready, shuffle, shuffle_buffer_size, shuffle_seed, num_epochs)
    batches = ready.batch(batch_size, drop_remainder=num_epochs is None)
    return batches.map(as_table).prefetch(1 if prefetch_buffer_size is None else prefetch_buffer_size)


def _in_rounds(dataset: Dataset, shuffle: bool, size: int, seed: Any, epochs: int | None) -> Dataset:
    if shuffle:
        dataset = dataset.shuffle(size, seed)
    return dataset if epochs == 1 else dataset.repeat(epochs)


def _files_of(pattern: Any) -> list[str]:
    from tfnb.gfile import Glob

    found = sorted({name for p in ([pattern] if isinstance(pattern, str) else pattern) for name in Glob(p)})
    if not found:
        raise ValueError(f"No files match the pattern {pattern!r}.")
    return found


def _first_rows(names: list[str], kind: str, reading: Any, header: bool, count: int | None) -> Iterator[list[str]]:
    """The header, then up to `count` rows of the files."""
    left = count
    for i, name in enumerate(names):
        with files.opened(name, kind) as file:
            rows = csv.reader(io.TextIOWrapper(file, "utf-8", newline=""), **reading)
            first = next(rows, None) if header else None
            if i == 0 and first is not None:
                yield first
            for row in rows:
                if left == 0:
                    return
                left = None if left is None else left - 1
                yield row


def _place(names: Any, name: str) -> int:
    if name not in names:
        raise ValueError(f"Column {name!r} is not among {list(names)}.")
    return int(list(names).index(name))


def _guessed(texts: list[str], na_value: str) -> Any:
    """The default of a column whose fields look like this: of the narrowest dtype that holds them."""
    seen = [t for t in texts if t not in ("", na_value)]
    for dtype, fits in (("int32", lambda t: abs(int(t)) < 2**31), ("int64", lambda t: abs(int(t)) < 2**63),
                        ("float32", lambda t: abs(float(t)) < float(np.finfo(np.float32).max)), ("float64", lambda t: float(t) is not None)):  # fmt: skip
        try:
            if seen and all(map(fits, seen)):
                return np.zeros([1], dtype)
        except ValueError:
            continue
    return np.array([""] if seen else [0], object if seen else np.int32)


# -- Examples --------------------------------------------------------------------------------------------------
def parse_example_dataset(features: Mapping[str, Any], num_parallel_calls: int = 1) -> Callable[[Dataset], Dataset]:
    """Batches of serialized Examples as dictionaries of features. Raises ValueError for no features.

    >>> record = tf.train.Example(features=tf.train.Features(feature={"a": tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))}))
    >>> batch = tf.data.Dataset.from_tensors([record.SerializeToString()])
    >>> parsed = batch.apply(tf.data.experimental.parse_example_dataset({"a": tf.FixedLenFeature([], tf.int64)}))
    >>> sess.run(tf.data.make_one_shot_iterator(parsed).get_next())
    {'a': array([3])}
    """
    if features is None:
        raise ValueError(f"Missing: features was {features}.")
    from tfnb.ops.parsing import parse_example

    return lambda dataset: dataset.map(lambda serialized: parse_example(serialized, features))


def make_batched_features_dataset(file_pattern: Any, batch_size: int, features: Mapping[str, Any], reader: Any = None, label_key: str | None = None,
                                  reader_args: Any = None, num_epochs: int | None = None, shuffle: bool = True, shuffle_buffer_size: int = 10000,
                                  shuffle_seed: int | None = None, prefetch_buffer_size: Any = None, reader_num_threads: int | None = None,
                                  parser_num_threads: int | None = None, sloppy_ordering: bool = False, drop_final_batch: bool = False) -> Dataset:  # fmt: skip
    """Batches of the Examples in TFRecord files as dictionaries; with `label_key`, pairs of the others and that one.

    Raises ValueError for a `label_key` that is no feature.

    >>> record = tf.train.Example(features=tf.train.Features(feature={"a": tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))}))
    >>> with tf.io.TFRecordWriter("a.tfrecord") as writer:
    ...     writer.write(record.SerializeToString())
    >>> wanted = {"a": tf.FixedLenFeature([], tf.int64)}
    >>> batches = tf.data.experimental.make_batched_features_dataset("a.tfrecord", 1, wanted, num_epochs=1)
    >>> sess.run(tf.data.make_one_shot_iterator(batches).get_next())
    {'a': array([3])}
    """
    from tfnb.data import TFRecordDataset

    if label_key is not None and label_key not in features:
        raise ValueError(f"The `label_key` provided ({label_key!r}) must be one of the `features` keys.")
    found = (reader or TFRecordDataset)(_files_of(file_pattern), *(reader_args or []))
    records = _in_rounds(found, shuffle, shuffle_buffer_size, shuffle_seed, num_epochs)
    parsed = records.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None).apply(parse_example_dataset(features))

    def with_label(table: Any) -> Any:
        rest = dict(table)
        return rest, rest.pop(label_key)

    return (parsed if label_key is None else parsed.map(with_label)).prefetch(1 if prefetch_buffer_size is None else prefetch_buffer_size)


@op("DatasetToTFRecord", effect=True, host=True, differentiable=False)
def write_records(xp: Any, input_dataset: variant, filename: string, compression_type: string) -> None:
    """Writes the elements of a dataset as the records of a file."""
    from tfnb.python_io import TFRecordOptions
    from tfnb.python_io import TFRecordWriter as Writer

    with Writer(files.text(filename), TFRecordOptions(files.text(compression_type))) as writer:
        for (record,) in iter(input_dataset(), None):
            writer.write(np.ravel(np.asarray(record, object))[0])


class TFRecordWriter:
    """Writes a dataset of texts to a TFRecord file. Raises TypeError for a dataset of anything else.

    >>> sess.run(tf.data.experimental.TFRecordWriter("a.tfrecord").write(tf.data.Dataset.from_tensor_slices(["one", "two"])))
    >>> list(tf.python_io.tf_record_iterator("a.tfrecord"))
    [b'one', b'two']
    """

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename = convert_to_tensor(filename, string, "filename")
        self._compression = convert_to_tensor(compression_type or "", string, "compression_type")

    def write(self, dataset: Dataset) -> Any:
        """The operation that writes the dataset."""
        if not isinstance(dataset, Dataset):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        if dataset.output_types is not string or dataset.output_shapes.ndims not in (0, None):
            raise TypeError(f"`dataset` must produce scalar `DT_STRING` tensors whereas it produces shape {dataset.output_shapes} and types "
                            f"{dataset.output_types}")  # fmt: skip
        return write_records.node((dataset._variant_tensor, self._filename, self._compression), {})


