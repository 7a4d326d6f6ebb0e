"""Windows on memory: views given by strides, and sliding windows along a dimension. Their elements may overlap."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._axes import along, any_dim
from ._law import wrap_dim
from ._op import Op
from .getitem import scatter_index

__all__ = ["as_strided", "unfold"]


def as_strided_forward(x, *, size, stride, storage_offset=0):
    """y[i, j, ...] = x[storage_offset + i stride_0 + j stride_1 + ...] of a vector x; places may come several times."""
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError(f"as_strided: as many strides as sizes are wanted, got {len(size)} sizes and {len(stride)} strides")
    if any(n < 0 for n in (*size, *stride, storage_offset)):
        raise RuntimeError(
            f"as_strided: sizes, strides and offset must not be negative, got {list(size)}, {list(stride)} and {storage_offset}"
        )
    wanted = storage_offset + sum((n - 1) * s for n, s in zip(size, stride)) + 1 if math.prod(size) else 0
    if wanted > x.shape[0]:
        raise RuntimeError(
            f"as_strided: size {list(size)}, stride {list(stride)} and offset {storage_offset} reach element {wanted - 1}, "
            f"but the memory holds {x.shape[0]}"
        )
    y = backend.windows(x[storage_offset:] if wanted else x, size, tuple(s * x.strides[0] for s in stride))
    return y, (x.shape, size, stride, np.arange(storage_offset, storage_offset + 1, like=x))


def as_strided_backward(dy, saved):
    """dx[p] = sum of dy[i, j, ...] over all places that read x[p]."""
    shape, size, stride, places = saved
    for n, s in zip(size, stride):
        places = places[..., None] + np.arange(n, like=places) * s
    return (scatter_index(dy.reshape((math.prod(size),)), index=places.reshape(-1), shape=shape),)


def sample_as_strided(draw):
    size = tuple(draw.integer(1, 3) for _ in range(draw.integer(0, 3)))
    stride = tuple(draw.integer(0, 3) for _ in size)
    offset = draw.integer(0, 2)
    n = offset + sum((k - 1) * s for k, s in zip(size, stride)) + 1 + draw.integer(0, 2)
    return (draw.array((n,)),), {"size": size, "stride": stride, "storage_offset": offset}


def as_strided_reference(x, *, size, stride, storage_offset=0):
    places = [storage_offset + sum(k * s for k, s in zip(i, stride)) for i in np.ndindex(*size)]
    return np.array([x[p] for p in places]).reshape(size)


as_strided = Op(
    as_strided_forward, as_strided_backward, shapes="(n) -> (size)", sample=sample_as_strided, reference=as_strided_reference, view=True
)


def unfold_forward(x, *, dimension, size, step):
    """y[..., k, ..., j] = x[..., k step + j, ...]: windows of `size` along a dimension, each a row of a new last one."""
    d = wrap_dim(dimension, x.ndim)
    n = x.shape[d] if x.ndim else 1
    if not 0 <= size <= n:
        raise RuntimeError(f"unfold: size must be in [0, {n}], the size of dimension {d}; got {size}")
    if step <= 0:
        raise RuntimeError(f"unfold: step must be greater than 0, got {step}")
    if not x.ndim:
        return backend.windows(x, (size,), (x.itemsize,)), (x.shape, d, np.zeros((size,), np.int64, like=x))
    count, steps = (n - size) // step + 1, x.strides
    y = backend.windows(x, (*x.shape[:d], count, *x.shape[d + 1 :], size), (*steps[:d], steps[d] * step, *steps[d + 1 :], steps[d]))
    return y, (x.shape, d, np.arange(count, like=x)[:, None] * step + np.arange(size, like=x))


def unfold_backward(dy, saved):
    """dx[..., i, ...] = sum of dy[..., k, ..., j] over all k step + j = i."""
    shape, d, places = saved
    if not shape:
        return (np.sum(dy),)
    return (scatter_index(np.moveaxis(dy, -1, d + 1), index=along(d, places), shape=shape),)


def sample_unfold(draw):
    shape = draw.shape(1, 3, min_size=1)
    d = any_dim(draw, len(shape))
    return (draw.array(shape),), {"dimension": d, "size": draw.integer(0, shape[d]), "step": draw.integer(1, 3)}


def unfold_reference(x, *, dimension, size, step):
    d = dimension % x.ndim
    starts = range(0, x.shape[d] - size + 1, step)
    return np.stack([np.moveaxis(np.take(x, range(s, s + size), axis=d), d, -1) for s in starts], axis=d)


unfold = Op(unfold_forward, unfold_backward, shapes="(...) -> (..., size)", sample=sample_unfold, reference=unfold_reference, view=True)
