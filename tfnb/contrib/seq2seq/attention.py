"""Attention: a cell that at each step looks at all of a memory, most at what fits its state.

    attention = BahdanauAttention(128, encoder_outputs, memory_sequence_length=lengths)
    cell = AttentionWrapper(LSTMCell(256), attention, attention_layer_size=256)

Bahdanau, Cho and Bengio (2014); Luong, Pham and Manning (2015).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.layers import Dense
from tfnb.ops import arrays, reduce
from tfnb.ops.activations import softmax
from tfnb.ops.compare import select
from tfnb.ops.elementwise import identity
from tfnb.ops.grids import sequence_mask
from tfnb.ops.linear import matmul
from tfnb.ops.movement import one_hot
from tfnb.ops.powers import rsqrt, square
from tfnb.ops.special import tanh
from tfnb.ops.tensor_array import TensorArray
from tfnb.rnn_cell import RNNCell, _zeros
from tfnb.variable_scopes import get_variable, variable_scope

__all__ = ["AttentionMechanism", "AttentionWrapper", "AttentionWrapperState", "BahdanauAttention", "LuongAttention", "hardmax"]


def hardmax(logits: Any, name: str | None = None) -> Tensor:
    """One at the largest of each row, zeros elsewhere.

    >>> print(tf.contrib.seq2seq.hardmax([[1.0, 3.0, 2.0]]).eval())
    [[0. 1. 0.]]
    """
    logits = convert_to_tensor(logits)
    with name_scope(name, "Hardmax", [logits]):
        depth = logits.shape.as_list()[-1]
        return one_hot(reduce.argmax(logits, -1), arrays.shape(logits)[-1] if depth is None else depth, dtype=logits.dtype)


class AttentionMechanism:
    """The base: a memory [batch, time, n], its keys, and how well they fit a query.

    What lies beyond a sequence's length has no weight.

    >>> attention = tf.contrib.seq2seq.AttentionMechanism(None, tf.ones([2, 7, 4]), lambda score, before: score)
    >>> print(attention.alignments_size, attention.keys.shape)
    7 (2, 7, 4)
    """

    def __init__(self, query_layer: Any, memory: Any, probability_fn: Callable[..., Any], memory_sequence_length: Any = None, memory_layer: Any = None,
                 score_mask_value: float | None = None, name: str = "") -> None:  # fmt: skip
        self.query_layer, self.memory_layer = query_layer, memory_layer
        with name_scope(name or "BaseAttentionMechanismInit"):
            memory = nest.map_structure(convert_to_tensor, memory)
            if memory_sequence_length is not None:
                memory_sequence_length = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
                there = sequence_mask(memory_sequence_length, maxlen=arrays.shape(memory)[1], dtype=memory.dtype)
                memory = memory * arrays.expand_dims(there, -1)
            self._values = memory
            self._keys = memory if memory_layer is None else memory_layer(memory)
            known = self._keys.shape.as_list()
            self._batch = known[0] if known[0] is not None else arrays.shape(self._keys)[0]
            self._time = known[1] if known[1] is not None else arrays.shape(self._keys)[1]
            low = -float("inf") if score_mask_value is None else score_mask_value
            self._probabilities = lambda score, previous: probability_fn(self._masked(score, memory_sequence_length, low), previous)

    @staticmethod
    def _masked(score: Tensor, lengths: Any, low: float) -> Tensor:
        if lengths is None:
            return score
        there = sequence_mask(lengths, maxlen=arrays.shape(score)[1])
        return select(there, score, arrays.ones_like(score) * low)

    dtype = property(lambda self: self._keys.dtype.base_dtype)
    values = property(lambda self: self._values)
    keys = property(lambda self: self._keys)
    batch_size = property(lambda self: self._batch)
    alignments_size = property(lambda self: self._time)
    state_size = property(lambda self: self._time)

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Tensor:
        """No weight anywhere: [batch, time]."""
        if isinstance(self._time, int):
            return _zeros(batch_size, self._time, dtype)
        return arrays.zeros(arrays.stack([batch_size, self._time]), dtype)

    initial_state = initial_alignments

    def score(self, query: Tensor) -> Tensor:
        """How well each key fits: [batch, time]."""
        raise NotImplementedError

    def __call__(self, query: Tensor, state: Any) -> tuple[Tensor, Any]:
        alignments = self._probabilities(self.score(query), state)
        return alignments, alignments


def _softmax(score: Tensor, _: Any) -> Tensor:
    return softmax(score)


def _probability(given: Any) -> Callable[..., Any]:
    return _softmax if given is None else lambda score, _: given(score)


class LuongAttention(AttentionMechanism):
    """score = query . key, times a learnt number where `scale`.

    >>> attention = tf.contrib.seq2seq.LuongAttention(4, tf.ones([1, 3, 2]), memory_sequence_length=[2])
    >>> alignments, _ = attention(tf.zeros([1, 4]), attention.initial_state(1, tf.float32))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(alignments.eval())
    [[0.5 0.5 0. ]]
    """

    def __init__(self, num_units: int, memory: Any, memory_sequence_length: Any = None, scale: bool = False, probability_fn: Any = None,
                 score_mask_value: float | None = None, dtype: Any = None, custom_key_value_fn: Any = None, name: str = "LuongAttention") -> None:  # fmt: skip
        layer = Dense(num_units, name="memory_layer", use_bias=False, dtype=dtype or "float32")
        super().__init__(None, memory, _probability(probability_fn), memory_sequence_length, layer, score_mask_value, name)
        self._scale, self._name = scale, name

    def score(self, query: Tensor) -> Tensor:
        depth, want = query.shape.as_list()[-1], self.keys.shape.as_list()[-1]
        if depth != want:
            raise ValueError(f"Incompatible or unknown inner dimensions between query and keys.  Query ({query}) has units: {depth}.  Keys ({self.keys}) have "
                             f"units: {want}.  Perhaps you need to set num_units to the keys' dimension ({want})?")  # fmt: skip
        with variable_scope(None, "luong_attention", [query]):
            found = arrays.squeeze(matmul(arrays.expand_dims(query, 1), self.keys, transpose_b=True), [1])
            if not self._scale:
                return found
            from tfnb.initializers import ones_initializer

            return get_variable("attention_g", shape=(), dtype=query.dtype.base_dtype, initializer=ones_initializer()) * found


class BahdanauAttention(AttentionMechanism):
    """score = v . tanh(key + query), v learnt (of length g where `normalize`).

    >>> attention = tf.contrib.seq2seq.BahdanauAttention(4, tf.ones([1, 3, 2]), memory_sequence_length=[2])
    >>> alignments, _ = attention(tf.zeros([1, 5]), attention.initial_state(1, tf.float32))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(alignments.eval())
    [[0.5 0.5 0. ]]
    """

    def __init__(self, num_units: int, memory: Any, memory_sequence_length: Any = None, normalize: bool = False, probability_fn: Any = None,
                 score_mask_value: float | None = None, dtype: Any = None, custom_key_value_fn: Any = None,
                 name: str = "BahdanauAttention") -> None:  # fmt: skip
        layers = [Dense(num_units, name=n, use_bias=False, dtype=dtype or "float32") for n in ("query_layer", "memory_layer")]
        super().__init__(layers[0], memory, _probability(probability_fn), memory_sequence_length, layers[1], score_mask_value, name)
        self._units, self._normalize = num_units, normalize

    def score(self, query: Tensor) -> Tensor:
        with variable_scope(None, "bahdanau_attention", [query]):
            q = arrays.expand_dims(self.query_layer(query), 1)
            dtype = q.dtype.base_dtype
            v = get_variable("attention_v", [self._units], dtype=dtype)
            if not self._normalize:
                return reduce.reduce_sum(v * tanh(self.keys + q), [2])
            from tfnb.initializers import constant_initializer, zeros_initializer

            g = get_variable("attention_g", shape=(), dtype=dtype, initializer=constant_initializer((1.0 / self._units) ** 0.5))
            b = get_variable("attention_b", [self._units], dtype=dtype, initializer=zeros_initializer())
            unit = g * v * rsqrt(reduce.reduce_sum(square(v)))
            return reduce.reduce_sum(unit * tanh(self.keys + q + b), [2])


class AttentionWrapperState(NamedTuple):
    """The state of an AttentionWrapper: its cell's, and what it looked at.

    >>> cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), tf.contrib.seq2seq.LuongAttention(4, tf.zeros([2, 7, 4])))
    >>> cell.zero_state(2, tf.float32)._fields
    ('cell_state', 'attention', 'time', 'alignments', 'alignment_history', 'attention_state')
    """

    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any

    def clone(self, **named: Any) -> AttentionWrapperState:
        """The same with other parts; shapes of tensors are kept."""

        def with_shape(old: Any, new: Any) -> Any:
            if isinstance(old, Tensor) and isinstance(new, Tensor) and not hasattr(new, "array"):
                new.set_shape(old.shape)
            return new

        changed = {k: nest.map_structure(lambda v: v, v) if not isinstance(v, Tensor) else v for k, v in named.items()}
        whole = self._replace(**changed)
        for old, new in zip(nest.flatten(tuple(self)), nest.flatten(tuple(whole)), strict=False):
            with_shape(old, new)
        return whole


class AttentionWrapper(RNNCell):
    """A cell whose input is joined with what it looked at before, and whose output is what it looks at now.

    >>> memory = tf.zeros([2, 7, 4])
    >>> cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), tf.contrib.seq2seq.LuongAttention(4, memory), 5)
    >>> output, state = cell(tf.zeros([2, 3]), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list(), state.alignments.shape.as_list()
    ([2, 5], [2, 7])
    """

    def __init__(self, cell: Any, attention_mechanism: Any, attention_layer_size: Any = None, alignment_history: bool = False, cell_input_fn: Any = None,
                 output_attention: bool = True, initial_cell_state: Any = None, name: str | None = None, attention_layer: Any = None,
                 attention_fn: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self._several = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms = tuple(attention_mechanism) if self._several else (attention_mechanism,)
        for m in self._mechanisms:
            if not isinstance(m, AttentionMechanism):
                raise TypeError("attention_mechanism must be an AttentionMechanism or list of multiple AttentionMechanism instances, saw type: "
                                f"{type(m).__name__}")  # fmt: skip
        self._layers, self._attention_size = self._attention_layers(attention_layer_size, attention_layer)
        self._cell, self._keeps_history, self._output_attention = cell, alignment_history, output_attention
        self._join = cell_input_fn or (lambda inputs, attention: arrays.concat([inputs, attention], -1))
        self._attend = attention_fn or _attended
        self._start = None if initial_cell_state is None else nest.map_structure(lambda s: identity(s, name="check_initial_cell_state"), initial_cell_state)

    def _attention_layers(self, sizes: Any, given: Any) -> tuple[Any, int]:
        if sizes is not None and given is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        depth = sum(m.values.shape.as_list()[-1] for m in self._mechanisms)
        if given is not None:
            layers = tuple(given) if isinstance(given, (list, tuple)) else (given,)
            return layers, sum(layer.units for layer in layers)
        if sizes is None:
            return None, depth
        sizes = tuple(sizes) if isinstance(sizes, (list, tuple)) else (sizes,)
        if len(sizes) != len(self._mechanisms):
            raise ValueError("If provided, attention_layer_size must contain exactly one integer per attention_mechanism, saw: "
                             f"{len(sizes)} vs {len(self._mechanisms)}")  # fmt: skip
        return tuple(Dense(n, name="attention_layer", use_bias=False, dtype=m.dtype) for n, m in zip(sizes, self._mechanisms, strict=True)), sum(sizes)

    def _one(self, values: Any) -> Any:
        found = tuple(values)
        return found if self._several else found[0]

    @property
    def output_size(self) -> Any:
        return self._attention_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> AttentionWrapperState:
        sizes = self._one(m.alignments_size for m in self._mechanisms)
        history = self._one(m.alignments_size if self._keeps_history else () for m in self._mechanisms)
        return AttentionWrapperState(self._cell.state_size, self._attention_size, TensorShape([]), sizes, history, sizes)

    def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
        """The state before the first step: nothing was looked at."""
        with name_scope("AttentionWrapperZeroState"):
            cell = self._start if self._start is not None else self._cell.zero_state(batch_size, dtype)
            first = [m.initial_alignments(batch_size, dtype) for m in self._mechanisms]
            history = self._one(TensorArray(dtype, size=0, dynamic_size=True, element_shape=a.shape) if self._keeps_history else () for a in first)
            states = self._one(m.initial_state(batch_size, dtype) for m in self._mechanisms)
            return AttentionWrapperState(cell, _zeros(batch_size, self._attention_size, dtype), arrays.zeros([], "int32"), self._one(first), history, states)

    def call(self, inputs: Any, state: AttentionWrapperState) -> Any:
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(f"Expected state to be instance of AttentionWrapperState. Received type {type(state)} instead.")
        output, cell_state = self._cell(self._join(inputs, state.attention), state.cell_state)
        before = state.attention_state if self._several else [state.attention_state]
        history = state.alignment_history if self._several else [state.alignment_history]
        looked = [self._attend(m, output, s, self._layers[i] if self._layers else None)
                  for i, (m, s) in enumerate(zip(self._mechanisms, before, strict=True))]  # fmt: skip
        kept = [h.write(state.time, a) if self._keeps_history else () for h, (_, a, _) in zip(history, looked, strict=True)]
        attention = arrays.concat([a for a, _, _ in looked], 1)
        new = AttentionWrapperState(cell_state, attention, state.time + 1, self._one(a for _, a, _ in looked), self._one(kept),
                                    self._one(s for _, _, s in looked))  # fmt: skip
        return (attention if self._output_attention else output), new


def _attended(mechanism: AttentionMechanism, output: Tensor, state: Any, layer: Any) -> tuple[Tensor, Tensor, Any]:
    """(attention, alignments, next state): the memory's mean by the alignments, with the output through a layer."""
    alignments, state = mechanism(output, state)
    context = arrays.squeeze(matmul(arrays.expand_dims(alignments, 1), mechanism.values), [1])
    attention = context if layer is None else layer(arrays.concat([output, context], 1))
    return attention, alignments, state


