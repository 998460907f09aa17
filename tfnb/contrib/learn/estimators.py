"""tf.contrib.learn's estimators: those of tf.estimator with the older methods `fit(x, y)`, `evaluate(x=, y=)` and `predict(x=)`.

    classifier = DNNClassifier(hidden_units=[10], feature_columns=infer_real_valued_columns_from_input(x), n_classes=3)
    classifier.fit(x, y, steps=200).evaluate(x=x, y=y)["accuracy"]
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tfnb.estimator import canned, inputs
from tfnb.estimator.estimator import Estimator as Plain
from tfnb.estimator.spec import EstimatorSpec
from tfnb.feature_column import numeric_column

__all__ = [
    "DNNClassifier", "DNNLinearCombinedClassifier", "DNNLinearCombinedRegressor", "DNNRegressor", "Estimator", "LinearClassifier", "LinearRegressor",
    "MetricSpec", "ModeKeys", "ModelFnOps", "PredictionKey", "SKCompat", "infer_real_valued_columns_from_input",
]  # fmt: skip


class ModeKeys:
    """What a model function is called for.

    >>> tf.contrib.learn.ModeKeys.INFER
    'infer'
    """

    TRAIN, EVAL, INFER = "train", "eval", "infer"


class PredictionKey:
    """The names of predictions.

    >>> tf.contrib.learn.PredictionKey.CLASSES
    'classes'
    """

    CLASSES, PROBABILITIES, LOGITS, LOGISTIC, SCORES, TOP_K, GENERIC = "classes", "probabilities", "logits", "logistic", "scores", "top_k", "output"


class ModelFnOps(NamedTuple):
    """What a model function answers.

    >>> tf.contrib.learn.ModelFnOps("train", loss=0.5).loss
    0.5
    """

    mode: Any
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metric_ops: Any = None
    output_alternatives: Any = None
    training_chief_hooks: Any = None
    training_hooks: Any = None
    scaffold: Any = None


class MetricSpec:
    """A metric function, and which predictions, labels and weights it is called with.

    >>> accuracy = tf.contrib.learn.MetricSpec(tf.metrics.accuracy, prediction_key="classes")
    >>> value, update = accuracy.create_metric_ops(None, tf.constant([1, 0]), {"classes": tf.constant([1, 1])})
    >>> sess.run(tf.local_variables_initializer())
    >>> update.eval()
    np.float32(0.5)
    """

    def __init__(self, metric_fn: Any, prediction_key: Any = None, label_key: Any = None, weight_key: Any = None) -> None:
        self.metric_fn, self.prediction_key, self.label_key, self.weight_key = metric_fn, prediction_key, label_key, weight_key

    def create_metric_ops(self, features: Any, labels: Any, predictions: Any) -> Any:
        """The (value, update) pair for these tensors."""
        p = predictions[self.prediction_key] if isinstance(predictions, dict) and self.prediction_key else predictions
        p = next(iter(p.values())) if isinstance(p, dict) and len(p) == 1 else p
        y = labels[self.label_key] if isinstance(labels, dict) and self.label_key else labels
        weights = {"weights": features[self.weight_key]} if self.weight_key else {}
        return self.metric_fn(predictions=p, labels=y, **weights)


def infer_real_valued_columns_from_input(features: Any) -> list[Any]:
    """A column of numbers for an array of rows, or for each array of a dictionary.

    >>> tf.contrib.learn.infer_real_valued_columns_from_input({"age": np.zeros((5, 1))})[0].name
    'age'
    """
    given = features if isinstance(features, dict) else {"": features}
    return [numeric_column(k, shape=tuple(np.shape(v)[1:]) or (1,)) for k, v in given.items()]


def _input_fn(x: Any, y: Any, batch_size: int | None, epochs: int | None, shuffle: bool) -> Any:
    """An input function of arrays; an array without a name is the feature ''."""
    named = x if isinstance(x, dict) else {"": np.asarray(x)}
    n = len(next(iter(named.values())))
    named = {k: v.astype(np.float32) if getattr(v, "dtype", None) == np.float64 else v for k, v in named.items()}
    return inputs.numpy_input_fn(named, None if y is None else np.asarray(y), batch_size or n, epochs, shuffle=shuffle)


class _Fitted:
    """The older methods over those of tf.estimator.Estimator."""

    def fit(self, x: Any = None, y: Any = None, input_fn: Any = None, steps: int | None = None, batch_size: int | None = None, monitors: Any = None,
            max_steps: int | None = None) -> Any:  # fmt: skip
        """Trains on arrays or an input function for so many steps; returns itself."""
        given = input_fn or _input_fn(x, y, batch_size, None, True)
        hooks = [m for m in monitors or [] if hasattr(m, "before_run")]
        self.train(given, hooks=hooks, steps=steps if max_steps is None else None, max_steps=max_steps)  # type: ignore[attr-defined]
        return self

    partial_fit = fit

    def evaluate(self, x: Any = None, y: Any = None, input_fn: Any = None, feed_fn: Any = None, batch_size: int | None = None, steps: int | None = None,
                 metrics: Any = None, name: str | None = None, checkpoint_path: str | None = None, hooks: Any = None) -> dict[str, Any]:  # fmt: skip
        """The metrics over arrays or an input function; `metrics` adds others, by name."""
        given = input_fn or _input_fn(x, y, batch_size, 1, False)
        before, self._more = getattr(self, "_more", None), metrics
        try:
            return super().evaluate(given, steps, hooks, checkpoint_path, name)  # type: ignore[misc,no-any-return]
        finally:
            self._more = before

    def predict(self, x: Any = None, input_fn: Any = None, batch_size: int | None = None, outputs: Any = None, as_iterable: bool = True, **_: Any) -> Any:
        """The predictions, an example at a time: classes of a classifier, numbers of a regressor, else what the model gives."""
        given = input_fn or _input_fn(x, None, batch_size, 1, False)
        found = self._short(super().predict(given, predict_keys=outputs))  # type: ignore[misc]
        return found if as_iterable else np.array(list(found))

    def _short(self, found: Iterator[Any]) -> Iterator[Any]:
        key = {"Classifier": "class_ids", "Regressor": "predictions"}.get(type(self).__name__.split("Combined")[-1].replace("DNN", "").replace("Linear", ""))
        for p in found:
            value = p[key] if key and isinstance(p, dict) and key in p else p
            yield value[0] if key and np.shape(value) == (1,) else value

    def predict_classes(self, x: Any = None, input_fn: Any = None, batch_size: int | None = None, as_iterable: bool = True) -> Any:
        return self.predict(x, input_fn, batch_size, as_iterable=as_iterable)

    predict_scores = predict_classes

    def predict_proba(self, x: Any = None, input_fn: Any = None, batch_size: int | None = None, as_iterable: bool = True) -> Any:
        """The probabilities of the classes."""
        found = (p["probabilities"] for p in Plain.predict(self, input_fn or _input_fn(x, None, batch_size, 1, False)))  # type: ignore[arg-type]
        return found if as_iterable else np.array(list(found))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"params": self.params}  # type: ignore[attr-defined]

    @property
    def weights_(self) -> dict[str, Any]:
        return {n: self.get_variable_value(n) for n in self.get_variable_names()}  # type: ignore[attr-defined]

    def _call_model_fn(self, features: Any, labels: Any, mode: str) -> Any:
        spec = super()._call_model_fn(features, labels, mode)  # type: ignore[misc]
        more = getattr(self, "_more", None)
        if more and mode == ModeKeys.EVAL:
            for name, m in more.items():
                own = isinstance(m, MetricSpec)
                spec.eval_metric_ops[name] = m.create_metric_ops(features, labels, spec.predictions) if own else m(spec.predictions, labels)
        return spec


class Estimator(_Fitted, Plain):
    """A model function that answers ModelFnOps, or (predictions, loss, train_op).

    >>> def model(x, y, mode):
    ...     w = tf.Variable(0.0)
    ...     loss = tf.reduce_mean(tf.square(x * w - y))
    ...     return w * x, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
    >>> found = tf.contrib.learn.Estimator(model).fit(np.float32([1, 2]), np.float32([3, 6]), steps=20)
    >>> print(found.get_variable_value("Variable").round(3))
    3.0
    """

    def __init__(self, model_fn: Any = None, model_dir: str | None = None, config: Any = None, params: Any = None, feature_engineering_fn: Any = None) -> None:
        named = inspect.signature(model_fn).parameters
        offered = [n for n in ("mode", "params", "config", "model_dir") if n in named]

        def adapted(features: Any, labels: Any, mode: str, params: Any, config: Any) -> Any:
            features = features[""] if isinstance(features, dict) and set(features) == {""} else features
            values = {"mode": mode, "params": params, "config": config, "model_dir": model_dir}
            found = model_fn(features, labels, **{n: values[n] for n in offered})
            if isinstance(found, EstimatorSpec):
                return found
            if not isinstance(found, ModelFnOps):
                predictions, loss, train_op = found
                found = ModelFnOps(mode, predictions, loss, train_op)
            p = found.predictions
            return EstimatorSpec(mode, p if isinstance(p, dict) or p is None else {"output": p}, found.loss, found.train_op, found.eval_metric_ops,
                                 training_hooks=found.training_hooks, scaffold=found.scaffold)  # fmt: skip

        Plain.__init__(self, adapted, model_dir, config, params if params is not None else {})

    def _short(self, found: Iterator[Any]) -> Iterator[Any]:
        for p in found:
            yield p["output"] if isinstance(p, dict) and set(p) == {"output"} else p


class SKCompat:
    """An estimator with scikit-learn's methods.

    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]], np.float32), np.array([0, 0, 1, 1])
    >>> columns = tf.contrib.learn.infer_real_valued_columns_from_input(x)
    >>> found = tf.contrib.learn.SKCompat(tf.contrib.learn.LinearClassifier(columns)).fit(x, y, steps=200)
    >>> found.score(x, y)["accuracy"]
    np.float32(1.0)
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def fit(self, x: Any, y: Any, batch_size: int = 128, steps: int | None = None, max_steps: int | None = None, monitors: Any = None) -> SKCompat:
        self._estimator.fit(x, y, steps=steps, max_steps=max_steps, batch_size=batch_size, monitors=monitors)
        return self

    def score(self, x: Any, y: Any, batch_size: int = 128, steps: int | None = None, metrics: Any = None, name: str | None = None) -> dict[str, Any]:
        return self._estimator.evaluate(x=x, y=y, batch_size=batch_size, steps=steps, metrics=metrics)  # type: ignore[no-any-return]

    def predict(self, x: Any, batch_size: int = 128, outputs: Any = None) -> Any:
        found = list(Plain.predict(self._estimator, _input_fn(x, None, batch_size, 1, False)))
        return {k: np.array([p[k] for p in found]) for k in found[0]} if isinstance(found[0], dict) else np.array(found)


def _older(kind: Any, name: str, order: tuple[str, ...], doc: str) -> Any:
    """A ready-made estimator with the older methods and order of arguments; what only clusters need is accepted."""
    known = set(inspect.signature(kind.__init__).parameters)
    deep, classes = name.startswith("DNN"), name.endswith("Classifier")
    columns = ", ".join([f"{part}_feature_columns=columns" for part in ("linear", "dnn")] if "Combined" in name else ["feature_columns=columns"])
    hidden = ", dnn_hidden_units=[4]" if "Combined" in name else ", hidden_units=[4]" if deep else ""
    doc += f"""

    >>> x, y = np.float32([[0], [1], [2], [3]]), {"np.array([0, 0, 1, 1])" if classes else "np.float32([0, 1, 2, 3])"}
    >>> columns = tf.contrib.learn.infer_real_valued_columns_from_input(x)
    >>> found = tf.contrib.learn.{name}({columns}{hidden}).fit(x, y, steps=3)
    >>> found.predict(x, as_iterable=False).shape
    (4,)
    """

    def __init__(self: Any, *args: Any, **given: Any) -> None:
        given |= dict(zip(order, args, strict=False))
        given = {{"weight_column_name": "weight_column", "label_keys": "label_vocabulary"}.get(k, k): v for k, v in given.items()}
        kind.__init__(self, **{k: v for k, v in given.items() if k in known and not (v is None and "optimizer" in k)})

    return type(name, (_Fitted, kind), {"__init__": __init__, "__doc__": doc, "__module__": __name__})


_WIDE = ("model_dir", "n_classes", "weight_column_name", "linear_feature_columns", "linear_optimizer", "_joint", "dnn_feature_columns", "dnn_optimizer",
         "dnn_hidden_units")  # fmt: skip
DNNClassifier = _older(canned.DNNClassifier, "DNNClassifier", ("hidden_units", "feature_columns", "model_dir", "n_classes"), "Classes by a deep network.")
DNNRegressor = _older(canned.DNNRegressor, "DNNRegressor", ("hidden_units", "feature_columns", "model_dir"), "Numbers by a deep network.")
LinearClassifier = _older(canned.LinearClassifier, "LinearClassifier", ("feature_columns", "model_dir", "n_classes"), "Classes by a linear model.")
LinearRegressor = _older(canned.LinearRegressor, "LinearRegressor", ("feature_columns", "model_dir"), "Numbers by a linear model.")
DNNLinearCombinedClassifier = _older(canned.DNNLinearCombinedClassifier, "DNNLinearCombinedClassifier", _WIDE, "Classes by both models together.")
DNNLinearCombinedRegressor = _older(canned.DNNLinearCombinedRegressor, "DNNLinearCombinedRegressor", _WIDE[:1] + _WIDE[2:], "Numbers by both together.")
