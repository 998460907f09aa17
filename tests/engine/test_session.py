"""Fetches, feeds and what a run keeps; the short way of a second run gives what the first gave."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


Pair = namedtuple("Pair", "first second")


def test_results_have_the_structure_of_the_fetches_each_time(sess):
    a, b = tf.constant(1.0), tf.constant([2.0, 3.0], name="b")
    nothing = tf.no_op()
    structures = [
        a,
        [a],
        (a, b),
        [a, nothing, b, a],
        {"x": a, "y": [b]},
        OrderedDict(z=b, a=a),
        Pair(a, b),
        [Pair(a, b)],
        [(a, b)],
        "b:0",
        [],
    ]
    for wanted in structures * 2:
        got = sess.run(wanted)
        assert type(got) is type(wanted) or not isinstance(wanted, (list, tuple, dict))
    assert sess.run([Pair(a, b)])[0].first == 1.0
    assert type(sess.run([(a, b)])[0]) is tuple
    assert type(sess.run([Pair(a, b)])[0]) is Pair  # equal to the tuple before as a key of a dict
    assert sess.run([a, nothing, b, a])[1] is None


def test_list_and_tuple_of_the_same_fetches_are_told_apart(sess):
    a = tf.constant(1.0)
    assert sess.run([a]) == [1.0] and sess.run((a,)) == (1.0,)
    assert sess.run([a]) == [1.0] and sess.run((a,)) == (1.0,)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.float64(2), np.array(2.0), True, "2"])
def test_a_scalar_feed_becomes_the_placeholder_s_dtype(sess, value):
    x = tf.placeholder(tf.float32)
    for _ in range(2):
        got = sess.run(x + 1.0, {x: value})
        assert got.dtype == np.float32 and got == (2.0 if value is True else 3.0)


def test_the_second_run_checks_the_feeds_as_the_first(sess):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = x * 2.0
    np.testing.assert_array_equal(sess.run(y, {x: np.ones((3, 2), np.float32)}), 2 * np.ones((3, 2)))
    np.testing.assert_array_equal(sess.run(y, {x: [[1, 2]]}), [[2.0, 4.0]])
    np.testing.assert_array_equal(sess.run(y, {"x:0": np.ones((1, 2))}), [[2.0, 2.0]])
    for bad in (np.ones((3, 3), np.float32), np.ones(2, np.float32), 1.0):
        with pytest.raises(ValueError, match="Cannot feed value of shape"):
            sess.run(y, {x: bad})
    with pytest.raises(TypeError, match="cannot be a tf.Tensor object"):
        sess.run(y, {x: tf.constant([[1.0, 2.0]])})
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="You must feed a value for placeholder tensor 'x'"
    ):
        sess.run(y)


def test_results_belong_to_the_caller(sess):
    v = tf.Variable([1.0, 2.0])
    c = tf.constant([5.0, 6.0])
    same = tf.reshape(v, [2])
    sess.run(tf.global_variables_initializer())
    for fetch, want in (
        (v, [1.0, 2.0]),
        (c, [5.0, 6.0]),
        (same, [1.0, 2.0]),
        (v.read_value(), [1.0, 2.0]),
        (v + 0.0, [1.0, 2.0]),
    ):
        for _ in range(3):
            got = sess.run(fetch)
            np.testing.assert_array_equal(got, want)
            got[:] = 99.0
            both = sess.run([fetch, fetch])
            both[0][:] = -1.0


def test_what_is_fed_is_not_kept_nor_handed_back(sess):
    x = tf.placeholder(tf.float32, [2])
    v = tf.Variable([0.0, 0.0])
    put = v.assign(x)
    mine = np.array([1.0, 2.0], np.float32)
    for _ in range(2):
        got = sess.run([put, x], {x: mine})
        got[1][0] = 7.0
    mine[:] = 9.0
    np.testing.assert_array_equal(sess.run(v), [1.0, 2.0])


def test_a_failed_run_changes_nothing(sess):
    v = tf.Variable(1.0)
    x = tf.placeholder(tf.float32)
    add = v.assign_add(1.0)
    with tf.control_dependencies([add]):
        fails = tf.matmul(x, x)
    sess.run(tf.global_variables_initializer())
    good, bad = np.ones((2, 2)), np.ones((2, 3))
    for given in (good, bad, good, bad):
        try:
            sess.run(fails, {x: given})
        except tf.errors.InvalidArgumentError as e:
            assert "MatMul" in e.op.type
    assert sess.run(v) == 3.0


def test_a_plan_outlives_nodes_added_and_ends_with_those_changed(sess):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = x + 1.0
    sess.run(y, {x: [1, 2]})
    plan = sess.plan(y, [x])
    tf.constant(3.0)
    assert sess.plan(y, [x]) is plan
    graph = tf.get_default_graph()
    graph.remove([y.op])
    with pytest.raises(ValueError, match="not an element of this graph"):
        sess.run(y, {x: [1, 2]})


def test_prevented_feeds_and_fetches_are_refused_though_they_went_before(sess):
    x = tf.placeholder_with_default(1.0, [])
    y = x + 1.0
    assert sess.run(y, {x: 2.0}) == 3.0
    tf.get_default_graph().prevent_feeding(x)
    with pytest.raises(ValueError, match="may not be fed"):
        sess.run(y, {x: 2.0})
    tf.get_default_graph().prevent_fetching(y.op)
    with pytest.raises(ValueError, match="not fetchable"):
        sess.run(y)


def test_one_key_for_two_names_of_a_tensor(sess):
    x = tf.placeholder(tf.float32, name="x")
    y = x * 1.0
    for _ in range(2):
        assert sess.run(y, {x: 1.0, "x:0": 2.0}) == 2.0  # the last one counts
        assert sess.run(y, {"x:0": 1.0, x: 5.0}) == 5.0


def test_make_callable(sess):
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    f = sess.make_callable([x + y, x * y], [x, y])
    assert f(2.0, 3.0) == [5.0, 6.0]
    g = sess.make_callable(x + y, feed_list=[y, x])
    assert [g(1.0, 2.0), g(3.0, 4.0)] == [3.0, 7.0]
    v = tf.Variable(1.0)
    h = sess.make_callable(v.assign_add(1.0).op)
    with pytest.raises(tf.errors.FailedPreconditionError):
        h()
    sess.run(tf.global_variables_initializer())
    assert h() is None and sess.run(v) == 2.0
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        f(1.0, 1.0)


def test_a_closed_session_says_so_though_its_plan_was_kept():
    with tf.Graph().as_default():
        a = tf.constant(1.0)
        s = tf.Session()
        assert s.run(a) == s.run(a) == 1.0
        s.close()
        with pytest.raises(RuntimeError, match="closed Session"):
            s.run(a)


def test_runs_are_counted_and_watched(sess):
    from tfnb.engine.session import run_hooks

    a = tf.constant(1.0)
    seen = []
    hook = lambda session, plan: seen.append(plan.source)
    run_hooks.append(hook)
    try:
        sess.run(a), sess.run(a)
    finally:
        run_hooks.remove(hook)
    assert len(seen) == 2 and sess.runs == 2


@pytest.mark.parametrize("device", ["cpu:numpy", "cpu:jax"])
def test_a_value_fed_for_a_variable_stands_for_all_reads_of_it(device):
    """As TensorFlow 1.15.5 does: the variable itself keeps its value, and cannot be written in such a run."""
    with tf.Graph().as_default(), tf.Session(device=device) as sess:
        v = tf.Variable([1.0, 2.0], name="v")
        loss = tf.reduce_sum(v * v)
        (g,) = tf.gradients(loss, v)
        chosen = tf.cond(tf.reduce_sum(v) > 5.0, lambda: v * 2.0, lambda: v * 3.0)
        up = v.assign_add([1.0, 1.0])
        sess.run(v.initializer)
        found = sess.run([loss, g, v, chosen], {v: [3.0, 4.0]})
        assert [np.asarray(f).tolist() for f in found] == [25.0, [6.0, 8.0], [3.0, 4.0], [6.0, 8.0]]
        assert sess.run(v).tolist() == [1.0, 2.0] and sess.run(chosen).tolist() == [3.0, 6.0]
        words = r"^Input 0 of node AssignAdd was passed float from _arg_v_0_0:0 incompatible with expected float_ref\."
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            sess.run(up, {v: [3.0, 4.0]})
