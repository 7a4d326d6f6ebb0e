"""Factorizations of matrices with torch.linalg's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import factorization as F
from ..functional import spectral as S
from ..functional._matrices import LinAlgError, array_of, columns, identity, permutation, require_matrices
from ..functional.arithmetic import add
from ..functional.arrangement import tril, triu
from ..functional.matmul import matmul
from .base import array_of as tensor_array
from .base import wrap
from .results import into, named_result
from .solving import mT, no_info

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "eig", "eigh", "eigvals", "eigvalsh", "householder_product", "ldl_factor", "ldl_factor_ex",
    "ldl_solve", "lu", "lu_factor", "lu_factor_ex", "lu_unpack", "qr", "svd", "svdvals",
]  # fmt: skip

QR, SVD = named_result("linalg_qr", "Q", "R"), named_result("linalg_svd", "U", "S", "Vh")
Eigh, CholeskyEx = named_result("linalg_eigh", "eigenvalues", "eigenvectors"), named_result("linalg_cholesky_ex", "L", "info")
LU, LUFactor = named_result("linalg_lu", "P", "L", "U"), named_result("linalg_lu_factor", "LU", "pivots")
LUFactorEx, LUUnpack = named_result("linalg_lu_factor_ex", "LU", "pivots", "info"), named_result("lu_unpack", "P", "L", "U")


def qr(A: Any, mode: str = "reduced", *, out: Any = None) -> Any:
    """(Q, R) with A = Q R, orthonormal columns in Q and an upper triangular R, (..., m, n) -> (..., m, k), (..., k, n), k = min(m, n).

    `mode` "complete": k = m; "r": Q is empty.

    >>> import minitorch_nlp as torch
    >>> Q, R = torch.linalg.qr(torch.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> torch.allclose(Q @ R, torch.tensor([[3.0, 1.0], [4.0, 2.0]]))
    True
    """
    tensor_array("linalg.qr", A, "A")
    return into("linalg.qr", out, QR(*F.qr(A, mode=mode)))


def check_driver(driver: Any) -> None:
    if driver is not None:
        raise RuntimeError(f"linalg.svd: a driver can be chosen on a GPU only, got {driver!r}")


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None, out: Any = None) -> Any:
    """(U, S, Vh) with A = U diag(S) Vh, S falling; U and Vh square, or with min(m, n) columns and rows without `full_matrices`.

    >>> import minitorch_nlp as torch
    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, -4.0]])).S
    tensor([4., 3.])
    """
    check_driver(driver)
    tensor_array("linalg.svd", A, "A")
    return into("linalg.svd", out, SVD(*S.svd(A, full_matrices=full_matrices)))


def svdvals(A: Any, *, driver: str | None = None, out: Any = None) -> Any:
    """The singular values, falling, (..., m, n) -> (..., min(m, n))."""
    check_driver(driver)
    tensor_array("linalg.svdvals", A, "A")
    return into("linalg.svdvals", out, S.svdvals(A))


def eigh(A: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices, ascending; the lower ("L") or upper ("U") triangle is read.

    >>> import minitorch_nlp as torch
    >>> torch.linalg.eigh(torch.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    tensor_array("linalg.eigh", A, "A")
    return into("linalg.eigh", out, Eigh(*S.eigh(A, UPLO=UPLO)))


def eigvalsh(A: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues of symmetric matrices, ascending, (..., n, n) -> (..., n)."""
    tensor_array("linalg.eigvalsh", A, "A")
    return into("linalg.eigvalsh", out, S.eigvalsh(A, UPLO=UPLO))


def refuse(name: str, fix: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"linalg.{name} is not supported: {fix}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Not supported: {fix}."
    return function


eig = refuse("eig", "its result is complex, and there are no complex tensors here; for symmetric matrices use eigh()")
eigvals = refuse("eigvals", "its result is complex, and there are no complex tensors here; for symmetric matrices use eigvalsh()")
ldl_factor = refuse("ldl_factor", "use cholesky() for positive-definite matrices, lu_factor() for others")
ldl_factor_ex = refuse("ldl_factor_ex", "use cholesky_ex() for positive-definite matrices, lu_factor_ex() for others")
ldl_solve = refuse("ldl_solve", "use cholesky_solve() or lu_solve()")


def cholesky(A: Any, *, upper: bool = False, out: Any = None) -> Any:
    """L with A = L L^T, lower triangular, for symmetric positive-definite matrices; `upper`: its transpose.

    Raises `LinAlgError` for a matrix that is not positive-definite.
    """
    tensor_array("linalg.cholesky", A, "A")
    return into("linalg.cholesky", out, F.cholesky(A, upper=upper))


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """(L, info): info is 0, or the order of the first leading minor that is not positive instead of raising."""
    a = tensor_array("linalg.cholesky_ex", A, "A")
    try:
        return into("linalg.cholesky_ex", out, CholeskyEx(cholesky(A, upper=upper), no_info(a.shape[:-2], a)))
    except LinAlgError:
        if check_errors:
            raise
    low, info = cholesky_as_far_as_it_goes(np.swapaxes(a, -1, -2) if upper else a)
    return into("linalg.cholesky_ex", out, CholeskyEx(wrap(columns(np.swapaxes(low, -1, -2) if upper else low)), wrap(info)))


def cholesky_as_far_as_it_goes(a: Any) -> tuple[Any, Any]:
    """Column by column; a matrix stops at the first pivot that is not positive, whose number is its info."""
    y, n = np.tril(a), a.shape[-1]
    info = np.zeros_like(a, shape=a.shape[:-2], dtype=np.int32)
    for j in range(n):
        pivot = y[..., j, j] - np.sum(y[..., j, :j] ** 2, axis=-1)
        info = np.where((info == 0) & ~(pivot > 0), np.int32(j + 1), info)
        going = (info == 0)[..., None]
        root = np.sqrt(np.where(info == 0, pivot, 1))[..., None]
        rest = y[..., j + 1 :, j] - np.sum(y[..., j + 1 :, :j] * y[..., j : j + 1, :j], axis=-1)
        y[..., j, j] = np.where(info == 0, root[..., 0], np.where(info == j + 1, pivot, y[..., j, j]))
        y[..., j + 1 :, j] = np.where(going, rest / root, y[..., j + 1 :, j])
    return y, info


def check_pivoting(name: str, pivot: bool) -> None:
    if not pivot:
        raise RuntimeError(f"{name}: elimination without pivoting is not implemented on the CPU; leave pivot=True")


def lu_factor(A: Any, *, pivot: bool = True, out: Any = None) -> Any:
    """(LU, pivots): L below the diagonal and U above it in one matrix, and the row each row was swapped with, counted from 1."""
    check_pivoting("linalg.lu_factor", pivot)
    a = tensor_array("linalg.lu_factor", A, "A")
    found = LUFactor(*F.lu_factor(A))
    if a.size and np.any(np.einsum("...ii->...i", square_part(found.LU.array)) == 0):
        raise RuntimeError("linalg.lu_factor: a matrix is singular, U has a 0 on its diagonal; lu_factor_ex() gives it all the same")
    return into("linalg.lu_factor", out, found)


def square_part(a: Any) -> Any:
    k = min(a.shape[-2:])
    return a[..., :k, :k]


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """(LU, pivots, info): as `lu_factor`; info is 0, or says which pivot is 0 instead of raising."""
    check_pivoting("linalg.lu_factor_ex", pivot)
    tensor_array("linalg.lu_factor_ex", A, "A")
    if check_errors:
        factors = lu_factor(A)
        return into("linalg.lu_factor_ex", out, LUFactorEx(*factors, no_info(A.shape[:-2], A.array)))
    lu, pivots = F.lu_factor(A)
    info = wrap(first_zero(square_part(lu.array)))
    return into("linalg.lu_factor_ex", out, LUFactorEx(lu, pivots, info))


def first_zero(a: Any) -> Any:
    """For each upper triangular matrix where its diagonal is 0 first, counted from 1; 0 if nowhere."""
    gone = np.einsum("...ii->...i", a) == 0
    if not gone.shape[-1]:
        return np.zeros_like(a, shape=gone.shape[:-1], dtype=np.int32)
    return np.where(np.any(gone, axis=-1), np.argmax(gone, axis=-1) + 1, 0).astype(np.int32)


def lu(A: Any, *, pivot: bool = True, out: Any = None) -> Any:
    """(P, L, U) with A = P L U: a permutation, unit lower and upper triangular matrices."""
    check_pivoting("linalg.lu", pivot)
    tensor_array("linalg.lu", A, "A")
    return into("linalg.lu", out, LU(*unpacked(*F.lu_factor(A))))


def unpacked(data: Any, pivots: Any) -> tuple[Any, Any, Any]:
    m, n = data.shape[-2:]
    k = min(m, n)
    one = np.zeros_like(data.array, shape=(m, k))
    one[:k] = identity(data.array, k)
    low = add(tril(data[..., :k], diagonal=-1), wrap(one))
    return wrap(permutation(pivots, m, data.array)), low, triu(data[..., :k, :])


def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Any = None) -> Any:
    """(P, L, U) from `lu_factor`'s result; what is not asked for is empty."""
    data, pivots = tensor_array("lu_unpack", LU_data, "LU_data"), tensor_array("lu_unpack", LU_pivots, "LU_pivots")
    if unpack_pivots and pivots.dtype != np.int32:
        raise RuntimeError(f"lu_unpack: LU_pivots must be int32, as lu_factor() gives them, not {LU_pivots.dtype}")
    if data.ndim < 2:
        raise RuntimeError(f"lu_unpack: LU_data must have at least 2 dimensions, it has {data.ndim}")
    p, low, up = unpacked(LU_data, LU_pivots if unpack_pivots else wrap(np.zeros_like(data, shape=(*data.shape[:-2], 0), dtype=np.int32)))
    nothing = wrap(np.zeros_like(data, shape=(0,)))
    if not unpack_data:
        low = up = nothing
    return into("lu_unpack", out, LUUnpack(p if unpack_pivots else nothing, low, up))


def householder_product(A: Any, tau: Any, *, out: Any = None) -> Any:
    """The first n columns of H_1 H_2 ..., H_i = 1 - tau_i v_i v_i^T, v_i the i-th column of A below its diagonal under a 1: `geqrf`'s Q."""
    name = "linalg.householder_product"
    a, t = tensor_array(name, A), tensor_array(name, tau, "tau")
    require_matrices(name, a, refuse=(NotImplementedError, NotImplementedError))
    m, n = a.shape[-2:]
    if m < n or t.shape[:-1] != a.shape[:-2] or t.shape[-1] > n or t.dtype != a.dtype:
        raise RuntimeError(
            f"{name}: A (..., m, n) with m >= n and tau (..., k) with k <= n of one dtype are wanted, got {a.shape}, {t.shape}"
        )
    one = identity(a, m)[:, :n]
    q = wrap(np.broadcast_to(one, a.shape).copy())
    return into(name, out, reflect(A, tau, q, reversed(range(t.shape[-1]))))


def reflect(A: Any, tau: Any, x: Any, order: Any) -> Any:
    """H_i x for each i in turn."""
    m = A.shape[-2]
    for i in order:
        v = tril(A[..., :m, i : i + 1], diagonal=-i - 1)
        unit = identity(array_of(A), m)[:, i : i + 1]
        v = add(v, wrap(unit))
        x = x - tau[..., i : i + 1, None] * matmul(v, matmul(mT(v), x))
    return x
