"""The nodes of control flow: a value goes one of two ways (Switch), comes from one of several (Merge), goes round.

    no, yes = switch(x, pred)           x arrives at `yes` where pred holds, else at `no`
    y, which = merge([a, b])            whichever of a and b has arrived

They have no kernels: the step has `if` and `while` in their places (engine/regions.py).
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, Ref, ShapeError, T, boolean, int32
from tfnb.core.shapes import TensorShape, unknown_shape

__all__: list[str] = []


def _never(*_: Any) -> Any:
    raise AssertionError("control flow is written out in the step, never called")


def merged_shape(call: Call) -> list[TensorShape]:
    """What all inputs' shapes agree in, and a scalar for which of them it was."""
    out = call.shapes[0]
    for other in call.shapes[1:]:
        out = common(out, other)
    return [out, TensorShape.of(())]


def common(a: TensorShape, b: TensorShape) -> TensorShape:
    """The most specific shape that both have."""
    if a.sizes is None or b.sizes is None or len(a.sizes) != len(b.sizes):
        return unknown_shape()
    return TensorShape.of(tuple(m if m == n else None for m, n in zip(a.sizes, b.sizes, strict=True)))


def _twice(call: Call) -> list[TensorShape]:
    return [call.shapes[0], call.shapes[0]]


def _both_ways(call: Call) -> list[TensorShape]:
    if call.shapes[1].ndims not in (None, 0):
        raise ShapeError(f"Shape must be rank 0 but is rank {call.shapes[1].ndims}")
    return _twice(call)


@op("Switch", shape=_both_ways)
def switch_op(xp: Any, data: T, pred: boolean) -> tuple[T, T]:
    """Passes the value on where the condition is false (first output) or true (second)."""
    return _never()


@op("RefSwitch", shape=_twice)
def ref_switch_op(xp: Any, data: Ref(T), pred: boolean) -> tuple[Ref(T), Ref(T)]:  # type: ignore[valid-type]
    """Passes a variable's place on where the condition is false (first output) or true (second)."""
    return _never()


@op("Merge", shape=merged_shape)
def merge_op(xp: Any, *inputs: T) -> tuple[T, int32]:  # type: ignore[valid-type]
    """The value that has arrived, and which of the inputs it was."""
    return _never()


@op("Enter", shape="same")
def enter_op(xp: Any, data: T, *, frame_name: str, is_constant: bool = False, parallel_iterations: int = 10) -> T:
    """Brings a value into a loop: its start, or the same one for each time round."""
    return _never()


@op("RefEnter", shape="same")
def ref_enter_op(
    xp: Any, data: Ref(T), *, frame_name: str, is_constant: bool = False, parallel_iterations: int = 10
) -> Ref(T):  # type: ignore[valid-type]
    """Brings a variable's place into a loop."""
    return _never()


@op("Exit", shape="same")
def exit_op(xp: Any, data: T) -> T:
    """Brings the last value out of a loop."""
    return _never()


@op("NextIteration", shape="same")
def next_iteration_op(xp: Any, data: T) -> T:
    """Hands a value on to the next time round."""
    return _never()


@op("LoopCond", shape="same")
def loop_cond_op(xp: Any, input: boolean) -> boolean:  # type: ignore[valid-type]
    """Whether the loop goes round once more."""
    return _never()


@op("ControlTrigger", effect=True)
def control_trigger(xp: Any) -> None:
    """Does nothing; it waits for the operations it depends on, dead or alive."""


def switch(data: Tensor, pred: Tensor, name: str | None = None) -> list[Tensor]:
    """The two ways of a value: [where pred is false, where it is true]."""
    kind = ref_switch_op if data.dtype.is_ref else switch_op
    return kind.node((data, pred), {}, name or "Switch").outputs


def switch_beside(data: Tensor, pred: Tensor, name: str | None = None) -> list[Tensor]:
    """The two ways of a value, on the device where the value is."""
    with data.graph.colocate_with(data.op, ignore_existing=True):
        return switch(data, pred, name)


def merge(inputs: list[Tensor], name: str | None = None) -> list[Tensor]:
    """[the value that has arrived, its index]."""
    return merge_op.node(tuple(inputs), {}, name).outputs


def enter(data: Tensor, frame_name: str, is_constant: bool = False, parallel_iterations: int = 10, name: str | None = None) -> Tensor:
    kind = ref_enter_op if data.dtype.is_ref else enter_op
    return kind(data, frame_name=frame_name, is_constant=is_constant, parallel_iterations=parallel_iterations, name=name or "Enter")  # type: ignore[no-any-return]




def _around(op: Operation) -> Any:
    return op.flow.outer if op.flow is not None and op.type in ("Exit", "RefExit") else op.flow


@merge_op.gradient
def merge_gradient(node: Operation, dy: Tensor, _: Any = None) -> list[Tensor]:
    """Goes to the branch that was taken."""
    context = _around(node.inputs[0].op)
    if not hasattr(context, "pred"):
        raise LookupError(f"No gradient defined for operation '{node.name}' (op type: {node.type})")
    return switch_beside(dy, context.pred, name="cond_grad")


def switch_gradient(node: Operation, *dys: Any) -> list[Any]:
    """Comes from the branch that was taken; where that does not use the value, it is zero."""
    pred = node.inputs[1]
    if all(dy is None for dy in dys):
        return [None, None]
    both = [_zero_there(node, pred, i) if dy is None else dy for i, dy in enumerate(dys)]
    return [merge(both, name="cond_grad")[0], None]


def _zero_there(node: Operation, pred: Tensor, branch: int) -> Tensor:
    from tfnb.core.scopes import control_dependencies
    from tfnb.loop_gradients import _outside
    from tfnb.ops.arrays import identity, shape, zeros

    there = switch(_outside(node.inputs[0]), pred)[branch]
    pivot = identity(there)
    size = shape(there)
    with control_dependencies([pivot]):
        return zeros(size, there.dtype.base_dtype)  # type: ignore[no-any-return]


switch_op.gradient(switch_gradient)
ref_switch_op.gradient(switch_gradient)
