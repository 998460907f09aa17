"""tf.contrib.rnn's own cells, two steps each, and the names of their variables."""

import numpy as np

from tests.tf1.alike import give_ramps
from tests.tf1.alike.ops import refused

rs = np.random.RandomState(6)
X = rs.randn(2, 2, 3).astype("f")


def run(tf, wanted):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        give_ramps(tf, sess, tf.global_variables())
        return sess.run(wanted), [[v.name, v.shape.as_list()] for v in tf.global_variables()]


def stepped(tf, make, x=X):
    tf.reset_default_graph()
    cell = make(tf.contrib.rnn)
    outputs, state = tf.nn.static_rnn(cell, [tf.constant(step) for step in x], dtype=tf.float32)
    return run(tf, [outputs, tf.contrib.framework.nest.flatten(state)]), [str(s) for s in tf.contrib.framework.nest.flatten(cell.state_size)]


def case_normalized(tf):
    return stepped(tf, lambda C: C.LayerNormBasicLSTMCell(4)), stepped(tf, lambda C: C.LayerNormBasicLSTMCell(4, layer_norm=False, forget_bias=0.5))


def case_coupled_gates(tf):
    return stepped(tf, lambda C: C.CoupledInputForgetGateLSTMCell(4)), stepped(tf, lambda C: C.UGRNNCell(4))


def case_independent(tf):
    return [stepped(tf, make) for make in (lambda C: C.IndRNNCell(4), lambda C: C.IndyGRUCell(4), lambda C: C.IndyLSTMCell(4), lambda C: C.SRUCell(4))]


def case_searched(tf):
    return stepped(tf, lambda C: C.NASCell(4)), stepped(tf, lambda C: C.NASCell(4, num_proj=2, use_bias=True))


def case_convolving(tf):
    x = rs.randn(2, 2, 4, 3).astype("f")
    return stepped(tf, lambda C: C.Conv1DLSTMCell(input_shape=[4, 3], output_channels=2, kernel_shape=[3]), x), stepped(
        tf, lambda C: C.Conv2DLSTMCell(input_shape=[4, 3, 1], output_channels=2, kernel_shape=[3, 3], skip_connection=True), x[:1, ..., None]), refused(
        lambda: tf.contrib.rnn.Conv2DLSTMCell(input_shape=[4, 3], output_channels=2, kernel_shape=[3, 3]))  # fmt: skip


def case_highway(tf):
    return stepped(tf, lambda C: C.HighwayWrapper(tf.nn.rnn_cell.GRUCell(3))), stepped(
        tf, lambda C: C.HighwayWrapper(tf.nn.rnn_cell.GRUCell(3), couple_carry_transform_gates=False))  # fmt: skip


def case_looking_back(tf):
    return stepped(tf, lambda C: C.AttentionCellWrapper(tf.nn.rnn_cell.LSTMCell(4), 3)), stepped(
        tf, lambda C: C.AttentionCellWrapper(tf.nn.rnn_cell.GRUCell(4), 3, attn_vec_size=2, input_size=5)), refused(
        lambda: tf.contrib.rnn.AttentionCellWrapper(tf.nn.rnn_cell.GRUCell(4), 0))  # fmt: skip


def case_fused(tf):
    C, x, lengths = tf.contrib.rnn, tf.constant(rs.randn(4, 2, 3).astype("f")), [4, 2]
    out = []
    for make in (lambda: C.LSTMBlockFusedCell(2), lambda: C.LSTMBlockFusedCell(2, use_peephole=True), lambda: C.TimeReversedFusedRNN(C.LSTMBlockFusedCell(2)),
                 lambda: C.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(2)), lambda: C.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(2), True)):  # fmt: skip
        tf.reset_default_graph()
        x = tf.constant(np.sin(np.arange(24)).reshape(4, 2, 3).astype("f"))
        outputs, state = make()(x, dtype=tf.float32, sequence_length=lengths)
        out.append(run(tf, [outputs, tf.contrib.framework.nest.flatten(state)]))
    return out
