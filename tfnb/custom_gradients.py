"""Functions with a gradient of their own.

@tf.custom_gradient
def clipped(x):
    def grad(dy):
        return tf.clip_by_norm(dy, 1.0)
    return x, grad
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

from tfnb.core.graph import get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.gradients import RegisterGradient
from tfnb.ops.sources import identity_n

__all__ = ["custom_gradient"]

_serial = itertools.count()


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Gives `f` a gradient: it returns a result and a function from dy to the gradients of f's arguments.

    >>> @tf.custom_gradient
    ... def clipped(x):
    ...     return x, lambda dy: tf.clip_by_value(dy, -1.0, 1.0)
    >>> x = tf.constant(2.0)
    >>> print(tf.gradients(clipped(x) * 10.0, x)[0].eval())
    1.0
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        arguments = [convert_to_tensor(a) for a in args]
        result, grad = f(*arguments, **kwargs)
        listed = isinstance(result, (list, tuple))
        results = [convert_to_tensor(r) for r in (result if listed else [result])]
        graph, key = get_default_graph(), f"CustomGradient-{next(_serial)}"

        @RegisterGradient(key)
        def rule(node: Any, *dys: Any) -> list[Any]:
            found = grad(*dys[: len(results)])
            found = list(found) if isinstance(found, (list, tuple)) else [found]
            return [None] * len(results) + found

        with graph.gradient_override_map({"IdentityN": key}):
            outputs = identity_n(results + arguments)[: len(results)]
        return type(result)(outputs) if listed else outputs[0]

    return decorated
