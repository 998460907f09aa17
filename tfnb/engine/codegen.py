"""A program as straight-line Python, one line per node: what a session runs and what a student reads.

    def step(x, w):
        matmul = xp.matmul(x, w)                 # float32 (?, 10)
        loss = xp.mean(matmul, axis=(0, 1))      # float32 ()
        return (loss,), ()

Where a kernel is one `return`, its expression is written out with the values' names in the parameters' places; a
longer kernel is called as `ops.name(xp, ...)`. `xp` is NumPy's or JAX's namespace: the text is the same on both.
"""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.static import ints
from tfnb.engine import regions
from tfnb.engine.inline import Expression, literal
from tfnb.engine.layout import lay_out
from tfnb.engine.namespaces import Namespace, numpy_namespace
from tfnb.engine.program import Instruction, Program, is_text, variable_of, works_on_host, written

__all__ = ["Code", "generate", "value_name"]

serial = itertools.count(1)  # numbers the texts, whose names tracebacks show
_PRIMITIVES = frozenset(n for n in vars(Namespace) if not n.startswith("_"))  # what NumPy itself has not


class Code(NamedTuple):
    """The text of a step and how its lines belong to the program's instructions."""

    source: str
    filename: str
    statements: tuple[str, ...]
    lines: tuple[int, ...]
    env: dict[str, Any]
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    compilable: bool
    script: tuple[Any, ...] = ()  # with branches or loops: what the stepper does after what

    def function(self, xp: Any) -> Callable[..., Any]:
        """The step on a backend's namespace; its text can be shown in tracebacks."""
        linecache.cache[self.filename] = (len(self.source), None, self.source.splitlines(True), self.filename)
        scope = {**self.env, "xp": xp}
        exec(compile(self.source, self.filename, "exec"), scope)  # noqa: S102 - the text is made above, from kernels
        return scope["step"]  # type: ignore[no-any-return]

    def instruction_at(self, line: int) -> int | None:
        return self.lines.index(line) if line in self.lines else None


def generate(program: Program) -> Code:
    """Writes a program's step."""
    return _Writer(program).code()


def value_name(program: Program, tensor: Tensor) -> str:
    """The Python name whose value a tensor has: for what is read from a variable, the variable's."""
    if program.structured:
        tensor = regions.source(tensor, program.feeds)
    if tensor not in program.feeds:
        variable = variable_of(tensor)
        if variable is not None:  # or the value fed in its place
            return program.names[variable.outputs[0]]
    return program.names[tensor]


class _Writer:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.fed = set(program.feeds)
        self.host, self.compilable = host_values(program, self.fed)
        self.env: dict[str, Any] = {"np": np, "host": numpy_namespace(), "ints": ints, "ops": SimpleNamespace(), **program.constants}
        self.taken = set(program.names.values()) | {"xp", "step", "np", "host", "ints", "ops", "fuse"}
        self.written: set[Operation] = set()

    def code(self) -> Code:
        p = self.program
        statements = tuple(self.statement(i) for i in p.instructions)
        arguments = (*(p.names[t] for t in p.feeds), *(self.state_name(r) for r in p.reads))
        fetched = [self.name(t) for t in p.fetches if isinstance(t, Tensor)]
        changed = tuple(self.state_name(r) for r in p.writes)
        script: Any = ()
        if p.structured:
            body, places, script = lay_out(statements, [i.path for i in p.instructions], [_note(i.op) for i in p.instructions], self.name)
            lines = tuple(2 + n for n in places)
        else:
            width = min(max((len(s) for s in statements), default=0), 76)
            body = [f"    {s:{width}}  # {_note(i.op)}" for s, i in zip(statements, p.instructions, strict=True)]
            lines = tuple(range(2, 2 + len(body)))
        head = f"def step({', '.join(arguments)}):"
        last = f"    return {_tuple(fetched)}, {_tuple(changed)}"
        source = "\n".join([head, *body, last]) + "\n"
        filename = f"<tfnb step {next(serial)}>"
        return Code(source, filename, statements, lines, self.env, arguments, tuple(fetched), self.compilable, tuple(script))

    def state_name(self, read: Any) -> str:
        op = self.program.graph.get_operation_by_name(read.key)
        if read.kind in ("value", "maybe"):
            return self.program.names[op.outputs[0]]
        return f"{self.program.names[op.outputs[0]]}_{'ready' if read.kind == 'ready' else 'block'}"

    def name(self, tensor: Tensor) -> str:
        return value_name(self.program, tensor)

    def statement(self, ins: Instruction) -> str:
        node = ins.op
        if node.type in regions.FLOW:
            return self.passing(ins)
        text = self.expression(node)
        targets = [self.program.names[v.outputs[0]] for v in written(node)] + list(ins.names)
        if node.definition.state:
            targets.append(f"{ins.name}_block")
        if not ins.path:
            self.written.update(written(node))
        many = len(targets) > 1 or node.definition.many_results
        return f"{', '.join(targets)}{',' if many and len(targets) == 1 else ''} = {text}" if targets else text

    def passing(self, ins: Instruction) -> str:
        """What a Merge takes from one side, or a loop's variable from its start or its last iteration."""
        value = self.name(ins.op.inputs[ins.arrival or 0])
        if len(ins.names) == 2:
            return f"{', '.join(ins.names)} = {value}, np.int32({ins.arrival})"
        return f"{ins.name} = {value}"

    def expression(self, node: Operation) -> str:
        definition = node.definition
        values: dict[str, Any] = {}
        rest: list[str] = []
        for i, x in enumerate(node.inputs):
            p = definition.params[min(i, len(definition.params) - 1)]
            if p.many:
                rest.append(self.argument(node, i, x))
                values[p.name] = f"({', '.join(rest)},)"
            else:
                values[p.name] = self.argument(node, i, x)
        if definition.params and definition.params[-1].many and not rest:
            values.setdefault(definition.params[-1].name, "()")
        if definition.state:
            values[definition.state] = f"{self.program.names[node.outputs[0]]}_block"
        for k, v in node.attrs.items():
            if k in definition.attributes:
                values[k] = self.attribute(node, k, v)
        inline = Expression.of(definition.kernel)
        if inline is None:
            return self.call(node, "host" if node in self.host else "xp", values, rest)
        plain = _PRIMITIVES.isdisjoint(definition.kernel.__code__.co_names)
        return inline.write("xp" if node not in self.host else "np" if plain else "host", values, self.bind)

    def call(self, node: Operation, module: str, values: dict[str, str], rest: list[str]) -> str:
        definition = node.definition
        kernel = definition.kernel
        label = kernel.__name__
        while getattr(self.env["ops"], label, kernel) is not kernel:
            label += "_"
        setattr(self.env["ops"], label, kernel)
        names = [p.name for p in definition.params]
        args = [module, *(values[q.name] for q in definition.params if not q.many), *rest]
        args += [f"{k}={v}" for k, v in values.items() if k not in names]
        return f"ops.{label}({', '.join(args)})"

    def argument(self, node: Operation, i: int, x: Tensor) -> str:
        """What stands for input i: its value's name; for a host input the number itself where it is known."""
        definition = node.definition
        if definition.ready:
            variable = variable_of(x)
            assert variable is not None
            return "True" if variable in self.written else f"{self.program.names[variable.outputs[0]]}_ready"
        if definition.is_host(i):
            if x.op.type == "Const" and x not in self.fed:
                return repr(ints(x.op.value))
            return f"ints({self.name(x)})"
        if definition.is_place_only(i):
            return "None"
        return self.name(x)

    def attribute(self, node: Operation, key: str, value: Any) -> str:
        text = literal(value)
        return text if text is not None else self.bind(f"{self.program.names.get(node.outputs[0], 'it') if node.outputs else 'it'}_{key}", value)

    def bind(self, name: str, value: Any) -> str:
        """A global name for an object that the text needs, unlike every name in use for something else."""
        while self.env.get(name, value) is not value or name in self.taken and name not in self.env:
            name += "_"
        self.env[name] = value
        return name


def host_values(program: Program, fed: set[Tensor]) -> tuple[set[Operation], bool]:
    """The nodes that compute shapes and axes, to be run on the host; and whether all of those can be known there.

    A compiler needs every shape when it compiles: values made of constants and static shapes are; others are not,
    and then the step is run line by line on the device instead of being compiled.
    """
    text = {i.op for i in program.instructions if works_on_host(i.op) and not i.op.definition.host and i.op.type not in regions.FLOW}
    compilable = not any(works_on_host(i.op) for i in program.instructions) and not any(isinstance(f, Tensor) and is_text(f) for f in program.fetches)
    if program.structured or any(i.op.definition.carried for i in program.instructions):
        return shape_values(program, fed) | text, compilable
    inside = {i.op for i in program.instructions}
    stack = [x for i in program.instructions for k, x in enumerate(i.op.inputs) if i.op.definition.is_host(k)]
    found: set[Operation] = set()
    while stack:
        x = stack.pop()
        node = x.op
        if x in fed or node not in inside and node.type != "Const" or variable_of(x) is not None:
            compilable = False
        elif node.type != "Const" and node not in found:
            if node.definition.state or node.definition.effect:
                compilable = False
                continue
            found.add(node)
            if node.type not in SHAPES:
                stack += node.inputs
    return found if compilable else text, compilable


SHAPES = ("Shape", "ShapeN", "Size", "Rank", "TensorArraySizeV3")


def shape_values(program: Program, fed: set[Tensor]) -> set[Operation]:
    """With branches and loops: whole numbers that follow from shapes and constants, to be known when a loop is compiled.

    Which of them a compiler needs (how often does a loop go round?) only shows while it compiles.
    """
    found: set[Operation] = set()
    for ins in program.instructions:
        node, d = ins.op, ins.op.definition
        if (d.host or d.effect) and node.type not in SHAPES or d.state or d.writes or d.ready or node.type in regions.FLOW:
            continue
        whole = all(t.dtype.is_integer or t.dtype.is_bool for t in node.outputs)
        values = [regions.source(x, fed) for x in node.inputs]
        known = all(x not in fed and (x.op in found or x.op.type == "Const") for x in values)
        if whole and node.outputs and (node.type in SHAPES or known):
            found.add(node)
    return found


def _tuple(names: Any) -> str:
    names = list(names)
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"


def _note(node: Operation) -> str:
    kinds = ", ".join(f"{t.dtype.base_dtype.name} {t.shape}" for t in node.outputs[:2])
    return f"{node.name}: {kinds}" if kinds else node.name
