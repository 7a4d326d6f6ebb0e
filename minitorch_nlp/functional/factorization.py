"""Factorizations by elimination and reflection: cholesky, lu_factor, qr.

Sources: Giles (2008); Murray, "Differentiation of the Cholesky decomposition" (2016); Walter and Lehmann, "Algorithmic differentiation of linear
algebra functions" (2018).
"""

from __future__ import annotations

import math

import numpy as np

from ._matrices import columns, eliminate, identity, lapack, permutation, require_matrices, separated, symmetric_sample, transposed
from ._op import Op, Traced
from .matmul import batched
from .solving import each_matrix, solve_triangular

__all__ = ["cholesky", "lu_factor", "qr"]

NOT_POSITIVE = "a matrix is not positive-definite: it has an eigenvalue that is 0 or negative"


def cholesky_forward(x, *, upper=False):
    """L, lower triangular, with X = L L^T for a symmetric positive-definite X, (..., n, n); X's lower triangle is read.

    `upper`: L^T, and X's upper triangle is read.
    """
    require_matrices("linalg.cholesky", x, square=True, refuse=(RuntimeError, NotImplementedError))
    y = lapack("linalg.cholesky", NOT_POSITIVE, np.linalg.cholesky, transposed(x) if upper else x)
    y = columns(transposed(y) if upper else y)
    return y, (y, upper)


def cholesky_backward(dy, saved):
    """dX = L^-T S L^-1, S the symmetric matrix whose triangles are half the lower triangle of L^T dL.

    With D the differential of X, that of L is L times the lower triangle of L^-1 D L^-T, its diagonal halved; contract with dL.
    """
    y, upper = saved
    if upper:
        y, dy = transposed(y), transposed(dy)
    low = np.tril(batched(transposed(y), dy))
    s = (low + transposed(np.tril(low, -1))) / 2
    half = solve_triangular(transposed(y), s, upper=True)
    return (solve_triangular(transposed(y), transposed(half), upper=True),)


def cholesky_reference(x, upper=False):
    """Column by column: what is left of the diagonal, rooted, and the rest of its column over that."""

    def factor(a):
        y = np.zeros(a.shape)
        for j in range(len(a)):
            y[j, j] = math.sqrt(a[j, j] - sum(y[j, k] ** 2 for k in range(j)))
            for i in range(j + 1, len(a)):
                y[i, j] = (a[i, j] - sum(y[i, k] * y[j, k] for k in range(j))) / y[j, j]
        return y

    return np.swapaxes(each_matrix(factor, x), -1, -2) if upper else each_matrix(factor, x)


cholesky = Op(
    cholesky_forward,
    cholesky_backward,
    shapes="(..., n, n) -> (..., n, n)",
    sample=lambda draw: ((symmetric_sample(draw),), {"upper": draw.choice((False, True))}),
    reference=cholesky_reference,
    torch_name="LinalgCholeskyEx",
    symmetric=True,
)


def lu_factor_forward(x):
    """X = P L U, (..., m, n): U with L below it (its diagonal of ones left out) in one matrix, and the row each row was swapped with.

    P is the permutation of partial pivoting; the rows are counted from 1.
    """
    if isinstance(x, Traced):
        found = lu_factor(x)
        return found, found
    require_matrices("linalg.lu_factor", x, refuse=(NotImplementedError, NotImplementedError))
    lu, pivots = eliminate(x)
    return (columns(lu), pivots.copy()), (lu, pivots)  # what is saved is not handed out: nobody can write to it


def lu_factor_backward(dy, saved):
    """dX = P L^-T (lower(L^T dL) + upper(dU U^T)) U^-T for a square X; `lower` is strict, `upper` has the diagonal.

    With D the differential of P^T X: L^-1 D U^-1 is the sum of a strictly lower matrix, L^-1 times the differential of L, and an upper
    one, that of U times U^-1. Rows of L below the square are X U^-1, columns of U beside it L^-1 X: their gradients pass on.
    """
    lu, pivots = saved
    dlu, k = dy[0], min(lu.shape[-2:])
    m, n = lu.shape[-2:]
    square = lu[..., :k, :k]
    one = identity(square, k)
    low, up = np.tril(square, -1) + one, np.triu(square)
    inner = np.tril(batched(transposed(low), np.tril(dlu[..., :k, :k], -1)), -1) + np.triu(
        batched(np.triu(dlu[..., :k, :k]), transposed(up))
    )
    if m > k:
        inner = inner - np.triu(batched(transposed(lu[..., k:, :]), dlu[..., k:, :]))
    if n > k:
        inner = inner - np.tril(batched(dlu[..., k:], transposed(lu[..., k:])), -1)
    low_t = transposed(low)
    dx = solve_triangular(low_t, over_upper(inner, up), upper=True, unitriangular=True)
    if m > k:
        dx = np.concatenate([dx, over_upper(dlu[..., k:, :], up)], axis=-2)
    if n > k:
        dx = np.concatenate([dx, solve_triangular(low_t, dlu[..., k:], upper=True, unitriangular=True)], axis=-1)
    return (batched(permutation(pivots, m, lu), dx),)


def over_upper(x, up):
    """x U^-T."""
    return transposed(solve_triangular(up, transposed(x), upper=True))


def lu_factor_reference(x):
    """Doolittle's sums in plain loops on the rows in their final order."""

    def factor(a):
        a, pivots = a.copy(), []
        m, n = a.shape
        for j in range(min(m, n)):
            p = max(range(j, m), key=lambda i: abs(a[i, j]))
            pivots.append(p + 1)
            a[[j, p]] = a[[p, j]]
            for i in range(j + 1, m):
                a[i, j] /= a[j, j]
                for c in range(j + 1, n):
                    a[i, c] -= a[i, j] * a[j, c]
        return a, pivots

    pairs = [factor(x[place]) for place in np.ndindex(*x.shape[:-2])]
    factors = np.array([a for a, _ in pairs]).reshape(x.shape)
    return factors, np.array([p for _, p in pairs], dtype=np.int32).reshape((*x.shape[:-2], min(x.shape[-2:])))


def sample_lu(draw):
    return (separated(draw, draw.integer(0, 3), draw.integer(0, 3))[..., ::-1, :],), {}


lu_factor = Op(
    lu_factor_forward,
    lu_factor_backward,
    shapes="(..., m, n) -> (..., m, n), (..., k)",
    sample=sample_lu,
    reference=lu_factor_reference,
    torch_name="LinalgLuFactorEx",
)


def qr_forward(x, *, mode="reduced"):
    """X = Q R, Q with orthonormal columns, R upper triangular, (..., m, n) -> (..., m, k), (..., k, n), k = min(m, n).

    `mode` "complete": k = m; "r": R alone, Q is empty.
    """
    if isinstance(x, Traced):
        q, r = qr(x, mode=mode)
        return (q, r), (q, r, mode)
    require_matrices("linalg.qr", x, refuse=(RuntimeError, NotImplementedError))
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"linalg.qr: mode must be 'reduced', 'complete' or 'r', not {mode!r}")
    if mode == "r":
        r = np.linalg.qr(x, "r")
        return (np.zeros_like(x, shape=(0,)), columns(r)), (r, r, mode)
    q, r = np.linalg.qr(x, mode)
    return (columns(q), columns(r)), (q, r, mode)


def qr_backward(dy, saved):
    """dX = (dQ + Q S) R^-T, S symmetric with the upper triangle of M = dR R^T - Q^T dQ, for m >= n.

    With D the differential of X: D R^-1 = (differential of Q) + Q (differential of R) R^-1, and Q^T times that of Q is skew, which
    splits Q^T D R^-1 into a skew and an upper part; contract. A wide X = [A, B] has R = [T, Q^T B]: dB = Q dT_B, and dQ gains B dT_B^T.
    """
    dq, dr = dy
    q, r, mode = saved
    k = r.shape[-2]
    m, n = q.shape[-2], r.shape[-1]
    if mode == "r":
        raise RuntimeError("linalg.qr: the gradient needs Q, which mode='r' leaves out; use mode='reduced'")
    if mode == "complete" and m > n:
        raise RuntimeError(f"linalg.qr: mode='complete' of a {m} by {n} matrix is not differentiable; use mode='reduced'")
    if n <= k:
        return (square_qr_gradient(dq, dr, q, r),)
    side, dside = r[..., k:], dr[..., k:]
    beside = batched(q, side)
    left = square_qr_gradient(dq + batched(beside, transposed(dside)), dr[..., :k], q, r[..., :k])
    return (np.concatenate([left, batched(q, dside)], axis=-1),)


def square_qr_gradient(dq, dr, q, r):
    m = np.triu(batched(dr, transposed(r)) - batched(transposed(q), dq))
    s = m + transposed(np.triu(m, 1))
    return transposed(solve_triangular(r, transposed(dq + batched(q, s)), upper=True))


def householder(a, columns_of_q):
    """Q and R by reflections that bring one column after the other onto the diagonal, as LAPACK defines them."""
    m, n = a.shape
    r, q = a.copy(), np.eye(m)
    for j in range(min(m - 1, n)):
        v = r[j:, j].copy()
        v[0] += math.copysign(math.sqrt(float(v @ v)), v[0])
        h = np.eye(m)
        h[j:, j:] -= 2 * np.outer(v, v) / (v @ v)
        r, q = h @ r, q @ h
    return q[:, :columns_of_q], np.triu(r)[:columns_of_q]


def qr_reference(x, mode="reduced"):
    m, n = x.shape[-2:]
    k = m if mode == "complete" else min(m, n)
    return each_matrix(lambda a: householder(a, k)[0], x), each_matrix(lambda a: householder(a, k)[1], x)


def sample_qr(draw):
    m, n = draw.integer(0, 3), draw.integer(0, 3)
    return (separated(draw, m, n),), {"mode": draw.choice(("reduced", "complete" if m <= n else "reduced"))}


qr = Op(
    qr_forward,
    qr_backward,
    shapes="(..., m, n) -> (..., m, k), (..., k, n)",
    sample=sample_qr,
    reference=qr_reference,
    torch_name="LinalgQr",
)
