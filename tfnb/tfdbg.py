"""tf_debug, as scripts import it: TensorFlow's debugger for terminals, answered by the stepper.

    from tensorflow.python import debug as tf_debug
    sess = tf_debug.LocalCLIDebugWrapperSession(sess)     runs as before, and says what to use instead
    tf_debug.has_inf_or_nan(datum, tensor)                is true of arrays that are not finite
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.engine import conditions
from tfnb.engine.badtensor import first_bad
from tfnb.train.hooks import SessionRunHook

__all__ = [
    "DumpingDebugHook", "DumpingDebugWrapperSession", "LocalCLIDebugHook", "LocalCLIDebugWrapperSession", "TensorBoardDebugHook",
    "TensorBoardDebugWrapperSession", "has_inf_or_nan",
]  # fmt: skip

INSTEAD = (
    "tfnb has no debugger in the terminal: it steps, forward and back. In a notebook: %step FETCH --feed x=value, with --break NODE, "
    "--bad (the first NaN or Inf) or --until 'has_inf_or_nan'. In Python: sess.step(fetches, feed_dict), tf.first_bad(sess, fetches, feed_dict)."
)


def has_inf_or_nan(datum: Any, tensor: Any) -> bool:
    """A filter of tfdbg's: whether the tensor's value holds a NaN or an infinity. `datum` is not looked at.

    >>> has_inf_or_nan(None, np.array([1.0, np.nan]))
    True
    """
    return tensor is not None and conditions.has_inf_or_nan(tensor)


class _Debugged:
    """A session that runs as it is, and warns after a run whose results pass one of the tensor filters."""

    def __init__(self, sess: Any, *args: Any, **options: Any) -> None:
        self._session = sess
        self._filters: dict[str, Callable[[Any, Any], bool]] = {"has_inf_or_nan": has_inf_or_nan}
        warnings.warn(INSTEAD, stacklevel=3)

    def add_tensor_filter(self, filter_name: str, tensor_filter: Callable[[Any, Any], bool]) -> None:
        """Adds a filter `f(datum, value)` that is asked of every fetched value."""
        self._filters[filter_name] = tensor_filter

    def run(self, fetches: Any, feed_dict: Any = None, *args: Any, **options: Any) -> Any:
        """`Session.run`; a fetched value that passes a filter is told, with the tensor that was the first to be bad."""
        results = self._session.run(fetches, feed_dict, *args, **options)
        from tfnb.engine.ledger import leaves

        for name, passes in self._filters.items():
            if any(v is not None and passes(None, np.asarray(v)) for v in leaves(results)):
                warnings.warn(f"A fetched value passes the filter {name!r}. {self._first_bad(fetches, feed_dict)}", stacklevel=2)
        return results

    def _first_bad(self, fetches: Any, feed_dict: Any) -> str:
        """What the next run would find; '' where it finds nothing."""
        return str(first_bad(self._session, fetches, feed_dict) or "")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def __enter__(self) -> Any:
        self._session.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._session.__exit__(*error)


class LocalCLIDebugWrapperSession(_Debugged):
    """The session itself, with a word on what steps instead."""


class DumpingDebugWrapperSession(_Debugged):
    """The session itself; nothing is dumped: %runs keeps what is needed to step any run again."""


class TensorBoardDebugWrapperSession(_Debugged):
    """The session itself; no port is opened: the stepper is a view in the notebook."""


class _Hook(SessionRunHook):
    def __init__(self, *args: Any, **options: Any) -> None:
        warnings.warn(INSTEAD, stacklevel=2)

    def add_tensor_filter(self, filter_name: str, tensor_filter: Any) -> None:
        """Taken, and not asked: a hook sees no values here."""


class LocalCLIDebugHook(_Hook):
    """A hook that does nothing but say what steps instead."""


class DumpingDebugHook(_Hook):
    """A hook that does nothing but say what steps instead."""


class TensorBoardDebugHook(_Hook):
    """A hook that does nothing but say what steps instead."""
