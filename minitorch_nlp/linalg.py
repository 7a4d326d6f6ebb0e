"""``torch.linalg``: factorizations, inverses, linear systems and norms. Products and decompositions are in `tensor`, gradients in `functional`."""

from __future__ import annotations

from typing import Any

from .functional._matrices import LinAlgError
from .functional.arrangement import diagonal as diagonal_op
from .missing import explains_missing
from .tensor.decompositions import (
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    householder_product,
    ldl_factor,
    ldl_factor_ex,
    ldl_solve,
    lu,
    lu_factor,
    lu_factor_ex,
    qr,
    svd,
    svdvals,
)  # fmt: skip
from .tensor.linalg import matmul, multi_dot, vecdot
from .tensor.norms import cond, matrix_norm, matrix_rank, norm, vector_norm
from .tensor.norms import cross as cross_along
from .tensor.norms import vander as powers
from .tensor.solving import (
    det,
    inv,
    inv_ex,
    lstsq,
    lu_solve,
    matrix_exp,
    matrix_power,
    pinv,
    slogdet,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)  # fmt: skip

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_factor_ex", "ldl_solve", "lstsq", "lu", "lu_factor", "lu_factor_ex",
    "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip


def cross(input: Any, other: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The cross product of vectors of 3 numbers along `dim`."""
    return cross_along(input, other, dim, out=out)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of the matrices in dimensions `dim1`, `dim2`, as a view; the last two unless given."""
    return diagonal_op(A, offset=offset, dim1=dim1, dim2=dim2)


def vander(x: Any, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of each element in a new last dimension, (..., n) -> (..., N); N is n unless given."""
    if (N if N is not None else x.shape[-1] if x.ndim else 1) <= 1:
        raise RuntimeError("linalg.vander: N must be greater than 1")
    return powers(x if x.ndim else x.reshape(1), N)


__getattr__ = explains_missing(__name__)
