"""The last stepper in the side panel of real JupyterLab and Notebook 7: a second view of the same run, always in sight."""

import re

import pytest

from tests.browser.conftest import cells

expect = pytest.importorskip("playwright.sync_api").expect

RUN = """x = tf.placeholder(tf.float32, [None, 3], name="x")
with tf.name_scope("layer"):
    w = tf.Variable([[1.0], [2.0], [3.0]], name="w")
    y = tf.nn.relu(tf.matmul(x, w), name="y")
loss = tf.reduce_mean(tf.square(y), name="loss")
sess = tf.Session(); sess.run(tf.global_variables_initializer())"""
STEP = "%step loss --feed x=[[1,2,3],[4,5,6]]"
FAR = "print('\\n'.join(map(str, range(60))))"


@pytest.fixture(scope="module")
def server(serve):
    return serve({"run.ipynb": cells(RUN, STEP, FAR), "plain.ipynb": cells("1 + 1"), "seven.ipynb": cells(RUN, STEP)})


@pytest.fixture(scope="module")
def lab(server, visit):
    desk = visit(server, "run.ipynb")
    desk.run_all()
    desk.do("tfnb:open")
    return desk


def mirrored(desk):
    return desk.page.locator("#tfnb-panel .tfnb-stepper")


def in_cell(desk):
    return desk.page.locator(".jp-Notebook .tfnb-stepper").last


def stands(desk, n):
    """Both views are at this step."""
    for view in (mirrored(desk), in_cell(desk)):
        expect(view.locator(".tfnb-count")).to_have_text(re.compile(f"^step {n} of"), timeout=30_000)


def both_step(desk):
    stands(desk, 0)
    mirrored(desk).locator("button[data-do=forward]").click()
    stands(desk, 1)
    expect(mirrored(desk).locator(".tfs-tensor-name")).to_have_text("layer/MatMul:0")
    expect(mirrored(desk).locator(".tfs-view")).to_be_visible()
    in_cell(desk).focus()
    in_cell(desk).press("ArrowRight")
    stands(desk, 2)
    mirrored(desk).focus()
    mirrored(desk).press("ArrowLeft")
    stands(desk, 1)


def test_the_panel_and_the_cell_show_one_run(lab):
    both_step(lab)
    mirrored(lab).press("b")
    for view in (mirrored(lab), in_cell(lab)):
        expect(view.locator(".tfs-list summary").first).to_have_text("breakpoints 1")


def test_it_stays_in_sight_while_the_notebook_scrolls(lab):
    lab.page.evaluate("() => { const nb = window.jupyterapp.shell.currentWidget.content; nb.activeCellIndex = 2;"
                      " return nb.scrollToCell(nb.widgets[2], 'start'); }")  # fmt: skip
    bar = ".tfs-control"
    expect(in_cell(lab).locator(bar)).not_to_be_in_viewport()
    expect(mirrored(lab).locator(bar)).to_be_in_viewport()
    mirrored(lab).locator(".tfs-line", has_text="loss = ").dblclick()
    expect(mirrored(lab).locator(".tfs-says")).to_have_text("The run is at its end.")
    lab.shot("panel-stepper-far")
    mirrored(lab).locator(".tfs-line", has_text="loss = ").click()
    mirrored(lab).focus()
    mirrored(lab).press("Home")
    stands(lab, 0)
    mirrored(lab).press("c")
    lab.page.wait_for_function("() => { const nb = window.jupyterapp.shell.currentWidget.content;"
                               " return nb.activeCellIndex === 0 && nb.activeCell.editor.getCursorPosition().line === 3; }")  # fmt: skip


def test_a_folded_one_asks_for_nothing(lab):
    summary = lab.page.locator("#tfnb-panel .tfnb-section > summary", has_text="Stepper")
    summary.click()
    expect(mirrored(lab)).to_have_count(0)
    summary.click()
    expect(mirrored(lab)).to_have_count(1)
    stands(lab, 0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 600])
def test_it_can_be_read_by_everyone(lab, theme, width):
    lab.page.set_viewport_size({"width": width, "height": 1000})
    lab.theme(theme)
    mirrored(lab).focus()
    mirrored(lab).press("Home")
    mirrored(lab).press("ArrowRight")
    stands(lab, 1)
    found = lab.serious("#tfnb-panel")
    lab.shot(f"panel-stepper-{theme}-{width}")
    lab.page.set_viewport_size({"width": 1400, "height": 900})
    lab.theme("light")
    assert found == []


def test_the_last_one_is_shown(lab):
    lab.run_new("%step y --feed x=[[1,2,3]]")
    expect(mirrored(lab).locator(".tfs-what")).to_have_text(re.compile("fetch layer/y"), timeout=30_000)
    expect(mirrored(lab)).to_have_count(1)
    stands(lab, 0)


def test_it_follows_the_notebook_in_front(lab):
    section = lab.page.locator("#tfnb-panel .tfnb-section", has_text="Stepper").first
    lab.do("docmanager:open", path="plain.ipynb")
    expect(mirrored(lab)).to_have_count(0, timeout=60_000)
    expect(section).to_be_hidden()
    lab.do("docmanager:open", path="run.ipynb")
    expect(mirrored(lab)).to_have_count(1, timeout=30_000)


def test_a_page_that_comes_later_shows_it_until_the_kernel_goes(lab):
    lab.page.reload()
    lab.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=120_000)
    lab.do("tfnb:open")
    expect(mirrored(lab).locator(".tfs-what")).to_have_text(re.compile("fetch layer/y"), timeout=60_000)
    lab.do("notebook:restart-kernel")
    lab.page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(mirrored(lab)).to_have_count(0, timeout=60_000)
    assert lab.problems == []


def test_notebook_7(server, visit):
    desk = visit(server, "seven.ipynb", app="notebook")
    desk.run_all()
    desk.do("tfnb:open")
    both_step(desk)
    desk.shot("panel-stepper-seven")
    assert desk.serious("#tfnb-panel") == [] and desk.problems == []
