"""A graph as it was, to go back to when a cell's body fails half-way."""

from __future__ import annotations

from typing import Any

__all__ = ["restore", "snapshot"]

_FIELDS = ("_operations", "_names", "_collections", "variable_store", "scope_state", "variables", "_scope", "_control", "_devices")


def snapshot(graph: Any) -> dict[str, Any]:
    """Everything about a graph that building changes, copied one level deep."""
    state = {k: _copy(getattr(graph, k)) for k in _FIELDS}
    state["consumers"] = {t: list(t._consumers) for op in graph.get_operations() for t in op.outputs}
    return state


def restore(graph: Any, state: dict[str, Any]) -> None:
    """Puts the graph back."""
    for k in _FIELDS:
        setattr(graph, k, _copy(state[k]))
    for tensor, consumers in state["consumers"].items():
        tensor._consumers = list(consumers)
    graph._changed()


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: list(v) if isinstance(v, list) else v for k, v in value.items()}
    return list(value) if isinstance(value, list) else value
