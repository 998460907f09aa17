"""What is drawn as one box: scopes, stacks of equal blocks, crowds, and nodes set aside."""

import gc
import weakref

import pytest

import tfnb as tf
from tfnb.views import aside, outline, tree


def tower(blocks, tail=""):
    with tf.Graph().as_default() as graph:
        h = tf.placeholder(tf.float32, [None, 4], name="h")
        for i in range(blocks):
            with tf.name_scope(f"block_{i}"):
                h = tf.tanh(tf.square(h) + h)
                h = tf.exp(h, name="extra") if str(i) == tail else h
    return graph


def test_a_small_graph_is_drawn_open():
    found = outline.outlined(tower(2))
    assert "block_0/Tanh" in found.nodes and set(found.scopes) == {"block_0/", "block_1/"}


def test_equal_blocks_are_one_stack():
    found = outline.outlined(tower(12))
    stack = found.nodes["block*/"]
    assert (stack.times, stack.title, stack.closed, len(stack.ops)) == (12, "block", True, 36)
    assert found.box_of["block_7/Tanh"] == "block*/"
    assert {(e.source, e.target) for e in found.edges} == {("h", "block*/")}


def test_a_block_that_differs_is_not_in_the_stack():
    found = outline.outlined(tower(6, tail="3"))
    assert found.nodes["block*/"].times == 5
    assert "block_3/extra" in found.nodes or "block_3/" in found.nodes


def test_an_opened_stack_shows_its_blocks_closed():
    graph = tower(12)
    found = outline.outlined(graph, opened=["block*/"])
    assert {n.id for n in found.nodes.values() if n.closed} == {f"block_{i}/" for i in range(12)}
    assert ("block_3/", "block_4/") in {(e.source, e.target) for e in found.edges}
    found = outline.outlined(graph, opened=["block*/", "block_3/"])
    assert "block_3/Tanh" in found.nodes and "block_4/" in found.nodes


def test_what_is_inside_a_closed_group_is_not_opened():
    assert outline.outlined(tower(12), opened=["block_3/"]).opened == ()


def test_every_operation_is_in_exactly_one_box():
    graph = tower(7, tail="2")
    for opened in (None, [], ["block*/"], ["block*/", "block_1/"]):
        found = outline.outlined(graph, opened=opened)
        inside = [op.name for node in found.nodes.values() for op in node.ops]
        assert sorted(inside) == sorted(op.name for op in graph.get_operations())


def test_a_flat_crowd_becomes_series():
    with tf.Graph().as_default() as graph:
        x = tf.constant(1.0)
        for _ in range(300):
            x = tf.exp(x)
    found = outline.outlined(graph)
    assert found.nodes["Exp*/"].times == 300
    opened = outline.outlined(graph, opened=["Exp*/"])
    assert 2 < len(opened.nodes) <= tree.CROWD + 1


def test_a_drawn_graph_is_still_freed():
    graph = tower(3)
    outline.outlined(graph)
    gone = weakref.ref(graph)
    del graph
    gc.collect()
    assert gone() is None


def test_a_changed_graph_is_grouped_anew():
    graph = tower(2)
    assert "late" not in outline.outlined(graph).nodes
    with graph.as_default():
        tf.constant(1.0, name="late")
    assert "late" in outline.outlined(graph).nodes


def test_depth_and_collapse_close_scopes():
    with tf.Graph().as_default() as graph, tf.name_scope("a"), tf.name_scope("b"):
        tf.exp(tf.constant(1.0) + 2.0)
    assert "a/" in outline.outlined(graph, collapse=["a"]).nodes
    assert "a/b/" in outline.outlined(graph, depth=1).nodes
    assert "a/b/Exp" in outline.outlined(graph, depth=1, expand=["a/b"]).nodes


def test_a_number_of_an_operation_makes_no_scope():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        tf.multiply(x, 2.0, name="twice")
    assert set(outline.outlined(graph).nodes) == {"x", "twice", "twice/y"}
    assert not outline.outlined(graph).scopes


@pytest.fixture
def hub():
    """Twenty nodes of which one feeds all others."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        rate = tf.placeholder(tf.float32, [], name="rate")
        for i in range(19):
            x = tf.multiply(x, rate, name=f"m{i}")
    return outline.outlined(graph)


def test_a_node_with_many_arrows_moves_aside(hub):
    assert aside.beside(hub) == {"rate"}
    assert aside.links(hub, {"rate"})["m3"] == ["rate"]


def test_few_nodes_move_nowhere():
    assert aside.beside(outline.outlined(tower(3))) == set()
