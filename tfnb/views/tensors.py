"""A value as something to look at: a number, bars, a heat map, an image or a histogram, and its figures.

    picture(np.eye(3)).html        SVG and a line of figures
"""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import numpy as np

__all__ = ["TensorPicture", "figures", "picture", "small", "summary"]

CELLS = 64  # rows and columns that a heat map shows; larger ones show every k-th
BLUE, ORANGE = np.array([0, 114, 178]), np.array([213, 94, 0])  # told apart by all kinds of eyes


class TensorPicture(NamedTuple):
    """`kind` is scalar, vector, matrix, image, histogram or text."""

    kind: str
    html: str
    text: str


def summary(value: Any) -> str:
    """A value in a few words: itself when it is a number, else shape and range."""
    array = np.asarray(value)
    if array.ndim == 0:
        return _number(array[()])
    return f"{array.dtype.name} {'×'.join(map(str, array.shape))}" + (f", {_range(array)}" if array.dtype.kind in "fiu" and array.size else "")


def figures(value: Any) -> dict[str, str]:
    """Shape, dtype, and of numbers the extremes, the mean and how many are no number."""
    array = np.asarray(value)
    out = {"shape": "×".join(map(str, array.shape)) or "scalar", "dtype": "string" if array.dtype == object else array.dtype.name}
    if array.dtype.kind in "fiub" and array.size:
        numbers = array.astype(np.float64)
        finite = numbers[np.isfinite(numbers)]
        if finite.size:
            out |= {"min": _number(finite.min()), "max": _number(finite.max()), "mean": _number(finite.mean())}
        out["NaN"] = str(int(np.isnan(numbers).sum()))
        if np.isinf(numbers).any():
            out["inf"] = str(int(np.isinf(numbers).sum()))
    return out


def picture(value: Any) -> TensorPicture:
    """The picture that fits the value's shape."""
    array = np.asarray(value)
    kind, drawn = _drawn(array)
    facts = figures(array)
    line = ", ".join(f"{k} {v}" for k, v in facts.items())
    table = "".join(f"<span style='margin-right:1em'><b>{escape(k)}</b> {escape(v)}</span>" for k, v in facts.items())
    return TensorPicture(kind, f"<div class='tfnb-tensor'>{drawn}<div>{table}</div></div>", f"{kind}: {line}")


def small(value: Any, cells: int = 24) -> str:
    """An SVG for a row of a table: at most `cells` numbers along an axis; nothing for a single number."""
    array = np.asarray(value)
    if array.ndim in (1, 2):
        array = array[tuple(slice(None, None, max(1, -(-n // cells))) for n in array.shape)]
    drawn = _drawn(array)[1] if array.size > 1 else ""
    return drawn if drawn.startswith("<svg") else ""


def _drawn(array: np.ndarray) -> tuple[str, str]:
    if array.dtype.kind not in "fiub":
        return "text", f"<code>{escape(str(array.tolist())[:400])}</code>"
    if array.ndim == 0:
        return "scalar", f"<div style='font-size:1.6em'>{escape(_number(array[()]))}</div>"
    numbers = array.astype(np.float64)
    if array.size == 0:
        return "text", "<i>no elements</i>"
    if array.ndim == 1 and array.size <= 256:
        return "vector", _bars(numbers)
    if array.ndim == 2 and min(array.shape) > 1 and max(array.shape) <= 1024:
        return "matrix", _heat(numbers)
    if array.ndim == 3 and array.shape[2] in (1, 3) and min(array.shape[:2]) > 3:
        return "image", _image(numbers)
    return "histogram", _histogram(numbers)


def _svg(width: float, height: float, body: str, label: str) -> str:
    return (f"<svg xmlns='http://www.w3.org/2000/svg' role='img' aria-label='{escape(label)}' viewBox='0 0 {width:g} {height:g}' "
            f"style='width:100%;max-width:{max(width, 160):g}px;height:auto;display:block'>{body}</svg>")  # fmt: skip


def _bars(x: np.ndarray) -> str:
    """One bar for each element, from zero; negative ones hang and are orange."""
    finite = np.where(np.isfinite(x), x, 0)
    top = max(abs(finite).max(), 1e-30)
    w, half = max(2.0, min(16.0, 320 / x.size)), 40
    parts = []
    for i, v in enumerate(finite):
        h = abs(v) / top * half
        y = half - h if v >= 0 else half
        parts.append(f"<rect x='{i * w:.1f}' y='{y:.1f}' width='{w * 0.85:.1f}' height='{max(h, 0.5):.1f}' fill='{'#0072B2' if v >= 0 else '#D55E00'}'>"
                     f"<title>[{i}] {escape(_number(x[i]))}</title></rect>")  # fmt: skip
    parts.append(f"<line x1='0' x2='{x.size * w:.1f}' y1='{half}' y2='{half}' stroke='#888' stroke-width='0.5'/>")
    return _svg(x.size * w, 2 * half, "".join(parts), f"bars of {x.size} numbers, {_range(x)}")


def _heat(x: np.ndarray) -> str:
    """Blue for positive, orange for negative, white for zero; crosses where there is no number."""
    rows, columns = (max(1, -(-n // CELLS)) for n in x.shape)
    shown = x[::rows, ::columns]
    finite = np.where(np.isfinite(shown), shown, 0)
    top = max(abs(finite).max(), 1e-30)
    size = max(3.0, min(18.0, 300 / max(shown.shape)))
    parts = []
    for i, j in np.ndindex(shown.shape):
        v = finite[i, j] / top
        colour = 255 + (np.where(v >= 0, BLUE, ORANGE) - 255) * abs(v)
        fill = "#{:02x}{:02x}{:02x}".format(*colour.astype(int))
        tip = f"[{i * rows}, {j * columns}] {_number(shown[i, j])}"
        parts.append(f"<rect x='{j * size:.1f}' y='{i * size:.1f}' width='{size:.1f}' height='{size:.1f}' fill='{fill}'><title>{escape(tip)}</title></rect>")
        if not np.isfinite(shown[i, j]):
            parts.append(f"<text x='{j * size:.1f}' y='{(i + 0.9) * size:.1f}' font-size='{size:.1f}'>×</text>")
    part = f", every {rows}th row and {columns}th column" if max(rows, columns) > 1 else ""
    return _svg(shown.shape[1] * size, shown.shape[0] * size, "".join(parts), f"heat map of {x.shape[0]} by {x.shape[1]} numbers, {_range(x)}{part}")


def _image(x: np.ndarray) -> str:
    """Grey or coloured points between the smallest and the largest value."""
    low, high = np.nanmin(x), np.nanmax(x)
    scaled = np.nan_to_num((x - low) / (high - low if high > low else 1)) * 255
    step = max(1, -(-max(x.shape[:2]) // CELLS))
    scaled = np.broadcast_to(scaled, (*x.shape[:2], 3)).astype(int)[::step, ::step]
    size = max(3.0, 240 / max(scaled.shape[:2]))
    cells = [f"<rect x='{j * size:.1f}' y='{i * size:.1f}' width='{size:.1f}' height='{size:.1f}' fill='rgb{tuple(scaled[i, j].tolist())}'/>"
             for i, j in np.ndindex(scaled.shape[:2])]  # fmt: skip
    return _svg(scaled.shape[1] * size, scaled.shape[0] * size, "".join(cells), f"image of {x.shape[0]} by {x.shape[1]} points")


def _histogram(x: np.ndarray) -> str:
    finite = x[np.isfinite(x)]
    if not finite.size:
        return "<i>no finite numbers</i>"
    counts, edges = np.histogram(finite, bins=40)
    parts = [f"<rect x='{i * 8}' y='{80 - c / counts.max() * 76:.1f}' width='7' height='{c / counts.max() * 76:.1f}' fill='#0072B2'>"
             f"<title>{_number(edges[i])} to {_number(edges[i + 1])}: {c}</title></rect>" for i, c in enumerate(counts)]  # fmt: skip
    return _svg(320, 82, "".join(parts), f"histogram of {x.size} numbers, {_range(x)}")


def _range(x: np.ndarray) -> str:
    finite = x[np.isfinite(x)] if x.dtype.kind == "f" else x
    return f"{_number(finite.min())} to {_number(finite.max())}" if finite.size else "none finite"


def _number(v: Any) -> str:
    if isinstance(v, (float, np.floating)):
        return f"{v:.4g}"
    return v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v)
