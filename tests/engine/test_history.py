"""A training is gone back over, to the last bit, and gone on with from any of its runs."""

import numpy as np
import pytest

import tfnb as tf
from tfnb import datasets
from tfnb.engine.history import History

DEVICES = ["cpu:numpy", pytest.param("cpu:jax", marks=pytest.mark.jax)]


@pytest.fixture(params=DEVICES)
def sess(request):
    if request.param != "cpu:numpy":
        pytest.importorskip("jax")
    with tf.Graph().as_default(), tf.Session(device=request.param) as session:
        yield session


def lesson_02():
    """The network and the training of lesson 02, with dropout, so that random state matters, too."""
    tf.set_random_seed(1)
    images = tf.placeholder(tf.float32, [None, 64], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")

    def layer(inputs, units, name):
        with tf.variable_scope(name):
            weights = tf.get_variable("weights", [inputs.shape[1], units])
            biases = tf.get_variable("biases", [units], initializer=tf.zeros_initializer())
            return tf.matmul(inputs, weights) + biases

    hidden = tf.nn.dropout(tf.nn.relu(layer(images, 64, "hidden")), 0.9)
    logits = layer(hidden, 10, "output")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss")
    step = tf.train.get_or_create_global_step()
    train = tf.train.AdamOptimizer(0.01).minimize(loss, global_step=step)
    return images, labels, loss, step, train


def bits(sess):
    return {k: (np.asarray(v).tobytes(), sess._blocks.get(k)) for k, v in sess._values.items()}, dict(sess._blocks)


@pytest.mark.parametrize("keep_bytes", [256 << 20, 2 << 20])
def test_back_over_three_epochs_of_lesson_02(sess, keep_bytes):
    images, labels, loss, step, train = lesson_02()
    sess.run(tf.global_variables_initializer())
    digits, _ = datasets.split(datasets.digits())
    with History(sess, keep_bytes) as past:
        states, losses = [bits(sess)], []
        for batch in datasets.batches(digits, 50, epochs=3):
            feed = {images: batch.images, labels: batch.labels}
            losses.append(sess.run([step, loss, train], feed)[1])
            states.append(bits(sess))
    assert len(past.runs) == 84 and past.position == 84
    assert past.ledger.held_bytes <= keep_bytes and (past.first_position == 0) == (keep_bytes > 2 << 20)
    every = 1 if keep_bytes > 2 << 20 else 9
    for position in range(84, past.first_position - 1, -every):
        past.to(position)
        assert bits(sess)[0] == states[position][0], position
        assert sess.run(step) == position
    stepper = past.step()
    stepper.last()
    np.testing.assert_allclose(stepper.results[1], losses[past.position], rtol=0 if sess.device == "cpu:numpy" else 1e-5)
    past.to(84)
    assert bits(sess)[0] == states[84][0]
    with pytest.raises(IndexError):
        past.to(85)


def test_another_branch(sess):
    v = tf.Variable(1.0, name="v")
    x = tf.placeholder(tf.float32, [], name="x")
    up = tf.assign_add(v, x)
    sess.run(v.initializer)
    with History(sess) as past:
        for i in range(5):
            sess.run(up, {x: float(i)})
        past.back(3)
        assert sess.run(tf.identity(v)) == 2.0 and past.position == 3  # a run of its own: the old future is gone
        assert sess.run(up, {x: 10.0}) == 12.0
        assert len(past.runs) == 4
        past.to(0)
        assert sess._backend.get(sess._values["v"]) == 1.0
        past.forward(9)
        assert sess._backend.get(sess._values["v"]) == 12.0


def test_iterators_queues_and_random_numbers_go_back(sess):
    batch = tf.data.Dataset.range(10).shuffle(10).repeat().make_one_shot_iterator().get_next()
    queue = tf.FIFOQueue(20, [tf.int64], shapes=[()])
    put, take = queue.enqueue(batch), queue.dequeue()
    noise = tf.random_uniform([])
    with History(sess) as past:
        got = []
        for _ in range(4):
            sess.run(put)
            got.append(sess.run([noise, batch]))
        first = sess.run(take)
        past.to(2)
        again = [sess.run([noise, batch]) if i % 2 else sess.run(put) for i in range(5)]
        assert again[1] == got[1] and again[3] == got[2]
        assert sess.run(take) == first


def test_until_a_condition_holds(sess):
    v = tf.Variable(1.0, name="v")
    x = tf.placeholder(tf.float32, [], name="x")
    loss = tf.multiply(v, v, name="loss")
    with tf.control_dependencies([loss]):
        train = tf.assign(v, v * x)
    sess.run(v.initializer)
    with History(sess) as past:
        run = past.until([loss, train], {x: 2.0}, "loss > 60 and np.sqrt(loss) < limit", namespace={"limit": 100.0})
        assert run.position == 0 and past.position == 3 and sess.run(v) == 8.0
        run.last()
        assert run.results[0] == 64.0
        assert past.until(train, lambda: {x: 1.0}, "has_inf_or_nan", limit=3) is None
        with np.errstate(all="ignore"):
            assert past.until(train, {x: 1e30}, "abs > 1e38").results is None
        with pytest.raises(ValueError, match="no tensor called 'nowhere'"):
            past.until(train, {x: 1.0}, "nowhere > 1")


def test_what_was_put_into_a_variable_between_runs_is_not_lost(sess):
    v = tf.Variable(np.zeros(1000, np.float32), name="v")
    up = tf.assign_add(v, np.ones(1000, np.float32))
    sess.run(v.initializer)
    with History(sess, keep_bytes=40_000) as past:
        want = []
        for i in range(30):
            if i == 20:
                sess._values["v"] = sess._backend.put(np.full(1000, 500.0, np.float32))
            want.append(sess._backend.get(sess._values["v"])[0])
            sess.run(up)
        assert past.ledger.held_bytes <= 40_000
        for p in range(29, past.first_position - 1, -1):
            past.to(p)
            assert sess._backend.get(sess._values["v"])[0] == want[p]
