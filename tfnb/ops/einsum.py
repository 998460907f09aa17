"""Sums of products written with letters: einsum.

    einsum("ij,jk->ik", a, b)    letters missing on the right are summed over: this is matmul

Two tensors become one matrix product: axes are put in order, letters of a kind merged into one axis.
"""

from __future__ import annotations

import math
import re
from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import MM, Call, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import diagonals, linear, reduce
from tfnb.ops.elementwise import conj, multiply

__all__ = ["einsum"]


# -- any number of tensors at once --------------------------------------------------------------------------
def _einsum_shape(call: Call) -> list[TensorShape]:
    left, right = call.attrs["equation"].split("->")
    bound: dict[str, int | None] = {}
    for letters, shape in zip(left.split(","), call.shapes, strict=True):
        if shape.sizes is None:
            continue
        if len(letters) != len(shape.sizes):
            raise ShapeError(f"Shape must be rank {len(letters)} but is rank {len(shape.sizes)}")
        for letter, n in zip(letters, shape.sizes, strict=True):
            old = bound.get(letter)
            if None not in (old, n) and old != n:
                raise ShapeError(f"Dimensions must be equal, but are {old} and {n}")
            bound[letter] = n if old is None else old
    return [TensorShape.of(tuple(bound.get(letter) for letter in right))]


@op("Einsum", shape=_einsum_shape)
def einsum_op(xp: Any, *inputs: MM, equation: str) -> MM:
    """Sum of products, axes named by letters: those missing on the right are summed over."""
    return xp.einsum(equation, *inputs, optimize=True)


@einsum_op.flops
def einsum_flops(node: Operation, sizes: Any) -> float:
    """A product for each choice of all letters, and an addition."""
    left = node.attrs["equation"].split("->")[0]
    bound = {c: n for letters, x in zip(left.split(","), node.inputs, strict=True) for c, n in zip(letters, sizes(x), strict=False)}
    return float(len(node.inputs) * math.prod(bound.values()))


@einsum_op.gradient
def einsum_gradient(node: Operation, dy: Tensor) -> Any:
    left, right = node.attrs["equation"].split("->")
    terms = left.split(",")
    out = []
    for i, (letters, x) in enumerate(zip(terms, node.inputs, strict=True)):
        others = [(t, conj(node.inputs[k])) for k, t in enumerate(terms) if k != i]
        seen = set(right).union(*(t for t, _ in others))
        found = "".join(c for c in letters if c in seen)
        equation = ",".join([right, *(t for t, _ in others)]) + "->" + found
        out.append(_repeated(einsum_op(dy, *(v for _, v in others), equation=equation), x, letters, found))
    return out


def _repeated(dx: Tensor, x: Tensor, letters: str, found: str) -> Tensor:
    """`dx`, whose axes are `found`, repeated along the axes of `x` that were summed over alone."""
    from tfnb.ops import arrays

    for i, letter in enumerate(letters):
        if letter not in found:
            dx = arrays.expand_dims(dx, i)
    return dx if letters == found else arrays.broadcast_to(dx, arrays.shape(x))


# -- as matrix products --------------------------------------------------------------------------------------
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Sum of products over axes named by letters, as `numpy.einsum`.

    Raises ValueError for an equation that does not fit the inputs.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])))
    [21. 43.]
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"invalid keyword arguments for this function: {', '.join(sorted(kwargs))}")
    with name_scope(name, "einsum", list(inputs)) as scope:
        tensors = [convert_to_tensor(x, name="operand") for x in inputs]
        if len(tensors) == 1 and re.fullmatch(r"([a-z])\1", equation.strip()):
            return diagonals.trace(tensors[0])
        terms, right = _explicit(equation, tensors)
        shared = [c for c in set("".join(terms)) if sum(c in t for t in terms) > 2 and c not in right]
        if shared or any(t.shape.ndims is None for t in tensors):
            return einsum_op(*tensors, equation=",".join(terms) + "->" + right, name=scope)
        total, letters = tensors[0], terms[0]
        for x, term in zip(tensors[1:], terms[1:], strict=True):
            total, letters = _product(total, letters, x, term, set(letters) & set(term) - set(right))
        gone = [i for i, c in enumerate(letters) if c not in right]
        if gone:
            total = reduce.reduce_sum(total, axis=gone)
            letters = "".join(c for c in letters if c in right)
        return _ordered(total, [letters.index(c) for c in right])


def _product(x: Tensor, x_letters: str, y: Tensor, y_letters: str, summed: set[str]) -> tuple[Tensor, str]:
    """x and y multiplied and summed over letters that only they have: as one (batched) matrix product."""
    from tfnb.ops import arrays

    both = sorted(set(x_letters) & set(y_letters) - summed)
    only_x, only_y = sorted(set(x_letters) - set(y_letters)), sorted(set(y_letters) - set(x_letters))
    inner, n = sorted(summed), len(both)
    x = _ordered(x, [x_letters.index(c) for c in both + only_x + inner])
    y = _ordered(y, [y_letters.index(c) for c in both + inner + only_y])
    letters = "".join(both + only_x + only_y)
    if not inner:
        for _ in only_y:
            x = arrays.expand_dims(x, -1)
        for _ in only_x:
            y = arrays.expand_dims(y, n)
        return multiply(x, y), letters
    x_sizes, y_sizes = _sizes(x), _sizes(y)
    x = _reshaped(x, [*x_sizes[:n], _total(x_sizes[n : n + len(only_x)]), _total(x_sizes[n + len(only_x) :])])
    y = _reshaped(y, [*y_sizes[:n], _total(y_sizes[n : n + len(inner)]), _total(y_sizes[n + len(inner) :])])
    out = linear.matmul(x, y)
    return _reshaped(out, x_sizes[: n + len(only_x)] + y_sizes[n + len(inner) :]), letters


def _sizes(x: Tensor) -> list[Any]:
    from tfnb.ops import arrays

    return [arrays.shape(x)[i] if n is None else n for i, n in enumerate(x.shape.as_list())]


def _total(sizes: list[Any]) -> Any:
    return math.prod(sizes) if all(isinstance(n, int) for n in sizes) or len(sizes) != 1 else sizes[0]


def _reshaped(x: Tensor, sizes: list[Any]) -> Tensor:
    from tfnb.ops import arrays

    if x.shape.ndims == len(sizes) and all(
        n == m or m is None and not isinstance(n, int) for n, m in zip(sizes, x.shape.as_list(), strict=True)
    ):
        return x
    unknown = [i for i, n in enumerate(sizes) if not isinstance(n, int)]
    sizes = [-1 if unknown == [i] else n for i, n in enumerate(sizes)]
    return arrays.reshape(x, sizes)


def _ordered(x: Tensor, order: list[int]) -> Tensor:
    from tfnb.ops import arrays

    return x if order == list(range(len(order))) else arrays.transpose(x, perm=order)


def _explicit(equation: str, inputs: list[Tensor]) -> tuple[list[str], str]:
    """The letters of each input and of the result, with letters for the ellipsis."""
    text = equation.replace(" ", "")
    if not re.match(r"^[a-zA-Z.,]*(->[a-zA-Z.]*)?$", text):
        raise ValueError(f"Indices have incorrect format: {equation}")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(inputs):
        raise ValueError(f'Got {len(inputs)} arguments for equation "{equation}", expecting {len(terms)}')
    spare = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in text]
    longest = ""
    for i, (term, x) in enumerate(zip(terms, inputs, strict=True)):
        if "..." in term:
            extra = (x.shape.ndims or 0) - len(term) + 3
            dots = "".join(spare[:extra][::-1])
            longest = max(longest, dots, key=len)
            terms[i] = term.replace("...", dots)
        if len(set(terms[i])) < len(terms[i]):
            raise ValueError(f"Subscript not supported: an axis appears more than once: {terms[i]}")
    letters = "".join(terms)
    if not arrow:
        right = longest + "".join(sorted(c for c in set(letters) - set(longest) if letters.count(c) == 1))
    right = right.replace("...", longest)
    if set(right) - set(letters):
        raise ValueError(f"Invalid equation: {equation}")
    return terms, right
