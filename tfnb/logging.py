"""tf.logging: lines about what happens, from a level on.

    tf.logging.set_verbosity(tf.logging.INFO)
    tf.logging.info("loss %f", loss)          INFO:tensorflow:loss 0.5
"""

from __future__ import annotations

import functools
import itertools
import logging as _logging
import sys
from typing import Any

__all__ = [
    "DEBUG", "ERROR", "FATAL", "INFO", "TaskLevelStatusMessage", "WARN", "debug", "error", "fatal", "flush",
    "get_verbosity", "info", "log", "log_every_n", "log_first_n", "log_if", "set_verbosity", "vlog", "warn", "warning",
]  # fmt: skip

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50
_LEVELS = {"DEBUG": DEBUG, "INFO": INFO, "WARN": WARN, "WARNING": WARN, "ERROR": ERROR, "FATAL": FATAL}
_counts: dict[Any, Any] = {}


class _ToStderr(_logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what sys.stderr is now, which in a notebook is the running cell's output."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        pass


@functools.cache
def _logger() -> _logging.Logger:
    logger = _logging.getLogger("tensorflow")
    if not logger.level:
        logger.setLevel(WARN)
    if not _logging.getLogger().handlers and not logger.handlers:
        handler = _ToStderr()
        handler.setFormatter(_logging.Formatter(_logging.BASIC_FORMAT, None))
        logger.addHandler(handler)
    return logger


def get_logger() -> _logging.Logger:
    """The logger of the standard library behind these functions."""
    return _logger()


def get_verbosity() -> int:
    """The level from which on lines are shown.

    >>> print(tf.logging.get_verbosity() in (tf.logging.INFO, tf.logging.WARN))
    True
    """
    return _logger().getEffectiveLevel()


def set_verbosity(v: Any) -> None:
    """Shows lines from this level on: a number such as tf.logging.INFO, or its name.

    >>> tf.logging.set_verbosity(tf.logging.WARN)
    """
    _logger().setLevel(v)


def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level DEBUG.

    >>> tf.logging.debug("step %d", 3)
    """
    _logger().debug(msg, *args, **kwargs)


def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level INFO.

    >>> tf.logging.info("step %d", 3)
    """
    _logger().info(msg, *args, **kwargs)


def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level WARN.

    >>> tf.logging.warn("loss is %f", 0.5)
    """
    _logger().warning(msg, *args, **kwargs)


warn = warning


def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level ERROR.

    >>> print(tf.logging.error.__name__)
    error
    """
    _logger().error(msg, *args, **kwargs)


def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """A line of the highest level; the program goes on.

    >>> tf.logging.fatal("no data in %s", "folder")
    """
    _logger().critical(msg, *args, **kwargs)


def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """A line of any level.

    >>> tf.logging.log(tf.logging.DEBUG, "step %d", 3)
    """
    _logger().log(level, msg, *args, **kwargs)


vlog = log


def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """The line at the first of every `n` calls with this message.

    >>> tf.logging.log_every_n(tf.logging.DEBUG, "each tenth time", 10)
    """
    log_if(level, msg, next(_counts.setdefault(_place(), itertools.count())) % n == 0, *args)


def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """The line at the first `n` calls from one place.

    >>> tf.logging.log_first_n(tf.logging.DEBUG, "three times at most", 3)
    """
    log_if(level, msg, next(_counts.setdefault(_place(), itertools.count())) < n, *args)


def _place() -> tuple[str, int]:
    frame = sys._getframe(2)
    return frame.f_code.co_filename, frame.f_lineno


def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """The line where the condition holds.

    >>> tf.logging.log_if(tf.logging.DEBUG, "only if it is true", False)
    """
    if condition:
        log(level, msg, *args)


def TaskLevelStatusMessage(msg: str) -> None:
    """Logs what a task is doing, at level ERROR.

    >>> tf.logging.TaskLevelStatusMessage("loading")
    """
    error(msg)


def flush() -> None:
    """Nothing is held back, so there is nothing to do.

    >>> tf.logging.flush()
    """
