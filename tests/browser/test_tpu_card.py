"""`%device tpu:v5e-4` in real JupyterLab: the card of a step that was compiled for TPUs that are not here."""

import importlib.util
import re

import pytest

from tests.browser.conftest import cells

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.skipif(importlib.util.find_spec("libtpu") is None, reason="the TPU compiler is not installed: pip install libtpu")

TRAINED = """
import numpy as np
x = tf.placeholder(tf.float32, [None, 64], name="x")
labels = tf.placeholder(tf.int64, [None], name="labels")
h = tf.nn.relu(tf.matmul(x, tf.get_variable("W", [64, 256])))
logits = tf.matmul(h, tf.get_variable("V", [256, 10]))
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
train = tf.train.AdamOptimizer().minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
_ = sess.run([loss, train], {x: np.zeros((128, 64)), labels: np.zeros(128)})
"""
PYTHON_INSIDE = """
said = tf.py_func(lambda v: v, [loss], tf.float32, name="said")
%device tpu:v5e-4 said --feed x=np.zeros((8,64)) labels=np.zeros(8)
"""


@pytest.fixture(scope="module")
def desk(serve, visit):
    desk = visit(serve({"tpu.ipynb": cells(TRAINED, "%device tpu:v5e-4")}), "tpu.ipynb")
    desk.run_all()
    return desk


def test_the_card_says_what_the_compiler_found(desk):
    card = desk.page.locator("[data-plan='tpu:v5e-4']").first
    expect(card).to_contain_text("The step compiles for these chips, which need not be here.")
    rows = dict(zip(card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts(), strict=True))
    assert list(rows) == ["chips", "compiles", "memory a chip", "step", "arithmetic", "collectives", "measured here"]
    assert rows["chips"] == "4 as 2x2, mesh 4 data"
    assert re.match(r"yes, in [\d.]+ s$", rows["compiles"]) and " of 16 GB" in rows["memory a chip"]
    assert "all-reduce" in rows["collectives"] and "on cpu:numpy" in rows["measured here"]
    assert desk.problems == []


def test_what_cannot_be_compiled_says_why(desk):
    desk.run_new(PYTHON_INSIDE)
    card = desk.page.locator("[data-plan='tpu:v5e-4']").last
    expect(card).to_contain_text("said (PyFunc) works on the host")
    expect(card).to_contain_text("Fetch the training op and the loss alone.")
    card.scroll_into_view_if_needed()
    desk.shot("tpu-refused", card)


def test_the_session_still_moves_to_jax_on_the_cpu(desk):
    view = desk.page.locator(".tfnb-devices").first
    view.get_by_role("button", name="cpu:jax").click()
    expect(view.locator(".tfnb-says")).to_contain_text("their values unchanged", timeout=60_000)
    desk.run_new("print(sess.device, sess.run(loss, {x: np.zeros((2, 64)), labels: np.zeros(2)}))")
    expect(desk.page.locator(".jp-OutputArea-output").last).to_contain_text("cpu:jax 2.3")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 600])
def test_the_card_can_be_read(desk, theme, width):
    desk.page.set_viewport_size({"width": width, "height": 1400})
    desk.theme(theme)
    view = desk.page.locator(".tfnb-devices").first
    view.scroll_into_view_if_needed()
    assert desk.serious(".tfnb-devices") == []
    assert view.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    term, figure = view.locator("dt", has_text="memory a chip"), view.locator("dd", has_text=" of 16 GB")
    assert term.evaluate("(e) => e.getClientRects()[0].height") < 30  # in one line
    assert figure.bounding_box()["width"] > 150
    desk.shot(f"tpu-{theme}-{width}", view)
