"""What records of examples with labels must hold, for the estimators that come ready."""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.feature_column import make_parse_example_spec
from tfnb.ops.parsing import FixedLenFeature

__all__ = ["classifier_parse_example_spec", "regressor_parse_example_spec"]


def classifier_parse_example_spec(feature_columns: Any, label_key: str, label_dtype: Any = "int64", label_default: Any = None,
                                  weight_column: Any = None) -> dict[str, Any]:  # fmt: skip
    """The features of columns, and a label of one number or word. Raises ValueError where the label is a feature too.

    >>> column = tf.feature_column.numeric_column("x")
    >>> print(sorted(tf.estimator.classifier_parse_example_spec([column], label_key="label")))
    ['label', 'x']
    """
    return _with_label(feature_columns, label_key, FixedLenFeature((1,), as_dtype(label_dtype), label_default), weight_column)


def regressor_parse_example_spec(feature_columns: Any, label_key: str, label_dtype: Any = "float32", label_default: Any = None,
                                 label_dimension: int = 1, weight_column: Any = None) -> dict[str, Any]:  # fmt: skip
    """The features of columns, and a label of so many numbers.

    >>> column = tf.feature_column.numeric_column("x")
    >>> print(sorted(tf.estimator.regressor_parse_example_spec([column], label_key="label")))
    ['label', 'x']
    """
    return _with_label(feature_columns, label_key, FixedLenFeature((label_dimension,), as_dtype(label_dtype), label_default), weight_column)


def _with_label(columns: Any, key: str, label: Any, weights: Any) -> dict[str, Any]:
    found = make_parse_example_spec(columns)
    if key in found:
        raise ValueError(f"label should not be used as feature. label_key: {key}, features: {sorted(found)}")
    found[key] = label
    if weights is not None:
        found[weights if isinstance(weights, str) else weights.key] = FixedLenFeature((1,), as_dtype("float32"), None)
    return found
