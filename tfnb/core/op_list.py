"""The signatures of TensorFlow 1.15's ops, as its OpDefs have them: what a NodeDef must and may hold.

    signature("MatMul").attrs        {'transpose_a': ('bool', False), 'transpose_b': ('bool', False), 'T': ('type', None)}
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Arg", "Signature", "known_types", "raw_name", "signature"]

_RAW = {"reduction_indices": "axis", "dim": "axis", "split_dim": "axis", "squeeze_dims": "axis"}
_RAW_OF = {"Select": {"t": "x", "e": "y"}, "Where": {"input": "condition"}}


class Arg(NamedTuple):
    """An input or output. `type` is a dtype or an attribute's name; `count` the attribute that says how many there are."""

    name: str
    type: str
    count: str | None  # type: ignore[assignment]  # a tuple's own `count` is not used here
    many_types: bool
    is_ref: bool


class Signature(NamedTuple):
    """An OpDef: inputs, outputs, and the attributes with their types and defaults (None: it must be given)."""

    type: str
    inputs: tuple[Arg, ...]
    outputs: tuple[Arg, ...]
    attrs: dict[str, tuple[str, Any]]


@functools.cache
def _lines() -> dict[str, str]:
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    return {line[: line.index("(")]: line for line in text.splitlines() if line[0] != "#"}


def known_types() -> set[str]:
    """The types of all ops that TensorFlow 1.15 has."""
    return set(_lines())


@functools.cache
def signature(type_: str) -> Signature | None:
    """The signature of an op type; None for one that TensorFlow 1.15 has not."""
    line = _lines().get(type_)
    if line is None:
        return None
    head, *attrs = line.split(" ")
    inputs, outputs = re.fullmatch(r"\w+\((.*)\)->(.*)", head).groups()  # type: ignore[union-attr]
    return Signature(type_, _args(inputs), _args(outputs), dict(_attribute(a) for a in attrs if a))


def raw_name(type_: str, parameter: str) -> str:
    """What tf.raw_ops calls a parameter that an OpDef calls otherwise."""
    return _RAW_OF.get(type_, _RAW).get(parameter, parameter)


def _args(text: str) -> tuple[Arg, ...]:
    return tuple(_arg(t) for t in text.split(",") if t)


def _arg(text: str) -> Arg:
    name, kind = text.split(":")
    is_ref, kind = kind.startswith("&"), kind.removeprefix("&")
    count, _, kind = kind.rpartition("*")
    many = kind.startswith("[")
    return Arg(name, kind.strip("[]"), count or None, many, is_ref)


def _attribute(text: str) -> tuple[str, tuple[str, Any]]:
    name, _, rest = text.partition(":")
    kind, _, default = rest.partition("=")
    return name, (kind, _default(kind, default) if default else None)


def _default(kind: str, text: str) -> Any:
    """A default as Python: dtypes by name, shapes as lists or '?'."""
    if kind == "type" or text == "?" or text.startswith("!"):
        return text
    if kind in ("list(type)", "list(shape)"):
        return [t for t in text.strip("[]").split(",") if t]
    return float(text) if kind == "float" else ast.literal_eval(text)
