"""Moving elements about: padding, tiling, reversing, counting up, one-hot rows.

    pad(x, [[0, 0], [1, 1]])      tile(x, [1, 2])      one_hot([2, 0], depth=3)      range(5)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, float32, int32, int64, uint8
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, Host, I, R, ShapeError, T, Types
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays
from tfnb.ops.elementwise import cast

__all__ = ["invert_permutation", "lin_space", "linspace", "one_hot", "pad", "range", "tile"]

_range = range


@op("InvertPermutation", differentiable=False)
def invert_permutation(xp: Any, x: I) -> I:
    """The permutation that undoes this one.

    >>> print(tf.invert_permutation([2, 0, 1]).eval())
    [1 2 0]
    """
    return xp.argsort(x).astype(x.dtype)


def _tiled(call: Call) -> list[TensorShape]:
    sizes, times = call.shapes[0].sizes, call.sizes(1)
    if sizes is None:
        return [unknown_shape()]
    times = times or (None,) * len(sizes)
    if len(times) != len(sizes):
        raise ShapeError(f"Shape must be rank {len(sizes)} but is rank {len(times)}")
    return [TensorShape.of(tuple(None if None in (n, t) else n * t for n, t in zip(sizes, times, strict=True)))]  # type: ignore


@op("Tile", shape=_tiled)
def tile(xp: Any, input: T, multiples: Host) -> T:
    """The input repeated along each axis.

    >>> print(tf.tile([1, 2], [2]).eval())
    [1 2 1 2]
    """
    return xp.tile(input, multiples)


@tile.gradient
def tile_gradient(node: Operation, dy: Tensor) -> Any:
    from tfnb.ops.reduce import reduce_sum

    x, times = node.inputs
    n = x.shape.ndims or 0
    interleaved = arrays.reshape(arrays.transpose(arrays.stack([times, arrays.shape(x)])), [-1])
    return reduce_sum(arrays.reshape(dy, interleaved), list(_range(0, 2 * n, 2))), None


def _padded(call: Call) -> list[TensorShape]:
    sizes, pads = call.shapes[0].sizes, call.value(call.inputs[1])
    if sizes is None:
        return [unknown_shape()]
    if pads is None:
        return [unknown_shape(len(sizes))]
    if len(pads) != len(sizes):
        raise ShapeError(f"Shape must be rank {len(pads)} but is rank {len(sizes)}")
    return [TensorShape.of(tuple(None if n is None else n + int(a) + int(b) for n, (a, b) in zip(sizes, pads, strict=True)))]


@op("Pad", shape=_padded)
def pad_op(xp: Any, input: T, paddings: Host) -> T:
    """Zeros before and after, along each axis."""
    return xp.pad(input, paddings)


@op("PadV2", shape=_padded)
def pad_v2(xp: Any, input: T, paddings: Host, constant_values: T) -> T:
    """One value before and after, along each axis."""
    return xp.pad(input, paddings, constant_values=constant_values)


@op("MirrorPad", shape=_padded)
def mirror_pad(xp: Any, input: T, paddings: Host, *, mode: str) -> T:
    """The input mirrored at its borders."""
    return xp.pad(input, paddings, mode="reflect" if mode == "REFLECT" else "symmetric")


@op("MirrorPadGrad", shape=lambda call: [_folded(call)])
def mirror_pad_grad(xp: Any, input: T, paddings: Host, *, mode: str) -> T:
    """What was mirrored added back to what it mirrors."""
    skip = mode == "REFLECT"  # the border itself is not mirrored
    for axis, (before, behind) in enumerate(paddings):
        x = xp.moveaxis(input, axis, 0)
        n = len(x) - before - behind
        middle = x[before : before + n]
        for edge, at in ((xp.flip(x[:before], 0), int(skip)), (xp.flip(x[before + n :], 0), n - behind - skip)):
            middle = middle + xp.pad(edge, [(at, n - at - len(edge)), *[(0, 0)] * (x.ndim - 1)])
        input = xp.moveaxis(middle, 0, axis)
    return input


def _folded(call: Call) -> TensorShape:
    sizes, pads = call.shapes[0].sizes, call.value(call.inputs[1])
    if sizes is None or pads is None:
        return unknown_shape(call.shapes[0].ndims)
    return TensorShape.of(tuple(None if n is None else n - int(a) - int(b) for n, (a, b) in zip(sizes, pads, strict=True)))


@mirror_pad.gradient
def mirror_pad_gradient(node: Operation, dy: Tensor) -> Any:
    return mirror_pad_grad(dy, node.inputs[1], mode=node.attrs["mode"]), None


@mirror_pad_grad.gradient
def mirror_pad_grad_gradient(node: Operation, dy: Tensor) -> Any:
    return mirror_pad(dy, node.inputs[1], mode=node.attrs["mode"]), None


def _unpad(node: Operation, dy: Tensor) -> Tensor:
    from tfnb.ops.indexing import slice as slice_

    begin = arrays.reshape(slice_(node.inputs[1], [0, 0], [-1, 1]), [-1])
    return slice_(dy, begin, arrays.shape(node.inputs[0]))


@pad_op.gradient
def pad_gradient(node: Operation, dy: Tensor) -> Any:
    return _unpad(node, dy), None


@pad_v2.gradient
def pad_v2_gradient(node: Operation, dy: Tensor) -> Any:
    return _unpad(node, dy), None, None


def pad(tensor: Any, paddings: Any, mode: str = "CONSTANT", name: str | None = None, constant_values: Any = 0) -> Tensor:
    """`tensor` with paddings[i] = [before, after] elements more along axis i; mode CONSTANT, REFLECT or SYMMETRIC.

    >>> print(tf.pad([[1, 2]], [[1, 0], [0, 1]]).eval())
    [[0 0 0]
     [1 2 0]]
    """
    mode = mode.upper()
    if mode == "CONSTANT":
        if not isinstance(constant_values, Tensor) and constant_values == 0:
            return pad_op(tensor, paddings, name=name)  # type: ignore[no-any-return]
        return pad_v2(tensor, paddings, constant_values, name=name)  # type: ignore[no-any-return]
    if mode not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(f"Unknown padding mode: {mode}")
    return mirror_pad(tensor, paddings, mode=mode, name=name)  # type: ignore[no-any-return]


def _hot(call: Call) -> list[TensorShape]:
    sizes, depth, axis = call.shapes[0].sizes, call.host(1), call.attrs["axis"]
    if sizes is None:
        return [unknown_shape()]
    at = len(sizes) if axis == -1 else axis
    return [TensorShape.of((*sizes[:at], depth, *sizes[at:]))]


PLACES = Types("PLACES", (uint8, int32, int64))


@op("OneHot", shape=_hot, differentiable=False)
def one_hot_op(xp: Any, indices: PLACES, depth: Host, on_value: T, off_value: T, *, axis: int = -1) -> T:
    """on_value at each index along a new axis, off_value elsewhere."""
    hot = xp.expand_dims(indices, axis if axis >= 0 else np.ndim(indices))
    places = xp.reshape(xp.arange(depth), [depth if i == (axis if axis >= 0 else np.ndim(indices)) else 1 for i in _range(np.ndim(indices) + 1)])
    return xp.where(hot == places, on_value, off_value)


def one_hot(indices: Any, depth: Any, on_value: Any = None, off_value: Any = None, axis: int | None = None, dtype: Any = None,
            name: str | None = None) -> Tensor:  # fmt: skip
    """A new axis of size `depth` that is on_value (1) at the index and off_value (0) elsewhere; shape indices.shape + [depth].

    >>> print(tf.one_hot([0, 2], 3).eval())
    [[1. 0. 0.]
     [0. 0. 1.]]
    """
    with name_scope(name, "one_hot", [indices]) as scope:
        want = None if dtype is None else as_dtype(dtype)
        on, off = (None if v is None else convert_to_tensor(v, name=n) for v, n in ((on_value, "on_value"), (off_value, "off_value")))
        found = _hot_dtype(on, off, want)
        on = _const(1, found, "on_value") if on is None else on
        off = _const(0, found, "off_value") if off is None else off
        x = convert_to_tensor(indices, name="indices")
        return one_hot_op(x, depth, on, off, axis=-1 if axis is None else axis, name=scope)  # type: ignore[no-any-return]


def _hot_dtype(on: Tensor | None, off: Tensor | None, want: Any) -> Any:
    """The dtype of what one_hot puts in, which all that is given must have."""
    kinds = [(v.dtype.base_dtype, said) for v, said in ((on, "on_value"), (off, "off_value")) if v is not None]
    for kind, said in kinds if want is not None else ():
        if kind is not want:
            raise TypeError(f"dtype {kind} of {said} does not match dtype parameter {want}")
    if len(kinds) == 2 and kinds[0][0] is not kinds[1][0]:
        raise TypeError(f"dtype {kinds[0][0]} of on_value does not match dtype {kinds[1][0]} of off_value")
    return want or (kinds[0][0] if kinds else float32)


def _const(value: int, dtype: Any, name: str) -> Tensor:
    return arrays.constant(bool(value) if dtype.name == "bool" else value, dtype, name=name)


def _shown(*values: Any) -> str:
    """The inputs' values at the end of an error's line."""
    return " and with computed input tensors: " + ", ".join(f"input[{i}] = <{v}>" for i, v in enumerate(values))


def _counted(call: Call) -> list[TensorShape]:
    values = [call.value(x) for x in call.inputs]
    if any(v is None for v in values):
        return [unknown_shape(1)]
    start, limit, delta = (np.asarray(v).item() for v in values)
    if delta == 0:
        raise ShapeError("Requires delta != 0", _shown(start, limit, delta))
    if any(np.ravel(v).tolist()[0] is None for v in (start, limit, delta)):
        return [TensorShape.of((None,))]
    if delta > 0 and start > limit:
        raise ShapeError(f"Requires start <= limit when delta > 0: {start}/{limit}", _shown(start, limit, delta))
    return [TensorShape.of((max(0, int(np.ceil((limit - start) / delta))),))]


@op("Range", shape=_counted, differentiable=False)
def range_op(xp: Any, start: R, limit: R, delta: R) -> R:
    """Numbers from start to before limit in steps of delta."""
    return np.arange(start, limit, delta, dtype=np.result_type(start))


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Tensor:
    """[start, start + delta, ...] up to but without `limit`; range(n) counts from 0.

    >>> print(tf.range(2, 10, 3).eval())
    [2 5 8]
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", None) as scope:
        given = dict(start=start, limit=limit, delta=delta)
        parts = {k: convert_to_tensor(v, dtype if not isinstance(v, Tensor) else None, name=k) for k, v in given.items()}
        order = ["int32", "int64", "float32", "float64"]
        widest = as_dtype(dtype).name if dtype is not None else max((p.dtype.base_dtype.name for p in parts.values()), key=order.index)
        parts = {k: p if p.dtype.base_dtype.name == widest else cast(p, widest) for k, p in parts.items()}
        return range_op(*parts.values(), name=scope)  # type: ignore[no-any-return]


def _spaced(call: Call) -> list[TensorShape]:
    n = call.host(2)
    if n is not None and n <= 0:
        raise ShapeError(f"Requires num > 0: {n}", f" and with computed input tensors: input[2] = <{n}>")
    return [TensorShape.of((n,))]


@op("LinSpace", shape=_spaced, differentiable=False)
def lin_space(xp: Any, start: F, stop: F, num: Host) -> F:
    """Evenly spaced numbers from start to stop, both included.

    >>> print(tf.linspace(0.0, 1.0, 5).eval())
    [0.   0.25 0.5  0.75 1.  ]
    """
    return xp.linspace(start, stop, num, dtype=start.dtype)


linspace = lin_space
