"""Beam search: at each step the best few sequences so far, of all that can follow the best few before.

    decoder = BeamSearchDecoder(cell, embedding, start_tokens, end_token, tile_batch(state, 5), beam_width=5, output_layer=Dense(words))
    outputs, _, _ = dynamic_decode(decoder);  outputs.predicted_ids       [batch, time, beam]
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.contrib.seq2seq.decoding import Decoder
from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, reduce
from tfnb.ops.activations import log_softmax
from tfnb.ops.compare import equal, logical_not, logical_or
from tfnb.ops.elementwise import cast
from tfnb.ops.host import py_func
from tfnb.ops.indexing import gather
from tfnb.ops.movement import one_hot, tile
from tfnb.ops.movement import range as numbers
from tfnb.ops.neural import embedding_lookup
from tfnb.ops.powers import pow as power
from tfnb.ops.sorting import top_k

__all__ = ["BeamSearchDecoder", "BeamSearchDecoderOutput", "BeamSearchDecoderState", "FinalBeamSearchDecoderOutput", "gather_tree", "tile_batch"]


class BeamSearchDecoderState(NamedTuple):
    """The cell's state of each beam, how likely it is, whether it has ended, and its length.

    >>> tf.contrib.seq2seq.BeamSearchDecoderState._fields
    ('cell_state', 'log_probs', 'finished', 'lengths', 'accumulated_attention_probs')
    """

    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any
    accumulated_attention_probs: Any = ()


class BeamSearchDecoderOutput(NamedTuple):
    """Of each beam at a step: its score, its word, and the beam before that it follows.

    >>> tf.contrib.seq2seq.BeamSearchDecoderOutput._fields
    ('scores', 'predicted_ids', 'parent_ids')
    """

    scores: Any
    predicted_ids: Any
    parent_ids: Any


class FinalBeamSearchDecoderOutput(NamedTuple):
    """The words of the best sequences, and what each step gave.

    >>> tf.contrib.seq2seq.FinalBeamSearchDecoderOutput._fields
    ('predicted_ids', 'beam_search_decoder_output')
    """

    predicted_ids: Any
    beam_search_decoder_output: Any


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Each example several times, one after the other.

    >>> print(tf.contrib.seq2seq.tile_batch(tf.constant([[1], [2]]), 2).eval().tolist())
    [[1], [1], [2], [2]]
    """

    def tiled(x: Any) -> Tensor:
        x = convert_to_tensor(x)
        sizes, known = arrays.shape(x), x.shape.as_list()
        wide = tile(arrays.expand_dims(x, 1), [1, multiplier, *[1] * (len(known) - 1)])
        out = arrays.reshape(wide, arrays.concat([arrays.reshape(sizes[0] * multiplier, [1]), sizes[1:]], 0))
        out.set_shape([None if known[0] is None else known[0] * multiplier, *known[1:]])
        return out

    with name_scope(name, "tile_batch", nest.flatten(t)):
        return nest.map_structure(tiled, t)


def gather_tree(step_ids: Any, parent_ids: Any, max_sequence_lengths: Any, end_token: Any, name: str | None = None) -> Tensor:
    """The words of each beam's whole sequence, from its last step back along its parents: [time, batch, beam].

    >>> words, parents = [[[1, 2]], [[3, 4]]], [[[0, 0]], [[1, 0]]]
    >>> print(tf.contrib.seq2seq.gather_tree(words, parents, [2], 9).eval().tolist())
    [[[2, 1]], [[3, 4]]]
    """

    def walk(ids: Any, parents: Any, lengths: Any, end: Any) -> Any:
        out = np.full_like(ids, end)
        steps, batch, beams = ids.shape
        for b in range(batch):
            n = min(steps, int(lengths[b]))
            for beam in range(beams if n > 0 else 0):
                at = beam
                for t in range(n - 1, -1, -1):
                    out[t, b, beam], at = ids[t, b, at], parents[t, b, at]
                ends = np.flatnonzero(out[:n, b, beam] == end)
                if len(ends):
                    out[ends[0] :, b, beam] = end
        return out

    given = [convert_to_tensor(v, "int32") for v in (step_ids, parent_ids, max_sequence_lengths, end_token)]
    out = py_func(walk, given, "int32", stateful=False, name=name or "GatherTree")
    out.set_shape(given[0].shape)
    return out  # type: ignore[no-any-return]


def _worth(log_probs: Tensor, lengths: Tensor, weight: float) -> Tensor:
    """Log probabilities by length: ((5 + length) / 6) ^ weight. Wu et al. (2016)."""
    return log_probs if weight == 0.0 else log_probs / power((5.0 + cast(lengths, "float32")) / 6.0, weight)


class BeamSearchDecoder(Decoder):
    """The `beam_width` best sequences. `initial_state` is for batch * beam_width examples: see `tile_batch`.

    >>> cell, table = tf.nn.rnn_cell.GRUCell(4), tf.eye(5)
    >>> state = tf.contrib.seq2seq.tile_batch(cell.zero_state(2, tf.float32), 3)
    >>> decoder = tf.contrib.seq2seq.BeamSearchDecoder(cell, table, [1, 1], 2, state, 3, output_layer=tf.layers.Dense(5))
    >>> found, _, lengths = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=4)
    >>> sess.run(tf.global_variables_initializer())
    >>> found.predicted_ids.eval().shape[::2]
    (2, 3)
    """

    tracks_own_finished = True

    def __init__(self, cell: Any, embedding: Any, start_tokens: Any, end_token: Any, initial_state: Any, beam_width: int, output_layer: Any = None,
                 length_penalty_weight: float = 0.0, coverage_penalty_weight: float = 0.0, reorder_tensor_arrays: bool = True) -> None:  # fmt: skip
        if coverage_penalty_weight:
            raise NotImplementedError("coverage_penalty_weight of BeamSearchDecoder is not there in tfnb.")
        self._cell, self._layer, self._width, self._weight = cell, output_layer, beam_width, length_penalty_weight
        self._embed = embedding if callable(embedding) else lambda ids: embedding_lookup(embedding, ids)
        self._start = convert_to_tensor(start_tokens, "int32", name="start_tokens")
        self._end = convert_to_tensor(end_token, "int32", name="end_token")
        self._batch = self._start.shape.as_list()[0] or arrays.size(self._start)
        self._state = nest.map_structure(lambda s: self._split(s), initial_state)
        first = tile(arrays.expand_dims(self._start, 1), [1, beam_width])
        self._inputs = self._embed(first)

    @property
    def batch_size(self) -> Any:  # type: ignore[override]
        return self._batch

    @property
    def output_size(self) -> BeamSearchDecoderOutput:  # type: ignore[override]
        return BeamSearchDecoderOutput(self._width, self._width, self._width)

    @property
    def output_dtype(self) -> BeamSearchDecoderOutput:  # type: ignore[override]
        return BeamSearchDecoderOutput("float32", "int32", "int32")

    # -- [batch * beam, ...] and [batch, beam, ...] ----------------------------------------------------------
    def _split(self, x: Any) -> Any:
        if not isinstance(x, Tensor) or not x.shape.ndims:
            return x
        out = arrays.reshape(x, arrays.concat([arrays.stack([self._batch, self._width]), arrays.shape(x)[1:]], 0))
        out.set_shape([self._batch if isinstance(self._batch, int) else None, self._width, *x.shape.as_list()[1:]])
        return out

    def _joined(self, x: Any) -> Any:
        if not isinstance(x, Tensor) or not x.shape.ndims:
            return x
        known = x.shape.as_list()
        out = arrays.reshape(x, arrays.concat([[-1], arrays.shape(x)[2:]], 0))
        out.set_shape([None if known[0] is None else known[0] * known[1], *known[2:]])
        return out

    def _chosen(self, x: Any, beams: Tensor) -> Any:
        """Of [batch, beam, ...] the beams of these numbers [batch, beam]."""
        if not isinstance(x, Tensor) or not x.shape.ndims:
            return x
        known = x.shape
        flat = arrays.reshape(x, arrays.concat([[-1], arrays.shape(x)[2:]], 0))
        rows = arrays.expand_dims(numbers(self._batch) * self._width, 1) + beams
        out = gather(flat, rows)
        out.set_shape(known)
        return out

    # -- the decoder -----------------------------------------------------------------------------------------
    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        first = one_hot(arrays.zeros(arrays.stack([self._batch]), "int32"), depth=self._width, on_value=False, off_value=True, dtype="bool")
        log_probs = one_hot(arrays.zeros(arrays.stack([self._batch]), "int32"), depth=self._width, on_value=0.0, off_value=-np.inf)
        lengths = arrays.zeros(arrays.stack([self._batch, self._width]), "int64")
        return first, self._inputs, BeamSearchDecoderState(self._state, log_probs, first, lengths)

    def step(self, time: Any, inputs: Any, state: BeamSearchDecoderState, name: str | None = None) -> tuple[Any, Any, Any, Any]:
        held = nest.map_structure(self._joined, state.cell_state)
        outputs, new = self._cell(self._joined(inputs), held)
        if self._layer is not None:
            outputs = self._layer(outputs)
        logits = self._split(outputs)
        new = nest.map_structure(self._split, new)
        words = logits.shape.as_list()[-1]
        found, beams, ids, state = self._best(logits, state, words)
        new = nest.pack_sequence_as(new, [self._chosen(s, beams) for s in nest.flatten(new)])
        inputs = self._embed(ids)
        return found, state._replace(cell_state=new), inputs, state.finished

    def _best(self, logits: Tensor, state: BeamSearchDecoderState, words: int) -> tuple[Any, Tensor, Tensor, BeamSearchDecoderState]:
        """The best of all that can follow: (outputs, the beams they follow, their words, their state)."""
        over = arrays.expand_dims(cast(state.finished, "float32"), 2)
        only_end = one_hot(self._end, words, on_value=0.0, off_value=float(np.finfo(np.float32).min))
        step = (1.0 - over) * log_softmax(logits) + over * only_end
        total = arrays.expand_dims(state.log_probs, 2) + step
        longer = one_hot(arrays.reshape(self._end, []), words, on_value=np.int64(0), off_value=np.int64(1), dtype="int64")
        more = longer * cast(arrays.expand_dims(logical_not(state.finished), 2), "int64")
        lengths = arrays.expand_dims(state.lengths, 2) + more
        scores = _worth(total, lengths, self._weight)
        best, places = top_k(arrays.reshape(scores, arrays.stack([self._batch, self._width * words])), k=self._width)
        beams, ids = places // words, places % words
        log_probs = self._taken(total, places, words)
        finished = logical_or(self._chosen(state.finished, beams), equal(ids, self._end))
        counts = self._chosen(state.lengths, beams) + cast(logical_not(self._chosen(state.finished, beams)), "int64")
        best.set_shape([None, self._width])
        return (BeamSearchDecoderOutput(best, ids, beams), beams, ids, state._replace(log_probs=log_probs, finished=finished, lengths=counts))

    def _taken(self, x: Tensor, places: Tensor, words: int) -> Tensor:
        """Elements of [batch, beam, words] by their numbers in a row."""
        flat = arrays.reshape(x, [-1])
        out = gather(flat, arrays.expand_dims(numbers(self._batch) * (self._width * words), 1) + places)
        out.set_shape([self._batch if isinstance(self._batch, int) else None, self._width])
        return out

    def finalize(self, outputs: BeamSearchDecoderOutput, final_state: BeamSearchDecoderState, sequence_lengths: Any) -> tuple[Any, Any]:
        longest = cast(reduce.reduce_max(final_state.lengths, axis=1), "int32")
        ids = gather_tree(outputs.predicted_ids, outputs.parent_ids, longest, self._end)
        return FinalBeamSearchDecoderOutput(ids, outputs), final_state
