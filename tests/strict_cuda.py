"""The part of the stand-in for CuPy that is about CUDA: fused functions, streams that capture, graphs, memory pools.

What it refuses, because CuPy or CUDA does: anything in `fuse` but functions of single elements; while a stream captures,
what waits for the GPU or copies from or to the host, and cuBLAS, cuSOLVER and cuRAND. Captured work is recorded and not
done: its arrays hold NaN until the graph is launched. Where the real ones would read or write memory that has gone, it
raises: a graph launched after its pool or an array it read has been freed, or captured with the pool of everybody.
"""

from __future__ import annotations

import contextlib
import operator
import threading
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

SYNCHRONOUS = frozenset("nonzero flatnonzero argwhere unique sort argsort lexsort partition argpartition item tolist get".split())
LIBRARIES = frozenset("matmul dot tensordot einsum inner outer vdot".split())


# -- fused functions ------------------------------------------------------------------------------------------------
class Traced:
    """What a fused function is called with: an array of which one element at a time is seen."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, ndim: int) -> None:
        self._value, self.ndim = np.asarray(value), ndim

    @property
    def dtype(self) -> Any:
        return self._value.dtype

    def astype(self, dtype: Any, order: Any = None, casting: Any = None, subok: Any = None, copy: bool = True) -> Traced:
        return Traced(self._value.astype(dtype), self.ndim)

    def __bool__(self) -> bool:
        raise Exception("Can't cast to bool")  # noqa: TRY002 - as there


def traced(ufunc: Callable[..., Any], args: Any, named: dict[str, Any]) -> Any:
    """A function of single elements inside a fused one."""
    if set(named) - {"out"}:
        raise TypeError(f"Wrong arguments {named}")
    for a in args:
        if not isinstance(a, (Traced, int, float, bool, complex, np.generic)):
            raise TypeError(f"Unsupported type {type(a)}")
    ndim = max(a.ndim for a in args if isinstance(a, Traced))
    return Traced(ufunc(*[a._value if isinstance(a, Traced) else a for a in args]), ndim)


def is_traced(args: Any) -> bool:
    return any(isinstance(a, Traced) for a in args)


for _n in "add sub mul truediv floordiv mod lshift rshift and or xor".split():
    _f = getattr(operator, {"and": "and_", "or": "or_"}.get(_n, _n))
    setattr(Traced, f"__{_n}__", lambda self, other, f=_f: traced(f, (self, other), {}))
    setattr(Traced, f"__r{_n}__", lambda self, other, f=_f: traced(f, (other, self), {}))
for _n in "pow lt le eq ne gt ge".split():
    _f = getattr(operator, _n)
    setattr(Traced, f"__{_n}__", lambda self, other, f=_f: traced(f, (self, other), {}))
for _n in "neg invert".split():
    _f = getattr(operator, _n)
    setattr(Traced, f"__{_n}__", lambda self, f=_f: traced(f, (self,), {}))


def fuse_with(ndarray: type, perform: Callable[..., Any]) -> Callable[..., Any]:
    """`cupy.fuse`: all results have the shape to which all arguments are broadcast."""

    def fuse(*given: Any, kernel_name: str | None = None) -> Any:
        def wrapped(function: Any) -> Any:
            def call(*args: Any) -> Any:
                if not any(isinstance(a, ndarray) for a in args):
                    return function(*args)
                for a in args:
                    if not isinstance(a, (ndarray, np.generic, int, float, complex, bool, type(None))):
                        raise TypeError(f"Invalid argument type for {kernel_name!r}: ({type(a)})")
                return perform("fused", run, args, {})

            def run(*hosts: Any) -> Any:
                arrays = [h for h in hosts if isinstance(h, np.ndarray)]
                whole = np.broadcast_shapes(*(h.shape for h in arrays))
                out = function(*[Traced(np.broadcast_to(h, whole), h.ndim) if isinstance(h, np.ndarray) else h for h in hosts])
                for v in out if isinstance(out, tuple) else (out,):
                    if not isinstance(v, Traced):
                        raise TypeError(f"Fusion function can't return {type(v)}")
                full = lambda v: np.array(np.broadcast_to(v._value, whole))
                return tuple(map(full, out)) if isinstance(out, tuple) else full(out)

            return call

        return wrapped(given[0]) if given else wrapped

    return fuse


# -- memory, streams, graphs -------------------------------------------------------------------------------------------
class _Here(threading.local):
    """What a thread has made current."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.pools: list[Any] = []


_here = _Here()


class CUDARuntimeError(RuntimeError):
    pass


class MemoryPool:
    def __init__(self, allocator: Any = None) -> None:
        pass

    def malloc(self, size: int) -> Any:
        raise NotImplementedError("NumPy's arrays have memory already")


@contextlib.contextmanager
def using_allocator(allocator: Any = None) -> Any:
    _here.pools.append(weakref.ref(allocator.__self__))
    try:
        yield
    finally:
        _here.pools.pop()


class Graph:
    def __init__(self, work: list[Callable[[], None]], read: list[Any], pools: set[Any]) -> None:
        self._work, self._read, self._pools = work, read, pools
        self.launches = 0

    def launch(self, stream: Any = None) -> None:
        if any(pool() is None for pool in self._pools):
            raise CUDARuntimeError("cudaErrorIllegalAddress: the pool that the graph's memory came from is gone")
        if any(array() is None for array in self._read):
            raise CUDARuntimeError("cudaErrorIllegalAddress: an array that the graph reads has been freed")
        self.launches += 1
        for each in self._work:
            each()


class Stream:
    null: Any = None
    ptds: Any = None

    def __init__(self, null: bool = False, non_blocking: bool = False, ptds: bool = False, priority: Any = None) -> None:
        self._plain, self._graph = null or not non_blocking, None
        self._lost = False
        self.inside: set[int] = set()
        self.kept: list[Any] = []

    def __enter__(self) -> Stream:
        _here.streams.append(self)
        return self

    def __exit__(self, *error: Any) -> None:
        _here.streams.pop()

    def begin_capture(self, mode: Any = None) -> None:
        if self._plain:
            raise RuntimeError("cannot capture on the default (legacy) stream")
        self._graph, self._lost = Graph([], [], set()), False
        self.inside, self.kept = set(), []

    def end_capture(self) -> Graph:
        graph, self._graph = self._graph, None
        self.inside, self.kept = set(), []
        if graph is None:
            raise CUDARuntimeError("cudaErrorIllegalState")
        if self._lost:
            raise CUDARuntimeError("cudaErrorStreamCaptureInvalidated: operation failed due to a previous error during capture")
        return graph

    def is_capturing(self) -> bool:
        return self._graph is not None

    def synchronize(self) -> None:
        if self._graph is not None:
            self._lost = True
            raise CUDARuntimeError("cudaErrorStreamCaptureUnsupported: operation not permitted when stream is capturing")


Stream.null = Stream(null=True)


def capturing() -> Stream | None:
    """The current stream if it captures."""
    stream = _here.streams[-1] if _here.streams else None
    return stream if stream is not None and stream._graph is not None else None


def waits(what: str) -> None:
    """Called by all that brings values to the host or waits for them."""
    if capturing() is not None:
        raise RuntimeError(f"the current stream is capturing, so synchronous API calls are disallowed ({what})")


def uploads() -> None:
    """Called by what copies an array from the host."""
    if capturing() is not None:
        raise RuntimeError("the current stream is capturing, so H2D transfers are disallowed")


def allowed(name: str) -> None:
    """Called before a function of the library; `name` may be that of a method."""
    if capturing() is None:
        return
    bare = name.split(".")[-1]
    if bare in LIBRARIES or name.startswith("linalg."):
        raise NotImplementedError(f"calling {'cuSOLVER' if name.startswith('linalg.') else 'cuBLAS'} API during stream capture is currently unsupported")
    if bare in SYNCHRONOUS:
        waits(bare)


def reads(arrays: list[Any]) -> None:
    """Notes the arrays that captured work looks at: their memory has to be there when the graph runs."""
    stream = capturing()
    assert stream is not None
    stream._graph._read += [weakref.ref(a) for a in arrays if id(a) not in stream.inside]


def record(work: Callable[[], None], made: list[Any]) -> None:
    """Notes work, which makes these (new) arrays; their values are not there before it is launched."""
    stream = capturing()
    assert stream is not None
    if made and not _here.pools:
        raise RuntimeError("captured work got memory from the pool of everybody: it will be somebody else's when the graph runs")
    stream._graph._pools.update(_here.pools[-1:])
    stream.inside.update(map(id, made))
    stream.kept += made  # their ids stay theirs
    for a in made:
        a._host[...] = np.nan if a._host.dtype.kind in "fc" else 0
    stream._graph._work.append(work)


def cuda() -> Any:
    """The stand-in for cupy.cuda."""
    return SimpleNamespace(Stream=Stream, Graph=Graph, MemoryPool=MemoryPool, using_allocator=using_allocator,
                           get_current_stream=lambda: _here.streams[-1] if _here.streams else Stream.null,
                           runtime=SimpleNamespace(CUDARuntimeError=CUDARuntimeError))  # fmt: skip
