"""tf.contrib.seq2seq: attention, decoders and beams."""

import numpy as np

from tests.tf1.alike import give_ramps

rs = np.random.RandomState(1)
MEMORY, INPUTS = rs.randn(2, 5, 3).astype("f"), rs.randn(2, 4, 2).astype("f")


def run(tf, *wanted):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        give_ramps(tf, sess, tf.global_variables())
        return sess.run(list(wanted)), [[v.name, v.shape.as_list()] for v in tf.global_variables()]


def decoded(tf, mechanism, **more):
    S = tf.contrib.seq2seq
    cell = S.AttentionWrapper(tf.nn.rnn_cell.LSTMCell(4), mechanism, **more)
    helper = S.TrainingHelper(tf.constant(INPUTS), [4, 2])
    decoder = S.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32), output_layer=tf.layers.Dense(3, name="out"))
    outputs, state, lengths = S.dynamic_decode(decoder, impute_finished=True)
    return run(tf, outputs.rnn_output, outputs.sample_id, state.alignments, state.attention, lengths)


def case_bahdanau(tf):
    return decoded(tf, tf.contrib.seq2seq.BahdanauAttention(4, tf.constant(MEMORY), [5, 3]), attention_layer_size=3)


def case_normalized_bahdanau(tf):
    return decoded(tf, tf.contrib.seq2seq.BahdanauAttention(4, tf.constant(MEMORY), normalize=True), output_attention=False)


def case_scaled_luong(tf):
    return decoded(tf, tf.contrib.seq2seq.LuongAttention(4, tf.constant(MEMORY), [5, 3], scale=True), attention_layer_size=3)


def case_greedy(tf):
    S = tf.contrib.seq2seq
    table = tf.get_variable("table", [6, 3])
    cell = tf.nn.rnn_cell.GRUCell(4)
    helper = S.GreedyEmbeddingHelper(table, tf.constant([1, 2]), 5)
    decoder = S.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32), tf.layers.Dense(6, name="out"))
    outputs, _, lengths = S.dynamic_decode(decoder, maximum_iterations=6)
    return run(tf, outputs.sample_id, outputs.rnn_output, lengths)


def case_beam(tf):
    S = tf.contrib.seq2seq
    table, cell = tf.get_variable("table", [6, 3]), tf.nn.rnn_cell.LSTMCell(4)
    start = S.tile_batch(cell.zero_state(2, tf.float32), 3)
    decoder = S.BeamSearchDecoder(cell, table, tf.constant([1, 2]), 5, start, 3, tf.layers.Dense(6, name="out"), length_penalty_weight=0.5)
    outputs, state, lengths = S.dynamic_decode(decoder, maximum_iterations=5)
    tree = S.gather_tree([[[1, 2]], [[3, 4]], [[5, 6]]], [[[0, 0]], [[0, 1]], [[1, 0]]], max_sequence_lengths=[3], end_token=9)
    return run(tf, outputs.predicted_ids, outputs.beam_search_decoder_output.scores, state.log_probs, lengths, S.tile_batch(tf.constant([[1], [2]]), 2), tree)
