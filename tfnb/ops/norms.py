"""Lengths and ranks of matrices: vectors of length 1, and how many rows are independent."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import compare, elementwise, reduce
from tfnb.ops.decompositions import svd
from tfnb.ops.linear import norm

__all__: list[str] = []


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The tensor over its norm along `axis`, and the norm.

    >>> print(*sess.run(tf.linalg.normalize([3.0, 4.0])), sep="\\n")
    [0.6 0.8]
    [5.]
    """
    with name_scope(name, "normalize", [tensor]):
        x = convert_to_tensor(tensor)
        length = elementwise.cast(norm(x, ord, axis, keepdims=True), x.dtype.base_dtype)
        return x / length, length


def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """How many singular values of each matrix are larger than `tol` (eps * the larger size * the largest of them).

    >>> print(tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).eval())
    1
    """
    with name_scope(name, "matrix_rank", [a]):
        x = convert_to_tensor(a, name="a")
        s = svd(x, compute_uv=False)
        if tol is None:
            larger = max(n or 0 for n in x.shape.as_list()[-2:])
            tol = np.finfo(x.dtype.np).eps * larger * reduce.reduce_max(s, -1, keepdims=True)
        return reduce.reduce_sum(elementwise.cast(compare.greater(s, tol), "int32"), -1)
