"""Reading and writing parts of an array: indices, masks, gather and scatter.

Reading and writing are each other's transpose: the gradient of a read is written to where it came from, and added up where a place
was read more than once (`scatter_index`); the gradient of a written value is read from where it went.
"""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._domain import Real
from ._index import (
    add_at,
    as_tuple,
    check_along,
    check_bounds,
    check_index_dtype,
    grid,
    is_index_dtype,
    is_view,
    kept,
    read,
    split,
    spread,
    view,
)
from ._law import wrap_dim
from ._op import Op

__all__ = [
    "gather",
    "getitem",
    "index_add",
    "index_put",
    "index_select",
    "masked_fill",
    "masked_select",
    "scatter",
    "scatter_add",
    "scatter_index",
    "take_along_dim",
]

INT64 = np.dtype("int64")


# ---- x[index] ---------------------------------------------------------------------------------------------------------------------


def getitem_forward(x, *, index):
    """y = x[index]: a view for integers, slices, None and Ellipsis, a copy where the index holds an array or a bool."""
    parts = as_tuple(index)
    try:
        if is_view(parts):
            return view(x, parts), (x.shape, *parts)
        return read(x, *split(parts, x.ndim)), (x.shape, *kept(parts))
    except IndexError as error:
        raise IndexError(f"getitem: {reworded(error)}\n  x has shape {tuple(x.shape)}") from error


def getitem_backward(dy, saved):
    """dx = dy put back where it was read, zeros elsewhere; added up where one element was read several times.

    y_j = x_{s(j)}, so dx_i = sum_j 1[s(j) = i] dy_j.
    """
    shape, *parts = saved
    return (scatter_index(dy, index=tuple(parts), shape=shape),)


def reworded(error):
    return str(error).replace("axis", "dimension").replace("array", "tensor")


def getitem_reference(x, *, index):
    """Each element of y found by reading an array of x's places with NumPy; integers first, as torch does."""
    places = np.arange(math.prod(x.shape)).reshape(x.shape)
    parts = list(as_tuple(index))
    integer_axes = [axis_of(parts, i, x.ndim) for i, p in enumerate(parts) if isinstance(p, int)]
    integers = [p for p in parts if isinstance(p, int)]
    for axis, i in sorted(zip(integer_axes, integers), reverse=True):
        places = np.take(places, i, axis=axis)
    places = places[tuple(p for p in parts if not isinstance(p, int))]
    return np.array([x.ravel()[k] for k in places.ravel().tolist()], dtype=x.dtype).reshape(places.shape)


def axis_of(parts, i, ndim):
    """The dimension of x that parts[i] stands for."""
    widths = [0 if p is None or p is Ellipsis else p.ndim if getattr(p, "dtype", None) == bool else 1 for p in parts]
    rest = sum(widths[i:]) if any(p is Ellipsis for p in parts[:i]) else None
    return sum(widths[:i]) if rest is None else ndim - rest


def sample_index(draw, once=False):
    """An array of three dimensions and an index into it; with `once`, one that names no place twice."""
    x = draw.array((draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)))
    a, b, c = x.shape
    one = draw.index((), a).item()
    index = draw.choice((one, -1, None, ..., slice(None, None, 2), slice(1, 9), (..., 0), (0, slice(None), None), (slice(None), -1, -1), (0, 0, 0),
                         x > 0, x[:, :, 0] > 0, (slice(None), x[0] > 0), (x[:, 0, 0] > 0, 0)))  # fmt: skip
    if not once and draw.choice((True, False)):
        i, j, k = draw.index((2,), a), draw.index((2,), b), draw.index((3, 1), c)
        index = draw.choice((i, draw.index((2, 2), a) - a, (slice(None), j), (..., k), (i, j), (i, slice(None), k), (0, slice(None), k), (i, j, k),
                             (slice(None, None, 2), None, j, 0), (0, j), (..., j, 0), (i, None, j), i[:0], i.astype(np.int32)))  # fmt: skip
    return x, index


def sample_getitem(draw):
    x, index = sample_index(draw)
    return (x,), {"index": index}


getitem = Op(
    getitem_forward,
    getitem_backward,
    shapes="(...) -> (...)",
    sample=sample_getitem,
    reference=getitem_reference,
    view="maybe",
    torch_name="Index",
)


def scatter_index_forward(values, *, index, shape):
    """Zeros of `shape` with `values` added where ``x[index]`` reads; a place named twice gets both."""
    parts = as_tuple(index)
    return spread(values, parts, shape), kept(parts)


def scatter_index_backward(dy, saved):
    """dvalues = dy[index]: each value was added to one place."""
    return (getitem(dy, index=saved),)


def scatter_index_reference(values, *, index, shape):
    places = getitem_reference(np.arange(math.prod(shape)).reshape(shape), index=index)
    y = np.zeros(math.prod(shape))
    for place, value in zip(places.ravel().tolist(), values.ravel()):
        y[place] += value
    return y.reshape(shape)


def sample_scatter_index(draw):
    x, index = sample_index(draw)
    return (draw.array(getitem_reference(x, index=index).shape),), {"index": index, "shape": x.shape}


scatter_index = Op(
    scatter_index_forward,
    scatter_index_backward,
    shapes="(...) -> (...)",
    sample=sample_scatter_index,
    reference=scatter_index_reference,
    torch_name="IndexBackward",
)


def index_put_forward(x, y, *, index, accumulate=False):
    """A copy of x with x[index] = y (broadcast), or with `accumulate` x[index] += y, once per occurrence."""
    parts = as_tuple(index)
    out = x.copy()
    basic, arrays = split(parts, x.ndim)
    try:
        if accumulate:
            add_at(out, basic, arrays, y)
        else:
            view(out, basic)[arrays or ...] = y
    except ValueError as error:
        raise RuntimeError(
            f"index_put: value of shape {tuple(y.shape)} does not broadcast to the indexed part, {read(x, basic, arrays).shape}"
        ) from error
    return out, (accumulate, getattr(y, "ndim", 0), *kept(parts))


def index_put_backward(dz, saved, needs=(True, True)):
    """dx = dz, but 0 at the replaced places (all of dz with accumulate);  dy = dz[index].

    z is x elsewhere and y there; of two values written to one place both get its gradient, as in torch.
    """
    accumulate, ndim, *parts = saved
    dx = dy = None
    if needs[0]:
        dx = dz if accumulate else index_put(dz, 0, index=tuple(parts))
    if needs[1]:
        dy = getitem(dz, index=tuple(parts))
        if ndim > dy.ndim:
            dy = dy.reshape((1,) * (ndim - dy.ndim) + tuple(dy.shape))
    return dx, dy


def index_put_reference(x, y, *, index, accumulate=False):
    places = getitem_reference(np.arange(math.prod(x.shape)).reshape(x.shape), index=index)
    z = x.ravel().copy()
    for place, value in zip(places.ravel().tolist(), np.broadcast_to(y, places.shape).ravel()):
        z[place] = value + (z[place] if accumulate else 0)
    return z.reshape(x.shape)


def sample_index_put(draw):
    accumulate = draw.choice((True, False))
    x, index = sample_index(draw, once=not accumulate)
    shape = getitem_reference(x, index=index).shape
    return (x, draw.array(draw.broadcastable(shape))), {"index": index, "accumulate": accumulate}


index_put = Op(index_put_forward, index_put_backward, shapes="(...), (...) -> (...)", sample=sample_index_put, reference=index_put_reference)


# ---- along one dimension ----------------------------------------------------------------------------------------------------------


def index_select_forward(x, index, *, dim):
    """y[:, k, :] = x[:, index[k], :], here for dim = 1."""
    dim = wrap_dim(dim, x.ndim)
    check_vector("index_select", x, index, dim)
    y = x.reshape(-1).take(index.reshape(()), axis=0) if x.ndim == 0 else x.take(index.reshape(-1), axis=dim)
    return y, (x.shape, index, dim)


def index_select_backward(dy, saved):
    """dx[:, v, :] = sum of dy[:, k, :] over all k with index[k] = v."""
    shape, index, dim = saved
    if not shape:
        return dy, None
    return scatter_index(dy, index=(slice(None),) * dim + (index.reshape(-1),), shape=shape), None


def check_vector(name, x, index, dim):
    if not is_index_dtype(index.dtype):
        raise RuntimeError(f"{name}(): expected dtype int32/int64 for index, got {index.dtype}; cast with .long()")
    if index.ndim > 1:
        raise IndexError(f"{name}(): index is supposed to be a vector, but it has shape {tuple(index.shape)}; use x[index] or gather()")
    if x.ndim == 0 and math.prod(index.shape) != 1:
        raise RuntimeError(f"{name}(): index to a 0-dim tensor can have only 1 value, got {math.prod(index.shape)}")
    size = x.shape[dim] if x.ndim else 1
    check_bounds(index, size, f"{name}: index {{index}} is out of range for dimension {dim} with size {{size}}", IndexError)


def index_select_reference(x, index, *, dim):
    return np.stack([np.moveaxis(x, dim, 0)[i] for i in index.tolist()], axis=dim)


def sample_index_select(draw):
    x = draw.array(draw.shape(1, 3, min_size=1))
    dim = draw.integer(-x.ndim, x.ndim - 1)
    return (x, draw.index((draw.integer(1, 4),), x.shape[dim])), {"dim": dim}


index_select = Op(
    index_select_forward,
    index_select_backward,
    shapes="(...), (k) -> (...)",
    sample=sample_index_select,
    reference=index_select_reference,
)


def index_add_forward(x, index, src, *, dim, alpha=1):
    """A copy of x with y[:, index[k], :] += alpha src[:, k, :], here for dim = 1; once per occurrence of a repeated index."""
    dim = wrap_dim(dim, x.ndim)
    check_vector("index_add", x, index, dim)
    wanted = (*x.shape[:dim], math.prod(index.shape), *x.shape[dim + 1 :]) if x.ndim else ()
    if src.shape != wanted or src.dtype != x.dtype:
        raise RuntimeError(
            f"index_add: src must have the shape of x with {math.prod(index.shape)} (the length of index) at dimension {dim}, and x's dtype"
            f"\n  x   is {x.dtype} {tuple(x.shape)}\n  src is {src.dtype} {tuple(src.shape)}, expected {wanted}"
        )
    added = spread(src, (slice(None),) * dim + (index.reshape(-1),), x.shape) if x.ndim else src
    return x + (added if alpha == 1 else (alpha * added).astype(x.dtype)), (index, dim, alpha)


def index_add_backward(dy, saved):
    """dx = dy;  dsrc[:, k, :] = alpha dy[:, index[k], :]."""
    index, dim, alpha = saved
    dsrc = index_select(dy, index, dim=dim)
    return dy, None, dsrc if alpha == 1 else alpha * dsrc


def index_add_reference(x, index, src, *, dim, alpha=1):
    y = np.moveaxis(x, dim, 0).copy()
    for i, row in zip(index.tolist(), np.moveaxis(src, dim, 0)):
        y[i] += alpha * row
    return np.moveaxis(y, 0, dim)


def sample_index_add(draw):
    (x, index), options = sample_index_select(draw)
    dim = options["dim"] % x.ndim
    src = draw.array((*x.shape[:dim], len(index), *x.shape[dim + 1 :]))
    return (x, index, src), {"dim": dim, "alpha": draw.choice((1, -0.5))}


index_add = Op(
    index_add_forward, index_add_backward, shapes="(...), (k), (...) -> (...)", sample=sample_index_add, reference=index_add_reference
)


# ---- gather and scatter -----------------------------------------------------------------------------------------------------------


def gather_forward(x, index, *, dim):
    """y[i, j] = x[i, index[i, j]] for dim = 1, and so on; `index` may be smaller than x in the other dimensions."""
    dim = wrap_dim(dim, x.ndim)
    check_along("gather", x, index, dim)
    places = places_along(x, index, dim)
    if places is None:
        return np.zeros_like(x, shape=index.shape), (x.shape, index)
    return (x.reshape(1) if x.ndim == 0 else x)[places], (x.shape, *places)


def places_along(x, index, dim):
    """The index tuple of gather and scatter; None where `index` is empty."""
    if math.prod(index.shape) == 0:
        return None
    return (index,) if x.ndim <= 1 else grid(index, dim)
