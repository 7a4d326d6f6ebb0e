"""Reductions: sums, products, moments, logsumexp and norms, of all elements or along dimensions.

`dim` is an int, a tuple of ints, or None (or an empty tuple) for all dimensions. Running sums are in `scan`, extremes in `extremum`.
"""

from __future__ import annotations

import math

import numpy as np

from ..backend import as_array
from ._axes import axis_of, count, in_c_order, keep, reference_along, require_float, sample_reduction
from ._domain import Distinct, Real
from ._op import Op, by_dim
from .extremum import amax, amin, aminmax, argmax, argmin, max_all, max_dim, min_all, min_dim
from .movement import spread
from .scan import at, cummax, cummin, cumprod, cumsum, logcumsumexp, wide_dtype

__all__ = [
    "amax", "amin", "aminmax", "argmax", "argmin", "cummax", "cummin", "cumprod", "cumsum", "logcumsumexp", "logsumexp", "max_all",
    "max_dim", "mean", "min_all", "min_dim", "nansum", "norm", "prod", "std", "sum", "var",
]  # fmt: skip

HALF = np.dtype("float16")


def sum_forward(x, *, dim=None, keepdim=False, dtype=None):
    """y = sum_i x_i, of all elements or along `dim`; integers and bools give int64."""
    axis = axis_of(dim, x.ndim)
    if x.dtype == HALF and dtype is None:  # added up in float32: many halfs may not fit in a half until the end
        with np.errstate(over="ignore"):
            return np.add.reduce(x, axis=axis, keepdims=keepdim, dtype=np.float32).astype(HALF), (x.shape, axis, keepdim)
    y = np.add.reduce(x, axis=axis, keepdims=keepdim, dtype=wide_dtype(x, dtype))
    return y if axis is None else in_c_order(y), (x.shape, axis, keepdim)


def sum_backward(dy, saved):
    """dx_i = dy: the sum moves one to one with each of its terms."""
    shape, axis, keepdim = saved
    return (spread(keep(dy, shape, axis, keepdim), shape=shape),)


sum = Op(
    sum_forward,
    sum_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(),
    reference=reference_along(math.fsum),
    torch_name=by_dim("Sum"),
)


def nansum_forward(x, *, dim=None, keepdim=False, dtype=None):
    """y = sum_i x_i without those that are nan, of all elements or along `dim`; integers and bools give int64."""
    known = np.equal(x, x)
    axis = axis_of(dim, x.ndim)
    return np.add.reduce(np.where(known, x, 0), axis=axis, keepdims=keepdim, dtype=wide_dtype(x, dtype)), (known, axis, keepdim)


def nansum_backward(dy, saved):
    """dx_i = dy where x_i is a term, 0 where it is nan."""
    known, axis, keepdim = saved
    return (np.where(known, keep(dy, known.shape, axis, keepdim), 0.0),)


nansum = Op(nansum_forward, nansum_backward, shapes="(...) -> (...)", sample=sample_reduction(), reference=reference_along(math.fsum))


def mean_forward(x, *, dim=None, keepdim=False, dtype=None):
    """y = 1/n sum_i x_i, of all n elements or along `dim`; nan where n = 0."""
    if dtype is not None:
        x = x.astype(dtype)
    require_float("mean", x)
    axis = axis_of(dim, x.ndim)
    half = x.dtype.itemsize < 4  # the sum of many halfs may not fit in a half
    total = np.add.reduce(x, axis=axis, keepdims=keepdim, dtype=np.float32 if half else None)
    n = count(x.shape, axis)
    y = in_c_order(total / n if n else total + math.nan)
    return y.astype(x.dtype) if half else y, (x.shape, axis, keepdim, n)


def mean_backward(dy, saved):
    """dx_i = dy / n, from y = 1/n sum_i x_i."""
    shape, axis, keepdim, n = saved
    return (spread(keep(dy / n if n else dy, shape, axis, keepdim), shape=shape),)


mean = Op(
    mean_forward,
    mean_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(),
    reference=reference_along(lambda row: math.fsum(row) / len(row) if row else math.nan),
    torch_name=by_dim("Mean"),
)


def prod_forward(x, *, dim=None, keepdim=False, dtype=None):
    """y = prod_i x_i, of all elements or along one `dim`; integers and bools give int64."""
    if isinstance(dim, (tuple, list)):
        raise TypeError(f"prod: dim must be an int, got {dim}; take the product along one dimension after the other")
    with np.errstate(over="ignore", invalid="ignore"):
        y = x.prod(axis=dim, keepdims=keepdim, dtype=wide_dtype(x, dtype))
    return in_c_order(y), (x, dim, keepdim)


def prod_backward(dy, saved):
    """dx_i = dy prod_{k != i} x_k: y is linear in each factor."""
    x, dim, keepdim = saved
    if dim is None or x.ndim == 0:
        return ((dy.reshape((1,)) * others(x.reshape((-1,)), 0)).reshape(x.shape),)
    return (keep(dy, x.shape, dim, keepdim) * others(x, dim % x.ndim),)


def others(x, d: int):
    """prod_{k != i} x_k along dimension d: y / x_i; where some x is 0, the product of all before i times that of all after."""
    if not np.sum(np.equal(x, 0)):
        with np.errstate(over="ignore", invalid="ignore"):
            return prod(x, dim=d, keepdim=True) / x
    one = np.ones_like(at(x, d, 0, 1))
    before = cumprod(np.concatenate([one, at(x, d, 0, -1)], axis=d), dim=d)
    after = cumprod(np.concatenate([one, np.flip(at(x, d, 1, None), d)], axis=d), dim=d)
    return before * np.flip(after, d)


prod = Op(
    prod_forward,
    prod_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(Real(-2, 2, kinks=(0,), margin=0.3), single=True),
    reference=reference_along(math.prod),
    torch_name=by_dim("Prod"),
)


def var_forward(x, *, dim=None, correction=1, keepdim=False):
    """y = sum_i (x_i - m)^2 / (n - correction), with m the mean of the n elements; nan or inf where n <= correction."""
    require_float("var", x)
    axis = axis_of(dim, x.ndim)
    total = np.add.reduce(x, axis=axis, keepdims=True)
    n = count(x.shape, axis)
    d = x - total / max(n, 1)
    squares = in_c_order(np.add.reduce(d * d, axis=axis, keepdims=keepdim))
    free = n - correction
    if free > 0:
        return squares / free, (x, axis, keepdim, n, free)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(squares, 0), (x, axis, keepdim, n, free)


def var_backward(dy, saved):
    """dx_i = dy 2 (x_i - m) / (n - correction)

    The way through m adds nothing: dm/dx_i = 1/n, times -2/(n - correction) sum_k (x_k - m), which is 0.
    """
    x, axis, keepdim, n, free = saved
    d = x - np.sum(x, axis=axis, keepdims=True) / max(n, 1)
    dy = keep(dy, x.shape, axis, keepdim)
    of_all = axis is None or x.ndim == 0
    if free > 0 or (free and not of_all):
        return (dy * (2 / free) * d,)
    with np.errstate(invalid="ignore"):
        if not of_all:
            return (dy * d * math.inf,)
        return (dy * np.where(np.equal(d, 0), math.nan, math.inf).astype(d.dtype),)  # of all elements without a sign, as in torch


def variance(row: list[float], correction: float) -> float:
    """E[x^2] - E[x]^2, scaled."""
    return (math.fsum(v * v for v in row) - math.fsum(row) ** 2 / len(row)) / (len(row) - correction)


var = Op(
    var_forward,
    var_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(min_dims=1, min_size=2, options={"correction": (0, 1)}),
    reference=reference_along(variance),
)


def std_forward(x, *, dim=None, correction=1, keepdim=False):
    """y = sqrt(var(x))."""
    v, saved = var_forward(x, dim=dim, correction=correction, keepdim=keepdim)
    y = as_array(np.sqrt(v))
    return y, (y, *saved)


def std_backward(dy, saved):
    """dx = dv of `var` with dv = dy / (2 y), from y^2 = v; 0 where y = 0, as in torch."""
    y, *of_var = saved
    still = np.equal(y, 0)
    with np.errstate(invalid="ignore"):
        return var_backward(np.where(still, 0.0, dy / (2 * np.where(still, 1.0, y))), of_var)


std = Op(
    std_forward,
    std_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(Distinct(), min_dims=1, min_size=2, options={"correction": (0, 1)}),
    reference=reference_along(lambda row, correction: math.sqrt(variance(row, correction))),
)


def logsumexp_forward(x, *, dim, keepdim=False):
    """y = ln sum_i e^(x_i) along `dim`; -inf where all are -inf, or there are none."""
    axis = axis_of(dim, x.ndim)
    shift = 0.0
    if math.prod(x.shape):
        largest = x.max(axis=axis, keepdims=True)
        shift = np.where(np.isfinite(largest), largest, 0.0)  # an infinite one would give inf - inf
    with np.errstate(divide="ignore", over="ignore"):
        y = np.log(np.exp(x - shift).sum(axis=axis, keepdims=True)) + shift  # e^(x - shift) <= 1: no overflow
    if not keepdim:
        y = np.squeeze(y, axis=axis)
    y = in_c_order(as_array(y))
    return y, (x, y, axis, keepdim)


def logsumexp_backward(dy, saved):
    """dx_i = dy e^(x_i - y) = dy e^(x_i) / sum_k e^(x_k): the softmax; 0 where all are -inf."""
    x, y, axis, keepdim = saved
    y = keep(y, x.shape, axis, keepdim)
    y = np.where(np.equal(y, -math.inf), 0.0, y)
    with np.errstate(invalid="ignore", over="ignore"):
        return (keep(dy, x.shape, axis, keepdim) * np.exp(x - y),)


logsumexp = Op(
    logsumexp_forward,
    logsumexp_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(required=True),
    reference=reference_along(lambda row: math.log(math.fsum(map(math.exp, row))) if row else -math.inf),
    dtypes="float",
)


def norm_forward(x, *, p=2, dim=None, keepdim=False):
    """y = (sum_i |x_i|^p)^(1/p); max |x_i| for p = inf, min |x_i| for -inf, the number of x_i != 0 for 0. "fro" is 2."""
    if isinstance(p, str):
        p = order_of(p)
    require_float("norm", x)
    axis = axis_of(dim, x.ndim)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        if p == 2:
            y = np.sqrt((x * x).sum(axis=axis, keepdims=keepdim))
        elif p == 1:
            y = np.abs(x).sum(axis=axis, keepdims=keepdim)
        elif p == 0:
            y = (x != 0).sum(axis=axis, keepdims=keepdim, dtype=x.dtype)
        elif p in (math.inf, -math.inf):
            y = (np.max if p > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdim)
        else:
            y = (np.abs(x) ** p).sum(axis=axis, keepdims=keepdim) ** (1 / p)
    y = in_c_order(as_array(y))
    return y, (x, y, p, axis, keepdim)


def order_of(p: str) -> float:
    if p == "fro":
        return 2
    if p == "nuc":
        raise NotImplementedError("norm: p='nuc' (the nuclear norm) is not supported")
    raise RuntimeError(f"norm: order {p!r} is not supported; use a number, inf or 'fro'")


def norm_backward(dy, saved):
    """dx_i = dy sign(x_i) (|x_i| / y)^(p-1), and 0 where x_i = 0 or y = 0 (a subgradient)

    y^p = sum_k |x_k|^p, so p y^(p-1) dy/dx_i = p |x_i|^(p-1) sign(x_i). For p = 2 that is x_i / y. For p = inf (-inf) the largest
    (smallest) |x_i| share dy evenly. For p = 0 there is no gradient.
    """
    x, y, p, axis, keepdim = saved
    if p == 0:
        return (None,)
    dy = keep(dy, x.shape, axis, keepdim)
    if p == 1:
        return (dy * np.sign(x),)
    y = keep(y, x.shape, axis, keepdim)
    nought = np.equal(y, 0)
    dy, divisor = np.where(nought, 0.0, dy), np.where(nought, 1.0, y)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        if p == 2:
            return (x * (dy / divisor),)
        if p in (math.inf, -math.inf):
            largest = np.equal(np.abs(x), y).astype(x.dtype)
            return (dy * np.sign(x) * largest / np.sum(largest, axis=axis, keepdims=True),)
        size = np.where(np.equal(x, 0), 1.0, np.abs(x))
        return (dy * np.sign(x) * (size / divisor) ** (p - 1),)


def sample_norm(draw):
    (x,), options = sample_reduction(Distinct(0.4, 3), min_size=1)(draw)
    signs = np.sign(draw.array(x.shape, Real(-1, 1, kinks=(0,))))
    return (np.asarray(x * signs),), options | {"p": draw.choice((2, 1, math.inf, 3, 1.5, -math.inf, 0.5, -1))}


def norm_of(row: list[float], p: float) -> float:
    sizes = [abs(v) for v in row]
    if p in (math.inf, -math.inf):
        return max(sizes) if p > 0 else min(sizes)
    return math.fsum(v**p for v in sizes) ** (1 / p)


norm = Op(
    norm_forward,
    norm_backward,
    shapes="(...) -> (...)",
    sample=sample_norm,
    reference=reference_along(norm_of),
    torch_name="LinalgVectorNorm",
)
