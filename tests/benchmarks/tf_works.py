"""The workloads in the TensorFlow 1 language: run by tfnb and, the same lines, by TensorFlow 1.15."""

import time

import numpy as np

from . import data


def works(tf, **session):
    """Workloads by name: each makes a step to time, which returns the loss or a value."""

    def opened():
        tf.reset_default_graph()
        return tf.Session(**session)

    def add():
        sess = opened()
        c = tf.constant(1.0) + tf.constant(2.0)
        return lambda: sess.run(c)

    def feed():
        sess = opened()
        x = tf.placeholder(tf.float32)
        y = x * 2.0
        return lambda: sess.run(y, {x: 1.5})

    def chain(n):
        def make():
            sess = opened()
            x = y = tf.placeholder(tf.float32, [])
            for i in range(n):
                y = y * 0.99 if i % 2 else y + 1.0
            return lambda: sess.run(y, {x: 1.5})

        return make

    def neuron():
        sess = opened()
        w, b = tf.Variable(0.3), tf.Variable(-0.3)
        x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
        loss = tf.reduce_sum(tf.square(w * x + b - y))
        train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
        sess.run(tf.global_variables_initializer())
        return lambda: sess.run([train, loss], {x: data.NEURON_X, y: data.NEURON_Y})[1]

    def training(sess, optimizer, loss, feeds):
        train = optimizer.minimize(loss)
        sess.run(tf.global_variables_initializer())
        return lambda: sess.run([train, loss], feeds)[1]

    def entropy(labels, logits):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))

    def mlp(optimizer):
        def make():
            sess = opened()
            vx, vy, weights = data.mlp()
            x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.int64, [None])
            h = x
            for i, w in enumerate(weights):
                h = tf.matmul(h, tf.Variable(w)) + tf.Variable(np.zeros(w.shape[1], np.float32))
                h = tf.nn.relu(h) if i < 2 else h
            return training(sess, optimizer(), entropy(y, h), {x: vx, y: vy})

        return make

    def cnn():
        sess = opened()
        vx, vy, weights = data.cnn()
        x, y = tf.placeholder(tf.float32, [None, 28, 28, 1]), tf.placeholder(tf.int64, [None])
        h = x
        for w in weights[:2]:
            h = tf.nn.relu(
                tf.nn.conv2d(h, tf.Variable(w), [1, 1, 1, 1], "SAME")
                + tf.Variable(np.zeros(w.shape[3], np.float32))
            )
            h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        h = tf.reshape(h, [-1, 7 * 7 * 64])
        h = tf.nn.relu(tf.matmul(h, tf.Variable(weights[2])) + tf.Variable(np.zeros(1024, np.float32)))
        h = tf.matmul(h, tf.Variable(weights[3])) + tf.Variable(np.zeros(10, np.float32))
        return training(sess, tf.train.GradientDescentOptimizer(data.RATE), entropy(y, h), {x: vx, y: vy})

    def lstm():
        sess = opened()
        vx, vy, kernel, out = data.lstm()
        x, y = tf.placeholder(tf.float32, list(vx.shape)), tf.placeholder(tf.int64, [len(vy)])
        kernel, out = tf.Variable(kernel), tf.Variable(out)
        bias = tf.Variable(np.zeros(4 * data.LSTM_UNITS, np.float32))
        h = c = tf.zeros([data.LSTM_BATCH, data.LSTM_UNITS])
        for xt in tf.unstack(x, axis=1):
            i, j, f, o = tf.split(tf.matmul(tf.concat([xt, h], 1), kernel) + bias, 4, 1)
            c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
            h = tf.tanh(c) * tf.sigmoid(o)
        return training(
            sess, tf.train.GradientDescentOptimizer(data.RATE), entropy(y, tf.matmul(h, out)), {x: vx, y: vy}
        )

    return {
        "add": add, "feed": feed, "ops10": chain(10), "ops100": chain(100), "ops1000": chain(1000), "neuron": neuron,
        "mlp_sgd": mlp(lambda: tf.train.GradientDescentOptimizer(data.RATE)),
        "mlp_adam": mlp(lambda: tf.train.AdamOptimizer(data.ADAM)), "cnn": cnn, "lstm": lstm,
    }  # fmt: skip


def once(tf):
    """What is measured once, in microseconds: building, gradients, the first run."""

    def chain(n):
        tf.reset_default_graph()
        y = x = tf.placeholder(tf.float32, [])
        start = time.perf_counter()
        for _ in range(n):
            y = tf.sin(y)
        return x, y, (time.perf_counter() - start) * 1e6

    def build(n):
        return lambda: chain(n)[2] / n

    def gradients(n):
        def measure():
            x, y, _ = chain(n)
            start = time.perf_counter()
            tf.gradients(y, x)
            return (time.perf_counter() - start) * 1e6 / n

        return measure

    def first_run(n):
        def measure():
            x, y, _ = chain(n // 2)
            g = tf.gradients(y, x)[0]
            with tf.Session() as sess:
                start = time.perf_counter()
                sess.run(g, {x: 1.0})
                return (time.perf_counter() - start) * 1e6

        return measure

    def least(measure, times):
        return lambda: min(measure() for _ in range(times))

    found = {"first_run_1000": least(first_run(1000), 3)}
    for n, times in ((1000, 5), (10000, 2), (100000, 1)):
        found[f"build_{n}"], found[f"gradients_{n}"] = least(build(n), times), least(gradients(n), times)
    return found
