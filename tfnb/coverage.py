"""Which of TensorFlow 1.15's public names tfnb has, and what it says of one that it has not.

    tfnb coverage            a line for each module: there, not there, and the total
    tf.batch_gather          AttributeError: ... TensorFlow 1.15 has tf.batch_gather, tfnb has not. Near: tf.gather
"""

from __future__ import annotations

import difflib
import functools
import importlib
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["absent", "report", "rows", "table"]


class Row(NamedTuple):
    """A module of TensorFlow 1.15: how many of its names are there, and which are not."""

    module: str
    there: int
    missing: tuple[str, ...]


@functools.cache
def table() -> dict[str, tuple[str, ...]]:
    """TensorFlow's public names by module ('tf', 'tf.nn')."""
    text = Path(__file__).with_name("tensorflow_api.txt").read_text(encoding="utf-8")
    lines = [line.split(": ") for line in text.splitlines() if line[0] != "#"]
    return {module: tuple(names.split()) for module, names in lines}


def absent(module: str, name: str) -> AttributeError:
    """The error for a name that a module of tfnb ('tf', 'tf.nn') has not."""
    text = f"module '{module.replace('tf', 'tfnb', 1)}' has no attribute '{name}'"
    if name.startswith("__"):
        return AttributeError(text)
    known = name in table().get(module, ()) or f"{module}.{name}" in table() or any(m.startswith(f"{module}.{name}.") for m in table())
    said = f". TensorFlow 1.15 has {module}.{name}, tfnb has not" if known else ""
    close = near(module, name)
    return AttributeError(f"{text}{said}." + (f" Near: {', '.join(close)}" if close else "") if said or close else text)


def near(module: str, name: str) -> list[str]:
    """What tfnb has that is called alike: in the module, or under the same name in another."""
    found = [n for n in _names(module) if n != name]
    same = [f"{m}.{name}" for m in ("tf", "tf.nn", "tf.math", "tf.train", "tf.layers", "tf.image", "tf.linalg", "tf.losses")
            if m != module and name in _names(m)]  # fmt: skip
    return [*same[:2], *(f"{module}.{n}" for n in difflib.get_close_matches(name, found, 2, 0.75))]


@functools.cache
def _names(module: str) -> frozenset[str]:
    """The names of a module, without loading what `tf` loads when asked."""
    found = _module(module)
    listed = getattr(found, "__dir__", None)
    return frozenset(n for n in (listed() if listed else ()) if not n.startswith("_"))


def _module(name: str) -> Any:
    found: Any = importlib.import_module("tfnb")
    for part in name.split(".")[1:]:
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError):
            return None
    return found


def rows() -> list[Row]:
    """Every module with what is there and what is not."""
    out = []
    for module, names in table().items():
        found = _module(module)
        missing = tuple(n for n in names if not _has(found, n))
        out.append(Row(module, len(names) - len(missing), missing))
    return out


def _has(module: Any, name: str) -> bool:
    try:
        return module is not None and hasattr(module, name)
    except Exception:  # a part that cannot be loaded here is not there
        return False


def report(missing: bool = False) -> str:
    """The table as text; with `missing`, the names that are not there below each module."""
    lines = [f"{'module':36} {'there':>6} {'of':>6}"]
    found = rows()
    for row in found:
        state = "" if row.missing else "  all"
        lines.append(f"{row.module:36} {row.there:6} {row.there + len(row.missing):6}{state if row.there else '  not there'}")
        if missing and row.missing:
            lines.append("    " + " ".join(row.missing))
    there, total = sum(r.there for r in found), sum(r.there + len(r.missing) for r in found)
    core = [r for r in found if not r.module.startswith("tf.contrib")]
    own, of = sum(r.there for r in core), sum(r.there + len(r.missing) for r in core)
    return "\n".join([*lines, f"{'without contrib':36} {own:6} {of:6}  {own / of:.0%}", f"{'all':36} {there:6} {total:6}  {there / total:.0%}"])
