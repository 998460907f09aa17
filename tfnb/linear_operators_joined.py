"""tf.linalg.LinearOperator... of other operators or of a few vectors: blocks, Kronecker products, small changes.

    tf.linalg.LinearOperatorBlockDiag([a, b])       a above on the left, b below on the right, zeros elsewhere
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.linear_operators import LinearOperator, _hints, _under
from tfnb.ops import arrays, movement, parts, reduce, special
from tfnb.ops.diagonals import eye, matrix_diag
from tfnb.ops.indexing import gather, reverse
from tfnb.ops.linear import matmul
from tfnb.ops.powers import square

__all__ = ["LinearOperatorBlockDiag", "LinearOperatorHouseholder", "LinearOperatorKronecker", "LinearOperatorLowRankUpdate", "LinearOperatorToeplitz"]


class _Joined(LinearOperator):
    """What is made of several operators."""

    def __init__(self, operators: Any, sign: str, name: str | None, hints: dict[str, Any]) -> None:
        if not operators:
            raise ValueError("Expected a non-empty list of operators. Found: []")
        self.operators = list(operators)
        same = {k: True for k in ("is_non_singular", "is_self_adjoint", "is_positive_definite") if all(getattr(o, k) for o in self.operators)}
        parents = [p for o in self.operators for p in o.graph_parents]
        super().__init__(self.operators[0].dtype, parents, name=name or sign.join(o.name for o in self.operators), **_hints(hints, **same))


class LinearOperatorBlockDiag(_Joined):
    """Operators along the diagonal, each for its own part of the vector.

    >>> a, b = tf.linalg.LinearOperatorDiag([2.0]), tf.linalg.LinearOperatorFullMatrix([[1.0, 1.0], [0.0, 1.0]])
    >>> print(tf.linalg.LinearOperatorBlockDiag([a, b]).matvec([1.0, 1.0, 1.0]).eval())
    [2. 2. 1.]
    """

    def __init__(self, operators: Any, name: str | None = None, **hints: Any) -> None:
        super().__init__(operators, "_ds_", name, hints)

    def _to_dense(self) -> Tensor:
        """The blocks, zeros beside them."""
        widths = [int(o.domain_dimension) for o in self.operators]
        rows = []
        for i, o in enumerate(self.operators):
            beside = [[0, 0]] * ((o.shape.ndims or 2) - 1) + [[sum(widths[:i]), sum(widths[i + 1 :])]]
            rows.append(movement.pad(o._dense, beside))
        return arrays.concat(rows, -2)

    def _each(self, x: Tensor, sizes: list[int], work: Any) -> Tensor:
        return arrays.concat([work(o, part) for o, part in zip(self.operators, arrays.split(x, sizes, axis=-2), strict=True)], -2)

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        sizes = [int(o.range_dimension if turned else o.domain_dimension) for o in self.operators]
        return self._each(x, sizes, lambda o, part: o._product(part, turned))

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return self._each(x, [int(o.range_dimension) for o in self.operators], lambda o, part: o._solution(part, turned))

    def _determinant(self) -> Tensor:
        """The product of the blocks' determinants."""
        return functools.reduce(lambda a, b: a * b, [o._determinant() for o in self.operators])

    def _log_abs_determinant(self) -> Tensor:
        """The sum of the blocks' own."""
        return functools.reduce(lambda a, b: a + b, [o._log_abs_determinant() for o in self.operators])


class LinearOperatorKronecker(_Joined):
    """The Kronecker product: each element of the first matrix times the whole of the next.

    >>> a = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> print(tf.linalg.LinearOperatorKronecker([a, tf.linalg.LinearOperatorDiag([1.0, 10.0])]).to_dense()[1].eval())
    [ 0. 10.  0. 20.]
    """

    def __init__(self, operators: Any, name: str | None = None, **hints: Any) -> None:
        super().__init__(operators, "_x_", name, hints)

    def _to_dense(self) -> Tensor:
        """The product, rows m1 m2, columns n1 n2."""
        out = self.operators[0]._dense
        for o in self.operators[1:]:
            a, b = out[..., :, None, :, None], o._dense[..., None, :, None, :]
            (m, n), (p, q) = out.shape.as_list()[-2:], o.shape.as_list()[-2:]
            product = a * b
            out = arrays.reshape(product, [*product.shape.as_list()[:-4], m * p, n * q])
        return out

    def _determinant(self) -> Tensor:
        """Each determinant to the power of the other operators' sizes, multiplied."""
        sizes = [int(o.domain_dimension) for o in self.operators]
        whole = int(np.prod(sizes))
        return functools.reduce(lambda a, b: a * b, [o._determinant() ** (whole // n) for o, n in zip(self.operators, sizes, strict=True)])


class LinearOperatorLowRankUpdate(LinearOperator):
    """base + u diag(d) v^H: an operator with a change of few ranks, (..., m, k) and (..., n, k).

    >>> base = tf.linalg.LinearOperatorIdentity(2)
    >>> print(tf.linalg.LinearOperatorLowRankUpdate(base, [[1.0], [0.0]], [2.0]).to_dense().eval())
    [[3. 0.]
     [0. 1.]]
    """

    def __init__(self, base_operator: LinearOperator, u: Any, diag_update: Any = None, v: Any = None, is_diag_update_positive: bool | None = None,
                 name: str = "LinearOperatorLowRankUpdate", **hints: Any) -> None:  # fmt: skip
        self.base_operator, self.u = base_operator, convert_to_tensor(u, base_operator.dtype, name="u")
        self.v = self.u if v is None else convert_to_tensor(v, base_operator.dtype, name="v")
        self.diag_update = None if diag_update is None else convert_to_tensor(diag_update, base_operator.dtype, name="diag_update")
        self.is_diag_update_positive = True if diag_update is None else is_diag_update_positive
        known = {"is_self_adjoint": base_operator.is_self_adjoint} if v is None else {}
        super().__init__(base_operator.dtype, [*base_operator.graph_parents, self.u], name=name, **_hints(hints, **known))

    def _update(self, x: Tensor, turned: bool) -> Tensor:
        u, v = (self.v, self.u) if turned else (self.u, self.v)
        inner = matmul(v, x, adjoint_a=True)
        if self.diag_update is not None:
            inner = arrays.expand_dims(parts.conj(self.diag_update) if turned else self.diag_update, -1) * inner
        return matmul(u, inner)

    def _to_dense(self) -> Tensor:
        """The matrix with its change."""
        base = self.base_operator._dense
        middle = self.u if self.diag_update is None else matmul(self.u, matrix_diag(self.diag_update))
        return base + matmul(middle, self.v, adjoint_b=True)  # type: ignore[no-any-return]

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        return self.base_operator._product(x, turned) + self._update(x, turned)  # type: ignore[no-any-return]


class LinearOperatorHouseholder(LinearOperator):
    """The mirror: I - 2 v v^T for a vector v, which is made one long.

    >>> print(tf.linalg.LinearOperatorHouseholder([1.0, 0.0]).matvec([3.0, 4.0]).eval())
    [-3.  4.]
    """

    def __init__(self, reflection_axis: Any, name: str = "LinearOperatorHouseholder", **hints: Any) -> None:
        self.reflection_axis = _under(name, reflection_axis, "reflection_axis")
        super().__init__(self.reflection_axis.dtype, [self.reflection_axis], name=name,
                         **_hints(hints, is_self_adjoint=True, is_positive_definite=False, is_square=True))  # fmt: skip

    def _axis(self) -> Tensor:
        v = self.reflection_axis
        return arrays.expand_dims(v / reduce.reduce_sum(square(v), -1, keepdims=True) ** 0.5, -1)

    def _to_dense(self) -> Tensor:
        """The mirror's matrix."""
        v = self._axis()
        return eye(self.reflection_axis.shape.as_list()[-1], dtype=self.dtype) - 2.0 * matmul(v, v, transpose_b=True)  # type: ignore[no-any-return]

    def _product(self, x: Tensor, turned: bool) -> Tensor:
        v = self._axis()
        return x - 2.0 * v * matmul(v, x, transpose_a=True)  # type: ignore[no-any-return]

    def _solution(self, x: Tensor, turned: bool) -> Tensor:
        return self._product(x, turned)  # a mirror undoes itself

    def _log_abs_determinant(self) -> Tensor:
        """Zero."""
        return arrays.zeros(self.reflection_axis.shape.as_list()[:-1], self.dtype)

    def _determinant(self) -> Tensor:
        """Minus one."""
        return -special.exp(self._log_abs_determinant())  # type: ignore[no-any-return]


class LinearOperatorToeplitz(LinearOperator):
    """Equal numbers along each diagonal, by the first column and the first row.

    >>> print(tf.linalg.LinearOperatorToeplitz([1.0, 2.0], [1.0, 5.0]).to_dense().eval())
    [[1. 5.]
     [2. 1.]]
    """

    def __init__(self, col: Any, row: Any, name: str = "LinearOperatorToeplitz", **hints: Any) -> None:
        self.col, self.row = _under(name, col, "col"), _under(name, row, "row")
        super().__init__(self.col.dtype, [self.col, self.row], name=name, **_hints(hints, is_square=True))

    def _to_dense(self) -> Tensor:
        """The matrix: element (i, j) is col[i - j], or row[j - i] above the diagonal."""
        n = self.col.shape.as_list()[-1]
        places = np.arange(n)[:, None] - np.arange(n)[None, :] + n - 1  # into row backwards, then col
        line = arrays.concat([reverse(self.row, [-1])[..., :-1], self.col], -1)
        return gather(line, places.astype(np.int32), axis=-1)
