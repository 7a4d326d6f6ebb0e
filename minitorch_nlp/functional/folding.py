"""Sliding windows over the last dimensions, and their transpose: adding windows back where they were read.

Convolutions, pools, `fold` and `unfold` are built on this pair. Sizes are tuples with one number for each dimension the window slides
along: L the size of x, K of the window (`kernel`), P how many windows there are (`count`). Window t reads the places
``t * stride + j * dilation - padding`` for j < K; places outside of x read 0.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from .. import backend
from ._checks import refuse_bfloat16
from ._op import Op

__all__ = ["add_windows", "sliding_windows", "window_count", "window_view"]


def window_count(size, kernel, stride, padding, dilation, ceil_mode=False):
    """P = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1, for each dimension.

    With `ceil_mode` one more where something is left over, if it starts inside of x or its padding on the left.
    """
    counts = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation):
        room = n + 2 * p - d * (k - 1) - 1
        count = room // s + 1
        if ceil_mode and room % s and count * s < n + p:
            count += 1
        counts.append(count)
    return tuple(counts)


def padded(x, before, after):
    """x with zeros around its last dimensions."""
    if not (any(before) or any(after)):
        return x
    lead = x.ndim - len(before)
    y = backend.zeros(x, (*x.shape[:lead], *(b + n + a for b, n, a in zip(before, x.shape[lead:], after))))
    y[(..., *(slice(b, b + n) for b, n in zip(before, x.shape[lead:])))] = x
    return y


def window_view(x, kernel, count, stride, padding, dilation):
    """The windows of an array (..., *L) as a view (..., *K, *P) of it, or of a padded copy."""
    lead = x.ndim - len(kernel)
    reach = [(c - 1) * s + d * (k - 1) + 1 for k, c, s, d in zip(kernel, count, stride, dilation)]
    x = padded(x, padding, [max(r - p - n, 0) for r, p, n in zip(reach, padding, x.shape[lead:])])
    steps = x.strides[lead:]
    inner = [step * d for step, d in zip(steps, dilation)]
    outer = [step * s for step, s in zip(steps, stride)]
    return backend.windows(x, (*x.shape[:lead], *kernel, *count), (*x.strides[:lead], *inner, *outer))


def sliding_windows_forward(x, *, kernel, count, stride, padding, dilation):
    """y[..., j, t] = x[..., t stride + j dilation - padding], (..., *L) -> (..., *K, *P); 0 where that is outside of x."""
    y = window_view(x, kernel, count, stride, padding, dilation).copy()
    return y, (x.shape[x.ndim - len(kernel) :], tuple(stride), tuple(padding), tuple(dilation))


def sliding_windows_backward(dy, saved):
    """dx[..., i] = sum of dy[..., j, t] over all t stride + j dilation - padding = i."""
    size, stride, padding, dilation = saved
    return (add_windows(dy, size=size, stride=stride, padding=padding, dilation=dilation),)


def geometry(draw):
    """Sizes for samples: (L, options) for one to three dimensions."""
    n = draw.choice((1, 1, 2, 2, 3))
    kernel = tuple(draw.integer(1, 3 if n == 1 else 2) for _ in range(n))
    stride, dilation, padding = (tuple(draw.integer(low, low + 1) for _ in range(n)) for low in (1, 1, 0))
    size = tuple(max(d * (k - 1) + 1 - 2 * p, 1) + draw.integer(0, 2) for k, d, p in zip(kernel, dilation, padding))
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    return size, kernel, options


def sample_sliding_windows(draw):
    size, kernel, options = geometry(draw)
    count = window_count(size, kernel, **options, ceil_mode=draw.choice((False, True)))
    return (draw.array((*draw.shape(0, 2), *size)),), {"kernel": kernel, "count": count, **options}


def places(i, stride, padding, dilation):
    """Where window t and place j of it read, for i = (*j, *t)."""
    n = len(stride)
    return tuple(t * s + j * d - p for j, t, s, p, d in zip(i[:n], i[n:], stride, padding, dilation))


def sliding_windows_reference(x, *, kernel, count, stride, padding, dilation):
    lead = x.shape[: x.ndim - len(kernel)]
    y = np.zeros((*lead, *kernel, *count))
    for i in np.ndindex(*kernel, *count):
        place = places(i, stride, padding, dilation)
        if all(0 <= k < n for k, n in zip(place, x.shape[len(lead) :])):
            y[(..., *i)] = x[(..., *place)]
    return y


sliding_windows = Op(
    sliding_windows_forward,
    sliding_windows_backward,
    shapes="(...) -> (...)",
    sample=sample_sliding_windows,
    reference=sliding_windows_reference,
    torch_name="Im2Col",
)


def add_windows_forward(cols, *, size, stride, padding, dilation):
    """y[..., i] = sum of cols[..., j, t] over all t stride + j dilation - padding = i, (..., *K, *P) -> (..., *L)."""
    refuse_bfloat16("add_windows", cols.dtype)
    n = len(size)
    lead = cols.ndim - 2 * n
    kernel, count = cols.shape[lead : lead + n], cols.shape[lead + n :]
    y = backend.zeros(cols, (*cols.shape[:lead], *size))
    for place in product(*map(range, kernel)):
        read, written = [], []
        for j, c, m, s, p, d in zip(place, count, size, stride, padding, dilation):
            offset = j * d - p
            first, last = max(-(offset // s), 0), min((m - 1 - offset) // s, c - 1)  # the windows whose place j is inside of y
            read.append(slice(first, max(last + 1, first)))
            written.append(slice(first * s + offset, max(last, first - 1) * s + offset + 1, s))
        if all(r.start < r.stop for r in read):
            y[(..., *written)] += cols[(..., *place, *read)]
    return y, (tuple(kernel), tuple(count), tuple(stride), tuple(padding), tuple(dilation))


def add_windows_backward(dy, saved):
    """dcols[..., j, t] = dy[..., t stride + j dilation - padding]: each was added to one place, or to none."""
    kernel, count, stride, padding, dilation = saved
    return (sliding_windows(dy, kernel=kernel, count=count, stride=stride, padding=padding, dilation=dilation),)


def sample_add_windows(draw):
    size, kernel, options = geometry(draw)
    return (draw.array((*draw.shape(0, 2), *kernel, *window_count(size, kernel, **options))),), {"size": size, **options}


def add_windows_reference(cols, *, size, stride, padding, dilation):
    lead = cols.ndim - 2 * len(size)
    y = np.zeros((*cols.shape[:lead], *size))
    for i in np.ndindex(*cols.shape[lead:]):
        place = places(i, stride, padding, dilation)
        if all(0 <= k < n for k, n in zip(place, size)):
            y[(..., *place)] += cols[(..., *i)]
    return y


add_windows = Op(
    add_windows_forward,
    add_windows_backward,
    shapes="(...) -> (...)",
    sample=sample_add_windows,
    reference=add_windows_reference,
    torch_name="Col2Im",
)
