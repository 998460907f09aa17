"""CSV files that are not as they were said to be, and classes that are counted on the way."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with tf.Graph().as_default():
        yield tmp_path


def first(dataset):
    following = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        return sess.run(following)


WRONG = [("1,2", "Expect 3 fields but have 2 in record"), ("1,2,3,4", "Expect 3 fields but have more in record"),
         (",2.0,a", "Field 0 is required but missing in record!"), ("x,2.0,a", "Field 0 in record is not a valid int32: x")]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_a_row_that_does_not_fit(folder, text, words):
    (folder / "a.csv").write_text(text + "\n")
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        first(tf.data.experimental.CsvDataset("a.csv", [tf.int32, 0.0, ""]))


def test_a_field_of_two_lines(folder):
    (folder / "a.csv").write_text('1,"two\nlines"\n')
    assert first(tf.data.experimental.CsvDataset("a.csv", [tf.int64, ""])) == (1, b"two\nlines")


def test_dtypes_are_as_narrow_as_they_can_be(folder):
    (folder / "a.csv").write_text("a,b,c,d,e\n1,5000000000,1.5,1e300,x\n2,1,2,3,4\n")
    table = tf.data.experimental.make_csv_dataset("a.csv", 1, num_epochs=1)
    assert [t.name for t in table.output_types.values()] == ["int32", "int64", "float32", "float64", "string"]
    with pytest.raises(ValueError, match="label_name"):
        tf.data.experimental.make_csv_dataset("a.csv", 1, label_name="z")
    with pytest.raises(ValueError, match="No files match"):
        tf.data.experimental.make_csv_dataset("none*.csv", 1)


def test_classes_are_counted_on_the_way():
    tf.set_random_seed(3)
    kinds = np.random.RandomState(0).permutation([0] * 900 + [1] * 100)
    pairs = tf.data.Dataset.from_tensor_slices((kinds, kinds * 10)).apply(tf.data.experimental.rejection_resample(lambda kind, value: kind, [0.5, 0.5]))
    following = tf.data.make_one_shot_iterator(pairs).get_next()
    found = []
    with tf.Session() as sess, pytest.raises(tf.errors.OutOfRangeError):
        while True:
            kind, (same, value) = sess.run(following)
            assert kind == same and value == 10 * kind
            found.append(kind)
    assert 0.3 < np.mean(found) < 0.7 and sum(found) > 90


def test_a_row_too_large_for_a_sparse_batch():
    rows = tf.data.Dataset.from_tensors([1, 2, 3]).apply(tf.data.experimental.dense_to_sparse_batch(2, [2]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not compatible with row_shape"):
        first(rows)
