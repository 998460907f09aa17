"""A step on CuPy: elementwise lines fused, the other lines as they stand, all of it one CUDA graph where that can be.

Constants are on the GPU, Python's nodes work on the host. What CuPy has not (a function, a keyword) is met when the
line runs; the plan then goes to JAX on the same GPU, or to NumPy where there is none, and its `path` says so.
No GPU has run any of it yet (docs/adr/0022): what is fused or launched is first compared with the lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from tfnb.core.static import ints
from tfnb.engine import backends, namespaces, passes
from tfnb.engine.codegen import Code, host_values, value_name
from tfnb.engine.cupy_fuse import Chain, join
from tfnb.engine.cupy_graph import Graphed
from tfnb.engine.pointwise import work
from tfnb.engine.program import Instruction, Program, works_on_host
from tfnb.engine.regions import FLOW

__all__ = ["CupyStep"]

_LACKS = (AttributeError, NotImplementedError, TypeError)  # what a name, a keyword or a combination that is not there raises


class CupyStep:
    """A step on CuPy, or, as `path` then says, where it went because of what CuPy lacks."""

    def __init__(self, backend: Any, program: Program, code: Code) -> None:
        self.backend, self.program, self.code = backend, program, code
        self.chains: list[Chain] = []
        self._gone = ""
        prepared = self._prepared(self.chains)
        self.codes = [(program, prepared)]
        self._graph = Graphed(backend.cupy, program, prepared, prepared.function(backend.xp))
        if not passes.enabled:
            self._graph.why = "passes are off"
        self._run: Callable[..., Any] = self._graph
        self._repeatable = not any(works_on_host(i.op) for i in program.instructions)

    def __call__(self, *values: Any) -> Any:
        try:
            return self._run(*values)
        except _LACKS as e:
            if not self._repeatable:
                raise
            return self._elsewhere(e, values)

    @property
    def path(self) -> str:
        """How the step runs, for people."""
        if self._gone:
            return self._gone
        fused = [c.label for c in self.chains if not c.why]
        left = "".join(f"; {c.label} line by line ({c.why})" for c in self.chains if c.why)
        more = f" and {len(fused) - 4} more" if len(fused) > 4 else ""
        shown = f"{len(fused)} fused kernel{'s' * (len(fused) != 1)} ({', '.join(fused[:4])}{more})"
        kernels = f"{shown}, other lines as they stand" if fused else "each line as it stands"
        return f"CuPy: {kernels}{left}; {self._graph.path}"

    @property
    def text(self) -> str:
        """What runs, with the fused functions above it."""
        return self.code.source if self._gone else self.codes[0][1].source

    def _prepared(self, chains: list[Chain]) -> Code:
        """The code with chains fused and constants on the GPU; a number that shapes the computation, or goes to Python, is brought back."""
        host, put, get = host_values(self.program, set(self.program.feeds))[0], self.backend.put, self.backend.get
        numbers: dict[str, str] = {}

        def joined(program: Program, statements: list[str], env: dict[str, Any], ending: str) -> Any:
            lines = zip(program.instructions, statements, strict=True)
            rest = [s if i.op in host or program.structured else _with_arrays(i, s, program, env, numbers) for i, s in lines]
            return join(program, [_by_host(i, s, program) for i, s in zip(program.instructions, rest, strict=True)], env, ending)

        code = self.code._replace(env=self._numbers_as_arrays(self.code.env)) if self.program.structured else self.code
        code = passes.faster(self.program, code, namespaces.numpy_namespace(), joined)
        stays = {self.program.names.get(x) for op in host for x in op.inputs}
        moved = {k: put(v) for k, v in code.env.items() if isinstance(v, np.ndarray) and v.dtype != object and k not in stays}
        kernels = {i.op.definition.kernel for i in self.program.instructions if i.op.definition.host and not i.op.definition.carried}
        ops = {k: self._on_host(f) if f in kernels else f for k, f in vars(code.env["ops"]).items()}
        cupy = self.backend.cupy

        def fuse(function: Callable[..., Any]) -> Chain:  # knows the list alone: with the step it would be a ring, which keeps the GPU's memory
            chains.append(Chain(function, cupy))
            return chains[-1]

        def to_gpu(value: Any) -> Any:
            return tuple(map(to_gpu, value)) if isinstance(value, tuple) else put(np.asarray(value)) if isinstance(value, np.generic) else put(value)

        own = {"_from_gpu": get, "_to_gpu": to_gpu, "ints": lambda value: ints(get(value)), "ops": SimpleNamespace(**ops), "fuse": fuse}
        return code._replace(env={**code.env, **moved, **own}, filename=code.filename.replace("<tfnb step", "<tfnb fused step"))

    @property
    def scope(self) -> dict[str, Any]:
        """What the lines that are shown need, where they are executed one by one: the stepper's constants are on the GPU, too."""
        put, env = self.backend.put, self.codes[0][1].env
        return {k: v if v is env[k] else put(v) for k, v in self._numbers_as_arrays(env).items()}

    def _numbers_as_arrays(self, env: dict[str, Any]) -> dict[str, Any]:
        """The constant numbers that other ops than arithmetic look at, as arrays. Where loops begin to count stays the host's."""
        host = host_values(self.program, set(self.program.feeds))[0]
        users = [i.op for i in self.program.instructions if work(i.op) is None and i.op.type not in FLOW and i.op not in host]
        used = {self.program.names.get(x) for op in users for x in op.inputs}
        return {k: np.asarray(v) if k in used and isinstance(v, np.generic) else v for k, v in env.items()}

    def _on_host(self, kernel: Callable[..., Any]) -> Callable[..., Any]:
        """A kernel that works in Python, on NumPy's arrays."""
        get, put = self.backend.get, self.backend.put

        def call(xp: Any, *args: Any, **named: Any) -> Any:
            out = kernel(namespaces.numpy_namespace(), *map(get, args), **{k: get(v) for k, v in named.items()})
            return tuple(map(put, out)) if isinstance(out, tuple) else put(out) if isinstance(out, np.ndarray) else out

        return call

    def _elsewhere(self, error: Exception, values: tuple[Any, ...]) -> Any:
        """The run on JAX's GPU, else on the host; from now on, if it does well there. Otherwise its own error stands."""
        other = _jax_gpu() or backends.Backend()
        get, put = self.backend.get, self.backend.put
        step = other.compile(self.program, self.code)

        def run(*values: Any) -> Any:
            results, changed = step(*(other.put(get(v)) for v in values))
            return [put(other.get(r)) for r in results], [put(other.get(c)) for c in changed]

        out = run(*values)
        said = str(error).split("\n")[0]
        self._run, self._gone = run, f"{'NumPy' if other.kind == 'CPU' else 'JAX on the GPU'}: CuPy lacks what a line needs ({said})"
        return out


def _by_host(ins: Instruction, statement: str, program: Program) -> str:
    """The statement of an op that works in Python, or with text, on the host's arrays, where its kernel is written out."""
    d, (left, sign, right) = ins.op.definition, statement.partition(" = ")
    if not works_on_host(ins.op) or d.carried or ins.op.type in FLOW or not sign or "\n" in statement or d.host and right.startswith("ops."):
        return statement
    for name in {value_name(program, x) for x in ins.op.inputs}:
        right = re.sub(rf"\b{name}\b", f"_from_gpu({name})", right)
    right = re.sub(r"\bxp\b", "host", right)
    return f"{left} = _to_gpu({right})"


def _with_arrays(ins: Instruction, statement: str, program: Program, env: dict[str, Any], numbers: dict[str, str]) -> str:
    """The statement with constant `numbers` as arrays, unless it is arithmetic: CuPy's other functions take no numbers."""
    if work(ins.op):
        return statement
    for name in {program.names.get(x, "") for x in ins.op.inputs}:
        if name in numbers or isinstance(env.get(name), np.generic):
            if name not in numbers:
                numbers[name] = f"{name}_array"
                while numbers[name] in env or numbers[name] in program.names.values():
                    numbers[name] += "_"
                env[numbers[name]] = np.asarray(env[name])
            statement = re.sub(rf"\b{name}\b", numbers[name], statement)
    return statement


def _jax_gpu() -> Any:
    try:
        return backends.backend("gpu:jax")
    except ValueError:
        return None
