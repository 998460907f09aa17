"""Exported scripts run without tfnb and give the same numbers: every op case and its gradient, training, loops."""

import importlib.util
import json
import os
import string
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tfnb as tf
from tests.cases import CASES
from tests.engine.test_stepping import MODELS
from tests.test_ops import built
from tfnb.core.op import registry
from tfnb.engine.exporting import export
from tfnb.engine.exporting_torch import TABLE

DRIVER = """
import importlib.util, json, sys
sys.path.append({packages!r})
import numpy as np
folder, wanted = sys.argv[1:]
for name, runs in json.loads(wanted).items():
    spec = importlib.util.spec_from_file_location(name, f"{{folder}}/{{name}}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    feeds = dict(np.load(f"{{folder}}/{{name}}_feeds.npz"))
    results = [module.run(*feeds.values()) for _ in range(runs)]
    np.savez(f"{{folder}}/{{name}}_got.npz", **{{f"{{i}}_{{k}}": np.asarray(v) for i, r in enumerate(results) for k, v in enumerate(r)}})
assert not [m for m in sys.modules if m.split(".")[0] in ("tfnb", "tensorflow")]
"""


def elsewhere(folder, exports, python=sys.executable, flags=("-S",)):
    """Runs scripts in a fresh Python that knows no tfnb; `exports` are (script, feeds, number of runs) by name."""
    for name, (script, feeds, _) in exports.items():
        script.save(folder / f"{name}.py")
        np.savez(folder / f"{name}_feeds.npz", **{f"f{i}": v for i, v in enumerate(feeds.values())})
    (folder / "driver.py").write_text(DRIVER.format(packages=str(Path(np.__file__).parents[1]) if flags else "."))
    counts = json.dumps({name: runs for name, (_, _, runs) in exports.items()})
    done = subprocess.run([python, *flags, "-W", "ignore", "driver.py", str(folder), counts], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: list(np.load(folder / f"{name}_got.npz").values()) for name in exports}


def agree(got, want, target):
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b) if target == "numpy" else np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


TARGETS = ["numpy", pytest.param("jax", marks=[pytest.mark.jax, pytest.mark.slow])]


@pytest.mark.parametrize("target", TARGETS)
def test_every_op_and_its_gradient(target, tmp_path):
    exports, wanted = {}, {}
    for i, case in enumerate(CASES):
        with tf.Graph().as_default(), tf.Session() as sess:
            outputs, xs, feed = built(case, "float32")
            if case.smooth and case.shapes and all(y.dtype.is_floating for y in outputs):
                outputs = [*outputs, *[dx for dx in tf.gradients(outputs[0], xs) if isinstance(dx, tf.Tensor)]]
            outputs = list(dict.fromkeys(outputs))
            exports[f"case{i}"] = export(sess, outputs, feed, target), feed, 1
            wanted[f"case{i}"] = sess.run(outputs, feed)
    got = elsewhere(tmp_path, exports)
    for name, want in wanted.items():
        agree(got[name], want, target)


def training():
    tf.set_random_seed(5)  # without a seed no numbers are promised
    x = tf.placeholder(tf.float32, [None, 8], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    hidden = tf.nn.dropout(tf.layers.dense(x, 16, activation=tf.nn.relu), 0.8)
    logits = tf.layers.dense(hidden, 3)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    train = tf.train.AdamOptimizer(0.01).minimize(loss, global_step=tf.train.get_or_create_global_step())
    return [loss, logits, train], {x: np.random.default_rng(0).normal(size=(5, 8)).astype("f"), labels: np.array([0, 1, 2, 0, 1])}


@pytest.mark.parametrize("target", TARGETS)
def test_training_goes_on_in_the_script(target, tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feed = training()
        sess.run(tf.global_variables_initializer())
        script = export(sess, fetches, feed, target)
        want = [v for _ in range(3) for v in sess.run(fetches, feed) if v is not None]
        assert "import tfnb" not in script.text and script.arrays == {} and "def step(x, labels, " in script.text
    agree(elsewhere(tmp_path, {"training": (script, feed, 3)})["training"], want, target)


@pytest.mark.parametrize("model", MODELS[:5], ids=lambda m: m.__name__)
def test_branches_and_loops(model, tmp_path):
    script, feed, want = exported(model, "numpy")
    agree(elsewhere(tmp_path, {"model": (script, feed, 1)})["model"], want, "numpy")


def test_large_variables_stand_beside_the_script(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.Variable(np.random.default_rng(0).normal(size=(300, 300)), name="w")
        y = tf.reduce_sum(tf.square(w))
        sess.run(w.initializer)
        script = export(sess, y)
        assert list(script.arrays) == ["state_w"] and [p.name for p in script.save(tmp_path / "a.py")] == ["a.py", "a.npz"]
        agree(elsewhere(tmp_path, {"large": (script, {}, 1)})["large"], [sess.run(y)], "numpy")


@pytest.mark.jax
def test_the_jaxpr():
    pytest.importorskip("jax")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2, 3])
        assert "dot_general" in export(sess, tf.matmul(x, x, transpose_b=True), [x], "jaxpr").text
        with pytest.raises(ValueError, match="no jaxpr"):
            export(sess, tf.py_func(lambda v: v, [x], tf.float32), [x], "jaxpr")


def test_what_cannot_be_written_is_named():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [], name="x")
        item = tf.data.Dataset.range(3).make_one_shot_iterator().get_next()
        for fetch, says in [(tf.py_func(lambda v: v, [x], tf.float32, name="mine"), "mine"), (item, "OneShotIterator"), (x + 1.0, "placeholder x")]:
            with pytest.raises(ValueError, match=says):
                export(sess, fetch, [] if says == "placeholder x" else [x])
        with pytest.raises(ValueError, match="Exports are numpy"):
            export(sess, x, [x], "fortran")


# -- PyTorch -----------------------------------------------------------------------------------------------------
def python_with_torch():
    """A Python that has PyTorch: this one, or that which TFNB_TORCH_PYTHON names."""
    named = os.environ.get("TFNB_TORCH_PYTHON")
    if named or importlib.util.find_spec("torch") is not None:
        return named or sys.executable
    pytest.skip("no PyTorch here; TFNB_TORCH_PYTHON may name a Python that has it")


def dense_model():
    x = tf.placeholder(tf.float32, [None, 8], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    hidden = tf.layers.dense(tf.layers.dense(x, 16, tf.nn.relu), 16, tf.tanh)
    logits = tf.layers.dense(hidden, 3)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    right = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1), labels)))
    feed = {x: np.random.default_rng(0).normal(size=(5, 8)).astype("f"), labels: np.array([0, 1, 2, 0, 1])}
    return [loss, logits, right, tf.train.AdamOptimizer(0.01).minimize(loss)], feed


def image_model():
    x = tf.placeholder(tf.float32, [None, 8, 7, 2], name="x")
    h = tf.layers.conv2d(x, 4, 3, strides=2, activation=tf.nn.relu, padding="same", use_bias=False)
    h = tf.nn.avg_pool(tf.layers.conv2d(h, 3, 2), [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    h = tf.reshape(tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), [-1, 12])
    loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 3))) + 0.1 * tf.nn.l2_loss(h)
    return [loss, h, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)], {x: np.random.default_rng(0).normal(size=(2, 8, 7, 2)).astype("f")}


@pytest.mark.slow
@pytest.mark.parametrize("model", [dense_model, image_model], ids=lambda m: m.__name__)
def test_training_in_pytorch(model, tmp_path):
    python = python_with_torch()
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feed = model()
        sess.run(tf.global_variables_initializer())
        script = export(sess, fetches, feed, "torch")
        want = [v for _ in range(3) for v in sess.run(fetches, feed) if v is not None]
    agree(elsewhere(tmp_path, {"model": (script, feed, 3)}, python, ())["model"], want, "torch")


def sequence_model():
    x, lengths = tf.placeholder(tf.float32, [None, 4, 3], name="x"), tf.placeholder(tf.int32, [None], name="lengths")
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(2), x, lengths, dtype=tf.float32)
    loss = tf.reduce_sum(tf.square(outputs)) + tf.reduce_sum(state.h)
    feed = {x: np.random.default_rng(0).normal(size=(2, 4, 3)).astype("f"), lengths: np.array([2, 4], np.int32)}
    return [outputs, loss, tf.train.AdamOptimizer(0.1).minimize(loss)], feed


def mapped_model():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    mapped = tf.map_fn(lambda row: tf.cond(tf.reduce_any(row > 1.0), lambda: row[::-1] * 2.0, lambda: -row), x)
    grown = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    grown = tf.while_loop(lambda i, a: i < tf.shape(x)[0], lambda i, a: (i + 1, a.write(i, x[i, :2])), [0, grown])[1]
    found = [mapped, *tf.gradients(mapped, x), grown.concat(), tf.scan(lambda a, b: a + b, x)]
    return found, {x: np.arange(-3.0, 3.0, dtype="f").reshape(2, 3)}


def names_model():
    total, mean = tf.Variable(1.0, name="total"), tf.Variable([[2.0]], name="mean")  # called like functions of the script
    y = tf.reduce_sum(mean * tf.reduce_mean(mean, name="max"), name="torch")
    return [tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, a + total * y), [0, 0.0])[1], tf.assign_add(total, y)], {}


STRUCTURED = [m for m in MODELS[:5] if m.__name__ != "map_and_random_model"] + [sequence_model, mapped_model, names_model]


def exported(model, target):
    """The script of a model, its feeds, and what the session gives."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)
        fetches, feed = model()
        feed = {k: np.asarray(v, k.dtype.as_numpy_dtype) for k, v in feed.items()}
        sess.run(tf.global_variables_initializer())
        script = export(sess, fetches, feed, target)
        return script, feed, [v for v in sess.run(fetches, feed) if v is not None]


@pytest.mark.parametrize("model", STRUCTURED, ids=lambda m: m.__name__)
def test_branches_and_loops_are_pythons_in_the_pytorch_script(model):
    script, _, _ = exported(model, "torch")
    compile(script.text, "script", "exec")
    assert "    while True:" in script.text or "    if p:" in script.text
    assert "xp." not in script.text and "ops." not in script.text


@pytest.mark.slow
def test_branches_and_loops_in_pytorch(tmp_path):
    python = python_with_torch()
    exports, wanted = {}, {}
    for model in STRUCTURED:
        script, feed, wanted[model.__name__] = exported(model, "torch")
        exports[model.__name__] = script, feed, 1
    got = elsewhere(tmp_path, exports, python, ())
    for name, want in wanted.items():
        agree(got[name], want, "torch")


@pytest.mark.slow
def test_every_op_with_a_counterpart_in_pytorch(tmp_path):
    python = python_with_torch()
    exports, wanted = {}, {}
    for i, case in enumerate(CASES):
        with tf.Graph().as_default(), tf.Session() as sess:
            outputs, xs, feed = built(case, "float32")
            if case.type in TABLE and not case.attrs.get("batch_dims"):
                exports[f"case{i}"] = export(sess, outputs[:1], feed, "torch"), feed, 1
                wanted[f"case{i}"] = sess.run(outputs[:1], feed)
    assert len(exports) > 60
    got = elsewhere(tmp_path, exports, python, ())
    for name, want in wanted.items():
        np.testing.assert_allclose(got[name][0], want[0], rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_table_for_pytorch_speaks_of_each_ops_own_parameters():
    for op_type, text in TABLE.items():
        known = {p.name for p in registry[op_type].params} | set(registry[op_type].attributes)
        assert {field for _, field, _, _ in string.Formatter().parse(text) if field} <= known, op_type


def test_what_pytorch_has_not_is_named():
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(ValueError, match=r"PyTorch has no counterpart here for RandomStandardNormal \(noise/RandomStandardNormal\)"):
            export(sess, tf.random_normal([2], name="noise"), None, "torch")
