"""Choosing in the graph: cond and case.

y = tf.cond(x > 0, lambda: x * 2, lambda: -x)      only the branch that is taken is computed
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.contexts import CondContext, Context
from tfnb.core.errors import teach
from tfnb.core.graph import GraphKeys, Operation, Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.ops import flow
from tfnb.ops.arrays import identity

__all__ = ["cond"]


def cond(pred: Any, true_fn: Callable[[], Any] | None = None, false_fn: Callable[[], Any] | None = None, strict: bool = False,
         name: str | None = None, fn1: Callable[[], Any] | None = None, fn2: Callable[[], Any] | None = None) -> Any:  # fmt: skip
    """What `true_fn()` gives where `pred` holds, else what `false_fn()` gives.

    What a function makes runs only where it is chosen; what it only uses runs always.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant(3)
    ...     print(sess.run(tf.cond(x > 0, lambda: x * 2, lambda: -x)))
    6
    """
    true_fn, false_fn = _renamed(true_fn, fn1, "fn1", "true_fn"), _renamed(false_fn, fn2, "fn2", "false_fn")
    if not callable(true_fn):
        raise TypeError("true_fn must be callable.")
    if not callable(false_fn):
        raise TypeError("false_fn must be callable.")
    with name_scope(name, "cond", [pred]):
        if isinstance(pred, bool):
            raise teach(TypeError("pred must not be a Python bool"), "Use Python's own if, or tf.constant(...) for the condition.")
        graph, pred, pivots = _pivots(pred)
        contexts, results, flat = [], [], []
        for branch, function in ((1, true_fn), (0, false_fn)):
            context = CondContext(graph, pred, pivots[branch], branch)
            with context.entered():
                given, tensors = _build_branch(context, function)
            if given is None:
                raise ValueError(f"{'true_fn' if branch else 'false_fn'} must have a return value.")
            contexts.append(context)
            results.append(given if strict else _single(given))
            flat.append(tensors)
        merged = _merged(results, flat)
        if contexts[0].outer is None:
            for context in contexts:
                graph.add_to_collection(GraphKeys.COND_CONTEXT, context)
        return merged if strict else _single(merged)


def _renamed(new: Any, old: Any, old_name: str, new_name: str) -> Any:
    if old is None:
        return new
    if new is not None:
        raise TypeError(f"cond(): {old_name} and {new_name} may not be set simultaneously.")
    return old


def _pivots(pred: Any) -> tuple[Any, Tensor, list[Tensor]]:
    """The condition, and for each branch a tensor that is there only where the branch is taken."""
    given = convert_to_tensor(pred, name="pred") if not isinstance(pred, Tensor) else pred
    no, yes = flow.switch(given, given)
    taken, other = identity(yes, name="switch_t"), identity(no, name="switch_f")
    pred = identity(given, name="pred_id")
    graph = pred.graph
    for t in (no, yes, taken, other, pred):
        graph.prevent_fetching(t.op)
    return graph, pred, [other, taken]


def _build_branch(context: CondContext, function: Callable[[], Any]) -> tuple[Any, list[Tensor]]:
    given = function()
    if given is None:
        return None, []
    return given, [_brought_in(context, leaf) for leaf in nest.flatten(given)]


def _brought_in(context: CondContext, value: Any) -> Any:
    if isinstance(value, Operation) or hasattr(value, "_control_op"):
        op = value if isinstance(value, Operation) else value._control_op
        with control_dependencies([op]):
            return identity(context.pivot, name="Identity" if not op else None)
    if isinstance(value, IndexedSlices):
        return value
    if hasattr(value, "flow") and hasattr(value, "handle"):  # a TensorArray
        value = value.flow
    return context.result(convert_to_tensor(value))


def _single(result: Any) -> Any:
    """What a list or tuple of one holds."""
    return result[0] if isinstance(result, (list, tuple)) and not hasattr(result, "_fields") and len(result) == 1 else result


def _merged(results: list[Any], flat: list[list[Tensor]]) -> Any:
    try:
        nest.assert_same_structure(results[0], results[1])
    except TypeError as e:
        raise TypeError(f"Incompatible return types of true_fn and false_fn: {e}") from None
    except ValueError as e:
        raise ValueError(f"Incompatible return values of true_fn and false_fn: {e}") from None
    if not flat[0]:
        raise ValueError("true_fn and false_fn must return at least one result.")
    for yes, no in zip(*flat, strict=True):
        if yes.dtype.base_dtype is not no.dtype.base_dtype:
            text = f"Outputs of true_fn and false_fn must have the same type: {yes.dtype.name}, {no.dtype.name}"
            raise teach(ValueError(text), "tf.cast one of them.")
    merges = [flow.merge([no, yes])[0] for yes, no in zip(*flat, strict=True)]
    leaves = [rebuilt(leaf, m) for leaf, m in zip(nest.flatten(results[0]), merges, strict=True)]
    return nest.pack_sequence_as(results[0], leaves)


def rebuilt(leaf: Any, value: Tensor) -> Any:
    """A TensorArray about its new flow; other values are the tensor itself."""
    return leaf._with_flow(value) if hasattr(leaf, "_with_flow") else value


def outer_pivot(context: Context) -> Tensor | None:
    """The nearest pivot around a context."""
    around = context.outer
    while around is not None and around.control_pivot is None:
        around = around.outer
    return None if around is None else around.control_pivot


