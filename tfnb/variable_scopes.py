"""get_variable and variable_scope: variables that are found again by name, to be shared.

    with variable_scope("layer1"):
        w = get_variable("w", [784, 100])          layer1/w, made or, with reuse, found
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from tfnb.core.dtypes import as_dtype, float32
from tfnb.core.errors import teach
from tfnb.core.graph import Graph, GraphKeys, Tensor, get_default_graph
from tfnb.core.op import graph_of
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.variables import Variable

__all__ = [
    "AUTO_REUSE", "VariableScope", "get_local_variable", "get_variable", "get_variable_scope", "make_template", "no_regularizer",
    "variable_op_scope", "variable_scope",
]  # fmt: skip


class _AutoReuse:
    def __str__(self) -> str:
        return "_ReuseMode.AUTO_REUSE"

    def __repr__(self) -> str:
        return f"<{self}: 1>"


AUTO_REUSE = _AutoReuse()
_INHERITED = ("initializer", "regularizer", "caching_device", "partitioner", "custom_getter", "dtype", "use_resource", "constraint")


def no_regularizer(_: Any) -> None:
    """Stands for: no regularizer, not even the scope's.

    >>> w = tf.get_variable("w", [2], regularizer=tf.no_regularizer)
    >>> print(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
    []
    """


class VariableScope:
    """A prefix for names of variables, with defaults for those made in it.

    >>> with tf.variable_scope("outer") as scope:
    ...     print(scope.name, scope.reuse)
    outer False
    """

    def __init__(self, reuse: Any = False, name: str = "", name_scope: str = "", **defaults: Any) -> None:
        self._reuse, self._name, self._name_scope = reuse, name, name_scope
        for key in _INHERITED:
            setattr(self, key, defaults.get(key))
        self.dtype = self.dtype or float32

    @property
    def name(self) -> str:
        return self._name

    @property
    def original_name_scope(self) -> str:
        return self._name_scope

    @property
    def reuse(self) -> Any:
        return self._reuse

    def reuse_variables(self) -> None:
        """From now on variables are found, not made."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        self.regularizer = regularizer

    def set_dtype(self, dtype: Any) -> None:
        self.dtype = dtype

    def set_custom_getter(self, custom_getter: Any) -> None:
        self.custom_getter = custom_getter

    def get_collection(self, name: Any) -> list[Any]:
        return get_default_graph().get_collection(name, self.name + "/" if self.name else "")

    def trainable_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def get_variable(self, name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None,
                     reuse: Any = None, trainable: bool | None = None, collections: Any = None, custom_getter: Any = None,
                     constraint: Any = None, validate_shape: bool = True, use_resource: Any = None, **_: Any) -> Variable:  # fmt: skip
        """The variable `name` of this scope, made or found."""
        reuse = self._reuse if reuse is None else reuse
        wanted = dict(
            shape=shape, dtype=dtype or self.dtype, initializer=initializer if initializer is not None else self.initializer,
            regularizer=regularizer or self.regularizer, reuse=reuse, trainable=trainable, collections=collections,
            constraint=constraint or self.constraint, validate_shape=validate_shape, dtype_given=dtype,
            use_resource=getattr(self, "use_resource", None) if use_resource is None else use_resource,
        )  # fmt: skip
        getter = custom_getter or self.custom_getter
        full = f"{self.name}/{name}" if self.name else name
        with get_default_graph().name_scope(None):
            if getter is None:
                return _get(full, **wanted)
            wanted.pop("dtype_given")
            if custom_getter is not None and self.custom_getter is not None:
                inner = functools.partial(self.custom_getter, _get)
                return custom_getter(inner, name=full, **wanted)  # type: ignore[no-any-return]
            return getter(_get, name=full, **wanted)  # type: ignore[no-any-return]


def _get(name: str, shape: Any = None, dtype: Any = float32, initializer: Any = None, regularizer: Any = None, reuse: Any = None,
         trainable: bool | None = None, collections: Any = None, constraint: Any = None, validate_shape: bool = True,
         dtype_given: Any = None, use_resource: Any = None, **_: Any) -> Variable:  # fmt: skip
    graph = get_default_graph()
    found = graph.variable_store.get(name)
    shape = None if shape is None else as_shape(shape)
    if found is not None:
        return _found(name, found, shape, dtype_given or dtype, reuse)
    if reuse is True:
        raise teach(ValueError(f"Variable {name} does not exist, or was not created with tf.get_variable(). "
                               "Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"), "Make it once without reuse, then share it.")  # fmt: skip
    dtype = as_dtype(dtype).base_dtype
    if isinstance(initializer, type):
        initializer = initializer()
    if initializer is None:
        initializer = _default_initializer(name, dtype)
    if callable(initializer) and not isinstance(initializer, (Tensor, Variable)):
        make = initializer
        if shape is None or not shape.is_fully_defined():
            if shape is not None or not _needs_nothing(make):
                raise _no_shape()
            value: Any = make
        else:
            value = lambda: _initial(make, shape, dtype)  # noqa: E731 - a function of no arguments is what Variable takes
    else:
        if shape is not None:
            raise ValueError("If initializer is a constant, do not specify shape.")
        value, dtype = initializer, dtype_given  # type: ignore[assignment]
    variable = Variable(value, trainable, collections, validate_shape, name=name, dtype=dtype, constraint=constraint,
                        use_resource=use_resource)  # fmt: skip
    graph.variable_store[name] = variable
    if regularizer is not None and regularizer is not no_regularizer:
        _regularize(graph, name, variable, regularizer)
    return variable


def _initial(make: Callable[..., Any], shape: TensorShape, dtype: Any) -> Any:
    try:
        return make(shape.as_list(), dtype=dtype)
    except TypeError:
        named = inspect.signature(make).parameters
        if not named:
            return make()
        if "dtype" in named:
            raise
        return make(shape.as_list())


def _needs_nothing(make: Callable[..., Any]) -> bool:
    """Whether a function can be called without arguments."""
    try:
        inspect.signature(make).bind()
    except (TypeError, ValueError):
        return False
    return True


def _no_shape() -> Exception:
    text = ("The initializer passed is not valid. It should be a callable with no arguments and the shape should not be provided or "
            "an instance of `tf.keras.initializers.*' and `shape` should be fully defined.")  # fmt: skip
    return teach(ValueError(text), 'Say the shape: tf.get_variable("w", [784, 10]).')


def _found(name: str, found: Variable, shape: TensorShape | None, dtype: Any, reuse: Any) -> Variable:
    if reuse is False or reuse is None:
        where = found.op.where
        raise teach(ValueError(f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? "
                               f"Originally defined at:\n\n  {where}\n"),
                    "Run tf.reset_default_graph() first, or share it: with tf.variable_scope(..., reuse=tf.AUTO_REUSE).", where)  # fmt: skip
    if shape is not None and not shape.is_compatible_with(found.shape):
        raise ValueError(f"Trying to share variable {name}, but specified shape {shape} and found shape {found.shape}.")
    if dtype is not None and not as_dtype(dtype).is_compatible_with(found.dtype.base_dtype):
        raise ValueError(f"Trying to share variable {name}, but specified dtype {as_dtype(dtype).name} and found dtype {found.dtype.name}.")
    return found


def _default_initializer(name: str, dtype: Any) -> Any:
    from tfnb import initializers

    if dtype.is_floating:
        return initializers.glorot_uniform_initializer()
    if dtype.is_integer or dtype.is_unsigned or dtype.name in ("bool", "string"):
        return initializers.zeros_initializer()
    raise ValueError(f"An initializer for variable {name} of {dtype} is required")


def _regularize(graph: Graph, name: str, variable: Variable, regularizer: Any) -> None:
    with graph.name_scope(name + "/Regularizer/"):
        loss = regularizer(variable)
    if loss is not None:
        graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


# -- scopes ---------------------------------------------------------------------------------------------------------------
def get_variable_scope() -> VariableScope:
    """The scope that variables are made in now.

    >>> with tf.variable_scope("layer"): name = tf.get_variable_scope().name
    >>> name
    'layer'
    """
    state = get_default_graph().scope_state
    if "variables" not in state:
        state["variables"] = VariableScope()
    return state["variables"]  # type: ignore[no-any-return]


def get_variable(name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None, trainable: bool | None = None,
                 collections: Any = None, caching_device: Any = None, partitioner: Any = None, validate_shape: bool = True,
                 use_resource: Any = None, custom_getter: Any = None, constraint: Any = None, synchronization: Any = None,
                 aggregation: Any = None) -> Variable:  # fmt: skip
    """The variable of this name in the current scope: made the first time, found where the scope reuses.

    `initializer` is a value or a function of shape and dtype; Glorot's uniform one where none is given. Raises ValueError
    for a name that exists (without reuse) or does not (with reuse), and for another shape or dtype than it has.

    >>> v = tf.get_variable("w", [2, 3])
    >>> print(v.name, v.shape)
    w:0 (2, 3)
    """
    return get_variable_scope().get_variable(name, shape, dtype, initializer, regularizer, None, trainable, collections, custom_getter,
                                             constraint, validate_shape, use_resource)  # fmt: skip


def get_local_variable(name: str, *args: Any, collections: Any = None, trainable: Any = False, **named: Any) -> Variable:
    """As `get_variable`, for a variable of this process alone.

    >>> v = tf.get_local_variable("seen", [], initializer=tf.zeros_initializer())
    >>> print(v in tf.local_variables(), v in tf.trainable_variables())
    True False
    """
    return get_variable(name, *args, collections=[*(collections or []), GraphKeys.LOCAL_VARIABLES], trainable=False, **named)


@contextlib.contextmanager
def variable_scope(name_or_scope: Any, default_name: str | None = None, values: Any = None, initializer: Any = None, regularizer: Any = None,
                   caching_device: Any = None, partitioner: Any = None, custom_getter: Any = None, reuse: Any = None, dtype: Any = None,
                   use_resource: Any = None, constraint: Any = None, auxiliary_name_scope: bool = True) -> Iterator[VariableScope]:  # fmt: skip
    """Prefixes variables made by `get_variable` inside, and ops too; `reuse` True or AUTO_REUSE finds those there.

    >>> with tf.variable_scope("layer"): v = tf.get_variable("w", [2])
    >>> v.name
    'layer/w:0'
    """
    if name_or_scope is None and default_name is None:
        raise TypeError("If default_name is None then name_or_scope is required")
    if not isinstance(name_or_scope, (str, VariableScope, type(None))):
        raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
    if reuse not in (None, False, True, AUTO_REUSE):
        raise ValueError("The reuse parameter must be True or False or None.")
    graph = graph_of(tuple(values or ()))
    with graph.as_default():
        old = get_variable_scope()
        counts = graph.scope_state.setdefault("variable_scopes", {})
        given = dict(initializer=initializer, regularizer=regularizer, custom_getter=custom_getter, dtype=dtype, constraint=constraint,
                     use_resource=use_resource)  # fmt: skip
        if isinstance(name_or_scope, VariableScope):
            base, name = name_or_scope, name_or_scope.name
            scope_name = name.split("/")[-1]
        else:
            base = old
            short = name_or_scope if name_or_scope is not None else _unique_scope(counts, old.name, default_name or "")
            scope_name = name_or_scope if name_or_scope is not None else default_name or ""
            name = f"{old.name}/{short}" if old.name else short
        if name_or_scope is None and reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        reuse = (reuse or base.reuse) if not isinstance(name_or_scope, VariableScope) else (reuse if reuse is not None else base.reuse) or old.reuse
        with contextlib.ExitStack() as stack:
            ops_scope = stack.enter_context(graph.name_scope(scope_name)) if auxiliary_name_scope and scope_name else graph.get_name_scope() + "/"
            if not isinstance(name_or_scope, VariableScope):
                original = ops_scope
                counts[name] = counts.get(name, 0) + 1
            else:
                original = name_or_scope.original_name_scope
            defaults = {k: given.get(k) or getattr(base, k) for k in _INHERITED}
            if custom_getter is not None and base.custom_getter is not None:
                outer = base.custom_getter
                defaults["custom_getter"] = lambda getter, **kw: custom_getter(functools.partial(outer, getter), **kw)
            new = VariableScope(reuse, name, original, **defaults)
            graph.scope_state["variables"] = new
            try:
                yield new
            finally:
                graph.scope_state["variables"] = old
                inside = name + "/"
                for key in [k for k in counts if k.startswith(inside)]:
                    del counts[key]


def _unique_scope(counts: dict[str, int], prefix: str, name: str) -> str:
    full = f"{prefix}/{name}" if prefix else name
    if full not in counts:
        return name
    i = 1
    while f"{full}_{i}" in counts:
        i += 1
    return f"{name}_{i}"


@contextlib.contextmanager
def variable_op_scope(values: Any, name_or_scope: Any, default_name: str | None = None, **named: Any) -> Iterator[VariableScope]:
    """The argument order of TensorFlow before 1.0.

    >>> with tf.variable_op_scope([], None, "outer"):
    ...     print(tf.get_variable("v", [1]).name)
    outer/v:0
    """
    with variable_scope(name_or_scope, default_name, values, **named) as scope:
        yield scope


def make_template(name_: str, func_: Callable[..., Any], create_scope_now_: bool = False, unique_name_: Any = None, **fixed: Any) -> Callable[..., Any]:
    """`func_` with variables made at its first call and shared by all later ones.

    >>> double = tf.make_template("layer", lambda x: x * tf.get_variable("w", [], initializer=tf.ones_initializer()))
    >>> a, b = double(1.0), double(2.0)
    >>> print([v.name for v in tf.global_variables()])
    ['layer/w:0']
    """
    held: dict[str, VariableScope] = {}

    def call(*args: Any, **named: Any) -> Any:
        if "scope" in held:
            with variable_scope(held["scope"], reuse=True):
                return func_(*args, **fixed, **named)
        with variable_scope(unique_name_, default_name=name_) as scope:
            held["scope"] = scope
            return func_(*args, **fixed, **named)

    return call
