"""What is not there answers well."""

import pytest

import tfnb as tf
from tfnb import coverage
from tfnb.cli import main


@pytest.mark.parametrize(
    "ask, words",
    [
        (lambda: tf.quantized_concat, "TensorFlow 1.15 has tf.quantized_concat, tfnb has not"),
        (lambda: tf.nn.quantized_relu_x, "TensorFlow 1.15 has tf.nn.quantized_relu_x, tfnb has not"),
        (lambda: tf.softmax, "Near: tf.nn.softmax"),
        (lambda: tf.matmull, "Near: tf.matmul"),
        (lambda: tf.nn.sofmax, "tf.nn.softmax"),
        (lambda: tf.lite, "TensorFlow 1.15 has tf.lite, tfnb has not: it converts models for phones"),
        (lambda: tf.losses.nothing_cross_entropy, "tf.losses.softmax_cross_entropy"),
        (lambda: tf.keras.layers.ConvLSTM2D, "TensorFlow 1.15 has tf.keras.layers.ConvLSTM2D, tfnb has not"),
        (lambda: tf.saved_model.signature_constants.PREDICT_METHOD, "PREDICT_METHOD_NAME"),
        (lambda: tf.contrib.layers.fully_conected, "tf.contrib.layers.fully_connected"),
        (lambda: tf.mul, "It was in TensorFlow before 1.0; from then on it is tf.multiply"),
        (lambda: tf.train.SummaryWriter, "tf.summary.FileWriter"),
    ],
)
def test_what_is_not_there_says_so_and_what_is_near(ask, words):
    with pytest.raises(AttributeError) as e:
        ask()
    assert words in str(e.value) and str(e.value).startswith("module 'tfnb")


def test_reasons_are_of_names_that_tensorflow_has():
    for name in coverage.reasons():
        assert coverage.is_known(name) or name.startswith("tf.contrib."), name
    assert coverage.reason("tf.lite.constants.FLOAT") == coverage.reason("tf.lite")


def test_what_is_there_in_part_is_counted():
    row = {r.module: r for r in coverage.rows()}["tf.train"]
    assert "Server" in row.partly and "Server" not in row.missing
    assert any("Server: one process" in line for line in coverage.report(missing=True).splitlines())


def test_hasattr_still_works():
    assert not hasattr(tf, "nosuchthing") and not hasattr(tf.nn, "__nosuch__") and hasattr(tf, "matmul")


def test_the_table_counts(capsys):
    rows = {r.module: r for r in coverage.rows()}
    assert "matmul" in coverage.table()["tf"] and "matmul" not in rows["tf"].missing
    assert rows["tf"].there + len(rows["tf"].missing) == len(coverage.table()["tf"])
    assert rows["tf.bitwise"].there > 0
    assert main(["coverage"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["module", "there", "partly", "of"] and out[-1].startswith("all") and out[-1].endswith("%")
