"""Sessions that look after themselves: they initialise or restore, call hooks, and say when to stop.

with MonitoredTrainingSession(checkpoint_dir="logs", hooks=[StopAtStepHook(last_step=1000)]) as sess:
    while not sess.should_stop():
        sess.run(train_op)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.errors import OutOfRangeError
from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.engine.session import Session
from tfnb.ops.sources import group
from tfnb.train.coordinator import Coordinator, start_queue_runners
from tfnb.train.hooks import (
    CheckpointSaverHook,
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
    SummarySaverHook,
)
from tfnb.train.saver import Saver, latest_checkpoint
from tfnb.train.steps import get_global_step
from tfnb.variables import global_variables, global_variables_initializer, local_variables_initializer

__all__ = [
    "ChiefSessionCreator",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "Scaffold",
    "SingularMonitoredSession",
]


class Scaffold:
    """The operations that a training program starts with; what is not given is made of the graph.

    >>> v = tf.Variable(1.0)
    >>> scaffold = tf.train.Scaffold().finalize()
    >>> sess.run(scaffold.init_op)
    >>> print(v.eval())
    1.0
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Any = None,
        local_init_feed_dict: Any = None,
    ) -> None:
        self.init_op, self.init_feed_dict, self.init_fn = init_op, init_feed_dict, init_fn
        self.local_init_op, self.summary_op, self.saver = local_init_op, summary_op, saver

    def finalize(self) -> Scaffold:
        """Makes what is missing, and closes the graph."""
        graph = get_default_graph()
        if self.init_op is None:
            self.init_op = global_variables_initializer()
        if self.local_init_op is None:
            tables = graph.get_collection(GraphKeys.TABLE_INITIALIZERS)
            self.local_init_op = group(local_variables_initializer(), *tables)
        if self.saver is None and global_variables():
            savers = graph.get_collection(GraphKeys.SAVERS)
            self.saver = savers[0] if savers else Saver()
        graph.finalize()
        return self


class ChiefSessionCreator:
    """Makes a session whose variables have their values: from a checkpoint where there is one.

    `where` is where it runs: the `device`, `mesh` and `shardings` of tf.Session.

    >>> v = tf.Variable(1.0)
    >>> ready = tf.train.ChiefSessionCreator().create_session()
    >>> print(ready.run(v))
    1.0
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        **where: Any,
    ) -> None:
        self.scaffold, self._config, self._where = scaffold or Scaffold(), config, where
        self._folder, self._file = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self) -> Session:
        scaffold = self.scaffold.finalize()
        session = Session(graph=get_default_graph(), config=self._config, **self._where)
        path = self._file or (latest_checkpoint(self._folder) if self._folder else None)
        if path and scaffold.saver is not None:
            scaffold.saver.restore(session, path)
        else:
            session.run(scaffold.init_op, scaffold.init_feed_dict)
            if scaffold.init_fn:
                scaffold.init_fn(scaffold, session)
        session.run(scaffold.local_init_op)
        return session


class MonitoredSession:
    """A session with hooks that initialises itself; OutOfRangeError (no more data) ends its block quietly.

    >>> v = tf.Variable(1.0)
    >>> with tf.train.MonitoredSession() as session:
    ...     print(session.run(v))
    1.0
    """

    def __init__(
        self, session_creator: Any = None, hooks: Any = None, stop_grace_period_secs: float = 120
    ) -> None:
        self.graph = get_default_graph()
        self._hooks: list[SessionRunHook] = list(hooks or ())
        for hook in self._hooks:
            hook.begin()
        self._coord = Coordinator()
        self._session: Session | None = (session_creator or ChiefSessionCreator()).create_session()
        self._threads = start_queue_runners(self._session, self._coord)
        for hook in self._hooks:
            hook.after_create_session(self._session, self._coord)

    def raw_session(self) -> Session:
        """The plain session within."""
        if self._session is None:
            raise RuntimeError("Run called even after should_stop requested.")
        return self._session

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As `Session.run`, with the hooks before and after."""
        session = self.raw_session()
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), session)
        asked = [hook.before_run(context) for hook in self._hooks]
        feeds = dict(feed_dict or {})
        for a in asked:
            feeds.update((a.feed_dict or {}) if a else {})
        wanted = [[] if a is None or a.fetches is None else a.fetches for a in asked]
        result, found = session.run([fetches, wanted], feeds)
        for hook, a, values in zip(self._hooks, asked, found, strict=True):
            hook.after_run(context, SessionRunValues(None if a is None else values))
        if context.stop_requested:
            self._coord.request_stop()
        return result

    def run_step_fn(self, step_fn: Any) -> Any:
        """Calls `step_fn(context)` with a context whose `session.run` has no hooks."""
        context = SessionRunContext(SessionRunArgs(None), self.raw_session())
        result = step_fn(context)
        if context.stop_requested:
            self._coord.request_stop()
        return result

    def should_stop(self) -> bool:
        return self._session is None or self._coord.should_stop()

    def close(self) -> None:
        """Ends the hooks and closes the session."""
        if self._session is not None:
            for hook in self._hooks:
                hook.end(self._session)
        self._close()

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._coord.request_stop()
            session.close()
            self._coord.join(self._threads, stop_grace_period_secs=2, ignore_live_threads=True)

    def __enter__(self) -> MonitoredSession:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        ended = kind is not None and issubclass(kind, (OutOfRangeError, StopIteration))
        if kind is None or ended:
            self.close()
        else:
            self._close()
        return ended


SingularMonitoredSession = MonitoredSession


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | None = None,
    scaffold: Scaffold | None = None,  # noqa: N802
    hooks: Any = None,
    chief_only_hooks: Any = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    save_summaries_secs: float | None = None,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: int | None = None,
    summary_dir: str | None = None,
    **where: Any,
) -> MonitoredSession:
    """A MonitoredSession that saves in `checkpoint_dir`, and goes on from the newest checkpoint there.

    `where` is where it runs: the `device`, `mesh` and `shardings` of tf.Session.

    >>> count = tf.train.get_or_create_global_step()
    >>> more = tf.assign_add(count, 1)
    >>> with tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(3)]) as session:
    ...     while not session.should_stop():
    ...         done = session.run(more)
    >>> print(done)
    3
    """
    found = [*(hooks or ()), *(chief_only_hooks or ())]
    scaffold = scaffold or Scaffold()
    if checkpoint_dir and get_global_step() is not None:
        if save_checkpoint_steps or save_checkpoint_secs:
            found.append(
                CheckpointSaverHook(
                    checkpoint_dir,
                    None if save_checkpoint_steps else save_checkpoint_secs,
                    save_checkpoint_steps,
                    scaffold=scaffold,
                )
            )
        if save_summaries_steps and get_default_graph().get_collection(GraphKeys.SUMMARIES):
            found.append(
                SummarySaverHook(
                    save_summaries_steps, output_dir=summary_dir or checkpoint_dir, scaffold=scaffold
                )
            )
    return MonitoredSession(
        ChiefSessionCreator(scaffold, config=config, checkpoint_dir=checkpoint_dir, **where), found
    )
