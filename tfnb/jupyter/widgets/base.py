"""What all views with controls share: the bundle they load, the picture that stays in the notebook, live messages.

    class Counter(View):
        bundle = "counter"
        def receive(self, message): ...        # {"do": "more"} sent by the view
        def static_html(self): return "<b>3</b>"
"""

from __future__ import annotations

import asyncio
import functools
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import anywidget
from IPython import get_ipython
from IPython.display import DisplayHandle, display
from traitlets import Unicode

__all__ = ["View", "answer_while_busy"]

STATIC = Path(__file__).parent.parent / "static"

# What a source checkout whose bundles are not built yet shows instead: the static picture.
UNBUILT = """export default { render({ model, el }) {
  el.textContent = "tfnb's views are not built here (make build); below is the picture of the last state.";
} };"""


def answer_while_busy(comm: Any) -> None:
    """Lets messages on this comm be handled while a cell runs.

    JupyterLab sends a widget's messages to a subshell, a thread of the kernel beside the one that runs cells.
    ipykernel 7.4 sends them back to the shell that published last on the comm, which is the busy one. Keeping
    the front end's choice, for this comm only, is what 7.1 to 7.3 do for every comm. VS Code and others know no
    subshells: for them the kernel has one of its own.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default or _own_subshell()


@functools.cache
def _own_subshell() -> str | None:
    """A subshell of this kernel's; called on the thread that sorts messages, which is the one that may make it."""
    return get_ipython().kernel.shell_channel_thread.manager._create_subshell()


class View(anywidget.AnyWidget):
    """A widget with a picture that stays: after saving, without a kernel, in nbconvert and in a terminal."""

    live: ClassVar[bool] = False
    """True where controls must work while a cell runs: `receive` is then called on another thread."""

    problem = Unicode("").tag(sync=True)
    """What went wrong with the last thing asked for, in one sentence; shown by the view and read aloud."""

    bundle: ClassVar[str] = ""
    """The file in static/ that draws it, without .js."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "bundle" in cls.__dict__:
            path = STATIC / f"{cls.bundle}.js"
            cls._esm = path if path.exists() else UNBUILT
        super().__init_subclass__(**kwargs)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._picture: DisplayHandle | None = None
        self._soon: asyncio.TimerHandle | None = None
        self.on_msg(self._on_message)
        if self.live and self.comm is not None:
            answer_while_busy(self.comm)

    # -- messages -------------------------------------------------------------------------------------------------
    def receive(self, message: dict[str, Any]) -> None:
        """Does what the view asks: {"do": verb, ...}."""
        raise NotImplementedError

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        try:
            self.receive(dict(content))
            self.problem = ""
        except Exception as e:  # a traceback in a message handler goes to a log that no student reads
            self.problem = str(e) or type(e).__name__

    # -- what stays -----------------------------------------------------------------------------------------------
    def static_html(self) -> str:
        """The present state without controls."""
        return f"<pre>{escape(self.text())}</pre>"

    def text(self) -> str:
        """The present state in plain text."""
        return repr(self)

    def static_bundle(self) -> dict[str, str]:
        """The picture that stays, for every kind of reader; the view hides it while it is alive itself."""
        html = f'<div class="tfnb-static" data-model="{escape(self.model_id)}">{self.static_html()}</div>'
        return {"text/html": html, "text/plain": self.text()}

    def widget_bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget as an output: its data, and the metadata in which Colab reads what draws it."""
        shown = super()._repr_mimebundle_()
        return shown if isinstance(shown, tuple) else (shown or {}, {})

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = self.widget_bundle()
        return {**data, **self.static_bundle()}, metadata

    def _ipython_display_(self) -> None:
        """The widget, then its picture as an output of its own: readers that know widgets show nothing else of ours."""
        data, metadata = self.widget_bundle()
        display({**data, "text/plain": "The controls need a kernel and a page with widgets; this is the last state:"}, metadata=metadata, raw=True)
        # display() returns a handle only where it was given an id of its own
        self._picture = DisplayHandle()
        display(self.static_bundle(), raw=True, display_id=self._picture.display_id)

    def keep(self) -> None:
        """Makes the picture in the notebook that of the present state."""
        if self._picture is not None:
            self._picture.update(self.static_bundle(), raw=True)

    def keep_soon(self, seconds: float = 1.0) -> None:
        """The same once the reader pauses: a picture may be larger than all that a step sends."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self.keep()  # nobody is there to do it later
        if self._soon is not None:
            self._soon.cancel()
        self._soon = loop.call_later(seconds, self.keep)
