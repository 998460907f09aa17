"""tfnb where JupyterLab is not: in a page of its own, with the widget managers of VS Code and of all that are like Colab's.

The hosts themselves cannot be started here. What draws widgets in them can: @vscode/jupyter-ipywidgets8, and
@jupyter-widgets/html-manager with anywidget's AMD module. tests/browser/hosts has the page; `npm ci && npm run build`
there installs what it needs.
"""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from tests.browser.conftest import ARTIFACTS, Desk

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

HOSTS = Path(__file__).parent / "hosts"
MODULES = HOSTS / "node_modules"
PARTS = {
    "page.js": MODULES / ".built" / "page.js",
    "require.js": MODULES / "requirejs" / "require.js",
    "managers.js": MODULES / "@jupyter-widgets" / "html-manager" / "dist" / "libembed-amd.js",
    "ipywidgets.js": MODULES / "@vscode" / "jupyter-ipywidgets8" / "dist" / "ipywidgets.js",
}
pytestmark = pytest.mark.skipif(not all(p.exists() for p in PARTS.values()), reason="needs npm ci and npm run build in tests/browser/hosts")

# the marks and colours that VS Code and Colab give their outputs
EDITOR = 'style="background: {0}; color: {1}; --vscode-editor-background: {0}; --vscode-editor-foreground: {1}"'
THEMES = {
    "vscode-light": f'<body class="vscode-light" {EDITOR.format("#fff", "#3b3b3b")}>',
    "vscode-dark": f'<body class="vscode-dark" {EDITOR.format("#1f1f1f", "#ccc")}>',
    "colab-dark": '<body style="background: #383838; color: #d5d5d5">',
    "plain": "<body>",
}
PAGE = """<!doctype html>
<html lang="en"{mark}><meta charset="utf-8"><title>A host</title>
<script src="require.js"></script>
<script>requirejs.config({{ paths: {{ anywidget: "/static/anywidget" }} }});</script>
{manager}
{body}
<script type="module" src="page.js"></script>
</html>
"""


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    folder = tmp_path_factory.mktemp("host")
    for name, path in PARTS.items():
        shutil.copy(path, folder / name)
    anywidget = Path(importlib.util.find_spec("anywidget").origin).parent / "nbextension" / "index.js"
    shutil.copy(anywidget, folder / "anywidget.js")
    for theme, body in THEMES.items():
        mark = ' theme="dark"' if theme == "colab-dark" else ""
        for manager in ("html", "vscode"):
            script = '<script src="managers.js"></script>' if manager == "html" else ""
            (folder / f"{manager}-{theme}.html").write_text(PAGE.format(mark=mark, manager=script, body=body), encoding="utf-8")
    return folder


class Host(Desk):
    """A page of one manager and theme, with a kernel of its own."""

    def __init__(self, page, server, manager, theme, without):
        super().__init__(page, manager)
        page.goto(f"{server.address}/static/{manager}-{theme}.html?manager={manager}&without={without}")
        page.wait_for_function("() => 'host' in window", timeout=60_000)

    def start(self, code):
        """Starts a cell; its outputs are in the section that is returned."""
        self.page.evaluate("(code) => { window.host.last = window.host.run(code); }", code)
        return self.page.locator("section[data-cell]").nth(self.page.locator("section[data-cell]").count() - 1)

    def run(self, code, status="ok"):
        """Runs a cell to its end."""
        cell = self.start(code)
        assert self.page.evaluate("() => window.host.last") == status, cell.inner_text()
        return cell


@pytest.fixture(scope="module")
def server(serve, static):
    return serve({}, f"--ServerApp.extra_static_paths={[str(static)]}", "--ServerApp.disable_check_xsrf=True")


@pytest.fixture(scope="module")
def visit_host(chromium, server):
    opened = []

    def open_host(manager, theme="plain", width=1200, without="", **options):
        page = chromium.new_page(viewport={"width": width, "height": 1000}, **options)
        opened.append(Host(page, server, manager, theme, without))
        opened[-1].run(IN_VSCODE)
        opened[-1].run(MODEL)
        return opened[-1]

    yield open_host
    for one in opened:
        one.page.evaluate("() => window.host.kernel.shutdown()")
        one.page.close()


@pytest.fixture(scope="module", params=["html", "vscode"])
def host(request, visit_host):
    return visit_host(request.param)


IN_VSCODE = "__vsc_ipynb_file__ = '/home/me/graph.ipynb'"  # what VS Code sets in a kernel
MODEL = """\
import numpy as np
x = tf.placeholder(tf.float32, [None, 8], name="x")
with tf.name_scope("hidden"):
    W = tf.Variable(np.random.RandomState(0).randn(8, 4).astype("f"), name="W")
    h = tf.nn.relu(tf.matmul(x, W), name="h")
loss = tf.reduce_mean(tf.square(h), name="loss")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
batch = np.ones((16, 8), "f")
"""
GRAPH = "%graph --depth 0"
STEP = "%step loss train --feed x=batch"
WRONG = "tf.matmul(x, tf.ones([3, 3]))"
TRAINING = """
for step in range(100_000_000):
    tf.plot(step, loss=sess.run([loss, train], {x: batch})[0])
"""


# -- the views, with their kernel ---------------------------------------------------------------------------------------------
def test_a_scope_is_opened_and_a_node_says_what_it_is(host):
    graph = host.run(GRAPH).locator(".tfnb-graph")
    expect(graph.locator("g[data-id='node:hidden']")).to_be_visible()
    expect(graph.locator("g[data-id='node:hidden/h']")).to_have_count(0)
    graph.locator("g[data-id='node:hidden']").dblclick()
    graph.locator("g[data-id='node:hidden/h']").click()
    card = graph.locator(".tfnb-card")
    expect(card).to_contain_text("hidden/h")
    # this page has no cells to jump to: the card says where, and offers no button
    expect(card).to_contain_text("cell 2, line 5")
    expect(card.locator("[data-deed=jump]")).to_have_count(0)
    graph.locator(".tfnb-drawing").press("c")
    graph.locator("input[type=search]").fill("MatMul")
    expect(graph.locator(".tfnb-found")).to_contain_text("hidden/MatMul")
    assert host.problems == []
    host.shot(f"host-{host.app}-graph", graph)


def test_a_run_is_stepped_forward_and_back(host):
    stepper = host.run(STEP).locator(".tfnb-stepper")
    count = stepper.locator(".tfnb-count")
    expect(count).to_have_text(re.compile("^step 0 of"))
    stepper.locator("button[data-do=forward]").click()
    expect(count).to_have_text(re.compile("^step 1 of"))
    stepper.focus()
    stepper.press("ArrowRight")
    expect(count).to_have_text(re.compile("^step 2 of"))
    stepper.press("ArrowLeft")
    expect(count).to_have_text(re.compile("^step 1 of"))
    stepper.locator("input[type=range]").fill("5")
    expect(count).to_have_text(re.compile("^step 5 of"))
    stepper.locator(".tfs-where.tfs-jump").first.click()
    expect(stepper.locator(".tfs-stopped")).to_have_text("hidden/MatMul was made in cell 2:5.")
    assert host.problems == []
    host.shot(f"host-{host.app}-stepper", stepper)


def test_values_come_as_binary_buffers(host):
    stepper = host.run(STEP).locator(".tfnb-stepper")
    before = host.page.evaluate("() => window.host.buffers")
    stepper.locator("button[data-do=forward]").click()
    stepper.locator(".tfs-pick select").select_option("hidden/MatMul:0")
    canvas = stepper.locator(".tfs-view canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("Heat map of 16 by 4"))
    assert host.page.evaluate("() => window.host.buffers") > before
    first = canvas.evaluate("(c) => [...c.getContext('2d').getImageData(4, 4, 1, 1).data]")
    assert first[3] == 255 and first[:3] != [255, 255, 255]  # the first number is drawn, in its colour


def test_a_training_is_paused_and_stopped_while_its_cell_runs(host):
    training = host.start(TRAINING).locator(".tfnb-training")
    says = training.locator(".tfnb-says")
    expect(says).to_contain_text(re.compile(r"training - [1-9]\d* runs"), timeout=30_000)
    training.locator("button[data-do=pause]").click()
    expect(says).to_contain_text("paused")
    runs, before = re.search(r"\d+ runs", says.inner_text())[0], ""
    while runs != before:  # the run that was under way ends, and is told
        host.page.wait_for_timeout(400)
        runs, before = re.search(r"\d+ runs", says.inner_text())[0], runs
    training.locator("button[data-do=one]").click()
    expect(says).to_contain_text(f"paused: variables are as the last run left them - {int(runs.split()[0]) + 1} runs")
    expect(training.locator(".u-title")).to_have_text("loss")
    host.shot(f"host-{host.app}-training", training)
    training.locator("button[data-do=stop]").click()
    expect(says).to_contain_text("stopped by the button")
    assert host.problems == []


def test_an_error_says_where_and_offers_to_copy(host):
    card = host.run(WRONG, status="error").locator(".tfs-card")
    expect(card).to_contain_text("How to mend it")
    expect(card.locator("button[title^='Go to']")).to_have_count(0)
    expect(card.locator("button[data-do=insert]")).to_have_text("copy as a cell")


# -- light and dark -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "manager, theme, system, width",
    [("vscode", "vscode-light", "dark", 1200), ("vscode", "vscode-dark", "light", 1200), ("vscode", "vscode-dark", "dark", 600),
     ("html", "colab-dark", "light", 1200), ("html", "plain", "dark", 1200), ("html", "plain", "light", 600)],
)  # fmt: skip
def test_the_views_follow_the_page(visit_host, manager, theme, system, width):
    host = visit_host(manager, theme, width=width, color_scheme=system)
    dark = "dark" in theme or theme == "plain" and system == "dark"
    host.run(GRAPH).locator(".tfnb-graph g.node").first.click()
    for code in (STEP, "%device", "%vars", "tf.plot(0, loss=1.0)\ntf.plot(1, loss=0.5)", WRONG):
        host.run(code, status="error" if code == WRONG else "ok")
    expect(host.page.locator(".tfnb-view")).to_have_count(6)
    for view in host.page.locator(".tfnb-view").all():
        paper, ink = view.evaluate("(e) => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")
        assert (luminance(paper) < 0.2) == dark and (luminance(ink) > 0.4) == dark, (view.get_attribute("class"), paper, ink)
    if theme == "vscode-dark":
        assert paper == "rgb(31, 31, 31)" and ink == "rgb(204, 204, 204)"  # the editor's own
    assert host.serious("section[data-cell]") == []
    host.page.screenshot(path=ARTIFACTS / f"host-{manager}-{theme}-{width}.png", full_page=True)


def luminance(colour):
    """Relative luminance of rgb(r, g, b), 0 black to 1 white."""
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


# -- where there are no widgets -------------------------------------------------------------------------------------------------
def test_without_widgets_there_are_pictures(visit_host):
    host = visit_host("html", "colab-dark", without="application/vnd.jupyter.widget-view%2Bjson")
    graph = host.run(GRAPH).locator("[data-kind='image/svg+xml'] svg")
    expect(graph).to_be_visible()
    paper, ink = (graph.locator(s).first.evaluate("(e) => getComputedStyle(e).fill") for s in ("g.graph > polygon", "g.node text"))
    assert luminance(paper) < 0.1 and luminance(ink) > 0.6
    stepped = host.run(STEP)
    expect(stepped.locator("[data-kind='text/html'] .tfnb-static svg").first).to_be_visible()
    host.page.screenshot(path=ARTIFACTS / "host-pictures.png", full_page=True)
    # a code host strips styles: what is left is a picture on white paper, whatever the page
    host.page.locator("section style").evaluate_all("(all) => all.forEach((e) => e.remove())")
    paper, ink = (graph.locator(s).first.evaluate("(e) => getComputedStyle(e).fill") for s in ("g.graph > polygon", "g.node text"))
    assert luminance(paper) == 1 and luminance(ink) < 0.1
