"""tf.contrib.training and slim.learning: gradients on their way, train_op, evaluation, buckets.

The losses are powers of e: the gradient needs the loss, so TensorFlow cannot read the variable again after the step.
"""

import os
import tempfile

import numpy as np

from tests.tf1.alike.ops import refused


def case_train_op(tf):
    out = []
    for T in (tf.contrib.training, tf.contrib.slim.learning):
        tf.reset_default_graph()
        v, w = tf.Variable([3.0, 4.0], name="v"), tf.Variable(1.0, name="w")
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign(w, 2.0))
        more = {"transform_grads_fn": tf.contrib.training.clip_gradient_norms_fn(1.0)} if T is tf.contrib.training else {
            "clip_gradient_norm": 1.0, "gradient_multipliers": {"v": 3.0}}  # fmt: skip
        op = T.create_train_op(tf.exp(tf.reduce_sum(v) / 5.0), tf.train.GradientDescentOptimizer(0.1), variables_to_train=[v], summarize_gradients=True, **more)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            out.append([sess.run(op), sess.run([v, w, tf.train.get_global_step()]), op.name, [t.name for t in tf.get_collection(tf.GraphKeys.TRAIN_OP)]])
            out.append([s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)])
    return out


def case_gradients_multiplied(tf):
    T, v = tf.contrib.training, tf.Variable([3.0, 4.0], name="v")
    rows = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([1]), tf.constant([2, 2]))
    [(g, _)] = T.multiply_gradients([(tf.constant([1.0, 2.0]), v)], {v: 0.5})
    [(s, _)] = T.multiply_gradients([(rows, v)], {"v": 3.0})
    with tf.Session() as sess:
        return sess.run([g, s.values]), refused(lambda: T.multiply_gradients((), {v: 1})), refused(lambda: T.multiply_gradients([], {})), refused(
            lambda: T.multiply_gradients([(None, v)], {v: 1.0})), refused(lambda: T.multiply_gradients([], [1]))  # fmt: skip


def case_a_loss_that_is_no_number(tf):
    v = tf.Variable(0.0)
    op = tf.contrib.training.create_train_op(v / v, tf.train.GradientDescentOptimizer(0.1))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return refused(lambda: sess.run(op))[0]


def case_trained_and_evaluated(tf):
    T, logs = tf.contrib.training, tempfile.mkdtemp()
    v = tf.Variable(3.0, name="v")
    op = T.create_train_op(tf.exp(v), tf.train.GradientDescentOptimizer(0.1))
    loss = T.train(op, logs, hooks=[tf.train.StopAtStepHook(4)], save_summaries_steps=None)
    tf.reset_default_graph()
    v, step = tf.Variable(0.0, name="v"), tf.train.get_or_create_global_step()
    mean, update = tf.metrics.mean(v)
    count = T.get_or_create_eval_step()
    path = tf.train.latest_checkpoint(logs)
    once = T.evaluate_once(path, eval_ops=[update], final_ops={"mean": mean, "step": step, "evals": count}, hooks=[T.StopAfterNEvalsHook(3)])
    return loss, once, count.name, os.path.basename(path), refused(lambda: T.train(op, None))


def case_evaluated_for_each_checkpoint(tf):
    T, v = tf.contrib.training, tf.Variable(0.0, name="v")
    saver, paths, logs = tf.train.Saver(), [], tempfile.mkdtemp()
    with tf.Session() as sess:
        for i in range(2):
            v.load(float(i), sess)
            paths.append(saver.save(sess, os.path.join(logs, "model"), i))
    tf.reset_default_graph()
    v = tf.Variable(5.0, name="v")
    results = [T.evaluate_repeatedly(logs, eval_ops=tf.no_op(), final_ops=v * 2, hooks=[T.StopAfterNEvalsHook(2)], max_number_of_evaluations=1),
               os.path.basename(T.wait_for_new_checkpoint(logs, paths[0]))]  # fmt: skip
    return results


def case_values_parsed(tf):
    T = tf.contrib.training
    return T.parse_values("a=1,b=[0.5,2],c=text", {"a": int, "b": float, "c": str}), refused(lambda: T.parse_values("d=1", {}))


def case_buckets_of_lengths(tf):
    n = tf.train.range_input_producer(12, shuffle=False, num_epochs=1).dequeue()
    lengths, found = tf.contrib.training.bucket_by_sequence_length(n, {"ones": tf.ones([n]), "n": n * 10}, 2, [3, 8], dynamic_pad=True,
                                                                   shapes=[[], [None]])  # fmt: skip
    shapes = [str(t.shape) for t in (lengths, found["n"], found["ones"])]
    out = {}
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        try:
            while True:
                some = sess.run([lengths, found["n"], found["ones"]])
                out[str(some[0].tolist())] = [some[1], some[2]]
        except tf.errors.OutOfRangeError:
            coord.request_stop()
        coord.join(threads)
    return out, shapes, refused(lambda: tf.contrib.training.bucket_by_sequence_length(n, [n], 2, [])), refused(
        lambda: tf.contrib.training.bucket_by_sequence_length(n, [n], 2, [3, 2])), np.float32(1)  # fmt: skip
