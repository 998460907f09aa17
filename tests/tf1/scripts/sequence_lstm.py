# ruff: noqa: B007, B905 - as teaching code of its time is written, and run by Python 3.7 too
import numpy as np
import tensorflow as tf

tf.reset_default_graph()
seq_length, batch, hidden = 5, 3, 6
X = tf.placeholder(tf.float32, [None, seq_length, 2])
Y = tf.placeholder(tf.int32, [None, seq_length])
lengths = tf.placeholder(tf.int32, [None])


def cell():
    return tf.contrib.rnn.BasicLSTMCell(num_units=hidden, state_is_tuple=True)


cells = tf.contrib.rnn.MultiRNNCell([cell() for _ in range(2)])
outputs, state = tf.nn.dynamic_rnn(cells, X, sequence_length=lengths, dtype=tf.float32)
logits = tf.layers.dense(outputs, 3)
weights = tf.sequence_mask(lengths, seq_length, dtype=tf.float32)
loss = tf.contrib.seq2seq.sequence_loss(logits=logits, targets=Y, weights=weights)
step = tf.train.get_or_create_global_step()
rate = tf.train.exponential_decay(0.1, step, 5, 0.9, staircase=True)
optimizer = tf.train.RMSPropOptimizer(rate)
grads, variables = zip(*optimizer.compute_gradients(loss))
grads, norm = tf.clip_by_global_norm(grads, 1.0)
train = optimizer.apply_gradients(zip(grads, variables), global_step=step)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(20):
        x = np.round(np.random.rand(batch, seq_length, 2), 2)
        y = (x.sum(2) * 1.5).astype(int)
        _, l, n = sess.run([train, loss, norm], {X: x, Y: y, lengths: [5, 3, 4]})
    print(l, n)
