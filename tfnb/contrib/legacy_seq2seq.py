"""tf.contrib.legacy_seq2seq: encoders and decoders written out step by step, over lists of inputs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tfnb.contrib.rnn_wrappers import EmbeddingWrapper, OutputProjectionWrapper, _linear
from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, crossentropy, elementwise, neural, reduce
from tfnb.ops.activations import softmax
from tfnb.ops.control import cond
from tfnb.ops.conv import conv2d
from tfnb.ops.linear import matmul
from tfnb.ops.special import tanh
from tfnb.rnn import static_rnn
from tfnb.variable_scopes import get_variable, get_variable_scope, variable_scope

__all__ = [
    "attention_decoder", "basic_rnn_seq2seq", "embedding_attention_decoder", "embedding_attention_seq2seq", "embedding_rnn_decoder",
    "embedding_rnn_seq2seq", "embedding_tied_rnn_seq2seq", "model_with_buckets", "one2many_rnn_seq2seq", "rnn_decoder", "sequence_loss",
    "sequence_loss_by_example", "tied_rnn_seq2seq",
]  # fmt: skip

Loop = Callable[[Tensor, int], Tensor]


# -- decoders ----------------------------------------------------------------------------------------------------
def rnn_decoder(decoder_inputs: list[Any], initial_state: Any, cell: Any, loop_function: Loop | None = None, scope: Any = None) -> Any:
    """(outputs, last state) of a cell over a list; with `loop_function`, each output makes the next input.

    >>> cell = tf.nn.rnn_cell.BasicRNNCell(2)
    >>> outputs, state = tf.contrib.legacy_seq2seq.rnn_decoder([tf.zeros([1, 3])] * 4, tf.zeros([1, 2]), cell)
    >>> len(outputs), state.shape.as_list()
    (4, [1, 2])
    """
    with variable_scope(scope or "rnn_decoder"):
        state, outputs, last = initial_state, [], None
        for i, x in enumerate(decoder_inputs):
            if loop_function is not None and last is not None:
                with variable_scope("loop_function", reuse=True):
                    x = loop_function(last, i)
            if i > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(x, state)
            outputs.append(output)
            last = output if loop_function is not None else None
    return outputs, state


def basic_rnn_seq2seq(encoder_inputs: list[Any], decoder_inputs: list[Any], cell: Any, dtype: Any = "float32", scope: Any = None) -> Any:
    """An encoder whose last state starts a decoder with the same kind of cell but weights of its own.

    >>> steps = [tf.ones([2, 3])] * 2
    >>> outputs, state = tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(steps, steps, tf.nn.rnn_cell.GRUCell(4))
    >>> print(len(outputs), state.shape)
    2 (2, 4)
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(encoder_inputs: list[Any], decoder_inputs: list[Any], cell: Any, loop_function: Loop | None = None,
                     dtype: Any = "float32", scope: Any = None) -> Any:  # fmt: skip
    """The same with one set of weights for both.

    >>> steps = [tf.ones([2, 3])] * 2
    >>> outputs, state = tf.contrib.legacy_seq2seq.tied_rnn_seq2seq(steps, steps, tf.nn.rnn_cell.GRUCell(4))
    >>> print(len(outputs), state.shape)
    2 (2, 4)
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function, scope)


def embedding_rnn_decoder(decoder_inputs: list[Any], initial_state: Any, cell: Any, num_symbols: int, embedding_size: int,
                          output_projection: Any = None, feed_previous: bool = False, update_embedding_for_previous: bool = True,
                          scope: Any = None) -> Any:  # fmt: skip
    """A decoder of symbols: each is looked up in a table; with `feed_previous`, the likeliest output is the next input.

    >>> words, cell = [tf.constant([1, 2])] * 3, tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_rnn_decoder(words, tf.zeros([2, 4]), cell, num_symbols=10, embedding_size=5)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 4)
    """
    with variable_scope(scope or "embedding_rnn_decoder"):
        table = get_variable("embedding", [num_symbols, embedding_size])
        embedded = [neural.embedding_lookup(table, x) for x in decoder_inputs]
        likeliest = _likeliest(table, output_projection, update_embedding_for_previous)
        return rnn_decoder(embedded, initial_state, cell, likeliest if feed_previous else None)


def _likeliest(table: Any, projection: Any, trained: bool = True) -> Loop:
    """The row of the table for the symbol that has the highest logit in the output before."""

    def row(last: Tensor, _: int) -> Tensor:
        if projection is not None:
            last = matmul(last, projection[0]) + projection[1]
        found = neural.embedding_lookup(table, reduce.argmax(last, 1))
        return found if trained else elementwise.stop_gradient(found)

    return row


def _chosen(feed_previous: Any, decode: Callable[[bool], Any], length: int) -> Any:
    """`decode` with the outputs fed back or not; where a tensor says which, both are built on the same weights and one is run."""
    if not isinstance(feed_previous, Tensor):
        return decode(bool(feed_previous))
    states: list[Any] = []

    def branch(fed: bool) -> list[Any]:
        with variable_scope(get_variable_scope(), reuse=None if fed else True):
            outputs, state = decode(fed)
        states.append(state)
        return [*outputs, *nest.flatten(state)]

    found = cond(feed_previous, lambda: branch(True), lambda: branch(False))
    return found[:length], nest.pack_sequence_as(states[0], found[length:])


# -- symbols in, symbols out -------------------------------------------------------------------------------------
def embedding_rnn_seq2seq(encoder_inputs: list[Any], decoder_inputs: list[Any], cell: Any, num_encoder_symbols: int, num_decoder_symbols: int,
                          embedding_size: int, output_projection: Any = None, feed_previous: Any = False, dtype: Any = None,
                          scope: Any = None) -> Any:  # fmt: skip
    """Embeddings on both sides, and a projection of the outputs where none is given; `feed_previous` may be a tensor.

    >>> words, cell = [tf.constant([1, 2])] * 3, tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(words, words, cell, 10, 10, embedding_size=5)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 10)
    """
    with variable_scope(scope or "embedding_rnn_seq2seq", dtype=dtype) as scope:
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=scope.dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(fed: bool) -> Any:
            return embedding_rnn_decoder(decoder_inputs, state, cell, num_decoder_symbols, embedding_size, output_projection, fed)

        return _chosen(feed_previous, decode, len(decoder_inputs))


def embedding_tied_rnn_seq2seq(encoder_inputs: list[Any], decoder_inputs: list[Any], cell: Any, num_symbols: int, embedding_size: int,
                               num_decoder_symbols: int | None = None, output_projection: Any = None, feed_previous: Any = False,
                               dtype: Any = None, scope: Any = None) -> Any:  # fmt: skip
    """One table of embeddings and one set of weights for both sides.

    >>> words, cell = [tf.constant([1, 2])] * 3, tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(words, words, cell, 10, embedding_size=5)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 10)
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as scope:
        table = get_variable("embedding", [num_symbols, embedding_size], dtype=scope.dtype)
        inputs, outputs = ([neural.embedding_lookup(table, x) for x in xs] for xs in (encoder_inputs, decoder_inputs))
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols or num_symbols)

        def decode(fed: bool) -> Any:
            return tied_rnn_seq2seq(inputs, outputs, cell, _likeliest(table, output_projection) if fed else None, scope.dtype)

        return _chosen(feed_previous, decode, len(decoder_inputs))


def one2many_rnn_seq2seq(encoder_inputs: list[Any], decoder_inputs_dict: dict[Any, Any], enc_cell: Any, dec_cells_dict: dict[Any, Any],
                         num_encoder_symbols: int, num_decoder_symbols_dict: dict[Any, int], embedding_size: int, feed_previous: Any = False,
                         dtype: Any = None, scope: Any = None) -> Any:  # fmt: skip
    """One encoder and a decoder for each name: (outputs by name, last states by name).

    >>> words, cells = [tf.constant([1, 2])] * 3, {"de": tf.nn.rnn_cell.GRUCell(4)}
    >>> outputs, _ = tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(words, {"de": words}, tf.nn.rnn_cell.GRUCell(4), cells, 10, {"de": 6}, 5)
    >>> print(len(outputs["de"]), outputs["de"][0].shape)
    3 (2, 6)
    """
    outputs, states = {}, {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as scope:
        encoder = EmbeddingWrapper(enc_cell, num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=scope.dtype)
        for name, inputs in decoder_inputs_dict.items():
            size = num_decoder_symbols_dict[name]
            with variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], size)

                def decode(fed: bool, cell: Any = cell, inputs: Any = inputs, size: int = size) -> Any:
                    return embedding_rnn_decoder(inputs, state, cell, size, embedding_size, feed_previous=fed)

                outputs[name], states[name] = _chosen(feed_previous, decode, len(inputs))
    return outputs, states


# -- attention ---------------------------------------------------------------------------------------------------
def attention_decoder(decoder_inputs: list[Any], initial_state: Any, attention_states: Any, cell: Any, output_size: int | None = None,
                      num_heads: int = 1, loop_function: Loop | None = None, dtype: Any = None, scope: Any = None,
                      initial_state_attention: bool = False) -> Any:  # fmt: skip
    """A decoder that looks at `attention_states` [batch, length, size] in each step (Vinyals et al. 2014, "Grammar as a Foreign Language").

    Each head weighs the states with softmax(v . tanh(W1 h + W2 state)); their mean joins the next input and the output.
    Raises ValueError without inputs or heads, or where length or size of the states is unknown.

    >>> cell, memory = tf.nn.rnn_cell.GRUCell(4), tf.ones([2, 7, 4])
    >>> outputs, _ = tf.contrib.legacy_seq2seq.attention_decoder([tf.ones([2, 3])] * 5, tf.zeros([2, 4]), memory, cell, output_size=6)
    >>> print(len(outputs), outputs[0].shape)
    5 (2, 6)
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.shape[2] is None or attention_states.shape.as_list()[2] is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.shape}")
    with variable_scope(scope or "attention_decoder", dtype=dtype):
        heads = [_head(attention_states, a) for a in range(num_heads)]
        batch, size = arrays.shape(decoder_inputs[0])[0], attention_states.shape.as_list()[2]
        seen = [arrays.zeros([batch, size], attention_states.dtype) for _ in heads]
        for x in seen:
            x.set_shape([None, size])
        if initial_state_attention:
            seen = [look(initial_state) for look in heads]
        state, outputs, last = initial_state, [], None
        for i, x in enumerate(decoder_inputs):
            if i > 0:
                get_variable_scope().reuse_variables()
            if loop_function is not None and last is not None:
                with variable_scope("loop_function", reuse=True):
                    x = loop_function(last, i)
            width = x.shape.with_rank(2).as_list()[1]
            if width is None:
                raise ValueError(f"Could not infer input size from input: {x.name}")
            output, state = cell(_linear([x, *seen], width, True), state)
            with variable_scope(get_variable_scope(), reuse=True if i == 0 and initial_state_attention else None):
                seen = [look(state) for look in heads]
            with variable_scope("AttnOutputProjection"):
                outputs.append(_linear([output, *seen], cell.output_size if output_size is None else output_size, True))
            last = outputs[-1] if loop_function is not None else None
    return outputs, state


def _head(memory: Tensor, number: int) -> Callable[[Any], Tensor]:
    """A function of a cell's state: the mean of the memory [batch, length, size] under the weights of one head."""
    size = memory.shape.as_list()[2]
    hidden = arrays.expand_dims(memory, 2)
    keys = conv2d(hidden, get_variable(f"AttnW_{number}", [1, 1, size, size]), [1, 1, 1, 1], "SAME")
    v = get_variable(f"AttnV_{number}", [size])

    def look(state: Any) -> Tensor:
        with variable_scope(f"Attention_{number}"):
            query = arrays.reshape(_linear(nest.flatten(state), size, True), [-1, 1, 1, size])
            weights = softmax(reduce.reduce_sum(v * tanh(keys + query), [2, 3]))
            mean = reduce.reduce_sum(arrays.expand_dims(arrays.expand_dims(weights, 2), 3) * hidden, [1, 2])
            return arrays.reshape(mean, [-1, size])

    return look


def embedding_attention_decoder(decoder_inputs: list[Any], initial_state: Any, attention_states: Any, cell: Any, num_symbols: int,
                                embedding_size: int, num_heads: int = 1, output_size: int | None = None, output_projection: Any = None,
                                feed_previous: bool = False, update_embedding_for_previous: bool = True, dtype: Any = None, scope: Any = None,
                                initial_state_attention: bool = False) -> Any:  # fmt: skip
    """`attention_decoder` over symbols, which are looked up in a table.

    >>> words, memory, cell = [tf.constant([1, 2])] * 3, tf.ones([2, 7, 4]), tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_attention_decoder(words, tf.zeros([2, 4]), memory, cell, 10, 5, output_size=10)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 10)
    """
    output_size = cell.output_size if output_size is None else output_size
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        table = get_variable("embedding", [num_symbols, embedding_size])
        embedded = [neural.embedding_lookup(table, x) for x in decoder_inputs]
        likeliest = _likeliest(table, output_projection, update_embedding_for_previous)
        return attention_decoder(embedded, initial_state, attention_states, cell, output_size, num_heads, likeliest if feed_previous else None,
                                 initial_state_attention=initial_state_attention)  # fmt: skip


def embedding_attention_seq2seq(encoder_inputs: list[Any], decoder_inputs: list[Any], cell: Any, num_encoder_symbols: int, num_decoder_symbols: int,
                                embedding_size: int, num_heads: int = 1, output_projection: Any = None, feed_previous: Any = False,
                                dtype: Any = None, scope: Any = None, initial_state_attention: bool = False) -> Any:  # fmt: skip
    """Embeddings on both sides, and a decoder that looks at the encoder's outputs; `feed_previous` may be a tensor.

    >>> words, cell = [tf.constant([1, 2])] * 3, tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(words, words, cell, 10, 10, embedding_size=5)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 10)
    """
    with variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as scope:
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        seen, state = static_rnn(encoder, encoder_inputs, dtype=scope.dtype)
        memory = arrays.stack(seen, axis=1)
        size = None
        if output_projection is None:
            cell, size = OutputProjectionWrapper(cell, num_decoder_symbols), num_decoder_symbols

        def decode(fed: bool) -> Any:
            return embedding_attention_decoder(decoder_inputs, state, memory, cell, num_decoder_symbols, embedding_size, num_heads, size,
                                               output_projection, fed, initial_state_attention=initial_state_attention)  # fmt: skip

        return _chosen(feed_previous, decode, len(decoder_inputs))


# -- losses ------------------------------------------------------------------------------------------------------
def sequence_loss_by_example(logits: list[Any], targets: list[Any], weights: list[Any], average_across_timesteps: bool = True,
                             softmax_loss_function: Any = None, name: str | None = None) -> Tensor:  # fmt: skip
    """The weighted cross-entropy of each sequence, a mean over its time steps where asked for.

    Raises ValueError where the lists differ in length.

    >>> losses = tf.contrib.legacy_seq2seq.sequence_loss_by_example([tf.zeros([2, 4])], [tf.constant([1, 2])], [tf.ones([2])])
    >>> print(losses.eval())
    [1.3863 1.3863]
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        sizes = f"{len(logits)}, {len(weights)}, {len(targets)}"
        raise ValueError(f"Lengths of logits, weights, and targets must be the same {sizes}.")
    loss = softmax_loss_function or crossentropy.sparse_softmax_cross_entropy_with_logits
    with name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        steps = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            flat = target if softmax_loss_function is not None else arrays.reshape(target, [-1])
            steps.append(loss(labels=flat, logits=logit) * weight)
        total = elementwise.add_n(steps)
        return total / (elementwise.add_n(list(weights)) + 1e-12) if average_across_timesteps else total


def sequence_loss(logits: list[Any], targets: list[Any], weights: list[Any], average_across_timesteps: bool = True,
                  average_across_batch: bool = True, softmax_loss_function: Any = None, name: str | None = None) -> Tensor:  # fmt: skip
    """The sum over the batch, or its mean, of the loss of each sequence.

    >>> logits, targets = [tf.zeros([2, 4])] * 3, [tf.constant([1, 2])] * 3
    >>> print(tf.contrib.legacy_seq2seq.sequence_loss(logits, targets, [tf.ones([2])] * 3).eval())
    1.3862944
    """
    with name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = reduce.reduce_sum(sequence_loss_by_example(logits, targets, weights, average_across_timesteps, softmax_loss_function))
        return cost / elementwise.cast(arrays.shape(targets[0])[0], cost.dtype) if average_across_batch else cost


def model_with_buckets(encoder_inputs: list[Any], decoder_inputs: list[Any], targets: list[Any], weights: list[Any], buckets: list[Any],
                       seq2seq: Callable[[list[Any], list[Any]], Any], softmax_loss_function: Any = None, per_example_loss: bool = False,
                       name: str | None = None) -> Any:  # fmt: skip
    """(outputs, losses) of one model cut to each of the lengths (encoder, decoder) in `buckets`; all share its weights.

    Raises ValueError where a list is shorter than the last bucket.

    >>> words, cell, L = [tf.constant([1, 2])] * 4, tf.nn.rnn_cell.GRUCell, tf.contrib.legacy_seq2seq
    >>> model = lambda x, y: L.embedding_rnn_seq2seq(x, y, cell(4), 10, 10, embedding_size=5)
    >>> outputs, losses = L.model_with_buckets(words, words, words, [tf.ones([2])] * 4, [(2, 3), (4, 4)], model)
    >>> print([len(o) for o in outputs], len(losses))
    [3, 4] 2
    """
    longest, wanted = buckets[-1]
    for what, given, need in (("encoder_inputs", encoder_inputs, longest), ("targets", targets, wanted), ("weights", weights, wanted)):
        if len(given) < need:
            raise ValueError(f"Length of {what} ({len(given)}) must be at least that of last bucket ({need}).")
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    outputs, losses = [], []
    with name_scope(name, "model_with_buckets", [*encoder_inputs, *decoder_inputs, *targets, *weights]):
        for number, (n, m) in enumerate(buckets):
            with variable_scope(get_variable_scope(), reuse=True if number > 0 else None):
                found, _ = seq2seq(encoder_inputs[:n], decoder_inputs[:m])
            outputs.append(found)
            losses.append(loss(found, targets[:m], weights[:m], softmax_loss_function=softmax_loss_function))
    return outputs, losses
