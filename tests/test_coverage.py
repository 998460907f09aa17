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
    ],
)
def test_what_is_not_there_says_so_and_what_is_near(ask, words):
    with pytest.raises(AttributeError) as e:
        ask()
    assert words in str(e.value) and str(e.value).startswith("module 'tfnb")


def test_hasattr_still_works():
    assert not hasattr(tf, "nosuchthing") and not hasattr(tf.nn, "__nosuch__") and hasattr(tf, "matmul")


def test_the_table_counts(capsys):
    rows = {r.module: r for r in coverage.rows()}
    assert "matmul" in coverage.table()["tf"] and "matmul" not in rows["tf"].missing
    assert rows["tf"].there + len(rows["tf"].missing) == len(coverage.table()["tf"])
    assert rows["tf.bitwise"].there > 0
    assert main(["coverage"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == ["module", "there", "of"] and out[-1].startswith("all") and out[-1].endswith("%")
