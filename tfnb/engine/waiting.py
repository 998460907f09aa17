"""Runs that wait for other threads: a queue that is empty lets others run in this session meanwhile.

    with held(session):             the session's lock, as a run holds it
        pause(condition, ready)     gives the lock back while it waits
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tfnb.core.errors import CancelledError, DeadlineExceededError

__all__ = ["held", "limited", "pause"]


class _Here(threading.local):
    """What the present thread runs: its session, and until when it may wait."""

    session: Any = None
    deadline: float | None = None


_here = _Here()


@contextlib.contextmanager
def held(session: Any) -> Iterator[None]:
    """Inside, the thread holds the session's lock and gives it back while it waits."""
    before, _here.session = _here.session, session
    try:
        with session._lock:
            yield
    finally:
        _here.session = before


@contextlib.contextmanager
def limited(milliseconds: float) -> Iterator[None]:
    """Inside, a run that waits longer ends with DeadlineExceededError."""
    before, _here.deadline = _here.deadline, time.monotonic() + milliseconds / 1000
    try:
        yield
    finally:
        _here.deadline = before


def pause(changed: threading.Condition, still: Callable[[], bool], what: str) -> None:
    """Waits, while `still` holds, until something has changed or a moment has gone by."""
    session = _here.session
    if session is not None and session.closed:
        raise CancelledError(None, None, f"{what} operation was cancelled")
    if _here.deadline is not None and time.monotonic() >= _here.deadline:
        raise DeadlineExceededError(None, None, "Timed out waiting for notification",
                                    "Nothing came in this time. Has tf.train.start_queue_runners() been called?")  # fmt: skip
    state = session._lock._release_save() if session is not None else None
    try:
        with changed:
            if still():
                changed.wait(0.05)
    finally:
        if session is not None:
            session._lock._acquire_restore(state)
