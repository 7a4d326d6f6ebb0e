"""Picking and placing elements by index along one dimension, and by mask."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._axes import in_c_order
from ._checks import refuse_bfloat16
from ._domain import Bool, Real
from ._index import check_along, check_bounds, check_index_dtype, corner, flat_along, number_as, spread
from ._law import wrap_dim
from ._op import Op
from .getitem import assign, getitem, index_put, scatter_index

__all__ = [
    "assign",
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


# ---- gather and scatter -----------------------------------------------------------------------------------------------------------


def gather_forward(x, index, *, dim):
    """y[i, j] = x[i, index[i, j]] for dim = 1, and so on; `index` may be smaller than x in the other dimensions."""
    dim = wrap_dim(dim, x.ndim)
    check_along("gather", x, index, dim)
    return x.reshape(-1).take(flat_along(index, dim, x.shape)), (x.shape, dim, index)


def gather_backward(dy, saved):
    """dx[i, v] = sum of dy[i, j] over all j with index[i, j] = v."""
    shape, dim, index = saved
    return put_along(dy, index, dim, shape), None


def put_along(values, index, dim, shape):
    """Zeros of `shape` with `values` added where gather reads."""
    flat = flat_along(index, dim, shape).reshape(-1)
    return scatter_index(values.reshape(flat.shape), index=flat, shape=(math.prod(shape),)).reshape(shape)


def pick_along(x, index, dim):
    """gather, from an array or a Tensor whose index has been checked."""
    return getitem(x.reshape((math.prod(x.shape),)), index=flat_along(index, dim, tuple(x.shape)).reshape(-1)).reshape(index.shape)


def gather_reference(x, index, *, dim):
    y = np.zeros(index.shape)
    for place in np.ndindex(index.shape):
        source = list(place)
        source[dim] = index[place]
        y[place] = x[tuple(source)]
    return y


def sample_gather(draw):
    shape = draw.shape(1, 3, min_size=1)
    dim = draw.integer(-len(shape), len(shape) - 1)
    smaller = [draw.integer(0, n) for n in shape]
    smaller[dim] = draw.integer(1, 4)
    return (draw.array(shape), draw.index(tuple(smaller), shape[dim])), {"dim": dim}


gather = Op(gather_forward, gather_backward, shapes="(...), (...) -> (...)", sample=sample_gather, reference=gather_reference)


def scatter_forward(x, index, src, *, dim):
    """A copy of x with y[i, index[i, j]] = src[i, j] for dim = 1, and so on; `src` may be larger than `index`, or a number."""
    dim = wrap_dim(dim, x.ndim)
    out = x.copy()
    if not hasattr(src, "dtype"):
        check_along("scatter", x, index, dim)
        out.reshape(-1)[flat_along(index, dim, x.shape)] = number_as(src, x.dtype)
        return out, (dim, index, None)
    check_along("scatter", x, index, dim, src)
    if math.prod(index.shape):
        out.reshape(-1)[flat_along(index, dim, x.shape)] = src[corner(index.shape)]
    return out, (dim, index, src.shape)


def scatter_backward(dy, saved, needs=(True, False, True)):
    """dx = dy, but 0 at the replaced places;  dsrc[i, j] = dy[i, index[i, j]].

    Which of several values written to one place stays is not defined; all of them get its gradient, as in torch.
    """
    dim, index, shape = saved
    dx = None
    if needs[0]:
        flat = flat_along(index, dim, tuple(dy.shape)).reshape(-1)
        dx = index_put(dy.reshape((math.prod(dy.shape),)), 0, index=flat).reshape(dy.shape)
    return dx, None, read_for_src(dy, index, dim, shape) if needs[2] and shape is not None else None


def read_for_src(dy, index, dim, shape):
    """The gradient of a scattered `src`: read from dy, zeros where `src` is larger than `index`."""
    if not math.prod(index.shape):
        return np.zeros_like(dy, shape=shape)
    dsrc = pick_along(dy, index, dim)
    return dsrc if index.shape == shape else scatter_index(dsrc, index=corner(index.shape), shape=shape)


def scatter_reference(x, index, src, *, dim):
    y = x.copy()
    for place in np.ndindex(index.shape):
        target = list(place)
        target[dim] = index[place]
        y[tuple(target)] = src if isinstance(src, float) else src[place]
    return y


def sample_scatter(draw):
    (x, index), options = sample_gather(draw)
    dim = options["dim"]
    order = np.argsort(draw.array(x.shape), axis=dim)  # permutations: no place twice
    index = order[corner(tuple(min(n, m) for n, m in zip(index.shape, x.shape)))]
    src = draw.array(tuple(n + draw.integer(0, 1) for n in index.shape))
    return (x, index, draw.choice((src, 1.5))), options


scatter = Op(scatter_forward, scatter_backward, shapes="(...), (...), (...) -> (...)", sample=sample_scatter, reference=scatter_reference)


def scatter_add_forward(x, index, src, *, dim):
    """A copy of x with y[i, index[i, j]] += src[i, j] for dim = 1, and so on; `src` may be larger than `index`."""
    dim = wrap_dim(dim, x.ndim)
    if not hasattr(src, "dtype"):
        raise TypeError(f"scatter_add(): argument 'src' must be Tensor, not {type(src).__name__}")
    check_along("scatter_add", x, index, dim, src)
    out = x.copy()
    if math.prod(index.shape):
        backend.scatter_add(out.reshape(-1), flat_along(index, dim, x.shape).reshape(-1), src[corner(index.shape)].reshape(-1))
    return out, (dim, index, src.shape)


def scatter_add_backward(dy, saved, needs=(True, False, True)):
    """dx = dy;  dsrc[i, j] = dy[i, index[i, j]]."""
    dim, index, shape = saved
    return dy, None, read_for_src(dy, index, dim, shape) if needs[2] else None


def scatter_add_reference(x, index, src, *, dim):
    y = x.copy()
    for place in np.ndindex(index.shape):
        target = list(place)
        target[dim] = index[place]
        y[tuple(target)] += src[place]
    return y


def sample_scatter_add(draw):
    (x, index), options = sample_gather(draw)
    return (x, index, draw.array(tuple(n + draw.integer(0, 1) for n in index.shape))), options


scatter_add = Op(
    scatter_add_forward,
    scatter_add_backward,
    shapes="(...), (...), (...) -> (...)",
    sample=sample_scatter_add,
    reference=scatter_add_reference,
)


def take_along_dim_forward(x, index, *, dim):
    """y[i, j] = x[i, index[i, j]] for dim = 1, and so on; x and `index` broadcast in the other dimensions. Negative counts from the end."""
    dim = wrap_dim(dim, x.ndim)
    if index.dtype != np.int64:
        raise RuntimeError(f"take_along_dim(): dtype of indices should be int64 but got {index.dtype}; cast with .long()")
    if x.ndim != index.ndim:
        raise RuntimeError(f"take_along_dim(): input and indices should have as many dimensions, but have {x.ndim} and {index.ndim}")
    size = x.shape[dim] if x.ndim else 1
    index = np.where(index < 0, index + size, index)
    check_bounds(index, size, f"take_along_dim: index {{index}} is out of bounds for dimension {dim} with size {{size}}")
    lead = np.broadcast_shapes(*((*s[:dim], 1, *s[dim + 1 :]) for s in (x.shape, index.shape))) if x.ndim else ()
    shape, index_shape = ((*lead[:dim], *s[dim : dim + 1], *lead[dim + 1 :]) for s in (x.shape, index.shape))
    index = np.broadcast_to(index, index_shape)
    return np.broadcast_to(x, shape).reshape(-1).take(flat_along(index, dim, shape)), (shape, dim, index)


def take_along_dim_backward(dy, saved):
    """dx[i, v] = sum of dy[i, j] over all j with index[i, j] = v."""
    shape, dim, index = saved
    return put_along(dy, index, dim, shape), None


def take_along_dim_reference(x, index, *, dim):
    shapes = [list(x.shape), list(index.shape)]
    shapes[0][dim] = shapes[1][dim] = 1
    lead = list(np.broadcast_shapes(*shapes))
    wide = [lead[:] for _ in range(2)]
    wide[0][dim], wide[1][dim] = x.shape[dim], index.shape[dim]
    return np.take_along_axis(np.broadcast_to(x, wide[0]), np.broadcast_to(index, wide[1]), dim)


def sample_take_along_dim(draw):
    shape = draw.shape(1, 3, min_size=1)
    dim = draw.integer(-len(shape), len(shape) - 1)
    x_shape, index_shape = ([draw.choice((1, n)) for n in shape] for _ in range(2))
    x_shape[dim], index_shape[dim] = shape[dim], draw.integer(1, 4)
    index = draw.index(tuple(index_shape), shape[dim]) - draw.choice((0, shape[dim]))
    return (draw.array(tuple(x_shape)), index), {"dim": dim}


take_along_dim = Op(
    take_along_dim_forward,
    take_along_dim_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_take_along_dim,
    reference=take_along_dim_reference,
    torch_name="Gather",
)


# ---- whole slices -----------------------------------------------------------------------------------------------------------------


def index_select_forward(x, index, *, dim):
    """y[:, k, :] = x[:, index[k], :], here for dim = 1."""
    dim = wrap_dim(dim, x.ndim)
    check_vector("index_select", x, index, dim)
    return x.take(index.reshape(-1), axis=dim) if x.ndim else x.copy(), (x.shape, index, dim)


def index_select_backward(dy, saved):
    """dx[:, v, :] = sum of dy[:, k, :] over all k with index[k] = v."""
    shape, index, dim = saved
    return scatter_index(dy, index=(slice(None),) * dim + (index.reshape(-1),), shape=shape) if shape else dy, None


def check_vector(name, x, index, dim):
    check_index_dtype(name, index)
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
    refuse_bfloat16("index_add", x.dtype)
    dim = wrap_dim(dim, x.ndim)
    check_vector("index_add", x, index, dim)
    count = math.prod(index.shape)
    wanted = (*x.shape[:dim], count, *x.shape[dim + 1 :]) if x.ndim else ()
    if src.shape != wanted or src.dtype != x.dtype:
        raise RuntimeError(
            f"index_add: src must have x's dtype, and x's shape with the length of index at dimension {dim}: {x.dtype} {wanted}\n"
            f"  x     is {x.dtype} {tuple(x.shape)}\n  index is {tuple(index.shape)}\n  src   is {src.dtype} {tuple(src.shape)}"
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


# ---- masks ------------------------------------------------------------------------------------------------------------------------


def masked_fill_forward(x, mask, value):
    """y = value where the mask (broadcast) is True, else x."""
    if mask.dtype != bool:
        raise RuntimeError(f"masked_fill: expected a bool mask, got {mask.dtype}; write mask.bool(), or a comparison such as mask == 0")
    if not hasattr(value, "dtype"):
        value = number_as(value, x.dtype)
    elif value.ndim:
        raise RuntimeError(f"masked_fill: value must be a number or a 0-dim tensor, but has shape {tuple(value.shape)}; use where()")
    elif value.dtype != x.dtype:
        value = value.astype(x.dtype)
    return in_c_order(backend.either(mask, value, x)), (mask,)


def masked_fill_backward(dy, saved, needs=(True, False, True)):
    """dx = 0 where the mask is True, else dy;  dvalue = sum of dy over the mask (summed by the engine)."""
    (mask,) = saved
    return backend.either(mask, 0.0, dy) if needs[0] else None, None, backend.either(mask, dy, 0.0) if needs[2] else None


masked_fill = Op(
    masked_fill_forward,
    masked_fill_backward,
    shapes="(...), (...), () -> (...)",
    domain=(Real(), Bool(), Real()),
    reference=lambda x, mask, value: mask * value + (1 - mask) * x,
)


def masked_select_forward(x, mask):
    """y = the elements of x where the mask is True, as a vector; the two broadcast."""
    if mask.dtype != bool:
        raise RuntimeError(f"masked_select: expected a bool mask, got {mask.dtype}; write mask.bool(), or a comparison such as mask == 0")
    if x.shape != mask.shape:
        x, mask = np.broadcast_arrays(x, mask)
    return x[mask], (mask,)


def masked_select_backward(dy, saved):
    """dx = dy put back where the mask is True, zeros elsewhere."""
    (mask,) = saved
    return scatter_index(dy, index=mask, shape=mask.shape), None


def masked_select_reference(x, mask):
    pairs = zip(*(a.ravel().tolist() for a in np.broadcast_arrays(x, mask)))
    return np.array([value for value, selected in pairs if selected], dtype=x.dtype)


masked_select = Op(
    masked_select_forward,
    masked_select_backward,
    shapes="(...), (...) -> (n)",
    domain=(Real(), Bool()),
    reference=masked_select_reference,
)
