"""Reductions and running sums with torch's signatures: one function for torch's several overloads."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import reduction as R
from ..functional._axes import unique_dims
from ..functional._op import Traced, unbroadcast
from ..functional.spectral import svdvals
from .base import array_of, integer, wrap
from .dtypes import as_numpy_dtype
from .results import into, named_result

__all__ = [
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "cummax", "cummin", "cumprod", "cumsum", "dist",
    "hash_tensor", "logcumsumexp", "logsumexp", "max", "mean", "min", "nanmean", "nansum", "norm", "prod", "renorm", "std", "std_mean", "sum",
    "sum_to_size", "var", "var_mean",
]  # fmt: skip


MaxResult, MinResult = named_result("max"), named_result("min")
AminmaxResult = named_result("aminmax", "min", "max")
CummaxResult, CumminResult = named_result("cummax"), named_result("cummin")


def numpy_names(name: str, given: dict[str, Any], dim: Any, keepdim: bool = False) -> tuple[Any, bool]:
    """`dim` and `keepdim`, which torch also takes under NumPy's names ``axis`` and ``keepdims``."""
    for key, argument in given.items():
        if key == "axis":
            dim = argument
        elif key == "keepdims":
            keepdim = argument
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


# ---- sums and moments --------------------------------------------------------------------------------------------------------------


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """The sum of all elements, or along `dim`. Integers and bools give int64."""
    if named:
        dim, keepdim = numpy_names("sum", named, dim, keepdim)
    result = R.sum(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))
    return result if out is None else into("sum", out, result)


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """The sum of all elements that are not nan, or along `dim`.

    >>> import minitorch_nlp as torch
    >>> torch.nansum(torch.tensor([1.0, float("nan"), 2.0]))
    tensor(3.)
    """
    if named:
        dim, keepdim = numpy_names("nansum", named, dim, keepdim)
    return into("nansum", out, R.nansum(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype)))


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """The mean of all elements, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("mean", named, dim, keepdim)
    result = R.mean(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype))
    return result if out is None else into("mean", out, result)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """The mean of all elements that are not nan, or along `dim`; nan where there is none."""
    if named:
        dim, keepdim = numpy_names("nanmean", named, dim, keepdim)
    x = array_of("nanmean", input)
    if x.dtype.kind not in "fV":
        raise RuntimeError(f"nanmean: the input must have a floating point dtype, it has {input.dtype}; convert it with .float()")
    known = R.sum(wrap(np.equal(x, x)), dim=dims_of(dim), keepdim=keepdim)
    return into("nanmean", out, A.div(nansum(input, dim, keepdim, dtype=dtype), known))


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """The product of all elements, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("prod", named, dim, keepdim)
    return into("prod", out, R.prod(input, dim=dims_of(dim), keepdim=keepdim, dtype=dtype_of(dtype)))


def moment(name: str, dim: Any, unbiased: Any, keepdim: bool, correction: Any, named: dict[str, Any]) -> dict[str, Any]:
    """The options of var and std from torch's two signatures, with `unbiased` and with `correction`."""
    if named:
        dim, keepdim = numpy_names(name, named, dim, keepdim)
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    return {"dim": dims_of(dim), "correction": 1 if correction is None else correction, "keepdim": keepdim}


def with_freedom(name: str, input: Any, result: Any, correction: float) -> Any:
    """The result, with a warning if it comes from no more elements than `correction`."""
    if input.array.size <= result.array.size * correction:
        warnings.warn(f"{name}(): degrees of freedom is <= 0: there are no more elements than the correction, {correction}", stacklevel=3)
    return result


def var(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None, out: Any = None, **named: Any
) -> Any:
    """The variance: the mean squared distance from the mean, dividing by n - `correction`. ``unbiased=False`` is correction 0."""
    options = moment("var", dim, unbiased, keepdim, correction, named)
    return into("var", out, with_freedom("var", input, R.var(input, **options), options["correction"]))


def std(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None, out: Any = None, **named: Any
) -> Any:
    """The standard deviation: the square root of `var`."""
    options = moment("std", dim, unbiased, keepdim, correction, named)
    return into("std", out, with_freedom("std", input, R.std(input, **options), options["correction"]))


def var_mean(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None, **named: Any) -> Any:
    """(variance, mean)."""
    options = moment("var_mean", dim, unbiased, keepdim, correction, named)
    spread = with_freedom("var_mean", input, R.var(input, **options), options["correction"])
    return spread, R.mean(input, dim=options["dim"], keepdim=options["keepdim"])


def std_mean(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None, **named: Any) -> Any:
    """(standard deviation, mean)."""
    options = moment("std_mean", dim, unbiased, keepdim, correction, named)
    spread = with_freedom("std_mean", input, R.std(input, **options), options["correction"])
    return spread, R.mean(input, dim=options["dim"], keepdim=options["keepdim"])


def logsumexp(input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """ln sum exp x along `dim`, without overflow."""
    if named:
        dim, keepdim = numpy_names("logsumexp", named, dim, keepdim)
    require_dim("logsumexp", dim)
    return into("logsumexp", out, R.logsumexp(input, dim=dims_of(dim), keepdim=keepdim))


# ---- extremes ----------------------------------------------------------------------------------------------------------------------


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, out: Any = None, **named: Any) -> Any:
    """The maximum of all elements; along `dim` with its indices; or, given a second tensor, elementwise."""
    if named:
        dim, keepdim = numpy_names("max", named, dim, keepdim)
    if isinstance(dim, Traced) or other is not None:
        array_of("max", input)
        return into("max", out, A.maximum(input, dim if other is None else other))
    if dim is None:
        return into("max", out, R.max_all(input))
    return into("max", out, MaxResult(*R.max_dim(input, dim=integer("max", dim), keepdim=keepdim)))


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, out: Any = None, **named: Any) -> Any:
    """The minimum of all elements; along `dim` with its indices; or, given a second tensor, elementwise."""
    if named:
        dim, keepdim = numpy_names("min", named, dim, keepdim)
    if isinstance(dim, Traced) or other is not None:
        array_of("min", input)
        return into("min", out, A.minimum(input, dim if other is None else other))
    if dim is None:
        return into("min", out, R.min_all(input))
    return into("min", out, MinResult(*R.min_dim(input, dim=integer("min", dim), keepdim=keepdim)))


def amax(input: Any, dim: Any = (), keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """The maximum of all elements, or along `dim`, one or several; equal ones share the gradient."""
    if named:
        dim, keepdim = numpy_names("amax", named, dim, keepdim)
    return into("amax", out, R.amax(input, dim=dims_of(dim), keepdim=keepdim))


def amin(input: Any, dim: Any = (), keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """The minimum of all elements, or along `dim`, one or several; equal ones share the gradient."""
    if named:
        dim, keepdim = numpy_names("amin", named, dim, keepdim)
    return into("amin", out, R.amin(input, dim=dims_of(dim), keepdim=keepdim))


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False, out: Any = None, **named: Any) -> Any:
    """(min, max) of all elements, or along `dim`.

    >>> import minitorch_nlp as torch
    >>> torch.aminmax(torch.tensor([3.0, 1.0, 2.0]))
    torch.return_types.aminmax(
    min=tensor(1.),
    max=tensor(3.))
    """
    if named:
        dim, keepdim = numpy_names("aminmax", named, dim, keepdim)
    along = None if dim is None else integer("aminmax", dim)
    return into("aminmax", out, AminmaxResult(*R.aminmax(input, dim=along, keepdim=keepdim)))


def argmax(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """The index of the maximum (of the flattened tensor without `dim`); the first among equals."""
    if named:
        dim, keepdim = numpy_names("argmax", named, dim, keepdim)
    return into("argmax", out, R.argmax(input, dim=None if dim is None else integer("argmax", dim), keepdim=keepdim))


def argmin(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """The index of the minimum (of the flattened tensor without `dim`); the first among equals."""
    if named:
        dim, keepdim = numpy_names("argmin", named, dim, keepdim)
    return into("argmin", out, R.argmin(input, dim=None if dim is None else integer("argmin", dim), keepdim=keepdim))


# ---- running sums, products and extremes -------------------------------------------------------------------------------------------


def scanned(name: str, op: Any, input: Any, dim: Any, out: Any, named: dict[str, Any], result: Any = None, **options: Any) -> Any:
    """What all running reductions share: a `dim` that must be given, the op, a named result, `out`."""
    if named:
        dim, _ = numpy_names(name, named, dim)
    require_dim(name, dim)
    found = op(input, dim=integer(name, dim), **options)
    return into(name, out, result(*found) if result else found)


def cumsum(input: Any, dim: int | None = None, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """Running sums along `dim`."""
    return scanned("cumsum", R.cumsum, input, dim, out, named, dtype=dtype_of(dtype))


def cumprod(input: Any, dim: int | None = None, *, dtype: Any = None, out: Any = None, **named: Any) -> Any:
    """Running products along `dim`."""
    return scanned("cumprod", R.cumprod, input, dim, out, named, dtype=dtype_of(dtype))


def cummax(input: Any, dim: int | None = None, *, out: Any = None, **named: Any) -> Any:
    """(values, indices): the largest so far along `dim`, and where it last occurred."""
    return scanned("cummax", R.cummax, input, dim, out, named, CummaxResult)


def cummin(input: Any, dim: int | None = None, *, out: Any = None, **named: Any) -> Any:
    """(values, indices): the smallest so far along `dim`, and where it last occurred."""
    return scanned("cummin", R.cummin, input, dim, out, named, CumminResult)


def logcumsumexp(input: Any, dim: int | None = None, *, out: Any = None, **named: Any) -> Any:
    """The logarithm of the running sum of exp x along `dim`, without overflow."""
    return scanned("logcumsumexp", R.logcumsumexp, input, dim, out, named)


# ---- norms -------------------------------------------------------------------------------------------------------------------------


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None) -> Any:
    """(sum |x|^p)^(1/p) of all elements, or along `dim`; "fro" is p = 2, and "nuc" the sum of a matrix's singular values."""
    if dtype is not None:
        input = widened(input, dtype)
    if p == "nuc":
        return into("norm", out, nuclear(input, dim, keepdim))
    return into("norm", out, R.norm(input, p=2 if p is None else p, dim=dims_of(dim), keepdim=keepdim))


def nuclear(input: Any, dim: Any, keepdim: bool) -> Any:
    """The sum of the singular values of the matrices in two dimensions."""
    x = array_of("norm", input)
    d = tuple(range(x.ndim)) if dim is None else unique_dims((dim,) if isinstance(dim, int) else tuple(dim), x.ndim)
    if len(d) != 2:
        raise RuntimeError(f"norm: p='nuc' is of matrices: it wants 2 dimensions, got {len(d)}")
    y = R.sum(svdvals(input.movedim(d, (-2, -1))), dim=-1)
    return y.reshape(tuple(1 if i in d else n for i, n in enumerate(x.shape))) if keepdim else y


def widened(input: Any, dtype: Any) -> Any:
    x, wanted = array_of("norm", input), as_numpy_dtype(dtype)
    if x.dtype.kind not in "fV" or wanted.kind not in "fV" or wanted.itemsize < x.dtype.itemsize:
        raise RuntimeError(f"norm: an input of {input.dtype} cannot be taken as {dtype}; convert it with .to({dtype})")
    return input.to(dtype)


def dist(input: Any, other: Any, p: Any = 2) -> Any:
    """The p-norm of ``input - other``."""
    return R.norm(A.sub(input, other), p=p)


def renorm(input: Any, p: Any, dim: int, maxnorm: Any, *, out: Any = None) -> Any:
    """Slices ``input.select(dim, i)`` whose p-norm is above `maxnorm` are scaled down to it.

    >>> import minitorch_nlp as torch
    >>> torch.renorm(torch.tensor([[3.0, 4.0], [0.3, 0.4]]), p=2, dim=0, maxnorm=1)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    x = array_of("renorm", input)
    if x.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {x.ndim}")
    if p <= 0 or maxnorm < 0:
        raise RuntimeError(f"renorm: p must be positive and maxnorm not negative, got p = {p} and maxnorm = {maxnorm}")
    (d,) = unique_dims((dim,), x.ndim)
    sizes = R.norm(input, p=p, dim=tuple(i for i in range(x.ndim) if i != d), keepdim=True)
    above = wrap(sizes.array > maxnorm)
    return into("renorm", out, A.mul(input, A.where(above, A.div(maxnorm, A.add(sizes, 1e-7)), 1.0)))


# ---- truth, counts, bits -----------------------------------------------------------------------------------------------------------


def truth(name: str, input: Any, dim: Any, keepdim: bool) -> Any:
    x = array_of(name, input)
    if dim is None or isinstance(dim, int):
        axis = dim
    else:
        axis = unique_dims(dim, x.ndim) if x.ndim else None
        if not dim:
            return wrap(x.astype(bool).astype(np.uint8 if x.dtype == np.uint8 else bool))
    try:
        result = x.all(axis=axis, keepdims=keepdim) if name == "all" else x.any(axis=axis, keepdims=keepdim)
    except np.exceptions.AxisError as error:
        raise IndexError(f"{name}: Dimension out of range: dim {dim} of a tensor of shape {x.shape}") from error
    return wrap(result.astype(np.uint8) if x.dtype == np.uint8 else result)


def all(input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """Whether all elements are true, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("all", named, dim, keepdim)
    return into("all", out, truth("all", input, dim, keepdim))


def any(input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None, **named: Any) -> Any:
    """Whether any element is true, or along `dim`."""
    if named:
        dim, keepdim = numpy_names("any", named, dim, keepdim)
    return into("any", out, truth("any", input, dim, keepdim))


def chosen_dims(dim: Any, ndim: int) -> Any:
    """`dim` as NumPy's axis, checked; None for all dimensions."""
    if dim is None or dim == () or dim == []:
        return None
    dims = unique_dims((dim,) if isinstance(dim, int) else tuple(dim), ndim)
    return dims if ndim else None


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not zero, of all or along `dim`."""
    x = array_of("count_nonzero", input)
    return wrap(np.count_nonzero(x, axis=chosen_dims(dim, x.ndim)))


def hash_tensor(input: Any, dim: Any = (), *, keepdim: bool = False, mode: int = 0, out: Any = None) -> Any:
    """The exclusive or of the elements' 64 bits (floats as float64), of all or along `dim`: a uint64."""
    x = array_of("hash_tensor", input)
    if mode != 0:
        raise RuntimeError(f"hash_tensor: mode {mode} is unknown; the only one is 0, the exclusive or")
    bits = x.astype(np.float64).view(np.uint64) if x.dtype.kind in "fV" else x.astype(np.int64).view(np.uint64)
    axis = chosen_dims(dim, x.ndim)
    return into("hash_tensor", out, wrap(np.bitwise_xor.reduce(bits, axis=axis, keepdims=keepdim)))


def sum_to_size(self: Any, *sizes: Any, size: Any = None) -> Any:
    """The tensor summed to `size`, which must broadcast to its own: the gradient of `expand`."""
    sizes = sizes if size is None else (*sizes, size)
    shape = tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    if not shape:
        return R.sum(self)
    own = tuple(self.shape)
    extra = len(own) - len(shape)
    if extra < 0 or [n for n, m in zip(shape, own[extra:]) if n not in (1, m)]:
        raise RuntimeError(f"sum_to_size: size {list(shape)} is not expandable to size {list(own)}")
    return unbroadcast(self, shape)
