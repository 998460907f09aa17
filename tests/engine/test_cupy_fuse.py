"""Elementwise lines as one kernel: which they are, that they give the lines' numbers, and that CuPy takes them."""

import numpy as np
import pytest

import tfnb as tf
from tests import strict_cuda, strict_cupy
from tests.cases import CASES
from tests.test_ops import built
from tfnb.engine import namespaces, passes
from tfnb.engine.codegen import generate
from tfnb.engine.cupy_fuse import join
from tfnb.engine.pointwise import work
from tfnb.engine.program import build


# -- which ops -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "make, count",
    [
        (lambda x: tf.nn.relu(x), 1), (lambda x: x * x, 1), (lambda x: tf.nn.selu(x), 6), (lambda x: tf.add_n([x, x, x]), 1),
        (lambda x: tf.cast(x, tf.int32), 1), (lambda x: tf.nn.bias_add(x, [1.0, 2.0]), 1), (lambda x: tf.identity(x), 0),
        (lambda x: tf.where(x > 0, x, x), None),
        (lambda x: tf.nn.softmax(x), None), (lambda x: x @ x, None), (lambda x: tf.reduce_sum(x), None), (lambda x: tf.cumsum(x), None),
        (lambda x: tf.reshape(x, [-1]), None), (lambda x: tf.nn.bias_add(x, [1.0, 2.0], data_format="NCHW"), None),
        (lambda x: tf.random_shuffle(x), None), (lambda x: tf.py_func(np.tanh, [x], tf.float32), None),
    ],
)  # fmt: skip
def test_which_ops_work_element_by_element(make, count):
    with tf.Graph().as_default():
        y = make(tf.placeholder(tf.float32, [2, 2]))
        assert work(y.op) == count


@pytest.mark.parametrize("case", [c for c in CASES if c.shapes], ids=[c.name for c in CASES if c.shapes])
def test_an_element_of_a_pointwise_op_depends_on_its_place_alone(case):
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs, xs, feed = built(case, "float32")
        if work(outputs[0].op) is None:
            return
        changed = dict(feed)
        changed[xs[0]] = feed[xs[0]].copy()
        changed[xs[0]].flat[0] += 0.25
        moved = np.zeros(feed[xs[0]].shape, bool)
        moved.flat[0] = True
        for a, b in zip(sess.run(outputs, feed), sess.run(outputs, changed), strict=True):
            there = np.broadcast_to(moved, np.broadcast_shapes(moved.shape, np.shape(a)))
            assert np.shape(a) == there.shape
            np.testing.assert_array_equal(np.asarray(a)[~there], np.asarray(b)[~there])


# -- what is written ---------------------------------------------------------------------------------------------------
def written(fetches, feeds):
    """The text of a step with its fused functions."""
    program = build(tf.get_default_graph(), fetches, feeds)
    return passes.faster(program, generate(program), namespaces.numpy_namespace(), join)


def test_a_chain_is_one_function_and_every_instruction_has_its_line():
    with tf.Graph().as_default():
        x, b = tf.placeholder(tf.float32, [None, 3], name="x"), tf.placeholder(tf.float32, [3], name="b")
        y = tf.reduce_sum(tf.tanh(x * b + b, name="t"), name="y")
        code = written([y], [x, b])
        assert code.source.startswith(
            "@fuse\ndef fused_t(x, b):\n    mul = x * b\n    add = mul + b\n    t = xp.tanh(add)\n    return t\n\ndef step(x, b):\n"
        )
        assert "    t = fused_t(x, b)\n" in code.source
        lines = code.source.splitlines()
        for i, name in enumerate(("mul", "add", "t", "y")):
            assert lines[code.lines[i] - 1].strip().startswith(f"{name} = ")


def test_a_line_that_others_need_between_ends_a_chain():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [3, 3], name="x")
        h = tf.nn.relu(x + 1, name="h")
        y = tf.tanh(tf.matmul(h, h, name="p") - h, name="t")
        source = written([y], [x]).source
        assert source.index("h = fused_h(x)") < source.index("p = ") < source.index("t = fused_t(p, h)")


def test_one_operation_is_no_chain():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [3], name="x")
        assert "fuse" not in written([tf.reduce_sum(x + 1)], [x]).source


# -- what it computes ----------------------------------------------------------------------------------------------------
def some_graph(random):
    """A random graph of elementwise ops, sums, products and assignments, over open shapes."""
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [3])
    variables = [tf.Variable(np.ones(3, np.float32) * i) for i in (1, 2)]
    values, last = [x, y, *variables], None
    for _ in range(25):
        a, b = (values[i] for i in random.integers(len(values), size=2))
        kind = random.integers(9)
        with tf.control_dependencies([last] if last is not None and random.integers(2) else []):
            if kind == 0:
                values.append(tf.reduce_mean(a, 0) if a.shape.ndims == 2 else tf.reduce_max(a) + b)
            elif kind == 1:
                v = variables[random.integers(2)]
                value = tf.reduce_mean(a * 0.5 + b * 0.1, 0) if 2 in (a.shape.ndims, b.shape.ndims) else a * 0.5 + b * 0.1
                last = tf.assign(v, tf.tanh(value) + tf.zeros([3])).op
            elif kind == 2:
                values.append(variables[random.integers(2)] + 0.25)
            else:
                f = (tf.add, tf.subtract, tf.maximum, lambda a, b: tf.tanh(a) * b, lambda a, b: tf.where(a + b > 0.5, tf.sin(a + b), a - b),
                     lambda a, b: tf.nn.sigmoid(a - b))[kind - 3]  # fmt: skip
                values.append(f(a, b))
    outs = [tf.reduce_sum(v) if random.integers(2) else v for v in values[-6:]]
    return x, y, outs, [last] if last is not None else [], variables


@pytest.mark.parametrize("seed", range(30))
def test_random_steps_are_what_they_are_by_lines(seed, gpu):
    found = []
    for device in ("cpu:numpy", gpu):
        random = np.random.default_rng(seed)
        with tf.Graph().as_default():
            x, y, outs, ops, variables = some_graph(random)
            with tf.Session(device=device) as sess:
                sess.run(tf.global_variables_initializer())
                feeds = [{x: np.full((1 + n % 2, 3), n / 4, np.float32), y: np.float32([n, 1, -n]) / 5} for n in range(24)]
                found.append([sess.run([outs, variables, ops], f)[:2] for f in feeds])
                plan = sess.plan([outs, variables, ops], [x, y])
    assert plan.path.startswith("CuPy") and "line by line" not in plan.path
    for (a, v), (b, w) in zip(*found, strict=True):
        for p, q in zip([*a, *v], [*b, *w], strict=True):
            assert np.shape(p) == np.shape(q)
            np.testing.assert_allclose(p, q, rtol=1e-4, atol=1e-5)


def some_loop(random):
    """A random loop with a branch in it, whose variables are what earlier turns and both sides made of them."""
    x = tf.placeholder(tf.float32, [None, 3])

    def f(a, b):
        kind = random.integers(5)
        return (tf.tanh(a) * b + 0.5, tf.maximum(a - b, b * 0.5) + a, tf.sin(a + b) * a, tf.nn.sigmoid(a - b) + b, tf.reduce_mean(a) * 0.1 + b)[kind]

    def body(i, a, b, c):
        h = f(a, b)
        total = tf.reduce_sum(h) * 0.5
        side = tf.cond(total * 2 - 1 > random.normal(), lambda: f(f(h, a), c) + total / 10, lambda: f(c, f(c, b)))
        g = f(h, side)
        kept = [a, b, c, h, side, g, f(g, c)]
        return (i + 1, *(kept[j] for j in random.integers(len(kept), size=3)))

    out = tf.while_loop(lambda i, a, b, c: i < 4, body, [tf.constant(0), x, x * 2 + 1, tf.tanh(x) + x])
    slopes = tf.gradients(tf.reduce_sum(out[1] * out[2]) + tf.reduce_mean(f(out[3], out[1])), x)
    return x, [*out, *(slopes if random.integers(2) else [])]


@pytest.mark.parametrize("seed", range(20))
def test_random_loops_are_what_they_are_by_lines(seed, gpu):
    found = []
    for device in ("cpu:numpy", gpu):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            x, outs = some_loop(np.random.default_rng(seed))
            feeds = [{x: np.random.default_rng(n).normal(size=(2, 3)) / 2} for n in range(5)]
            found.append([sess.run(outs, f) for f in feeds])
            plan = sess.plan(outs, [x])
    assert "fused kernel" in plan.path and "line by line" not in plan.path
    for a, b in zip(*found, strict=True):
        for p, q in zip(a, b, strict=True):
            np.testing.assert_allclose(p, q, rtol=1e-3, atol=1e-5)


def test_a_recurrent_cell_is_one_kernel(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        x = tf.placeholder(tf.float32, [2, None, 3])
        y, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(4), x, dtype=tf.float32)
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(y, {x: np.ones((2, 5, 3))})
        plan = sess.plan(y, [x])
        cell = next(part for part in plan.text.split("@fuse") if "xp.tanh" in part).partition("return")[0]
        assert cell.count("xp.exp(") == 3 and cell.count("xp.tanh(") == 2 and "line by line" not in plan.path


def test_results_of_several_shapes_come_by_lines(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
        a = x * 2 + 1
        both = [a, tf.tanh(a) * y]
        for shape in ((2, 3), (3,), (2, 3), (1, 3)):
            for _ in range(3):
                one, two = sess.run(both, {x: np.ones(3), y: np.ones(shape)})
                assert one.shape == (3,) and two.shape == shape
        assert "1 fused kernel (fused_mul_1)" in sess.plan(both, [x, y]).path


def test_an_error_in_a_chain_names_its_node(gpu):
    said = []
    for device in ("cpu:numpy", gpu):
        with tf.Graph().as_default(), tf.Session(device=device) as sess:
            x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
            z = tf.multiply(tf.add(x, y, name="sum") * 2, x, name="z")
            sess.run(z, {x: [1.0], y: [2.0]})
            with pytest.raises(tf.errors.InvalidArgumentError) as e:
                sess.run(z, {x: [1.0, 2.0], y: [1.0, 2.0, 3.0]})
            said.append((e.value.op.name, e.value.message))
    assert said[0] == said[1] and said[0][0] == "sum"


@pytest.mark.parametrize("how", ["raises", "wrong numbers", "wrong dtype"])
def test_a_kernel_that_cannot_stand_for_its_lines_is_not_used(how, stand_in, monkeypatch):
    def fuse(kernel_name=None):
        def fused(*args):
            if how == "raises":
                raise NotImplementedError("no such kernel")
            out = args[0] * 0 + 7
            return out if how == "wrong numbers" else out.astype(np.float64)

        return lambda f: fused

    monkeypatch.setattr(strict_cupy.module(), "fuse", fuse)
    with tf.Graph().as_default(), tf.Session(device="gpu:cupy") as sess:
        x = tf.placeholder(tf.float32, [2])
        y = tf.add(x * 2, 1, name="total")
        for n in range(3):
            assert sess.run(y, {x: [n, 1]}).tolist() == [2 * n + 1, 3]
        assert f"fused_total line by line ({'no such kernel' if how == 'raises' else 'its results are not those of the lines'})" in sess.plan(y, [x]).path


def test_constants_are_arrays_where_cupy_takes_no_numbers(gpu):
    with tf.Graph().as_default(), tf.Session(device=gpu) as sess:
        x = tf.placeholder(tf.float32, [None, 2])
        w = tf.Variable(3.0)
        slope = tf.gradients(tf.reduce_mean(x * w), w)[0]  # begins with a number, spread out
        sess.run(tf.global_variables_initializer())
        assert [sess.run(slope, {x: [[1, 2]] * n}) for n in range(1, 4)] == [1.5] * 3
        assert sess.plan(slope, [x]).path.startswith("CuPy")


# -- the stand-in, and CuPy itself ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("body", [
    lambda cp, x: x.sum(), lambda cp, x: cp.sum(x), lambda cp, x: x.reshape(-1), lambda cp, x: x[0], lambda cp, x: x @ x, lambda cp, x: x.shape,
    lambda cp, x: cp.transpose(x), lambda cp, x: x if x > 0 else -x, lambda cp, x: x + cp.ones(3), lambda cp, x: cp.add(x, cp.ones(3)), lambda cp, x: 1.0,
])  # fmt: skip
def test_the_stand_in_refuses_it_inside_a_fused_function(body):
    cupy = strict_cupy.module()
    fused = cupy.fuse(kernel_name="k")(lambda x: body(cupy, x))
    with pytest.raises(Exception):  # noqa: B017 - CuPy has no one kind for it either
        fused(cupy.ones((3, 3)))


def test_the_stand_in_gives_all_results_one_shape():
    cupy = strict_cupy.module()
    one, two = cupy.fuse(lambda x, y: (x * 2, x + y))(cupy.ones(3), cupy.ones((2, 3)))
    assert one.shape == two.shape == (2, 3) and one.get().tolist() == [[2.0] * 3] * 2
    assert not isinstance(one, strict_cuda.Traced)


def fused_functions(cases):
    """The fused functions of every case's step, with the arguments' names, dtypes and numbers of axes."""
    for case in cases:
        with tf.Graph().as_default():
            outputs, xs, feed = built(case, "float32")
            floats = [y for y in outputs if y.dtype.is_floating][:1]
            loss = tf.add_n([tf.reduce_sum(tf.tanh(y * 2 + 1) ** 2) for y in floats]) if floats else None
            variables = [tf.Variable(tf.zeros(x.shape)) for x in xs]
            slopes = tf.gradients(loss, xs) if case.smooth and floats else [None] * len(xs)
            pairs = [(g, v) for g, v in zip(slopes, variables, strict=True) if g is not None]
            train = tf.train.AdamOptimizer().apply_gradients(pairs) if pairs else None
            fetches = [*outputs, *([] if loss is None else [loss]), *([] if train is None else [train])]
            code = written(fetches, feed)
            names = {n: t for t, n in build(tf.get_default_graph(), fetches, feed).names.items()}
            found = []
            scope = {**code.env, "xp": namespaces.cupy_namespace(), "fuse": lambda f, to=found: to.append(f) or f}
            exec(compile(code.source, case.name, "exec"), scope)  # noqa: S102 - the step's own text
            for f in found:
                kinds = []
                for n in f.__code__.co_varnames[: f.__code__.co_argcount]:
                    value = code.env.get(n)
                    kinds.append((value.dtype, value.ndim) if value is not None else (np.dtype(names[n].dtype.base_dtype.np), names[n].shape.ndims))
                yield case.name, f, kinds, [np.dtype(names[n].dtype.base_dtype.np) for n in _returned(code.source, f.__name__)]


def _returned(source, label):
    body = source[source.index(f"def {label}(") :]
    return body[body.index("    return ") + 11 :].partition("\n")[0].split(", ")


def test_cupy_makes_kernels_of_the_fused_functions():
    """CuPy's own `fuse` goes through each function and writes CUDA of it; that needs CuPy, and no GPU."""
    cupy = pytest.importorskip("cupy")
    from cupy._core import fusion
    from cupy.cuda import MemoryPointer, UnownedMemory

    count = 0
    for name, function, kinds, dtypes in fused_functions(CASES):
        arrays = [cupy.ndarray((2,) * ndim, dtype, memptr=MemoryPointer(UnownedMemory(256, 256, None, 0), 0)) for dtype, ndim in kinds]
        history = fusion._FusionHistory()
        fusion._thread_local.history, fusion._thread_local.is_old_fusing = history, True
        try:
            kernel, _ = history.get_fusion(function, tuple(arrays), function.__name__)
        finally:
            fusion._thread_local.history, fusion._thread_local.is_old_fusing = None, False
        assert [np.dtype(p.dtype) for p in kernel.out_params] == dtypes, (name, function.__name__)
        count += 1
    assert count > 50


def test_the_stand_in_has_cuda_s_names():
    cupy = pytest.importorskip("cupy")
    for made in (strict_cuda.Stream, strict_cuda.MemoryPool, strict_cuda.Graph):
        theirs = getattr(cupy.cuda, made.__name__)
        assert [n for n in vars(made) if not n.startswith("_") and n not in ("inside", "kept") and not hasattr(theirs, n)] == []
    assert all(hasattr(cupy.cuda, n) for n in ("using_allocator", "get_current_stream")) and callable(cupy.fuse)
