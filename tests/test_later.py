"""Names that came late, settings that are kept, and strategies that are one device."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.eager import eager_mode


def test_switches_change_nothing():
    tf.disable_v2_behavior()
    tf.disable_control_flow_v2()
    assert tf.control_flow_v2_enabled() is False
    assert isinstance(tf.TensorShape([2])[0], tf.Dimension)


def test_settings_are_kept():
    tf.config.threading.set_inter_op_parallelism_threads(3)
    assert tf.config.threading.get_inter_op_parallelism_threads() == 3
    tf.config.threading.set_inter_op_parallelism_threads(0)
    assert tf.config.experimental.list_physical_devices("CPU")[0].device_type == "CPU"


def test_bytes_survive():
    with tf.Session() as sess:
        x = np.arange(6, dtype=np.float32).reshape(2, 3)
        y = tf.parse_tensor(tf.serialize_tensor(tf.constant(x)), tf.float32)
        np.testing.assert_array_equal(sess.run(y), x)


def test_numerics_are_checked():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        y = tf.log(x)
        check = tf.add_check_numerics_ops()
        assert sess.run([y, check], {x: 1.0})[0] == 0
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run([y, check], {x: -1.0})


def test_modules_know_their_variables():
    class Inner(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(1.0)

    class Outer(tf.Module):
        def __init__(self):
            super().__init__(name="outer")
            self.parts, self.b = [Inner(), Inner()], tf.Variable(1.0, trainable=False)

    with eager_mode():
        m = Outer()
        assert len(m.variables) == 3 and len(m.trainable_variables) == 2 and len(m.submodules) == 2


def test_a_strategy_is_one_device():
    strategy = tf.distribute.MirroredStrategy(devices=["/gpu:0", "/gpu:1"])
    with tf.Graph().as_default(), tf.Session() as sess, strategy.scope():
        assert tf.distribute.get_strategy() is strategy and strategy.num_replicas_in_sync == 1
        y = strategy.experimental_run_v2(lambda x: x + 1, (tf.constant([1.0, 2.0]),))
        assert sess.run(strategy.reduce(tf.distribute.ReduceOp.SUM, y, axis=0)) == 5
    assert not tf.distribute.has_strategy()


def test_a_frozen_graph_from_the_tool(tmp_path):
    from tfnb.tools import freeze_graph

    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as sess:
        x = tf.placeholder(tf.float32, [None], name="x")
        tf.multiply(x, tf.get_variable("w", [], initializer=tf.constant_initializer(3.0)), name="y")
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "m"))
        tf.train.write_graph(graph.as_graph_def(), str(tmp_path), "g.pb", as_text=False)
    freeze_graph(str(tmp_path / "g.pb"), "", True, path, "y", "", "", str(tmp_path / "frozen.pb"), True, "")
    definition = tf.GraphDef()
    definition.ParseFromString((tmp_path / "frozen.pb").read_bytes())
    with tf.Graph().as_default(), tf.Session() as sess:
        (y,) = tf.import_graph_def(definition, return_elements=["y:0"], name="")
        assert sess.run(y, {"x:0": [2.0]}).tolist() == [6.0]
