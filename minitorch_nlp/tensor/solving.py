"""Inverses, determinants and linear systems with torch's signatures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import determinant as D
from ..functional import elementwise as E
from ..functional import reduction as R
from ..functional import solving as F
from ..functional._law import wrap_dim
from ..functional._matrices import LinAlgError, eliminate, identity, permutation, require_matrices
from ..functional.arithmetic import where
from ..functional.matmul import check_dtypes, matmul
from ..functional.movement import transpose
from .base import array_of, integer, wrap
from .results import into, named_result

__all__ = [
    "cholesky_inverse", "cholesky_solve", "det", "inv", "inv_ex", "inverse", "logdet", "lstsq", "lu_solve", "matrix_exp", "matrix_power",
    "pinv", "slogdet", "solve", "solve_ex", "solve_triangular", "tensorinv", "tensorsolve",
]  # fmt: skip

InvEx, SolveEx = named_result("linalg_inv_ex", "inverse", "info"), named_result("linalg_solve_ex", "result", "info")
SignLogdet = named_result("linalg_slogdet", "sign", "logabsdet")
Lstsq = named_result("linalg_lstsq", "solution", "residuals", "rank", "singular_values")

DRIVERS = ("gelsy", "gels", "gelsd", "gelss")


def mT(x: Any) -> Any:
    return transpose(x, dim0=-2, dim1=-1)


def inv(A: Any, *, out: Any = None) -> Any:
    """The inverse, (..., n, n). Raises `LinAlgError` for a singular matrix."""
    array_of("linalg.inv", A, "A")
    return into("linalg.inv", out, F.inv(A))


def inverse(input: Any, *, out: Any = None) -> Any:
    """The inverse, (..., n, n)."""
    return inv(input, out=out)


def first_zero_pivot(a: Any) -> Any:
    """For each matrix which pivot of its elimination is 0, counted from 1; 0 if none is."""
    u = np.einsum("...ii->...i", eliminate(a)[0])
    gone = u == 0
    found = np.argmax(gone, axis=-1) + 1 if a.shape[-1] else np.zeros_like(a, shape=a.shape[:-2])
    return np.where(np.any(gone, axis=-1), found, 0).astype(np.int32)


def no_info(shape: tuple[int, ...], like: Any) -> Any:
    return wrap(np.zeros_like(like, shape=shape, dtype=np.int32))


def inv_ex(A: Any, *, check_errors: bool = False, out: Any = None) -> Any:
    """(inverse, info): info is 0, or says which pivot is 0 instead of raising; such an inverse has inf and nan."""
    a = array_of("linalg.inv_ex", A, "A")
    try:
        return into("linalg.inv_ex", out, InvEx(F.inv(A), no_info(a.shape[:-2], a)))
    except LinAlgError:
        if check_errors:
            raise
    return into("linalg.inv_ex", out, InvEx(wrap(F.solved_anyway(a, identity(a, a.shape[-1]))), wrap(first_zero_pivot(a))))


def is_vector(A: Any, B: Any) -> bool:
    """Whether B is a stack of vectors rather than of matrices."""
    return B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1]))


def check_system(name: str, A: Any, B: Any, left: bool, square: bool = True) -> None:
    a, b = array_of(name, A, "A"), array_of(name, B, "B")
    require_matrices(name, a, square=square)
    check_dtypes(name, a, b)
    if b.ndim == 0:
        raise RuntimeError(f"{name}: B must have at least 1 dimension")


def solve(A: Any, B: Any, *, left: bool = True, out: Any = None) -> Any:
    """X with A X = B (X A = B if not `left`), (..., n, n) (..., n, k) -> (..., n, k); B may be a stack of vectors (..., n).

    Raises `LinAlgError` for a singular matrix.
    """
    check_system("linalg.solve", A, B, left)
    if is_vector(A, B):
        if not left:
            raise RuntimeError("linalg.solve: left=False is not supported for vectors; give B two dimensions")
        return into("linalg.solve", out, F.solve(A, B.unsqueeze(-1)).squeeze(-1))
    return into("linalg.solve", out, F.solve(A, B, left=left))


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """(result, info): info is 0, or says which pivot is 0 instead of raising; such a result has inf and nan."""
    try:
        result = solve(A, B, left=left)
        return into("linalg.solve_ex", out, SolveEx(result, no_info(A.shape[:-2], A.array)))
    except LinAlgError:
        if check_errors:
            raise
    a, b, vector = A.array, B.array, is_vector(A, B)
    if vector:
        x = F.solved_anyway(a, b[..., None])[..., 0]
    else:
        x = F.solved_anyway(a, b) if left else np.swapaxes(F.solved_anyway(np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2)), -1, -2)
    return into("linalg.solve_ex", out, SolveEx(wrap(x), wrap(first_zero_pivot(a))))


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Any = None) -> Any:
    """X with A X = B (X A = B if not `left`) for a triangular A; the other triangle is not read. A zero on the diagonal gives inf."""
    name = "linalg.solve_triangular"
    a, b = array_of(name, A, "A"), array_of(name, B, "B")
    if a.ndim < 2 or b.ndim < 2:
        raise RuntimeError(f"{name}: A and B must have at least 2 dimensions, they have {a.ndim} and {b.ndim}")
    check_dtypes(name, a, b)
    require_matrices(name, a, square=True, refuse=(NotImplementedError, NotImplementedError))
    if a.shape[-1] != b.shape[-2 if left else -1]:
        raise RuntimeError(f"{name}: A of shape {a.shape} and B of shape {b.shape} do not fit")
    return into(name, out, F.solve_triangular(A, B, upper=upper, left=left, unitriangular=unitriangular))


def det(A: Any, *, out: Any = None) -> Any:
    """The determinant, (..., n, n) -> (...)."""
    array_of("linalg.det", A, "A")
    return into("linalg.det", out, D.det(A))


def slogdet(A: Any, *, out: Any = None) -> Any:
    """(sign, logabsdet) of the determinant, (..., n, n) -> (...): exp of the second would over- or underflow for many a matrix."""
    array_of("linalg.slogdet", A, "A")
    return into("linalg.slogdet", out, SignLogdet(*D.slogdet(A)))


def logdet(input: Any) -> Any:
    """ln det, (..., n, n) -> (...): nan where the determinant is negative, -inf where it is 0."""
    array_of("logdet", input)
    sign, value = D.slogdet(input)
    return A.where(wrap(sign.array < 0), math.nan, value)


def matrix_exp(input: Any) -> Any:
    """exp of a matrix, sum A^k / k!, (..., n, n)."""
    x = array_of("linalg.matrix_exp", input)
    if x.dtype == np.float16:
        return E.astype(D.matrix_exp(E.astype(input, dtype=np.dtype("float32"))), dtype=x.dtype)
    return D.matrix_exp(input)


def matrix_power(input: Any, n: int, *, out: Any = None) -> Any:
    """The input multiplied by itself n times; its inverse -n times for a negative n; the identity for 0."""
    name = "linalg.matrix_power"
    x, n = array_of(name, input), integer(name, n)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise RuntimeError(f"{name}: square matrices are wanted, the input has the shape {x.shape}")
    if n == 0:
        nowhere = wrap(np.zeros_like(x, dtype=bool))
        return into(name, out, where(nowhere, input, wrap(identity(x, x.shape[-1]))))
    base, n = (F.inv(input), -n) if n < 0 else (input, n)
    result = None
    while n:
        if n & 1:
            result = base if result is None else matmul(result, base)
        n >>= 1
        if n:
            base = matmul(base, base)
    return into(name, out, E.clone(result) if result is input else result)


def number_or_array(x: Any) -> Any:
    return x.array if hasattr(x, "array") else x


def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: Any = None) -> Any:
    """The pseudo-inverse: of all X with least |A X - 1| the smallest. Singular values up to max(atol, rtol * largest) count as 0."""
    array_of("linalg.pinv", A, "A")
    if isinstance(rcond, bool):
        rcond, hermitian = None, rcond
    rtol = rcond if rtol is None else rtol
    return into("linalg.pinv", out, F.pinv(A, atol=number_or_array(atol), rtol=number_or_array(rtol), hermitian=hermitian))


def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: str | None = None, out: Any = None) -> Any:
    """(solution, residuals, rank, singular_values) of the X with the least |A X - B|, (..., m, n) (..., m, k) -> (..., n, k).

    What LAPACK's `driver` of that name gives beside the solution: "gelsy" the rank, "gels" the residuals, "gelsd" and "gelss" all.
    "gels" wants full rank. Residuals are sums of squares, for m > n and full rank.
    """
    name, driver = "linalg.lstsq", driver or "gelsy"
    a, b = array_of(name, A), array_of(name, B, "other")
    check_dtypes(name, a, b)
    require_matrices(name, a)
    if driver not in DRIVERS:
        raise RuntimeError(f"{name}: driver must be one of {', '.join(DRIVERS)}, not {driver!r}")
    vector = is_vector(A, B)
    right = B.unsqueeze(-1) if vector else B
    if right.ndim < 2 or a.shape[-2] != right.shape[-2] or (right.ndim != a.ndim) or a.shape[:-2] != tuple(right.shape[:-2]):
        raise RuntimeError(f"{name}: (..., m, n) and (..., m, k) are wanted, got {a.shape} and {b.shape}")
    m, n = a.shape[-2:]
    sizes = np.linalg.svd(a, compute_uv=False)
    rtol = max(m, n) * float(np.finfo(a.dtype).eps) if rcond is None or driver == "gels" else number_or_array(rcond)
    rank = np.sum(sizes > F.cutoff(a, sizes, None, rtol)[..., None], axis=-1)
    full = bool(np.all(rank == min(m, n)))
    if driver == "gels" and not full:
        raise LinAlgError(f"{name}: a matrix has not full rank, which the driver 'gels' wants; 'gelsd' takes any")
    solution = matmul(F.pinv(A, rtol=rtol), right)
    nothing = wrap(np.zeros_like(a, shape=(0,)))
    residuals = solution.reshape(-1)[:0]
    if m > n and full and driver != "gelsy":
        residuals = R.sum(squared_errors(A, solution, right), dim=(-2,))
    ranks = wrap(rank) if driver != "gels" else nothing.long()
    values = wrap(sizes) if driver in ("gelsd", "gelss") else nothing
    return into(name, out, Lstsq(solution.squeeze(-1) if vector else solution, residuals, ranks, values))


def squared_errors(a: Any, x: Any, b: Any) -> Any:
    error = A.sub(matmul(a, x), b)
    return A.mul(error, error)


def cholesky_solve(input: Any, input2: Any, upper: bool = False, *, out: Any = None) -> Any:
    """X with (L L^T) X = input, L being input2; (L^T L) X = input for an upper triangular L."""
    b, a = array_of("cholesky_solve", input), array_of("cholesky_solve", input2, "input2")
    if a.ndim < 2 or b.ndim < 2:
        raise RuntimeError(f"cholesky_solve: both must have at least 2 dimensions, they have {b.ndim} and {a.ndim}")
    lower = mT(input2) if upper else input2
    half = solve_triangular(lower, input, upper=False)
    return into("cholesky_solve", out, solve_triangular(mT(lower), half, upper=True))


def cholesky_inverse(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """(L L^T)^-1, L being the input, or (L^T L)^-1 for an upper triangular L."""
    a = array_of("cholesky_inverse", input)
    require_matrices("cholesky_inverse", a, square=True, refuse=(NotImplementedError, NotImplementedError))
    one = wrap(np.broadcast_to(identity(a, a.shape[-1]), a.shape).copy())
    return into("cholesky_inverse", out, cholesky_solve(one, input, upper))


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False, out: Any = None) -> Any:
    """X with A X = B from A's `lu_factor`; X A = B if not `left`, A^T X = B if `adjoint`."""
    name = "linalg.lu_solve"
    a, b, rows = array_of(name, LU, "LU"), array_of(name, B, "B"), array_of(name, pivots, "pivots")
    if rows.dtype != np.int32:
        raise RuntimeError(f"{name}: pivots must be int32, as lu_factor() gives them, not {pivots.dtype}")
    require_matrices(name, a, square=True)
    check_dtypes(name, a, b)
    if b.ndim < 2 or b.shape[-2 if left else -1] != a.shape[-1] or rows.shape != a.shape[:-1]:
        raise RuntimeError(f"{name}: LU (..., n, n), pivots (..., n), B (..., n, k) are wanted, got {a.shape}, {rows.shape}, {b.shape}")
    if not left:
        return into(name, out, mT(lu_solve(LU, pivots, mT(B), adjoint=not adjoint)))
    p = wrap(permutation(rows, a.shape[-1], a))
    if adjoint:
        half = F.solve_triangular(mT(LU), B, upper=False)
        result = matmul(p, F.solve_triangular(mT(LU), half, upper=True, unitriangular=True))
    else:
        half = F.solve_triangular(LU, matmul(mT(p), B), upper=False, unitriangular=True)
        result = F.solve_triangular(LU, half, upper=True)
    return into(name, out, result)


def tensorinv(A: Any, ind: int = 2, *, out: Any = None) -> Any:
    """The inverse of `tensordot` with A over A's last dimensions: of A seen as a matrix, split after `ind` dimensions."""
    shape = array_of("linalg.tensorinv", A, "A").shape
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv: ind must be positive, it is {ind}")
    rows, n = shape[ind:], math.prod(shape[:ind])
    if math.prod(rows) != n:
        raise RuntimeError(
            f"linalg.tensorinv: the first {ind} and the other dimensions must have equally many elements; the shape is {shape}"
        )
    return into("linalg.tensorinv", out, inv(A.reshape(n, n)).reshape(*rows, *shape[:ind]))


def tensorsolve(A: Any, B: Any, dims: Any = None, *, out: Any = None) -> Any:
    """X with ``tensordot(A, X, X.ndim) = B``; `dims` of A are moved to its end first."""
    name = "linalg.tensorsolve"
    a, b = array_of(name, A, "A"), array_of(name, B, "B")
    if dims is not None:
        last = [wrap_dim(d, a.ndim) for d in ((dims,) if isinstance(dims, int) else dims)]
        A = A.permute(*(d for d in range(a.ndim) if d not in last), *last)
    shape = tuple(A.shape[b.ndim :])
    if math.prod(shape) != math.prod(A.shape[: b.ndim]) or math.prod(shape) != b.size:
        raise RuntimeError(f"{name}: A of shape {tuple(A.shape)} is no square matrix over B's {b.shape}; as many elements are wanted")
    return into(name, out, solve(A.reshape(b.size, b.size), B.reshape(-1)).reshape(*shape))
