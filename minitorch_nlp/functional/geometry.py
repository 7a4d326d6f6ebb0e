"""Vectors in space: cross products and distances between points."""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_float
from ._domain import Distinct
from ._law import wrap_dim
from ._matrices import transposed
from ._op import Op
from .matmul import check_dtypes, check_operands

__all__ = ["cdist", "cross"]


def cross_forward(x, y, *, dim=-1):
    """z = x cross y of the vectors of 3 numbers along `dim`: z_0 = x_1 y_2 - x_2 y_1, and so on in a circle."""
    if x.ndim != y.ndim:
        raise RuntimeError(f"linalg.cross: the inputs must have the same number of dimensions, they have {x.ndim} and {y.ndim}")
    d = wrap_dim(dim, x.ndim)
    if x.ndim == 0 or x.shape[d] != 3 or y.shape[d] != 3:
        raise RuntimeError(
            f"linalg.cross: dimension {dim} must have the length 3; the inputs have shapes {tuple(x.shape)}, {tuple(y.shape)}"
        )
    check_operands("linalg.cross", x, y)
    ones = np.roll(x, -1, d) * np.roll(y, -2, d)
    return ones - np.roll(x, -2, d) * np.roll(y, -1, d), (x, y, d)


def cross_backward(dz, saved):
    """dx = y cross dz, dy = dz cross x.

    <dz, x cross y> is the volume they span, which stays when all three move on by one: <x, y cross dz> = <y, dz cross x>.
    """
    x, y, d = saved
    return tuple(np.roll(a, -1, d) * np.roll(b, -2, d) - np.roll(a, -2, d) * np.roll(b, -1, d) for a, b in ((y, dz), (dz, x)))


def sample_cross(draw):
    shape = [*draw.shape(0, 2)]
    d = draw.integer(0, len(shape))
    shapes = [[n if draw.integer(0, 3) else 1 for n in shape] for _ in range(2)]
    for s in shapes:
        s.insert(d, 3)
    return tuple(draw.array(tuple(s)) for s in shapes), {"dim": d - draw.integer(0, 1) * (len(shape) + 1)}


def cross_reference(x, y, dim):
    x, y = np.broadcast_arrays(x, y)
    return np.cross(x, y, axis=dim)


cross = Op(
    cross_forward,
    cross_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_cross,
    reference=cross_reference,
    torch_name="LinalgCross",
)


def cdist_forward(x, y, *, p=2.0, by_product=False):
    """d_ij = |x_i - y_j|_p for the rows of x and y, (..., i, m) (..., j, m) -> (..., i, j); leading dimensions broadcast.

    `by_product` takes p = 2 from one matrix product, |x|^2 + |y|^2 - 2 x y: quicker on many points, less exact for near ones.
    """
    require_float("cdist", x)
    check_dtypes("cdist", x, y)
    if by_product:
        squares = np.sum(x * x, axis=-1)[..., :, None] + np.sum(y * y, axis=-1)[..., None, :]
        d = np.sqrt(np.maximum(squares - 2 * np.matmul(x, transposed(y)), 0))
    else:
        size = np.abs(x[..., :, None, :] - y[..., None, :, :])
        d = distance(size, p)
    return d, (x, y, d, p, by_product)


def distance(size, p):
    """The p-norm along the last dimension."""
    if p == 0:
        return np.sum(size != 0, axis=-1, dtype=size.dtype)
    if p == 2:
        return np.sqrt(np.sum(size * size, axis=-1))
    if p == math.inf:
        return np.max(size, axis=-1) if size.shape[-1] else np.sum(size, axis=-1)
    return np.sum(size, axis=-1) if p == 1 else np.sum(size**p, axis=-1) ** (1 / p)


def cdist_backward(dd, saved):
    """dx_i = sum_j g_ij, dy_j = -sum_i g_ij, g = dd sign(x - y) (|x - y| / d)^(p-1), and 0 where d = 0 (a subgradient).

    As for a norm: d^p = sum |x - y|^p. For p = inf every largest difference has the whole of dd; for p = 0 there is no gradient.
    """
    x, y, d, p, by_product = saved
    if p == 0:
        return np.zeros_like(x), np.zeros_like(y)
    near = np.equal(d, 0)
    dd, d = np.where(near, 0.0, dd), np.where(near, 1.0, d)
    if by_product:
        w = dd / d
        dx = np.sum(w, axis=-1)[..., None] * x - np.matmul(w, y)
        return dx, np.sum(w, axis=-2)[..., None] * y - np.matmul(transposed(w), x)
    between, dd, d = x[..., :, None, :] - y[..., None, :, :], dd[..., None], d[..., None]
    if p == 2:
        g = between * (dd / d)
    elif p == math.inf:
        g = dd * np.sign(between) * np.equal(np.abs(between), d).astype(dd.dtype)
    elif p == 1:
        g = dd * np.sign(between)
    else:
        size = np.where(np.equal(between, 0), 1.0, np.abs(between))
        g = dd * np.sign(between) * (size / d) ** (p - 1)
    return np.sum(g, axis=-2), -np.sum(g, axis=-3)


def sample_cdist(draw):
    batch, m = draw.shape(0, 1), draw.integer(1, 3)
    x = draw.array((*draw.broadcastable(batch), draw.integer(0, 3), m), Distinct(-2, -0.2))
    y = draw.array((*draw.broadcastable(batch), draw.integer(0, 3), m), Distinct(0.3, 3))
    p = draw.choice((2.0, 1.0, 3.0, 1.5, math.inf, 0.0))
    return (x, y), {"p": p, "by_product": draw.choice((False, p == 2))}


def cdist_reference(x, y, p, by_product):
    lead = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x, y = (np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in (x, y))
    d = np.zeros((*lead, x.shape[-2], y.shape[-2]))
    for place in np.ndindex(*d.shape):
        sizes = [abs(float(a - b)) for a, b in zip(x[place[:-1]], y[(*place[:-2], place[-1])])]
        d[place] = max(sizes) if p == math.inf else sum(s != 0 for s in sizes) if p == 0 else math.fsum(s**p for s in sizes) ** (1 / p)
    return d


cdist = Op(
    cdist_forward,
    cdist_backward,
    shapes="(..., i, m), (..., j, m) -> (..., i, j)",
    sample=sample_cdist,
    reference=cdist_reference,
)
