"""Quantiles, covariance and correlation: composites of recorded ops, so their gradients follow."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional import order as O
from ..functional import reduction as R
from ..functional._law import wrap_dim
from ..functional._op import Traced
from ..functional.arrangement import diagonal
from ..functional.matmul import matmul
from .base import array_of, wrap
from .reducing import numpy_names
from .results import into

__all__ = ["corrcoef", "cov", "nanquantile", "quantile"]

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Any = None, **named: Any
) -> Any:
    """The q-quantiles of all elements, or along `dim`: for a vector `q` one for each, in the first dimension.

    With the values in order, the q-quantile of n of them is at place r = q (n - 1). Where r lies between two places, `interpolation`
    says what to take: "linear" between the two, "lower", "higher", the "nearest" or the "midpoint". nan if there is one.

    >>> import minitorch_nlp as torch
    >>> torch.quantile(torch.tensor([0.0, 1.0, 4.0]), torch.tensor([0.5, 0.75]))
    tensor([1.0000, 2.5000])
    """
    if named:
        dim, keepdim = numpy_names("quantile", named, dim, keepdim)
    return into("quantile", out, quantiles("quantile", input, q, dim, keepdim, interpolation, False))


def nanquantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Any = None, **named: Any
) -> Any:
    """The q-quantiles of what is not nan; nan where all are."""
    if named:
        dim, keepdim = numpy_names("nanquantile", named, dim, keepdim)
    return into("nanquantile", out, quantiles("nanquantile", input, q, dim, keepdim, interpolation, True))


def check_quantile(name: str, x: Any, q: Any, interpolation: str) -> Any:
    """`q` as a tensor of the input's dtype; refuses what torch refuses."""
    if x.dtype.kind != "f" or x.dtype.itemsize < 4:
        raise RuntimeError(f"{name}: the input must be float32 or float64, it is {x.dtype}; convert it with .float()")
    if x.size == 0:
        raise RuntimeError(f"{name}: the input has no elements, its shape is {x.shape}")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(f"{name}: interpolation is one of {', '.join(INTERPOLATIONS)}, not {interpolation!r}")
    if not isinstance(q, Traced):
        q = wrap(np.full_like(x, q, shape=()))
    elif q.array.ndim > 1 or q.array.dtype != x.dtype:
        raise RuntimeError(
            f"{name}: q must be a number or a vector of the input's dtype {x.dtype}, it has {q.dtype} and shape {tuple(q.shape)}"
        )
    if not ((q.array >= 0) & (q.array <= 1)).all():
        raise RuntimeError(f"{name}: q must be in the range [0, 1], it is {q}")
    return q


def quantiles(name: str, input: Any, q: Any, dim: Any, keepdim: bool, interpolation: str, skip_nan: bool) -> Any:
    x = array_of(name, input)
    q = check_quantile(name, x, q, interpolation)
    d = None if dim is None else wrap_dim(dim, x.ndim)
    rows = input.reshape(-1) if d is None or x.ndim == 0 else input.movedim(d, -1)
    ordered = O.sort(rows, dim=-1)[0]
    unknown, last = np.isnan(ordered.array), rows.shape[-1] - 1
    places = q.reshape(-1)
    if skip_nan:
        known = np.maximum((~unknown).sum(axis=-1, keepdims=True) - 1, 0)
        rank = A.mul(places, wrap(known.astype(x.dtype)))
    else:
        rank = A.where(wrap(unknown.any(axis=-1, keepdims=True)), float(last), A.mul(places, last))
    with np.errstate(invalid="ignore"):
        found = between(ordered, rank, interpolation)  # (..., number of quantiles)
    if d is None:
        found = found.reshape(-1, *(1,) * (x.ndim if keepdim else 0))
    else:
        found = found.movedim(-1, 0)
        found = V.unsqueeze(found, dim=d + 1) if keepdim and x.ndim else found
    return found if q.ndim else V.squeeze(found, dim=0)


def between(ordered: Any, rank: Any, interpolation: str) -> Any:
    """The values at the places `rank`, which are whole or between two."""
    place = rank.array
    if interpolation in ROUNDING:
        return I.gather(ordered, wrap(ROUNDING[interpolation](place).astype(np.int64)), dim=-1)
    low = np.floor(place)
    below = I.gather(ordered, wrap(low.astype(np.int64)), dim=-1)
    above = I.gather(ordered, wrap(np.ceil(place).astype(np.int64)), dim=-1)
    weight = wrap(np.full_like(place, 0.5)) if interpolation == "midpoint" else A.sub(rank, wrap(low))
    step = A.sub(above, below)
    from_below, from_above = A.add(below, A.mul(step, weight)), A.sub(above, A.mul(step, A.sub(1, weight)))
    return A.where(wrap(weight.array < 0.5), from_below, from_above)  # each is exact at its own end


ROUNDING = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}


# ---- covariance --------------------------------------------------------------------------------------------------------------------


def check_weights(name: str, weights: Any, kinds: str, n: int) -> Any:
    w = array_of("cov", weights, name)
    if w.ndim > 1 or w.size != n:
        raise RuntimeError(f"cov: {name} must have one weight for each of the {n} observations, it has shape {w.shape}")
    if w.dtype.kind not in kinds:
        raise RuntimeError(f"cov: {name} must be {'integers' if 'i' in kinds else 'floats'}, not {w.dtype}")
    if (w < 0).any():
        raise RuntimeError(f"cov: {name} must not be negative")
    return weights.reshape(-1)


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance matrix of variables (rows) over observations (columns): C_ij = sum_k w_k (x_ik - m_i)(x_jk - m_j) / f

    m are the (weighted) means and f the degrees of freedom: the number of observations less `correction`. `fweights` says how often
    each observation occurs, `aweights` how much it counts. A vector is one variable.

    >>> import minitorch_nlp as torch
    >>> torch.cov(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    x = array_of("cov", input)
    if x.ndim > 2 or x.dtype == bool:
        raise RuntimeError(f"cov: variables (rows) by observations (columns) are wanted, not shape {x.shape} and dtype {x.dtype}")
    rows = input if x.ndim == 2 else input.reshape(1, -1)
    n = rows.shape[1]
    f = None if fweights is None else check_weights("fweights", fweights, "iu", n)
    a = None if aweights is None else check_weights("aweights", aweights, "f", n)
    w = f if a is None else a if f is None else A.mul(f, a)
    total = n if w is None else R.sum(w)
    if w is not None and n and total.item() == 0:
        raise RuntimeError("cov: the weights sum to 0, so they cannot be normalized")
    free = total - correction if a is None else A.sub(total, A.div(A.mul(R.sum(A.mul(w, a)), correction), total))
    centred = A.sub(rows, A.div(R.sum(rows if w is None else A.mul(rows, w), dim=1, keepdim=True), total))
    product = matmul(centred, V.transpose(centred if w is None else A.mul(centred, w), dim0=0, dim1=1))
    return V.squeeze(A.div(product, degrees(free)), dim=None)


def degrees(free: Any) -> Any:
    if free > 0:
        return free
    text = "cov(): no degrees of freedom are left; correction must be less than the number of observations"
    warnings.warn(text, UserWarning, stacklevel=3)
    return 0


def corrcoef(input: Any) -> Any:
    """Pearson's correlations of variables (rows) over observations (columns): R_ij = C_ij / sqrt(C_ii C_jj), with C from `cov`."""
    c = cov(input)
    if c.ndim == 0:
        return A.div(c, c)
    spread = E.sqrt(diagonal(c))
    return E.clamp(A.div(A.div(c, V.unsqueeze(spread, dim=1)), V.unsqueeze(spread, dim=0)), min=-1, max=1)
