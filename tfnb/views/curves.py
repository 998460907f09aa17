"""Curves of scalars over steps, smoothed as TensorBoard smooths them, drawn by matplotlib.

    scalars = Scalars(); scalars.add("run", "loss", step, value)
    scalars.figure(["loss"], smoothing=0.6)
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["Scalars", "smoothed"]

KEPT = 2000  # points of a curve; when there are more, every second is dropped
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """TensorBoard's exponential moving average, corrected for its start; points that are no numbers stay themselves.

    A constant curve stays itself.
    """
    if all(v == values[0] for v in values):
        return list(values)
    out, last, n = [], 0.0, 0
    for v in values:
        if not math.isfinite(v):
            out.append(v)
            continue
        last = last * weight + (1 - weight) * v
        n += 1
        out.append(last / (1 - weight**n) if weight != 1 else last)
    return out


class Scalars:
    """Points by run and tag. Any number can be added; each curve keeps at most 2000, evenly spread."""

    def __init__(self) -> None:
        self._curves: dict[tuple[str, str], list[tuple[float, float]]] = {}
        self._every: dict[tuple[str, str], list[int]] = {}

    def add(self, run: str, tag: str, step: float, value: float) -> None:
        """Adds a point. A step that goes back begins the curve anew."""
        key = (run, tag)
        curve = self._curves.setdefault(key, [])
        stride = self._every.setdefault(key, [1, 0])
        if curve and step <= curve[-1][0]:
            curve[:] = [p for p in curve if p[0] < step]
        stride[1] += 1
        if stride[1] % stride[0]:
            return
        curve.append((step, value))
        if len(curve) > KEPT:
            del curve[::2]
            stride[0] *= 2

    def clear(self) -> None:
        self._curves.clear()
        self._every.clear()

    @property
    def tags(self) -> list[str]:
        """The tags, in the order of their first points."""
        return list(dict.fromkeys(tag for _, tag in self._curves))

    def curves(self) -> list[tuple[str, list[tuple[float, float]]]]:
        """Each curve with its name: the tag, and the run where there is more than one."""
        runs = {run for run, _ in self._curves}
        return [(tag if len(runs) == 1 else f"{tag} of {run}", list(points)) for (run, tag), points in list(self._curves.items())]

    def curve(self, run: str, tag: str) -> list[tuple[float, float]]:
        return list(self._curves.get((run, tag), ()))

    def figure(self, tags: Iterable[str] = (), smoothing: float = 0.6) -> Any:
        """A matplotlib figure, one small plot for each tag: raw points pale, the smoothed curve over them."""
        from matplotlib.figure import Figure

        shown = [t for t in self.tags if not tags or t in tags]
        figure = Figure(figsize=(3.6 * max(1, len(shown)), 2.5), layout="constrained")
        for axis, tag in zip(figure.subplots(1, max(1, len(shown)), squeeze=False)[0], shown, strict=False):
            self._plot(axis, tag, smoothing)
        return figure

    def _plot(self, axis: Any, tag: str, smoothing: float) -> None:
        runs = [run for run, t in self._curves if t == tag]
        for run, colour in zip(runs, COLOURS * len(runs), strict=False):
            points = self._curves[run, tag]
            steps, values = [p[0] for p in points], [p[1] for p in points]
            axis.plot(steps, values, color=colour, alpha=0.25, linewidth=1)
            axis.plot(steps, smoothed(values, smoothing), color=colour, linewidth=1.6, label=run or None)
        axis.set_title(tag, fontsize=10, loc="left")
        axis.set_xlabel("step", fontsize=9)
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.25)
        if len(runs) > 1:
            axis.legend(fontsize=8)

    def svg(self, tags: Iterable[str] = (), smoothing: float = 0.6) -> str:
        """The figure as SVG on white."""
        out = io.StringIO()
        self.figure(tags, smoothing).savefig(out, format="svg", metadata={"Date": None})
        text = out.getvalue()
        return text[text.index("<svg") :]

    def text(self) -> str:
        """The last value of each curve, for those who do not see it."""
        lines = [f"{tag}{' of ' + run if run else ''}: {c[-1][1]:.4g} at step {c[-1][0]:g}" for (run, tag), c in self._curves.items() if c]
        return "\n".join(lines) or "no scalars yet"
