"""From a failing line of a step to the error that TensorFlow would give, with the node's place in the user's code."""

from __future__ import annotations

from collections.abc import Iterable
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


def fault(error: Exception, op: Operation, inputs: list[Any]) -> Exception:
    """The OpError for what a kernel raised; `inputs` are the values it had, where known."""
    Missing.check(inputs)
    if isinstance(error, OpError):
        if error.op is None:
            error.op = op
        return error
    text = mismatch(op.definition, op.attrs, inputs) or str(error).split("\n")[0] or type(error).__name__
    return InvalidArgumentError(getattr(op, "name", None), op, text)  # type: ignore[no-any-return]


def mismatch(definition: OpDef, attrs: dict[str, Any], inputs: list[Any]) -> str | None:
    """TensorFlow's words where the shapes of the inputs do not go together."""
    if any(v is None for v in inputs) or len(inputs) < 2:
        return None
    a, b = inputs[:2]
    kind = definition.type
    if kind in ("MatMul", "BatchMatMulV2") and min(np.ndim(a), np.ndim(b)) >= 2:
        turned = [bool(attrs.get(f"transpose_{s}", attrs.get(f"adj_{t}"))) for s, t in ("ax", "by")]
        k, n = np.shape(a)[-2 if turned[0] else -1], np.shape(b)[-1 if turned[1] else -2]
        if k != n:
            return f"In[0] mismatch In[1] shape: {k} vs. {n}: {_brackets(a)} {_brackets(b)} {turned[0]:d} {turned[1]:d}"
    if kind == "Reshape":
        sizes = [int(n) for n in np.ravel(b)]
        known = int(np.prod([n for n in sizes if n >= 0]))
        if -1 in sizes:
            return f"Input to reshape is a tensor with {np.size(a)} values, but the requested shape requires a multiple of {known}"
        return f"Input to reshape is a tensor with {np.size(a)} values, but the requested shape has {known}"
    if kind == "Transpose" and len(missing := [i for i in range(np.ndim(a)) if i not in [int(p) for p in b]]) > 0:
        return f"{missing[0]} is missing from {{{','.join(str(int(p)) for p in b)}}}."
    if definition.infer is broadcasting and broadcast(TensorShape.of(np.shape(a)), TensorShape.of(np.shape(b))) is None:
        return f"Incompatible shapes: {_brackets(a)} vs. {_brackets(b)}"
    return None
