"""Normalization over the last dimensions: layer_norm and rms_norm; and weight_norm.

The first two fold the normalized dimensions into one: rows of `d` features, (m, d).
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import refuse_bfloat16, require_float
from ._domain import Real
from ._op import Op

__all__ = ["layer_norm", "rms_norm", "weight_norm"]


def rows_of(name, x, normalized_shape):
    """x as (m, d) and the d of `normalized_shape`, after checking that x ends in that shape."""
    require_float(name, x)
    n = len(normalized_shape)
    if not n:
        raise RuntimeError(f"{name}: normalized_shape is empty; it lists the sizes of the last dimensions, at least one")
    if tuple(x.shape[-n:]) != tuple(normalized_shape):
        sizes = ", ".join(map(str, normalized_shape))
        raise RuntimeError(f"{name}: normalized_shape ({sizes}) wants an input of shape (..., {sizes}), but it is {tuple(x.shape)}")
    d = math.prod(normalized_shape)
    return x.reshape((math.prod(x.shape),)).reshape((math.prod(x.shape[:-n]), d)), d  # by way of a vector: contiguous, as is then y


def row_dots(x, y):
    """sum over k of x y for each row: (m, k), (m, k) -> (m). Long rows are left to BLAS, which takes half the time."""
    m, k = x.shape
    if k < 64:
        return np.einsum("mk,mk->m", x, y)
    return (x.reshape((m, 1, k)) @ y.reshape((m, k, 1))).reshape((m,))


def flat_parameter(name, parameter, x, normalized_shape, kind):
    """A weight or bias of `normalized_shape` as (d,); None stays None."""
    if parameter is None:
        return None
    shape, wanted = tuple(parameter.shape), tuple(normalized_shape)
    if shape != wanted:
        raise RuntimeError(f"{name}: {kind} must have the shape of normalized_shape, {wanted}, it has {shape}")
    if parameter.dtype != x.dtype:
        raise RuntimeError(f"{name}: {kind} must have the dtype of the input, {x.dtype}, it has {parameter.dtype}")
    return parameter.reshape((-1,))


def layer_norm_forward(x, weight=None, bias=None, *, normalized_shape, eps=1e-5):
    """y = (x - mean) / sqrt(var + eps) * weight + bias; mean and (biased) variance over the last dimensions, `normalized_shape`."""
    rows, d = rows_of("layer_norm", x, normalized_shape)
    w = flat_parameter("layer_norm", weight, x, normalized_shape, "weight")
    b = flat_parameter("layer_norm", bias, x, normalized_shape, "bias")
    mean = rows @ np.full_like(rows, 1 / max(d, 1), shape=(d,))  # a product with BLAS is three times quicker than np.mean
    centered = rows - mean[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = 1 / np.sqrt(row_dots(centered, centered) / max(d, 1) + eps)
        xhat = centered * r[:, None]
    y = xhat if w is None else xhat * w
    y = y if b is None else y + b
    return y.reshape(x.shape), (xhat, r, w, tuple(x.shape), tuple(normalized_shape), b is not None)


def layer_norm_backward(dy, saved, needs=(True, True, True)):
    """dx = r (g - mean(g) - xhat mean(g xhat)),  dweight = sum dy xhat,  dbias = sum dy;  g = dy weight, sums over the rows

    xhat = c r with c = x - mean(x) and r = (mean(c^2) + eps)^(-1/2). One step at a time, with G = mean(g xhat):
    dr/dc_i = -r^3 c_i / d, so the gradient at c is r g - c r^3 mean(g c) = r g - r xhat G, mean(g c) being G / r.
    Taking off its mean passes c = x - mean(x); mean(xhat) = 0, so that only r mean(g) goes.
    """
    xhat, r, w, shape, normalized_shape, has_bias = saved
    m, d = xhat.shape
    dy = dy.reshape((m, d))
    dx = dw = db = None
    if needs[0]:
        g = dy if w is None else dy * w
        mean = g @ np.full_like(g, 1 / max(d, 1), shape=(d,))
        along = row_dots(g, xhat) / max(d, 1)
        dx = ((g - (xhat * along[:, None] + mean[:, None])) * r[:, None]).reshape(shape)
    if w is not None and needs[1]:
        dw = np.einsum("md,md->d", dy, xhat).reshape(normalized_shape)
    if has_bias and needs[2]:
        db = np.sum(dy, axis=0).reshape(normalized_shape)
    return dx, dw, db


def layer_norm_reference(x, weight=None, bias=None, *, normalized_shape, eps=1e-5):
    """Row by row, the variance as E[x^2] - E[x]^2."""
    y = np.empty(x.shape).reshape(math.prod(x.shape[: x.ndim - len(normalized_shape)]), -1) if x.size else np.empty(x.shape)
    for i, row in enumerate(x.reshape(y.shape) if x.size else ()):
        mean = math.fsum(row) / len(row)
        variance = math.fsum(row * row) / len(row) - mean * mean
        y[i] = (row - mean) / math.sqrt(variance + eps)
    y = y.reshape(x.shape)
    return y * (1 if weight is None else weight) + (0 if bias is None else bias)


def sample_normalized(draw, arrays):
    """x, `arrays` optional parameters of the normalized shape, and that shape."""
    normalized_shape = draw.choice(((2,), (4,), (2, 3), (1,), (0,)))
    x = draw.array(draw.shape(0, 2) + normalized_shape)
    parameters = tuple(draw.choice((None, draw.array(normalized_shape, Real(0.5, 2)))) for _ in range(arrays))
    return (x, *parameters), {"normalized_shape": normalized_shape, "eps": draw.choice((1e-1, 0.5))}


layer_norm = Op(
    layer_norm_forward,
    layer_norm_backward,
    shapes="(..., d), (d)?, (d)? -> (..., d)",
    sample=lambda draw: sample_normalized(draw, 2),
    reference=layer_norm_reference,
    torch_name="NativeLayerNorm",
)


def rms_norm_forward(x, weight=None, *, normalized_shape, eps=None):
    """y = x / sqrt(mean(x^2) + eps) * weight, the mean over the last dimensions; `eps` None is the dtype's machine epsilon."""
    rows, d = rows_of("rms_norm", x, normalized_shape)
    w = flat_parameter("rms_norm", weight, x, normalized_shape, "weight")
    if eps is None:
        eps = float(np.finfo(np.dtype(x.dtype)).eps)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = 1 / np.sqrt(row_dots(rows, rows) / max(d, 1) + eps)
        xhat = rows * r[:, None]
    y = xhat if w is None else xhat * w
    return y.reshape(x.shape), (xhat, r, w, tuple(x.shape), tuple(normalized_shape))


def rms_norm_backward(dy, saved, needs=(True, True)):
    """dx = r (g - xhat mean(g xhat)),  dweight = sum dy xhat;  g = dy weight, the sum over the rows

    xhat = x r with r = (mean(x^2) + eps)^(-1/2): dr/dx_i = -r^3 x_i / d = -r^2 xhat_i / d, contracted with g_k x_k = g_k xhat_k / r.
    """
    xhat, r, w, shape, normalized_shape = saved
    m, d = xhat.shape
    dy = dy.reshape((m, d))
    dx = dw = None
    if needs[0]:
        g = dy if w is None else dy * w
        along = row_dots(g, xhat) / max(d, 1)
        dx = ((g - xhat * along[:, None]) * r[:, None]).reshape(shape)
    if w is not None and needs[1]:
        dw = np.einsum("md,md->d", dy, xhat).reshape(normalized_shape)
    return dx, dw


def rms_norm_reference(x, weight=None, *, normalized_shape, eps):
    """The Euclidean norm of each row, scaled."""
    axes = tuple(range(-len(normalized_shape), 0))
    squares = np.apply_over_axes(np.sum, x**2, axes) if x.size else np.zeros_like(x)
    y = x / np.sqrt(squares / max(math.prod(normalized_shape), 1) + eps)
    return y if weight is None else y * weight


rms_norm = Op(
    rms_norm_forward,
    rms_norm_backward,
    shapes="(..., d), (d)? -> (..., d)",
    sample=lambda draw: sample_normalized(draw, 1),
    reference=rms_norm_reference,
    torch_name="Mul",
)


def sum_except(x, dim):
    """x summed over all dimensions but `dim` (over all of them for dim -1), which are kept with size 1."""
    axes = tuple(d for d in range(x.ndim) if dim == -1 or d != dim % x.ndim)
    return np.sum(x, axis=axes, keepdims=True) if axes else x


def weight_norm_forward(v, g, *, dim=0):
    """w = g v / |v|, the Euclidean norm over all dimensions but `dim` (all of them for dim -1); g has size 1 in these."""
    refuse_bfloat16("weight_norm", v.dtype)
    norm = np.sqrt(sum_except(v * v, dim))
    with np.errstate(divide="ignore", invalid="ignore"):
        return v * (g / norm), (v, g, norm, dim)


def weight_norm_backward(dy, saved, needs=(True, True)):
    """dv = g / |v| (dy - v s / |v|^2),  dg = s / |v|  with s = sum dy v over the dimensions of the norm

    w is linear in g. d|v| / dv = v / |v|, so d(1 / |v|) / dv = -v / |v|^3, contracted with dy g v: -g v s / |v|^3.
    """
    v, g, norm, dim = saved
    s = sum_except(dy * v, dim) / norm
    dv = (dy - v * (s / norm)) * (g / norm) if needs[0] else None
    return dv, s if needs[1] else None


def weight_norm_reference(v, g, *, dim):
    """Slice by slice."""
    if dim == -1:
        return v / np.linalg.norm(v.ravel()) * g
    w = np.moveaxis(v, dim, 0).copy()
    for i in range(len(w)):
        w[i] *= g.ravel()[i] / np.linalg.norm(w[i].ravel())
    return np.moveaxis(w, 0, dim)


def sample_weight_norm(draw):
    v = draw.array(draw.shape(1, 3, min_size=1), Real(0.5, 2))
    dim = draw.choice(tuple(range(-1, v.ndim)))
    g = draw.array(() if dim == -1 else tuple(n if d == dim else 1 for d, n in enumerate(v.shape)))
    return (v, g), {"dim": dim}


weight_norm = Op(
    weight_norm_forward,
    weight_norm_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_weight_norm,
    reference=weight_norm_reference,
    torch_name="WeightNormInterface",
)
