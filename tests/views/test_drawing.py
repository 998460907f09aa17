"""The data behind a picture, the colourings, and the comparison of graphs."""

import json

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine import trace
from tfnb.views import colour
from tfnb.views.diff import diff
from tfnb.views.dot import draw
from tfnb.views.drawing import drawing
from tfnb.views.roofline import points, roofline


@pytest.fixture
def trained():
    """A layer with its training, and a traced run of it."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        w = tf.Variable(np.ones((4, 3), np.float32), name="w")
        y = tf.nn.relu(tf.matmul(x, w, name="product"), name="y")
        loss = tf.reduce_mean(y, name="loss")
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            traced = sess.trace([loss, train], {x: np.ones((5, 4), np.float32)})
            yield graph, traced


def test_a_drawing_is_plain_data(trained):
    graph, _ = trained
    data = json.loads(json.dumps(drawing(draw(graph, mark=[graph.get_operation_by_name("y")]))))
    product = data["nodes"]["product"]
    assert product["type"] == "MatMul" and product["doc"].startswith("Matrix product")
    assert [(t["name"], t["shape"], t["bytes"]) for t in product["inputs"]] == [("x:0", "?×4", None), ("w/read:0", "4×3", 48)]
    assert product["inputs"][1]["box"] == "w" and "y" in product["outputs"][0]["users"]
    assert product["line"] and data["nodes"]["y"]["marked"] and not product["marked"]
    assert any((e["source"], e["target"]) == ("x", "product") for e in data["edges"])
    assert 'id="edge:0"' in data["svg"]


def test_a_node_set_aside_is_named_where_it_was_used(trained):
    graph, _ = trained
    svg = draw(graph, out=["w"]).svg
    assert "set aside" in svg and "⊸ w" in svg
    assert "set aside" not in draw(graph).svg


@pytest.mark.parametrize("name", list(colour.COLOURINGS))
def test_every_colouring_says_in_words_what_it_fills(trained, name):
    graph, traced = trained
    made = draw(graph, colouring=colour.by(name, traced)).showing.colouring
    assert made.name == name
    if name != "kind":
        assert made.legend and made.nodes
        assert all(p.text or p.paint == "step-0" for p in made.nodes.values()) and any(p.text for p in made.nodes.values())
        assert {p.paint for p in made.nodes.values()} <= {paint for paint, _ in made.legend}


def test_measures_need_a_traced_run(trained):
    graph, _ = trained
    assert "sess.trace" in draw(graph, colouring=colour.by("time", None)).showing.colouring.note
    with pytest.raises(ValueError, match="No colouring is called 'beauty'"):
        colour.by("beauty")


def test_shares_add_up_to_one(trained):
    graph, traced = trained
    made = draw(graph, colouring=colour.by("flops", traced)).showing.colouring
    shares = [float(p.text.rpartition(", ")[2].rstrip(" %")) for p in made.nodes.values() if p.text]
    assert sum(shares) == pytest.approx(100, abs=3)


def test_the_flow_of_gradients_stands_on_the_arrows(trained):
    graph, traced = trained
    made = draw(graph, colouring=colour.by("flow", traced)).showing.colouring
    assert made.edges["y", "loss"] == "|x| 4  |∂| 0.067"


def test_quantities_are_short():
    assert [colour.quantity(v, "B") for v in (12, 1500, 2.5e9)] == ["12 B", "1.5 kB", "2.5 GB"]
    assert [colour.quantity(v, "s") for v in (2.0, 0.0021, 3.4e-5)] == ["2 s", "2.1 ms", "34 µs"]


def test_the_roofline_has_a_point_for_each_node_that_computes(trained):
    graph, traced = trained
    from tfnb.engine.peaks import Peaks

    found = points(graph, traced, Peaks(1e9, 1e9))
    assert "product" in [p.name for p in found] and sum(p.share for p in found) == pytest.approx(1)
    assert all(p.rate <= 1e9 for p in points(graph, None, Peaks(1e9, 1e9)))
    svg = roofline(graph, trace.latest(graph))
    assert svg.count("<circle") == len(found) and "as measured" in svg


# -- comparing ----------------------------------------------------------------------------------------------------------
def model(wider=False, extra=False):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 5 if wider else 4], name="x")
        y = tf.exp(x, name="y") if extra else tf.abs(x, name="y")
        tf.add(y, 1.0, name="z")
        if extra:
            tf.square(y, name="new")
    return graph


def test_equal_graphs_have_no_difference():
    found = diff(model(), model())
    assert (found.added, found.removed, found.changed) == ([], [], {})


def test_a_diff_names_what_is_new_gone_and_different():
    found = diff(model(), model(wider=True, extra=True))
    assert [op.name for op in found.added] == ["new"] and found.removed == []
    assert found.changed["y"] == "Abs → Exp" and "(?, 4)" in found.changed["x"]
    back = diff(model(extra=True), model())
    assert [op.name for op in back.removed] == ["new"]
    svg = back.draw().svg
    assert "− removed" in svg and "≠ Exp → Abs" in svg


def test_graph_defs_are_compared_too():
    found = diff(model().as_graph_def(), model(extra=True))
    assert "new: " not in repr(found) and "+ new (Square)" in repr(found)
    with pytest.raises(TypeError, match="not int"):
        diff(model(), 3)
