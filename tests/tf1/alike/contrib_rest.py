"""tf.contrib.layers over volumes, groups and bags of words; sparsemax; the first names of stateless numbers and of signals."""

import numpy as np

from tests.tf1.alike import give_ramps
from tests.tf1.alike.ops import refused

rs = np.random.RandomState(7)
IMAGES, VOLUMES, SCORES = rs.randn(2, 3, 4, 6).astype("f"), rs.randn(1, 4, 4, 4, 2).astype("f"), rs.randn(3, 4).astype("f")


def said(tf, *ys):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        give_ramps(tf, sess, [v for v in tf.global_variables() if "temperature" not in v.name])
        return sess.run(list(ys)), [y.shape.as_list() for y in ys], [[v.name, v.shape.as_list()] for v in tf.global_variables()]


def case_group_norm(tf):
    C = tf.contrib.layers
    a = C.group_norm(IMAGES, 3)
    b = C.group_norm(IMAGES, 3, channels_axis=-3, reduction_axes=(-2, -1), center=False, activation_fn=tf.nn.relu, scope="other")
    return said(tf, a, b), refused(lambda: C.group_norm(IMAGES, 7)), refused(lambda: C.group_norm(IMAGES, 4))


def case_volumes(tf):
    C = tf.contrib.layers
    convolved = C.conv3d(VOLUMES, 3, 3, stride=2), C.conv3d_transpose(VOLUMES, 2, 2, stride=2, scope="up")
    return said(tf, *convolved, C.max_pool3d(VOLUMES, 2), C.avg_pool3d(VOLUMES, 2))


def case_spatial_softmax(tf):
    C = tf.contrib.layers
    return said(tf, C.spatial_softmax(tf.constant(IMAGES), temperature=0.5), C.spatial_softmax(tf.constant(IMAGES), name="own"))


def case_words(tf):
    C = tf.contrib.layers
    ids = tf.constant([[1, 2, 0], [4, 4, 3]])
    sparse = C.dense_to_sparse(ids)
    return said(tf, C.bow_encoder(ids, 5, 2, sparse_lookup=False), C.bow_encoder(sparse, 5, 2, scope="sparse"), sparse.indices, sparse.values,
                C.embedding_lookup_unique(tf.constant(SCORES), [[2, 2], [0, 2]]))[::2]  # fmt: skip


def case_sparsemax(tf):
    S, z = tf.contrib.sparsemax, tf.constant(SCORES)
    p = S.sparsemax(z)
    loss = S.sparsemax_loss(z, p, tf.one_hot([0, 3, 1], 4))
    with tf.Session() as sess:
        return sess.run([p, loss])


def case_first_names(tf):
    S = tf.contrib.stateless
    with tf.Session() as sess:
        return sess.run([S.stateless_random_uniform([3], [1, 2]), S.stateless_random_normal([3], [1, 2]), S.stateless_truncated_normal([3], [1, 2])])
