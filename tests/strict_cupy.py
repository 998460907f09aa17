"""A stand-in for CuPy on a machine without a GPU: NumPy behind CuPy's names, parameters and refusals.

    sys.modules["cupy"] = module()        cupy_api.json has the names, recorded from the package by `record`

What it refuses, because CuPy does: names and keywords that CuPy has not, NumPy's arrays among its own, being taken for
a NumPy array, and what strict_cuda.py says. What it cannot tell: whether a kernel of CuPy's is right, or fast.
"""

from __future__ import annotations

import importlib.machinery
import json
import operator
import pathlib
import types
from typing import Any

import numpy as np

from tests import strict_cuda

API = json.loads((pathlib.Path(__file__).parent / "cupy_api.json").read_text())
_MAKERS = {"array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray"}  # which take NumPy's arrays over
_AT = {"add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor"}
_ADDS = set("int32 uint32 uint64 float16 float32 float64".split())  # of old versions: newer ones take int64, too
_FUSED = {"where", "clip"}  # functions that know what to do inside a fused one, beside ufuncs
_TYPED = set("broadcast_to expand_dims stack cumsum cumprod any all matmul dot tensordot size".split())  # refuse NumPy's scalars
_LENT = set("reshape transpose squeeze repeat ravel flip sum mean max min prod".split())  # lend their methods, and give NumPy's results
_HOST = {"ndim", "shape", "size", "result_type", "can_cast", "promote_types", "dtype", "iinfo", "finfo", "isscalar", "broadcast_shapes"}


class ndarray:  # noqa: N801 - its name there
    """An array of the stand-in. Attributes are those of CuPy's."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: np.ndarray, base: Any = None) -> None:
        self._host, self.base = value, base

    def __array__(self, *args: Any, **named: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array explicitly.")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **named: Any) -> Any:
        if ufunc.nout == 1 and ufunc.types[0].endswith("?"):  # NumPy's scalars arrive as arrays here, which CuPy knows
            args = tuple(a.item() if isinstance(a, np.ndarray) and a.size == 1 else a for a in args)
        return getattr(getattr(module(), ufunc.__name__), "__call__" if method == "__call__" else method)(*args, **named)

    def __array_function__(self, function: Any, types_: Any, args: Any, named: Any) -> Any:
        return getattr(module(), function.__name__)(*args, **named)

    def get(self) -> np.ndarray:
        strict_cuda.waits("get")
        return self._host.copy()

    def __getattr__(self, name: str) -> Any:
        if name not in API["ndarray"]:
            raise AttributeError(f"'ndarray' object has no attribute {name!r}")
        found = getattr(self._host, name)
        if not callable(found):
            return _perform(name, lambda host: getattr(host, name), (self,), {}) if isinstance(found, (np.ndarray, np.generic)) else found
        if name in ("fill", "sort", "put", "partition"):
            return lambda *args, **named: _change(f"ndarray.{name}", lambda host, *a, **n: getattr(host, name)(*a, **n), self, args, named)
        return lambda *args, **named: _perform(f"ndarray.{name}", lambda host, *a, **n: getattr(host, name)(*a, **n), (self, *args), named)

    def __getitem__(self, index: Any) -> Any:
        masks = index if isinstance(index, tuple) else (index,)
        if any(isinstance(m, ndarray) and m._host.dtype == bool for m in masks):
            strict_cuda.waits("an index of truth values")
        return _perform("getitem", lambda host, index: np.asarray(host[index]), (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        def put(host: Any, index: Any, value: Any) -> None:
            host[index] = value

        _change("setitem", put, self, (index, value), {})

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self._host)))

    def __len__(self) -> int:
        return len(self._host)

    def __bool__(self) -> bool:
        strict_cuda.waits("bool")
        return bool(self._host)

    def __int__(self) -> int:
        strict_cuda.waits("int")
        return int(self._host)

    def __float__(self) -> float:
        strict_cuda.waits("float")
        return float(self._host)


def _in(value: Any) -> Any:
    """What the library computes with; raises TypeError for an array that is not its own."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, (list, tuple)):
        return type(value)(map(_in, value))
    return value


def _over(value: Any) -> Any:
    """As `_in`, but NumPy's arrays are taken over from the host."""
    if isinstance(value, np.ndarray):
        if value.ndim:
            strict_cuda.uploads()
        return value.copy()
    return _in(value)


def _inside(*values: Any) -> list[ndarray]:
    """The library's arrays among arguments: those whose memory it is."""
    found: list[ndarray] = []
    for v in values:
        if isinstance(v, ndarray):
            found.append(v if v.base is None else v.base)
        elif isinstance(v, (list, tuple)):
            found += _inside(*v)
    return found


def _out(value: Any, owners: list[ndarray]) -> Any:
    """Results are arrays, those of no axes, too; a view knows whose memory it looks at."""
    if isinstance(value, (np.ndarray, np.generic)):
        host = np.asarray(value)
        return ndarray(host, next((o for o in owners if host.size and np.may_share_memory(host, o._host)), None))
    if isinstance(value, (list, tuple)) and any(isinstance(v, (np.ndarray, np.generic)) for v in value):
        made = [_out(v, owners) for v in value]
        return type(value)(made) if not hasattr(value, "_fields") else tuple(made)
    return value


def _perform(name: str, host: Any, args: Any, named: Any, take: Any = _in) -> Any:
    """A function of the library; while a stream captures, for later: the arrays it makes have no values yet."""
    strict_cuda.allowed(name)
    if (target := named.get("out")) is not None:
        _change(name, lambda out, *a, **n: host(*a, **n, out=out), target, args, {k: v for k, v in named.items() if k != "out"})
        return target
    owners = _inside(*args, *named.values())
    args, named = tuple(map(take, args)), {k: take(v) for k, v in named.items()}
    if (stream := strict_cuda.capturing()) is None:
        return _out(host(*args, **named), owners)
    with np.errstate(all="ignore"):
        result = _out(host(*args, **named), owners)
    strict_cuda.reads(owners)
    flat = [r for r in (result if isinstance(result, (list, tuple)) else (result,)) if isinstance(r, ndarray)]
    made = [r for r in flat if r.base is None]
    stream.inside.update(id(r) for r in flat if r.base is not None and id(r.base) in stream.inside)
    if made:
        hosts = [r._host for r in made]
        kept = [i for i, r in enumerate(flat) if r.base is None]

        def work() -> None:
            with np.errstate(all="ignore"):
                again = host(*args, **named)
            values = again if isinstance(again, (list, tuple)) else (again,)
            for place, i in zip(hosts, kept, strict=True):
                place[...] = values[i]

        strict_cuda.record(work, made)
    return result


def _change(name: str, host: Any, target: ndarray, args: Any, named: Any) -> None:
    """A function that writes into an array; while a stream captures, for later."""
    strict_cuda.allowed(name)
    owners = _inside(target, *args, *named.values())
    place, args, named = target._host, tuple(map(_in, args)), {k: _in(v) for k, v in named.items()}
    if strict_cuda.capturing() is None:
        host(place, *args, **named)
    else:
        strict_cuda.reads(owners)
        strict_cuda.record(lambda: host(place, *args, **named), [])


def _function(name: str, host: Any, parameters: list[str] | None) -> Any:
    free = parameters is None or "*" in parameters

    def call(*args: Any, **named: Any) -> Any:
        wrong = [k for k in named if not free and k not in (parameters or ())]
        if wrong or not free and len(args) > len(parameters or ()):
            raise TypeError(f"{name}() got an unexpected keyword argument {wrong[:1] or len(args)}")
        first = args[0] if args else None
        if name in _TYPED and any(isinstance(a, np.generic) for a in (first if isinstance(first, (list, tuple)) else (first,))):
            raise TypeError(f"Argument 'array' has incorrect type (expected cupy._core.core._ndarray_base, got {type(first)})")
        if name in _LENT and isinstance(first, np.generic):
            return host(*args, **named)
        if name in _HOST:
            return host(*[a._host if isinstance(a, ndarray) else a for a in args], **named)
        if strict_cuda.is_traced(args):
            if name not in _FUSED:
                raise NotImplementedError(f"{name} is not for single elements")
            return strict_cuda.traced(host, args, named)
        if name == "where" and len(args) == 1:
            strict_cuda.waits("where")
        return _perform(name, host, args, named, _over if name in _MAKERS else _in)

    return call


def _scattered(into: ndarray, kinds: set[str]) -> None:
    if into._host.dtype.name not in kinds:
        raise TypeError(f"cupy.add.at only supports {', '.join(sorted(kinds))} as data type")


class _Ufunc:
    def __init__(self, name: str, host: Any) -> None:
        self.name, self._host = name, host

    def __call__(self, *args: Any, **named: Any) -> Any:
        if set(named) - {"out", "dtype", "casting"}:
            raise TypeError(f"Wrong arguments {set(named)}")
        if strict_cuda.is_traced(args):
            return strict_cuda.traced(self._host, args, named)
        return _perform(self.name, self._host, args, named)

    def __getattr__(self, name: str) -> Any:
        if name not in API["ufunc"]:
            raise AttributeError(name)
        if name == "at" and self.name not in _AT:
            raise NotImplementedError(f"`{self.name}.at` is not supported yet")
        if name == "at":
            kinds = _ADDS if self.name == "add" else _ADDS - {"float16"} if self.name in ("maximum", "minimum") else {"int32", "uint32"}
            return lambda into, *args: _scattered(into, kinds) or _change(f"{self.name}.at", self._host.at, into, args, {})
        return _function(f"{self.name}.{name}", getattr(self._host, name), None)


def _binary(name: str, swap: bool = False) -> Any:
    function = getattr(operator, name)

    def method(self: ndarray, other: Any) -> Any:
        if strict_cuda.is_traced((other,)):
            raise TypeError("Unsupported type <class 'cupy.ndarray'>")
        return _perform(name, function, (other, self) if swap else (self, other), {})

    return method


for _n in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split():
    _op = {"and": "and_", "or": "or_"}.get(_n, _n)
    setattr(ndarray, f"__{_n}__", _binary(_op))
    setattr(ndarray, f"__r{_n}__", _binary(_op, swap=True))
for _n in "lt le eq ne gt ge".split():
    setattr(ndarray, f"__{_n}__", _binary(_n))
for _n in "neg pos abs invert".split():
    setattr(ndarray, f"__{_n}__", lambda self, n=_n: _perform(n, getattr(operator, n), (self,), {}))

_cache: list[Any] = []


def _as_strided(x: ndarray, shape: Any = None, strides: Any = None) -> ndarray:
    return ndarray(np.lib.stride_tricks.as_strided(x._host, shape, strides), _inside(x)[0])


def module() -> Any:
    """The stand-in."""
    if not _cache:
        made = _filled(types.ModuleType("cupy"), "cupy", np)
        made.linalg = _filled(types.ModuleType("cupy.linalg"), "linalg", np.linalg)
        made.fft = _filled(types.ModuleType("cupy.fft"), "fft", np.fft)
        made.ndarray = ndarray
        made.cuda, made.fuse = strict_cuda.cuda(), strict_cuda.fuse_with(ndarray, _perform)
        made.argsort = _function("argsort", lambda a, axis=-1, kind=None: np.argsort(a, axis, "stable"), API["cupy"]["argsort"])
        made.lib = types.SimpleNamespace(stride_tricks=types.SimpleNamespace(as_strided=_as_strided))
        made.__spec__ = importlib.machinery.ModuleSpec("cupy", None)
        _cache.append(made)
    return _cache[0]


def _filled(made: Any, key: str, host: Any) -> Any:
    for name, kind in API[key].items():
        found = getattr(host, name, None)
        if found is None:
            continue
        if kind == "ufunc":
            found = _Ufunc(name, found)
        elif kind not in ("type", "value"):
            found = _function(name if key == "cupy" else f"{key}.{name}", found, kind)
        setattr(made, name, found)
    return made


def extras() -> Any:
    """The stand-in for cupyx."""
    made = types.ModuleType("cupyx")

    def scatter_add(into: ndarray, slices: Any, value: Any) -> None:
        _scattered(into, _ADDS)
        _change("scatter_add", np.add.at, into, (slices, value), {})

    made.scatter_add = scatter_add  # type: ignore[attr-defined]
    return made


def record() -> None:
    """Writes cupy_api.json. To be called where CuPy is installed; it needs no GPU."""
    import inspect

    import cupy  # type: ignore[import-not-found]

    def kind(value: Any) -> Any:
        if isinstance(value, (cupy.ufunc, type)):
            return "ufunc" if isinstance(value, cupy.ufunc) else "type"
        if not callable(value):
            return "value"
        try:
            found = inspect.signature(value).parameters.values()
        except (TypeError, ValueError):
            return None
        return [p.name if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) else "*" for p in found]

    def table(library: Any) -> dict[str, Any]:
        public = {n: getattr(library, n) for n in dir(library) if not n.startswith("_")}
        return {n: kind(v) for n, v in public.items() if not isinstance(v, types.ModuleType)}

    public = lambda kind_: [n for n in dir(kind_) if not n.startswith("_")]
    api = {"version": cupy.__version__, "cupy": table(cupy), "linalg": table(cupy.linalg), "fft": table(cupy.fft),
           "ndarray": public(cupy.ndarray), "ufunc": public(cupy.ufunc)}  # fmt: skip
    (pathlib.Path(__file__).parent / "cupy_api.json").write_text(json.dumps(api, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    record()
