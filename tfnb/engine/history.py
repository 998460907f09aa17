"""Time travel through a training: a session goes back and forward over its runs, and can go on from any of them.

    past = tf.history(sess)            records from now on
    ...train...
    past.back(100); past.to(40)        variables, random state, iterators and queues as they were, to the last bit
    past.step()                        the stepper at the run that comes next
    past.until(train_op, feed, "loss > 10")      runs until a condition holds, and stands before that run

A new run after going back begins another branch: the runs that came after are no longer part of the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.conditions import Condition
from tfnb.engine.ledger import KEEP_BYTES, Ledger, Run, leaves
from tfnb.engine.states import State, capture, restore
from tfnb.engine.stepper import Stepper

__all__ = ["History", "history"]


def history(session: Any, keep_bytes: int = KEEP_BYTES) -> History:
    """The history of a session, which is recorded from now on. `keep_bytes` bounds the memory for states and feeds.

    >>> v = tf.Variable(1.0)
    >>> up = tf.assign_add(v, 1.0)
    >>> sess.run(v.initializer)
    >>> past = tf.history(sess)
    >>> print(sess.run(up), sess.run(up), sess.run(up))
    2.0 3.0 4.0
    >>> past.back(2)
    >>> print(sess.run(v))
    2.0
    >>> past.stop()
    """
    return History(session, keep_bytes)


class History:
    """The runs of one session in order, and where in them it stands: after `position` of them."""

    def __init__(self, session: Any, keep_bytes: int = KEEP_BYTES) -> None:
        self.session = session
        self.ledger = Ledger(keep_bytes, only=session)
        self.ledger.listeners.append(self._append)
        self._numbers: list[int] = []
        self._position = 0
        self._end: State | None = None  # after the last run; known once it has been left
        self.ledger.start()

    def stop(self) -> None:
        """Records no longer. Going back and forward stays possible."""
        self.ledger.stop()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def _append(self, run: Run) -> None:
        del self._numbers[self._position :]
        self._numbers.append(run.number)
        self._position, self._end = len(self._numbers), None

    @property
    def runs(self) -> list[Run]:
        """The runs of this history, oldest first."""
        wanted = set(self._numbers)
        return [r for r in self.ledger.runs if r.number in wanted]

    @property
    def position(self) -> int:
        """How many of the runs are done where the session stands."""
        return self._position

    @property
    def first_position(self) -> int:
        """The earliest position that can still be gone to."""
        return next((i for i, n in enumerate(self._numbers) if self.ledger.can_repeat(n)), len(self._numbers))

    def back(self, runs: int = 1) -> None:
        """Takes back this many runs, or as many as there are."""
        self.to(max(self._position - runs, self.first_position))

    def forward(self, runs: int = 1) -> None:
        """Goes on over runs that were taken back."""
        self.to(min(self._position + runs, len(self._numbers)))

    def to(self, position: int) -> None:
        """Makes the session what it was after this many runs. Raises IndexError for what is not kept."""
        if not self.first_position <= position <= len(self._numbers):
            raise IndexError(f"Position {position} is not between {self.first_position} and {len(self._numbers)}, the runs that are kept.")
        if self._end is None:
            self._end = capture(self.session)
        if position == len(self._numbers):
            restore(self.session, self._end)
        else:
            self.ledger.restore(self._numbers[position])
        self._position = position

    def step(self, **options: Any) -> Stepper:
        """The stepper at the run that comes next, the last one where the session stands at the end."""
        if not self._numbers:
            raise IndexError("No run has been recorded yet.")
        if self._position == len(self._numbers):
            self.back()
        return self.ledger.step(self._numbers[self._position], **options)

    def until(self, fetches: Any, feed_dict: Any, condition: str, limit: int = 1000, namespace: Mapping[str, Any] | None = None) -> Stepper | None:
        """Runs `fetches` again and again until a condition on values holds, and gives the stepper at the start of that run.

        `feed_dict` may be a function that gives each run its feeds. The condition may name any tensor of the graph;
        `has_inf_or_nan` and `abs > 1e3` are about every fetched value. None where it never held in `limit` runs.
        """
        wanted = Condition(condition)
        names = _tensors(self.session.graph, wanted, namespace or {})
        for _ in range(limit):
            feeds = feed_dict() if callable(feed_dict) else feed_dict
            got, extra = self.session.run([fetches, list(names.values())], feeds)
            known = {**dict(namespace or {}), **dict(zip(names, extra, strict=True))}
            values = [np.asarray(v) for v in leaves(got) if v is not None] if wanted.about_value else [None]
            if any(wanted.holds(known.__getitem__, v) for v in values):
                self.back()
                return self.session.step(fetches, feeds)  # type: ignore[no-any-return]
        return None


def _tensors(graph: Any, condition: Condition, namespace: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors that a condition names, by the notebook's names or the graph's. Raises ValueError for an unknown name."""
    found: dict[str, Tensor] = {}
    for name in condition.names:
        held = namespace.get(name)
        held = getattr(held, "_ref_tensor", held)
        if isinstance(held, Operation):
            held = held.outputs[0] if held.outputs else None
        if isinstance(held, Tensor):
            found[name] = held
        elif name not in namespace:
            try:
                found[name] = graph.get_tensor_by_name(name if ":" in name else name + ":0")
            except (KeyError, ValueError):
                raise ValueError(f"{condition.text!r}: there is no tensor called {name!r}.") from None
    return found
