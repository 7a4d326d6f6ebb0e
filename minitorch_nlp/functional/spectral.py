"""Eigenvalues of symmetric matrices and singular values: eigh, eigvalsh, svd, svdvals.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008); Townsend,
"Differentiating the singular value decomposition" (2016). Where two values are equal, the gradient through the vectors is not defined: it
is inf or nan, unless nothing depends on their vectors.
"""

from __future__ import annotations

import numpy as np

from ._matrices import columns, identity, lapack, require_matrices, separated, symmetric_sample, transposed
from ._op import Op, Traced
from .matmul import batched

__all__ = ["eigh", "eigvalsh", "svd", "svdvals"]

NO_CONVERGENCE = "the iteration did not converge: the input has inf or nan, or is ill-conditioned"
NO_KERNEL = (NotImplementedError, NotImplementedError)


def over_differences(x, values):
    """x_ij / (values_j - values_i) off the diagonal; 0 where x_ij is 0, whatever the values."""
    gap = values[..., None, :] - values[..., :, None]
    safe = np.where(np.equal(x, 0), 1.0, gap + identity(gap, gap.shape[-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        return x / safe


def check(x, UPLO):
    require_matrices("linalg.eigh", x, square=True, refuse=NO_KERNEL)
    if UPLO not in ("L", "U", "l", "u"):
        raise RuntimeError(f"linalg.eigh: UPLO must be 'L' or 'U', not {UPLO!r}")


def eigh_forward(x, *, UPLO="L"):
    """Eigenvalues w in ascending order and orthonormal eigenvectors V of a symmetric X = V diag(w) V^T, (..., n, n) -> (..., n), (..., n, n).

    Of X the lower (UPLO "L") or the upper triangle is read. The sign of an eigenvector is LAPACK's choice.
    """
    if isinstance(x, Traced):
        found = eigh(x, UPLO=UPLO)
        return found, found
    check(x, UPLO)
    values, vectors = lapack("linalg.eigh", NO_CONVERGENCE, np.linalg.eigh, x, UPLO)
    return (values.copy(), columns(vectors)), (values, vectors)  # what is saved is not handed out: nobody can write to it


def eigh_backward(dy, saved):
    """dX = V (diag(dw) + (V^T dV - dV^T V) / 2 / E) V^T, E_ij = w_j - w_i.

    With D the (symmetric) differential of X: dw_i is (V^T D V)_ii, and the differential of V is V (V^T D V / E) off the diagonal.
    Contract with dw and dV; only the skew part of V^T dV reaches the symmetric D.
    """
    dw, dv = dy
    w, v = saved
    p = batched(transposed(v), dv)
    core = over_differences((p - transposed(p)) / 2, w) + dw[..., None] * identity(dw, w.shape[-1])
    return (batched(batched(v, core), transposed(v)),)


def sample_eigh(draw):
    return (symmetric_sample(draw),), {"UPLO": draw.choice(("L", "U"))}


def eigh_reference(x, UPLO="L"):
    """The general eigenvalue problem's answer in order; the signs of the vectors, which nothing determines, as LAPACK chose them."""
    w, v = map(np.real, np.linalg.eig(x))
    order = np.argsort(w, axis=-1)
    w, v = np.take_along_axis(w, order, -1), np.take_along_axis(v, order[..., None, :], -1)
    signs = np.sign(np.sum(v * eigh_forward(x, UPLO=UPLO)[0][1], axis=-2, keepdims=True))
    return w, v * signs


eigh = Op(
    eigh_forward,
    eigh_backward,
    shapes="(..., n, n) -> (..., n), (..., n, n)",
    sample=sample_eigh,
    reference=eigh_reference,
    torch_name="LinalgEigh",
    symmetric=True,
)


def eigvalsh_forward(x, *, UPLO="L"):
    """The eigenvalues of a symmetric X in ascending order, (..., n, n) -> (..., n)."""
    check(x, UPLO)
    w = lapack("linalg.eigh", NO_CONVERGENCE, np.linalg.eigvalsh, x, UPLO)
    return w, (x, UPLO)


def eigvalsh_backward(dw, saved):
    """dX = V diag(dw) V^T, with the eigenvectors V."""
    x, UPLO = saved
    v = eigh(x, UPLO=UPLO)[1]
    return (batched(v * dw[..., None, :], transposed(v)),)


eigvalsh = Op(
    eigvalsh_forward,
    eigvalsh_backward,
    shapes="(..., n, n) -> (..., n)",
    sample=sample_eigh,
    reference=lambda x, UPLO="L": np.sort(np.real(np.linalg.eigvals(x)), axis=-1),
    torch_name="LinalgEigh",
    symmetric=True,
)


def svd_forward(x, *, full_matrices=False):
    """X = U diag(s) V^T with s falling and orthonormal columns of U and V, (..., m, n) -> (..., m, k), (..., k), (..., k, n), k = min(m, n).

    `full_matrices`: U and V square. The signs of the vectors are LAPACK's choice.
    """
    if isinstance(x, Traced):
        found = svd(x, full_matrices=full_matrices)
        return found, found
    require_matrices("linalg.svd", x, refuse=(RuntimeError, NotImplementedError))
    u, s, vh = lapack("linalg.svd", NO_CONVERGENCE, np.linalg.svd, x, full_matrices)
    return (columns(u), s.copy(), columns(vh)), (u, s, vh)


def svd_backward(dy, saved):
    """dX = U ((P - P^T) / E S + S (Q - Q^T) / E + diag(ds)) V^T + (1 - U U^T) dU S^-1 V^T + U S^-1 dV^T (1 - V V^T)

    with P = U^T dU, Q = V^T dV, E_ij = s_j^2 - s_i^2. With D the differential of X and C = U^T D V: ds is the diagonal of C, the differential
    of U is U ((C S + S C^T) / E) + (1 - U U^T) D V S^-1, and likewise for V; contract each with its gradient and collect C.
    Of full matrices only the first k columns of U and V have a gradient.
    """
    du, ds, dvh = dy
    u, s, vh = saved
    k = s.shape[-1]
    u, du, vh, dvh = u[..., :k], du[..., :k], vh[..., :k, :], dvh[..., :k, :]
    row, column, square = s[..., None, :], s[..., :, None], s * s
    p = batched(transposed(u), du)
    q = batched(vh, transposed(dvh))
    core = over_differences(p - transposed(p), square) * row + column * over_differences(q - transposed(q), square)
    core = core + ds[..., None] * identity(s, k)
    dx = batched(batched(u, core), vh)
    if u.shape[-2] > k:
        dx = dx + batched(over(du - batched(u, p), row), vh)
    if vh.shape[-1] > k:
        dx = dx + batched(u, over(dvh - batched(transposed(q), vh), column))
    return (dx,)


def over(x, s):
    """x / s; 0 where x is 0, whatever s."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return x / np.where(np.equal(x, 0), 1.0, s + 0 * x)


def sample_svd(draw):
    m, n = draw.integer(0, 3), draw.integer(0, 3)
    return (separated(draw, m, n),), {"full_matrices": draw.choice((False, m == n))}


def svd_reference(x, full_matrices=False):
    """The eigenvectors of X^T X (or X X^T of a wide X); the signs as LAPACK chose them."""
    t = np.swapaxes(x, -1, -2)
    if x.shape[-2] < x.shape[-1]:
        u, s, vh = svd_reference(t)
        signs = np.sign(np.sum(np.swapaxes(vh, -1, -2) * np.linalg.svd(x, full_matrices=False)[0], axis=-2))
        return np.swapaxes(vh, -1, -2) * signs[..., None, :], s, np.swapaxes(u, -1, -2) * signs[..., :, None]
    w, v = eigh_reference(t @ x)
    s, v = np.sqrt(w[..., ::-1]), v[..., ::-1]
    vh = np.swapaxes(v, -1, -2)
    vh = vh * np.sign(np.sum(vh * np.linalg.svd(x, full_matrices=False)[2], axis=-1, keepdims=True))
    return x @ np.swapaxes(vh, -1, -2) / s[..., None, :], s, vh


svd = Op(
    svd_forward,
    svd_backward,
    shapes="(..., m, n) -> (..., m, k), (..., k), (..., k, n)",
    sample=sample_svd,
    reference=svd_reference,
    torch_name="LinalgSvd",
)


def svdvals_forward(x):
    """The singular values, falling, (..., m, n) -> (..., min(m, n))."""
    require_matrices("linalg.svd", x, refuse=(RuntimeError, NotImplementedError))
    return lapack("linalg.svd", NO_CONVERGENCE, np.linalg.svd, x, compute_uv=False), (x,)


def svdvals_backward(ds, saved):
    """dX = U diag(ds) V^T: the differential of s_i is u_i^T D v_i."""
    (x,) = saved
    u, _, vh = svd(x)
    return (batched(u * ds[..., None, :], vh),)


def svdvals_reference(x):
    gram = x @ np.swapaxes(x, -1, -2) if x.shape[-2] < x.shape[-1] else np.swapaxes(x, -1, -2) @ x
    return np.sqrt(np.sort(np.real(np.linalg.eigvals(gram)), axis=-1)[..., ::-1])


svdvals = Op(
    svdvals_forward,
    svdvals_backward,
    shapes="(..., m, n) -> (..., k)",
    sample=lambda draw: ((separated(draw, draw.integer(0, 3), draw.integer(0, 3)),), {}),
    reference=svdvals_reference,
    torch_name="LinalgSvd",
)
