"""Errors with TensorFlow's types and first lines, and what a student needs beside: where and how to mend.

    raise InvalidArgumentError(node, "Incompatible shapes: [2] vs. [3]", hint="...")
"""

from __future__ import annotations

from typing import Any

OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS = range(7)
PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE = range(7, 12)
UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED = range(12, 17)


class OpError(Exception):
    """An error while the graph runs. `op` is the node at fault, `hint` a sentence on how to mend it.

    >>> x = tf.placeholder(tf.float32, name="x")
    >>> try:
    ...     sess.run(x)
    ... except tf.OpError as error:
    ...     print(error.op.name, error.error_code)
    x 3
    """

    code = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self._node_def, self.op, self._message = node_def, op, message
        self.error_code = self.code if error_code is None else error_code
        self.hint = hint

    @property
    def message(self) -> str:
        return self._message

    @property
    def node_def(self) -> Any:
        """The node at fault as a NodeDef; None where no node is."""
        return self.op.node_def if self._node_def is None and hasattr(self.op, "node_def") else self._node_def

    @property
    def where(self) -> Any:
        """The user's line that made the node, or None."""
        return getattr(self.op, "where", None)

    def __str__(self) -> str:
        if self.op is None:
            return self._message
        place = f" (defined at {self.where})" if self.where else ""
        note = f"\n\t [[node {self.op.name}{place} ]]"
        return self._message + note + (f"\n\n{self.hint}" if self.hint else "") + self._stack()

    def _stack(self) -> str:
        frames = getattr(self.op, "traceback", None) or []
        lines = "".join(f'\n  File "{file}", line {line}, in {function}' + (f"\n    {text}" if text else "") for file, line, function, text in frames)
        return f"\n\nOriginal stack trace for {self.op.name!r}:{lines}" if lines else ""


def _kind(name: str, code: int, doc: str) -> Any:
    def make(self: OpError, node_def: Any, op: Any, message: str, hint: str = "") -> None:
        OpError.__init__(self, node_def, op, message, code, hint)

    doc = f"{doc}\n\n>>> print(tf.errors.{name}(None, None, 'why').error_code)\n{code}\n"
    return type(name, (OpError,), {"__doc__": doc, "code": code, "__module__": __name__, "__init__": make})


CancelledError = _kind("CancelledError", CANCELLED, "The run was stopped on request.")
UnknownError = _kind("UnknownError", UNKNOWN, "An error of which nothing better is known.")
InvalidArgumentError = _kind("InvalidArgumentError", INVALID_ARGUMENT, "A value does not fit the op it is given to.")
DeadlineExceededError = _kind("DeadlineExceededError", DEADLINE_EXCEEDED, "The run took longer than allowed.")
NotFoundError = _kind("NotFoundError", NOT_FOUND, "A file, key or variable is not there.")
AlreadyExistsError = _kind("AlreadyExistsError", ALREADY_EXISTS, "What should be made is there already.")
PermissionDeniedError = _kind("PermissionDeniedError", PERMISSION_DENIED, "Not allowed.")
ResourceExhaustedError = _kind("ResourceExhaustedError", RESOURCE_EXHAUSTED, "Out of memory or another resource.")
FailedPreconditionError = _kind("FailedPreconditionError", FAILED_PRECONDITION, "Something must be run first.")
AbortedError = _kind("AbortedError", ABORTED, "The run was aborted.")
OutOfRangeError = _kind("OutOfRangeError", OUT_OF_RANGE, "The input has no more elements.")
UnimplementedError = _kind("UnimplementedError", UNIMPLEMENTED, "This is not implemented.")
InternalError = _kind("InternalError", INTERNAL, "A fault inside tfnb.")
UnavailableError = _kind("UnavailableError", UNAVAILABLE, "The service is not there at the moment.")
DataLossError = _kind("DataLossError", DATA_LOSS, "Data are damaged.")
UnauthenticatedError = _kind("UnauthenticatedError", UNAUTHENTICATED, "No valid credentials.")


_KINDS = {kind.code: kind for kind in OpError.__subclasses__()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The error type of a code: 3 is InvalidArgumentError.

    >>> print(tf.errors.exception_type_from_error_code(5).__name__)
    NotFoundError
    """
    return _KINDS[error_code]


def error_code_from_exception_type(cls: type) -> int | None:
    """The code of an error type; None for what is none.

    >>> print(tf.errors.error_code_from_exception_type(tf.errors.NotFoundError))
    5
    """
    return next((code for code, kind in _KINDS.items() if kind is cls), None)


class InaccessibleTensorError(ValueError):
    """A tensor of another graph or function, or one that must not be fetched."""


class OperatorNotAllowedInGraphError(TypeError):
    """A Python operation that needs a value was used on a symbolic tensor."""


def teach(error: Exception, hint: str = "", where: Any = None) -> Exception:
    """The same error, with how to mend it and where the node was made, for the views to show."""
    error.hint, error.where = hint, where  # type: ignore[attr-defined]
    return error
