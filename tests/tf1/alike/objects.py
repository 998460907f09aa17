"""tf.train.Checkpoint: names in the file, what is restored, and what is said of what does not fit."""

import numpy as np

from tests.tf1.alike import ramp


def names_in(tf, path):
    return [(n, s) for n, s in tf.train.list_variables(path) if not n.startswith("_")]


def edges_in(tf, path):
    """Objects that hold values, as (part, number of ours) in the order of the file; empty lists of TensorFlow's own are left out."""
    graph = tf.contrib.checkpoint.object_metadata(path)
    full = [bool(n.attributes or n.children) for n in graph.nodes]
    return [[c.local_name for c in n.children if full[c.node_id]] for n in graph.nodes if n.children or n.attributes]


def failing(call):
    try:
        call()
    except Exception as e:
        return type(e).__name__, str(e)
    return None


def network(tf):
    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__(name="net")
            self.first = tf.keras.layers.Dense(2)
            self.many = [tf.keras.layers.Dense(1)]
            self._scale = tf.Variable(1.0, name="scale")
            self.named = {"a": tf.Variable(2.0, name="a"), "b": 3}

        def call(self, x):
            return self.many[0](self.first(x)) * self._scale

    return Net()


def case_a_model_and_its_optimizer(tf):
    model, optimizer = network(tf), tf.train.AdamOptimizer(0.1)
    step = optimizer.minimize(tf.reduce_sum(model(tf.constant(ramp([2, 3])))))
    checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer, step=tf.train.get_or_create_global_step())
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        path = checkpoint.save("./folder/c", sess)
        weights = tf.trainable_variables() + [optimizer.get_slot(model.first.kernel, "m")]
        before = sess.run(weights)
        sess.run(step)
        status = checkpoint.restore(path)
        status.assert_consumed().assert_existing_objects_matched()
        status.run_restore_ops(sess)
        same = [bool(np.array_equal(a, b)) for a, b in zip(before, sess.run(weights))]
        again = checkpoint.save("./folder/c", sess)
        return path, names_in(tf, path), same, again, sess.run(checkpoint.save_counter), tf.train.latest_checkpoint("./folder")


def case_models_in_a_row(tf):
    row = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,)), tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(1)])
    row.compile("adam", "mse")
    row.fit(ramp([4, 3]), ramp([4, 1]), verbose=0)
    x = tf.keras.Input((3,))
    between = tf.keras.Model(x, tf.keras.layers.Dense(1)(x))
    layer = tf.layers.Dense(3)
    layer(tf.constant(ramp([2, 3])))
    checkpoint = tf.train.Checkpoint(row=row, optimizer=row.optimizer, between=between, layer=layer)
    session = tf.keras.backend.get_session()
    session.run([v.initializer for v in layer.variables])
    path = checkpoint.write("./models", session)
    return path, names_in(tf, path), edges_in(tf, path)


def case_what_does_not_fit(tf):
    a, b, c = (tf.Variable(v, name=n) for v, n in ((1.0, "a"), (2.0, "b"), (3.0, "c")))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Checkpoint(a=a, b=b).save("./c", sess)
        less = tf.train.Checkpoint(a=a).restore(path)
        more = tf.train.Checkpoint(a=a, b=b, c=c).restore(path)
        sess.run(tf.global_variables_initializer())
        none = tf.train.Checkpoint(a=a).restore(None)
        found = [failing(s) for s in (less.assert_consumed, less.assert_existing_objects_matched, less.assert_nontrivial_match, more.assert_consumed,
                                      more.assert_existing_objects_matched, none.assert_consumed, none.assert_existing_objects_matched, none.run_restore_ops)]
        found += [failing(lambda: tf.train.Checkpoint(a=3)), failing(lambda: tf.train.Checkpoint(a=None)),
                  failing(lambda: tf.train.Checkpoint(a=a).restore("./nothing"))]
        sess.run([a.assign(10.0), b.assign(10.0), c.assign(10.0)])
        more.initialize_or_restore(sess)
        return found, sess.run([a, b, c])


def case_names_with_odd_letters(tf):
    v = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(**{"a.b": v})
    checkpoint.list = [tf.Variable(2.0), {"x": tf.Variable(3.0), "y/z": v}]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return names_in(tf, checkpoint.write("./odd", sess))


def case_read_by_a_saver(tf):
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Checkpoint(a=v, b=w).write("./objects", sess)
        sess.run([v.assign(0.0), w.assign(0.0)])
        tf.train.Saver([v, w]).restore(sess, path)
        return sess.run([v, w])


def case_manager(tf):
    v = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(v=v)
    with tf.Session() as sess:
        sess.run(v.initializer)
        keeper = tf.train.CheckpointManager(checkpoint, "./kept", max_to_keep=2)
        before = keeper.latest_checkpoint, list(keeper.checkpoints)
        with sess.as_default():
            sess.run(checkpoint.save_counter.initializer)
            paths = [keeper.save() for _ in range(4)] + [keeper.save(checkpoint_number=77)]
        state = tf.train.get_checkpoint_state("./kept")
        taken_over = tf.train.CheckpointManager(checkpoint, "./kept", max_to_keep=2)
        return (before, paths, list(keeper.checkpoints), keeper.latest_checkpoint, taken_over.checkpoints, taken_over.latest_checkpoint,
                state.model_checkpoint_path, list(state.all_model_checkpoint_paths),
                failing(lambda: tf.train.CheckpointManager(checkpoint, "./kept", max_to_keep=0)))  # fmt: skip


def case_names_of_recurrent_weights(tf):
    K, x = tf.keras.layers, tf.constant(ramp([2, 5, 3]))
    layers = [K.LSTM(3), K.Bidirectional(K.GRU(2, reset_after=False)), K.TimeDistributed(K.Dense(2)), K.RNN([K.LSTMCell(2), K.LSTMCell(3)])]
    for layer in layers:
        layer(x)
    cells = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(2), tf.nn.rnn_cell.GRUCell(2)])
    tf.nn.dynamic_rnn(cells, x, dtype=tf.float32)
    checkpoint = tf.train.Checkpoint(cells=cells)
    checkpoint.layers = layers
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return names_in(tf, checkpoint.write("./c", sess))


def case_weights_of_a_model(tf):
    def made():
        x = tf.keras.Input((3,))
        return tf.keras.Model(x, tf.keras.layers.Dense(1)(tf.keras.layers.BatchNormalization()(tf.keras.layers.Dense(2)(x))))

    first, second = made(), made()
    first.save_weights("./folder/w")
    status = second.load_weights("./folder/w")
    status.assert_consumed()
    same = [bool(np.array_equal(a, b)) for a, b in zip(first.get_weights(), second.get_weights())]
    state = tf.train.get_checkpoint_state("./folder")
    return names_in(tf, "./folder/w"), same, state.model_checkpoint_path
