"""Hooks: what a training loop calls before and after each run.

class Print(SessionRunHook):
    def before_run(self, context): return SessionRunArgs(loss)
    def after_run(self, context, values): print(values.results)
"""

from __future__ import annotations

import os
import time
from typing import Any, NamedTuple

import numpy as np

from tfnb import logging
from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.train.saver import Saver
from tfnb.train.steps import get_global_step

__all__ = [
    "CheckpointSaverHook",
    "FinalOpsHook",
    "LoggingTensorHook",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
]


class SessionRunArgs(NamedTuple):
    """What a hook wants fetched and fed in the run that comes.

    >>> args = tf.train.SessionRunArgs(tf.constant(1), feed_dict=None)
    >>> print(args.feed_dict)
    None
    """

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What came of it.

    >>> values = tf.train.SessionRunValues(results=[1.5], options=None, run_metadata=None)
    >>> print(values.results)
    [1.5]
    """

    results: Any
    options: Any = None
    run_metadata: Any = None


class SessionRunContext:
    """The run that a hook is called for.

    >>> context = tf.train.SessionRunContext(None, sess)
    >>> context.request_stop()
    >>> print(context.stop_requested)
    True
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self.original_args, self.session = original_args, session
        self.stop_requested = False

    def request_stop(self) -> None:
        """No more runs after this one."""
        self.stop_requested = True


class SessionRunHook:
    """The base: override what you need.

    >>> class Count(tf.train.SessionRunHook):
    ...     runs = 0
    ...     def after_run(self, run_context, run_values):
    ...         self.runs += 1
    >>> hook, one = Count(), tf.constant(1)
    >>> with tf.train.MonitoredSession(hooks=[hook]) as session:
    ...     _ = session.run(one), session.run(one)
    >>> print(hook.runs)
    2
    """

    def begin(self) -> None:
        """Before the session is made: the last chance to add to the graph."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Once variables have their values."""

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Before each run; what is returned is fetched too."""

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """After each run."""

    def end(self, session: Any) -> None:
        """At the end, where nothing has failed."""


def _needed_step() -> Any:
    step = get_global_step()
    if step is None:
        raise RuntimeError("Global step should be created to use this hook.")
    return step


class StopAtStepHook(SessionRunHook):
    """Stops after so many steps, or at a step.

    >>> more = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=2)]) as session:
    ...     while not session.should_stop():
    ...         done = session.run(more)
    >>> print(done)
    2
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if (num_steps is None) == (last_step is None):
            raise ValueError(
                "One of num_steps or last_step must be specified."
                if num_steps is None
                else "Only one of num_steps or last_step can be specified."
            )
        self._steps, self._last = num_steps, last_step

    def begin(self) -> None:
        self._step = _needed_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._last is None:
            self._last = int(session.run(self._step)) + (self._steps or 0)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._last is not None and int(run_context.session.run(self._step)) >= self._last:
            run_context.request_stop()


class LoggingTensorHook(SessionRunHook):
    """Logs tensors, at level INFO, every so many runs or seconds.

    >>> loss = tf.constant(0.5, name="loss")
    >>> hook = tf.train.LoggingTensorHook({"loss": loss}, every_n_iter=10)
    >>> with tf.train.MonitoredSession(hooks=[hook]) as session:
    ...     print(session.run(loss))
    0.5
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Any = None,
    ) -> None:
        named = tensors if isinstance(tensors, dict) else {getattr(t, "name", t): t for t in tensors}
        self._tensors, self._every, self._seconds, self._at_end, self._format = (
            named,
            every_n_iter,
            every_n_secs,
            at_end,
            formatter,
        )
        self._n, self._last = 0, 0.0

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        due = (
            time.time() - self._last >= self._seconds if self._seconds else self._n % (self._every or 1) == 0
        )
        self._due = due and not (self._every is None and self._seconds is None)
        return SessionRunArgs(self._tensors if self._due else {})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        self._n += 1
        if self._due:
            self._last = time.time()
            self._show(run_values.results)

    def _show(self, values: dict[str, Any]) -> None:
        logging.info("%s", self._format(values) if self._format else ", ".join(f"{k} = {v}" for k, v in values.items()))

    def end(self, session: Any) -> None:
        if self._at_end:
            self._show(session.run(self._tensors))


class NanLossDuringTrainingError(RuntimeError):
    """The loss is not a number.

    >>> print(tf.train.NanLossDuringTrainingError())
    NaN loss during training.
    """

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Stops, or fails, when the loss is not a number.

    >>> more = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> hook = tf.train.NanTensorHook(tf.cast(more, tf.float32), fail_on_nan_loss=False)
    >>> with tf.train.MonitoredSession(hooks=[hook]) as session:
    ...     print(session.run(more))
    1
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss, self._fail = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if np.isnan(run_values.results):
            if self._fail:
                raise NanLossDuringTrainingError
            run_context.request_stop()


class CheckpointSaverHook(SessionRunHook):
    """Saves every so many steps or seconds, and at the end.

    >>> more = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> with tf.train.MonitoredSession(hooks=[tf.train.CheckpointSaverHook("models", save_steps=1)]) as session:
    ...     _ = session.run(more)
    >>> print(tf.train.latest_checkpoint("models"))
    models/model.ckpt-1
    """

    def __init__(
        self,
        checkpoint_dir: str,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Any = None,
    ) -> None:
        self._path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._seconds, self._steps, self._saver = (
            save_secs,
            save_steps,
            saver or getattr(scaffold, "saver", None),
        )
        self._saved, self._when = -1, 0.0

    def begin(self) -> None:
        self._step = _needed_step()
        savers = get_default_graph().get_collection(GraphKeys.SAVERS)
        self._saver = self._saver or (savers[0] if savers else Saver())
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)

    def after_create_session(self, session: Any, coord: Any) -> None:
        self._save(session, int(session.run(self._step)))

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step = int(run_context.session.run(self._step))
        due = (
            step - self._saved >= self._steps
            if self._steps
            else time.time() - self._when >= (self._seconds or 600)
        )
        if due:
            self._save(run_context.session, step)

    def end(self, session: Any) -> None:
        step = int(session.run(self._step))
        if step != self._saved:
            self._save(session, step)

    def _save(self, session: Any, step: int) -> None:
        self._saver.save(session, self._path, global_step=step)
        self._saved, self._when = step, time.time()


class SummarySaverHook(SessionRunHook):
    """Writes summaries every so many runs.

    >>> more = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> hook = tf.train.SummarySaverHook(save_steps=1, output_dir="logs", summary_op=tf.summary.scalar("steps", more))
    >>> with tf.train.MonitoredSession(hooks=[hook]) as session:
    ...     print(session.run(more))
    1
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        self._every, self._op, self._folder, self._writer = (
            save_steps or 100,
            summary_op,
            output_dir,
            summary_writer,
        )
        self._n = 0

    def begin(self) -> None:
        from tfnb.summary import FileWriter, merge_all

        self._step = _needed_step()
        self._op = self._op if self._op is not None else merge_all()
        self._writer = self._writer or FileWriter(self._folder or ".")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        self._due = self._op is not None and self._n % self._every == 0
        self._n += 1
        return SessionRunArgs(self._op) if self._due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._due:
            self._writer.add_summary(run_values.results, int(run_context.session.run(self._step)))

    def end(self, session: Any) -> None:
        self._writer.flush()


class StepCounterHook(SessionRunHook):
    """Accepted for compatibility.

    >>> more = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> hook = tf.train.StepCounterHook(every_n_steps=100, output_dir="logs")
    >>> with tf.train.MonitoredSession(hooks=[hook]) as session:
    ...     print(session.run(more))
    1
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        """Takes what TensorFlow's takes."""


class FinalOpsHook(SessionRunHook):
    """Runs something at the end; its values are in `final_ops_values`.

    >>> more = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> hook = tf.train.FinalOpsHook(more * 10)
    >>> with tf.train.MonitoredSession(hooks=[hook]) as session:
    ...     pass
    >>> print(hook.final_ops_values)
    10
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._ops, self._feeds = final_ops, final_ops_feed_dict
        self.final_ops_values: Any = None

    def end(self, session: Any) -> None:
        self.final_ops_values = session.run(self._ops, self._feeds)
