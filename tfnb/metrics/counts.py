"""Right and wrong answers counted, and the shares made of the counts.

    value, update = precision(labels, predictions)      true positives / (true + false positives)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import bool_dtype, float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.metrics.means import Pair, metric_variable, published, weighted
from tfnb.ops import compare, reduce
from tfnb.ops.compare import greater
from tfnb.ops.elementwise import cast, identity, realdiv
from tfnb.ops.indexing import where
from tfnb.variable_scopes import variable_scope
from tfnb.variables import assign_add


def _cases(labels: Any, predictions: Any, of_label: bool, of_prediction: bool) -> Tensor:
    labels = cast(convert_to_tensor(labels), bool_dtype)
    predictions = cast(convert_to_tensor(predictions), bool_dtype)
    return compare.logical_and(compare.equal(labels, of_label), compare.equal(predictions, of_prediction))  # type: ignore[no-any-return]


def _example(name: str, result: float) -> str:
    return (f"\n\n>>> value, update = tf.metrics.{name}([True, False], [True, True])\n"
            f">>> sess.run(tf.local_variables_initializer())\n>>> print(update.eval())\n{result}\n")  # fmt: skip


def _counter(name: str, of_label: bool, of_prediction: bool) -> Any:
    def counted(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Pair:
        with variable_scope(name, counted.__name__):
            values, _ = weighted(cast(_cases(labels, predictions, of_label, of_prediction), float32), weights)
            count = metric_variable([], "count")
            return published((identity(count), assign_add(count, reduce.reduce_sum(values))), metrics_collections, updates_collections)

    counted.__name__ = name
    counted.__doc__ = f"How many elements have label {of_label} and prediction {of_prediction}.{_example(name, float(of_prediction))}"
    return counted


true_positives = _counter("true_positives", True, True)
true_negatives = _counter("true_negatives", False, False)
false_positives = _counter("false_positives", False, True)
false_negatives = _counter("false_negatives", True, False)


def _part(hits: Any, misses: Any, name: str) -> Any:
    """hits of all; 0 where there are none."""
    return where(greater(hits + misses, 0), realdiv(hits, hits + misses), 0, name=name)


def _share(name: str, miss: Any) -> Any:
    def share(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Pair:
        with variable_scope(name, share.__name__):
            hits, more_hits = true_positives(labels, predictions, weights)
            misses, more_misses = miss(labels, predictions, weights)
            pair = (_part(hits, misses, "value"), _part(more_hits, more_misses, "update_op"))
            return published(pair, metrics_collections, updates_collections)

    share.__name__ = name
    return share


precision = _share("precision", false_positives)
precision.__doc__ = "The share of the elements taken for positive that are positive." + _example("precision", 0.5)
recall = _share("recall", false_negatives)
recall.__doc__ = "The share of the positive elements that are taken for positive." + _example("recall", 1.0)
