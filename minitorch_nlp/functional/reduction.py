"""Reductions: sums, products, moments, extremes, norms, and the running sum and product.

`dim` is an int, a tuple of ints, or None or () for all elements. A backward first puts the reduced dimensions back as size 1
(`keep`), so that the output and its gradient broadcast against the input.
"""

from __future__ import annotations

import math

import numpy as np

from ..backend import as_array
from ._law import wrap_dim
from ._op import Op
from ._samples import along_reference, sample_reduction
from .movement import expand_copy

__all__ = ["logsumexp", "mean", "norm", "prod", "std", "sum", "var"]

INT64 = np.dtype("int64")


def axis_of(dim, ndim: int):
    """torch's `dim` as NumPy's `axis`. A 0-dim array counts as having one dimension."""
    if not isinstance(dim, (tuple, list)):
        return dim
    if ndim == 0:
        for d in dim:
            wrap_dim(d, 0)
        return None
    return tuple(dim) or None


def keep(y, shape: tuple[int, ...], axis, keepdim: bool):
    """`y` with the dimensions it was reduced along back as size 1."""
    if keepdim or axis is None or not shape:
        return y
    n = len(shape)
    gone = {a % n for a in axis} if isinstance(axis, tuple) else {axis % n}
    return y.reshape(tuple(1 if i in gone else s for i, s in enumerate(shape)))


def count(shape: tuple[int, ...], axis) -> int:
    """How many elements go into one."""
    if axis is None or not shape:
        return math.prod(shape)
    return math.prod(shape[a] for a in axis) if isinstance(axis, tuple) else shape[axis]


def require_float(name: str, x) -> None:
    if x.dtype.kind != "f":
        raise RuntimeError(f"{name}: the input must be of a floating point dtype, it is {x.dtype}; convert it with .float()")


def sum_forward(x, *, dim=None, keepdim=False, dtype=None):
    """y = sum_i x_i, of all elements or along `dim`; integers and bools give int64."""
    axis = axis_of(dim, x.ndim)
    if dtype is None and x.dtype.kind != "f":
        dtype = INT64
    return x.sum(axis=axis, keepdims=keepdim, dtype=dtype), (tuple(x.shape), axis, keepdim)


def sum_backward(dy, saved):
    """dx_i = dy: every term moves the sum one to one."""
    shape, axis, keepdim = saved
    return (expand_copy(keep(dy, shape, axis, keepdim), shape=shape),)


sum = Op(
    sum_forward,
    sum_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(),
    reference=along_reference(math.fsum),
)


def mean_forward(x, *, dim=None, keepdim=False, dtype=None):
    """y = 1/n sum_i x_i, of all n elements or along `dim`; nan of none."""
    if dtype is not None:
        x = x.astype(dtype)
    require_float("mean", x)
    axis = axis_of(dim, x.ndim)
    wide = np.float32 if x.dtype.itemsize < 4 else None  # the sum of many halfs does not fit in a half
    total = x.sum(axis=axis, keepdims=keepdim, dtype=wide)
    n = count(x.shape, axis)
    y = total / n if n else total + math.nan
    return y if wide is None else y.astype(x.dtype), (tuple(x.shape), axis, keepdim, n)


def mean_backward(dy, saved):
    """dx_i = dy / n, from y = 1/n sum_i x_i."""
    shape, axis, keepdim, n = saved
    return (expand_copy(keep(dy / max(n, 1), shape, axis, keepdim), shape=shape),)


mean = Op(
    mean_forward,
    mean_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(),
    reference=along_reference(lambda row: math.fsum(row) / len(row) if row else math.nan),
)


def var_forward(x, *, dim=None, correction=1, keepdim=False):
    """y = sum_i (x_i - m)^2 / (n - correction), m the mean of the n elements; nan or inf where n <= correction."""
    require_float("var", x)
    axis = axis_of(dim, x.ndim)
    total = x.sum(axis=axis, keepdims=True)
    n = count(x.shape, axis)
    d = x - total / max(n, 1)
    squares = (d * d).sum(axis=axis, keepdims=keepdim)
    free = n - correction
    if free > 0:
        return squares / free, (x, axis, keepdim, n, free)
    with np.errstate(divide="ignore", invalid="ignore"):
        return squares / 0.0, (x, axis, keepdim, n, 0)


def var_backward(dy, saved):
    """dx_i = dy 2 (x_i - m) / (n - correction)

    dm/dx_i = 1/n would add -2/(n - correction) sum_k (x_k - m) / n, which is 0. Without a degree of freedom: nan at the mean,
    else inf, as in torch.
    """
    x, axis, keepdim, n, free = saved
    d = x - np.sum(x, axis=axis, keepdims=True) / max(n, 1)
    dy = keep(dy, tuple(x.shape), axis, keepdim)
    if free:
        return (dy * (2 / free) * d,)
    return (dy * np.where(np.equal(d, 0), d + math.nan, d * 0 + math.inf),)


def variance(row: list[float], correction: float) -> float:
    """E[x^2] - E[x]^2, scaled."""
    if len(row) <= correction:
        return math.nan if len(set(row)) <= 1 else math.inf
    squares = math.fsum(v * v for v in row) - math.fsum(row) ** 2 / len(row)
    return squares / (len(row) - correction)


var = Op(
    var_forward,
    var_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(min_size=2, min_dims=1, options={"correction": (0, 1)}),
    reference=along_reference(variance),
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
    sample=sample_reduction(min_size=2, min_dims=1, options={"correction": (0, 1)}),
    reference=along_reference(lambda row, correction: math.sqrt(max(variance(row, correction), 0.0))),
)
