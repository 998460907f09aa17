"""Which of TensorFlow 1.15's public names tfnb has, and what it says of one that it has not.

    tfnb coverage            a line for each module: there, partly, not there, and the totals
    tf.lite                  AttributeError: ... TensorFlow 1.15 has tf.lite, tfnb has not: ...
"""

from __future__ import annotations

import difflib
import functools
import importlib
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["absent", "missing_module", "missing_name", "report", "rows", "table"]


class Row(NamedTuple):
    """A module of TensorFlow 1.15: how many of its names are there, which are there in part, and which are not."""

    module: str
    there: int
    missing: tuple[str, ...]
    partly: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.there + len(self.missing)


# -- what TensorFlow has, and why tfnb has not -------------------------------------------------------------------
def _lines(file: str) -> list[tuple[str, str]]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return [(k, v) for k, _, v in (line.partition(": ") for line in text.splitlines() if line and line[0] != "#")]


@functools.cache
def table() -> dict[str, tuple[str, ...]]:
    """TensorFlow's public names by module ('tf', 'tf.nn')."""
    return {module: tuple(names.split()) for module, names in _lines("tensorflow_api.txt")}


@functools.cache
def reasons() -> dict[str, str]:
    """Why a name, or all below a module, is not there, or what of it is not."""
    return dict(_lines("tensorflow_reasons.txt"))


def reason(public: str) -> str:
    """The reason for a name: its own, or that of a module around it; '' where none is given."""
    while public:
        if public in reasons():
            return reasons()[public]
        public = public.rpartition(".")[0]
    return ""


def is_known(public: str) -> bool:
    """Whether TensorFlow 1.15 has this name or module."""
    module, _, name = public.rpartition(".")
    return name in table().get(module, ()) or public in table() or any(m.startswith(f"{public}.") for m in table())


# -- what is said ------------------------------------------------------------------------------------------------
def absent(module: str, name: str) -> AttributeError:
    """The error for a name that a module of tfnb ('tf', 'tf.nn') has not."""
    text = f"module '{module.replace('tf', 'tfnb', 1)}' has no attribute '{name}'"
    return AttributeError(text if name.startswith("__") else text + missing_name(module, name))


def missing_name(module: str, name: str) -> str:
    """What is said of a missing name: whether TensorFlow 1.15 has it, why tfnb has not, what was before 1.0, and what is near."""
    public = f"{module}.{name}"
    if public in _BEFORE_1:
        return f". It was in TensorFlow before 1.0; from then on it is {_BEFORE_1[public]}."
    said, close = "", near(module, name)
    if is_known(public):
        said = f". TensorFlow 1.15 has {public}, tfnb has not" + (f": {reason(public)}" if reason(public) else "")
    return (said + "." if said or close else "") + (f" Near: {', '.join(close)}" if close else "")


def missing_module(public: str) -> str:
    """What is said of a module that cannot be imported; '' for one that TensorFlow 1.15 has not either."""
    module, _, name = public.rpartition(".")
    return missing_name(module, name).lstrip(". ") if is_known(public) else ""


_BEFORE_1 = {
    "tf.scalar_summary": "tf.summary.scalar", "tf.histogram_summary": "tf.summary.histogram", "tf.image_summary": "tf.summary.image",
    "tf.audio_summary": "tf.summary.audio", "tf.merge_summary": "tf.summary.merge", "tf.merge_all_summaries": "tf.summary.merge_all",
    "tf.train.SummaryWriter": "tf.summary.FileWriter", "tf.mul": "tf.multiply", "tf.sub": "tf.subtract", "tf.neg": "tf.negative",
    "tf.pack": "tf.stack", "tf.unpack": "tf.unstack", "tf.select": "tf.where", "tf.complex_abs": "tf.abs", "tf.batch_matmul": "tf.matmul",
    "tf.nn.rnn": "tf.nn.static_rnn", "tf.nn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn", "tf.nn.seq2seq": "tf.contrib.legacy_seq2seq",
    "tf.batch_cholesky": "tf.cholesky", "tf.batch_matrix_inverse": "tf.matrix_inverse", "tf.batch_matrix_solve": "tf.matrix_solve",
    "tf.listdiff": "tf.setdiff1d", "tf.inv": "tf.reciprocal", "tf.user_ops.my_fact": "nothing", "tf.g3doc": "the package's examples",
    "tf.models": "a repository of its own",
}  # fmt: skip


def near(module: str, name: str) -> list[str]:
    """What tfnb has that is called alike: in the module, or under the same name in another."""
    found = [n for n in _names(module) if n != name]
    same = [f"{m}.{name}" for m in ("tf", "tf.nn", "tf.math", "tf.train", "tf.layers", "tf.image", "tf.linalg", "tf.losses", "tf.metrics", "tf.contrib.layers",
                                    "tf.contrib.rnn", "tf.keras.layers") if m != module and name in _names(m)]  # fmt: skip
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


# -- the table ---------------------------------------------------------------------------------------------------
def rows() -> list[Row]:
    """Every module with what is there and what is not."""
    out = []
    for module, names in table().items():
        found = _module(module)
        missing = tuple(n for n in names if not _has(found, n))
        partly = tuple(n for n in names if n not in missing and f"{module}.{n}" in reasons())
        out.append(Row(module, len(names) - len(missing), missing, partly))
    return out


def _has(module: Any, name: str) -> bool:
    try:
        return module is not None and hasattr(module, name)
    except Exception:  # a part that cannot be loaded here is not there
        return False


def report(missing: bool = False) -> str:
    """The table as text; with `missing`, below each module what is there in part, and what is not, with the reasons."""
    found = rows()
    lines = [f"{'module':36} {'there':>6} {'partly':>6} {'of':>6}"]
    for row in found:
        state = "  not there" if not row.there else "  all" if not row.missing else ""
        lines.append(f"{row.module:36} {row.there:6} {len(row.partly) or '':>6} {row.total:6}{state}")
        if missing:
            lines += _detail(row)
    core = [r for r in found if not r.module.startswith("tf.contrib")]
    return "\n".join([*lines, _total("without contrib", core), _total("all", found)])


def _detail(row: Row) -> list[str]:
    lines = [f"    partly: {n}: {reasons()[f'{row.module}.{n}']}" for n in row.partly]
    by_reason: dict[str, list[str]] = {}
    for n in row.missing:
        by_reason.setdefault(reason(f"{row.module}.{n}") or "not written yet", []).append(n)
    return lines + [f"    not: {' '.join(names)}: {why}" for why, names in by_reason.items()]


def _total(what: str, found: list[Row]) -> str:
    there, total = sum(r.there for r in found), sum(r.total for r in found)
    return f"{what:36} {there:6} {sum(len(r.partly) for r in found):6} {total:6}  {there / total:.0%}"
