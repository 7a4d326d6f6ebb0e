"""Running sums, products and extremes along one dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._axes import in_c_order, sample_reduction
from ._checks import refuse_bfloat16
from ._domain import Distinct, Real
from ._law import wrap_dim
from ._op import Op
from .indexing import put_along

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp", "running"]

INT64 = np.dtype("int64")
FINER = {np.dtype("float16"): np.dtype("float32"), np.dtype("float32"): np.dtype("float64")}


def wide_dtype(x: Any, dtype: Any) -> Any:
    """The dtype to accumulate in: integers and bools become int64 unless told otherwise."""
    if dtype is None:
        if x.dtype.kind == "f":
            return None
        refuse_bfloat16("sum", x.dtype)
        return INT64
    refuse_bfloat16("sum", dtype)
    return dtype


def accumulate(function, x, d: int, dtype):
    """np.cumsum or np.cumprod along dimension d; floats carry the running value in the next finer dtype, as in torch."""
    dtype = wide_dtype(x, dtype) or x.dtype
    finer = FINER.get(dtype)
    if finer is None:
        y = function(x, axis=d, dtype=dtype)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            y = function(x, axis=d, dtype=finer).astype(dtype)
    return in_c_order(y) if x.ndim else y.reshape(())


def suffix_sum(v, d: int):
    """s_i = sum_{k >= i} v_k along dimension d."""
    return np.flip(cumsum(np.flip(v, d), dim=d), d)


def at(v, d: int, start: int, stop: int | None):
    """v[start:stop] along dimension d."""
    return v[(slice(None),) * d + (slice(start, stop),)]


def cumsum_forward(x, *, dim, dtype=None):
    """y_k = sum_{i <= k} x_i along `dim`; integers and bools give int64."""
    d = wrap_dim(dim, x.ndim)
    return accumulate(np.cumsum, x, d, dtype), (d,)


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
    y = accumulate(np.cumprod, x, d, dtype)
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


def running(combine: Callable[[Any, Any], Any], v, d: int):
    """combine(v_0, ..., v_k) for each k along dimension d, for an associative `combine`: in log2(n) passes, each over all at once."""
    n, step = v.shape[d], 1
    while step < n:
        v = np.concatenate([at(v, d, 0, step), combine(at(v, d, step, None), at(v, d, 0, n - step))], axis=d)
        step *= 2
    return in_c_order(v) if n > 1 else v


def running_extreme(combine, x, d: int):
    """(outputs, saved): the running extreme and the last place it is at; from the first nan on, nan and the places of nans."""
    if x.ndim == 0:
        index = np.zeros_like(x, dtype=np.int64)
        return (x.copy(), index), (index, d, x.shape)
    y = running(combine, x, d)
    place = np.arange(x.shape[d], like=x).reshape((-1,) + (1,) * (x.ndim - 1 - d))
    index = running(np.maximum, np.where(np.equal(x, y) | np.not_equal(x, x), place, 0), d)
    return (y if y is not x else x.copy(), index), (index, d, x.shape)


def cummax_forward(x, *, dim):
    """(y, k) along `dim`: y_j = max_{i <= j} x_i and its index k_j, the last among equals; nan from the first nan on."""
    return running_extreme(np.maximum, x, wrap_dim(dim, x.ndim))


def cummax_backward(dys, saved):
    """dx_i = sum of dy_j over all j with k_j = i: y_j is a copy of x_{k_j}."""
    index, d, shape = saved
    return (put_along(dys[0], index, d, shape),)


def extreme_reference(choose):
    """Each prefix by itself: its extreme, and where that comes last."""

    def reference(x, *, dim):
        values, index = np.array(x), np.zeros(x.shape, dtype=np.int64)
        for place in np.ndindex(x.shape):
            if place:
                row = np.moveaxis(x, dim, -1)[tuple(np.delete(place, dim))][: place[dim] + 1].tolist()
                values[place] = choose(row)
                index[place] = len(row) - 1 - row[::-1].index(choose(row))
        return values, index

    return reference


sample_distinct = sample_reduction(Distinct(), single=True, required=True, keepdim=False)


cummax = Op(cummax_forward, cummax_backward, shapes="(...) -> (...), (...)", sample=sample_distinct, reference=extreme_reference(max))


def cummin_forward(x, *, dim):
    """(y, k) along `dim`: y_j = min_{i <= j} x_i and its index k_j, the last among equals; nan from the first nan on."""
    return running_extreme(np.minimum, x, wrap_dim(dim, x.ndim))


def cummin_backward(dys, saved):
    """dx_i = sum of dy_j over all j with k_j = i: y_j is a copy of x_{k_j}."""
    return cummax_backward(dys, saved)


cummin = Op(cummin_forward, cummin_backward, shapes="(...) -> (...), (...)", sample=sample_distinct, reference=extreme_reference(min))


def logcumsumexp_forward(x, *, dim):
    """y_k = ln sum_{i <= k} e^(x_i) along `dim`, without overflow."""
    d = wrap_dim(dim, x.ndim)
    if x.dtype.kind != "f":
        raise NotImplementedError(f"logcumsumexp: not implemented for {x.dtype}; convert with .float()")
    with np.errstate(invalid="ignore"):
        y = running(np.logaddexp, x, d) if x.ndim else x
    return (y if y is not x else x.copy()), (x, y, d)


def logcumsumexp_backward(dy, saved):
    """dx_i = e^(x_i - y_i) g_i, where g_i = sum_{k >= i} dy_k e^(y_i - y_k)

    From dy_k/dx_i = e^(x_i - y_k), with e^(y_i) taken out: y never falls, so no exponent is above 0. The sums g build up in
    log2(n) passes: if g_i has s terms, g_i + e^(y_i - y_{i+s}) g_{i+s} has 2s.
    """
    x, y, d = saved
    n, step = (x.shape[d] if x.ndim else 1), 1
    with np.errstate(invalid="ignore"):
        while step < n:
            here, there = at(y, d, 0, n - step), at(y, d, step, None)
            longer = at(dy, d, 0, n - step) + np.exp(here - there) * at(dy, d, step, None)
            dy = np.concatenate([longer, at(dy, d, n - step, None)], axis=d)
            step *= 2
        return (np.exp(x - y) * dy,)


def logcumsumexp_reference(x, *, dim):
    """The logarithm of a running sum, which overflows for large x."""
    return np.log(np.cumsum(np.exp(x), axis=dim)) if x.ndim else x


logcumsumexp = Op(
    logcumsumexp_forward,
    logcumsumexp_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(single=True, required=True, keepdim=False),
    reference=logcumsumexp_reference,
)
