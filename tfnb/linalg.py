"""tf.linalg: the matrix functions under the names they have there."""

from tfnb.linear_operators import (
    LinearOperator,
    LinearOperatorAdjoint,
    LinearOperatorComposition,
    LinearOperatorInversion,
    LinearOperatorLowerTriangular,
)
from tfnb.linear_operators_forms import (
    LinearOperatorDiag,
    LinearOperatorFullMatrix,
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
    LinearOperatorZeros,
)
from tfnb.linear_operators_joined import (
    LinearOperatorBlockDiag,
    LinearOperatorHouseholder,
    LinearOperatorKronecker,
    LinearOperatorLowRankUpdate,
    LinearOperatorToeplitz,
)
from tfnb.ops.clip import global_norm
from tfnb.ops.decompositions import cholesky, qr, slogdet, svd
from tfnb.ops.decompositions import matrix_determinant as det
from tfnb.ops.decompositions import matrix_inverse as inv
from tfnb.ops.decompositions import matrix_solve as solve
from tfnb.ops.decompositions import matrix_triangular_solve as triangular_solve
from tfnb.ops.decompositions import self_adjoint_eig as eigh
from tfnb.ops.decompositions import self_adjoint_eigvals as eigvalsh
from tfnb.ops.diagonals import diag as tensor_diag
from tfnb.ops.diagonals import diag_part as tensor_diag_part
from tfnb.ops.diagonals import eye, trace
from tfnb.ops.diagonals import matrix_band_part as band_part
from tfnb.ops.diagonals import matrix_diag as diag
from tfnb.ops.diagonals import matrix_diag_part as diag_part
from tfnb.ops.diagonals import matrix_set_diag as set_diag
from tfnb.ops.einsum import einsum
from tfnb.ops.linear import cross, matmul, matrix_transpose, norm
from tfnb.ops.matrices import adjoint, cholesky_solve, expm, logdet, matvec, pinv
from tfnb.ops.matrices import matrix_solve_ls as lstsq
from tfnb.ops.matrix_functions import lu, tridiagonal_matmul, tridiagonal_solve
from tfnb.ops.matrix_functions import matrix_logarithm as logm
from tfnb.ops.matrix_functions import matrix_square_root as sqrtm
from tfnb.ops.neural import l2_normalize
from tfnb.ops.norms import matrix_rank, normalize
from tfnb.ops.products import tensordot

transpose = matrix_transpose

__all__ = [
    "LinearOperator", "LinearOperatorAdjoint", "LinearOperatorBlockDiag", "LinearOperatorComposition", "LinearOperatorDiag",
    "LinearOperatorFullMatrix", "LinearOperatorHouseholder", "LinearOperatorIdentity", "LinearOperatorInversion", "LinearOperatorKronecker",
    "LinearOperatorLowRankUpdate", "LinearOperatorLowerTriangular", "LinearOperatorScaledIdentity", "LinearOperatorToeplitz", "LinearOperatorZeros",
    "adjoint", "band_part", "cholesky", "cholesky_solve", "cross", "det", "diag", "diag_part", "eigh",
    "eigvalsh", "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "logm", "lstsq", "lu", "matmul",
    "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag", "slogdet", "solve", "sqrtm", "svd",
    "tensor_diag", "tensor_diag_part", "tensordot", "trace", "transpose", "triangular_solve", "tridiagonal_matmul",
    "tridiagonal_solve",
]  # fmt: skip
