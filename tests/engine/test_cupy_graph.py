"""A step as a CUDA graph: the numbers of the lines, whatever happens between runs; on the stand-in, and on a GPU."""

import gc
import threading
import weakref

import numpy as np
import pytest

import tfnb as tf
from tests import strict_cuda, strict_cupy
from tfnb.engine import cupy_graph, passes
from tfnb.engine.history import History

RUNS = cupy_graph.AFTER + 12
X = np.linspace(0, 1, 6, dtype=np.float32)


def line():
    """A line fitted by momentum: elementwise lines, sums, and four variables that are written."""
    x, y = tf.placeholder(tf.float32, [None], name="x"), tf.placeholder(tf.float32, [None], name="y")
    w, b = tf.Variable(1.0, name="w"), tf.Variable([0.0], name="b")
    loss = tf.reduce_mean((w * x + b - y) ** 2)
    return x, y, w, b, loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)


def told(device, script):
    """What a script of a session gives on a device: it is called with the session and fit's tensors, and yields values."""
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        made = line()
        with tf.Session(device=device) as sess:
            sess.run(tf.global_variables_initializer())
            return [np.array(v) for v in script(sess, *made)], sess.plan([made[4], made[5]], made[:2]).path


def same(script, device):
    (want, _), (got, path) = told("cpu:numpy", script), told(device, script)
    assert len(want) == len(got)
    for a, b in zip(want, got, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    return path


def fit(sess, x, y, loss, train, runs=RUNS, size=6):
    for n in range(runs):
        yield sess.run([loss, train], {x: X[:size] + n / 10, y: 3 * X[:size]})[0]


# -- what it computes ----------------------------------------------------------------------------------------------------
def test_training_is_what_it_is_by_lines(gpu):
    def script(sess, x, y, w, b, loss, train):
        yield from fit(sess, x, y, loss, train)
        yield from sess.run([w, b])

    assert same(script, gpu).endswith("one launch of a CUDA graph for x (6,), y (6,)")


def test_a_variable_that_is_assigned_between_runs(gpu):
    def script(sess, x, y, w, b, loss, train):
        change = [tf.assign(w, w * 2), tf.assign(b, [5.0]), tf.group(w.assign(-1.0), b.assign_add([1.0]))]
        for n in range(9):
            yield from fit(sess, x, y, loss, train, runs=RUNS if n == 0 else n % 4)
            sess.run(change[n % 3])
            if n % 2:
                w.load(0.5, sess)
            yield from sess.run([w, b])

    assert "one launch" in same(script, gpu)


def test_plans_that_read_and_write_the_same_variables_in_turn(gpu):
    def script(sess, x, y, w, b, loss, train):
        step = tf.assign_sub(w, loss / 10)
        for n in range(3 * RUNS):
            feed = {x: X + n % 5 / 10, y: X}
            yield sess.run([loss, train], feed)[0]
            yield sess.run(loss, feed)
            if n % 3 == 0:
                yield sess.run(step, feed)

    assert "one launch" in same(script, gpu)


def test_each_shape_has_its_graph(gpu):
    def script(sess, x, y, w, b, loss, train):
        for _ in range(2):
            for size in (6, 3, 6, 1):
                yield from fit(sess, x, y, loss, train, size=size)
        for n in range(RUNS):
            yield from fit(sess, x, y, loss, train, runs=1, size=(2, 6, 5, 3)[n % 4])

    path = same(script, gpu)
    assert "x (6,), y (6,); x (3,), y (3,); x (1,), y (1,)" in path


def test_variables_that_change_places(gpu):
    found = []
    for device in ("cpu:numpy", gpu):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            a, b, c = (tf.Variable(np.full(3, v, np.float32)) for v in (1, 2, 3))
            values = [tf.identity(v + 0.0) for v in (a, b, c)]
            with tf.control_dependencies(values):
                turn = tf.group(a.assign(values[1]), b.assign(values[2]), c.assign(values[0]))
            sess.run(tf.global_variables_initializer())
            seen = []
            for _ in range(RUNS):
                sess.run(turn)
                seen.append(np.array(sess.run([a, b, c])))
            found.append(seen)
    np.testing.assert_array_equal(*found)


def test_a_variable_that_is_only_written_and_one_that_is_fetched(gpu):
    found = []
    for device in ("cpu:numpy", gpu):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            x = tf.placeholder(tf.float32, [3])
            v, w = tf.Variable(tf.zeros([3])), tf.Variable(tf.ones([3]))
            put = tf.assign(v, x * w)
            sess.run(tf.global_variables_initializer())
            found.append([np.array(sess.run([put, w, v], {x: X[:3] + n})) for n in range(RUNS)])
    np.testing.assert_array_equal(*found)


# -- who else looks ------------------------------------------------------------------------------------------------------
def test_values_that_others_hold_are_not_overwritten(gpu):
    with tf.Graph().as_default():
        x, y, w, b, loss, train = line()
        with tf.Session(device=gpu) as sess:
            sess.run(tf.global_variables_initializer())
            kept, copies = [], []
            for n in range(RUNS):
                list(fit(sess, x, y, loss, train, runs=1))
                if n > cupy_graph.AFTER + 3:
                    kept.append(sess._values["w"].reshape(1))  # a view of it is enough
                    copies.append(kept[-1].get())
            for array, copy in zip(kept, copies, strict=True):
                np.testing.assert_array_equal(array.get(), copy)
            path = sess.plan([loss, train], [x, y]).path
            assert "because earlier values were still held" in path
            runs = path.partition("(6,) (")[2]
            del array
            kept.clear()
            list(fit(sess, x, y, loss, train, runs=5))
            assert sess.plan([loss, train], [x, y]).path.partition("(6,) (")[2] == runs  # back to launches


def test_a_value_that_is_held_and_was_replaced_is_not_overwritten_either(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        v = tf.Variable([1.0, 2.0])
        more, one = tf.assign_add(v, [1.0, 1.0]), tf.assign(v, [1.0, 1.0])
        sess.run(tf.global_variables_initializer())
        for n in range(RUNS):
            held = sess._values[v.op.name]  # what a graph would read next
            copy = held.get()
            if n % 2:
                sess.run(one)  # so that it would copy another value to the same place
            sess.run(more)
            np.testing.assert_array_equal(held.get(), copy)
            assert sess.run(v).tolist() == ([2.0, 2.0] if n % 2 else (copy + 1).tolist())


def test_a_variable_that_is_only_read_and_comes_back_to_an_array_it_had(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        v, c = tf.Variable([0.0, 0.0]), tf.Variable([1.0, 1.0])
        more, pair = tf.assign_add(v, c * 2), [tf.assign(c, [1.0, 1.0]), tf.assign(c, [10.0, 10.0])]
        sess.run(tf.global_variables_initializer())
        for n in range(RUNS):
            before = sess.run(v)
            sess.run(pair[n % 2].op)
            assert (sess.run(more) - before).tolist() == [[2.0, 2.0], [20.0, 20.0]][n % 2]


def test_a_history_of_runs_goes_back_to_what_was(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        x, y, w, b, loss, train = line()
        sess.run(tf.global_variables_initializer())
        list(fit(sess, x, y, loss, train, runs=RUNS))
        states = [sess.run([w, b])]
        with History(sess) as past:
            for n in range(RUNS):
                sess.run(train, {x: X + n / 10, y: X})
                states.append([np.array(sess._values[v.op.name].get()) for v in (w, b)])
        for position in (RUNS, 7, 0, RUNS - 2):
            past.to(position)
            for got, want in zip(sess.run([w, b]), states[position], strict=True):
                np.testing.assert_array_equal(got, want)


def test_what_was_fetched_stays_as_it_is(gpu):
    def script(sess, x, y, w, b, loss, train):
        out = [sess.run([loss, w, b, train], {x: X + n / 20, y: X})[:3] for n in range(RUNS)]
        yield from (v for values in out for v in values)

    same(script, gpu)


def test_sessions_do_not_share_graphs(gpu):
    def script(sess, x, y, w, b, loss, train):
        with tf.Session(device=sess.device) as other:
            other.run(tf.global_variables_initializer())
            for _ in range(RUNS):
                yield from fit(sess, x, y, loss, train, runs=2)
                yield from fit(other, x, y, loss, train, runs=1)

    same(script, gpu)


def test_threads_of_one_session(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        v = tf.Variable(tf.zeros([4]))
        more = tf.assign_add(v, tf.ones([4]))
        sess.run(tf.global_variables_initializer())
        seen = []
        work = [threading.Thread(target=lambda: seen.extend(sess.run(more)[0] for _ in range(50))) for _ in range(4)]
        for t in work:
            t.start()
        for t in work:
            t.join()
        assert sorted(seen) == list(range(1, 201)) and sess.run(v).tolist() == [200.0] * 4


def test_a_session_that_goes_and_comes_back(gpu):
    def script(sess, x, y, w, b, loss, train):
        home = sess.device
        yield from fit(sess, x, y, loss, train)
        sess.to("cpu:numpy")
        yield from fit(sess, x, y, loss, train, runs=3)
        sess.to(home)
        yield from fit(sess, x, y, loss, train)

    assert "one launch" in same(script, gpu)


def test_a_closed_session_gives_the_memory_back(gpu):
    with tf.Graph().as_default():
        x, y, _, _, loss, train = line()
        sess = tf.Session(device=gpu)
        sess.run(tf.global_variables_initializer())
        list(fit(sess, x, y, loss, train))
        gc.disable()
        try:
            recorded = [weakref.ref(r) for r in sess.plan([loss, train], [x, y]).step._graph._made.values()]
            assert len(recorded) == 1 and recorded[0]() is not None
            sess.close()
            assert recorded[0]() is None
        finally:
            gc.enable()


# -- what goes on without one ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "make, why",
    [
        (lambda x: tf.random_uniform([6], seed=1) + x, "depends on what the host keeps"),
        (lambda x: tf.matmul(tf.reshape(x, [2, 3]), tf.reshape(x, [3, 2])), "MatMul: calling cuBLAS API during stream capture"),
        (lambda x: tf.py_func(lambda a: a + 1, [x], tf.float32), "PyFunc works on the host"),
        (lambda x: tf.cond(x[0] > 0, lambda: x + 1, lambda: x), "branches and loops"),
        (lambda x: tf.gather(x, tf.cast(tf.floor(x[0]), tf.int32)) + tf.reduce_sum(tf.ones(tf.cast(x[:1] + 2, tf.int32))), "is capturing"),
        (lambda x: tf.real(tf.fft(tf.cast(x, tf.complex64))), "plan of cuFFT"),
        (lambda x: tf.shape(x), "some of its values are the host's"),
    ],
)  # fmt: skip
def test_why_there_is_no_graph(make, why, gpu):
    found = []
    for device in ("cpu:numpy", gpu):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            x = tf.placeholder(tf.float32, [None])
            y = make(x)
            found.append([sess.run(y, {x: X * (n / 9)}) for n in range(RUNS)])
            path = sess.plan(y, [x]).path
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert "no CUDA graph" in path and why in path


def test_a_variable_whose_shape_changes(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        v = tf.Variable(np.ones(1, np.float32), validate_shape=False)
        grow = tf.assign(v, tf.concat([v, v[:1] + 1], 0), validate_shape=False)
        sess.run(tf.global_variables_initializer())
        for _ in range(RUNS):
            sess.run(grow)
        assert sess.run(v).tolist() == [1.0] + [2.0] * RUNS


def test_a_variable_that_goes_between_two_shapes(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        v = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3), validate_shape=False)
        turn = tf.assign(v, tf.transpose(v) + 0, validate_shape=False)
        sess.run(tf.global_variables_initializer())
        for n in range(2 * RUNS):
            assert sess.run(turn).shape == ((3, 2), (2, 3))[n % 2]
        assert f"the shape of {v.op.name} changes" in sess.plan(turn).path


def test_where_passes_are_off_lines_run(gpu, monkeypatch):
    monkeypatch.setattr(passes, "enabled", False)

    def script(sess, x, y, w, b, loss, train):
        yield from fit(sess, x, y, loss, train)

    assert same(script, gpu) == "CuPy: each line as it stands; no CUDA graph: passes are off"


def test_a_graph_that_gives_other_values_is_not_used(stand_in, monkeypatch):
    monkeypatch.setattr(strict_cuda.Graph, "launch", lambda self, stream=None: None)

    def script(sess, x, y, w, b, loss, train):
        yield from fit(sess, x, y, loss, train)

    assert "no CUDA graph: launched, it gave other values than its lines" in same(script, "gpu:cupy")


# -- the stand-in ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def capture():
    """A stream of the stand-in that captures, with a pool of its own."""
    pool, stream = strict_cuda.MemoryPool(), strict_cuda.Stream(non_blocking=True)
    with strict_cuda.using_allocator(pool.malloc), stream:
        stream.begin_capture()
        yield stream
        stream._graph = None


@pytest.mark.parametrize(
    "act, error",
    [
        (lambda cp, x: x.get(), RuntimeError), (lambda cp, x: float(x[0]), RuntimeError), (lambda cp, x: bool(x[0] > 0), RuntimeError),
        (lambda cp, x: x[x > 0], RuntimeError), (lambda cp, x: cp.nonzero(x), RuntimeError), (lambda cp, x: cp.asarray(np.ones(3)), RuntimeError),
        (lambda cp, x: x @ x, NotImplementedError), (lambda cp, x: cp.linalg.inv(cp.ones((2, 2))), NotImplementedError),
    ],
)  # fmt: skip
def test_the_stand_in_refuses_it_while_it_captures(act, error, capture):
    cupy = strict_cupy.module()
    x = cupy.ones(3)
    with pytest.raises(error, match="captur"):
        act(cupy, x)


def test_the_stand_in_does_captured_work_when_it_is_launched():
    cupy = strict_cupy.module()
    pool, stream, x = strict_cuda.MemoryPool(), strict_cuda.Stream(non_blocking=True), cupy.asarray(np.ones(3))
    with strict_cuda.using_allocator(pool.malloc), stream:
        stream.begin_capture()
        y = (x.reshape(1, 3) + 1).sum(0)
        graph = stream.end_capture()
    assert np.isnan(y.get()).all()
    graph.launch()
    assert y.get().tolist() == [2.0] * 3
    x[...] = 5
    assert y.get().tolist() == [2.0] * 3
    graph.launch()
    assert y.get().tolist() == [6.0] * 3
    del x
    with pytest.raises(strict_cuda.CUDARuntimeError, match="has been freed"):
        graph.launch()


def test_the_stand_in_sees_memory_that_is_not_the_graph_s():
    cupy = strict_cupy.module()
    stream, x = strict_cuda.Stream(non_blocking=True), cupy.asarray(np.ones(3))
    with stream:
        stream.begin_capture()
        with pytest.raises(RuntimeError, match="pool of everybody"):
            x + 1
        with pytest.raises(strict_cuda.CUDARuntimeError):
            stream.synchronize()
        with pytest.raises(strict_cuda.CUDARuntimeError, match="Invalidated"):
            stream.end_capture()
    pool = strict_cuda.MemoryPool()
    with strict_cuda.using_allocator(pool.malloc), stream:
        stream.begin_capture()
        y = x + 1
        graph = stream.end_capture()
    del pool
    with pytest.raises(strict_cuda.CUDARuntimeError, match="pool"):
        graph.launch()
    assert y is not None
