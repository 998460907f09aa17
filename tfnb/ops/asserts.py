"""Checks of values while the graph runs: assert_equal and its kin.

with tf.control_dependencies([tf.assert_positive(x)]):
    y = tf.log(x)            is computed only after the check
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import name_scope
from tfnb.ops import compare, host, reduce
from tfnb.ops.sources import constant, no_op

__all__ = [
    "assert_equal", "assert_greater", "assert_greater_equal", "assert_less", "assert_less_equal",
    "assert_negative", "assert_non_negative", "assert_non_positive", "assert_none_equal",
    "assert_positive", "assert_rank", "assert_rank_at_least",
]  # fmt: skip


def _shown(x: Tensor) -> str:
    """A tensor's name; in eager mode, where there are none, what kind it is."""
    return getattr(x, "name", "Tensor")


def _fully_known(x: Any) -> Any:
    """The value of a tensor that the graph alone tells in all its elements; else None."""
    value = None if x.op.type == "Identity" else static_value(x)  # TensorFlow's Python does not look through one
    return None if value is not None and value.dtype == object and None in value.ravel().tolist() else value


def _comparison(name: str, sign: str, compared: Any, known: Any) -> Any:
    def check(
        x: Any, y: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: str = name
    ) -> Any:
        with name_scope(name, name, [x, y]):
            x = convert_to_tensor(x, name="x")
            y = convert_to_tensor(y, x.dtype.base_dtype, name="y")
            if x is y and "=" in sign and sign != "!=":
                return no_op()
            a, b = _fully_known(x), _fully_known(y)
            said = f"Condition x {sign} y did not hold element-wise:"
            if a is not None and b is not None:
                if np.all(known(a, b)):
                    return no_op()
                listed = [message, said, f"x ({_shown(x)}) = ", str(a), f"y ({_shown(y)}) = ", str(b)]
                given = [v if isinstance(v, str) else str(_fully_known(convert_to_tensor(v))) for v in data or ()]
                text = "\n".join(given or filter(None, listed))
                raise InvalidArgumentError(None, None, text, "Both values are constants of the graph.")
            facts = [*([message] if message else []), said, f"x ({_shown(x)}) = ", x, f"y ({_shown(y)}) = ", y]
            return host.Assert(reduce.reduce_all(compared(x, y)), data or facts, summarize=summarize)

    pair = {"==": "[1], [1]", "!=": "[1], [2]", "<": "[1], [2]", "<=": "[1], [2]", ">": "[2], [1]", ">=": "[2], [1]"}[sign]
    check.__doc__ = f"An operation that stops the run unless x {sign} y for all elements.\n\n>>> sess.run(tf.{name}({pair}))\n"
    return check


def _against_zero(name: str, sign: str, whole: Any, zero_first: bool) -> Any:
    def check(
        x: Any, data: Any = None, summarize: Any = None, message: str | None = None, name: str = name
    ) -> Any:
        with name_scope(name, name, [x]):
            x = convert_to_tensor(x, name="x")
            data = data or [message or "", f"Condition x {sign} 0 did not hold element-wise:", f"x ({_shown(x)}) = ", x]
            zero = constant(0, x.dtype.base_dtype)
            return whole(*((zero, x) if zero_first else (x, zero)), data=data, summarize=summarize)

    fits = {">": 1, ">=": 0, "<": -1, "<=": 0}[sign]
    what = name[7:].replace("_", " ")
    check.__doc__ = f"An operation that stops the run unless all elements are {what}.\n\n>>> sess.run(tf.{name}([{fits}]))\n"
    return check


assert_equal = _comparison("assert_equal", "==", compare.equal, np.equal)
assert_none_equal = _comparison("assert_none_equal", "!=", compare.not_equal, np.not_equal)
assert_less = _comparison("assert_less", "<", compare.less, np.less)
assert_less_equal = _comparison("assert_less_equal", "<=", compare.less_equal, np.less_equal)
assert_greater = _comparison("assert_greater", ">", compare.greater, np.greater)
assert_greater_equal = _comparison("assert_greater_equal", ">=", compare.greater_equal, np.greater_equal)
assert_positive = _against_zero("assert_positive", ">", assert_less, True)
assert_negative = _against_zero("assert_negative", "<", assert_less, False)
assert_non_negative = _against_zero("assert_non_negative", ">=", assert_less_equal, True)
assert_non_positive = _against_zero("assert_non_positive", "<=", assert_less_equal, False)


def assert_rank(
    x: Any,
    rank: int,
    data: Any = None,
    summarize: Any = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """Checks that `x` has this rank; ValueError when the graph alone tells that it has another.

    >>> sess.run(tf.assert_rank([[1, 2]], 2))
    """
    return _rank(
        x,
        rank,
        "Tensor {} must have rank {}.  Received rank {}, shape {}",
        lambda n: n == rank,
        message,
        name,
    )


def assert_rank_at_least(
    x: Any,
    rank: int,
    data: Any = None,
    summarize: Any = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """Checks that `x` has this rank or a higher one.

    >>> sess.run(tf.assert_rank_at_least([[1, 2]], 1))
    """
    text = "Tensor {} must have rank at least {}.  Received rank {}, shape {}"
    return _rank(x, rank, text, lambda n: n >= rank, message, name)


def _rank(x: Any, rank: int, text: str, holds: Any, message: str | None, name: str | None) -> Any:
    from tfnb.ops import arrays

    with name_scope(name, "assert_rank", [x]):
        x = convert_to_tensor(x, name="x")
        if x.shape.ndims is None:
            return host.Assert(holds(arrays.rank(x)), [message or "", "Tensor must have rank", rank])
        if not holds(x.shape.ndims):
            raise ValueError(f"{message or ''}.  {text.format(_shown(x), rank, x.shape.ndims, x.shape)}")
        return no_op(name="static_checks_determined_all_ok")
