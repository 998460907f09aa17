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
from tfnb.engine.codegen import Code, host_values
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
            return join(program, [s if i.op in host or program.structured else _with_arrays(i, s, program, env, numbers) for i, s in lines], env, ending)

        code = self.code
        if self.program.structured:  # whose constants are looked at in many places; where loops begin to count stays the host's
            users = [i.op for i in self.program.instructions if work(i.op) is None and i.op.type not in FLOW]
            used = {self.program.names.get(x) for op in users for x in op.inputs}
            code = code._replace(env={k: np.asarray(v) if k in used and isinstance(v, np.generic) else v for k, v in code.env.items()})
        code = passes.faster(self.program, code, namespaces.numpy_namespace(), joined)
        stays = {self.program.names.get(x) for op in host for x in op.inputs}
        moved = {k: put(v) for k, v in code.env.items() if isinstance(v, np.ndarray) and v.dtype != object and k not in stays}
        kernels = {i.op.definition.kernel for i in self.program.instructions if i.op.definition.host and not i.op.definition.carried}
        ops = {k: self._on_host(f) if f in kernels else f for k, f in vars(code.env["ops"]).items()}
        cupy = self.backend.cupy

        def fuse(function: Callable[..., Any]) -> Chain:  # knows the list alone: with the step it would be a ring, which keeps the GPU's memory
            chains.append(Chain(function, cupy))
            return chains[-1]

        own = {"ints": lambda value: ints(get(value)), "ops": SimpleNamespace(**ops), "fuse": fuse}
        return code._replace(env={**code.env, **moved, **own}, filename=code.filename.replace("<tfnb step", "<tfnb fused step"))

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
