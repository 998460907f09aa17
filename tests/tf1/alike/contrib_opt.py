"""tf.contrib.opt: three steps each on a vector and a table, and the names of what the optimizers keep."""

import numpy as np

from tests.tf1.alike.ops import refused


def trained(tf, make, **more):
    tf.reset_default_graph()
    v, table = tf.Variable([3.0, -4.0], name="v"), tf.Variable(np.linspace(-1, 1, 6).reshape(3, 2).astype("f"), name="table")
    step = tf.train.get_or_create_global_step()
    loss = tf.reduce_sum(v * v) / 2 + tf.reduce_sum(tf.exp(tf.nn.embedding_lookup(table, [0, 2])))
    optimizer = make(tf.contrib.opt, v, table)
    op = optimizer.minimize(loss, step, **{k: f(v, table) for k, f in more.items()})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(op)
        return sess.run([v, table, step]), [[x.name, x.shape.as_list()] for x in tf.global_variables()]


def case_decayed_weights(tf):
    return [trained(tf, lambda O, v, t: O.AdamWOptimizer(0.01, 0.1)), trained(tf, lambda O, v, t: O.MomentumWOptimizer(0.01, 0.1, 0.9)),
            trained(tf, lambda O, v, t: O.AdamWOptimizer(0.1, 0.1), decay_var_list=lambda v, t: [v]),
            trained(tf, lambda O, v, t: O.extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)(0.1, learning_rate=0.1))]  # fmt: skip


def case_decay_of_some(tf):
    v, w = tf.Variable([3.0, -4.0], name="v"), tf.Variable([3.0, -4.0], name="w")
    optimizer = tf.contrib.opt.MomentumWOptimizer(0.1, 0.01, 0.9)
    op = optimizer.apply_gradients(optimizer.compute_gradients(tf.reduce_sum(v * w)), decay_var_list=[w])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(op)
        return sess.run(v), sess.run(w)[0] < 3.0


def case_variants_of_adam(tf):
    return [trained(tf, lambda O, v, t: O.LazyAdamOptimizer(0.1)), trained(tf, lambda O, v, t: O.AdaMaxOptimizer(0.1))]


def case_nadam(tf):
    v = tf.Variable([3.0, -4.0], name="v")
    op = tf.contrib.opt.NadamOptimizer(0.1).minimize(tf.reduce_sum(tf.exp(v)))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(op)
        sess.run(op)
        return sess.run(v), [x.name for x in tf.global_variables()]


def case_by_signs(tf):
    v, out = None, []
    for make in (lambda O: O.AddSignOptimizer(0.05), lambda O: O.PowerSignOptimizer(0.05), lambda O: O.AddSignOptimizer(0.05, alpha=0.5, beta=0.8),
                 lambda O: O.PowerSignOptimizer(0.05, base=2.0)):  # fmt: skip
        tf.reset_default_graph()
        v = tf.Variable([3.0, -4.0], name="v")
        op = make(tf.contrib.opt).minimize(tf.reduce_sum(tf.cos(v)))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for _ in range(3):
                sess.run(op)
            out.append([sess.run(v), [x.name for x in tf.global_variables()]])
    return out


def case_layers_rates(tf):
    out = []
    for more in ({}, {"skip_list": ["b"]}, {"use_nesterov": True, "weight_decay": 0.1}):
        tf.reset_default_graph()
        v, b = tf.Variable([3.0, -4.0], name="v"), tf.Variable([0.0, 0.0], name="b")
        op = tf.contrib.opt.LARSOptimizer(1.0, eeta=0.1, **more).minimize(tf.reduce_sum(tf.square(v + b)))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for _ in range(3):
                sess.run(op)
            out.append([sess.run([v, b]), [x.name for x in tf.global_variables()]])
    return out, refused(lambda: tf.contrib.opt.LARSOptimizer(1.0, -1.0))


def case_around_optimizers(tf):
    O = tf.contrib.opt
    averaged = trained(tf, lambda O, v, t: O.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.1), 0.5))
    clipped = trained(tf, lambda O, v, t: O.VariableClippingOptimizer(tf.train.GradientDescentOptimizer(0.1), {v: [0], t: [1]}, 0.9))
    pairs, norm = O.clip_gradients_by_global_norm([(tf.constant([3.0, 4.0]), 1), (tf.constant([12.0]), 2)], 1.0)
    with tf.Session() as sess:
        return averaged, clipped, sess.run([[g for g, _ in pairs], norm])
