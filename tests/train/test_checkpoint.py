"""Checkpoint: deferred values in eager mode, files that TensorFlow wrote, state that is no variable."""

import gc
import os

import numpy as np
import pytest

import tfnb as tf
from tfnb.core import tracking

DATA = os.path.join(os.path.dirname(__file__), os.pardir, "tf1", "data")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    tf.reset_default_graph()
    tf.keras.backend.clear_session()
    yield tmp_path
    del tracking.waiting[:]


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = tf.keras.layers.Dense(2)
        self.rest = [tf.keras.layers.Dense(1)]

    def call(self, x):
        return self.rest[0](self.inner(x))


def trained(optimizer):
    net, x = Net(), tf.constant(np.ones([4, 3], np.float32))
    for _ in range(3):
        optimizer.minimize(lambda: tf.reduce_sum(net(x) ** 2), var_list=lambda: net.trainable_variables)
    return net


@pytest.mark.parametrize("make", [lambda: tf.train.AdamOptimizer(0.1), lambda: tf.keras.optimizers.Adam(0.1)], ids=["tf", "keras"])
def test_values_reach_variables_and_slots_that_are_made_after_the_restore(make):
    with tf.contrib.eager.eager_mode():
        optimizer = make()
        net = trained(optimizer)
        path = tf.train.Checkpoint(net=net, optimizer=optimizer).save("./c")
        fresh, second = Net(), make()
        status = tf.train.Checkpoint(net=fresh, optimizer=second).restore(path)
        with pytest.raises(AssertionError, match="Unresolved object in checkpoint"):
            status.assert_consumed()
        x = tf.constant(np.ones([4, 3], np.float32))
        np.testing.assert_array_equal(fresh(x).numpy(), net(x).numpy())
        for o, n in ((optimizer, net), (second, fresh)):
            o.minimize(lambda n=n: tf.reduce_sum(n(x) ** 2), var_list=lambda n=n: n.trainable_variables)
        status.assert_consumed()
        np.testing.assert_array_equal(fresh.inner.kernel.numpy(), net.inner.kernel.numpy())
        np.testing.assert_array_equal(second.get_slot(fresh.inner.kernel, "m").numpy(), optimizer.get_slot(net.inner.kernel, "m").numpy())


def test_an_object_that_is_put_in_later_gets_its_value():
    with tf.contrib.eager.eager_mode():
        path = tf.train.Checkpoint(v=tf.Variable(7.0), n=tf.Variable(1.0)).write("./c")
        checkpoint = tf.train.Checkpoint()
        checkpoint.restore(path)
        checkpoint.v = tf.Variable(0.0)
        assert checkpoint.v.numpy() == 7.0
        kept = tracking.waiting[:]
        del checkpoint, kept
        gc.collect()
        tracking.grown()
        assert not tracking.waiting  # nobody waits for an object that is gone


def test_a_module_and_its_parts():
    class Line(tf.Module):
        def __init__(self):
            super().__init__()
            self.w, self.parts = tf.Variable(2.0), {"b": tf.Variable(3.0)}

    with tf.contrib.eager.eager_mode():
        line = Line()
        path = tf.train.Checkpoint(line=line).save("./c")
        assert [n for n, _ in tf.train.list_variables(path)][1:3] == [f"line/{n}/.ATTRIBUTES/VARIABLE_VALUE" for n in ("parts/b", "w")]
        line.w.assign(0.0)
        line.parts["b"].assign(0.0)
        tf.train.Checkpoint(line=line).restore(path).assert_consumed()
        assert (line.w.numpy(), line.parts["b"].numpy()) == (2.0, 3.0)


def test_a_value_that_does_not_fit_is_refused():
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Checkpoint(v=v).write("./c", sess)
        with pytest.raises(ValueError, match="incompatible"):
            tf.train.Checkpoint(v=tf.Variable(1.0)).restore(path)
        u = tf.Variable(1.0)
        sess.run(u.initializer)
        tf.train.Checkpoint(v=u).write("./d", sess)
        with pytest.raises(tf.errors.InvalidArgumentError, match="expected dtype int32 does not equal original dtype float"):
            tf.train.Checkpoint(v=w).restore("./d").run_restore_ops(sess)


def test_a_saver_s_file_by_the_names_of_variables():
    v = tf.Variable(3.0, name="v")
    with tf.Session() as sess:
        sess.run(v.initializer)
        path = tf.train.Saver().save(sess, "./s")
        sess.run(v.assign(0.0))
        checkpoint = tf.train.Checkpoint(any_name=v)
        checkpoint.restore(path).assert_consumed().run_restore_ops(sess)
        assert sess.run(v) == 3.0
        other = tf.train.Checkpoint(v=tf.Variable(1.0, name="other"))
        with pytest.raises(AssertionError, match="not found"):
            other.restore(path).assert_consumed()
        with pytest.raises(AssertionError, match="Nothing except the root"):
            other.restore(path).assert_nontrivial_match()


def test_one_in_so_many_hours_is_kept(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    with tf.contrib.eager.eager_mode():
        keeper = tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable(1.0)), "kept", max_to_keep=1, keep_checkpoint_every_n_hours=1)
        for _ in range(4):
            clock[0] += 1800
            keeper.save()
    assert sorted(f for f in os.listdir("kept") if f.endswith("index")) == ["ckpt-2.index", "ckpt-4.index"]
    assert keeper.checkpoints == ["kept/ckpt-4"]


def test_a_file_that_tensorflow_wrote_is_read():
    """A network of two layers and its Adam, trained for three steps by TensorFlow 1.15.5 in eager mode."""
    with tf.contrib.eager.eager_mode():
        net, optimizer = Net(), tf.train.AdamOptimizer(0.1)
        status = tf.train.Checkpoint(net=net, optimizer=optimizer).restore(os.path.join(DATA, "objects", "c-1"))
        x = tf.constant(np.ones([4, 3], np.float32))
        y = net(x)
        optimizer.minimize(lambda: tf.reduce_sum(net(x) ** 2))
        status.assert_consumed()
        known = np.load(os.path.join(DATA, "objects", "outputs.npz"))
        np.testing.assert_allclose(y.numpy(), known["before"], rtol=1e-5)
        np.testing.assert_allclose(net(x).numpy(), known["after"], rtol=1e-5)
