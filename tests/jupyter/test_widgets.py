"""Models of the views with controls, and one real kernel: a control's message is handled while a cell runs."""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Iterator

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("ipykernel")
jupyter_client = pytest.importorskip("jupyter_client")

from tfnb.jupyter.widgets.base import View, answer_while_busy  # noqa: E402

WIDGET = "application/vnd.jupyter.widget-view+json"


class Echo(View):
    live = True

    def receive(self, message):
        if message["do"] == "fail":
            raise ValueError("no such thing")
        self.heard = message["do"]

    def text(self):
        return "an <echo>"


def test_a_view_keeps_a_picture_beside_the_widget():
    bundle, _ = Echo()._repr_mimebundle_()
    assert bundle["text/plain"] == "an <echo>"
    assert "an &lt;echo&gt;" in bundle["text/html"] and 'class="tfnb-static"' in bundle["text/html"]
    assert WIDGET in bundle


def test_a_wrong_message_becomes_a_sentence():
    echo = Echo()
    echo._on_message(echo, {"do": "fail"}, [])
    assert echo.problem == "no such thing"
    echo._on_message(echo, {"do": "hello"}, [])
    assert (echo.heard, echo.problem) == ("hello", "")


def test_comms_of_other_kernels_are_left_alone():
    comm = object()
    answer_while_busy(comm)


# -- a real kernel ------------------------------------------------------------------------------------------------
BUSY = """
import threading, time
from tfnb.jupyter.widgets.base import View
class Stop(View):
    live = {live}
    def receive(self, message):
        self.thread = threading.current_thread() is threading.main_thread()
        self.stop = True
view = Stop(); view.stop = False
print(view.comm.comm_id, flush=True)
end = time.time() + {limit}
while not view.stop and time.time() < end:
    time.sleep(0.01)
print("stopped" if view.stop else "not handled", "on main" if view.stop and view.thread else "beside")
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple]:
    manager, client = jupyter_client.manager.start_new_kernel(startup_timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(client, cell: str, until: str, timeout: float = 30) -> str:
    """What this cell printed, up to `until`."""
    text, end = "", time.time() + timeout
    while until not in text and time.time() < end:
        message = client.get_iopub_msg(timeout=timeout)
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "stream" and message["parent_header"].get("msg_id") == cell:
            text += message["content"]["text"]
    return text


def new_subshell(client) -> str:
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    reply = client.get_control_msg(timeout=10)
    if reply["content"].get("status") != "ok":
        pytest.skip("this ipykernel has no subshells")
    return reply["content"]["subshell_id"]


def stopped_by_message(kernel, live: bool, limit: float, subshell: str | None) -> str:
    _, client = kernel
    cell = client.execute(BUSY.format(live=live, limit=limit))
    comm_id = printed(client, cell, until="\n").strip()
    data = {"method": "custom", "content": {"do": "stop"}}
    message = client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    return printed(client, cell, until="\n").strip()


def test_a_live_view_hears_while_the_cell_runs(kernel):
    assert stopped_by_message(kernel, True, 15, new_subshell(kernel[1])) == "stopped beside"


def test_a_live_view_hears_where_the_front_end_knows_no_subshells(kernel):
    from ipykernel.comm.comm import BaseComm

    if not hasattr(BaseComm, "_reply_subshell_for"):
        pytest.skip("this ipykernel sends comms where the front end says")
    for _ in range(2):  # the first message makes the subshell, the second finds it
        assert stopped_by_message(kernel, True, 15, None) == "stopped beside"


def test_colab_is_told_what_draws_the_widget(monkeypatch):
    class Output:  # what google.colab.output has for anywidget
        _widgets = types.SimpleNamespace(_installed_url="https://ssl.gstatic.com/manager.js")
        enabled = False

        def enable_custom_widget_manager(self):
            self.enabled = True

    monkeypatch.setitem(sys.modules, "google.colab.output", output := Output())
    shown = []
    monkeypatch.setattr("tfnb.jupyter.widgets.base.display", lambda data, **more: shown.append((data, more.get("metadata"))))
    view = Echo()
    view._ipython_display_()
    told = {WIDGET: {"colab": {"custom_widget_manager": {"url": "https://ssl.gstatic.com/manager.js"}}}}
    assert output.enabled and WIDGET in shown[0][0] and shown[0][1] == told
    assert view._repr_mimebundle_()[1] == told


def test_a_picture_is_kept_once_the_reader_pauses(monkeypatch):
    import asyncio

    echo, kept = Echo(), []
    monkeypatch.setattr(echo, "keep", lambda: kept.append(1))
    echo.keep_soon()
    assert kept == [1]  # without a loop at once

    async def walk():
        for _ in range(5):
            echo.keep_soon(0.01)
        assert kept == [1]
        while len(kept) < 2:
            await asyncio.sleep(0.005)

    asyncio.run(walk())
    assert kept == [1, 1]
