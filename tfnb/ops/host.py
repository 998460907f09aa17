"""Ops that run Python on the host: printing, checking, functions of the student's own.

Print(x, [x], "x is ")       x as it is; a line is printed whenever it is computed
py_func(f, [x], float32)     what the Python function f returns for x's value; no gradient
"""

from __future__ import annotations

import itertools
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, bool_dtype, c_name
from tfnb.core.errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Each, OfAttr, T, boolean, string
from tfnb.core.scopes import name_scope

__all__ = ["Assert", "Print", "print", "py_func"]

_tokens = itertools.count()
_py_print = print


# -- what values look like -----------------------------------------------------------------------------------
def _number(v: Any) -> str:
    if isinstance(v, bytes):
        return v.decode(errors="replace")
    if isinstance(v, (np.bool_, bool)):
        return str(int(v))
    if isinstance(v, np.floating):
        short, full = (6, 9) if v.itemsize <= 4 else (15, 17)
        text = f"{v:.{short}g}"
        return text if type(v)(text) == v or v != v else f"{v:.{full}g}"
    return str(v)


def _flat(value: Any, summarize: int) -> str:
    """The first elements in a row, as in `assertion failed: [1 2 3...]`."""
    flat = np.ravel(value)
    shown = [_number(v) for v in (flat if summarize < 0 else flat[:summarize])]
    return " ".join(shown) + ("..." if len(shown) < len(flat) else "")


def _nested(value: Any, summarize: int) -> str:
    """All axes in brackets, with the middle of long ones left out: [[1 2] [3 4]] over lines."""
    value = np.asarray(value)
    if value.ndim == 0:
        return _number(value[()])
    rows = [_nested(v, summarize) for v in value]
    if 0 <= 2 * summarize < len(rows):
        rows = [*rows[:summarize], "...", *rows[-summarize:]]
    return "[" + ("\n " * (value.ndim > 1) or " ").join(rows) + "]"


# -- printing ------------------------------------------------------------------------------------------------
@op("Print", effect=True, host=True)
def print_op(
    xp: Any,
    input: T,
    *data: Each,
    message: str = "",
    first_n: int = -1,
    summarize: int = 3,
    printed: Any = None,
) -> T:
    """The input as it is; prints the message and the data each time it is computed."""
    if first_n < 0 or next(printed) < first_n:
        text = message + "".join(f"[{_flat(v, summarize)}]" for v in data)
        _py_print(text, file=sys.stderr)
    return input


@op("StringFormat", shape="scalar", host=True, differentiable=False)
def string_format(xp: Any, *inputs: Each, template: str, summarize: int = 3) -> string:
    """The template with the values in the places of {}."""
    parts = template.split("{}")
    texts = [_nested(v, summarize) for v in inputs]
    return "".join(a + b for a, b in zip(parts, [*texts, ""], strict=True)).encode()


def strings_format(template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None) -> Any:
    """The template with the values of one tensor, or of several, in the places of `placeholder`. Raises ValueError where their numbers differ.

    >>> print(tf.strings.format("x is {}", tf.constant([1, 2])).eval())
    b'x is [1 2]'
    """
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if template.count(placeholder) != len(given):
        raise ValueError(f"{template.count(placeholder)} placeholder(s) in template does not match {len(given)} tensor(s) provided as input")
    return string_format(*given, template=template.replace(placeholder, "{}"), summarize=summarize, name=name)


@op("PrintV2", effect=True, host=True)
def print_v2(xp: Any, input: string, *, output_stream: Any = None, end: str = "\n") -> None:
    """Prints a line."""
    _py_print(input.decode(), file=output_stream or sys.stderr, end=end)


@print_op.gradient
def print_gradient(node: Operation, dy: Tensor) -> Any:
    return [dy] + [None] * (len(node.inputs) - 1)


def Print(  # noqa: N802 - TensorFlow's name
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`input_` as it is; prints `message` and the values of `data` each time it is computed.

    >>> x = tf.Print(tf.constant(3), [], message="seen")
    >>> x.shape
    TensorShape([])
    """
    limits = {"first_n": first_n or -1, "summarize": summarize or 3, "printed": itertools.count()}
    tensors = [convert_to_tensor(d) for d in data]
    return print_op(convert_to_tensor(input_), *tensors, message=message or "", **limits, name=name)


def print(*inputs: Any, **given: Any) -> Operation:  # noqa: A001 - TensorFlow's name
    """An operation that prints its inputs, tensors by their values, whenever it runs.

    >>> sess.run(tf.print("x is", tf.constant([1, 2]), output_stream=__import__("sys").stdout))
    x is [1 2]
    """
    sep, summarize = given.get("sep", " "), given.get("summarize", 3)
    template = sep.join("{}" if isinstance(x, Tensor) else str(x).replace("{}", "{ }") for x in inputs)
    tensors = [x for x in inputs if isinstance(x, Tensor)]
    text = string_format(*tensors, template=template, summarize=3 if summarize is None else summarize)
    stream = given.get("output_stream")
    return print_v2(text, output_stream=stream, end=given.get("end", "\n"), name=given.get("name"))


# -- checking ------------------------------------------------------------------------------------------------
@op("Assert", effect=True, host=True)
def assert_op(xp: Any, condition: boolean, *data: Each, summarize: int = 3) -> None:
    """Stops the run with the data in its message unless the condition is true."""
    if not condition:
        shown = " ".join(f"[{_flat(v, summarize)}]" for v in data)
        raise InvalidArgumentError(None, None, f"assertion failed: {shown}")


def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Operation:  # noqa: N802
    """An operation that stops the run with `data` in its message unless `condition` is true.

    >>> sess.run(tf.Assert(tf.constant(True), ["never shown"]))
    """
    with name_scope(name, "Assert", [condition]):
        tensors = [convert_to_tensor(d) for d in data]  # TensorFlow makes these constants, too, and then those of the op
        check = convert_to_tensor(condition, None if isinstance(condition, Tensor) else bool_dtype)
        return assert_op(check, *(t if isinstance(d, Tensor) else d for d, t in zip(data, tensors, strict=True)), summarize=summarize or 3, name="Assert")


# -- Python functions ----------------------------------------------------------------------------------------
@op("PyFunc", shape="unknown", effect=True, host=True, differentiable=False)
def py_func_op(xp: Any, *input: Each, func: Any, token: str, Tout: Any) -> tuple[OfAttr("Tout"), ...]:
    """What a Python function returns for the inputs' values."""
    try:
        found = func(*(v if isinstance(v, bytes) else np.asarray(v)[()] if np.ndim(v) == 0 else np.asarray(v) for v in input))
    except OpError:
        raise
    except Exception as e:
        raise _python_error(e) from e
    found = list(found) if isinstance(found, (list, tuple)) else [] if found is None else [found]
    if len(found) != len(Tout):
        raise ValueError(f"{token} returns {len(found)} values, but expects to see {len(Tout)} values.")
    results = []
    for i, (value, want) in enumerate(zip(found, Tout, strict=True)):
        results.append(_returned(value, want, f"{i}-th value returned by {token}"))
    return tuple(results)


_PYTHON_ERRORS = ((TypeError, InvalidArgumentError), (ValueError, InvalidArgumentError), (StopIteration, OutOfRangeError),
                  (MemoryError, ResourceExhaustedError), (NotImplementedError, UnimplementedError))  # fmt: skip


def _python_error(error: Exception) -> OpError:
    """An error of a student's function as TensorFlow reports it, with the function's own traceback."""
    kind = next((to for of, to in _PYTHON_ERRORS if isinstance(error, of)), UnknownError)
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return kind(None, None, f"{type(error).__name__}: {error}\n{''.join(lines[:1] + lines[2:])}")  # type: ignore[no-any-return]


py_func_stateless_op = op("PyFuncStateless", shape="unknown", host=True, differentiable=False)(py_func_op.kernel)


def _returned(value: Any, want: Any, subject: str) -> Any:
    if want is object:
        texts = np.vectorize(lambda v: v.encode() if isinstance(v, str) else bytes(v), otypes=[object])(value)
        return texts[()]
    array = np.asarray(value)
    if array.dtype != want:
        got, wanted = (c_name(t.name) for t in (array.dtype, np.dtype(want)))
        raise ValueError(f"{subject} is {got}, but expects {wanted}")
    return array[()] if array.ndim == 0 else array


def py_func(
    func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """What the Python function `func` returns for the values of `inp`; its results have the dtypes `Tout`.

    Raises InvalidArgumentError when the function returns another dtype.

    >>> print(tf.py_func(lambda x: x + 1, [tf.constant(2)], tf.int32).eval())
    3
    """
    listed = isinstance(Tout, (list, tuple))
    types = [as_dtype(t) for t in (Tout if listed else [Tout])]
    token = f"pyfunc_{next(_tokens)}"
    node = (py_func_op if stateful else py_func_stateless_op).node(tuple(inp), {"func": func, "token": token, "Tout": types}, name)
    return list(node.outputs) if listed and node.outputs else node.outputs[0] if node.outputs else node
