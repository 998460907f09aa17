"""Expressions over the values of a run, as breakpoints and watches use them: NumPy over tensors by name.

    Condition("np.abs(W).max() > 10")     W is a tensor by its name in the step, in the notebook or in the graph
    Condition("abs > 1e3")                about the value at hand; so are `value`, `has_inf_or_nan`, `min`, `mean`, `norm`
    Condition("`layer/MatMul:0`[0] < 0")  a tensor by its node's name
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["Condition", "has_inf_or_nan"]

_QUOTED = re.compile(r"`([^`]+)`")


def has_inf_or_nan(value: Any) -> bool:
    """Whether an array holds a NaN or an infinity; False for what is no array of floating point numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        kind = array.dtype.name
        return kind in ("bfloat16",) and not bool(np.isfinite(array.astype(np.float32)).all())
    return not bool(np.isfinite(array).all())


ABOUT: dict[str, Callable[[Any], Any]] = {
    "value": lambda v: v, "has_inf_or_nan": has_inf_or_nan, "abs": np.abs, "min": np.min, "max": np.max, "mean": np.mean, "std": np.std,
    "sum": np.sum, "norm": np.linalg.norm, "size": np.size, "shape": np.shape, "any_nan": lambda v: bool(np.isnan(v).any()),
}  # fmt: skip
"""Words that stand alone for something about the value at hand; called, `abs(W)` and `max(a, b)` are Python's own."""


class _Words(ast.NodeTransformer):
    """Turns a word of `ABOUT` that is not called into a name of its own, so that both meanings can be had."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not isinstance(node.func, ast.Name):
            node.func = self.visit(node.func)
        node.args = [self.visit(a) for a in node.args]
        node.keywords = [self.visit(k) for k in node.keywords]
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(f"about {node.id}", node.ctx), node) if node.id in ABOUT else node


class Condition:
    """An expression, read once. Raises ValueError, in one line, for what is no expression."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.quoted: list[str] = []
        try:
            tree = ast.parse(_QUOTED.sub(self._quote, self.text), mode="eval")
        except SyntaxError as e:
            raise ValueError(f"{text!r} is no Python expression: {e.msg}") from None
        tree = ast.fix_missing_locations(_Words().visit(tree))
        self._code = compile(tree, "<condition>", "eval")
        words = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        known = {"np", *vars(builtins), *(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))}
        self.names = (*(w for w in dict.fromkeys(words) if w not in known and w[:8] not in ("_tensor_",) and " " not in w), *self.quoted)
        self.about_value = any(w.startswith("about ") for w in words)

    def shown(self, name: str) -> str:
        """A name in an error's words: what stood between backticks for a quoted one."""
        return self.quoted[int(name[8:])] if name.startswith("_tensor_") else name

    def _quote(self, match: re.Match[str]) -> str:
        self.quoted.append(match[1])
        return f"_tensor_{len(self.quoted) - 1}"

    def value(self, look: Callable[[str], Any], value: Any = None) -> Any:
        """What it comes to; `look` gives what a name means (KeyError for none), `value` is the value at hand."""
        return eval(self._code, {"__builtins__": vars(builtins), "np": np}, _Look(self, look, value))  # noqa: S307 - the user's own expression

    def holds(self, look: Callable[[str], Any], value: Any = None) -> bool:
        """Whether it is true, or true of any element. A name without a value yet makes it false."""
        try:
            return bool(np.any(self.value(look, value)))
        except (NameError, KeyError):
            return False

    def __repr__(self) -> str:
        return self.text


class _Look(Mapping[str, Any]):
    """The names of an expression, looked up when they are used."""

    def __init__(self, condition: Condition, look: Callable[[str], Any], value: Any) -> None:
        self._condition, self._look, self._value = condition, look, value

    def __getitem__(self, name: str) -> Any:
        if name.startswith("about "):
            return ABOUT[name[6:]](self._value)
        if name.startswith("_tensor_"):
            return self._look(self._condition.quoted[int(name[8:])])
        return self._look(name)

    def __iter__(self) -> Any:
        return iter(self._condition.names)

    def __len__(self) -> int:
        return len(self._condition.names)
