"""What of an array is on the screen: the part of a table, the cells of a heat map, tiles of images, bars, figures.

    window(array, "heat", height=64, width=64)     Window(kind="heat", about={...}, data=array of 64 x 64 numbers)

An array is laid out as rows and columns: its last axis is a row, what is before it counts the rows. However large the
array, what is made here is bounded (CELLS), and no copy of the array is made on the way.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

__all__ = ["KINDS", "Window", "best_kind", "figures_of", "window"]

KINDS = ("table", "heat", "images", "histogram")
CELLS = 16_384  # numbers that one window holds at most: 64 kB in float32
EXACT = 4_000_000  # elements up to which figures and histograms look at each one; beyond, at every k-th
SIDE = 32  # points of a tile's side at most
LONGEST = 40  # characters of a text that a table shows


class Window(NamedTuple):
    """`data` goes over the wire as bytes; `about` says what it is: sizes, scale, labels."""

    kind: str
    about: dict[str, Any]
    data: np.ndarray


def best_kind(array: np.ndarray) -> str:
    """How an array is best looked at first."""
    if array.dtype.kind not in "fiubc" or array.ndim == 0 or array.size <= 12:
        return "table"
    if tiling(array) is not None and array.ndim >= 3:
        return "images"
    return "heat"


def window(array: np.ndarray, kind: str, rows: tuple[int, int] = (0, 40), columns: tuple[int, int] = (0, 12),
           height: int = 96, width: int = 160) -> Window:  # fmt: skip
    """The part of `array` that a view of this kind shows. Raises ValueError where this kind cannot show it."""
    if kind not in KINDS:
        raise ValueError(f"A value is shown as {', '.join(KINDS)}; got {kind!r}.")
    if kind != "table" and array.dtype.kind not in "fiubcV":
        raise ValueError(f"Values of dtype {array.dtype.name} are shown as a table only.")
    if kind == "table":
        return table(array, rows, columns)
    if kind == "heat":
        return heat(array, height, width)
    return images(array) if kind == "images" else histogram(array)


# -- rows and columns ---------------------------------------------------------------------------------------------------
def _sizes(array: np.ndarray) -> tuple[int, int]:
    """Rows and columns of the layout."""
    return (math.prod(array.shape[:-1]), array.shape[-1]) if array.ndim else (1, 1)


def _cut(array: np.ndarray, rows: range, columns: range) -> np.ndarray:
    """These rows and columns of the layout; only they are copied."""
    if array.ndim == 0:
        return array.reshape(1, 1)
    part = slice(columns.start, columns.stop, columns.step)
    if array.ndim == 1:
        return array[None, part]
    if array.ndim == 2:
        return array[rows.start : rows.stop : rows.step, part]
    places = np.unravel_index(np.asarray(rows, int), array.shape[:-1])
    return np.stack([array[(*(int(p[i]) for p in places), part)] for i in range(len(rows))]) if len(rows) else array[:0].reshape(0, 0)


def _within(wanted: tuple[int, int], size: int, most: int) -> range:
    first = min(max(0, int(wanted[0])), size)
    return range(first, min(max(first, int(wanted[1])), size, first + most))


def table(array: np.ndarray, rows: tuple[int, int], columns: tuple[int, int]) -> Window:
    """A part of the table: numbers as they are, texts shortened."""
    n, k = _sizes(array)
    across, down = _within(columns, k, 64), _within(rows, n, 128)
    part = _cut(array, down, across)
    lead = array.shape[:-1] if array.ndim > 1 else ()
    about: dict[str, Any] = {"rows": n, "columns": k, "row": down.start, "column": across.start, "height": part.shape[0], "width": part.shape[1]}
    about["labels"] = [", ".join(str(int(p)) for p in np.unravel_index(r, lead)) for r in down] if len(lead) > 1 else []
    if part.dtype.kind not in "fiub" or part.dtype.itemsize > 8:
        about["texts"] = [_text(v) for v in part.ravel()]
        return Window("table", about, np.empty(0, np.uint8))
    return Window("table", about, np.ascontiguousarray(_plain(part)))


def _text(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else f"{value:.4g}" if isinstance(value, np.complexfloating) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _plain(x: np.ndarray) -> np.ndarray:
    """Numbers of a dtype that a page has arrays for."""
    if x.dtype.kind == "b":
        return x.astype(np.uint8)
    return x.astype(np.float32) if x.dtype.name in ("float16", "bfloat16") or x.dtype.kind == "V" else x


def _numbers(x: np.ndarray) -> np.ndarray:
    """float32 for pictures; of complex numbers the magnitude."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(np.abs(x) if x.dtype.kind == "c" else x, dtype=np.float32)


# -- pictures -------------------------------------------------------------------------------------------------------------
def heat(array: np.ndarray, height: int, width: int) -> Window:
    """Cells of a heat map: every k-th row and column where there are more than fit."""
    n, k = _sizes(array)
    height = max(1, min(int(height), n or 1, CELLS))
    width = max(1, min(int(width), k or 1, CELLS // height))
    down, across = (max(1, -(-size // most)) for size, most in ((n, height), (k, width)))
    cells = _numbers(_cut(array, range(0, n, down), range(0, k, across)))
    about = {"rows": n, "columns": k, "height": cells.shape[0], "width": cells.shape[1], "every": [down, across], **_scale(array, cells)}
    return Window("heat", about, cells)


def _scale(array: np.ndarray, cells: np.ndarray) -> dict[str, float]:
    """The extremes that colours are spread over: those of the whole array where it is not too large."""
    seen = _numbers(array) if array.size <= CELLS else _numbers(_sample(array)[0])
    finite = seen[np.isfinite(seen)]
    return {"low": float(finite.min()), "high": float(finite.max())} if finite.size else {"low": 0.0, "high": 0.0}


class Tiling(NamedTuple):
    """How an array is many pictures: `across` and `down` count tiles, `at(i, j)` is a tile of height x width points."""

    what: str
    down: int
    across: int
    height: int
    width: int
    index: Any


def tiling(array: np.ndarray) -> Tiling | None:
    """Filters [h, w, in, out], activations [n, h, w, c], pictures [h, w, c] or [n, h, w], rows that are squares."""
    s = array.shape
    if array.dtype.kind not in "fiubc" or not array.size:
        return None
    if array.ndim == 4 and s[0] == s[1] <= 11 and s[0] > 1:
        return Tiling("filters: a row for each input channel, a column for each output channel", s[2], s[3], s[0], s[1], lambda i, j: np.s_[:, :, i, j])
    if array.ndim == 4 and min(s[1:3]) > 1:
        return Tiling("activations: a row for each example, a column for each channel", s[0], s[3], s[1], s[2], lambda i, j: np.s_[i, :, :, j])
    if array.ndim == 3 and min(s[:2]) > 3 and s[2] <= 4:
        return Tiling("a picture: a column for each channel", 1, s[2], s[0], s[1], lambda i, j: np.s_[:, :, j])
    if array.ndim == 3 and min(s[1:]) > 1:
        return Tiling("a picture for each index of the first axis", -(-s[0] // 8), min(8, s[0]), s[1], s[2], lambda i, j: np.s_[8 * i + j])
    side = math.isqrt(s[-1]) if array.ndim in (1, 2) else 0
    if side >= 4 and side * side == s[-1]:
        n = s[0] if array.ndim == 2 else 1
        return Tiling(f"each row as {side} by {side} points", -(-n // 8), min(8, n), side, side, lambda i, j: np.s_[8 * i + j] if array.ndim == 2 else np.s_[:])
    return None


def images(array: np.ndarray, cells: int = CELLS) -> Window:
    """As many tiles as there is room for among so many cells, each of at most 32 x 32 points, all on one scale."""
    t = tiling(array)
    if t is None:
        raise ValueError(f"A value of shape {array.shape} is not pictures: those have the shape [n, h, w, c], [h, w, c] or [n, h, w], or rows of squares.")
    every = max(1, -(-max(t.height, t.width) // min(SIDE, int(cells**0.5))))
    height, width = -(-t.height // every), -(-t.width // every)
    across = min(t.across, 16, max(1, cells // (height * width)))
    down = min(t.down, 16, max(1, cells // (height * width * across)))
    tiles = np.full((down, across, height, width), np.nan, np.float32)
    for i, j in np.ndindex(down, across):
        index = t.index(i, j)
        if not isinstance(index, int) or index < array.shape[0]:
            tiles[i, j] = _numbers(array[index].reshape(t.height, t.width)[::every, ::every])
    about = {"what": t.what, "down": down, "across": across, "height": height, "width": width, "every": every,
             "of": [t.down, t.across], **_scale(array, tiles)}  # fmt: skip
    return Window("images", about, tiles)


def histogram(array: np.ndarray, bins: int = 40) -> Window:
    """Counts over equal intervals between the smallest and the largest finite number."""
    seen, every = _sample(array)
    numbers = _numbers(seen)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        raise ValueError("There is no finite number to count.")
    counts, edges = np.histogram(finite.astype(np.float64), bins=bins)
    about = {"low": float(edges[0]), "high": float(edges[-1]), "every": every, "counted": int(finite.size)}
    return Window("histogram", about, counts.astype(np.float32))


# -- figures --------------------------------------------------------------------------------------------------------------
def _sample(array: np.ndarray) -> tuple[np.ndarray, int]:
    """All elements, or every k-th of the first axes where they are too many; and the k."""
    every, out = 1, array
    for axis in range(array.ndim):
        k = min(out.shape[axis], max(1, -(-out.size // EXACT)))
        if k > 1:
            out = out[(slice(None),) * axis + (slice(None, None, k),)]
            every *= k
    return out, every


def figures_of(array: np.ndarray) -> dict[str, Any]:
    """Shape, dtype, and of numbers extremes, mean, deviation, zeros, NaN, infinities; `every` k-th was looked at."""
    name = "string" if array.dtype.kind in "OSU" else array.dtype.name
    out: dict[str, Any] = {"shape": list(array.shape), "dtype": name, "size": int(array.size), "bytes": int(array.nbytes)}
    if array.dtype.kind not in "fiubc" and array.dtype.name != "bfloat16" or not array.size:
        return out
    seen, out["every"] = _sample(array)
    numbers = np.abs(seen) if seen.dtype.kind == "c" else seen
    finite = numbers[np.isfinite(numbers)] if numbers.dtype.kind in "fV" else numbers
    if finite.size:
        # sums in float64 without a float64 copy of the array
        mean = float(finite.mean(dtype=np.float64))
        spread = float(np.sqrt(max(0.0, float(np.square(finite, dtype=np.float64).mean()) - mean * mean)))
        found = {"min": finite.min().item(), "max": finite.max().item(), "mean": mean, "std": spread, "zeros": int(finite.size - np.count_nonzero(finite))}
        out |= {k: v for k, v in found.items() if np.isfinite(v)}  # a sum of large numbers can overflow
    if numbers.dtype.kind in "fV":
        out |= {"NaN": int(np.isnan(numbers).sum()), "inf": int(np.isinf(numbers).sum())}
    return out
