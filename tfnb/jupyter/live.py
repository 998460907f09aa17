"""Curves that grow under a cell while it trains: every scalar written or plotted is drawn, a few times a second.

Where the front end can show widgets the curves have buttons that pause and stop the training. The picture is an
output of the cell, so it stays in the saved notebook, also when the cell is interrupted.
"""

from __future__ import annotations

import time
from typing import Any

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from tfnb.engine import session
from tfnb.jupyter.control import TrainingStopped
from tfnb.views.curves import Scalars

__all__ = ["LiveCurves"]

INTERVAL = 0.2  # seconds between two pictures, at least
KEPT = 5.0  # seconds between two pictures that stay, where a widget shows the newest points
SHARE = 0.1  # of the cell's time may go into drawing


class LiveCurves:
    """Listens to scalars; one view or picture for each cell that makes some."""

    def __init__(self, settings: Any) -> None:
        self.scalars = Scalars()
        self._settings = settings
        self._handle: DisplayHandle | None = None
        self._view: Any = None
        self._due = self._due_picture = 0.0
        self._fresh = False

    def on_scalar(self, run: str, tag: str, step: Any, value: float, wall_time: float) -> None:
        """Called for every scalar; draws when enough time has gone by."""
        self.scalars.add(run, tag, float(step or 0), float(value))
        self._fresh = True
        if self._settings.live and time.monotonic() >= self._due:
            self._draw()

    def pre_run_cell(self, info: Any) -> None:
        """The next picture belongs to the new cell."""
        self._let_go("done")
        self._handle, self._due, self._fresh = None, time.monotonic() + INTERVAL, False

    def post_run_cell(self, result: Any) -> None:
        """The last points, also of a cell that was interrupted."""
        if self._fresh and self._settings.live:
            self._draw()
        error = getattr(result, "error_in_exec", None)
        self._let_go("done" if error is None else "stopped" if isinstance(error, TrainingStopped)
                     else "interrupted" if isinstance(error, KeyboardInterrupt) else "failed")  # fmt: skip

    def _draw(self) -> None:
        begun = time.monotonic()
        if self._view is not None:
            self._grow(begun)
        elif self._handle is None and self._settings.widgets and _shows_widgets():
            self._open()
            begun = time.monotonic()  # the first time loads what draws: that does not count
        else:
            self._picture()
        now = time.monotonic()
        self._due, self._fresh = now + max(INTERVAL, (now - begun) / SHARE), False

    def _open(self) -> None:
        """The curves with their buttons; from now on each run asks whether it may begin."""
        from tfnb.jupyter.widgets.training import TrainingView

        self._view = TrainingView(self.scalars, self._settings.smoothing)
        self._due_picture = time.monotonic() + KEPT
        session.run_hooks.append(self._before_run)
        display(self._view)

    def _before_run(self, running: Any, plan: Any) -> None:
        """Holds the training where Pause was pressed; while it is held, what there is is shown."""
        control = self._view.control
        if control.state != "running":
            self._view.grow()
        control.wait()

    def _grow(self, now: float) -> None:
        self._view.grow()
        if now >= self._due_picture:
            self._view.keep()
            self._due_picture = now + KEPT

    def _let_go(self, how: str) -> None:
        """The cell has ended: its view keeps the last state and holds no run any more."""
        view, self._view = self._view, None
        if view is not None:
            session.run_hooks.remove(self._before_run)
            view.done(how)
            view.keep()

    def _picture(self) -> None:
        bundle = {"image/svg+xml": self.scalars.svg(smoothing=self._settings.smoothing), "text/plain": self.scalars.text()}
        if self._handle is None:
            self._handle = DisplayHandle()
            display(bundle, raw=True, display_id=self._handle.display_id)
        else:
            self._handle.update(bundle, raw=True)


def _shows_widgets() -> bool:
    """Whether there is a kernel, whose front end may have a widget manager: a terminal has none."""
    return getattr(get_ipython(), "kernel", None) is not None
