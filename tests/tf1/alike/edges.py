"""The edges of ops: nothing to reduce, bad axes and ids, sizes known in part, and what is said of them."""

import numpy as np

from tests.tf1.alike.ops import refused, said

X = np.random.RandomState(5).randn(2, 3).astype("f")


def failed(tf, make):
    """The type and first line of what making or running a tensor raises."""

    def run():
        with tf.Session() as sess:
            sess.run(make())

    return refused(run)


def case_reductions_of_nothing(tf):
    none = tf.zeros([0, 3])
    return said(tf, tf.reduce_max(none, 0), tf.reduce_min(none, 0), tf.reduce_max(tf.zeros([0], tf.int32)), tf.reduce_sum(none, 0))


def case_words_for_bad_ids_and_axes(tf):
    x, p = tf.constant(X), tf.placeholder(tf.float32, [2, 3])
    return [
        failed(tf, lambda: tf.cumsum(x, axis=2)), failed(tf, lambda: tf.argmax(tf.zeros([2, 0]), 1)), failed(tf, lambda: tf.roll(x, 1, 3)),
        failed(tf, lambda: tf.unsorted_segment_sum(x, [0, 7], 3)), failed(tf, lambda: tf.segment_sum(x, [1, 0])),
        failed(tf, lambda: tf.segment_sum(x, [0])), failed(tf, lambda: tf.dynamic_partition(x, [0, 3], 3)),
        failed(tf, lambda: tf.gather_nd(x, [[0, 9]])), failed(tf, lambda: tf.scatter_nd([[0], [5]], [1.0, 2.0], [3])),
        refused(lambda: tf.reverse(p, [0, 0])), refused(lambda: tf.reverse(p, [3])), refused(lambda: tf.broadcast_to(p, [2, 4])),
        refused(lambda: tf.split(p, [1, 2], axis=1)[0] + tf.split(p, [1, 1], axis=1)[0]), refused(lambda: tf.range(1, 5, 0)),
        refused(lambda: tf.range(5, 1)), refused(lambda: tf.bitcast(tf.constant([1, 2, 3], tf.uint8), tf.float32)),
        refused(lambda: tf.placeholder_with_default(X, [3, None])), refused(lambda: tf.concat([p, tf.cast(p, tf.float64)], 0)),
        refused(lambda: tf.one_hot([0], 3, on_value=5, off_value=-1.0)), refused(lambda: tf.one_hot([0], 3, on_value=5, dtype=tf.int64)),
        refused(lambda: tf.ones([2], tf.string)), refused(lambda: tf.constant(2 ** 70)), refused(lambda: tf.argsort(p, direction="UP")),
        refused(lambda: tf.reduce_sum(p, axis=1.5)), refused(lambda: tf.reduce_sum(p > 0)), refused(lambda: tf.negative(p > 0)),
        refused(lambda: tf.tan(p > 0)), failed(tf, lambda: tf.confusion_matrix([0, 1], [0, 5], num_classes=3)),
    ]  # fmt: skip


def case_sizes_known_in_part(tf):
    p = tf.placeholder(tf.float32, [None, 3])
    q = tf.placeholder(tf.float32, [4, 3])
    return [str(t.shape) for t in (
        tf.reshape(q, [-1, tf.shape(p)[1]]), tf.reshape(q, [tf.shape(q)[1], -1]), tf.sequence_mask([[1, 3], [2, 0]]), tf.confusion_matrix([0, 2], [1, 1]),
        tf.repeat(q, 2), tf.repeat(q, [2, 1, 1, 1], axis=0), tf.repeat(q, 3, axis=-1), tf.required_space_to_batch_paddings([5, 5], [2, 2])[0],
    )]  # fmt: skip


def case_repeat_and_one_hot(tf):
    x = tf.constant(X)
    ys = [tf.repeat(x, 2), tf.repeat(x, [2, 1], axis=0), tf.repeat(x, 3, axis=-1), tf.one_hot([[0, 2]], 3, axis=0), tf.one_hot([1], 3, True, False)]
    return said(tf, *ys) + said(tf, *tf.gradients(ys[:3], x))


def case_norms_and_moments(tf):
    x = tf.constant(np.random.RandomState(6).randn(2, 3, 4).astype("f"))
    z = tf.complex(x, x)
    mean, variance = tf.nn.weighted_moments(x, [1], tf.constant([[[1.0]], [[2.0]]]))
    ys = [tf.norm(x, ord=2, axis=[1, 2]), tf.norm(x, ord=np.inf, axis=[0, 2], keepdims=True), mean, variance]
    first = tf.gradients(variance, x)[0]
    return said(tf, *ys) + said(tf, tf.abs(tf.norm(z)), first, tf.gradients(first, x)[0])


def case_adjoints(tf):
    a = tf.constant([[2.0, 1.0], [0.5, 3.0]])
    inverse = tf.matrix_inverse(a, adjoint=True)
    z = tf.complex(a, 2 * a)
    return said(tf, inverse, tf.gradients(inverse, a, tf.constant([[1.0, 2.0], [3.0, 4.0]]))[0], tf.imag(tf.transpose(z, conjugate=True)), tf.imag(a))


def case_what_no_gradient_passes(tf):
    i, x = tf.placeholder(tf.int32, [3]), tf.placeholder(tf.float32, [3])
    found = [tf.gradients(i * i, i), tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32), x), tf.gradients(tf.cast(i, tf.float32), i)]
    return [g for gs in found for g in gs] + [refused(lambda: tf.gradients(x, x, unconnected_gradients="foo"))]


def case_words_of_checks(tf):
    p, a = tf.placeholder(tf.float32), tf.constant([0.0, 1.0])
    return [
        refused(lambda: tf.assert_positive(a)), refused(lambda: tf.assert_positive(a, message="m")), refused(lambda: tf.assert_less(a, a)),
        refused(lambda: tf.ensure_shape(tf.placeholder(tf.float32, [None, 3]), [2, 4])), str(tf.ensure_shape(p, [None, 4]).shape),
        refused(lambda: tf.assert_same_float_dtype([tf.constant(1.0), tf.constant(1.0, tf.float64)])), repr(tf.AUTO_REUSE), str(tf.AUTO_REUSE),
        refused(lambda: tf.nn.dropout(a, keep_prob=0.5, rate=0.3)), refused(lambda: tf.variable_scope(3).__enter__()),
        tf.py_func(lambda: np.float32(3), [], tf.float32, stateful=False).op.type,
    ]  # fmt: skip


def case_ftrl_with_shrinkage(tf):
    v = tf.Variable([1.0, -2.0])
    optimizer = tf.train.FtrlOptimizer(0.1, learning_rate_power=-0.7, l2_shrinkage_regularization_strength=0.1)
    step = optimizer.minimize(tf.reduce_sum(v * v))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return [[sess.run(step), sess.run(v)][1] for _ in range(3)]


def case_shares_are_chosen(tf):
    found = tf.metrics.precision(tf.constant([1, 0, 1]), tf.constant([1, 1, 1])) + tf.metrics.recall([1, 0], [0, 1])
    return [[t.name, t.op.type] for t in found]


def case_dtypes_listed_for_networks(tf):
    n, image, kernel = tf.ones([2, 3], tf.int32), tf.ones([1, 5, 5, 2], tf.int32), tf.ones([3, 3, 2, 4], tf.int32)
    made = [tf.nn.softmax, tf.nn.log_softmax, tf.nn.selu, tf.nn.elu, tf.nn.softplus, tf.nn.softsign]
    return [refused(lambda f=f: f(n)) for f in made] + [
        refused(lambda: tf.nn.conv2d(image, kernel, 1, "SAME")), refused(lambda: tf.nn.softmax(tf.placeholder(tf.float32, []), name="s")),
    ]  # fmt: skip


def case_pools_of_channels(tf):
    x = tf.constant(np.arange(32).reshape(2, 2, 2, 4) % 7, tf.float32)
    found = []
    for k, step in (([1, 1, 1, 2], 2), ([1, 1, 1, 4], 4), ([1, 1, 1, 2], 1), ([1, 2, 2, 2], 2), ([1, 1, 1, 3], 3)):
        s = [1, k[1], k[2], step]
        y = tf.nn.max_pool(x, k, s, "VALID")
        with tf.Session() as sess:
            found.append([str(y.shape), refused(lambda y=y, sess=sess: sess.run(y)) or sess.run(y)])
    return found
