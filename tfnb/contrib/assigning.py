"""Values put into variables: from a checkpoint or from arrays, as an operation with its feeds or as a function of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tfnb as tf

__all__ = ["assign_from_checkpoint", "assign_from_checkpoint_fn", "assign_from_values", "assign_from_values_fn"]


def assign_from_values(var_names_to_values: dict[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """(operation, feeds) that put arrays into the variables of these names. Raises ValueError for a name that the graph has not.

    >>> v = tf.Variable([0.0, 0.0], name="v")
    >>> op, feeds = tf.contrib.framework.assign_from_values({"v": np.float32([1, 2])})
    >>> sess.run(op, feeds)
    >>> print(v.eval())
    [1. 2.]
    """
    variables = {v.op.name: v for v in tf.global_variables() + tf.local_variables()}
    assigns, feeds = [], {}
    for name, value in var_names_to_values.items():
        if name not in variables:
            raise ValueError(f"Variable {name} wasn't found")
        put, feed = _put(variables[name], np.asarray(value))
        assigns.append(put)
        feeds.update(feed)
    return tf.group(*assigns), feeds


def _put(variable: Any, value: Any) -> Any:
    place = tf.placeholder(variable.dtype.base_dtype, value.shape)
    return tf.assign(variable, place), {place: value}


def assign_from_values_fn(var_names_to_values: dict[str, Any]) -> Callable[[Any], None]:
    """The same as a function of a session.

    >>> v = tf.Variable(0.0, name="v")
    >>> tf.contrib.framework.assign_from_values_fn({"v": 2.0})(sess)
    >>> print(v.eval())
    2.0
    """
    op, feeds = assign_from_values(var_names_to_values)
    return lambda session: session.run(op, feeds)


def assign_from_checkpoint(model_path: str, var_list: Any, ignore_missing_vars: bool = False) -> tuple[Any, dict[Any, Any]]:
    """(operation, feeds) that put a checkpoint's values into variables; `var_list` is a list, or a dict by their names in the checkpoint.

    Raises ValueError for a variable that the checkpoint has not, unless `ignore_missing_vars`, and for one of another size.

    >>> v = tf.get_variable("v", initializer=[1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> op, feeds = tf.contrib.framework.assign_from_checkpoint(tf.train.Saver().save(sess, "./model"), {"v": v})
    >>> v.load([0.0, 0.0], sess)
    >>> sess.run(op, feeds)
    >>> print(v.eval())
    [1. 2.]
    """
    reader = tf.train.load_checkpoint(model_path)
    assigns, feeds = [], {}
    for name, v in (var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}).items():
        if not reader.has_tensor(name):
            if not ignore_missing_vars:
                raise ValueError(f"Checkpoint is missing variable [{name}]")
            tf.logging.warning("Checkpoint is missing variable [%s]", name)
            continue
        value, shape = reader.get_tensor(name), v.shape.as_list()
        if int(np.prod(shape)) != value.size:
            raise ValueError(f"Total size of new array must be unchanged for {name} lh_shape: [{value.shape!s}], rh_shape: [{tuple(shape)}]")
        put, feed = _put(v, value.reshape(shape))
        assigns.append(put)
        feeds.update(feed)
    return tf.group(*assigns), feeds


def assign_from_checkpoint_fn(model_path: str, var_list: Any, ignore_missing_vars: bool = False,
                              reshape_variables: bool = False) -> Callable[[Any], None] | None:  # fmt: skip
    """A function that restores the variables into a session; None where `ignore_missing_vars` leaves nothing to restore.

    >>> v = tf.get_variable("v", initializer=[1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> restore = tf.contrib.framework.assign_from_checkpoint_fn(path, [v])
    >>> restore(sess)
    >>> print(v.eval())
    [1. 2.]
    """
    names = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
    if ignore_missing_vars:
        there = {name for name, _ in tf.train.list_variables(model_path)}
        names = {name: v for name, v in names.items() if name in there}
    if not names:
        return None
    saver = tf.train.Saver(names, reshape=reshape_variables)
    return lambda session: saver.restore(session, model_path)
