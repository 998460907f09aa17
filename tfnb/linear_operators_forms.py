"""tf.linalg.LinearOperator... of one form: whole matrices, diagonals, the identity, zeros.

    tf.linalg.LinearOperatorDiag([1.0, 2.0]).matvec(x)        x times the diagonal
"""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import float32
from tfnb.core.graph import Tensor
from tfnb.linear_operators import LinearOperator, _hints, _under
from tfnb.ops import arrays, parts, reduce, special
from tfnb.ops.diagonals import matrix_diag

__all__ = ["LinearOperatorDiag", "LinearOperatorFullMatrix", "LinearOperatorIdentity", "LinearOperatorScaledIdentity", "LinearOperatorZeros"]


class LinearOperatorFullMatrix(LinearOperator):
    """A matrix as it is.

    >>> print(tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0]]).matvec([1.0, 1.0]).eval())
    [3.]
    """

    def __init__(self, matrix: Any, name: str = "LinearOperatorFullMatrix", **hints: Any) -> None:
        self._matrix = _under(name, matrix, "matrix")
        super().__init__(self._matrix.dtype, [self._matrix], name=name, **hints)

    def _to_dense(self) -> Tensor:
        """The matrix itself."""
        return self._matrix


class LinearOperatorDiag(LinearOperator):
    """A diagonal matrix by its diagonal, (..., n).

    >>> print(tf.linalg.LinearOperatorDiag([2.0, 4.0]).solve([[2.0], [2.0]]).eval().ravel())
    [1.  0.5]
    """

    def __init__(self, diag: Any, name: str = "LinearOperatorDiag", **hints: Any) -> None:
        self.diag = self._diag = _under(name, diag, "diag")
        real = {} if self._diag.dtype.is_complex else {"is_self_adjoint": True}
        super().__init__(self._diag.dtype, [self._diag], name=name, **_hints(hints, is_square=True, **real))

    def _to_dense(self) -> Tensor:
        """The matrix, zeros beside the diagonal."""
        return matrix_diag(self._diag)

    def _column(self, turned: bool) -> Tensor:
        return arrays.expand_dims(parts.conj(self._diag) if turned else self._diag, -1)

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        return self._column(turned) * x  # type: ignore[no-any-return]

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return x * (1.0 / self._column(turned))  # type: ignore[no-any-return]

    def _determinant(self) -> Tensor:
        """The product of the diagonal."""
        return reduce.reduce_prod(self._diag, -1)

    def _log_abs_determinant(self) -> Tensor:
        """The sum of the logarithms of the diagonal's sizes."""
        return reduce.reduce_sum(special.log(parts.abs(self._diag)), -1)

    def _diag_part(self) -> Tensor:
        """The diagonal."""
        return self._diag


class LinearOperatorScaledIdentity(LinearOperatorDiag):
    """A number times the identity.

    >>> print(tf.linalg.LinearOperatorScaledIdentity(2, 3.0).to_dense().eval())
    [[3. 0.]
     [0. 3.]]
    """

    def __init__(self, num_rows: int, multiplier: Any, name: str = "LinearOperatorScaledIdentity", **hints: Any) -> None:
        self.multiplier = _under(name, multiplier, "multiplier")
        ones = arrays.ones([num_rows], self.multiplier.dtype.base_dtype)
        super().__init__(arrays.expand_dims(self.multiplier, -1) * ones, name=name, **hints)


class LinearOperatorIdentity(LinearOperatorDiag):
    """The identity: what is put in comes out.

    >>> print(tf.linalg.LinearOperatorIdentity(2).matvec([5.0, 6.0]).eval())
    [5. 6.]
    """

    def __init__(self, num_rows: int, batch_shape: Any = None, dtype: Any = None, name: str = "LinearOperatorIdentity", **hints: Any) -> None:
        ones = arrays.ones([*(batch_shape or []), num_rows], dtype or float32)
        super().__init__(ones, name=name, **_hints(hints, is_self_adjoint=True, is_non_singular=True, is_positive_definite=True))

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        return x

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return x


class LinearOperatorZeros(LinearOperator):
    """Zeros.

    >>> print(tf.linalg.LinearOperatorZeros(1, 2, is_square=False).to_dense().eval())
    [[0. 0.]]
    """

    def __init__(self, num_rows: int, num_columns: int | None = None, batch_shape: Any = None, dtype: Any = None, name: str = "LinearOperatorZeros",
                 **hints: Any) -> None:  # fmt: skip
        self._sizes = [*(batch_shape or []), num_rows, num_rows if num_columns is None else num_columns]
        square = num_columns is None or num_columns == num_rows
        if not square and hints.get("is_square", True):
            raise ValueError(f"LinearOperatorZeros initialized as is_square=True, but got num_rows({num_rows}) != num_columns({num_columns})")
        super().__init__(dtype or float32, name=name, **_hints({k: v for k, v in hints.items() if k != "is_square"}, is_non_singular=False, is_square=square))

    def _to_dense(self) -> Tensor:
        """The zeros."""
        return arrays.zeros(self._sizes, self.dtype)
