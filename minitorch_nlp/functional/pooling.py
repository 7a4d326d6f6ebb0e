"""Pools that keep the largest of each window over the last dimensions. In front of those any dimensions may stand.

Sizes are tuples with one number for each pooled dimension, as in `folding`.
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from .. import backend
from ._domain import Distinct
from ._op import Op
from .folding import window_count
from .indexing import pick_along, put_along

__all__ = ["adaptive_bounds", "adaptive_max_pool", "max_pool", "max_unpool"]


def node(name):
    """torch's node name, which has the number of dimensions in it."""

    def of(options):
        n = len(options.get("kernel_size", options.get("output_size", ())))
        return name.replace("?", str(n)) if n > 1 else "SqueezeBackward1"  # torch pools one dimension as two, one of them of size 1

    return of


def window_places(size, kernel, stride, padding, dilation, count):
    """The places (P, K) each window along one dimension reads; those in the padding are replaced by its nearest inside."""
    starts = np.arange(count) * stride - padding
    first = starts + -(np.minimum(starts, 0) // dilation) * dilation
    last = starts + np.minimum((size - 1 - starts) // dilation, kernel - 1) * dilation
    return np.clip(starts[:, None] + np.arange(kernel) * dilation, first[:, None], last[:, None])


def adaptive_places(size, count):
    """As `window_places`, window t from floor(t L / P) to ceil((t + 1) L / P); shorter ones repeat their last place."""
    starts, ends = adaptive_bounds(size, count)
    longest = int(np.max(ends - starts)) if count else 1
    return np.minimum(starts[:, None] + np.arange(longest), ends[:, None] - 1)


def adaptive_bounds(size, count):
    t = np.arange(count)
    return t * size // max(count, 1), -((-(t + 1) * size) // max(count, 1))


def as_slice(places):
    """Places as a slice where they are evenly spaced, which is quicker to read."""
    if len(places) == 0:
        return slice(0, 0)
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    even = step > 0 and np.array_equal(places, places[0] + step * np.arange(len(places)))
    return slice(int(places[0]), int(places[-1]) + 1, step) if even else None


def take_places(x, axis, places):
    """x read at `places` along one dimension: a view if they are evenly spaced."""
    part = as_slice(places)
    if part is not None:
        return x[(slice(None),) * axis + (part,)]
    return np.take(x, backend.beside(x, places), axis=axis)


def largest(x, places):
    """(y, k): the largest of each window and where in the flattened (*L) it is, the first among equals.

    `places` has one table (P, K) for each pooled dimension. The windows are compared place by place, all at once; where windows are long
    and so there are few of them, each is searched as a whole.
    """
    n = len(places)
    lead, size = x.shape[: x.ndim - n], x.shape[x.ndim - n :]
    kernel, count = [p.shape[1] for p in places], tuple(p.shape[0] for p in places)
    table = np.zeros((1, 1), np.int64)  # of each place in a window (K), and each window (P), where it reads
    for m, p in zip(size, places):
        table = (table[:, None, :, None] * m + p.T[None, :, None, :]).reshape((len(table) * p.shape[1], -1))
    table = backend.beside(x, table)
    if math.prod(kernel) > 16:
        y, which = largest_of_long(x, places, lead, kernel, count)
    else:
        y, which = largest_of_short(x, places, lead, kernel)
    which = which.reshape((*lead, math.prod(count))).astype(np.int64)
    index = table.reshape(-1).take(which * math.prod(count) + np.arange(math.prod(count), like=table))
    return y, index.reshape((*lead, *count))


def largest_of_short(x, places, lead, kernel):
    """The largest of each window, and which of its places it has, one place after the other."""
    y: Any = None
    which: Any = None
    for k, place in enumerate(product(*map(range, kernel))):
        value = x
        for d, j in enumerate(place):
            value = take_places(value, len(lead) + d, places[d][:, j])
        if y is None:
            y, which = value.copy(), np.zeros_like(value, dtype=np.uint8)
            continue
        better = np.logical_or(np.greater(value, y), np.not_equal(value, value))
        y, which = np.maximum(y, value), np.where(better, np.uint8(k), which)
    return y, which


def largest_of_long(x, places, lead, kernel, count):
    """As `largest_of_short`, by argmax over a copy (..., *P, K) of the windows."""
    n = len(places)
    for d, p in enumerate(places):
        x = take_places(x, len(lead) + d, p.reshape(-1))
    split = x.reshape((*lead, *(k for pair in zip(count, kernel) for k in pair)))
    windows, inside = range(len(lead), len(lead) + 2 * n, 2), range(len(lead) + 1, len(lead) + 2 * n, 2)
    rows = np.transpose(split, (*range(len(lead)), *windows, *inside)).reshape((*lead, *count, math.prod(kernel)))
    which = np.argmax(rows, axis=-1)
    return np.take_along_axis(rows, which[..., None], -1)[..., 0], which


def max_pool_forward(x, *, kernel_size, stride, padding, dilation, ceil_mode=False, return_indices=False):
    """y[..., t] = max over j of x[..., t stride + j dilation - padding], (..., *L) -> (..., *P); the padding never wins.

    With `return_indices` also where each was found, counted in the flattened (*L). The first among equals.
    """
    size = x.shape[x.ndim - len(kernel_size) :]
    count = window_count(size, kernel_size, stride, padding, dilation, ceil_mode)
    y, index = largest(x, [window_places(*sizes) for sizes in zip(size, kernel_size, stride, padding, dilation, count)])
    return (y, index) if return_indices else y, (index, tuple(x.shape), len(size))


def max_pool_backward(dy, saved):
    """dx_i = sum of dy_t over the windows t whose largest is x_i: y_t is a copy of that one."""
    index, shape, n = saved
    dy = dy[0] if isinstance(dy, tuple) else dy
    lead = shape[: len(shape) - n]
    rows = (*lead, math.prod(index.shape[len(lead) :]))
    flat = put_along(dy.reshape(rows), index.reshape(rows), len(lead), (*lead, math.prod(shape[len(lead) :])))
    return (flat.reshape(shape),)


def pool_options(draw, dilated):
    """(L, options) for samples."""
    n = draw.choice((1, 1, 2, 3))
    kernel = tuple(draw.integer(1, (5, 3, 2)[n - 1]) for _ in range(n))
    if n == 1 and draw.choice((False, False, True)):
        kernel = (17,)
    stride = tuple(draw.integer(1, 3) for _ in range(n))
    padding = tuple(draw.integer(0, k // 2) for k in kernel)
    dilation = tuple(draw.integer(1, 2) if dilated else 1 for _ in range(n))
    size = tuple(max(d * (k - 1) + 1 - 2 * p, 1) + draw.integer(0, 3) for k, d, p in zip(kernel, dilation, padding))
    options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": draw.choice((False, True))}
    return size, options | ({"dilation": dilation} if dilated else {})


def sample_max_pool(draw):
    size, options = pool_options(draw, dilated=True)
    return (draw.array((*draw.shape(0, 2), *size), Distinct()),), options | {"return_indices": draw.choice((False, True))}


def window_at(x, t, kernel_size, stride, padding, dilation):
    """The places inside of x, as index tuples, that window t reads."""
    size = x.shape[x.ndim - len(kernel_size) :]
    for j in np.ndindex(*kernel_size):
        place = tuple(a * s + b * d - p for a, b, s, d, p in zip(t, j, stride, dilation, padding))
        if all(0 <= k < m for k, m in zip(place, size)):
            yield place


def searched(x, n, count, places_of):
    """(largest, its flat place) of the places given for each window, one window after the other."""
    lead, size = x.shape[: x.ndim - n], x.shape[x.ndim - n :]
    y, index = np.zeros((*lead, *count)), np.zeros((*lead, *count), np.int64)
    for i in np.ndindex(*lead):
        for t in np.ndindex(*count):
            found = [(x[(*i, *place)], -int(np.ravel_multi_index(place, size))) for place in places_of(t)]
            y[(*i, *t)], index[(*i, *t)] = max(found)[0], -max(found)[1]
    return y, index


def max_pool_reference(x, *, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    n = len(kernel_size)
    count = window_count(x.shape[x.ndim - n :], kernel_size, stride, padding, dilation, ceil_mode)
    y, index = searched(x, n, count, lambda t: window_at(x, t, kernel_size, stride, padding, dilation))
    return (y, index) if return_indices else y


max_pool = Op(
    max_pool_forward,
    max_pool_backward,
    shapes="(...) -> (...)",
    sample=sample_max_pool,
    reference=max_pool_reference,
    torch_name=node("MaxPool?DWithIndices"),
)


def adaptive_max_pool_forward(x, *, output_size, return_indices=False):
    """y[..., t] = max of x[..., i] over floor(t L / P) <= i < ceil((t + 1) L / P), (..., *L) -> (..., *P), P the `output_size`."""
    size = x.shape[x.ndim - len(output_size) :]
    y, index = largest(x, [adaptive_places(m, p) for m, p in zip(size, output_size)])
    return (y, index) if return_indices else y, (index, tuple(x.shape), len(size))


def adaptive_max_pool_backward(dy, saved):
    """dx_i = sum of dy_t over the windows t whose largest is x_i, as for `max_pool`."""
    return max_pool_backward(dy, saved)


def adaptive_sizes(draw):
    """(L, P) for samples."""
    n = draw.choice((1, 2, 3))
    size = tuple(draw.integer(1, 5 if n < 3 else 3) for _ in range(n))
    return size, tuple(draw.integer(0, 4) if n < 3 else draw.integer(1, 2) for _ in range(n))


def sample_adaptive_max_pool(draw):
    size, output_size = adaptive_sizes(draw)
    x = draw.array((*draw.shape(0, 2), *size), Distinct())
    return (x,), {"output_size": output_size, "return_indices": draw.choice((False, True))}


def adaptive_window(size, output_size, t):
    """The places of window t, as index tuples."""
    return product(*(range(a * m // p, math.ceil((a + 1) * m / p)) for a, m, p in zip(t, size, output_size)))


def adaptive_max_pool_reference(x, *, output_size, return_indices):
    n = len(output_size)
    y, index = searched(x, n, output_size, lambda t: adaptive_window(x.shape[x.ndim - n :], output_size, t))
    return (y, index) if return_indices else y


adaptive_max_pool = Op(
    adaptive_max_pool_forward,
    adaptive_max_pool_backward,
    shapes="(...) -> (...)",
    sample=sample_adaptive_max_pool,
    reference=adaptive_max_pool_reference,
    torch_name=node("AdaptiveMaxPool?D"),
)


def max_unpool_forward(x, indices, *, output_size):
    """y[..., indices[..., t]] = x[..., t] in the flattened (*L), 0 elsewhere, (..., *P), (..., *P) -> (..., *L): max_pool undone.

    Of several values for one place the last stays.
    """
    lead = x.shape[: x.ndim - len(output_size)]
    total = math.prod(output_size)
    if math.prod(indices.shape) and (int(indices.min()) < 0 or int(indices.max()) >= total):
        raise RuntimeError(
            f"max_unpool: indices count places in an output of size {tuple(output_size)}, so they are in [0, {total}); "
            f"found {int(indices.min())} to {int(indices.max())}"
        )
    flat = backend.zeros(x, (math.prod(lead) * total,))
    base = np.arange(math.prod(lead), like=indices)[:, None] * total
    index = (indices.reshape((math.prod(lead), math.prod(x.shape[len(lead) :]))) + base).reshape(-1)
    flat[index] = x.reshape(-1)
    return flat.reshape((*lead, *output_size)), (indices, len(lead))


def max_unpool_backward(dy, saved):
    """dx[..., t] = dy[..., indices[..., t]]: each value was written there."""
    indices, n = saved
    lead = indices.shape[:n]
    dx = pick_along(dy.reshape((*lead, math.prod(dy.shape[n:]))), indices.reshape((*lead, math.prod(indices.shape[n:]))), n)
    return dx.reshape(indices.shape), None


def sample_max_unpool(draw):
    size = tuple(draw.integer(1, 6) for _ in range(draw.integer(1, 3)))
    x = draw.array((*draw.shape(0, 2), *size), Distinct())
    index = adaptive_max_pool(
        x, output_size=tuple(draw.choice([p for p in range(1, n + 1) if n % p == 0]) for n in size), return_indices=True
    )[1]
    return (draw.array(index.shape), index), {"output_size": size}


def max_unpool_reference(x, indices, *, output_size):
    lead = x.shape[: x.ndim - len(output_size)]
    y = np.zeros((*lead, *output_size))
    for i in np.ndindex(*x.shape):
        y[(*i[: len(lead)], *np.unravel_index(indices[i], output_size))] = x[i]
    return y


max_unpool = Op(
    max_unpool_forward,
    max_unpool_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_max_unpool,
    reference=max_unpool_reference,
    torch_name=node("MaxUnpool?D"),
)
