"""tf.contrib.legacy_seq2seq: encoders and decoders written out step by step, over lists of inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, crossentropy, elementwise, neural, reduce
from tfnb.ops.linear import matmul
from tfnb.rnn import static_rnn
from tfnb.variable_scopes import get_variable, get_variable_scope, variable_scope

__all__ = [
    "basic_rnn_seq2seq", "embedding_rnn_decoder", "embedding_rnn_seq2seq", "rnn_decoder", "sequence_loss", "sequence_loss_by_example",
    "tied_rnn_seq2seq",
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
    import copy

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

        def previous(last: Tensor, _: int) -> Tensor:
            if output_projection is not None:
                last = matmul(last, output_projection[0]) + output_projection[1]
            found = neural.embedding_lookup(table, reduce.argmax(last, 1))
            return found if update_embedding_for_previous else elementwise.stop_gradient(found)

        embedded = [neural.embedding_lookup(table, x) for x in decoder_inputs]
        return rnn_decoder(embedded, initial_state, cell, previous if feed_previous else None)


def embedding_rnn_seq2seq(encoder_inputs: list[Any], decoder_inputs: list[Any], cell: Any, num_encoder_symbols: int, num_decoder_symbols: int,
                          embedding_size: int, output_projection: Any = None, feed_previous: bool = False, dtype: Any = "float32",
                          scope: Any = None) -> Any:  # fmt: skip
    """Symbols in, symbols out: embeddings on both sides, and a projection of the outputs where none is given.

    >>> words, cell = [tf.constant([1, 2])] * 3, tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, _ = tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(words, words, cell, 10, 10, embedding_size=5)
    >>> print(len(outputs), outputs[0].shape)
    3 (2, 10)
    """
    import copy

    from tfnb.contrib.rnn_wrappers import EmbeddingWrapper, OutputProjectionWrapper

    with variable_scope(scope or "embedding_rnn_seq2seq"):
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder, encoder_inputs, dtype=dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
        return embedding_rnn_decoder(decoder_inputs, state, cell, num_decoder_symbols, embedding_size, output_projection, feed_previous)


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
