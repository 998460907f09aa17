"""tf.nn.rnn_cell: one step of a recurrent network, (input, state) -> (output, new state).

    cell = LSTMCell(128)                       variables kernel [inputs + 128, 4 * 128], bias
    output, state = cell(x, cell.zero_state(batch, tf.float32))

Formulas: Hochreiter and Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU), Zaremba et al. 2014 (dropout).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.initializers import constant_initializer, zeros_initializer
from tfnb.layer_base import Layer
from tfnb.ops.arrays import concat, fill, split
from tfnb.ops.compare import clip_by_value
from tfnb.ops.division import div
from tfnb.ops.elementwise import add, multiply
from tfnb.ops.linear import matmul
from tfnb.ops.neural import bias_add
from tfnb.ops.parts import floor
from tfnb.ops.special import sigmoid, tanh
from tfnb.variable_scopes import variable_scope

__all__ = [
    "BasicLSTMCell", "BasicRNNCell", "DeviceWrapper", "DropoutWrapper", "GRUCell", "LSTMCell", "LSTMStateTuple", "MultiRNNCell", "RNNCell",
    "ResidualWrapper",
]  # fmt: skip


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM: the cell c and the output h.

    >>> state = tf.nn.rnn_cell.LSTMStateTuple(c=tf.zeros([1, 2]), h=tf.zeros([1, 2]))
    >>> print(state.h.shape)
    (1, 2)
    """

    c: Any
    h: Any

    @property
    def dtype(self) -> Any:
        return self.c.dtype


class RNNCell(Layer):
    """The base of cells: `state_size`, `output_size`, `zero_state`, and `call(inputs, state)` by each.

    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.shape)
    (2, 3) (2, 3)
    """

    base = "rnn_cell"

    def __init__(self, trainable: bool = True, name: str | None = None, dtype: Any = None, _reuse: Any = None, **_: Any) -> None:
        super().__init__(_snake(type(self).__name__), trainable, name, dtype, _reuse=_reuse)

    @property
    def state_size(self) -> Any:
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        raise NotImplementedError("Abstract method")

    def build(self, shape: TensorShape) -> None:
        """Makes the variables; cells that ask for them with tf.get_variable need none of this."""

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **named: Any) -> Any:
        return super().__call__(inputs, state, scope=scope, **named)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros of shape [batch, size] in the structure of `state_size`."""
        with name_scope(type(self).__name__ + "ZeroState"):
            return nest.map_structure(lambda size: _start_of(batch_size, size, dtype), self.state_size)


def _start_of(batch: Any, size: Any, dtype: Any) -> Tensor:
    zeros = _zeros(batch, size, dtype)
    shape_parts(batch if isinstance(batch, Tensor) else [int(batch)], [size] if isinstance(size, int) else size)
    return zeros


def _zeros(batch: Any, size: Any, dtype: Any) -> Tensor:
    sizes = [int(n) for n in (as_shape(size).as_list() if not isinstance(size, int) else [size])]
    shape = concat(shape_parts(batch if isinstance(batch, Tensor) else [int(batch)], sizes), 0)
    with name_scope("zeros") as scope:
        out = fill(shape, convert_to_tensor(0, dtype, name="Const"), name=scope)
    out.set_shape([None if isinstance(batch, Tensor) else int(batch), *sizes])
    return out


def shape_parts(first: Any, rest: Any) -> list[Tensor]:
    """The beginning and the end of a shape, as nodes.

    TensorFlow makes these nodes for static shapes, too, where nothing uses them. So does tfnb: the seed of a random op counts the
    nodes before it, and a book's numbers come out only where the counts agree.
    """
    if isinstance(first, Tensor):
        from tfnb.ops.arrays import expand_dims
        from tfnb.ops.elementwise import cast

        return [expand_dims(cast(first, "int32"), 0), convert_to_tensor(rest)]
    known = as_shape(first)
    return [convert_to_tensor(part.as_list(), "int32") for part in (known, as_shape(rest)) if part.is_fully_defined()]


def _snake(name: str) -> str:
    """BasicLSTMCell -> basic_lstm_cell"""
    out = ""
    for i, c in enumerate(name):
        begins = c.isupper() and i and (not name[i - 1].isupper() or i + 1 < len(name) and name[i + 1].islower())
        out += ("_" if begins else "") + c.lower()
    return out


def _depth(shape: Any) -> int:
    sizes = shape.as_list()
    if sizes[-1] is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {shape}")
    return int(sizes[-1])


class BasicRNNCell(RNNCell):
    """output = new state = tanh([x, h] kernel + bias).

    >>> cell = tf.nn.rnn_cell.BasicRNNCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, cell.state_size)
    (2, 3) 3
    """

    def __init__(self, num_units: int, activation: Any = None, reuse: Any = None, name: str | None = None, dtype: Any = None, **named: Any) -> None:
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **named)
        self._num_units, self._activation = num_units, _function(activation) or tanh

    @property
    def state_size(self) -> int:
        return self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, shape: TensorShape) -> None:
        self.kernel = self.variable("kernel", [_depth(shape) + self._num_units, self._num_units])
        self.bias = self.variable("bias", [self._num_units], zeros_initializer())

    def call(self, x: Any, state: Any) -> Any:
        output = self._activation(bias_add(matmul(concat([x, state], 1), self.kernel), self.bias))
        return output, output


class GRUCell(RNNCell):
    """r, u = sigmoid([x, h] W + b); c = tanh([x, r h] V + d); new h = u h + (1 - u) c.

    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, cell.state_size)
    (2, 3) 3
    """

    def __init__(self, num_units: int, activation: Any = None, reuse: Any = None, kernel_initializer: Any = None, bias_initializer: Any = None,
                 name: str | None = None, dtype: Any = None, **named: Any) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **named)
        self._num_units, self._activation = num_units, _function(activation) or tanh
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    state_size = BasicRNNCell.state_size
    output_size = BasicRNNCell.output_size

    def build(self, shape: TensorShape) -> None:
        n, rows = self._num_units, _depth(shape) + self._num_units
        self._gates = (
            self.variable("gates/kernel", [rows, 2 * n], self._kernel_initializer),
            self.variable("gates/bias", [2 * n], self._bias_initializer or constant_initializer(1.0)),
        )
        self._candidate = (
            self.variable("candidate/kernel", [rows, n], self._kernel_initializer),
            self.variable("candidate/bias", [n], self._bias_initializer or zeros_initializer()),
        )

    def call(self, x: Any, state: Any) -> Any:
        r, u = split(sigmoid(bias_add(matmul(concat([x, state], 1), self._gates[0]), self._gates[1])), 2, 1)
        reset = r * state
        c = self._activation(bias_add(matmul(concat([x, reset], 1), self._candidate[0]), self._candidate[1]))
        new = u * state + (1 - u) * c
        return new, new


class BasicLSTMCell(RNNCell):
    """new c = c sigmoid(f + forget_bias) + sigmoid(i) tanh(j); h = tanh(new c) sigmoid(o), i j f o = [x, h] W + b.

    >>> cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.c.shape, cell.state_size)
    (2, 3) (2, 3) LSTMStateTuple(c=3, h=3)
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None, reuse: Any = None,
                 name: str | None = None, dtype: Any = None, **named: Any) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **named)
        self._num_units, self._forget_bias, self._state_is_tuple = num_units, forget_bias, state_is_tuple
        self._activation = _function(activation) or tanh

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units) if self._state_is_tuple else 2 * self._num_units

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, shape: TensorShape) -> None:
        self.kernel = self.variable("kernel", [_depth(shape) + self._num_units, 4 * self._num_units])
        self.bias = self.variable("bias", [4 * self._num_units], zeros_initializer())

    def call(self, x: Any, state: Any) -> Any:
        one = convert_to_tensor(1, "int32")
        c, h = state if self._state_is_tuple else split(state, 2, one)
        i, j, f, o = split(bias_add(matmul(concat([x, h], 1), self.kernel), self.bias), 4, one)
        forget = convert_to_tensor(self._forget_bias, f.dtype)
        new_c = add(multiply(c, sigmoid(add(f, forget))), multiply(sigmoid(i), self._activation(j)))
        new_h = multiply(self._activation(new_c), sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h) if self._state_is_tuple else concat([new_c, new_h], 1)


class LSTMCell(RNNCell):
    """An LSTM with peepholes from the cell to the gates, clipping and a projection of the output, where asked for.

    >>> cell = tf.nn.rnn_cell.LSTMCell(5, num_proj=3)
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape, state.c.shape)
    (2, 3) (2, 5)
    """

    _order = "fio"  # in which the peepholes' variables are made

    def __init__(self, num_units: int, use_peepholes: bool = False, cell_clip: float | None = None, initializer: Any = None,
                 num_proj: int | None = None, proj_clip: float | None = None, num_unit_shards: Any = None, num_proj_shards: Any = None,
                 forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None, reuse: Any = None, name: str | None = None,
                 dtype: Any = None, **named: Any) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **named)
        self._num_units, self._forget_bias, self._state_is_tuple = num_units, forget_bias, state_is_tuple
        self._peepholes, self._cell_clip, self._num_proj, self._proj_clip = use_peepholes, cell_clip, num_proj, proj_clip
        self._initializer, self._activation = initializer, _function(activation) or tanh

    @property
    def state_size(self) -> Any:
        sizes = self._num_units, self._num_proj or self._num_units
        return LSTMStateTuple(*sizes) if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    def build(self, shape: TensorShape) -> None:
        n = self._num_units
        self.kernel = self.variable("kernel", [_depth(shape) + self.output_size, 4 * n], self._initializer)
        self.bias = self.variable("bias", [4 * n], zeros_initializer())
        if self._peepholes:
            made = {g: self.variable(f"w_{g}_diag", [n], self._initializer) for g in self._order}
            self._f, self._i, self._o = made["f"], made["i"], made["o"]
        if self._num_proj is not None:
            self._projection = self.variable("projection/kernel", [n, self._num_proj], self._initializer)

    def call(self, x: Any, state: Any) -> Any:
        c, h = state if self._state_is_tuple else split(state, [self._num_units, self.output_size], 1)
        i, j, f, o = split(bias_add(matmul(concat([x, h], 1), self.kernel), self.bias), 4, 1)
        if self._peepholes:
            f, i = f + self._forget_bias + self._f * c, i + self._i * c
        else:
            f = f + self._forget_bias
        c = sigmoid(f) * c + sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = clip_by_value(c, -self._cell_clip, self._cell_clip)
        h = sigmoid(o + self._o * c if self._peepholes else o) * self._activation(c)
        if self._num_proj is not None:
            h = matmul(h, self._projection)
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)


class MultiRNNCell(RNNCell):
    """Cells one after another: the output of each is the input of the next.

    >>> cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.GRUCell(5)])
    >>> outputs, states = tf.nn.dynamic_rnn(cell, tf.ones([2, 6, 4]), dtype=tf.float32)
    >>> print(outputs.shape, [s.shape.as_list() for s in states])
    (2, 6, 5) [[2, 3], [2, 5]]
    """

    def __init__(self, cells: Sequence[RNNCell], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not isinstance(cells, (list, tuple)):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        self._cells, self._state_is_tuple = list(cells), state_is_tuple

    def _children(self) -> list[tuple[str, Any]]:
        return [(f"cell-{i}", cell) for i, cell in enumerate(self._cells)]

    @property
    def state_size(self) -> Any:
        sizes = tuple(c.state_size for c in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope("MultiRNNCellZeroState"):
            return tuple(c.zero_state(batch_size, dtype) for c in self._cells) if self._state_is_tuple else super().zero_state(batch_size, dtype)

    def call(self, x: Any, state: Any) -> Any:
        states = state if self._state_is_tuple else split(state, [c.state_size for c in self._cells], 1)
        new = []
        for i, (cell, held) in enumerate(zip(self._cells, states, strict=True)):
            with variable_scope(f"cell_{i}"):
                x, held = cell(x, held)
            new.append(held)
        return x, tuple(new) if self._state_is_tuple else concat(new, 1)


class _Wrapper(RNNCell):
    """A cell around a cell, which keeps its sizes and its variables' names."""

    def __init__(self, cell: RNNCell) -> None:
        super().__init__()
        self._cell = cell

    @property
    def wrapped_cell(self) -> RNNCell:
        return self._cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    @property
    def weights(self) -> Any:
        return self._cell.weights

    @weights.setter
    def weights(self, _: Any) -> None:
        pass

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope(type(self).__name__ + "ZeroState"):
            return self._cell.zero_state(batch_size, dtype)


class DropoutWrapper(_Wrapper):
    """Dropout of a cell's inputs, outputs and state; the same mask at all steps where `variational_recurrent` (Gal 2015).

    Raises ValueError for a probability to keep that is not between 0 and 1, and where the masks' dtype or size is not said.

    >>> cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(3), output_keep_prob=0.5)
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 3)
    """

    def __init__(self, cell: RNNCell, input_keep_prob: Any = 1.0, output_keep_prob: Any = 1.0, state_keep_prob: Any = 1.0,
                 variational_recurrent: bool = False, input_size: Any = None, dtype: Any = None, seed: int | None = None,
                 dropout_state_filter_visitor: Any = None) -> None:  # fmt: skip
        super().__init__(cell)
        self._keep: dict[str, Any] = {"input": input_keep_prob, "state": state_keep_prob, "output": output_keep_prob}
        with name_scope("DropoutWrapperInit"):
            for name, keep in self._keep.items():
                tensor = convert_to_tensor(keep)
                known = static_value(tensor)
                if known is not None and not 0.0 <= known <= 1.0:
                    raise ValueError(f"Parameter {name}_keep_prob must be between 0 and 1: {int(known)}")
                self._keep[name] = tensor if known is None else float(known)
        self._seed = seed
        self._noise: dict[str, list[Tensor]] = {}
        if variational_recurrent:
            self._make_noise(input_size, dtype)

    def _make_noise(self, input_size: Any, dtype: Any) -> None:
        """Uniform numbers for the masks, once for all steps and for all examples of a batch."""
        from tfnb.ops.random import random_uniform

        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        if self._drops("input") and input_size is None:
            raise ValueError("When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, input_size must be provided")
        sizes = {"input": input_size if self._drops("input") else (), "state": self._cell.state_size, "output": self._cell.output_size}
        for name, size in sizes.items():
            self._noise[name] = [random_uniform(concat([[1], as_shape(n).as_list()], 0), dtype=dtype, seed=self._seed_of(name, i))
                                 for i, n in enumerate(nest.flatten(size))]  # fmt: skip

    def _drops(self, name: str) -> bool:
        return isinstance(self._keep[name], Tensor) or self._keep[name] < 1

    def _seed_of(self, name: str, index: int) -> int | None:
        """Each place of dropout has a seed of its own, made of the one given as TensorFlow makes it."""
        if self._seed is None:
            return None
        return int(hashlib.md5(f"{self._seed}{name}_{index}".encode()).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _dropped(self, name: str, values: Any) -> Any:
        """The values after dropout. The memory c of an LSTM's state is never dropped."""
        if not self._drops(name):
            return values
        memories = {id(v.c) for v in [values, *(values if isinstance(values, tuple) else ())] if name == "state" and isinstance(v, LSTMStateTuple)}
        leaves = [v if id(v) in memories else self._dropout(name, i, v) for i, v in enumerate(nest.flatten(values))]
        return nest.pack_sequence_as(values, leaves)

    def _dropout(self, name: str, index: int, value: Tensor) -> Tensor:
        from tfnb.nn import dropout

        keep = self._keep[name]
        if name not in self._noise:
            return dropout(value, rate=1.0 - keep, seed=self._seed_of(name, index))  # type: ignore[no-any-return]
        mask = floor(keep + self._noise[name][index])  # 1 where it is kept
        kept = div(value, keep) * mask
        kept.set_shape(value.shape)
        return kept  # type: ignore[no-any-return]

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **named: Any) -> Any:
        output, new = self._cell(self._dropped("input", inputs), state, scope)
        new = self._dropped("state", new)
        return self._dropped("output", output), new


class ResidualWrapper(_Wrapper):
    """Adds the inputs to a cell's outputs.

    >>> cell = tf.nn.rnn_cell.ResidualWrapper(tf.nn.rnn_cell.GRUCell(4))
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 4)
    """

    def __init__(self, cell: RNNCell, residual_fn: Callable[..., Any] | None = None) -> None:
        super().__init__(cell)
        self._residual = residual_fn

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **named: Any) -> Any:
        output, new = self._cell(inputs, state, scope)
        add = self._residual or (lambda i, o: nest.map_structure(lambda a, b: a + b, i, o))
        return add(inputs, output), new


class DeviceWrapper(_Wrapper):
    """Asks for a device for a cell's ops.

    >>> cell = tf.nn.rnn_cell.DeviceWrapper(tf.nn.rnn_cell.GRUCell(3), "/cpu:0")
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.op.device)
    /device:CPU:0
    """

    def __init__(self, cell: RNNCell, device: Any) -> None:
        super().__init__(cell)
        self._device = device

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **named: Any) -> Any:
        from tfnb.core.scopes import device

        with device(self._device):
            return self._cell(inputs, state, scope)


def _function(activation: Any) -> Any:
    """An activation as a function; by its name, the function of tf.nn."""
    if not isinstance(activation, str):
        return activation
    from tfnb import nn

    return getattr(nn, activation)
