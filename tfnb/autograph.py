"""tf.autograph: what `tf.function` does to a function's source."""

from __future__ import annotations

from typing import Any

from tfnb.engine.autograph import converted, do_not_convert, to_code
from tfnb.lazy import Part

__all__ = ["Feature", "experimental", "set_verbosity", "to_code", "to_graph", "trace"]

class Feature:
    """What may be rewritten, as an argument: accepted, everything is.

    >>> print(tf.autograph.experimental.Feature.ALL)
    ALL
    """

    ALL, AUTO_CONTROL_DEPS, ASSERT_STATEMENTS, BUILTIN_FUNCTIONS, EQUALITY_OPERATORS, LISTS, NAME_SCOPES = (
        "ALL", "AUTO_CONTROL_DEPS", "ASSERT_STATEMENTS", "BUILTIN_FUNCTIONS", "EQUALITY_OPERATORS", "LISTS", "NAME_SCOPES")  # fmt: skip

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return tuple(v for k, v in vars(cls).items() if k.isupper())

    @classmethod
    def all_but(cls, exclude: Any) -> tuple[str, ...]:
        return tuple(f for f in cls.all() if f not in exclude)


def to_graph(entity: Any, recursive: bool = True, arg_values: Any = None, arg_types: Any = None, experimental_optional_features: Any = None) -> Any:
    """The function with its `if`, `while` and `for` made of nodes where they look at tensors.

    >>> f = tf.autograph.to_graph(bigger)
    >>> print(f(tf.constant(3)).eval())
    6
    """
    return converted(entity)


def bigger(x: Any) -> Any:
    """An example for `to_graph`: it asks a tensor whether it is positive."""
    if x > 0:
        x = x * 2
    return x


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Accepted: rewriting says nothing.

    >>> tf.autograph.set_verbosity(0)
    """


def trace(*args: Any) -> None:
    """Prints its arguments while a function is being traced.

    >>> tf.autograph.trace("seen while tracing")
    seen while tracing
    """
    print(*args)


def set_loop_options(parallel_iterations: Any = None, back_prop: Any = None, swap_memory: Any = None, maximum_iterations: Any = None) -> None:
    """Accepted within a loop.

    >>> tf.autograph.experimental.set_loop_options()
    """


experimental = Part("tf.autograph.experimental", do_not_convert=do_not_convert, Feature=Feature, set_loop_options=set_loop_options)
