"""What an operation costs before it runs: floating-point operations and bytes, from shapes.

    cost(matmul.op)               Cost(flops=2 m k n, read=4 (m k + k n), written=4 m n)
    cost(op).intensity            FLOP per byte: low means that memory is what it waits for

An op whose work is no simple sweep has a rule beside its kernel (`@conv2d_op.flops`). For all others the kernel's own
text is counted: each sign and each function of its arithmetic works once on every element of the largest operand.
"""

from __future__ import annotations

import ast
import functools
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tfnb.core.graph import Operation, Tensor

__all__ = ["Cost", "cost", "static_sizes", "total"]

Sizes = Callable[[Tensor], tuple[int, ...]]

# functions that move, make or describe values without computing with them
MOVES = frozenset("""arange array asarray ascontiguousarray astype atleast_1d broadcast_to concatenate copy empty eye expand_dims flip full full_like
    gather identity meshgrid moveaxis ones ones_like pad ravel repeat reshape roll shape size split squeeze stack swapaxes take tile transpose tuple
    view zeros zeros_like len range int tuple list scatter_add type dtype where isinstance channels_last restored""".split())  # fmt: skip


class Cost(NamedTuple):
    """FLOP, and bytes that are read and written."""

    flops: int
    read: int
    written: int

    @property
    def moved(self) -> int:
        return self.read + self.written

    @property
    def intensity(self) -> float:
        """FLOP per byte."""
        return self.flops / self.moved if self.moved else 0.0


def static_sizes(tensor: Tensor) -> tuple[int, ...]:
    """The sizes of a tensor's axes as far as they are known; what is not known counts as 1."""
    return tuple(1 if n is None else n for n in tensor.shape.sizes or ())


def cost(op: Operation, sizes: Sizes = static_sizes) -> Cost:
    """What computing `op` once costs; variables and constants cost nothing, their readers read them."""
    if not op.inputs:
        return Cost(0, 0, 0)
    read = sum(_bytes(x, sizes) for x in op.inputs if not op.definition.is_place_only(op.inputs.index(x)))
    written = sum(_bytes(y, sizes) for y in op.outputs)
    rule = op.definition.flops_rule
    if rule is not None:
        return Cost(int(rule(op, sizes)), read, written)
    elements = max(math.prod(sizes(t)) for t in (*op.inputs, *op.outputs))
    return Cost(_signs(op.definition.kernel) * elements, read, written)


def total(found: Iterable[Cost]) -> Cost:
    """The sum."""
    flops = read = written = 0
    for c in found:
        flops, read, written = flops + c.flops, read + c.read, written + c.written
    return Cost(flops, read, written)


def _bytes(tensor: Tensor, sizes: Sizes) -> int:
    dtype = tensor.dtype.base_dtype
    width = 8 if dtype.name in ("string", "resource", "variant") else dtype.size
    return math.prod(sizes(tensor)) * width


@functools.cache
def _signs(kernel: Callable[..., Any]) -> int:
    """How many arithmetic operations the kernel's text does for each element."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kernel)))
    except (OSError, SyntaxError):
        return 1
    body = ast.Module(tree.body[0].body, [])  # type: ignore[attr-defined]
    inside = [n for s in body.body for n in ast.walk(s)]
    skipped = {id(n) for outer in inside if isinstance(outer, (ast.Subscript, ast.keyword)) for n in ast.walk(_aside(outer))}
    return sum(id(n) not in skipped and _computes(n) for n in inside)


def _aside(node: Any) -> ast.AST:
    """The part of a subscript or keyword that only says where or how."""
    return node.slice if isinstance(node, ast.Subscript) else node.value  # type: ignore[no-any-return]


def _computes(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name not in MOVES
    return isinstance(node, (ast.BinOp, ast.Compare)) or isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert))
