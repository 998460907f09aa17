"""A lesson in real JupyterLab, in headless Chromium: run it, step it forward and back. Screenshots stay in artifacts/."""

import re

import pytest

from tests.browser.conftest import ARTIFACTS
from tfnb import cli

playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def server(serve):
    server = serve({})
    cli.copy_lessons(server.folder)
    return server


@pytest.fixture(scope="module")
def lab(server):
    return server.address


@pytest.fixture(scope="module")
def page(server, visit):
    return visit(server, "01-graph-and-session.ipynb", height=1000).page


def shot(page, name):
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")


def test_a_lesson_is_run_and_stepped(page):
    page.wait_for_selector("text=tfnb | Idle", timeout=120_000)
    page.click("li.lm-MenuBar-item:has-text('Run')")
    page.click("li.lm-Menu-item[data-command='runmenu:run-all']")
    stepper = page.locator(".tfnb-stepper").first
    stepper.wait_for(timeout=120_000)
    count = stepper.locator(".tfnb-count")
    playwright.expect(count).to_have_text("step 0 of 1", timeout=60_000)
    stepper.scroll_into_view_if_needed()
    stepper.locator("button[data-do=forward]").click()
    playwright.expect(count).to_have_text("step 1 of 1")
    playwright.expect(stepper.locator(".tfs-view")).to_contain_text(re.compile("3"))
    shot(page, "stepper-light")
    stepper.focus()
    page.keyboard.press("ArrowLeft")
    playwright.expect(count).to_have_text("step 0 of 1")
    playwright.expect(stepper.locator("g.tfs-current")).to_have_count(1)


def test_training_grows_a_curve_and_is_stepped(page, lab):
    page.goto(lab + "/lab/tree/02-training.ipynb?reset", timeout=120_000)
    page.wait_for_selector("text=tfnb | Idle", timeout=120_000)
    page.click("li.lm-MenuBar-item:has-text('Run')")
    page.click("li.lm-Menu-item[data-command='runmenu:run-all']")
    stepper = page.locator(".tfnb-stepper").first
    stepper.wait_for(timeout=120_000)
    forward, count = stepper.locator("button[data-do=forward]"), stepper.locator(".tfnb-count")
    page.get_by_text("cpu:jax", exact=False).last.wait_for(timeout=120_000)
    page.wait_for_selector("text=tfnb | Idle", timeout=120_000)
    stepper.scroll_into_view_if_needed()
    for n in range(1, 4):
        forward.click()
        playwright.expect(count).to_have_text(re.compile(f"step {n} of"))
    stepper.locator("button[data-do=back]").click()
    playwright.expect(count).to_have_text(re.compile("step 2 of"))
    forward.click()
    playwright.expect(count).to_have_text(re.compile("step 3 of"))
    stepper.locator(".tfs-pick select").select_option("hidden/MatMul:0")
    playwright.expect(stepper.locator(".tfs-view canvas")).to_have_attribute("aria-label", re.compile("Heat map of 50 by 64"))
    stepper.locator(".tfs-control").scroll_into_view_if_needed()
    shot(page, "stepper-training")
    stepper.screenshot(path=ARTIFACTS / "stepper.png")
    page.locator("p", has_text="The pale line is the loss of each batch").first.scroll_into_view_if_needed()
    shot(page, "curve")
    trained = page.locator(".jp-Cell", has_text="tf.plot(int(step)").first
    trained.locator(".jp-OutputArea-output").first.scroll_into_view_if_needed()
    trained.screenshot(path=ARTIFACTS / "curve-cell.png")


TRAINING = """
import tfnb as tf
x = tf.placeholder(tf.float32, []); w = tf.Variable(5.0); loss = tf.square(w - x)
train = tf.train.GradientDescentOptimizer(0.001).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(100_000_000):
        tf.plot(step, loss=sess.run([loss, train], {x: 1.0})[0])
"""


def new_cell(page, code):
    """Runs code in a new cell at the end of the notebook."""
    page.wait_for_selector("text=tfnb | Idle", timeout=120_000)
    page.locator(".jp-Notebook .jp-Cell .jp-InputPrompt").last.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def test_a_training_is_paused_and_stopped_while_its_cell_runs(page, lab):
    before = page.locator(".tfnb-training").count()
    new_cell(page, TRAINING)
    playwright.expect(page.locator(".tfnb-training")).to_have_count(before + 1, timeout=60_000)
    view = page.locator(".tfnb-training").last
    says = view.locator(".tfnb-says")
    playwright.expect(says).to_contain_text("training")
    page.wait_for_function("e => Number(e.textContent.match(/(\\d+) runs/)[1]) > 100", arg=says.element_handle())
    shot(page, "training-running")

    def runs():
        return int(re.search(r"(\d+) runs", says.inner_text())[1])

    view.locator("button[data-do=pause]").click()
    playwright.expect(says).to_contain_text("paused")
    page.wait_for_timeout(600)
    held = runs()
    assert held > 0
    page.wait_for_timeout(600)
    assert runs() == held
    view.screenshot(path=ARTIFACTS / "training-paused.png")
    view.focus()
    page.keyboard.press(" ")
    playwright.expect(says).to_contain_text("training -")
    page.wait_for_function("([e, n]) => Number(e.textContent.match(/(\\d+) runs/)[1]) > n", arg=[says.element_handle(), held + 5])
    view.locator("button[data-do=stop]").click()
    playwright.expect(says).to_contain_text("stopped by the button", timeout=30_000)
    playwright.expect(page.get_by_text(re.compile("Training stopped after \\d+ runs")).last).to_be_visible()
    assert page.locator("text=Traceback (most recent call last)").count() == 0


CONTROLS = """
import numpy as np, tfnb as tf
tf.reset_default_graph()
tf.Variable(np.random.randn(20, 10).astype('f'), name='weights'); sess = tf.Session()
display(tf.session_panel(sess), tf.device_panel())
"""


def test_sessions_and_devices_have_buttons(page):
    before = page.locator(".tfnb-devices").count()
    new_cell(page, CONTROLS)
    playwright.expect(page.locator(".tfnb-devices")).to_have_count(before + 1, timeout=60_000)
    devices, session = page.locator(".tfnb-devices").last, page.locator(".tfnb-session").last
    session.get_by_role("button", name="Initialise all").click()
    playwright.expect(session.get_by_role("status")).to_have_text("1 variables have their initial values.")
    playwright.expect(session.get_by_role("row", name="weights")).to_contain_text("20×10")
    devices.get_by_role("button", name="cpu:jax").click()
    playwright.expect(devices.locator(".tfnb-says")).to_contain_text("their values unchanged", timeout=60_000)
    session.get_by_role("button", name="Close").click()
    playwright.expect(session).to_contain_text("is closed")
    devices.get_by_role("button", name="cpu:numpy").focus()
    page.keyboard.press("Enter")
    playwright.expect(devices.get_by_role("alert")).to_contain_text("No session is open")
    session.scroll_into_view_if_needed()
    shot(page, "controls-light")
    devices.screenshot(path=ARTIFACTS / "devices.png")
