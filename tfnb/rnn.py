"""tf.nn.dynamic_rnn and its kin: a cell run along a sequence, by a while_loop or written out step by step.

    outputs, state = dynamic_rnn(cell, x, sequence_length, dtype=tf.float32)      x [batch, time, features]

Beyond a sequence's length outputs are zero and the state stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, indexing, movement
from tfnb.ops.compare import greater_equal, maximum, minimum
from tfnb.ops.elementwise import cast, identity
from tfnb.ops.indexing import reverse
from tfnb.ops.loops import while_loop
from tfnb.ops.reduce import reduce_max, reduce_min
from tfnb.ops.shaping import transpose
from tfnb.ops.stitching import reverse_sequence
from tfnb.ops.tensor_array import TensorArray
from tfnb.rnn_cell import _zeros, shape_parts
from tfnb.variable_scopes import variable_scope

__all__ = ["bidirectional_dynamic_rnn", "dynamic_rnn", "static_bidirectional_rnn", "static_rnn"]


def _batch_and_time_exchanged(x: Tensor) -> Tensor:
    """[batch, time, ...] as [time, batch, ...] and the other way round."""
    rank = x.shape.ndims
    if rank is not None and rank < 2:
        raise ValueError(f"Expected tensor {x.name} to have rank at least 2, but saw shape: {x.shape}")
    order = arrays.concat([[1, 0], movement.range(2, arrays.rank(x))], axis=0)
    out = transpose(x, order)
    if rank is not None:
        sizes = x.shape.as_list()
        out.set_shape([sizes[1], sizes[0], *sizes[2:]])
    return out


def _lengths(sequence_length: Any) -> Tensor | None:
    if sequence_length is None:
        return None
    lengths = cast(convert_to_tensor(sequence_length), "int32")
    if lengths.shape.ndims not in (None, 1):
        raise ValueError(f"sequence_length must be a vector of length batch_size, but saw shape: {lengths.shape}")
    return identity(lengths, name="sequence_length")


def _batch(x: Tensor, axis: int) -> Any:
    """The batch size: a number where it is known."""
    known = x.shape.as_list()[axis] if x.shape.ndims is not None else None
    return known if known is not None else arrays.shape(x)[axis]


def _checked(cell: Any) -> None:
    missing = [f"'{name}' property is missing" for name in ("output_size", "state_size") if not hasattr(cell, name)]
    if not (hasattr(cell, "zero_state") or hasattr(cell, "get_initial_state")):
        missing.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        missing.append("is not callable")
    if missing:
        raise TypeError(f"The argument 'cell' ({cell}) is not an RNNCell: {', '.join(missing)}.")


def _start(cell: Any, initial_state: Any, dtype: Any, batch: Any) -> Any:
    if initial_state is not None:
        return initial_state
    if dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    return cell.zero_state(batch, dtype)


def dynamic_rnn(cell: Any, inputs: Any, sequence_length: Any = None, initial_state: Any = None, dtype: Any = None, parallel_iterations: int | None = None,
                swap_memory: bool = False, time_major: bool = False, scope: Any = None) -> tuple[Any, Any]:  # fmt: skip
    """Runs the cell along the time axis of `inputs`, [batch, time, ...] or, `time_major`, [time, batch, ...].

    Returns all outputs, in the layout of the inputs, and the last state.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default():
    ...     x = tf.placeholder(tf.float32, [2, 3, 4])
    ...     outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(5), x, dtype=tf.float32)
    ...     print(outputs.shape, state.shape)
    (2, 3, 5) (2, 5)
    """
    _checked(cell)
    with variable_scope(scope or "rnn"):
        flat = [convert_to_tensor(x) for x in nest.flatten(inputs)]
        if not time_major:
            flat = [_batch_and_time_exchanged(x) for x in flat]
        lengths = _lengths(sequence_length)
        batch = _batch(flat[0], 1)
        state = _start(cell, initial_state, dtype, batch)
        outputs, state = _looped(cell, nest.pack_sequence_as(inputs, flat), state, lengths, parallel_iterations or 32, swap_memory, dtype)
        if not time_major:
            outputs = nest.map_structure(_batch_and_time_exchanged, outputs)
    return outputs, state


def _looped(cell: Any, inputs: Any, state: Any, lengths: Tensor | None, parallel: int, swap: bool, dtype: Any) -> tuple[Any, Any]:
    """The loop over time, with an array of inputs that it reads and one of outputs that it writes."""
    flat = nest.flatten(inputs)
    steps = arrays.shape(flat[0])[0]
    batch = _batch(flat[0], 1)
    sizes = nest.flatten(cell.output_size)
    kind = dtype or nest.flatten(state)[0].dtype.base_dtype
    blank = [_zeros(batch, n, kind) for n in sizes]
    shortest, longest = (reduce_min(lengths), reduce_max(lengths)) if lengths is not None else (None, None)
    time = convert_to_tensor(0, "int32", name="time")
    static_batch = batch if isinstance(batch, int) else None
    written = [TensorArray(kind, size=steps, tensor_array_name=f"dynamic_rnn/output_{i}", element_shape=_joined(static_batch, n)) for i, n in enumerate(sizes)]
    read = [TensorArray(x.dtype, size=steps, tensor_array_name=f"dynamic_rnn/input_{i}").unstack(x) for i, x in enumerate(flat)]
    bound = minimum(steps, maximum(1, steps if longest is None else longest))

    def body(t: Tensor, arrays_: Any, held: Any) -> Any:
        given = [a.read(t) for a in read]
        for x, whole in zip(given, flat, strict=True):
            x.set_shape(whole.shape.as_list()[1:])
        x = nest.pack_sequence_as(inputs, given)
        call = lambda: cell(x, held)  # noqa: E731
        output, new = call() if lengths is None else _short_of(t, lengths, shortest, longest, blank, held, call)
        done = tuple(a.write(t, o) for a, o in zip(arrays_, nest.flatten(output), strict=True))
        return t + 1, done, new

    start = (time, tuple(written), state)
    _, ends, last = while_loop(lambda t, *_: t < bound, body, start, parallel_iterations=parallel, swap_memory=swap, maximum_iterations=steps)
    results = [a.stack() for a in ends]
    for r, n in zip(results, sizes, strict=True):
        shape_parts([flat[0].shape.as_list()[0], static_batch], [n] if isinstance(n, int) else n)
        r.set_shape([flat[0].shape.as_list()[0], *_joined(static_batch, n)])
    return nest.pack_sequence_as(cell.output_size, results), last


def _joined(batch: int | None, size: Any) -> list[int | None]:
    return [batch, *([int(size)] if isinstance(size, int) else TensorShape(size).as_list())]


def _short_of(t: Tensor, lengths: Tensor, shortest: Any, longest: Any, blank: Any, state: Any, call: Callable[[], Any]) -> tuple[Any, Any]:
    """A step in which some sequences may have ended: theirs give zeros and keep their state."""
    output, new = call()
    over = greater_equal(t, lengths)
    kept = [arrays_where(over, b, o) for b, o in zip(blank, nest.flatten(output), strict=True)]
    states = [_kept(over, a, b) for a, b in zip(nest.flatten(state), nest.flatten(new), strict=True)]
    return nest.pack_sequence_as(output, kept), nest.pack_sequence_as(new, states)


def _kept(over: Tensor, old: Any, new: Any) -> Any:
    if not isinstance(new, Tensor) or new.shape.ndims == 0:
        return new
    return arrays_where(over, old, new)


def arrays_where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Rows of x where the condition holds, rows of y elsewhere."""
    out = indexing.where(condition, x, y)
    out.set_shape(y.shape)
    return out


def static_rnn(cell: Any, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None) -> tuple[list[Any], Any]:
    """Runs the cell over a list of inputs [batch, features], one part of the graph for each.

    >>> steps = tf.unstack(tf.ones([2, 3, 4]), axis=1)
    >>> outputs, state = tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(5), steps, dtype=tf.float32)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 5)
    """
    _checked(cell)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    outputs = []
    with variable_scope(scope or "rnn") as varscope:
        first = convert_to_tensor(nest.flatten(inputs[0])[0])
        state = _start(cell, initial_state, dtype, _batch(first, 0))
        lengths = _lengths(sequence_length)
        blank = None if lengths is None else [_zeros(_batch(first, 0), n, dtype or first.dtype) for n in nest.flatten(cell.output_size)]
        for t, x in enumerate(inputs):
            if t:
                varscope.reuse_variables()
            call = lambda x=x, held=state: cell(x, held)  # noqa: E731
            if lengths is None:
                output, state = call()
            else:
                output, state = _short_of(convert_to_tensor(t), lengths, None, None, blank, state, call)
            outputs.append(output)
    return outputs, state


def _reversed(x: Any, lengths: Any, time_axis: int) -> Any:
    """The sequences backwards, each within its own length."""
    if lengths is None:
        return nest.map_structure(lambda v: reverse(v, axis=[time_axis]), x)
    return nest.map_structure(lambda v: reverse_sequence(v, lengths, seq_axis=time_axis, batch_axis=1 - time_axis), x)


def bidirectional_dynamic_rnn(cell_fw: Any, cell_bw: Any, inputs: Any, sequence_length: Any = None, initial_state_fw: Any = None,
                              initial_state_bw: Any = None, dtype: Any = None, parallel_iterations: int | None = None, swap_memory: bool = False,
                              time_major: bool = False, scope: Any = None) -> tuple[tuple[Any, Any], tuple[Any, Any]]:  # fmt: skip
    """One cell forwards and one backwards along the sequences: (outputs of both), (last states of both).

    >>> cells = tf.nn.rnn_cell.GRUCell(5), tf.nn.rnn_cell.GRUCell(5)
    >>> (forward, backward), _ = tf.nn.bidirectional_dynamic_rnn(*cells, tf.ones([2, 3, 4]), dtype=tf.float32)
    >>> print(forward.shape, backward.shape)
    (2, 3, 5) (2, 3, 5)
    """
    _checked(cell_fw)
    _checked(cell_bw)
    axis = 0 if time_major else 1
    options = dict(dtype=dtype, parallel_iterations=parallel_iterations, swap_memory=swap_memory, time_major=time_major)
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            forward, state_fw = dynamic_rnn(cell_fw, inputs, sequence_length, initial_state_fw, scope=fw, **options)  # type: ignore[arg-type]
        with variable_scope("bw") as bw:
            backwards = _reversed(inputs, sequence_length, axis)
            found, state_bw = dynamic_rnn(cell_bw, backwards, sequence_length, initial_state_bw, scope=bw, **options)  # type: ignore[arg-type]
    return (forward, _reversed(found, sequence_length, axis)), (state_fw, state_bw)


def static_bidirectional_rnn(cell_fw: Any, cell_bw: Any, inputs: Any, initial_state_fw: Any = None, initial_state_bw: Any = None, dtype: Any = None,
                             sequence_length: Any = None, scope: Any = None) -> tuple[list[Tensor], Any, Any]:  # fmt: skip
    """One cell forwards and one backwards over a list of inputs; outputs of both side by side.

    >>> steps = tf.unstack(tf.ones([2, 3, 4]), axis=1)
    >>> cells = tf.nn.rnn_cell.GRUCell(5), tf.nn.rnn_cell.GRUCell(5)
    >>> outputs, _, _ = tf.nn.static_bidirectional_rnn(*cells, steps, dtype=tf.float32)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 10)
    """
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            forward, state_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=fw)
        with variable_scope("bw") as bw:
            found, state_bw = static_rnn(cell_bw, _turned(inputs, sequence_length), initial_state_bw, dtype, sequence_length, scope=bw)
    both = [arrays.concat([a, b], 1) for a, b in zip(forward, _turned(found, sequence_length), strict=True)]
    return both, state_fw, state_bw


def _turned(inputs: Any, lengths: Any) -> list[Any]:
    if lengths is None:
        return list(reversed(inputs))
    return arrays.unstack(reverse_sequence(arrays.stack(list(inputs)), cast(convert_to_tensor(lengths), "int64"), seq_axis=0, batch_axis=1))
