"""The picture of a run on several devices."""

import shutil

import pytest

import tfnb as tf
from tfnb.jupyter import api
from tfnb.views.parts import draw_parts

pytest.importorskip("jax")


@pytest.fixture
def plan():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        with tf.device("/device:XLA_CPU:0"):
            y = tf.matmul(x, tf.Variable([[1.0], [2.0]], name="w"), name="y")
        yield sess, tf.reduce_sum(y, name="total")


def test_copies_are_drawn_between_boxes_of_devices(plan):
    sess, total = plan
    drawn = draw_parts(sess.plan(total, [total.op.inputs[0].op.inputs[0]]))
    for part in ("subgraph cluster_XLA_CPU_0", "subgraph cluster_CPU_0", "_Send\\nx", "_Recv\\nx", "_Send\\ny", "_Recv\\ny", '"send 0" -> "recv 1"'):
        assert part in drawn.source, drawn.source
    assert "2 devices" in drawn.title and "y/_2 _Send XLA_CPU:0 -> y/_3 _Recv CPU:0" in drawn.text


@pytest.mark.skipif(shutil.which("dot") is None, reason="no Graphviz")
def test_the_picture_follows_the_theme_and_has_a_name(plan):
    sess, total = plan
    svg = api.show(fetches=total)._repr_mimebundle_()["image/svg+xml"]
    assert svg.startswith('<svg class="tfnb-picture" role="img" aria-label="A run in 2 parts on 2 devices')
    assert ".kind-mark :is(path" in svg and "prefers-color-scheme:dark" in svg and 'data-jp-theme-light="false"' in svg


def test_a_plan_in_one_piece_has_no_parts(plan):
    sess, total = plan
    with pytest.raises(TypeError, match="runs on one device"):
        draw_parts(sess.plan(tf.constant(1.0)))
