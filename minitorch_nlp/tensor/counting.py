"""Counting: histograms, occurrences, and the places of what is not zero. Nothing here has a gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .base import array_of, integer, wrap
from .dtypes import DTYPES
from .results import into, named_result
from .sequences import linspace

__all__ = ["argwhere", "bincount", "histc", "histogram", "histogramdd", "nonzero", "nonzero_static"]

HistogramResult = named_result("histogram", "hist", "bin_edges")
HistogramddResult = named_result("histogramdd", "hist", "bin_edges")


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


# ---- histograms --------------------------------------------------------------------------------------------------------------------


def limits(name: str, x: Any, low: Any, high: Any, margin: float) -> tuple[float, float]:
    """The range of a histogram: what was given, or that of the values if both are equal; widened by a margin where it is empty."""
    if low == high and x.size:
        low, high = x.min().item(), x.max().item()
    if low == high:
        low, high = low - margin, high + margin
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: the range [{low}, {high}] is not finite; give one, and clean the data of inf and nan")
    if low > high:
        raise RuntimeError(f"{name}: max must be larger than min, got [{low}, {high}]")
    return low, high


def require_floats(name: str, x: Any, least: int = 4) -> None:
    if x.dtype.kind != "f" or x.dtype.itemsize < least:
        raise NotImplementedError(f"{name}: not implemented for {x.dtype}; convert with .float()")


def histc(input: Any, bins: int = 100, min: Any = 0, max: Any = 0, *, out: Any = None) -> Any:
    """How many elements fall into each of `bins` equal parts of [min, max]; others do not count. 0 and 0 is the range of the data.

    >>> import minitorch_nlp as torch
    >>> torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    x, bins = array_of("histc", input).reshape(-1), integer("histc", bins)
    require_floats("histc", x, 2)
    if bins <= 0:
        raise RuntimeError(f"histc: bins must be positive, got {bins}")
    low, high = limits("histc", x, min, max, 1)
    inside = x[(x >= low) & (x <= high)]
    place = np.minimum(((inside - low) * (bins / (high - low))).astype(np.int64), bins - 1)
    return into("histc", out, wrap(np.bincount(place, minlength=bins).astype(x.dtype)))


def edges_of(name: str, bins: Any, x: Any, low: Any, high: Any) -> Any:
    """The edges along one dimension: those given, or equal parts of the range."""
    if hasattr(bins, "array"):
        edges = bins.array
        if edges.ndim != 1:
            raise RuntimeError(f"{name}: a tensor of bins must be a vector of edges, this one has shape {edges.shape}")
        if edges.dtype != x.dtype:
            raise RuntimeError(f"{name}: the edges must have the dtype of input, {x.dtype}, not {edges.dtype}")
        if len(edges) < 2:
            raise RuntimeError(f"{name}: at least 2 edges are wanted, got {len(edges)}")
        return edges
    if bins <= 0:
        raise RuntimeError(f"{name}: bins must be positive, got {bins}")
    low, high = limits(name, x, low, high, 0.5) if x.size or low != high else (0, 1)
    return linspace(low, high, bins + 1, dtype=DTYPES[x.dtype]).array


def count_into(points: Any, edges: list[Any], weight: Any, density: bool) -> Any:
    """The histogram of the rows of `points` (n, d): a cell holds its lower edge, and the last one its upper edge too."""
    sizes = [len(e) - 1 for e in edges]
    flat, inside = np.zeros(len(points), dtype=np.int64), np.ones(len(points), dtype=bool)
    for d, e in enumerate(edges):
        x = points[:, d]
        place = np.where(x == e[-1], sizes[d] - 1, np.searchsorted(e, x, "right") - 1)
        inside &= (x >= e[0]) & (x <= e[-1])
        flat = flat * sizes[d] + place
    given = None if weight is None else weight[inside]
    hist = np.bincount(flat[inside], given, math.prod(sizes)).astype(points.dtype).reshape(sizes)
    if density:
        with np.errstate(divide="ignore", invalid="ignore"):
            hist = hist / hist.sum()
            for d, e in enumerate(edges):
                hist = hist / np.diff(e).reshape((-1,) + (1,) * (len(sizes) - 1 - d))
    return hist


def weights_of(name: str, weight: Any, x: Any, shape: tuple[int, ...]) -> Any:
    if weight is None:
        return None
    w = array_of(name, weight, "weight")
    if w.shape != shape or w.dtype != x.dtype:
        raise RuntimeError(f"{name}: weight must have the shape {shape} and dtype {x.dtype} of input, not {w.shape} and {w.dtype}")
    return w.reshape(-1)


def histogram(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False, out: Any = None) -> Any:
    """(hist, bin_edges): how many elements (or how much `weight`) fall between each two edges; as a density its integral is 1.

    `bins` is a number of equal parts of `range` (by default that of the data), or a vector of edges.

    >>> import minitorch_nlp as torch
    >>> torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    x = array_of("histogram", input)
    require_floats("histogram", x)
    w = weights_of("histogram", weight, x, x.shape)
    flat = x.reshape(-1)
    edges = edges_of("histogram", bins, flat, *((0, 0) if range is None else range)).copy()
    result = HistogramResult(wrap(count_into(flat[:, None], [edges], w, density)), wrap(edges))
    return into("histogram", out, result)


def histogramdd(input: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges) of points (..., d): `bins` is a number, or one number or vector of edges for each of the d dimensions."""
    x = array_of("histogramdd", input)
    require_floats("histogramdd", x)
    if x.ndim < 2:
        raise RuntimeError(f"histogramdd: points (..., d) are wanted, with at least 2 dimensions; input has shape {x.shape}")
    points, n = x.reshape(-1, x.shape[-1]), x.shape[-1]
    each = list(bins) if isinstance(bins, (tuple, list)) else [bins] * n
    if len(each) != n or (range is not None and len(range) != 2 * n):
        raise RuntimeError(f"histogramdd: {n} dimensions want {n} bins and a range of {2 * n} numbers, got bins={bins} and range={range}")
    ends = (0, 0) * n if range is None else range
    edges = [edges_of("histogramdd", b, points[:, d], *ends[2 * d : 2 * d + 2]) for d, b in enumerate(each)]
    w = weights_of("histogramdd", weight, x, x.shape[:-1])
    return HistogramddResult(wrap(count_into(points, edges, w, density)), tuple(map(wrap, edges)))


# ---- what is not zero --------------------------------------------------------------------------------------------------------------


def nonzero(input: Any, *, as_tuple: bool = False, out: Any = None) -> Any:
    """The indices of the elements that are not zero, one row each; or one tensor per dimension."""
    x = array_of("nonzero", input)
    found = np.nonzero(x if x.ndim else x.reshape(1))
    if as_tuple:
        if out is not None:
            raise TypeError("nonzero(): out= is one tensor; it does not go with as_tuple=True")
        return tuple(wrap(i.copy()) for i in found)  # NumPy's are columns of one array
    return into("nonzero", out, wrap(np.stack(found).T[:, : x.ndim]))


def argwhere(input: Any) -> Any:
    """The indices of the elements that are not zero, one row each: `nonzero` under NumPy's name."""
    return nonzero(input)


def nonzero_static(input: Any, *, size: int, fill_value: int = -1, out: Any = None) -> Any:
    """`nonzero` with exactly `size` rows: cut off, or filled up with `fill_value`."""
    size = integer("nonzero_static", size)
    if size < 0:
        raise RuntimeError(f"nonzero_static: size must not be negative, got {size}")
    rows = nonzero(input).array[:size]
    filled = np.full_like(rows, fill_value, order="C", shape=(size, rows.shape[1]))
    filled[: len(rows)] = rows
    return into("nonzero_static", out, wrap(filled))
