"""Sums of products over any axes: einsum and tensordot.

    einsum("ij,jk->ik", a, b)    letters missing on the right are summed over: this is matmul
    tensordot(a, b, 1)           the last axis of a with the first of b
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import MM, Call, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import linear
from tfnb.ops.elementwise import conj

__all__ = ["einsum", "tensordot"]


# -- einsum ------------------------------------------------------------------------------------------------------------
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
        unknown = ", ".join(sorted(kwargs))
        raise TypeError(f"invalid keyword arguments for this function: {unknown}")
    with name_scope(name, "einsum", [equation, *inputs]) as scope:
        tensors = [convert_to_tensor(x, name="operand") for x in inputs]
        return einsum_op(*tensors, equation=_explicit(equation, tensors), name=scope)  # type: ignore[no-any-return]


def _explicit(equation: str, inputs: list[Tensor]) -> str:
    """The equation with its right side written out and letters for the ellipsis."""
    text = equation.replace(" ", "")
    if not re.match(r"^[a-zA-Z.,]*(->[a-zA-Z.]*)?$", text):
        raise ValueError(f"Indices have incorrect format: {equation}")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(inputs):
        raise ValueError(f'Expected {len(terms)} arguments for equation "{equation}", got {len(inputs)}')
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
    unknown = set(right) - set(letters)
    if unknown:
        raise ValueError(f"Unknown output axis: {min(unknown)}")
    return ",".join(terms) + "->" + right


# -- tensordot ---------------------------------------------------------------------------------------------------------
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Sum of products over `axes`: a number n (the last n of a, the first n of b) or [axes of a, axes of b].

    Raises ValueError for axes that the tensors do not have.
    """
    from tfnb.ops import arrays

    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, None if isinstance(b, Tensor) else a.dtype.base_dtype, name="b")
        axes_a, axes_b = _dot_axes(a, b, axes)
        flat_a, free_a = _as_matrix(a, axes_a, last=True)
        flat_b, free_b = _as_matrix(b, axes_b, last=False)
        product = linear.matmul(flat_a, flat_b)
        sizes = free_a + free_b
        if sum(not isinstance(n, int) for n in sizes) == 0:
            if product.shape.as_list() == sizes:
                return product
            return arrays.reshape(product, sizes, name=scope)  # type: ignore[no-any-return]
        out = arrays.reshape(product, arrays.stack(sizes), name=scope)
        out.set_shape([n if isinstance(n, int) else None for n in sizes])
        return out  # type: ignore[no-any-return]


def _dot_axes(a: Tensor, b: Tensor, axes: Any) -> tuple[list[int], list[int]]:
    if a.shape.ndims is None or b.shape.ndims is None:
        raise ValueError("tensordot needs tensors of known rank; give them one with set_shape.")
    if isinstance(axes, Tensor):
        axes = static_value(axes)
    if isinstance(axes, (int, np.integer)) or np.ndim(axes) == 0 and not isinstance(axes, (list, tuple)):
        n = int(axes)
        if n < 0:
            raise ValueError("'axes' must be at least 0.")
        if n > a.shape.ndims:
            raise ValueError(f"'axes' must not be larger than the number of dimensions of tensor {a}.")
        return list(range(a.shape.ndims - n, a.shape.ndims)), list(range(n))
    if len(axes) != 2:
        raise ValueError("'axes' must be an integer or have length 2.")
    left, right = ([int(x) for x in np.ravel(side)] for side in axes)
    if len(left) != len(right):
        raise ValueError(f"Different number of contraction axes 'a' and 'b', {len(left)} != {len(right)}.")
    return [x % a.shape.ndims for x in left], [x % b.shape.ndims for x in right]


def _as_matrix(x: Tensor, axes: list[int], last: bool) -> tuple[Tensor, list[Any]]:
    """`x` as a matrix with the axes to sum over at one side, and the sizes of the others."""
    from tfnb.ops import arrays

    shape = x.shape.as_list()
    free = [i for i in range(len(shape)) if i not in axes]
    order = free + axes if last else axes + free
    moved = arrays.transpose(x, order)
    sizes: list[Any] = [shape[i] if shape[i] is not None else arrays.shape(x)[i] for i in free]
    n_free, n_axes = _product([shape[i] for i in free]), _product([shape[i] for i in axes])
    if n_free == n_axes == -1:
        n_axes = arrays.reshape(_dynamic_product(x, axes), [])
    pair = [n_free, n_axes] if last else [n_axes, n_free]
    return arrays.reshape(moved, pair), sizes


def _product(sizes: list[Any]) -> int:
    return -1 if None in sizes else int(np.prod(sizes, dtype=np.int64))


def _dynamic_product(x: Tensor, axes: list[int]) -> Any:
    from tfnb.ops import arrays, reduce

    return reduce.reduce_prod(arrays.gather(arrays.shape(x), axes))
