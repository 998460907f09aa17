"""Answers to a view that looks at values: what is on its screen as a binary buffer, code to copy, a file.

    answer(array, {"do": "look", "kind": "table", "slice": "[0]", "rows": [0, 20]})     ({"rows": ...}, [buffer])

`InspectorView(array)` is the microscope alone, without a stepped run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from traitlets import Dict, Unicode

from tfnb.jupyter.widgets.base import View
from tfnb.views import slices, tensors, windows

__all__ = ["InspectorView", "answer", "part_of", "reply"]

COPIED = 100_000  # elements that are written as code


def part_of(array: np.ndarray, text: str) -> np.ndarray:
    """A slice of an array, without a copy. Raises ValueError in one sentence."""
    try:
        return np.asarray(array[slices.parse(text)])
    except IndexError as e:
        raise ValueError(f"{str(e)[:1].upper()}{str(e)[1:]}; its shape is {array.shape}.") from None


def answer(array: np.ndarray, message: dict[str, Any], name: str = "value") -> tuple[dict[str, Any], list[Any]]:
    """What a view asked for: look (kind, slice, rows, columns, width, height), copy (slice), save (slice)."""
    part = part_of(array, str(message.get("slice") or ""))
    if message["do"] == "copy":
        return {"text": _as_code(part, name)}, []
    if message["do"] == "save":
        path = Path(re.sub(r"\W+", "_", name).strip("_") + ".npy")
        np.save(path, part, allow_pickle=part.dtype == object)
        return {"path": str(path)}, []
    rows, columns = ((int(r[0]), int(r[1])) for r in (message.get("rows") or (0, 40), message.get("columns") or (0, 12)))
    shown = windows.window(part, str(message.get("kind")), rows, columns, int(message.get("height") or 96), int(message.get("width") or 160))
    return {**shown.about, "dtype": shown.data.dtype.name}, [memoryview(shown.data).cast("B") if shown.data.size else b""]


def _as_code(part: np.ndarray, name: str) -> str:
    """A statement that makes this array."""
    if part.size > COPIED:
        raise ValueError(f"{part.size:,} elements are too many to copy: take a slice, or save them as a file.")
    with np.printoptions(threshold=part.size + 1, floatmode="unique", linewidth=100):
        body = np.array2string(part, separator=", ")
    body = re.sub(r"\b(nan|inf)\b", r"np.\1", body)
    kind = "object" if part.dtype == object else part.dtype.name
    return f"{re.sub(r'[^0-9A-Za-z_]+', '_', name.split(':')[0]).strip('_') or 'value'} = np.array({body}, dtype={kind!r})"


def reply(view: View, message: dict[str, Any], find: Callable[[dict[str, Any]], tuple[dict[str, Any], list[Any]]]) -> None:
    """Sends the answer to a question back to whoever asked; a mistake in it as a sentence."""
    try:
        about, buffers = find(message)
        view.send({"ask": message["ask"], "about": about}, buffers)
    except Exception as e:  # the question stays without numbers, not without an answer
        view.send({"ask": message["ask"], "about": {}, "problem": str(e).strip("'\"").split("\n")[0] or type(e).__name__})


class InspectorView(View):
    """Any array, or the value of a tensor, as heat map, table, images or histogram of any slice."""

    bundle = "inspector"

    looked = Dict().tag(sync=True)
    key = Unicode("").tag(sync=True)

    def __init__(self, value: Any, name: str = "value") -> None:
        self.value = np.asarray(value)
        super().__init__()
        self.key = str(self.model_id)
        self.looked = {"tensor": name, "there": True, "why": "", "kind": windows.best_kind(self.value), "figures": windows.figures_of(self.value)}

    def receive(self, message: dict[str, Any]) -> None:
        """look, copy, save."""
        if message.get("do") not in ("look", "copy", "save"):
            raise ValueError(f"The inspector knows no {message.get('do')!r}.")
        reply(self, message, lambda asked: answer(self.value, asked, self.looked["tensor"]))

    def text(self) -> str:
        return f"{self.looked['tensor']}: {tensors.summary(self.value)}"

    def static_html(self) -> str:
        return f"<p>{escape(self.looked['tensor'])}</p>{tensors.picture(self.value).html if self.value.size <= windows.EXACT else escape(self.text())}"
