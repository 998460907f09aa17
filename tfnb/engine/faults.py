"""From a failing line of a step to the error that TensorFlow would give, with the node's place in the user's code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tfnb.core.dtypes import c_name
from tfnb.core.errors import FailedPreconditionError, InvalidArgumentError, OpError
from tfnb.core.graph import Operation
from tfnb.core.op import OpDef
from tfnb.core.rules import broadcasting
from tfnb.core.shapes import TensorShape, broadcast

__all__ = ["Missing", "fault", "not_fed", "uninitialized"]


def _brackets(value: Any) -> str:
    return "[" + ",".join(str(n) for n in np.shape(value)) + "]"


def uninitialized(op: Operation, fetched: bool = False) -> OpError:
    """The variable has no value in this session."""
    if op.type == "HashTableV2":
        return FailedPreconditionError(None, op, "Table not initialized.", "Run tf.tables_initializer() in this session first.")  # type: ignore[no-any-return]
    hint = "Run tf.global_variables_initializer() in this session first, made after all variables."
    if op.type == "VarHandleOp" or getattr(op, "is_resource", False):
        text = (f"Error while reading resource variable {op.name} from Container: localhost. This could mean that the variable was "
                f"uninitialized. Not found: Container localhost does not exist. (Could not find resource: localhost/{op.name})")  # fmt: skip
        return FailedPreconditionError(None, op, text, hint)  # type: ignore[no-any-return]
    return FailedPreconditionError(None, op, f"Attempting to use uninitialized value {op.name}", hint)  # type: ignore[no-any-return]


class Missing:
    """Stands for the value of a variable that has none, where only a branch looks at it: to look is the error."""

    __slots__ = ("variable",)

    def __init__(self, variable: Operation) -> None:
        self.variable = variable

    def _fail(self, *args: Any, **named: Any) -> Any:
        raise uninitialized(self.variable)

    __array__ = __jax_array__ = __bool__ = __int__ = __float__ = __iter__ = __len__ = _fail

    @staticmethod
    def check(values: Iterable[Any]) -> None:
        """Raises FailedPreconditionError where one of the values is a variable's that has none."""
        for v in values:
            if type(v) is Missing:
                v._fail()


def not_fed(op: Operation) -> OpError:
    """The run needs this placeholder and nothing was fed."""
    tensor = op.outputs[0]
    name = tensor.dtype.base_dtype.name
    text = f"You must feed a value for placeholder tensor '{op.name}' with dtype {c_name(name)}"
    sizes = tensor.shape.sizes
    if sizes:
        text += f" and shape [{','.join('?' if n is None else str(n) for n in sizes)}]"
    return InvalidArgumentError(None, op, text, f"Give it a value: sess.run(..., feed_dict={{{op.name}: ...}}).")  # type: ignore[no-any-return]


def fed_place(op: Operation, i: int) -> OpError:
    """The op writes into input i, a variable in whose place a value is fed."""
    x = op.inputs[i]
    name = c_name(x.dtype.base_dtype.name)
    fed = f"_arg_{x.op.name.replace('/', '_')}_0_0:0"
    text = f"Input {i} of node {op.name} was passed {name} from {fed} incompatible with expected {name}_ref."
    return InvalidArgumentError(None, op, text, "What is fed has no place to write into: sess.run the write without feeding the variable.")  # type: ignore[no-any-return]


def fault(error: Exception, op: Operation, inputs: list[Any]) -> Exception:
    """The OpError for what a kernel raised; `inputs` are the values it had, where known."""
    Missing.check(inputs)
    if isinstance(error, OpError):
        if error.op is None:
            error.op = op
        told = mismatch(op.definition, op.attrs, inputs) if op.type in ("GatherNd", "ScatterNd") else None
        return InvalidArgumentError(getattr(op, "name", None), op, told) if told else error  # type: ignore[no-any-return]
    text = mismatch(op.definition, op.attrs, inputs) or str(error).split("\n")[0] or type(error).__name__
    return InvalidArgumentError(getattr(op, "name", None), op, text)  # type: ignore[no-any-return]


def mismatch(definition: OpDef, attrs: dict[str, Any], inputs: list[Any]) -> str | None:
    """TensorFlow's words where the shapes of the inputs do not go together."""
    if any(v is None for v in inputs) or not inputs:
        return None
    tell = _WORDS.get(definition.type)
    if tell is not None:
        return tell(attrs, *inputs)
    if definition.infer is broadcasting and len(inputs) == 2 and broadcast(*(TensorShape.of(np.shape(v)) for v in inputs)) is None:
        return f"Incompatible shapes: {_brackets(inputs[0])} vs. {_brackets(inputs[1])}"
    return None


def _products(attrs: Any, a: Any, b: Any) -> str | None:
    if min(np.ndim(a), np.ndim(b)) < 2:
        return None
    turned = [bool(attrs.get(f"transpose_{s}", attrs.get(f"adj_{t}"))) for s, t in ("ax", "by")]
    k, n = np.shape(a)[-2 if turned[0] else -1], np.shape(b)[-1 if turned[1] else -2]
    return None if k == n else f"In[0] mismatch In[1] shape: {k} vs. {n}: {_brackets(a)} {_brackets(b)} {turned[0]:d} {turned[1]:d}"


def _reshaped(attrs: Any, x: Any, shape: Any) -> str:
    sizes = [int(n) for n in np.ravel(shape)]
    free = [i for i, n in enumerate(sizes) if n == -1]
    if len(free) > 1:
        return f"Only one input size may be -1, not both {free[0]} and {free[1]}"
    known = int(np.prod([n for n in sizes if n >= 0]))
    wanted = f"requires a multiple of {known}" if -1 in sizes else f"has {known}"
    return f"Input to reshape is a tensor with {np.size(x)} values, but the requested shape {wanted}"


def _transposed(attrs: Any, x: Any, perm: Any) -> str | None:
    axes = [int(p) for p in np.ravel(perm)]
    if len(axes) != np.ndim(x):
        return f"transpose expects a vector of size {np.ndim(x)}. But input(1) is a vector of size {len(axes)}"
    missing = [i for i in range(np.ndim(x)) if i not in axes]
    return f"{missing[0]} is missing from {{{','.join(map(str, axes))}}}." if missing else None


def _joined(attrs: Any, axis: Any, *values: Any) -> str | None:
    for i, v in enumerate(values):
        a, b = list(np.shape(values[0])), list(np.shape(v))
        if len(a) != len(b) or any(m != n for k, (m, n) in enumerate(zip(a, b, strict=True)) if k != int(axis) % len(a)):
            said = "Ranks of all input tensors should match" if len(a) != len(b) else "Dimensions of inputs should match"
            return f"ConcatOp : {said}: shape[0] = {_brackets(values[0])} vs. shape[{i}] = {_brackets(v)}"
    return None


def _packed(attrs: Any, *values: Any) -> str | None:
    i = next((i for i, v in enumerate(values) if np.shape(v) != np.shape(values[0])), None)
    if i is None:
        return None
    return f"Shapes of all inputs must match: values[0].shape = {_brackets(values[0])} != values[{i}].shape = {_brackets(values[i])}"


def _squeezed(attrs: Any, x: Any) -> str | None:
    shape = np.shape(x)
    axis = next((a for a in attrs["squeeze_dims"] if -len(shape) <= a < len(shape) and shape[a] != 1), None)
    return None if axis is None else f"Can not squeeze dim[{axis}], expected a dimension of 1, got {shape[axis]}"


def _reduced(attrs: Any, x: Any, axes: Any) -> str | None:
    n = np.ndim(x)
    axis = next((int(a) for a in np.ravel(axes) if not -n <= a < n), None)
    return None if axis is None else f"Invalid reduction dimension ({axis} for input with {n} dimension(s)"


def _no_largest(attrs: Any, x: Any, axis: Any) -> str | None:
    return None if np.size(x) else f"Reduction axis {int(axis)} is empty in shape {_brackets(x)}"


def _scanned(attrs: Any, x: Any, axis: Any) -> str | None:
    n = np.ndim(x)
    return None if -n <= int(axis) < n else f"ScanOp: Expected scan axis in the range [{-n}, {n}), but got {int(axis)}"


def _gathered(attrs: Any, params: Any, indices: Any) -> str | None:
    sizes = np.shape(params)
    return _outside(indices, sizes, f"param shape {_brackets(params)}")


def _scattered(attrs: Any, indices: Any, updates: Any, shape: Any) -> str | None:
    sizes = [int(n) for n in np.ravel(shape)]
    return _outside(indices, sizes, f"shape [{','.join(map(str, sizes))}]")


def _outside(indices: Any, sizes: Any, where: str) -> str | None:
    """The first index vector that names no place."""
    rows = np.asarray(indices)
    limits = np.asarray(sizes[: rows.shape[-1]])
    bad = np.argwhere(((rows < 0) | (rows >= limits)).any(-1))
    if not len(bad):
        return None
    place = f"[{','.join(map(str, bad[0].tolist()))}]" if rows.ndim > 1 else ""
    return f"indices{place} = [{', '.join(map(str, rows[tuple(bad[0])].tolist()))}] does not index into {where}"


def _rolled(attrs: Any, x: Any, shift: Any, axis: Any) -> str | None:
    bad = next((int(a) for a in np.ravel(axis) if not -np.ndim(x) <= a < np.ndim(x)), None)
    return None if bad is None else f"axis {bad} is out of range"


_WORDS: dict[str, Callable[..., str | None]] = {
    "MatMul": _products, "BatchMatMulV2": _products, "Reshape": _reshaped, "Transpose": _transposed, "ConcatV2": _joined, "Pack": _packed,
    "Squeeze": _squeezed, "Cumsum": _scanned, "Cumprod": _scanned, "ArgMax": _no_largest, "ArgMin": _no_largest, "GatherNd": _gathered,
    "ScatterNd": _scattered, "Roll": _rolled, **dict.fromkeys(("Sum", "Mean", "Max", "Min", "Prod", "All", "Any"), _reduced),
}  # fmt: skip
