"""Bidirectional layers one on the other: each reads what both directions of the one below have put out."""

from __future__ import annotations

from typing import Any

from tfnb.ops.joining import concat
from tfnb.rnn import bidirectional_dynamic_rnn, static_bidirectional_rnn
from tfnb.variable_scopes import variable_scope

__all__ = ["stack_bidirectional_dynamic_rnn", "stack_bidirectional_rnn"]


def _checked(cells_fw: Any, cells_bw: Any, starts_fw: Any, starts_bw: Any) -> None:
    for cells, name in ((cells_fw, "fw"), (cells_bw, "bw")):
        if cells is None:
            raise ValueError(f"Must specify at least one {name} cell for BidirectionalRNN.")
        if not isinstance(cells, list):
            raise ValueError(f"cells_{name} must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for starts, name in ((starts_fw, "fw"), (starts_bw, "bw")):
        if starts is not None and (not isinstance(starts, list) or len(starts) != len(cells_fw)):
            raise ValueError(f"initial_states_{name} must be a list of state tensors (one per layer).")


def stack_bidirectional_dynamic_rnn(cells_fw: Any, cells_bw: Any, inputs: Any, initial_states_fw: Any = None, initial_states_bw: Any = None,
                                    dtype: Any = None, sequence_length: Any = None, parallel_iterations: int | None = None,
                                    time_major: bool = False, scope: Any = None, swap_memory: bool = False) -> Any:  # fmt: skip
    """(outputs, states forwards, states backwards); outputs hold both directions of the last layer, a state for each layer.

    >>> cells = [tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.GRUCell(3)]
    >>> back = [tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.GRUCell(3)]
    >>> y, _, _ = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(cells, back, tf.zeros([1, 4, 5]), dtype=tf.float32)
    >>> y.shape
    TensorShape([Dimension(1), Dimension(4), Dimension(6)])
    """
    _checked(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (fw, bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{i}"):
                outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
                    fw, bw, inputs, sequence_length, initial_states_fw and initial_states_fw[i], initial_states_bw and initial_states_bw[i],
                    dtype, parallel_iterations, swap_memory, time_major,
                )  # fmt: skip
                inputs = concat(outputs, 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_rnn(cells_fw: Any, cells_bw: Any, inputs: Any, initial_states_fw: Any = None, initial_states_bw: Any = None,
                            dtype: Any = None, sequence_length: Any = None, scope: Any = None) -> Any:  # fmt: skip
    """The same over a list of inputs, written out step by step.

    >>> cells = [tf.nn.rnn_cell.GRUCell(3)], [tf.nn.rnn_cell.GRUCell(3)]
    >>> outputs, _, _ = tf.contrib.rnn.stack_bidirectional_rnn(*cells, tf.unstack(tf.ones([2, 3, 4]), axis=1), dtype=tf.float32)
    >>> print(outputs[0].shape)
    (2, 6)
    """
    _checked(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (fw, bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{i}") as here:
                inputs, state_fw, state_bw = static_bidirectional_rnn(
                    fw, bw, inputs, initial_states_fw and initial_states_fw[i], initial_states_bw and initial_states_bw[i], dtype,
                    sequence_length, here,
                )  # fmt: skip
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)
