"""Sliding windows over images: what convolution and pooling have in common, in any number of space axes.

    frame = Frame.of((28, 28), (5, 5), (1, 1), (1, 1), "SAME")      frame.out == (28, 28)
    views(xp, pad(xp, x, frame), frame)        x seen through each of the 25 places in the window

Arrays are (n, *space, c): n batch, c channels. Nothing is written in place, so JAX can trace all of it.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from tfnb.core.rules import Call, ShapeError

__all__ = ["Frame", "channels_last", "columns", "pad", "restored", "slid", "spread", "views"]


class Frame(NamedTuple):
    """Where a window stands: sizes of space, window and result, steps, and padding before and behind."""

    space: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    out: tuple[int, ...]
    before: tuple[int, ...]
    behind: tuple[int, ...]

    @classmethod
    def of(cls, space: Any, kernel: Any, strides: Any, dilations: Any, padding: Any) -> Frame:
        """`padding` is SAME (the result has size space / strides), VALID (none), or pairs of numbers."""
        out, before, behind = [], [], []
        for i, (n, k, s, d) in enumerate(zip(space, kernel, strides, dilations, strict=True)):
            reach = (k - 1) * d + 1
            if padding == "SAME":
                o = -(-n // s)
                total = max((o - 1) * s + reach - n, 0)
                lo, hi = total // 2, total - total // 2
            else:
                lo, hi = (0, 0) if padding == "VALID" else padding[i]
                o = max((n + lo + hi - reach) // s + 1, 0)
            out.append(o)
            before.append(lo)
            behind.append(hi)
        return cls(*map(tuple, (space, kernel, strides, dilations, out, before, behind)))


def pad(xp: Any, x: Any, frame: Frame, value: Any = 0) -> Any:
    """x with `value` around it, as the frame asks."""
    if not any(frame.before) and not any(frame.behind):
        return x
    return xp.pad(x, ((0, 0), *zip(frame.before, frame.behind, strict=True), (0, 0)), constant_values=value)


def views(x: Any, frame: Frame) -> list[Any]:
    """For each place in the window, in reading order: the elements of x that lie there, (n, *out, c)."""
    found = []
    for place in itertools.product(*map(range, frame.kernel)):
        steps = zip(place, frame.dilations, frame.out, frame.strides, strict=True)
        cut = tuple(slice(k * d, k * d + (o - 1) * s + 1, s) for k, d, o, s in steps)
        found.append(x[(slice(None), *cut)])
    return found


def columns(xp: Any, x: Any, frame: Frame) -> Any:
    """Each window as one row of numbers: (n * out, kernel * c). A convolution is then one matrix product."""
    parts = views(pad(xp, x, frame), frame)
    joined = parts[0] if len(parts) == 1 else xp.concatenate(parts, axis=-1)
    return joined.reshape(-1, joined.shape[-1])


def spread(xp: Any, y: Any, strides: tuple[int, ...]) -> Any:
    """y with strides - 1 zeros between neighbours: (n, *((out - 1) * strides + 1), c)."""
    for axis, s in enumerate(strides, 1):
        if s > 1:
            wide = xp.expand_dims(y, axis + 1)
            wide = xp.pad(wide, [(0, s - 1) if i == axis + 1 else (0, 0) for i in range(wide.ndim)])
            wide = wide.reshape(*y.shape[:axis], y.shape[axis] * s, *y.shape[axis + 1 :])
            y = wide[(slice(None),) * axis + (slice(0, wide.shape[axis] - s + 1),)]
    return y


def slid(xp: Any, parts: list[Any], frame: Frame) -> Any:
    """The reverse of `views`: each part added back to where it was seen, (n, *space, c)."""
    total = 0
    places = itertools.product(*map(range, frame.kernel))
    for place, part in zip(places, parts, strict=True):
        wide = spread(xp, part, frame.strides)
        first = [k * d for k, d in zip(place, frame.dilations, strict=True)]
        room = [n + lo + hi for n, lo, hi in zip(frame.space, frame.before, frame.behind, strict=True)]
        edges = [(a, r - a - w) for a, r, w in zip(first, room, wide.shape[1:-1], strict=True)]
        total = total + xp.pad(wide, ((0, 0), *edges, (0, 0)))
    cut = tuple(slice(lo, lo + n) for lo, n in zip(frame.before, frame.space, strict=True))
    return total[(slice(None), *cut)]  # type: ignore[index]


# -- the order of axes ---------------------------------------------------------------------------------------
def channels_last(xp: Any, x: Any, data_format: str) -> Any:
    """x with its channels behind space; NCHW keeps them in front."""
    return xp.moveaxis(x, 1, -1) if data_format[:2] == "NC" else x


def restored(xp: Any, x: Any, data_format: str) -> Any:
    return xp.moveaxis(x, -1, 1) if data_format[:2] == "NC" else x


def space_of(values: Any, data_format: str) -> tuple[Any, ...]:
    """The entries of an attribute or a shape that belong to space."""
    return tuple(values[2:] if data_format[:2] == "NC" else values[1:-1])


def channel_of(values: Any, data_format: str) -> Any:
    return values[1] if data_format[:2] == "NC" else values[-1]


def arranged(n: Any, space: Any, c: Any, data_format: str) -> tuple[Any, ...]:
    return (n, c, *space) if data_format[:2] == "NC" else (n, *space, c)


def paddings(attrs: dict[str, Any]) -> Any:
    """What `Frame.of` takes for the attributes of an op."""
    explicit = attrs.get("explicit_paddings") or ()
    if attrs["padding"] != "EXPLICIT":
        return attrs["padding"]
    pairs = [tuple(explicit[i : i + 2]) for i in range(0, len(explicit), 2)]
    return space_of(pairs, attrs.get("data_format", "NHWC"))


def out_sizes(call: Call, space: Any, kernel: Any, dilations: Any = None) -> list[int | None]:
    """The result's sizes in space, as far as known. Raises ShapeError for a window larger than the image."""
    a = call.attrs
    strides = space_of(a["strides"], a.get("data_format", "NHWC"))
    out: list[int | None] = []
    for i, (n, k, s) in enumerate(zip(space, kernel, strides, strict=True)):
        d = dilations[i] if dilations else 1
        if n is None or k is None:
            out.append(None)
            continue
        pairs = paddings(a)
        frame = Frame.of((n,), (k,), (s,), (d,), pairs if isinstance(pairs, str) else pairs[i : i + 1])
        reach = (k - 1) * d + 1
        if frame.out[0] <= 0 and n + frame.before[0] + frame.behind[0] < reach:
            raise ShapeError(f"Negative dimension size caused by subtracting {reach} from {n}")
        out.append(frame.out[0])
    return out
