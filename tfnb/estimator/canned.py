"""The estimators that come ready: linear models, deep networks, both together, and the mean as a baseline.

    model = tf.estimator.DNNClassifier([10, 10], feature_columns, n_classes=3)
    model.train(input_fn, steps=1000)
"""

from __future__ import annotations

import math
from typing import Any

from tfnb import train
from tfnb.core.graph import GraphKeys, Tensor
from tfnb.core.scopes import name_scope
from tfnb.estimator.estimator import Estimator
from tfnb.estimator.heads import Head, Regression, classes
from tfnb.estimator.spec import ModeKeys
from tfnb.feature_column import input_layer, linear_model
from tfnb.losses import Reduction
from tfnb.ops.activations import relu
from tfnb.ops.sources import group
from tfnb.variable_scopes import get_variable, variable_scope
from tfnb.variables import get_collection

__all__ = [
    "BaselineClassifier", "BaselineRegressor", "DNNClassifier", "DNNLinearCombinedClassifier", "DNNLinearCombinedRegressor", "DNNRegressor",
    "LinearClassifier", "LinearRegressor",
]  # fmt: skip

_OPTIMIZERS = {"Adagrad": train.AdagradOptimizer, "Adam": train.AdamOptimizer, "Ftrl": train.FtrlOptimizer, "RMSProp": train.RMSPropOptimizer,
               "SGD": train.GradientDescentOptimizer}  # fmt: skip


def _optimizer(given: Any, rate: float) -> Any:
    """The optimizer of a name (with this rate), of a function, or itself. Raises ValueError for an unknown name."""
    if isinstance(given, str):
        if given not in _OPTIMIZERS:
            raise ValueError(f"Unsupported optimizer name: {given}. Supported names are: {tuple(sorted(_OPTIMIZERS))}")
        return _OPTIMIZERS[given](learning_rate=rate)
    return given() if callable(given) and not hasattr(given, "minimize") else given


# -- logits ------------------------------------------------------------------------------------------------------
def _linear(features: Any, columns: Any, units: int, sparse_combiner: str = "sum") -> Tensor:
    with variable_scope("linear", values=tuple(v for v in features.values() if isinstance(v, Tensor))):
        return linear_model(features, columns, units, sparse_combiner)


def _deep(features: Any, columns: Any, hidden: Any, units: int, activation: Any, dropout: Any, norm: bool, mode: str) -> Tensor:
    from tfnb.initializers import glorot_uniform_initializer
    from tfnb.layers import batch_normalization, dense
    from tfnb.ops.neural import dropout as dropped

    with variable_scope("dnn", values=tuple(v for v in features.values() if isinstance(v, Tensor))):
        with variable_scope("input_from_feature_columns"):
            x = input_layer(features, columns)
        for i, n in enumerate(hidden):
            with variable_scope(f"hiddenlayer_{i}") as scope:
                x = dense(x, n, activation=activation, kernel_initializer=glorot_uniform_initializer(), name=scope)
                if dropout is not None and mode == ModeKeys.TRAIN:
                    x = dropped(x, rate=dropout)
                if norm:
                    x = batch_normalization(x, momentum=0.999, training=mode == ModeKeys.TRAIN, name=f"batchnorm_{i}")
        with variable_scope("logits") as scope:
            return dense(x, units, kernel_initializer=glorot_uniform_initializer(), name=scope)


def _minimizer(parts: list[tuple[str, Any]]) -> Any:
    """A function from a loss to the op that makes it smaller: each part's variables by its own optimizer."""

    def minimize(loss: Tensor) -> Any:
        step = train.get_global_step()
        updates = get_collection(GraphKeys.UPDATE_OPS)
        if len(parts) == 1:
            ops = [parts[0][1].minimize(loss, global_step=step)]
        else:
            ops = [o.minimize(loss, var_list=get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)) for scope, o in parts]
            from tfnb.core.scopes import control_dependencies

            with control_dependencies(ops):
                ops = [step.assign_add(1).op]
        return group(*ops, *updates)

    return minimize


# -- the estimators ----------------------------------------------------------------------------------------------
class _Linear(Estimator):
    """A weight for each number and each id."""

    def _begin(self, head: Head, columns: Any, optimizer: Any, model_dir: Any, config: Any, warm: Any, sparse_combiner: str = "sum") -> None:
        columns = list(columns)

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            rate = min(0.2, 1.0 / math.sqrt(len(columns)))
            logits = _linear(_named(features), columns, head.dimension, sparse_combiner)
            with name_scope("head"):
                return head.spec(features, mode, logits, labels, _minimizer([("linear", _optimizer(optimizer, rate))]))

        super().__init__(model_fn, model_dir, config, warm_start_from=warm)


def _named(features: Any) -> dict[str, Any]:
    if not isinstance(features, dict):
        raise ValueError(f"features should be a dictionary of `Tensor`s. Given type: {type(features)}")
    return dict(features)


class LinearClassifier(_Linear):
    """Classes by a linear model; Ftrl unless another optimizer is given.

    >>> column = tf.feature_column.numeric_column("x")
    >>> estimator = tf.estimator.LinearClassifier([column], "models", n_classes=2)
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([-1, 1])}, np.array([0, 1]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, feature_columns: Any, model_dir: str | None = None, n_classes: int = 2, weight_column: Any = None, label_vocabulary: Any = None,
                 optimizer: Any = "Ftrl", config: Any = None, partitioner: Any = None, warm_start_from: Any = None,
                 loss_reduction: str = Reduction.SUM, sparse_combiner: str = "sum") -> None:  # fmt: skip
        head = classes(n_classes, label_vocabulary, weight_column=weight_column, reduction=loss_reduction)
        self._begin(head, feature_columns, optimizer, model_dir, config, warm_start_from, sparse_combiner)


class LinearRegressor(_Linear):
    """Numbers by a linear model.

    >>> column = tf.feature_column.numeric_column("x")
    >>> estimator = tf.estimator.LinearRegressor([column], "models")
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([1, 2])}, np.float32([2, 4]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, feature_columns: Any, model_dir: str | None = None, label_dimension: int = 1, weight_column: Any = None, optimizer: Any = "Ftrl",
                 config: Any = None, partitioner: Any = None, warm_start_from: Any = None, loss_reduction: str = Reduction.SUM,
                 sparse_combiner: str = "sum") -> None:  # fmt: skip
        head = Regression(label_dimension, weight_column=weight_column, reduction=loss_reduction)
        self._begin(head, feature_columns, optimizer, model_dir, config, warm_start_from, sparse_combiner)


class _Deep(Estimator):
    """Layers one after another."""

    def _begin(self, head: Head, hidden: Any, columns: Any, optimizer: Any, activation: Any, dropout: Any, norm: bool, model_dir: Any, config: Any,
               warm: Any) -> None:  # fmt: skip
        columns, hidden = list(columns), list(hidden)

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            logits = _deep(_named(features), columns, hidden, head.dimension, activation, dropout, norm, mode)
            with name_scope("dnn/head"):
                return head.spec(features, mode, logits, labels, _minimizer([("dnn", _optimizer(optimizer, 0.05))]))

        super().__init__(model_fn, model_dir, config, warm_start_from=warm)


class DNNClassifier(_Deep):
    """Classes by a deep network; Adagrad unless another optimizer is given.

    >>> column = tf.feature_column.numeric_column("x")
    >>> estimator = tf.estimator.DNNClassifier([4], [column], "models")
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([-1, 1])}, np.array([0, 1]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, hidden_units: Any, feature_columns: Any, model_dir: str | None = None, n_classes: int = 2, weight_column: Any = None,
                 label_vocabulary: Any = None, optimizer: Any = "Adagrad", activation_fn: Any = relu, dropout: Any = None,
                 input_layer_partitioner: Any = None, config: Any = None, warm_start_from: Any = None, loss_reduction: str = Reduction.SUM,
                 batch_norm: bool = False) -> None:  # fmt: skip
        head = classes(n_classes, label_vocabulary, weight_column=weight_column, reduction=loss_reduction)
        self._begin(head, hidden_units, feature_columns, optimizer, activation_fn, dropout, batch_norm, model_dir, config, warm_start_from)


class DNNRegressor(_Deep):
    """Numbers by a deep network.

    >>> column = tf.feature_column.numeric_column("x")
    >>> estimator = tf.estimator.DNNRegressor([4], [column], "models")
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([1, 2])}, np.float32([2, 4]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, hidden_units: Any, feature_columns: Any, model_dir: str | None = None, label_dimension: int = 1, weight_column: Any = None,
                 optimizer: Any = "Adagrad", activation_fn: Any = relu, dropout: Any = None, input_layer_partitioner: Any = None, config: Any = None,
                 warm_start_from: Any = None, loss_reduction: str = Reduction.SUM, batch_norm: bool = False) -> None:  # fmt: skip
        head = Regression(label_dimension, weight_column=weight_column, reduction=loss_reduction)
        self._begin(head, hidden_units, feature_columns, optimizer, activation_fn, dropout, batch_norm, model_dir, config, warm_start_from)


class _Combined(Estimator):
    """A linear model and a deep network, whose logits are added."""

    def _begin(self, head: Head, linear: Any, linear_optimizer: Any, deep: Any, deep_optimizer: Any, hidden: Any, activation: Any, dropout: Any,
               norm: bool, model_dir: Any, config: Any, warm: Any) -> None:  # fmt: skip
        linear, deep = list(linear or ()), list(deep or ())
        if not linear and not deep:
            raise ValueError("Either linear_feature_columns or dnn_feature_columns must be defined.")
        if deep and not hidden:
            raise ValueError("dnn_hidden_units must be defined when dnn_feature_columns is specified.")

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            given, parts, logits = _named(features), [], []
            if deep:
                logits.append(_deep(given, deep, hidden, head.dimension, activation, dropout, norm, mode))
                parts.append(("dnn", _optimizer(deep_optimizer, 0.05)))
            if linear:
                logits.append(_linear(given, linear, head.dimension))
                parts.append(("linear", _optimizer(linear_optimizer, min(0.005, 1.0 / math.sqrt(len(linear))))))
            with name_scope("head"):
                return head.spec(features, mode, sum(logits[1:], logits[0]), labels, _minimizer(parts))

        super().__init__(model_fn, model_dir, config, warm_start_from=warm)


class DNNLinearCombinedClassifier(_Combined):
    """Classes by a linear model and a deep network together. Cheng et al., Wide and deep learning (2016).

    >>> column = tf.feature_column.numeric_column("x")
    >>> estimator = tf.estimator.DNNLinearCombinedClassifier("models", linear_feature_columns=[column], dnn_feature_columns=[column], dnn_hidden_units=[4])
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([-1, 1])}, np.array([0, 1]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, model_dir: str | None = None, linear_feature_columns: Any = None, linear_optimizer: Any = "Ftrl", dnn_feature_columns: Any = None,
                 dnn_optimizer: Any = "Adagrad", dnn_hidden_units: Any = None, dnn_activation_fn: Any = relu, dnn_dropout: Any = None,
                 n_classes: int = 2, weight_column: Any = None, label_vocabulary: Any = None, input_layer_partitioner: Any = None, config: Any = None,
                 warm_start_from: Any = None, loss_reduction: str = Reduction.SUM, batch_norm: bool = False,
                 linear_sparse_combiner: str = "sum") -> None:  # fmt: skip
        head = classes(n_classes, label_vocabulary, weight_column=weight_column, reduction=loss_reduction)
        self._begin(head, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
                    batch_norm, model_dir, config, warm_start_from)  # fmt: skip


class DNNLinearCombinedRegressor(_Combined):
    """Numbers by a linear model and a deep network together.

    >>> column = tf.feature_column.numeric_column("x")
    >>> estimator = tf.estimator.DNNLinearCombinedRegressor("models", linear_feature_columns=[column], dnn_feature_columns=[column], dnn_hidden_units=[4])
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([1, 2])}, np.float32([2, 4]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, model_dir: str | None = None, linear_feature_columns: Any = None, linear_optimizer: Any = "Ftrl", dnn_feature_columns: Any = None,
                 dnn_optimizer: Any = "Adagrad", dnn_hidden_units: Any = None, dnn_activation_fn: Any = relu, dnn_dropout: Any = None,
                 label_dimension: int = 1, weight_column: Any = None, input_layer_partitioner: Any = None, config: Any = None, warm_start_from: Any = None,
                 loss_reduction: str = Reduction.SUM, batch_norm: bool = False, linear_sparse_combiner: str = "sum") -> None:  # fmt: skip
        head = Regression(label_dimension, weight_column=weight_column, reduction=loss_reduction)
        self._begin(head, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
                    batch_norm, model_dir, config, warm_start_from)  # fmt: skip


class _Baseline(Estimator):
    """A bias alone."""

    def _begin(self, head: Head, optimizer: Any, model_dir: Any, config: Any) -> None:
        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            from tfnb.initializers import zeros_initializer
            from tfnb.ops import arrays

            with variable_scope("baseline"):
                first = next(iter(features.values())) if isinstance(features, dict) else features
                bias = get_variable("bias", [head.dimension], initializer=zeros_initializer())
                logits = arrays.zeros(arrays.stack([arrays.shape(first)[0], head.dimension])) + bias
                logits.set_shape([None, head.dimension])
            return head.spec(features, mode, logits, labels, _minimizer([("baseline", _optimizer(optimizer, 0.3))]))

        super().__init__(model_fn, model_dir, config)


class BaselineClassifier(_Baseline):
    """How often each class occurs.

    >>> estimator = tf.estimator.BaselineClassifier("models")
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([-1, 1])}, np.array([0, 1]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, model_dir: str | None = None, n_classes: int = 2, weight_column: Any = None, label_vocabulary: Any = None, optimizer: Any = "Ftrl",
                 config: Any = None, loss_reduction: str = Reduction.SUM) -> None:  # fmt: skip
        self._begin(classes(n_classes, label_vocabulary, weight_column=weight_column, reduction=loss_reduction), optimizer, model_dir, config)


class BaselineRegressor(_Baseline):
    """The mean of the labels.

    >>> estimator = tf.estimator.BaselineRegressor("models")
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([1, 2])}, np.float32([2, 4]), num_epochs=None, shuffle=False)
    >>> _ = estimator.train(data, steps=10)
    >>> print(estimator.get_variable_value("global_step"))
    10
    """

    def __init__(self, model_dir: str | None = None, label_dimension: int = 1, weight_column: Any = None, optimizer: Any = "Ftrl", config: Any = None,
                 loss_reduction: str = Reduction.SUM) -> None:  # fmt: skip
        self._begin(Regression(label_dimension, weight_column=weight_column, reduction=loss_reduction), optimizer, model_dir, config)
