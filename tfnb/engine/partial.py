"""A run in parts: feed some placeholders, fetch what follows from them, then feed and fetch the rest.

    handle = sess.partial_run_setup([c, d], [a, b])
    sess.partial_run(handle, c, {a: 1})
    sess.partial_run(handle, d, {b: 2})

What an earlier part has fetched is fed to the later ones, so that nothing of it is computed again.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Operation, Tensor
from tfnb.engine.fetches import FetchPlan

__all__ = ["PartialRun"]


class PartialRun:
    """The handle of a run in parts: what may still be fetched and fed, and what is known so far."""

    def __init__(self, session: Any, fetches: Any, feeds: Any) -> None:
        self._session = session
        self._open = set(FetchPlan(session.graph, fetches).flat)
        self._feeds = {session.graph.as_graph_element(f, allow_operation=False) for f in feeds or ()}
        self._known: dict[Tensor, Any] = {}
        self._done: set[Any] = set()

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """The values of `fetches`. Raises InvalidArgumentError for what was not announced or is done."""
        wanted = FetchPlan(self._session.graph, fetches)
        for f in wanted.flat:
            name = f.name
            if f in self._done:
                raise InvalidArgumentError(None, None, f"The fetch {name} has already been fetched.")
            if f not in self._open:
                raise InvalidArgumentError(
                    None, None, f"The fetch {name} was not specified in partial_run_setup."
                )
        self._take(feed_dict or {})
        known = {t: v for t, v in self._known.items() if t not in wanted.flat}
        values = self._session.run(list(wanted.flat), known)
        self._done.update(wanted.flat)
        self._known.update(
            {f: v for f, v in zip(wanted.flat, values, strict=True) if not isinstance(f, Operation)}
        )
        return wanted.rebuild(values)

    def _take(self, feed_dict: dict[Any, Any]) -> None:
        for key, value in feed_dict.items():
            tensor = self._session.graph.as_graph_element(key, allow_operation=False)
            if tensor in self._known:
                raise InvalidArgumentError(None, None, f"The feed {tensor.name} has already been fed.")
            if tensor not in self._feeds:
                raise InvalidArgumentError(
                    None, None, f"The feed {tensor.name} was not specified in partial_run_setup."
                )
            self._known[tensor] = value
