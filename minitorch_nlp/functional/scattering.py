"""Scattering with a reduction, by mask, and into the flattened array."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._checks import refuse_bfloat16
from ._domain import Bool, Real
from ._index import check_along, corner, flat_along
from ._law import wrap_dim
from ._op import Op
from .getitem import getitem, index_put, scatter_index
from .indexing import check_vector, pick_along, put_along, sample_gather, sample_index_add

__all__ = ["index_reduce", "masked_scatter", "put", "scatter_reduce", "take"]


# ---- by index, reduced ------------------------------------------------------------------------------------------------------------

REDUCERS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def first_value(reduce, dtype):
    """What a reduction starts from: the value that changes nothing."""
    if reduce in ("sum", "mean", "prod"):
        return int(reduce == "prod")
    if dtype.kind == "b":
        return reduce == "amin"
    if dtype.kind == "f":
        return -math.inf if reduce == "amax" else math.inf
    limits = np.iinfo(dtype)
    return limits.min if reduce == "amax" else limits.max


def counts_of(x, index, dim, include_self):
    """How many values each place of x is the mean of; 1 where there are none."""
    counts = np.full_like(x, int(include_self), dtype=np.int64, order="C")
    backend.scatter_add(counts.reshape(-1), flat_along(index, dim, x.shape).reshape(-1), 1)
    return np.maximum(counts, 1)


def scatter_reduce_forward(x, index, src, *, dim, reduce, include_self=True):
    """y[i, v] = the reduction of src[i, j] over all j with index[i, j] = v, here for dim = 1, and of x[i, v] if `include_self`.

    Places that no index names keep x. `reduce` is sum, mean, prod, amax or amin.
    """
    if reduce not in REDUCERS:
        raise RuntimeError(f"scatter_reduce: reduce must be one of sum, mean, prod, amax or amin, got {reduce!r}")
    refuse_bfloat16("scatter_reduce", x.dtype)
    dim = wrap_dim(dim, x.ndim)
    check_along("scatter_reduce", x, index, dim, src)
    y = x.copy()
    if not math.prod(index.shape):
        return y, (x, index, src, y, None, dim, reduce, include_self)
    flat, places = y.reshape(-1), flat_along(index, dim, x.shape).reshape(-1)
    if not include_self:
        flat[places] = first_value(reduce, x.dtype)
    backend.scatter_with(REDUCERS[reduce], flat, places, src[corner(index.shape)].reshape(-1))
    counts = None
    if reduce == "mean":
        counts = counts_of(x, index, dim, include_self)
        y = y / counts.astype(y.dtype) if y.dtype.kind == "f" else y // counts.astype(y.dtype)
    return y, (x, index, src, y, counts, dim, reduce, include_self)


def scatter_reduce_backward(dy, saved, needs=(True, False, True)):
    """sum: dx = dy, dsrc[j] = dy[index[j]]; mean: the same of dy / count; prod: times the product of the others.

    amax, amin: dy is shared among all values that equal the result. Without `include_self`, dx = 0 at the places that were named.
    """
    x, index, src, y, counts, dim, reduce, include_self = saved
    if not math.prod(index.shape):
        return dy, None, np.zeros_like(dy, shape=src.shape)
    inner = src[corner(index.shape)]
    if reduce == "prod":
        dx, ds = product_gradients(dy, x, index, inner, y, dim, include_self)
    elif reduce in ("amax", "amin"):
        dx, ds = extremum_gradients(dy, x, index, inner, y, dim)
    else:
        dx = dy if counts is None else dy / counts.astype(dy.dtype)
        ds = pick_along(dx, index, dim)
    if not include_self:
        flat = flat_along(index, dim, tuple(dy.shape)).reshape(-1)
        dx = index_put(dx.reshape((math.prod(dy.shape),)), 0, index=flat).reshape(dy.shape)
    return dx, None, ds if index.shape == src.shape else scatter_index(ds, index=corner(index.shape), shape=tuple(src.shape))


def product_gradients(dy, x, index, src, y, dim, include_self):
    """dy times the product of the others: y / x, and where x is 0 the product with 1 in its place."""
    options = {"dim": dim, "reduce": "prod", "include_self": include_self}
    x_or_1 = np.where(np.equal(x, 0), 1.0, x)
    dx = dy * scatter_reduce(x_or_1, index, src, **options) / x_or_1
    zero = np.equal(src, 0)
    alone = np.logical_and(zero, np.equal(pick_along(put_along(zero.astype(dy.dtype), index, dim, tuple(x.shape)), index, dim), 1))
    others = scatter_reduce(x, index, np.where(alone, 1.0, src), **options)
    g = pick_along(dy, index, dim)
    return dx, np.where(alone, g * pick_along(others, index, dim), g * pick_along(y, index, dim) / np.where(zero, 1.0, src))


def extremum_gradients(dy, x, index, src, y, dim):
    """dy shared among those that equal the result, x among them."""
    is_x = np.equal(x, y).astype(dy.dtype)
    is_src = np.equal(src, pick_along(y, index, dim)).astype(dy.dtype)
    with np.errstate(divide="ignore", invalid="ignore"):  # nan equals nothing
        share = dy / (is_x + put_along(is_src, index, dim, tuple(x.shape)))
        return is_x * share, is_src * pick_along(share, index, dim)


def scatter_reduce_reference(x, index, src, *, dim, reduce, include_self=True):
    values = {i: [x[i]] if include_self else [] for i in np.ndindex(x.shape)}
    for place in np.ndindex(index.shape):
        target = list(place)
        target[dim] = index[place]
        values[tuple(target)].append(src[place])
    function = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min}[reduce]
    return np.array([function(v) if v else x[i] for i, v in values.items()]).reshape(x.shape)


def sample_scatter_reduce(draw):
    (x, index), options = sample_gather(draw)
    src = draw.array(tuple(n + draw.integer(0, 1) for n in index.shape))
    reduce = draw.choice(("sum", "mean", "prod", "amax", "amin"))
    return (x, index, src), {**options, "reduce": reduce, "include_self": draw.choice((True, False))}


scatter_reduce = Op(
    scatter_reduce_forward,
    scatter_reduce_backward,
    shapes="(...), (...), (...) -> (...)",
    sample=sample_scatter_reduce,
    reference=scatter_reduce_reference,
)


def index_reduce_forward(x, index, src, *, dim, reduce, include_self=True):
    """`scatter_reduce` of whole slices: y[:, v, :] = the reduction of src[:, k, :] over all index[k] = v, here for dim = 1."""
    if reduce not in REDUCERS or reduce == "sum":
        raise RuntimeError(f"index_reduce: reduce must be one of mean, prod, amax or amin, got {reduce!r}; for sums use index_add")
    dim = wrap_dim(dim, x.ndim)
    check_vector("index_reduce", x, index, dim)
    wanted = (*x.shape[:dim], math.prod(index.shape), *x.shape[dim + 1 :]) if x.ndim else ()
    if src.shape != wanted and not (x.ndim == 0 and math.prod(src.shape) == 1):
        raise RuntimeError(f"index_reduce: source must have the shape {wanted}, one slice for each index, not {tuple(src.shape)}")
    if src.dtype != x.dtype:
        raise RuntimeError(f"index_reduce: source must have the dtype of x, {x.dtype}, not {src.dtype}; cast it with .to()")
    wide = np.broadcast_to(index.reshape((-1,) + (1,) * max(x.ndim - dim - 1, 0)), wanted) if x.ndim else index.reshape(())
    y, saved = scatter_reduce_forward(x, wide, src.reshape(wanted), dim=dim, reduce=reduce, include_self=include_self)
    return y, (x, wide, src, *saved[3:])


def index_reduce_backward(dy, saved, needs=(True, False, True)):
    """As for `scatter_reduce`, of which this is a case."""
    x, index, src, *rest = saved
    dx, _, dsrc = scatter_reduce_backward(dy, (x, index, src.reshape(index.shape), *rest), needs)
    return dx, None, dsrc.reshape(src.shape)


def index_reduce_reference(x, index, src, *, dim, reduce, include_self=True):
    rows, new = np.moveaxis(x, dim, 0), np.moveaxis(src, dim, 0)
    function = {"mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min}[reduce]
    y = rows.copy()
    for v in set(index.tolist()):
        found = [new[k] for k, i in enumerate(index.tolist()) if i == v] + [rows[v]] * include_self
        y[v] = function(found, axis=0)
    return np.moveaxis(y, 0, dim)


def sample_index_reduce(draw):
    arrays, options = sample_index_add(draw)
    return arrays, {
        "dim": options["dim"],
        "reduce": draw.choice(("mean", "prod", "amax", "amin")),
        "include_self": draw.choice((True, False)),
    }


index_reduce = Op(
    index_reduce_forward,
    index_reduce_backward,
    shapes="(...), (k), (...) -> (...)",
    sample=sample_index_reduce,
    reference=index_reduce_reference,
)


# ---- by mask ----------------------------------------------------------------------------------------------------------------------


def masked_scatter_forward(x, mask, source):
    """y = x with the places where the mask (broadcast) is True taking the elements of `source`, one after the other."""
    if mask.dtype != bool:
        raise RuntimeError(f"masked_scatter: expected a bool mask, got {mask.dtype}; write mask.bool(), or a comparison such as mask == 0")
    if source.dtype != x.dtype:
        raise RuntimeError(f"masked_scatter: source must have the dtype of x, {x.dtype}, not {source.dtype}; cast it with .to()")
    shape = np.broadcast_shapes(x.shape, mask.shape)
    mask = np.broadcast_to(mask, shape)
    y = np.broadcast_to(x, shape).copy()
    count = int(mask.sum())
    if count > math.prod(source.shape):
        raise RuntimeError(f"masked_scatter: the mask has {count} True places, but source only {math.prod(source.shape)} elements")
    y[mask] = source.reshape(-1)[:count]
    return y, (mask, source.shape, count)


def masked_scatter_backward(dy, saved, needs=(True, False, True)):
    """dx = dy, 0 where the mask is True;  dsource = dy there, in order, and 0 for the elements that were not used."""
    mask, shape, count = saved
    dsource = None
    if needs[2]:
        used = getitem(dy, index=mask)
        dsource = scatter_index(used, index=slice(0, count), shape=(math.prod(shape),)).reshape(shape)
    return np.where(mask, 0.0, dy), None, dsource


def sample_masked_scatter(draw):
    shape = draw.shape()
    x, mask = draw.array(draw.broadcastable(shape)), draw.array(shape, Bool())
    return (x, mask, draw.array((math.prod(shape) + draw.integer(0, 2),))), {}


def masked_scatter_reference(x, mask, source):
    values = iter(source.ravel().tolist())
    pairs = zip(*(a.ravel().tolist() for a in np.broadcast_arrays(x, mask)))
    return np.array([next(values) if m else v for v, m in pairs]).reshape(mask.shape)


masked_scatter = Op(
    masked_scatter_forward,
    masked_scatter_backward,
    shapes="(...), (...), (...) -> (...)",
    domain=(Real(), Bool(), Real()),
    sample=sample_masked_scatter,
    reference=masked_scatter_reference,
)


# ---- the flattened array ----------------------------------------------------------------------------------------------------------


def check_flat(name, x, index):
    n = math.prod(x.shape)
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}(): expected a long tensor for index, but got {index.dtype}; cast with .long()")
    if index.size and not n:
        raise IndexError(f"{name}(): tried to take from an empty tensor")
    if index.size and (int(index.max()) >= n or int(index.min()) < -n):
        raise IndexError(f"{name}(): index out of range: the tensor has {n} elements")


def take_forward(x, index):
    """y[k] = x.flatten()[index[k]]; negative counts from the end."""
    check_flat("take", x, index)
    return x.reshape(-1).take(index), (x.shape, index)


def take_backward(dy, saved):
    """dx = dy added up where it was taken from."""
    shape, index = saved
    flat = scatter_index(dy.reshape((math.prod(index.shape),)), index=index.reshape(-1), shape=(math.prod(shape),))
    return flat.reshape(shape), None


def sample_take(draw):
    x = draw.array(draw.shape(0, 3, min_size=1))
    return (x, np.asarray(draw.index(draw.shape(0, 2), x.size) - draw.choice((0, x.size)))), {}


take = Op(
    take_forward,
    take_backward,
    shapes="(...), (k) -> (k)",
    sample=sample_take,
    reference=lambda x, index: np.array([x.ravel()[i] for i in index.ravel()]).reshape(index.shape),
)


def put_forward(x, index, source, *, accumulate=False):
    """A copy of x with y.flatten()[index[k]] = source[k], or += with `accumulate`, once per occurrence."""
    check_flat("put", x, index)
    if hasattr(source, "dtype"):
        if source.dtype != x.dtype:
            raise RuntimeError(f"put_(): source must have the dtype of x, {x.dtype}, not {source.dtype}; cast it with .to()")
        if math.prod(source.shape) != math.prod(index.shape):
            raise IndexError(
                f"put_(): as many source elements as indices are wanted, got {math.prod(source.shape)} and {math.prod(index.shape)}"
            )
    y = backend.as_array(x).copy()
    places, values = index.reshape(-1), source.reshape(-1) if hasattr(source, "dtype") else source
    if accumulate:
        backend.scatter_add(y.reshape(-1), places, values)
    else:
        y.reshape(-1)[places] = values
    return y, (index, getattr(source, "shape", ()), accumulate)


def put_backward(dy, saved, needs=(True, False, True)):
    """dx = dy, but 0 at the replaced places (all of dy with accumulate);  dsource = dy there."""
    index, shape, accumulate = saved
    dx = (dy if accumulate else put(dy, index, 0)) if needs[0] else None
    return dx, None, take(dy, index).reshape(shape) if needs[2] else None


def sample_put(draw):
    x = draw.array(draw.shape(0, 3, min_size=1))
    accumulate = draw.choice((True, False))
    order = np.argsort(draw.array((x.size,)))[: draw.integer(0, 3)]  # no place twice
    index = draw.index((draw.integer(0, 4),), x.size) if accumulate else order - draw.choice((0, x.size))
    return (x, index, draw.array(index.shape)), {"accumulate": accumulate}


def put_reference(x, index, source, *, accumulate=False):
    y = x.ravel().tolist()
    for i, value in zip(index.ravel().tolist(), source.ravel().tolist()):
        y[i] = value + (y[i] if accumulate else 0)
    return np.array(y).reshape(x.shape)


put = Op(put_forward, put_backward, shapes="(...), (k), (k) -> (...)", sample=sample_put, reference=put_reference)
