"""Files of Keras models: what a name promises, and that what is written is read back."""

import importlib.util

import numpy as np
import pytest

import tfnb as tf

HDF5 = b"\x89HDF\r\n\x1a\n"
has_h5py = importlib.util.find_spec("h5py") is not None


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.keras.backend.clear_session()
    made = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="relu", input_shape=(2,)), tf.keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    yield made
    tf.keras.backend.clear_session()


SAVES = {
    "save m.h5": ("save_model", lambda m: m.save("m.h5")),
    "save m.hdf5": ("save_model", lambda m: tf.keras.models.save_model(m, "new/m.hdf5")),
    "save_weights w.h5": ("save_weights", lambda m: m.save_weights("w.h5")),
    "save_weights h5": ("save_weights", lambda m: m.save_weights("w", save_format="h5")),
    "ModelCheckpoint": ("save_model", lambda m: m.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[tf.keras.callbacks.ModelCheckpoint("c.h5")])),
}


@pytest.mark.skipif(has_h5py, reason="h5py is here")
@pytest.mark.parametrize("save", SAVES)
def test_without_h5py_nothing_is_written_under_a_name_of_hdf5(model, save, tmp_path):
    function, run = SAVES[save]
    with pytest.raises(ImportError, match=f"`{function}` requires h5py") as e:
        run(model)
    assert "pip install h5py" in e.value.hint and ".keras'" in e.value.hint
    assert not [p for p in tmp_path.rglob("*") if p.is_file()] and not (tmp_path / "new").exists()


@pytest.mark.skipif(not has_h5py, reason="h5py is not here")
@pytest.mark.parametrize("save", SAVES)
def test_with_h5py_the_file_is_hdf5(model, save, tmp_path):
    SAVES[save][1](model)
    assert all(p.read_bytes()[:8] == HDF5 for p in tmp_path.rglob("*") if p.is_file())


@pytest.mark.parametrize("name", ["m.keras", "m", *(["m.h5"] if has_h5py else [])])
def test_what_is_written_is_read_back(model, name):
    x = np.random.default_rng(0).normal(size=(4, 2)).astype("f")
    want = model.predict(x)
    model.save(name)
    np.testing.assert_array_equal(tf.keras.models.load_model(name).predict(x), want)


def test_weights_of_a_checkpoint_reach_layers_that_are_built_later(tmp_path):
    def made():
        return tf.keras.Sequential([tf.keras.layers.Dense(2), tf.keras.layers.Dense(1)])

    with tf.contrib.eager.eager_mode():
        first, second, x = made(), made(), tf.ones([2, 3])
        y = first(x).numpy()
        first.save_weights(str(tmp_path / "w"))
        status = second.load_weights(str(tmp_path / "w"))
        with pytest.raises(AssertionError):
            status.assert_consumed()
        assert second(x).numpy().tolist() == y.tolist()
        status.assert_consumed()
        with pytest.raises(NotImplementedError, match="by_name=True"):
            second.load_weights(str(tmp_path / "w"), by_name=True)
        with pytest.raises(tf.errors.NotFoundError):
            second.load_weights(str(tmp_path / "nothing"))
