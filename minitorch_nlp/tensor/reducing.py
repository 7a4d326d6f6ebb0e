"""Reductions with torch's signatures: one function for torch's several overloads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import reduction as R
from ..functional._law import wrap_dim
from ..functional._op import Traced
from .base import array_of, integer, refuse_out, wrap
from .dtypes import as_numpy_dtype
from .results import named_result

__all__ = [
    "all", "any", "argmax", "argmin", "count_nonzero", "cumsum", "logsumexp", "max", "mean", "min", "nonzero", "norm", "prod", "std",
    "sum", "var",
]  # fmt: skip


MaxResult, MinResult = named_result("max"), named_result("min")


def numpy_names(name: str, given: dict[str, Any], dim: Any, keepdim: bool = False) -> tuple[Any, bool]:
    """`dim` and `keepdim`, which torch also takes under NumPy's names ``axis`` and ``keepdims``."""
    for key, argument in given.items():
        if key == "axis":
            dim = argument
        elif key == "keepdims":
            keepdim = argument
        elif key == "out":
            refuse_out(name, argument)
        else:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
    return dim, keepdim


def require_dim(name: str, dim: Any) -> None:
    if dim is None:
        raise TypeError(f"{name}() missing 1 required argument: 'dim'")


def dims_of(dim: Any) -> Any:
    return tuple(dim) if isinstance(dim, list) else dim


def dtype_of(dtype: Any) -> Any:
    return None if dtype is None else as_numpy_dtype(dtype)


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, **named: Any) -> Any:
    """The sum of all elements, or along `dim`. Integers and bools give int64."""
    if named:
        dim, keepdim = numpy_names("sum", named, dim, keepdim)
    return R.sum(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, **named: Any) -> Any:
    """The mean of all elements, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("mean", named, dim, keepdim)
    return R.mean(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, **named: Any) -> Any:
    """The product of all elements, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("prod", named, dim, keepdim)
    return R.prod(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))


def correction_of(unbiased: Any, correction: Any) -> Any:
    if unbiased is not None:
        return int(unbiased)
    return 1 if correction is None else correction


def var(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None, **named: Any) -> Any:
    """The variance, sum (x - mean)^2 / (n - correction); correction is 1 unless given."""
    if named:
        dim, keepdim = numpy_names("var", named, dim, keepdim)
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return R.var(input, dim=dims_of(dim), correction=correction_of(unbiased, correction), keepdim=keepdim)


def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None, **named: Any) -> Any:
    """The standard deviation: the square root of `var`."""
    if named:
        dim, keepdim = numpy_names("std", named, dim, keepdim)
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return R.std(input, dim=dims_of(dim), correction=correction_of(unbiased, correction), keepdim=keepdim)


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, **named: Any) -> Any:
    """The maximum of all elements; along `dim` with its indices; or, given a second tensor, elementwise."""
    if named:
        dim, keepdim = numpy_names("max", named, dim, keepdim)
    if isinstance(dim, Traced) or other is not None:
        return A.maximum(input, dim if other is None else other)
    if dim is None:
        return R.max_all(input)
    return MaxResult(*R.max_dim(input, dim=integer("max", dim), keepdim=keepdim))


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, **named: Any) -> Any:
    """The minimum of all elements; along `dim` with its indices; or, given a second tensor, elementwise."""
    if named:
        dim, keepdim = numpy_names("min", named, dim, keepdim)
    if isinstance(dim, Traced) or other is not None:
        return A.minimum(input, dim if other is None else other)
    if dim is None:
        return R.min_all(input)
    return MinResult(*R.min_dim(input, dim=integer("min", dim), keepdim=keepdim))


def argmax(input: Any, dim: int | None = None, keepdim: bool = False, **named: Any) -> Any:
    """The index of the maximum (of the flattened tensor without `dim`); the first among equals."""
    if named:
        dim, keepdim = numpy_names("argmax", named, dim, keepdim)
    return R.argmax(input, dim=None if dim is None else integer("argmax", dim), keepdim=keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False, **named: Any) -> Any:
    """The index of the minimum (of the flattened tensor without `dim`); the first among equals."""
    if named:
        dim, keepdim = numpy_names("argmin", named, dim, keepdim)
    return R.argmin(input, dim=None if dim is None else integer("argmin", dim), keepdim=keepdim)


def logsumexp(input: Any, dim: Any = None, keepdim: bool = False, **named: Any) -> Any:
    """ln sum exp x along `dim`, without overflow."""
    if named:
        dim, keepdim = numpy_names("logsumexp", named, dim, keepdim)
    require_dim("logsumexp", dim)
    return R.logsumexp(input, dim=dims_of(dim), keepdim=keepdim)


def cumsum(input: Any, dim: int | None = None, *, dtype: Any = None, **named: Any) -> Any:
    """Running sums along `dim`."""
    if named:
        dim, _ = numpy_names("cumsum", named, dim)
    require_dim("cumsum", dim)
    return R.cumsum(input, dim=dim, dtype=dtype_of(dtype))


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """(sum |x|^p)^(1/p) of all elements, or along `dim`."""
    if dtype is not None:
        input = input.to(dtype)
    if p == "nuc":
        raise NotImplementedError("norm: p='nuc' (nuclear norm) is not supported")
    return R.norm(input, p=2 if p in ("fro", None) else p, dim=dims_of(dim), keepdim=keepdim)


def truth(reduce: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    x = array_of(reduce.__name__, input)
    axis = None if dim is None else tuple(wrap_dim(d, x.ndim) for d in ((dim,) if isinstance(dim, int) else dim))
    result = reduce(x, axis=axis if x.ndim else None, keepdims=keepdim)
    return wrap(result.astype(np.uint8) if x.dtype == np.uint8 else result)


def all(input: Any, dim: Any = None, keepdim: bool = False, **named: Any) -> Any:
    """Whether all elements are true, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("all", named, dim, keepdim)
    return truth(np.all, input, dim, keepdim)


def any(input: Any, dim: Any = None, keepdim: bool = False, **named: Any) -> Any:
    """Whether any element is true, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("any", named, dim, keepdim)
    return truth(np.any, input, dim, keepdim)


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not zero."""
    return wrap(np.count_nonzero(array_of("count_nonzero", input), axis=dims_of(dim)))


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero, one row each; or one tensor per dimension."""
    x = array_of("nonzero", input)
    found = np.nonzero(x if x.ndim else x.reshape(1))
    if as_tuple:
        return tuple(wrap(i.copy()) for i in found)  # NumPy's are columns of one array
    return wrap(np.stack(found).T[:, : x.ndim])
