"""``x[index]``, and writing to it.

Reading and writing are each other's transpose: the gradient of a read is written to where it came from, and added up where a place
was read more than once (`scatter_index`); the gradient of a written value is read from where it went.
"""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._index import add_at, as_tuple, is_view, kept, number_as, read, split, spread, view
from ._law import RefusedValue
from ._op import Op

__all__ = ["assign", "getitem", "index_put", "scatter_index"]


def getitem_forward(x, *, index):
    """y = x[index]: a view for integers, slices, None and Ellipsis, a copy where the index holds an array or a bool."""
    parts = as_tuple(index)
    try:
        if is_view(parts):
            return view(x, parts), (x.shape, *parts)
        return read(x, *split(parts, x.ndim, x)), (x.shape, *kept(parts))
    except IndexError as error:
        raise explained("getitem", x, error) from error


def getitem_backward(dy, saved):
    """dx = dy put back where it was read, zeros elsewhere; added up where one element was read several times.

    y_j = x_{s(j)}, so dx_i = sum_j 1[s(j) = i] dy_j.
    """
    shape, *parts = saved
    return (scatter_index(dy, index=tuple(parts), shape=shape),)


def explained(name, x, error):
    """NumPy's IndexError in our words."""
    return IndexError(f"{name}: {str(error).replace('axis', 'dimension').replace('array', 'tensor')}\n  x has shape {tuple(x.shape)}")


def getitem_reference(x, *, index):
    """Each element of y looked up among x's flat places; integers take their slice first, one by one, from the last dimension on."""
    places = np.arange(math.prod(x.shape)).reshape(x.shape)
    parts = list(as_tuple(index))
    for i in reversed(range(len(parts))):
        if isinstance(parts[i], int):
            places = np.take(places, parts[i], axis=axis_of(parts, i, x.ndim))
    places = places[tuple(p for p in parts if not isinstance(p, int))]
    return np.array([x.ravel()[k] for k in places.ravel().tolist()], dtype=x.dtype).reshape(places.shape)


def axis_of(parts, i, ndim):
    """The dimension of x that parts[i] stands for."""
    widths = [0 if p is None or p is Ellipsis else p.ndim if hasattr(p, "dtype") and p.dtype.kind == "b" else 1 for p in parts]
    return ndim - sum(widths[i:]) if any(p is Ellipsis for p in parts[:i]) else sum(widths[:i])


def sample_index(draw, once=False):
    """An array of three dimensions and an index into it; with `once`, one that names no place twice."""
    x = draw.array((draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)))
    (a, b, c), every = x.shape, slice(None)
    unique = (
        a - 1, -1, None, ..., slice(None, None, 2), slice(1, 9), slice(9, None), (..., 0), (0, every, None), (every, -1, -1), (0, 0, 0), (),
        x > 0, x[:, :, 0] > 0, (every, x[0] > 0), (x[:, 0, 0] > 0, 0),
    )  # fmt: skip
    if once or draw.choice((True, False)):
        return x, draw.choice(unique)
    i, j, k = draw.index((2,), a), draw.index((2,), b), draw.index((3, 1), c)
    repeating = (
        i, draw.index((2, 2), a) - a, (every, j), (..., k), (i, j), (i, every, k), (0, every, k), (i, j, k),
        (slice(None, None, 2), None, j, 0), (0, j), (..., j, 0), (i, None, j), i[:0], i.astype(np.int32),
    )  # fmt: skip
    return x, draw.choice(repeating)


def sample_getitem(draw):
    x, index = sample_index(draw)
    return (x,), {"index": index}


def node_of_index(options):
    """torch takes a view's index part by part; its last one names the node."""
    parts = as_tuple(options.get("index", ()))
    if not is_view(parts):
        return "Index"
    for p in reversed(parts):
        if p is None or p.__class__ is int:
            return "Unsqueeze" if p is None else "Select"
        if p is not Ellipsis and (p != slice(None) or len(parts) == 1):
            return "Slice"
    return "Alias"


getitem = Op(
    getitem_forward,
    getitem_backward,
    shapes="(...) -> (...)",
    sample=sample_getitem,
    reference=getitem_reference,
    view="maybe",
    torch_name=node_of_index,
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
    out = backend.as_array(x).copy("K")
    assign(out, index, y, accumulate)
    return out, (accumulate, getattr(y, "ndim", 0), *kept(index))


def assign(target, index, value, accumulate=False):
    """``target[index] = value`` in place, or += with `accumulate`, by torch's rules; `value` is an array or a number.

    Cast to the target's dtype, but an index of arrays wants that dtype. Raises before anything is written.
    """
    try:
        basic, arrays = split(as_tuple(index), target.ndim, target)
        value = as_value(target, value, arrays)
        if accumulate:
            add_at(target, basic, arrays, value)
        else:
            view(target, basic)[arrays or ...] = value
    except IndexError as error:
        raise explained("index_put", target, error) from error
    except RefusedValue:
        raise
    except ValueError as error:
        place = read(target, basic, arrays).shape
        raise RuntimeError(f"index_put: value of shape {tuple(value.shape)} does not broadcast to the indexed part, {place}") from error


def as_value(target, value, arrays):
    """A number or an array of the target's dtype."""
    if not hasattr(value, "dtype"):
        return number_as(value, target.dtype)
    if arrays and value.dtype != target.dtype and not (one_mask(arrays) and math.prod(value.shape) == 1):
        raise RuntimeError(f"index_put: the value has dtype {value.dtype}, where it is written {target.dtype}; cast it with .to()")
    return value if value.dtype == target.dtype else value.astype(target.dtype)


def one_mask(arrays):
    found = [a for a in arrays if a.__class__ is not slice]
    return len(found) == 1 and found[0].dtype == bool


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


index_put = Op(
    index_put_forward,
    index_put_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_index_put,
    reference=index_put_reference,
)
