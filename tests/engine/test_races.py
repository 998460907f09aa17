"""Reads and writes without an order are found, both outcomes computed, and nothing is found where edges order them."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.mark.parametrize("resource", [False, True], ids=["classic", "resource"])
def test_a_read_and_a_write(sess, resource):
    with tf.variable_scope("", use_resource=resource):
        v = tf.get_variable("v", [], initializer=tf.ones_initializer())
    y = tf.multiply(v, 10.0, name="y")
    up = v.assign_add(1.0)
    sess.run(v.initializer)
    (race,) = [r for r in tf.races(sess, [y, up.op])]
    assert race.variable == "v" and race.matters
    assert {o.first == "y": float(o.fetched["y:0"]) for o in race.outcomes} == {True: 10.0, False: 20.0}
    assert all(float(o.variable) == 2.0 for o in race.outcomes) and sess.run(v) == 1.0
    names = {"tf": tf, "v": v}
    exec(race.mend, names)
    assert tf.races(sess, names["v_after"]) == [] and sess.run(names["v_after"]) == 2.0


def test_two_writes(sess):
    v = tf.Variable(1.0, name="v")
    up, double = tf.assign_add(v, 1.0, name="up"), tf.assign(v, v * 2.0, name="double")
    sess.run(v.initializer)
    found = {(r.one.op.name, r.two.op.name): r for r in tf.races(sess, [up, double])}
    both = found["up", "double"]
    assert [float(o.variable) for o in both.outcomes] == [4.0, 3.0] and "up (AssignAdd" in str(both)
    assert ("double", "mul") not in found and len(found) == 2  # mul reads v before double writes it


def test_a_training_step_is_ordered_but_a_fetch_of_the_step_counter_is_not(sess):
    x = tf.placeholder(tf.float32, [None, 3])
    h = tf.layers.dense(x, 4, activation=tf.nn.relu)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 2)))
    step = tf.train.get_or_create_global_step()
    train = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
    sess.run(tf.global_variables_initializer())
    feed = {x: np.ones((2, 3))}
    assert tf.races(sess, [loss, train], feed) == []
    (race,) = tf.races(sess, [step, loss, train], feed)
    assert race.variable == "global_step"
    assert sorted(int(o.fetched["global_step:0"]) for o in race.outcomes) == [0, 1] and sess.run(step) == 0


def test_sides_of_a_branch_do_not_race(sess):
    v = tf.Variable(1.0, name="v")
    y = tf.cond(tf.constant(True), lambda: tf.assign_add(v, 1.0), lambda: tf.assign_add(v, 2.0))
    sess.run(v.initializer)
    assert tf.races(sess, y) == []


def test_an_initializer_that_reads_another_variable(sess):
    a = tf.Variable(2.0, name="a")
    b = tf.Variable(a.read_value() * 2.0, name="b")
    found = [r for r in tf.races(sess, tf.global_variables_initializer()) if r.variable == "a"]
    assert found and all("a/Assign" in (r.one.op.name, r.two.op.name) for r in found) and not any(r.variable == b.op.name for r in found)
