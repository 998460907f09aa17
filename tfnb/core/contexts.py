"""Where nodes are made: the two branches of a cond, the inside of a loop.

A context brings what its nodes use from outside in: by Switch into a branch, by Enter into a loop. Nodes that use
nothing get a control edge from the context's pivot, so that they run only where the context does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfnb.core.graph import Graph, Operation, Tensor

__all__ = ["CondContext", "Context", "WhileContext", "while_context_of"]


class Context:
    """The base: which tensors are known inside, and by which name those from outside are."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.outer: Context | None = graph.flow
        self.values: set[Tensor] = set()
        self.external: dict[Tensor, Tensor] = {}

    @property
    def outer_context(self) -> Context | None:
        return self.outer

    @contextlib.contextmanager
    def entered(self) -> Iterator[Any]:
        """Nodes made inside the block belong to this context."""
        old, self.graph.flow = self.graph.flow, self
        try:
            yield self
        finally:
            self.graph.flow = old

    def Enter(self) -> None:  # noqa: N802 - TensorFlow's name
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(self.entered())

    def Exit(self) -> None:  # noqa: N802 - TensorFlow's name
        self._stack.close()

    def while_context(self) -> WhileContext | None:
        """The innermost loop around."""
        context: Context | None = self
        while context is not None and not isinstance(context, WhileContext):
            context = context.outer
        return context

    GetWhileContext = while_context

    def IsWhileContext(self) -> bool:  # noqa: N802 - TensorFlow's name
        return isinstance(self, WhileContext)

    def IsCondContext(self) -> bool:  # noqa: N802 - TensorFlow's name
        return isinstance(self, CondContext)

    @property
    def control_pivot(self) -> Tensor | None:
        return None

    def see(self, tensor: Tensor) -> None:
        """The tensor is known in this context and in those around."""
        context: Context | None = self
        while context is not None:
            context.values.add(tensor)
            context = context.outer

    def add_value(self, value: Tensor) -> Tensor:
        raise NotImplementedError

    def add_op(self, op: Operation) -> None:
        """Takes a new node in: its inputs come through the context's border."""
        for i, x in enumerate(op.inputs):
            real = self.add_value(x)
            if real is not x:
                op.replace_input(i, real)
        outside = self._drop_outer_edges(op)
        self._hold(op)
        for t in op.outputs:
            self.see(t)
        if outside:
            op.control_inputs += outside
        if self.outer is not None or op.type not in ("Exit", "RefExit"):
            self.graph.prevent_fetching(op)
            for t in op.outputs:
                self.graph.prevent_feeding(t)

    def _hold(self, op: Operation) -> None:
        raise NotImplementedError

    def _drop_outer_edges(self, op: Operation) -> list[Operation]:
        """Inside a loop, control edges from outside of it cannot stay; what takes their places is returned."""
        loop = self.while_context()
        if loop is None:
            return []
        inside = [c for c in op.control_inputs if while_context_of(c) is loop]
        outside = [c for c in op.control_inputs if c not in inside]
        op.control_inputs = inside
        return self._carried(outside)

    def _carried(self, outside: list[Operation]) -> list[Operation]:
        return []


class CondContext(Context):
    """One branch of a cond."""

    def __init__(self, graph: Graph, pred: Tensor, pivot: Tensor, branch: int) -> None:
        super().__init__(graph)
        self.pred, self.pivot, self.branch = pred, pivot, branch
        self.values |= {pred, pivot}
        self.external[pred] = pred
        pivot.op.flow = self

    @property
    def control_pivot(self) -> Tensor | None:
        return self.pivot

    def add_value(self, value: Tensor) -> Tensor:
        if value in self.values:
            return self.external.get(value, value)
        from tfnb.ops.flow import switch_beside

        self.values.add(value)
        real = value
        with self.graph.control_dependencies(None):
            if self.outer is not None:
                real = self.outer.add_value(value)
                self.values.add(real)
            real = switch_beside(real, self.pred)[self.branch]
        self._owns(real)
        self.external[value] = real
        return real

    def _owns(self, switched: Tensor) -> None:
        switched.op.flow = self
        self.graph.prevent_fetching(switched.op)
        self.see(switched)

    def _hold(self, op: Operation) -> None:
        if not op.inputs and not any(_inside(c, self) for c in op.control_inputs):
            op.control_inputs.append(self.pivot.op)

    def result(self, value: Tensor) -> Tensor:
        """A branch's result, brought in where it is a tensor from outside."""
        if value in self.values:
            return self.external.get(value, value)
        return self.add_value(value)


class WhileContext(Context):
    """The inside of a loop."""

    def __init__(self, graph: Graph, maximum_iterations: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
                 swap_memory: bool = False, name: str = "while_context", grad_state: Any = None) -> None:  # fmt: skip
        super().__init__(graph)
        self.name = graph.unique_name(name)
        self.maximum_iterations, self.parallel_iterations = maximum_iterations, parallel_iterations
        self.back_prop, self.swap_memory, self.grad_state = back_prop, swap_memory, grad_state
        self.pivot: Tensor | None = None  # the LoopCond
        self.pivot_for_pred: Tensor | None = None
        self.pivot_for_body: Tensor | None = None
        self.enters: list[Tensor] = []
        self.merges: list[Tensor] = []
        self.exits: list[Tensor] = []

    @property
    def control_pivot(self) -> Tensor | None:
        return self.pivot_for_body if self.pivot_for_body is not None else self.pivot_for_pred

    def add_value(self, value: Tensor) -> Tensor:
        if value in self.values or value.op.flow is self:
            return self.external.get(value, value)
        self.values.add(value)
        saved = self._from_forward(value)
        if saved is None:
            from tfnb.ops.flow import enter

            real = value if self.outer is None else self.outer.add_value(value)
            with self.graph.control_dependencies(None):
                saved = enter(real, self.name, True, self.parallel_iterations)
            self.graph.prevent_feeding(saved)
            self.take_in(saved)
        self.external[value] = saved
        return saved

    def _from_forward(self, value: Tensor) -> Tensor | None:
        """In a gradient's loop: the value that the loop in question had in the same iteration."""
        if self.grad_state is None or _home(value) is not self.grad_state.forward:
            return None
        return self.grad_state.real_value(value)  # type: ignore[no-any-return]

    def take_in(self, enter: Tensor) -> None:
        """An Enter belongs to the loop that it leads into."""
        enter.op.flow = self
        self.see(enter)

    def _carried(self, outside: list[Operation]) -> list[Operation]:
        from tfnb.ops.arrays import identity

        outputs = [c.outputs[0] for c in outside if c.outputs]
        if not outputs or self.control_pivot is None:
            return []
        with self.graph.control_dependencies(None), self.entered():
            return [identity(t).op for t in outputs]

    def _hold(self, op: Operation) -> None:
        free = not op.control_inputs and all(is_constant_enter(x.op) for x in op.inputs)
        pivot = self.control_pivot
        if free and pivot is not None and pivot.op is not op:
            op.control_inputs.append(pivot.op)


def is_constant_enter(op: Operation) -> bool:
    return op.type in ("Enter", "RefEnter") and bool(op.attrs["is_constant"])


def _inside(op: Operation, context: Context) -> bool:
    found = op.flow
    while found is not None and found is not context:
        found = found.outer
    return found is context


def while_context_of(op: Operation) -> WhileContext | None:
    """The loop that an operation's results belong to: that of an Exit is the loop around."""
    context = op.flow
    if context is not None and op.type in ("Exit", "RefExit"):
        context = context.outer
    return None if context is None else context.while_context()


def _home(value: Tensor) -> WhileContext | None:
    return while_context_of(value.op)
