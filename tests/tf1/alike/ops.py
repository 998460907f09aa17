"""Ops by themselves: their values, gradients, names, shapes and types."""

import numpy as np

X = np.random.RandomState(3).randn(3, 4).astype("f")


def said(tf, *tensors):
    """Each tensor's value, name, static shape, and the types of its operation and numbers."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = sess.run(list(tensors))
    return [[v, t.name, str(t.shape), t.op.type, t.dtype.name] for v, t in zip(values, tensors)]


def refused(f):
    """The error's type and first line."""
    try:
        f()
    except Exception as error:
        return [type(error).__name__, str(error).split("\n")[0]]
    return None


def case_stateless_random_numbers(tf):
    r = tf.random
    return said(
        tf, r.stateless_uniform([3], [1, 2]), r.stateless_uniform([3], [1, 2], -3, 9, tf.int32), r.stateless_uniform([3], [1, 2], -3, 9, tf.int64),
        r.stateless_normal([2, 3], [-1, 2 ** 40], dtype=tf.float64), r.stateless_truncated_normal([7], [3, 2], mean=1.0),
        r.stateless_categorical([[0.0, 1.0, 2.0]], 5, [1, 2]), r.stateless_multinomial([[0.0, 1.0]] * 2, 3, [1, 2], tf.int32),
    ) + [refused(lambda: r.stateless_uniform([3], [1, 2, 3])), refused(lambda: r.stateless_uniform([3], [1, 2], dtype=tf.int32))]  # fmt: skip


def case_cumulative_logsumexp(tf):
    x = tf.constant(X)
    ys = [tf.math.cumulative_logsumexp(x, axis, exclusive, reverse) for axis in (0, -1) for exclusive in (False, True) for reverse in (False, True)]
    return said(tf, *(ys + [tf.gradients(y, x, tf.constant(X[::-1] - 0.5))[0] for y in ys]))


def case_slices_of_variables(tf):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="v")
    row, column, one, short = v[1:].assign([[5.0, 6.0]]), tf.assign(v[:, 0], [8.0, 9.0]), v[0, ::-1].assign([7.0, 0.0], name="put"), v[0].assign([1.0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        ran = [sess.run(t) for t in (row, column, one)] + [sess.run(v), refused(lambda: sess.run(short))]
    made = [[t.name, t.op.type, str(t.shape), [i.name for i in t.op.inputs]] for t in (row, column, one)]
    return ran, made, refused(lambda: tf.constant([1.0]).assign(2.0))


def case_windows_of_signals(tf):
    s, n = tf.signal, tf.placeholder_with_default(6, [])
    ys = s.hann_window(5), s.hann_window(6), s.hamming_window(6, periodic=False, dtype=tf.float64), s.hamming_window(1), s.hann_window(n)
    return said(tf, *ys) + [refused(lambda: s.hann_window(4, dtype=tf.int32))]


def case_log_probabilities(tf):
    D, x = tf.distributions, tf.constant([0.25, 0.5, 0.75])
    given = D.Normal(0.5, 2.0), D.Laplace(0.5, 2.0), D.Gamma(2.0, 3.0), D.Exponential(2.0), D.Beta(2.0, 3.0), D.Uniform(0.0, 2.0)
    logs, outside = [d.log_prob(x) for d in given], D.Uniform([[0.0], [0.5]], 0.6).prob(x)
    slopes = said(tf, *[tf.gradients(y, x)[0] for y in logs[:5]])
    return said(tf, *(logs + [d.prob(x) for d in given] + [outside])), [value for value, *_ in slopes]
