"""Tables that translate: words to numbers and back. A table is a place, as a variable is; it holds a dictionary.

table = lookup.index_table_from_tensor(["cat", "dog"]);  table.lookup(tf.constant(["dog"]))      [1]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, resource
from tfnb.core.errors import FailedPreconditionError, InvalidArgumentError
from tfnb.core.graph import GraphKeys, Operation, get_default_graph
from tfnb.core.op import op
from tfnb.core.rules import OfAttr, Ref, S, T, Types, int64, string
from tfnb.core.shapes import TensorShape

__all__ = ["initialize_all_tables", "tables_initializer"]


class Entries(dict[Any, Any]):
    """What a table holds."""


@op("HashTableV2", shape=lambda call: [TensorShape.of(())], effect=True, differentiable=False)
def hash_table_op(
    xp: Any,
    *,
    key_dtype: DType,
    value_dtype: DType,
    container: str = "",
    shared_name: str = "",
    use_node_name_sharing: bool = False,
) -> resource:
    """A place that keeps a table from one run to the next."""
    raise AssertionError("a session keeps it; it is never computed")


def _entries(keys: Any, values: Any) -> Entries:
    found = Entries()
    for key, value in zip(np.ravel(keys).tolist(), np.ravel(values).tolist(), strict=True):
        if found.setdefault(key, value) != value:
            raise FailedPreconditionError(
                None,
                None,
                f"HashTable has different value for same key. Key {_shown(key)} has {found[key]} and "
                f"trying to add value {value}",
            )
    return found


def _shown(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)


@op("LookupTableImportV2", writes=("table_handle",), effect=True, host=True, differentiable=False)
def table_import_op(xp: Any, table_handle: Ref(T), keys: S, values: Types("V")) -> None:
    """Fills the table. Raises FailedPreconditionError where one key has two values."""
    return (_entries(keys, values),)


@op("InitializeTableFromTextFileV2", writes=("table_handle",), effect=True, host=True, differentiable=False)
def table_from_file_op(
    xp: Any,
    table_handle: Ref(T),
    filename: string,
    *,
    key_index: int,
    value_index: int,
    vocab_size: int = -1,
    delimiter: str = "\t",
    types: Any = (object, np.int64),
) -> None:
    """Fills the table from a file's lines: -2 is the whole line, -1 its number, else a column."""
    with open(np.asarray(filename).item().decode(), "rb") as file:
        lines = [line.rstrip(b"\r\n") for line in file]
    lines = lines[:vocab_size] if vocab_size > 0 else lines
    columns = [
        [_column(i, n, line, delimiter) for n, line in enumerate(lines)] for i in (key_index, value_index)
    ]
    typed = [[v if t is object else t(int(v) if np.dtype(t).kind == "i" else float(v)) for v in column]
             for column, t in zip(columns, types, strict=True)]  # fmt: skip
    return (_entries(np.array(typed[0], types[0]), np.array(typed[1], types[1])),)


def _column(index: int, number: int, line: bytes, delimiter: str) -> Any:
    if index == -1:
        return number
    if index == -2:
        return line
    parts = line.split(delimiter.encode())
    if index >= len(parts):
        raise InvalidArgumentError(
            None, None, f"Invalid number of columns in line {number}: expected > {index} got {len(parts)}"
        )
    return parts[index]


@op("LookupTableFindV2", shape=lambda call: [call.shapes[1]], host=True, differentiable=False)
def table_find_op(
    xp: Any, table_handle: Ref(T), keys: S, default_value: Types("V"), *, Tout: DType
) -> OfAttr("Tout"):
    """The value of each key; the default for a key that is not there."""
    default = np.asarray(default_value).item()
    found = [table_handle.get(key, default) for key in np.ravel(keys).tolist()]
    out = np.empty(len(found), Tout)
    out[:] = found
    return out.reshape(np.shape(keys))[()]


@op("LookupTableSizeV2", shape="scalar", host=True, differentiable=False)
def table_size_op(xp: Any, table_handle: Ref(T)) -> int64:
    """How many keys the table has."""
    return np.int64(len(table_handle))


@op("LookupTableExportV2", shape=lambda call: [TensorShape.of((None,))], host=True, differentiable=False)
def table_export_op(
    xp: Any, table_handle: Ref(T), *, Tkeys: DType, Tvalues: DType
) -> tuple[OfAttr("Tkeys"), OfAttr("Tvalues")]:
    """All keys and their values."""
    return np.array(list(table_handle), Tkeys), np.array(list(table_handle.values()), Tvalues)


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that fills all tables of the graph.

    >>> sess.run(tf.tables_initializer())
    """
    from tfnb.ops.sources import group

    return group(*get_default_graph().get_collection(GraphKeys.TABLE_INITIALIZERS), name=name)


initialize_all_tables = tables_initializer
