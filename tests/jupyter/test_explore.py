"""What a page can ask about a graph, and what cells leave behind in it."""

import json

import pytest
from IPython.utils.capture import capture_output

import tfnb as tf
from tfnb.jupyter import explore, hygiene, page

VIEW = "application/vnd.tfnb.graph+json"


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        h = tf.placeholder(tf.float32, [None, 4], name="h")
        for i in range(5):
            with tf.name_scope(f"block_{i}"):
                h = tf.tanh(tf.square(h) + h)
        yield g


def ask(graph, **request):
    return json.loads(json.dumps(explore.answer({"of": explore.key_of(graph), **request})))


def test_an_output_says_which_graph_of_which_kernel_it_is(graph):
    bundle = tf.show(graph)._repr_mimebundle_()
    data = bundle[VIEW]
    assert (data["kernel"], data["of"]) == (explore.KERNEL, explore.key_of(graph))
    assert bundle["image/svg+xml"] == data["svg"] and "block*: 15 operations" in bundle["text/plain"]
    assert set(bundle) == {"text/plain", "image/svg+xml", VIEW}  # no widget where the page has tfnb's own view


def test_groups_are_opened_one_by_one(graph):
    first = ask(graph, do="draw", view={})
    assert first["view"]["opened"] == [] and "block*/" in first["nodes"]
    second = ask(graph, do="draw", view={"opened": ["block*/"]})
    assert "block_2/" in second["nodes"]
    third = ask(graph, do="draw", view=second["view"] | {"reveal": "block_4/Tanh"})
    assert third["view"]["opened"] == ["block*/", "block_4/"] and "block_4/Tanh" in third["nodes"]


def test_other_views_and_files(graph, tmp_path):
    turned = ask(graph, do="draw", view={"direction": "LR", "colour": "structure"})
    assert turned["direction"] == "LR" and turned["colour"]["name"] == "structure" and turned["colour"]["legend"]
    assert ask(graph, do="dot", view={"direction": "LR"})["text"].startswith("digraph")
    shown = tf.show(graph)
    shown.save(tmp_path / "g.svg")
    shown.save(tmp_path / "g.dot")
    assert "<svg" in (tmp_path / "g.svg").read_text() and "digraph" in (tmp_path / "g.dot").read_text()
    with pytest.raises(ValueError, match=r"\.svg, \.dot, \.html"):
        shown.save("g.gif")


def test_nodes_are_found_by_name_and_type(graph):
    assert ask(graph, do="find", pattern="block_[12]/tanh") == {"names": ["block_1/Tanh", "block_2/Tanh"], "count": 2}
    assert ask(graph, do="find", pattern="^placeholder$")["names"] == ["h"]
    assert "problem" in ask(graph, do="find", pattern="(")


def test_why_is_answered_in_words(graph):
    told = ask(graph, do="why", node="block_0/Tanh", fetches=["block_1/Tanh"], feeds=[])
    assert told["runs"] and told["path"] == ["block_1/Tanh", "block_1/add", "block_0/Tanh"] or told["path"][-1] == "block_0/Tanh"
    told = ask(graph, do="why", node="h", fetches=["block_1/Tanh:0"], feeds=["block_0/Tanh:0"])
    assert not told["runs"] and told["cut"] == "block_0/Tanh:0"
    assert "nothing" in ask(graph, do="why", node="nothing", fetches=["h"])["problem"]


def test_what_cannot_be_answered_is_said(graph):
    assert "gone" in explore.answer({"do": "draw", "of": "none"})["problem"]
    assert "knows no 'dance'" in ask(graph, do="dance")["problem"]
    assert "No colouring" in ask(graph, do="draw", view={"colour": "beauty"})["problem"]


def test_a_diff_can_be_looked_around_in(graph):
    shown = tf.graph_diff(tf.Graph(), graph)
    assert "15" in shown.title or "16" in shown.title
    opened = ask(shown.of, do="draw", view={"opened": ["block*/"]})
    assert opened["nodes"]["block_1/"]["says"] == "+3"


def test_a_page_holds_no_markup_of_names(graph, monkeypatch, tmp_path):
    bundle = tmp_path / "graph.js"
    bundle.write_text("export default 1; const end = '</script>';")
    monkeypatch.setattr(page, "BUNDLE", bundle)
    graph.name = "</script><script>alert(1)</script>"
    text = page.page(tf.show(graph).data())
    assert "<script>alert" not in text and text.count("</script>") == 2
    assert explore.KERNEL not in text


def test_in_vs_code_the_output_is_a_widget_too(graph, monkeypatch):
    monkeypatch.setattr(explore, "_needs_widget", lambda: True)
    bundle, _ = tf.show(graph)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle and "image/svg+xml" in bundle


def test_a_notebook_saved_there_shows_the_picture_without_a_kernel(graph, monkeypatch):
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    monkeypatch.setattr(explore, "_needs_widget", lambda: True)
    data, metadata = tf.show(graph)._repr_mimebundle_()
    shown = nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%graph", outputs=[shown])])
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert 'src="data:image/svg+xml;base64,' in page and "widget-view+json" not in page


def test_the_widget_answers_as_the_page_does(graph):
    widget = tf.show(graph).widget()
    sent = []
    widget.send = lambda content, buffers=None: sent.append(content)
    widget._on_message(widget, {"ask": 3, "request": {"do": "find", "of": explore.key_of(graph), "pattern": "^h$"}}, [])
    assert sent == [{"ask": 3, "content": {"names": ["h"], "count": 1}}]
    assert "<svg" in widget.static_html() and "Placeholder" in widget.text()


def test_keys_are_never_used_twice():
    keys = set()
    for _ in range(50):
        keys.add(explore.key_of(tf.Graph()))  # each graph is gone before the next is made, often at the same address
    assert len(keys) == 50


def test_a_fault_of_ours_is_told_too(graph, monkeypatch):
    monkeypatch.setitem(explore.jobs, "draw", lambda of, request: 1 / 0)
    assert ask(graph, do="draw")["problem"] == "ZeroDivisionError: division by zero"


def test_an_empty_graph_is_drawn():
    data = tf.show(tf.Graph())._repr_mimebundle_()[VIEW]
    assert data["nodes"] == {} and data["title"] == "Graph: 0 operations" and data["svg"].startswith("<svg")


# -- cells --------------------------------------------------------------------------------------------------------------------
def run(shell, text, cell):
    with capture_output() as out:
        result = shell.run_cell(text, store_history=True, cell_id=cell)
    assert result.success, out.stdout
    return result.result


def cells_of(shell):
    return shell.magics_manager.magics["line"]["graph"].__self__.cells


def test_leftovers_of_a_cell_that_ran_again_are_named_and_removed(shell):
    run(shell, "a = tf.constant(1.0, name='a')", "one")
    run(shell, "b = a + 1.0", "two")
    run(shell, "a = tf.constant(2.0, name='a')", "one")
    cells, graph = cells_of(shell), tf.get_default_graph()
    told = hygiene.report(cells, graph)
    assert told["leftovers"] == ["a"] and told["says"] == "`a` is a leftover of cell 4."
    assert tf.show(graph).data()["tidy"]["says"] == told["says"]
    removed = explore.answer({"do": "clean", "of": explore.key_of(graph)})["says"]
    assert removed.startswith("Removed 2 leftovers: a, add/y.") and "Run again: cell 3" in removed
    assert [op.name for op in graph.get_operations()] == ["a_1"]
    assert "b" not in shell.user_ns and shell.user_ns["a"].name == "a_1:0"
    assert hygiene.report(cells, graph)["stale"] == [{"cell": 3, "id": "two"}]
    run(shell, "b = a + 1.0", "two")
    assert hygiene.report(cells, graph)["stale"] == []


def test_a_graph_cell_that_runs_again_makes_those_below_stale(shell):
    run(shell, "%%graph -q\na = tf.constant(1.0)", "one")
    run(shell, "%%graph -q\nb = a + 1.0", "two")
    run(shell, "%%graph -q\nc = b + 1.0", "three")
    run(shell, "%%graph -q\na = tf.constant(2.0)", "one")
    graph = tf.get_default_graph()
    assert [s["id"] for s in hygiene.report(cells_of(shell), graph)["stale"]] == ["two", "three"]
    assert hygiene.report(cells_of(shell), graph)["leftovers"] == []


def test_the_last_change_can_be_seen(shell):
    run(shell, "%%graph -q\na = tf.constant(1.0, name='a')", "one")
    run(shell, "%%graph -q\na = tf.constant(1.0, name='a'); b = tf.exp(a, name='b')", "one")
    found = run(shell, "%graph --diff", "two").of
    assert [op.name for op in found.added] == ["b"] and not found.changed


def fate(found):
    return [op.name for op in found.added], [op.name for op in found.removed], found.changed


def test_the_last_change_is_that_of_the_cell_that_ran_last(shell):
    run(shell, "%%graph -q\na = tf.constant(1.0, name='a')", "one")
    run(shell, "%%graph -q\nb = tf.constant(1.0, name='b')", "two")
    run(shell, "%%graph -q\na = tf.constant(2.0, name='a'); c = tf.exp(a, name='c')", "one")
    assert fate(run(shell, "%graph --diff", "three").of)[0] == ["c"]


def test_two_cells_can_be_compared(shell):
    run(shell, "%%graph -q one\na = tf.constant(1.0, name='a'); b = tf.exp(a, name='b')", "one")  # cell 2
    run(shell, "%%graph -q two\na = tf.constant(2.0, name='a'); c = tf.sqrt(a, name='c')", "two")  # cell 3
    run(shell, "%%graph -q one\na = tf.constant(1.0, name='a'); b = tf.sin(a, name='b')", "one")  # cell 4, of what was cell 2
    run(shell, "d = tf.constant(3.0, name='d')", "three")  # cell 5, and no %%graph
    of_two = run(shell, "%graph --diff 2 3", "four")
    added, removed, changed = fate(of_two.of)
    assert (added, removed) == (["c"], ["b"]) and changed["a"].startswith("value: 1.0 → 2.0") and of_two.title.startswith("cell 2 → cell 3: ")
    assert fate(run(shell, "%graph --diff 2 4", "four").of) == ([], [], {"b": "Exp → Sin"})
    assert fate(run(shell, "%graph --diff cell 5 cell 4", "four").of) == (["a", "b"], ["d"], {})
    assert fate(run(shell, "%graph --diff two one", "four").of) == fate(run(shell, "%graph --diff 3 4", "four").of)


def test_two_graphs_can_be_compared(shell, tmp_path):
    run(shell, "before = tf.get_default_graph().as_graph_def(); x = tf.constant(1.0, name='x')", "one")
    assert fate(run(shell, "%graph --diff before", "two").of) == (["x"], [], {})
    run(shell, "after = tf.Graph(); other = 3\nwith after.as_default(): tf.constant(1, name='x')", "three")
    assert list(fate(run(shell, "%graph --diff tf.get_default_graph() after", "four").of)[2]) == ["x"]
    run(shell, f"%graph --diff before after --save {tmp_path}/a.svg", "five")
    assert "1 node added" in (tmp_path / "a.svg").read_text()


def test_what_the_passes_leave_of_a_run(shell):
    run(shell, "x = tf.placeholder(tf.float32, [2], name='x')\na = tf.constant(2.0, name='a')\n"
               "b = tf.exp(tf.sqrt(a, name='r'), name='b')\ny = tf.multiply(x, b, name='y')\nsess = tf.Session()", "one")  # fmt: skip
    shown = run(shell, "%graph --diff passes --fetch y --feed x", "two")
    assert fate(shown.of) == ([], ["a", "r"], {"b": "a constant"})
    assert shown.title == "as written → as run: 0 nodes added, 2 removed, 1 changed"
    assert fate(run(shell, "tf.graph_diff(sess.plan(y, [x]))", "three").of) == fate(shown.of)


@pytest.mark.parametrize(("line", "says"), [
    ("--diff 99", "Cell 99 has made no nodes that are known. Cells with nodes: "), ("--diff 2 2 2", "Two are compared"), ("--diff nothing", "NameError"),
    ("--diff number", "A graph, a GraphDef or a list of operations is compared, not int."), ("--diff passes", "Which run?"),
])  # fmt: skip
def test_what_cannot_be_compared_is_said_in_one_line(shell, line, says):
    run(shell, "a = tf.constant(1.0, name='a'); number = 3", "one")
    with capture_output() as out:
        shell.run_cell(f"%graph {line}", store_history=True)
    assert says in out.stdout + out.stderr and "Traceback" not in out.stdout + out.stderr


@pytest.mark.jax
def test_what_xla_leaves_is_not_told(shell):
    pytest.importorskip("jax")
    run(shell, "y = tf.exp(1.0); sess = tf.Session(device='cpu:jax')", "one")
    with capture_output() as out:
        shell.run_cell("%graph --diff passes --fetch y")
    assert "XLA rewrites this run" in out.stdout + out.stderr


def test_nodes_of_old_cells_are_not_kept_for_ever(shell):
    from tfnb.jupyter.cells import KEPT

    for i in range(KEPT + 3):
        run(shell, f"%%graph -q\na = tf.constant({i}, name='a')", "one")
    assert len(cells_of(shell).made) == KEPT and min(cells_of(shell).made) == 5


def test_lines_are_those_of_the_cell(shell):
    run(shell, "%%graph -q\n\na = tf.constant(1.0, name='a')", "one")
    assert tf.get_default_graph().get_operation_by_name("a").where.line == 3


def test_why_and_trace_are_magics(shell):
    run(shell, "%%graph -q\na = tf.constant(1.0, name='a'); b = tf.exp(a, name='b')", "one")
    assert run(shell, "%why a b", "two").runs
    run(shell, "sess = tf.Session()", "three")
    assert run(shell, "%trace b", "four").data()["colour"]["name"] == "time"
    assert "svg" in run(shell, "%roofline cpu:numpy", "five")._repr_svg_()
