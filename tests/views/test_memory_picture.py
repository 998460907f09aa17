"""The picture of what is in memory while a step runs."""

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.liveset import live_set
from tfnb.views.memory import draw_memory


@pytest.fixture
def drawn():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 256], name="x")
        h = tf.exp(x, name="h")
        y = tf.add(tf.sin(h, name="g"), h, name="y")
        z = tf.reduce_sum(y, name="z")
        live = live_set(sess, z, {x: np.ones((1000, 256))})
        yield live, draw_memory(live, sess.plan(z, [x]).source)


def test_what_is_alive_at_the_peak_is_named(drawn):
    live, picture = drawn
    assert dict(live.values) == dict.fromkeys(("x", "h", "g"), 1_024_000) and sum(n for _, n in live.values) == live.peak
    assert picture.title == "Memory of a step: 3.07 MB at most after line 3, g; 1.02 MB of it are feeds and variables"
    assert "alive at the peak: x 1.02 MB, h 1.02 MB, g 1.02 MB" in picture.text
    assert [line for line in picture.text.splitlines() if "<- peak" in line][0].split()[:3] == ["3", "3.07", "MB"]


def test_the_picture_has_a_bar_for_each_line_and_follows_the_theme(drawn):
    live, picture = drawn
    svg = picture._repr_mimebundle_()["image/svg+xml"]
    assert svg.count("<g><title>line ") == len(live.rows) == 4 and svg.count('class="mark"') == 1
    assert 'role="img" aria-label="Memory of a step: 3.07 MB at most' in svg
    assert "prefers-color-scheme:dark" in svg and 'data-jp-theme-light="false"' in svg


def test_a_long_step_is_drawn_as_a_profile():
    with tf.Graph().as_default(), tf.Session() as sess:
        y = x = tf.placeholder(tf.float32, [64])
        for _ in range(300):
            y = tf.sin(y)
        svg = draw_memory(live_set(sess, y, [x]), sess.plan(y, [x]).source).svg
        assert svg.count("<g><title>line ") == 300 and svg.count("<text") < 40
