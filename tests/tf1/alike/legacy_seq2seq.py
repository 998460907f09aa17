"""tf.contrib.legacy_seq2seq: attention, tied weights, several decoders, buckets."""

import numpy as np

from tests.tf1.alike.ops import refused
from tests.tf1.alike.sequences import run

rs = np.random.RandomState(3)
WORDS = [rs.randint(0, 5, 2).astype("int32") for _ in range(4)]
INPUTS, MEMORY = rs.randn(3, 2, 3).astype("f"), rs.randn(2, 4, 2).astype("f")


def words(tf):
    return [tf.constant(w) for w in WORDS]


def case_attention_decoder(tf):
    cell = tf.nn.rnn_cell.LSTMCell(2)
    start = tf.nn.rnn_cell.LSTMStateTuple(tf.ones([2, 2]), tf.ones([2, 2]) / 2)
    L = tf.contrib.legacy_seq2seq
    outputs, state = L.attention_decoder(list(map(tf.constant, INPUTS)), start, tf.constant(MEMORY), cell, output_size=5, num_heads=2)
    return run(tf, outputs, state), refused(lambda: L.attention_decoder([], start, tf.constant(MEMORY), cell)), refused(
        lambda: L.attention_decoder([tf.ones([2, 3])], start, tf.placeholder(tf.float32, [2, 4, None]), cell)), refused(
        lambda: L.attention_decoder([tf.ones([2, 3])], start, tf.constant(MEMORY), cell, num_heads=0))  # fmt: skip


def case_attention_from_the_start(tf):
    L = tf.contrib.legacy_seq2seq
    outputs, state = L.embedding_attention_decoder(words(tf)[:2], tf.ones([2, 2]), tf.constant(MEMORY), tf.nn.rnn_cell.GRUCell(2), 5, 3,
                                                   initial_state_attention=True)  # fmt: skip
    return run(tf, outputs, state)


def case_embedding_attention(tf):
    outputs, state = tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(words(tf), words(tf)[:3], tf.nn.rnn_cell.GRUCell(2), 5, 5, 3, feed_previous=True)
    return run(tf, outputs, state)


def case_projected_and_fed_back_when_told(tf):
    L, cell = tf.contrib.legacy_seq2seq, tf.nn.rnn_cell.BasicLSTMCell(2)
    w, b, fed = tf.get_variable("w", [2, 5]), tf.get_variable("b", [5]), tf.placeholder_with_default(True, [])
    outputs, state = L.embedding_attention_seq2seq(words(tf), words(tf)[:3], cell, 5, 5, 3, output_projection=(w, b), feed_previous=fed)
    # not of the decoder's table: what an argmax looked up in it counts in tfnb, as with feed_previous=True, and TensorFlow loses it in a tf.cond
    wanted = [v for v in tf.trainable_variables() if "decoder/embedding" not in v.name]
    gradients = tf.gradients(tf.reduce_sum(outputs[-1]), wanted)
    return run(tf, outputs, state, [tf.convert_to_tensor(g) for g in gradients if g is not None])


def case_fed_back_without_attention(tf):
    L, fed = tf.contrib.legacy_seq2seq, tf.placeholder_with_default(False, [])
    outputs, state = L.embedding_rnn_seq2seq(words(tf), words(tf)[:2], tf.nn.rnn_cell.LSTMCell(2), 5, 5, 3, feed_previous=fed)
    return run(tf, outputs, state), tf.contrib.framework.nest.flatten(state)[0].shape.as_list()


def case_tied(tf):
    L = tf.contrib.legacy_seq2seq
    a, _ = L.embedding_tied_rnn_seq2seq(words(tf), words(tf)[:3], tf.nn.rnn_cell.GRUCell(3), 5, 3, feed_previous=True)
    b, _ = L.embedding_tied_rnn_seq2seq(words(tf), words(tf)[:3], tf.nn.rnn_cell.GRUCell(3), 5, 3, num_decoder_symbols=4, scope="other")
    return run(tf, a, b)


def case_one_to_many(tf):
    cells, inputs = {"a": tf.nn.rnn_cell.GRUCell(2), "b": tf.nn.rnn_cell.GRUCell(2)}, {"a": words(tf)[:2], "b": words(tf)[:3]}
    outputs, states = tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(words(tf), inputs, tf.nn.rnn_cell.GRUCell(2), cells, 5, {"a": 4, "b": 5}, 3)
    return run(tf, outputs["a"], outputs["b"], states["a"], states["b"])


def case_buckets(tf):
    L, ones = tf.contrib.legacy_seq2seq, [tf.ones([2])] * 4

    def model(x, y):
        return L.embedding_attention_seq2seq(x, y, tf.nn.rnn_cell.GRUCell(2), 5, 5, 3)

    outputs, losses = L.model_with_buckets(words(tf), words(tf), words(tf), ones, [(2, 3), (3, 4)], model)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        _, each = L.model_with_buckets(words(tf), words(tf), words(tf), ones, [(2, 3)], model, per_example_loss=True)
    return run(tf, outputs, losses, each), [x.name for x in losses], refused(
        lambda: L.model_with_buckets(words(tf), words(tf), words(tf), ones, [(2, 5)], model))  # fmt: skip
