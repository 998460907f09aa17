"""tf.contrib.layers: activations' names, normalization of instances, groups of features, lengths."""

import numpy as np

from tests.tf1.alike import give_ramps
from tests.tf1.alike.ops import refused

X = np.random.RandomState(4).randn(2, 3, 3, 4).astype("f")


def said(tf, y):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        give_ramps(tf, sess, tf.global_variables())
        return [sess.run(y), y.name, str(y.shape), [[v.name, v.shape.as_list()] for v in tf.contrib.framework.get_model_variables()]]


def case_named_after_activations(tf):
    C, x = tf.contrib.layers, tf.constant(X[:, 0, 0])
    return said(tf, C.stack(C.elu(C.relu6(C.relu(x, 4), 3), 3), C.linear, [3, 2])), said(tf, C.repeat(x, 2, C.relu, 3))


def case_instance_norm(tf):
    C = tf.contrib.layers
    a, b = C.instance_norm(X), C.instance_norm(X, scale=False, data_format="NCHW", activation_fn=tf.nn.relu, scope="other")
    return said(tf, a), said(tf, b), refused(lambda: C.instance_norm(tf.placeholder(tf.float32)))


def case_maxout(tf):
    C = tf.contrib.layers
    free = tf.placeholder_with_default(X, [None, 3, 3, 4])
    return said(tf, C.maxout(X, 2)), said(tf, C.maxout(free, 3, axis=1)), refused(lambda: C.maxout(X, 3))


def case_softmax_and_unit_norm(tf):
    C, x = tf.contrib.layers, tf.constant(X[0])
    return said(tf, C.softmax(x)), said(tf, C.unit_norm(x, 1)), said(tf, C.unit_norm(x, 2)), refused(lambda: C.unit_norm(x, 3))
