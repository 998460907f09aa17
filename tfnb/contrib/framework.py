"""tf.contrib.framework: arg_scope, and variables found by scope, name or suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tfnb.compatibility import get_static_value, is_tensor
from tfnb.contrib.arg_scopes import add_arg_scope, arg_scope, arg_scoped_arguments, current_arg_scope, has_arg_scope
from tfnb.contrib.assigning import assign_from_checkpoint, assign_from_checkpoint_fn, assign_from_values, assign_from_values_fn
from tfnb.contrib.layers import get_model_variables
from tfnb.contrib.normalization import smart_cond
from tfnb.core import nest
from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.lazy import lazy
from tfnb.ops.functional import map_fn
from tfnb.ops.sorting import argsort, sort
from tfnb.train.checkpoints import list_variables, load_checkpoint, load_variable
from tfnb.train.steps import assert_global_step, create_global_step, get_global_step, get_or_create_global_step
from tfnb.variable_scopes import get_variable

__all__ = [
    "add_arg_scope", "add_model_variable", "arg_scope", "arg_scoped_arguments", "argsort", "assert_global_step",
    "assert_or_get_global_step", "assert_same_float_dtype", "assign_from_checkpoint", "assign_from_checkpoint_fn", "assign_from_values",
    "assign_from_values_fn", "create_global_step", "current_arg_scope", "deprecated", "deprecated_arg_values", "deprecated_args",
    "filter_variables", "get_global_step", "get_local_variables", "get_model_variables", "get_name_scope", "get_or_create_global_step",
    "get_trainable_variables", "get_unique_variable", "get_variable_full_name", "get_variables", "get_variables_by_name",
    "get_variables_by_suffix", "get_variables_to_restore", "global_variable", "has_arg_scope", "is_tensor", "list_variables",
    "load_checkpoint", "load_variable", "local_variable", "map_fn", "model_variable", "nest", "smart_cond", "smart_constant_value", "sort",
    "variable", "with_same_shape", "with_shape",
]  # fmt: skip

sequence_types = (list, tuple)


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The floating dtype that all the tensors have; ValueError where they differ.

    >>> print(tf.contrib.framework.assert_same_float_dtype([tf.ones([2]), tf.zeros([3])]))
    <dtype: 'float32'>
    """
    from tfnb.ops.checks import assert_same_float_dtype as same

    return same(tensors, dtype)


def smart_constant_value(pred: Any) -> bool | None:
    """The value of a condition where the graph alone tells it, else None.

    >>> print(tf.contrib.framework.smart_constant_value(tf.constant(True)))
    True
    """
    known = get_static_value(pred) if is_tensor(pred) else pred
    return None if known is None else bool(known)


def get_name_scope() -> str:
    """The name scope in force, without the slash at its end.

    >>> with tf.name_scope("outer"):
    ...     print(tf.contrib.framework.get_name_scope())
    outer
    """
    return str(get_default_graph().get_name_scope())


# -- making variables --------------------------------------------------------------------------------------------
@add_arg_scope
def variable(name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None, trainable: bool = True,
             collections: Any = None, caching_device: Any = None, device: Any = None, partitioner: Any = None,
             custom_getter: Any = None, use_resource: Any = None, **_: Any) -> Any:  # fmt: skip
    """tf.get_variable, with defaults from arg_scope.

    >>> v = tf.contrib.framework.variable("v", [2, 3])
    >>> print(v.shape)
    (2, 3)
    """
    named = {} if dtype is None else {"dtype": dtype}
    return get_variable(name, shape, initializer=initializer, regularizer=regularizer, trainable=trainable,
                        collections=list(collections or [GraphKeys.GLOBAL_VARIABLES]), custom_getter=custom_getter, **named)  # fmt: skip


@add_arg_scope
def model_variable(name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None,
                   trainable: bool = True, collections: Any = None, **named: Any) -> Any:  # fmt: skip
    """A variable that is noted down as the model's.

    >>> v = tf.contrib.framework.model_variable("v", [2, 3])
    >>> print(v.shape)
    (2, 3)
    """
    where = [*(collections or []), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return variable(name, shape, dtype, initializer, regularizer, trainable, where, **named)


def local_variable(initial_value: Any, validate_shape: bool = True, name: str | None = None, use_resource: Any = None) -> Any:
    """A variable that is neither trained nor saved.

    >>> v = tf.contrib.framework.local_variable(1.0, name="seen")
    >>> print(tf.local_variables() == [v])
    True
    """
    from tfnb.variables import Variable

    return Variable(initial_value, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES], validate_shape=validate_shape, name=name)


def add_model_variable(var: Any) -> None:
    """Notes a variable down as the model's.

    >>> v = tf.Variable(1.0, name="v")
    >>> tf.contrib.framework.add_model_variable(v)
    >>> print(tf.contrib.framework.get_model_variables()[0].name)
    v:0
    """
    if var not in get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES):
        get_default_graph().add_to_collection(GraphKeys.MODEL_VARIABLES, var)


# -- finding variables -------------------------------------------------------------------------------------------
def get_variables(scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES) -> list[Any]:
    """The variables of a scope, those alone whose names end in `suffix` where it is given.

    >>> with tf.variable_scope("a"):
    ...     v = tf.get_variable("w", [2])
    >>> [v.name for v in tf.contrib.framework.get_variables("a")]
    ['a/w:0']
    """
    name = getattr(scope, "name", scope)
    if suffix is not None:
        suffix = suffix if ":" in suffix else suffix + ":0"
    found = get_default_graph().get_collection(collection, name)
    return [v for v in found if suffix is None or v.name.endswith(suffix)]


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The local variables of a scope.

    >>> v = tf.contrib.framework.local_variable(1.0, name="seen")
    >>> print([v.op.name for v in tf.contrib.framework.get_local_variables()])
    ['seen']
    """
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The trainable variables of a scope.

    >>> v = tf.Variable(1.0, name="v")
    >>> print([v.op.name for v in tf.contrib.framework.get_trainable_variables()])
    ['v']
    """
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """The variables whose names end so.

    >>> v = tf.get_variable("layer/kernel", [2])
    >>> print([v.op.name for v in tf.contrib.framework.get_variables_by_suffix("kernel")])
    ['layer/kernel']
    """
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """The variables of this name in any scope.

    >>> v = tf.get_variable("layer/kernel", [2])
    >>> print([v.op.name for v in tf.contrib.framework.get_variables_by_name("kernel")])
    ['layer/kernel']
    """
    return [v for v in get_variables(scope) if v.op.name == given_name or v.op.name.endswith("/" + given_name)]


def get_unique_variable(var_op_name: str) -> Any:
    """The variable of this very name. Raises ValueError where there is none, or more than one begins so.

    >>> v = tf.get_variable("v", [2])
    >>> print(tf.contrib.framework.get_unique_variable("v") is v)
    True
    """
    found = get_variables(var_op_name)
    exact = [v for v in found if v.op.name == var_op_name]
    if not found:
        raise ValueError(f"Variable {var_op_name} does not exist")
    if len(found) > 1 and len(exact) != 1:
        raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")
    return exact[0] if exact else found[0]


def get_variables_to_restore(include: Any = None, exclude: Any = None) -> list[Any]:
    """The variables that scopes in `include` have and those in `exclude` have not.

    >>> v = tf.get_variable("layer/kernel", [2])
    >>> print([v.op.name for v in tf.contrib.framework.get_variables_to_restore(exclude=["other"])])
    ['layer/kernel']
    """
    if include is not None and not isinstance(include, (list, tuple)):
        raise TypeError("include is provided but is not a list or tuple.")
    if exclude is not None and not isinstance(exclude, (list, tuple)):
        raise TypeError("exclude is provided but is not a list or tuple.")
    wanted = [v for scope in include or [None] for v in get_variables(scope)]
    dropped = {v for scope in exclude or [] for v in get_variables(scope)}
    return [v for v in dict.fromkeys(wanted) if v not in dropped]


def filter_variables(var_list: Iterable[Any], include_patterns: Any = None, exclude_patterns: Any = None, reg_search: bool = True) -> list[Any]:
    """The variables whose names fit a pattern of `include_patterns` (all where none is given) and none of the others.

    >>> a, b = tf.Variable(1.0, name="dense/kernel"), tf.Variable(1.0, name="dense/bias")
    >>> print([v.op.name for v in tf.contrib.framework.filter_variables([a, b], exclude_patterns=["bias"])])
    ['dense/kernel']
    """
    import re

    fits = re.search if reg_search else re.match
    kept = list(var_list)
    if include_patterns is not None:
        kept = [v for v in kept if any(fits(p, v.op.name) for p in include_patterns)]
    if exclude_patterns is not None:
        kept = [v for v in kept if not any(fits(p, v.op.name) for p in exclude_patterns)]
    return kept


# -- small things --------------------------------------------------------------------------------------------------
def get_variable_full_name(var: Any) -> str:
    """The variable's name as checkpoints have it.

    >>> print(tf.contrib.framework.get_variable_full_name(tf.Variable(1.0, name="v")))
    v
    """
    return str(var.op.name)


def global_variable(initial_value: Any, validate_shape: bool = True, name: str | None = None, use_resource: Any = None) -> Any:
    """A variable that is saved and not trained.

    >>> v = tf.contrib.framework.global_variable(1.0, name="v")
    >>> print(tf.global_variables() == [v], tf.trainable_variables())
    True []
    """
    from tfnb.variables import Variable

    return Variable(initial_value, trainable=False, collections=[GraphKeys.GLOBAL_VARIABLES], validate_shape=validate_shape, name=name)


def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """The given global step, checked, or the graph's.

    >>> step = tf.train.create_global_step()
    >>> print(tf.contrib.framework.assert_or_get_global_step() is step)
    True
    """
    if global_step_tensor is None:
        return get_global_step(graph)
    assert_global_step(global_step_tensor)
    return global_step_tensor


def with_same_shape(expected_tensor: Any, tensor: Any) -> Any:
    """The tensor, once its shape is that of the other.

    >>> print(tf.contrib.framework.with_same_shape(tf.ones([2]), tf.zeros([2])).eval())
    [0. 0.]
    """
    shape = expected_tensor.shape
    return with_shape(shape if shape.is_fully_defined() else _shape_of(expected_tensor), tensor)


def with_shape(expected_shape: Any, tensor: Any) -> Any:
    """The tensor, once its shape is the expected one: now where both are known (ValueError), else when it is run.

    >>> x = tf.placeholder(tf.float32)
    >>> y = tf.contrib.framework.with_shape([2], x)
    >>> print(y.shape, y.eval({x: [1.0, 2.0]}))
    (2,) [1. 2.]
    """
    from tfnb.core.op import convert_to_tensor
    from tfnb.core.scopes import control_dependencies
    from tfnb.ops.asserts import assert_equal
    from tfnb.ops.elementwise import identity

    tensor, wanted = convert_to_tensor(tensor), get_static_value(expected_shape) if is_tensor(expected_shape) else expected_shape
    if wanted is None:
        with control_dependencies([assert_equal(_shape_of(tensor), expected_shape)]):
            return identity(tensor)
    tensor.shape.assert_is_compatible_with(wanted)
    if tensor.shape.is_fully_defined():
        return tensor
    with control_dependencies([assert_equal(_shape_of(tensor), [int(d) for d in wanted])]):
        checked = identity(tensor)
    checked.set_shape(wanted)
    return checked


def _shape_of(tensor: Any) -> Any:
    from tfnb.ops.arrays import shape

    return shape(tensor)


def _noticed(what: str) -> Any:
    """A decorator that takes a date and instructions and leaves the function as it is, but for a line in its manual."""

    def deprecated(date: Any, instructions: str, *_: Any, **__: Any) -> Callable[[Any], Any]:
        def mark(function: Any) -> Any:
            function.__doc__ = f"{function.__doc__ or ''} ({what}: {instructions})"
            return function

        return mark

    deprecated.__doc__ = f"""A decorator that notes in a function's manual: {what}.

    >>> @tf.contrib.framework.deprecated(None, "Use g.")
    ... def f():
    ...     return 1
    >>> print(f())
    1
    """
    return deprecated


deprecated, deprecated_args, deprecated_arg_values = _noticed("deprecated"), _noticed("deprecated arguments"), _noticed("deprecated values of arguments")


_ELSEWHERE = {
    "TensorSpec": "engine.function", "assert_scalar": "ops.checks", "convert_to_tensor_or_sparse_tensor": "compatibility", "init_from_checkpoint": "train.warm",
    "py_func": "ops.host", "zero_initializer": "initializers:zeros_initializer",
}  # fmt: skip
__getattr__, _ = lazy("tf.contrib.framework", _ELSEWHERE)
