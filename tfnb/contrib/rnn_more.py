"""Convolving cells, wrappers with highways and attention, and cells that run over all steps at once."""

from __future__ import annotations

from typing import Any

import tfnb as tf
from tfnb.contrib.rnn_wrappers import Around, _linear
from tfnb.core import nest
from tfnb.rnn_cell import LSTMCell, LSTMStateTuple, RNNCell

__all__ = [
    "AttentionCellWrapper", "Conv1DLSTMCell", "Conv2DLSTMCell", "Conv3DLSTMCell", "ConvLSTMCell", "FusedRNNCell", "FusedRNNCellAdaptor",
    "HighwayWrapper", "LSTMBlockFusedCell", "TimeReversedFusedRNN", "transpose_batch_time",
]  # fmt: skip


# -- convolutions ------------------------------------------------------------------------------------------------
class ConvLSTMCell(RNNCell):
    """An LSTM whose products are convolutions (Shi et al. 2015); `input_shape` is [*sizes, channels].

    >>> cell = tf.contrib.rnn.ConvLSTMCell(2, [5, 5, 3], output_channels=4, kernel_shape=[3, 3])
    >>> output, state = cell(tf.ones([2, 5, 5, 3]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 5, 5, 4)
    """

    def __init__(self, conv_ndims: int, input_shape: Any, output_channels: int, kernel_shape: Any, use_bias: bool = True,
                 skip_connection: bool = False, forget_bias: float = 1.0, initializers: Any = None, name: str = "conv_lstm_cell") -> None:  # fmt: skip
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError("Invalid input_shape {} for conv_ndims={}.".format(input_shape, conv_ndims))  # noqa: UP032
        self._sizes, self._channels, self._kernel, self._use_bias = list(input_shape)[:-1], output_channels, list(kernel_shape), use_bias
        self._skip, self._inputs, self._forget_bias, self._rank = skip_connection, input_shape[-1], forget_bias, conv_ndims

    @property
    def output_size(self) -> Any:
        return tf.TensorShape([*self._sizes, self._channels + (self._inputs if self._skip else 0)])

    @property
    def state_size(self) -> Any:
        size = tf.TensorShape([*self._sizes, self._channels])
        return LSTMStateTuple(size, size)

    def call(self, x: Any, state: Any) -> Any:
        c, h = state
        both = tf.concat([x, h], -1)
        kernel = tf.get_variable("kernel", [*self._kernel, both.shape.as_list()[-1], 4 * self._channels])
        products = tf.nn.convolution(both, kernel, "SAME")
        if self._use_bias:
            products = products + tf.get_variable("biases", [4 * self._channels], initializer=tf.zeros_initializer())
        i, j, f, o = tf.split(products, 4, self._rank + 1)
        c = tf.sigmoid(f + self._forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
        output = tf.tanh(c) * tf.sigmoid(o)
        if self._skip:
            output = tf.concat([output, x], -1)
        return output, LSTMStateTuple(c, output)


class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over [length, channels].

    >>> cell = tf.contrib.rnn.Conv1DLSTMCell(input_shape=[5, 3], output_channels=4, kernel_shape=[3])
    >>> print(cell(tf.ones([2, 5, 3]), cell.zero_state(2, tf.float32))[0].shape)
    (2, 5, 4)
    """

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over [height, width, channels].

    >>> cell = tf.contrib.rnn.Conv2DLSTMCell(input_shape=[5, 5, 3], output_channels=4, kernel_shape=[3, 3])
    >>> print(cell(tf.ones([2, 5, 5, 3]), cell.zero_state(2, tf.float32))[0].shape)
    (2, 5, 5, 4)
    """

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over [depth, height, width, channels].

    >>> cell = tf.contrib.rnn.Conv3DLSTMCell(input_shape=[2, 5, 5, 3], output_channels=4, kernel_shape=[2, 3, 3])
    >>> print(cell(tf.ones([2, 2, 5, 5, 3]), cell.zero_state(2, tf.float32))[0].shape)
    (2, 2, 5, 5, 4)
    """

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(3, name=name, **kwargs)


# -- wrappers ----------------------------------------------------------------------------------------------------
class HighwayWrapper(RNNCell):
    """The input carried past a cell of the same size, as much as a gate lets it (Srivastava et al. 2015).

    >>> cell = tf.contrib.rnn.HighwayWrapper(tf.nn.rnn_cell.GRUCell(3))
    >>> print(cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))[0].shape)
    (2, 3)
    """

    def __init__(self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0) -> None:
        super().__init__()
        self._cell, self._coupled, self._bias = cell, couple_carry_transform_gates, carry_bias_init

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **named: Any) -> Any:
        outputs, new = self._cell(inputs, state, scope=scope)
        return nest.map_structure(self._carried, inputs, outputs), new

    def _carried(self, x: Any, y: Any) -> Any:
        carry = self._gate(x, "carry", self._bias)
        return x * carry + y * (1 - carry if self._coupled else self._gate(x, "transform", -self._bias))

    def _gate(self, x: Any, name: str, bias: float) -> Any:
        n = x.shape.as_list()[1]
        weights, biases = tf.get_variable(f"{name}_w", [n, n]), tf.get_variable(f"{name}_b", [n], initializer=tf.constant_initializer(bias))
        return tf.sigmoid(tf.nn.xw_plus_b(x, weights, biases))


class AttentionCellWrapper(RNNCell):
    """A cell that looks back at its last `attn_length` outputs; its state is (the cell's, what it sees, those outputs).

    >>> cell = tf.contrib.rnn.AttentionCellWrapper(tf.nn.rnn_cell.GRUCell(3), attn_length=5)
    >>> print(cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))[0].shape)
    (2, 3)
    """

    def __init__(self, cell: Any, attn_length: int, attn_size: int | None = None, attn_vec_size: int | None = None, input_size: int | None = None,
                 state_is_tuple: bool = True, reuse: Any = None) -> None:  # fmt: skip
        super().__init__(_reuse=reuse)
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        self._cell, self._length, self._tuple, self._input_size = cell, attn_length, state_is_tuple, input_size
        self._size = attn_size or cell.output_size
        self._hidden = attn_vec_size or self._size

    @property
    def state_size(self) -> Any:
        sizes = self._cell.state_size, self._size, self._size * self._length
        return sizes if self._tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        return int(self._size)

    def call(self, x: Any, state: Any) -> Any:
        inner, seen, memory = state if self._tuple else tf.split(state, list(self._sizes()), 1)
        memory = tf.reshape(memory, [-1, self._length, self._size])
        width = self._input_size or x.shape.as_list()[1]
        output, inner = self._cell(_linear([x, seen], width, True), inner)
        seen = self._look(tf.concat(nest.flatten(inner), 1), memory)
        with tf.variable_scope("attn_output_projection"):
            output = _linear([output, seen], self._size, True)
        memory = tf.reshape(tf.concat([memory[:, 1:], tf.expand_dims(output, 1)], 1), [-1, self._length * self._size])
        return output, (inner, seen, memory) if self._tuple else tf.concat([inner, seen, memory], 1)

    def _sizes(self) -> Any:
        return self._cell.state_size, self._size, self._size * self._length

    def _look(self, query: Any, memory: Any) -> Any:
        with tf.variable_scope("attention"):
            k = tf.get_variable("attn_w", [1, 1, self._size, self._hidden])
            v = tf.get_variable("attn_v", [self._hidden])
            keys = tf.nn.conv2d(tf.expand_dims(memory, 2), k, [1, 1, 1, 1], "SAME")
            y = tf.reshape(_linear(query, self._hidden, True), [-1, 1, 1, self._hidden])
            weights = tf.nn.softmax(tf.reduce_sum(v * tf.tanh(keys + y), [2, 3]))
            return tf.reduce_sum(tf.expand_dims(weights, 2) * memory, 1)


# -- over all steps at once --------------------------------------------------------------------------------------
def transpose_batch_time(x: Any) -> Any:
    """The tensor with its first two axes exchanged.

    >>> print(tf.contrib.rnn.transpose_batch_time(tf.zeros([2, 5, 3])).shape)
    (5, 2, 3)
    """
    return tf.transpose(x, [1, 0, *range(2, x.shape.ndims)])


class FusedRNNCell:
    """The base of cells called with all inputs [time, batch, size]: (outputs, last state).

    >>> cell = tf.contrib.rnn.FusedRNNCell()
    """

    def __call__(self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None) -> Any:
        raise NotImplementedError


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell of one step as one of all steps.

    >>> fused = tf.contrib.rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(3))
    >>> print(fused(tf.ones([5, 2, 4]), dtype=tf.float32)[0].shape)
    (5, 2, 3)
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell, self._dynamic = cell, use_dynamic_rnn

    def __call__(self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None) -> Any:
        whole = not isinstance(inputs, list)
        if self._dynamic:
            inputs = inputs if whole else tf.stack(inputs)
            outputs, state = tf.nn.dynamic_rnn(self._cell, inputs, sequence_length, initial_state, dtype, time_major=True, scope=scope)
            return outputs if whole else tf.unstack(outputs), state
        steps = tf.unstack(inputs) if whole else inputs
        outputs, state = tf.nn.static_rnn(self._cell, steps, initial_state, dtype, sequence_length, scope)
        return tf.stack(outputs) if whole else outputs, state


class TimeReversedFusedRNN(FusedRNNCell):
    """A cell of all steps that goes through them from the last to the first.

    >>> fused = tf.contrib.rnn.TimeReversedFusedRNN(tf.contrib.rnn.LSTMBlockFusedCell(3))
    >>> print(fused(tf.ones([5, 2, 4]), dtype=tf.float32)[0].shape)
    (5, 2, 3)
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def __call__(self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None) -> Any:
        def turned(x: Any) -> Any:
            return tf.reverse(x, [0]) if sequence_length is None else tf.reverse_sequence(x, sequence_length, seq_axis=0, batch_axis=1)

        outputs, state = self._cell(turned(inputs), initial_state, dtype, sequence_length, scope=scope)
        return turned(outputs), state


class LSTMBlockFusedCell(LSTMCell):
    """One kernel for all steps in TensorFlow; here an LSTM in a loop, with the same numbers.

    >>> fused = tf.contrib.rnn.LSTMBlockFusedCell(3)
    >>> outputs, state = fused(tf.ones([5, 2, 4]), dtype=tf.float32)
    >>> print(outputs.shape, state.c.shape)
    (5, 2, 3) (2, 3)
    """

    _order = "ifo"

    def __init__(self, num_units: int, forget_bias: float = 1.0, cell_clip: float | None = None, use_peephole: bool = False, reuse: Any = None,
                 dtype: Any = None, name: str = "lstm_fused_cell") -> None:  # fmt: skip
        super().__init__(num_units, use_peephole, cell_clip, forget_bias=forget_bias, dtype=dtype, reuse=reuse, name=name)

    def __call__(self, inputs: Any, initial_state: Any = None, dtype: Any = None, sequence_length: Any = None, scope: Any = None, **_: Any) -> Any:
        listed = isinstance(inputs, list)
        steps = tf.stack(inputs) if listed else tf.convert_to_tensor(inputs)
        step = _Step(self, scope)
        outputs, state = tf.nn.dynamic_rnn(step, steps, sequence_length, initial_state, dtype, time_major=True, scope=tf.get_variable_scope())
        return tf.unstack(outputs) if listed else outputs, state


class _Step(Around):
    """One step of a fused cell, whose own call is over all of them."""

    def __init__(self, fused: Any, scope: Any) -> None:
        super().__init__()
        self._cell, self._given = fused, scope

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **_: Any) -> Any:
        return RNNCell.__call__(self._cell, inputs, state, scope=self._given)
