"""A stand-in for CuPy on a machine without a GPU: NumPy behind CuPy's names, parameters and refusals.

    sys.modules["cupy"] = module()        cupy_api.json has the names, recorded from the package by `record`

What it refuses, because CuPy does: names and keywords that CuPy has not, NumPy's arrays among its own, and being taken
for a NumPy array. What it cannot tell: whether a kernel of CuPy's is right, or fast.
"""

from __future__ import annotations

import importlib.machinery
import json
import operator
import pathlib
import types
from typing import Any

import numpy as np

API = json.loads((pathlib.Path(__file__).parent / "cupy_api.json").read_text())
_MAKERS = {"array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray"}  # which take NumPy's arrays over
_AT = {"add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor"}
_HOST = {"ndim", "shape", "size", "result_type", "can_cast", "promote_types", "dtype", "iinfo", "finfo", "isscalar", "broadcast_shapes"}


class ndarray:  # noqa: N801 - its name there
    """An array of the stand-in. Attributes are those of CuPy's."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: np.ndarray) -> None:
        self._host = value

    def __array__(self, *args: Any, **named: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array explicitly.")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **named: Any) -> Any:
        if ufunc.nout == 1 and ufunc.types[0].endswith("?"):  # NumPy's scalars arrive as arrays here, which CuPy knows
            args = tuple(a.item() if isinstance(a, np.ndarray) and a.size == 1 else a for a in args)
        return getattr(getattr(module(), ufunc.__name__), "__call__" if method == "__call__" else method)(*args, **named)

    def __array_function__(self, function: Any, types_: Any, args: Any, named: Any) -> Any:
        return getattr(module(), function.__name__)(*args, **named)

    def get(self) -> np.ndarray:
        return self._host.copy()

    def __getattr__(self, name: str) -> Any:
        if name not in API["ndarray"]:
            raise AttributeError(f"'ndarray' object has no attribute {name!r}")
        found = getattr(self._host, name)
        return _function(f"ndarray.{name}", found, None) if callable(found) else _out(found)

    def __getitem__(self, index: Any) -> Any:
        return _out(self._host[_index(index)], keep=True)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._host[_index(index)] = _in(value)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self._host)))

    def __len__(self) -> int:
        return len(self._host)

    def __bool__(self) -> bool:
        return bool(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __float__(self) -> float:
        return float(self._host)


def _index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(_index, index))
    return index._host if isinstance(index, ndarray) else index


def _in(value: Any) -> Any:
    """What the library computes with; raises TypeError for an array that is not its own."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, (list, tuple)):
        return type(value)(map(_in, value))
    return value


def _out(value: Any, keep: bool = False) -> Any:
    """Results are arrays, those of no axes, too."""
    if isinstance(value, (np.ndarray, np.generic)):
        return ndarray(np.asarray(value))
    if isinstance(value, (list, tuple)) and any(isinstance(v, (np.ndarray, np.generic)) for v in value):
        return type(value)(map(_out, value)) if not hasattr(value, "_fields") else tuple(map(_out, value))
    return value


def _function(name: str, host: Any, parameters: list[str] | None) -> Any:
    free = parameters is None or "*" in parameters

    def call(*args: Any, **named: Any) -> Any:
        wrong = [k for k in named if not free and k not in (parameters or ())]
        if wrong or not free and len(args) > len(parameters or ()):
            raise TypeError(f"{name}() got an unexpected keyword argument {wrong[:1] or len(args)}")
        if name in _HOST:
            return host(*[a._host if isinstance(a, ndarray) else a for a in args], **named)
        take = (lambda v: v._host if isinstance(v, ndarray) else v) if name in _MAKERS else _in
        return _out(host(*map(take, args), **{k: take(v) for k, v in named.items()}))

    return call


class _Ufunc:
    def __init__(self, name: str, host: Any) -> None:
        self.name, self._host = name, host

    def __call__(self, *args: Any, **named: Any) -> Any:
        if set(named) - {"out", "dtype", "casting"}:
            raise TypeError(f"Wrong arguments {set(named)}")
        return _out(self._host(*map(_in, args), **{k: _in(v) for k, v in named.items()}))

    def __getattr__(self, name: str) -> Any:
        if name not in API["ufunc"]:
            raise AttributeError(name)
        if name == "at" and self.name not in _AT:
            raise NotImplementedError(f"`{self.name}.at` is not supported yet")
        return _function(f"{self.name}.{name}", getattr(self._host, name), None)


def _binary(name: str, swap: bool = False) -> Any:
    function = getattr(operator, name)

    def method(self: ndarray, other: Any) -> Any:
        a, b = self._host, _in(other)
        return _out(function(b, a) if swap else function(a, b))

    return method


for _n in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split():
    _op = {"and": "and_", "or": "or_"}.get(_n, _n)
    setattr(ndarray, f"__{_n}__", _binary(_op))
    setattr(ndarray, f"__r{_n}__", _binary(_op, swap=True))
for _n in "lt le eq ne gt ge".split():
    setattr(ndarray, f"__{_n}__", _binary(_n))
for _n in "neg pos abs invert".split():
    setattr(ndarray, f"__{_n}__", lambda self, n=_n: _out(getattr(operator, n)(self._host)))

_cache: list[Any] = []


def _as_strided(x: ndarray, shape: Any = None, strides: Any = None) -> ndarray:
    return ndarray(np.lib.stride_tricks.as_strided(x._host, shape, strides))


def module() -> Any:
    """The stand-in."""
    if not _cache:
        made = _filled(types.ModuleType("cupy"), "cupy", np)
        made.linalg = _filled(types.ModuleType("cupy.linalg"), "linalg", np.linalg)
        made.fft = _filled(types.ModuleType("cupy.fft"), "fft", np.fft)
        made.ndarray = ndarray
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
            found = _function(name, found, kind)
        setattr(made, name, found)
    return made


def extras() -> Any:
    """The stand-in for cupyx."""
    made = types.ModuleType("cupyx")

    def scatter_add(into: ndarray, slices: Any, value: Any) -> None:
        np.add.at(into._host, _index(slices), _in(value))

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
