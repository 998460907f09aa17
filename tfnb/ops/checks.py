"""Checks of what a tensor is: its kind of number, its rank; and of how near two are.

assert_near(x, y)      assert_scalar(x)      is_numeric_tensor(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, compare, host, reduce
from tfnb.ops.parts import abs as absolute
from tfnb.ops.sources import no_op

__all__ = [
    "assert_integer", "assert_near", "assert_rank_in", "assert_same_float_dtype", "assert_scalar", "assert_type", "is_numeric_tensor",
]  # fmt: skip


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether this is a tensor of numbers.

    >>> tf.is_numeric_tensor(tf.constant([1, 2]))
    True
    """
    return isinstance(tensor, Tensor) and tensor.dtype.base_dtype.name not in (
        "string",
        "bool",
        "resource",
        "variant",
    )


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: Any = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that stops the run unless |x - y| < atol + rtol |y| for all elements; both default to 10 eps.

    >>> sess.run(tf.assert_near([1.0], [1.0 + 1e-7]))
    """
    with name_scope(name, "assert_near", [x, y, rtol, atol]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, x.dtype.base_dtype, name="y")
        eps = 10 * np.finfo(x.dtype.np).eps
        relative = convert_to_tensor(eps if rtol is None else rtol, x.dtype.base_dtype, name="rtol")
        most = convert_to_tensor(eps if atol is None else atol, x.dtype.base_dtype, name="atol")
        said = f"x and y not equal to tolerance rtol = {relative}, atol = {most}"
        facts = [message or "", said, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        bound = most + relative * absolute(y)
        close = reduce.reduce_all(compare.less(absolute(x - y), bound))
        return host.Assert(close, data or facts, summarize=summarize)


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """The tensor; ValueError where it is known not to be a scalar.

    >>> tf.assert_scalar(tf.constant(3)).shape
    TensorShape([])
    """
    with name_scope(name, "assert_scalar", [tensor]):
        x = convert_to_tensor(tensor)
        if x.shape.ndims not in (None, 0):
            said = f"{message or ''}Expected scalar shape for {x.name}, saw shape: {x.shape}."
            raise ValueError(said)
        return x


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> Operation:
    """An operation that does nothing; TypeError where the tensor has another dtype.

    >>> tf.assert_type(tf.constant(3), tf.int32).name
    'assert_type/statically_determined_correct_type'
    """
    with name_scope(name, "assert_type", [tensor]):
        x = convert_to_tensor(tensor, name="tensor")
        if x.dtype.base_dtype is not as_dtype(tf_type):
            raise TypeError(f"{message or ''}  {x.name} must be of type {as_dtype(tf_type)}")
        return no_op(name="statically_determined_correct_type")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """An operation that does nothing; TypeError where the tensor does not hold whole numbers.

    >>> sess.run(tf.assert_integer([1, 2]))
    """
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            said = f'Expected "x" to be integer type.  Found: {x.name} of dtype {x.dtype}'
            raise TypeError(f"{message or ''}  {said}")
        return no_op(name="statically_determined_was_integer")


def assert_rank_in(
    x: Any,
    ranks: Any,
    data: Any = None,
    summarize: Any = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that does nothing; ValueError where the tensor has none of the ranks.

    >>> sess.run(tf.assert_rank_in([[1, 2]], (1, 2)))
    """
    with name_scope(name, "assert_rank_in", [x]):
        x = convert_to_tensor(x, name="x")
        if x.shape.ndims is None:
            holds = reduce.reduce_any(compare.equal(arrays.rank(x), arrays.constant(list(ranks))))
            return host.Assert(
                holds, [message or "", f"Tensor {x.name} must have rank in", str(tuple(ranks))]
            )
        if x.shape.ndims not in ranks:
            said = f"Tensor {x.name} must have rank in {tuple(ranks)}.  Received rank {x.shape.ndims}, shape {x.shape}"
            raise ValueError(f"{message or ''}.  {said}")
        return no_op(name="static_checks_determined_all_ok")


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The floating dtype that all the tensors have; ValueError where they differ.

    >>> print(tf.assert_same_float_dtype([tf.ones([1])]))
    <dtype: 'float32'>
    """
    found, first = None if dtype is None else as_dtype(dtype), None
    for t in tensors or ():
        have = t.dtype.base_dtype
        if found is not None and have is not found:
            like = f" as {first.name}" if first is not None else ""
            raise ValueError(f"{t.name}, type={have}, must be of the same type ({found}){like}.")
        first, found = first if first is not None else t, have
    found = found or as_dtype("float32")
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found}.")
    return found
