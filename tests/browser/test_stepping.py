"""The stepper in real JupyterLab and Notebook 7: every thing it does is done with a mouse or the keyboard and looked at."""

import re

import pytest

from tests.browser.conftest import cells

expect = pytest.importorskip("playwright.sync_api").expect

SETUP = """
import numpy as np
rng = np.random.RandomState(0)
x = tf.placeholder(tf.float32, [None, 64], name="x")
labels = tf.placeholder(tf.int64, [None], name="labels")
with tf.name_scope("hidden"):
    W = tf.Variable(rng.randn(64, 16).astype("f") / 8, name="W")
    h = tf.nn.relu(tf.matmul(x, W))
with tf.name_scope("output"):
    V = tf.Variable(rng.randn(16, 10).astype("f") / 4, name="V")
    logits = tf.matmul(h, V)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss")
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32), name="accuracy")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
feed = {x: rng.rand(20, 64), labels: rng.randint(0, 10, 20)}
"""
STEP = "%step loss train --feed x=rng.rand(20,64) labels=rng.randint(0,10,20)"
LOOP = """
i = tf.constant(0)
total = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + tf.cast(i, tf.float32)), [i, tf.constant(0.0)])[1]
"""
ODD = """
odd = tf.add(tf.constant([1.0, 2.0]), 1.0, name="\\u0531\\u0580\\u0574\\u0565\\u0576" if False else "a.b")
words = tf.strings.join([tf.constant(['<b>&"', "\\u0532\\u0561\\u0580\\u0587"]), tf.constant("!")], name="words")
"""


@pytest.fixture(scope="module")
def server(serve):
    return serve({"step.ipynb": cells(SETUP, STEP), "more.ipynb": cells(SETUP), "seven.ipynb": cells(SETUP, STEP)})


@pytest.fixture(scope="module")
def lab(server, visit):
    desk = visit(server, "step.ipynb")
    desk.run_all()
    return desk


@pytest.fixture
def stepper(lab):
    found = lab.page.locator(".tfnb-stepper").first
    found.wait_for(timeout=60_000)
    found.scroll_into_view_if_needed()
    lab.page.evaluate("() => document.querySelector('.tfnb-stepper').focus()")
    found.press("Home")
    expect(found.locator(".tfnb-count")).to_have_text(re.compile("step 0 of"))
    return found


def count(stepper, n):
    expect(stepper.locator(".tfnb-count")).to_have_text(re.compile(f"^step {n} of"))


def test_forward_and_back_by_button_key_slider_and_click(lab, stepper):
    stepper.locator("button[data-do=forward]").click()
    count(stepper, 1)
    stepper.focus()
    stepper.press("ArrowRight")
    count(stepper, 2)
    stepper.press("ArrowLeft")
    count(stepper, 1)
    stepper.press("End")
    expect(stepper.locator(".tfs-says")).to_have_text("The run is at its end.")
    expect(stepper.locator(".tfs-changes")).to_contain_text("output/V")
    lab.shot("stepper-end", stepper)
    slider = stepper.locator("input[type=range]")
    slider.fill("5")
    count(stepper, 5)
    stepper.locator(".tfs-line", has_text="argmax").count()
    row = stepper.locator(".tfs-line").nth(3)
    row.dblclick()
    count(stepper, 3)
    expect(stepper.locator("g.tfs-current")).to_have_count(1)
    assert stepper.locator("g.tfs-done").count() >= 2 and stepper.locator("g.tfs-coming").count() > 2 and stepper.locator("g.tfs-idle").count() >= 1
    lab.shot("stepper-light", stepper)
    assert lab.problems == []
