"""How values lie on a mesh, without any device."""

import pytest

import tfnb as tf
from tfnb.engine.sharding import Layout


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        tf.placeholder(tf.float32, [None, 784], name="x")
        tf.Variable(tf.zeros([784, 256]), name="W")
        yield g


def test_slots_lie_as_their_variables(graph):
    layout = Layout({"data": 4, "model": 2}, {"W": (None, "model")})
    assert layout.of_variable("W", [784, 256]) == (None, "model") == layout.of_variable("W/Adam_1", [784, 256])
    assert layout.of_variable("W/count", []) == () == layout.of_variable("b", [256]) == layout.of_variable("W/part", [784, 3])


def test_feeds_are_cut_along_the_first_axis_where_it_goes_evenly(graph):
    x = graph.get_tensor_by_name("x:0")
    layout = Layout({"data": 4, "model": 2})
    assert (layout.of_feed(x, (128, 784)), layout.of_feed(x, (13, 784)), layout.of_feed(x, ()), layout.of_feed(x, (0, 784))) == (("data",), (), (), ())
    assert Layout({"data": 4}, {x: (None, "data")}).of_feed(x, (13, 784)) == (None, "data")
    assert Layout({"data": 4}, {"x:0": ()}).of_feed(x, (128, 784)) == ()


@pytest.mark.parametrize(
    "given, message",
    [
        ({"W": (None, "pipe")}, "names 'pipe', but the mesh has the axes data, model"),
        ({"V": ("model",)}, "is for 'V', which is not in the graph"),
        ({"W": ("data", None, "model")}, r"has 3 axes, but its shape \(784, 256\) has 2"),
        ({"W": ("data",)}, "has 3 parts, which does not divide 784"),
    ],
)
def test_what_does_not_fit_is_refused(graph, given, message):
    with pytest.raises(ValueError, match=message):
        Layout({"data": 3, "model": 2}, given).check(graph)
