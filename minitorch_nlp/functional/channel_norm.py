"""Normalization of channels, dimension 1 of (N, C, ...): batch_norm, the same with given moments, and group_norm.

All three see x as (n, c, d), the dimensions after the channels folded into one. Their gradients come down to two sums for each channel,
of dy and of dy (x - mean); then everything is a multiple of dy, of x - mean and of 1 for each channel, a few passes over the data.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_float
from ._domain import Real
from ._op import Op
from .normalization import row_dots

__all__ = ["batch_norm", "batch_norm_with_moments", "group_norm"]

SHORT = 32  # below this, NumPy's loops over one channel's places are too short to be quick


def channels_of(name, x, **parameters):
    """x as (n, c, d), after checking that the parameters have one number of x's dtype for each channel."""
    require_float(name, x)
    if x.ndim < 2:
        raise RuntimeError(f"{name}: the input must be (N, C, ...), at least 2 dimensions; it has shape {tuple(x.shape)}")
    c = x.shape[1]
    for kind, p in parameters.items():
        if p is None:
            continue
        if tuple(p.shape) != (c,):
            raise RuntimeError(
                f"{name}: {kind} must have one element for each of the {c} channels of an input {tuple(x.shape)}, "
                f"it has shape {tuple(p.shape)}"
            )
        if p.dtype != x.dtype:
            raise RuntimeError(f"{name}: {kind} must have the dtype of the input, {x.dtype}, it has {p.dtype}; cast with .to(dtype)")
    return folded(x, (x.shape[0], c, math.prod(x.shape[2:])))


def folded(x, shape):
    """x in another shape, contiguous in memory."""
    return x.reshape((math.prod(shape),)).reshape(shape)


def channel_sums(x):
    """sum of x over n and d: (n, c, d) -> (c)"""
    n, c, d = x.shape
    if d >= SHORT:
        return np.einsum("ncd->c", x)
    sums = np.ones_like(x, shape=(n,)) @ x.reshape((n, c * d))
    return sums if d == 1 else sums.reshape((c, d)).sum(1)


def channel_products(x, y):
    """sum of x y over n and d: (n, c, d), (n, c, d) -> (c)"""
    n, c, d = x.shape
    if d >= SHORT:
        return row_dots(x.reshape((n * c, d)), y.reshape((n * c, d))).reshape((n, c)).sum(0)
    sums = np.einsum("nk,nk->k", x.reshape((n, c * d)), y.reshape((n, c * d)))
    return sums if d == 1 else sums.reshape((c, d)).sum(1)


def over_places(v, d):
    """A number for each channel, (..., c), as (..., c, 1), or as (..., c, d) where short loops would cost more than the copies."""
    v = v.reshape((*v.shape, 1))
    return v + np.zeros_like(v, shape=(d,)) if 1 < d < SHORT else v


def batch_norm_forward(x, weight=None, bias=None, *, eps=1e-5):
    """y = (x - mean) / sqrt(var + eps) * weight + bias,  mean and (biased) var of each channel, over all of (N, C, ...) but C

    Three outputs: y, mean (C) and var (C).
    """
    rows = channels_of("batch_norm", x, weight=weight, bias=bias)
    n, _, d = rows.shape
    m = max(n * d, 1)
    mean = channel_sums(rows) / m
    centered = rows - over_places(mean, d)
    var = channel_products(centered, centered) / m
    with np.errstate(divide="ignore"):
        r = 1 / np.sqrt(var + eps)
    y = centered * over_places(r if weight is None else r * weight, d)
    y = y if bias is None else y + over_places(bias, d)
    return (y.reshape(x.shape), mean, var), (centered, r, weight, tuple(x.shape), bias is not None)


def batch_norm_backward(dys, saved, needs=(True, True, True)):
    """dx = r w (dy - mean(dy) - xhat mean(dy xhat)) + dmean / m + 2 (x - mean) dvar / m,  dweight = sum dy xhat,  dbias = sum dy

    xhat = c r with c = x - mean(x), r = (mean(c^2) + eps)^(-1/2) and m numbers in a channel, as in `layer_norm_backward` with the roles
    of rows and columns exchanged. For the other two outputs, d mean / dx = 1 / m and d var / dx = 2 c / m, the mean of c being 0.
    """
    dy, dmean, dvar = dys
    centered, r, weight, shape, has_bias = saved
    n, c, d = centered.shape
    m = max(n * d, 1)
    dy = folded(dy, (n, c, d))
    s, t = channel_sums(dy), channel_products(dy, centered)
    dx = None
    if needs[0]:
        scale = r if weight is None else r * weight
        along = 2 * dvar / m - scale * r * r * t / m
        constant = dmean / m - scale * s / m
        dx = (dy * over_places(scale, d) + (centered * over_places(along, d) + over_places(constant, d))).reshape(shape)
    return dx, t * r if weight is not None and needs[1] else None, s if has_bias and needs[2] else None


def batch_norm_reference(x, weight=None, bias=None, *, eps):
    """Channel by channel, the variance as E[x^2] - E[x]^2."""
    y, mean, var = np.empty(x.shape), np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for c in range(x.shape[1]):
        values = x[:, c].ravel()
        if values.size:
            mean[c] = math.fsum(values) / values.size
            var[c] = math.fsum(values * values) / values.size - mean[c] ** 2
        y[:, c] = (x[:, c] - mean[c]) / math.sqrt(var[c] + eps) * (1 if weight is None else weight[c]) + (0 if bias is None else bias[c])
    return y, mean, var


def sample_channels(draw, channels, min_values=0):
    """x (N, C, ...) and two optional parameters (C)."""
    shape = (draw.integer(min_values, 3), channels, *draw.choice(((), (1,), (2,), (3, 2), (33,), (0,))))
    parameters = tuple(draw.choice((None, draw.array((channels,), Real(0.5, 2)))) for _ in range(2))
    return (draw.array(shape), *parameters)


def sample_batch_norm(draw):
    return sample_channels(draw, draw.integer(0, 3)), {"eps": draw.choice((0.1, 0.5))}


batch_norm = Op(
    batch_norm_forward,
    batch_norm_backward,
    shapes="(n, c, ...), (c)?, (c)? -> (n, c, ...), (c), (c)",
    sample=sample_batch_norm,
    reference=batch_norm_reference,
    torch_name="NativeBatchNorm",
)


def batch_norm_with_moments_forward(x, mean, var, weight=None, bias=None, *, eps=1e-5):
    """y = (x - mean) / sqrt(var + eps) * weight + bias  with the moments that are given: (N, C, ...), then (C) each"""
    rows = channels_of("batch_norm", x, running_mean=mean, running_var=var, weight=weight, bias=bias)
    with np.errstate(divide="ignore"):
        scale = 1 / np.sqrt(var + eps)
    scale = scale if weight is None else scale * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    y = rows * over_places(scale, rows.shape[2])
    y += over_places(shift, rows.shape[2])
    return y.reshape(x.shape), (x, mean, var, weight, bias is not None, eps)


def batch_norm_with_moments_backward(dy, saved, needs=(True, True, True, True, True)):
    """dx = r w dy,  dmean = -r w s,  dvar = -r^3 w t / 2,  dweight = r t,  dbias = s

    with r = (var + eps)^(-1/2), s = sum dy and t = sum dy (x - mean) for each channel: y is linear in all but var, and dr/dvar = -r^3 / 2.
    """
    x, mean, var, weight, has_bias, eps = saved
    n, c, d = x.shape[0], x.shape[1], math.prod(x.shape[2:])
    dy = folded(dy, (n, c, d))
    r = 1 / np.sqrt(var + eps)
    scale = r if weight is None else r * weight
    dx = (dy * over_places(scale, d)).reshape(x.shape) if needs[0] else None
    s = channel_sums(dy) if needs[1] or needs[4] else None
    t = None
    if needs[2] or needs[3]:
        t = channel_products(dy, folded(x, (n, c, d)) - over_places(mean, d))
    return (
        dx,
        -scale * s if needs[1] else None,
        scale * r * r * t * -0.5 if needs[2] else None,
        r * t if weight is not None and needs[3] else None,
        s if has_bias and needs[4] else None,
    )


def batch_norm_with_moments_reference(x, mean, var, weight=None, bias=None, *, eps):
    """Through the standard deviation, the channels last."""
    y = (np.moveaxis(x, 1, -1) - mean) / np.hypot(np.sqrt(var), math.sqrt(eps))
    return np.moveaxis(y * (1 if weight is None else weight) + (0 if bias is None else bias), -1, 1)


def sample_with_moments(draw):
    channels = draw.integer(0, 3)
    x, weight, bias = sample_channels(draw, channels)
    return (x, draw.array((channels,)), draw.array((channels,), Real(0.5, 2)), weight, bias), {"eps": draw.choice((1e-5, 0.5))}


batch_norm_with_moments = Op(
    batch_norm_with_moments_forward,
    batch_norm_with_moments_backward,
    shapes="(n, c, ...), (c), (c), (c)?, (c)? -> (n, c, ...)",
    sample=sample_with_moments,
    reference=batch_norm_with_moments_reference,
    torch_name="NativeBatchNorm",
)


def group_norm_forward(x, weight=None, bias=None, *, num_groups, eps=1e-5):
    """y = (x - mean) / sqrt(var + eps) * weight + bias,  mean and (biased) var of each group of C / G channels of each example

    Three outputs: y (N, C, ...), mean (N, G) and var (N, G); weight and bias are (C).
    """
    rows = channels_of("group_norm", x, weight=weight, bias=bias)
    n, c, d = rows.shape
    if num_groups <= 0 or c % num_groups:
        raise RuntimeError(f"group_norm: num_groups={num_groups} must divide the number of channels, {c}, of an input {tuple(x.shape)}")
    grouped = rows.reshape((n * num_groups, c // num_groups * d))
    k = max(grouped.shape[1], 1)
    mean = grouped @ np.full_like(grouped, 1 / k, shape=(grouped.shape[1],))
    centered = grouped - mean.reshape((-1, 1))
    var = row_dots(centered, centered) / k
    with np.errstate(divide="ignore"):
        r = 1 / np.sqrt(var + eps)
    y = centered.reshape(rows.shape) * over_places(scale_of(r, weight, rows.shape, num_groups), d)
    y = y if bias is None else y + over_places(bias, d)
    moments = mean.reshape((n, num_groups)), var.reshape((n, num_groups))
    return (y.reshape(x.shape), *moments), (centered, r, weight, tuple(x.shape), num_groups, bias is not None)


def scale_of(r, weight, shape, num_groups):
    """r weight for each channel of each example: (n, c)"""
    n, c, _ = shape
    r = r.reshape((n, num_groups, 1))
    each = np.broadcast_to(r, (n, num_groups, c // num_groups)) if weight is None else r * weight.reshape((num_groups, c // num_groups))
    return each.reshape((n, c))


def group_norm_backward(dys, saved, needs=(True, True, True)):
    """dx = r (g - mean(g) - xhat mean(g xhat)) + dmean / k + 2 (x - mean) dvar / k,  dweight = sum dy xhat,  dbias = sum dy;  g = dy weight

    That of `layer_norm_backward` for the k numbers of a group. With s and t the sums of dy and dy (x - mean) in one channel of one
    example, mean(g) and mean(g xhat) are sums of weight s / k and weight r t / k over the channels of the group.
    """
    dy, dmean, dvar = dys
    centered, r, weight, shape, num_groups, has_bias = saved
    n, c, d = shape[0], shape[1], math.prod(shape[2:])
    k = max(centered.shape[1], 1)
    dy, across = folded(dy, (n * c, d)), centered.reshape((n * c, d))
    s = (dy @ np.ones_like(dy, shape=(d,)) if d != 1 else dy).reshape((n, num_groups, c // num_groups))
    t = (row_dots(dy, across) if d != 1 else dy * across).reshape((n, num_groups, c // num_groups))
    r2 = r.reshape((n, num_groups))
    dx = None
    if needs[0]:
        w = 1 if weight is None else weight.reshape((num_groups, c // num_groups))
        along = 2 * dvar / k - r2 * r2 * r2 * np.sum(t * w, axis=2) / k
        constant = dmean / k - r2 * np.sum(s * w, axis=2) / k
        rest = centered * along.reshape((-1, 1)) + constant.reshape((-1, 1))
        dx = (dy.reshape((n, c, d)) * over_places(scale_of(r, weight, (n, c, d), num_groups), d) + rest.reshape((n, c, d))).reshape(shape)
    dw = np.sum(t * r2.reshape((n, num_groups, 1)), axis=0).reshape((c,)) if weight is not None and needs[1] else None
    return dx, dw, np.sum(s, axis=0).reshape((c,)) if has_bias and needs[2] else None


def group_norm_reference(x, weight=None, bias=None, *, num_groups, eps):
    """Group by group, the variance as E[x^2] - E[x]^2."""
    n, c, size = x.shape[0], x.shape[1], x.shape[1] // num_groups
    y, mean, var = np.empty(x.shape), np.zeros((n, num_groups)), np.zeros((n, num_groups))
    for i, g in np.ndindex(n, num_groups):
        part = x[i, g * size : (g + 1) * size]
        if part.size:
            mean[i, g] = math.fsum(part.ravel()) / part.size
            var[i, g] = math.fsum((part * part).ravel()) / part.size - mean[i, g] ** 2
        y[i, g * size : (g + 1) * size] = (part - mean[i, g]) / math.sqrt(var[i, g] + eps)
    affine = (c,) + (1,) * (x.ndim - 2)
    return y * (1 if weight is None else weight.reshape(affine)) + (0 if bias is None else bias.reshape(affine)), mean, var


def sample_group_norm(draw):
    num_groups = draw.integer(1, 3)
    return sample_channels(draw, num_groups * draw.integer(0, 2)), {"num_groups": num_groups, "eps": draw.choice((0.1, 0.5))}


group_norm = Op(
    group_norm_forward,
    group_norm_backward,
    shapes="(n, c, ...), (c)?, (c)? -> (n, c, ...), (n, g), (n, g)",
    sample=sample_group_norm,
    reference=group_norm_reference,
    torch_name="NativeGroupNorm",
)
