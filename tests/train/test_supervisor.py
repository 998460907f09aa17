"""Supervisor, clusters of one process, and what puts variables on tasks."""

import os

import pytest

import tfnb as tf


def program(logdir, steps):
    with tf.Graph().as_default():
        step = tf.train.create_global_step()
        v = tf.get_variable("v", [], initializer=tf.zeros_initializer())
        loss = tf.square(v - 3.0)
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
        tf.summary.scalar("loss", loss)
        sv = tf.train.Supervisor(logdir=logdir, global_step=step, save_model_secs=0, save_summaries_secs=60)
        with sv.managed_session() as sess:
            begun = sess.run(step)
            while not sv.should_stop() and sess.run(step) < steps:
                sess.run(train)
            sv.saver.save(sess, sv.save_path, global_step=step)
            return begun, sess.run(v)


def test_a_training_is_taken_up_where_it_was_left(tmp_path):
    begun, v = program(str(tmp_path), 3)
    assert begun == 0 and abs(v - 1.464) < 1e-5
    begun, v = program(str(tmp_path), 5)
    assert begun == 3 and abs(v - 2.01696) < 1e-5
    assert any(name.startswith("events") for name in os.listdir(tmp_path)) and tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-5")


def test_the_end_of_an_input_is_no_error(tmp_path):
    with tf.Graph().as_default():
        queue = tf.train.limit_epochs(tf.constant([1.0]), num_epochs=2)
        sv = tf.train.Supervisor(logdir=None)
        with sv.managed_session() as sess:
            while not sv.should_stop():
                sess.run(queue)
        assert sv.should_stop()


def test_a_cluster_of_one_process():
    cluster = tf.train.ClusterSpec({"ps": ["a:1"], "worker": ["b:1", "c:1"]})
    assert cluster.jobs == ["ps", "worker"] and cluster.task_address("worker", 1) == "c:1" and cluster.as_dict()["ps"] == ["a:1"]
    server = tf.train.Server(cluster, "worker", 1)
    assert server.target == "grpc://c:1"
    with tf.Session(server.target) as sess:
        assert sess.run(tf.constant(3)) == 3
    with pytest.raises(RuntimeError, match="would wait for ever"):
        server.join()
    with pytest.raises(ValueError, match="No such job"):
        cluster.num_tasks("none")


def test_variables_take_turns_on_tasks():
    setter = tf.train.replica_device_setter(cluster=tf.train.ClusterSpec({"ps": ["a:1", "b:1"], "worker": ["c:1"]}), worker_device="/job:worker/task:0")
    with tf.Graph().as_default(), tf.device(setter):
        v, w = tf.Variable(1.0), tf.Variable(2.0)
        y = v + w
        assert (v.device, w.device, y.device) == ("/job:ps/task:0", "/job:ps/task:1", "/job:worker/task:0")
