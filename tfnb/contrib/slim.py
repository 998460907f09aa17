"""tf.contrib.slim: contrib's layers, arg_scope, losses and a training loop under one name.

    with slim.arg_scope([slim.conv2d], kernel_size=[5, 5]):
        net = slim.conv2d(images, 32)
"""

from __future__ import annotations

import importlib
import types
from typing import Any

import numpy as np

from tfnb import losses as _losses
from tfnb import train as _train
from tfnb.contrib import model_analyzer, stepping
from tfnb.contrib.framework import *  # noqa: F403
from tfnb.contrib.framework import __all__ as _framework
from tfnb.contrib.layers import *  # noqa: F403
from tfnb.contrib.layers import LATER, utils
from tfnb.contrib.layers import __all__ as _layers
from tfnb.core.graph import get_default_graph

__all__ = [*_framework, *_layers, "create_train_op", "evaluation", "learning", "losses", "model_analyzer", "queues", "utils"]


# -- losses: tf.losses under slim's older names and order --------------------------------------------------------
def _softmax_cross_entropy(logits: Any, onehot_labels: Any, weights: Any = 1.0, label_smoothing: float = 0, scope: Any = None) -> Any:
    """`tf.losses.softmax_cross_entropy`, the logits first.

    >>> print(tf.contrib.losses.softmax_cross_entropy(tf.zeros([1, 2]), [[0.0, 1.0]]).eval().round(4))
    0.6931
    """
    return _losses.softmax_cross_entropy(onehot_labels, logits, weights, label_smoothing, scope)


def _sigmoid_cross_entropy(logits: Any, multi_class_labels: Any, weights: Any = 1.0, label_smoothing: float = 0, scope: Any = None) -> Any:
    """`tf.losses.sigmoid_cross_entropy`, the logits first.

    >>> print(tf.contrib.losses.sigmoid_cross_entropy(tf.zeros([1, 2]), [[0.0, 1.0]]).eval().round(4))
    0.6931
    """
    return _losses.sigmoid_cross_entropy(multi_class_labels, logits, weights, label_smoothing, scope)


def _sparse_softmax_cross_entropy(logits: Any, labels: Any, weights: Any = 1.0, scope: Any = None) -> Any:
    """`tf.losses.sparse_softmax_cross_entropy`, the logits first.

    >>> print(tf.contrib.losses.sparse_softmax_cross_entropy(tf.zeros([1, 2]), [1]).eval().round(4))
    0.6931
    """
    return _losses.sparse_softmax_cross_entropy(labels, logits, weights, scope)


def _of_predictions(loss: Any) -> Any:
    def reordered(predictions: Any, labels: Any = None, weights: Any = 1.0, scope: Any = None, **named: Any) -> Any:
        return loss(labels, predictions, weights=weights, scope=scope, **named)

    reordered.__name__ = loss.__name__
    reordered.__doc__ = f"""`tf.losses.{loss.__name__}`, the predictions first.

    >>> print(tf.contrib.losses.{loss.__name__}(tf.constant([[0.5, 1.0]]), tf.constant([[0.5, 1.0]])).eval() < 1)
    True
    """
    return reordered


losses = types.SimpleNamespace(
    absolute_difference=_of_predictions(_losses.absolute_difference), add_loss=_losses.add_loss,
    compute_weighted_loss=_losses.compute_weighted_loss, cosine_distance=_losses.cosine_distance, get_losses=_losses.get_losses,
    get_regularization_losses=_losses.get_regularization_losses, get_total_loss=_losses.get_total_loss, hinge_loss=_losses.hinge_loss,
    log_loss=_of_predictions(_losses.log_loss), mean_squared_error=_of_predictions(_losses.mean_squared_error),
    mean_pairwise_squared_error=_of_predictions(_losses.mean_pairwise_squared_error), sigmoid_cross_entropy=_sigmoid_cross_entropy,
    softmax_cross_entropy=_softmax_cross_entropy, sparse_softmax_cross_entropy=_sparse_softmax_cross_entropy,
)  # fmt: skip


# -- training ----------------------------------------------------------------------------------------------------
def create_train_op(total_loss: Any, optimizer: Any, global_step: Any = 0, update_ops: Any = None, variables_to_train: Any = None,
                    clip_gradient_norm: float = 0, summarize_gradients: bool = False, gate_gradients: int = 1, aggregation_method: Any = None,
                    colocate_gradients_with_ops: bool = False, gradient_multipliers: Any = None, check_numerics: bool = True) -> Any:  # fmt: skip
    """The loss as a tensor that trains when it is run: updates first, then the gradients, multiplied and clipped where asked for.

    `global_step` 0 means the graph's own, None none.
    """

    def changed(pairs: Any) -> Any:
        if gradient_multipliers:
            pairs = stepping.multiply_gradients(pairs, gradient_multipliers)
        return stepping.clip_gradient_norms(pairs, clip_gradient_norm) if clip_gradient_norm > 0 else pairs

    return stepping.create_train_op(total_loss, optimizer, global_step, update_ops, variables_to_train, changed, summarize_gradients, gate_gradients,
                                    aggregation_method, colocate_gradients_with_ops, check_numerics)  # fmt: skip


def _train_loop(train_op: Any, logdir: str | None, log_every_n_steps: int = 1, graph: Any = None, global_step: Any = None,
                number_of_steps: int | None = None, init_op: Any = None, init_feed_dict: Any = None, init_fn: Any = None,
                summary_op: Any = None, save_summaries_secs: int = 600, saver: Any = None, save_interval_secs: int = 600,
                session_config: Any = None, **_: Any) -> float:  # fmt: skip
    """Runs `train_op` until `number_of_steps` are done; gives the last loss, logs it and saves to `logdir`."""
    graph = graph or get_default_graph()
    with graph.as_default():
        _train.get_or_create_global_step()
        scaffold = _train.Scaffold(init_op=init_op, init_feed_dict=init_feed_dict, saver=saver,
                                   init_fn=None if init_fn is None else lambda _, session: init_fn(session))  # fmt: skip
        hooks = [] if number_of_steps is None else [_train.StopAtStepHook(last_step=number_of_steps)]
        loss = float("nan")
        with _train.MonitoredTrainingSession(checkpoint_dir=logdir, scaffold=scaffold, hooks=hooks, save_checkpoint_secs=save_interval_secs,
                                             save_summaries_secs=save_summaries_secs, log_step_count_steps=log_every_n_steps) as session:  # fmt: skip
            while not session.should_stop():
                loss = float(np.mean(session.run(train_op)))
    return loss


learning = types.SimpleNamespace(add_gradients_summaries=stepping.add_gradients_summaries, clip_gradient_norms=stepping.clip_gradient_norms,
                                 create_train_op=create_train_op, multiply_gradients=stepping.multiply_gradients, train=_train_loop)  # fmt: skip


# -- evaluation and queues ----------------------------------------------------------------------------------------
def _evaluate_once(master: str, checkpoint_path: str, logdir: str | None, num_evals: int = 1, initial_op: Any = None, eval_op: Any = None,
                   final_op: Any = None, variables_to_restore: Any = None, **_: Any) -> Any:  # fmt: skip
    """Restores a checkpoint, runs `eval_op` so many times, and gives what `final_op` then is."""
    from tfnb.engine.session import Session
    from tfnb.ops.tables import tables_initializer
    from tfnb.variables import global_variables_initializer, local_variables_initializer

    with Session() as session:
        session.run([global_variables_initializer(), local_variables_initializer(), tables_initializer()])
        _train.Saver(variables_to_restore).restore(session, checkpoint_path)
        if initial_op is not None:
            session.run(initial_op)
        for _i in range(num_evals if eval_op is not None else 0):
            session.run(eval_op)
        return None if final_op is None else session.run(final_op)


def _queue_runners(session: Any) -> Any:
    import contextlib

    @contextlib.contextmanager
    def running() -> Any:
        coordinator = _train.Coordinator()
        threads = _train.start_queue_runners(sess=session, coord=coordinator)
        try:
            yield
        finally:
            coordinator.request_stop()
            coordinator.join(threads, stop_grace_period_secs=120)

    return running()


def _evaluation_loop(master: str, checkpoint_dir: str, logdir: str, num_evals: int = 1, initial_op: Any = None, eval_op: Any = None,
                     final_op: Any = None, variables_to_restore: Any = None, eval_interval_secs: float = 60,
                     max_number_of_evaluations: int | None = None, timeout: float | None = None, timeout_fn: Any = None, **_: Any) -> Any:  # fmt: skip
    """`evaluate_once` for each new checkpoint in a folder: the last result."""
    result, done = None, 0
    for path in stepping.checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn):
        result, done = _evaluate_once(master, path, logdir, num_evals, initial_op, eval_op, final_op, variables_to_restore), done + 1
        if max_number_of_evaluations is not None and done >= max_number_of_evaluations:
            break
    return result


evaluation = types.SimpleNamespace(checkpoints_iterator=stepping.checkpoints_iterator, evaluate_once=_evaluate_once, evaluation_loop=_evaluation_loop,
                                   wait_for_new_checkpoint=stepping.wait_for_new_checkpoint)  # fmt: skip
queues = types.SimpleNamespace(QueueRunners=_queue_runners, NestedQueueRunnerError=RuntimeError)
_ELSEWHERE = {
    "data_decoder": "contrib.slim_data", "dataset": "contrib.slim_data", "dataset_data_provider": "contrib.slim_data", "layers": "contrib.layers",
    "metrics": "contrib.metrics", "parallel_reader": "contrib.slim_data", "summary": "summary", "tfexample_decoder": "contrib.slim_data",
    "variables": "contrib.framework",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Parts that are modules of their own: `slim.metrics` is contrib.metrics, `slim.variables` contrib.framework."""
    if name in _ELSEWHERE:
        return importlib.import_module(f"tfnb.{_ELSEWHERE[name]}")
    if name in LATER:
        return getattr(importlib.import_module("tfnb.contrib.layers"), name)
    from tfnb.coverage import absent

    raise absent("tf.contrib.slim", name)
