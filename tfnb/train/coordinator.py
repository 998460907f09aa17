"""Coordinator: lets threads that feed a training tell each other when to stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from tfnb.core.errors import OutOfRangeError

__all__ = ["Coordinator", "start_queue_runners"]


class Coordinator:
    """One says `request_stop`, all ask `should_stop`, one waits in `join` and gets the first error.

    >>> coordinator = tf.train.Coordinator()
    >>> print(coordinator.should_stop())
    False
    >>> coordinator.request_stop()
    >>> print(coordinator.should_stop())
    True
    """

    def __init__(self, clean_stop_exception_types: Any = None) -> None:
        self._clean = tuple(clean_stop_exception_types or (OutOfRangeError,))
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._error: BaseException | None = None
        self.joined = False

    def register_thread(self, thread: threading.Thread) -> None:
        self._threads.append(thread)

    def request_stop(self, ex: Any = None) -> None:
        """Asks all to stop; keeps an exception for `join`, unless it only says that the data have ended."""
        error = ex[1] if isinstance(ex, tuple) else ex
        if error is not None and self._error is None and not isinstance(error, self._clean):
            self._error = error
        self._stop.set()

    def clear_stop(self) -> None:
        self._stop.clear()
        self._error = None
        self.joined = False

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Whether a stop was asked for before the time was over."""
        return self._stop.wait(timeout)

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """What is raised inside the block stops all threads."""
        try:
            yield
        except Exception as e:
            self.request_stop(e)

    def join(
        self, threads: Any = None, stop_grace_period_secs: float = 120, ignore_live_threads: bool = False
    ) -> None:
        """Waits for the threads; raises what one of them failed with."""
        waiting = [*self._threads, *(threads or ())]
        while any(t.is_alive() for t in waiting) and not self.wait_for_stop(0.1):
            pass
        for t in waiting:
            t.join(stop_grace_period_secs)
        self.joined = True
        if self._error is not None:
            raise self._error
        alive = [t.name for t in waiting if t.is_alive()]
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")

    def raise_requested_exception(self) -> None:
        if self._error is not None:
            raise self._error


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = "queue_runners",
) -> list[threading.Thread]:
    """Starts the threads that fill the graph's queues.

    >>> value = tf.train.range_input_producer(3, shuffle=False).dequeue()
    >>> coordinator = tf.train.Coordinator()
    >>> threads = tf.train.start_queue_runners(sess, coordinator)
    >>> print(sess.run(value), sess.run(value))
    0 1
    >>> coordinator.request_stop()
    >>> coordinator.join(threads)
    """
    from tfnb.core.graph import get_default_graph
    from tfnb.engine.session import get_default_session

    session = sess or get_default_session()
    if session is None:
        raise ValueError(
            "Cannot start queue runners: No default session is registered. "
            "Use `with sess.as_default()` or pass an explicit session to tf.start_queue_runners(sess=sess)"
        )
    runners = get_default_graph().get_collection(collection)
    return [t for r in runners for t in r.create_threads(session, coord=coord, daemon=daemon, start=start)]
