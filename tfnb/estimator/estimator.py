"""Estimator: a model as a function, trained, evaluated and asked in graphs of its own.

    classifier = Estimator(model_fn, model_dir="model", params={"rate": 0.1})
    classifier.train(input_fn, steps=100)
    classifier.evaluate(eval_input_fn)                     {'accuracy': 0.97, 'loss': 0.1, 'global_step': 100}
    for answer in classifier.predict(input_fn): ...

Each call builds the graph anew and restores the newest checkpoint in `model_dir`.
"""

from __future__ import annotations

import copy
import inspect
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from tfnb import logging, metrics, train
from tfnb.core.errors import OutOfRangeError
from tfnb.core.graph import Graph, GraphKeys, get_default_graph
from tfnb.engine.session import Session
from tfnb.estimator.spec import EstimatorSpec, EvalSpec, ModeKeys, RunConfig, TrainSpec
from tfnb.ops.random import set_random_seed
from tfnb.ops.sources import group
from tfnb.ops.tables import tables_initializer
from tfnb.variables import global_variables_initializer, local_variables_initializer

__all__ = ["Estimator", "train_and_evaluate"]


class Estimator:
    """A model function and the folder that keeps what it has learnt.

    `model_fn(features, labels, mode, params, config)` returns an EstimatorSpec; it may leave out what it does not use.

    >>> def model(features, labels, mode):
    ...     w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    ...     loss = tf.reduce_mean(tf.square(features["x"] * w - labels))
    ...     step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
    ...     return tf.estimator.EstimatorSpec(mode, {"y": features["x"] * w}, loss, step)
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([1, 2])}, np.float32([2, 4]), num_epochs=None, shuffle=False)
    >>> estimator = tf.estimator.Estimator(model, "models").train(data, steps=50)
    >>> print(round(float(estimator.get_variable_value("w")), 2))
    2.0
    """

    def __init__(self, model_fn: Any, model_dir: str | None = None, config: RunConfig | None = None, params: Any = None,
                 warm_start_from: Any = None) -> None:  # fmt: skip
        given = set(inspect.signature(model_fn).parameters)
        if "features" not in given:
            raise ValueError(f"model_fn ({model_fn}) must include features argument.")
        unknown = given - {"features", "labels", "mode", "params", "config", "self"}
        if unknown:
            raise ValueError(f"model_fn ({model_fn}) has following not expected args: {sorted(unknown)}")
        if params is not None and "params" not in given:
            raise ValueError(f"model_fn ({model_fn}) does not include params argument, but params ({params}) is passed to Estimator.")
        self._model_fn, self._params, self._warm_start = model_fn, copy.deepcopy(params) or {}, warm_start_from
        config = copy.copy(config) if config is not None else RunConfig()
        config.model_dir = model_dir or config.model_dir or tempfile.mkdtemp()
        self._config = config

    # -- what it is ----------------------------------------------------------------------------------------------
    @property
    def model_dir(self) -> str:
        return self._config.model_dir  # type: ignore[return-value]

    @property
    def config(self) -> RunConfig:
        return copy.copy(self._config)

    @property
    def params(self) -> Any:
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Any:
        """The model function, to be called with (features, labels, mode, config)."""
        return lambda features, labels, mode, config=None: self._call_model_fn(features, labels, mode)

    def latest_checkpoint(self) -> str | None:
        """The path of the newest checkpoint, None before the first training."""
        return train.latest_checkpoint(self.model_dir)

    def get_variable_names(self) -> list[str]:
        """The names of what the newest checkpoint holds."""
        return [name for name, _ in train.list_variables(self._trained())]

    def get_variable_value(self, name: str) -> Any:
        """A variable's value in the newest checkpoint."""
        return train.load_variable(self._trained(), name)

    # -- what it does --------------------------------------------------------------------------------------------
    def train(self, input_fn: Any, hooks: Any = None, steps: int | None = None, max_steps: int | None = None,
              saving_listeners: Any = None) -> Estimator:  # fmt: skip
        """Trains for `steps` more steps, or until step `max_steps`, or until the input ends; returns itself."""
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        for name, value in (("steps", steps), ("max_steps", max_steps)):
            if value is not None and value <= 0:
                raise ValueError(f"Must specify {name} > 0, given: {value}")
        if max_steps is not None and self._step() >= max_steps:
            logging.info("Skipping training since max_steps has already saved.")
            return self
        with self._graph():
            spec = self._spec(input_fn, ModeKeys.TRAIN)
            if self._warm_start is not None and self.latest_checkpoint() is None:
                train.warm_start(*((self._warm_start,) if isinstance(self._warm_start, str) else self._warm_start))
            self._train_with(spec, [*(hooks or ()), *([train.StopAtStepHook(steps, max_steps)] if steps or max_steps else [])])
        return self

    def evaluate(self, input_fn: Any, steps: int | None = None, hooks: Any = None, checkpoint_path: str | None = None,
                 name: str | None = None) -> dict[str, Any]:  # fmt: skip
        """The metrics over `steps` batches (None: until the input ends), with 'loss' and 'global_step'."""
        path = checkpoint_path or self._trained()
        with self._graph():
            spec = self._spec(input_fn, ModeKeys.EVAL)
            values, updates = self._metrics(spec)
            with self._restored(spec, path) as session:
                done = 0
                while steps is None or done < steps:
                    try:
                        session.run(updates)
                    except OutOfRangeError:
                        break
                    done += 1
                found = session.run(values)
        logging.info("Saving dict for global step %s: %s", found["global_step"], ", ".join(f"{k} = {v}" for k, v in sorted(found.items())))
        return found

    def predict(self, input_fn: Any, predict_keys: Any = None, hooks: Any = None, checkpoint_path: str | None = None,
                yield_single_examples: bool = True) -> Iterator[Any]:  # fmt: skip
        """The predictions, an example at a time (or a batch at a time), until the input ends."""
        path = checkpoint_path or self._trained()
        with self._graph():
            predictions = self._spec(input_fn, ModeKeys.PREDICT)
            wanted = _chosen(predictions.predictions, predict_keys)
            with self._restored(predictions, path) as session:
                while True:
                    try:
                        batch = session.run(wanted)
                    except OutOfRangeError:
                        return
                    yield from _examples(batch) if yield_single_examples else [batch]

    def export_savedmodel(self, export_dir_base: str, serving_input_receiver_fn: Any, assets_extra: Any = None, as_text: bool = False,
                          checkpoint_path: str | None = None, strip_default_attrs: bool = False) -> bytes:  # fmt: skip
        """Writes the model as a SavedModel into a folder of its own, named by the time; returns the folder's path."""
        import os
        import time

        from tfnb import saved_model

        path = checkpoint_path or self._trained()
        with self._graph():
            receiver = serving_input_receiver_fn()
            spec = self._call_model_fn(receiver.features, None, ModeKeys.PREDICT)
            outputs = spec.export_outputs or {"serving_default": _plain_output(spec.predictions)}
            folder = os.path.join(os.fsdecode(export_dir_base), str(int(time.time())))
            with self._restored(spec, path) as session:
                builder = saved_model.Builder(folder)
                inputs = receiver.receiver_tensors
                inputs = inputs if isinstance(inputs, dict) else {"input": inputs}
                signatures = {name: saved_model.predict_signature_def(inputs, output.outputs) for name, output in outputs.items()}
                signatures.setdefault("serving_default", next(iter(signatures.values())))
                builder.add_meta_graph_and_variables(session, [saved_model.tag_constants.SERVING], signatures)
                builder.save(as_text)
        return os.fsencode(folder)

    export_saved_model = export_savedmodel

    # -- how it does it ------------------------------------------------------------------------------------------
    def _graph(self) -> Any:
        import contextlib

        @contextlib.contextmanager
        def fresh() -> Iterator[None]:
            with Graph().as_default():
                if self._config.tf_random_seed is not None:
                    set_random_seed(self._config.tf_random_seed)
                train.create_global_step()
                yield

        return fresh()

    def _spec(self, input_fn: Any, mode: str) -> EstimatorSpec:
        features, labels = _inputs(input_fn, mode, self._config, self._params)
        return self._call_model_fn(features, labels, mode)

    def _call_model_fn(self, features: Any, labels: Any, mode: str) -> EstimatorSpec:
        takes = inspect.signature(self._model_fn).parameters
        offered = {"labels": labels, "mode": mode, "params": self._params, "config": self._config}
        if "labels" not in takes and labels is not None:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        logging.info("Calling model_fn.")
        spec = self._model_fn(features=features, **{k: v for k, v in offered.items() if k in takes})
        logging.info("Done calling model_fn.")
        if not isinstance(spec, EstimatorSpec):
            raise ValueError("model_fn should return an EstimatorSpec.")
        return spec

    def _train_with(self, spec: EstimatorSpec, hooks: list[Any]) -> None:
        config = self._config
        step = train.get_global_step()
        assert spec.loss is not None
        shown = {"loss": spec.loss, "step": step}
        every = config.log_step_count_steps or 100
        own = [train.NanTensorHook(spec.loss), train.LoggingTensorHook(shown, every_n_iter=every)]
        from tfnb import summary

        if not any(t.op.type == "ScalarSummary" and t.op.name == "loss" for t in get_default_graph().get_collection(GraphKeys.SUMMARIES)):
            summary.scalar("loss", spec.loss)
        with train.MonitoredTrainingSession(
            checkpoint_dir=self.model_dir, scaffold=spec.scaffold, hooks=[*own, *spec.training_hooks, *hooks],
            chief_only_hooks=list(spec.training_chief_hooks), save_checkpoint_secs=config.save_checkpoints_secs,
            save_checkpoint_steps=config.save_checkpoints_steps, save_summaries_steps=config.save_summary_steps,
        ) as session:  # fmt: skip
            loss = None
            while not session.should_stop():
                _, loss = session.run([spec.train_op, spec.loss])
        logging.info("Loss for final step: %s.", loss)

    def _metrics(self, spec: EstimatorSpec) -> tuple[dict[str, Any], Any]:
        """The values to read at the end, and the operation that counts in one batch."""
        named = dict(spec.eval_metric_ops)
        named.setdefault("loss", metrics.mean(spec.loss))
        values = {name: value for name, (value, _) in named.items()}
        return {**values, "global_step": train.get_global_step()}, group(*[update for _, update in named.values()])

    def _restored(self, spec: EstimatorSpec, path: str) -> Any:
        """A session with the checkpoint's values, its local variables and tables at their beginning."""
        import contextlib

        @contextlib.contextmanager
        def session() -> Iterator[Session]:
            with Session() as sess:
                sess.run([global_variables_initializer(), local_variables_initializer(), tables_initializer()])
                saver = spec.scaffold.saver if spec.scaffold is not None and spec.scaffold.saver is not None else train.Saver()
                saver.restore(sess, path)
                coordinator = train.Coordinator()
                threads = train.start_queue_runners(sess, coordinator)
                try:
                    yield sess
                finally:
                    coordinator.request_stop()
                    coordinator.join(threads, ignore_live_threads=True)

        return session()

    def _trained(self) -> str:
        path = self.latest_checkpoint()
        if path is None:
            raise ValueError(f"Could not find trained model in model_dir: {self.model_dir}.")
        return path

    def _step(self) -> int:
        path = self.latest_checkpoint()
        return int(train.load_variable(path, GraphKeys.GLOBAL_STEP)) if path else 0


def _inputs(input_fn: Any, mode: str, config: Any, params: Any) -> tuple[Any, Any]:
    """(features, labels) from what an input function returns: a data set, a pair or, to predict, features alone."""
    from tfnb.data import Dataset

    offered = {"mode": mode, "params": params, "config": config}
    try:
        takes = inspect.signature(input_fn).parameters
    except (TypeError, ValueError):
        takes = {}  # type: ignore[assignment]
    found = input_fn(**{k: v for k, v in offered.items() if k in takes})
    if isinstance(found, Dataset):
        iterator = found.make_initializable_iterator()
        get_default_graph().add_to_collection(GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
        found = iterator.get_next()
    if isinstance(found, (list, tuple)):
        if len(found) != 2:
            raise ValueError("input_fn should return (features, labels) as a len 2 tuple.")
        return found[0], None if mode == ModeKeys.PREDICT else found[1]
    return found, None


def _chosen(predictions: Any, keys: Any) -> Any:
    if not keys:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    found = {k: v for k, v in predictions.items() if k in keys}
    if not found:
        raise ValueError(f"Expected to run at least one output from {list(predictions)}, provided {keys}.")
    return found


def _examples(batch: Any) -> Iterator[Any]:
    if not isinstance(batch, dict):
        yield from batch
        return
    for i in range(len(next(iter(batch.values())))):
        yield {k: v[i] for k, v in batch.items()}


def _plain_output(predictions: Any) -> Any:
    from tfnb.estimator.export import PredictOutput

    return PredictOutput(predictions if isinstance(predictions, dict) else {"output": predictions})


def train_and_evaluate(estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec) -> tuple[dict[str, Any], list[Any]]:
    """Trains to the last step, then evaluates and exports: the metrics, and what exporters wrote.

    >>> estimator = tf.estimator.BaselineRegressor("models")
    >>> data = tf.estimator.inputs.numpy_input_fn({"x": np.float32([1, 2])}, np.float32([2, 4]), num_epochs=None, shuffle=False)
    >>> specs = tf.estimator.TrainSpec(data, max_steps=5), tf.estimator.EvalSpec(data, steps=1)
    >>> metrics, _ = tf.estimator.train_and_evaluate(estimator, *specs)
    >>> print(metrics["global_step"])
    5
    """
    estimator.train(train_spec.input_fn, list(train_spec.hooks or ()), max_steps=train_spec.max_steps)
    found = estimator.evaluate(eval_spec.input_fn, eval_spec.steps, list(eval_spec.hooks or ()), name=eval_spec.name)
    exporters = eval_spec.exporters or ()
    exporters = exporters if isinstance(exporters, (list, tuple)) else [exporters]
    path = estimator.latest_checkpoint()
    return found, [e.export(estimator, os.path.join(estimator.model_dir, "export", e.name), path, found, True) for e in exporters]


