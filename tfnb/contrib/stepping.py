"""The training of tf.contrib.training: a loss that trains, gradients changed on their way, evaluation again and again.

    train_op = create_train_op(loss, optimizer)                          sess.run(train_op) trains and gives the loss
    results = evaluate_once(path, eval_ops=[update], final_ops=value, hooks=[StopAfterNEvalsHook(10)])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tfnb as tf
from tfnb.core.scopes import control_dependencies
from tfnb.train.checkpoints import checkpoints_iterator

__all__ = [
    "StopAfterNEvalsHook", "SummaryAtEndHook", "add_gradients_summaries", "checkpoints_iterator", "clip_gradient_norms", "clip_gradient_norms_fn",
    "create_train_op", "evaluate_once", "evaluate_repeatedly", "get_or_create_eval_step", "multiply_gradients", "train", "wait_for_new_checkpoint",
]  # fmt: skip


# -- gradients on their way --------------------------------------------------------------------------------------
def _with(gradient: Any, change: Callable[[Any], Any]) -> Any:
    """A changed gradient; of rows of a table, their values are changed."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(change(gradient.values), gradient.indices, gradient.dense_shape)
    return change(gradient)


def clip_gradient_norms(gradients_to_variables: Any, max_norm: float) -> list[Any]:
    """The pairs with each gradient scaled to a norm of at most `max_norm`.

    >>> v = tf.Variable([3.0])
    >>> [(g, _)] = tf.contrib.training.clip_gradient_norms([(tf.constant([3.0, 4.0]), v)], 1.0)
    >>> print(g.eval())
    [0.6 0.8]
    """
    return [(g if g is None else _with(g, lambda x: tf.clip_by_norm(x, max_norm)), v) for g, v in gradients_to_variables]


def clip_gradient_norms_fn(max_norm: float) -> Callable[[Any], list[Any]]:
    """`clip_gradient_norms` as a function of the pairs, for `transform_grads_fn`.

    >>> clip = tf.contrib.training.clip_gradient_norms_fn(1.0)
    >>> print(clip([(tf.constant([3.0, 4.0]), None)])[0][0].eval())
    [0.6 0.8]
    """
    return lambda pairs: clip_gradient_norms(pairs, max_norm)


def multiply_gradients(grads_and_vars: Any, gradient_multipliers: Any) -> list[Any]:
    """The pairs with the gradients of some variables, which are given as such or by name, multiplied by numbers.

    Raises ValueError for pairs that are no list, no multipliers, or a multiplier of a variable without gradient.

    >>> v = tf.Variable(1.0, name="v")
    >>> [(g, _)] = tf.contrib.training.multiply_gradients([(tf.constant(3.0), v)], {"v": 2.0})
    >>> print(g.eval())
    6.0
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    out = []
    for g, v in grads_and_vars:
        key = v if v in gradient_multipliers else v.op.name
        if key in gradient_multipliers:
            if g is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor = tf.cast(gradient_multipliers[key], g.dtype)
            g = _with(g, lambda x, factor=factor: x * factor)
        out.append((g, v))
    return out


def add_gradients_summaries(grads_and_vars: Any) -> list[Any]:
    """A histogram and a norm of each gradient for TensorBoard: the summaries.

    >>> v = tf.Variable(1.0, name="v")
    >>> print(len(tf.contrib.training.add_gradients_summaries([(tf.constant(3.0), v)])))
    2
    """
    out = []
    for g, v in grads_and_vars:
        if g is None:
            tf.logging.info("Var %s has no gradient", v.op.name)
            continue
        values = g.values if isinstance(g, tf.IndexedSlices) else g
        out += [tf.summary.histogram(v.op.name + "_gradient", values), tf.summary.scalar(v.op.name + "_gradient_norm", tf.global_norm([values]))]
    return out


# -- training ----------------------------------------------------------------------------------------------------
def create_train_op(total_loss: Any, optimizer: Any, global_step: Any = 0, update_ops: Any = None, variables_to_train: Any = None,
                    transform_grads_fn: Any = None, summarize_gradients: bool = False, gate_gradients: int = 1, aggregation_method: Any = None,
                    colocate_gradients_with_ops: bool = False, check_numerics: bool = True) -> Any:  # fmt: skip
    """The loss as a tensor that trains when it is run: updates first, then the gradients' step.

    `global_step` 0 means the graph's own, None none. With `check_numerics`, a loss that is no number raises InvalidArgumentError.

    >>> v = tf.Variable(3.0)
    >>> step = tf.contrib.training.create_train_op(v * v, tf.train.GradientDescentOptimizer(0.1))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(step), sess.run(v).round(2))
    9.0 2.4
    """
    graph = tf.get_default_graph()
    step = tf.train.get_or_create_global_step() if isinstance(global_step, int) else global_step
    updates = list(dict.fromkeys(graph.get_collection(tf.GraphKeys.UPDATE_OPS) if update_ops is None else update_ops))
    if updates:
        with control_dependencies(updates):
            barrier = tf.no_op(name="update_barrier")
        with control_dependencies([barrier]):
            total_loss = tf.identity(total_loss)
    wanted = tf.trainable_variables() if variables_to_train is None else variables_to_train
    pairs = optimizer.compute_gradients(total_loss, wanted, gate_gradients=gate_gradients, aggregation_method=aggregation_method,
                                        colocate_gradients_with_ops=colocate_gradients_with_ops)  # fmt: skip
    if transform_grads_fn is not None:
        pairs = transform_grads_fn(pairs)
    if summarize_gradients:
        with tf.name_scope("summarize_grads"):
            add_gradients_summaries(pairs)
    done = optimizer.apply_gradients(pairs, global_step=step)
    with tf.name_scope("train_op"):
        if check_numerics:
            total_loss = tf.check_numerics(total_loss, "LossTensor is inf or nan")
        with control_dependencies([done]):
            train_op = tf.identity(total_loss, name="control_dependency")
    if train_op not in graph.get_collection(tf.GraphKeys.TRAIN_OP):
        graph.add_to_collection(tf.GraphKeys.TRAIN_OP, train_op)
    return train_op


def train(train_op: Any, logdir: str | None, master: str = "", is_chief: bool = True, scaffold: Any = None, hooks: Any = None,
          chief_only_hooks: Any = None, save_checkpoint_secs: float | None = 600, save_summaries_steps: int | None = 100, config: Any = None,
          max_wait_secs: int = 7200, run_metadata: Any = None) -> Any:  # fmt: skip
    """Runs `train_op` until a hook asks for a stop; saves to `logdir`. The last loss. Raises ValueError where nothing ever stops it.

    >>> v = tf.Variable(3.0)
    >>> step = tf.contrib.training.create_train_op(v * v, tf.train.GradientDescentOptimizer(0.1))
    >>> loss = tf.contrib.training.train(step, None, hooks=[tf.train.StopAtStepHook(2)], save_summaries_steps=None)
    >>> print(loss.round(2))
    5.76
    """
    if logdir is None and is_chief and save_summaries_steps:
        raise ValueError("logdir cannot be None when save_summaries_steps is not None")
    loss = None
    with tf.train.MonitoredTrainingSession(master, is_chief, checkpoint_dir=logdir, scaffold=scaffold, hooks=hooks, config=config,
                                           chief_only_hooks=chief_only_hooks, save_checkpoint_secs=save_checkpoint_secs,
                                           save_summaries_steps=save_summaries_steps, max_wait_secs=max_wait_secs) as session:  # fmt: skip
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss


# -- evaluation --------------------------------------------------------------------------------------------------
def get_or_create_eval_step() -> Any:
    """The local variable that counts how often the evaluation's operations were run.

    >>> print(tf.contrib.training.get_or_create_eval_step().name)
    eval_step:0
    """
    graph = tf.get_default_graph()
    found = graph.get_collection(tf.GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        return found[0]
    with graph.as_default(), graph.name_scope(None):
        return tf.get_variable("eval_step", [], tf.int64, tf.zeros_initializer(), trainable=False,
                               collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.EVAL_STEP])  # fmt: skip


class StopAfterNEvalsHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Ends an evaluation once its operations were run so many times; with None, when the data end.

    >>> hook = tf.contrib.training.StopAfterNEvalsHook(3)
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._wanted, self._told, self._count = num_evals, log_progress, None

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        self._count = updated_eval_step

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs({"evals_completed": self._count})

    def after_run(self, run_context: Any, run_values: Any) -> None:
        done = int(run_values.results["evals_completed"])
        if self._told:
            tf.logging.info("Evaluation [%d]" % done if self._wanted is None else "Evaluation [%d/%d]" % (done, self._wanted))  # noqa: UP031
        if self._wanted is not None and done >= self._wanted:
            run_context.request_stop()


class SummaryAtEndHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Writes the summaries once, when an evaluation ends, at the global step.

    >>> hook = tf.contrib.training.SummaryAtEndHook("logs")
    """

    def __init__(self, log_dir: str | None = None, summary_writer: Any = None, summary_op: Any = None, feed_dict: Any = None) -> None:
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")
        self._folder, self._writer, self._op, self._feeds = log_dir, summary_writer, summary_op, feed_dict

    def begin(self) -> None:
        if self._op is None:
            self._op = tf.summary.merge_all()
        self._step = tf.train.get_or_create_global_step()
        if self._writer is None:
            self._writer = tf.summary.FileWriter(self._folder)

    def end(self, session: Any) -> None:
        step = int(session.run(self._step))
        if self._op is not None:
            self._writer.add_summary(session.run(self._op, self._feeds), step)
        self._writer.flush()


def evaluate_once(checkpoint_path: str, master: str = "", scaffold: Any = None, eval_ops: Any = None, feed_dict: Any = None, final_ops: Any = None,
                  final_ops_feed_dict: Any = None, hooks: Any = None, config: Any = None) -> Any:  # fmt: skip
    """Restores a checkpoint, runs `eval_ops` until a hook stops it or the data end, and gives what `final_ops` then are.

    >>> v = tf.Variable(3.0)
    >>> sess.run(tf.global_variables_initializer())
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> seen, update = tf.metrics.mean(v)
    >>> hooks = [tf.contrib.training.StopAfterNEvalsHook(2)]
    >>> print(tf.contrib.training.evaluate_once(path, eval_ops=update, final_ops=seen, hooks=hooks))
    3.0
    """
    evaluate = _evaluation(master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, config)
    return evaluate(checkpoint_path)


def _evaluation(master: str, scaffold: Any, eval_ops: Any, feeds: Any, final_ops: Any, final_feeds: Any, hooks: Any, config: Any) -> Callable[[str], Any]:
    """A function of a checkpoint's path; what it runs is in the graph before the first session finalizes it."""
    hooks, scaffold = list(hooks or []), scaffold or tf.train.Scaffold()
    if eval_ops is not None:
        listed = eval_ops if isinstance(eval_ops, (list, tuple)) else list(eval_ops.values()) if isinstance(eval_ops, dict) else [eval_ops]
        step = tf.assign_add(get_or_create_eval_step(), 1)
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(step)
        eval_ops = [*listed, step]
    final = tf.train.FinalOpsHook(final_ops, final_feeds)

    def evaluate(path: str) -> Any:
        creator = tf.train.ChiefSessionCreator(scaffold, master, config, checkpoint_filename_with_path=path)
        with tf.train.MonitoredSession(creator, [*hooks, final]) as session:
            while eval_ops is not None and not session.should_stop():
                session.run(eval_ops, feeds)
        return final.final_ops_values

    return evaluate


def evaluate_repeatedly(checkpoint_dir: str, master: str = "", scaffold: Any = None, eval_ops: Any = None, feed_dict: Any = None,
                        final_ops: Any = None, final_ops_feed_dict: Any = None, eval_interval_secs: float = 60, hooks: Any = None, config: Any = None,
                        max_number_of_evaluations: int | None = None, timeout: float | None = None, timeout_fn: Any = None) -> Any:  # fmt: skip
    """`evaluate_once` for each new checkpoint in a folder, so many times or until none has come for `timeout` seconds: the last result.

    >>> v = tf.Variable(3.0)
    >>> sess.run(tf.global_variables_initializer())
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> print(tf.contrib.training.evaluate_repeatedly(".", final_ops=v.read_value(), max_number_of_evaluations=1))
    3.0
    """
    result, done = None, 0
    if max_number_of_evaluations == 0:
        return None
    evaluate = _evaluation(master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, config)
    for path in checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn):
        result, done = evaluate(path), done + 1
        if max_number_of_evaluations is not None and done >= max_number_of_evaluations:
            break
    return result


def wait_for_new_checkpoint(checkpoint_dir: str, last_checkpoint: str | None = None, seconds_to_sleep: float = 1,
                            timeout: float | None = None) -> str | None:  # fmt: skip
    """The newest checkpoint's path as soon as it is not `last_checkpoint`; None where none came within `timeout` seconds.

    >>> print(tf.contrib.training.wait_for_new_checkpoint(".", timeout=0))
    None
    """
    import time

    end = None if timeout is None else time.monotonic() + timeout
    while True:
        path = tf.train.latest_checkpoint(checkpoint_dir)
        if path is not None and path != last_checkpoint:
            return str(path)
        if end is not None and time.monotonic() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)
