"""What a model function is asked, what it answers, and how a training is configured."""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor

__all__ = ["EstimatorSpec", "EvalSpec", "ModeKeys", "RunConfig", "TrainSpec", "VocabInfo", "WarmStartSettings"]


class ModeKeys:
    """What a model function is called for.

    >>> print(tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.EVAL, tf.estimator.ModeKeys.PREDICT)
    train eval infer
    """

    TRAIN, EVAL, PREDICT = "train", "eval", "infer"


class _Spec(NamedTuple):
    mode: str
    predictions: Any
    loss: Tensor | None
    train_op: Any
    eval_metric_ops: dict[str, Any]
    export_outputs: Any
    training_chief_hooks: tuple[Any, ...]
    training_hooks: tuple[Any, ...]
    scaffold: Any
    evaluation_hooks: tuple[Any, ...]
    prediction_hooks: tuple[Any, ...]


class EstimatorSpec(_Spec):
    """A model function's answer: the operations and tensors that its mode needs.

    Training needs `loss` and `train_op`, evaluation `loss`, prediction `predictions`; ValueError where one is missing.

    >>> spec = tf.estimator.EstimatorSpec(tf.estimator.ModeKeys.PREDICT, predictions={"y": tf.constant([1.0])})
    >>> print(spec.mode)
    infer
    """

    def __new__(cls, mode: str, predictions: Any = None, loss: Any = None, train_op: Any = None, eval_metric_ops: Any = None,
                export_outputs: Any = None, training_chief_hooks: Any = None, training_hooks: Any = None, scaffold: Any = None,
                evaluation_hooks: Any = None, prediction_hooks: Any = None) -> EstimatorSpec:  # fmt: skip
        if train_op is None and mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        if loss is None and mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        if predictions is None and mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        metrics = dict(eval_metric_ops or {})
        for name, pair in metrics.items():
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"Values of eval_metric_ops must be (metric_value, update_op) tuples, given: {pair} for key: {name}")
        return super().__new__(cls, mode, {} if predictions is None else predictions, None if loss is None else _scalar(loss), train_op, metrics,
                               export_outputs, tuple(training_chief_hooks or ()), tuple(training_hooks or ()), scaffold,
                               tuple(evaluation_hooks or ()), tuple(prediction_hooks or ()))  # fmt: skip


def _scalar(loss: Any) -> Tensor:
    from tfnb.ops.arrays import reshape

    loss = convert_to_tensor(loss)
    if loss.shape.num_elements() not in (None, 1):
        raise ValueError(f"Loss must be scalar, given: {loss}")
    return loss if loss.shape.ndims == 0 else reshape(loss, [])


class RunConfig:
    """Where a model is kept, and how often it is saved and spoken of. Arguments for clusters are accepted.

    >>> print(tf.estimator.RunConfig(model_dir="models", save_checkpoints_steps=100).save_checkpoints_steps)
    100
    """

    def __init__(self, model_dir: str | None = None, tf_random_seed: int | None = None, save_summary_steps: int | None = 100,
                 save_checkpoints_steps: int | None = None, save_checkpoints_secs: int | None = None, session_config: Any = None,
                 keep_checkpoint_max: int = 5, keep_checkpoint_every_n_hours: float = 10000, log_step_count_steps: int | None = 100,
                 **cluster: Any) -> None:  # fmt: skip
        if save_checkpoints_steps is not None and save_checkpoints_secs is not None:
            raise ValueError("Can not provide both save_checkpoints_steps and save_checkpoints_secs.")
        self.model_dir, self.tf_random_seed, self.session_config = model_dir, tf_random_seed, session_config
        self.save_summary_steps, self.log_step_count_steps = save_summary_steps, log_step_count_steps
        self.save_checkpoints_steps = save_checkpoints_steps
        self.save_checkpoints_secs = 600 if save_checkpoints_secs is None and save_checkpoints_steps is None else save_checkpoints_secs
        self.keep_checkpoint_max, self.keep_checkpoint_every_n_hours = keep_checkpoint_max, keep_checkpoint_every_n_hours
        self.is_chief, self.num_worker_replicas, self.num_ps_replicas, self.task_type, self.task_id = True, 1, 0, "worker", 0
        self.master, self.evaluation_master, self.cluster = "", "", cluster

    def replace(self, **named: Any) -> RunConfig:
        """A copy with other settings."""
        import copy

        out = copy.copy(self)
        for name, value in named.items():
            setattr(out, name, value)
        return out


class TrainSpec(NamedTuple):
    """How to train: the input function, and the step at which training ends.

    >>> print(tf.estimator.TrainSpec(lambda: None, max_steps=10).max_steps)
    10
    """

    input_fn: Any
    max_steps: int | None = None
    hooks: Any = ()


class EvalSpec(NamedTuple):
    """How to evaluate: the input function, and the number of batches (None: all).

    >>> print(tf.estimator.EvalSpec(lambda: None, steps=10).steps)
    10
    """

    input_fn: Any
    steps: int | None = 100
    name: str | None = None
    hooks: Any = ()
    exporters: Any = None
    start_delay_secs: int = 120
    throttle_secs: int = 600


class WarmStartSettings(NamedTuple):
    """Which checkpoint the variables (those that match a pattern) take their first values from.

    >>> print(tf.estimator.WarmStartSettings("models").ckpt_to_initialize_from)
    models
    """

    ckpt_to_initialize_from: str
    vars_to_warm_start: Any = ".*"
    var_name_to_vocab_info: Any = None
    var_name_to_prev_var_name: Any = None


class VocabInfo(NamedTuple):
    """How the words of an embedding were numbered before: accepted.

    >>> print(tf.estimator.VocabInfo("words.txt", 10, 1, "old.txt").new_vocab_size)
    10
    """

    new_vocab: str
    new_vocab_size: int
    num_oov_buckets: int
    old_vocab: str
    old_vocab_size: int = -1
    backup_initializer: Any = None
    axis: int = 0
