"""arg_scope: default arguments for many calls of layers, given once.

    with arg_scope([conv2d, fully_connected], activation_fn=None):
        conv2d(x, 32, [3, 3])                    without activation
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["add_arg_scope", "arg_scope", "arg_scoped_arguments", "current_arg_scope", "has_arg_scope"]

Scope = dict[str, dict[str, Any]]
_stack: list[Scope] = [{}]
_arguments: dict[str, tuple[str, ...]] = {}  # of each decorated function, those with a default


def _key(function: Any) -> str:
    return getattr(function, "_key_op", str(function))


def current_arg_scope() -> Scope:
    """The defaults in force: arguments by function.

    >>> print(tf.contrib.framework.current_arg_scope())
    {}
    """
    return _stack[-1]


def add_arg_scope(function: Callable[..., Any]) -> Callable[..., Any]:
    """Lets arg_scope give defaults to this function.

    >>> @tf.contrib.framework.add_arg_scope
    ... def scaled(x, by=2):
    ...     return x * by
    >>> with tf.contrib.framework.arg_scope([scaled], by=5):
    ...     print(scaled(1), scaled(1, by=3))
    5 3
    """

    @functools.wraps(function)
    def with_defaults(*args: Any, **named: Any) -> Any:
        return function(*args, **{**current_arg_scope().get(key, {}), **named})

    key = f"{function.__module__}.{function.__qualname__}"
    with_defaults._key_op = key  # type: ignore[attr-defined]
    code, defaults = function.__code__, function.__defaults__ or ()
    _arguments[key] = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    return with_defaults


def has_arg_scope(function: Any) -> bool:
    """Whether arg_scope can give this function defaults.

    >>> print(tf.contrib.framework.has_arg_scope(tf.contrib.layers.conv2d))
    True
    """
    return _key(function) in _arguments


def arg_scoped_arguments(function: Any) -> tuple[str, ...]:
    """The arguments that arg_scope can set for the function.

    >>> print("activation_fn" in tf.contrib.framework.arg_scoped_arguments(tf.contrib.layers.fully_connected))
    True
    """
    if not has_arg_scope(function):
        raise AssertionError(f"{function.__name__} is not decorated with @add_arg_scope")
    return _arguments[_key(function)]


@contextlib.contextmanager
def arg_scope(list_ops_or_scope: Any, **named: Any) -> Iterator[Scope]:
    """Default arguments for the listed functions inside the block; a scope from `as` can be given instead, to use it again.

    Raises TypeError where neither is given, ValueError for a function that takes no defaults.

    >>> with tf.contrib.framework.arg_scope([tf.contrib.layers.fully_connected], activation_fn=None):
    ...     y = tf.contrib.layers.fully_connected(tf.ones([2, 3]), 4)
    >>> print(y.op.type)
    BiasAdd
    """
    if isinstance(list_ops_or_scope, dict):
        if named:
            raise ValueError("When attempting to re-use a scope by suppling adictionary, kwargs must be empty.")
        scope = list_ops_or_scope
    elif isinstance(list_ops_or_scope, (list, tuple)):
        scope = dict(current_arg_scope())
        for function in list_ops_or_scope:
            if not has_arg_scope(function):
                name = (getattr(function, "__module__", None), getattr(function, "__name__", str(function)))
                raise ValueError(f"{name} is not decorated with @add_arg_scope")
            scope[_key(function)] = {**scope.get(_key(function), {}), **named}
    else:
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    _stack.append(scope)
    try:
        yield scope
    finally:
        _stack.pop()
