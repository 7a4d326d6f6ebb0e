"""Sorting, the largest k, medians, distinct values and counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import indexing as I
from ..functional._axes import along
from ..functional._law import wrap_dim
from .base import array_of, integer, wrap
from .results import named_result

__all__ = ["argsort", "bincount", "median", "sort", "topk", "unique"]

SortResult, TopkResult, MedianResult = named_result("sort"), named_result("topk"), named_result("median")


def at_places(result: Any, input: Any, places: Any, dim: int) -> Any:
    """A named result: the elements at `places` along `dim`, which take the gradient, and `places`."""
    index = wrap(np.ascontiguousarray(places) if places.ndim else places)
    return result(I.gather(input, index, dim=dim), index)


def order_of(x: Any, dim: int, descending: bool) -> Any:
    """Stable order along `dim`, also when descending; nan counts as largest."""
    if x.ndim == 0:
        return np.zeros_like(x, dtype=np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    flipped = np.flip(np.argsort(np.flip(x, axis=dim), axis=dim, kind="stable"), axis=dim)
    return x.shape[dim] - 1 - flipped


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """(values, indices) in order along `dim`. The order among equals is kept; nan counts as largest."""
    x = array_of("sort", input)
    d = wrap_dim(dim, x.ndim)
    return at_places(SortResult, input, order_of(x, d, descending), d)


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that sort along `dim`."""
    x = array_of("argsort", input)
    return wrap(order_of(x, wrap_dim(dim, x.ndim), descending))


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (or smallest) along `dim`, in order; nan counts as largest."""
    x, k = array_of("topk", input), integer("topk", k)
    d = wrap_dim(dim, x.ndim)
    if x.dtype == bool:
        raise RuntimeError("topk: not implemented for bool tensors; convert with .int()")
    size = x.shape[d] if x.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"topk: selected index k out of range: k = {k}, but dimension {d} has size {size}")
    return at_places(TopkResult, input, best(x, k, d, largest) if x.ndim else order_of(x, d, largest), d)


def best(x: Any, k: int, dim: int, largest: bool) -> Any:
    """Where the k largest (or smallest) are along `dim`, in order."""
    n = x.shape[dim]
    if n < 1000 or 8 * k > n or k == 0:
        return order_of(x, dim, largest)[along(dim, slice(k))]
    cut, chosen = (n - k, slice(n - k, None)) if largest else (k - 1, slice(k))
    places = np.argpartition(x, cut, axis=dim)[along(dim, chosen)]
    order = order_of(np.take_along_axis(x, places, dim), dim, largest)
    return np.take_along_axis(places, order, dim)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, the lower of the two middle elements, or nan if there is one; along `dim` with its indices."""
    x = array_of("median", input)
    if x.dtype == bool:
        raise NotImplementedError("median: not implemented for bool tensors; convert with .int()")
    if dim is None:
        return median(input.reshape(-1), 0).values if x.size else input.new_full((), float("nan"))
    d = wrap_dim(dim, x.ndim)
    if 0 in x.shape[d : d + 1]:
        raise IndexError(f"median(): dimension {d} has size 0: there is nothing to choose from")
    place = order_of(x, d, False)
    if x.ndim:
        middle = (x.shape[d] - 1) // 2
        place = place[along(d, slice(middle, middle + 1))]
        unknown = np.isnan(x)
        place = np.where(unknown.any(axis=d, keepdims=True), np.argmax(unknown, axis=d, keepdims=True), place)
    found = at_places(MedianResult, input, place, d)
    return found if keepdim or x.ndim == 0 else MedianResult(found.values.squeeze(d), found.indices.squeeze(d))


def unique(input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    """The distinct elements (slices along `dim`) in order, with where each went and how often it occurs if asked."""
    x = array_of("unique", input)
    found = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    distinct, inverse, counts = (wrap(part) for part in found)
    if return_inverse or return_counts:
        return (distinct, *(inverse,) * return_inverse, *(counts,) * return_counts)
    return distinct


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, ... occurs in a vector of integers, or the sum of the weights of each; at least `minlength` counts."""
    x = array_of("bincount", input)
    if x.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount: not implemented for {x.dtype}; convert with .long()")
    if x.ndim != 1 or (x.size and x.min() < 0):
        raise RuntimeError(f"bincount: a vector of non-negative integers is wanted, this one has shape {x.shape} and values {x}")
    if minlength < 0:
        raise RuntimeError(f"bincount: minlength must not be negative, got {minlength}")
    if weights is None:
        return wrap(np.bincount(x, None, minlength))
    w = array_of("bincount", weights, "weights")
    if w.shape != x.shape:
        raise RuntimeError(f"bincount: weights must have the shape of input, {x.shape}, not {w.shape}")
    return wrap(np.bincount(x, w, minlength).astype(w.dtype if w.dtype == np.float32 else np.float64, copy=False))
