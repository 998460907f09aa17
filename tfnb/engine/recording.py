"""Who keeps an account of runs. While nobody does, a run pays for one look at an empty list.

    recorders.append(ledger)        ledger.begin(session, runner, values) -> what is called with (results, error) at the end
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["recorded", "recorders"]

recorders: list[Any] = []
"""The ledgers that are recording."""


def recorded(session: Any, runner: Callable[[Iterable[Any]], Any]) -> Callable[[Iterable[Any]], Any]:
    """The runner, with its runs told to the recorders."""

    def run(values: Iterable[Any]) -> Any:
        given = list(values)
        ends = [end for r in list(recorders) if (end := r.begin(session, runner, given)) is not None]
        try:
            results = runner(given)
        except BaseException as e:
            for end in ends:
                end(None, e)
            raise
        for end in ends:
            end(results, None)
        return results

    return run
