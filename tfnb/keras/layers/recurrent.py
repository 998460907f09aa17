"""Keras's recurrent layers: a cell, and a layer that runs it along the steps of sequences [batch, time, features].

    LSTM(64, return_sequences=True)(x)          [batch, time, 64]
    RNN(GRUCell(64), return_state=True)(x)      the last output, and the state

Gates are Keras's: hard sigmoid, in the order i f c o (LSTM) and z r h (GRU).
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tfnb.core import nest
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.shapes import TensorShape
from tfnb.keras import activations, regularizers, session
from tfnb.keras.base import InputSpec, Layer, takes
from tfnb.keras.layers.core import Weighted, in_phase
from tfnb.keras.layers.steps import along
from tfnb.ops import arrays, neural
from tfnb.ops.linear import matmul

__all__ = ["AbstractRNNCell", "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "SimpleRNN", "SimpleRNNCell", "StackedRNNCells"]


# -- cells -------------------------------------------------------------------------------------------------------
class AbstractRNNCell(Layer):
    """The base of cells of one's own: `call(inputs, states)`, `state_size`, `output_size`.

    >>> print(issubclass(tf.keras.layers.AbstractRNNCell, tf.keras.layers.Layer))
    True
    """

    @property
    def state_size(self) -> Any:
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        raise NotImplementedError("Abstract method")

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        return zero_states(self, inputs, batch_size, dtype)


def zero_states(cell: Any, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
    """Zeros like a cell's states, for as many examples as the inputs."""
    if inputs is not None:
        batch_size = inputs.shape.as_list()[0] if inputs.shape.as_list()[0] is not None else arrays.shape(inputs)[0]
        dtype = inputs.dtype.base_dtype
    sizes = cell.state_size
    one = lambda n: arrays.zeros([batch_size, *([n] if np.ndim(n) == 0 and not isinstance(n, TensorShape) else list(TensorShape(n).as_list()))],
                                 dtype or "float32")  # noqa: E731  # fmt: skip
    return [one(n) for n in sizes] if isinstance(sizes, (list, tuple)) and not isinstance(sizes, TensorShape) else one(sizes)


class _Cell(Weighted):
    """A cell of `units` with a kernel, a recurrent kernel and a bias for each of its gates."""

    gates = 1

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid", use_bias: bool = True,
                 kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
                 kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
                 recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
                 implementation: int = 1, **more: Any) -> None:  # fmt: skip
        super().__init__(**more)
        self.units, self.use_bias = int(units), use_bias
        self.activation, self.recurrent_activation = activations.get(activation), activations.get(recurrent_activation)
        self.dropout, self.recurrent_dropout = min(1.0, max(0.0, dropout)), min(1.0, max(0.0, recurrent_dropout))
        self.settle(dict(kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer, bias_initializer=bias_initializer,
                         kernel_regularizer=kernel_regularizer, recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
                         kernel_constraint=kernel_constraint, recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint))  # fmt: skip
        self.masks: dict[str, Any] = {}

    state_size: Any = property(lambda self: self.units)
    output_size = property(lambda self: self.units)

    def build(self, input_shape: Any) -> None:
        n = TensorShape(input_shape).as_list()[-1]
        self.kernel = self.make("kernel", [n, self.units * self.gates])
        self.recurrent_kernel = self.make("recurrent_kernel", [self.units, self.units * self.gates])
        self.bias = self._bias() if self.use_bias else None
        self.built = True

    def _bias(self) -> Any:
        return self.make("bias", [self.units * self.gates])

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        return zero_states(self, inputs, batch_size, dtype)

    # -- dropout: one mask for all steps of a sequence -------------------------------------------------------
    def begin(self, x: Tensor, states: list[Any], training: Any) -> None:
        """Draws the masks of a sequence, from its first step and states."""
        self.masks = {}
        for name, rate, like in (("input", self.dropout, x), ("state", self.recurrent_dropout, states[0])):
            if rate:
                ones = arrays.ones_like(like)
                self.masks[name] = [in_phase(training, lambda o=ones, r=rate: neural.dropout(o, rate=r), lambda o=ones: o * 1.0) for _ in range(self.gates)]

    def _parts(self, x: Any, w: Any, name: str) -> list[Any]:
        """x times the kernel of each gate."""
        if name not in self.masks:
            return arrays.split(matmul(x, w), self.gates, axis=1) if self.gates > 1 else [matmul(x, w)]
        kernels = arrays.split(w, self.gates, axis=1) if self.gates > 1 else [w]
        return [matmul(x * m, k) for m, k in zip(self.masks[name], kernels, strict=True)]


class SimpleRNNCell(_Cell):
    """activation(x W + h U + b).

    >>> tf.keras.layers.RNN(tf.keras.layers.SimpleRNNCell(5))(tf.ones([2, 3, 4])).shape.as_list()
    [2, 5]
    """

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        (h,) = states if isinstance(states, (list, tuple)) else [states]
        y = self._parts(inputs, self.kernel.value(), "input")[0]
        y = neural.bias_add(y, self.bias) if self.bias is not None else y
        y = self.activation(y + self._parts(h, self.recurrent_kernel.value(), "state")[0])
        return y, [y]


class LSTMCell(_Cell):
    """c = f c + i activation(.), h = o activation(c). Hochreiter and Schmidhuber (1997).

    >>> tf.keras.layers.RNN(tf.keras.layers.LSTMCell(5))(tf.ones([2, 3, 4])).shape.as_list()
    [2, 5]
    """

    gates = 4
    state_size = property(lambda self: [self.units, self.units])

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid", use_bias: bool = True,
                 kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
                 unit_forget_bias: bool = True, **more: Any) -> None:  # fmt: skip
        super().__init__(units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, **more)
        self.unit_forget_bias = unit_forget_bias

    def _bias(self) -> Any:
        """The forget gate's bias begins at 1."""
        if not self.unit_forget_bias:
            return super()._bias()
        first, n = self.bias_initializer, self.units

        def begin(shape: Any, dtype: Any = None) -> Any:
            return arrays.concat([first([n], dtype=dtype), arrays.ones([n], dtype), first([2 * n], dtype=dtype)], 0)

        return self.add_weight("bias", [4 * n], None, begin, self.bias_regularizer, constraint=self.bias_constraint)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        h, c = states
        x = self._parts(inputs, self.kernel.value(), "input")
        if self.bias is not None:
            x = [neural.bias_add(a, b) for a, b in zip(x, arrays.split(self.bias.value(), 4, axis=0), strict=True)]
        i, f, j, o = (a + b for a, b in zip(x, self._parts(h, self.recurrent_kernel.value(), "state"), strict=True))
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(j)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


class GRUCell(_Cell):
    """h = z h + (1 - z) activation(x W + (r h) U). Cho et al. (2014).

    >>> tf.keras.layers.RNN(tf.keras.layers.GRUCell(5))(tf.ones([2, 3, 4])).shape.as_list()
    [2, 5]
    """

    gates = 3

    def __init__(self, units: int, activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid", use_bias: bool = True, *args: Any,
                 reset_after: bool = False, **more: Any) -> None:  # fmt: skip
        super().__init__(units, activation, recurrent_activation, use_bias, *args, **more)
        self.reset_after = reset_after

    def _bias(self) -> Any:
        return self.make("bias", [2, 3 * self.units] if self.reset_after else [3 * self.units])

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        (h,) = states if isinstance(states, (list, tuple)) else [states]
        given, own = (self.bias[0], self.bias[1]) if self.bias is not None and self.reset_after else (self.bias, None)
        x = self._parts(inputs, self.kernel.value(), "input")
        if given is not None:
            x = [neural.bias_add(a, b) for a, b in zip(x, arrays.split(given, 3, axis=0), strict=True)]
        u = self.recurrent_kernel.value()
        n = self.units
        hs = self.masks.get("state", [1.0, 1.0, 1.0])
        recur = [matmul(h * m if "state" in self.masks else h, u[:, k * n : (k + 1) * n]) for k, m in enumerate(hs[:2])]
        recur = [neural.bias_add(a, own[k * n : (k + 1) * n]) if own is not None else a for k, a in enumerate(recur)]
        z, r = (self.recurrent_activation(a + b) for a, b in zip(x, recur, strict=False))
        last = h * hs[2] if "state" in self.masks else h
        if self.reset_after:
            inner = matmul(last, u[:, 2 * n :])
            inner = r * (neural.bias_add(inner, own[2 * n :]) if own is not None else inner)
        else:
            inner = matmul(r * last, u[:, 2 * n :])
        new = z * h + (1.0 - z) * self.activation(x[2] + inner)
        return new, [new]


class StackedRNNCells(Layer):
    """Cells one after another, as one cell.

    >>> cells = tf.keras.layers.StackedRNNCells([tf.keras.layers.GRUCell(5), tf.keras.layers.GRUCell(6)])
    >>> tf.keras.layers.RNN(cells)(tf.ones([2, 3, 4])).shape.as_list()
    [2, 6]
    """

    def __init__(self, cells: Any, **more: Any) -> None:
        super().__init__(**more)
        self.cells = list(cells)

    @property
    def state_size(self) -> tuple[Any, ...]:
        return tuple(c.state_size for c in self.cells)

    @property
    def output_size(self) -> Any:
        return getattr(self.cells[-1], "output_size", None) or nest.flatten(self.cells[-1].state_size)[0]

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        return tuple(zero_states(c, inputs, batch_size, dtype) for c in self.cells)

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = TensorShape([TensorShape(input_shape).as_list()[0], getattr(cell, "output_size", None) or nest.flatten(cell.state_size)[0]])
        self.built = True

    def begin(self, x: Tensor, states: Any, training: Any) -> None:
        for cell, held in zip(self.cells, states, strict=True):
            if hasattr(cell, "begin") and not (getattr(cell, "dropout", 0) and cell is not self.cells[0]):
                cell.begin(x, held if isinstance(held, (list, tuple)) else [held], training)

    def call(self, inputs: Any, states: Any, **named: Any) -> Any:
        new = []
        for cell, held in zip(self.cells, states, strict=True):
            inputs, held = cell.call(inputs, held if isinstance(held, (list, tuple)) else [held])
            new.append(held if len(held) > 1 else held[0])
        return inputs, tuple(new)


# -- the layers --------------------------------------------------------------------------------------------------
class RNN(Layer):
    """Runs a cell along the time axis; gives the last output, all of them, or the states too.

    >>> tf.keras.layers.RNN(tf.keras.layers.LSTMCell(4))(tf.ones([2, 3, 5])).shape
    TensorShape([Dimension(2), Dimension(4)])
    """

    supports_masking = True

    def __init__(self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
                 unroll: bool = False, time_major: bool = False, **more: Any) -> None:  # fmt: skip
        more.pop("implementation", None)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
            raise ValueError("`cell` should have a `call` method and a `state_size` attribute.")
        length, width = more.pop("input_length", None), more.pop("input_dim", None)
        if width is not None and "input_shape" not in more:
            more["input_shape"] = (length, width)
        super().__init__(**more)
        self.cell, self.return_sequences, self.return_state, self.go_backwards = cell, return_sequences, return_state, go_backwards
        self.stateful, self.unroll, self.time_major = stateful, unroll, time_major
        self.states: Any = None
        self.input_spec = [InputSpec(ndim=3)] if isinstance(cell, _Cell) else None

    def build(self, input_shape: Any) -> None:
        first = nest.flatten(input_shape)[0] if isinstance(input_shape, list) else input_shape
        sizes = TensorShape(first).as_list()
        step = TensorShape([sizes[1 if self.time_major else 0], *sizes[2:]])
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell._dtype = self.cell._dtype or self._dtype
            self.cell.build(step)
            self.cell.built = True
        if self.stateful:
            self.make_states(sizes[1 if self.time_major else 0])
        self.built = True

    def make_states(self, batch: int | None) -> None:
        """Variables that keep the states between batches. Raises ValueError where the batch size is not known."""
        if batch is None:
            raise ValueError("If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors: "
                             "by a `batch_input_shape` argument to your first layer, or a `batch_shape` argument to your Input layer.")  # fmt: skip
        sizes = nest.flatten(self.cell.state_size)
        with get_default_graph().control_dependencies(None):
            self.states = [session.make_variable("state", np.zeros((batch, int(n)), np.float32), trainable=False) for n in sizes]

    def reset_states(self, states: Any = None) -> None:
        """Puts the kept states back to zeros, or to these."""
        values = states if states is not None else [np.zeros(v.shape.as_list(), np.float32) for v in self.states]
        session.batch_set_value(zip(self.states, values if isinstance(values, (list, tuple)) else [values], strict=True))

    @property
    def non_trainable_weights(self) -> list[Any]:
        kept = {id(v) for v in self.states or []}
        return [v for v in super().non_trainable_weights if id(v) not in kept]

    def get_initial_state(self, inputs: Any) -> Any:
        x = inputs if not self.time_major else arrays.transpose(inputs, [1, 0, 2])
        make = getattr(self.cell, "get_initial_state", None)
        found = make(inputs=x, batch_size=None, dtype=None) if make else zero_states(self.cell, x)
        return found if isinstance(found, (list, tuple)) else [found]

    def __call__(self, inputs: Any, *args: Any, initial_state: Any = None, **named: Any) -> Any:
        if args:
            initial_state, args = args[0], args[1:]
        if initial_state is not None:
            states = list(initial_state) if isinstance(initial_state, (list, tuple)) else [initial_state]
            if all(hasattr(t, "_keras_history") for t in [inputs, *nest.flatten(states)]):
                self.input_spec = None
                return super().__call__([inputs, *states], **named)
            named["initial_state"] = states
        return super().__call__(inputs, **named)

    def call(self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None) -> Any:
        x = inputs
        if isinstance(inputs, (list, tuple)):
            x, *initial_state = inputs
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        start = initial_state if initial_state is not None else [s.value() for s in self.states] if self.stateful else self.get_initial_state(x)
        if hasattr(self.cell, "begin"):
            self.cell.begin(x[0] if self.time_major else x[:, 0], list(start), training)
        named = {"training": training} if takes(self.cell.call, "training") and not isinstance(self.cell, _Cell) else {}
        step = lambda v, held: self.cell.call(v, held if isinstance(held, (list, tuple)) else [held], **named)  # noqa: E731
        size = getattr(self.cell, "output_size", None)
        size = nest.flatten(self.cell.state_size)[0] if size is None else size
        size = [int(size)] if np.ndim(size) == 0 and not isinstance(size, TensorShape) else list(TensorShape(size).as_list())
        last, every, states = along(step, x, start, size, self.go_backwards, mask, self.unroll, self.time_major)
        if self.stateful:
            self._keep(states)
        found = every if self.return_sequences else last
        return [found, *nest.flatten(states)] if self.return_state else found

    def _keep(self, states: Any) -> None:
        self.add_update(session.ops_of([v.assign(s) for v, s in zip(self.states, nest.flatten(states), strict=True)]))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        found = mask if self.return_sequences else None
        return [found] + [None] * len(nest.flatten(self.cell.state_size)) if self.return_state else found


_OF_LAYER = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major", "activity_regularizer", "name", "trainable",
             "dtype", "input_shape", "batch_input_shape", "batch_size", "input_dim", "input_length", "weights")  # fmt: skip


def _layer_of(kind: Any, class_name: str, doc: str) -> Any:
    """A layer that makes its own cell: arguments of the layer and of the cell in one call."""
    found = [p for c in reversed(kind.__mro__) if "__init__" in vars(c) and issubclass(c, _Cell) for p in inspect.signature(c.__init__).parameters.values()]
    defaults = {p.name: p.default for p in found if p.default is not p.empty}
    parameters = [p for p in inspect.signature(kind.__init__).parameters if p not in ("self", "args", "more")]

    def __init__(self: Any, *args: Any, **given: Any) -> None:
        given |= dict(zip(parameters, args, strict=False))
        described = defaults | given
        own = {k: given.pop(k) for k in _OF_LAYER if k in given}
        if "activity_regularizer" in own:
            own["activity_regularizer"] = regularizers.get(own["activity_regularizer"])
        cell = kind(**given, **{k: own[k] for k in ("trainable", "dtype") if k in own})
        cell._name = own.get("name") or cell._name
        RNN.__init__(self, cell, **own)
        self._given = described

    def attribute(self: Any, name: str) -> Any:
        if name.startswith("_") or "cell" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.cell, name)

    if ">>>" not in doc:
        doc += f"\n\n>>> tf.keras.layers.{class_name}(5)(tf.ones([2, 3, 4])).shape.as_list()\n[2, 5]\n"
    return type(class_name, (RNN,), {"__init__": __init__, "__getattr__": attribute, "__doc__": doc, "__module__": __name__})


SimpleRNN = _layer_of(SimpleRNNCell, "SimpleRNN", "Runs a SimpleRNNCell along sequences.")
LSTM = _layer_of(LSTMCell, "LSTM", """Runs an LSTMCell along sequences.

    >>> tf.keras.layers.LSTM(4, return_sequences=True)(tf.ones([2, 3, 5])).shape
    TensorShape([Dimension(2), Dimension(3), Dimension(4)])
    """)
GRU = _layer_of(GRUCell, "GRU", "Runs a GRUCell along sequences.")
