"""A step function run along the time axis of sequences, by a loop of the graph or written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.ops import arrays
from tfnb.ops.compare import select
from tfnb.ops.elementwise import cast
from tfnb.ops.indexing import reverse
from tfnb.ops.loops import while_loop
from tfnb.ops.tensor_array import TensorArray

__all__ = ["along"]


def along(step: Callable[[Any, Any], tuple[Any, Any]], x: Tensor, states: Any, size: list[Any], backwards: bool = False, mask: Any = None,
          unroll: bool = False, time_major: bool = False) -> tuple[Any, Any, Any]:  # fmt: skip
    """The last output, all outputs and the last states of `step(inputs, states)` along sequences; `size` is an output's, without the batch.

    Where `mask` [batch, time] is False a step gives what the one before gave, and keeps its states.
    """
    x = x if time_major else _turned(x)
    there = None if mask is None else arrays.transpose(cast(mask, "bool"), [1, 0])
    if backwards:
        x, there = reverse(x, [0]), None if there is None else reverse(there, [0])
    steps = x.shape.as_list()[0]
    if steps is not None and (unroll or get_default_graph().eager):
        every, states = _written_out(step, x, states, there, steps)
    else:
        every, states = _looped(step, x, states, there, size)
    last = every[-1]
    return last, every if time_major else _turned(every), states


def _turned(x: Tensor) -> Tensor:
    """[batch, time, ...] as [time, batch, ...], and back."""
    return arrays.transpose(x, [1, 0, *range(2, x.shape.ndims or 2)])


def _chosen(now: Tensor, new: Any, old: Any) -> Any:
    """Rows of `new` where this step is there, rows of `old` elsewhere."""
    if (new.shape.ndims or 2) > 2:
        from tfnb.ops.choosing import where_v2

        wide = now
        for _ in range(new.shape.ndims - 1):
            wide = arrays.expand_dims(wide, -1)
        return where_v2(wide, new, old)
    return select(now, new, old)


def _masked(now: Any, output: Any, new: Any, before: Any, held: Any) -> tuple[Any, Any]:
    kept = [_chosen(now, n, o) for n, o in zip(nest.flatten(new), nest.flatten(held), strict=True)]
    return _chosen(now, output, before), nest.pack_sequence_as(new, kept)


def _written_out(step: Any, x: Tensor, states: Any, there: Any, steps: int) -> tuple[Any, Any]:
    outputs: list[Any] = []
    for t in range(steps):
        output, new = step(x[t], states)
        if there is not None:
            before = outputs[-1] if outputs else arrays.zeros_like(output)
            output, new = _masked(there[t], output, new, before, states)
        outputs.append(output)
        states = new
    return arrays.stack(outputs), states


def _looped(step: Any, x: Tensor, states: Any, there: Any, size: list[Any]) -> tuple[Any, Any]:
    n = arrays.shape(x)[0]
    read = TensorArray(x.dtype, size=n, tensor_array_name="input_ta").unstack(x)
    marks = None if there is None else TensorArray("bool", size=n, tensor_array_name="mask_ta").unstack(there)
    shape = [x.shape.as_list()[1], *size]
    written = TensorArray(x.dtype, size=n, tensor_array_name="output_ta", element_shape=shape)

    def body(t: Tensor, found: Any, before: Any, held: Any) -> Any:
        row = read.read(t)
        row.set_shape(x.shape.as_list()[1:])
        output, new = step(row, held)
        if marks is not None:
            now = marks.read(t)
            now.set_shape(there.shape.as_list()[1:])
            output, new = _masked(now, output, new, before, held)
        new = nest.pack_sequence_as(held, nest.flatten(new))
        return t + 1, found.write(t, output), output if marks is not None else before, new

    blank = arrays.zeros([arrays.shape(x)[1], *size] if marks is not None else [], x.dtype)
    if marks is not None:
        blank.set_shape(shape)
    _, found, _, last = while_loop(lambda t, *_: t < n, body, (arrays.cast(0, "int32"), written, blank, states), maximum_iterations=n)
    every = found.stack()
    every.set_shape([x.shape.as_list()[0], *shape])
    return every, last
