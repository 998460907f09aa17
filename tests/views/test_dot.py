"""Pictures of graphs: what is drawn, what is marked, and that text stays text."""

import re
import shutil

import pytest

import tfnb as tf
from tfnb.views import dot, render


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        with tf.variable_scope("layer"):
            w = tf.get_variable("w", [3, 2])
            y = tf.matmul(x, w)
        tf.reduce_sum(y, name="total")
        yield g


def test_a_variable_is_one_box(graph):
    picture = dot.draw(graph)
    assert "layer/w" in picture.outline.nodes
    assert not any(name.endswith(("/Assign", "/read")) for name in picture.outline.nodes)
    assert "9 operations" not in picture.title


def test_shapes_stand_on_the_arrows(graph):
    assert "?×3" in dot.draw(graph).source
    assert "?×2" in dot.draw(graph).source


def test_names_stay_text():
    with tf.Graph().as_default() as g:
        tf.constant("<script>alert(1)</script>")
        picture = dot.draw(g)
    assert "<script" not in picture.svg


def test_what_a_fetch_does_not_need_is_faded(graph):
    y = graph.get_tensor_by_name("layer/MatMul:0")
    svg = dot.draw(graph, fetches=[y]).svg
    total = re.search(r'<g id="node:total" class="([^"]*)"', svg)
    assert total is not None and "faded" in total[1]
    matmul = re.search(r'<g id="node:layer/MatMul" class="([^"]*)"', svg)
    assert matmul is not None and "faded" not in matmul[1]


def test_marked_nodes_are_said_so(graph):
    svg = dot.draw(graph, mark=[graph.get_operation_by_name("total")]).svg
    assert re.search(r'<g id="node:total" class="[^"]*marked', svg)


def test_without_dot_the_graph_is_still_drawn(graph, monkeypatch):
    if render._by_pip("digraph { a }") is None:
        pytest.skip("graphviz-pure has no wheel for this machine")
    which = shutil.which
    monkeypatch.setattr(render.shutil, "which", lambda name, **kw: None if name == "dot" else which(name, **kw))
    assert "node:total" in dot.draw(graph).svg


def test_without_any_graphviz_there_is_text(graph, monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda name, **kw: None)
    picture = dot.draw(graph)
    assert picture.svg is None
    assert "total: Sum" in picture.text
