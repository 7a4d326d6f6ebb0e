"""Inverses and linear systems: inv, solve, solve_triangular, pinv.

One rule gives every gradient here: the differential of A X = B is dA X + A dX = dB. Sources: Giles, "Collected matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008); Golub and Pereyra, "The differentiation of pseudo-inverses" (1973).
"""

from __future__ import annotations

import numpy as np

from ._matrices import (
    LinAlgError,
    array_of,
    columns,
    eliminate,
    identity,
    lapack,
    permutation,
    require_matrices,
    sample_invertible,
    separated,
    substitute,
    transposed,
)  # fmt: skip
from ._op import Op
from .matmul import batched, check_dtypes

__all__ = ["inv", "pinv", "solve", "solve_triangular"]

SINGULAR = "a matrix is singular: it has no inverse; pinv() and lstsq() take any matrix"


def inv_forward(x):
    """Y = X^-1, (..., n, n)."""
    require_matrices("linalg.inv", x, square=True)
    y = columns(lapack("linalg.inv", SINGULAR, np.linalg.inv, x))
    return y, (y,)


def inv_backward(dy, saved):
    """dX = -Y^T dY Y^T.

    X Y = 1, so the differential of Y is -Y (differential of X) Y; contract with dY.
    """
    (y,) = saved
    t = transposed(y)
    return (-batched(batched(t, dy), t),)


def gauss_jordan(x, b):
    """X^-1 B of two matrices in plain loops, with pivoting."""
    a = np.concatenate([x, b], axis=1)
    n = len(x)
    for j in range(n):
        p = max(range(j, n), key=lambda i: abs(a[i, j]))
        a[[j, p]] = a[[p, j]]
        a[j] /= a[j, j]
        for i in range(n):
            if i != j:
                a[i] -= a[i, j] * a[j]
    return a[:, n:]


def each_matrix(function, *xs):
    """``function`` of each matrix of stacks that broadcast."""
    batch = np.broadcast_shapes(*(x.shape[:-2] for x in xs))
    full = [np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in xs]
    results = [function(*(x[place] for x in full)) for place in np.ndindex(*batch)]
    shape = function(*(np.eye(*x.shape[-2:]) for x in xs)).shape
    return np.array(results).reshape((*batch, *shape))


inv = Op(
    inv_forward,
    inv_backward,
    shapes="(..., n, n) -> (..., n, n)",
    sample=sample_invertible,
    reference=lambda x: each_matrix(lambda a: gauss_jordan(a, np.eye(len(a))), x),
    torch_name="LinalgInvEx",
)


def inverse_or_inf(x):
    """X^-1 for gradients; inf and nan where a matrix is singular."""
    try:
        return inv(x)
    except LinAlgError:
        return solved_anyway(array_of(x), identity(x, x.shape[-1]))


def solved_anyway(a, b):
    """X with A X = B by elimination, with inf and nan where a matrix is singular."""
    lu, pivots = eliminate(a)
    start = np.matmul(transposed(permutation(pivots, a.shape[-1], a)), b)
    return substitute(lu, substitute(lu, start, False, True), True, False)


def solve_forward(a, b, *, left=True):
    """X with A X = B, (..., n, n) (..., n, k) -> (..., n, k); leading dimensions broadcast. Not `left`: X A = B, (..., k, n)."""
    require_matrices("linalg.solve", a, square=True)
    check_dtypes("linalg.solve", a, b)
    if left:
        x = columns(lapack("linalg.solve", SINGULAR, np.linalg.solve, a, b))
    else:
        x = transposed(columns(lapack("linalg.solve", SINGULAR, np.linalg.solve, transposed(a), transposed(b))))
    return x, (a, x, left)


def solve_backward(dx, saved, needs=(True, True)):
    """dB = A^-T dX, dA = -dB X^T; for X A = B, dB = dX A^-T, dA = -X^T dB.

    The differential of X is A^-1 (dB - dA X), with B's and A's differentials; contract with dX.
    """
    a, x, left = saved
    db = solve(transposed(a), dx, left=left)
    return gradient_of_matrix(db, x, left) if needs[0] else None, db


def gradient_of_matrix(db, x, left):
    return -(batched(db, transposed(x)) if left else batched(transposed(x), db))


def sample_solve(draw):
    n = draw.integer(1, 3)
    a = separated(draw, n, n)[..., ::-1]
    left, k = draw.choice((True, False)), draw.integer(0, 3)
    b = draw.array((*draw.broadcastable(a.shape[:-2]), *((n, k) if left else (k, n))))
    return (a, b), {"left": left}


def solve_reference(a, b, left=True):
    return each_matrix(gauss_jordan, a, b) if left else transposed(each_matrix(gauss_jordan, transposed(a), transposed(b)))


solve = Op(
    solve_forward,
    solve_backward,
    shapes="(..., n, n), (..., n, k) -> (..., n, k)",
    sample=sample_solve,
    reference=solve_reference,
    torch_name="LinalgSolveEx",
)


def solve_triangular_forward(a, b, *, upper, left=True, unitriangular=False):
    """X with A X = B (X A = B if not `left`) for a triangular A, of which only that triangle is read.

    `unitriangular`: its diagonal counts as ones. A zero on the diagonal gives inf or nan.
    """
    require_matrices("linalg.solve_triangular", a, square=True)
    check_dtypes("linalg.solve_triangular", a, b)
    if left:
        x = substitute(a, b, upper, unitriangular)
    else:
        x = columns(transposed(substitute(transposed(a), transposed(b), not upper, unitriangular)))
    return x, (a, x, upper, left, unitriangular)


def solve_triangular_backward(dx, saved, needs=(True, True)):
    """dB = A^-T dX, dA = -(dB X^T) in A's triangle (below or above its diagonal if that is fixed to ones); X A = B likewise.

    As for any A; elements outside the triangle are not read, so they have no gradient.
    """
    a, x, upper, left, unitriangular = saved
    db = solve_triangular(transposed(a), dx, upper=not upper, left=left, unitriangular=unitriangular)
    if not needs[0]:
        return None, db
    da = gradient_of_matrix(db, x, left)
    return np.triu(da, int(unitriangular)) if upper else np.tril(da, -int(unitriangular)), db


def sample_triangular(draw):
    (a, b), options = sample_solve(draw)
    return (a[..., ::-1], b), options | {"upper": draw.choice((False, True)), "unitriangular": draw.choice((False, True))}


def triangular_reference(a, b, upper, left, unitriangular):
    t = np.triu(a) if upper else np.tril(a)
    return solve_reference(t * (1 - np.eye(a.shape[-1])) + np.eye(a.shape[-1]) if unitriangular else t, b, left)


solve_triangular = Op(
    solve_triangular_forward,
    solve_triangular_backward,
    shapes="(..., n, n), (..., n, k) -> (..., n, k)",
    sample=sample_triangular,
    reference=triangular_reference,
    torch_name="LinalgSolveTriangular",
)


def pinv_forward(x, *, atol=None, rtol=None, hermitian=False):
    """Y = X^+, (..., m, n) -> (..., n, m): with X = U S V^T, V S^+ U^T. Singular values up to max(atol, rtol * largest) count as 0.

    rtol is max(m, n) times the dtype's epsilon unless atol or rtol is given. `hermitian`: X is symmetric, its lower triangle is read.
    """
    require_matrices("linalg.pinv", x, square=hermitian)
    if hermitian:
        s, u = np.linalg.eigh(x)
        vh, size = transposed(u), np.abs(s)
    else:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        size = s
    kept = size > cutoff(x, size, atol, rtol)[..., None]
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0)
    y = np.matmul(transposed(vh) * inverse[..., None, :], transposed(u))
    return y, (x, y)


def cutoff(x, size, atol, rtol):
    """Up to which size a singular value (or an eigenvalue, without its sign) counts as 0."""
    if rtol is None:
        given = atol is not None and (not isinstance(atol, (int, float)) or atol > 0)
        rtol = 0.0 if given else max(x.shape[-2:]) * float(np.finfo(x.dtype).eps)
    largest = np.max(size, axis=-1) if size.shape[-1] else np.zeros_like(size, shape=size.shape[:-1])
    return np.maximum(largest * rtol, 0.0 if atol is None else atol)


def pinv_backward(dy, saved):
    """dX = -Y^T dY Y^T + (1 - X Y) dY^T Y Y^T + Y^T Y dY^T (1 - Y X), while the rank stays the same.

    The differential of Y is -Y dX Y + Y Y^T dX^T (1 - X Y) + (1 - Y X) dX^T Y^T Y, with X's differential; contract with dY.
    """
    x, y = saved
    t, g = transposed(y), transposed(dy)
    left = np.matmul(np.matmul(g, y), t)  # dY^T Y Y^T
    right = np.matmul(t, np.matmul(y, g))  # Y^T Y dY^T
    dx = left - np.matmul(x, np.matmul(y, left)) + right - np.matmul(np.matmul(right, y), x)
    return (dx - np.matmul(np.matmul(t, dy), t),)


def sample_pinv(draw):
    return (separated(draw, draw.integer(0, 3), draw.integer(0, 3)),), {}


def pinv_reference(x):
    """(X^T X)^-1 X^T, or X^T (X X^T)^-1 of a wide one: right for full rank."""
    t = np.swapaxes(x, -1, -2)
    if x.shape[-2] >= x.shape[-1]:
        return each_matrix(gauss_jordan, t @ x, t)
    return t @ each_matrix(lambda a: gauss_jordan(a, np.eye(len(a))), x @ t)


pinv = Op(
    pinv_forward, pinv_backward, shapes="(..., m, n) -> (..., n, m)", sample=sample_pinv, reference=pinv_reference, torch_name="LinalgPinv"
)
