"""A copy with one part replaced: what writing through a view would leave. The part's gradient is read from where it went."""

from __future__ import annotations

import numpy as np

from ._axes import along, any_dim, any_order
from ._law import wrap_dim
from ._op import Op
from .arrangement import diagonal, diagonal_forward

__all__ = ["diagonal_scatter", "select_scatter", "slice_scatter"]


def replace(name, part, src):
    """Write `src`, which must have its shape, into a view."""
    if hasattr(src, "shape") and src.shape != part.shape:
        raise RuntimeError(f"{name}: src must have the shape of the part it replaces, {tuple(part.shape)}, not {tuple(src.shape)}")
    part[...] = src


def select_scatter_forward(x, src, *, dim, index):
    """A copy of x with y[:, index, :] = src, here for dim = 1."""
    if x.ndim == 0:
        raise IndexError("select_scatter: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, x.ndim)
    y = x.copy("K")
    if not -x.shape[d] <= index < x.shape[d]:
        raise IndexError(f"select_scatter: index {index} is out of range for dimension {d} of size {x.shape[d]}")
    replace("select_scatter", y[along(d, index)], src)
    return y, (d, index)


def select_scatter_backward(dy, saved):
    """dx = dy, but 0 in the replaced slice;  dsrc = that slice of dy."""
    d, index = saved
    return select_scatter(dy, 0, dim=d, index=index), dy[along(d, index)]


def sample_select_scatter(draw):
    shape = draw.shape(1, 3, min_size=1)
    d = any_dim(draw, len(shape))
    x = draw.array(shape)
    return (x, draw.array(x.take(0, axis=d).shape)), {"dim": d, "index": draw.integer(-shape[d], shape[d] - 1)}


def select_scatter_reference(x, src, *, dim, index):
    rows = list(np.moveaxis(x, dim, 0))
    rows[index] = src
    return np.stack(rows, axis=dim)


select_scatter = Op(
    select_scatter_forward,
    select_scatter_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_select_scatter,
    reference=select_scatter_reference,
)


def slice_scatter_forward(x, src, *, dim=0, start=None, end=None, step=1):
    """A copy of x with y[:, start:end:step, :] = src, here for dim = 1."""
    if x.ndim == 0:
        raise RuntimeError("slice_scatter: a tensor with at least 1 dimension is wanted, this one has none")
    if step < 1:
        raise RuntimeError(f"slice_scatter: step must be positive, got {step}")
    d, part = wrap_dim(dim, x.ndim), slice(start, end, step)
    y = x.copy("K")
    replace("slice_scatter", y[along(d, part)], src)
    return y, (d, start, end, step)


def slice_scatter_backward(dy, saved):
    """dx = dy, but 0 in the replaced slices;  dsrc = those slices of dy."""
    d, start, end, step = saved
    return slice_scatter(dy, 0, dim=d, start=start, end=end, step=step), dy[along(d, slice(start, end, step))]


def sample_slice_scatter(draw):
    shape = draw.shape(1, 3)
    d = any_dim(draw, len(shape))
    n = shape[d]
    start, end, step = draw.choice((None, 0, 1, -1)), draw.choice((None, n, -1, 9)), draw.integer(1, 2)
    x = draw.array(shape)
    return (x, draw.array(x[along(d % len(shape), slice(start, end, step))].shape)), {"dim": d, "start": start, "end": end, "step": step}


def slice_scatter_reference(x, src, *, dim, start, end, step):
    rows, new = np.moveaxis(x, dim, 0).copy(), np.moveaxis(src, dim, 0)
    for k, i in enumerate(range(*slice(start, end, step).indices(len(rows)))):
        rows[i] = new[k]
    return np.moveaxis(rows, 0, dim)


slice_scatter = Op(
    slice_scatter_forward,
    slice_scatter_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_slice_scatter,
    reference=slice_scatter_reference,
)


def diagonal_scatter_forward(x, src, *, offset=0, dim1=0, dim2=1):
    """A copy of x with `src` on the diagonal of the matrices in dimensions dim1, dim2; as `diagonal` reads it."""
    y = x.copy("K")
    replace("diagonal_scatter", diagonal_forward(y, offset=offset, dim1=dim1, dim2=dim2)[0], src)
    return y, (offset, dim1, dim2)


def diagonal_scatter_backward(dy, saved):
    """dx = dy, but 0 on the diagonal;  dsrc = the diagonal of dy."""
    offset, dim1, dim2 = saved
    return diagonal_scatter(dy, 0, offset=offset, dim1=dim1, dim2=dim2), diagonal(dy, offset=offset, dim1=dim1, dim2=dim2)


def sample_diagonal_scatter(draw):
    shape = draw.shape(2, 3)
    dim1, dim2 = any_order(draw, len(shape))[:2]
    options = {"offset": draw.integer(-3, 3), "dim1": dim1, "dim2": dim2}
    x = draw.array(shape)
    return (x, draw.array(np.diagonal(x, options["offset"], dim1, dim2).shape)), options


def diagonal_scatter_reference(x, src, *, offset, dim1, dim2):
    y = np.moveaxis(x, (dim1, dim2), (-2, -1)).copy()
    for k in range(src.shape[-1]):
        y[..., k - min(offset, 0), k + max(offset, 0)] = src[..., k]
    return np.moveaxis(y, (-2, -1), (dim1, dim2))


diagonal_scatter = Op(
    diagonal_scatter_forward,
    diagonal_scatter_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_diagonal_scatter,
    reference=diagonal_scatter_reference,
)
