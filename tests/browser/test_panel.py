"""The side panel and the drawing of saved graphs, in real JupyterLab. Screenshots stay in artifacts/."""


import pytest

from tests.browser.conftest import cells

playwright = pytest.importorskip("playwright.sync_api")

LAYER = """%%graph
x = tf.placeholder(tf.float32, [None, 4], name="x")
with tf.name_scope("layer"):
    w = tf.get_variable("weights", [4, 3])
    b = tf.get_variable("bias", [3], initializer=tf.zeros_initializer())
    y = tf.nn.relu(x @ w + b, name="y")
step = tf.get_variable("step", [], tf.int64, trainable=False, initializer=tf.zeros_initializer())"""
RUN = "sess = tf.Session()\nsess.run([w.initializer, b.initializer])"


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
    return cells("%graph", outputs={0: [output]})


@pytest.fixture(scope="module")
def desk(serve, visit):
    server = serve({"layer.ipynb": cells(LAYER, RUN, "sess.run(y, {x: [[1, 2, 3, 4]]})"), "plain.ipynb": cells("1 + 1", kernel="python3"),
                    "saved.ipynb": saved()})  # fmt: skip
    desk = visit(server, "layer.ipynb")
    desk.idle()
    return desk


def expect(locator):
    return playwright.expect(locator)


def test_the_panel_shows_graph_and_variables_of_the_kernel(desk):
    page = desk.page
    panel = page.locator("#tfnb-panel")
    desk.do("tfnb:open")
    expect(panel).to_contain_text("No node yet", timeout=30_000)
    desk.shot("panel-empty")
    desk.do("notebook:run-all-cells")
    expect(panel).to_contain_text("3 variables", timeout=60_000)
    rows = panel.locator(".tfnb-variables tbody tr")
    expect(rows).to_have_count(3, timeout=30_000)
    expect(rows.nth(0)).to_have_text("weights4×3float3248 B")
    expect(rows.nth(1)).to_have_text("bias3float3212 B")
    expect(rows.nth(2)).to_have_text("stepnot initialised")
    expect(panel.locator(".tfnb-drawing g.node").first).to_be_visible(timeout=30_000)
    rows.nth(1).locator("button").click()
    expect(panel.locator(".tfnb-card")).to_contain_text("VariableV2, trainable variable")
    expect(panel.locator(".tfnb-card h3")).to_have_text("bias")
    expect(panel.locator(".tfnb-card [data-deed=jump]")).to_contain_text("cell 1")
    panel.locator("summary", has_text="Devices").click()
    expect(panel.locator(".tfnb-devices")).to_contain_text("cpu:jax")
    desk.shot("panel-light")


def test_a_graph_output_is_drawn_with_controls(desk):
    page = desk.page
    graph = page.locator(".jp-Notebook .tfnb-graph").first
    drawing = graph.locator(".tfnb-drawing")
    drawing.scroll_into_view_if_needed()
    svg = drawing.locator("svg").first
    whole = svg.get_attribute("viewBox")
    graph.get_by_label("Zoom in (+)").click()
    assert svg.get_attribute("viewBox") != whole
    drawing.focus()
    page.keyboard.press("f")
    assert svg.get_attribute("viewBox") == whole
    page.keyboard.press("Shift+ArrowRight")
    assert svg.get_attribute("viewBox") != whole
    page.keyboard.press("0")
    assert svg.get_attribute("viewBox") == whole
    graph.locator(".tfnb-list > summary").click()
    graph.get_by_role("button", name="layer/y").click()
    expect(graph.locator(".tfnb-card")).to_contain_text("Relu")
    expect(drawing.locator("g.tfnb-chosen")).to_have_count(1)
    desk.shot("graph-light")


def test_it_can_be_read_on_a_dark_page(desk):
    desk.theme("dark")
    desk.shot("panel-dark")
    desk.theme("light")


def test_it_follows_the_notebook_in_front_and_the_kernel(desk):
    page = desk.page
    panel = page.locator("#tfnb-panel")
    desk.do("docmanager:open", path="plain.ipynb")
    expect(panel).to_contain_text("This kernel has no tfnb yet", timeout=60_000)
    desk.shot("panel-not-loaded")
    panel.get_by_role("button", name="Load tfnb in this kernel").click()
    expect(panel).to_contain_text("No node yet", timeout=60_000)
    desk.do("docmanager:open", path="layer.ipynb")
    expect(panel.locator(".tfnb-variables tbody tr")).to_have_count(3)
    desk.do("notebook:restart-kernel")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(panel).to_contain_text("No node yet", timeout=60_000)
    expect(panel.locator(".tfnb-variables")).to_have_count(0)


def test_nothing_that_a_notebook_brings_is_executed(desk):
    page = desk.page
    desk.do("docmanager:open", path="saved.ipynb")
    graph = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .tfnb-graph")
    graph.wait_for(timeout=60_000)
    expect(graph.locator(".tfnb-title")).to_have_text("<i>Graph</i>")
    expect(graph.locator("svg").first.locator("text")).to_have_text('<b>&"')
    graph.locator("g.node").click()
    expect(graph.locator(".tfnb-card")).to_contain_text("<img src=x onerror=window.hacked=6>")
    kept = graph.evaluate("e => Array.from(e.querySelectorAll('svg *, svg')).flatMap(x => [x.localName, ...x.getAttributeNames()])")
    assert not set(kept) & {"script", "a", "foreignObject", "image", "img", "href", "onload", "onclick", "id"}
    assert page.evaluate("() => window.hacked") is None
    assert desk.problems == []
