"""A recorded run keeps every step, bounded, as a page in which nothing but its script can run."""

import base64
import hashlib
import json
import re

import numpy as np
import pytest

import tfnb as tf
from tfnb.views import replay, runs
from tfnb.views.dot import draw


@pytest.fixture
def run():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 64], name="x")
        w = tf.Variable(np.full((64, 3), 0.1, "f"), name="w")
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)), name="loss")
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        yield sess.step([loss, train], {x: np.arange(640.0).reshape(10, 64) / 640})


def recorded(run):
    picture = draw(run.program.graph, fetches=run.program.fetches, feeds=run.program.feeds)
    return replay.record(run, runs.program_facts(run, picture), picture.svg or "")


def numbers(window):
    return np.frombuffer(base64.b64decode(window["data"]), window["about"]["dtype"])


def test_each_step_and_each_version_is_kept(run):
    run.run_to(3)
    before = run.value("w")
    made = recorded(run)
    assert run.position == 3 and (run.value("w") == before).all()
    assert [s["position"] for s in made["states"]] == list(range(len(run.program.instructions) + 1))
    first, second = made["values"]["w:0"]
    assert first[0] == 0 and second[0] == len(made["states"]) - 1
    run.last()
    np.testing.assert_array_equal(numbers(second[1]["windows"]["heat"]), run.value("w").ravel())
    np.testing.assert_array_equal(numbers(made["values"]["loss:0"][0][1]["windows"]["table"]), run.value("loss"))


def test_the_page_is_bounded_whatever_is_in_it():
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.zeros([1000, 1000])
        for _ in range(60):
            y = y + 1.0
        made = recorded(sess.step(tf.reduce_sum(y)))
    assert len(json.dumps(made["values"])) < replay.ROOM


def test_nothing_but_the_script_can_run(run):
    script = "document.title = 'a </script> b';"
    text = replay.page(recorded(run), script)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    inner = re.search(r'<script type="module">(.*?)</script>', text, re.S)[1]
    assert "default-src 'none'" in policy
    assert "sha256-" + base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode() in policy
    assert "http:" not in policy and text.count("<script") == 2


def test_names_are_data():
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.constant("</script><script>alert(1)</script>", name="a")
        y = tf.identity(tf.get_default_graph().get_tensor_by_name("a:0"), name="y")
        text = replay.page(recorded(sess.step(y)), "0")
    assert "alert(1)</script>" not in text and "\\u003c/script>" in text
    data = re.search(r'id="run">(.*?)</script>', text, re.S)[1]
    assert "</script><script>alert(1)</script>" in json.dumps(json.loads(data))


def test_a_long_run_is_cut(monkeypatch):
    monkeypatch.setattr(replay, "STEPS", 10)
    with tf.Graph().as_default(), tf.Session() as sess:
        out = tf.while_loop(lambda i: i < 50, lambda i: i + 1, [0])
        made = recorded(sess.step(out))
    assert made["cut"] and len(made["states"]) == 11
