"""Decoders: objects with `initialize` and `step`, and the loop that runs one until it is finished.

    decoder = BasicDecoder(cell, TrainingHelper(inputs, lengths), cell.zero_state(batch, tf.float32), output_layer=Dense(words))
    outputs, state, lengths = dynamic_decode(decoder)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb.core import nest
from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, reduce
from tfnb.ops.compare import greater_equal, logical_not, logical_or, select
from tfnb.ops.loops import while_loop
from tfnb.ops.shaping import transpose
from tfnb.ops.tensor_array import TensorArray
from tfnb.variable_scopes import variable_scope

__all__ = ["BasicDecoder", "BasicDecoderOutput", "Decoder", "dynamic_decode"]


class Decoder:
    """The base: `batch_size`, `output_size`, `output_dtype`, `initialize`, `step` and, where asked for, `finalize`.

    >>> issubclass(tf.contrib.seq2seq.BasicDecoder, tf.contrib.seq2seq.Decoder)
    True
    """

    batch_size: Any
    output_size: Any
    output_dtype: Any
    tracks_own_finished = False

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """(finished, first inputs, first state)."""
        raise NotImplementedError

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> tuple[Any, Any, Any, Any]:
        """(outputs, next state, next inputs, finished)."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> tuple[Any, Any]:
        raise NotImplementedError


class BasicDecoderOutput(NamedTuple):
    """What a step gives: the outputs, and the word that was chosen.

    >>> tf.contrib.seq2seq.BasicDecoderOutput._fields
    ('rnn_output', 'sample_id')
    """

    rnn_output: Any
    sample_id: Any


class BasicDecoder(Decoder):
    """A cell fed by a helper, with a layer on its outputs.

    >>> cell, helper = tf.nn.rnn_cell.GRUCell(4), tf.contrib.seq2seq.TrainingHelper(tf.zeros([2, 3, 5]), [3, 2])
    >>> decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
    >>> found, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder)
    >>> sess.run(tf.global_variables_initializer())
    >>> print(found.rnn_output.eval().shape, lengths.eval())
    (2, 3, 4) [3 2]
    """

    def __init__(self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None) -> None:
        self._cell, self._helper, self._start, self._layer = cell, helper, initial_state, output_layer

    @property
    def batch_size(self) -> Any:  # type: ignore[override]
        return self._helper.batch_size

    @property
    def output_size(self) -> BasicDecoderOutput:  # type: ignore[override]
        size = self._cell.output_size
        if self._layer is not None:
            size = nest.map_structure(lambda _: self._layer.units, size)
        return BasicDecoderOutput(size, self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> BasicDecoderOutput:  # type: ignore[override]
        dtype = nest.flatten(self._start)[0].dtype.base_dtype
        return BasicDecoderOutput(nest.map_structure(lambda _: dtype, self._cell.output_size), as_dtype(self._helper.sample_ids_dtype))

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        return (*self._helper.initialize(), self._start)

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> tuple[Any, Any, Any, Any]:
        outputs, state = self._cell(inputs, state)
        if self._layer is not None:
            outputs = self._layer(outputs)
        ids = self._helper.sample(time=time, outputs=outputs, state=state)
        finished, inputs, state = self._helper.next_inputs(time=time, outputs=outputs, state=state, sample_ids=ids)
        return BasicDecoderOutput(outputs, ids), state, inputs, finished


def _sizes(size: Any) -> list[Any]:
    return list(TensorShape(size).as_list()) if not isinstance(size, int) else [size]


def dynamic_decode(decoder: Decoder, output_time_major: bool = False, impute_finished: bool = False, maximum_iterations: Any = None,
                   parallel_iterations: int = 32, swap_memory: bool = False, scope: Any = None, **_: Any) -> tuple[Any, Any, Tensor]:  # fmt: skip
    """Runs a decoder until all sequences are finished or `maximum_iterations`: (outputs, last state, lengths).

    With `impute_finished` a finished sequence gives zeros and keeps its state.

    >>> cell = tf.nn.rnn_cell.GRUCell(4)
    >>> helper = tf.contrib.seq2seq.TrainingHelper(tf.zeros([2, 5, 3]), [5, 3])
    >>> outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32)))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(outputs.rnn_output.eval().shape, lengths.eval())
    (2, 5, 4) [5 3]
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with variable_scope(scope, "decoder"):
        finished, inputs, state = decoder.initialize()
        batch, sizes, dtypes = decoder.batch_size, decoder.output_size, decoder.output_dtype
        static = batch if isinstance(batch, int) else None
        blank = nest.map_structure(lambda size, dtype: arrays.zeros(_shape(batch, size), dtype), sizes, dtypes)
        for z, size in zip(nest.flatten(blank), nest.flatten(sizes), strict=True):
            z.set_shape([static, *_sizes(size)])
        written = nest.map_structure(lambda z: TensorArray(z.dtype, size=0, dynamic_size=True, element_shape=z.shape), blank)
        limit = None if maximum_iterations is None else convert_to_tensor(maximum_iterations, "int32", name="maximum_iterations")
        if limit is not None:
            finished = logical_or(finished, 0 >= limit)
        lengths = arrays.zeros_like(finished, dtype="int32")

        def body(time: Any, found: Any, held: Any, x: Any, over: Any, counts: Any) -> Any:
            outputs, new, next_x, done = decoder.step(time, x, held)
            now = done if decoder.tracks_own_finished else logical_or(done, over)
            if limit is not None:
                now = logical_or(now, greater_equal(time + 1, limit))
            counts = select(logical_not(over), arrays.fill(arrays.shape(counts), time + 1), counts)
            if impute_finished:
                outputs = nest.map_structure(lambda o, z: _rows(over, z, o), outputs, blank)
                new = nest.pack_sequence_as(new, [_kept(over, a, b) for a, b in zip(nest.flatten(held), nest.flatten(new), strict=True)])
            found = nest.map_structure(lambda a, o: a.write(time, o), found, outputs)
            return time + 1, found, new, next_x, now, counts

        start = (convert_to_tensor(0, "int32"), written, state, inputs, finished, lengths)
        _, found, last, _, _, lengths = while_loop(lambda t, a, s, x, over, c: logical_not(reduce.reduce_all(over)), body, start,
                                                   parallel_iterations=parallel_iterations, swap_memory=swap_memory)  # fmt: skip
        outputs = nest.map_structure(lambda a: a.stack(), found)
        try:
            outputs, last = decoder.finalize(outputs, last, lengths)
        except NotImplementedError:
            pass
        return (outputs if output_time_major else nest.map_structure(_batch_first, outputs)), last, lengths


def _shape(batch: Any, size: Any) -> Any:
    return arrays.stack([batch, *_sizes(size)])


def _batch_first(x: Tensor) -> Tensor:
    rank = x.shape.ndims
    return x if rank is not None and rank < 2 else transpose(x, [1, 0, *range(2, rank or 2)])


def _rows(condition: Tensor, x: Any, y: Any) -> Any:
    out = select(condition, x, y) if x.shape.ndims else y
    out.set_shape(y.shape)
    return out


def _kept(over: Tensor, old: Any, new: Any) -> Any:
    """Of a finished sequence the old state; scalars and arrays of tensors go on."""
    return new if not isinstance(new, Tensor) or not new.shape.ndims else _rows(over, old, new)


