"""Pools that take the mean of each window over the last dimensions. In front of those any dimensions may stand."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._axes import along, in_c_order
from ._checks import refuse_bfloat16, require_float
from ._op import Op
from .folding import add_windows, window_count, window_view
from .getitem import scatter_index
from .indexing import index_select
from .pooling import adaptive_bounds, adaptive_sizes, adaptive_window, node, pool_options, window_at

__all__ = ["adaptive_avg_pool", "avg_pool"]


def divisors(size, kernel, stride, padding, count, count_include_pad):
    """By what the sum of each window is divided: how many places it reads, as a number or an array (*P).

    The padding counts as places, unless `count_include_pad` is False; what is beyond it (with `ceil_mode`) never does.
    """
    table = np.ones((), np.int64)
    for n, k, s, p, c in zip(size, kernel, stride, padding, count):
        start = np.arange(c) * s - p
        end = np.minimum(start + k, n + p)
        table = table[..., None] * (end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0))
    first = int(table.flat[0]) if table.size else 1
    return first if np.all(table == first) else table


def divided(total, divisor):
    """The quotient; integers are cut towards zero."""
    if total.dtype.kind != "f":
        return np.sign(total) * np.sign(divisor) * (np.abs(total) // np.abs(divisor))
    return total / (divisor if isinstance(divisor, int) else divisor.astype(total.dtype))


def window_sum(view, kernel):
    """Windows (..., *K, *P) summed over K: place by place where they are short, which adds long rows."""
    n = len(kernel)
    if math.prod(kernel) > 16:
        return np.sum(view, axis=tuple(range(view.ndim - 2 * n, view.ndim - n)))
    total = None
    for place in np.ndindex(*kernel):
        part = view[(..., *place, *(slice(None),) * n)]
        total = part if total is None else total + part
    return total


def avg_pool_forward(x, *, kernel_size, stride, padding, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """y[..., t] = the mean over j of x[..., t stride + j - padding], (..., *L) -> (..., *P); places in the padding are 0.

    With `divisor_override` the sum divided by that number.
    """
    refuse_bfloat16("avg_pool", x.dtype)
    lead, n = x.ndim - len(kernel_size), len(kernel_size)
    size, ones = x.shape[lead:], (1,) * n
    count = window_count(size, kernel_size, stride, padding, ones, ceil_mode)
    view = window_view(x, kernel_size, count, stride, padding, ones)
    divisor = divisor_override or divisors(size, kernel_size, stride, padding, count, count_include_pad)
    if not isinstance(divisor, int):
        divisor = backend.beside(x, divisor)
    return in_c_order(divided(window_sum(view, kernel_size), divisor)), (size, kernel_size, stride, padding, divisor)


def avg_pool_backward(dy, saved):
    """dx_i = sum of dy_t / (size of window t) over the windows t that read x_i."""
    size, kernel, stride, padding, divisor = saved
    n = len(size)
    lead = dy.ndim - n
    g = np.expand_dims(divided(dy, divisor), tuple(range(lead, lead + n)))
    g = np.broadcast_to(g, (*dy.shape[:lead], *kernel, *dy.shape[lead:]))
    return (add_windows(g, size=size, stride=stride, padding=padding, dilation=(1,) * n),)


def sample_avg_pool(draw):
    size, options = pool_options(draw, dilated=False)
    options |= {"count_include_pad": draw.choice((False, True)), "divisor_override": draw.choice((None, None, 3))}
    return (draw.array((*draw.shape(0, 2), *size)),), options


def avg_pool_reference(x, *, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    n = len(kernel_size)
    lead, size, ones = x.shape[: x.ndim - n], x.shape[x.ndim - n :], (1,) * n
    count = window_count(size, kernel_size, stride, padding, ones, ceil_mode)
    y = np.zeros((*lead, *count))
    for t in np.ndindex(*count):
        inside = list(window_at(x, t, kernel_size, stride, padding, ones))
        starts = [a * s - p for a, s, p in zip(t, stride, padding)]
        ends = [min(a + k, m + p) for a, k, m, p in zip(starts, kernel_size, size, padding)]
        places = math.prod(e - a for a, e in zip(starts, ends)) if count_include_pad else len(inside)
        y[(..., *t)] = sum(x[(..., *place)] for place in inside) / (divisor_override or places)
    return y


avg_pool = Op(
    avg_pool_forward,
    avg_pool_backward,
    shapes="(...) -> (...)",
    sample=sample_avg_pool,
    reference=avg_pool_reference,
    torch_name=node("AvgPool?D"),
)


def members(x, axis, count):
    """(t, i, sizes) along one dimension: window t reads place i, one pair for each; and how many each window reads."""
    starts, ends = adaptive_bounds(x.shape[axis], count)
    sizes = ends - starts
    windows = np.repeat(np.arange(count), sizes)
    read = np.arange(len(windows)) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return tuple(backend.beside(x, a) for a in (windows, read, sizes.reshape((-1,) + (1,) * (x.ndim - 1 - axis))))


def resized(shape, axis, *sizes):
    """`shape` with other sizes in place of that dimension."""
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def adaptive_avg_pool_forward(x, *, output_size):
    """y[..., t] = the mean of x[..., i] over floor(t L / P) <= i < ceil((t + 1) L / P), (..., *L) -> (..., *P), P the `output_size`.

    One dimension after the other: the mean over a rectangle is a mean of means.
    """
    require_float("adaptive_avg_pool", x)
    y, tables = x, []
    for axis, count in enumerate(output_size, x.ndim - len(output_size)):
        size = x.shape[axis]
        if count and size % count == 0:
            y = np.mean(y.reshape(resized(y.shape, axis, count, size // count)), axis=axis + 1)
            continue
        windows, read, sizes = members(y, axis, count)
        y = scatter_index(np.take(y, read, axis=axis), index=along(axis, windows), shape=resized(y.shape, axis, count))
        y = y / sizes.astype(y.dtype)
        tables += [windows, read, sizes]
    return y.copy() if tables else in_c_order(y), (tuple(x.shape), tuple(output_size), *tables)


def adaptive_avg_pool_backward(dy, saved):
    """dx_i = sum of dy_t / (size of window t) over the windows t that read x_i, one dimension after the other."""
    shape, output_size, *tables = saved
    dx = dy
    for axis, count in enumerate(output_size, len(shape) - len(output_size)):
        size = shape[axis]
        if count and size % count == 0:
            spread = np.broadcast_to(np.expand_dims(dx / (size // count), axis + 1), resized(dx.shape, axis, count, size // count))
            dx = spread.reshape(resized(dx.shape, axis, size))
            continue
        (windows, read, sizes), tables = tables[:3], tables[3:]
        values = index_select(dx / sizes.astype(dx.dtype), windows, dim=axis)
        dx = scatter_index(values, index=along(axis, read), shape=resized(dx.shape, axis, size))
    return (dx,)


def sample_adaptive_avg_pool(draw):
    size, output_size = adaptive_sizes(draw)
    return (draw.array((*draw.shape(0, 2), *size)),), {"output_size": output_size}


def adaptive_avg_pool_reference(x, *, output_size):
    n = len(output_size)
    y = np.zeros((*x.shape[: x.ndim - n], *output_size))
    for t in np.ndindex(*output_size):
        places = list(adaptive_window(x.shape[x.ndim - n :], output_size, t))
        y[(..., *t)] = sum(x[(..., *place)] for place in places) / len(places)
    return y


adaptive_avg_pool = Op(
    adaptive_avg_pool_forward,
    adaptive_avg_pool_backward,
    shapes="(...) -> (...)",
    sample=sample_adaptive_avg_pool,
    reference=adaptive_avg_pool_reference,
    torch_name=node("AdaptiveAvgPool?D"),
)
