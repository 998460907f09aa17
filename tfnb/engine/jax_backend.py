"""JAX: a step is one program compiled by XLA; variables stay on the device from run to run.

Three ways a step can run, told by its `path`: compiled as a whole, branches and loops as functions (lowered.py); in two
halves, where the last nodes work on the host (split.py); line by line on JAX's arrays, where a shape depends on values.
A variable that is overwritten is donated: XLA writes the new value where the old one was.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.engine import namespaces
from tfnb.engine.backends import Backend, is_text
from tfnb.engine.codegen import Code, generate
from tfnb.engine.faults import Missing
from tfnb.engine.program import Program, Read, works_on_host
from tfnb.engine.split import Halves, split

__all__ = ["JaxBackend", "JaxStep", "compiled_form", "configure", "virtual_cpus"]

RECOMPILES = 5  # so many shapes are usual (a last, smaller batch; training and test); more are worth a word


def configure() -> Any:
    """JAX, with what must be set before it starts its devices. Settings that the user has made stay."""
    jax: Any = importlib.import_module("jax")

    if jax.config.jax_platforms is None and not _has_tpu() and importlib.util.find_spec("libtpu") is not None:
        # the compiler alone (engine/ahead.py): its driver would look for chips, and only one process may have it
        jax.config.update("jax_platforms", "cuda,cpu" if os.path.exists("/dev/nvidiactl") else "cpu")
    jax.config.update("jax_enable_x64", True)  # float64 and int64 are TensorFlow's, too
    if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
        jax.config.update(
            "jax_cpu_enable_async_dispatch", False
        )  # hands over to a thread what takes microseconds
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)  # a lesson's plans take less than JAX's second
    if jax.config.jax_compilation_cache_dir is None:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        jax.config.update("jax_compilation_cache_dir", os.path.join(home, "tfnb", "xla"))
    return jax


def virtual_cpus(count: int) -> None:
    """Makes JAX see the CPU as so many devices; without effect once it has begun."""
    with contextlib.suppress(RuntimeError):
        configure().config.update("jax_num_cpu_devices", count)


def _has_tpu() -> bool:
    return os.path.exists("/dev/accel0") or os.path.exists("/dev/vfio/0")


class JaxBackend(Backend):
    """JAX on one of its platforms."""

    def __init__(self, platform: str, index: int = 0) -> None:
        jax = configure()
        self.jax, self.device = jax, jax.devices(platform)[index]
        self.name = f"{platform}:jax"
        self.kind = platform.upper()
        self.default = self.device == jax.devices()[0]

    def numbered(self, index: int) -> Backend:
        """JAX on another device of the platform; on this one where JAX has not so many."""
        there = index < len(self.jax.devices(self.kind.lower()))
        return JaxBackend(self.kind.lower(), index) if index and there else self

    def options(self, program: Program) -> dict[str, Any]:
        """What jax.jit is told beside the step."""
        return {}

    @property
    def xp(self) -> Any:
        return namespaces.jax_namespace()

    def put(self, value: Any) -> Any:
        if is_text(value):
            return value
        return self.jax.device_put(value, self.device)

    def feed(self, value: Any) -> Any:
        return value  # a compiled step takes NumPy's arrays over faster than device_put does

    def get(self, value: Any) -> Any:
        if isinstance(value, self.jax.Array):
            out = np.asarray(value)
            return out[()] if out.ndim == 0 else out
        return value

    def get_all(self, values: Any) -> list[Any]:
        values = list(values)
        for v in values if self.kind != "CPU" else ():
            if isinstance(v, self.jax.Array):
                v.copy_to_host_async()  # all are on their way before the first is waited for
        return [self.get(v) for v in values]

    def compile(self, program: Program, code: Code) -> Callable[..., Any]:
        return JaxStep(self, program, code)


class JaxStep:
    """A step on JAX. `path` says how it runs and why; `traced` counts its compilations."""

    def __init__(self, backend: JaxBackend, program: Program, code: Code) -> None:
        self.backend, self.program = backend, program
        self.codes = [(program, code)]
        self.traced = 0
        self.halves: Halves | None = None
        self._plain = code.function(backend.xp)
        self._tail: Callable[..., Any] | None = None
        self._run, self._path = self._line_by_line, f"JAX, line by line: {_why(program)}"
        head, head_code = program, code
        if not code.compilable:
            head, head_code = self._split(program, code)
        if head_code.compilable:
            self._compile(head, head_code)

    @property
    def path(self) -> str:
        """How the step runs, why, and how often it had to be compiled if more than once."""
        return f"{self._path}; compiled {self.traced} times, for as many shapes" if self.traced > 1 and self._run != self._line_by_line else self._path

    def _split(self, program: Program, code: Code) -> tuple[Program, Code]:
        self.halves = split(program)
        if self.halves is None:
            return program, code
        codes = [(half, generate(half)) for half in self.halves[:2]]
        self.codes += codes
        if not codes[0][1].compilable:
            return program, code
        self._tail = codes[1][1].function(namespaces.numpy_namespace())
        return codes[0]

    def _compile(self, program: Program, code: Code) -> None:
        try:
            shown, step = compiled_form(program, code)
        except ValueError as e:
            self._path = f"JAX, line by line: {e}"
            return
        if shown is not code:
            self.codes.append((program, shown))

        def traced(*values: Any) -> Any:
            self.traced += 1
            try:
                return step(*values)
            except Exception as e:
                if not _flows(program):
                    raise
                raise _Untraceable(_reason(e)) from e

        jit = functools.partial(self.backend.jax.jit, **self.backend.options(program))
        first = len(program.feeds)
        self._donated = tuple(
            first + i for i, r in enumerate(program.reads) if r.kind == "value" and r in program.writes
        )
        self._may_lack = any(r.kind == "maybe" for r in program.reads)
        self._compiled = jit(traced)
        self._donating = (
            jit(traced, donate_argnums=self._donated) if self._donated and self._tail is None else None
        )
        self._run = self._whole if self._tail is None else self._in_two
        flow = ", branches and loops in it" if program.structured else ""
        self._path = f"JAX: one program{flow}, compiled by XLA" if self._tail is None else (
            "JAX: numbers compiled by XLA, then the nodes that work on the host")  # fmt: skip

    def __call__(self, *values: Any) -> Any:
        if self.backend.default:
            return self._run(*values)
        with self.backend.jax.default_device(self.backend.device):
            return self._run(*values)

    def _whole(self, *values: Any) -> Any:
        if self._may_lack and any(type(v) is Missing for v in values):  # a variable without a value that only a branch looks at
            return self._line_by_line(*values)
        before = self.traced
        step = self._compiled
        if self._donating is not None and all(sys.getrefcount(values[i]) <= _ALONE for i in self._donated):
            step = self._donating
        out, why = self._try(step, values)
        if why:
            return self._given_up(why, values)
        if self.traced != before:
            self._count()
        return out

    def _try(self, step: Callable[..., Any], values: tuple[Any, ...]) -> tuple[Any, str]:
        """The step's results, or why it cannot be compiled."""
        errors = self.backend.jax.errors
        try:
            return step(*(np.int64(v) if type(v) is int else v for v in values)), ""
        except (_Untraceable, errors.ConcretizationTypeError, errors.TracerArrayConversionError, errors.TracerIntegerConversionError,
                errors.NonConcreteBooleanIndexError) as e:  # fmt: skip
            return None, _reason(e)

    def _given_up(self, why: str, values: tuple[Any, ...]) -> Any:
        """Line by line from now on, unless what stopped the compiler stops every run."""
        out = self._line_by_line(*values)
        self._run, self._path = self._line_by_line, f"JAX, line by line: {why}"
        return out

    def _in_two(self, *values: Any) -> Any:
        assert self.halves is not None and self._tail is not None
        head, tail, when = self.halves
        program = self.program
        known: dict[Any, Any] = dict(zip((*program.feeds, *program.reads), values, strict=True))
        before = self.traced
        out, why = self._try(self._compiled, tuple(known[k] for k in (*head.feeds, *head.reads)))
        if why:
            return self._given_up(why, values)
        if self.traced != before:
            self._count()
        fetched, changed = out
        got: dict[Any, Any] = dict(
            zip((f for f in head.fetches if isinstance(f, Tensor)), fetched, strict=True)
        )
        after = dict(zip(head.writes, changed, strict=True))
        given = [got[t] if t in got else known[t] for t in tail.feeds] + [self._seen(r, when, known, after) for r in tail.reads]
        last, late = self._tail(*map(self.backend.get, given))
        got.update(zip(tail.fetches, last, strict=True))
        after.update((w, v if w.kind == "state" else self.backend.put(v)) for w, v in zip(tail.writes, late, strict=True))  # an iterator stays here
        return [got[f] for f in program.fetches if isinstance(f, Tensor)], [after[w] for w in program.writes]

    @staticmethod
    def _seen(read: Read, when: dict[Read, str], known: dict[Any, Any], after: dict[Read, Any]) -> Any:
        return known[read] if when.get(read) == "before" or read not in after else after[read]

    def _line_by_line(self, *values: Any) -> Any:
        return self._plain(
            *(self.backend.put(v) if isinstance(v, (np.ndarray, np.generic)) else v for v in values)
        )

    def _count(self) -> None:
        """Says, once, that many shapes cost many compilations."""
        if self.traced == RECOMPILES + 1:
            warnings.warn(
                f"This step has been compiled {self.traced} times: JAX compiles it for each new shape that is fed. Feed batches of one "
                "size: pad the last one with zeros and leave its rows out of the loss by a mask, or drop it.", stacklevel=7)  # fmt: skip


class _Untraceable(Exception):  # noqa: N818 - no error of the user's
    """Why a step with branches or loops is not compiled."""


def _reason(error: Exception) -> str:
    from tfnb.engine.jax_places import Uncompilable

    said = str(error).split("\n")[0]
    return said if isinstance(error, (Uncompilable, _Untraceable)) else f"a shape or a place depends on values ({said})"


def _why(program: Program) -> str:
    """What keeps a program from being compiled as far as its nodes tell."""
    host = next((i.op for i in program.instructions if works_on_host(i.op)), None)
    return "a shape depends on values" if host is None else f"{host.name} ({host.type}) works on the host"


def _flows(program: Program) -> bool:
    """Whether there are branches, loops or TensorArrays in it."""
    return program.structured or any(i.op.definition.carried for i in program.instructions)


def compiled_form(program: Program, code: Code) -> tuple[Code, Callable[..., Any]]:
    """The text that XLA gets and its function, to be traced. Raises ValueError where a loop has an unusual form."""
    if not _flows(program):
        return code, code.function(namespaces.jax_namespace())
    from tfnb.engine.jax_flow import JaxFlow
    from tfnb.engine.lowered import lower

    flow = JaxFlow()
    code = code._replace(env={**code.env, "ints": flow.ints})
    lowered = lower(program, code) if program.structured else code
    return lowered, functools.partial(flow.traced, lowered.function(flow))


class _Probe:
    """Counts what `_whole` would count of a value that only the session, its argument list and the call hold."""

    def _whole(self, *values: Any) -> int:
        return max(sys.getrefcount(values[i]) for i in (0,))

    def __call__(self, *values: Any) -> int:
        return self._whole(*values)


def _alone() -> int:
    kept = {"key": np.zeros(2)}
    given = [kept["key"]]
    return _Probe()(*given)


_ALONE: int = _alone()
