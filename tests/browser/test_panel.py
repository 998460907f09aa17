"""The side panel and the drawing of saved graphs, in real JupyterLab. Screenshots stay in artifacts/."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tfnb import cli

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]
playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("jupyterlab")

ARTIFACTS = Path(__file__).parent / "artifacts"
LAYER = """%%graph
x = tf.placeholder(tf.float32, [None, 4], name="x")
with tf.name_scope("layer"):
    w = tf.get_variable("weights", [4, 3])
    b = tf.get_variable("bias", [3], initializer=tf.zeros_initializer())
    y = tf.nn.relu(x @ w + b, name="y")
step = tf.get_variable("step", [], tf.int64, trainable=False, initializer=tf.zeros_initializer())"""
RUN = "sess = tf.Session()\nsess.run([w.initializer, b.initializer])"


def notebook(*cells, kernel="tfnb", outputs=None):
    made = [{"cell_type": "code", "id": f"cell{i}", "metadata": {}, "execution_count": None, "source": text, "outputs": (outputs or {}).get(i, [])}
            for i, text in enumerate(cells)]  # fmt: skip
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made})


EVIL = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 40" onload="window.hacked=1"><script>window.hacked=2</script>' \
       '<g id="node:a" class="node kind-op" onclick="window.hacked=3"><a href="javascript:window.hacked=4">' \
       '<title>a</title><ellipse cx="45" cy="20" rx="30" ry="15"' \
       ' fill="url(http://evil.example/x)" style="background:url(http://evil.example/x)"/></a><text x="45" y="24">&lt;b&gt;&amp;"</text></g>' \
       '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="window.hacked=5"/></body></foreignObject>' \
       '<image href="http://evil.example/x.png"/></svg>'  # fmt: skip


def saved():
    """A notebook from elsewhere: its graph output holds whatever somebody wrote into it."""
    node = {"kind": "op", "type": "<img src=x onerror=window.hacked=6>", "where": "cell 1, line 1", "doc": "<b>doc</b>"}
    data = {"application/vnd.tfnb.graph+json": {"version": 1, "svg": EVIL, "title": "<i>Graph</i>", "nodes": {"a": node}}, "text/plain": "a"}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    return notebook("%graph", outputs={0: [output]})


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    cli.install_kernel()
    (folder / "layer.ipynb").write_text(notebook(LAYER, RUN, "sess.run(y, {x: [[1, 2, 3, 4]]})"))
    (folder / "plain.ipynb").write_text(notebook("1 + 1", kernel="python3"))
    (folder / "saved.ipynb").write_text(saved())
    news = folder / ".settings" / "@jupyterlab" / "apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder / ".config"), "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"),
           "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces")}  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0",
               "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=", "--LabApp.check_for_updates_class="
               "jupyterlab.NeverCheckForUpdate", "--expose-app-in-browser"]  # fmt: skip
    with open(folder / "lab.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=env)
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(address + "/api", timeout=2)
            break
        except OSError:
            assert server.poll() is None, (folder / "lab.log").read_text()[-2000:]
            time.sleep(0.5)
    yield address
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")
def page(lab):
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.problems = []
        page.on("pageerror", lambda e: page.problems.append(str(e)))
        page.goto(lab + "/lab/tree/layer.ipynb", timeout=120_000)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        page.wait_for_selector("text=tfnb | Idle", timeout=120_000)
        yield page
        browser.close()


def do(page, command, args="{}"):
    """Starts a command; its promise is not waited for, because a dialog or a long cell would hold it."""
    page.evaluate(f"() => {{ window.jupyterapp.commands.execute({command!r}, {args}); }}")


def theme(page, name):
    do(page, "apputils:change-theme", json.dumps({"theme": name}))
    page.wait_for_selector(f"body[data-jp-theme-name={json.dumps(name)}]", state="attached")
    page.wait_for_timeout(500)  # the theme's own transition


def shot(page, name):
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")


def expect(locator):
    return playwright.expect(locator)


def test_the_panel_shows_graph_and_variables_of_the_kernel(page):
    panel = page.locator("#tfnb-panel")
    do(page, "tfnb:open")
    expect(panel).to_contain_text("No node yet", timeout=30_000)
    shot(page, "panel-empty")
    do(page, "notebook:run-all-cells")
    expect(panel).to_contain_text("3 variables", timeout=60_000)
    rows = panel.locator(".tfnb-variables tbody tr")
    expect(rows).to_have_count(3, timeout=30_000)
    expect(rows.nth(0)).to_have_text("weights4×3float3248 B")
    expect(rows.nth(1)).to_have_text("bias3float3212 B")
    expect(rows.nth(2)).to_have_text("stepnot initialised")
    expect(panel.locator(".tfnb-drawing g.node").first).to_be_visible(timeout=30_000)
    rows.nth(1).locator("button").click()
    expect(panel.locator(".tfnb-card")).to_contain_text("bias VariableV2, trainable variable, made in cell 1")
    panel.locator("summary", has_text="Devices").click()
    expect(panel.locator(".tfnb-devices")).to_contain_text("cpu:jax")
    shot(page, "panel-light")


def test_a_graph_output_is_drawn_with_controls(page):
    graph = page.locator(".jp-Notebook .tfnb-graph").first
    drawing = graph.locator(".tfnb-drawing")
    drawing.scroll_into_view_if_needed()
    svg = drawing.locator("svg")
    whole = svg.get_attribute("viewBox")
    graph.get_by_label("Zoom in (+)").click()
    assert svg.get_attribute("viewBox") != whole
    drawing.focus()
    page.keyboard.press("f")
    assert svg.get_attribute("viewBox") == whole
    page.keyboard.press("ArrowRight")
    assert svg.get_attribute("viewBox") != whole
    page.keyboard.press("0")
    assert svg.get_attribute("viewBox") == whole
    graph.locator("summary").click()
    graph.get_by_role("button", name="layer/y").click()
    expect(graph.locator(".tfnb-card")).to_contain_text("Relu")
    expect(drawing.locator("g.tfnb-chosen")).to_have_count(1)
    shot(page, "graph-light")


def test_it_can_be_read_on_a_dark_page(page):
    theme(page, "JupyterLab Dark")
    shot(page, "panel-dark")
    theme(page, "JupyterLab Light")


def test_it_follows_the_notebook_in_front_and_the_kernel(page):
    panel = page.locator("#tfnb-panel")
    do(page, "docmanager:open", '{"path": "plain.ipynb"}')
    expect(panel).to_contain_text("This kernel has no tfnb yet", timeout=60_000)
    shot(page, "panel-not-loaded")
    panel.get_by_role("button", name="Load tfnb in this kernel").click()
    expect(panel).to_contain_text("No node yet", timeout=60_000)
    do(page, "docmanager:open", '{"path": "layer.ipynb"}')
    expect(panel.locator(".tfnb-variables tbody tr")).to_have_count(3)
    do(page, "notebook:restart-kernel")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(panel).to_contain_text("No node yet", timeout=60_000)
    expect(panel.locator(".tfnb-variables")).to_have_count(0)


def test_nothing_that_a_notebook_brings_is_executed(page):
    do(page, "docmanager:open", '{"path": "saved.ipynb"}')
    graph = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .tfnb-graph")
    graph.wait_for(timeout=60_000)
    expect(graph.locator(".tfnb-title")).to_have_text("<i>Graph</i>")
    expect(graph.locator("svg text")).to_have_text('<b>&"')
    graph.locator("g.node").click()
    expect(graph.locator(".tfnb-card")).to_contain_text("<img src=x onerror=window.hacked=6>")
    kept = graph.evaluate("e => Array.from(e.querySelectorAll('svg *, svg')).flatMap(x => [x.localName, ...x.getAttributeNames()])")
    assert not set(kept) & {"script", "a", "foreignObject", "image", "img", "href", "onload", "onclick", "id"}
    assert page.evaluate("() => window.hacked") is None
    assert page.problems == []
