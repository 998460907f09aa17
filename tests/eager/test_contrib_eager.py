"""tf.contrib.eager's Iterator and Saver."""

import pytest

import tfnb as tf


def test_an_iterator_ends_as_its_caller_asks():
    tfe = tf.contrib.eager
    with tfe.eager_mode():
        numbers = tfe.Iterator(tf.data.Dataset.range(2))
        assert (next(numbers).numpy(), numbers.get_next().numpy()) == (0, 1)
        with pytest.raises(StopIteration):
            numbers.next()
        with pytest.raises(tf.errors.OutOfRangeError):
            numbers.get_next()
        assert (numbers.output_types, numbers.output_shapes.as_list()) == (tf.int64, [])
    with pytest.raises(RuntimeError):
        tfe.Iterator(tf.data.Dataset.range(2))


def test_a_saver_s_file_is_a_checkpoint_of_names(tmp_path):
    tfe = tf.contrib.eager
    with tfe.eager_mode():
        a, b = tfe.Variable(1.0, name="a"), tfe.Variable([2, 3], name="b")
        path = tfe.Saver([a, b]).save(str(tmp_path / "folder" / "m"), global_step=tf.constant(5))
        assert path.endswith("m-5") and tf.train.list_variables(path) == [("a", []), ("b", [2])]
        with pytest.raises(ValueError, match="same name: a"):
            tfe.Saver([a, tfe.Variable(1.0, name="a")])
        with pytest.raises(tf.errors.NotFoundError):
            tfe.Saver([tfe.Variable(1.0, name="c")]).restore(path)
    with pytest.raises(RuntimeError):
        tfe.Saver([tf.Variable(1.0)])
