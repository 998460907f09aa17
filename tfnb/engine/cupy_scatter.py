"""What CuPy's scattering does not take: other dtypes than CUDA adds up atomically, and products.

    added(cupy, into, indices, updates)                   a sum in a dtype that CuPy takes, then back
    combined(cupy, "multiply", into, indices, updates)    rows sorted by index, then combined at distances 1, 2, 4 ...
"""

from __future__ import annotations

from typing import Any

__all__ = ["added", "combined"]

_ADDS = frozenset("int32 uint32 uint64 float16 float32 float64".split())
_EXTREMES = frozenset("int32 uint32 uint64 float32 float64".split())


def added(cupy: Any, into: Any, indices: Any, updates: Any) -> Any:
    """A copy of `into` with `updates[i]` added at row `indices[i]`, for every dtype."""
    import cupyx

    kind = into.dtype
    if kind.kind == "c":
        parts = [added(cupy, cupy.ascontiguousarray(x), indices, y) for x, y in ((into.real, updates.real), (into.imag, updates.imag))]
        return cupy.stack(parts, -1).view(kind)[..., 0]
    # whole numbers wrap around alike in more bits, and with a sign or without
    out = into.copy() if kind.name in _ADDS else into.astype("uint64" if kind.itemsize == 8 else "int32")
    cupyx.scatter_add(out, indices, updates.astype(out.dtype))
    return out.astype(kind)


def combined(cupy: Any, how: str, into: Any, indices: Any, updates: Any) -> Any:
    """A copy of `into` with row `indices[i]` combined with `updates[i]` by "maximum", "minimum" or "multiply"."""
    function = getattr(cupy, how)
    out = into.copy()
    if how != "multiply" and into.dtype.name in _EXTREMES:
        function.at(out, indices, updates)
        return out
    if not indices.size:
        return out
    flat = indices.reshape(-1)
    order = cupy.argsort(flat)
    rows, x = flat[order], updates.reshape(flat.size, -1)[order]
    distance = 1
    while distance < flat.size:  # then x[i] has all of its row from 2 * distance before it on
        same = (rows[distance:] == rows[:-distance])[:, None]
        x = cupy.concatenate([x[:distance], cupy.where(same, function(x[distance:], x[:-distance]), x[distance:])])
        distance *= 2
    last = cupy.concatenate([rows[1:] != rows[:-1], cupy.ones(1, bool)])
    n = into.shape[0]
    wide = cupy.concatenate([into, into[:1]]).reshape(n + 1, -1)  # the row behind the last takes what is not the last of its row
    places = cupy.where(last, rows, n)
    wide[places] = function(wide[places], x)
    return wide[:n].reshape(into.shape)
