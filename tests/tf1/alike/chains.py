"""tf.contrib.crf, and a loop of one's own over a cell."""

import numpy as np

from tests.tf1.alike import give_ramps

rs = np.random.RandomState(2)
SCORES, STEPS, LENGTHS = rs.randn(3, 5, 4).astype("f"), rs.randn(4, 4).astype("f"), np.array([5, 3, 1], "int32")
TAGS = rs.randint(0, 4, (3, 5)).astype("int32")


def case_crf(tf):
    C = tf.contrib.crf
    x, transitions, tags_given = tf.constant(SCORES), tf.constant(STEPS), tf.constant(TAGS)
    found, _ = C.crf_log_likelihood(x, tags_given, LENGTHS, transitions)
    tags, score = C.crf_decode(x, transitions, LENGTHS)
    wanted = [found, tags, score, C.crf_log_norm(x, LENGTHS, transitions), C.crf_unary_score(tags_given, LENGTHS, x),
              C.crf_binary_score(tags_given, LENGTHS, transitions)]
    with tf.Session() as sess:
        return sess.run(wanted + tf.gradients(tf.reduce_sum(found), [x, transitions])), C.viterbi_decode(SCORES[0], STEPS)


def case_raw_rnn(tf):
    cell, x = tf.nn.rnn_cell.LSTMCell(3), tf.constant(rs.randn(4, 2, 3).astype("f"))
    rows = tf.TensorArray(tf.float32, 4).unstack(x)
    lengths = tf.constant([4, 2])

    def loop(time, output, state, _):
        done = time >= lengths
        following = tf.cond(tf.reduce_all(done), lambda: tf.zeros([2, 3]), lambda: rows.read(time))
        return done, following, cell.zero_state(2, tf.float32) if output is None else state, output, None

    outputs, state, _ = tf.nn.raw_rnn(cell, loop)
    wanted = [outputs.stack(), state]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        give_ramps(tf, sess, tf.global_variables())
        return sess.run(wanted), [v.name for v in tf.global_variables()]
