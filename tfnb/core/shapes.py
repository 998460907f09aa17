"""Static shapes: what is known of a tensor's shape before anything runs.

    TensorShape([None, 3])      prints (?, 3); the first size is known only when the graph runs
    TensorShape(None)           prints <unknown>; not even the rank is known
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["Dimension", "TensorShape", "as_shape", "broadcast", "unknown_shape"]


class Dimension:
    """One size of a shape: an int, or None while unknown.

    >>> tf.Dimension(3) * 2
    Dimension(6)
    """

    __slots__ = ("_value",)

    _value: int | None

    def __init__(self, value: Any) -> None:
        if value is None or isinstance(value, Dimension):
            self._value = value._value if isinstance(value, Dimension) else None
            return
        self._value = int(value)
        if not isinstance(value, (str, bytes)) and not isinstance(value, Dimension) and self._value != value:
            raise ValueError(f"Ambiguous dimension: {value}")
        if self._value < 0:
            raise ValueError(f"Dimension {self._value} must be >= 0")

    @property
    def value(self) -> int | None:
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        other = Dimension(other)
        return self._value is None or other._value is None or self._value == other._value

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {Dimension(other)} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        other = Dimension(other)
        self.assert_is_compatible_with(other)
        return other if self._value is None else self

    def _arithmetic(self, other: Any, rule: Any) -> Any:
        try:
            other = Dimension(other)
        except (TypeError, ValueError):
            return NotImplemented
        known = self._value is not None and other._value is not None
        return Dimension(rule(self._value, other._value) if known else None)

    def __add__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: b // a)

    __div__ = __floordiv__

    def __truediv__(self, other: Any) -> Any:
        name = type(other).__name__
        raise TypeError(f"unsupported operand type(s) for /: 'Dimension' and '{name}', please use // instead")

    def __mod__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a % b)

    def _compare(self, other: Any, rule: Any) -> Any:
        other = Dimension(other)
        return None if self._value is None or other._value is None else rule(self._value, other._value)

    def __eq__(self, other: object) -> Any:
        try:
            return self._compare(other, lambda a, b: a == b)
        except (TypeError, ValueError):
            return NotImplemented

    def __ne__(self, other: object) -> Any:
        try:
            return self._compare(other, lambda a, b: a != b)
        except (TypeError, ValueError):
            return NotImplemented

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a >= b)

    def __hash__(self) -> int:
        return hash(self._value)

    def __int__(self) -> Any:
        return self._value

    def __index__(self) -> Any:
        if self._value is None:
            raise TypeError("__index__ returned non-int (type NoneType)")
        return self._value

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"


class TensorShape:
    """A tuple of sizes, some perhaps unknown (None), or of unknown rank altogether.

    >>> tf.TensorShape([None, 3]).as_list()
    [None, 3]
    """

    __slots__ = ("_dims",)

    def __init__(self, dims: Any) -> None:
        self._dims: tuple[int | None, ...] | None
        if dims is None:
            self._dims = None
        elif isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif hasattr(dims, "__iter__") and not isinstance(dims, (str, bytes)):
            self._dims = tuple(_size(d) for d in dims)
        else:
            self._dims = (_size(dims),)

    @classmethod
    def of(cls, dims: tuple[int | None, ...] | None) -> TensorShape:
        """A shape of sizes already checked: what shape rules return, without checking them again."""
        shape = cls.__new__(cls)
        shape._dims = dims
        return shape

    @property
    def sizes(self) -> tuple[int | None, ...] | None:
        """Plain ints and Nones, or None for an unknown rank."""
        return self._dims

    @property
    def dims(self) -> list[Dimension] | None:
        return None if self._dims is None else [Dimension(d) for d in self._dims]

    @property
    def ndims(self) -> int | None:
        return None if self._dims is None else len(self._dims)

    rank = ndims

    def as_list(self) -> list[int | None]:
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def num_elements(self) -> int | None:
        return math.prod(self._dims) if self.is_fully_defined() and self._dims is not None else None  # type: ignore[arg-type]

    def is_fully_defined(self) -> bool:
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self) -> None:
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def is_compatible_with(self, other: Any) -> bool:
        a, b = self._dims, as_shape(other)._dims
        if a is None or b is None:
            return True
        return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def assert_same_rank(self, other: Any) -> None:
        other = as_shape(other)
        if self.ndims is not None and other.ndims is not None and self.ndims != other.ndims:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank: int) -> TensorShape:
        try:
            return self.merge_with(TensorShape([None] * rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank}") from None

    def with_rank_at_least(self, rank: int) -> TensorShape:
        if self.ndims is not None and self.ndims < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        if self.ndims is not None and self.ndims > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def merge_with(self, other: Any) -> TensorShape:
        """The shape that both allow; ValueError when they contradict each other."""
        other = as_shape(other)
        if self._dims is None:
            return other  # type: ignore[no-any-return]
        if other._dims is None:
            return self
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        return TensorShape.of(tuple(y if x is None else x for x, y in zip(self._dims, other._dims, strict=True)))

    def concatenate(self, other: Any) -> TensorShape:
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return unknown_shape()
        return TensorShape.of(self._dims + other._dims)

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        other = as_shape(other)
        if self._dims is None or other._dims is None or len(self._dims) != len(other._dims):
            return unknown_shape()
        return TensorShape.of(tuple(a if a == b else None for a, b in zip(self._dims, other._dims, strict=True)))

    def as_proto(self) -> Any:
        """This shape as TensorFlow's TensorShapeProto."""
        from tfnb.core.tensor_proto import shape_proto

        return shape_proto(self)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __iter__(self) -> Iterator[Dimension]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(d) for d in self._dims])

    def __getitem__(self, key: Any) -> Any:
        if self._dims is None:
            return unknown_shape() if isinstance(key, slice) else Dimension(None)
        got = self._dims[key]
        return TensorShape.of(got) if isinstance(key, slice) else Dimension(got)

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        try:
            dims = as_shape(other)._dims  # as in TensorFlow, a shape with an unknown size equals only itself
            return self is other or dims is self._dims or dims == self._dims and (dims is None or None not in dims)
        except (TypeError, ValueError):
            return NotImplemented

    def __ne__(self, other: object) -> bool:
        if self._dims is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return not self == other

    def __hash__(self) -> int:
        return hash(self._dims)

    def __str__(self) -> str:
        if self._dims is None:
            return "<unknown>"
        sizes = ["?" if d is None else str(d) for d in self._dims]
        return f"({sizes[0]},)" if len(sizes) == 1 else "(" + ", ".join(sizes) + ")"

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def brackets(self) -> str:
        """The form of TensorFlow's shape errors: [2,?]."""
        return "<unknown>" if self._dims is None else "[" + ",".join("?" if d is None else str(d) for d in self._dims) + "]"


def _size(d: Any) -> int | None:
    return d if d is None or type(d) is int and d >= 0 else Dimension(d).value


def as_shape(value: Any) -> TensorShape:
    """A TensorShape from a shape, a list of sizes, one size, or None."""
    return value if isinstance(value, TensorShape) else TensorShape(value)


def unknown_shape(ndims: int | None = None) -> TensorShape:
    """The shape of which only the rank, or nothing, is known."""
    return TensorShape.of(None if ndims is None else (None,) * ndims)


def broadcast(a: TensorShape, b: TensorShape) -> TensorShape | None:
    """NumPy's broadcasting on partly known shapes; None when they cannot be broadcast.

    >>> str(broadcast(TensorShape([None, 1]), TensorShape([5])))
    '(?, 5)'
    """
    x, y = a.sizes, b.sizes
    if x is None or y is None:
        return unknown_shape()
    n = max(len(x), len(y))
    left: Iterable[int | None] = (1,) * (n - len(x)) + x
    right: Iterable[int | None] = (1,) * (n - len(y)) + y
    out: list[int | None] = []
    for p, q in zip(left, right, strict=True):
        if p == 1 or q == 1:
            out.append(q if p == 1 else p)
        elif p is None or q is None:
            out.append(q if p is None else p)
        elif p == q:
            out.append(p)
        else:
            return None
    return TensorShape.of(tuple(out))
