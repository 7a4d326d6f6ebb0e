"""Resampling the last dimensions to other sizes: nearest neighbour, linear, cubic. One dimension after the other."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._axes import along
from ._checks import refuse_bfloat16
from ._op import Op
from .getitem import scatter_index

__all__ = ["upsample"]

NAMES = {"nearest": "UpsampleNearest?D", "nearest-exact": "UpsampleNearestExact?D", "cubic": "UpsampleBicubic?D"}
LINEAR = {1: "UpsampleLinear1D", 2: "UpsampleBilinear2D", 3: "UpsampleTrilinear3D"}


def node(options):
    """torch's node name."""
    n = len(options["size"])
    return NAMES.get(options["mode"], LINEAR.get(n, "")).replace("?", str(n))


def positions(size, count, align_corners, scale, dtype):
    """Where in x, as fractions, each of P new places lies: ``(t + 1/2) L / P - 1/2``, or with the corners on each other ``t (L-1) / (P-1)``.

    A given `scale` stands for P / L.
    """
    t = np.arange(count, dtype=dtype)
    if align_corners:
        return t * dtype.type((size - 1) / (count - 1) if count > 1 else 0)
    step = dtype.type(1 / scale) if scale else dtype.type(size) / dtype.type(count)
    return (t + dtype.type(0.5)) * step - dtype.type(0.5)


def nearest(size, count, scale, dtype, shift):
    """The place floor((t + shift) L / P) for each new place t."""
    step = dtype.type(1 / scale) if scale else dtype.type(size) / dtype.type(count)
    t = np.arange(count, dtype=dtype) + dtype.type(shift)
    return np.minimum(np.floor(t * step).astype(np.int64), size - 1)


def cubic_weights(f):
    """Keys' cubic kernel with a = -3/4 at the distances 1 + f, f, 1 - f, 2 - f."""
    a = -0.75

    def near(d):
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d):
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [far(f + 1), near(f), near(1 - f), far(2 - f)]


def taps(size, count, mode, align_corners, scale, dtype):
    """[(places, weights), ...]: each new value is the sum of x[places] times weights (None: 1)."""
    if mode.startswith("nearest"):
        return [(nearest(size, count, scale, dtype, 0.5 if mode == "nearest-exact" else 0.0), None)]
    at = positions(size, count, align_corners, scale, dtype)
    if mode == "linear":
        at = np.maximum(at, dtype.type(0))
        low = np.minimum(np.floor(at).astype(np.int64), size - 1)
        f = np.clip(at - low.astype(dtype), 0, 1)
        return [(low, 1 - f), (np.minimum(low + 1, size - 1), f)]
    low = np.floor(at)
    places = [np.clip(low.astype(np.int64) + k, 0, size - 1) for k in (-1, 0, 1, 2)]
    return list(zip(places, cubic_weights(at - low)))


def axes_of(shape, size, mode, align_corners, scale_factor, dtype):
    """(axis, its taps) for each resampled dimension."""
    for k, (axis, count) in enumerate(zip(range(len(shape) - len(size), len(shape)), size)):
        yield axis, taps(shape[axis], count, mode, align_corners, scale_factor[k] if scale_factor else None, dtype)


def weighted(values, weights, axis, like):
    """values times weights along one dimension; `like` says on which device."""
    if weights is None:
        return values
    return values * backend.beside(like, weights.reshape((-1,) + (1,) * (values.ndim - 1 - axis)))


def total(parts):
    """The sum of arrays."""
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def upsample_forward(x, *, size, mode, align_corners=False, scale_factor=None):
    """y[..., t] = sum over k of w[t, k] x[..., i[t, k]], (..., *L) -> (..., *P): the neighbours of the place in x that t falls on.

    nearest: the one at floor(t L / P), nearest-exact: at floor((t + 1/2) L / P); linear: two, weighted by closeness; cubic: four.
    `scale_factor` is used in place of P / L.
    """
    refuse_bfloat16("interpolate", x.dtype)
    dtype = x.dtype if x.dtype.kind == "f" and x.dtype.itemsize > 2 else np.dtype("float32")
    if x.dtype.kind != "f" and not mode.startswith("nearest"):
        raise NotImplementedError(f"interpolate: mode {mode!r} is not implemented for {x.dtype}; convert the input with .float()")
    y = x
    for axis, found in axes_of(x.shape, size, mode, align_corners, scale_factor, dtype):
        parts = [weighted(np.take(y, backend.beside(x, places), axis=axis), w, axis, x) for places, w in found]
        y = total(parts)
    y = y.astype(x.dtype) if y.dtype != x.dtype else y
    anchor = np.zeros_like(x, shape=(0,), dtype=np.int64)
    return y, (tuple(x.shape), tuple(size), mode, align_corners, scale_factor, dtype, anchor)


def upsample_backward(dy, saved):
    """dx_i = sum of w[t, k] dy_t over all t, k with i[t, k] = i, one dimension after the other."""
    shape, size, mode, align_corners, scale_factor, dtype, anchor = saved
    dx = dy
    for axis, found in axes_of(shape, size, mode, align_corners, scale_factor, dtype):
        grown = (*dx.shape[:axis], shape[axis], *dx.shape[axis + 1 :])
        parts = [
            scatter_index(weighted(dx, w, axis, anchor), index=along(axis, backend.beside(anchor, places)), shape=grown)
            for places, w in found
        ]
        dx = total(parts)
    return (dx,)


def sample_upsample(draw):
    n = draw.choice((1, 2, 3))
    shape = (*draw.shape(0, 2), *(draw.integer(1, 4) for _ in range(n)))
    mode = draw.choice(("nearest", "nearest-exact", "linear", "cubic"))
    options = {"size": tuple(draw.integer(1, 6 if n < 3 else 3) for _ in range(n)), "mode": mode}
    if mode in ("linear", "cubic"):
        options["align_corners"] = draw.choice((False, True))
    return (draw.array(shape),), options | {"scale_factor": draw.choice((None, (1.75,) * n))}


def matrix_entry(t, i, size, count, mode, align_corners, scale):
    """How much of x_i is in y_t along one dimension, stated as a kernel function of their distance."""
    step = (1 / scale) if scale else size / count
    if mode.startswith("nearest"):
        return float(i == min(math.floor((t + 0.5 * (mode != "nearest")) * step), size - 1))
    at = t * (size - 1) / max(count - 1, 1) if align_corners else (t + 0.5) * step - 0.5
    total, a = 0.0, -0.75
    at = max(at, 0) if mode == "linear" else at
    for k in range(math.floor(at) - 1, math.floor(at) + 3):
        if min(max(k, 0), size - 1) != i:
            continue
        d = abs(at - k)
        if mode == "linear":
            total += max(1 - d, 0)
        else:
            total += (a + 2) * d**3 - (a + 3) * d**2 + 1 if d <= 1 else a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return total


def upsample_reference(x, *, size, mode, align_corners=False, scale_factor=None):
    """The product with a matrix (P, L) along each dimension."""
    y = x
    for k, count in enumerate(size):
        axis = x.ndim - len(size) + k
        scale = scale_factor[k] if scale_factor else None
        rows = [[matrix_entry(t, i, x.shape[axis], count, mode, align_corners, scale) for i in range(x.shape[axis])] for t in range(count)]
        y = np.moveaxis(np.tensordot(np.array(rows), y, axes=(1, axis)), 0, axis)
    return y


upsample = Op(
    upsample_forward,
    upsample_backward,
    shapes="(...) -> (...)",
    sample=sample_upsample,
    reference=upsample_reference,
    torch_name=node,
)
