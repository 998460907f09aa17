"""Loops in the graph: while_loop.

i, total = tf.while_loop(lambda i, t: i < 10, lambda i, t: (i + 1, t + i), [0, 0])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.contexts import WhileContext, is_constant_enter
from tfnb.core.errors import teach
from tfnb.core.graph import Graph, GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.ops import compare, flow, sources
from tfnb.ops.arrays import identity
from tfnb.ops.control import outer_pivot, rebuilt

__all__ = ["while_loop"]


def _at_once(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, limit: Any) -> Any:
    """In eager mode a loop is Python's own."""
    held = nest.map_structure(lambda v: convert_to_tensor(v) if isinstance(v, (int, float, list)) else v, tuple(loop_vars))
    turns = 0
    while cond(*held) and (limit is None or turns < int(limit)):
        found = body(*held)
        held = tuple(found) if isinstance(found, (list, tuple)) else (found,)
        turns += 1
    return held[0] if len(held) == 1 else held


def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, shape_invariants: Any = None, parallel_iterations: int = 10,
               back_prop: bool = True, swap_memory: bool = False, name: str | None = None, maximum_iterations: Any = None,
               return_same_structure: bool = False) -> Any:  # fmt: skip
    """Repeats `body` while `cond` holds; the values of the loop's variables at its end.

    Both are functions of the variables; `body` gives their next values. A shape that changes from one time to the next
    has to be declared in `shape_invariants`.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.while_loop(lambda i, t: i < 4, lambda i, t: (i + 1, t + i), [0, 10])))
    (np.int32(4), np.int32(16))
    """
    if not callable(cond):
        raise TypeError("cond must be callable.")
    if not callable(body):
        raise TypeError("body must be callable.")
    if parallel_iterations < 1:
        raise TypeError("parallel_iterations must be a positive integer.")
    if get_default_graph().eager:
        return _at_once(cond, body, loop_vars, maximum_iterations)
    tensors = [v for v in nest.flatten(loop_vars) if isinstance(v, Tensor)]
    with name_scope(name, "while", tensors):
        if not loop_vars:
            raise ValueError("No loop variables provided")
        counted = maximum_iterations is not None
        if counted:
            cond, body, loop_vars = _counted(cond, body, loop_vars, maximum_iterations, return_same_structure)
        if shape_invariants is not None:
            shape_invariants = (TensorShape.of(()), shape_invariants) if counted else shape_invariants
            nest.assert_same_structure(_plain(loop_vars), _plain(shape_invariants))
        graph = tensors[0].graph if tensors else get_default_graph()
        context = WhileContext(graph, maximum_iterations, parallel_iterations, back_prop, swap_memory)
        if context.outer is None:
            graph.add_to_collection(GraphKeys.WHILE_CONTEXT, context)
        result = _Loop(graph, context, loop_vars, shape_invariants).build(cond, body, return_same_structure)
        return result[1] if counted else result


def _plain(structure: Any) -> Any:
    """The structure with shapes and values as leaves: a TensorShape or an open list of sizes is one leaf."""
    if isinstance(structure, (list, tuple)) and not isinstance(structure, TensorShape):
        return tuple(map(_plain, structure)) if not hasattr(structure, "_fields") else structure
    return structure


def _counted(cond: Any, body: Any, loop_vars: Any, limit: Any, same: bool) -> Any:
    """The loop with a counter before its variables, which ends it at the limit."""
    limit = convert_to_tensor(limit, name="maximum_iterations")
    if limit.shape.ndims != 0:
        raise ValueError(f"maximum_iterations must be a scalar, saw shape: {limit.shape}")
    counter = sources.constant(0, limit.dtype, name="iteration_counter")
    one = len(loop_vars) == 1 and not same

    def goes_on(i: Tensor, values: Any) -> Tensor:
        return compare.logical_and(i < limit, cond(values) if one else cond(*values))  # type: ignore[no-any-return]

    def once(i: Tensor, values: Any) -> Any:
        return i + 1, body(values) if one else body(*values)

    return goes_on, once, (counter, loop_vars[0] if one else loop_vars)


class _Loop:
    """A loop under construction: Enter, Merge, the condition, Switch, the body, NextIteration, Exit."""

    def __init__(self, graph: Graph, context: WhileContext, loop_vars: Any, invariants: Any) -> None:
        self.graph, self.context = graph, context
        self.structure = loop_vars
        self.given = nest.flatten(loop_vars)
        self.invariants = None if invariants is None else [as_shape(s) for s in _shapes(invariants, loop_vars)]
        self.starts = [flow_of(v) for v in self.given]

    def build(self, cond: Any, body: Any, same: bool) -> Any:
        context = self.context
        with context.entered():
            merges = self._entrances()
            again = convert_to_tensor(cond(*self._packed(merges)))
            if again.shape.ndims not in (0, None):
                raise teach(ValueError(f"The condition of a loop must be a scalar, but has shape {again.shape}."), "Use tf.reduce_all or tf.reduce_any.")
            context.pivot = flow.loop_cond_op(again, name="LoopCond")
            switches = [flow.switch_beside(m, context.pivot) for m in merges]
            inside = [identity(s[1]) for s in switches]
            context.pivot_for_body = inside[0]
            given = body(*self._packed(inside))
            given = given if nest.is_nested(given) else [given]
            nest.assert_same_structure(list(self._packed(inside)), list(given))
            leaves = nest.flatten(given)
            for m, value in zip(merges, leaves, strict=True):
                self._go_on(m, flow_of(value))
            exits = [flow.exit_op(s[0], name="Exit") for s in switches]
        self._leave(merges, exits)
        packed = nest.pack_sequence_as(given, [rebuilt(v, t) for v, t in zip(leaves, exits, strict=True)])
        return packed if same or len(exits) > 1 else packed[0]

    def _packed(self, values: list[Tensor]) -> Any:
        return nest.pack_sequence_as(self.structure, [rebuilt(v, t) for v, t in zip(self.given, values, strict=True)])

    def _entrances(self) -> list[Tensor]:
        context, graph = self.context, self.graph
        context.values.update(self.starts)
        real = [context.outer.add_value(x) for x in self.starts] if context.outer is not None else self.starts
        with graph.control_dependencies(None):
            enters = [flow.enter(x, context.name, False, context.parallel_iterations) for x in real]
        pivot = outer_pivot(context)
        context.values = set()  # used again inside, a start is a value from outside
        for e in enters:
            graph.prevent_feeding(e)
            if pivot is not None and is_constant_enter(e.op.inputs[0].op):
                e.op.control_inputs.append(pivot.op)
            context.take_in(e)
        if self.invariants is not None:
            self._loosen(enters)
        merges = [flow.merge([e, e])[0] for e in enters]
        context.enters, context.merges, context.pivot_for_pred = enters, merges, merges[0]
        return merges

    def _loosen(self, enters: list[Tensor]) -> None:
        """Gives the variables the shapes that all their values will have."""
        for x, e, shape in zip(self.starts, enters, self.invariants or (), strict=True):
            if not within(x.shape, shape):
                raise ValueError(f"The shape invariant specified for {x.name} is not compatible with the initial shape of the loop variable. "
                                 f"It enters the loop with shape {x.shape}, but the specified shape invariant is {shape}.")  # fmt: skip
            e._shape = shape

    def _go_on(self, merge: Tensor, value: Tensor) -> None:
        following = flow.next_iteration_op(value, name="NextIteration")
        start = merge.op.inputs[0].op.inputs[0]
        if following.dtype.base_dtype is not merge.dtype.base_dtype:
            text = f"Input tensor {start.name!r} enters the loop with dtype {start.dtype.base_dtype.name}, "
            text += f"but has dtype {following.dtype.name} after one iteration."
            raise teach(TypeError(text), "tf.cast the result of the body.")
        if not within(following.shape, merge.shape):
            raise ValueError(f"Input tensor '{start.name}' enters the loop with shape {start.shape}, but has shape {following.shape} after one iteration. "
                             "To allow the shape to vary across iterations, use the `shape_invariants` argument of tf.while_loop to specify a "
                             "less-specific shape.")  # fmt: skip
        merge.op.replace_input(1, following)

    def _leave(self, merges: list[Tensor], exits: list[Tensor]) -> None:
        context = self.context
        context.exits = exits
        for e in exits:
            if context.outer is not None:
                context.outer.see(e)


def _shapes(invariants: Any, loop_vars: Any) -> list[Any]:
    """The invariant of each variable: the structure is that of the variables."""
    if not nest.is_nested(loop_vars):
        return [TensorShape.of(()) if invariants is None else invariants]
    keys = sorted(loop_vars) if isinstance(loop_vars, dict) else range(len(loop_vars))
    return [s for k in keys for s in _shapes(invariants[k], loop_vars[k])]


def flow_of(value: Any) -> Tensor:
    """A value as the tensor that goes round: a TensorArray's flow stands for it."""
    return value.flow if hasattr(value, "_with_flow") else convert_to_tensor(value)


def within(shape: TensorShape, general: TensorShape) -> bool:
    """Whether every value of the first shape is one of the second."""
    if general.ndims is None:
        return True
    if shape.ndims != general.ndims:
        return False
    return all(g is None or n == g for n, g in zip(shape.sizes or (), general.sizes or (), strict=True))
