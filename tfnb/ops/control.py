"""Choosing in the graph: cond and case.

y = tf.cond(x > 0, lambda: x * 2, lambda: -x)      only the branch that is taken is computed
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.contexts import CondContext, Context
from tfnb.core.errors import teach
from tfnb.core.graph import GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.ops import flow
from tfnb.ops.arrays import identity

__all__ = ["case", "cond"]


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
    if get_default_graph().eager:
        return true_fn() if pred else false_fn()
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


def case(pred_fn_pairs: Any, default: Callable[[], Any] | None = None, exclusive: bool = False, strict: bool = False, name: str = "case") -> Any:
    """What the first function gives whose condition holds, else what `default` gives.

    With `exclusive` the run stops where more than one condition holds.

    >>> x = tf.constant(2)
    >>> print(tf.case([(x < 1, lambda: tf.constant("small"))], default=lambda: tf.constant("large")).eval())
    b'large'
    """
    from tfnb.ops.arrays import stack
    from tfnb.ops.host import Assert

    pairs = _pairs(pred_fn_pairs)
    with name_scope(name, "case", [p for p, _ in pairs]):
        conditions = [p for p, _ in pairs]
        if default is None:
            (last, action), pairs = pairs[-1], pairs[:-1]

            def default() -> Any:
                data = ["Input error: None of conditions evaluated as True:", stack([p for p, _ in pairs] + [last], name="preds_c")]
                with control_dependencies([Assert(last, data)]):
                    return action()

        def chain(rest: list[Any]) -> Any:
            return cond(rest[0][0], rest[0][1], lambda: chain(rest[1:]), strict=strict) if rest else default()

        if not pairs:
            return default()
        if not exclusive:
            return chain(pairs)
        with control_dependencies([_at_most_one(conditions)]):
            return chain(pairs)


def _at_most_one(conditions: list[Tensor]) -> Any:
    from tfnb.ops.arrays import stack
    from tfnb.ops.compare import less_equal
    from tfnb.ops.elementwise import cast
    from tfnb.ops.host import Assert
    from tfnb.ops.reduce import reduce_sum

    held = stack(conditions, name="preds_c")
    count = reduce_sum(cast(held, "int32"), name="num_true_conds")
    names = ", ".join(c.name for c in conditions)
    said = f"Input error: exclusive=True: more than 1 conditions ({names}) evaluated as True:"
    return Assert(less_equal(count, 1, name="at_most_1_true_conds"), [said, held])


def _pairs(given: Any) -> list[Any]:
    if not isinstance(given, (list, tuple, dict)):
        raise TypeError("fns must be a list, tuple, or dict")
    if isinstance(given, dict):
        pairs = list(given.items()) if type(given) is not dict else sorted(given.items(), key=lambda item: item[0].name)
    else:
        pairs = list(given)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        if not isinstance(pair[0], Tensor):
            raise TypeError(f"pred must be a Tensor, got: {pair[0]}")
        if pair[0].dtype.name != "bool":
            raise TypeError(f"pred must be Tensor of type bool: {pair[0].name}")
        if not callable(pair[1]):
            raise TypeError(f"fn for pred {pair[0].name} must be callable.")
    return pairs


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


