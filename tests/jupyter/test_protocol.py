"""What the side panel is told, in this process and by a real kernel."""

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell

import tfnb as tf
from tfnb.jupyter import api
from tfnb.jupyter.protocol import VERSION, Channel


class Comm:
    """Keeps what is sent."""

    def __init__(self, target_name, data):
        self.sent = [data]

    def on_msg(self, hear):
        self.hear = hear

    def on_close(self, closed):
        self.closed = closed

    def send(self, data):
        self.sent.append(json.loads(json.dumps(data)))

    def close(self):
        self.sent.append("closed")

    def ask(self, **request):
        self.hear({"content": {"data": request}})
        return self.sent[-1]


@pytest.fixture
def channel(monkeypatch):
    tf.reset_default_graph()
    monkeypatch.setattr("comm.create_comm", Comm)
    InteractiveShell.clear_instance()
    yield Channel(InteractiveShell.instance())
    InteractiveShell.clear_instance()
    tf.reset_default_graph()


def test_the_state_says_what_there_is(channel):
    shell, comm = channel.shell, channel._comm
    assert comm.sent[0]["type"] == "state" and comm.sent[0]["version"] == VERSION
    w = tf.get_variable("w", [3, 2])
    tf.get_variable("count", [], tf.int64, trainable=False, initializer=tf.zeros_initializer())
    shell.user_ns["mine"] = session = tf.Session()
    session.run(w.initializer)
    channel.tell()
    graph = comm.sent[-1]["graphs"][0]
    assert (graph["name"], graph["current"], graph["variables"], graph["parameters"]) == ("default graph", True, 2, 7)
    held = next(s for s in comm.sent[-1]["sessions"] if s["name"] == "mine")
    assert (held["graph"], held["device"], held["bytes"]) == (graph["id"], "cpu:numpy", 24)
    assert held["variables"] == [
        {"name": "w", "dtype": "float32", "shape": [3, 2], "bytes": 24, "initialized": True, "trainable": True},
        {"name": "count", "dtype": "int64", "shape": [], "bytes": 0, "initialized": False, "trainable": False},
    ]
    session.close()
    channel.tell()
    assert "mine" not in [s["name"] for s in comm.sent[-1]["sessions"]]


def test_the_stepper_that_was_shown_last_is_named(channel, monkeypatch):
    monkeypatch.undo()  # widgets have comms of their own
    with tf.Session() as session:
        first, second = (api.stepper(session.step(tf.constant(n) + 1)) for n in (1, 2))
        for view in (first, second):
            view._ipython_display_()
        channel.tell()
        assert channel._comm.sent[-1]["stepper"] == second.model_id
        second.close()
        channel.tell()
        assert channel._comm.sent[-1]["stepper"] == ""


def test_nothing_is_said_twice(channel):
    tf.constant(1)
    channel.tell()
    said = len(channel._comm.sent)
    channel.tell()
    assert len(channel._comm.sent) == said
    tf.constant(2)
    channel.tell()
    assert len(channel._comm.sent) == said + 1


def test_pictures_and_devices_are_sent_when_asked_for(channel):
    tf.constant(1, name="one")
    state = channel._comm.ask(do="state")
    key = state["graphs"][0]["id"]
    picture = channel._comm.ask(do="graph", ask=7, request={"do": "draw", "of": key, "view": {}})
    assert (picture["type"], picture["ask"]) == ("answer", 7)
    picture = picture["content"]
    assert picture["kernel"] == state["kernel"]
    assert picture["graph_version"] == state["graphs"][0]["version"] and picture["nodes"]["one"]["outputs"][0]["name"] == "one:0"
    assert {d["name"] for d in channel._comm.ask(do="devices")["devices"]} >= {"cpu:numpy", "cpu:jax"}
    assert "gone" in channel._comm.ask(do="graph", ask=8, request={"do": "draw", "of": "0"})["content"]["problem"]
    said = len(channel._comm.sent)
    channel._comm.hear({"content": {"data": {"do": "something of a newer page"}}})
    assert len(channel._comm.sent) == said


def test_a_page_that_closes_the_comm_does_not_end_it(channel):
    first = channel._comm
    first.closed({})
    channel.tell()
    assert channel._comm is not first and channel._comm.sent[0]["type"] == "state"


def test_a_problem_in_the_panel_does_not_reach_the_cell(channel, monkeypatch):
    monkeypatch.setattr(channel, "state", lambda: 1 / 0)
    channel.tell()
    assert "ZeroDivisionError" in channel._comm.sent[-1]["problem"]
