"""The roofline of a device with the nodes of a graph below it: is work or memory what each waits for?

    roofline(graph, trace, "cpu:numpy")        SVG; x is FLOP per byte, y FLOP a second, both in powers of ten

Without a traced run a node stands where the device could have it at best. (Williams, Waterman, Patterson 2009.)
"""

from __future__ import annotations

import math
from html import escape
from typing import Any, NamedTuple

from tfnb.core.graph import Graph
from tfnb.engine import costs
from tfnb.engine.peaks import Peaks, peaks
from tfnb.engine.trace import Trace
from tfnb.views import fold
from tfnb.views.colour import quantity
from tfnb.views.style import DARK, LIGHT, themed

__all__ = ["Point", "points", "roofline"]

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 340, 70, 44, 16
NAMED = 8  # points whose names are written beside them: those with the most work


class Point(NamedTuple):
    """One node: FLOP per byte, FLOP a second as measured (or at best), and its share of all work."""

    name: str
    intensity: float
    rate: float
    share: float


def points(graph: Graph, trace: Trace | None, peak: Peaks) -> list[Point]:
    """The nodes that compute, those with the most work first."""
    seconds: dict[Any, float] = {}
    runs: dict[Any, int] = {}
    for step in trace.steps if trace else ():
        seconds[step.op] = seconds.get(step.op, 0.0) + step.seconds
        runs[step.op] = runs.get(step.op, 0) + 1
    sizes = trace.sizes if trace else costs.static_sizes
    found = []
    for op in graph.get_operations():
        c = costs.cost(op, sizes)
        if c.flops and not fold.is_initial(op) and (trace is None or op in seconds):
            rate = c.flops * runs[op] / max(seconds[op], 1e-9) if trace else min(peak.flops, c.intensity * peak.bandwidth)
            found.append((op.name, c.intensity, rate, c.flops))
    whole = sum(f for *_, f in found) or 1
    return sorted((Point(n, i, r, f / whole) for n, i, r, f in found), key=lambda p: -p.share)


def roofline(graph: Graph, trace: Trace | None = None, device: str = "cpu:numpy") -> str:
    """The picture, as SVG with text for every point."""
    peak = peaks(device)
    found = points(graph, trace, peak)
    ridge = peak.flops / peak.bandwidth
    xs = _range([p.intensity for p in found] + [ridge / 30, ridge * 30])
    ys = _range([p.rate for p in found] + [peak.flops * 1.5, peak.flops / 300])
    at = _Axes(xs, ys)
    roof = [(xs[0], xs[0] * peak.bandwidth), (ridge, peak.flops), (xs[1], peak.flops)]
    parts = [*_grid(at), f'<polyline class="roof" points="{" ".join(f"{at.x(a):.1f},{at.y(b):.1f}" for a, b in roof)}"/>']
    for p in reversed(found):
        tip = f"{p.name}: {p.intensity:.2g} FLOP/B, {quantity(p.rate, 'FLOP/s')}, {100 * p.share:.2g} % of all work"
        parts.append(f'<circle cx="{at.x(p.intensity):.1f}" cy="{at.y(p.rate):.1f}" r="{3 + 7 * math.sqrt(p.share):.1f}"><title>{escape(tip)}</title></circle>')
    parts += _names(found[:NAMED], at)
    measured = "as measured" if trace else "at best; trace a run to see what it reaches"
    title = f"Roofline of {device}: {quantity(peak.flops, 'FLOP/s')}, {quantity(peak.bandwidth, 'B/s')}; {len(found)} nodes {measured}"
    parts.append(f'<text x="{LEFT}" y="12">{escape(title)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="tfnb-roofline" role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'style="max-width:{WIDTH}px;width:100%;height:auto"><style>{_css()}</style>{"".join(parts)}</svg>')  # fmt: skip


def _names(found: list[Point], at: _Axes) -> list[str]:
    """Names beside points, those with the most work first; one that would lie over another is left to the point's title."""
    taken: list[tuple[float, float]] = []
    parts = []
    for p in found:
        x, y = at.x(p.intensity) + 9, at.y(p.rate) + 4
        if all(abs(x - a) > 150 or abs(y - b) > 12 for a, b in taken):
            taken.append((x, y))
            parts.append(f'<text class="name" x="{x:.1f}" y="{y:.1f}">{escape(p.name.rpartition("/")[2][-24:])}</text>')
    return parts


class _Axes:
    """From numbers to places on the page, by their logarithms."""

    def __init__(self, xs: tuple[float, float], ys: tuple[float, float]) -> None:
        self.xs, self.ys = xs, ys

    def x(self, v: float) -> float:
        return LEFT + (WIDTH - LEFT - 12) * (math.log10(max(v, self.xs[0])) - math.log10(self.xs[0])) / math.log10(self.xs[1] / self.xs[0])

    def y(self, v: float) -> float:
        part = (math.log10(max(v, self.ys[0])) - math.log10(self.ys[0])) / math.log10(self.ys[1] / self.ys[0])
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP - 8) * part


def _range(values: list[float]) -> tuple[float, float]:
    """Whole powers of ten around the values."""
    low, high = math.floor(math.log10(max(min(values), 1e-6))), math.ceil(math.log10(max(values)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def _grid(at: _Axes) -> list[str]:
    parts = []
    for n in range(round(math.log10(at.xs[0])), round(math.log10(at.xs[1])) + 1):
        x = at.x(10.0**n)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP + 8}" y2="{HEIGHT - BOTTOM}"/><text class="tick" x="{x:.1f}" '
                     f'y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{10.0**n:g}</text>')  # fmt: skip
    for n in range(round(math.log10(at.ys[0])), round(math.log10(at.ys[1])) + 1):
        y = at.y(10.0**n)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 12}" y1="{y:.1f}" y2="{y:.1f}"/><text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" '
                     f'text-anchor="end">{quantity(10.0**n, "FLOP/s").replace("FLOP/s", "")}</text>')  # fmt: skip
    parts.append(f'<text class="tick" x="{WIDTH - 12}" y="{HEIGHT - 8}" text-anchor="end">FLOP per byte: left of the bend memory is what it waits for</text>')
    parts.append(f'<text class="tick" x="14" y="{HEIGHT / 2}" transform="rotate(-90 14 {HEIGHT / 2})" text-anchor="middle">FLOP a second</text>')
    return parts


def _css() -> str:
    def colours(page: str, table: dict[str, tuple[str, str]]) -> str:
        lines = {"--ink": "ink", "--edge": "edge", "--dot": "placeholder", "--roof": "gradient"}
        return f"{page}.tfnb-roofline{{" + "".join(f"{k}:{table[v][1]};" for k, v in lines.items()) + f"background:{table['ink'][0]}}}"

    return (themed(colours, LIGHT, DARK) +
            ".tfnb-roofline text{font:11px Helvetica,Arial,sans-serif;fill:var(--ink)}.tfnb-roofline .tick{fill:var(--edge);font-size:10px}"
            ".tfnb-roofline .grid{stroke:var(--edge);stroke-opacity:.25}.tfnb-roofline .roof{fill:none;stroke:var(--roof);stroke-width:2}"
            ".tfnb-roofline circle{fill:var(--dot);fill-opacity:.55;stroke:var(--dot)}")  # fmt: skip
