"""Every op on CuPy: on a stand-in that has CuPy's names and refuses what CuPy refuses; on a GPU where there is one."""

import numpy as np
import pytest

import tfnb as tf
from tests import strict_cupy
from tests.cases import CASES
from tests.test_ops import built
from tfnb.engine import cupy_graph


def compare(case, device):
    with tf.Graph().as_default():
        outputs, xs, feed = built(case, "float32")
        floats = [y for y in outputs if y.dtype.is_floating][:1]
        slopes = [g for g in tf.gradients(floats, xs) if g is not None] if case.smooth and floats and xs else []
        fetches = [*outputs, *map(tf.convert_to_tensor, slopes)]
        fed = [{x: v * np.float32(1 - n / 100) for x, v in feed.items()} for n in range(cupy_graph.AFTER + 4)]
        with tf.Session() as sess:
            want = [sess.run(fetches, f) for f in fed]
        with tf.Session(device=device) as sess:
            found = [sess.run(fetches, f) for f in fed]  # by lines at first, then fused, then as a graph
            path = sess.plan(fetches, feed).path
    for a, b in zip(sum(want, []), sum(found, []), strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype and np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    return path


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_cupy_computes_what_numpy_does(case, gpu):
    path = compare(case, gpu)
    assert path.startswith("CuPy"), path


def test_the_stand_in_refuses_what_cupy_refuses():
    cupy = strict_cupy.module()
    x = cupy.asarray(np.ones(3))
    with pytest.raises(TypeError, match="Implicit conversion"):
        np.asarray(x)
    with pytest.raises(TypeError, match="Unsupported type"):
        cupy.add(x, np.ones(3))
    with pytest.raises(TypeError, match="unexpected keyword"):
        cupy.argsort(x, stable=True)
    with pytest.raises(AttributeError):
        cupy.no_such_name  # noqa: B018
    assert isinstance(x.sum(), cupy.ndarray) and float(cupy.add(x, 1).sum()) == 6.0


def test_a_plan_goes_elsewhere_for_what_cupy_lacks_and_says_so(stand_in, monkeypatch):
    monkeypatch.delattr(strict_cupy.module(), "sinh")
    with tf.Graph().as_default(), tf.Session(device="gpu:cupy") as sess:
        v = tf.Variable(np.ones(3, np.float32))
        x = tf.placeholder(tf.float32, [3])
        y = tf.assign_add(v, tf.sinh(x) + 1)
        sess.run(tf.global_variables_initializer())
        for n in range(3):
            np.testing.assert_array_equal(sess.run(y, {x: [0, 0, 0]}), [n + 2] * 3)
        assert sess.plan(y, [x]).path.startswith("NumPy: CuPy lacks what a line needs (") and "sinh" in sess.plan(y, [x]).path
        assert sess.plan(y, [x]).text == sess.plan(y, [x]).source


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int8", "uint8", "int32", "int64", "complex64"])
@pytest.mark.parametrize("ids", [[1, 0, 1, 3, -1, 0, 1, 1], [[2, 2], [0, -1], [2, 0], [2, 2]], [0] * 8, [7, 6, 5, 4, 3, 2, 1, 0]], ids=len)
@pytest.mark.parametrize("device", ["gpu", "cpu:jax"])
def test_groups_of_rows_in_every_dtype(dtype, ids, device, request):
    if device == "gpu":
        device = request.getfixturevalue("stand_in") or "gpu:cupy"
    else:
        pytest.importorskip("jax")
    rows = np.random.default_rng(3).integers(-3, 4, (*np.shape(ids), 2)).astype(dtype)
    rows = rows * dtype.startswith("complex") * 1j + rows if dtype.startswith("complex") else rows
    ways = [tf.unsorted_segment_sum, *([] if rows.dtype.kind == "c" else [tf.unsorted_segment_prod, tf.unsorted_segment_max, tf.unsorted_segment_min])]
    found = []
    for where in ("cpu:numpy", device):
        with tf.Graph().as_default(), tf.Session(device=where) as sess:
            x = tf.placeholder(rows.dtype.name, rows.shape)
            found.append(sess.run([way(x, ids, 8) for way in ways], {x: rows.astype(rows.dtype)}))
            assert device == "cpu:jax" or where == "cpu:numpy" or sess.plan([way(x, ids, 8) for way in ways], [x]).path.startswith("CuPy")
    for a, b in zip(*found, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_python_s_nodes_get_numpy_s_arrays(stand_in):
    with tf.Graph().as_default(), tf.Session(device="gpu:cupy") as sess:
        x = tf.placeholder(tf.float32, [2])
        y = tf.py_func(lambda a: np.asarray(a) * 2, [x * 3], tf.float32) + 1
        assert sess.run(y, {x: [1, 2]}).tolist() == [7, 13]


def test_kernels_of_one_line_that_work_in_python_or_with_text_get_numpy_s_arrays(stand_in):
    with tf.Graph().as_default(), tf.Session(device="gpu:cupy") as sess:
        x, v = tf.placeholder(tf.uint8, [2, 3, 1]), tf.Variable([1.0, 2.0])
        back = tf.cast(tf.image.decode_png(tf.image.encode_png(x)), tf.float32) + 1
        words = tf.where(tf.cast(x, tf.float32)[:, 0, 0] > 1, ["a", "b"], ["c", "d"])
        times = tf.scatter_mul(v, [1], [10.0])
        sess.run(tf.global_variables_initializer())
        image = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
        np.testing.assert_array_equal(sess.run(back, {x: image}), image + 1.0)
        assert sess.run(words, {x: image}).tolist() == [b"c", b"b"]
        assert sess.run(times).tolist() == [1.0, 20.0] and sess.run(v * 2).tolist() == [2.0, 40.0]


@pytest.mark.parametrize("loop", [False, True])
def test_stepping_gives_what_a_run_gives(loop, gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        x = tf.placeholder(tf.float32, [None, 2])
        w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
        y = tf.tanh(x @ w) * [1.0, 2.0] + 1
        y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * [0.5, 2.0] + 1), [tf.constant(0), y])[1] if loop else y
        fetches = [y, *tf.gradients(tf.reduce_mean(y), [w, x])]
        sess.run(tf.global_variables_initializer())
        feed = {x: [[1.0, -1.0], [0.5, 2.0]]}
        stepper = sess.step(fetches, feed)
        stepper.last()
        for a, b in zip(sess.run(fetches, feed), (stepper.value(t.name) for t in fetches), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)


def test_training_and_loops(stand_in):
    def losses(device):
        rng = np.random.RandomState(0)
        with tf.Graph().as_default():
            tf.set_random_seed(1)
            x, y = tf.placeholder(tf.float32, [None, 5, 3]), tf.placeholder(tf.int64, [None])
            _, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(4), tf.nn.dropout(x, 0.8), dtype=tf.float32)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=tf.layers.dense(state, 3)))
            train = tf.train.AdamOptimizer(0.1).minimize(loss)
            with tf.Session(device=device) as sess:
                sess.run(tf.global_variables_initializer())
                feed = {x: rng.rand(6, 5, 3), y: rng.randint(0, 3, 6)}
                return [sess.run([loss, train], feed)[0] for _ in range(4)], sess.plan([loss, train], [x, y]).path

    (want, _), (got, path) = losses("cpu:numpy"), losses("gpu:cupy")
    np.testing.assert_allclose(got, want, rtol=1e-4)
    assert path.startswith("CuPy")


@pytest.mark.parametrize("make", [
    lambda: tf.random_uniform([9], seed=3), lambda: tf.random_normal([9], seed=3), lambda: tf.truncated_normal([9], seed=3),
    lambda: tf.random_uniform([9], 0, 50, tf.int32, seed=3), lambda: tf.random_shuffle(tf.range(9), seed=3),
    lambda: tf.multinomial([[0.0, 1.0]], 9, seed=3), lambda: tf.random_gamma([3], 2.0, seed=3),
])  # fmt: skip
def test_random_numbers_are_those_of_numpy(make, stand_in):
    found = []
    for device in ("cpu:numpy", "gpu:cupy"):
        with tf.Graph().as_default():
            value = make()
            with tf.Session(device=device) as sess:
                found.append([sess.run(value) for _ in range(2)])
    np.testing.assert_allclose(*found, rtol=1e-6)
