"""Linear algebra under the names and signatures torch had before torch.linalg."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional._matrices import columns, require_matrices
from ..settings import warn_once
from . import decompositions as D
from . import norms, solving
from .base import array_of, wrap
from .results import into, named_result
from .sampling import randn

__all__ = [
    "cholesky", "det", "geqrf", "lobpcg", "lu", "lu_solve", "orgqr", "ormqr", "pca_lowrank", "pinverse", "qr", "slogdet", "svd", "svd_lowrank",
    "triangular_solve", "vander",
]  # fmt: skip

QR, SVD, SignLogdet = named_result("qr", "Q", "R"), named_result("svd", "U", "S", "V"), named_result("slogdet", "sign", "logabsdet")
Triangular = named_result("triangular_solve", "solution", "cloned_coefficient")
Geqrf, LUWithInfo = named_result("geqrf", "a", "tau"), named_result("_lu_with_info", "LU", "pivots", "info")


def deprecated(name: str, instead: str) -> None:
    warn_once(f"torch.{name} is deprecated; use torch.{instead}", 4)


def cholesky(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """As `linalg.cholesky`."""
    deprecated("cholesky", "linalg.cholesky")
    x = array_of("cholesky", input)
    require_matrices("cholesky", x, square=True, refuse=(NotImplementedError, NotImplementedError))
    return D.cholesky(input, upper=upper, out=out)


def det(input: Any) -> Any:
    """As `linalg.det`."""
    return solving.det(input)


def qr(input: Any, some: bool = True, *, out: Any = None) -> Any:
    """As `linalg.qr`, reduced if `some`, else complete."""
    deprecated("qr", "linalg.qr")
    return into("qr", out, QR(*D.qr(input, "reduced" if some else "complete")))


def svd(input: Any, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """(U, S, V) with input = U diag(S) V^T: `linalg.svd` with V in place of Vh; without `compute_uv`, U and V are zeros."""
    if compute_uv:
        u, s, vh = D.svd(input, not some)
        return into("svd", out, SVD(u, s, solving.mT(vh)))
    x = array_of("svd", input)
    s = D.svdvals(input)
    u, v = (np.zeros_like(x, shape=(*x.shape[:-2], k, k), order="C") for k in x.shape[-2:])
    return into("svd", out, SVD(wrap(u), s, wrap(np.swapaxes(v, -1, -2))))


def slogdet(input: Any, *, out: Any = None) -> Any:
    """As `linalg.slogdet`."""
    return into("slogdet", out, SignLogdet(*solving.slogdet(input)))


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """As `linalg.pinv` with the relative tolerance `rcond`."""
    return solving.pinv(input, rcond)


def lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """(LU, pivots), and infos if asked for: `linalg.lu_factor_ex`."""
    deprecated("lu", "linalg.lu_factor")
    data, pivots, info = D.lu_factor_ex(A, pivot=pivot)
    return into("lu", out, LUWithInfo(data, pivots, info) if get_infos else (data, pivots))


def lu_solve(input: Any, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Any:
    """As `linalg.lu_solve`, the right-hand side first."""
    deprecated("lu_solve", "linalg.lu_solve, with the right-hand side last")
    return solving.lu_solve(LU_data, LU_pivots, input, out=out)


def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False, *, out: Any = None
) -> Any:
    """(solution, a copy of A) of A X = input, or A^T X = input if `transpose`, for a triangular A."""
    deprecated("triangular_solve", "linalg.solve_triangular, with the matrix first")
    name = "triangular_solve"
    x, y = array_of(name, A, "A"), array_of(name, input)
    if x.ndim < 2 or y.ndim < 2:
        raise RuntimeError(f"{name}: input and A must have at least 2 dimensions, they have {y.ndim} and {x.ndim}")
    matrix = solving.mT(A) if transpose else A
    solution = solving.solve_triangular(matrix, input, upper=upper != transpose, unitriangular=unitriangular)
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return into(name, out, Triangular(solution, A.expand(*batch, *x.shape[-2:]).clone()))


def geqrf(input: Any, *, out: Any = None) -> Any:
    """(a, tau): R on and above a's diagonal, below it the vectors of `orgqr`'s reflections. Without a gradient, as in torch."""
    x = array_of("geqrf", input)
    require_matrices("geqrf", x, refuse=(NotImplementedError, NotImplementedError))
    h, tau = np.linalg.qr(x, "raw")
    return into("geqrf", out, Geqrf(wrap(columns(np.swapaxes(h, -1, -2))), wrap(tau)))


def orgqr(input: Any, input2: Any, *, out: Any = None) -> Any:
    """As `linalg.householder_product`."""
    return D.householder_product(input, input2, out=out)


def ormqr(input: Any, input2: Any, input3: Any, left: bool = True, transpose: bool = False, *, out: Any = None) -> Any:
    """Q input3 with Q from `geqrf`'s result (input, input2); input3 Q if not `left`; Q^T for Q if `transpose`."""
    a, t, x = array_of("ormqr", input), array_of("ormqr", input2, "input2"), array_of("ormqr", input3, "input3")
    require_matrices("ormqr", a, refuse=(NotImplementedError, NotImplementedError))
    m = a.shape[-2]
    if x.ndim < 2 or x.shape[-2 if left else -1] != m or t.shape[-1] > m or a.dtype != x.dtype or a.dtype != t.dtype:
        raise RuntimeError(f"ormqr: reflections of length {m} and matrices of {m} {'rows' if left else 'columns'} of one dtype are wanted")
    if not left:
        return into("ormqr", out, solving.mT(ormqr(input, input2, solving.mT(input3), True, not transpose)))
    k = t.shape[-1]
    return into("ormqr", out, D.reflect(input, input2, input3, range(k) if transpose else reversed(range(k))))


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers N - 1 to 0 of each element of a vector, (n) -> (n, N); 0 to N - 1 if `increasing`. N is n unless given."""
    if array_of("vander", x, "x").ndim != 1:
        raise RuntimeError(f"vander: a vector is wanted, x has {x.ndim} dimensions")
    if N is not None and N < 0:
        raise RuntimeError(f"vander: N must not be negative, it is {N}")
    return norms.vander(x, N, increasing)


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """(U, S, V) of rank q near A (or A - M): the svd within the range of A times random vectors, refined `niter` times.

    Source: Halko, Martinsson and Tropp, "Finding structure with randomness" (2009), algorithms 4.4 and 5.1.
    """
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    array_of("svd_lowrank", A, "A")
    if M is not None:
        A = A - M.expand(*A.shape)
    m, n = A.shape[-2:]
    wide = m < n
    if wide:
        A = solving.mT(A)
    x = A @ randn(A.shape[-1], q, dtype=A.dtype, device=A.device)
    basis = D.qr(x)[0]
    for _ in range(niter):
        basis = D.qr(solving.mT(A) @ basis)[0]
        basis = D.qr(A @ basis)[0]
    u, s, vh = D.svd(solving.mT(basis) @ A, False)
    u, v = basis @ u, solving.mT(vh)
    return (v, s, u) if wide else (u, s, v)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """(U, S, V) of rank q near A, of which the column means were subtracted if `center`: V's columns are the principal directions."""
    m, n = array_of("pca_lowrank", A, "A").shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(dim=-2, keepdim=True) if center else A, q, niter)


lobpcg = D.refuse("lobpcg", "use linalg.eigh()")
