"""The controls (session, devices, training, inspector, error card) in real JupyterLab and Notebook 7, as axe-core and a reader see them."""

import pytest

from tests.browser.conftest import cells

expect = pytest.importorskip("playwright.sync_api").expect

SETUP = """import numpy as np
x = tf.placeholder(tf.float32, [], name="x")
w = tf.Variable(np.arange(6, dtype="f").reshape(2, 3), name="w")
loss = tf.reduce_sum(tf.square(w - x), name="loss")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
display(tf.session_panel(sess), tf.device_panel())"""
TRAIN = """sess.run(tf.global_variables_initializer())
for step in range(20):
    tf.plot(step, loss=sess.run([loss, train], {x: 1.0})[0])"""
ERROR = "with tf.Session() as fresh:\n    fresh.run(loss, {x: 1.0})"
PARTS = {"session": ".tfnb-session", "devices": ".tfnb-devices", "training": ".tfnb-training", "inspector": ".tfnb-inspect:not(.tfs-card)",
         "error": ".tfs-card"}


@pytest.fixture(scope="module")
def server(serve):
    return serve({f"{app}.ipynb": cells(SETUP, TRAIN, "tf.inspect(w)", ERROR) for app in ("lab", "notebook")})


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_nothing_serious_for_axe(server, visit, app):
    desk = visit(server, f"{app}.ipynb", app=app, height=1600)
    desk.run_all()
    for part in PARTS.values():
        expect(desk.page.locator(f".jp-Notebook {part}").first).to_be_visible(timeout=60_000)
    for theme in ("light", "dark"):
        desk.theme(theme)
        for name, part in PARTS.items():
            shown = desk.page.locator(f".jp-Notebook {part}").first
            shown.scroll_into_view_if_needed()
            desk.shot(f"controls-{app}-{theme}-{name}", shown)
            assert desk.serious(f".jp-Notebook {part}") == []
    assert desk.problems == []
