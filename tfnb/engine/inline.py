"""A kernel's one expression with values' names in its parameters' places, by way of the syntax tree.

    def relu(xp, x): return xp.maximum(x, 0)      with x -> h1      becomes      xp.maximum(h1, 0)
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import math
import re
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType

__all__ = ["Expression", "literal"]

_HOLE = re.compile(r"hole_([gv])_(\w+?)_(?!\w)")
_CONSTANTS = ("True", "False", "None")
_SCOPED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.JoinedStr)


class Expression:
    """The expression that a one-line kernel returns."""

    def __init__(self, kernel: Callable[..., Any], tree: ast.expr) -> None:
        self.tree = tree
        self.globals = kernel.__globals__  # type: ignore[attr-defined]
        self.parameters = list(inspect.signature(kernel).parameters)
        self._templates: dict[Any, tuple[str, list[tuple[str, Any]]]] = {}

    @staticmethod
    @functools.cache
    def of(kernel: Callable[..., Any]) -> Expression | None:
        """None where the kernel is longer than one return, or has variables of its own."""
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(kernel))).body[0]
        except (OSError, SyntaxError, TypeError):
            return None
        if not isinstance(tree, ast.FunctionDef):
            return None
        body = [s for s in tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
            return None
        if kernel.__closure__ or any(isinstance(n, _SCOPED) for n in ast.walk(body[0])):  # type: ignore[attr-defined]
            return None
        return Expression(kernel, body[0].value)

    def write(self, module: str, values: dict[str, str], bind: Callable[[str, Any], str]) -> str:
        """The text; `values` gives each parameter's, `bind` names what the kernel's module knows."""
        fixed = tuple((k, v) for k, v in values.items() if not v.isidentifier() or v in _CONSTANTS)
        found = self._templates.get((module, fixed))
        if found is None:
            found = self._template(module, values, dict(fixed))
            if len(self._templates) < 100:
                self._templates[module, fixed] = found
        text, known = found
        names = {f"g{i}": bind(name, value) for i, (name, value) in enumerate(known)}
        return _HOLE.sub(lambda m: names[m[2]] if m[1] == "g" else values[m[2]], text)

    def _template(self, module: str, values: dict[str, str], fixed: dict[str, str]) -> tuple[str, list[tuple[str, Any]]]:
        """The text with holes: for the names of values, and for what the kernel's module knows."""
        known: list[tuple[str, Any]] = []

        def hole(name: str, value: Any) -> str:
            if (name, value) not in known:
                known.append((name, value))
            return f"hole_g_g{known.index((name, value))}_"

        put = {self.parameters[0]: module, **{k: f"hole_v_{k}_" for k in values}, **fixed}
        return ast.unparse(_Put(put, self.globals, hole).visit(_copy(self.tree))), known


class _Put(ast.NodeTransformer):
    """Puts texts in the places of names and takes the branch of `a if known else b` that holds."""

    def __init__(self, put: dict[str, str], known: dict[str, Any], bind: Callable[[str, Any], str]) -> None:
        self.put, self.known, self.bind = put, known, bind

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.put:
            return ast.parse(self.put[node.id], mode="eval").body
        if node.id in self.known:
            return ast.Name(self.bind(node.id, self.known[node.id]))
        if hasattr(builtins, node.id):
            return ast.Name(self.bind(node.id, getattr(builtins, node.id)))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        test = self.visit(node.test)
        if all(isinstance(n, (ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.cmpop, ast.boolop, ast.unaryop, ast.Tuple, ast.expr_context))
               for n in ast.walk(test)):  # fmt: skip
            chosen = eval(compile(ast.fix_missing_locations(ast.Expression(test)), "<test>", "eval"), {})  # noqa: S307 - constants only
            return self.visit(node.body if chosen else node.orelse)  # type: ignore[no-any-return]
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))


def _copy(tree: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(tree), mode="eval").body


def literal(value: Any) -> str | None:
    """An attribute's value as Python text; None where only a name can stand for it."""
    if isinstance(value, DType):
        value = value.np
    if isinstance(value, type) and issubclass(value, np.generic) and value.__module__ == "numpy":
        return "object" if value is np.object_ else f"xp.{np.dtype(value).name}" if value is not np.bool_ else "xp.bool_"
    if value is object:
        return "object"
    if value is None or isinstance(value, (bool, int, str, bytes)):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        parts = [literal(v) for v in value]
        if None in parts:
            return None
        return f"({', '.join(p for p in parts if p)}{',' if len(parts) == 1 else ''})"
    return None
