"""Curves that grow under a cell while it trains: every scalar written or plotted is drawn, a few times a second.

The picture is an output of the cell, so it stays in the saved notebook, also when the cell is interrupted.
"""

from __future__ import annotations

import time
from typing import Any

from IPython.display import DisplayHandle, display

from tfnb.views.curves import Scalars

__all__ = ["LiveCurves"]

INTERVAL = 0.2  # seconds between two pictures, at least
SHARE = 0.1  # of the cell's time may go into drawing


class LiveCurves:
    """Listens to scalars; one picture for each cell that makes some."""

    def __init__(self, settings: Any) -> None:
        self.scalars = Scalars()
        self._settings = settings
        self._handle: DisplayHandle | None = None
        self._due = 0.0
        self._fresh = False

    def on_scalar(self, run: str, tag: str, step: Any, value: float, wall_time: float) -> None:
        """Called for every scalar; draws when enough time has gone by."""
        self.scalars.add(run, tag, float(step or 0), float(value))
        self._fresh = True
        if self._settings.live and time.monotonic() >= self._due:
            self._draw()

    def pre_run_cell(self, info: Any) -> None:
        """The next picture belongs to the new cell."""
        self._handle, self._due, self._fresh = None, time.monotonic() + INTERVAL, False

    def post_run_cell(self, result: Any) -> None:
        """The last points, also of a cell that was interrupted."""
        if self._fresh and self._settings.live:
            self._draw()

    def _draw(self) -> None:
        begun = time.monotonic()
        bundle = {"image/svg+xml": self.scalars.svg(smoothing=self._settings.smoothing), "text/plain": self.scalars.text()}
        if self._handle is None:
            self._handle = DisplayHandle()
            display(bundle, raw=True, display_id=self._handle.display_id)
        else:
            self._handle.update(bundle, raw=True)
        now = time.monotonic()
        self._due, self._fresh = now + max(INTERVAL, (now - begun) / SHARE), False
