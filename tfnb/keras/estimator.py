"""tf.keras.estimator: a compiled Keras model as an Estimator.

    estimator = tf.keras.estimator.model_to_estimator(model);  estimator.train(input_fn, steps=100)
"""

from __future__ import annotations

from typing import Any

__all__ = ["model_to_estimator"]


def model_to_estimator(keras_model: Any = None, keras_model_path: str | None = None, custom_objects: Any = None, model_dir: str | None = None,
                       config: Any = None, checkpoint_format: str = "saver") -> Any:  # fmt: skip
    """An Estimator of the model's layers, loss, metrics and optimizer. Raises ValueError for a model that is not compiled.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,), name="line")])
    >>> model.compile(tf.train.GradientDescentOptimizer(0.1), "mse")
    >>> found = tf.keras.estimator.model_to_estimator(model)
    >>> data = lambda: tf.data.Dataset.from_tensors(({"line_input": [[1.0]]}, [[2.0]])).repeat(5)
    >>> print(found.train(data).get_variable_value("global_step"))
    5
    """
    from tfnb import estimator
    from tfnb.keras import optimizers, saving

    model = keras_model if keras_model is not None else saving.load_model(keras_model_path, custom_objects)
    if model is None or model._made is None:
        raise ValueError("Given keras model has not been compiled yet. Please compile first before creating the estimator.")
    layers, kind, given = model.get_config(), type(model), model._made._given
    weights = model.get_weights()
    rule = model.optimizer.optimizer if isinstance(model.optimizer, optimizers.TFOptimizer) else (type(model.optimizer), model.optimizer.get_config())

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        copy = kind.from_config(layers)
        optimizer = rule if not isinstance(rule, tuple) else rule[0].from_config(rule[1])
        return _spec(copy, optimizer, given, weights, features, labels, mode)

    return estimator.Estimator(model_fn, model_dir, config)


def _spec(model: Any, optimizer: Any, given: Any, weights: Any, features: Any, labels: Any, mode: str) -> Any:
    from tfnb import estimator
    from tfnb.core import nest
    from tfnb.keras import session
    from tfnb.keras.training import Compiled, _loss, _relevant
    from tfnb.ops.elementwise import add_n, cast
    from tfnb.ops.sources import group
    from tfnb.train.steps import get_or_create_global_step

    session.set_learning_phase(int(mode == estimator.ModeKeys.TRAIN))
    x = [features[n] for n in model.input_names] if isinstance(features, dict) else nest.flatten(features)
    outputs = nest.flatten(model(x if len(x) > 1 else x[0], training=mode == estimator.ModeKeys.TRAIN))
    predictions = dict(zip(model.output_names, outputs, strict=True))
    if mode == estimator.ModeKeys.PREDICT:
        return estimator.EstimatorSpec(mode, predictions)
    for v, a in zip(model.weights, weights, strict=True):
        v.initializer.inputs  # noqa: B018 - the first values are those of the model that was given
        _begin_with(v, a)
    made = Compiled(model, optimizer, *given)
    y = [labels[n] for n in model.output_names] if isinstance(labels, dict) else nest.flatten(labels)
    y = [_columns(cast(t, p.dtype.base_dtype) if "sparse" not in getattr(f, "__name__", type(f).__name__).lower() else t, p)
         for t, p, f in zip(y, outputs, made.functions, strict=True)]  # fmt: skip
    parts = [_loss(f, t, p, None) * k for f, t, p, k in zip(made.functions, y, outputs, made.factors, strict=True)]
    loss = add_n([*parts, *model.losses]) if len(parts) + len(model.losses) > 1 else parts[0]
    measured = {}
    for t, p, watched in zip(y, outputs, made.watched, strict=True):
        for name, metric, _ in watched:
            update = metric.update_state(t, p)
            measured[name] = (metric.result(), getattr(update, "op", update))
    train = None
    if mode == estimator.ModeKeys.TRAIN:
        steps = made.optimizer.get_updates(loss, model.trainable_weights)
        own = [u for u in _relevant(model.updates, x)]
        step = [] if isinstance(made.optimizer, _wrapped()) else [get_or_create_global_step().assign_add(1).op]
        train = group(*[getattr(u, "op", u) for u in [*steps, *own, *step]])
    return estimator.EstimatorSpec(mode, predictions, loss, train, measured)


def _wrapped() -> Any:
    from tfnb.keras.optimizers import TFOptimizer

    return TFOptimizer


def _begin_with(variable: Any, value: Any) -> None:
    """The variable's first value is this, not what its initializer draws."""
    from tfnb.ops.sources import constant

    variable.initializer = variable.assign(constant(value)).op


def _columns(labels: Any, predictions: Any) -> Any:
    from tfnb.ops.arrays import expand_dims

    return expand_dims(labels, -1) if labels.shape.ndims == 1 and predictions.shape.ndims == 2 else labels
