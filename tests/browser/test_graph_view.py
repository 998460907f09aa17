"""The graph view in real JupyterLab and Notebook 7, point by point. Screenshots stay in artifacts/."""

import json
import re
import time

import pytest

from tests.browser.conftest import ARTIFACTS, cells

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

LAYER = """%%graph
x = tf.placeholder(tf.float32, [None, 4], name="x")
with tf.name_scope("layer"):
    w = tf.get_variable("weights", [4, 3])
    y = tf.nn.relu(x @ w, name="y")
loss = tf.reduce_mean(tf.square(y), name="loss")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)"""
TOWER = """tower = tf.Graph()
with tower.as_default():
    h = tf.placeholder(tf.float32, [None, 8], name="h")
    for i in range(12):
        with tf.name_scope(f"block_{i}"):
            h = tf.tanh(tf.add(tf.multiply(h, 2.0), 1.0))
            h = h / tf.norm(h)
    odd = tf.constant('<b>&"', name="odd"); armenian = tf.constant("բարև", name="hello")
tf.show(tower)"""
RUN = """import numpy as np
sess = tf.Session(); sess.run(tf.global_variables_initializer())
traced = sess.trace([loss, train], {x: np.ones((5, 4), "f")})
tf.show(colour="time")"""
PLAIN = "a = tf.constant(1.0, name='a'); b = a + 1.0"


@pytest.fixture(scope="module")
def server(serve):
    return serve({"layer.ipynb": cells(LAYER, TOWER, RUN, PLAIN), "seven.ipynb": cells(LAYER, TOWER), "empty.ipynb": cells("1")})


@pytest.fixture(scope="module")
def desk(server, visit):
    desk = visit(server, "layer.ipynb")
    desk.run_all()
    return desk


def graph(desk, n):
    return desk.page.locator(".jp-Notebook .jp-Cell").nth(n).locator(".tfnb-graph").first


def node(view, name):
    return view.locator(f'.tfnb-drawing g.node[data-id="node:{name}"]')


def settled(desk, view):
    """The kernel has answered and the boxes stand still."""
    expect(view).not_to_have_attribute("aria-busy", "true")
    desk.page.wait_for_timeout(300)


def test_1_a_scope_opens_and_closes_where_the_reader_looks(desk):
    view = graph(desk, 1)
    view.scroll_into_view_if_needed()
    stack = node(view, "block*")
    expect(stack).to_contain_text("×12")
    desk.shot("graph-stack", view)
    stack.dblclick()
    expect(node(view, "block_3")).to_be_visible()
    settled(desk, view)
    desk.shot("graph-stack-open", view)
    before = node(view, "block_3").bounding_box()
    node(view, "block_3").dblclick()
    expect(node(view, "block_3/Tanh")).to_be_visible()
    settled(desk, view)
    after = view.locator('.tfnb-drawing g.cluster[data-id="scope:block_3"]').bounding_box()
    assert abs(before["x"] + before["width"] / 2 - after["x"] - after["width"] / 2) < 40
    desk.shot("graph-block-open", view)
    view.locator(".tfnb-drawing").focus()
    desk.page.keyboard.press("Enter")
    expect(node(view, "block_3/Tanh")).to_have_count(0)


def test_1_search_export_direction_and_map(desk):
    page, view = desk.page, graph(desk, 1)
    view.get_by_label("Search nodes").fill("block_(7|11)/Mul$")
    items = view.locator(".tfnb-found button")
    expect(items).to_have_text(["block_7/Mul", "block_11/Mul"])
    items.nth(1).click()
    expect(node(view, "block_11/Mul")).to_have_class(re.compile("tfnb-chosen"))
    settled(desk, view)
    view.get_by_label("Search nodes").fill("(")
    expect(view.locator(".tfnb-found")).to_contain_text("no regular expression")
    view.get_by_label("Search nodes").fill("")
    height = view.locator(".tfnb-drawing > svg").first.get_attribute("viewBox").split()[3]
    view.get_by_label("Turn").click()
    settled(desk, view)
    assert view.locator(".tfnb-drawing > svg").first.get_attribute("viewBox").split()[3] != height
    for _ in range(4):
        view.get_by_label("Zoom in").click()
    expect(view.locator(".tfnb-minimap")).to_have_class(re.compile("tfnb-needed"))
    assert view.locator(".tfnb-minimap rect").first.evaluate("(r) => r.width.baseVal.value") > 5
    desk.shot("graph-zoomed", view)
    view.get_by_role("button", name="Fit (f)").click()
    for kind in ("svg", "png", "dot", "html"):
        view.locator(".tfnb-menu > summary").click()
        with page.expect_download() as got:
            view.locator(f"[data-save={kind}]").click()
        path = ARTIFACTS / f"saved.{kind}"
        got.value.save_as(path)
        assert path.stat().st_size > 500
    assert "digraph" in (ARTIFACTS / "saved.dot").read_text()
    assert (ARTIFACTS / "saved.png").read_bytes().startswith(b"\x89PNG")


def test_1_a_page_saved_as_html_needs_nothing_else(desk, chromium):
    asked = []
    page = chromium.new_page(viewport={"width": 1000, "height": 700}, color_scheme="dark")
    page.on("request", lambda r: asked.append(r.url))
    page.goto((ARTIFACTS / "saved.html").as_uri())
    page.locator(".tfnb-drawing g.node").first.wait_for()
    node(page, "odd").click()
    expect(page.locator(".tfnb-card")).to_contain_text("odd")
    page.screenshot(path=ARTIFACTS / "standalone-dark.png")
    page.close()
    assert [a for a in asked if not a.startswith(("file:", "blob:", "data:"))] == []


def test_1_boxes_move_for_a_quarter_of_a_second_or_not_at_all(desk):
    page, view = desk.page, graph(desk, 1)
    view.scroll_into_view_if_needed()
    for reduced, expected in (("no-preference", True), ("reduce", False)):
        page.emulate_media(reduced_motion=reduced)
        page.evaluate("""() => { window.moved = []; const old = Element.prototype.animate; window.undo = () => { Element.prototype.animate = old; };
            Element.prototype.animate = function (frames, timing) { window.moved.push(timing.duration); return old.call(this, frames, timing); }; }""")
        view.get_by_label("Turn").click()
        settled(desk, view)
        moved = page.evaluate("() => { window.undo(); return window.moved; }")
        assert bool(moved) == expected and all(m <= 250 for m in moved)
    page.emulate_media(reduced_motion="no-preference")


LARGE = """large = tf.Graph()
with large.as_default():
    h = tf.placeholder(tf.float32, [None, 16], name="x")
    for s in range(8):
        with tf.name_scope(f"stage_{s}"):
            for b in range(52):
                with tf.name_scope(f"block_{b}"):
                    for u in range(4):
                        with tf.name_scope(f"unit_{u}"):
                            h = tf.tanh(tf.add(tf.multiply(h, 2.0), h + 1.0))
tf.show(large)"""


def test_1_ten_thousand_nodes(desk):
    desk.run_new(LARGE)
    view = desk.page.locator(".jp-Notebook .jp-Cell").last.locator(".tfnb-graph")
    expect(view.locator(".tfnb-title")).to_contain_text(re.compile(r"(9|10),\d\d\d operations"))
    view.locator(".tfnb-list > summary").click()
    for name, inside in (("stage*", "stage_5"), ("stage_5", "stage_5/block*"), ("stage_5/block*", "stage_5/block_9")):
        began = time.perf_counter()
        view.get_by_role("button", name=f"open {name}", exact=True).click()
        expect(node(view, inside)).to_be_visible(timeout=20_000)
        print(f"{name} opened after {time.perf_counter() - began:.2f} s")
    desk.shot("graph-large", view)
    view.get_by_label("Search nodes").fill("stage_7/block_51/unit_3/Tanh")
    view.locator(".tfnb-found button").first.click()
    expect(node(view, "stage_7/block_51/unit_3/Tanh")).to_be_visible(timeout=20_000)


def test_2_a_node_says_what_it_is_and_where_it_was_made(desk):
    page, view = desk.page, graph(desk, 0)
    view.scroll_into_view_if_needed()
    node(view, "layer/matmul").click()
    card = view.locator(".tfnb-card")
    expect(card).to_contain_text("Matrix product")
    expect(card).to_contain_text("?×4 float32")
    expect(card).to_contain_text("y = tf.nn.relu(x @ w")
    desk.shot("graph-card", view)
    card.locator("[data-deed=jump]").click()
    expect(page.locator(".jp-Cell.jp-mod-active").first).to_contain_text("get_variable")
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.content.activeCell.editor.getCursorPosition().line === 4")
    expect(node(view, "layer/y")).to_have_class(re.compile("tfnb-lit"))
    page.keyboard.press("ArrowDown")
    expect(node(view, "loss")).to_have_class(re.compile("tfnb-lit"))
    page.keyboard.press("Escape")


def test_2_an_arrow_says_what_flows(desk):
    page, view = desk.page, graph(desk, 0)
    arrow = view.locator(".tfnb-drawing g.edge:not(.control)").first
    box = arrow.locator("polygon").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(view.locator(".tfnb-tip")).to_have_text(re.compile(r":0\s+.*(float32|int32)"))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(view.locator(".tfnb-card")).to_contain_text("→")


def test_2_why_and_why_not(desk):
    view = graph(desk, 0)
    node(view, "weights").click()
    card = view.locator(".tfnb-card")
    card.get_by_label("Fetched").fill("loss")
    card.locator("[data-deed=why]").click()
    expect(card.locator(".tfnb-answer")).to_contain_text("weights runs")
    expect(view.locator(".tfnb-drawing g.tfnb-path").first).to_be_visible()
    desk.shot("graph-why", view)
    card.get_by_label("Fed").fill("layer/y:0")
    card.locator("[data-deed=why]").click()
    expect(card.locator(".tfnb-answer")).to_contain_text("cut here")
    card.locator("[data-deed=trace]").click()
    expect(card.locator(".tfnb-answer")).to_contain_text("depends on")


def test_3_every_colouring_has_a_legend_and_words(desk):
    view = graph(desk, 0)
    choice = view.get_by_label("Colour by")
    names = [o.get_attribute("value") for o in choice.locator("option").all()]
    assert len(names) >= 11
    for name in names[1:]:
        choice.select_option(name)
        settled(desk, view)
        expect(view.locator(".tfnb-legend")).to_contain_text(re.compile(r"\w"))
        painted = view.locator(".tfnb-drawing g[class*='step-'], .tfnb-drawing g[class*='class-']")
        expect(painted.first).to_be_visible()
        expect(view.locator(".tfnb-legend .tfnb-swatch").first).to_be_visible()
        if name in ("flops", "time", "flow", "health"):
            desk.shot(f"graph-{name}", view)
    desk.theme("dark")
    choice.select_option("time")
    settled(desk, view)
    desk.shot("graph-time-dark", view)
    desk.theme("light")
    choice.select_option("kind")
    settled(desk, view)


def test_4_costs_and_the_roofline(desk):
    view = graph(desk, 0)
    view.locator(".tfnb-menu > summary").click()
    view.locator("[data-deed=roofline]").click()
    expect(view.locator(".tfnb-below svg.tfnb-roofline")).to_be_visible(timeout=20_000)
    desk.shot("graph-roofline", view.locator(".tfnb-below"))
    view.get_by_role("button", name="Put the roofline away").click()


def test_5_what_an_edit_changed(desk):
    desk.run_new("tf.graph_diff(tower, tower)")
    desk.run_new(LAYER.replace("tf.square(y)", "tf.abs(y)").replace("%%graph", "%%graph changed -q") + "\nextra = tf.constant(1)")
    desk.run_new("tf.graph_diff(tf.get_default_graph(), changed)")
    view = desk.page.locator(".jp-Notebook .jp-Cell").last.locator(".tfnb-graph")
    view.scroll_into_view_if_needed()
    expect(view.locator(".tfnb-legend")).to_contain_text("added")
    expect(view.locator(".tfnb-drawing g.node.added").first).to_be_visible()
    expect(view.locator(".tfnb-drawing g.node.removed").first).to_be_visible()
    desk.shot("graph-diff", view)
    for line, says in (("%graph --diff tower changed", "tower → changed: "), ("%graph --diff passes --fetch loss:0 --feed x:0", "as written → as run: ")):
        desk.run_new(line)
        view = desk.page.locator(".jp-Notebook .jp-Cell").last.locator(".tfnb-graph")
        expect(view.locator(".tfnb-legend")).to_contain_text(says)


def test_6_leftovers_are_named_and_cleaned_up(desk):
    page = desk.page
    page.evaluate("async () => { const nb = window.jupyterapp.shell.currentWidget.content; nb.deselectAll(); nb.activeCellIndex = 3;"
                  " await window.jupyterapp.commands.execute('notebook:run-cell'); }")  # fmt: skip
    desk.run_new("c = a * 2.0")
    page.evaluate("async () => { const nb = window.jupyterapp.shell.currentWidget.content; nb.deselectAll(); nb.activeCellIndex = 3;"
                  " await window.jupyterapp.commands.execute('notebook:run-cell'); }")  # fmt: skip
    desk.run_new("%graph")
    view = page.locator(".jp-Notebook .jp-Cell").last.locator(".tfnb-graph")
    expect(view.locator(".tfnb-leftover")).to_contain_text(re.compile("leftovers? of cell"))
    desk.shot("graph-leftovers", view)
    view.locator("[data-deed=clean]").click()
    expect(view.locator(".tfnb-leftover")).to_have_count(0)
    expect(view.locator(".tfnb-stale-note")).to_contain_text("stale")
    expect(page.locator(".jp-Cell.tfnb-stale")).to_have_count(1)
    desk.shot("graph-stale", view)
    view.locator("[data-deed=rerun]").click()
    expect(page.locator(".jp-Cell.tfnb-stale")).to_have_count(0, timeout=20_000)


def test_keys_alone(desk):
    page, view = desk.page, graph(desk, 1)
    drawing = view.locator(".tfnb-drawing")
    drawing.scroll_into_view_if_needed()
    drawing.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    expect(view.locator(".tfnb-chosen")).to_have_count(1)
    page.keyboard.press("?")
    expect(view.locator(".tfnb-card")).to_contain_text("open or close a scope")
    page.keyboard.press("/")
    expect(view.get_by_label("Search nodes")).to_be_focused()
    view.locator(".tfnb-list summary").click()
    expect(view.locator(".tfnb-nodes button[data-node]").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_for_axe(desk, theme):
    desk.theme(theme)
    view = graph(desk, 0)
    view.scroll_into_view_if_needed()
    node(view, "layer/matmul").click()
    view.get_by_label("Search nodes").fill("layer")
    expect(view.locator(".tfnb-found button").first).to_be_visible()
    view.locator(".tfnb-list").evaluate("(e) => { e.open = true; }")
    assert desk.serious(".jp-Notebook .tfnb-graph") == []
    view.locator(".tfnb-list").evaluate("(e) => { e.open = false; }")
    view.get_by_label("Search nodes").fill("")
    desk.shot(f"graph-page-{theme}")
    desk.theme("light")


def test_the_static_picture_can_be_read_on_a_dark_page(desk):
    desk.theme("dark")
    desk.run_new("from IPython.display import SVG, HTML; display(SVG(tf.show(tower).svg), HTML(tf.show(tower).svg))")
    outputs = desk.page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-OutputArea")
    expect(outputs.locator("svg.tfnb-picture").first).to_be_visible()
    ink, paper = outputs.evaluate("""(e) => { const svg = e.querySelector('svg.tfnb-picture');
        return [getComputedStyle(svg.querySelector('text')).fill, getComputedStyle(svg.querySelector('g.graph > polygon')).fill]; }""")
    assert (ink, paper) == ("rgb(236, 239, 243)", "rgb(17, 21, 25)")
    desk.shot("graph-static-dark", outputs)
    desk.theme("light")


def test_narrow_pages(desk):
    desk.page.set_viewport_size({"width": 600, "height": 900})
    desk.do("application:toggle-left-area")
    desk.page.wait_for_timeout(500)
    view = graph(desk, 0)
    view.scroll_into_view_if_needed()
    desk.shot("graph-600")
    desk.page.set_viewport_size({"width": 1400, "height": 900})
    desk.do("application:toggle-left-area")


def test_a_widget_does_the_same(desk):
    desk.run_new("tf.show(tower).widget()")
    view = desk.page.locator(".jp-Notebook .jp-Cell").last.locator(".tfnb-graph").first
    node(view, "block*").dblclick()
    expect(node(view, "block_3")).to_be_visible()


def test_here_the_page_draws_even_where_a_widget_is_sent_too(desk):
    desk.run_new("from tfnb.jupyter import explore; explore._needs_widget = lambda: True\ndisplay(tf.show(tower))")
    cell = desk.page.locator(".jp-Notebook .jp-Cell").last
    expect(cell.locator(".jp-OutputArea-output.tfnb-output .tfnb-graph")).to_be_visible()
    expect(cell.locator(".jupyter-widgets")).to_have_count(0)
    desk.run_new("explore._needs_widget = lambda: False")


def test_an_empty_graph(desk):
    desk.run_new("tf.show(tf.Graph())")
    view = desk.page.locator(".jp-Notebook .jp-Cell").last.locator(".tfnb-graph")
    expect(view.locator(".tfnb-card")).to_contain_text("No node yet")


def test_saved_it_shows_what_was_seen_last(desk, server, visit):
    desk.do("docmanager:save")
    for _ in range(40):
        text = (server.folder / "layer.ipynb").read_text()
        saved = json.loads(text) if text else {"cells": [{}, {"outputs": []}]}
        data = saved["cells"][1]["outputs"][0]["data"] if saved["cells"][1]["outputs"] else {}
        if "block_11/Mul" in str(data.get("image/svg+xml", "")):
            break
        time.sleep(0.25)
    assert "block_11/Mul" in "".join(data["image/svg+xml"])
    (server.folder / "later.ipynb").write_text(json.dumps(saved | {"metadata": {"kernelspec": {"name": "python3", "display_name": "p"}}}))
    later = visit(server, "later.ipynb")
    view = graph(later, 1)
    expect(node(view, "block_11/Mul")).to_be_visible()
    expect(view.get_by_label("Colour by")).to_be_disabled()
    assert later.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_notebook_7(server, visit, theme):
    desk = visit(server, "seven.ipynb", app="notebook")
    desk.run_all()
    desk.theme(theme)
    view = graph(desk, 1)
    view.scroll_into_view_if_needed()
    node(view, "block*").dblclick()
    expect(node(view, "block_3")).to_be_visible()
    view = graph(desk, 0)
    node(view, "layer/matmul").click()
    expect(view.locator(".tfnb-card")).to_contain_text("Matrix product")
    view.get_by_label("Colour by").select_option("flops")
    expect(view.locator(".tfnb-legend")).to_contain_text("share of")
    desk.shot(f"notebook7-{theme}")
    view.get_by_label("Search nodes").fill("layer")
    expect(view.locator(".tfnb-found button").first).to_be_visible()
    view.locator(".tfnb-list > summary").click()
    assert desk.serious(".jp-Notebook .tfnb-graph") == []


def test_no_page_error(desk):
    assert desk.problems == []
