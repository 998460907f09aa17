"""A thread that makes the next elements ready while the present one is used."""

from __future__ import annotations

import collections
import threading
import weakref
from typing import Any

from tfnb.data.streams import Element, Pull, Stream

__all__ = ["prefetched"]


def prefetched(source: Stream, size: int) -> Stream:
    """The stream with up to `size` elements made ahead; -1 leaves the number to us."""
    if size == 0:
        return source

    def start() -> Pull:
        ahead = _Ahead(2 if size < 0 else size)
        thread: list[Any] = []

        def step() -> Element | None:
            if not thread:
                thread.append(threading.Thread(target=_fill, args=(ahead, source), name="tfnb prefetch", daemon=True))
                weakref.finalize(step, ahead.stop)
                thread[0].start()
            return ahead.take()

        return step

    return start


class _Ahead:
    """Elements that are ready, between the thread that makes them and the one that takes them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._ready: collections.deque[Any] = collections.deque()
        self._changed = threading.Condition()
        self._stopped = self._ended = False

    def put(self, value: Any, error: Exception | None) -> bool:
        """Whether more is wanted after this."""
        with self._changed:
            while len(self._ready) >= self.size and not self._stopped:
                self._changed.wait()
            self._ready.append((value, error))
            self._changed.notify_all()
            return not self._stopped

    def take(self) -> Any:
        with self._changed:
            if self._ended:
                return None
            while not self._ready:
                self._changed.wait(0.1)
            value, error = self._ready.popleft()
            self._ended = value is None and error is None
            self._changed.notify_all()
        if error is not None:
            raise error
        return value

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


def _fill(ahead: _Ahead, source: Stream) -> None:
    try:
        pull = source()
    except Exception as e:
        ahead.put(None, e)
        return
    failed = 0
    while failed < 1000:  # a source that only fails does not fill the memory
        value, error = None, None
        try:
            value, failed = pull(), 0
        except Exception as e:
            error, failed = e, failed + 1
        if not ahead.put(value, error) or value is None and error is None:
            return
