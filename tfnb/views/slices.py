"""A slice as a student types it, read without evaluating anything: numbers, colons, `...` and `newaxis`.

    parse("[0, :, ::2]")       (0, slice(None), slice(None, None, 2))
    written((0, slice(None)))  "[0, :]"
"""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["parse", "written"]

LONGEST = 200  # characters; a slice of 32 axes needs fewer


def parse(text: str) -> tuple[Any, ...]:
    """What to index with; empty for everything. Raises ValueError for anything but a basic slice.

    >>> parse("[..., -1]")
    (Ellipsis, -1)
    """
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1].strip()
    if not inner:
        return ()
    try:
        if len(inner) > LONGEST:
            raise SyntaxError
        tree = ast.parse(f"x[{inner}]", mode="eval").body
    except (SyntaxError, ValueError):
        raise _wrong(text) from None
    if not isinstance(tree, ast.Subscript) or not isinstance(tree.value, ast.Name):
        raise _wrong(text)
    parts = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
    out = tuple(_part(p, text) for p in parts)
    if sum(p is Ellipsis for p in out) > 1:
        raise ValueError("A slice has at most one '...'.")
    return out


def _part(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.Slice):
        return slice(*(None if n is None else _number(n, text) for n in (node.lower, node.upper, node.step)))
    if isinstance(node, ast.Constant) and (node.value is Ellipsis or node.value is None):
        return node.value
    name = node.attr if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else getattr(node, "id", "")
    return None if name == "newaxis" else _number(node, text)


def _number(node: ast.expr, text: str) -> int:
    sign = 1
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign, node = -sign if isinstance(node.op, ast.USub) else sign, node.operand
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return sign * node.value
    raise _wrong(text)


def _wrong(text: str) -> ValueError:
    return ValueError(f"A slice is made of numbers, ':', '...' and newaxis, as in [0, :, ::2]; got {text[:60]!r}.")


def written(index: tuple[Any, ...]) -> str:
    """The slice as NumPy text."""
    return f"[{', '.join(map(_written, index))}]"


def _written(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if part is None:
        return "newaxis"
    if not isinstance(part, slice):
        return str(part)
    ends = ["" if n is None else str(n) for n in (part.start, part.stop)]
    return ":".join(ends) + ("" if part.step is None else f":{part.step}")
