"""tf.keras: layers, models, losses, metrics, optimizers and files."""

import os
import tempfile

import numpy as np

rs = np.random.RandomState(0)
SEQUENCES, IMAGES, ROWS = (rs.randn(*s).astype("f") for s in ((2, 4, 3), (2, 6, 6, 3), (4, 5)))
VOLUMES = rs.randn(1, 4, 4, 4, 2).astype("f")


def ramps(model):
    values = [np.sin(np.arange(w.size) + i).reshape(w.shape) * 0.3 for i, w in enumerate(model.get_weights())]
    model.set_weights([a + (1.0 if "variance" in v.name else 0) for a, v in zip(values, model.weights)])
    return model


def looked_at(tf, layers, x):
    """For each layer: its weights, the shapes of its outputs, and some of their numbers."""
    out = []
    for layer in layers:
        inputs = tf.keras.Input(x.shape[1:], dtype=str(x.dtype))
        model = ramps(tf.keras.Model(inputs, layer(inputs)))
        found = model.predict(x)
        found = found if isinstance(found, list) else [found]
        out.append([type(layer).__name__, [w.name.split("/", 1)[1] for w in model.weights], [f.shape for f in found],
                    [[f.sum(), np.ravel(f)[:4]] for f in found]])
    return out


def case_recurrent(tf):
    L = tf.keras.layers
    return looked_at(tf, [
        L.SimpleRNN(3), L.LSTM(3), L.GRU(3), L.GRU(3, reset_after=True), L.LSTM(3, return_sequences=True, go_backwards=True),
        L.LSTM(3, unroll=True, recurrent_activation="sigmoid"), L.LSTM(3, return_state=True), L.Bidirectional(L.LSTM(3, return_sequences=True)),
        L.Bidirectional(L.GRU(2), merge_mode="sum"), L.RNN([L.LSTMCell(3), L.GRUCell(2)]), L.TimeDistributed(L.Dense(2)),
        L.GRU(3, dropout=0.3, recurrent_dropout=0.2, return_sequences=True)], SEQUENCES)


def case_masks(tf):
    L = tf.keras.layers
    ids = tf.keras.Input((4,), dtype="int32")
    e = L.Embedding(6, 3, mask_zero=True)(ids)
    model = tf.keras.Model(ids, [L.LSTM(3)(e), L.GRU(2, return_sequences=True)(e), L.Bidirectional(L.LSTM(2))(e), L.GlobalAveragePooling1D()(e)])
    x = SEQUENCES.copy()
    x[0, 2:] = 0
    inputs = tf.keras.Input((4, 3))
    other = tf.keras.Model(inputs, L.LSTM(3)(L.Masking()(inputs)))
    return ramps(model).predict(np.array([[1, 2, 0, 0], [3, 4, 5, 0]], dtype="int32")), ramps(other).predict(x)


def case_images(tf):
    L = tf.keras.layers
    return looked_at(tf, [
        L.Conv2D(4, 3, padding="same", strides=2, activation="relu"), L.Conv2D(2, 3, dilation_rate=2), L.SeparableConv2D(4, 3, depth_multiplier=2),
        L.DepthwiseConv2D(3, padding="same"), L.Conv2DTranspose(2, 3, strides=2), L.Conv2DTranspose(2, 3, strides=2, padding="same"),
        L.MaxPooling2D(), L.AveragePooling2D(3, strides=1, padding="same"), L.GlobalMaxPooling2D(), L.GlobalAveragePooling2D(), L.UpSampling2D(2),
        L.UpSampling2D(2, interpolation="bilinear"), L.ZeroPadding2D(((1, 2), (0, 1))), L.Cropping2D(1), L.BatchNormalization(), L.Flatten(),
        L.Reshape((-1, 3)), L.Permute((3, 1, 2)), L.SpatialDropout2D(0.4), L.LayerNormalization(), L.PReLU(shared_axes=[1, 2])], IMAGES)


def case_sequences_and_volumes(tf):
    L = tf.keras.layers
    return looked_at(tf, [
        L.Conv1D(4, 2), L.Conv1D(4, 2, padding="causal", dilation_rate=2), L.SeparableConv1D(3, 2), L.MaxPooling1D(2), L.AveragePooling1D(2),
        L.GlobalMaxPooling1D(), L.UpSampling1D(2), L.ZeroPadding1D(1), L.Cropping1D(1), L.BatchNormalization()], SEQUENCES), looked_at(tf, [
        L.Conv3D(2, 2), L.Conv3DTranspose(2, 2, strides=2), L.MaxPooling3D(2), L.AveragePooling3D(2), L.GlobalAveragePooling3D(),
        L.ZeroPadding3D(1), L.UpSampling3D(2)], VOLUMES)


def case_rows(tf):
    L = tf.keras.layers
    return looked_at(tf, [
        L.Dense(3, activation="tanh"), L.Dense(2, use_bias=False), L.LeakyReLU(), L.ELU(0.5), L.ThresholdedReLU(0.2), L.Softmax(),
        L.ReLU(1.0, 0.1, 0.2), L.RepeatVector(3), L.Lambda(lambda t: t**2), L.Activation("hard_sigmoid"), L.Activation("selu"),
        L.GaussianNoise(0.1), L.AlphaDropout(0.1), L.BatchNormalization(center=False, scale=False)], ROWS)


def case_merging(tf):
    L = tf.keras.layers
    a, b = tf.keras.Input((3,)), tf.keras.Input((3,))
    both = [f([a, b]) for f in (L.add, L.subtract, L.multiply, L.average, L.maximum, L.minimum, L.concatenate)]
    model = tf.keras.Model([a, b], [*both, L.dot([a, b], 1), L.dot([a, b], 1, normalize=True)])
    q, v = tf.keras.Input((4, 3)), tf.keras.Input((4, 3))
    other = tf.keras.Model([q, v], [L.Attention()([q, v]), L.AdditiveAttention(use_scale=False)([q, v]), L.Dot((2, 2))([q, v])])
    return model.predict([ROWS[:, :3], ROWS[:, 2:]]), other.predict([SEQUENCES, SEQUENCES[::-1]])


def case_two_inputs_two_outputs(tf):
    L = tf.keras.layers
    a, b = tf.keras.Input((3,), name="a"), tf.keras.Input((2,), name="b")
    h = L.Dense(4, activation="relu", name="h", kernel_regularizer=tf.keras.regularizers.l2(0.1))
    s = L.concatenate([h(a), b])
    one, two = L.Dense(1, activation="sigmoid", name="o1")(s), L.Dense(3, activation="softmax", name="o2")(tf.nn.relu(s) * 2.0)
    model = ramps(tf.keras.Model(inputs=[a, b], outputs=[one, two]))
    model.compile("sgd", {"o1": "binary_crossentropy", "o2": "categorical_crossentropy"}, loss_weights={"o1": 1.0, "o2": 0.5},
                  metrics={"o1": "accuracy", "o2": ["acc", "mse"]})
    x, y = {"a": ROWS[:, :3], "b": ROWS[:, 3:]}, {"o1": np.array([0, 1, 0, 1]), "o2": np.eye(3)[[0, 1, 2, 0]]}
    history = model.fit(x, y, epochs=2, batch_size=2, verbose=0, shuffle=False).history
    return history, model.metrics_names, model.evaluate(x, y, verbose=0), [x.name for x in model.layers if "tf_op" not in x.name]


def case_optimizers(tf):
    K, L, out = tf.keras.optimizers, tf.keras.layers, {}
    made = ["sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", K.SGD(0.1, momentum=0.9, nesterov=True),
            K.RMSprop(0.01, momentum=0.5, centered=True), K.Adam(0.01, amsgrad=True, decay=0.1, clipnorm=0.5),
            K.Ftrl(0.1, l1_regularization_strength=0.01), tf.train.AdamOptimizer(0.01),
            K.SGD(K.schedules.ExponentialDecay(0.1, 2, 0.5), clipvalue=0.2)]
    for i, optimizer in enumerate(made):
        model = ramps(tf.keras.Sequential([L.Dense(4, activation="relu", input_shape=(5,)), L.Dense(2, activation="softmax")]))
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        out[str(i)] = model.fit(ROWS, np.array([0, 1, 0, 1]), epochs=3, batch_size=2, validation_split=0.25, shuffle=False, verbose=0).history
    return out


def case_losses_and_metrics(tf):
    t, p = np.array([[0.0, 1.0], [1.0, 0.0]], "f"), np.array([[0.3, 0.7], [0.6, 0.4]], "f")
    K, out = tf.keras, {}
    for n in ("mse mae mape msle binary_crossentropy categorical_crossentropy hinge squared_hinge categorical_hinge "
              "kld poisson logcosh cosine_proximity").split():
        out[n] = K.backend.eval(K.losses.get(n)(tf.constant(t), tf.constant(p)))
    for n in "MeanSquaredError BinaryCrossentropy CategoricalCrossentropy Hinge Huber LogCosh Poisson KLDivergence CosineSimilarity".split():
        out[n] = K.backend.eval(getattr(K.losses, n)()(tf.constant(t), tf.constant(p), sample_weight=[1.0, 0.5]))
    M = K.metrics
    for m in (M.AUC(num_thresholds=5), M.Precision(), M.Recall(thresholds=[0.3, 0.65]), M.TruePositives(), M.BinaryAccuracy(), M.CategoricalAccuracy(),
              M.RootMeanSquaredError(), M.AUC(curve="PR", num_thresholds=7, name="pr"), M.SensitivityAtSpecificity(0.5)):
        update = m.update_state(t, p)
        K.backend.get_session().run(update)
        out[m.name] = K.backend.get_session().run(m.result())
    return out


def case_names(tf):
    L = tf.keras.layers
    x = tf.zeros([2, 4, 3])
    with tf.variable_scope("scope"):
        inside = L.Dense(2)
        inside(x)
    lstm, both, norm = L.LSTM(4), L.Bidirectional(L.LSTM(4)), L.BatchNormalization()
    ops = [lstm(x).op.type, both(x).shape.as_list(), norm(tf.zeros([2, 3, 5, 6])).shape.as_list(), L.Flatten()(x).name, L.Conv1D(2, 2)(x).shape.as_list()]
    inputs = tf.keras.Input((5,))
    h = L.Dense(3)(inputs)
    model = tf.keras.Model(inputs, L.concatenate([h, inputs]))
    lines = []
    model.summary(print_fn=lines.append)
    names = [v.name for layer in (inside, lstm, both, norm) for v in layer.weights]
    return ops, names, [t.name for t in (inputs, h, model.output)], lines, len(tf.trainable_variables())


def case_callbacks(tf):
    model = ramps(tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))]))
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    folder, said, C = tempfile.mkdtemp(), [], tf.keras.callbacks

    class Note(C.Callback):
        def on_epoch_end(self, epoch, logs=None):
            said.append([epoch, sorted(logs)])

        def on_batch_end(self, batch, logs=None):
            said.append([batch, sorted(logs)])

    history = model.fit(ROWS, ROWS[:, 0], epochs=6, verbose=0, validation_data=(ROWS, ROWS[:, 1]), batch_size=2, shuffle=False, callbacks=[
        Note(), C.EarlyStopping(patience=2, monitor="val_loss"), C.ModelCheckpoint(folder + "/w.{epoch:02d}.ckpt", save_weights_only=True),
        C.LearningRateScheduler(lambda e: 0.1 / (e + 1)), C.CSVLogger(folder + "/log.csv")])
    with open(folder + "/log.csv") as f:
        first = f.readline().strip()
    return said, history.history, first, os.path.basename(tf.train.latest_checkpoint(folder))


def case_files(tf):
    L, folder = tf.keras.layers, tempfile.mkdtemp()
    model = ramps(tf.keras.Sequential([L.Dense(3, activation="relu", input_shape=(5,)), L.BatchNormalization(), L.Dropout(0.2), L.Dense(2)]))
    model.compile("adam", "mse", metrics=["mae"])
    want = model.predict(ROWS)
    model.save(folder + "/m.keras")
    model.save_weights(folder + "/w")
    model.save_weights(folder + "/w.keras")
    models = tf.keras.models
    whole, plain, cloned = models.load_model(folder + "/m.keras"), models.model_from_json(model.to_json()), models.clone_model(model)
    plain.load_weights(folder + "/w")
    cloned.load_weights(folder + "/w.keras")
    same = [bool(np.allclose(m.predict(ROWS), want)) for m in (whole, plain, cloned)]
    return want, same, whole.evaluate(ROWS, ROWS[:, :2], verbose=0)


def case_two_players(tf):
    """A discriminator that is frozen within a second model, trained by turns."""
    L = tf.keras.layers
    g = tf.keras.Sequential([L.Dense(3, input_shape=(2,)), L.BatchNormalization()])
    d = tf.keras.Sequential([L.Dense(4, input_shape=(3,)), L.BatchNormalization(), L.Dense(1, activation="sigmoid")])
    d.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    d.trainable = False
    z = tf.keras.Input((2,))
    both = ramps(tf.keras.Model(z, d(g(z))))
    both.compile("adam", "binary_crossentropy")
    out = []
    for _ in range(2):
        made = g.predict(ROWS[:, :2])
        out += [d.train_on_batch(ROWS[:, :3], np.ones((4, 1))), d.train_on_batch(made, np.zeros((4, 1))), both.train_on_batch(ROWS[:, :2], np.ones((4, 1)))]
    return out, len(both.trainable_weights), len(d.trainable_weights), len(both.weights)


def case_own_layer_loss_and_state(tf):
    K, L = tf.keras.backend, tf.keras.layers

    class Linear(L.Layer):
        def __init__(self, units, **more):
            super().__init__(**more)
            self.units = units

        def build(self, shape):
            self.w = self.add_weight(name="w", shape=(shape[-1], self.units), initializer="ones", trainable=True)
            super().build(shape)

        def call(self, x):
            return tf.matmul(x, self.w)

        def get_config(self):
            config = super().get_config()
            config.update(units=self.units)
            return config

    model = ramps(tf.keras.Sequential([Linear(3, input_shape=(5,), name="lin"), L.Dense(1)]))
    model.compile("adam", lambda t, p: K.mean(K.square(t - p), axis=-1), metrics=[tf.keras.metrics.MeanAbsoluteError(), "mape"])
    history = model.fit(ROWS, ROWS[:, 0], epochs=2, verbose=0).history
    copy = tf.keras.Sequential.from_config(model.get_config(), custom_objects={"Linear": Linear})
    batch = [model.train_on_batch(ROWS, ROWS[:, 0]), model.test_on_batch(ROWS, ROWS[:, 0])]
    kept = ramps(tf.keras.Sequential([L.LSTM(2, stateful=True, batch_input_shape=(2, 4, 3))]))
    runs = [kept.predict(SEQUENCES), kept.predict(SEQUENCES)]
    kept.reset_states()
    return history, batch, copy.layers[0].units, model.metrics_names, [w.name for w in model.weights], runs, kept.predict(SEQUENCES)


def case_data_sets_and_weights(tf):
    data = tf.data.Dataset.from_tensor_slices((ROWS, ROWS[:, :1])).batch(2)
    model = ramps(tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))]))
    model.compile("sgd", "mse")
    losses = [model.fit(data.repeat(), epochs=2, steps_per_epoch=2, verbose=0).history["loss"], model.evaluate(data, steps=2, verbose=0),
              model.predict(data, steps=2), model.fit(ROWS, ROWS[:, :1], verbose=0, sample_weight=np.array([1.0, 2.0, 0.0, 1.0])).history["loss"]]
    late = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="softmax")])
    late.compile("sgd", "sparse_categorical_crossentropy", ["acc"])
    found = late.fit(ROWS, np.array([0, 1, 2, 0]), verbose=0, class_weight={0: 1.0, 1: 2.0, 2: 0.5})
    return losses, sorted(found.history), [w.name for w in late.weights]
