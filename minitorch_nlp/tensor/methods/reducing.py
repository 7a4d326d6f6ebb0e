"""Methods that reduce, accumulate, sort and count."""

from __future__ import annotations

from ...functional import reduction as R
from .. import reducing, sorting
from ..inplace import InPlace

__all__ = ["ReducingMethods"]


class ReducingMethods:
    """Sums and other reductions, running sums, sorting, counting."""

    __slots__ = ()

    sum, mean, prod, var, std = reducing.sum, reducing.mean, reducing.prod, reducing.var, reducing.std
    max, min, argmax, argmin, amax, amin = reducing.max, reducing.min, reducing.argmax, reducing.argmin, R.amax, R.amin
    all, any, count_nonzero, nonzero = reducing.all, reducing.any, reducing.count_nonzero, reducing.nonzero
    logsumexp, norm = reducing.logsumexp, reducing.norm

    cumsum, cumprod = reducing.cumsum, R.cumprod
    cumsum_, cumprod_ = map(InPlace, (reducing.cumsum, R.cumprod))

    median, sort, argsort, topk = sorting.median, sorting.sort, sorting.argsort, sorting.topk
    unique, bincount = sorting.unique, sorting.bincount
