"""A step on CuPy: each line as it stands, its constants on the GPU, its Python nodes on the host.

What CuPy has not (a function, a keyword) is met when the line runs; the plan then goes to JAX on the same GPU, or to
NumPy where there is none, and its `path` says so. No figure here was taken on a GPU yet, and CUDA graphs and fused
chains of elementwise lines are still to come: they cannot be tested without one.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from tfnb.core.static import ints
from tfnb.engine import backends, namespaces, passes
from tfnb.engine.codegen import Code, host_values
from tfnb.engine.program import Program, works_on_host

__all__ = ["CupyStep"]

_LACKS = (AttributeError, NotImplementedError, TypeError)  # what a name, a keyword or a combination that is not there raises


class CupyStep:
    """A step on CuPy, or, as `path` then says, where it went because of what CuPy lacks."""

    def __init__(self, backend: Any, program: Program, code: Code) -> None:
        self.backend, self.program, self.code = backend, program, code
        self.codes = [(program, code)]
        self.path = "CuPy: each line as it stands"
        self._run: Callable[..., Any] = self._prepared().function(backend.xp)
        self._repeatable = not any(works_on_host(i.op) for i in program.instructions)

    def __call__(self, *values: Any) -> Any:
        try:
            return self._run(*values)
        except _LACKS as e:
            if not self._repeatable:
                raise
            return self._elsewhere(e, values)

    def _prepared(self) -> Code:
        """The code with constants on the GPU; a number that shapes the computation, or goes to Python, is brought back."""
        code, put, get = passes.faster(self.program, self.code, namespaces.numpy_namespace()), self.backend.put, self.backend.get
        stays = {self.program.names.get(x) for op in host_values(self.program, set(self.program.feeds))[0] for x in op.inputs}
        moved = {k: put(v) for k, v in code.env.items() if isinstance(v, np.ndarray) and v.dtype != object and k not in stays}
        kernels = {i.op.definition.kernel for i in self.program.instructions if i.op.definition.host and not i.op.definition.carried}
        ops = {k: self._on_host(f) if f in kernels else f for k, f in vars(code.env["ops"]).items()}
        return code._replace(env={**code.env, **moved, "ints": lambda value: ints(get(value)), "ops": SimpleNamespace(**ops)})

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
        self._run, self.path = run, f"{'NumPy' if other.kind == 'CPU' else 'JAX on the GPU'}: CuPy lacks what a line needs ({said})"
        return out


def _jax_gpu() -> Any:
    try:
        return backends.backend("gpu:jax")
    except ValueError:
        return None
