"""The listings of a run as TensorFlow 1 code give the same numbers under tfnb, and under TensorFlow 1.15 where that is at hand."""

import json
import os
import re
import subprocess

import numpy as np
import pytest

import tfnb as tf
from tests.cases import CASES
from tests.engine.test_exporting import STRUCTURED, agree
from tests.engine.test_stepping import map_and_random_model
from tests.test_ops import built
from tfnb.engine.exporting import export

TF1 = os.environ.get("TF1_PYTHON")


def test_the_listing_of_a_graph():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.Variable([[1.0], [2.0]], name="w")
        text = export(sess, tf.matmul(x, w, name="product"), [x], "tf1").text
        assert "x = tf.placeholder(tf.float32, [None, 2], name='x')" in text and "tf.raw_ops.MatMul(a=x, b=" in text


def test_what_is_fed_is_a_placeholder_in_the_listing():
    with tf.Graph().as_default(), tf.Session() as sess:
        h = tf.identity(tf.placeholder(tf.float32, [2], name="x"), name="h")
        text = export(sess, h * 3.0, [h], "tf1").text
    assert "h = tf.placeholder(tf.float32, [2], name='h')" in text and "Identity" not in text and "'x'" not in text


def listed(text):
    """The fetches and the names of a listing, run on a fresh graph of tfnb."""
    scope = {"tf": tf}
    exec(text.replace("import tensorflow as tf", ""), scope)
    return scope["fetches"], scope


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_the_listing_of_every_op(case):
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs, _, feed = built(case, "float32")
        text = export(sess, outputs, feed, "tf1").text
        want = sess.run(outputs, feed)
        places = {x.op.name: v for x, v in feed.items()}
    with tf.Graph().as_default() as g, tf.Session() as sess:
        fetches, _ = listed(text)
        agree(sess.run(fetches, {g.get_tensor_by_name(f"{n}:0"): v for n, v in places.items()}), want, "numpy")


def _training():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(np.linspace(-1, 1, 6).reshape(3, 2).astype("f"), name="w")
    loss = tf.reduce_mean(tf.reduce_sum(tf.square(tf.matmul(x, w) + tf.reduce_max(x)), 1, keepdims=True))
    slopes = tf.gradients(loss, [x])
    with tf.control_dependencies(slopes):  # no race: they are of the w before
        return x, w, [loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss), *slopes]


def test_what_tensorflow_lacks_is_listed_as_what_it_has():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, _, fetches = _training()
        sess.run(tf.global_variables_initializer())
        text = export(sess, fetches, [x], "tf1").text
    assert "Mean_grad_Tile_Reshape = tf.raw_ops.Reshape(" in text and "SpreadLike" not in text
    compile(text, "listing", "exec")


def _under_tensorflow(tmp_path, text, run):
    (tmp_path / "listed.py").write_text(f"import json\n{text}\n{run}\nprint(json.dumps([v if v is None else v.tolist() for v in got]))\n")
    done = subprocess.run([TF1, "-W", "ignore", "listed.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1500:]
    return json.loads(done.stdout.splitlines()[-1])


def two_sides_model():
    """Branches of one condition that stand apart: what one makes, and what the condition's two sides make, comes together later."""
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    count, last_count = tf.Variable(0.0, name="count"), tf.Variable(0.0, name="last_count")
    first = tf.cond(p, lambda: x * 2.0, lambda: x - 1.0)
    second = tf.cond(tf.reduce_sum(first) > 3.0, lambda: tf.assign_add(count, 1.0), lambda: tf.identity(count))
    third = tf.cond(p, lambda: first * second, lambda: tf.cond(second > 0.0, lambda: first, lambda: x))
    with tf.control_dependencies([tf.cond(p, lambda: tf.group(tf.assign_add(last_count, 5.0)), tf.no_op)]):
        last = tf.identity(third) + last_count
    return [last, tf.gradients(last, x)[0]], {p: True, x: [1.0, 2.0]}


def changing_model():
    """A loop whose shapes change, whose test computes what its body uses, with a flag as its condition, in a branch."""
    p = tf.placeholder(tf.bool, [], name="p")
    grow = lambda: tf.while_loop(lambda go, v: go, lambda go, v: (tf.size(v) < 4, tf.concat([v, v[:1] + 1.0], 0)), [True, tf.ones([1])],
                                 shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])[1]  # fmt: skip
    return [tf.cond(p, grow, lambda: tf.zeros([3]))], {p: True}


def flags(model, feed):
    """The feeds of a model, with a flag once with each of its values."""
    settings = (True, False) if any(k.dtype == tf.bool for k in feed) else (True,)
    return [{k: np.asarray(flag if k.dtype == tf.bool else v, k.dtype.as_numpy_dtype) for k, v in feed.items()} for flag in settings]


WITHIN = [*STRUCTURED, map_and_random_model, two_sides_model, changing_model]
SET = "[s.run(tf.raw_ops.Assign(ref=o.outputs[0], value=values[o.name])) for o in tf.get_default_graph().get_operations() if o.type == 'VariableV2']"


def listings(model):
    """A model's listing, then for each setting of its flags the variables before a run, the feeds, and what the run gives."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)
        fetches, feed = model()
        if model is map_and_random_model:
            fetches = fetches[:1]  # the other one is drawn without a seed
        runs = []
        for feeds in flags(model, feed):
            sess.run(tf.global_variables_initializer())
            text = export(sess, fetches, feeds, "tf1").text
            values = {v.op.name: sess.run(v) for v in tf.global_variables()}
            runs.append((values, {k.name: v for k, v in feeds.items()}, [v for v in sess.run(fetches, feeds) if v is not None]))
        return text, runs


@pytest.mark.parametrize("model", WITHIN, ids=lambda m: m.__name__)
def test_branches_and_loops_are_functions_in_the_listing(model):
    text, runs = listings(model)
    assert "tf.cond(" in text or "tf.while_loop(" in text
    assert not re.search(r"raw_ops\.(Switch|Merge|Enter|Exit|NextIteration|LoopCond)", text)
    for values, feeds, want in runs:
        with tf.Graph().as_default(), tf.Session() as s:
            fetches, _ = listed(text)
            exec(SET, {"s": s, "tf": tf, "values": values})
            agree([v for v in s.run(fetches, feeds) if v is not None], want, "listing")


@pytest.mark.slow
@pytest.mark.skipif(TF1 is None, reason="TF1_PYTHON names no Python with TensorFlow 1.15")
@pytest.mark.parametrize("model", WITHIN, ids=lambda m: m.__name__)
def test_tensorflow_runs_branches_and_loops_of_the_listing(model, tmp_path):
    text, runs = listings(model)
    told = [({k: v.tolist() for k, v in values.items()}, {k: v.tolist() for k, v in feeds.items()}) for values, feeds, _ in runs]
    run = f"s, got = tf.Session(), []\nfor values, feeds in json.loads({json.dumps(json.dumps(told))}):\n    {SET}\n    got += s.run(fetches, feeds)"
    run = run.replace("values[o.name]", "np.array(values[o.name], o.get_attr('dtype').as_numpy_dtype)")
    got = [v for v in _under_tensorflow(tmp_path, text, run) if v is not None]
    want = [v for *_, found in runs for v in found]
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_fetch_from_inside_of_a_branch_is_not_listed():
    with tf.Graph().as_default() as g:
        p = tf.placeholder(tf.bool, [], name="p")
        tf.cond(p, lambda: tf.exp(1.0), lambda: 0.0)
    with tf.Graph().as_default(), tf.Session() as sess:  # of an imported graph anything can be fetched
        p, inside = tf.import_graph_def(g.as_graph_def(), return_elements=["p:0", "cond/Exp:0"], name="")
        with pytest.raises(ValueError, match="cond/Exp:0 has a value inside of a branch or loop only"):
            export(sess, inside, [p], "tf1")


@pytest.mark.slow
@pytest.mark.skipif(TF1 is None, reason="TF1_PYTHON names no Python with TensorFlow 1.15")
def test_tensorflow_trains_by_the_listing(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w, fetches = _training()
        sess.run(tf.global_variables_initializer())
        text, start = export(sess, fetches, [x], "tf1").text, sess.run(w)
        feed = {x: np.arange(6.0).reshape(2, 3)}
        want = [*sess.run(fetches, feed), *sess.run(fetches, feed)]
    run = f"s = tf.Session()\nfor v, a in ((w, np.array({start.tolist()}, np.float32)), (Momentum, np.zeros((3, 2)))):\n"
    run += "    s.run(tf.raw_ops.Assign(ref=v, value=a.astype('f')))\n"
    run += "got = [v for _ in (1, 2) for v in s.run(fetches, {x: np.arange(6.).reshape(2, 3)})]"
    for a, b in zip(_under_tensorflow(tmp_path, text, run), want, strict=True):
        assert b is None or np.allclose(a, b, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(TF1 is None, reason="TF1_PYTHON names no Python with TensorFlow 1.15")
def test_tensorflow_runs_the_listing(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.Variable(np.linspace(-1, 1, 6).reshape(3, 2).astype("f"), name="w")
        h = tf.nn.softmax(tf.concat([tf.matmul(x, w), tf.reduce_sum(tf.square(x), 1, keepdims=True)], 1))
        with tf.control_dependencies([h]):
            fetches = [h, tf.assign_add(w, tf.ones([3, 2])), tf.argmax(h, 1)]
        sess.run(w.initializer)
        feed = {x: np.arange(6.0).reshape(2, 3)}
        text = export(sess, fetches, feed, "tf1").text
        start, want = sess.run(w), sess.run(fetches, feed)
    put = f"np.array({start.tolist()}, np.float32)"
    run = f"s = tf.Session(); s.run(tf.raw_ops.Assign(ref=w, value={put}))\ngot = s.run(fetches, {{x: np.arange(6.).reshape(2, 3)}})\n"
    for a, b in zip(_under_tensorflow(tmp_path, text, run), want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
