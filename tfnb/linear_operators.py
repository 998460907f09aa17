"""tf.linalg.LinearOperator...: matrices by what they do, kept in few numbers where they have a form.

    scale = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    (scale.matmul(x), scale.solve(x), scale.log_abs_determinant())      no matrix is built
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, parts, reduce, special
from tfnb.ops.decompositions import cholesky, matrix_determinant, matrix_inverse, matrix_solve, matrix_triangular_solve, slogdet
from tfnb.ops.diagonals import matrix_band_part, matrix_diag_part
from tfnb.ops.linear import matmul
from tfnb.ops.matrices import adjoint

__all__ = ["LinearOperator", "LinearOperatorAdjoint", "LinearOperatorComposition", "LinearOperatorInversion", "LinearOperatorLowerTriangular"]


class LinearOperator:
    """A matrix, or a batch of them, by what it does. A subclass says how `to_dense` looks and what it can do without it.

    >>> a = tf.linalg.LinearOperatorFullMatrix([[2.0, 0.0], [1.0, 1.0]])
    >>> print(a.solve([[2.0], [3.0]]).eval().ravel(), a.determinant().eval(), a.shape)
    [1. 2.] 2.0 (2, 2)
    """

    def __init__(self, dtype: Any, graph_parents: Any = None, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
                 is_positive_definite: bool | None = None, is_square: bool | None = None, name: str | None = None) -> None:  # fmt: skip
        if is_positive_definite and is_non_singular is False:
            raise ValueError("A positive definite matrix is always non-singular.")
        if (is_non_singular or is_self_adjoint or is_positive_definite) and is_square is False:
            raise ValueError("is_non_singular is True, is_square must be True." if is_non_singular else "A self-adjoint operator is always square.")
        self.dtype, self.graph_parents = as_dtype(dtype).base_dtype, list(graph_parents or [])
        self.is_non_singular = True if is_positive_definite else is_non_singular
        self.is_self_adjoint, self.is_positive_definite = is_self_adjoint, is_positive_definite
        self._square, self.name = is_square, name or type(self).__name__

    @contextlib.contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """The scope of one method, inside that of the operator."""
        with name_scope(f"{self.name}/"), name_scope(name):
            yield

    # -- what it looks like
    def to_dense(self, name: str = "to_dense") -> Tensor:
        """The matrix itself."""
        with self._named(name):
            return self._to_dense()

    def _to_dense(self) -> Tensor:
        raise NotImplementedError("a subclass builds it")

    @functools.cached_property
    def _dense(self) -> Tensor:
        return self._to_dense()

    @property
    def shape(self) -> TensorShape:
        """(..., rows, columns), as far as it is known."""
        return self._dense.shape

    @property
    def batch_shape(self) -> TensorShape:
        """The shape before the last two axes."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int | None:
        """The number of axes."""
        return self.shape.ndims

    @property
    def range_dimension(self) -> Any:
        """The number of rows."""
        return self.shape[-2]

    @property
    def domain_dimension(self) -> Any:
        """The number of columns."""
        return self.shape[-1]

    @property
    def is_square(self) -> bool | None:
        """Whether it has as many rows as columns; None where that is not known."""
        m, n = self.shape.as_list()[-2:]
        return self._square if None in (m, n) else m == n

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """The shape as a tensor."""
        with self._named(name):
            return arrays.constant(self.shape.as_list()) if self.shape.is_fully_defined() else arrays.shape(self._dense)

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The shape before the last two axes, as a tensor."""
        return self.shape_tensor(name)[:-2]  # type: ignore[no-any-return]

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """The number of axes as a tensor."""
        return arrays.size(self.shape_tensor(name))

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """The number of rows as a tensor."""
        return self.shape_tensor(name)[-2]  # type: ignore[no-any-return]

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """The number of columns as a tensor."""
        return self.shape_tensor(name)[-1]  # type: ignore[no-any-return]

    # -- what it does
    def _product(self, x: Tensor, turned: bool) -> Tensor:
        return matmul(self._dense, x, adjoint_a=turned)

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return matrix_solve(self._dense, x, adjoint=turned)

    def _tensor(self, x: Any) -> Tensor:
        return convert_to_tensor(x, None if isinstance(x, Tensor) else self.dtype, name="x")

    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        """The product with a matrix, or with another operator."""
        if isinstance(x, LinearOperator):
            return LinearOperatorComposition([self.H if adjoint else self, x.H if adjoint_arg else x])
        with self._named(name):
            x = self._tensor(x)
            return self._product(_adjoint(x) if adjoint_arg else x, adjoint)

    __matmul__ = matmul

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """The product with a vector."""
        with self._named(name):
            return arrays.squeeze(self._product(arrays.expand_dims(self._tensor(x), -1), adjoint), [-1])

    def solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve") -> Tensor:
        """x with self @ x = rhs. Raises NotImplementedError for an operator that is not square or known to be singular."""
        self._needs_inverse("Exact solve")
        with self._named(name):
            x = self._tensor(rhs)
            return self._solution(_adjoint(x) if adjoint_arg else x, adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """x with self @ x = rhs, for a vector."""
        self._needs_inverse("Exact solve")
        with self._named(name):
            return arrays.squeeze(self._solution(arrays.expand_dims(self._tensor(rhs), -1), adjoint), [-1])

    def _needs_inverse(self, what: str) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError("Exact solve not implemented for an operator that is expected to be singular.")
        self._needs_square(what)

    def _needs_square(self, what: str) -> None:
        if self.is_square is False:
            raise NotImplementedError(f"{what} not implemented for an operator that is expected to not be square.")

    # -- what is known of it
    def determinant(self, name: str = "det") -> Tensor:
        """The determinant of each matrix."""
        self._needs_square("Determinant")
        with self._named(name):
            return self._determinant()

    def _determinant(self) -> Tensor:
        return matrix_determinant(self._dense)  # type: ignore[no-any-return]

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """The logarithm of the determinant's size."""
        self._needs_square("Determinant")
        with self._named(name):
            return self._log_abs_determinant()

    def _log_abs_determinant(self) -> Tensor:
        return slogdet(self._dense).log_abs_determinant

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """The diagonal of each matrix."""
        with self._named(name):
            return self._diag_part()

    def _diag_part(self) -> Tensor:
        return matrix_diag_part(self._dense)

    def trace(self, name: str = "trace") -> Tensor:
        """The sum of the diagonal."""
        with self._named(name):
            return reduce.reduce_sum(self._diag_part(), -1)

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """The matrix plus a tensor."""
        with self._named(name):
            return self._dense + self._tensor(x)  # type: ignore[no-any-return]

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The operator turned over its diagonal, complex numbers conjugated."""
        return self if self.is_self_adjoint else LinearOperatorAdjoint(self)

    H = property(adjoint)

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """The operator that undoes this one."""
        self._needs_inverse("Inverse")
        return LinearOperatorInversion(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """The lower triangle l with l @ l.H = self. Raises ValueError where it is not said that there is one."""
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ValueError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        return LinearOperatorLowerTriangular(cholesky(self._dense), is_non_singular=True)


def _adjoint(x: Tensor) -> Tensor:
    return adjoint(x)


def _under(name: str | None, value: Any, called: str) -> Tensor:
    """A tensor made inside the operator's scope."""
    with name_scope(f"{name}/"):
        return convert_to_tensor(value, name=called)


def _hints(given: dict[str, Any], **known: Any) -> dict[str, Any]:
    """The hints that were given, and those that follow from the operator's form."""
    return {**known, **{k: v for k, v in given.items() if v is not None}}


class LinearOperatorLowerTriangular(LinearOperator):
    """The lower triangle of a matrix; solved row by row.

    >>> print(tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 1.0]]).determinant().eval())
    2.0
    """

    def __init__(self, tril: Any, name: str = "LinearOperatorLowerTriangular", **hints: Any) -> None:
        self._tril = _under(name, tril, "tril")
        super().__init__(self._tril.dtype, [self._tril], name=name, **_hints(hints, is_square=True))

    def _to_dense(self) -> Tensor:
        """The triangle, zeros above it."""
        return matrix_band_part(self._tril, -1, 0)

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return matrix_triangular_solve(self._dense, x, lower=True, adjoint=turned)

    def _determinant(self) -> Tensor:
        """The product of the diagonal."""
        return reduce.reduce_prod(matrix_diag_part(self._tril), -1)

    def _log_abs_determinant(self) -> Tensor:
        """The sum of the logarithms of the diagonal's sizes."""
        return reduce.reduce_sum(special.log(parts.abs(matrix_diag_part(self._tril))), -1)


class LinearOperatorAdjoint(LinearOperator):
    """Another operator turned over its diagonal, complex numbers conjugated.

    >>> a = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0]])
    >>> print(a.H.shape)
    (2, 1)
    """

    def __init__(self, operator: LinearOperator, name: str | None = None, **hints: Any) -> None:
        self.operator = operator
        known = {k: getattr(operator, k) for k in ("is_non_singular", "is_self_adjoint", "is_positive_definite")}
        super().__init__(operator.dtype, operator.graph_parents, name=name or f"{operator.name}_adjoint", **_hints(hints, **known))

    def _to_dense(self) -> Tensor:
        """The matrix turned over."""
        return adjoint(self.operator._dense)

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        return self.operator._product(x, not turned)

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return self.operator._solution(x, not turned)

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The operator that was turned over."""
        return self.operator

    H = property(adjoint)


class LinearOperatorInversion(LinearOperator):
    """What undoes another operator; no inverse is computed.

    >>> a = tf.linalg.LinearOperatorDiag([2.0, 4.0], is_non_singular=True)
    >>> print(tf.linalg.LinearOperatorInversion(a).matvec([2.0, 2.0]).eval())
    [1.  0.5]
    """

    def __init__(self, operator: LinearOperator, name: str | None = None, **hints: Any) -> None:
        self.operator = operator
        known = {k: getattr(operator, k) for k in ("is_self_adjoint", "is_positive_definite")}
        super().__init__(operator.dtype, operator.graph_parents, name=name or f"{operator.name}_inv", **_hints(hints, is_non_singular=True, **known))

    def _to_dense(self) -> Tensor:
        """The inverse matrix."""
        return matrix_inverse(self.operator._dense)

    @property
    def shape(self) -> TensorShape:
        """That of the operator."""
        return self.operator.shape

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        return self.operator._solution(x, turned)

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return self.operator._product(x, turned)

    def _determinant(self) -> Tensor:
        """One by that of the operator."""
        return 1.0 / self.operator._determinant()  # type: ignore[no-any-return]

    def _log_abs_determinant(self) -> Tensor:
        """That of the operator, negative."""
        return -self.operator._log_abs_determinant()  # type: ignore[no-any-return]


class LinearOperatorComposition(LinearOperator):
    """Several operators one after the other: the product of their matrices, which is not computed.

    >>> a, b = tf.linalg.LinearOperatorDiag([2.0, 4.0]), tf.linalg.LinearOperatorIdentity(2)
    >>> print(tf.linalg.LinearOperatorComposition([a, b]).matvec([1.0, 1.0]).eval())
    [2. 4.]
    """

    def __init__(self, operators: Any, name: str | None = None, **hints: Any) -> None:
        if not operators:
            raise ValueError("Expected a non-empty list of operators. Found: []")
        self.operators = list(operators)
        known = {"is_non_singular": True} if all(o.is_non_singular for o in self.operators) else {}
        parents = [p for o in self.operators for p in o.graph_parents]
        super().__init__(self.operators[0].dtype, parents, name=name or "_o_".join(o.name for o in self.operators), **_hints(hints, **known))

    def _to_dense(self) -> Tensor:
        """The product of the matrices."""
        return functools.reduce(matmul, [o._dense for o in self.operators])

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        for o in self.operators if turned else self.operators[::-1]:
            x = o._product(x, turned)
        return x

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        for o in self.operators[::-1] if turned else self.operators:
            x = o._solution(x, turned)
        return x

    def _determinant(self) -> Tensor:
        """The product of the operators' determinants."""
        return functools.reduce(lambda a, b: a * b, [o._determinant() for o in self.operators])

    def _log_abs_determinant(self) -> Tensor:
        """The sum of the operators' own."""
        return functools.reduce(lambda a, b: a + b, [o._log_abs_determinant() for o in self.operators])
