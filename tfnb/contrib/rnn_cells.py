"""Cells that tf.contrib.rnn has beside those of tf.nn: with normalized gates, without a matrix over the state, found by search.

Formulas: Ba et al. 2016 (layer normalization), Collins et al. 2016 (UGRNN), Li et al. 2018 (IndRNN), Lei et al. 2017 (SRU),
Zoph and Le 2016 (NAS), Greff et al. 2015 (coupled gates).
"""

from __future__ import annotations

from typing import Any

import tfnb as tf
from tfnb.contrib.rnn_wrappers import _linear
from tfnb.rnn_cell import LSTMStateTuple, RNNCell

__all__ = [
    "CoupledInputForgetGateLSTMCell", "IndRNNCell", "IndyGRUCell", "IndyLSTMCell", "LayerNormBasicLSTMCell", "NASCell", "SRUCell", "UGRNNCell",
]  # fmt: skip


class _Vector(RNNCell):
    """A cell whose output and state are vectors of `num_units`."""

    def __init__(self, num_units: int, activation: Any = None, reuse: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units, self._activation = num_units, activation or tf.tanh

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units


class _Pair(_Vector):
    """One whose state is a cell c and an output h."""

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)


class LayerNormBasicLSTMCell(_Pair):
    """An LSTM whose gates and cell are normalized over their units; `dropout_keep_prob` drops of what is written only.

    >>> cell = tf.contrib.rnn.LayerNormBasicLSTMCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.c.shape)
    (2, 3) (2, 3)
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, input_size: Any = None, activation: Any = None, layer_norm: bool = True,
                 norm_gain: float = 1.0, norm_shift: float = 0.0, dropout_keep_prob: Any = 1.0, dropout_prob_seed: int | None = None,
                 reuse: Any = None) -> None:  # fmt: skip
        super().__init__(num_units, activation, reuse)
        self._forget_bias, self._normal, self._gain, self._shift = forget_bias, layer_norm, norm_gain, norm_shift
        self._keep, self._seed = dropout_keep_prob, dropout_prob_seed

    def _normalized(self, x: Any, scope: str) -> Any:
        if not self._normal:
            return x
        with tf.variable_scope(scope):
            gamma = tf.get_variable("gamma", [self._num_units], initializer=tf.constant_initializer(self._gain))
            beta = tf.get_variable("beta", [self._num_units], initializer=tf.constant_initializer(self._shift))
        mean, variance = tf.nn.moments(x, [1], keep_dims=True)
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-12)

    def call(self, x: Any, state: Any) -> Any:
        c, h = state
        gates = tf.split(_linear([x, h], 4 * self._num_units, not self._normal), 4, 1)
        i, j, f, o = (self._normalized(g, scope) for g, scope in zip(gates, ("input", "transform", "forget", "output"), strict=True))
        written = self._activation(j)
        if not isinstance(self._keep, float) or self._keep < 1:
            written = tf.nn.dropout(written, self._keep, seed=self._seed)
        c = self._normalized(c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * written, "state")
        h = self._activation(c) * tf.sigmoid(o)
        return h, LSTMStateTuple(c, h)


class CoupledInputForgetGateLSTMCell(_Pair):
    """An LSTM that writes as much as it forgets: c = f c + (1 - f) tanh(j).

    >>> cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.c.shape)
    (2, 3) (2, 3)
    """

    def __init__(self, num_units: int, use_peepholes: bool = False, initializer: Any = None, num_proj: int | None = None,
                 proj_clip: float | None = None, num_unit_shards: int = 1, num_proj_shards: int = 1, forget_bias: float = 1.0,
                 state_is_tuple: bool = True, activation: Any = None, reuse: Any = None) -> None:  # fmt: skip
        super().__init__(num_units, activation, reuse)
        self._peepholes, self._initializer, self._forget_bias, self._tuple = use_peepholes, initializer, forget_bias, state_is_tuple
        self._num_proj, self._clip = num_proj, proj_clip

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    @property
    def state_size(self) -> Any:
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._tuple else sum(sizes)

    def call(self, x: Any, state: Any) -> Any:
        c, h = state if self._tuple else tf.split(state, [self._num_units, self.output_size], 1)
        n, both = self._num_units, tf.concat([x, h], 1)
        kernel = tf.get_variable("W_0", [both.shape.as_list()[1], 3 * n], initializer=self._initializer)
        bias = tf.get_variable("B", [3 * n], initializer=tf.zeros_initializer())
        j, f, o = tf.split(tf.matmul(both, kernel) + bias, 3, 1)
        if self._peepholes:
            f = f + self._peephole("W_F_diag") * c
        f = tf.sigmoid(f + self._forget_bias)
        new_c = f * c + (1 - f) * self._activation(j)
        o = tf.sigmoid(o + self._peephole("W_O_diag") * new_c if self._peepholes else o)
        h = o * self._activation(new_c)
        if self._num_proj is not None:
            h = tf.matmul(h, tf.get_variable("W_P_0", [n, self._num_proj], initializer=self._initializer))
            h = h if self._clip is None else tf.clip_by_value(h, -self._clip, self._clip)
        return h, LSTMStateTuple(new_c, h) if self._tuple else tf.concat([new_c, h], 1)

    def _peephole(self, name: str) -> Any:
        return tf.get_variable(name, [self._num_units], initializer=self._initializer)


class UGRNNCell(_Vector):
    """One gate between the old state and a new one: g h + (1 - g) tanh(c).

    >>> cell = tf.contrib.rnn.UGRNNCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.shape)
    (2, 3) (2, 3)
    """

    def __init__(self, num_units: int, initializer: Any = None, forget_bias: float = 1.0, activation: Any = None, reuse: Any = None) -> None:
        super().__init__(num_units, activation, reuse)
        self._initializer, self._forget_bias = initializer, forget_bias

    def call(self, x: Any, state: Any) -> Any:
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            g, c = tf.split(_linear([x, state], 2 * self._num_units, True), 2, 1)
        g = tf.sigmoid(g + self._forget_bias)
        new = g * state + (1.0 - g) * self._activation(c)
        return new, new


# -- a vector over the state in place of a matrix ----------------------------------------------------------------
def _independent(x: Any, state: Any, scope: str, bias: float, kernel_initializer: Any = None, bias_initializer: Any = None, times: int = 1,
                 kernel: str = "kernel_w") -> Any:  # fmt: skip
    """x W + u * state + b, u a number for each unit."""
    size = state.shape.as_list()[1] * times
    w = tf.get_variable(scope + kernel, [x.shape.as_list()[1], size], initializer=kernel_initializer)
    uniform = kernel_initializer or tf.random_uniform_initializer(-1.0, 1.0)
    u = tf.get_variable(scope + "kernel_u", [1, size], initializer=uniform)
    b = tf.get_variable(scope + "bias", [size], initializer=bias_initializer or tf.constant_initializer(bias))
    return tf.nn.bias_add(tf.matmul(x, w) + tf.tile(state, [1, times]) * u, b)


class IndRNNCell(_Vector):
    """tanh(x W + u * h + b): each unit sees of the state itself only.

    >>> cell = tf.contrib.rnn.IndRNNCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.shape)
    (2, 3) (2, 3)
    """

    def call(self, x: Any, state: Any) -> Any:
        new = self._activation(_independent(x, state, "", 0.0))
        return new, new


class IndyGRUCell(_Vector):
    """A GRU in which each unit sees of the state itself only.

    >>> cell = tf.contrib.rnn.IndyGRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.shape)
    (2, 3) (2, 3)
    """

    def __init__(self, num_units: int, activation: Any = None, reuse: Any = None, kernel_initializer: Any = None, bias_initializer: Any = None,
                 name: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype)
        self._initializers = kernel_initializer, bias_initializer

    def call(self, x: Any, state: Any) -> Any:
        r, u = tf.split(tf.sigmoid(_independent(x, state, "gates/", 1.0, *self._initializers, times=2)), 2, 1)
        new = u * state + (1 - u) * self._activation(_independent(x, r * state, "candidate/", 0.0, *self._initializers, kernel="kernel"))
        return new, new


class IndyLSTMCell(_Pair):
    """An LSTM in which each unit sees of the output before itself only.

    >>> cell = tf.contrib.rnn.IndyLSTMCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.c.shape)
    (2, 3) (2, 3)
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, activation: Any = None, reuse: Any = None, kernel_initializer: Any = None,
                 bias_initializer: Any = None, name: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype)
        self._forget_bias, self._initializers = forget_bias, (kernel_initializer, bias_initializer)

    def call(self, x: Any, state: Any) -> Any:
        c, h = state
        i, j, f, o = tf.split(_independent(x, h, "", 0.0, *self._initializers, times=4), 4, 1)
        c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * self._activation(j)
        h = self._activation(c) * tf.sigmoid(o)
        return h, LSTMStateTuple(c, h)


class SRUCell(_Vector):
    """A cell without any matrix over the state, so that its products can be made for all steps at once.

    >>> cell = tf.contrib.rnn.SRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.shape)
    (2, 3) (2, 3)
    """

    def call(self, x: Any, state: Any) -> Any:
        n = self._num_units
        kernel = tf.get_variable("kernel", [x.shape.as_list()[1], 4 * n])
        bias = tf.get_variable("bias", [2 * n], initializer=tf.zeros_initializer())
        new, f, r, skipped = tf.split(tf.matmul(x, kernel), 4, 1)
        f, r = tf.split(tf.sigmoid(tf.nn.bias_add(tf.concat([f, r], 1), bias)), 2, 1)
        c = f * state + (1.0 - f) * new
        return r * self._activation(c) + (1.0 - r) * skipped, c


class NASCell(RNNCell):
    """The cell that a search by reinforcement learning found.

    >>> cell = tf.contrib.rnn.NASCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.c.shape)
    (2, 3) (2, 3)
    """

    def __init__(self, num_units: int, num_proj: int | None = None, use_bias: bool = False, reuse: Any = None, **named: Any) -> None:
        super().__init__(_reuse=reuse, **named)
        self._num_units, self._num_proj, self._use_bias = num_units, num_proj, use_bias

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self.output_size)

    def call(self, x: Any, state: Any) -> Any:
        c, m = state
        n = 8 * self._num_units
        recurrent = tf.get_variable("recurrent_kernel", [self.output_size, n])
        kernel = tf.get_variable("kernel", [x.shape.as_list()[1], n])
        of_m = tf.matmul(m, recurrent)
        if self._use_bias:
            of_m = tf.nn.bias_add(of_m, tf.get_variable("bias", [n], initializer=tf.zeros_initializer()))
        a, b = tf.split(of_m, 8, 1), tf.split(tf.matmul(x, kernel), 8, 1)
        sums = [y + z for y, z in zip(a, b, strict=True)]
        first = tf.tanh(tf.sigmoid(sums[0]) * tf.nn.relu(sums[1]))
        second = tf.tanh(tf.sigmoid(sums[2]) + tf.nn.relu(a[3] * b[3]))
        third = tf.tanh(tf.tanh(sums[4]) * tf.sigmoid(sums[5]))
        fourth = tf.sigmoid(tf.tanh(sums[6]) + tf.sigmoid(sums[7]))
        c = tf.tanh(first + c) * second
        m = tf.tanh(c * tf.tanh(third + fourth))
        if self._num_proj is not None:
            m = tf.matmul(m, tf.get_variable("projection_weights", [self._num_units, self._num_proj]))
        return m, LSTMStateTuple(c, m)
