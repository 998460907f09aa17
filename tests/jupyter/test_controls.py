"""The device and session views: what their buttons do to a real session."""

import numpy as np
import pytest

pytest.importorskip("anywidget")

import tfnb as tf  # noqa: E402
from tfnb.jupyter.widgets.devices import DeviceView  # noqa: E402
from tfnb.jupyter.widgets.session import SessionView  # noqa: E402


@pytest.fixture
def session():
    with tf.Graph().as_default():
        tf.Variable(np.arange(6.0, dtype=np.float32).reshape(2, 3), name="<w>".strip("<>"))
        tf.Variable(1, trainable=False, name="count")
        with tf.Session() as made:
            yield made


def do(view, **message):
    view._on_message(view, message, [])
    return view.problem


def test_choosing_a_device_keeps_the_values(session):
    pytest.importorskip("jax")
    session.run(tf.global_variables_initializer())
    view = DeviceView(session)
    assert view.chosen == "cpu:numpy" and {c["name"] for c in view.cards} >= {"cpu:numpy", "cpu:jax", "gpu:cupy", "tpu:jax"}
    assert do(view, do="choose", device="cpu:jax") == ""
    assert session.device == view.chosen == "cpu:jax" and "2 variables" in view.says
    assert session.variable_value("w").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_is_missing_says_how_to_get_it(session):
    view = DeviceView(session)
    missing = next(c for c in view.cards if not c["available"])
    assert missing["missing"] and missing["missing"] in view.text()
    assert "not available" in do(view, do="choose", device=missing["name"]) and session.device == "cpu:numpy"


def test_initialise_save_restore_close(session, tmp_path):
    view = SessionView(session)
    assert [r["ready"] for r in view.rows] == [False, False] and "not initialised" in view.text()
    assert do(view, do="initialise") == "" and [r["ready"] for r in view.rows] == [True, True]
    assert [(r["shape"], r["dtype"], r["bytes"]) for r in view.rows] == [("2×3", "float32", 24), ("", "int32", 4)]
    assert view.rows[0]["picture"].startswith("<svg") and view.rows[1]["picture"] == ""
    path = str(tmp_path / "model.ckpt")
    assert do(view, do="save", path=path) == ""
    session.run(tf.assign(session.graph.variables[1], 7))
    assert do(view, do="restore", path=path) == "" and session.variable_value("count") == 1
    assert do(view, do="restore", path=str(tmp_path / "none")) != ""
    assert do(view, do="close") == "" and view.closed and session.closed and view.rows == []
    assert do(view, do="save") == "This session is closed. Open a new one: sess = tf.Session()."


def test_names_stay_text(session):
    with session.graph.as_default():
        view = SessionView(session)
    view.rows = [{**view.rows[0], "name": "<script>"}]
    assert "<script>" not in view.static_html() and "&lt;script&gt;" in view.static_html()
