"""What the layers of contrib share: a scope whose new variables are the model's, and collections of outputs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.variable_scopes import variable_scope

__all__ = ["collected", "convert_collection_to_dict", "last_dimension", "model_variables"]

_RENAMED = {"kernel": "weights", "bias": "biases", "depthwise_kernel": "depthwise_weights", "pointwise_kernel": "pointwise_weights"}


@contextlib.contextmanager
def model_variables(scope: Any, default: str, values: Any = None, reuse: Any = None) -> Iterator[Any]:
    """A variable scope where kernels are called weights, and new variables are noted down as the model's."""
    graph = get_default_graph()

    def renamed(getter: Any, name: str, *args: Any, **named: Any) -> Any:
        *path, last = name.split("/")
        v = getter("/".join([*path, _RENAMED.get(last, last)]), *args, **named)
        if v not in graph.get_collection_ref(GraphKeys.MODEL_VARIABLES):
            graph.add_to_collection(GraphKeys.MODEL_VARIABLES, v)
        return v

    with variable_scope(scope, default, values, reuse=reuse, custom_getter=renamed) as here:
        yield here


def collected(collections: Any, scope: Any, y: Any) -> Any:
    """The output, noted down under the scope's name in a collection (or several)."""
    for name in [collections] if isinstance(collections, str) else collections or ():
        y.alias = getattr(scope, "original_name_scope", str(scope)).rstrip("/")
        get_default_graph().add_to_collection(name, y)
    return y


def convert_collection_to_dict(collection: str, clear_collection: bool = False) -> dict[str, Any]:
    """The tensors of a collection by the names that their layers gave them."""
    found = {getattr(t, "alias", None) or t.op.name: t for t in get_default_graph().get_collection(collection)}
    if clear_collection:
        get_default_graph().clear_collection(collection)
    return found


def last_dimension(shape: Any, min_rank: int = 1) -> int | None:
    """The size of the last axis. Raises ValueError for a shape of too low a rank."""
    if shape.ndims is None or shape.ndims < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {shape.ndims}")
    return shape.as_list()[-1]  # type: ignore[no-any-return]
