"""Feature columns put to work: the dense input of a network, a linear model, and what records must hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.feature_column.columns import EmbeddingColumn, looked_up
from tfnb.initializers import Zeros
from tfnb.ops import arrays
from tfnb.ops.elementwise import add_n
from tfnb.ops.linear import matmul
from tfnb.ops.neural import bias_add
from tfnb.variable_scopes import AUTO_REUSE, get_variable, variable_scope

__all__ = ["input_layer", "linear_model", "make_parse_example_spec"]


def _sorted(columns: Any) -> list[Any]:
    """The columns by name. Raises ValueError for two of one name."""
    listed = list(columns) if isinstance(columns, Iterable) and not hasattr(columns, "name") else [columns]
    if not listed:
        raise ValueError("feature_columns must not be empty.")
    names = [c.name for c in listed]
    for n in names:
        if names.count(n) > 1:
            raise ValueError(f"Duplicate feature column name found for columns: {n}.")
    return sorted(listed, key=lambda c: c.name)


def input_layer(features: Any, feature_columns: Any, weight_collections: Any = None, trainable: bool = True, cols_to_vars: Any = None,
                cols_to_output_tensors: Any = None) -> Tensor:  # fmt: skip
    """The dense numbers of all columns side by side, in the order of their names: [batch, n].

    Raises ValueError for a categorical column: wrap it with indicator_column or embedding_column.

    >>> columns = [tf.feature_column.numeric_column("height"), tf.feature_column.numeric_column("age")]
    >>> print(tf.feature_column.input_layer({"age": [[30.0]], "height": [[1.8]]}, columns).eval())
    [[30.   1.8]]
    """
    columns = _sorted(feature_columns)
    for c in columns:
        if not hasattr(c, "dense"):
            raise ValueError("Items of feature_columns must be a _DenseColumn. You can wrap a categorical column with an embedding_column or "
                             f"indicator_column. Given: {c}")  # fmt: skip
    with variable_scope(None, default_name="input_layer", values=[v for v in features.values() if isinstance(v, Tensor)]):
        outputs = []
        for c in columns:
            with variable_scope(c.scope if isinstance(c, EmbeddingColumn) else c.name, reuse=AUTO_REUSE if getattr(c, "shared", None) else None):
                y = c.dense(features, trainable, weight_collections) if isinstance(c, EmbeddingColumn) else c.dense(features)
            outputs.append(y)
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[c] = y
        return arrays.concat(outputs, axis=1)


def linear_model(features: Any, feature_columns: Any, units: int = 1, sparse_combiner: str = "sum", weight_collections: Any = None,
                 trainable: bool = True, cols_to_vars: Any = None) -> Tensor:  # fmt: skip
    """A weight for each number and each id, added up, and a bias: [batch, units].

    >>> y = tf.feature_column.linear_model({"age": [[30.0]]}, [tf.feature_column.numeric_column("age")])
    >>> sess.run(tf.global_variables_initializer())
    >>> print(y.eval())
    [[0.]]
    """
    with variable_scope(None, default_name="linear_model", values=[v for v in features.values() if isinstance(v, Tensor)]):
        parts = []
        for c in _sorted(feature_columns):
            with variable_scope(c.name):
                n = c.num_buckets if hasattr(c, "sparse") else c.size
                w = get_variable("weights", [n, units], initializer=Zeros(), trainable=trainable, collections=weight_collections)
                if cols_to_vars is not None:
                    cols_to_vars[c] = [w]
                parts.append(looked_up(w, c.sparse(features), sparse_combiner) if hasattr(c, "sparse") else matmul(c.dense(features), w))
        bias = get_variable("bias_weights", [units], initializer=Zeros(), trainable=trainable, collections=weight_collections)
        if cols_to_vars is not None:
            cols_to_vars["bias"] = [bias]
        return bias_add(add_n(parts) if len(parts) > 1 else parts[0], bias, name="weighted_sum")


def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """What `tf.parse_example` must know to read the features of these columns.

    >>> tf.feature_column.make_parse_example_spec([tf.feature_column.numeric_column("age")])
    {'age': FixedLenFeature(shape=(1,), dtype=tf.float32, default_value=None)}
    """
    out: dict[str, Any] = {}
    for c in feature_columns:
        for key, value in c.parse_example_spec.items():
            if key in out and out[key] != value:
                raise ValueError(f"feature_columns contain different parse_spec for key {key}. Given {value} and {out[key]}")
            out[key] = value
    return out
