"""The gradient of a loop is a loop that goes through its iterations backwards.

The loop counts its iterations and pushes onto stacks what its gradient needs; the gradient's loop pops it. A variable of
the loop becomes one that carries its gradient; a value used in every iteration, one in which its gradient adds up.
A loop in a loop pushes onto one stack, too, in each iteration of the outer one: what was pushed last is popped first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.contexts import CondContext, Context, WhileContext, is_constant_enter
from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.core.shapes import unknown_shape
from tfnb.core.slices import IndexedSlices
from tfnb.ops import compare, elementwise, flow, stacks
from tfnb.ops.arrays import identity, zeros_like
from tfnb.ops.sources import constant

__all__ = ["differentiate_loop", "loop_around"]


def loop_around(op: Operation, base: WhileContext | None) -> WhileContext | None:
    """The outermost loop that an operation is in, inside of `base`; None for one in `base` itself."""
    loop = None if op.flow is None else op.flow.while_context()
    found = None
    while loop is not None and loop is not base:
        found = loop
        loop = None if loop.outer is None else loop.outer.while_context()
    return found


class Variable:
    """One variable of a loop: its nodes."""

    def __init__(self, merge: Tensor) -> None:
        self.merge = merge
        self.enter: Operation = merge.op.inputs[0].op
        self.next: Operation = merge.op.inputs[1].op
        self.switch = next(c for c in merge.consumers() if c.type in ("Switch", "RefSwitch") and c.flow is self.enter.flow and c.inputs[0] is merge)
        exits = [c for c in self.switch.outputs[0].consumers() if c.type in ("Exit", "RefExit")]
        self.exit: Tensor | None = exits[0].outputs[0] if exits else None


class GradState:
    """A gradient's loop while it is built: which loop it goes back through, and what that has to keep for it."""

    def __init__(self, forward: WhileContext) -> None:
        self.forward = forward
        self.graph: Graph = forward.graph
        around = None if self.graph.flow is None else self.graph.flow.while_context()
        self.outer: GradState | None = None if around is None else around.grad_state
        self.known: dict[Tensor, Tensor] = {}
        self.sync: Operation | None = None
        self.pops: list[Operation] = []
        self.total, self.next = self._count()
        self.context = WhileContext(self.graph, forward.maximum_iterations, forward.parallel_iterations, forward.back_prop,
                                    forward.swap_memory, name=_last(forward.name), grad_state=self)  # fmt: skip

    def _count(self) -> tuple[Tensor, Operation]:
        """Makes the forward loop count its iterations: their number, and the node that counts on."""
        forward, graph = self.forward, self.graph
        with graph.control_dependencies(None), _inside(graph, forward.outer):
            start = constant(0, name="f_count")
        if self.outer is not None:  # a loop in a loop pushes after its pushes in the outer one's iteration before
            start.op.control_inputs.append(self.outer.next.inputs[0].op)
        with graph.control_dependencies(None):
            n = flow.enter(start, forward.name, False, forward.parallel_iterations, name="f_count")
        forward.take_in(n)
        with forward.entered():
            merge = flow.merge([n, n])[0]
            switch = flow.switch(merge, forward.pivot)  # type: ignore[arg-type]
            following = flow.next_iteration_op(elementwise.add(switch[1], 1, name="Add"), name="NextIteration")
            merge.op.replace_input(1, following)
            total = flow.exit_op(switch[0], name="f_count")
        if forward.outer is not None:
            forward.outer.see(total)
        return total, following.op

    def real_value(self, value: Tensor) -> Tensor:
        """What a tensor of the loop was in the iteration that the gradient's loop goes through."""
        if value not in self.known:
            self.known[value] = self._found(value)
        return self.known[value]

    def _found(self, value: Tensor) -> Tensor:
        context = self.context
        if is_constant_enter(value.op):
            return context.add_value(value.op.inputs[0])
        if value.op.type == "Const":
            with self.graph.control_dependencies(None), context.entered():
                return constant(value.op.value, value.dtype.base_dtype)
        stack = self._pushed(value)
        with self.graph.control_dependencies(None):
            handle = context.add_value(stack)
            with context.entered():
                branch = _branch_of(value, self.forward)
                if branch is not None:
                    handle = flow.switch(handle, context.add_value(branch.pred))[branch.branch]
                popped = stacks.stack_pop(handle, elem_type=value.dtype.base_dtype, name="StackPopV2")
        self.pops.append(popped.op)
        popped.set_shape(value.shape)
        return popped  # type: ignore[no-any-return]

    def _pushed(self, value: Tensor) -> Tensor:
        """Makes the forward loop keep a value of each iteration: the stack."""
        root, graph = self, self.graph
        while root.outer is not None:
            root = root.outer
        around = root.forward.outer
        with graph.control_dependencies(None), _inside(graph, around):
            stack: Tensor = stacks.stack(constant(-1, name="Const"), elem_type=value.dtype.base_dtype, name="f_acc")
        if around is not None:
            around.see(stack)
        place = value.op.flow.outer if value.op.type in ("Exit", "RefExit") else value.op.flow
        with graph.control_dependencies(None), _inside(graph, place):
            push = stacks.stack_push(stack, value, name="StackPushV2")
        self._synchronise(push.op)
        return stack

    def _synchronise(self, push: Operation) -> None:
        """A push, even one in a branch, comes after its iteration has been counted and before the next one is."""
        if self.sync is None:
            with self.graph.control_dependencies(None), self.forward.entered():
                self.sync = flow.control_trigger(name="f_sync")
            self.next.control_inputs.append(self.sync)
        self.sync.control_inputs.append(push)
        push.control_inputs.append(self.next.inputs[0].op)

    def order_pops(self, counted: Operation) -> None:
        """What an iteration pops is popped before the next one is counted: else a parallel run may mix them up."""
        if self.pops:
            with self.graph.control_dependencies(None), self.context.entered():
                sync = flow.control_trigger(name="b_sync")
            sync.control_inputs.extend(self.pops)
            counted.control_inputs.append(sync)


def _inside(graph: Graph, context: Context | None) -> Any:
    return context.entered() if context is not None else _Nothing()


class _Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: Any) -> None: ...


def _branch_of(value: Tensor, forward: WhileContext) -> CondContext | None:
    """The innermost branch, inside the loop, that a value is made in."""
    place = value.op.flow.outer if value.op.type in ("Exit", "RefExit") else value.op.flow
    while place is not None and place is not forward:
        if isinstance(place, CondContext):
            return place
        place = place.outer
    return None


def _last(name: str) -> str:
    return "/".join(name.split("/")[-2:])


def differentiate_loop(forward: WhileContext, grads: Callable[[Tensor], Any], path: set[Operation],
                       backward: Callable[..., list[Any]]) -> dict[Tensor, Any]:  # fmt: skip
    """The gradients of what enters a loop. `grads` gives those of its exits, `backward` differentiates its body."""
    merges = [op.outputs[0] for op in path if op.flow is forward and op.type in ("Merge", "RefMerge") and op.inputs[0].op.type in ("Enter", "RefEnter")]
    variables = [Variable(m) for m in sorted(merges, key=lambda m: m.op.index) if m.dtype.is_floating or m.dtype.is_complex]
    constants = [op for op in path if op.flow is forward and is_constant_enter(op) and _counts(op.outputs[0])]
    constants.sort(key=lambda op: op.index)
    graph = forward.graph
    found = [grads(v.exit) if v.exit is not None else None for v in variables]
    starts = [_dense(g) if g is not None else zeros_like(v.exit if v.exit is not None else v.enter.inputs[0])
              for v, g in zip(variables, found, strict=True)]  # fmt: skip
    sums = [zeros_like(_outside(op.inputs[0])) for op in constants]
    state = GradState(forward)
    context = state.context
    outer = context.outer
    with graph.control_dependencies(None):
        starts, sums = ([t if outer is None else outer.add_value(t) for t in ts] for ts in (starts, sums))
        total = state.total if outer is None else outer.add_value(state.total)
        enters = [flow.enter(t, context.name, False, context.parallel_iterations, name=n)
                  for t, n in [(total, "b_count"), *((t, "b_exit") for t in starts), *((t, "b_acc") for t in sums)]]  # fmt: skip
    for e, v in zip(enters[1:], variables, strict=False):
        e._shape = v.merge.shape if e.shape.is_compatible_with(v.merge.shape) else unknown_shape()
    context.values = set()
    for e in enters:
        context.take_in(e)
    with context.entered():
        merged = [flow.merge([e, e])[0] for e in enters]
        context.pivot_for_pred = merged[0]
        context.pivot = flow.loop_cond_op(compare.greater_equal(merged[0], constant(1, name="GreaterEqual/y"), name="GreaterEqual"), name="b_count")
        switches = [flow.switch_beside(m, context.pivot) for m in merged]
        inside = [identity(s[1]) for s in switches]
        context.pivot_for_body = inside[0]
        seeds = inside[1 : 1 + len(variables)]
        targets = [v.switch.outputs[1] for v in variables] + [op.outputs[0] for op in constants]
        dxs = backward([v.next.inputs[0] for v in variables], seeds, targets, forward)
        following = [inside[0] - 1]
        following += [zeros_like(s) if dx is None else _dense(dx) for s, dx in zip(seeds, dxs, strict=False)]
        following += [t if dx is None else t + _dense(dx) for t, dx in zip(inside[1 + len(variables) :], dxs[len(variables) :], strict=True)]
        state.order_pops(following[0].op)
        for m, value in zip(merged, following, strict=True):
            m.op.replace_input(1, flow.next_iteration_op(value, name="NextIteration"))
        exits = [flow.exit_op(s[0], name="Exit") for s in switches[1:]]
    if state.outer is not None:  # and pops before its pops in the outer one's next iteration
        state.outer.pops.append(exits[0].op)
    if outer is not None:
        for e in exits:
            outer.see(e)
    entered = [v.enter.inputs[0] for v in variables] + [op.inputs[0] for op in constants]
    return _by_tensor(entered, exits)


def _by_tensor(tensors: list[Tensor], gradients: list[Tensor]) -> dict[Tensor, Any]:
    """One gradient for each tensor; one that enters twice has the sum."""
    out: dict[Tensor, Any] = {}
    for t, g in zip(tensors, gradients, strict=True):
        out[t] = g if t not in out else elementwise.add_n([out[t], g])
    return out


def _counts(t: Tensor) -> bool:
    return t.dtype.is_floating or t.dtype.is_complex or t.dtype.name == "resource" and _outside(t) is not t


def _outside(t: Tensor) -> Tensor:
    """For a resource variable's place, its value: gradients have its shape."""
    if t.dtype.name != "resource":
        return t
    from tfnb.engine.program import variable_of

    variable = variable_of(t)
    if variable is None:
        return t
    from tfnb.core.op import registry

    return registry["ReadVariableOp"](t)  # type: ignore[no-any-return]


def _dense(g: Any) -> Tensor:
    return g.to_tensor() if isinstance(g, IndexedSlices) else g
