"""Experiment and learn_runner: a training with its evaluations, as tf.estimator.train_and_evaluate came to do."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from tfnb.estimator.spec import RunConfig

__all__ = ["Experiment", "ExportStrategy", "InputFnOps", "RunConfig", "learn_runner", "make_export_strategy", "run"]


class InputFnOps(NamedTuple):
    """What a serving input function gives.

    >>> tf.contrib.learn.InputFnOps({"x": 1}, None, {"x": 1}).features
    {'x': 1}
    """

    features: Any
    labels: Any
    default_inputs: Any


class ExportStrategy(NamedTuple):
    """A name, and a function that writes a model into a folder.

    >>> strategy = tf.contrib.learn.ExportStrategy("best", lambda estimator, folder, checkpoint: folder + "/1")
    >>> strategy.export(None, "export")
    'export/1'
    """

    name: str
    export_fn: Callable[..., Any]

    def export(self, estimator: Any, export_path: str, checkpoint_path: str | None = None, eval_result: Any = None) -> Any:
        return self.export_fn(estimator, export_path, checkpoint_path)


def make_export_strategy(serving_input_fn: Any, default_output_alternative_key: Any = None, assets_extra: Any = None, as_text: bool = False,
                         exports_to_keep: int | None = 5, strip_default_attrs: bool | None = None) -> ExportStrategy:  # fmt: skip
    """A strategy that writes SavedModels and keeps the last few.

    >>> tf.contrib.learn.make_export_strategy(lambda: None).name
    'Servo'
    """
    from tfnb.estimator.export import ServingInputReceiver

    def receiver() -> Any:
        found = serving_input_fn()
        return ServingInputReceiver(found.features, found.default_inputs) if isinstance(found, InputFnOps) else found

    def write(estimator: Any, folder: str, checkpoint_path: str | None = None) -> Any:
        import shutil

        os.makedirs(folder, exist_ok=True)
        written = estimator.export_savedmodel(folder, receiver, checkpoint_path=checkpoint_path)
        for old in sorted(n for n in os.listdir(folder) if n.isdigit())[: -exports_to_keep] if exports_to_keep else ():
            shutil.rmtree(os.path.join(folder, old))
        return written

    return ExportStrategy("Servo", write)


class Experiment:
    """An estimator, the inputs to train and to evaluate it, and for how long.

    >>> columns = [tf.feature_column.numeric_column("x")]
    >>> data = lambda: ({"x": tf.constant([[1.0], [2.0]])}, tf.constant([[2.0], [4.0]]))
    >>> experiment = tf.contrib.learn.Experiment(tf.contrib.learn.LinearRegressor(columns), data, data, train_steps=5, eval_steps=1)
    >>> found, exports = experiment.train_and_evaluate()
    >>> int(found["global_step"])
    5
    """

    def __init__(self, estimator: Any, train_input_fn: Any, eval_input_fn: Any, eval_metrics: Any = None, train_steps: int | None = None,
                 eval_steps: int | None = 100, train_monitors: Any = None, eval_hooks: Any = None, export_strategies: Any = None,
                 **_: Any) -> None:  # fmt: skip
        self._estimator, self._train, self._eval, self._metrics = estimator, train_input_fn, eval_input_fn, eval_metrics
        self._steps, self._eval_steps, self._hooks, self._eval_hooks = train_steps, eval_steps, list(train_monitors or []), eval_hooks
        self._exports = [] if export_strategies is None else list(export_strategies) if isinstance(export_strategies, (list, tuple)) else [export_strategies]

    estimator = property(lambda self: self._estimator)
    train_steps = property(lambda self: self._steps)
    eval_steps = property(lambda self: self._eval_steps)

    def train(self, delay_secs: Any = None) -> Any:
        """Trains up to `train_steps` steps."""
        hooks = [h for h in self._hooks if hasattr(h, "before_run")]
        return self._estimator.train(self._train, hooks=hooks, max_steps=self._steps)

    def evaluate(self, delay_secs: Any = None, name: str | None = None) -> Any:
        """The metrics of the newest checkpoint."""
        named = {"metrics": self._metrics} if self._metrics and "metrics" in inspect.signature(self._estimator.evaluate).parameters else {}
        return self._estimator.evaluate(input_fn=self._eval, steps=self._eval_steps, hooks=self._eval_hooks, name=name, **named)

    def train_and_evaluate(self) -> tuple[Any, list[Any]]:
        """Trains, evaluates and exports: the metrics, and what was written."""
        self.train()
        found = self.evaluate()
        folder = os.path.join(self._estimator.model_dir, "export")
        return found, [s.export(self._estimator, os.path.join(folder, s.name)) for s in self._exports]

    continuous_train_and_eval = local_run = train_and_evaluate

    def test(self) -> Any:
        """One step of training, then an evaluation."""
        self._estimator.train(self._train, steps=1)
        return self.evaluate()


def run(experiment_fn: Any, output_dir: str | None = None, schedule: str | None = None, run_config: Any = None, hparams: Any = None) -> Any:
    """Makes an experiment and runs it: its method `schedule`, `train_and_evaluate` unless said otherwise."""
    if run_config is not None:
        named = inspect.signature(experiment_fn).parameters
        experiment = experiment_fn(**{k: v for k, v in (("run_config", run_config), ("hparams", hparams)) if k in named})
    else:
        experiment = experiment_fn(output_dir)
    return getattr(experiment, schedule or "train_and_evaluate")()


class learn_runner:  # noqa: N801 - TensorFlow's module
    """tf.contrib.learn.learn_runner: `run`."""

    run = staticmethod(run)
