"""First values from a checkpoint: of variables by name, of all below a scope, or of all that match a pattern.

    tf.train.init_from_checkpoint("old/model-100", {"layer1/": "encoder/"})       before the session's init op runs
"""

from __future__ import annotations

import re
from typing import Any

from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.variables import Variable

__all__ = ["init_from_checkpoint", "warm_start"]


def init_from_checkpoint(ckpt_dir_or_file: str, assignment_map: Any) -> None:
    """Variables begin with a checkpoint's values. The map goes from names (or scopes that end in /) there to variables, names or scopes here.

    Raises ValueError for a name that is not in the checkpoint, and where shapes differ.

    >>> v = tf.get_variable("v", initializer=[1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> w = tf.get_variable("w", [2])
    >>> tf.train.init_from_checkpoint(path, {"v": w})
    >>> sess.run(w.initializer)
    >>> print(w.eval())
    [1. 2.]
    """
    from tfnb.train.checkpoints import load_checkpoint

    reader = load_checkpoint(ckpt_dir_or_file)
    there = reader.get_variable_to_shape_map()
    here = {v.op.name: v for v in get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)}
    for old, new in dict(assignment_map).items():
        for name, variable in _pairs(old, new, there, here):
            if name not in there:
                raise ValueError(f"Tensor {name} is not found in {ckpt_dir_or_file} checkpoint {dict(there)}")
            if list(there[name]) != variable.shape.as_list():
                raise ValueError(f"Shape of variable {variable.name} ({variable.shape}) doesn't match with shape of tensor {name} ({there[name]}) from "
                                 "checkpoint reader.")  # fmt: skip
            _begin(variable, reader.get_tensor(name))


def _pairs(old: str, new: Any, there: Any, here: dict[str, Variable]) -> list[tuple[str, Variable]]:
    """(name in the checkpoint, variable) for one entry of the map."""
    if isinstance(new, Variable):
        return [(old, new)]
    if isinstance(new, (list, tuple)):
        return [(old, v) for v in new]
    if not old.endswith("/") or not str(new).endswith("/"):
        if new in here:
            return [(old, here[new])]
        raise ValueError(f"Assignment map with scope only name {old} should map to scope only {new}. Should be 'scope/': 'other_scope/'.")
    inner = "" if new == "/" else new
    outer = "" if old == "/" else old
    found = [(outer + name.removeprefix(inner), v) for name, v in here.items() if name.startswith(inner)]
    return [(name, v) for name, v in found if name in there]


def _begin(variable: Variable, value: Any) -> None:
    """The variable's first value is this."""
    from tfnb.ops.sources import constant

    with get_default_graph().control_dependencies(None):
        variable.initializer = variable.assign(constant(value, variable.dtype.base_dtype)).op


def warm_start(ckpt_to_initialize_from: str, vars_to_warm_start: Any = ".*", var_name_to_vocab_info: Any = None,
               var_name_to_prev_var_name: Any = None) -> None:  # fmt: skip
    """Trainable variables whose names match a pattern (or are in a list) begin with a checkpoint's values.

    >>> v = tf.get_variable("v", initializer=[1.0, 2.0])
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> with tf.Graph().as_default(), tf.Session() as other:
    ...     w = tf.get_variable("v", [2])
    ...     tf.train.warm_start(path)
    ...     other.run(w.initializer)
    ...     print(other.run(w))
    [1. 2.]
    """
    from tfnb.train.checkpoints import load_checkpoint

    there = load_checkpoint(ckpt_to_initialize_from).get_variable_to_shape_map()
    graph, before = get_default_graph(), dict(var_name_to_prev_var_name or {})
    if isinstance(vars_to_warm_start, str) or vars_to_warm_start is None:
        pattern = vars_to_warm_start or ".*"
        chosen = [v for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) if re.match(pattern, v.op.name)]
    else:
        given = list(vars_to_warm_start)
        asked = lambda v: v in given or any(isinstance(n, str) and re.match(n, v.op.name) for n in given)  # noqa: E731
        chosen = [v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if asked(v)]
    init_from_checkpoint(ckpt_to_initialize_from, {before.get(v.op.name, v.op.name): v for v in chosen if before.get(v.op.name, v.op.name) in there})
