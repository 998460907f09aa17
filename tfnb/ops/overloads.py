"""What + - * / and the rest mean between tensors: each adds one node.

a + b       AddV2 named 'add'           1 - a       Sub named 'sub', with a Const 'sub/x'
a / b       RealDiv named 'truediv'     a[1:]       StridedSlice (indexing.py)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.dtypes import string
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import compare, division, elementwise, parts, powers

__all__: list[str] = []


def plus(x: Tensor, y: Tensor, name: str) -> Any:
    return (elementwise.add if x.dtype.base_dtype is string else elementwise.add_v2)(x, y, name=name)


def floor_divide(x: Tensor, y: Tensor, name: str) -> Any:
    return division.floor_div(x, y, name=name)


def python2_divide(x: Tensor, y: Tensor, name: str) -> Any:
    return division.div(x, y, name=name)


def true_divide(x: Tensor, y: Tensor, name: str) -> Any:
    return division.truediv(x, y, name=name)


def matrix_multiply(x: Tensor, y: Tensor, name: str) -> Any:
    from tfnb.ops import linear  # linear algebra is built upon the operators

    return linear.matmul(x, y, name=name)


BINARY: dict[str, tuple[str, Any]] = {
    "add": ("add", plus),
    "sub": ("sub", elementwise.subtract),
    "mul": ("mul", elementwise.multiply),
    "truediv": ("truediv", true_divide),
    "div": ("div", python2_divide),
    "floordiv": ("floordiv", floor_divide),
    "mod": ("mod", division.floormod),
    "pow": ("pow", powers.pow),
    "matmul": ("matmul", matrix_multiply),
    "and": ("and", compare.logical_and),
    "or": ("or", compare.logical_or),
    "xor": ("xor", compare.logical_xor),
}
COMPARE = {
    "lt": ("Less", compare.less),
    "le": ("LessEqual", compare.less_equal),
    "gt": ("Greater", compare.greater),
    "ge": ("GreaterEqual", compare.greater_equal),
}
UNARY = {"neg": elementwise.negative, "abs": parts.abs, "invert": compare.logical_not}


def _binary(name: str, make: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Tensor, other: Any) -> Any:
        with name_scope(None, name, [self, other]) as scope:
            try:
                y = convert_to_tensor(other, name="y", preferred_dtype=self.dtype.base_dtype)
            except TypeError:
                if hasattr(type(other), f"__r{name}__"):
                    return NotImplemented
                raise
            return make(self, y, name=scope)

    def reflected(self: Tensor, other: Any) -> Any:
        with name_scope(None, name, [other, self]) as scope:
            return make(convert_to_tensor(other, self.dtype.base_dtype, name="x"), self, name=scope)

    return forward, reflected


def _comparison(name: str, make: Any) -> Callable[..., Any]:
    def compared(self: Tensor, other: Any) -> Any:
        return make(self, other, name=name)

    return compared


def _unary(make: Any) -> Callable[..., Any]:
    def of_one(self: Tensor) -> Any:
        return make(self)

    return of_one


def _attach() -> None:
    for key, (name, make) in BINARY.items():
        forward, reflected = _binary(name, make)
        setattr(Tensor, f"__{key}__", forward)
        setattr(Tensor, f"__r{key}__", reflected)
    for key, (name, comparison) in COMPARE.items():
        setattr(Tensor, f"__{key}__", _comparison(name, comparison))
    for key, unary in UNARY.items():
        setattr(Tensor, f"__{key}__", _unary(unary))


_attach()
