"""Which ops work element by element: read from their kernels, as costs are.

    work(relu.op)          1: xp.maximum(features, features.dtype.type(0)) looks at one place at a time
    work(softmax.op)       None: it sums along an axis

Such a kernel has arithmetic, comparisons, the library's functions of single elements, and nothing that moves or sums.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.graph import Operation
from tfnb.engine.program import is_text

__all__ = ["work"]

_CHOICES = frozenset({"where", "clip"})  # functions of single elements that are no ufuncs


def work(op: Operation) -> int | None:
    """How many operations make an element of the results from those in its place (after broadcasting); None if others count too."""
    d = op.definition
    if d.host or d.state or d.ready or d.resource or d.effect and not d.writes or any(map(is_text, (*op.inputs, *op.outputs))):
        return None
    tree = None if any(d.is_host(i) for i in range(len(op.inputs))) else _tree(d.kernel)
    if tree is None:
        return None
    reader = _Reader(d.kernel, tree.args, {**d.attributes, **op.attrs})
    return reader.work if reader.follows(tree.body) else None


@functools.cache
def _tree(kernel: Callable[..., Any]) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kernel))).body[0]
    except (OSError, SyntaxError, TypeError):
        return None
    return tree if isinstance(tree, ast.FunctionDef) and not getattr(kernel, "__closure__", None) else None


class _Reader:
    """Reads a kernel's statements; each method says whether what it is given works on single elements."""

    def __init__(self, kernel: Callable[..., Any], arguments: ast.arguments, attrs: dict[str, Any]) -> None:
        self.xp, *inputs = [a.arg for a in arguments.args]
        self.many = arguments.vararg.arg if arguments.vararg else None
        self.values = set(inputs)
        self.settings = {a.arg: attrs.get(a.arg) for a in arguments.kwonlyargs}  # known when the node is made
        self.globals = kernel.__globals__  # type: ignore[attr-defined]
        self.work = 0

    def follows(self, body: list[ast.stmt]) -> bool:
        """Values by name, one after the other, and a return."""
        steps = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        for s in steps[:-1]:
            if not (isinstance(s, ast.Assign) and len(s.targets) == 1 and all(map(self.value, _parts(s.value)))):
                return False
            if not all(isinstance(t, ast.Name) for t in _parts(s.targets[0])):
                return False
            self.values.update(t.id for t in _parts(s.targets[0]) if isinstance(t, ast.Name))
        last = steps[-1] if steps else None
        return isinstance(last, ast.Return) and last.value is not None and all(map(self.value, _parts(last.value)))

    def value(self, node: ast.expr) -> bool:
        self.work += isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call))
        match node:
            case ast.Name(id=name):
                return name in self.values or self.setting(node)
            case ast.BinOp(op=sign):
                return not isinstance(sign, ast.MatMult) and self.value(node.left) and self.value(node.right)
            case ast.UnaryOp(op=sign):
                return not isinstance(sign, ast.Not) and self.value(node.operand)
            case ast.Compare(ops=[sign], comparators=[other]):
                return not isinstance(sign, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) and self.value(node.left) and self.value(other)
            case ast.IfExp():
                return self.setting(node.test) and self.value(node.body if self.holds(node.test) else node.orelse)
            case ast.Call():
                return self.call(node)
        return self.setting(node)

    def call(self, node: ast.Call) -> bool:
        """xp.tanh(x), x.astype(y.dtype), x.dtype.type(1), sum(inputs[1:], inputs[0])"""
        match node.func:
            case ast.Attribute(value=ast.Name(id=library), attr=name) if library == self.xp:
                known = getattr(np, name, None)
                single = isinstance(known, np.ufunc) and known.signature is None and known.nout == 1
                return (single or name in _CHOICES) and not node.keywords and all(map(self.value, node.args))
            case ast.Attribute(attr="astype", value=x):
                return len(node.args) == 1 and not node.keywords and self.value(x) and self.dtype(node.args[0])
            case ast.Attribute(attr="type", value=x):
                self.work -= 1
                return not node.keywords and self.dtype(x) and all(map(self.setting, node.args))
            case ast.Name(id="sum"):
                parts = [a.value for a in node.args if isinstance(a, ast.Subscript)]
                return len(parts) == len(node.args) == 2 and all(isinstance(p, ast.Name) and p.id == self.many for p in parts)
        return False

    def dtype(self, node: ast.expr) -> bool:
        """A dtype that is known before the values are: x.dtype, an attribute, xp.float32."""
        match node:
            case ast.Attribute(attr="dtype", value=ast.Name(id=name)):
                return name in self.values
            case ast.Attribute(value=ast.Name(id=library), attr=name) if library == self.xp:
                return isinstance(getattr(np, name, None), type)
            case ast.Name(id=name):
                return name in self.settings
        return False

    def holds(self, test: ast.expr) -> bool:
        code = compile(ast.fix_missing_locations(ast.Expression(test)), "<test>", "eval")
        return bool(eval(code, self.globals, self.settings))  # noqa: S307 - a kernel's own question about its attributes

    def setting(self, node: ast.expr) -> bool:
        """A number, or a question, that the node's attributes alone settle."""
        for n in ast.walk(node):
            match n:
                case ast.Name(id=name):
                    if name not in self.settings and not isinstance(self.globals.get(name), (int, float)):
                        return False
                case ast.Constant() | ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.BoolOp():
                    pass
                case ast.operator() | ast.unaryop() | ast.cmpop() | ast.boolop() | ast.expr_context():
                    pass
                case _:
                    return False
        return True


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]
