"""Keras's models in eager mode and in a graph give the same; what is wrong is said."""

import numpy as np
import pytest

import tfnb as tf
from tests.tf1.alike.keras import ROWS, ramps
from tfnb.engine.eager import eager_mode

L = tf.keras.layers


@pytest.fixture(autouse=True)
def fresh():
    tf.keras.backend.clear_session()


def small():
    model = ramps(tf.keras.Sequential([L.Dense(4, activation="relu", input_shape=(5,)), L.BatchNormalization(), L.Dense(3, activation="softmax")]))
    model.compile(tf.keras.optimizers.SGD(0.1, momentum=0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained():
    model = small()
    history = model.fit(ROWS, np.array([0, 1, 2, 0]), epochs=3, verbose=0, batch_size=2, shuffle=False).history
    return history, model.predict(ROWS), [v.name for v in model.weights]


def test_eager_training_is_that_of_a_graph():
    history, predictions, names = trained()
    with eager_mode():
        tf.keras.backend.clear_session()
        other, found, eager_names = trained()
    assert names == eager_names and sorted(history) == sorted(other)
    for k in history:
        np.testing.assert_allclose(history[k], other[k], rtol=1e-5)
    np.testing.assert_allclose(predictions, found, rtol=1e-5)


def test_a_loop_of_ones_own_and_a_traced_step():
    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = L.Dense(3), L.Dense(1, kernel_regularizer=tf.keras.regularizers.l2(0.1))

        def call(self, x):
            return self.out(self.hidden(x))

    with eager_mode():
        model, optimizer, x = Net(), tf.keras.optimizers.RMSprop(0.01), tf.constant(ROWS)
        assert model(x).shape == (4, 1) and len(model.losses) == 1

        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x) ** 2)
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True))
            return loss

        losses = [step(x).numpy() for _ in range(5)]
    assert losses == sorted(losses, reverse=True) and int(optimizer.iterations.numpy()) == 5


@pytest.mark.parametrize(
    "act, words",
    [
        (lambda m: m.fit(ROWS[:, :3], np.zeros(4), verbose=0), "expected dense_input to have shape"),
        (lambda m: m.get_layer("none"), "No such layer: none"),
        (lambda m: m.set_weights([np.zeros(2)]), "with a  weight list of length 1"),
        (lambda m: tf.keras.models.Sequential([L.Dense(2)]).count_params(), "isn't built"),
        (lambda m: L.Dense(2)(tf.placeholder(tf.float32, [2, None])), "last dimension"),
        (lambda m: L.LSTM(2)(tf.zeros([2, 3])), "expected ndim=3, found ndim=2"),
        (lambda m: L.Activation("nothing"), "Unknown activation function:nothing"),
        (lambda m: tf.keras.models.Sequential([L.Dense(1, input_shape=(5,))]).fit(ROWS, ROWS), "You must compile your model"),
    ],
)
def test_what_is_wrong_is_said(act, words):
    with pytest.raises((ValueError, RuntimeError)) as e:
        act(small())
    assert words in str(e.value)


def test_data_sets_are_not_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="tfnb downloads nothing"):
        tf.keras.datasets.cifar10.load_data()
    folder = tmp_path / ".keras" / "datasets"
    folder.mkdir(parents=True)
    np.savez(folder / "boston_housing.npz", x=np.arange(130.0).reshape(10, 13), y=np.arange(10.0))
    (x, y), (x_test, y_test) = tf.keras.datasets.boston_housing.load_data()
    assert x.shape == (8, 13) and sorted([*y, *y_test]) == list(range(10))


def test_an_estimator_of_a_model(tmp_path):
    model = tf.keras.Sequential([L.Dense(1, input_shape=(5,), name="d")])
    model.compile("sgd", "mse", metrics=["mae"])
    made = tf.keras.estimator.model_to_estimator(model, model_dir=str(tmp_path))
    data = tf.estimator.inputs.numpy_input_fn({"d_input": ROWS}, ROWS[:, :1], batch_size=2, num_epochs=None, shuffle=False)
    made.train(data, steps=20)
    found = made.evaluate(data, steps=2)
    assert found["global_step"] == 20 and set(found) == {"loss", "mean_absolute_error", "global_step"}
