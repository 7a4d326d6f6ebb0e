"""Running sums and products along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._axes import sample_reduction
from ._domain import Real
from ._law import wrap_dim
from ._op import Op

__all__ = ["cumprod", "cumsum"]

INT64 = np.dtype("int64")


def wide_dtype(x: Any, dtype: Any) -> Any:
    """The dtype to accumulate in: integers and bools become int64 unless told otherwise."""
    return INT64 if dtype is None and x.dtype.kind != "f" else dtype


def suffix_sum(v, d: int):
    """s_i = sum_{k >= i} v_k along dimension d."""
    return np.flip(np.cumsum(np.flip(v, d), axis=d), d)


def at(v, d: int, start: int, stop: int | None):
    """v[start:stop] along dimension d."""
    return v[(slice(None),) * d + (slice(start, stop),)]


def cumsum_forward(x, *, dim, dtype=None):
    """y_k = sum_{i <= k} x_i along `dim`; integers and bools give int64."""
    d = wrap_dim(dim, x.ndim)
    y = np.cumsum(x, axis=d, dtype=wide_dtype(x, dtype))
    return (y if x.ndim else y.reshape(())), (d,)


def cumsum_backward(dy, saved):
    """dx_i = sum_{k >= i} dy_k: x_i is a term of y_i and of every later one."""
    (d,) = saved
    return (suffix_sum(dy, d) if dy.ndim else dy,)


def cumsum_reference(x, *, dim):
    """The product with a triangle of ones."""
    if x.ndim == 0:
        return x
    ones = np.triu(np.ones((x.shape[dim], x.shape[dim])))
    return np.moveaxis(np.moveaxis(x, dim, -1) @ ones, -1, dim)


cumsum = Op(
    cumsum_forward,
    cumsum_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(single=True, required=True, keepdim=False),
    reference=cumsum_reference,
)


def cumprod_forward(x, *, dim, dtype=None):
    """y_k = prod_{i <= k} x_i along `dim`; integers and bools give int64."""
    d = wrap_dim(dim, x.ndim)
    with np.errstate(over="ignore", invalid="ignore"):
        y = np.cumprod(x, axis=d, dtype=wide_dtype(x, dtype))
    y = y if x.ndim else y.reshape(())
    return y, (x, y, d)


def cumprod_backward(dy, saved):
    """dx_k = y_{k-1} g_k, where g_k = dy_k + x_{k+1} g_{k+1} is all of y_k's gradient.

    From y_k = x_k y_{k-1}, with y_{-1} = 1. Unrolled, x_k dx_k = sum_{i >= k} dy_i y_i; so where no x is 0, no steps are needed.
    """
    x, y, d = saved
    if dy.ndim == 0:
        return (dy,)
    if not np.sum(np.equal(x, 0)):
        with np.errstate(over="ignore", invalid="ignore"):
            return (suffix_sum(dy * y, d) / x,)
    n = x.shape[d]
    g, parts = at(dy, d, n - 1, n), []
    for k in range(n - 1, 0, -1):
        parts.append(g * at(y, d, k - 1, k))
        g = at(dy, d, k - 1, k) + at(x, d, k, k + 1) * g
    return (np.concatenate([g, *reversed(parts)], axis=d),)


def cumprod_reference(x, *, dim):
    """The product of each prefix, one by one."""
    if x.ndim == 0 or x.shape[dim] == 0:
        return x
    rows = np.moveaxis(x, dim, 0)
    return np.moveaxis(np.array([np.prod(rows[: k + 1], axis=0) for k in range(len(rows))]), 0, dim)


cumprod = Op(
    cumprod_forward,
    cumprod_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(Real(-2, 2, kinks=(0,), margin=0.3), single=True, required=True, keepdim=False),
    reference=cumprod_reference,
)
