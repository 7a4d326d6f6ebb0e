"""Methods that reduce, accumulate, sort and count."""

from __future__ import annotations

from typing import Any

from .. import counting, reducing, sorting, statistics
from ..inplace import InPlace

__all__ = ["ReducingMethods"]


def norm(self: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """(sum |x|^p)^(1/p) of all elements, or along `dim`; "fro" is p = 2."""
    return reducing.norm(self, p, dim, keepdim, dtype=dtype)


class ReducingMethods:
    """Sums and other reductions, running sums, sorting, counting."""

    __slots__ = ()

    sum, mean, prod, var, std = reducing.sum, reducing.mean, reducing.prod, reducing.var, reducing.std
    nansum, nanmean, logsumexp, sum_to_size = reducing.nansum, reducing.nanmean, reducing.logsumexp, reducing.sum_to_size
    max, min, amax, amin, aminmax = reducing.max, reducing.min, reducing.amax, reducing.amin, reducing.aminmax
    argmax, argmin, all, any = reducing.argmax, reducing.argmin, reducing.all, reducing.any
    norm, dist, renorm, renorm_ = norm, reducing.dist, reducing.renorm, InPlace(reducing.renorm)
    quantile, nanquantile, cov, corrcoef = statistics.quantile, statistics.nanquantile, statistics.cov, statistics.corrcoef
    hash_tensor = reducing.hash_tensor

    cumsum, cumprod, cummax, cummin = reducing.cumsum, reducing.cumprod, reducing.cummax, reducing.cummin
    cumsum_, cumprod_ = map(InPlace, (reducing.cumsum, reducing.cumprod))
    logcumsumexp = reducing.logcumsumexp

    sort, msort, argsort, topk, kthvalue = sorting.sort, sorting.msort, sorting.argsort, sorting.topk, sorting.kthvalue
    median, nanmedian, mode = sorting.median, sorting.nanmedian, sorting.mode
    unique, unique_consecutive = sorting.unique, sorting.unique_consecutive

    count_nonzero, bincount = reducing.count_nonzero, counting.bincount
    nonzero, argwhere, nonzero_static = counting.nonzero, counting.argwhere, counting.nonzero_static
    histc, histogram = counting.histc, counting.histogram
