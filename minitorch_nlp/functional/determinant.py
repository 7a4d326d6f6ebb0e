"""Determinants, and the matrix exponential."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np

from ._matrices import array_of, identity, require_matrices, sample_invertible, separated, transposed
from ._op import Op
from .matmul import batched
from .solving import inv, inverse_or_inf
from .spectral import svd

__all__ = ["det", "matrix_exp", "slogdet"]


def det_forward(x):
    """y = det X, (..., n, n) -> (...)."""
    require_matrices("linalg.det", x, square=True, refuse=(RuntimeError, NotImplementedError))
    return np.linalg.det(x), (x,)


def det_backward(dy, saved):
    """dX = dy times the cofactors of X, which are det X X^-T where X is invertible.

    det X is linear in each element; the factor of x_ij is its cofactor.
    """
    (x,) = saved
    return (dy[..., None, None] * cofactors(x),)


def cofactors(x):
    """det X X^-T; of a singular X from its singular value decomposition, det U det V U diag(prod of the other s) V^T."""
    y = det(x)
    if np.all(array_of(y) != 0):
        return y[..., None, None] * transposed(inv(x))
    u, s, vh = svd(x)
    n = x.shape[-1]
    others = s[..., None, :] * (1 - identity(x, n)) + identity(x, n)
    product = others[..., 0]
    for j in range(1, n):
        product = product * others[..., j]
    return (det(u) * det(vh))[..., None, None] * batched(u * product[..., None, :], vh)


def leibniz(a):
    """The determinant as a sum over all permutations."""
    n, total = len(a), 0.0
    for p in permutations(range(n)):
        swaps = sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** swaps * math.prod(float(a[i, p[i]]) for i in range(n))
    return total


def det_reference(x):
    return np.array([leibniz(x[place]) for place in np.ndindex(*x.shape[:-2])]).reshape(x.shape[:-2])


det = Op(
    det_forward,
    det_backward,
    shapes="(..., n, n) -> (...)",
    sample=sample_invertible,
    reference=det_reference,
    torch_name="LinalgDet",
)


def slogdet_forward(x):
    """The sign of det X and ln |det X|, (..., n, n) -> (...), (...). A singular X has the sign 0 and -inf."""
    require_matrices("linalg.slogdet", x, square=True)
    return tuple(np.linalg.slogdet(x)), (x,)


def slogdet_backward(dy, saved):
    """dX = dlog X^-T; the sign is constant between the singular matrices.

    ln |det X| has the gradient cofactors / det X. Of a singular X it is inf or nan.
    """
    (x,) = saved
    return (dy[1][..., None, None] * transposed(inverse_or_inf(x)),)


def slogdet_reference(x):
    y = det_reference(x)
    return np.sign(y), np.log(np.abs(y))


slogdet = Op(
    slogdet_forward,
    slogdet_backward,
    shapes="(..., n, n) -> (...), (...)",
    sample=sample_invertible,
    reference=slogdet_reference,
    torch_name="LinalgSlogdet",
)


# The numerator of the Pade approximant of degree 13, and up to which norm it is exact to the last bit of a double: Higham (2005)
PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640,
    1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
LARGEST = 5.371920351148152


def matrix_exp_forward(x):
    """exp X = sum X^k / k!, (..., n, n), by scaling and squaring: exp X = (exp(X / 2^s))^(2^s), a rational function for the small one."""
    require_matrices("linalg.matrix_exp", x, square=True)
    if not math.prod(x.shape):
        return x.copy(), (x,)
    norm = np.max(np.sum(np.abs(x), axis=-2), axis=-1)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        s = np.maximum(np.ceil(np.log2(norm / LARGEST)), 0.0)
        s = np.where(np.isfinite(s), s, 0.0)[..., None, None]
        y = pade(x / 2**s)
        for i in range(int(np.max(s))):
            y = np.where(i < s, np.matmul(y, y), y)
    return y, (x,)


def pade(x):
    """The degree-13 approximant (V - U)^-1 (V + U), U odd and V even in x."""
    b = [c / PADE[0] for c in PADE]
    one = identity(x, x.shape[-1])
    x2 = np.matmul(x, x)
    x4 = np.matmul(x2, x2)
    x6 = np.matmul(x2, x4)
    high_u = np.matmul(x6, b[13] * x6 + b[11] * x4 + b[9] * x2)
    u = np.matmul(x, high_u + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * one)
    high_v = np.matmul(x6, b[12] * x6 + b[10] * x4 + b[8] * x2)
    v = high_v + b[6] * x6 + b[4] * x4 + b[2] * x2 + one
    return np.linalg.solve(v - u, v + u)


def matrix_exp_backward(dy, saved):
    """dX = the upper right block of exp [[X^T, dY], [0, X^T]].

    With D the differential of X, that block of exp [[X, D], [0, X]] is the differential of exp X (multiply the series out), and
    <dY, sum of X^i D X^j> = <sum of (X^T)^i dY (X^T)^j, D> gives its transpose. Source: Al-Mohy and Higham (2009).
    """
    (x,) = saved
    n, t = x.shape[-1], transposed(x)
    top = np.concatenate([t, dy], axis=-1)
    bottom = np.concatenate([np.zeros_like(x), t], axis=-1)
    return (matrix_exp(np.concatenate([top, bottom], axis=-2))[..., :n, n:],)


def matrix_exp_reference(x):
    """The series, of a matrix scaled down by 2^12."""
    small, n = x / 4096, x.shape[-1]
    y = np.broadcast_to(np.eye(n), x.shape)
    for k in range(8, 0, -1):
        y = np.eye(n) + small @ y / k
    for _ in range(12):
        y = y @ y
    return y


def sample_matrix_exp(draw):
    n = draw.integer(0, 3)
    return (separated(draw, n, n)[..., ::-1] * draw.choice((0.3, 1.0)),), {}


matrix_exp = Op(
    matrix_exp_forward,
    matrix_exp_backward,
    shapes="(..., n, n) -> (..., n, n)",
    sample=sample_matrix_exp,
    reference=matrix_exp_reference,
    torch_name="LinalgMatrixExp",
)
