"""Stepping is running: the same values for every op case and through all control flow, and back to the last bit.

Whatever the bound of memory, a stepper that has gone to the end and back stands where it began.
"""

import numpy as np
import pytest

import tfnb as tf
from tests.cases import CASES
from tests.test_ops import built
from tfnb.engine.editing import same
from tfnb.engine.trail import MISSING, Record, Snapshot, Trail

BOUNDS = [1 << 28, 0]


def walked(sess, fetches, feed=None, keep_bytes=1 << 28):
    """Steps to the end, back to the start one by one, and to the end again; checks all states; gives the results."""
    run = sess.step(fetches, feed, keep_bytes=keep_bytes)
    states = [state(run, sess)]
    while run.forward():
        states.append(state(run, sess))
    first = run.results
    run.back()  # then one by one where that is cheap, else in strides
    for want in reversed(states[:-1] if keep_bytes else states[:-1][:: len(states) // 5 + 1]):
        run.run_to(want[0])
        check(state(run, sess), want)
    assert run.position == 0 and not run.back()
    run.run_to(len(states) // 2)
    check(state(run, sess), states[len(states) // 2])
    run.last()
    check(state(run, sess), states[-1])
    run.first()
    check(state(run, sess), states[0])
    return first


def state(run, sess):
    values = {k: v for k, v in run.values.items() if hasattr(v, "dtype") and not is_inner(v)}
    inner = [told(v) for v in run._scope.values() if is_inner(v)]
    return run.position, run.iterations, values, dict(sess._values), {k: v for k, v in sess._blocks.items() if isinstance(v, int)}, inner


def is_inner(v):
    return type(v) is list or hasattr(v, "read_already") and not isinstance(v, type)


def told(v):
    """What a stack or TensorArray holds, as bytes; they are other objects when a run is done again."""
    if type(v) is list:
        return [told(x) for x in v]
    if is_inner(v):
        return [told(x) for x in v.values], sorted(v.read_already)
    return (np.asarray(v).tobytes(), np.shape(v)) if hasattr(v, "dtype") and np.asarray(v).dtype != object else None


def check(got, want):
    assert got[:2] == want[:2] and got[4] == want[4] and got[5] == want[5]
    for a, b in ((got[2], want[2]), (got[3], want[3])):
        assert a.keys() == b.keys()
        assert all(same(a[k], b[k]) for k in a)


def agree(stepped, ran, exactly):
    for a, b in zip(stepped, ran, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b) if exactly else np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_every_op(case):
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs, xs, feed = built(case, "float32")
        if case.smooth and case.shapes and all(y.dtype.is_floating for y in outputs):
            outputs = [*outputs, *[dx for dx in tf.gradients(outputs[0], xs) if isinstance(dx, tf.Tensor)]]
        agree(walked(sess, outputs, feed), sess.run(outputs, feed), True)


@pytest.mark.slow
@pytest.mark.jax
@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_every_op_on_jax(case):
    pytest.importorskip("jax")
    with tf.Graph().as_default(), tf.Session(device="cpu:jax") as sess:
        outputs, _, feed = built(case, "float32")
        agree(walked(sess, outputs, feed), sess.run(outputs, feed), False)


def scan_model():
    x = tf.placeholder(tf.float32, [3, 2], name="x")
    w = tf.Variable([[0.5, -0.1], [0.2, 0.3]], name="w")
    states = tf.scan(lambda s, row: tf.tanh(tf.matmul(s[None], w)[0] + row), x, initializer=tf.zeros([2]))
    loss = tf.reduce_sum(tf.square(states))
    return [states, loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)], {x: np.arange(6.0).reshape(3, 2)}


def nested_model():
    w = tf.Variable(1.5, name="w")

    def body(i, a):
        inner = tf.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, b * w), [0, a])[1]
        return i + 1, tf.cond(inner > 3.0, lambda: inner - 1.0, lambda: inner * 2.0)

    out = tf.while_loop(lambda i, a: i < 3, body, [0, 1.0])[1]
    return [out, *tf.gradients(out, w), tf.train.GradientDescentOptimizer(0.01).minimize(out)], {}


def cond_model():
    p = tf.placeholder(tf.bool, [], name="p")
    v = tf.Variable([1.0, 2.0], name="v")
    y = tf.cond(p, lambda: tf.assign_add(v, [1.0, 1.0]) * 2.0, lambda: v * v)
    return [tf.reduce_sum(y), tf.gradients(tf.cond(p, lambda: v * 3.0, lambda: v * v), v)[0]], {p: False}


def map_and_random_model():
    x = tf.placeholder(tf.float32, [4], name="x")
    noisy = tf.map_fn(lambda v: v + tf.random_normal([], seed=3), x)
    return [noisy, tf.nn.dropout(x, 0.5), tf.foldl(lambda a, b: a * b, x)], {x: [1.0, 2.0, 3.0, 4.0]}


def array_model():
    array = tf.TensorArray(tf.float32, size=4, clear_after_read=False)
    filled = tf.while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, a.write(i, tf.to_float(i) * 2.0)), [0, array])[1]
    return [filled.stack(), filled.read(2)], {}


def iterator_model():
    item = tf.data.Dataset.range(100).shuffle(100).batch(3).make_one_shot_iterator().get_next()
    total = tf.Variable(0, dtype=tf.int64, name="total")
    return [item, tf.assign_add(total, tf.reduce_sum(item))], {}


MODELS = [scan_model, nested_model, cond_model, map_and_random_model, array_model, iterator_model]


@pytest.mark.parametrize("keep_bytes", BOUNDS, ids=["all kept", "nothing kept"])
@pytest.mark.parametrize("device", ["cpu:numpy", pytest.param("cpu:jax", marks=[pytest.mark.jax, pytest.mark.slow])])
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_control_flow_training_and_streams(model, device, keep_bytes):
    if device != "cpu:numpy":
        pytest.importorskip("jax")
    with tf.Graph().as_default(), tf.Session(device=device) as sess:
        fetches, feed = model()
        sess.run(tf.global_variables_initializer())
        flat = lambda results: [r for r in results if r is not None]
        stepped = walked(sess, fetches, feed, keep_bytes)
        agree(flat(stepped), flat(sess.run(fetches, feed)), device == "cpu:numpy")


def test_effects_happen_once():
    calls, table = [], []
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        y = tf.py_func(lambda v: calls.append(v) or np.float32(len(calls)), [x], tf.float32)
        count = lambda: tf.reshape(tf.py_func(lambda: table.append(1) or np.float32(len(table)), [], tf.float32), [])
        z = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + count()), [0, 0.0])[1]
        assert walked(sess, [y, z], {x: 2.0}, 0) == [1.0, 6.0]
    assert calls == [2.0] and len(table) == 3


# -- the bound ---------------------------------------------------------------------------------------------------
def test_memory_for_going_back_is_bounded():
    with tf.Graph().as_default(), tf.Session() as sess:
        out = tf.while_loop(lambda i, a: i < 60, lambda i, a: (i + 1, a + 1.0), [0, tf.zeros([1000])])
        run = sess.step(out, keep_bytes=50_000)
        most = 0
        while run.forward():
            most = max(most, run.held_bytes)
        assert most <= 50_000 + 3 * 4000  # besides the current values, which are counted here, too
        last = run.position
        for p in (last - 1, last // 2, 7, last - 3):
            run.run_to(p)
            assert run.position == p and run.held_bytes <= 50_000 + 3 * 4000
        run.last()
        np.testing.assert_array_equal(run.results[1], np.full(1000, 60.0))


def test_a_trail_drops_the_oldest_versions_first():
    scope = {}
    trail = Trail(1000, Snapshot(0, (), {}, [], []))
    for i in range(100):
        before = {"a": scope.get("a", MISSING)}
        scope["a"] = np.zeros(10)
        trail.add(Record(i, i, (), before, [], []), lambda: Snapshot(0, (), dict(scope), [], []))
        assert trail.held_bytes <= 1000 + 80
    kept = [r.before is not None for r in trail.records]
    assert kept == sorted(kept) and kept[-1] and not kept[0]
    assert 0 in trail.snapshots and trail.snapshot_before(99) > 50
    assert trail.pop().index == 99 and len(trail) == 99
