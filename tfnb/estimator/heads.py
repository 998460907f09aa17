"""What a ready-made estimator makes of logits: predictions, a loss, metrics, and what it serves.

    head = multi_class(3);  spec = head.spec(features, mode, logits, labels, train_op_fn)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb import losses, metrics
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.estimator import export
from tfnb.estimator.spec import EstimatorSpec, ModeKeys
from tfnb.ops import arrays, reduce
from tfnb.ops.activations import softmax
from tfnb.ops.elementwise import cast
from tfnb.ops.special import sigmoid

__all__ = ["Head", "Regression", "classes"]


class Head:
    """Predictions, loss and metrics of a kind of model; `dimension` is how many logits it needs."""

    dimension = 1

    def __init__(self, weight_column: Any = None, reduction: str = losses.Reduction.SUM) -> None:
        self.weight_column, self.reduction = weight_column, reduction

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        raise NotImplementedError

    def each(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The loss of each example."""
        raise NotImplementedError

    def wanted(self, labels: Any) -> Tensor:
        """The labels as this head needs them: [batch, 1] (or as wide as the logits)."""
        labels = convert_to_tensor(labels)
        return arrays.expand_dims(labels, -1) if labels.shape.ndims == 1 else labels

    def measured(self, labels: Tensor, found: dict[str, Tensor], weights: Any) -> dict[str, Any]:
        raise NotImplementedError

    def outputs(self, found: dict[str, Tensor]) -> dict[str, Any]:
        raise NotImplementedError

    def weights(self, features: Any) -> Any:
        """The weight of each example, 1 where there is no column of weights."""
        if self.weight_column is None:
            return 1.0
        key = self.weight_column if isinstance(self.weight_column, str) else self.weight_column.key
        w = cast(convert_to_tensor(features[key]), "float32")
        return arrays.expand_dims(w, -1) if w.shape.ndims == 1 else w

    def spec(self, features: Any, mode: str, logits: Tensor, labels: Any, train_op_fn: Callable[[Tensor], Any]) -> EstimatorSpec:
        """The EstimatorSpec of a mode."""
        found = self.predictions(logits)
        if mode == ModeKeys.PREDICT:
            return EstimatorSpec(mode, found, export_outputs=self.outputs(found))
        if labels is None:
            raise ValueError("You must provide a labels Tensor. Given: None. Suggested troubleshooting steps: Check that your data contain your label "
                             "feature. Check that your input_fn properly parses and returns labels.")  # fmt: skip
        labels, weights = self.wanted(labels), self.weights(features)
        each = self.each(labels, logits)
        loss = losses.compute_weighted_loss(each, weights, reduction=self.reduction)
        if mode == ModeKeys.EVAL:
            measured = {"average_loss": metrics.mean(each, None if self.weight_column is None else weights, name="average_loss")}
            measured |= self.measured(labels, found, None if self.weight_column is None else weights)
            return EstimatorSpec(mode, found, loss, eval_metric_ops=measured)
        from tfnb import summary

        summary.scalar("loss", loss)
        return EstimatorSpec(mode, found, loss, train_op_fn(loss))


class Regression(Head):
    """Numbers: the squared error."""

    def __init__(self, dimension: int = 1, **more: Any) -> None:
        super().__init__(**more)
        self.dimension = dimension

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        return {"predictions": logits}

    def wanted(self, labels: Any) -> Tensor:
        return cast(super().wanted(labels), "float32")

    def each(self, labels: Tensor, logits: Tensor) -> Tensor:
        from tfnb.ops.powers import squared_difference

        return squared_difference(logits, labels)  # type: ignore[no-any-return]

    def measured(self, labels: Tensor, found: dict[str, Tensor], weights: Any) -> dict[str, Any]:
        return {"prediction/mean": metrics.mean(found["predictions"], weights), "label/mean": metrics.mean(labels, weights)}

    def outputs(self, found: dict[str, Tensor]) -> dict[str, Any]:
        one = export.RegressionOutput(found["predictions"])
        return {"serving_default": one, "regression": one, "predict": export.PredictOutput(found)}


class _Classes(Head):
    """Classes: numbers, or words of a vocabulary."""

    def __init__(self, n: int, vocabulary: Any = None, **more: Any) -> None:
        super().__init__(**more)
        self.n, self.vocabulary = n, None if vocabulary is None else list(vocabulary)
        self.dimension = n if n > 2 else 1

    def names(self) -> Tensor:
        """The classes as texts."""
        return convert_to_tensor([str(v) for v in (self.vocabulary or range(self.n))])

    def wanted(self, labels: Any) -> Tensor:
        labels = super().wanted(labels)
        if self.vocabulary is not None:
            from tfnb.lookup import index_table_from_tensor

            return index_table_from_tensor(self.vocabulary).lookup(labels)  # type: ignore[no-any-return]
        return cast(labels, "int64" if self.n > 2 else "float32")

    def with_names(self, found: dict[str, Tensor]) -> dict[str, Tensor]:
        from tfnb.ops.indexing import gather
        from tfnb.ops.movement import range as numbers
        from tfnb.ops.movement import tile

        ids = found["class_ids"]
        rows = arrays.shape(ids)[0]
        every = tile(arrays.expand_dims(numbers(self.n), 0), arrays.stack([rows, 1]))
        return found | {"classes": gather(self.names(), ids), "all_class_ids": every, "all_classes": gather(self.names(), every)}

    def outputs(self, found: dict[str, Tensor]) -> dict[str, Any]:
        one = export.ClassificationOutput(scores=found["probabilities"], classes=found["all_classes"])
        return {"serving_default": one, "classification": one, "predict": export.PredictOutput(found)}


class _Many(_Classes):
    """One of several classes: softmax."""

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        ids = arrays.expand_dims(reduce.argmax(logits, axis=-1), -1)
        return self.with_names({"logits": logits, "probabilities": softmax(logits, name="probabilities"), "class_ids": ids})

    def each(self, labels: Tensor, logits: Tensor) -> Tensor:
        from tfnb.ops.crossentropy import sparse_softmax_cross_entropy_with_logits

        flat = arrays.squeeze(cast(labels, "int64"), [-1])
        return arrays.expand_dims(sparse_softmax_cross_entropy_with_logits(labels=flat, logits=logits), -1)

    def measured(self, labels: Tensor, found: dict[str, Tensor], weights: Any) -> dict[str, Any]:
        return {"accuracy": metrics.accuracy(labels, found["class_ids"], weights)}


class _Two(_Classes):
    """Yes or no: a sigmoid."""

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        both = arrays.concat([arrays.zeros_like(logits), logits], axis=-1)
        ids = arrays.expand_dims(reduce.argmax(both, axis=-1), -1)
        found = {"logits": logits, "logistic": sigmoid(logits, name="logistic"), "probabilities": softmax(both, name="probabilities"), "class_ids": ids}
        return self.with_names(found)

    def each(self, labels: Tensor, logits: Tensor) -> Tensor:
        from tfnb.ops.crossentropy import sigmoid_cross_entropy_with_logits

        return sigmoid_cross_entropy_with_logits(labels=cast(labels, "float32"), logits=logits)  # type: ignore[no-any-return]

    def measured(self, labels: Tensor, found: dict[str, Tensor], weights: Any) -> dict[str, Any]:
        from tfnb.ops.compare import maximum

        yes, p, ids = cast(labels, "float32"), found["logistic"], found["class_ids"]
        mean = metrics.mean(yes, weights, name="label/mean")
        return {
            "accuracy": metrics.accuracy(labels, ids, weights), "precision": metrics.precision(labels, ids, weights),
            "recall": metrics.recall(labels, ids, weights), "prediction/mean": metrics.mean(p, weights), "label/mean": mean,
            "accuracy_baseline": tuple(maximum(m, 1.0 - m) for m in mean), "auc": metrics.auc(labels, p, weights),
            "auc_precision_recall": metrics.auc(labels, p, weights, curve="PR"),
        }  # fmt: skip


def classes(n: int, vocabulary: Any = None, **more: Any) -> Head:
    """The head of n classes."""
    if n < 2:
        raise ValueError(f"n_classes must be > 1: {n}")
    return (_Many if n > 2 else _Two)(n, vocabulary, **more)
