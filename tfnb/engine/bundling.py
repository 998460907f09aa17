"""Functions with all that they need, as text: what makes a generated step run without tfnb.

    bundle = Bundle(); bundle.add(kernel, "relu_grad"); print(bundle.text)

The source of each function is taken as it stands, without decorators and annotations; what it uses from its module comes
along: other functions, classes, numbers. What has no source (a student's object) is an error that names it.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import itertools
import math
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType
from tfnb.core.errors import OpError
from tfnb.core.op import OpDef
from tfnb.core.shapes import TensorShape

__all__ = ["Bundle", "NotWritten", "value_text"]

INLINE = 64  # elements of an array that is written out


class NotWritten(ValueError):
    """Something has no text that would make it again."""


class Bundle:
    """Definitions in the order in which they are needed, each under a name of its own."""

    def __init__(self, reserved: set[str]) -> None:
        self._names: dict[int, str] = {}
        self._held: list[Any] = []  # so that no id is used twice
        self._taken = set(reserved) | {"np", "xp"}
        self.parts: list[str] = []
        self.imports: dict[str, str] = {"np": "import numpy as np"}
        self.attributes: set[str] = set()  # of xp, that were used
        self.arrays: dict[str, np.ndarray] = {}

    @property
    def text(self) -> str:
        return "\n\n\n".join(self.parts)

    def add(self, thing: Any, name: str, fixed: bool = False) -> str:
        """The name under which a thing can be used; `fixed` asks for this very name. What a thing says is for scripts stands for it."""
        if isinstance(thing, OpDef):
            thing = thing.kernel
        thing = getattr(thing, "in_scripts", thing)
        key = id(thing)
        if key in self._names and (not fixed or self._names[key] == name):
            return self._names[key]
        if isinstance(thing, types.ModuleType):
            return self._module(thing, name)
        own = getattr(thing, "__name__", None)
        if own and getattr(builtins, own, None) is thing:
            return str(own)
        if not fixed:
            while name in self._taken or hasattr(builtins, name):
                name += "_"
        self._taken.add(name)
        self._names[key] = name
        self._held.append(thing)
        self.parts.append(self._written(thing, name))
        return name

    def _module(self, module: types.ModuleType, name: str) -> str:
        if module.__name__.split(".")[0] == "tfnb":
            raise NotWritten(f"the module {module.__name__}")
        self.imports.setdefault(name, f"import {module.__name__}" + ("" if module.__name__ == name else f" as {name}"))
        return name

    def _written(self, thing: Any, name: str) -> str:
        if isinstance(thing, types.FunctionType) or hasattr(thing, "__wrapped__"):
            return self._function(inspect.unwrap(thing), name)
        if isinstance(thing, type) and issubclass(thing, OpError):
            return _ERROR.format(name=name)
        if isinstance(thing, type) and (thing.__module__ or "").split(".")[0] == "tfnb":
            return self._class(thing, name)
        return f"{name} = {self.value(thing, name)}"

    def value(self, thing: Any, name: str) -> str:
        """A value as text; an array of some size is put aside, to be loaded."""
        text = value_text(thing)
        if text is not None:
            return text
        if isinstance(thing, np.ndarray) and thing.dtype != object:
            self.arrays[name] = thing
            return f"data[{name!r}]"
        if isinstance(thing, itertools.count):
            self.imports.setdefault("itertools", "import itertools")
            return "itertools.count()"
        if isinstance(thing, TensorShape):
            sizes = None if thing.sizes is None else list(thing.sizes)
            return f"{self.add(TensorShape, 'TensorShape')}({sizes!r})"
        if isinstance(thing, (types.FunctionType, OpDef)):
            return self.add(thing, getattr(thing, "__name__", name))
        own = str(getattr(thing, "__name__", ""))
        if callable(thing) and getattr(np, own, None) is thing:
            return f"np.{own}"
        owner = getattr(thing, "__self__", None)
        if callable(thing) and isinstance(owner, np.ufunc):
            return f"np.{owner.__name__}.{thing.__name__}"
        if callable(thing) and getattr(math, own, None) is thing:
            self.imports.setdefault("math", "import math")
            return f"math.{own}"
        raise NotWritten(f"{name} = {thing!r}"[:200])

    def _function(self, function: Any, name: str) -> str:
        tree = _tree(function)
        cells = dict(zip(function.__code__.co_freevars, (c.cell_contents for c in function.__closure__ or ()), strict=True))
        if isinstance(tree, ast.Lambda):
            body = self._put(tree, function.__globals__, set(cells))
            made = f"{name} = {ast.unparse(body)}"
        else:
            tree.name = name
            made = ast.unparse(ast.fix_missing_locations(self._put(tree, function.__globals__, set(cells))))
        if not cells:
            return made
        bound = "".join(f"    {k} = {self._cell(v, k, function, name)}\n" for k, v in cells.items())
        return f"def _make_{name}():\n{bound}{textwrap.indent(made, '    ')}\n    return {name}\n\n\n{name} = _make_{name}()"

    def _cell(self, value: Any, key: str, function: Any, name: str) -> str:
        return name if value is function else self.value(value, f"{name}_{key}")

    def _class(self, thing: type, name: str) -> str:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
        assert isinstance(tree, ast.ClassDef)
        tree.name = name
        keeps = [d for d in tree.decorator_list if "dataclass" in ast.unparse(d)]
        known = vars(sys.modules[thing.__module__])
        kept_annotations = bool(keeps) or any("NamedTuple" in ast.unparse(b) for b in tree.bases)
        put = _Put(self, known, _bound(tree), kept_annotations)
        body = put.visit(ast.ClassDef(tree.name, tree.bases, tree.keywords, [], tree.decorator_list))
        for part in tree.body:
            try:
                body.body.append(put.visit(part))
            except NotWritten:  # a method that talks to the rest of tfnb: a step has no use for it
                if not isinstance(part, ast.FunctionDef) or part.name == "__init__":
                    raise
        body.body = [b for b in body.body if b is not None] or [ast.Pass()]
        if kept_annotations:
            self.imports.setdefault("annotations", "from __future__ import annotations")
        return ast.unparse(ast.fix_missing_locations(body))

    def methods(self, owner: type, wanted: set[str]) -> list[str]:
        """The methods of a class that are wanted, and those that they call, as text."""
        out: dict[str, str] = {}
        todo = sorted(wanted)
        while todo:
            name = todo.pop(0)
            function = inspect.getattr_static(owner, name, None)
            if name in out or not isinstance(function, types.FunctionType):
                continue
            tree = _tree(function)
            todo += sorted({n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "self"})
            out[name] = ast.unparse(ast.fix_missing_locations(self._put(tree, function.__globals__, set())))
        return list(out.values())

    def _put(self, tree: Any, known: dict[str, Any], local: set[str], keeps_annotations: bool = False) -> Any:
        return _Put(self, known, local | _bound(tree), keeps_annotations).visit(tree)


_ERROR = '''class {name}(Exception):
    """An error of the run."""

    def __init__(self, node_def=None, op=None, message="", hint=""):
        super().__init__(message)'''


class _Put(ast.NodeTransformer):
    """Renames what a function takes from its module to the bundle's names, and strips decorators and annotations."""

    def __init__(self, bundle: Bundle, known: dict[str, Any], local: set[str], keeps_annotations: bool) -> None:
        self.bundle, self.known, self.local, self.keeps = bundle, known, local, keeps_annotations

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [d for d in node.decorator_list if ast.unparse(d).split("(")[0] in ("property", "staticmethod", "classmethod")]
        node.returns = None
        for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]:
            if a is not None:
                a.annotation = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.decorator_list = [self.visit(d) for d in node.decorator_list if "dataclass" in ast.unparse(d)]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if self.keeps:
            if node.value is not None:
                node.value = self.visit(node.value)
            return node
        return None if node.value is None else ast.Assign([self.visit(node.target)], self.visit(node.value))

    def visit_Import(self, node: ast.Import) -> ast.AST:
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        """An import inside a function: of tfnb's own, the thing comes along; of another package it stays."""
        if not (node.module or "").startswith("tfnb"):
            return node
        module = __import__(node.module or "", fromlist=["x"])
        for alias in node.names:
            self.local.discard(alias.asname or alias.name)
            self.known = {**self.known, (alias.asname or alias.name): getattr(module, alias.name)}
        return ast.Pass()

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name):
            owner = node.value.id
            if owner == "xp" or owner == "self":
                self.bundle.attributes.add(node.attr)
            held = self.known.get(owner) if owner not in self.local else None
            if isinstance(held, types.ModuleType) and held.__name__.split(".")[0] == "tfnb":
                return ast.copy_location(ast.Name(self.bundle.add(getattr(held, node.attr), node.attr), node.ctx), node)
            if isinstance(held, OpDef) and node.attr == "kernel":
                return ast.copy_location(ast.Name(self.bundle.add(held, owner), node.ctx), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.local or node.id not in self.known or not isinstance(node.ctx, ast.Load):
            return node
        held = self.known[node.id]
        if isinstance(held, DType):
            return ast.copy_location(ast.parse(f"np.{np.dtype(held.np).name}", mode="eval").body, node)
        if held is np or node.id in ("Any", "Callable", "NamedTuple", "Sequence", "Iterable"):
            if held is not np:
                self.bundle.imports.setdefault(node.id, f"from {'typing' if node.id in ('Any', 'NamedTuple') else 'collections.abc'} import {node.id}")
            return node
        if isinstance(held, type) and (held.__module__ or "").split(".")[0] not in ("tfnb", "builtins", ""):
            self.bundle.imports.setdefault(node.id, f"from {held.__module__} import {held.__name__} as {node.id}")
            return node
        home = (getattr(held, "__module__", None) or "").split(".")[0]
        if callable(held) and not isinstance(held, (OpDef, type)) and home in ("functools", "dataclasses", "itertools"):
            self.bundle.imports.setdefault(node.id, f"from {held.__module__} import {held.__name__} as {node.id}")
            return node
        return ast.copy_location(ast.Name(self.bundle.add(held, node.id), node.ctx), node)


def _tree(function: Callable[..., Any]) -> Any:
    """The syntax tree of a function: a FunctionDef, or a Lambda where there is just one on its line."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
        body = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError):
        raise NotWritten(f"the function {getattr(function, '__qualname__', function)}, whose source cannot be read") from None
    if isinstance(body, ast.FunctionDef):
        return body
    lambdas = [n for n in ast.walk(body) if isinstance(n, ast.Lambda)]
    if len(lambdas) != 1:
        raise NotWritten(f"the function {getattr(function, '__qualname__', function)}: it is one of several in a line")
    return lambdas[0]


def _bound(tree: ast.AST) -> set[str]:
    """Names that a function gives values to itself: parameters, assignments, loop variables, inner functions."""
    found: set[str] = set()
    for n in ast.walk(tree):
        if isinstance(n, ast.arg):
            found.add(n.arg)
        elif isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
            found.add(n.id)
        elif isinstance(n, (ast.FunctionDef, ast.ClassDef)):
            found.add(n.name)
        elif isinstance(n, (ast.Import, ast.ImportFrom)):
            found.update((a.asname or a.name).split(".")[0] for a in n.names)
        elif isinstance(n, ast.ExceptHandler) and n.name:
            found.add(n.name)
    return found


def value_text(value: Any) -> str | None:
    """A plain value as Python text, None for what is no plain value or too long."""
    if value is None or isinstance(value, (bool, int, str, bytes)):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"float('{value}')"
    if isinstance(value, DType):
        value = value.np
    if isinstance(value, np.dtype):
        value = value.type
    if isinstance(value, type):
        if issubclass(value, np.generic) and value.__module__ == "numpy":
            return f"np.{np.dtype(value).name}" if value is not np.bool_ else "np.bool_"
        return value.__name__ if value.__module__ == "builtins" else None
    if isinstance(value, np.generic):
        plain = value_text(value.item())
        return None if plain is None else f"np.{value.dtype.name if value.dtype != bool else 'bool_'}({plain})"
    if isinstance(value, np.ndarray) and value.size <= INLINE and value.dtype.kind in "fiub":
        inner = value_text(value.tolist())
        return None if inner is None else f"np.array({inner}, np.{value.dtype.name if value.dtype != bool else 'bool_'})"
    if isinstance(value, (tuple, list, set, frozenset)):
        parts = [value_text(v) for v in value]
        if any(p is None for p in parts):
            return None
        inner = ", ".join(str(p) for p in parts)
        if isinstance(value, (set, frozenset)):
            return f"{type(value).__name__}([{inner}])"
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(parts) == 1 else ''})"
    if isinstance(value, dict):
        pairs = [(value_text(k), value_text(v)) for k, v in value.items()]
        return None if any(None in p for p in pairs) else "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
    return None
