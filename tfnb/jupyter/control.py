"""Holding, letting go and stopping a training from another thread than the one that trains.

The training's thread asks `Control.wait` before each `Session.run`; buttons call `pause`, `one`, `resume`, `stop`.
"""

from __future__ import annotations

import threading

__all__ = ["Control", "TrainingStopped"]


class TrainingStopped(KeyboardInterrupt):
    """Stop was pressed. The last run is complete; variables hold what it left in them."""


class Control:
    """Whether the cell's thread may go on to its next run."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused, self._stopping, self._allowed = False, False, 0
        self.runs = 0

    @property
    def state(self) -> str:
        return "stopping" if self._stopping else "paused" if self._paused else "running"

    def pause(self) -> None:
        """Holds the training before its next run."""
        self._set(paused=True)

    def resume(self) -> None:
        """Lets the training go on."""
        self._set(paused=False)

    def one(self) -> None:
        """Lets one run happen, then holds again."""
        with self._changed:
            self._paused, self._allowed = True, self._allowed + 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Ends the cell before its next run."""
        self._set(stopping=True)

    def _set(self, paused: bool = False, stopping: bool = False) -> None:
        with self._changed:
            self._paused, self._stopping, self._allowed = paused, stopping, 0
            self._changed.notify_all()

    def wait(self) -> None:
        """Called before each run. Raises TrainingStopped where Stop was pressed."""
        if self._paused or self._stopping:
            with self._changed:
                while self._paused and not self._stopping and not self._allowed:
                    self._changed.wait(0.1)  # short, so that a plain interrupt is heard
                self._allowed = max(self._allowed - 1, 0)
            if self._stopping:
                raise TrainingStopped(f"Training stopped after {self.runs} runs. Variables are as the last run left them.")
        self.runs += 1
