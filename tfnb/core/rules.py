"""Dtype rules and shape rules: the small language in which an op's signature is written.

    def matmul(xp, a: N, b: N) -> N          both inputs and the result share one numeric dtype
    shape="m k, k n -> m n"                  letters are sizes; the same letter is the same size
    shape="*s k -> *s"                       a starred letter is any number of sizes
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType
from tfnb.core.shapes import TensorShape, broadcast, unknown_shape


class Types(NamedTuple):
    """A dtype variable: the same variable twice in a signature is the same dtype. Empty `allowed` means any."""

    letter: str
    allowed: tuple[DType, ...] = ()
    listed: str = ""  # what TensorFlow's message lists, where that is more

    def names(self) -> str:
        return self.listed or ", ".join(t.name for t in self.allowed)


class HostInts(NamedTuple):
    """An integer input whose value, not its tensor, shapes the computation: an axis, a shape, a permutation.

    The kernel receives it as an int or a tuple of ints; on JAX it must be known when the plan is compiled.
    """

    allowed: tuple[DType, ...] = (d.int32, d.int64)

    def names(self) -> str:
        return ", ".join(t.name for t in self.allowed)


class OfAttr(NamedTuple):
    """The dtype that the attribute of this name holds."""

    attr: str


class Ref(NamedTuple):
    """A variable's place (its op), not its value; the kernel receives the value held there."""

    types: Types


_REAL = (d.float32, d.float64, d.int32, d.uint8, d.int16, d.int8, d.int64, d.bfloat16, d.uint16, d.float16, d.uint32, d.uint64)
_FLOAT = (d.bfloat16, d.float16, d.float32, d.float64)
_COMPLEX = (d.complex64, d.complex128)

T = Types("T")  # any type
S = Types("S")  # another type, any
N = Types("N", (*_REAL[:6], d.complex64, *_REAL[6:7], d.bfloat16, d.uint16, d.complex128, *_REAL[9:]),
          "float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, complex128, float16, uint32, uint64")
R = Types("R", _REAL)  # real numbers
F = Types("F", _FLOAT)
FC = Types("FC", _FLOAT + _COMPLEX)
NET = Types("F", _FLOAT, "float16, bfloat16, float32, float64")  # F as TensorFlow lists it for the ops of networks
I = Types("I", (d.int32, d.int64))  # noqa: E741 - the letter of the textbook
J = Types("J", (d.int32, d.int64))
MM = Types("MM", (*_FLOAT, d.int32, d.int64, *_COMPLEX))  # what MatMul takes
Each = Types("*")  # any type, and another one for each input of a list
Host = HostInts()
boolean, string = d.bool_dtype, d.string
int32, int64, float32, float64 = d.int32, d.int64, d.float32, d.float64


class ShapeError(ValueError):
    """What is wrong with the shapes; the caller adds which op and which shapes. `extra` goes to the line's end."""

    def __init__(self, text: str, extra: str = "") -> None:
        super().__init__(text)
        self.extra = extra


class Call(NamedTuple):
    """What a shape rule may look at: input shapes, the values of inputs known already, attributes."""

    shapes: list[TensorShape]
    inputs: tuple[Any, ...]
    attrs: dict[str, Any]
    value: Callable[[Any], Any]  # tensor -> NumPy array, with None for unknown elements; or None

    def host(self, i: int) -> Any:
        """Input i's value when all of it is known: an int or a tuple."""
        v = self.value(self.inputs[i])
        if v is None or v.dtype == object and any(e is None for e in v.ravel()):
            return None
        return int(v) if v.ndim == 0 else tuple(int(e) for e in v.ravel())

    def sizes(self, i: int) -> tuple[int | None, ...] | None:
        """Input i's value as a shape, perhaps partly known; None when not even the rank is known."""
        v = self.value(self.inputs[i])
        if v is None:
            n = self.shapes[i].num_elements() if self.shapes[i].ndims == 1 else None
            return None if n is None else (None,) * n
        return tuple(None if e is None or e < 0 else int(e) for e in np.ravel(v))


ShapeRule = Callable[[Call], list[TensorShape]]


def same(call: Call) -> list[TensorShape]:
    """The result has the first input's shape."""
    return [call.shapes[0]]


def scalar(call: Call) -> list[TensorShape]:
    return [TensorShape.of(())]


def unknown(call: Call) -> list[TensorShape]:
    return [unknown_shape()]


def merged(call: Call) -> list[TensorShape]:
    """All inputs have one shape, and so has the result."""
    shape = call.shapes[0]
    for other in call.shapes[1:]:
        shape = require_merge(shape, other)
    return [shape]


def require_merge(a: TensorShape, b: TensorShape) -> TensorShape:
    """The common shape of both, or TensorFlow's words for why there is none."""
    if a.sizes == b.sizes:
        return a
    if a.ndims is not None and b.ndims is not None and a.ndims != b.ndims:
        raise ShapeError(f"Shapes must be equal rank, but are {a.ndims} and {b.ndims}")
    if not a.is_compatible_with(b):
        pairs = enumerate(zip(a.sizes or (), b.sizes or (), strict=True))
        i, (p, q) = next((i, pq) for i, pq in pairs if None not in pq and pq[0] != pq[1])
        raise ShapeError(
            f"Dimension {i} in both shapes must be equal, but are {p} and {q}. Shapes are {a.brackets()} and {b.brackets()}."
        )
    return a.merge_with(b)


def broadcasting(call: Call) -> list[TensorShape]:
    """NumPy's broadcasting of the inputs."""
    out = call.shapes[0]
    for other in call.shapes[1:]:
        if other.sizes == out.sizes:
            continue
        joined = broadcast(out, other)
        if joined is None:
            p, q = _clash(out, other)
            raise ShapeError(f"Dimensions must be equal, but are {p} and {q}")
        out = joined
    return [out]


def _clash(a: TensorShape, b: TensorShape) -> tuple[int, int]:
    pairs = zip(reversed(a.sizes or ()), reversed(b.sizes or ()), strict=False)
    return next((p, q) for p, q in pairs if p is not None and q is not None and p != q and 1 not in (p, q))


def letters(pattern: str) -> ShapeRule:
    """The rule of a pattern such as 'm k, k n -> m n'."""
    left, right = pattern.split("->")
    inputs = [part.split() for part in left.split(",")]
    outputs = [part.split() for part in right.split(",")]

    def rule(call: Call) -> list[TensorShape]:
        bound: dict[str, Any] = {}
        for words, shape in zip(inputs, call.shapes, strict=False):
            _bind(words, shape, bound)
        return [_build(words, bound) for words in outputs]

    rule.pattern = pattern  # type: ignore[attr-defined]
    return rule


def _bind(words: list[str], shape: TensorShape, bound: dict[str, Any]) -> None:
    sizes = shape.sizes
    star = next((i for i, w in enumerate(words) if w[0] == "*"), None)
    if sizes is None:
        return
    n = len(words) - (star is not None)
    if star is None and len(sizes) != n:
        raise ShapeError(f"Shape must be rank {n} but is rank {len(sizes)}")
    if len(sizes) < n:
        raise ShapeError(f"Shape must be at least rank {n} but is rank {len(sizes)}")
    if star is not None:
        tail = len(words) - star - 1
        middle = sizes[star : len(sizes) - tail]
        old = bound.get(words[star])
        bound[words[star]] = middle if old is None else require_merge(TensorShape.of(old), TensorShape.of(middle)).sizes
        pairs = list(zip(words[:star], sizes, strict=False)) + list(zip(words[star + 1 :], sizes[len(sizes) - tail :], strict=True))
    else:
        pairs = list(zip(words, sizes, strict=True))
    for word, size in pairs:
        old = int(word) if word.isdigit() else bound.get(word)
        if old is not None and size is not None and old != size:
            raise ShapeError(f"Dimensions must be equal, but are {old} and {size}")
        bound[word] = size if old is None else old


def _build(words: list[str], bound: dict[str, Any]) -> TensorShape:
    sizes: list[int | None] = []
    for word in words:
        if word[0] == "*":
            if word not in bound:
                return unknown_shape()
            sizes += bound[word]
        else:
            sizes.append(int(word) if word.isdigit() else bound.get(word))
    return TensorShape.of(tuple(sizes))


RULES: dict[str, ShapeRule] = {
    "same": same, "scalar": scalar, "unknown": unknown, "merged": merged, "broadcast": broadcasting,
}  # fmt: skip


def is_pure(rule: ShapeRule) -> bool:
    """Whether a rule looks at nothing but shapes: one that has a name, or a pattern."""
    return rule in RULES.values() or getattr(rule, "pattern", None) is not None


def shape_rule(shape: Any) -> ShapeRule:
    """A rule from its name, its pattern, or the function itself."""
    if callable(shape):
        return shape  # type: ignore[no-any-return]
    return RULES[shape] if shape in RULES else letters(shape)
