"""Sessions with hooks, and the coordinator."""

import threading

import pytest

import tfnb as tf


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        yield g


def training():
    step = tf.train.get_or_create_global_step()
    v = tf.Variable(0.0, name="v")
    loss = (v - 3.0) ** 2
    return tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step), step, loss


class Watch(tf.train.SessionRunHook):
    def __init__(self, tensor):
        self.tensor, self.said = tensor, []

    def begin(self):
        self.said.append("begin")

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self.tensor)

    def after_run(self, run_context, run_values):
        self.said.append(round(float(run_values.results), 4))

    def end(self, session):
        self.said.append("end")


def test_hooks_see_each_run_and_stop_it(graph):
    train, _, loss = training()
    watch = Watch(loss)
    with tf.train.MonitoredSession(hooks=[watch, tf.train.StopAtStepHook(last_step=3)]) as sess:
        while not sess.should_stop():
            sess.run(train)
    assert watch.said == ["begin", 9.0, 5.76, 3.6864, "end"]


def test_training_goes_on_from_the_checkpoint(tmp_path):
    for last in (2, 5):
        with tf.Graph().as_default():
            train, step, _ = training()
            hooks = [tf.train.StopAtStepHook(last_step=last)]
            with tf.train.MonitoredTrainingSession(checkpoint_dir=str(tmp_path), hooks=hooks) as sess:
                first = sess.run(step)
                while not sess.should_stop():
                    sess.run(train)
    assert first == 2
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("model.ckpt-5")


def test_the_end_of_the_data_ends_the_block(graph):
    v = tf.Variable(0)
    count = v.count_up_to(2)
    runs = 0
    with tf.train.MonitoredSession() as sess:
        while True:
            sess.run(count)
            runs += 1
    assert runs == 2


def test_the_graph_is_closed(graph):
    training()
    with (
        pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified."),
        tf.train.MonitoredSession(),
    ):
        tf.constant(1)


def test_nan_loss_stops(graph):
    x = tf.placeholder(tf.float32, [])
    hook = tf.train.NanTensorHook(x)
    with pytest.raises(tf.train.NanLossDuringTrainingError), tf.train.MonitoredSession(hooks=[hook]) as sess:
        sess.run(x, {x: float("nan")})


def test_coordinator_hands_on_a_threads_error():
    coord = tf.train.Coordinator()

    def work():
        with coord.stop_on_exception():
            raise KeyError("broken")

    thread = threading.Thread(target=work)
    thread.start()
    with pytest.raises(KeyError):
        coord.join([thread])
    assert coord.should_stop()
