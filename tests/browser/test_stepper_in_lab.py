"""The stepper in real JupyterLab and Notebook 7: each thing it does is done with a mouse or the keyboard, and looked at."""

import re

import pytest

from tests.browser.conftest import ARTIFACTS, cells

expect = pytest.importorskip("playwright.sync_api").expect

SETUP = """
import numpy as np
tf.reset_default_graph()
rng = np.random.RandomState(0)
x = tf.placeholder(tf.float32, [None, 64], name="x")
labels = tf.placeholder(tf.int64, [None], name="labels")
with tf.name_scope("hidden"):
    W = tf.Variable(rng.randn(64, 16).astype("f") / 8, name="W")
    h = tf.nn.relu(tf.matmul(x, W), name="h")
with tf.name_scope("output"):
    V = tf.Variable(rng.randn(16, 10).astype("f") / 4, name="V")
    logits = tf.matmul(h, V, name="logits")
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), name="loss")
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32), name="accuracy")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
some, digits = rng.rand(20, 64), rng.randint(0, 10, 20)
"""
STEP = "%step loss train --feed x=some labels=digits"
LOOP = """
_, total = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + tf.cast(i, tf.float32)), [tf.constant(0), tf.constant(0.0)])
%step total
"""
CONV = """
pictures = tf.constant(rng.rand(2, 12, 12, 1).astype("f"))
filters = tf.Variable(rng.randn(3, 3, 1, 8).astype("f"), name="filters")
maps = tf.nn.relu(tf.nn.conv2d(pictures, filters, [1, 1, 1, 1], "SAME"), name="maps")
sess.run(filters.initializer)
%step maps
"""
HUGE = """
huge = tf.broadcast_to(tf.constant(np.arange(1000, dtype="f")), [100_000, 1000], name="huge")
%step tf.reduce_max(huge)
"""
BAD = """
p = tf.placeholder(tf.float32, [3], name="p")
entropy = tf.reduce_sum(p * tf.log(p, name="log_p"), name="entropy")
%step entropy --feed p=[0.5,0.0,0.5]
"""
RACE = """
total = tf.Variable(1.0, name="total")
sess.run(total.initializer)
seen = total.read_value()
up = tf.assign_add(total, 1.0)
%step seen up
"""
NAMES = """
words = tf.strings.join([tf.constant(['<b>&"', "\\u0532\\u0561\\u0580\\u0587", "<img src=x onerror=alert(1)>"]), tf.constant("!")], name="words")
%step words
"""


@pytest.fixture(scope="module")
def server(serve):
    return serve({"step.ipynb": cells(SETUP, STEP), "huge.ipynb": cells(SETUP, HUGE), "seven.ipynb": cells(SETUP, STEP)})


@pytest.fixture(scope="module")
def lab(server, visit):
    desk = visit(server, "step.ipynb", height=1300)
    desk.run_all()
    return desk


def at_start(desk, found):
    found.wait_for(timeout=60_000)
    found.scroll_into_view_if_needed()
    found.focus()
    found.press("Home")
    count(found, 0)
    return found


@pytest.fixture
def stepper(lab):
    return at_start(lab, lab.page.locator(".tfnb-stepper").first)


def another(lab, code):
    """The stepper of a new cell."""
    before = lab.page.locator(".tfnb-stepper").count()
    lab.run_new(code)
    expect(lab.page.locator(".tfnb-stepper")).to_have_count(before + 1, timeout=60_000)
    return at_start(lab, lab.page.locator(".tfnb-stepper").last)


def count(stepper, n):
    expect(stepper.locator(".tfnb-count")).to_have_text(re.compile(f"^step {n} of"))


def steps(stepper):
    return int(stepper.locator(".tfnb-count").inner_text().split()[-1])


def walk_by_everything(desk, stepper, name):
    stepper.locator("button[data-do=forward]").click()
    count(stepper, 1)
    stepper.focus()
    stepper.press("ArrowRight")
    count(stepper, 2)
    stepper.press("ArrowLeft")
    count(stepper, 1)
    stepper.press("End")
    expect(stepper.locator(".tfs-says")).to_have_text("The run is at its end.")
    expect(stepper.locator(".tfs-changes")).to_contain_text("largest change")
    stepper.locator("input[type=range]").fill("5")
    count(stepper, 5)
    stepper.locator(".tfs-line").nth(3).dblclick()
    count(stepper, 3)
    expect(stepper.locator("g.tfs-current")).to_have_count(1)
    assert stepper.locator("g.tfs-done").count() >= 2 and stepper.locator("g.tfs-coming").count() > 2 and stepper.locator("g.tfs-idle").count() >= 1
    stepper.focus()
    stepper.press("Shift+ArrowLeft")
    count(stepper, 2)
    stepper.press("/")
    stepper.page.keyboard.type("loss")
    stepper.page.keyboard.press("Enter")
    expect(stepper.locator(".tfs-tensor-name")).to_have_text("loss:0")
    expect(stepper.locator(".tfs-scalar")).to_be_visible()
    assert desk.problems == []
    desk.shot(name, stepper)


def test_forward_and_back_by_button_key_slider_and_click(lab, stepper):
    walk_by_everything(lab, stepper, "stepper-walk")


def seen(stepper):
    """The part of the drawing that is looked at: x, y, width, height."""
    return [float(n) for n in stepper.locator(".tfnb-drawing > svg").first.get_attribute("viewBox").split()]


def inside(node, around):
    """Whether a node is seen as a whole."""
    a, b = node.bounding_box(), around.bounding_box()
    return b["x"] <= a["x"] and b["y"] <= a["y"] and a["x"] + a["width"] <= b["x"] + b["width"] and a["y"] + a["height"] <= b["y"] + b["height"]


def node(stepper, name):
    return stepper.locator(f'.tfnb-drawing g.node[data-id="node:{name}"]')


def walk_the_graph_by_keys(stepper):
    press = stepper.page.keyboard.press
    stepper.press("g")
    expect(stepper.locator(".tfnb-drawing")).to_be_focused()
    press("ArrowUp")
    expect(node(stepper, "hidden/h")).to_have_class(re.compile("tfs-chosen"))
    expect(stepper.locator(".tfs-atnode")).to_have_text(re.compile("^hidden/h: to come"))
    expect(stepper.locator(".tfs-tensor-name")).to_have_text("hidden/h:0")
    press("Enter")
    count(stepper, 2)
    expect(node(stepper, "hidden/h")).to_have_class(re.compile("tfs-done"))


def test_the_graph_is_walked_by_keys(lab, stepper):
    press = stepper.page.keyboard.press
    walk_the_graph_by_keys(stepper)
    for key in ("ArrowDown", "ArrowUp", "ArrowDown", "ArrowUp", "ArrowDown"):  # faster than the kernel answers
        press(key)
    expect(node(stepper, "hidden/MatMul")).to_have_class(re.compile("tfs-chosen"))
    press("b")
    expect(stepper.locator(".tfs-list summary").first).to_have_text("breakpoints 1")
    expect(node(stepper, "hidden/MatMul")).to_have_class(re.compile("tfs-broken"))
    expect(stepper.locator(".tfs-atnode")).to_have_text("hidden/MatMul: done, breakpoint.")
    lab.shot("stepper-graph-keys", stepper)
    press("b")
    expect(stepper.locator(".tfs-list summary").first).to_have_text("breakpoints 0")
    press("Escape")
    expect(stepper).to_be_focused()
    press("ArrowRight")
    count(stepper, 3)


def test_the_graph_is_moved_and_zoomed_and_keeps_the_place(lab, stepper):
    page, drawing = stepper.page, stepper.locator(".tfnb-drawing")
    stepper.get_by_role("button", name="fit").click()
    whole = seen(stepper)
    stepper.press("g")
    page.keyboard.press("+")
    assert seen(stepper)[2] < whole[2]
    page.keyboard.press("f")
    assert seen(stepper) == whole
    box = drawing.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.down("Control")
    for _ in range(3):
        page.mouse.wheel(0, -150)
    page.keyboard.up("Control")
    page.wait_for_function("(s) => Number(s.getAttribute('viewBox').split(' ')[2]) < %f" % (whole[2] / 2), arg=drawing.locator("svg").first.element_handle())
    before = seen(stepper)
    page.keyboard.press("Shift+ArrowRight")
    assert seen(stepper)[0] > before[0]
    before = seen(stepper)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 10, steps=3)
    page.mouse.up()
    assert seen(stepper)[0] < before[0]
    expect(stepper.locator(".tfnb-minimap")).to_have_class(re.compile("tfnb-needed"))
    assert stepper.locator(".tfnb-minimap rect").first.evaluate("(r) => r.width.baseVal.value") > 5
    for wanted in ("hidden/h", "loss"):
        place = seen(stepper)
        node(stepper, wanted).dispatch_event("dblclick")
        expect(node(stepper, wanted)).to_have_class(re.compile("tfs-done"))
        page.wait_for_timeout(300)  # the view's own transition
        assert inside(stepper.locator("g.tfs-current"), drawing)
        stepper.locator("button[data-do=first]").click()
        count(stepper, 0)
        page.wait_for_timeout(300)
        assert inside(stepper.locator("g.tfs-current"), drawing)
        assert seen(stepper)[2:] == place[2:]
    lab.shot("stepper-graph-zoomed", stepper)
    stepper.get_by_role("button", name="fit").click()
    stepper.locator("button[data-do=forward]").click()
    count(stepper, 1)
    page.wait_for_timeout(300)
    assert seen(stepper) == whole  # what is current could be seen already


def test_the_graph_is_a_list_too(lab, stepper):
    stepper.locator(".tfnb-list > summary").click()
    entry = stepper.locator('.tfnb-nodes button[data-node="output/logits"]')
    expect(entry).to_have_text("output/logits MatMul, to come")
    entry.click()
    expect(node(stepper, "output/logits")).to_have_class(re.compile("tfs-chosen"))
    expect(entry).to_have_attribute("aria-pressed", "true")
    expect(stepper.locator('.tfnb-nodes button[data-node="accuracy"]')).to_contain_text("not needed (No fetch depends on it)")
    entry.press("End")
    expect(entry).to_have_text("output/logits MatMul, done")
    assert lab.serious(".tfnb-stepper") == []
    stepper.locator(".tfnb-list > summary").click()


def test_a_value_that_is_not_there_is_not_computed(lab, stepper):
    stepper.locator(".tfs-line", has_text="logits = ").click()
    expect(stepper.locator(".tfs-tensor-name")).to_have_text("output/logits:0")
    expect(stepper.locator(".tfs-none")).to_have_text("not computed")
    stepper.locator(".tfs-code").press("Enter")
    expect(stepper.locator(".tfs-figures")).to_contain_text("20×10")
    stepper.focus()
    stepper.press(" ")
    expect(stepper.locator("button[data-do=play]")).to_have_text("pause")
    count(stepper, 6)
    stepper.press(" ")
    expect(stepper.locator("button[data-do=play]")).to_have_text("play")


def test_a_loop_is_gone_through_iteration_by_iteration(lab):
    stepper = another(lab, LOOP)
    expect(stepper.locator(".tfnb-count")).to_have_text("step 0 of …")
    for n in range(1, 13):
        stepper.press("ArrowRight")
        count(stepper, n)
        if "iteration 2" in stepper.locator(".tfs-loops").inner_text():
            break
    expect(stepper.locator(".tfs-loops")).to_contain_text("iteration 2")
    lab.shot("stepper-loop", stepper)
    stepper.press("Shift+ArrowRight")
    expect(stepper.locator(".tfs-loops")).to_have_text("")
    stepper.press("End")
    expect(stepper.locator(".tfs-says")).to_have_text("The run is at its end.")


def breakpoints_and_watches(stepper):
    stepper.locator(".tfs-line", has_text="logits = ").locator(".tfs-gutter").click()
    expect(stepper.locator(".tfs-list summary").first).to_have_text("breakpoints 1")
    stepper.locator("button[data-do=resume]").click()
    expect(stepper.locator(".tfs-stopped")).to_contain_text("Stopped at breakpoint")
    expect(stepper.locator(".tfs-line.tfs-next")).to_contain_text("logits = ")
    stepper.focus()
    stepper.press("b")
    expect(stepper.locator(".tfs-list summary").first).to_have_text("breakpoints 0")
    stepper.locator(".tfs-list summary").first.click()
    form = stepper.locator(".tfs-list form").first
    form.get_by_label("Name, op type or scope").fill("gradients/.*")
    form.get_by_label("Only when").fill("abs > 0.01")
    form.get_by_role("button", name="add").click()
    stepper.locator("button[data-do=resume]").click()
    expect(stepper.locator(".tfs-stopped")).to_contain_text("abs > 0.01")
    stepper.focus()
    stepper.press("w")
    stepper.page.keyboard.press("ControlOrMeta+a")
    stepper.page.keyboard.type("np.abs(W).max()")
    stepper.page.keyboard.press("Enter")
    expect(stepper.get_by_role("list", name="Watches")).to_contain_text(re.compile(r"np\.abs\(W\)\.max\(\) = 0\.\d+"))


def test_breakpoints_and_watches(lab, stepper):
    breakpoints_and_watches(stepper)
    lab.shot("stepper-breakpoints", stepper)
    stepper.get_by_role("button", name="Remove: name gradients").click()
    stepper.get_by_role("button", name="Remove the watch").click()
    expect(stepper.locator(".tfs-list summary").nth(1)).to_have_text("watches 0")


def edit_a_value(desk, stepper):
    stepper.locator(".tfs-line", has_text="h = ").first.dblclick()
    expect(stepper.locator(".tfs-tensor-name")).to_have_text("hidden/h:0")
    stepper.press("End")
    stepper.locator(".tfs-pick select").select_option("hidden/h:0")
    stepper.focus()
    stepper.press("e")
    stepper.get_by_label("Slice, as in NumPy").fill("[:, 3]")
    stepper.get_by_label("New value").fill("x * 0")
    stepper.get_by_role("button", name="Set", exact=True).click()
    expect(stepper.locator("p.tfs-edited").last).to_contain_text("values that depend on it were computed again")
    expect(node(stepper, "hidden/h")).to_have_class(re.compile("tfs-edited"))
    stepper.get_by_label("Slice, as in NumPy").fill("")
    stepper.get_by_label("Slice, as in NumPy").press("Enter")
    stepper.get_by_label("New value").fill("9")
    stepper.get_by_label("paint cells").check()
    canvas = stepper.locator(".tfs-heat canvas")
    canvas.click(position={"x": 30, "y": 30})
    expect(stepper.locator(".tfs-figures")).to_contain_text("max 9")
    stepper.get_by_label("Compare with").select_option("its value before the edit")
    expect(stepper.locator(".tfs-compared")).to_contain_text("largest absolute difference")
    desk.shot("stepper-edit", stepper)


def test_a_value_is_edited_and_compared(lab, stepper):
    edit_a_value(lab, stepper)


def test_the_inspector_shows_any_slice_in_every_way(lab, stepper, server):
    stepper.locator(".tfs-pick select").select_option("x:0")
    expect(stepper.locator(".tfs-view canvas")).to_have_attribute("aria-label", re.compile("Heat map of 20 by 64"))
    stepper.get_by_label("Slice, as in NumPy").fill("[0, :5]")
    stepper.get_by_label("Slice, as in NumPy").press("Enter")
    expect(stepper.locator(".tfs-view canvas")).to_have_attribute("aria-label", re.compile("Heat map of 1 by 5"))
    stepper.get_by_label("Slice, as in NumPy").fill("[evil()]")
    stepper.get_by_label("Slice, as in NumPy").press("Enter")
    expect(stepper.locator(".tfs-inspector .tfnb-problem")).to_contain_text("A slice is made of numbers")
    stepper.get_by_label("Slice, as in NumPy").fill("")
    stepper.get_by_label("Slice, as in NumPy").press("Enter")
    stepper.get_by_role("tab", name="Images").click()
    expect(stepper.locator(".tfs-strip")).to_contain_text("each row as 8 by 8 points")
    stepper.get_by_role("tab", name="Images").press("ArrowRight")
    expect(stepper.locator(".tfs-bars")).to_be_visible()
    stepper.get_by_role("tab", name="Table").click()
    expect(stepper.get_by_role("gridcell").first).to_be_visible()
    stepper.get_by_title("Save this slice").click()
    expect(stepper.locator(".tfs-compared")).to_contain_text("x_0.npy")
    assert (server.folder / "x_0.npy").exists()
    stepper.get_by_title("Copy this slice").click()
    expect(stepper.locator(".tfs-compared")).to_contain_text("Copied")
    stepper.get_by_label("Compare with").select_option("device cpu:jax")
    expect(stepper.locator(".tfs-compared")).to_contain_text("first node that departs", timeout=60_000)
    conv = another(lab, CONV)
    conv.press("End")
    expect(conv.locator(".tfs-strip")).to_contain_text("activations")
    lab.shot("stepper-activations", conv)
    conv.locator(".tfs-pick select").select_option("filters:0")
    expect(conv.locator(".tfs-strip")).to_contain_text("filters")
    lab.shot("stepper-filters", conv)


def test_a_large_value_stays_in_the_kernel(server, visit):
    lab = visit(server, "huge.ipynb", height=1300)
    frames = []
    lab.page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: frames.append(len(payload))))
    lab.page.reload()
    lab.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
    lab.run_all()
    stepper = at_start(lab, lab.page.locator(".tfnb-stepper").first)
    frames.clear()
    stepper.press("ArrowRight")
    expect(stepper.locator(".tfs-figures")).to_contain_text("100000×1000", timeout=30_000)
    stepper.get_by_role("tab", name="Table").click()
    table = stepper.locator(".tfs-table")
    expect(table).to_have_attribute("aria-rowcount", "100000")
    table.evaluate("(t) => { t.scrollTop = t.scrollHeight / 2; }")
    expect(table.get_by_role("rowheader").first).to_have_text(re.compile(r"^\d{5}$"))
    table.focus()
    for key in ("PageDown", "ArrowDown", "End"):
        table.press(key)
    expect(table.locator(".tfs-at")).to_have_attribute("title", re.compile(", 999\\] 999"))
    lab.shot("stepper-table", stepper)
    assert frames and sum(frames) < 1_000_000, f"{sum(frames):,} bytes for 400 MB"


def test_the_chain_rule_is_shown_and_checked(lab, stepper):
    stepper.press("End")
    stepper.locator(".tfs-line", has_text="logits = ").click()
    expect(stepper.locator(".tfs-tensor-name")).to_have_text("output/logits:0")
    stepper.focus()
    stepper.press("d")
    found = stepper.locator(".tfs-findings")
    expect(found).to_contain_text("Chain rule at output/logits")
    expect(found.locator(".tfs-pass")).to_have_count(2)
    lab.shot("stepper-chain", stepper)
    stepper.press("Escape")
    expect(found).to_be_hidden()


def test_the_first_bad_tensor_is_found_and_stepped_to(lab):
    stepper = another(lab, BAD)
    stepper.locator("button[data-do=bad]").click()
    found = stepper.locator(".tfs-findings")
    expect(found).to_contain_text("log_p")
    expect(found).to_contain_text("p[1] = 0.0")
    found.get_by_role("button", name="step there").click()
    expect(stepper.locator(".tfs-tensor-name")).to_have_text("log_p:0")
    expect(stepper.locator(".tfs-figures .tfs-odd")).to_contain_text("Inf 1")
    lab.shot("stepper-bad", stepper)


def test_a_race_is_marked_with_both_outcomes(lab):
    stepper = another(lab, RACE)
    stepper.locator("button[data-do=races]").click()
    found = stepper.locator(".tfs-race")
    expect(found).to_contain_text("The two orders give different values")
    expect(found.locator("tbody tr")).to_have_count(2)
    expect(found.locator("pre")).to_contain_text("tf.control_dependencies")
    assert stepper.locator(".tfs-line[data-marked]").count() >= 1
    lab.shot("stepper-race", stepper)
    before = lab.page.locator(".jp-Notebook .jp-Cell").count()
    found.get_by_title("Put the mend").click()
    expect(lab.page.locator(".jp-Notebook .jp-Cell")).to_have_count(before + 1)


def test_runs_are_listed_compared_and_stepped_again(lab):
    lab.run_new("for i in range(2): sess.run([loss, train], {x: some + i, labels: digits})")
    lab.run_new("%runs")
    table = lab.page.get_by_role("table", name="Runs, newest first").last
    expect(table.locator("tbody tr").first).to_contain_text("loss")
    second, first = table.locator("tbody tr td:first-child").all_inner_texts()[:2]
    lab.shot("runs", table)
    lab.run_new(f"%runs diff {first} {second}")
    expect(lab.page.locator(".jp-OutputArea").last).to_contain_text("depart at x")
    lab.run_new(f"%runs step {first}")
    expect(lab.page.locator(".jp-OutputArea").last.locator(".tfnb-stepper")).to_be_visible(timeout=60_000)


def test_an_error_is_explained_and_its_mend_inserted(lab):
    lab.run_new("with tf.Session() as fresh:\n    fresh.run(logits, {x: some})")
    card = lab.page.locator(".tfs-card").last
    expect(card).to_contain_text("its initialiser has not been run here")
    expect(card.locator("svg")).to_be_visible()
    card.scroll_into_view_if_needed()
    lab.shot("error-card", card)
    expect(lab.page.locator(".jp-OutputArea").last).to_contain_text("FailedPreconditionError: Attempting to use uninitialized value")
    card.get_by_title("Go to cell").click()
    expect(lab.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content")).to_contain_text("tf.placeholder")
    before = lab.page.locator(".jp-Notebook .jp-Cell").count()
    card.get_by_title("Put this code").click()
    expect(lab.page.locator(".jp-Notebook .jp-Cell")).to_have_count(before + 1)
    expect(lab.page.locator(".jp-Notebook .jp-Cell").last.locator(".cm-content")).to_have_text("sess.run(tf.global_variables_initializer())")
    lab.run_new("wide = tf.placeholder(tf.float32, [None, None], name='wide')\nsess.run(tf.matmul(h, wide, name='far'), {x: some, wide: np.ones((3, 2))})")
    card = lab.page.locator(".tfs-card").last
    expect(card.locator(".tfs-part")).to_contain_text("20×16")
    card.get_by_role("button", name="step through this run").click()
    lab.idle()
    lab.do("notebook:run-cell")
    failed = at_start(lab, lab.page.locator(".tfnb-stepper").last)
    failed.press("End")
    expect(failed.locator("> .tfs-page-grid .tfs-messages .tfnb-problem")).to_contain_text("In[0] mismatch In[1] shape")
    lab.shot("error-stepped", failed)
    lab.run_new("tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))")
    card = lab.page.locator(".tfs-card").last
    expect(card).to_contain_text("3 is not 2")
    card.scroll_into_view_if_needed()
    lab.shot("error-card-shapes", card)
    assert lab.serious(".tfs-card") == []


def test_a_line_is_gone_to_where_its_cell_has_run_again(lab):
    lab.run_new("half = tf.constant(0.5, name='half')\nquarter = tf.square(half, name='quarter')")
    made = lab.page.locator(".jp-Notebook .jp-Cell").count() - 1
    stepper = another(lab, "%step quarter")
    lab.page.evaluate("async (n) => { const nb = window.jupyterapp.shell.currentWidget.content; nb.deselectAll(); nb.activeCellIndex = n;"
                      " await window.jupyterapp.commands.execute('notebook:run-cell'); }", made)  # fmt: skip
    lab.page.evaluate("() => { const nb = window.jupyterapp.shell.currentWidget.content; nb.activeCellIndex = 0; }")
    stepper.locator(".tfs-line", has_text="quarter = ").locator(".tfs-where").click()
    lab.page.wait_for_function("(n) => { const nb = window.jupyterapp.shell.currentWidget.content;"
                               " return nb.activeCellIndex === n && nb.activeCell.editor.getCursorPosition().line === 1; }", arg=made)  # fmt: skip


def test_predicting_first(lab, stepper):
    stepper.press("p")
    panel = stepper.locator(".tfs-predict")
    expect(panel).to_contain_text("Which of these nodes will this run compute")
    panel.get_by_role("checkbox").first.check()
    panel.get_by_role("button", name="check, and step").click()
    expect(panel.locator(".tfs-score")).to_contain_text("of 1 predictions right")
    count(stepper, 1)
    stepper.focus()
    stepper.press("ArrowRight")  # goes to the question, not on
    count(stepper, 1)
    stepper.page.keyboard.type("20 x 16")
    stepper.page.keyboard.press("Enter")
    expect(panel.locator(".tfs-verdict")).to_contain_text("✓")
    lab.shot("stepper-predict", stepper)
    stepper.focus()
    stepper.press("p")
    expect(panel).to_be_hidden()


def test_the_same_run_in_other_words(lab, stepper):
    stepper.locator("button[data-do=texts]").click()
    found = stepper.locator(".tfs-findings")
    expect(found.get_by_role("tab")).to_have_count(6, timeout=60_000)
    pages = {"generated step": "def step(", "TensorFlow 1": "tf.raw_ops.", "JAX jaxpr": "lambda", "NumPy script": "import numpy",
             "PyTorch script": "torch"}
    for name, says in pages.items():
        found.get_by_role("tab", name=name).click()
        expect(found.get_by_role("tabpanel")).to_contain_text(says)
    lab.shot("stepper-texts", stepper)
    assert lab.serious(".tfs-findings") == []


def test_names_and_texts_are_data(lab):
    stepper = another(lab, NAMES)
    stepper.press("End")
    expect(stepper.get_by_role("gridcell").last).to_contain_text("<img src=x onerror=alert(1)>!")
    expect(stepper.locator(".tfs-view")).to_contain_text("\u0532\u0561\u0580\u0587!")
    assert stepper.locator("img").count() == 0


def test_the_replay_opens_without_kernel_and_network(lab, stepper, server, chromium):
    stepper.locator("button[data-do=replay]").click()
    expect(stepper.locator(".tfs-stopped")).to_contain_text("Saved replay.html", timeout=60_000)
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto(f"file://{server.folder}/replay.html#step=4")
    replay = page.locator(".tfnb-stepper")
    count(replay, 4)
    replay.focus()
    page.keyboard.press("ArrowRight")
    count(replay, 5)
    assert page.url.endswith("#step=5")
    page.keyboard.press("Home")
    walk_the_graph_by_keys(replay)
    page.keyboard.press("End")
    expect(replay.locator(".tfs-says")).to_have_text("The run is at its end.")
    expect(replay.locator(".tfs-view canvas")).to_be_visible()
    page.goto(f"file://{server.folder}/replay.html#step=2")
    count(replay, 2)
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "replay.png", full_page=True)
    assert problems == [] and (server.folder / "replay.html").stat().st_size < 8_000_000
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 600])
def test_it_can_be_read_by_everyone(lab, theme, width):
    lab.page.set_viewport_size({"width": width, "height": 1400})
    lab.page.evaluate("() => { const s = window.jupyterapp.shell; s.collapseLeft(); s.collapseRight(); }")
    lab.theme(theme)
    stepper = at_start(lab, lab.page.locator(".tfnb-stepper").first)
    for _ in range(3):
        stepper.press("ArrowRight")
    expect(stepper.locator(".tfs-view canvas")).to_be_visible()
    lab.page.wait_for_timeout(400)
    found = lab.serious(".tfnb-stepper")
    lab.shot(f"stepper-{theme}-{width}", stepper)
    lab.page.set_viewport_size({"width": 1400, "height": 1300})
    lab.theme("light")
    assert found == []


def test_keys_have_no_effect_on_the_notebook(lab, stepper):
    before = lab.page.locator(".jp-Notebook .jp-Cell").count()
    for key in ("a", "b", "x", "d", "d", "Escape", "?"):
        stepper.press(key)
    assert lab.page.locator(".jp-Notebook .jp-Cell").count() == before
    expect(stepper.locator(".tfs-keys")).to_contain_text("breakpoint")
    stepper.press("Escape")
    stepper.press("b")


def test_notebook_7_steps_breaks_and_edits(server, visit):
    desk = visit(server, "seven.ipynb", app="notebook")
    desk.run_all()
    stepper = at_start(desk, desk.page.locator(".tfnb-stepper").first)
    for theme in ("dark", "light"):
        desk.theme(theme)
        walk_by_everything(desk, stepper, f"seven-walk-{theme}")
        assert desk.serious(".tfnb-stepper") == []
        at_start(desk, stepper)
    at_start(desk, stepper)
    breakpoints_and_watches(stepper)
    edit_a_value(desk, stepper)
