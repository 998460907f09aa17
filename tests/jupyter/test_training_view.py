"""Holding and stopping a training: the control on threads, the view's messages, a cell in a real shell."""

import threading
import time

import pytest

pytest.importorskip("anywidget")

from tfnb.jupyter.control import Control, TrainingStopped  # noqa: E402
from tfnb.jupyter.widgets.training import TrainingView  # noqa: E402
from tfnb.views.curves import Scalars  # noqa: E402


def until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    assert holds()


def trained(control):
    """A thread that runs until it is stopped."""
    ended = []

    def work():
        try:
            while True:
                control.wait()
                time.sleep(0.001)
        except TrainingStopped as e:
            ended.append(str(e))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, ended


def test_pause_one_run_resume_stop():
    control = Control()
    thread, ended = trained(control)
    until(lambda: control.runs > 3)
    control.pause()
    time.sleep(0.05)  # the run that was under way ends
    held = control.runs
    time.sleep(0.2)
    assert control.runs == held and control.state == "paused"
    control.one()
    until(lambda: control.runs == held + 1)
    time.sleep(0.15)
    assert control.runs == held + 1
    control.resume()
    until(lambda: control.runs > held + 3)
    control.stop()
    thread.join(5)
    assert ended == [f"Training stopped after {control.runs} runs. Variables are as the last run left them."]


def test_stop_ends_what_is_paused():
    control = Control()
    control.pause()
    thread, ended = trained(control)
    control.stop()
    thread.join(5)
    assert ended and control.runs == 0


def scalars(n):
    made = Scalars()
    for i in range(n):
        made.add("", "loss", i, 1 / (i + 1))
    made.add("", "loss", n, float("nan"))
    return made


def test_the_view_sends_few_points_and_the_last_one():
    view = TrainingView(scalars(1500), 0.6)
    (loss,) = view.series
    assert loss["name"] == "loss" and len(loss["steps"]) <= 400 and loss["steps"][-1] == 1500 and loss["values"][-1] is None
    assert len(loss["steps"]) == len(loss["values"]) == len(loss["smoothed"])
    view._on_message(view, {"do": "smooth", "weight": 2}, [])
    assert view.smoothing == 0.999
    assert "<svg" in view.static_html() and "loss: nan at step 1500" in view.text()


def test_buttons_after_the_end_say_so():
    view = TrainingView(scalars(3), 0.0)
    view._on_message(view, {"do": "pause"}, [])
    assert (view.state, view.problem) == ("paused", "")
    view.done("stopped")
    view._on_message(view, {"do": "resume"}, [])
    assert view.state == "stopped" and view.problem == "This cell has ended: run it again to train on."
    view._on_message(view, {"do": "fly"}, [])
    assert view.problem == "The training view knows no 'fly'."
