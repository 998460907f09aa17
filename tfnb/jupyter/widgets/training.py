"""A training cell's curves and controls: pause, one run, go on, stop - while the cell runs.

The kernel handles these messages on a thread of its own (base.View, live); control.py holds the cell's thread.
"""

from __future__ import annotations

import time
from typing import Any

from traitlets import Bool, Dict, Float, Int, List, Unicode

from tfnb.jupyter.control import Control
from tfnb.jupyter.widgets.base import View
from tfnb.views.curves import Scalars, smoothed

__all__ = ["TrainingView"]

SHOWN = 400  # points of a curve that are sent: about as many as there are pixels


class TrainingView(View):
    """Curves that grow, with Pause, One run, Resume and Stop."""

    bundle = "training"

    live = True

    series = List(Dict()).tag(sync=True)
    state = Unicode("running").tag(sync=True)
    runs = Int(0).tag(sync=True)
    rate = Float(0.0).tag(sync=True)
    smoothing = Float(0.6).tag(sync=True)
    logarithmic = Bool(False).tag(sync=True)
    key = Unicode("").tag(sync=True)

    def __init__(self, scalars: Scalars, smoothing: float) -> None:
        self.scalars, self.control = scalars, Control()
        self._begun = time.monotonic()
        super().__init__(smoothing=smoothing)
        self.key = str(self.model_id)
        self.grow()

    def receive(self, message: dict[str, Any]) -> None:
        """pause, resume, one, stop; smooth (a weight)."""
        do = message.get("do")
        if do in ("pause", "resume", "one", "stop"):
            if self.state not in ("running", "paused", "stopping"):
                raise ValueError("This cell has ended: run it again to train on.")
            getattr(self.control, do)()
            self.state = self.control.state
        elif do == "smooth":
            self.smoothing = min(max(float(message["weight"]), 0.0), 0.999)
            self.grow()
        else:
            raise ValueError(f"The training view knows no {do!r}.")

    def grow(self) -> None:
        """Sends what there is now."""
        seconds = time.monotonic() - self._begun
        with self.hold_sync():
            self.series = [_series(name, points, self.smoothing) for name, points in self.scalars.curves()]
            self.runs, self.rate = self.control.runs, round(self.control.runs / seconds, 1) if seconds > 0 else 0.0

    def done(self, how: str) -> None:
        """The cell has ended; `how` is the word that stays."""
        self.grow()
        self.state = how

    def text(self) -> str:
        return self.scalars.text()

    def static_html(self) -> str:
        return self.scalars.svg(smoothing=self.smoothing)


def _series(name: str, points: list[tuple[float, float]], weight: float) -> dict[str, Any]:
    """One curve as the view takes it: thinned evenly, the last point always there."""
    values = smoothed([v for _, v in points], weight)
    stride = max(1, -(-len(points) // SHOWN))
    chosen = list(range((len(points) - 1) % stride, len(points), stride))
    return {"name": name, "steps": [points[i][0] for i in chosen], "values": [_number(points[i][1]) for i in chosen],
            "smoothed": [_number(values[i]) for i in chosen]}  # fmt: skip


def _number(value: float) -> float | None:
    """JSON has no NaN: a gap stands for it."""
    return value if value == value and abs(value) != float("inf") else None
