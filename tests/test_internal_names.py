"""TensorFlow's internal modules, as teaching scripts import them, answered by public names."""

import pytest

import tfnb as tf


@pytest.mark.parametrize(
    ("module", "name", "public"),
    [
        ("framework.ops", "reset_default_graph", "reset_default_graph"), ("framework.dtypes", "float32", "float32"),
        ("ops.variables", "Variable", "Variable"), ("ops.array_ops", "concat", "concat"), ("ops.math_ops", "reduce_sum", "reduce_sum"),
        ("platform.gfile", "Exists", "gfile.Exists"), ("platform.gfile", "FastGFile", "gfile.FastGFile"), ("util.compat", "as_bytes", "compat.as_bytes"),
        ("training.saver", "Saver", "train.Saver"), ("framework.errors", "OutOfRangeError", "errors.OutOfRangeError"),
        ("client.session", "Session", "Session"), ("layers.core", "dense", "layers.dense"),
    ],
)  # fmt: skip
def test_a_name_is_the_public_one(module, name, public):
    found, wanted = tf.python, tf
    for part in module.split("."):
        found = getattr(found, part)
    for part in public.split("."):
        wanted = getattr(wanted, part)
    assert getattr(found, name) is wanted


def test_what_is_not_there():
    assert not hasattr(tf.python, "nothing") and not hasattr(tf.python.framework.ops, "NoSuchClass")
    with pytest.raises(AttributeError, match="tfnb has no public name 'NoSuchClass' for tensorflow.python.framework.ops.NoSuchClass"):
        tf.python.framework.ops.NoSuchClass  # noqa: B018
