"""What is in memory while a step runs, as a picture: a bar for each line, the peak pointed out, and what is alive there.

    picture = draw_memory(live_set(sess, [loss, train], {x: batch}), plan.source)
    picture.svg, picture.text
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from tfnb.engine.liveset import LiveRow, LiveSet
from tfnb.views.style import themed

__all__ = ["MemoryPicture", "draw_memory"]

WIDTH, TEXT, ROW = 860, 430, 17  # units of the picture: all of it, the code's column, a line's height
SHOWN = 70  # lines that get their text; a longer step is drawn as a profile
NAMED = 14  # values named at the peak, the largest first

LIGHT = {"paper": "#FFFFFF", "ink": "#1F2328", "soft": "#57606A", "held": "#8C959F", "alive": "#56B4E9", "made": "#0072B2", "peak": "#B84E00"}
DARK = {"paper": "#111519", "ink": "#ECEFF3", "soft": "#A5B2C0", "held": "#6B7787", "alive": "#1F6F9F", "made": "#6CC0F0", "peak": "#FF9C55"}


class MemoryPicture:
    """A drawn live set: `svg`, and the same as lines of `text`."""

    def __init__(self, live: LiveSet, source: str) -> None:
        self.live, self._code = live, source.splitlines()
        self.svg, self.text = self._drawn(), "\n".join(self._lines())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text

    @property
    def title(self) -> str:
        live = self.live
        where = f" after line {live.at.line}, {live.at.op.name}" if live.at is not None else ""
        return f"Memory of a step: {size(live.peak)} at most{where}; {size(live.held)} of it are feeds and variables"

    def _statement(self, row: LiveRow) -> str:
        return self._code[row.line - 1].partition("  #")[0].strip() if row.line <= len(self._code) else row.op.name

    def _lines(self) -> Iterable[str]:
        yield self.title
        for row in self.live.rows:
            bar = "#" * round(24 * row.alive / max(self.live.peak, 1))
            mark = "  <- peak" if row is self.live.at else ""
            yield f"{row.line:4} {size(row.alive):>9} {bar:24} {self._statement(row)[:70]}{mark}"
        if self.live.values:
            yield "alive at the peak: " + ", ".join(f"{name} {size(n)}" for name, n in self._largest())

    def _largest(self) -> list[tuple[str, int]]:
        found = sorted(self.live.values, key=lambda v: -v[1])
        rest = sum(n for _, n in found[NAMED:])
        return [*found[:NAMED], (f"{len(found) - NAMED} others", rest)] if rest else found[:NAMED]

    # -- the drawing ----------------------------------------------------------------------------------------------
    def _drawn(self) -> str:
        parts, y = [_text(0, 14, self.title, "ink")], 34
        height = ROW if len(self.live.rows) <= SHOWN else max(2.0, SHOWN * ROW / len(self.live.rows))
        for row in self.live.rows:
            parts.append(self._row(row, y, height))
            y += height
        y += 14
        parts.append(_legend(y))
        parts.append(_text(0, y + 28, "Alive at the peak", "ink"))
        y += 36
        for name, n in self._largest():
            parts += [_text(0, y + 12, name, "ink", mono=True), _text(TEXT - 10, y + 12, size(n), "soft", end=True), self._bar(TEXT, y, n, ROW, "alive")]
            y += ROW
        label = escape(self.title)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" class="tfnb-memory" role="img" aria-label="{label}" viewBox="-8 -4 {WIDTH + 16} {y + 12:.0f}" '
                f'style="max-width:min(100%,{WIDTH + 16}px);height:auto"><title>{label}</title><style>{_styles()}</style>'
                f'<rect class="paper" x="-8" y="-4" width="{WIDTH + 16}" height="{y + 12:.0f}"/>{"".join(parts)}</svg>')  # fmt: skip

    def _row(self, row: LiveRow, y: float, height: float) -> str:
        """A line's code, and its bar: what is held throughout, what is alive beside it, and of that what the line made."""
        peak = row is self.live.at
        tip = f"<title>line {row.line}, {escape(row.op.name)}: {size(row.alive)} alive, {size(row.made)} made</title>"
        bars = self._bar(TEXT, y, row.alive, height, "alive") + self._bar(TEXT + self._long(row.alive - row.made), y, row.made, height, "made")
        bars += self._bar(TEXT, y, min(self.live.held, row.alive), height, "held")
        words = ""
        if height >= ROW or peak:
            code = self._statement(row)
            words = _text(0, y + 12, f"{row.line:3}  {code if len(code) <= 52 else code[:51] + '…'}", "peak" if peak else "ink", mono=True)
        if peak:
            bars += f'<rect class="mark" x="{TEXT}" y="{y:.1f}" width="{self._long(row.alive):.1f}" height="{max(height - 2, 2):.1f}"/>'
            bars += _text(TEXT + self._long(row.alive) + 4, y + 12, f"peak {size(row.alive)}", "peak")
        return f"<g>{tip}{words}{bars}</g>"

    def _long(self, n: float) -> float:
        return (WIDTH - TEXT - 96) * n / max(self.live.peak, 1)

    def _bar(self, x: float, y: float, n: float, height: float, kind: str) -> str:
        return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{self._long(n):.1f}" height="{max(height - 2, 1.5):.1f}"/>' if n else ""


def draw_memory(live: LiveSet, source: str) -> MemoryPicture:
    """The picture of a live set over the lines of its step's text."""
    return MemoryPicture(live, source)


def size(n: float) -> str:
    """12.3 MB; in powers of ten."""
    return next(f"{n / unit:.3g} {word}" for unit, word in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")) if n >= unit or unit == 1)


def _legend(y: float) -> str:
    words = (("held", "feeds and variables"), ("alive", "other values alive"), ("made", "made by this line"))
    places = [TEXT + 142 * i for i in range(3)]
    return "".join(f'<rect class="{kind}" x="{x}" y="{y}" width="10" height="10"/>{_text(x + 14, y + 9, word, "soft")}'
                   for x, (kind, word) in zip(places, words, strict=True))  # fmt: skip


def _text(x: float, y: float, text: str, kind: str, *, mono: bool = False, end: bool = False) -> str:
    more = (' style="font-family:monospace;white-space:pre"' if mono else "") + (' text-anchor="end"' if end else "")
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'


def _styles() -> str:
    """Colours that follow the theme."""
    def block(page: str, colours: dict[str, str]) -> str:
        inside = f"{page}.tfnb-memory"
        fills = "".join(f"{inside} rect.{k}{{fill:{c}}}{inside} text.{k}{{fill:{c}}}" for k, c in colours.items())
        return f"{fills}{inside} .mark{{fill:none;stroke:{colours['peak']};stroke-width:2}}"

    return ".tfnb-memory text{font:11.5px Helvetica,Arial,'Liberation Sans',sans-serif}" + themed(block, LIGHT, DARK)
