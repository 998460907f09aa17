"""QueueRunner: threads that keep filling a queue while the training takes from it."""

from __future__ import annotations

import threading
from typing import Any

from tfnb.core.errors import CancelledError, OutOfRangeError
from tfnb.core.graph import GraphKeys, get_default_graph

__all__ = ["QueueRunner", "add_queue_runner"]


class QueueRunner:
    """A thread for each enqueue operation, run again and again until the data end or a stop is asked for.

    >>> queue = tf.FIFOQueue(10, tf.float32)
    >>> runner = tf.train.QueueRunner(queue, [queue.enqueue(1.0)])
    >>> print(runner.name)
    fifo_queue
    """

    def __init__(self, queue: Any = None, enqueue_ops: Any = None, close_op: Any = None, cancel_op: Any = None,
                 queue_closed_exception_types: Any = None, **_: Any) -> None:  # fmt: skip
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        self.queue, self.enqueue_ops = queue, list(enqueue_ops)
        self.close_op = queue.close() if close_op is None else close_op
        self.cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        self.queue_closed_exception_types = queue_closed_exception_types or (OutOfRangeError,)
        self.exceptions_raised: list[Exception] = []
        self._running: dict[Any, int] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.queue.name  # type: ignore[no-any-return]

    def create_threads(self, sess: Any, coord: Any = None, daemon: bool = False, start: bool = False) -> list[threading.Thread]:
        """The threads; none where they are running in this session already."""
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self.enqueue_ops)
        name = f"QueueRunnerThread-{self.name}"
        threads = [threading.Thread(target=self._fill, args=(sess, o, coord), name=f"{name}-{o.name}", daemon=daemon) for o in self.enqueue_ops]
        if coord is not None:
            threads.append(threading.Thread(target=self._close_on_stop, args=(sess, coord), name=f"{name}-close_on_stop", daemon=True))
        for t in threads:
            if coord is not None:
                coord.register_thread(t)
            if start:
                t.start()
        return threads

    def _fill(self, sess: Any, enqueue_op: Any, coord: Any) -> None:
        ended = False
        try:
            while coord is None or not coord.should_stop():
                sess.run(enqueue_op)
        except self.queue_closed_exception_types:
            ended = True
        except Exception as e:
            if not sess.closed and not isinstance(e, CancelledError):
                self.exceptions_raised.append(e)
                if coord is None:
                    raise
                coord.request_stop(e)
        finally:
            with self._lock:
                self._running[sess] -= 1
                last = self._running[sess] == 0
        if ended and last and not sess.closed:
            sess.run(self.close_op)

    def _close_on_stop(self, sess: Any, coord: Any) -> None:
        while not coord.wait_for_stop(0.1):
            if sess.closed:
                return
        if not sess.closed:
            try:
                sess.run(self.cancel_op)
            except RuntimeError:  # closed meanwhile
                return


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Adds a runner to those that `start_queue_runners` starts.

    >>> queue = tf.FIFOQueue(10, tf.float32)
    >>> tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(1.0)]))
    >>> print(len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)))
    1
    """
    get_default_graph().add_to_collection(collection, qr)
