"""Supervisor: a session that restores or initialises a model, saves it now and then, and stops its threads.

    sv = tf.train.Supervisor(logdir="logs", global_step=step)
    with sv.managed_session() as sess:
        while not sv.should_stop(): sess.run(train_op)
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from tfnb import summary
from tfnb.core.errors import OpError
from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.engine.session import Session
from tfnb.train.coordinator import Coordinator, start_queue_runners
from tfnb.train.monitored import Scaffold
from tfnb.train.saver import latest_checkpoint
from tfnb.train.steps import get_global_step

__all__ = ["LooperThread", "Supervisor"]


class LooperThread(threading.Thread):
    """Calls a function every so many seconds until the coordinator stops; what it raises stops the others too.

    >>> print(tf.train.LooperThread(tf.train.Coordinator(), 1.0, target=print).daemon)
    True
    """

    def __init__(self, coord: Coordinator, timer_interval_secs: float | None, target: Any = None, args: Any = (), kwargs: Any = None) -> None:
        super().__init__(daemon=True)
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        self._coord, self._interval = coord, timer_interval_secs
        self._call, self._args, self._named = target, tuple(args), kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(coord: Coordinator, timer_interval_secs: float | None, target: Any, args: Any = (), kwargs: Any = None) -> LooperThread:
        """Makes and starts one."""
        thread = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        thread.start()
        return thread

    def run(self) -> None:
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._interval is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                due = time.time()
                while not self._coord.wait_for_stop(max(0.0, due - time.time())):
                    due += self._interval
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called once before the first time."""

    def stop_loop(self) -> None:
        """Called once after the last time."""

    def run_loop(self) -> None:
        if self._call:
            self._call(*self._args, **self._named)


class Supervisor:
    """Looks after a training: first values or a checkpoint, summaries, checkpoints, and a clean end.

    >>> v = tf.Variable(2.0)
    >>> supervisor = tf.train.Supervisor(logdir=None)
    >>> with supervisor.managed_session() as session:
    ...     print(session.run(v))
    2.0
    """

    USE_DEFAULT = 0

    def __init__(self, graph: Any = None, ready_op: Any = USE_DEFAULT, ready_for_local_init_op: Any = USE_DEFAULT, is_chief: bool = True,
                 init_op: Any = USE_DEFAULT, init_feed_dict: Any = None, local_init_op: Any = USE_DEFAULT, logdir: str | None = None,
                 summary_op: Any = USE_DEFAULT, saver: Any = USE_DEFAULT, global_step: Any = USE_DEFAULT, save_summaries_secs: float = 120,
                 save_model_secs: float = 600, recovery_wait_secs: float = 30, stop_grace_secs: float = 120, checkpoint_basename: str = "model.ckpt",
                 session_manager: Any = None, summary_writer: Any = USE_DEFAULT, init_fn: Any = None, local_init_run_options: Any = None) -> None:  # fmt: skip
        self._graph = graph or get_default_graph()
        given = lambda v: None if isinstance(v, int) and v == Supervisor.USE_DEFAULT else v  # noqa: E731
        self._coord, self.is_chief, self._init_fn, self._init_feed = Coordinator(), is_chief, init_fn, init_feed_dict
        self._logdir, self._save_summaries_secs, self._save_model_secs, self._grace = logdir, save_summaries_secs, save_model_secs, stop_grace_secs
        self._save_path = os.path.join(logdir, checkpoint_basename) if logdir else None
        with self._graph.as_default():
            parts = Scaffold(init_op=given(init_op), local_init_op=given(local_init_op), saver=given(saver))
            finalize, self._graph.finalize = self._graph.finalize, lambda: None  # type: ignore[method-assign]
            try:
                parts.finalize()
            finally:
                self._graph.finalize = finalize  # type: ignore[method-assign]
            self.init_op, self._local_init_op = parts.init_op, parts.local_init_op
            self.saver = None if saver is None else parts.saver
            self.global_step = get_global_step() if given(global_step) is None and global_step is not None else global_step
            merged = self._graph.get_collection(GraphKeys.SUMMARY_OP)
            self.summary_op = (merged[0] if merged else summary.merge_all()) if given(summary_op) is None and summary_op is not None else summary_op
        if given(summary_writer) is None and summary_writer is not None:
            self.summary_writer = summary.FileWriter(logdir) if logdir and is_chief else None
        else:
            self.summary_writer = summary_writer
        self._graph.finalize()

    # -- what it holds ---------------------------------------------------------------------------------------
    coord = property(lambda self: self._coord)
    save_path = property(lambda self: self._save_path)
    save_model_secs = property(lambda self: self._save_model_secs)
    save_summaries_secs = property(lambda self: self._save_summaries_secs)

    def should_stop(self) -> bool:
        """Whether somebody asked to stop."""
        return self._coord.should_stop()

    ShouldStop = should_stop

    def request_stop(self, ex: Any = None) -> None:
        self._coord.request_stop(ex)

    RequestStop = request_stop

    def wait_for_stop(self) -> None:
        self._coord.wait_for_stop()

    # -- sessions --------------------------------------------------------------------------------------------
    def prepare_or_wait_for_session(self, master: str = "", config: Any = None, wait_for_checkpoint: bool = False, max_wait_secs: int = 7200,
                                    start_standard_services: bool = True) -> Session:  # fmt: skip
        """A session whose variables have their values: from the newest checkpoint in `logdir` where there is one."""
        self._coord.clear_stop()
        if self.summary_writer is not None:
            self.summary_writer.reopen() if hasattr(self.summary_writer, "reopen") else None
        session = Session(master, graph=self._graph, config=config)
        path = latest_checkpoint(self._logdir) if self._logdir and self.saver is not None else None
        if path:
            self.saver.restore(session, path)
        elif self.init_op is not None:
            session.run(self.init_op, self._init_feed)
        if not path and self._init_fn is not None:
            self._init_fn(session)
        if self._local_init_op is not None:
            session.run(self._local_init_op)
        if start_standard_services:
            self.start_standard_services(session)
        return session

    PrepareSession = prepare_or_wait_for_session

    @contextlib.contextmanager
    def managed_session(self, master: str = "", config: Any = None, start_standard_services: bool = True,
                        close_summary_writer: bool = True) -> Iterator[Session]:  # fmt: skip
        """A session within a block; at its end the threads stop, and the end of an input is no error."""
        from tfnb.core.errors import CancelledError, OutOfRangeError

        session: Session | None = None
        try:
            session = self.prepare_or_wait_for_session(master, config, start_standard_services=start_standard_services)
            self.start_queue_runners(session)
            yield session
        except (OutOfRangeError, CancelledError) as e:
            self.request_stop(e)
        except Exception as e:
            self.request_stop(e)
            raise
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    with contextlib.suppress(OpError, RuntimeError):
                        session.close()

    def start_queue_runners(self, sess: Session, queue_runners: Any = None) -> list[Any]:
        """Starts the threads that fill the graph's queues."""
        if queue_runners is None:
            return start_queue_runners(sess=sess, coord=self._coord)
        return [t for runner in queue_runners for t in runner.create_threads(sess, coord=self._coord, daemon=True, start=True)]

    StartQueueRunners = start_queue_runners

    def start_standard_services(self, sess: Session) -> list[LooperThread]:
        """Starts the threads that write summaries and checkpoints. Raises RuntimeError where this is not the chief."""
        if not self.is_chief:
            raise RuntimeError("Only chief supervisor can start standard services. Because only chief supervisors can write events.")
        if not self._logdir:
            return []
        if self.summary_writer is not None:
            self.summary_writer.add_graph(self._graph)
        threads = []
        if self.summary_op is not None and self.summary_writer is not None and self._save_summaries_secs:
            threads.append(self.loop(self._save_summaries_secs, self._write_summary, (sess,)))
        if self.saver is not None and self._save_model_secs:
            threads.append(self.loop(self._save_model_secs, self._save, (sess,)))
        return threads

    def _step(self, sess: Session) -> Any:
        return None if self.global_step is None else int(sess.run(self.global_step))

    def _write_summary(self, sess: Session) -> None:
        self.summary_computed(sess, sess.run(self.summary_op))

    def _save(self, sess: Session) -> None:
        self.saver.save(sess, self._save_path, global_step=self._step(sess))

    def summary_computed(self, sess: Session, summary: Any, global_step: Any = None) -> None:
        """Writes a summary that was computed elsewhere."""
        if self.summary_writer is None:
            raise RuntimeError("Writing a summary requires a summary writer.")
        self.summary_writer.add_summary(summary, self._step(sess) if global_step is None else global_step)

    SummaryComputed = summary_computed

    def loop(self, timer_interval_secs: float | None, target: Any, args: Any = (), kwargs: Any = None) -> LooperThread:
        """A thread that calls a function every so many seconds until the supervisor stops."""
        return LooperThread.loop(self._coord, timer_interval_secs, target, args, kwargs)

    Loop = loop

    def stop(self, threads: Any = None, close_summary_writer: bool = True, ignore_live_threads: bool = False) -> None:
        """Asks all threads to stop, and waits for them."""
        self._coord.request_stop()
        try:
            self._coord.join(threads, stop_grace_period_secs=self._grace, ignore_live_threads=True)
        finally:
            if close_summary_writer and self.summary_writer is not None:
                self.summary_writer.close()

    Stop = stop
