"""Sorting and what it gives: the largest k, the k-th smallest, medians, the commonest value, distinct values, places in an order."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..functional import order as O
from ..functional._law import wrap_dim
from ..functional._op import Traced
from ..functional._promotion import PYTHON_NUMBERS, promote_types
from .base import array_of, integer, wrap
from .reducing import numpy_names
from .results import into, named_result

__all__ = [
    "argsort", "bucketize", "kthvalue", "median", "mode", "msort", "nanmedian", "searchsorted", "sort", "topk", "unique",
    "unique_consecutive",
]  # fmt: skip

SortResult, TopkResult, KthvalueResult = named_result("sort"), named_result("topk"), named_result("kthvalue")
MedianResult, NanmedianResult, ModeResult = named_result("median"), named_result("nanmedian"), named_result("mode")


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: Any = False, out: Any = None) -> Any:
    """(values, indices) in order along `dim`. The order among equals is kept, `stable` or not; nan counts as largest."""
    return into("sort", out, SortResult(*O.sort(input, dim=integer("sort", dim), descending=descending)))


def msort(input: Any, *, out: Any = None) -> Any:
    """The values in order along the first dimension."""
    return into("msort", out, O.sort(input, dim=0)[0])


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that sort along `dim`."""
    x = array_of("argsort", input)
    return wrap(O.ordering(x, wrap_dim(dim, x.ndim), descending))


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: Any = None) -> Any:
    """(values, indices) of the k largest (or smallest) along `dim`, in order; nan counts as largest."""
    return into("topk", out, TopkResult(*O.topk(input, k=integer("topk", k), dim=dim, largest=largest, sorted=sorted)))


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """(values, indices): the k-th smallest along `dim`, counted from 1; nan counts as largest.

    >>> import minitorch_nlp as torch
    >>> torch.kthvalue(torch.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    if named:
        dim, keepdim = numpy_names("kthvalue", named, dim, keepdim)
    return into("kthvalue", out, KthvalueResult(*O.kthvalue(input, k=integer("kthvalue", k), dim=dim, keepdim=keepdim)))


def median(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """The median, the lower of the two middle elements, or nan if there is one; along `dim` with its indices."""
    if named:
        dim, keepdim = numpy_names("median", named, dim, keepdim)
    if dim is None:
        return into("median", out, O.median_all(input))
    return into("median", out, MedianResult(*O.median_dim(input, dim=integer("median", dim), keepdim=keepdim)))


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """The median of what is not nan, the lower of the two middle elements; along `dim` with its indices."""
    if named:
        dim, keepdim = numpy_names("nanmedian", named, dim, keepdim)
    if dim is None:
        return into("nanmedian", out, O.nanmedian_all(input))
    return into("nanmedian", out, NanmedianResult(*O.nanmedian_dim(input, dim=integer("nanmedian", dim), keepdim=keepdim)))


def mode(input: Any, dim: int = -1, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """(values, indices): the commonest value along `dim`, the smallest among equally common ones, and where it comes last."""
    if named:
        dim, keepdim = numpy_names("mode", named, dim, keepdim)
    return into("mode", out, ModeResult(*O.mode(input, dim=integer("mode", dim), keepdim=keepdim)))


# ---- distinct values ---------------------------------------------------------------------------------------------------------------


def with_extras(values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    """The values, or a tuple of them and what else was asked for."""
    if not (return_inverse or return_counts):
        return wrap(values)
    return (wrap(values), *(wrap(inverse),) * bool(return_inverse), *(wrap(counts),) * bool(return_counts))


def unique(input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    """The distinct elements (slices along `dim`) in order, with where each went and how often it occurs if asked."""
    x = array_of("unique", input)
    d = None if dim is None else wrap_dim(dim, x.ndim)
    if d is not None:
        require_slices("unique", x, d)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=d, equal_nan=False)
    return with_extras(values, inverse.reshape(x.shape if d is None else -1), counts, return_inverse, return_counts)


def require_slices(name: str, x: Any, d: int) -> None:
    if x.ndim == 0:
        raise IndexError(f"{name}: a 0-dim tensor has no slices; leave out dim")
    if x.size == 0 and any(n == 0 for i, n in enumerate(x.shape) if i != d):
        raise RuntimeError(f"{name}: slices of no elements, in the shape {x.shape}, cannot be told apart; dim {d} is not possible")


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None) -> Any:
    """One element (slice along `dim`) of each run of equal ones, with the run of each and how long each run is if asked.

    >>> import minitorch_nlp as torch
    >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 2, 2, 1]), return_counts=True)
    (tensor([1, 2, 1]), tensor([2, 3, 1]))
    """
    x = array_of("unique_consecutive", input)
    d = None if dim is None else wrap_dim(dim, x.ndim)
    if d is not None:
        require_slices("unique_consecutive", x, d)
    rows = x.reshape(-1) if d is None else np.ascontiguousarray(np.moveaxis(x, d, 0))
    new = np.ones_like(rows, dtype=bool, shape=len(rows))
    new[1:] = (rows[1:] != rows[:-1]).any(axis=tuple(range(1, rows.ndim)))
    starts = np.flatnonzero(new)
    values = rows[starts] if d is None else np.moveaxis(rows[starts], 0, d)
    inverse = np.cumsum(new) - 1
    counts = np.diff(starts, append=len(rows))
    return with_extras(values, inverse.reshape(x.shape if d is None else -1), counts, return_inverse, return_counts)


# ---- places in an order ------------------------------------------------------------------------------------------------------------


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
    out: Any = None,
) -> Any:
    """Where the values of `input` would go to keep the last dimension of `sorted_sequence` in order.

    The index i with ``s[i-1] < v <= s[i]``, or with ``right=True`` (``side="right"``) ``s[i-1] <= v < s[i]``. A vector serves all
    values; otherwise all dimensions but the last must agree. `sorter` holds the indices that put an unsorted sequence in order.

    >>> import minitorch_nlp as torch
    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6]))
    tensor([1, 3])
    """
    s, v = comparable("searchsorted", array_of("searchsorted", sorted_sequence, "sorted_sequence"), input)
    if side is not None and (side not in ("left", "right") or (right and side == "left")):
        raise RuntimeError(f"searchsorted: side is 'left' or 'right', and not 'left' with right=True; got {side!r} and right={right}")
    if s.ndim == 0 or (s.ndim > 1 and s.shape[:-1] != v.shape[:-1]):
        raise RuntimeError(
            f"searchsorted: (..., s), (..., v) -> (..., v), or (s), (...) -> (...)\n  sorted_sequence is {s.shape}\n  input           is {v.shape}"
        )
    if sorter is not None:
        s = in_order(s, array_of("searchsorted", sorter, "sorter"))
    places = insertion(s, v, "right" if right or side == "right" else "left")
    result = wrap(places.astype(np.int32 if out_int32 else np.int64))
    if isinstance(out, Traced) and out.dtype != result.dtype:
        raise RuntimeError(f"searchsorted: out must be {result.dtype}, as out_int32={out_int32} says, not {out.dtype}")
    return into("searchsorted", out, result)


def comparable(name: str, s: Any, input: Any) -> tuple[Any, Any]:
    """The sequence and the values to look up, of one dtype."""
    if isinstance(input, PYTHON_NUMBERS):
        v = np.full_like(s, input, shape=(), dtype=backend.default_dtype() if isinstance(input, float) else np.int64)
    else:
        v = array_of(name, input)
    if s.dtype == v.dtype == bool:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int()")
    common = promote_types(s.dtype, v.dtype)
    return s.astype(common, copy=False), v.astype(common, copy=False)


def in_order(s: Any, sorter: Any) -> Any:
    if sorter.shape != s.shape:
        raise RuntimeError(f"searchsorted: sorter must have the shape of sorted_sequence, {s.shape}, not {sorter.shape}")
    if sorter.dtype != np.int64:
        raise RuntimeError(f"searchsorted: sorter must be int64, not {sorter.dtype}; convert it with .long()")
    if sorter.size and (sorter.min() < 0 or sorter.max() >= s.shape[-1]):
        raise RuntimeError(f"searchsorted: sorter has an index outside of [0, {s.shape[-1]})")
    return np.take_along_axis(s, sorter, -1)


def insertion(s: Any, v: Any, side: Any) -> Any:
    """np.searchsorted for each row; nan is larger than all, itself included."""
    if s.ndim == 1:
        places = np.searchsorted(s, v, side)
    else:
        places = np.zeros_like(v, dtype=np.int64)
        for row in np.ndindex(s.shape[:-1]):
            places[row] = np.searchsorted(s[row], v[row], side)
    return np.where(v != v, s.shape[-1], places) if v.dtype.kind in "fV" else np.asarray(places)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False, out: Any = None) -> Any:
    """The bucket of each value: `searchsorted` with the roles named otherwise. `boundaries` is a vector.

    >>> import minitorch_nlp as torch
    >>> torch.bucketize(torch.tensor([0.5, 1.0, 7.0]), torch.tensor([1.0, 3.0, 5.0]))
    tensor([0, 0, 3])
    """
    edges = array_of("bucketize", boundaries, "boundaries")
    if edges.ndim != 1:
        raise RuntimeError(f"bucketize: boundaries must be a vector, this one has shape {edges.shape}")
    if not isinstance(input, (Traced, *PYTHON_NUMBERS)):
        raise TypeError(f"bucketize(): argument 'input' must be Tensor or Number, not {type(input).__name__}")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right, out=out)
