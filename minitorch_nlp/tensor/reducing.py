"""Reductions, sorting and searching with torch's signatures: one function for torch's several overloads."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import indexing as I
from ..functional import reduction as R
from ..functional._law import wrap_dim
from ..functional._op import Traced
from .dtypes import as_numpy_dtype
from .pointwise import value, wrap

__all__ = [
    "all", "any", "argmax", "argmin", "argsort", "bincount", "count_nonzero", "cumsum", "logsumexp", "max", "mean", "median", "min", "nonzero", "norm",
    "prod", "sort", "std", "sum", "topk", "unique", "var",
]  # fmt: skip

MaxResult = namedtuple("max", ["values", "indices"])
MinResult = namedtuple("min", ["values", "indices"])
SortResult = namedtuple("sort", ["values", "indices"])
TopkResult = namedtuple("topk", ["values", "indices"])
MedianResult = namedtuple("median", ["values", "indices"])


def dims_of(dim: Any) -> Any:
    return tuple(dim) if isinstance(dim, list) else dim


def dtype_of(dtype: Any) -> Any:
    return None if dtype is None else as_numpy_dtype(dtype)


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of all elements, or along `dim`. Integers and bools give int64."""
    return R.sum(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of all elements, or along `dim`."""
    return R.mean(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of all elements, or along `dim`."""
    return R.prod(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))


def correction_of(unbiased: Any, correction: Any) -> Any:
    if unbiased is not None:
        return int(unbiased)
    return 1 if correction is None else correction


def var(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance, sum (x - mean)^2 / (n - correction); correction is 1 unless given."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return R.var(input, dim=dims_of(dim), correction=correction_of(unbiased, correction), keepdim=keepdim)


def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation: the square root of `var`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return R.std(input, dim=dims_of(dim), correction=correction_of(unbiased, correction), keepdim=keepdim)


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The maximum of all elements; along `dim` with its indices; or, given a second tensor, elementwise."""
    if isinstance(dim, Traced) or other is not None:
        return A.maximum(input, dim if other is None else other)
    if dim is None:
        return R.max_all(input)
    return MaxResult(*R.max_dim(input, dim=dim, keepdim=keepdim))


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The minimum of all elements; along `dim` with its indices; or, given a second tensor, elementwise."""
    if isinstance(dim, Traced) or other is not None:
        return A.minimum(input, dim if other is None else other)
    if dim is None:
        return R.min_all(input)
    return MinResult(*R.min_dim(input, dim=dim, keepdim=keepdim))


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the maximum (of the flattened tensor without `dim`); the first among equals."""
    return R.argmax(input, dim=dim, keepdim=keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the minimum (of the flattened tensor without `dim`); the first among equals."""
    return R.argmin(input, dim=dim, keepdim=keepdim)


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """ln sum exp x along `dim`, without overflow."""
    return R.logsumexp(input, dim=dims_of(dim), keepdim=keepdim)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along `dim`."""
    return R.cumsum(input, dim=dim, dtype=dtype_of(dtype))


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """(sum |x|^p)^(1/p) of all elements, or along `dim`."""
    if dtype is not None:
        input = input.to(dtype)
    if p == "nuc":
        raise NotImplementedError("norm: p='nuc' (nuclear norm) is not supported")
    return R.norm(input, p=2 if p in ("fro", None) else p, dim=dims_of(dim), keepdim=keepdim)


def truth(reduce: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    x = value(input)
    axis = None if dim is None else tuple(wrap_dim(d, x.ndim) for d in ((dim,) if isinstance(dim, int) else dim))
    result = reduce(x, axis=axis if x.ndim else None, keepdims=keepdim)
    return wrap(result.astype(np.uint8) if x.dtype == np.uint8 else result)


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements are true, or along `dim`."""
    return truth(np.all, input, dim, keepdim)


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether any element is true, or along `dim`."""
    return truth(np.any, input, dim, keepdim)


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not zero."""
    return wrap(np.count_nonzero(value(input), axis=dims_of(dim)))


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero, one row each; or one tensor per dimension."""
    found = np.nonzero(np.atleast_1d(value(input)))
    if as_tuple:
        return tuple(wrap(i) for i in found)
    return wrap(np.stack(found, axis=1)[:, : value(input).ndim])


def order_of(x: Any, dim: int, descending: bool) -> Any:
    """Stable order along `dim`, also when descending; NaN counts as largest."""
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    flipped = np.flip(np.argsort(np.flip(x, axis=dim), axis=dim, kind="stable"), axis=dim)
    return x.shape[dim] - 1 - flipped


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """(values, indices) in order along `dim`. The order among equals is kept."""
    x = value(input)
    if x.ndim == 0:
        return SortResult(input.clone(), wrap(np.zeros((), dtype=np.int64)))
    d = wrap_dim(dim, x.ndim)
    index = wrap(np.ascontiguousarray(order_of(x, d, descending)))
    return SortResult(I.gather(input, index, dim=d), index)


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that sort along `dim`."""
    return sort(input, dim, descending).indices


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (or smallest) along `dim`, in order."""
    x, k = value(input), int(k)
    d = wrap_dim(dim, x.ndim)
    if x.ndim == 0:
        return TopkResult(input.clone(), wrap(np.zeros((), dtype=np.int64)))
    if not 0 <= k <= x.shape[d]:
        raise RuntimeError(f"topk: selected index k out of range: k = {k}, but dimension {d} has size {x.shape[d]}")
    order = order_of(x, d, largest)
    index = wrap(np.ascontiguousarray(np.take(order, np.arange(k), axis=d)))
    return TopkResult(I.gather(input, index, dim=d), index)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, the lower of the two middle elements; along `dim` with its indices."""
    if dim is None:
        flat = input.reshape(-1)
        return sort(flat).values[(flat.shape[0] - 1) // 2]
    d = wrap_dim(dim, input.ndim)
    ordered = sort(input, d)
    middle = wrap(np.full((), (input.shape[d] - 1) // 2))
    pick = [I.index_select(x, middle.reshape(1), dim=d) for x in ordered]
    return MedianResult(*(p if keepdim else p.squeeze(d) for p in pick))


def unique(input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    """The distinct elements in order, with where each went and how often it occurs if asked."""
    found = np.unique(value(input), return_inverse=True, return_counts=True, axis=dim)
    wanted = [found[0]] + [found[1]] * return_inverse + [found[2]] * return_counts
    results = tuple(wrap(x) for x in wanted)
    return results if len(results) > 1 else results[0]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, ... occurs in a vector of non-negative integers."""
    return wrap(np.bincount(value(input), None if weights is None else value(weights), minlength))
