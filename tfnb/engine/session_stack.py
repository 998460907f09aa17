"""Which session `tensor.eval()` and `operation.run()` mean: the innermost one entered by `with`, one stack a thread.

    with tf.Session(): x.eval()
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfnb.core.graph import Graph, Tensor

if TYPE_CHECKING:
    from tfnb.engine.session import Session

__all__ = ["defaults", "get_default_session"]


class _DefaultSessions(threading.local):
    def __init__(self) -> None:
        self.stack: list[Session] = []

    @contextlib.contextmanager
    def enter(self, session: Session) -> Iterator[Session]:
        self.stack.append(session)
        try:
            yield session
        finally:
            self.stack.remove(session)


defaults = _DefaultSessions()


def get_default_session() -> Session | None:
    """The innermost session entered by `with`, or the interactive one; None where there is none.

    >>> tf.get_default_session() is sess
    True
    """
    return defaults.stack[-1] if defaults.stack else None


def _evaluate(element: Any, feed_dict: Any, session: Session | None) -> Any:
    """`tensor.eval()` and `operation.run()`."""
    call, verb = ("eval", "evaluate tensor using `eval()`") if isinstance(element, Tensor) else ("run", "execute operation using `run()`")
    kind = "tensor" if call == "eval" else "operation"
    chosen, which = session or get_default_session(), "given" if session else "default"
    if chosen is None:
        colon = "" if call == "eval" else ":"
        raise ValueError(f"Cannot {verb}: No default session is registered. Use `with sess.as_default(){colon}` or pass an explicit "
                         f"session to `{call}(session=sess)`")  # fmt: skip
    if chosen.graph is not element.graph:
        verb = "evaluate tensor" if call == "eval" else "execute operation"
        tail = f" Pass an explicit session to `{call}(session=sess)`." if which == "default" else ""
        raise ValueError(f"Cannot {'use the ' + which + ' session to ' + verb}: the {kind}'s graph is different from the session's graph.{tail}")
    return chosen.run(element, feed_dict)


Graph.evaluator = staticmethod(_evaluate)
